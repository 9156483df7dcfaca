//! Entries of signing in and out.

use std::net::IpAddr;

use sqlx::PgPool;
use uuid::Uuid;

use super::db::{Author, Subject, record};

/// Who it is that fails to sign in is not known.
const SOMEBODY: &str = "Somebody";

/// An operator has signed in.
pub async fn signed_in(pool: &PgPool, id: Uuid, name: &str, address: IpAddr) -> Result<(), sqlx::Error> {
    of_operator(pool, id, name, address, "signed in").await
}

/// An operator has signed out.
pub async fn signed_out(pool: &PgPool, id: Uuid, name: &str, address: IpAddr) -> Result<(), sqlx::Error> {
    of_operator(pool, id, name, address, "signed out").await
}

/// Somebody has tried to sign in as this operator. To be called for the first failures only: a flood of tries must not fill the
/// log, which nobody can clear.
pub async fn failed(pool: &PgPool, id: Uuid, name: &str, address: IpAddr) -> Result<(), sqlx::Error> {
    let author = Author { id: None, name: SOMEBODY, address: Some(address) };
    let mut connection = pool.acquire().await?;
    record(&mut connection, author, "failed to sign in", subject(id, name), &[]).await
}

async fn of_operator(pool: &PgPool, id: Uuid, name: &str, address: IpAddr, action: &str) -> Result<(), sqlx::Error> {
    let author = Author { id: Some(id), name, address: Some(address) };
    let mut connection = pool.acquire().await?;
    record(&mut connection, author, action, subject(id, name), &[]).await
}

/// Sessions have no name of their own: they are called like their operators.
const fn subject(operator: Uuid, name: &str) -> Subject<'_> {
    Subject { kind: "session", id: operator, name }
}
