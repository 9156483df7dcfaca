//! Provisioning profiles: what a phone and its user are told. One is the service's default and always there; a group can
//! choose another for its accounts, and an account for itself.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub mod api;
pub mod edit_page;
pub mod form;
pub mod form_sections;
pub mod list_page;
pub mod new_page;
pub mod sms;
pub mod sms_field;
pub mod view;

#[cfg(feature = "ssr")]
pub mod actions;
#[cfg(feature = "ssr")]
pub mod db;

/// A profile as a choice in a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileChoice {
    pub id: Uuid,
    pub name: String,
}

/// Who has chosen the profile that is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileOrigin {
    Account,
    Group,
    Service,
}

impl ProfileOrigin {
    /// What stands beside the name of an account's profile.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Account => "the account’s own",
            Self::Group => "from the group",
            Self::Service => "the service’s default",
        }
    }
}

/// Where a profile is shown and changed.
#[must_use]
pub fn address_of(profile: Uuid) -> String {
    format!("/profiles/{profile}/edit")
}
