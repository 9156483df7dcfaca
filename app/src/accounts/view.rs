//! What the pages know of accounts. No password and no digest is ever among it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::audit::HistoryEntry;
use crate::domain::account_draft::AccountDraft;
use crate::domain::account_field::AccountField;
use crate::domain::account_filter::Filtered;
use crate::domain::account_query::{Cursor, PageSize};
use crate::domain::account_status::{AccountStatus, LifeCycleEvent};
use crate::domain::account_type::{AccountType, Obfuscation, SecurityModel};
use crate::domain::edit_conflict::Conflict;
use crate::domain::field_errors::FieldErrors;
use crate::domain::message::NoSms;
pub use crate::domain::phone_number::NUMBER_TAKEN;
use crate::groups::view::GroupChoice;
use crate::messages::view::MessageRow;
use crate::profiles::{ProfileChoice, ProfileOrigin};
use crate::registrations::view::Online;

/// A row of the Account List. Times are milliseconds since 1970 UTC, here and below.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AccountRow {
    pub id: Uuid,
    pub owner: Option<String>,
    pub username: String,
    pub number: String,
    /// Without columns, but looked in by the filter.
    pub email: Option<String>,
    pub description: Option<String>,
    pub account_type: AccountType,
    pub security_model: SecurityModel,
    pub enabled: bool,
    pub last_status: AccountStatus,
    pub last_status_at: i64,
    /// How its phone is registered now, if it is.
    pub online: Option<Online>,
}

/// The owner and the username of an account: no other one is called so.
pub fn full_name(owner: Option<&str>, username: &str) -> String {
    owner.map_or_else(|| username.to_owned(), |owner| format!("{owner}, {username}"))
}

impl AccountRow {
    /// How people call it: its owner, or its username.
    pub fn title(&self) -> &str {
        self.owner.as_deref().unwrap_or(&self.username)
    }

    /// Its owner and its username: no other account is called so.
    pub fn full_name(&self) -> String {
        full_name(self.owner.as_deref(), &self.username)
    }

    /// What a filter looks at.
    pub fn filtered(&self) -> Filtered<'_> {
        Filtered {
            owner: self.owner.as_deref(),
            username: &self.username,
            number: &self.number,
            email: self.email.as_deref(),
            description: self.description.as_deref(),
            account_type: self.account_type,
            security: self.security_model,
            enabled: self.enabled,
            status: self.last_status,
            online: self.online.is_some(),
        }
    }
}

/// A page of the Account List.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountList {
    pub rows: Vec<AccountRow>,
    /// The places of the first and the last row.
    pub first: Option<Cursor>,
    pub last: Option<Cursor>,
    /// Whether more rows follow in the direction in which the page was asked for.
    pub more: bool,
    /// How many rows a page has.
    pub size: PageSize,
    /// Told only when asked for.
    pub counts: Option<Counts>,
    /// The group that the list is of.
    pub group: Option<String>,
}

/// How many accounts there are, counted up to [`COUNT_LIMIT`] + 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Of those that the filter lets through.
    pub matching: i64,
    /// Of the group, or of all.
    pub total: i64,
}

/// Beyond this many, a count says "more than": counting on costs more than it tells, until somebody asks.
pub const COUNT_LIMIT: i64 = 1000;

/// A count to the end, and when it was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExactCount {
    pub count: i64,
    /// Microseconds since 1970 UTC, by the database's clock.
    pub at: i64,
}

/// An account, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    pub id: Uuid,
    /// Counts the saves: an edit says on which one it was made.
    pub version: i32,
    /// The save that set the password.
    pub password_version: i32,
    pub group_id: Uuid,
    pub group: String,
    pub company: Option<String>,
    pub username: String,
    pub number: String,
    pub owner: Option<String>,
    pub email: Option<String>,
    pub description: Option<String>,
    pub visible: bool,
    pub call_limit: i16,
    pub keep_alive: bool,
    /// The account's own profile; without it the group's, or the service's, is in force.
    pub profile_id: Option<Uuid>,
    /// Id and name of the profile in force, and who has chosen it.
    pub profile_in_force: Uuid,
    pub profile: String,
    pub profile_origin: ProfileOrigin,
    pub account_type: AccountType,
    pub security_model: SecurityModel,
    /// `None`: obfuscation is OFF.
    pub obfuscation_key: Option<i32>,
    pub mac: Option<String>,
    pub deny: Vec<String>,
    pub permit: Vec<String>,
    pub enabled: bool,
    pub last_status: AccountStatus,
    pub last_status_at: i64,
    /// Made by wizard or batch, and disabled until its phone is activated.
    pub awaits_activation: bool,
    /// The SIP domain that its password was made for, where that is not the service's any more.
    pub outdated_domain: Option<String>,
}

