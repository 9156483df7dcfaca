//! The account's life cycle: which event leads from which status to which.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::unknown::UnknownWord;

/// Last Status, in the manual's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// Saved, nothing sent.
    Created,
    /// The link to the client's download is on its way.
    InstallationSmsSent,
    /// The user, or the client, says that the client is there.
    Installed,
    /// The link with the configuration is on its way.
    ActivationSmsSent,
    /// The phone has its configuration.
    Activated,
    /// The phone has registered.
    Connected,
}

/// Something that happened to an account and has its own time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LifeCycleEvent {
    /// The account was saved for the first time.
    Created,
    /// The Installation SMS was queued.
    InstallationSent,
    /// The button on the installation page was pressed.
    InstallationClicked,
    /// "I have installed it", or the client's own call.
    Installed,
    /// The Activation SMS was queued.
    ActivationSent,
    /// The button on the activation page was pressed.
    ActivationClicked,
    /// The configuration was handed out.
    Activated,
    /// The SIP server saw a REGISTER.
    Registered,
}

/// An event that cannot follow a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("“{}” cannot follow the status “{}”.", .event.label(), .status.label())]
pub struct NotPossible {
    /// The status in force.
    pub status: AccountStatus,
    /// The event that was tried.
    pub event: LifeCycleEvent,
}

impl AccountStatus {
    /// Every status, in the order of the life cycle.
    pub const ALL: [Self; 6] =
        [Self::Created, Self::InstallationSmsSent, Self::Installed, Self::ActivationSmsSent, Self::Activated, Self::Connected];

    /// The manual's words.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::InstallationSmsSent => "Installation SMS sent",
            Self::Installed => "Installed",
            Self::ActivationSmsSent => "Activation SMS sent",
            Self::Activated => "Activated",
            Self::Connected => "Connected",
        }
    }

    /// The stored and the sent word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::InstallationSmsSent => "installation_sms_sent",
            Self::Installed => "installed",
            Self::ActivationSmsSent => "activation_sms_sent",
            Self::Activated => "activated",
            Self::Connected => "connected",
        }
    }

    /// The place in the order of the life cycle, from 0 on; the column `status_order` has the same.
    #[must_use]
    pub const fn rank(self) -> i16 {
        self as i16
    }

    /// The status after an event. Sending again is always possible; clicks have a time but are no
    /// status.
    ///
    /// # Errors
    /// `NotPossible` for a second creation.
    pub const fn after(self, event: LifeCycleEvent) -> Result<Self, NotPossible> {
        match event {
            LifeCycleEvent::Created => Err(NotPossible { status: self, event }),
            LifeCycleEvent::InstallationSent => Ok(Self::InstallationSmsSent),
            LifeCycleEvent::ActivationSent => Ok(Self::ActivationSmsSent),
            LifeCycleEvent::Activated => Ok(Self::Activated),
            LifeCycleEvent::Registered => Ok(Self::Connected),
            LifeCycleEvent::InstallationClicked | LifeCycleEvent::ActivationClicked => Ok(self),
            LifeCycleEvent::Installed => Ok(match self {
                Self::Created | Self::InstallationSmsSent | Self::Installed => Self::Installed,
                // A late "I have installed it" does not throw back an account that is further on.
                Self::ActivationSmsSent | Self::Activated | Self::Connected => self,
            }),
        }
    }
}

impl FromStr for AccountStatus {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

impl FromStr for LifeCycleEvent {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

impl LifeCycleEvent {
    /// Every event, in the order in which Show Account lists them.
    pub const ALL: [Self; 8] = [
        Self::Created,
        Self::InstallationSent,
        Self::InstallationClicked,
        Self::Installed,
        Self::ActivationSent,
        Self::ActivationClicked,
        Self::Activated,
        Self::Registered,
    ];

    /// The stored and the sent word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::InstallationSent => "installation_sent",
            Self::InstallationClicked => "installation_clicked",
            Self::Installed => "installed",
            Self::ActivationSent => "activation_sent",
            Self::ActivationClicked => "activation_clicked",
            Self::Activated => "activated",
            Self::Registered => "registered",
        }
    }

    /// The manual's words on Show Account.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Created => "Account created",
            Self::InstallationSent => "Installation sent",
            Self::InstallationClicked => "Installation clicked",
            Self::Installed => "Installed",
            Self::ActivationSent => "Activation sent",
            Self::ActivationClicked => "Activation clicked",
            Self::Activated => "Activated",
            Self::Registered => "Last SIP register",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manuals_walk_goes_through_every_status() {
        let events = [
            LifeCycleEvent::InstallationSent,
            LifeCycleEvent::InstallationClicked,
            LifeCycleEvent::Installed,
            LifeCycleEvent::ActivationSent,
            LifeCycleEvent::ActivationClicked,
            LifeCycleEvent::Activated,
            LifeCycleEvent::Registered,
        ];
        let mut walked = vec![AccountStatus::Created];
        for event in events {
            let next = walked[walked.len() - 1].after(event).unwrap();
            walked.push(next);
        }
        walked.dedup();
        assert_eq!(walked, AccountStatus::ALL);
    }

    #[test]
    fn sending_again_and_registering_are_possible_from_everywhere() {
        for status in AccountStatus::ALL {
            assert_eq!(status.after(LifeCycleEvent::InstallationSent), Ok(AccountStatus::InstallationSmsSent));
            assert_eq!(status.after(LifeCycleEvent::ActivationSent), Ok(AccountStatus::ActivationSmsSent));
            assert_eq!(status.after(LifeCycleEvent::Registered), Ok(AccountStatus::Connected));
        }
    }

    #[test]
    fn a_late_click_throws_nothing_back() {
        let connected = AccountStatus::Connected;
        assert_eq!(connected.after(LifeCycleEvent::Installed), Ok(connected));
        assert_eq!(connected.after(LifeCycleEvent::ActivationClicked), Ok(connected));
    }

    #[test]
    fn an_account_is_created_once() {
        let error = AccountStatus::Installed.after(LifeCycleEvent::Created).unwrap_err();
        assert_eq!(error.to_string(), "“Account created” cannot follow the status “Installed”.");
    }

    #[test]
    fn words_and_wire_forms_agree() {
        for status in AccountStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
            assert_eq!(AccountStatus::ALL.get(usize::try_from(status.rank()).unwrap()), Some(&status));
            assert_eq!(serde_json::to_string(&status).unwrap(), format!("\"{}\"", status.as_str()));
        }
        for event in LifeCycleEvent::ALL {
            assert_eq!(event.as_str().parse(), Ok(event));
            assert_eq!(serde_json::to_string(&event).unwrap(), format!("\"{}\"", event.as_str()));
        }
        let labels: std::collections::BTreeSet<_> = LifeCycleEvent::ALL.iter().map(|event| event.label()).collect();
        assert_eq!(labels.len(), LifeCycleEvent::ALL.len());
    }
}
