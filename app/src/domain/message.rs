//! What becomes of an SMS: its kinds, its states, and when it is tried again.

use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::account_status::LifeCycleEvent;
use super::account_type::AccountType;
use super::sms_text::{SmsSize, Template, Values};
use super::unknown::UnknownWord;

/// What an SMS is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// The link to the client's download.
    Installation,
    /// The link to the configuration.
    Activation,
    /// Whether the gateway works.
    Test,
}

/// The two kinds that an account's user gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmsKind {
    Installation,
    Activation,
}

/// Where an SMS is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Waits to be sent, for the first time or again.
    Queued,
    /// Is being handed to the gateway.
    Sending,
    /// The gateway has it.
    Accepted,
    /// The phone has it.
    Delivered,
    /// It was not sent, or never reached the phone.
    Failed,
    /// Nobody knows whether it was sent: an operator decides.
    Unknown,
}

/// Why an account's user gets no SMS; the user's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Error)]
#[serde(rename_all = "snake_case")]
pub enum NoSms {
    #[error("A SNOM phone is configured by hand: it has no app to install or to activate.")]
    DeskPhone,
    #[error(
        "SMS needs an international number such as +39 320 1184467, and this number is an extension. Show the activation QR code \
         instead, or copy the link."
    )]
    Extension,
}

impl NoSms {
    /// What keeps SMSes from an account of this type and number, if anything does.
    #[must_use]
    pub fn of(account_type: AccountType, number: &str) -> Option<Self> {
        match account_type {
            AccountType::Snom => Some(Self::DeskPhone),
            AccountType::Pgsm if !number.starts_with('+') => Some(Self::Extension),
            AccountType::Pgsm => None,
        }
    }
}

/// Stands in a stored text where the link goes: what is in the database opens nothing.
pub const LINK_MARK: char = '\u{e000}';
/// Stands for the secret part of a link where people read it.
const MASK: &str = "••••••••";

/// The SMS of a template with a mark where the link goes, and what it costs with a link that looks like `link`.
#[must_use]
pub fn compose(template: &Template, values: &Values<'_>, link: &str) -> (String, SmsSize) {
    // Nobody else may put the mark there. It is a letter of no script, so that nothing is lost with it.
    let [owner, number, username, company, support_phone, support_email] =
        [values.owner, values.number, values.username, values.company, values.support_phone, values.support_email]
            .map(|value| value.replace(LINK_MARK, ""));
    let mut mark = [0; 4];
    let marked = Values {
        link: LINK_MARK.encode_utf8(&mut mark),
        owner: &owner,
        number: &number,
        username: &username,
        company: &company,
        support_phone: &support_phone,
        support_email: &support_email,
        hours: values.hours,
    };
    let text = template.without(LINK_MARK).render(&marked);
    let size = SmsSize::of(&with_link(&text, link));
    (text, size)
}

/// A stored text with its link.
#[must_use]
pub fn with_link(text: &str, link: &str) -> String {
    text.replace(LINK_MARK, link)
}

/// A stored text as people may read it: the link without what makes it one. `address` is what stands before the token.
#[must_use]
pub fn masked(text: &str, address: &str) -> String {
    with_link(text, &format!("{address}{MASK}"))
}

/// What a gateway reports of an SMS some time after it has taken it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// The network has it.
    Accepted,
    /// The phone has it.
    Delivered,
    /// It will not arrive, with the gateway's reason.
    Failed { reason: String },
}

impl MessageKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Installation, Self::Activation, Self::Test];

    /// The stored and the sent word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Installation => "installation",
            Self::Activation => "activation",
            Self::Test => "test",
        }
    }

    /// The word on screen.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Installation => "Installation",
            Self::Activation => "Activation",
            Self::Test => "Test",
        }
    }
}

impl FromStr for MessageKind {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

impl From<SmsKind> for MessageKind {
    fn from(kind: SmsKind) -> Self {
        match kind {
            SmsKind::Installation => Self::Installation,
            SmsKind::Activation => Self::Activation,
        }
    }
}

impl TryFrom<MessageKind> for SmsKind {
    type Error = UnknownWord;

    /// A test is none of them.
    fn try_from(kind: MessageKind) -> Result<Self, UnknownWord> {
        UnknownWord::find(kind.as_str(), &Self::ALL, |kind| MessageKind::from(kind).as_str())
    }
}

impl SmsKind {
    /// Both kinds, in the order of the life cycle.
    pub const ALL: [Self; 2] = [Self::Installation, Self::Activation];

    /// The manual's words for it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Installation => "Installation SMS",
            Self::Activation => "Activation SMS",
        }
    }

    /// What happens to the account when it is queued.
    #[must_use]
    pub const fn event(self) -> LifeCycleEvent {
        match self {
            Self::Installation => LifeCycleEvent::InstallationSent,
            Self::Activation => LifeCycleEvent::ActivationSent,
        }
    }
}