/// An account as the database holds it, in JSON: errors travel to every page, and only the account form has what reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAccount(String);

impl StoredAccount {
    pub fn new(account: &AccountView) -> Self {
        // Nothing in an account is refused by JSON.
        Self(serde_json::to_string(account).unwrap_or_default())
    }

    /// The account; none when a newer server has written it.
    pub fn read(&self) -> Option<AccountView> {
        serde_json::from_str(&self.0).ok()
    }
}

impl AccountView {
    /// That its phone cannot register, and what to do; nothing where the password fits the SIP domain.
    pub fn outdated_words(&self) -> Option<String> {
        let domain = self.outdated_domain.as_ref()?;
        let way = match NoSms::of(self.account_type, &self.number) {
            None => "Send an Activation SMS, or set a new password.",
            Some(NoSms::Extension) => "Show the activation QR code, or set a new password.",
            Some(NoSms::DeskPhone) => "Set a new password in Edit and on the phone.",
        };
        Some(format!("Its password was made for {domain}: the phone cannot register. {way}"))
    }

    /// How people call it: its owner, or its username.
    pub fn title(&self) -> String {
        self.owner.clone().unwrap_or_else(|| self.username.clone())
    }

    /// The form's content for this account. Passwords are empty: they cannot be read again.
    pub fn draft(&self) -> AccountDraft {
        let pgsm = self.account_type == AccountType::Pgsm;
        let defaults = AccountDraft::default();
        AccountDraft {
            username: self.username.clone(),
            number: self.number.clone(),
            owner: self.owner.clone().unwrap_or_default(),
            group: self.group_id.to_string(),
            email: self.email.clone().unwrap_or_default(),
            description: self.description.clone().unwrap_or_default(),
            visible: self.visible,
            call_limit: self.call_limit.to_string(),
            keep_alive: self.keep_alive,
            profile: self.profile_id.map(|id| id.to_string()).unwrap_or_default(),
            account_type: self.account_type,
            security_model: Some(self.security_model),
            obfuscation: Some(if pgsm && self.obfuscation_key.is_none() { Obfuscation::Off } else { Obfuscation::On }),
            obfuscation_key: self.obfuscation_key.map_or(defaults.obfuscation_key.clone(), |key| key.to_string()),
            mac: self.mac.clone().unwrap_or_default(),
            deny: self.deny.join("\n"),
            permit: self.permit.join("\n"),
            ..defaults
        }
    }
}

/// Show Account: the account, what happened to it and what was done to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDetails {
    pub account: AccountView,
    /// How its phone is registered now, if it is.
    pub online: Option<Online>,
    /// When each event last happened, in the order of the life cycle.
    pub events: Vec<(LifeCycleEvent, i64)>,
    /// The newest SMSes to its user, newest first.
    pub messages: Vec<MessageRow>,
    pub history: Vec<HistoryEntry>,
}

/// Everything that the account form starts from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountFormStart {
    /// Of the account, or of the one that will be made: sending the form twice makes one account.
    pub id: Uuid,
    /// The save that the form was opened on; 0 for a new account.
    pub version: i32,
    /// The account as it is stored; `None` for a new one.
    pub saved: Option<AccountView>,
    pub draft: AccountDraft,
    pub groups: Vec<GroupChoice>,
    pub profiles: Vec<ProfileChoice>,
    pub sip_domain: String,
    pub keep_alive_seconds: u32,
    /// The last client of the account's phone, where it is one that keep-alive would make unreachable.
    pub unreachable_client: Option<String>,
    /// From where the account's phone is registered now.
    pub registered_from: Option<IpAddr>,
    /// What a plain form was refused for.
    pub errors: FieldErrors<AccountField>,
    pub message: Option<String>,
    /// What somebody else saved while a plain form was open.
    pub conflict: Option<Conflict>,
}

/// What the wizard has made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeByWizard {
    pub username: String,
    /// Not the one that the form showed: somebody has taken that meanwhile.
    pub is_another: bool,
}

impl MadeByWizard {
    /// An account of this username, made by a form that showed `shown`.
    pub fn new(username: &str, shown: &str) -> Self {
        Self { username: username.to_owned(), is_another: username != shown }
    }
}

/// Which of the unique fields somebody else has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    pub username: bool,
    pub number: bool,
}

pub const USERNAME_TAKEN: &str = "Another account has this username. Choose a different one.";
/// Why an account is not enabled by hand.
pub const AWAITS_ACTIVATION: &str =
    "This account is enabled when its phone is activated, and not before. Send an Activation SMS, or show the activation QR code.";
