//! How a message shows a character or a text that someone typed: visible, named, and never 10 kB
//! long.

/// The character as a message names it: `“x”`, `“１” (U+FF11)` beyond ASCII, `U+0000` for what
/// cannot be seen.
pub fn named(character: char) -> String {
    let code = format!("U+{:04X}", u32::from(character));
    if is_invisible(character) {
        code
    } else if character.is_ascii() {
        format!("“{character}”")
    } else {
        format!("“{character}” ({code})")
    }
}

/// The text as a message quotes it: cut after `max` characters with `…`, and with `\u{fffd}` for
/// what cannot be seen, so that it neither breaks a line nor turns the writing direction of a page,
/// a terminal or a log.
pub fn shown(text: &str, max: usize) -> String {
    let visible = |character: char| {
        if is_invisible(character) { char::REPLACEMENT_CHARACTER } else { character }
    };
    let end = if text.chars().nth(max).is_some() { "…" } else { "" };
    text.chars().take(max).map(visible).chain(end.chars()).collect()
}

fn is_invisible(character: char) -> bool {
    character.is_control()
        || (character.is_whitespace() && character != ' ')
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_named_so_that_one_can_find_them() {
        assert_eq!(named('x'), "“x”");
        assert_eq!(named('１'), "“１” (U+FF11)");
        assert_eq!(named(' '), "“ ”");
        assert_eq!(named('\0'), "U+0000");
        assert_eq!(named('\u{200f}'), "U+200F");
    }

    #[test]
    fn quoted_texts_are_short_and_harmless() {
        assert_eq!(shown("déjà", 4), "déjà");
        assert_eq!(shown("déjà vu", 4), "déjà…");
        assert_eq!(shown("a b\n\u{202e}\u{1b}", 9), "a b\u{fffd}\u{fffd}\u{fffd}");
    }
}
