//! Texts as a filter compares them: without upper case and without the accents of Latin letters.

/// A letter, and the small letters that are read as it.
const LETTERS: [(char, &str); 19] = [
    ('a', "àáâãäåāăą"),
    ('c', "çćĉċč"),
    ('d', "ďđ"),
    ('e', "èéêëēĕėęě"),
    ('g', "ĝğġģ"),
    ('h', "ĥħ"),
    ('i', "ìíîïĩīĭįı"),
    ('j', "ĵ"),
    ('k', "ķ"),
    ('l', "ĺļľŀł"),
    ('n', "ñńņň"),
    ('o', "òóôõöøōŏő"),
    ('r', "ŕŗř"),
    ('s', "śŝşšș"),
    ('t', "ţťŧț"),
    ('u', "ùúûüũūŭůűų"),
    ('w', "ŵ"),
    ('y', "ýÿŷ"),
    ('z', "źżž"),
];

/// The text in lower case, Latin letters without their accents, letter by letter: as many characters
/// as before. The same as the SQL function `fold` (migration 0003).
#[must_use]
pub fn fold(text: &str) -> String {
    text.chars().map(fold_char).collect()
}

/// One character, folded.
#[must_use]
pub fn fold_char(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    let mut lower = character.to_lowercase();
    let lower = match (lower.next(), lower.next()) {
        (Some(single), None) => single,
        // A letter whose lower case is several letters stays as it is.
        _ => character,
    };
    LETTERS.iter().find(|(_, accented)| accented.contains(lower)).map_or(lower, |(plain, _)| *plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accents_and_case_are_passed_over() {
        assert_eq!(fold("Niccolò ÉMILE Žižek Łukasz Ñandú"), "niccolo emile zizek lukasz nandu");
        assert_eq!(fold("straße Ωmega 日本 +39"), "straße ωmega 日本 +39");
    }

    #[test]
    fn the_migration_has_the_same_letters() {
        let migration = include_str!("../../migrations/0008_faster_search_text.sql");
        let (plain, accented): (Vec<String>, Vec<&str>) =
            LETTERS.iter().map(|(plain, accented)| (plain.to_string().repeat(accented.chars().count()), *accented)).unzip();
        for letters in [accented.concat(), plain.concat()] {
            assert!(migration.contains(&format!("'{letters}'")), "{letters}");
        }
    }

    proptest! {
        #[test]
        fn folding_keeps_the_length_and_is_done_at_once(text in any::<String>()) {
            let folded = fold(&text);
            prop_assert_eq!(folded.chars().count(), text.chars().count());
            prop_assert_eq!(fold(&folded), folded);
        }
    }
}
