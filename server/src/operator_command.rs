//! `ringkey operator …`: managing operators from the terminal of the machine, where no session is needed.

use std::io;

use app::domain::operator::OperatorName;
use app::domain::operator_password;
use app::domain::role::Role;
use app::domain::secret::Secret;
use app::groups;
use app::operators::db::{self, CreateError, Credentials, DisableError, Listed};
use app::operators::limits::{self, Limited};
use app::operators::{password, sign_in};
use sqlx::PgPool;

use crate::batch_command::AUTHOR;
use crate::config::{OperatorCommand, Settings};
use crate::database::{Database, For};
use crate::failure::Failure;
use crate::first_admin::one_time_password;
use crate::terminal::say;

/// Runs the command and says what it did.
pub async fn run(settings: &Settings, command: OperatorCommand) -> Result<(), Failure> {
    let database = Database::open(settings, For::Command).await?;
    let done = match command {
        OperatorCommand::Add { name, role, password_stdin } => add(&database.pool, &name, role, password_stdin).await,
        OperatorCommand::Passwd { name, password_stdin } => passwd(&database.pool, &name, password_stdin).await,
        OperatorCommand::Disable { name } => disable(&database.pool, &name).await,
        OperatorCommand::Limit { name, groups } => limit(&database.pool, &name, &groups).await,
        OperatorCommand::List => list(&database.pool).await,
    };
    database.close().await;
    done
}

async fn add(pool: &PgPool, name: &str, role: Role, from_stdin: bool) -> Result<(), Failure> {
    let name = OperatorName::parse(name).map_err(|error| Failure::bad_input(error.to_string()))?;
    let password = Password::choose(name.as_str(), from_stdin)?;
    match db::create(pool, name.as_str(), role, &password.hash().await?, password.is_one_time).await {
        Ok(_) => {
            say(&format!("{name} can sign in now, as {}.", role.as_str()));
            password.tell();
            Ok(())
        }
        Err(CreateError::NameTaken) => Err(Failure::new(format!("There is an operator {name} already."))),
        Err(CreateError::Database(error)) => Err(error.into()),
    }
}

async fn passwd(pool: &PgPool, name: &str, from_stdin: bool) -> Result<(), Failure> {
    let found = find(pool, name).await?;
    let name = &found.operator.name;
    let password = Password::choose(name, from_stdin)?;
    db::set_password(pool, found.operator.id, &password.hash().await?, password.is_one_time).await?;
    sign_in::forget_failures(pool, name).await?;
    let enabled = if found.disabled { " The operator was disabled and is enabled again." } else { "" };
    say(&format!("{name} has a new password; open sessions have ended.{enabled}"));
    password.tell();
    Ok(())
}

async fn disable(pool: &PgPool, name: &str) -> Result<(), Failure> {
    let found = find(pool, name).await?;
    let name = found.operator.name;
    match db::disable(pool, found.operator.id).await {
        Ok(true) => say(&format!("{name} cannot sign in any more; open sessions have ended.")),
        Ok(false) => say(&format!("{name} was disabled already.")),
        Err(DisableError::LastAdmin) => {
            let sentence = "is the only admin who can sign in. Make another one first: ringkey operator add NAME --role admin";
            return Err(Failure::new(format!("{name} {sentence}")));
        }
        Err(DisableError::Database(error)) => return Err(error.into()),
    }
    Ok(())
}

async fn limit(pool: &PgPool, name: &str, groups: &[String]) -> Result<(), Failure> {
    let found = find(pool, name).await?;
    let name = &found.operator.name;
    let mut ids = Vec::new();
    for group in groups {
        let id = groups::db::by_name(pool, group.trim()).await?;
        ids.push(id.ok_or_else(|| Failure::bad_input(format!("There is no group {:?}.", group.trim())))?);
    }
    let wanted = (!ids.is_empty()).then_some(ids.as_slice());
    limits::limit(pool, AUTHOR, found.operator.id, wanted).await.map_err(|error| Failure::new(error.to_string()))?;
    let limited = limits::all(pool).await?;
    match limit_of(&limited, name) {
        Some(groups) => say(&format!("{name} sees {groups} from now on, and nothing outside.")),
        None => say(&format!("{name} sees all groups.")),
    }
    Ok(())
}

/// The groups that an operator is limited to, in words.
fn limit_of(limited: &[Limited], name: &str) -> Option<String> {
    limited.iter().find(|limited| limited.name == name).map(|limited| limited.groups.join(", "))
}

async fn list(pool: &PgPool) -> Result<(), Failure> {
    let operators = db::list(pool).await?;
    let limited = limits::all(pool).await?;
    let width = operators.iter().map(|operator| operator.name.chars().count()).max().unwrap_or(0);
    for operator in &operators {
        let only = limit_of(&limited, &operator.name).map(|groups| format!(", only {groups}")).unwrap_or_default();
        say(&format!("{:width$}  {:8}  {}{only}", operator.name, operator.role.as_str(), state(operator)));
    }
    Ok(())
}

fn state(operator: &Listed) -> String {
    let sign_in = match operator.last_sign_in_at {
        Some(at) => format!("last sign-in {} {:02}:{:02} UTC", at.date(), at.hour(), at.minute()),
        None => "never signed in".into(),
    };
    match (operator.disabled, operator.must_change_password) {
        (true, _) => format!("disabled, {sign_in}"),
        (false, true) => format!("one-time password, {sign_in}"),
        (false, false) => sign_in,
    }
}

async fn find(pool: &PgPool, name: &str) -> Result<Credentials, Failure> {
    let found = db::find_credentials(pool, name.trim()).await?;
    found.ok_or_else(|| Failure::new(format!("There is no operator {:?}. See: ringkey operator list", name.trim())))
}

struct Password {
    secret: Secret,
    is_one_time: bool,
}

impl Password {
    fn choose(name: &str, from_stdin: bool) -> Result<Self, Failure> {
        if !from_stdin {
            return Ok(Self { secret: one_time_password()?, is_one_time: true });
        }
        let mut line = String::new();
        io::stdin().read_line(&mut line).map_err(|error| Failure::new(format!("The password could not be read: {error}.")))?;
        let password = line.trim_end_matches(['\r', '\n']);
        operator_password::check(password, name).map_err(|error| Failure::bad_input(error.to_string()))?;
        Ok(Self { secret: Secret::from(password.to_owned()), is_one_time: false })
    }

    async fn hash(&self) -> Result<String, Failure> {
        password::hash(self.secret.clone()).await.map_err(|error| Failure::new(error.to_string()))
    }

    fn tell(&self) {
        if self.is_one_time {
            say(&format!("One-time password: {}", self.secret.expose()));
            say("It opens nothing but its own change: Ringkey asks for a new one at sign-in.");
        }
    }
}
