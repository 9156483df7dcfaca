//! What the pages know of the SIP settings.

use serde::{Deserialize, Serialize};

use crate::domain::digest_algorithm::DigestAlgorithm;
use crate::domain::field_errors::FieldErrors;
use crate::domain::numerals::grouped;
use crate::domain::sip_settings::{SipField, SipSettingsDraft};

/// Everything that the form starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SipFormStart {
    /// The save that the form was opened on.
    pub version: i32,
    pub draft: SipSettingsDraft,
    /// The SIP domain in force.
    pub sip_domain: String,
    /// The digest in force.
    pub sip_digest: DigestAlgorithm,
    pub outdated: Outdated,
    /// The public address of the service.
    pub origin: String,
    /// What a plain form was refused for.
    pub errors: FieldErrors<SipField>,
    pub message: Option<String>,
    /// What a plain form has to confirm.
    pub question: Option<DomainChange>,
}

/// Accounts whose password was made for another SIP domain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outdated {
    pub accounts: i64,
    /// Those of them that are softphones which an SMS reaches.
    pub by_sms: i64,
}

/// What another SIP domain would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainChange {
    pub old: String,
    pub new: String,
    /// Accounts with a password for the old one.
    pub cut_off: i64,
    /// Accounts that have a password for the new one already.
    pub good_again: i64,
    /// Provisioning profiles that name the old one as their server.
    pub profiles: i64,
}

/// What became of a save.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Saved {
    Done,
    /// Nothing was saved: it takes a confirmation.
    Asks(DomainChange),
}

/// `1 account has a password`, `2,000 accounts have passwords`.
fn with_passwords(count: i64) -> String {
    match count {
        1 => "1 account has a password".to_owned(),
        count => format!("{} accounts have passwords", grouped(count.unsigned_abs())),
    }
}

impl Outdated {
    /// How many phones cannot register, and how many of their users an SMS reaches; nothing when all can.
    #[must_use]
    pub fn words(&self, sip_domain: &str) -> Option<String> {
        let need = match self.accounts {
            0 => return None,
            1 => format!("1 account needs a new password for {sip_domain}: its phone cannot register."),
            count => {
                format!("{} accounts need new passwords for {sip_domain}: their phones cannot register.", grouped(count.unsigned_abs()))
            }
        };
        let other_ways = "show the activation QR code, or type a new password in Edit.";
        let reached = match (self.by_sms, self.accounts) {
            (0, 1) => format!("No Activation SMS reaches it: {other_ways}"),
            (0, _) => format!("No Activation SMS reaches them: {other_ways}"),
            (1, 1) => "It is a softphone that an Activation SMS reaches.".to_owned(),
            (reached, all) if reached == all => "All are softphones that an Activation SMS reaches.".to_owned(),
            (1, _) => format!("1 of them is a softphone that an Activation SMS reaches; for the others, {other_ways}"),
            (reached, _) => {
                let reached = grouped(reached.unsigned_abs());
                format!("{reached} of them are softphones that an Activation SMS reaches; for the others, {other_ways}")
            }
        };
        Some(format!("{need} {reached}"))
    }
}

impl DomainChange {
    /// What the question says, a paragraph each.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let Self { old, new, .. } = self;
        let each = if self.cut_off == 1 {
            "its phone cannot register, until it gets"
        } else {
            "none of their phones can register, until each gets"
        };
        let cut_off = format!(
            "{} for {old}. After the change {each} a new password: softphones by an Activation SMS or QR code, desk phones by typing a new \
             password in Edit. Phones that are registered now are cut off at once.",
            with_passwords(self.cut_off)
        );
        let good_again =
            (self.good_again > 0).then(|| format!("{} for {new} already, good again after the change.", with_passwords(self.good_again)));
        let profiles = match self.profiles {
            0 => None,
            1 => Some(format!("1 provisioning profile that names {old} as its server will name {new}.")),
            count => {
                Some(format!("{} provisioning profiles that name {old} as their server will name {new}.", grouped(count.unsigned_abs())))
            }
        };
        let back = format!("The old passwords are kept: changing it back to {old} makes those good again that have not been replaced.");
        [Some(cut_off), good_again, profiles, Some(back)].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outdated_accounts_are_counted_in_words() {
        let words = |accounts, by_sms| Outdated { accounts, by_sms }.words("sip.example.com");
        assert_eq!(words(0, 0), None);
        for (accounts, by_sms, need, reached) in [
            (1, 0, "1 account needs a new password for sip.example.com: its phone cannot register.", "No Activation SMS reaches it: show"),
            (1, 1, "1 account needs a new password", "It is a softphone that an Activation SMS reaches."),
            (2, 0, "2 accounts need new passwords for sip.example.com: their phones cannot", "No Activation SMS reaches them: show"),
            (2, 2, "2 accounts need new passwords", "All are softphones that an Activation SMS reaches."),
            (2000, 1, "2,000 accounts need", "1 of them is a softphone that an Activation SMS reaches; for the others, show"),
            (2000, 1999, "2,000 accounts need", "1,999 of them are softphones that an Activation SMS reaches; for the others, show"),
        ] {
            let told = words(accounts, by_sms).unwrap();
            assert!(told.starts_with(need) && told.contains(&format!("register. {reached}")), "{told}");
        }
    }

    #[test]
    fn the_question_names_what_it_costs() {
        let change = DomainChange { old: "old.example".into(), new: "new.example".into(), cut_off: 238, good_again: 0, profiles: 0 };
        let words = change.words();
        assert_eq!(words.len(), 2);
        assert!(
            words[0].starts_with("238 accounts have passwords for old.example. After the change none of their phones can register, until")
        );
        assert!(words[1].contains("changing it back to old.example"));
        let words = DomainChange { cut_off: 1, good_again: 1, profiles: 1, ..change }.words();
        assert!(
            words[0].starts_with("1 account has a password for old.example. After the change its phone cannot register, until it gets")
        );
        assert_eq!(words[1], "1 account has a password for new.example already, good again after the change.");
        assert_eq!(words[2], "1 provisioning profile that names old.example as its server will name new.example.");
    }
}
