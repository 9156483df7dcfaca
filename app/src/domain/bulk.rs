//! Changing many accounts at once.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::account_filter::AccountFilter;
use super::message::SmsKind;
use super::numerals::grouped;

/// What is done to each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    Enable,
    Disable,
    Delete,
    SendInstallation,
    SendActivation,
}

/// Which accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// These, at most [`ROWS_MAX`].
    Rows(Vec<Uuid>),
    /// All that match a filter and were there at a time (microseconds since 1970 UTC), so that what is
    /// created while the work goes on is left alone.
    Matching { filter: AccountFilter, at: i64 },
}

/// How many rows can be picked one by one.
pub const ROWS_MAX: usize = 5_000;

/// Why an account of a selection was left as it was; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum LeftAlone {
    #[error("Somebody has deleted it meanwhile.")]
    Gone,
    #[error("Somebody was saving it at this moment. Try it again.")]
    Busy,
    #[error("It is enabled when its phone is activated, and not before. Send it an Activation SMS.")]
    AwaitsActivation,
    /// No SMS can go to it, or not now. A sentence.
    #[error("{0}")]
    NoSms(String),
}

/// What is told while the work goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// So many were looked at until now, so many of them changed.
    Step { seen: u64, changed: u64 },
    /// One was left as it was.
    Left { id: Uuid, name: String, why: LeftAlone },
    /// The work ended early; the rest was left as it was. A sentence.
    Stopped(String),
    /// Everything is done.
    Finished,
}

impl BulkAction {
    /// The words on the button.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Enable => "Enable",
            Self::Disable => "Disable",
            Self::Delete => "Delete",
            Self::SendInstallation => "Send Installation SMS",
            Self::SendActivation => "Send Activation SMS",
        }
    }

    /// The SMS that each account's user gets, if it is about one.
    #[must_use]
    pub const fn sms(self) -> Option<SmsKind> {
        match self {
            Self::SendInstallation => Some(SmsKind::Installation),
            Self::SendActivation => Some(SmsKind::Activation),
            Self::Enable | Self::Disable | Self::Delete => None,
        }
    }

    /// The question: "Enable 3 accounts?"
    #[must_use]
    pub fn question(self, count: u64) -> String {
        let to = if self.sms().is_some() { " to" } else { "" };
        format!("{}{to} {}?", self.label(), accounts(count))
    }

    /// What has been done to each: "disabled".
    #[must_use]
    pub const fn done(self) -> &'static str {
        match self {
            Self::Enable => "enabled",
            Self::Disable => "disabled",
            Self::Delete => "deleted",
            Self::SendInstallation | Self::SendActivation => "sent",
        }
    }

    /// What has been done to all: "3 accounts disabled".
    #[must_use]
    pub fn outcome(self, count: u64) -> String {
        match self.sms() {
            Some(kind) => format!("{} sent to {}", kind.label(), accounts(count)),
            None => format!("{} {}", accounts(count), self.done()),
        }
    }

    /// What is said of one that was left alone, before the reason.
    #[must_use]
    pub const fn left(self) -> &'static str {
        match self.sms() {
            Some(_) => "got no SMS:",
            None => "was left as it was:",
        }
    }

    /// What it means, said before it is done.
    #[must_use]
    pub const fn consequence(self) -> &'static str {
        match self {
            Self::Enable => "Their phones can register and call.",
            Self::Disable => "Their phones can no longer register or call. Nothing is lost: they can be enabled again.",
            Self::Delete => "Their phones stop working, and this cannot be undone. Their history stays.",
            Self::SendInstallation => {
                "Each user gets a link to the client’s download, in the words of the account’s profile. Links sent before stop working."
            }
            Self::SendActivation => {
                "When a link is used, the account gets a new password: any phone that is signed in with the old one goes offline. \
                 Links sent before stop working now. An account that was disabled is enabled by its link."
            }
        }
    }
}

/// "1 account", "1,200 accounts".
#[must_use]
pub fn accounts(count: u64) -> String {
    if count == 1 { "1 account".to_owned() } else { format!("{} accounts", grouped(count)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_and_outcomes_read_as_sentences() {
        assert_eq!(BulkAction::Enable.question(1), "Enable 1 account?");
        assert_eq!(BulkAction::Delete.outcome(1_200), "1,200 accounts deleted");
        assert_eq!(BulkAction::SendActivation.question(3), "Send Activation SMS to 3 accounts?");
        assert_eq!(BulkAction::SendInstallation.outcome(1), "Installation SMS sent to 1 account");
    }
}
