//! The first admin of a fresh database, whose one-time password is shown once.

use app::audit::Change;
use app::audit::db::{RINGKEY, Subject, record};
use app::domain::role::Role;
use app::domain::secret::Secret;
use app::operators::{db, password};
use sqlx::PgPool;

use crate::failure::Failure;

/// The name that the first admin gets.
pub const NAME: &str = "admin";

/// Any number that nothing else in this database locks.
const LOCK: i64 = 0x5249_4e47_4b45_5901;

/// Creates the first admin when there are no operators; gives the one-time password then. Of several servers that
/// start on one database, one does.
pub async fn create_if_none(pool: &PgPool) -> Result<Option<Secret>, Failure> {
    if db::any(pool).await? {
        return Ok(None);
    }
    let not_made = |error: password::HashError| Failure::new(error.to_string());
    let password = password::one_time().map_err(not_made)?;
    let hash = password::hash(password.clone()).await.map_err(not_made)?;
    let mut transaction = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *transaction).await?;
    if db::any(&mut *transaction).await? {
        return Ok(None);
    }
    match db::create(&mut *transaction, NAME, Role::Admin, &hash, true).await {
        Ok(id) => {
            let role = Change::made("Role", Role::Admin.as_str());
            record(&mut transaction, RINGKEY, "created", Subject { kind: "operator", id, name: NAME }, &[role]).await?;
        }
        Err(db::CreateError::NameTaken) => return Ok(None),
        Err(db::CreateError::Database(error)) => return Err(error.into()),
    }
    transaction.commit().await?;
    Ok(Some(password))
}
