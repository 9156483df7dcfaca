//! The texts of SMSes: what one costs, and the templates that provisioning profiles hold.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::characters::shown;
use super::text::{MultiLine, TextError};

/// How the characters of an SMS travel. The gateway has to be told: Kannel sends what does not fit as `?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Coding {
    /// The GSM 7-bit default alphabet with its extension table (3GPP TS 23.038, section 6.2.1).
    Gsm7,
    /// Two bytes for each unit of UTF-16, as soon as one character is not in that alphabet.
    Ucs2,
}

/// What a text costs as an SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SmsSize {
    pub coding: Coding,
    /// Septets in GSM-7, UTF-16 code units in UCS-2.
    pub units: usize,
    /// How many SMSes are paid for; an empty one is one, too.
    pub parts: usize,
    /// The units that are free in the last part.
    pub left: usize,
}

impl Coding {
    /// The coding that the text needs.
    #[must_use]
    pub fn of(text: &str) -> Self {
        if text.chars().all(|character| septets(character).is_some()) { Self::Gsm7 } else { Self::Ucs2 }
    }

    /// The name on screen.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gsm7 => "GSM-7",
            Self::Ucs2 => "UCS-2",
        }
    }

    /// The units of an SMS of one part, and of each of several, which begin with a header of 6 bytes
    /// (3GPP TS 23.040, section 9.2.3.24.1).
    const fn capacity(self) -> (usize, usize) {
        match self {
            Self::Gsm7 => (160, 153),
            Self::Ucs2 => (70, 67),
        }
    }

    fn units(self, character: char) -> usize {
        match self {
            Self::Gsm7 => septets(character).unwrap_or(1),
            Self::Ucs2 => character.len_utf16(),
        }
    }
}

impl SmsSize {
    /// The size of a text. A character of two units is never split over two parts.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let coding = Coding::of(text);
        let (alone, of_several) = coding.capacity();
        let units = text.chars().map(|character| coding.units(character)).sum();
        if units <= alone {
            return Self { coding, units, parts: 1, left: alone - units };
        }
        let (mut parts, mut left) = (1, of_several);
        for character in text.chars() {
            let needed = coding.units(character);
            if needed > left {
                parts += 1;
                left = of_several;
            }
            left -= needed;
        }
        Self { coding, units, parts, left }
    }
}

/// The characters that make a text UCS-2, each once, in the order of the text; none in one that is GSM-7.
#[must_use]
pub fn forces_ucs2(text: &str) -> Vec<char> {
    let mut found = Vec::new();
    for character in text.chars().filter(|character| septets(*character).is_none()) {
        if !found.contains(&character) {
            found.push(character);
        }
    }
    found
}

/// The septets of a character in the GSM 7-bit default alphabet: two in the extension table, which is reached by an escape.
const fn septets(character: char) -> Option<usize> {
    match character {
        '\n' | '\r' | ' '..='Z' | '_' | 'a'..='z' => Some(1),
        '£' | '¥' | 'è' | 'é' | 'ù' | 'ì' | 'ò' | 'Ç' | 'Ø' | 'ø' | 'Å' | 'å' | 'Æ' | 'æ' | 'ß' | 'É' => Some(1),
        '¤' | '¡' | 'Ä' | 'Ö' | 'Ñ' | 'Ü' | '§' | '¿' | 'ä' | 'ö' | 'ñ' | 'ü' | 'à' => Some(1),
        'Δ' | 'Φ' | 'Γ' | 'Λ' | 'Ω' | 'Π' | 'Ψ' | 'Σ' | 'Θ' | 'Ξ' => Some(1),
        '\u{c}' | '^' | '{' | '}' | '\\' | '[' | '~' | ']' | '|' | '€' => Some(2),
        _ => None,
    }
}

/// What a template can leave to be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placeholder {
    /// The address of the installation or activation page.
    Link,
    /// The account's owner.
    Owner,
    /// The account's virtual phone number.
    Number,
    /// What the phone registers with.
    Username,
    /// The group's company.
    Company,
    /// The profile's customer-service phone.
    SupportPhone,
    /// The profile's customer-service address.
    SupportEmail,
    /// For how many hours the link can be used.
    Hours,
}

impl Placeholder {
    /// Every placeholder, in the order in which people are told.
    pub const ALL: [Self; 8] =
        [Self::Link, Self::Owner, Self::Number, Self::Username, Self::Company, Self::SupportPhone, Self::SupportEmail, Self::Hours];

