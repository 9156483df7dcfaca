//! `ringkey operator …`: managing operators from the terminal of the machine, where no session is needed.

use std::io;

use app::domain::operator::OperatorName;
use app::domain::operator_password;
use app::domain::role::Role;
use app::domain::secret::Secret;
use app::groups;
use app::operators::actions::{self, ActError};
use app::operators::db::{self, Credentials, Listed};
use app::operators::limits::{self, Limited};
use app::operators::password;
use sqlx::PgPool;

use crate::config::{OperatorCommand, Settings};
use crate::database::{Database, For};
use crate::failure::Failure;
use crate::terminal::{AUTHOR, say};

/// Runs the command and says what it did.
pub async fn run(settings: &Settings, command: OperatorCommand) -> Result<(), Failure> {
    let database = Database::open(settings, For::Command).await?;
    let done = match command {
        OperatorCommand::Add { name, role, password_stdin } => add(&database.pool, &name, role, password_stdin).await,
        OperatorCommand::Passwd { name, password_stdin } => passwd(&database.pool, &name, password_stdin).await,
        OperatorCommand::Disable { name } => disable(&database.pool, &name).await,
        OperatorCommand::Enable { name } => enable(&database.pool, &name).await,
        OperatorCommand::Role { name, role } => set_role(&database.pool, &name, role).await,
        OperatorCommand::RemoveSecondFactor { name } => remove_second_factor(&database.pool, &name).await,
        OperatorCommand::Limit { name, groups } => limit(&database.pool, &name, &groups).await,
        OperatorCommand::List => list(&database.pool).await,
    };
    database.close().await;
    done
}

async fn add(pool: &PgPool, name: &str, role: Role, from_stdin: bool) -> Result<(), Failure> {
    let name = OperatorName::parse(name).map_err(|error| Failure::bad_input(error.to_string()))?;
    let password = Password::choose(name.as_str(), from_stdin)?;
    actions::create(pool, AUTHOR, &name, role, &password.hash().await?, password.is_one_time).await.map_err(refused)?;
    say(&format!("{name} can sign in now, as {}.", role.as_str()));
    password.tell();
    Ok(())
}

async fn passwd(pool: &PgPool, name: &str, from_stdin: bool) -> Result<(), Failure> {
    let found = find(pool, name).await?;
    let name = &found.operator.name;
    let password = Password::choose(name, from_stdin)?;
    let hash = password.hash().await?;
    actions::reset_password(pool, AUTHOR, found.operator.id, &hash, password.is_one_time, true).await.map_err(refused)?;
    let enabled = if found.disabled { " The operator was disabled and is enabled again." } else { "" };
    say(&format!("{name} has a new password; open sessions have ended.{enabled}"));
    password.tell();
    Ok(())
}

async fn disable(pool: &PgPool, name: &str) -> Result<(), Failure> {
    let Credentials { operator, .. } = find(pool, name).await?;
    let done = actions::disable(pool, AUTHOR, operator.id).await.map_err(refused)?;
    say(&if done {
        format!("{} cannot sign in any more; open sessions have ended.", operator.name)
    } else {
        format!("{} was disabled already.", operator.name)
    });
    Ok(())
}

async fn enable(pool: &PgPool, name: &str) -> Result<(), Failure> {
    let Credentials { operator, .. } = find(pool, name).await?;
    let done = actions::enable(pool, AUTHOR, operator.id).await.map_err(refused)?;
    say(&if done {
        format!("{} can sign in again, with the password of before.", operator.name)
    } else {
        format!("{} was not disabled.", operator.name)
    });
    Ok(())
}

async fn set_role(pool: &PgPool, name: &str, role: Role) -> Result<(), Failure> {
    let Credentials { operator, .. } = find(pool, name).await?;
    let done = actions::set_role(pool, AUTHOR, operator.id, None, role).await.map_err(refused)?;
    let (name, role) = (operator.name, role.as_str());
    say(&if done { format!("{name} is {role} now; open sessions have ended.") } else { format!("{name} was {role} already.") });
    Ok(())
}

async fn remove_second_factor(pool: &PgPool, name: &str) -> Result<(), Failure> {
    let Credentials { operator, .. } = find(pool, name).await?;
    let done = actions::remove_second_factor(pool, AUTHOR, operator.id).await.map_err(refused)?;
    say(&if done {
        format!("{} signs in with the password alone now; open sessions have ended.", operator.name)
    } else {
        format!("{} has no second factor.", operator.name)
    });
    Ok(())
}

fn refused(error: ActError) -> Failure {
    match error {
        ActError::NameTaken(name) => Failure::new(format!("There is an operator {name} already.")),
        ActError::LastAdmin(name) => Failure::new(format!(
            "{name} is the only admin who can sign in. Make another one first: ringkey operator add NAME --role admin"
        )),
        ActError::Database(error) => error.into(),
        other => Failure::new(other.to_string()),
    }
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
    let operators = db::list(pool, None).await?;
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
    let second_factor = if operator.has_second_factor { ", second factor" } else { "" };
    match (operator.disabled, operator.must_change_password) {
        (true, _) => format!("disabled, {sign_in}{second_factor}"),
        (false, true) => format!("one-time password, {sign_in}{second_factor}"),
        (false, false) => format!("{sign_in}{second_factor}"),
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
            let secret = password::one_time().map_err(|error| Failure::new(error.to_string()))?;
            return Ok(Self { secret, is_one_time: true });
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
