//! How many SMSes may be queued: in the database, so that all servers count together.

use sqlx::PgConnection;
use uuid::Uuid;

use super::db::SmsSettings;
use super::send::NotSent;
use crate::domain::phone_number::PhoneNumber;

/// Refuses a number in a country that SMSes do not go to. `prefixes`: none allows every country.
pub fn allow_country(prefixes: &[String], number: &str) -> Result<(), NotSent> {
    if prefixes.is_empty() || prefixes.iter().any(|prefix| number.starts_with(prefix.as_str())) {
        return Ok(());
    }
    let only = prefixes.join(", ");
    Err(NotSent::ToThisOne(format!(
        "SMSes go to numbers with {only} only, and this one is {number}. An admin can change that in Settings."
    )))
}

/// Counts one SMS from an operator to a number, or says which limit it would pass. What is counted is given back when the
/// transaction does not commit.
pub async fn take(connection: &mut PgConnection, settings: &SmsSettings, number: &PhoneNumber, operator: Uuid) -> Result<(), NotSent> {
    // Everybody counts in this order, so that two at once wait for each other instead of both for ever.
    let limits = [
        (
            format!("number {}", number.digits()),
            settings.per_number_hour,
            "went to this number",
            NotSent::ToThisOne as fn(String) -> NotSent,
        ),
        (format!("operator {operator}"), settings.per_operator_hour, "were sent by you", NotSent::ToAnybody),
        ("all".to_owned(), settings.per_hour, "were sent from this service", NotSent::ToAnybody),
    ];
    for (key, limit, done, refused) in limits {
        if let Some(minutes) = count(connection, &key, limit).await? {
            let amount = if limit == 1 { "1 SMS".to_owned() } else { format!("{limit} SMSes") };
            let wait = if minutes == 1 { "a minute".to_owned() } else { format!("{minutes} minutes") };
            let sentence = format!(
                "{amount} {done} within an hour, which is the limit. Try again in {wait}; an admin can change the limit in Settings."
            );
            return Err(refused(sentence));
        }
    }
    Ok(())
}

/// Counts one under `key`; when `limit` is reached, gives the minutes until the count begins anew.
async fn count(connection: &mut PgConnection, key: &str, limit: i32) -> Result<Option<i32>, sqlx::Error> {
    let counted = sqlx::query_scalar!(
        "INSERT INTO sms_counts AS c (key, count) VALUES ($1, 1)
         ON CONFLICT (key) DO UPDATE
             SET count = CASE WHEN c.since <= now() - interval '1 hour' THEN 1 ELSE c.count + 1 END,
                 since = CASE WHEN c.since <= now() - interval '1 hour' THEN now() ELSE c.since END
             WHERE c.count < $2 OR c.since <= now() - interval '1 hour'
         RETURNING count",
        key,
        limit,
    )
    .fetch_optional(&mut *connection)
    .await?;
    if counted.is_some() {
        return Ok(None);
    }
    let minutes = sqlx::query_scalar!(
        r#"SELECT greatest(1, ceil(extract(epoch FROM since + interval '1 hour' - now()) / 60))::integer AS "minutes!"
           FROM sms_counts WHERE key = $1"#,
        key
    )
    .fetch_one(connection)
    .await?;
    Ok(Some(minutes))
}

/// Removes counts of hours that are over; gives how many.
pub async fn delete_stale(connection: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let gone = sqlx::query!("DELETE FROM sms_counts WHERE since < now() - interval '2 hours'").execute(connection).await?;
    Ok(gone.rows_affected())
}
