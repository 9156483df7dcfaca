//! The command line and the settings. Every setting is a flag and an environment variable; docs/configuration.md lists
//! them, and a test holds it to this file.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use app::domain::batch::{Delimiter, Encoding};
use app::domain::role::Role;
use app::domain::secret::Secret;
use app::domain::sip_settings;
use clap::builder::{PossibleValuesParser, Resettable, TypedValueParser};
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::failure::Failure;
use crate::seed;
use crate::values::{PublicAddress, TrustedProxies, log_filter};

/// Ringkey: the accounts of a secure SIP telephony service.
#[derive(Parser)]
#[command(name = "ringkey", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub settings: Settings,
}

#[derive(Subcommand)]
pub enum Command {
    /// Serve the application (what happens without a command, too)
    Serve,
    /// Manage the people who sign in
    #[command(subcommand)]
    Operator(OperatorCommand),
    /// Fill the database with invented groups and accounts, to try Ringkey at size
    Seed {
        /// How many groups to make
        #[arg(long, value_name = "G", value_parser = clap::value_parser!(u32).range(1..=100_000))]
        groups: u32,
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=5_000_000), help = format!(
            "How many accounts to spread over them; with {} or more, a server on the same database answers 503 until they are \
             there, which takes minutes", seed::MANY))]
        accounts: u32,
    },
    /// Ask Deny and Permit rules about an address
    #[command(subcommand)]
    Acl(AclCommand),
    /// Make accounts of a CSV file, all or none, or say what is wrong with which row
    Batch(BatchCommand),
    /// Print what the start of a SIP server has to know, a line each: the SIP settings, and where the database is
    SipSettings,
}

#[derive(Args)]
pub struct BatchCommand {
    /// The file; - is standard input
    pub file: PathBuf,
    /// The group of the new accounts, by its name
    #[arg(long, value_name = "NAME", required_unless_present = "dry_run", requires = "profile")]
    pub group: Option<String>,
    /// The provisioning profile of the new accounts, by its name
    #[arg(long, value_name = "NAME", required_unless_present = "dry_run", requires = "group")]
    pub profile: Option<String>,
    /// Check only, and create nothing; numbers that accounts have already are looked for when group and profile are given
    #[arg(long)]
    pub dry_run: bool,
    /// Make accounts of the rows that are good, and leave the others out
    #[arg(long)]
    pub good_rows_only: bool,
    /// Read the file in this encoding; it is recognised without
    #[arg(long, value_parser = encoding())]
    pub encoding: Option<Encoding>,
    /// What stands between the cells; it is recognised without
    #[arg(long, value_parser = delimiter())]
    pub delimiter: Option<Delimiter>,
    /// Write the rows that have a problem to this file, with the reason in a last column; a file that is there is replaced
    #[arg(long, value_name = "FILE")]
    pub left_out: Option<PathBuf>,
}

