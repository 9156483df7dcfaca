//! SQL of links.

use std::time::Duration;

use sqlx::PgConnection;
use sqlx::postgres::types::PgInterval;
use time::OffsetDateTime;
use uuid::Uuid;

use super::LinkKind;
use crate::domain::secret::Secret;
use crate::keys::{Keys, token_digest};

/// A link that was made just now.
pub struct NewLink {
    pub id: Uuid,
    pub token: Secret,
    pub expires_at: Option<OffsetDateTime>,
}

/// Makes a link for an account, good for `lifetime` (without: until it is replaced), which kills the one before it. The caller
/// holds the row of the account, so that two at once follow each other.
pub async fn make(
    connection: &mut PgConnection,
    keys: &Keys,
    account: Uuid,
    kind: LinkKind,
    lifetime: Option<Duration>,
    opened_by: Option<Uuid>,
) -> Result<NewLink, sqlx::Error> {
    withdraw(connection, account, kind).await?;
    // The id is half of what nobody may guess: random, not of the time.
    let id = Uuid::new_v4();
    let token = keys.link_token(id);
    let digest = token_digest(token.expose());
    let lifetime = lifetime.map(PgInterval::try_from).transpose().map_err(sqlx::Error::Encode)?;
    let expires_at = sqlx::query_scalar!(
        "INSERT INTO account_links (id, account_id, kind, token_sha256, opened_by, expires_at) VALUES ($1, $2, $3, $4, $5, now() + $6)
         RETURNING expires_at",
        id,
        account,
        kind.as_str(),
        &digest,
        opened_by,
        lifetime,
    )
    .fetch_one(connection)
    .await?;
    Ok(NewLink { id, token, expires_at })
}

/// Ends the link of this kind that an account has, if it has one.
pub async fn withdraw(connection: &mut PgConnection, account: Uuid, kind: LinkKind) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE account_links SET replaced_at = now() WHERE account_id = $1 AND kind = $2 AND used_at IS NULL AND replaced_at IS NULL",
        account,
        kind.as_str(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// When the link of this kind that is good now was made, if there is one.
pub async fn made_at(connection: &mut PgConnection, account: Uuid, kind: LinkKind) -> Result<Option<OffsetDateTime>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT created_at FROM account_links
         WHERE account_id = $1 AND kind = $2 AND used_at IS NULL AND replaced_at IS NULL AND (expires_at IS NULL OR expires_at > now())",
        account,
        kind.as_str(),
    )
    .fetch_optional(connection)
    .await
}
