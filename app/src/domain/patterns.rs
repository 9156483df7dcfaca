//! Patterns that make a password easy to guess.

/// Whether the text is one character, repeated.
pub fn is_one_character(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| characters.all(|character| character == first))
}

/// Whether the text is two or more ASCII digits that count up or down, from 9 on to 0 and back:
/// `1234567890`, `0987654321`.
pub fn is_digit_sequence(text: &str) -> bool {
    let digits = text.as_bytes();
    let counts_by = |step: u8| digits.windows(2).all(|pair| (pair[0] - b'0' + step) % 10 == pair[1] - b'0');
    digits.len() > 1 && digits.iter().all(u8::is_ascii_digit) && (counts_by(1) || counts_by(9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_sequences_are_told_from_the_rest() {
        assert!(is_one_character("aaaa") && is_one_character("éé"));
        assert!(!is_one_character("aaab") && !is_one_character(""));
        for sequence in ["12345678", "1234567890", "0987654321", "78901234", "32109876"] {
            assert!(is_digit_sequence(sequence), "{sequence}");
        }
        for other in ["", "1", "13579135", "12345679", "12321232", "abcdefgh", "1234567a"] {
            assert!(!is_digit_sequence(other), "{other}");
        }
    }
}
