//! What is typed into a filter box: words that must all be found, and where they are found.

use super::fold::{fold, fold_char};

const LENGTH_MAX: usize = 100;
const WORDS_MAX: usize = 8;

/// Signs that people write a phone number with.
const NUMBER_SIGNS: &str = "-.()/";

/// The words of a filter box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needle(Vec<Word>);

/// A word, in all the ways in which it may be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As it was typed, for the line that says what is filtered.
    pub typed: String,
    /// It is found when one of them is.
    pub forms: Vec<Form>,
}

/// A folded text, and where it has to stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    pub text: String,
    /// At the beginning of a word, that is after a blank; else anywhere.
    pub at_start: bool,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Plain(String),
    Marked(String),
}

/// What was typed as it is kept: at most 100 characters, no control characters, no white space around.
#[must_use]
pub fn tidy(typed: &str) -> String {
    let kept: String = typed.trim().chars().filter(|character| !character.is_control()).take(LENGTH_MAX).collect();
    kept.trim().to_owned()
}

impl Needle {
    /// Reads at most eight words. A number that begins with `+` or `00` may be written with blanks and
    /// signs; it is one word.
    #[must_use]
    pub fn parse(typed: &str) -> Self {
        let mut words: Vec<Word> = Vec::new();
        let mut in_number = false;
        for part in typed.split_whitespace() {
            if in_number
                && is_number_part(part)
                && let Some(number) = words.last_mut()
            {
                *number = Word::new(&format!("{} {part}", number.typed));
                continue;
            }
            if words.len() == WORDS_MAX {
                break;
            }
            words.push(Word::new(part));
            in_number = international(part).is_some();
        }
        Self(words)
    }

    /// The words, in the order in which they were typed.
    #[must_use]
    pub fn words(&self) -> &[Word] {
        &self.0
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a filter says of its words, before them: short ones are found in fewer places.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self.words() {
            [only] if only.is_short() => "a word begins with",
            words if words.iter().all(Word::is_short) => "words begin with",
            _ => "contains",
        }
    }

    /// Whether every word is found in `text`, which is folded and has a blank before each word.
    #[must_use]
    pub fn found_in(&self, text: &str) -> bool {
        self.0.iter().all(|word| word.forms.iter().any(|form| form.found_in(text)))
    }

    /// Cuts `text` where a word stands in it. The pieces, joined, are the text.
    #[must_use]
    pub fn mark(&self, text: &str) -> Vec<Piece> {
        if self.is_empty() {
            return vec![Piece::Plain(text.to_owned())];
        }
        let chars: Vec<char> = text.chars().collect();
        let folded: Vec<char> = chars.iter().copied().map(fold_char).collect();
        let mut marked = vec![false; chars.len()];
        for form in self.0.iter().flat_map(|word| &word.forms) {
            let wanted: Vec<char> = form.text.chars().collect();
            for (start, found) in folded.windows(wanted.len().max(1)).enumerate() {
                let fits = !form.at_start || start == 0 || folded[start - 1].is_whitespace();
                if fits && *found == *wanted {
                    marked[start..start + wanted.len()].fill(true);
                }
            }
        }
        let mut pieces = Vec::new();
        let mut start = 0;
        for end in 1..=chars.len() {
            if end == chars.len() || marked[end] != marked[start] {
                let piece: String = chars[start..end].iter().collect();
                pieces.push(if marked[start] { Piece::Marked(piece) } else { Piece::Plain(piece) });
                start = end;
            }
        }
        pieces
    }
}

impl Word {
    fn new(typed: &str) -> Self {
        let compact: String = typed.chars().filter(char::is_ascii_digit).collect();
        let mut texts = match international(typed) {
            Some(number) => vec![number],
            None => vec![fold(typed)],
        };
        // A local number with signs in it, or what only looks like an international prefix.
        if is_number_part(typed) && compact.len() > 1 && !typed.starts_with('+') {
            texts.push(compact);
        }
        texts.dedup();
        Self { typed: typed.to_owned(), forms: texts.into_iter().map(Form::new).collect() }
    }

    /// Whether it is looked for at the beginnings of words only.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.forms.iter().all(|form| form.at_start)
    }
}

impl Form {
    /// One or two letters stand nearly everywhere: they are looked for where words begin.
    fn new(text: String) -> Self {
        let at_start = text.chars().count() < 3 && text.chars().all(char::is_alphanumeric);
        Self { text, at_start }
    }

    fn found_in(&self, text: &str) -> bool {
        if self.at_start { text.match_indices(&self.text).any(|(at, _)| text[..at].ends_with(' ')) } else { text.contains(&self.text) }
    }
}

