//! Rows in the text format of Postgres' COPY. Everything in them is ours: no text holds a tab, a line break or a backslash.

use std::fmt::{self, Display, Write};

use app::domain::account_status::{AccountStatus, LifeCycleEvent};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::people::{Person, group};
use super::random::Random;

pub const COPY_GROUPS: &str = "COPY groups (id, name, company, email) FROM STDIN";
pub const COPY_ACCOUNTS: &str = "COPY accounts (id, group_id, username, number, owner, email, description, visible, call_limit, keep_alive, \
     account_type, security_model, obfuscation_key, mac, deny, permit, enabled, last_status, last_status_at, created_at) FROM STDIN";
pub const COPY_EVENTS: &str = "COPY account_events (account_id, event, at) FROM STDIN";
pub const COPY_DIGESTS: &str = "COPY account_digests (account_id, realm, ha1_md5, ha1_sha256) FROM STDIN";

/// Nothing, as COPY has it.
const NULL: &str = "\\N";

/// Adds the row of a group.
pub fn write_group(to: &mut String, id: Uuid, row: u64) -> fmt::Result {
    let (name, company) = group(row);
    writeln!(to, "{id}\t{name}\t{company}\tit{row}@example.com")
}

/// Adds the row of an account as it is at `now`.
pub fn write_account(to: &mut String, id: Uuid, group: Uuid, row: u64, now: OffsetDateTime) -> fmt::Result {
    let person = Person::new(row);
    let times = Times::new(&person, row, now);
    let (kind, deny) = if person.is_snom { ("SNOM", "{0.0.0.0/0,::/0}") } else { ("PGSM", "{}") };
    write!(to, "{id}\t{group}\t{}\t{}\t", person.username, person.number)?;
    write!(to, "{}\t{}\t{}\t", or_null(person.owner.as_ref()), or_null(person.email.as_ref()), or_null(person.description))?;
    write!(to, "{}\t{}\t{}\t", person.visible, person.call_limit, person.keep_alive)?;
    write!(to, "{kind}\t{}\t{}\t", if person.is_zrtp { "ZRTP" } else { "SDES" }, or_null(person.obfuscation_key))?;
    match &person.network {
        Some(network) => write!(to, "{}\t{deny}\t{{{network}}}\t", or_null(person.mac.as_ref()))?,
        None => write!(to, "{}\t{{}}\t{{}}\t", or_null(person.mac.as_ref()))?,
    }
    writeln!(to, "{}\t{}\t{}\t{}", person.enabled, person.status.as_str(), stamp(times.last), stamp(times.created))
}

/// Adds a row for each event of its life but its creation, which the database writes down itself.
pub fn write_events(to: &mut String, id: Uuid, row: u64, now: OffsetDateTime) -> fmt::Result {
    for (event, time) in Times::new(&Person::new(row), row, now).events {
        writeln!(to, "{id}\t{}\t{}", event.as_str(), stamp(time))?;
    }
    Ok(())
}

/// Adds digests that are those of no password anybody knows.
pub fn write_digests(to: &mut String, account: Uuid, realm: &str, random: &[u8; 48]) -> fmt::Result {
    write!(to, "{account}\t{realm}\t")?;
    let (md5, sha256) = random.split_at(16);
    write_hex(to, md5)?;
    to.push('\t');
    write_hex(to, sha256)?;
    to.push('\n');
    Ok(())
}

fn write_hex(to: &mut String, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(to, "{byte:02x}"))
}

/// When what happened to an account, in the order of its life.
struct Times {
    created: OffsetDateTime,
    events: Vec<(LifeCycleEvent, OffsetDateTime)>,
    last: OffsetDateTime,
}

impl Times {
    fn new(person: &Person, row: u64, now: OffsetDateTime) -> Self {
        let mut random = Random::of(!row);
        let created = now - days(person.age) - seconds(random.below(86_400));
        let mut last = created;
        let mut events = Vec::new();
        let way = [
            (AccountStatus::InstallationSmsSent, &[LifeCycleEvent::InstallationSent][..]),
            (AccountStatus::Installed, &[LifeCycleEvent::InstallationClicked, LifeCycleEvent::Installed]),
            (AccountStatus::ActivationSmsSent, &[LifeCycleEvent::ActivationSent]),
            (AccountStatus::Activated, &[LifeCycleEvent::ActivationClicked, LifeCycleEvent::Activated]),
        ];
        if !person.is_snom {
            for (_, steps) in way.iter().filter(|(status, _)| *status <= person.status) {
                last = now.min(last + seconds(60 + random.below(40_000)));
                events.extend(steps.iter().map(|step| (*step, last)));
            }
        }
        if person.status == AccountStatus::Connected {
            last = now.min(last + seconds(random.below(600)));
            events.push((LifeCycleEvent::Registered, last.max(now - seconds(random.below(604_800)))));
        }
        Self { created, events, last }
    }
}

fn days(count: u64) -> Duration {
    seconds(count * 86_400)
}

fn seconds(count: u64) -> Duration {
    Duration::seconds(count.try_into().unwrap_or(i64::MAX))
}

fn stamp(time: OffsetDateTime) -> String {
    let (hour, minute, second) = time.to_hms();
    format!("{} {hour:02}:{minute:02}:{second:02}+00", time.date())
}

fn or_null(value: Option<impl Display>) -> String {
    value.map_or_else(|| NULL.to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_a_value_for_every_column() {
        let columns = COPY_ACCOUNTS.split(['(', ')']).nth(1).unwrap_or_default().split(',').count();
        for row in 0..5_000 {
            let mut line = String::new();
            write_account(&mut line, Uuid::nil(), Uuid::nil(), row, OffsetDateTime::UNIX_EPOCH + days(20_000)).unwrap();
            assert_eq!(line.matches('\t').count() + 1, columns, "{line}");
            assert_eq!(line.matches('\n').count(), 1, "{line}");
        }
    }
}
