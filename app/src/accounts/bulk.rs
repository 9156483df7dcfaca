//! Changing many accounts: in small steps, each a transaction of its own, so that nobody else waits for it. An SMS is a step by
//! itself.

use std::time::Duration;

use futures::SinkExt;
use futures::channel::mpsc::{Sender, channel};
use server_fn::Bytes;
use server_fn::codec::ByteStream;
use sqlx::QueryBuilder;
use sqlx::types::Json;
use tokio::time::{Interval, MissedTickBehavior, interval};
use uuid::Uuid;

use super::actions::switched;
use super::find::from_micros;
use super::restrict::{restrict, source};
use crate::db::{STATEMENT_LIMIT, within};
use crate::domain::bulk::{BulkAction, LeftAlone, Progress, ROWS_MAX, Selection};
use crate::domain::message::SmsKind;
use crate::domain::role::Role;
use crate::door::Caller;
use crate::error::AppError;
use crate::messages::send::{NotSent, send};
use crate::operators::db as operators;

/// Accounts of one step. Their locks are held for a few hundredths of a second.
const STEP: usize = 100;
/// SMSes of one step, so that it is told often how far the work has come.
const SMS_STEP: usize = 10;
/// From one SMS to the next: fifty a second leave room for those whom somebody else sends.
const SMS_PACE: Duration = Duration::from_millis(20);
/// Ids that are found at once; they are all that is kept in memory.
const FOUND_AT_ONCE: i64 = 20_000;

/// Starts the work; its progress comes in lines of JSON. It ends when the reader goes away.
pub fn start(caller: Caller, selection: Selection, action: BulkAction) -> Result<ByteStream<AppError>, AppError> {
    if matches!(&selection, Selection::Rows(ids) if ids.len() > ROWS_MAX) {
        return Err(AppError::Refused(format!("More than {ROWS_MAX} accounts cannot be picked one by one. Filter for them instead.")));
    }
    let (to, lines) = channel(1);
    tokio::spawn(async move {
        let mut pace = interval(SMS_PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut work = Work { caller, action, to, pace, seen: 0, changed: 0 };
        // A reader who is gone does not hear how it ended.
        let _ = match work.all(selection).await {
            Ok(()) => work.tell(&Progress::Finished).await,
            Err(Stop::Failed(error)) => {
                let error = if work.changed > 0 { error.and_some_done() } else { error };
                work.tell(&Progress::Stopped(error.to_string())).await
            }
            Err(Stop::Unheard) => Ok(()),
        };
    });
    Ok(ByteStream::new(lines))
}

/// Why the work ends early.
enum Stop {
    /// The reader went away: cancelled, or closed.
    Unheard,
    Failed(AppError),
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Self::Failed(error.into())
    }
}

struct Work {
    caller: Caller,
    action: BulkAction,
    to: Sender<Result<Bytes, AppError>>,
    /// Of SMSes.
    pace: Interval,
    seen: u64,
    changed: u64,
}

impl Work {
    async fn all(&mut self, selection: Selection) -> Result<(), Stop> {
        match selection {
            Selection::Rows(mut ids) => {
                ids.sort_unstable();
                ids.dedup();
                self.each_step(&ids).await
            }
            Selection::Matching { filter, at } => {
                let mut after = Uuid::nil();
                loop {
                    let mut sql = QueryBuilder::new("SELECT a.id FROM ");
                    sql.push(source(&filter, None))
                        .push(" WHERE a.id > ")
                        .push_bind(after)
                        .push(" AND a.created_at <= ")
                        .push_bind(from_micros(at));
                    restrict(&mut sql, &filter, self.caller.scope());
                    sql.push(" ORDER BY a.id LIMIT ").push_bind(FOUND_AT_ONCE);
                    let ids: Vec<Uuid> = within(STATEMENT_LIMIT, sql.build_query_scalar().fetch_all(&self.caller.pool)).await?;
                    let Some(last) = ids.last() else { return Ok(()) };
                    after = *last;
                    self.each_step(&ids).await?;
                }
            }
        }
    }

