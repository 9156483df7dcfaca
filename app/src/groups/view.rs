//! What the pages know of groups.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::field_errors::FieldErrors;
use crate::domain::group_draft::{GroupDraft, GroupField};
use crate::profiles::ProfileChoice;

/// A row of the Group List.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRow {
    pub id: Uuid,
    pub name: String,
    pub company: Option<String>,
    /// Shown as Admin Contact.
    pub email: Option<String>,
    /// Id and name of the profile that its accounts get without one of their own.
    pub profile_id: Uuid,
    pub profile: String,
    /// The group has none itself: the service's default is in force.
    pub inherited: bool,
    pub accounts: i64,
}

/// A group as a choice in the account form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupChoice {
    pub id: Uuid,
    pub name: String,
    /// Id and name of the profile that its accounts get without one of their own.
    pub profile_id: Uuid,
    pub profile: String,
    /// The group has none itself: the service's default is in force.
    pub inherited: bool,
}

/// Everything that the group form starts from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupFormStart {
    /// Of the group, or of the one that will be made: sending the form twice makes one group.
    pub id: Uuid,
    /// The save that the form was opened on; 0 for a new group.
    pub version: i32,
    pub draft: GroupDraft,
    pub profiles: Vec<ProfileChoice>,
    /// What a plain form was refused for.
    pub errors: FieldErrors<GroupField>,
    pub message: Option<String>,
}
