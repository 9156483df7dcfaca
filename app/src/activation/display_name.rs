//! What a phone calls somebody.

/// The owner, or the number of an account that has none, on one line: a control character would end the line of a file or be
/// refused with all that stands around it, and U+FFFE and U+FFFF are no characters in XML (XML 1.0, section 2.2).
pub fn display_name(owner: Option<&str>, number: &str) -> String {
    let kept = |character: &char| !character.is_control() && !matches!(character, '\u{fffe}' | '\u{ffff}');
    let owner: String = owner.unwrap_or_default().chars().filter(kept).collect();
    if owner.trim().is_empty() { number.to_owned() } else { owner }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_called_by_the_name_and_nobody_by_the_number() {
        assert_eq!(display_name(Some("Zoë \"Z\" O'Neil"), "111"), "Zoë \"Z\" O'Neil");
        assert_eq!(display_name(Some("a\r\nb\u{7f}\u{ffff}"), "111"), "ab");
        for nobody in [None, Some(""), Some(" "), Some("\0")] {
            assert_eq!(display_name(nobody, "+391234567890"), "+391234567890");
        }
    }
}