#[derive(Subcommand)]
pub enum OperatorCommand {
    /// Add an operator; prints a one-time password unless one is given
    Add {
        /// The name to sign in with: 1 to 64 characters, upper and lower case alike
        name: String,
        /// What the operator may do: a viewer reads, an operator also keeps accounts, an admin also groups, settings and operators
        #[arg(long, value_parser = role())]
        role: Role,
        /// Take the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Set a new password, end the operator's sessions, and enable the operator again if disabled
    Passwd {
        /// The operator's name
        name: String,
        /// Take the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Let the operator in no more, and end the operator's sessions; not the last admin
    Disable {
        /// The operator's name
        name: String,
    },
    /// Let a disabled operator in again, with the password of before
    Enable {
        /// The operator's name
        name: String,
    },
    /// Give the operator another role, and end the operator's sessions; not the last admin
    Role {
        /// The operator's name
        name: String,
        /// What the operator may do from now on: a viewer reads, an operator also keeps accounts, an admin also groups, settings and operators
        #[arg(value_parser = role())]
        role: Role,
    },
    /// Ask the operator for no code any more, and end the operator's sessions: for who has lost the phone
    RemoveSecondFactor {
        /// The operator's name
        name: String,
    },
    /// Limit an operator to groups, from the next click on: nothing outside of them is seen, changed or sent; without a group, let the
    /// operator see all of them again
    Limit {
        /// The operator's name; not an admin's
        name: String,
        /// A group, by its name; may be given again
        #[arg(long = "group", value_name = "GROUP")]
        groups: Vec<String>,
    },
    /// List all operators, and the groups that they are limited to
    List,
}

#[derive(Subcommand)]
pub enum AclCommand {
    /// Say whether an address is allowed or refused, and which rule decides: deny rules are walked first, then permit
    /// rules, and the last that matches wins
    Check {
        /// A rule to refuse by: ADDRESS, ADDRESS/PREFIX or ADDRESS/MASK; may be given again
        #[arg(long, value_name = "RULE")]
        deny: Vec<String>,
        /// A rule to allow by; may be given again
        #[arg(long, value_name = "RULE")]
        permit: Vec<String>,
        /// The address to ask about
        address: String,
    },
}

/// Every setting, under the same names in the flags and in the environment.
#[derive(Args, Clone)]
pub struct Settings {
    /// Address of your Postgres, such as postgres://ringkey@db.example.com/ringkey; without it Ringkey runs a private one in its data directory
    #[arg(long, global = true, env = "DATABASE_URL", value_name = "URL", hide_env_values = true, value_parser = secret)]
    pub database_url: Option<Secret>,
    /// What stands before your Postgres: none, or transaction for a PgBouncer in transaction mode
    #[arg(long, global = true, env = "RINGKEY_DATABASE_POOLER", value_name = "MODE", default_value = "none")]
    pub database_pooler: DatabasePooler,
    /// Address that leads straight to your Postgres, past a pooler, by which the tables are brought up to date at start; by default that of the database
    #[arg(long, global = true, env = "RINGKEY_MIGRATION_URL", value_name = "URL", hide_env_values = true, value_parser = secret)]
    pub migration_url: Option<Secret>,
    /// Directory of the private Postgres; by default /var/lib/ringkey for root, else ringkey under $XDG_DATA_HOME or ~/.local/share
    #[arg(long, global = true, env = "RINGKEY_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Directory of the programs initdb and postgres for the private Postgres; by default the newest under /usr/lib/postgresql
    #[arg(long, global = true, env = "PG_BIN", value_name = "DIR")]
    pub pg_bin: Option<PathBuf>,
    /// Database connections that this server keeps at most
    #[arg(long, global = true, env = "RINGKEY_POOL_SIZE", value_name = "N", default_value_t = 10,
        value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub pool_size: u32,
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, global = true, env = "RINGKEY_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3000")]
    pub listen: SocketAddr,
    /// Address by which browsers reach Ringkey, such as https://ringkey.example.com; by default http:// and the listen address, which only serves browsers on this machine
    #[arg(long, global = true, env = "RINGKEY_PUBLIC_ADDRESS", value_name = "URL", value_parser = PublicAddress::parse)]
    pub public_address: Option<PublicAddress>,
    /// Addresses or networks of your proxies, separated by commas, whose X-Forwarded-For is believed
    #[arg(long, global = true, env = "RINGKEY_TRUSTED_PROXY", value_name = "LIST", value_parser = TrustedProxies::parse)]
    pub trusted_proxy: Option<TrustedProxies>,
    /// Address and port of the metrics for Prometheus, apart from the pages; without it there are none
    #[arg(long, global = true, env = "RINGKEY_METRICS_LISTEN", value_name = "ADDRESS:PORT")]
    pub metrics_listen: Option<SocketAddr>,
    /// Domain that phones register with, part of every stored password digest, for a database without accounts: with accounts the Settings page changes it; sip.localhost on a fresh database
    #[arg(long, global = true, env = "RINGKEY_SIP_DOMAIN", value_name = "HOST", value_parser = sip_domain)]
    pub sip_domain: Option<String>,
    /// Key of the service, a random text of 32 characters or more: what links and sealed secrets are made with, the same on all servers of one database; without it the one in the key file
    #[arg(long, global = true, env = "RINGKEY_SECRET_KEY", value_name = "TEXT", hide_env_values = true, value_parser = secret)]
    pub secret_key: Option<Secret>,
    /// File of that key, made at first start; by default ringkey.key in the data directory
    #[arg(long, global = true, env = "RINGKEY_KEY_FILE", value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// What to log: error, warn, info, debug or trace, also by module, such as info,sqlx=debug
    #[arg(long, global = true, env = "RINGKEY_LOG", value_name = "FILTER", default_value = "info", value_parser = log_filter)]
    pub log: String,
    /// Shape of the log on standard error
    #[arg(long, global = true, env = "RINGKEY_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

/// What stands between Ringkey and its Postgres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DatabasePooler {
    None,
    /// One that gives a connection away between two transactions.
    Transaction,
}

impl Settings {
    /// The address by which browsers reach a server that listens on `bound`.
    pub fn public_address(&self, bound: SocketAddr) -> Result<PublicAddress, Failure> {
        match &self.public_address {
            Some(address) => Ok(address.clone()),
            None => PublicAddress::parse(&format!("http://{bound}")).map_err(|_| {
                Failure::setting(
                    "public_address",
                    format!("{bound} is open to other machines, so say by which https address browsers reach it"),
                )
            }),
        }
    }

    /// The Postgres to use, unless it is to be a private one. An empty flag is none, as an empty variable is.
    pub fn database_url(&self) -> Option<&str> {
        given(self.database_url.as_ref())
    }

    /// Where migrations go, if not to [`Self::database_url`].
    pub fn migration_url(&self) -> Option<&str> {
        given(self.migration_url.as_ref())
    }
}

fn given(url: Option<&Secret>) -> Option<&str> {
    url.map(Secret::expose).filter(|url| !url.is_empty())
}

fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::from(text.to_owned()))
}

fn sip_domain(text: &str) -> Result<String, sip_settings::SipDomainError> {
    sip_settings::sip_domain(text).map(|domain| domain.to_string())
}

fn encoding() -> impl TypedValueParser<Value = Encoding> {
    PossibleValuesParser::new(Encoding::ALL.map(Encoding::as_str)).try_map(|word| word.parse::<Encoding>())
}

fn delimiter() -> impl TypedValueParser<Value = Delimiter> {
    PossibleValuesParser::new(Delimiter::ALL.map(Delimiter::as_str)).try_map(|word| word.parse::<Delimiter>())
}

fn role() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::as_str)).try_map(|word| word.parse::<Role>())
}

/// How people know the setting of this field: `--listen (RINGKEY_LISTEN)`.
pub fn name_of(id: &str) -> String {
    let command = Cli::command();
    let argument = command.get_arguments().find(|argument| argument.get_id() == id);
    let flag = format!("--{}", id.replace('_', "-"));
    match argument.and_then(Arg::get_env) {
        Some(variable) => format!("{flag} ({})", variable.to_string_lossy()),
        None => flag,
    }
}

/// Reads the command line and the environment. Help, the version and anything wrong end the program here.
pub fn read() -> Cli {
    parse(&std::env::args_os().collect::<Vec<_>>()).unwrap_or_else(|error| stop(&error))
}

fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    // A variable that cannot be used is no fault of a command that uses none: such a command hears nothing of the environment.
    let deaf = Cli::command().mut_args(|argument| argument.env(Resettable::Reset)).try_get_matches_from(arguments);
    let matches = match deaf {
        Ok(matches) if uses_no_setting(&matches) => matches,
        _ => Cli::command().mut_args(without_empty_variable).try_get_matches_from(arguments)?,
    };
    Cli::from_arg_matches(&matches)
}

fn uses_no_setting(matches: &ArgMatches) -> bool {
    match matches.subcommand() {
        Some(("acl", _)) => true,
        // Without a group there is nothing to ask the database about.
        Some(("batch", batch)) => batch.get_flag("dry_run") && !batch.contains_id("group"),
        _ => false,
    }
}

/// An empty variable is one that is not set: it is how people and their tools take one back.
fn without_empty_variable(argument: Arg) -> Arg {
    let is_empty = argument.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
    if is_empty { argument.env(Resettable::Reset) } else { argument }
}

fn stop(error: &clap::Error) -> ! {
    // clap names the flag alone, and the bad value may have come from the environment.
    if let Some(name) = environment_name(error) {
        let _ = error.print();
        crate::terminal::complain(&format!("The setting is read from the flag, or from {name} in the environment."));
        std::process::exit(error.exit_code());
    }
    error.exit()
}

fn environment_name(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else { return None };
    let mut command = Cli::command();
    // Only a built command knows how it shows its arguments.
    command.build();
    let argument = command.get_arguments().find(|argument| argument.to_string() == *shown)?;
    Some(argument.get_env()?.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows that docs/configuration.md must have, as this file has the settings.
    fn rows() -> Vec<String> {
        let command = Cli::command();
        let settings = command.get_arguments().filter(|argument| argument.is_global_set() && argument.get_env().is_some());
        settings
            .map(|argument| {
                let environment = argument.get_env().unwrap().to_string_lossy();
                let default = argument.get_default_values().first().map_or_else(String::new, |value| format!("`{}`", value.display()));
                let value = argument.get_value_names().unwrap().first().unwrap();
                format!(
                    "| `--{} {value}` | `{environment}` | {default} | {}. |",
                    argument.get_long().unwrap(),
                    argument.get_help().unwrap()
                )
            })
            .collect()
    }

    #[test]
    fn the_documented_table_is_this_one() {
        let document = include_str!("../../docs/configuration.md");
        let documented: Vec<&str> = document.lines().filter(|line| line.starts_with("| `--")).collect();
        assert_eq!(documented, rows(), "docs/configuration.md should hold these rows:\n{}", rows().join("\n"));
    }

    #[test]
    fn clap_finds_no_fault() {
        Cli::command().debug_assert();
    }

    #[test]
    fn settings_are_read_before_and_after_the_command() {
        for arguments in [["ringkey", "--pool-size", "3", "serve"], ["ringkey", "serve", "--pool-size", "3"]] {
            assert_eq!(Cli::try_parse_from(arguments).map(|cli| cli.settings.pool_size).ok(), Some(3), "{arguments:?}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        let settings = Cli::try_parse_from(["ringkey"]).map(|cli| cli.settings).ok().unwrap();
        assert!(settings.public_address("127.0.0.1:3000".parse().unwrap()).is_ok());
        let refused = settings.public_address("0.0.0.0:3000".parse().unwrap()).unwrap_err();
        assert!(refused.to_string().starts_with("--public-address (RINGKEY_PUBLIC_ADDRESS): "), "{refused}");
    }
}
