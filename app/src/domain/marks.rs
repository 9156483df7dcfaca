//! Where the words of a filter stand in a text.

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Plain(String),
    Marked(String),
}

/// Cuts `text` where one of the lower-case `words` stands in it. The pieces, joined, are the text.
pub fn mark(text: &str, words: &[String]) -> Vec<Piece> {
    let chars: Vec<char> = text.chars().collect();
    // A letter whose lower case is several letters cannot be compared one by one: it stays as it is.
    let lower: Vec<char> = chars
        .iter()
        .map(|c| {
            let mut folded = c.to_lowercase();
            match (folded.next(), folded.next()) {
                (Some(single), None) => single,
                _ => *c,
            }
        })
        .collect();
    let mut marked = vec![false; chars.len()];
    for word in words {
        let word: Vec<char> = word.chars().collect();
        if word.is_empty() {
            continue;
        }
        for start in 0..lower.len().saturating_sub(word.len() - 1) {
            if lower[start..start + word.len()] == word[..] {
                marked[start..start + word.len()].fill(true);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(text: &str, words: &[&str]) -> String {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        mark(text, &words)
            .into_iter()
            .map(|piece| match piece {
                Piece::Plain(text) => text,
                Piece::Marked(text) => format!("[{text}]"),
            })
            .collect()
    }

    #[test]
    fn matches_are_marked_whatever_their_case() {
        assert_eq!(marks("Chiara Chiaro", &["chiar"]), "[Chiar]a [Chiar]o");
        assert_eq!(marks("+393201184467", &["320", "44"]), "+39[320]118[44]67");
    }

    #[test]
    fn overlapping_matches_are_one_mark() {
        assert_eq!(marks("banana", &["ana", "nan"]), "b[anana]");
    }

    #[test]
    fn no_word_or_no_match_leaves_the_text() {
        assert_eq!(marks("Ada", &[]), "Ada");
        assert_eq!(marks("Ada", &["x"]), "Ada");
        assert_eq!(marks("", &["x"]), "");
        assert_eq!(marks("İstanbul", &["stan"]), "İ[stan]bul");
    }
}