impl MessageState {
    /// Every state, in the order of the way.
    pub const ALL: [Self; 6] = [Self::Queued, Self::Sending, Self::Accepted, Self::Delivered, Self::Failed, Self::Unknown];

    /// The stored, the sent and the shown word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// The state after a report. Reports come twice, out of order and before the answer to the sending itself: what is known
    /// for good stays, and what says less than is known is dropped.
    #[must_use]
    pub const fn after(self, report: &Report) -> Self {
        match (self, report) {
            (Self::Delivered, _) | (_, Report::Delivered) => Self::Delivered,
            (Self::Failed, Report::Accepted) => Self::Failed,
            (_, Report::Failed { .. }) => Self::Failed,
            (_, Report::Accepted) => Self::Accepted,
        }
    }

    /// Whether an operator may send it again: nobody can say that it has arrived.
    #[must_use]
    pub const fn may_be_sent_again(self) -> bool {
        matches!(self, Self::Failed | Self::Unknown)
    }
}

impl FromStr for MessageState {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        UnknownWord::find(word, &Self::ALL, Self::as_str)
    }
}

/// How long an SMS that was not sent waits for its next try, after `tries` of them: 2 s, doubled each time up to five minutes,
/// and by chance (`jitter` is any byte) up to a quarter more, so that what failed together does not come back together.
#[must_use]
pub fn wait_after(tries: u16, jitter: u8) -> Duration {
    let doubled = 2_u64.saturating_pow(u32::from(tries.clamp(1, 16)));
    let milliseconds = doubled.min(300) * 1_000;
    Duration::from_millis(milliseconds + milliseconds / 4 * u64::from(jitter) / 255)
}

/// For how long an SMS is tried: after a day it would surprise more than help.
pub const TRIED_FOR: Duration = Duration::from_secs(24 * 3600);

/// For how long after an SMS of one kind no second one of it goes to the same account: what two people press at once is one.
pub const APART: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn failed() -> Report {
        Report::Failed { reason: "absent subscriber".into() }
    }

    #[test]
    fn reports_in_any_order_end_where_the_phone_is() {
        let mut orders = vec![vec![Report::Accepted, Report::Delivered], vec![Report::Delivered, Report::Accepted]];
        orders.push(vec![Report::Accepted, Report::Accepted, Report::Delivered, Report::Delivered]);
        orders.push(vec![failed(), Report::Delivered]);
        orders.push(vec![Report::Delivered, failed()]);
        for state in MessageState::ALL {
            for reports in &orders {
                let end = reports.iter().fold(state, MessageState::after);
                assert_eq!(end, MessageState::Delivered, "{state:?} {reports:?}");
            }
            assert_eq!(state.after(&failed()), if state == MessageState::Delivered { state } else { MessageState::Failed });
        }
        assert_eq!(MessageState::Failed.after(&Report::Accepted), MessageState::Failed);
        assert_eq!(MessageState::Unknown.after(&Report::Accepted), MessageState::Accepted);
    }

    #[test]
    fn nobody_else_puts_a_link_into_a_text() {
        let template = Template::parse("{owner}\u{e000}: {link}", true).unwrap();
        let values = Values { owner: "Lu\u{e000}ca", ..Values::EXAMPLE };
        let (text, size) = compose(&template, &values, "https://a.example/a/0");
        assert_eq!(text, "Luca: \u{e000}");
        assert_eq!(size, SmsSize::of("Luca: https://a.example/a/0"));
        assert_eq!(masked(&text, "https://a.example/a/"), "Luca: https://a.example/a/••••••••");
    }

    #[test]
    fn desk_phones_and_extensions_get_no_sms() {
        assert_eq!(NoSms::of(AccountType::Pgsm, "+393201184467"), None);
        assert_eq!(NoSms::of(AccountType::Pgsm, "393201184467"), Some(NoSms::Extension));
        assert_eq!(NoSms::of(AccountType::Snom, "+393201184467"), Some(NoSms::DeskPhone));
    }

    #[test]
    fn only_what_may_not_have_arrived_is_sent_again() {
        let again: Vec<_> = MessageState::ALL.into_iter().filter(|state| state.may_be_sent_again()).collect();
        assert_eq!(again, [MessageState::Failed, MessageState::Unknown]);
    }

    #[test]
    fn words_and_wire_forms_agree() {
        for state in MessageState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
            assert_eq!(serde_json::to_string(&state).unwrap(), format!("\"{}\"", state.as_str()));
        }
        for kind in MessageKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
    }

    proptest! {
        #[test]
        fn waits_grow_and_stay_within_their_bounds(tries in 0_u16..100, jitter: u8) {
            let wait = wait_after(tries, jitter);
            prop_assert!(wait >= Duration::from_secs(2) && wait <= Duration::from_secs(375));
            prop_assert!(wait_after(tries + 1, 0) >= wait_after(tries, 0));
            prop_assert!(wait_after(tries, 255) >= wait);
        }
    }
}
