//! The outbox: hands queued SMSes to the gateway. Any number of servers may run one on the same database.
//!
//! That an SMS is being sent is stored before the gateway hears of it. Whoever dies in between leaves a lease that runs out, and
//! the SMS becomes unknown: it may have been sent, so that only an operator sends it again.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{PgConnection, PgPool};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::gateway;
use super::outbox_db::{self, Claimed, NotTaken};
use crate::db::{STATEMENT_LIMIT, within};
use crate::domain::message::{LINK_MARK, MessageKind, MessageState, wait_after, with_link};
use crate::domain::secret::Secret;
use crate::gateways::http::Http;
use crate::gateways::{Gateway, Outcome, Outgoing};
use crate::keys::token_digest;
use crate::links::LinkKind;
use crate::state::Service;

/// SMSes that one server hands over at the same time.
const AT_ONCE: usize = 20;
/// How long what another server has queued, or what waits for its next try, waits to be seen.
const LOOK: Duration = Duration::from_secs(1);
/// Longer than any call, and than most absences of a database after it.
pub const LEASE: Duration = Duration::from_secs(60);
/// So long an SMS that has ended waits for others, to be stored with them.
const TOGETHER: Duration = Duration::from_millis(10);
/// How long storing waits for a database that is away while the server stops.
const AGAIN: Duration = Duration::from_millis(500);

/// What sends the SMSes of a database.
#[derive(Clone)]
pub struct Outbox {
    pub pool: PgPool,
    pub service: Service,
    pub http: Http,
}

/// An SMS that was handed over, and what became of it.
struct Done {
    message: Claimed,
    outcome: Outcome,
}

impl Outbox {
    /// Sends until `stop` comes, then waits for the calls that are on their way.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) {
        let mut stop = pin!(stop);
        let mut calls = JoinSet::new();
        // What became of SMSes and is not stored yet. It is stored together as it comes; how late does not matter, since a lease
        // that has run out in the meantime is looked at by the statements themselves.
        let mut done = Vec::new();
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if let Err(error) = within(STATEMENT_LIMIT, self.go_on(&mut calls, &mut done)).await {
                tracing::warn!(cause = ?error.to_string(), "the outbox cannot reach its database");
                // What has ended is not kept back by what may stand in the way of taking more.
                if within(STATEMENT_LIMIT, self.store_alone(&done)).await.is_ok() {
                    done.clear();
                }
            }
            tokio::select! {
                biased;
                () = &mut stop => break,
                // Every call that ends makes room for another.
                Some(ended) = calls.join_next() => {
                    done.extend(ended.ok());
                    collect(&mut calls, &mut done).await;
                }
                () = self.service.outbox.notified() => {}
                _ = looks.tick() => {
                    if let Err(error) = within(STATEMENT_LIMIT, self.look_after_old_ones()).await {
                        tracing::warn!(cause = ?error.to_string(), "the outbox cannot reach its database");
                    }
                }
            }
        }
        while let Some(ended) = calls.join_next().await {
            done.extend(ended.ok());
        }
        while let Err(error) = within(STATEMENT_LIMIT, self.store_alone(&done)).await {
            tracing::warn!(cause = ?error.to_string(), "what became of the last SMSes is not stored yet");
            sleep(AGAIN).await;
        }
    }

    async fn look_after_old_ones(&self) -> Result<(), sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        outbox_db::end_leases(&mut connection).await?;
        outbox_db::give_up(&mut connection).await
    }

    /// Stores what has ended and starts as many calls as there is room for. Both are one transaction, whose end is what costs;
    /// no call begins before it.
    async fn go_on(&self, calls: &mut JoinSet<Done>, done: &mut Vec<Done>) -> Result<(), sqlx::Error> {
        let room = AT_ONCE.saturating_sub(calls.len());
        // Several are taken at a time, so that the database is not asked for each of them.
        let has_room = room >= AT_ONCE / 2;
        if done.is_empty() && !has_room {
            return Ok(());
        }
        let mut tx = self.pool.begin().await?;
        store(&mut tx, done).await?;
        let claimed = if has_room && outbox_db::is_anything_due(&mut tx).await? {
            // Read each time: a change of gateway holds from the next SMS on.
            let (kind, config) = gateway::load(&mut tx, &self.service.keys).await?;
            Some((outbox_db::claim(&mut tx, kind, room).await?, config))
        } else {
            None
        };
        tx.commit().await?;
        done.clear();
        let Some((claimed, config)) = claimed else { return Ok(()) };
        let gateway = config.map(|config| config.open(&self.http));
        for message in claimed {
            let (outbox, gateway) = (self.clone(), gateway.clone());
            calls.spawn(async move { outbox.hand_over(gateway, message).await });
        }
        Ok(())
    }

    async fn store_alone(&self, done: &[Done]) -> Result<(), sqlx::Error> {
        let mut tx = self.pool.begin().await?;
        store(&mut tx, done).await?;
        tx.commit().await
    }

    /// Hands one SMS over.
    async fn hand_over(&self, gateway: Result<Arc<dyn Gateway>, String>, message: Claimed) -> Done {
        let outcome = match (gateway, self.outgoing(&message)) {
            (Ok(gateway), Ok(outgoing)) => gateway.send(&outgoing).await,
            (_, Err(outcome)) => outcome,
            (Err(reason), _) => Outcome::NotSent { reason },
        };
        tracing::info!(message = %message.id, outcome = outcome_word(&outcome), tries = message.tries, "SMS handed over");
        Done { message, outcome }
    }

    /// The SMS as the gateway gets it, or why it goes to none.
    fn outgoing(&self, message: &Claimed) -> Result<Outgoing, Outcome> {
        let refused = |reason: &str| Outcome::Refused { reason: reason.into() };
        let kind = match message.kind {
            MessageKind::Test => None,
            MessageKind::Installation => Some(LinkKind::Installation),
            MessageKind::Activation => Some(LinkKind::Activation),
        };
        let text = match (kind, message.link) {
            (None, _) => message.text.replace(LINK_MARK, ""),
            (Some(_), None) => return Err(refused("The account was deleted before the SMS was sent.")),
            (Some(_), Some(link)) if !message.is_link_good => {
                tracing::info!(message = %message.id, %link, "the link of an SMS is dead");
                return Err(refused("Its link was withdrawn before the SMS was sent."));
            }
            (Some(kind), Some(link)) => {
                let token = self.service.keys.link_token(link);
                if message.token_digest.as_deref() != Some(token_digest(token.expose()).as_slice()) {
                    let reason = "This server has not the key that the link was made with: give all servers the same.";
                    return Err(Outcome::NotSent { reason: reason.into() });
                }
                with_link(&message.text, kind.address(&self.service.origin, &token).expose())
            }
        };
        let receipts = format!(
            "{}/receipts/{}/{}/{}",
            self.service.origin,
            message.gateway.as_str(),
            message.id,
            self.service.keys.receipt_token(message.gateway, message.id).expose()
        );
        Ok(Outgoing {
            id: message.id,
            to: message.number.clone(),
            text: text.into(),
            coding: message.coding,
            receipts: Secret::from(receipts),
        })
    }
}

