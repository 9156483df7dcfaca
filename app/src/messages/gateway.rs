//! The gateway that is chosen, with its secrets opened.

use sqlx::PgConnection;

use crate::accounts::db::parsed;
use crate::domain::gateway::GatewayKind;
use crate::domain::secret::Secret;
use crate::gateways::GatewayConfig;
use crate::keys::Keys;

/// Where Kannel's password is sealed.
pub const KANNEL_PASSWORD: &str = "kannel password";
/// Where Twilio's token is sealed.
pub const TWILIO_TOKEN: &str = "twilio token";

/// Reads which gateway sends. In the place of its access there is a sentence when that cannot be used.
pub async fn load(connection: &mut PgConnection, keys: &Keys) -> Result<(GatewayKind, Result<GatewayConfig, String>), sqlx::Error> {
    let row = sqlx::query!(
        "SELECT gateway, kannel_url, kannel_username, kannel_password_sealed, kannel_sender, twilio_url, twilio_account_sid,
                twilio_token_sealed, twilio_sender
         FROM sms_settings"
    )
    .fetch_one(connection)
    .await?;
    let kind: GatewayKind = parsed(&row.gateway)?;
    let open = |place, sealed: Option<Vec<u8>>| {
        let opened = sealed.and_then(|sealed| keys.open(place, &sealed));
        opened.ok_or_else(|| {
            format!("The stored password of {} cannot be read with this server’s key. Type it anew in Settings.", kind.label())
        })
    };
    let config = match kind {
        GatewayKind::Development => Ok(GatewayConfig::Development),
        GatewayKind::Kannel => open(KANNEL_PASSWORD, row.kannel_password_sealed).map(|password| GatewayConfig::Kannel {
            url: row.kannel_url.unwrap_or_default(),
            username: row.kannel_username.unwrap_or_default(),
            password,
            sender: row.kannel_sender,
        }),
        GatewayKind::Twilio => open(TWILIO_TOKEN, row.twilio_token_sealed).map(|auth_token| GatewayConfig::Twilio {
            url: row.twilio_url.unwrap_or_else(|| "https://api.twilio.com".into()),
            account_sid: row.twilio_account_sid.unwrap_or_default(),
            auth_token,
            sender: row.twilio_sender.unwrap_or_default(),
        }),
    };
    Ok((kind, config))
}

/// Twilio's token, also while another gateway sends; none when there is none that this server can read.
pub async fn twilio_token(connection: &mut PgConnection, keys: &Keys) -> Result<Option<Secret>, sqlx::Error> {
    let sealed = sqlx::query_scalar!("SELECT twilio_token_sealed FROM sms_settings").fetch_one(connection).await?;
    Ok(sealed.and_then(|sealed| keys.open(TWILIO_TOKEN, &sealed)))
}
