//! SQL of the SMS gateway's settings.

use sqlx::PgConnection;

use crate::accounts::db::parsed;
use crate::domain::gateway::{GatewayKind, GatewaySettings, SecretOf, StoredSecrets};
use crate::domain::gateway_address::GatewayAddress;
use crate::domain::gateway_draft::GatewayDraft;
use crate::domain::secret::Secret;
use crate::keys::Keys;
use crate::messages::gateway::{KANNEL_PASSWORD, TWILIO_TOKEN};

/// The settings as they stand in the database.
#[derive(Clone, Debug)]
pub struct Stored {
    pub version: i32,
    pub kind: GatewayKind,
    /// The form as it opens for them.
    pub draft: GatewayDraft,
    /// The secrets that can be read with this server's key.
    pub secrets: StoredSecrets,
}

/// What is written into the column of a secret.
#[derive(Debug, Default)]
pub struct Sealed {
    /// The column stays as it is.
    pub is_kept: bool,
    pub sealed: Option<Vec<u8>>,
}

/// Reads the settings, which nobody else changes until the transaction ends.
pub async fn hold(connection: &mut PgConnection, keys: &Keys) -> Result<Stored, sqlx::Error> {
    sqlx::query!("SELECT FROM sms_settings FOR UPDATE").fetch_one(&mut *connection).await?;
    load(connection, keys).await
}

/// Reads the settings.
pub async fn load(connection: &mut PgConnection, keys: &Keys) -> Result<Stored, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT version, gateway, kannel_url, kannel_username, kannel_password_sealed, kannel_sender, twilio_url, twilio_account_sid,
                twilio_token_sealed, twilio_sender, per_number_hour, per_operator_hour, per_hour, country_prefixes
         FROM sms_settings"
    )
    .fetch_one(connection)
    .await?;
    let kind = parsed(&row.gateway)?;
    let draft = GatewayDraft {
        kind: Some(kind),
        kannel_url: row.kannel_url.unwrap_or_default(),
        kannel_username: row.kannel_username.unwrap_or_default(),
        kannel_password: Secret::default(),
        kannel_sender: row.kannel_sender.unwrap_or_default(),
        twilio_url: row.twilio_url.unwrap_or_else(|| GatewayAddress::TWILIO.to_owned()),
        twilio_account_sid: row.twilio_account_sid.unwrap_or_default(),
        twilio_auth_token: Secret::default(),
        twilio_sender: row.twilio_sender.unwrap_or_default(),
        per_number_hour: row.per_number_hour.to_string(),
        per_operator_hour: row.per_operator_hour.to_string(),
        per_hour: row.per_hour.to_string(),
        country_prefixes: row.country_prefixes.join(", "),
    };
    let is_readable = |place, sealed: Option<Vec<u8>>| sealed.is_some_and(|sealed| keys.open(place, &sealed).is_some());
    let of = |url: &str, user: &str| SecretOf { url: url.to_owned(), user: user.to_owned() };
    let secrets = StoredSecrets {
        kannel: is_readable(KANNEL_PASSWORD, row.kannel_password_sealed).then(|| of(&draft.kannel_url, &draft.kannel_username)),
        twilio: is_readable(TWILIO_TOKEN, row.twilio_token_sealed).then(|| of(&draft.twilio_url, &draft.twilio_account_sid)),
    };
    Ok(Stored { version: row.version, kind, draft, secrets })
}

/// Saves. To be called under [`hold`].
pub async fn update(
    connection: &mut PgConnection,
    settings: &GatewaySettings,
    kannel_password: Sealed,
    twilio_token: Sealed,
) -> Result<(), sqlx::Error> {
    let prefixes: Vec<String> = settings.country_prefixes.iter().map(str::to_owned).collect();
    sqlx::query!(
        "UPDATE sms_settings
         SET version = version + 1, gateway = $1, kannel_url = $2, kannel_username = $3,
             kannel_password_sealed = CASE WHEN $4 THEN kannel_password_sealed ELSE $5::bytea END, kannel_sender = $6,
             twilio_url = $7, twilio_account_sid = $8,
             twilio_token_sealed = CASE WHEN $9 THEN twilio_token_sealed ELSE $10::bytea END, twilio_sender = $11,
             per_number_hour = $12, per_operator_hour = $13, per_hour = $14, country_prefixes = $15",
        settings.kind.as_str(),
        settings.kannel.url.as_ref().map(GatewayAddress::as_str),
        settings.kannel.username,
        kannel_password.is_kept,
        kannel_password.sealed,
        settings.kannel.sender.as_ref().map(|sender| sender.as_str()),
        settings.twilio.url.as_str(),
        settings.twilio.account_sid,
        twilio_token.is_kept,
        twilio_token.sealed,
        settings.twilio.sender,
        settings.limits.per_number.cast_signed(),
        settings.limits.per_operator.cast_signed(),
        settings.limits.all.cast_signed(),
        &prefixes,
    )
    .execute(connection)
    .await?;
    Ok(())
}