    /// The word between the braces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Owner => "owner",
            Self::Number => "number",
            Self::Username => "username",
            Self::Company => "company",
            Self::SupportPhone => "support_phone",
            Self::SupportEmail => "support_email",
            Self::Hours => "hours",
        }
    }
}

/// What is filled in; empty is what an account or a profile does not have. There is no debug form, since a link is as good as
/// a password.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    pub link: &'a str,
    pub owner: &'a str,
    pub number: &'a str,
    pub username: &'a str,
    pub company: &'a str,
    pub support_phone: &'a str,
    pub support_email: &'a str,
    pub hours: u16,
}

impl Values<'static> {
    /// Values of usual length, for a preview and for the rule of [`Template::MAX_PARTS`].
    pub const EXAMPLE: Self = Self {
        link: "https://ringkey.example.com/a/mGq3vT0yXk5_Rb8ZsW1dLc9HfNj2PuE7aQ4oVi6tKxY",
        owner: "Luca Ferri",
        number: "+393201184467",
        username: "2086693379",
        company: "Edilnova",
        support_phone: "+390255501234",
        support_email: "help@example.com",
        hours: 72,
    };
}

impl Values<'_> {
    fn get(&self, placeholder: Placeholder) -> Cow<'_, str> {
        Cow::Borrowed(match placeholder {
            Placeholder::Link => self.link,
            Placeholder::Owner => self.owner,
            Placeholder::Number => self.number,
            Placeholder::Username => self.username,
            Placeholder::Company => self.company,
            Placeholder::SupportPhone => self.support_phone,
            Placeholder::SupportEmail => self.support_email,
            Placeholder::Hours => return Cow::Owned(self.hours.to_string()),
        })
    }
}

/// The text of an SMS with placeholders such as `{link}`; `{{` and `}}` are the braces themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(Placeholder),
}

/// Why a text is no template; the user's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// Nothing was typed.
    #[error("Enter the text of the SMS.")]
    Empty,
    /// Too long, or with a control character.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A word between braces that stands for nothing.
    #[error("“{{{}}}” is not a placeholder. Use {}, or write {{{{ and }}}} for the braces themselves.", shown(.0, 30), known())]
    Unknown(String),
    /// A `{` without its `}`; with what follows it.
    #[error("The brace in “{}” is not closed. Write }} behind the placeholder, or {{{{ for the brace itself.", shown(.0, 20))]
    Unclosed(String),
    /// A `}` without its `{`.
    #[error("There is a }} without a {{ before it. Write }}}} for the brace itself.")]
    Unopened,
    /// No `{link}` in a text that is sent for its sake.
    #[error("Without a link this SMS leads nowhere. Write {{link}} where the link belongs.")]
    NoLink,
    /// More parts than people, and gateways, put up with.
    #[error("With example values this text takes {0} SMSes. Shorten it to at most {max}.", max = Template::MAX_PARTS)]
    TooManyParts(usize),
}

impl Template {
    /// The most characters.
    pub const MAX: usize = 1_000;
    /// The most parts of an SMS with the example values.
    pub const MAX_PARTS: usize = 10;

    /// Takes what was typed; white space around it is dropped, and line breaks become `\n`. Other control characters are
    /// refused, the tab as well: no SMS has it.
    ///
    /// # Errors
    /// The user's message.
    pub fn parse(text: &str, needs_link: bool) -> Result<Self, TemplateError> {
        let text = MultiLine::parse(text, Self::MAX)?.ok_or(TemplateError::Empty)?;
        if text.contains('\t') {
            return Err(TextError::Control('\t').into());
        }
        let template = Self { pieces: pieces(&text)?, text };
        if needs_link && !template.pieces.contains(&Piece::Value(Placeholder::Link)) {
            return Err(TemplateError::NoLink);
        }
        match SmsSize::of(&template.render(&Values::EXAMPLE)).parts {
            parts if parts > Self::MAX_PARTS => Err(TemplateError::TooManyParts(parts)),
            _ => Ok(template),
        }
    }

    /// The template as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The template without a character of its own text; placeholders stay.
    #[must_use]
    pub fn without(&self, character: char) -> Self {
        let pieces = self.pieces.iter().map(|piece| match piece {
            Piece::Text(text) => Piece::Text(text.replace(character, "")),
            Piece::Value(_) => piece.clone(),
        });
        Self { text: self.text.replace(character, ""), pieces: pieces.collect() }
    }

