//! One account, one group, made out of their number in the row.

use app::domain::account_status::AccountStatus;

use super::names::{COMPANY_FORMS, COMPANY_NAMES, COUNTRIES, DEPARTMENTS, NOTES, TRADES};
use super::random::{Random, shuffled};

/// Extensions have six digits, so there are this many of them.
const EXTENSIONS: u64 = 900_000;
/// The last seven digits of a mobile number tell the accounts apart.
const MOBILES: u64 = 10_000_000;
/// Usernames have ten digits, the first of them 1 to 9.
const USERNAMES: u64 = 9_000_000_000;

pub struct Person {
    pub username: String,
    pub number: String,
    pub owner: Option<String>,
    pub email: Option<String>,
    pub description: Option<&'static str>,
    pub is_snom: bool,
    pub is_zrtp: bool,
    /// `None` is obfuscation off, and a SNOM.
    pub obfuscation_key: Option<u64>,
    pub mac: Option<String>,
    /// A network that a SNOM is held to.
    pub network: Option<String>,
    pub visible: bool,
    pub call_limit: u64,
    pub keep_alive: bool,
    pub enabled: bool,
    pub status: AccountStatus,
    /// Days since the account was made.
    pub age: u64,
}

impl Person {
    /// The account of this number.
    pub fn new(row: u64) -> Self {
        let mut random = Random::of(row);
        let at = usize::try_from(random.below(COUNTRIES.len() as u64)).unwrap_or(0);
        let country = &COUNTRIES[at];
        let (first, last) = (random.pick(country.first), random.pick(country.last));
        let is_snom = random.chance(12);
        let is_zrtp = !is_snom && random.chance(25);
        let has_extension = is_snom || random.chance(3);
        let number = if has_extension && row < EXTENSIONS {
            (100_000 + shuffled(row, EXTENSIONS)).to_string()
        } else {
            let prefix = random.pick(country.mobile);
            let padding = country.digits - prefix.len();
            format!("{}{prefix}{:0padding$}", country.code, shuffled(row, MOBILES))
        };
        let status = if is_snom { connected_or_created(&mut random) } else { any_status(&mut random) };
        Self {
            username: (USERNAMES / 9 + shuffled(row, USERNAMES)).to_string(),
            number,
            owner: random.chance(96).then(|| format!("{first} {last}")),
            email: random.chance(70).then(|| email(first, last, row, country.domain)),
            description: random.chance(20).then(|| random.pick(&NOTES)),
            is_snom,
            is_zrtp,
            obfuscation_key: (!is_snom && random.chance(85)).then(|| if random.chance(90) { 9 } else { random.below(65_536) }),
            mac: (is_snom && random.chance(80)).then(|| mac(row)),
            network: (is_snom && random.chance(60)).then(|| format!("10.{}.{}.0/24", random.below(256), random.below(256))),
            visible: random.chance(92),
            call_limit: if random.chance(80) { 2 } else { 1 + random.below(8) },
            keep_alive: is_snom || random.chance(10),
            // Between the two SMSes an account waits for its user.
            enabled: !(AccountStatus::InstallationSmsSent..AccountStatus::Activated).contains(&status) && random.chance(96),
            status,
            age: random.below(730),
        }
    }
}

/// The name and the company of the group of this number.
pub fn group(row: u64) -> (String, String) {
    let mut random = Random::of(row ^ 0x6772_6F75_7000_0000);
    let names = COMPANY_NAMES.len() as u64;
    let trades = TRADES.len() as u64;
    // Companies come first, each once, then their departments, then numbered ones: no name comes twice.
    let company = format!("{} {}", word(&COMPANY_NAMES, row % names), word(&TRADES, row / names % trades));
    let with_form = format!("{company} {}", random.pick(&COMPANY_FORMS));
    let round = row / (names * trades);
    let departments = DEPARTMENTS.len() as u64;
    let name = match round.checked_sub(1) {
        None => company,
        Some(after) if after < departments => format!("{company}, {}", word(&DEPARTMENTS, after)),
        Some(after) => format!("{company}, site {after}"),
    };
    (name, with_form)
}

fn word(words: &[&'static str], at: u64) -> &'static str {
    usize::try_from(at).ok().and_then(|at| words.get(at)).copied().unwrap_or_default()
}

fn any_status(random: &mut Random) -> AccountStatus {
    match random.below(100) {
        0..8 => AccountStatus::Created,
        8..14 => AccountStatus::InstallationSmsSent,
        14..18 => AccountStatus::Installed,
        18..24 => AccountStatus::ActivationSmsSent,
        24..32 => AccountStatus::Activated,
        _ => AccountStatus::Connected,
    }
}

const fn connected_or_created(random: &mut Random) -> AccountStatus {
    if random.chance(85) { AccountStatus::Connected } else { AccountStatus::Created }
}

/// Snom's own block of addresses.
fn mac(row: u64) -> String {
    let device = shuffled(row, 1 << 24);
    format!("00:04:13:{:02x}:{:02x}:{:02x}", device >> 16 & 0xff, device >> 8 & 0xff, device & 0xff)
}

fn email(first: &str, last: &str, row: u64, domain: &str) -> String {
    let plain = |name: &str| -> String { name.to_lowercase().chars().filter_map(ascii).collect() };
    format!("{}.{}{row}@example.{domain}", plain(first), plain(last))
}

fn ascii(character: char) -> Option<char> {
    match character {
        'a'..='z' => Some(character),
        'à' | 'á' | 'ä' | 'â' => Some('a'),
        'è' | 'é' | 'ë' | 'ê' => Some('e'),
        'ì' | 'í' | 'ï' => Some('i'),
        'ò' | 'ó' | 'ö' => Some('o'),
        'ù' | 'ú' | 'ü' => Some('u'),
        'ñ' => Some('n'),
        'ç' => Some('c'),
        'ß' => Some('s'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use app::domain::email::EmailAddress;
    use app::domain::mac::Mac;
    use app::domain::phone_number::PhoneNumber;
    use app::domain::username::Username;

    use super::*;

    const ROWS: u64 = 20_000;

    #[test]
    fn every_row_keeps_the_rules_of_a_form() {
        for row in (0..ROWS).chain(4_990_000..4_992_000) {
            let person = Person::new(row);
            assert_eq!(Username::parse(&person.username).map(|name| name.as_str().to_owned()), Ok(person.username.clone()));
            assert_eq!(PhoneNumber::parse(&person.number).map(|number| number.as_str().to_owned()), Ok(person.number.clone()));
            if let Some(email) = &person.email {
                assert!(EmailAddress::parse(email).is_ok(), "{email}");
            }
            if let Some(mac) = &person.mac {
                assert_eq!(Mac::parse(mac).map(|mac| mac.as_str().to_owned()), Ok(mac.clone()));
            }
        }
    }

    #[test]
    fn nothing_unique_comes_twice() {
        let people: Vec<Person> = (0..ROWS).map(Person::new).collect();
        let usernames: HashSet<&str> = people.iter().map(|person| person.username.as_str()).collect();
        let numbers: HashSet<&str> = people.iter().map(|person| person.number.trim_start_matches('+')).collect();
        let groups: HashSet<String> = (0..ROWS).map(|row| group(row).0.to_lowercase()).collect();
        assert_eq!([usernames.len(), numbers.len(), groups.len()], [people.len(); 3]);
    }

    #[test]
    fn the_same_row_is_the_same_person() {
        let (one, other) = (Person::new(7), Person::new(7));
        assert_eq!((one.owner, one.number), (other.owner, other.number));
    }
}