    async fn each_step(&mut self, ids: &[Uuid]) -> Result<(), Stop> {
        let wanted = match self.action {
            BulkAction::Enable => Change::Enabled(true),
            BulkAction::Disable => Change::Enabled(false),
            BulkAction::Delete => Change::Deleted,
            BulkAction::SendInstallation => return self.send_each(ids, SmsKind::Installation).await,
            BulkAction::SendActivation => return self.send_each(ids, SmsKind::Activation).await,
        };
        for ids in ids.chunks(STEP) {
            self.may_go_on().await?;
            let done = within(STATEMENT_LIMIT, change(&self.caller, wanted, ids)).await?;
            self.seen += ids.len() as u64;
            self.changed += done.iter().filter(|done| done.changed).count() as u64;
            for waiting in done.iter().filter(|done| done.awaits_activation) {
                self.tell(&Progress::Left { id: waiting.id, name: waiting.name.clone(), why: LeftAlone::AwaitsActivation }).await?;
            }
            if done.len() < ids.len() {
                let missing: Vec<Uuid> = ids.iter().copied().filter(|id| done.iter().all(|done| done.id != *id)).collect();
                self.tell_of(&missing).await?;
            }
            self.tell(&Progress::Step { seen: self.seen, changed: self.changed }).await?;
        }
        Ok(())
    }

    async fn send_each(&mut self, ids: &[Uuid], kind: SmsKind) -> Result<(), Stop> {
        for ids in ids.chunks(SMS_STEP) {
            self.may_go_on().await?;
            for id in ids {
                self.pace.tick().await;
                if self.to.is_closed() {
                    return Err(Stop::Unheard);
                }
                match within(STATEMENT_LIMIT, send(&self.caller, Uuid::now_v7(), *id, kind)).await {
                    Ok(_) => self.changed += 1,
                    Err(NotSent::ToThisOne(why)) => {
                        let name = name_of(&self.caller, *id).await?;
                        self.tell(&Progress::Left { id: *id, name: name.unwrap_or_default(), why: LeftAlone::NoSms(why) }).await?;
                    }
                    Err(NotSent::Other(AppError::NotFound(_))) => {
                        self.tell(&Progress::Left { id: *id, name: String::new(), why: LeftAlone::Gone }).await?;
                    }
                    Err(NotSent::ToAnybody(why)) => {
                        self.tell(&Progress::Step { seen: self.seen, changed: self.changed }).await?;
                        return Err(Stop::Failed(AppError::Refused(why)));
                    }
                    Err(NotSent::Other(error)) => return Err(Stop::Failed(error)),
                }
                self.seen += 1;
            }
            self.tell(&Progress::Step { seen: self.seen, changed: self.changed }).await?;
        }
        Ok(())
    }

    /// The role may have been taken away since the work began, and the groups may be others.
    async fn may_go_on(&mut self) -> Result<(), Stop> {
        let operator = within(STATEMENT_LIMIT, operators::find_active(&self.caller.pool, self.caller.operator.id)).await?;
        match operator {
            Some(operator) if operator.role.allows(Role::Operator) => {
                self.caller.operator.scope = operator.scope;
                Ok(())
            }
            _ => Err(Stop::Failed(AppError::Forbidden)),
        }
    }

    async fn tell_of(&mut self, missing: &[Uuid]) -> Result<(), Stop> {
        let there = sqlx::query!(
            "SELECT id, owner, username FROM accounts WHERE id = ANY($1) AND ($2::uuid[] IS NULL OR group_id = ANY($2))",
            missing,
            self.caller.scope().groups(),
        );
        let there = within(STATEMENT_LIMIT, there.fetch_all(&self.caller.pool)).await?;
        for id in missing {
            let found = there.iter().find(|row| row.id == *id);
            let name = found.map(|row| row.owner.clone().unwrap_or_else(|| row.username.clone())).unwrap_or_default();
            let why = if found.is_some() { LeftAlone::Busy } else { LeftAlone::Gone };
            self.tell(&Progress::Left { id: *id, name, why }).await?;
        }
        Ok(())
    }

    async fn tell(&mut self, progress: &Progress) -> Result<(), Stop> {
        let mut line = serde_json::to_vec(progress).map_err(|error| Stop::Failed(AppError::internal(&error)))?;
        line.push(b'\n');
        self.to.send(Ok(Bytes::from(line))).await.map_err(|_| Stop::Unheard)
    }
}

/// How people call the account; none of that id.
async fn name_of(caller: &Caller, id: Uuid) -> Result<Option<String>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        r#"SELECT coalesce(owner, username) AS "name!" FROM accounts WHERE id = $1 AND ($2::uuid[] IS NULL OR group_id = ANY($2))"#,
        id,
        caller.scope().groups(),
    );
    within(STATEMENT_LIMIT, found.fetch_optional(&caller.pool)).await
}