    /// The SMS. Values come from many hands: what is in one cannot break a line, turn the writing direction of the rest or
    /// stand for another value. Where one is empty, its place closes up: “Hello {owner}, …” becomes “Hello, …”.
    #[must_use]
    pub fn render(&self, values: &Values<'_>) -> String {
        let mut sms = String::new();
        let mut is_gap = false;
        for piece in &self.pieces {
            let text = match piece {
                Piece::Text(text) => Cow::Borrowed(text.as_str()),
                Piece::Value(placeholder) => Cow::Owned(harmless(&values.get(*placeholder))),
            };
            if text.is_empty() {
                is_gap = true;
                continue;
            }
            let closes_up = std::mem::take(&mut is_gap);
            if closes_up && sms.ends_with(' ') && text.starts_with([' ', '\n', ',', '.', ';', ':', '!', '?']) {
                sms.pop();
            }
            let begins_line = closes_up && sms.ends_with('\n');
            sms.push_str(if begins_line { text.trim_start_matches(' ') } else { &text });
        }
        sms.trim().to_owned()
    }
}

fn pieces(text: &str) -> Result<Vec<Piece>, TemplateError> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from_brace) = rest.split_at(at);
        literal.push_str(before);
        if let Some(after) = from_brace.strip_prefix("{{") {
            literal.push('{');
            rest = after;
        } else if let Some(after) = from_brace.strip_prefix("}}") {
            literal.push('}');
            rest = after;
        } else if let Some(inside) = from_brace.strip_prefix('{') {
            let closed = inside.split_once('}').filter(|(name, _)| !name.contains('{'));
            let (name, after) = closed.ok_or_else(|| TemplateError::Unclosed(from_brace.to_owned()))?;
            let placeholder = Placeholder::ALL.into_iter().find(|placeholder| placeholder.name() == name);
            if !literal.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Value(placeholder.ok_or_else(|| TemplateError::Unknown(name.to_owned()))?));
            rest = after;
        } else {
            return Err(TemplateError::Unopened);
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    Ok(pieces)
}

