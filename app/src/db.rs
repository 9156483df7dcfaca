//! What all SQL shares: the migrations, and the names of constraints.

use sqlx::migrate::Migrator;

/// Forward-only, run at start-up under a lock of the database, so two servers may start at once.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// The name of the constraint that refused a statement, if one did.
pub fn violated_constraint(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(|error| error.constraint())
}
