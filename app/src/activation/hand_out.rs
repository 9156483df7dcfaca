//! Handing out a configuration: the phone gets a fresh password, Ringkey keeps its digests, and the account is activated and
//! enabled, all in one transaction and once for each link.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sqlx::PgPool;

use super::actions::{Closed, hold, open};
use super::db::{self, Facts, Person, PhoneFacts};
use crate::accounts;
use crate::accounts::digests::Digests;
use crate::accounts::life_cycle::happen;
use crate::accounts::view::full_name;
use crate::audit::Change;
use crate::audit::db::{Author, Subject, record};
use crate::domain::account_field::AccountField;
use crate::domain::account_status::LifeCycleEvent;
use crate::domain::secret::Secret;
use crate::error::AppError;
use crate::links::{self, LinkKind};
use crate::settings::sip_domain;
use crate::state::Service;

/// What was handed out. It is in no other place, but for the digests in the database.
pub struct HandedOut {
    pub facts: Facts,
    pub phone: PhoneFacts,
    pub password: Secret,
    pub digests: Digests,
    /// The address of the account's directory.
    pub directory: Secret,
}

/// Uses up the configuration of this token and gives it. Of two that come at once, one gets it.
pub async fn hand_out(pool: &PgPool, service: &Service, token: &str, address: IpAddr) -> Result<HandedOut, Closed> {
    let seen = open(pool, LinkKind::Configuration, token, address).await?;
    let mut tx = pool.begin().await?;
    let (link, facts) = hold(&mut tx, LinkKind::Configuration, token, seen.link.account).await?;
    if !db::consume(&mut tx, link.id).await? {
        return Err(Closed::Unknown);
    }
    db::use_up_activation(&mut tx, link.account).await?;
    let realm = sip_domain::hold(&mut tx).await?;
    let phone = db::phone_facts(&mut tx, link.account).await?;
    let password = random_password()?;
    let digests = Digests::new(&phone.username, &realm, password.expose());
    accounts::db::set_digests(&mut tx, link.account, &digests).await?;
    let was_enabled = db::enable(&mut tx, link.account).await?;
    happen(&mut tx, link.account, LifeCycleEvent::Activated).await?;
    let directory = links::db::make(&mut tx, &service.keys, link.account, LinkKind::Directory, None, None).await?;
    let name = full_name(phone.owner.as_deref(), &phone.username);
    let user = Author { id: None, name: "The user", address: Some(address) };
    let mut changes = vec![Change::secret(AccountField::Password.label())];
    if !was_enabled {
        changes.push(accounts::actions::switched(true));
    }
    record(&mut tx, user, "activated", Subject { kind: "account", id: link.account, name: &name }, &changes).await?;
    tx.commit().await?;
    tracing::info!(account = %link.account, "activated");
    let directory = LinkKind::Directory.address(&service.origin, &directory.token);
    Ok(HandedOut { facts, phone, password, digests, directory })
}

/// The people whom the account of this directory may see.
pub async fn directory(pool: &PgPool, token: &str, address: IpAddr) -> Result<Vec<Person>, Closed> {
    let opened = open(pool, LinkKind::Directory, token, address).await?;
    Ok(db::directory(pool, opened.link.account).await?)
}

/// 192 random bits in 32 characters: nobody has to remember it, and by hand it is typed once.
fn random_password() -> Result<Secret, AppError> {
    let mut random = [0; 24];
    getrandom::fill(&mut random).map_err(|error| AppError::internal(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(random).into())
}