/// The value on one line: blanks for control characters, line and paragraph separators, and what sets the writing direction of
/// all that follows.
fn harmless(value: &str) -> String {
    let is_harmful = |character: char| {
        character.is_control() || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    value.replace(is_harmful, " ").trim().to_owned()
}

fn known() -> String {
    Placeholder::ALL.map(|placeholder| format!("{{{}}}", placeholder.name())).join(", ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every character of the default alphabet but the escape, in the order of the table, and of the extension table.
    const ALPHABET: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                            ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
    const EXTENSION: &str = "\u{c}^{}\\[~]|€";

    fn size(text: &str) -> (Coding, usize, usize, usize) {
        let SmsSize { coding, units, parts, left } = SmsSize::of(text);
        (coding, units, parts, left)
    }

    fn refused(text: &str) -> String {
        Template::parse(text, true).unwrap_err().to_string()
    }

    fn rendered(text: &str, values: &Values<'_>) -> String {
        Template::parse(text, false).unwrap().render(values)
    }

    #[test]
    fn the_alphabet_is_the_standards() {
        let of_cost = |cost| {
            let mut found: Vec<char> = ('\0'..=char::MAX).filter(|character| septets(*character) == Some(cost)).collect();
            found.sort_unstable();
            found
        };
        let sorted = |text: &str| {
            let mut characters: Vec<char> = text.chars().collect();
            characters.sort_unstable();
            characters
        };
        assert_eq!(of_cost(1), sorted(ALPHABET));
        assert_eq!(of_cost(2), sorted(EXTENSION));
        assert_eq!((ALPHABET.chars().count(), EXTENSION.chars().count()), (127, 10));
    }

    #[test]
    fn sizes_of_gsm7() {
        assert_eq!(size(""), (Coding::Gsm7, 0, 1, 160));
        assert_eq!(size(&"a".repeat(160)), (Coding::Gsm7, 160, 1, 0));
        assert_eq!(size(&"a".repeat(161)), (Coding::Gsm7, 161, 2, 145));
        assert_eq!(size(&"a".repeat(306)), (Coding::Gsm7, 306, 2, 0));
        assert_eq!(size(&"à".repeat(343)), (Coding::Gsm7, 343, 3, 116));
        assert_eq!(size(&"€".repeat(80)), (Coding::Gsm7, 160, 1, 0));
        // 76 of two septets fit into 153, which leaves one free in each part but the last.
        assert_eq!(size(&"€".repeat(153)), (Coding::Gsm7, 306, 3, 151));
    }

    #[test]
    fn sizes_of_ucs2() {
        assert_eq!(size(&"ж".repeat(70)), (Coding::Ucs2, 70, 1, 0));
        assert_eq!(size(&"ж".repeat(71)), (Coding::Ucs2, 71, 2, 63));
        assert_eq!(size(&"ж".repeat(148)), (Coding::Ucs2, 148, 3, 53));
        assert_eq!(size(&"🙂".repeat(35)), (Coding::Ucs2, 70, 1, 0));
        assert_eq!(size(&"🙂".repeat(67)), (Coding::Ucs2, 134, 3, 65));
        // In UCS-2 there is no extension table.
        assert_eq!(size("ж€"), (Coding::Ucs2, 2, 1, 68));
    }

    #[test]
    fn what_forces_ucs2_is_named_once_and_in_order() {
        assert_eq!(forces_ucs2("Perché è così € [x] {y}"), []);
        assert_eq!(forces_ucs2("“Ça va”, garçon ’ç’ \t🙂"), ['“', '”', 'ç', '’', '\t', '🙂']);
        // They look like letters of the alphabet, and are none: the Ohm sign, a Cyrillic and a Greek A.
        assert_eq!(forces_ucs2("\u{2126}\u{410}\u{391}"), ['\u{2126}', '\u{410}', '\u{391}']);
    }

    #[test]
    fn placeholders_are_filled_in() {
        let all = "{link} {owner} {number} {username} {company} {support_phone} {support_email} {hours}";
        assert_eq!(
            rendered(all, &Values::EXAMPLE),
            "https://ringkey.example.com/a/mGq3vT0yXk5_Rb8ZsW1dLc9HfNj2PuE7aQ4oVi6tKxY Luca Ferri +393201184467 2086693379 \
             Edilnova +390255501234 help@example.com 72"
        );
        assert_eq!(rendered("{{link}} {{{hours}}} }}{{", &Values::EXAMPLE), "{link} {72} }{");
        assert_eq!(Template::parse(" a\r\n{link} ", true).unwrap().as_str(), "a\n{link}");
    }

    #[test]
    fn the_example_has_a_link_of_real_length() {
        let token = Values::EXAMPLE.link.strip_prefix("https://ringkey.example.com/a/").unwrap();
        assert_eq!(token.len(), 43);
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    }

    #[test]
    fn an_empty_value_closes_up() {
        let nobody = Values { owner: "", company: " \n", ..Values::EXAMPLE };
        for (template, sms) in [
            ("Hello {owner}, welcome", "Hello, welcome"),
            ("{owner} {hours} h", "72 h"),
            ("for {owner} of {company} only", "for of only"),
            ("for {owner} {company} only", "for only"),
            ("for {owner} {company}.", "for."),
            ("for {owner}\n{hours} h", "for\n72 h"),
            ("for\n{owner} {hours} h", "for\n72 h"),
            ("to {owner}{hours}", "to 72"),
            ("by {owner}", "by"),
            ("“{owner}”", "“”"),
            ("{owner}{company}", ""),
        ] {
            assert_eq!(rendered(template, &nobody), sms, "{template:?}");
        }
    }

    #[test]
    fn values_add_neither_lines_nor_placeholders() {
        let hostile = Values { owner: "\u{202e}Luca\r\nYour code is 1\u{2028}2\0 {link} {{", ..Values::EXAMPLE };
        assert_eq!(rendered("Hello {owner}\n{hours}", &hostile), "Hello Luca  Your code is 1 2  {link} {{\n72");
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        let known = "{link}, {owner}, {number}, {username}, {company}, {support_phone}, {support_email}, {hours}";
        for (text, word) in [("{link} {name}", "{name}"), ("{Link}", "{Link}"), ("{}", "{}"), ("{ link }", "{ link }")] {
            let message = format!("“{word}” is not a placeholder. Use {known}, or write {{{{ and }}}} for the braces themselves.");
            assert_eq!(refused(text), message);
        }
        for (text, message) in [
            ("", "Enter the text of the SMS."),
            (" \n ", "Enter the text of the SMS."),
            ("Go to {link", "The brace in “{link” is not closed. Write } behind the placeholder, or {{ for the brace itself."),
            ("{own{link}", "The brace in “{own{link}” is not closed. Write } behind the placeholder, or {{ for the brace itself."),
            ("link} {link}", "There is a } without a { before it. Write }} for the brace itself."),
            ("Install the app.", "Without a link this SMS leads nowhere. Write {link} where the link belongs."),
            ("{{link}}", "Without a link this SMS leads nowhere. Write {link} where the link belongs."),
            ("{link}\t.", "The control character U+0009 cannot be used. Remove it."),
            ("{link}\u{7f}", "The control character U+007F cannot be used. Remove it."),
        ] {
            assert_eq!(refused(text), message, "{text:?}");
        }
        assert!(Template::parse("Welcome.", false).is_ok());
    }

    #[test]
    fn length_is_limited_as_typed_and_as_sent() {
        assert!(Template::parse(&"a".repeat(1_000), false).is_ok());
        assert_eq!(refused(&"a".repeat(10_240)), "This text has 10240 characters. Use at most 1000.");
        assert!(Template::parse(&"ж".repeat(670), false).is_ok());
        let message = "With example values this text takes 11 SMSes. Shorten it to at most 10.";
        assert_eq!(Template::parse(&"ж".repeat(671), false).unwrap_err().to_string(), message);
        assert_eq!(refused(&"{link}".repeat(21)), message);
    }

    /// The parts as a gateway makes them: the units, cut where they are full, or one earlier when that would split a pair.
    fn parts(units: &[u16], alone: usize, of_several: usize, is_first_of_pair: fn(u16) -> bool) -> Vec<usize> {
        if units.len() <= alone {
            return vec![units.len()];
        }
        let mut rest = units;
        let mut lengths = Vec::new();
        while !rest.is_empty() {
            let full = of_several.min(rest.len());
            let cut = if full < rest.len() && is_first_of_pair(rest[full - 1]) { full - 1 } else { full };
            lengths.push(cut);
            rest = &rest[cut..];
        }
        lengths
    }

    proptest! {
        #[test]
        fn parts_are_those_of_a_gateway_in_gsm7(text in "[a-zà€{|]{0,700}") {
            let units: Vec<u16> = text.chars().flat_map(|c| EXTENSION.contains(c).then_some(0x1b).into_iter().chain([1])).collect();
            let lengths = parts(&units, 160, 153, |unit| unit == 0x1b);
            let capacity = if lengths.len() == 1 { 160 } else { 153 };
            prop_assert_eq!(size(&text), (Coding::Gsm7, units.len(), lengths.len(), capacity - lengths.last().unwrap()));
            prop_assert_eq!(forces_ucs2(&text), []);
        }

        #[test]
        fn parts_are_those_of_a_gateway_in_ucs2(text in "ж[a-z€🙂𝄞ж]{0,300}") {
            let units: Vec<u16> = text.encode_utf16().collect();
            let lengths = parts(&units, 70, 67, |unit| (0xd800..0xdc00).contains(&unit));
            let capacity = if lengths.len() == 1 { 70 } else { 67 };
            prop_assert_eq!(size(&text), (Coding::Ucs2, units.len(), lengths.len(), capacity - lengths.last().unwrap()));
            prop_assert!(forces_ucs2(&text).starts_with(&['ж']));
        }

        #[test]
        fn any_text_has_a_size(text in any::<String>()) {
            let size = SmsSize::of(&text);
            prop_assert!(size.parts >= 1);
            prop_assert_eq!(size.coding == Coding::Gsm7, forces_ucs2(&text).is_empty());
        }

        #[test]
        fn what_is_stored_parses_to_itself(text in "([a-z \n.,à🙂]|\\{\\{|\\}\\}|\\{(link|owner|hours|name)\\}|[{}]){0,30}") {
            if let Ok(template) = Template::parse(&text, false) {
                prop_assert_eq!(template.render(&Values::EXAMPLE).contains(Values::EXAMPLE.link), Template::parse(&text, true).is_ok());
                prop_assert_eq!(Template::parse(template.as_str(), false), Ok(template));
            }
        }

        #[test]
        fn escaped_text_comes_out_as_it_was(text in "[a-z{}]{1,80}") {
            prop_assert_eq!(rendered(&text.replace('{', "{{").replace('}', "}}"), &Values::EXAMPLE), text);
        }

        #[test]
        fn a_value_never_adds_a_line(owner in any::<String>(), company in any::<String>()) {
            let values = Values { owner: &owner, company: &company, ..Values::EXAMPLE };
            let sms = rendered("Hello {owner},\n{company}: {link}", &values);
            prop_assert_eq!(sms.matches(|c: char| c.is_control()).collect::<Vec<_>>(), ["\n"]);
            prop_assert!(sms.ends_with(Values::EXAMPLE.link));
        }
    }
}
