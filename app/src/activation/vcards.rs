//! The directory of an account as phones read it.

use super::configuration::in_uri;
use super::db::Person;
use super::display_name::display_name;

/// The longest line, in octets and without its end (RFC 6350, section 3.2).
const LINE: usize = 75;

/// The people as vCards 4.0 (`text/vcard`), each with a name and the address to call, which is the number at `realm`.
///
/// Linphone takes all of a list or, when it cannot read a single card, none.
pub fn vcards(people: &[Person], realm: &str) -> String {
    let realm = in_uri(realm);
    let mut list = String::with_capacity(people.len() * 128);
    for Person { owner, number, .. } in people {
        let name = escaped(&display_name(owner.as_deref(), number));
        for line in ["BEGIN:VCARD", "VERSION:4.0", &format!("FN:{name}"), &format!("IMPP:sip:{number}@{realm}"), "END:VCARD"] {
            fold(line, &mut list);
        }
    }
    list
}

/// A text as a value holds it (RFC 6350, section 3.4); it has no line breaks.
fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace(',', r"\,")
}

/// Adds a line, broken where it is too long: a line that begins with a space goes on with the one before.
fn fold(line: &str, list: &mut String) {
    let mut length = 0;
    for character in line.chars() {
        if length + character.len_utf8() > LINE {
            list.push_str("\r\n ");
            length = 1;
        }
        list.push(character);
        length += character.len_utf8();
    }
    list.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn person(owner: Option<&str>, number: &str) -> Person {
        Person { owner: owner.map(str::to_owned), number: number.to_owned(), username: "2086693379".to_owned() }
    }

    /// The lines as a reader puts them together again.
    fn unfolded(list: &str) -> String {
        list.replace("\r\n ", "")
    }

    #[test]
    fn each_has_a_name_and_an_address() {
        let people = [person(Some("Zoë"), "+391234567890"), person(None, "111")];
        assert_eq!(
            vcards(&people, "example.com"),
            "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Zoë\r\nIMPP:sip:+391234567890@example.com\r\nEND:VCARD\r\n\
             BEGIN:VCARD\r\nVERSION:4.0\r\nFN:111\r\nIMPP:sip:111@example.com\r\nEND:VCARD\r\n"
        );
        assert!(vcards(&people, "2001:db8::1").contains("IMPP:sip:111@[2001:db8::1]\r\n"));
        assert_eq!(vcards(&[], "example.com"), "");
    }

    #[test]
    fn names_are_escaped_and_long_lines_folded() {
        let list = vcards(&[person(Some(r"Rossi, Anna \ B; C:D"), "111")], "example.com");
        assert!(list.contains("\r\nFN:Rossi\\, Anna \\\\ B; C:D\r\n"), "{list}");
        let list = vcards(&[person(Some(&"ë".repeat(80)), "111")], "example.com");
        let folded = format!("FN:{}\r\n {}\r\n {}\r\n", "ë".repeat(36), "ë".repeat(37), "ë".repeat(7));
        assert!(list.contains(&folded), "{list}");
    }

    proptest! {
        #[test]
        fn as_many_cards_as_people_whatever_they_are_called(
            owners in prop::collection::vec(prop::option::of(r"(?s:.{0,100})|([,;:\\\r\n ]|\\n|BEGIN:VCARD|END:VCARD){0,20}"), 0..6)
        ) {
            let people: Vec<Person> = owners.iter().map(|owner| person(owner.as_deref(), "+391234567890")).collect();
            let list = vcards(&people, "example.com");
            let lines: Vec<&str> = list.split_terminator("\r\n").collect();
            prop_assert!(lines.iter().all(|line| line.len() <= LINE && !line.contains(['\r', '\n'])));
            let unfolded = unfolded(&list);
            let cards: Vec<&str> = unfolded.split_terminator("\r\n").collect();
            prop_assert_eq!(cards.len(), 5 * people.len());
            for (card, owner) in cards.chunks(5).zip(&owners) {
                let name = card[2].strip_prefix("FN:").unwrap().replace(r"\,", ",").replace(r"\\", r"\");
                prop_assert_eq!(name, display_name(owner.as_deref(), "+391234567890"));
                prop_assert_eq!((card[0], card[1]), ("BEGIN:VCARD", "VERSION:4.0"));
                prop_assert_eq!((card[3], card[4]), ("IMPP:sip:+391234567890@example.com", "END:VCARD"));
            }
        }
    }
}
