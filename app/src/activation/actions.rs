//! What following a link shows, and what its buttons do. Looking changes nothing: machines look at every link.

use std::net::IpAddr;
use std::time::Duration;

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;

use super::db::{self, Facts, Link};
use super::limits;
use crate::accounts::life_cycle::happen;
use crate::domain::account_status::LifeCycleEvent;
use crate::domain::secret::Secret;
use crate::error::AppError;
use crate::links::{self, LinkKind};
use crate::state::Service;

/// For how long a configuration can be fetched after its button was pressed, or its QR code made.
pub const CONFIGURATION_LIFETIME: Duration = Duration::from_secs(600);

/// Why a link opens nothing.
#[derive(Debug)]
pub enum Closed {
    /// A phone was configured with it. With what is known of whom to ask.
    Used {
        at: OffsetDateTime,
        facts: Box<Facts>,
    },
    Expired {
        at: OffsetDateTime,
        facts: Box<Facts>,
    },
    /// A newer one was made, or the service manager has taken it back.
    Replaced {
        facts: Box<Facts>,
    },
    /// Somebody has pressed its button a moment ago, in another browser.
    Busy {
        until: OffsetDateTime,
        facts: Box<Facts>,
    },
    Unknown,
    /// Too many unknown links were tried from this address.
    TooMany,
    Failed(AppError),
}

impl<E: Into<AppError>> From<E> for Closed {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// A link that is good.
pub struct Opened {
    pub link: Link,
    pub facts: Facts,
}

/// An activation link whose button was pressed: the configuration that waits for the phone.
pub struct Pressed {
    pub facts: Facts,
    /// The token of the configuration.
    pub token: Secret,
    pub until: OffsetDateTime,
}

/// What a link shows. `address` is the visitor's, for the limit.
pub async fn open(pool: &PgPool, kind: LinkKind, token: &str, address: IpAddr) -> Result<Opened, Closed> {
    if !limits::may_try(pool, address).await? {
        return Err(Closed::TooMany);
    }
    let Some(link) = db::find(pool, kind, token).await? else {
        let is_told = limits::count_unknown(pool, address).await?;
        return Err(if is_told { Closed::Unknown } else { Closed::TooMany });
    };
    let facts = db::facts(pool, link.account).await?;
    good(link, facts)
}

/// The button of the installation page was pressed: the user is on the way to the client's download.
pub async fn click_installation(pool: &PgPool, token: &str, address: IpAddr) -> Result<Opened, Closed> {
    step(pool, token, address, LifeCycleEvent::InstallationClicked).await
}

/// "I have installed it", or the client's own call.
pub async fn installed(pool: &PgPool, token: &str, address: IpAddr) -> Result<Opened, Closed> {
    step(pool, token, address, LifeCycleEvent::Installed).await
}

async fn step(pool: &PgPool, token: &str, address: IpAddr, event: LifeCycleEvent) -> Result<Opened, Closed> {
    let opened = open(pool, LinkKind::Installation, token, address).await?;
    let mut tx = pool.begin().await?;
    if !db::hold_account(&mut tx, opened.link.account).await? {
        return Err(Closed::Unknown);
    }
    if !db::happened_just_now(&mut tx, opened.link.account, event.as_str()).await? {
        happen(&mut tx, opened.link.account, event).await?;
    }
    tx.commit().await?;
    Ok(opened)
}

/// The button of the activation page was pressed: opens the configuration for ten minutes. The browser that has opened it gets it
/// again (`remembered` is the token that it got); any other is told to wait, since one link configures one phone.
pub async fn press(pool: &PgPool, service: &Service, token: &str, remembered: Option<&str>, address: IpAddr) -> Result<Pressed, Closed> {
    let Opened { link, .. } = open(pool, LinkKind::Activation, token, address).await?;
    let mut tx = pool.begin().await?;
    let (link, facts) = hold(&mut tx, LinkKind::Activation, token, link.account).await?;
    if let Some((configuration, until)) = db::opened_configuration(&mut tx, link.id).await? {
        let token = service.keys.link_token(configuration);
        return if remembered == Some(token.expose()) {
            Ok(Pressed { facts, token, until })
        } else {
            Err(Closed::Busy { until, facts: facts.into() })
        };
    }
    let configuration =
        links::db::make(&mut tx, &service.keys, link.account, LinkKind::Configuration, Some(CONFIGURATION_LIFETIME), Some(link.id)).await?;
    happen(&mut tx, link.account, LifeCycleEvent::ActivationClicked).await?;
    let until = configuration.expires_at.ok_or_else(|| AppError::internal("a configuration without an end"))?;
    tx.commit().await?;
    Ok(Pressed { facts, token: configuration.token, until })
}

/// What the browser that has pressed the button sees when it comes back; `None` for any other.
pub async fn pressed(pool: &PgPool, service: &Service, link: &Opened, remembered: Option<&str>) -> Result<Option<Pressed>, Closed> {
    let Some(remembered) = remembered else { return Ok(None) };
    let mut connection = pool.acquire().await?;
    let opened = db::opened_configuration(&mut connection, link.link.id).await?;
    Ok(opened.and_then(|(configuration, until)| {
        let token = service.keys.link_token(configuration);
        (token.expose() == remembered).then(|| Pressed { facts: link.facts.clone(), token, until })
    }))
}

/// Holds the account and reads the link again: what was seen before may be over.
pub(super) async fn hold(connection: &mut PgConnection, kind: LinkKind, token: &str, account: Uuid) -> Result<(Link, Facts), Closed> {
    if !db::hold_account(connection, account).await? {
        return Err(Closed::Unknown);
    }
    let link = db::find(&mut *connection, kind, token).await?.ok_or(Closed::Unknown)?;
    let facts = db::facts(&mut *connection, account).await?;
    good(link, facts).map(|opened| (opened.link, opened.facts))
}

fn good(link: Link, facts: Facts) -> Result<Opened, Closed> {
    match link {
        Link { used_at: Some(at), .. } => Err(Closed::Used { at, facts: facts.into() }),
        Link { is_replaced: true, .. } => Err(Closed::Replaced { facts: facts.into() }),
        Link { is_expired: true, expires_at: Some(at), .. } => Err(Closed::Expired { at, facts: facts.into() }),
        link => Ok(Opened { link, facts }),
    }
}
