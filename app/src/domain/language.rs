//! The languages of the public pages, which people see who never chose one in Ringkey.

/// A language that the pages are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    #[default]
    English,
    Italian,
}

impl Language {
    /// The language that a browser asks for in its `Accept-Language` (RFC 9110, section 12.5.4): of those that there are the one
    /// with the highest weight, the first of equal ones; English when it wants none of them.
    #[must_use]
    pub fn of_header(header: &str) -> Self {
        let mut best = (Self::English, 0_u16);
        for range in header.split(',').take(MOST_RANGES) {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let Some(language) = Self::of_tag(tag.trim()) else { continue };
            let weight = weight(parameters);
            if weight > best.1 {
                best = (language, weight);
            }
        }
        best.0
    }

    /// As `lang` of a page has it (RFC 5646).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Italian => "it",
        }
    }

    fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        [Self::English, Self::Italian].into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }
}

/// No person reads more.
const MOST_RANGES: usize = 32;

/// The weight in thousandths; a malformed one is none.
fn weight(parameters: &str) -> u16 {
    let Some(value) = parameters.trim().strip_prefix(['q', 'Q']).and_then(|rest| rest.trim_start().strip_prefix('=')) else { return 1000 };
    match value.trim().parse::<f32>() {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
        Ok(weight) if (0.0..=1.0).contains(&weight) => (weight * 1000.0) as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_heaviest_language_that_there_is() {
        for (header, language) in [
            ("", Language::English),
            ("it", Language::Italian),
            ("it-IT,it;q=0.9,en-US;q=0.8,en;q=0.7", Language::Italian),
            ("de-CH, it-CH;q=0.8, en;q=0.5", Language::Italian),
            ("en-GB,en;q=0.9,it;q=0.8", Language::English),
            ("en;q=0.2, IT ; q=0.4", Language::Italian),
            ("it;q=0", Language::English),
            ("it;q=x,en", Language::English),
            ("de,fr", Language::English),
            ("italian", Language::English),
        ] {
            assert_eq!(Language::of_header(header), language, "{header:?}");
        }
    }

    proptest! {
        #[test]
        fn what_no_browser_sends_is_read_as_none(header in "[^itIT]*") {
            prop_assert_eq!(Language::of_header(&header), Language::English);
        }
    }
}