/// An account that was there and nobody else's at this moment.
struct Done {
    id: Uuid,
    /// How people call it.
    name: String,
    /// False: it was so already, or it may not be.
    changed: bool,
    /// It was to be enabled, and only its activation enables it.
    awaits_activation: bool,
}

/// What becomes of accounts.
#[derive(Clone, Copy, Debug)]
enum Change {
    Enabled(bool),
    Deleted,
}

/// Changes those of `ids` that are there for the caller and that nobody is saving, with an entry in the history for each.
async fn change(caller: &Caller, wanted: Change, ids: &[Uuid]) -> Result<Vec<Done>, sqlx::Error> {
    let mut transaction = caller.pool.begin().await?;
    let (operator, address) = (&caller.operator, caller.address.map(|address| address.to_string()));
    let done = match wanted {
        Change::Enabled(enabled) => {
            sqlx::query_as!(
                Done,
                r#"WITH mine AS (
                       SELECT id, owner, username, enabled, $2 AND awaits_activation AS awaits
                       FROM accounts WHERE id = ANY($1) AND ($6::uuid[] IS NULL OR group_id = ANY($6))
                       ORDER BY id FOR UPDATE SKIP LOCKED
                   ), changed AS (
                       UPDATE accounts a SET enabled = $2 FROM mine m
                       WHERE a.id = m.id AND m.enabled <> $2 AND NOT m.awaits RETURNING a.id
                   ), withdrawn AS (
                       UPDATE account_links l SET replaced_at = now() FROM changed c
                       WHERE NOT $2 AND l.account_id = c.id AND l.kind IN ('activation', 'configuration')
                         AND l.used_at IS NULL AND l.replaced_at IS NULL
                   ), noted AS (
                       INSERT INTO audit_log (id, operator_id, operator_name, address, action, subject_kind, subject_id, subject_name, changes)
                       SELECT gen_random_uuid(), $3, $4, $5, CASE WHEN $2 THEN 'enabled' ELSE 'disabled' END, 'account', m.id,
                              concat_ws(', ', m.owner, m.username), $7
                       FROM mine m JOIN changed USING (id)
                   )
                   SELECT m.id, coalesce(m.owner, m.username) AS "name!", changed.id IS NOT NULL AS "changed!",
                          m.awaits AS "awaits_activation!"
                   FROM mine m LEFT JOIN changed ON changed.id = m.id"#,
                ids,
                enabled,
                operator.id,
                operator.name,
                address,
                operator.scope.groups(),
                Json([switched(enabled)]) as _,
            )
            .fetch_all(&mut *transaction)
            .await?
        }
        Change::Deleted => {
            sqlx::query_as!(
                Done,
                r#"WITH mine AS (
                       SELECT id FROM accounts WHERE id = ANY($1) AND ($5::uuid[] IS NULL OR group_id = ANY($5))
                       ORDER BY id FOR UPDATE SKIP LOCKED
                   ), gone AS (
                       DELETE FROM accounts a USING mine m WHERE a.id = m.id
                       RETURNING a.id, a.group_id, a.username, a.number, a.owner, a.account_type, a.created_at
                   ), kept AS (
                       INSERT INTO account_tombstones (id, group_id, username, number, owner, account_type, created_at, deleted_by)
                       SELECT id, group_id, username, number, owner, account_type, created_at, $2 FROM gone
                   ), noted AS (
                       INSERT INTO audit_log (id, operator_id, operator_name, address, action, subject_kind, subject_id, subject_name, changes)
                       SELECT gen_random_uuid(), $2, $3, $4, 'deleted', 'account', n.id, concat_ws(', ', n.owner, n.username),
                              jsonb_build_array(jsonb_build_object('field', 'Virtual Phone Number', 'before', n.number, 'after', ''),
                                                jsonb_build_object('field', 'Group', 'before', g.name, 'after', ''))
                       FROM gone n JOIN groups g ON g.id = n.group_id
                   )
                   SELECT id, coalesce(owner, username) AS "name!", true AS "changed!", false AS "awaits_activation!" FROM gone"#,
                ids,
                operator.id,
                operator.name,
                address,
                operator.scope.groups(),
            )
            .fetch_all(&mut *transaction)
            .await?
        }
    };
    transaction.commit().await?;
    Ok(done)
}