/// `+` and the digits of what is written like the beginning of an international number.
fn international(typed: &str) -> Option<String> {
    let rest = typed.strip_prefix('+').or_else(|| typed.strip_prefix("00"))?;
    let parts_fit = rest.split(' ').all(|part| part.is_empty() || is_number_part(part));
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    (parts_fit && !digits.is_empty()).then(|| format!("+{digits}"))
}

fn is_number_part(part: &str) -> bool {
    part.contains(|c: char| c.is_ascii_digit()) && part.chars().all(|c| c.is_ascii_digit() || NUMBER_SIGNS.contains(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = " niccolo anna-maria rossi\n 2086693379\n +393204471902\n n.rossi@example.com\n line 118-4467, 100% of_the time";

    fn found(needle: &str) -> bool {
        Needle::parse(needle).found_in(TEXT)
    }

    fn marks(text: &str, needle: &str) -> String {
        Needle::parse(needle)
            .mark(text)
            .into_iter()
            .map(|piece| match piece {
                Piece::Plain(text) => text,
                Piece::Marked(text) => format!("[{text}]"),
            })
            .collect()
    }

    #[test]
    fn every_word_has_to_be_found() {
        assert!(found("rossi NICCOLÒ"));
        assert!(!found("rossi bianchi"));
        assert!(found(""));
    }

    #[test]
    fn a_number_is_found_however_it_is_written() {
        let ways = [
            "+39 320 447 1902",
            "0039 320 4471902",
            "+39-320-447.19.02",
            "(320) 4471902",
            "320-447",
            "320/4471902",
            "+39",
            "4471902",
            "+39 320 4",
            "1902",
        ];
        for number in ways {
            assert!(found(number), "{number}");
        }
        for number in ["+39 321", "0044", "+320", "447 1903"] {
            assert!(!found(number), "{number}");
        }
        assert!(found("118-4467"), "as it stands in a description");
        assert!(found("+39 rossi"));
    }

    #[test]
    fn short_words_stand_at_the_beginning_of_a_word() {
        for (needle, is_there) in
            [("ni", true), ("ro", true), ("an", true), ("ma", false), ("os", false), ("20", true), ("08", false), ("r n", true)]
        {
            assert_eq!(found(needle), is_there, "{needle}");
        }
    }

    #[test]
    fn signs_are_found_anywhere() {
        for needle in ["%", "_", "@", "0%", "f_t"] {
            assert!(found(needle), "{needle}");
        }
        assert!(!found("#"));
    }

    #[test]
    fn matches_are_marked_whatever_their_case_and_accents() {
        assert_eq!(marks("Chiara Chiaro", "chiar"), "[Chiar]a [Chiar]o");
        assert_eq!(marks("Niccolò", "ccolo"), "Ni[ccolò]");
        assert_eq!(marks("+393201184467", "320 447"), "+39[320]1184467");
        assert_eq!(marks("+393201184467", "0039 320"), "[+39320]1184467");
        assert_eq!(marks("Rosa Moro", "ro"), "[Ro]sa Moro");
        assert_eq!(marks("banana", "ana nan"), "b[anana]");
    }

    #[test]
    fn no_word_or_no_match_leaves_the_text() {
        assert_eq!(marks("Ada", ""), "Ada");
        assert_eq!(marks("Ada", "xyz"), "Ada");
        assert_eq!(marks("", "x"), "");
        assert_eq!(marks("İstanbul", "stan"), "İ[stan]bul");
    }

    #[test]
    fn needles_are_bounded() {
        assert_eq!(Needle::parse(&"wörd ".repeat(1_000)).words().len(), 8);
        assert_eq!(tidy(&"wörd ".repeat(1_000)).chars().count(), 99);
        assert_eq!(tidy(" a\0b "), "ab");
    }

    proptest! {
        #[test]
        fn pieces_joined_are_the_text(text in "\\PC{0,20}", needle in "\\PC{0,8}") {
            let joined: String = Needle::parse(&needle).mark(&text).into_iter().map(|piece| match piece { Piece::Plain(text) | Piece::Marked(text) => text }).collect();
            prop_assert_eq!(joined, text);
        }

        #[test]
        fn a_word_of_a_text_is_found_in_it(words in proptest::collection::vec("[a-zA-Zàé0-9@.+-]{1,9}", 1..5), pick: proptest::sample::Index) {
            let text = fold(&format!(" {}", words.join(" ")));
            let word = &words[pick.index(words.len())];
            // What reads as a number is looked for as one, and a text holds it as a text.
            prop_assume!(international(word).is_none());
            prop_assert!(Needle::parse(word).found_in(&text), "{} in {}", word, text);
        }
    }
}
