//! What an entry of the audit log is about, what was done, and how that is said.

use std::borrow::Cow;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::unknown::UnknownWord;

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditKind {
    Account,
    Group,
    Batch,
    Message,
    Profile,
    Settings,
    Operator,
    Session,
    /// That somebody took a list away, as a file.
    List,
}

impl AuditKind {
    /// Every kind, in the order of the facet.
    pub const ALL: [Self; 9] =
        [Self::Account, Self::Group, Self::Batch, Self::Message, Self::Profile, Self::Settings, Self::Operator, Self::Session, Self::List];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Group => "group",
            Self::Batch => "batch",
            Self::Message => "message",
            Self::Profile => "profile",
            Self::Settings => "settings",
            Self::Operator => "operator",
            Self::Session => "session",
            Self::List => "list",
        }
    }

    /// What the facet calls them.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Account => "Accounts",
            Self::Group => "Groups",
            Self::Batch => "Batches",
            Self::Message => "Messages",
            Self::Profile => "Profiles",
            Self::Settings => "Settings",
            Self::Operator => "Operators",
            Self::Session => "Sessions",
            Self::List => "Lists",
        }
    }
}

impl FromStr for AuditKind {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

/// Actions that one looks for together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditGroup {
    Created,
    Changed,
    Deleted,
    Sms,
    Activation,
    SignIn,
    Export,
}

impl AuditGroup {
    /// Every group, in the order of the facet.
    pub const ALL: [Self; 7] = [Self::Created, Self::Changed, Self::Deleted, Self::Sms, Self::Activation, Self::SignIn, Self::Export];

    /// The word in an address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
            Self::Sms => "sms",
            Self::Activation => "activation",
            Self::SignIn => "sign_in",
            Self::Export => "export",
        }
    }

    /// What the facet calls them.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::Changed => "Changed",
            Self::Deleted => "Deleted",
            Self::Sms => "SMS sent",
            Self::Activation => "Activation",
            Self::SignIn => "Signing in",
            Self::Export => "CSV taken",
        }
    }

    /// The group of an action; whatever none of the others claims has changed something.
    #[must_use]
    pub fn of(action: &str) -> Self {
        match action {
            "created" | "created the account by wizard" | "imported" => Self::Created,
            "deleted" | "undone" => Self::Deleted,
            "made an activation QR code" | "made an activation link" | "activated" => Self::Activation,
            "signed in" | "signed out" | "failed to sign in" => Self::SignIn,
            "exported" => Self::Export,
            sent if sent.starts_with("sent a") => Self::Sms,
            _ => Self::Changed,
        }
    }
}

impl FromStr for AuditGroup {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

/// An action as it is said: words, the name of what it is about, and words after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<'a> {
    pub before: Cow<'a, str>,
    /// Whether the name is said. Who signs in is named already.
    pub names: bool,
    pub after: &'static str,
}

/// "created the account", its name; "sent an Activation SMS to", its name …
#[must_use]
pub fn said<'a>(action: &'a str, kind: &'a str) -> Said<'a> {
    let (before, after) = match (kind, action) {
        ("session", "signed in" | "signed out") => return Said { before: action.into(), names: false, after: "" },
        ("session", "failed to sign in") => (format!("{action} as"), ""),
        ("account", "created the account by wizard") => ("created the account".into(), "by wizard"),
        ("account" | "message", _) if action.starts_with("sent a") => (format!("{action} to"), ""),
        ("account", _) if action.starts_with("made an activation ") => (format!("{action} for"), ""),
        ("account", "dropped the registration") => (format!("{action} of"), ""),
        ("profile", "made default") => ("made the profile".into(), "the default"),
        ("settings", "updated") => ("updated the settings of the".into(), ""),
        (_, "undone") => (format!("has undone the {kind}"), ""),
        // What is more than a word says by itself what it is about.
        (_, action) if action.contains(' ') => (format!("{action}:"), ""),
        _ => (format!("{action} the {kind}"), ""),
    };
    Said { before: Cow::Owned(before), names: true, after }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_said_as_sentences() {
        let sentence = |action: &str, kind: &str| {
            let Said { before, names, after } = said(action, kind);
            format!("{before}{}{}{after}", if names { " N" } else { "" }, if after.is_empty() { "" } else { " " })
        };
        for (action, kind, expected) in [
            ("created", "account", "created the account N"),
            ("created the account by wizard", "account", "created the account N by wizard"),
            ("sent an Activation SMS", "account", "sent an Activation SMS to N"),
            ("sent a test message", "message", "sent a test message to N"),
            ("made an activation QR code", "account", "made an activation QR code for N"),
            ("dropped the registration", "account", "dropped the registration of N"),
            ("made default", "profile", "made the profile N the default"),
            ("updated", "settings", "updated the settings of the N"),
            ("undone", "batch", "has undone the batch N"),
            ("signed in", "session", "signed in"),
            ("failed to sign in", "session", "failed to sign in as N"),
            ("exported", "list", "exported the list N"),
            ("did something new", "operator", "did something new: N"),
        ] {
            assert_eq!(sentence(action, kind), expected);
        }
    }

    #[test]
    fn words_lead_back() {
        for kind in AuditKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        for group in AuditGroup::ALL {
            assert_eq!(group.as_str().parse(), Ok(group));
        }
    }

    #[test]
    fn every_action_has_a_group() {
        for (action, group) in [
            ("created", AuditGroup::Created),
            ("imported", AuditGroup::Created),
            ("enabled", AuditGroup::Changed),
            ("something new", AuditGroup::Changed),
            ("undone", AuditGroup::Deleted),
            ("sent an Installation SMS", AuditGroup::Sms),
            ("activated", AuditGroup::Activation),
            ("signed out", AuditGroup::SignIn),
            ("exported", AuditGroup::Export),
        ] {
            assert_eq!(AuditGroup::of(action), group, "{action}");
        }
    }
}
