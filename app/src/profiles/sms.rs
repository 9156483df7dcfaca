//! The SMS texts of a profile, filled in with example values.

use crate::domain::characters::named;
use crate::domain::profile_draft::{ProfileDraft, ProfileField};
use crate::domain::sms_text::{Coding, SmsSize, Template, Values, forces_ucs2};

/// As many characters as are named one by one.
const MOST_NAMED: usize = 5;

/// The SMS of `field` as somebody would get it, with what the profile itself fills in; `None` while there is a mistake in it.
#[must_use]
pub fn example(draft: &ProfileDraft, field: ProfileField) -> Option<String> {
    let template = Template::parse(draft.get(field), false).ok()?;
    let values = Values {
        support_phone: draft.support_phone.trim(),
        support_email: draft.support_email.trim(),
        hours: draft.link_hours.trim().parse().unwrap_or(Values::EXAMPLE.hours),
        ..Values::EXAMPLE
    };
    Some(template.render(&values))
}

/// How many SMSes: "1 SMS", "2 SMSes".
#[must_use]
pub fn parts(size: SmsSize) -> String {
    if size.parts == 1 { "1 SMS".to_owned() } else { format!("{} SMSes", size.parts) }
}

/// What it costs: "1 SMS, GSM-7, 148 of 160".
#[must_use]
pub fn cost(size: SmsSize) -> String {
    format!("{}, {}, {} of {}", parts(size), size.coding.as_str(), size.units, size.units + size.left)
}

/// Which characters make an SMS UCS-2, and what that means; `None` for one that is GSM-7.
#[must_use]
pub fn why_ucs2(sms: &str) -> Option<String> {
    if Coding::of(sms) == Coding::Gsm7 {
        return None;
    }
    let characters = forces_ucs2(sms);
    let more = characters.len().saturating_sub(MOST_NAMED);
    let mut told: Vec<String> = characters.iter().take(MOST_NAMED).map(|character| named(*character)).collect();
    if more > 0 {
        told.push(format!("{more} more"));
    }
    let last = told.pop().unwrap_or_default();
    let (who, verb) = if told.is_empty() { (last, "is") } else { (format!("{} and {last}", told.join(", ")), "are") };
    Some(format!("{who} {verb} not in GSM-7. In UCS-2 one SMS holds 70 characters instead of 160."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_has_what_the_profile_says() {
        let draft = ProfileDraft {
            support_phone: "+390255501234".into(),
            link_hours: " 5 ".into(),
            activation_text: "{hours} h, {support_phone}, {support_email}: {link}".into(),
            ..ProfileDraft::default()
        };
        let sms = example(&draft, ProfileField::ActivationText).unwrap();
        assert!(sms.starts_with("5 h, +390255501234,: https://"), "{sms}");
        let broken = ProfileDraft { activation_text: "{lnik}".into(), ..ProfileDraft::default() };
        assert_eq!(example(&broken, ProfileField::ActivationText), None);
        let without_link = ProfileDraft { activation_text: "Ciao {owner}".into(), ..ProfileDraft::default() };
        assert_eq!(example(&without_link, ProfileField::ActivationText).as_deref(), Some("Ciao Luca Ferri"));
    }

    #[test]
    fn an_sms_is_told_by_its_parts_its_coding_and_what_is_used() {
        assert_eq!(cost(SmsSize::of(&"a".repeat(148))), "1 SMS, GSM-7, 148 of 160");
        assert_eq!(cost(SmsSize::of(&"a".repeat(161))), "2 SMSes, GSM-7, 161 of 306");
        assert_eq!(cost(SmsSize::of("č")), "1 SMS, UCS-2, 1 of 70");
    }

    #[test]
    fn the_characters_that_cost_are_named() {
        assert_eq!(why_ucs2("Perché? Già, è così: €"), None);
        let rest = "not in GSM-7. In UCS-2 one SMS holds 70 characters instead of 160.";
        assert_eq!(why_ucs2("čč"), Some(format!("“č” (U+010D) is {rest}")));
        assert_eq!(why_ucs2("“č"), Some(format!("““” (U+201C) and “č” (U+010D) are {rest}")));
        assert!(why_ucs2("ąćęłńóśźż").unwrap().contains("“ń” (U+0144) and 4 more are"), "{:?}", why_ucs2("ąćęłńóśźż"));
    }
}
