//! What the pages know of provisioning profiles.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::field_errors::FieldErrors;
use crate::domain::profile_draft::{ProfileDraft, ProfileField};
use crate::domain::sms_text::SmsSize;
use crate::domain::transport::Transport;

/// A row of the list of profiles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileRow {
    pub id: Uuid,
    pub name: String,
    pub is_default: bool,
    /// Host and port.
    pub sip_server: String,
    pub transport: Transport,
    /// What the Installation SMS costs with example values.
    pub installation: Option<SmsSize>,
    /// What the Activation SMS costs with example values.
    pub activation: Option<SmsSize>,
    /// The groups whose accounts get it, unless they choose another.
    pub groups: i64,
    /// The accounts that get it: by their own choice, their group's, or because nobody chose.
    pub accounts: i64,
}

/// Everything that the profile form starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileFormStart {
    /// Of the profile, or of the one that will be made: sending the form twice makes one profile.
    pub id: Uuid,
    /// The save that the form was opened on; 0 for a new profile.
    pub version: i32,
    /// The profile of the groups and accounts that choose none.
    pub is_default: bool,
    /// As it is stored; empty for a new one.
    pub name: String,
    pub draft: ProfileDraft,
    /// What a plain form was refused for.
    pub errors: FieldErrors<ProfileField>,
    pub message: Option<String>,
}