/// Takes what ends within a moment.
async fn collect(calls: &mut JoinSet<Done>, done: &mut Vec<Done>) {
    let ends = async {
        while let Some(ended) = calls.join_next().await {
            done.extend(ended.ok());
        }
    };
    // Either all have ended or the moment is over.
    let _ = timeout(TOGETHER, ends).await;
}

/// Stores what became of SMSes. Stored twice, it does no harm.
async fn store(connection: &mut PgConnection, done: &[Done]) -> Result<(), sqlx::Error> {
    let (mut ids, mut gateway_ids, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for Done { message, outcome } in done {
        match outcome {
            Outcome::Accepted { gateway_id } => {
                ids.push(message.id);
                gateway_ids.push(gateway_id.clone().unwrap_or_default());
            }
            Outcome::NotSent { reason } => {
                // Without chance all tries come at the same time, which does no harm.
                let jitter = getrandom::u32().unwrap_or_default().to_le_bytes()[0];
                others.push(not_taken(message, MessageState::Queued, reason, wait_after(message.tries, jitter)));
            }
            Outcome::Refused { reason } => others.push(not_taken(message, MessageState::Failed, reason, Duration::ZERO)),
            Outcome::Unknown { reason } => others.push(not_taken(message, MessageState::Unknown, reason, Duration::ZERO)),
        }
    }
    if !ids.is_empty() {
        outbox_db::accepted(&mut *connection, &ids, &gateway_ids).await?;
    }
    if !others.is_empty() {
        outbox_db::not_taken(connection, &others).await?;
    }
    Ok(())
}

fn not_taken(message: &Claimed, state: MessageState, reason: &str, wait: Duration) -> NotTaken {
    NotTaken { id: message.id, tries: message.tries, state, reason: reason.to_owned(), wait }
}

const fn outcome_word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted { .. } => "accepted",
        Outcome::NotSent { .. } => "not sent",
        Outcome::Refused { .. } => "refused",
        Outcome::Unknown { .. } => "unknown",
    }
}
