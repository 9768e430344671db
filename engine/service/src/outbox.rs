//! Posts what durable records have decided. What comes back enters the run again as an input.
//!
//! The machine decides one action of a run at a time, so there is no order to keep here, only bounds: on requests
//! under way, on those that wait. Nothing is lost if one of ours is: an action stays in its run's snapshot until it
//! is answered, and [`resume`] finds it there.

use std::collections::HashSet;
use std::sync::Arc;

use machine::actions::{Action, Posting};
use machine::ids::OperationId;
use machine::input::Refusal;
use machine::notice::Notice;
use machine::snapshot::Operation;
use machine::{Effect, Snapshot, What};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use tracing::Instrument;
use uuid::Uuid;

use crate::client::Repeatability;
use crate::clock;
use crate::engine::Parts;
use crate::limits::{OWN_INPUT_RETRIES_MAX, POST_DEADLINE, POSTS_MAX, POSTS_WAITING_MAX};
use crate::reconcile;
use crate::retry;
use crate::runs::{self, Order};
use crate::store::{Durable, RunId, Store, Urgency};

mod http;
mod notice;
mod provider;

use http::Hosts;
pub(crate) use provider::Job;
use provider::Renewal;

/// What is being posted.
pub(crate) struct Outbox {
    in_flight: Mutex<HashSet<(RunId, OperationId)>>,
    permits: Arc<Semaphore>,
    hosts: Hosts,
}

/// What is known of an action before it is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It was decided just now.
    Fresh,
    /// It was decided before; perhaps it was posted, too.
    Unknown,
}

impl Outbox {
    pub(crate) fn new() -> Outbox {
        Outbox {
            in_flight: Mutex::new(HashSet::new()),
            permits: Arc::new(Semaphore::new(POSTS_MAX)),
            hosts: Hosts::default(),
        }
    }

    /// Whether an action of a run is being posted by this process.
    pub(crate) fn is_in_flight(&self, run: RunId, operation: OperationId) -> bool {
        self.in_flight.lock().contains(&(run, operation))
    }

    /// Whether actions wait since so many others are under way: a new call would only add to them.
    pub(crate) fn is_crowded(&self) -> bool {
        self.permits.available_permits() == 0
    }

    /// Whether nothing is being posted.
    pub(crate) fn is_idle(&self) -> bool {
        self.in_flight.lock().is_empty()
    }

    /// Marks an action as being posted; `false` if it was already, or if too many are.
    fn take(&self, run: RunId, operation: OperationId) -> bool {
        let mut in_flight = self.in_flight.lock();
        in_flight.len() < POSTS_WAITING_MAX && in_flight.insert((run, operation))
    }
}

/// An action that this process is posting, until it is dropped.
struct InFlight<S: Store> {
    parts: Arc<Parts<S>>,
    run: RunId,
    operation: OperationId,
}

impl<S: Store> Drop for InFlight<S> {
    fn drop(&mut self) {
        self.parts.outbox.in_flight.lock().remove(&(self.run, self.operation));
    }
}

/// Does what a durable record has decided. `snapshot` is the one in the record.
pub(crate) fn post<S: Store>(
    parts: &Arc<Parts<S>>,
    durable: Durable,
    snapshot: &Snapshot,
    effects: Vec<Effect>,
) {
    let run = durable.run();
    for effect in effects {
        match effect {
            Effect::Post { operation: id, action } => {
                // An event in the same step may have ended it.
                if let Some(operation) = snapshot.operations.get(&id) {
                    begin(parts, run, snapshot, id, operation, &action, Fate::Fresh);
                }
            }
            Effect::Tell(id) => {
                if let Some(notice) = snapshot.notices.get(&id) {
                    tell(parts, run, id, notice);
                }
            }
            Effect::AskCall => reconcile::ask_call(parts, run, snapshot.call.connection_id.clone()),
            Effect::Log { message, fields } => {
                let fields = serde_json::Value::from(&fields);
                let shown = |text: String| {
                    if parts.settings.log_identifiers { text } else { lang::value::masked(&text) }
                };
                let (message, fields) =
                    (shown(message), (!fields.is_null()).then(|| shown(fields.to_string())));
                tracing::info!(target: "callflow::flow", fields, "{message}");
            }
            Effect::End(outcome) => tracing::info!(%outcome, "the run is over"),
            // The snapshot keeps the timers, and the record told the store when to wake the run.
            Effect::SetTimer { .. } | Effect::CancelTimer(_) => {}
        }
    }
}

/// Posts the unanswered actions of a run that nobody is posting, and tells whom nobody is telling: what a crash, or a lack
/// of room, has left.
pub(crate) fn resume<S: Store>(parts: &Arc<Parts<S>>, run: RunId, snapshot: &Snapshot) {
    for (id, operation, action) in snapshot.unanswered() {
        begin(parts, run, snapshot, id, operation, action, Fate::Unknown);
    }
    for (id, notice) in snapshot.untold() {
        tell(parts, run, id, notice);
    }
}

fn tell<S: Store>(parts: &Arc<Parts<S>>, run: RunId, id: OperationId, notice: &Notice) {
    if parts.outbox.take(run, id) {
        let in_flight = InFlight { parts: parts.clone(), run, operation: id };
        tokio::spawn(notice::tell(in_flight, notice.way.clone()).in_current_span());
    }
}

fn begin<S: Store>(
    parts: &Arc<Parts<S>>,
    run: RunId,
    snapshot: &Snapshot,
    id: OperationId,
    operation: &Operation,
    action: &Action,
    fate: Fate,
) {
    if !parts.outbox.take(run, id) {
        return;
    }
    let in_flight = InFlight { parts: parts.clone(), run, operation: id };
    if let Action::Http(http) = action {
        tokio::spawn(http::send(in_flight, http.clone(), repeatability_id(run, id), fate).in_current_span());
        return;
    }
    let call = &snapshot.call;
    let callback_url = parts.callback_url(run);
    match action.request(&Posting::new(call, id, operation, &callback_url)) {
        Ok(request) => {
            let repeatability = request
                .repeatable
                .then(|| Repeatability { id: repeatability_id(run, id), first_sent: operation.decided_at });
            let connection = call.connection_id.clone();
            let (kind, attempt) = (operation.kind, operation.attempt);
            let renewal = Renewal::of(call, operation, &callback_url);
            let job = Job { run, operation: id, kind, request, repeatability, connection, attempt, renewal };
            tokio::spawn(provider::deliver(in_flight, job, fate).in_current_span());
        }
        Err(error) => {
            let refusal = Refusal { status: 0, sub_code: None, message: error.to_string() };
            let refused = What::Refused { operation: id, refusal };
            tokio::spawn(bring_back(in_flight, refused).in_current_span());
        }
    }
}

/// Gives what came back to the run. If even retries fail, the action stays unanswered, and is posted again.
async fn bring_back<S: Store>(in_flight: InFlight<S>, what: What) {
    let InFlight { parts, run, operation } = &in_flight;
    let started = clock::instant();
    for attempt in 1..=OWN_INPUT_RETRIES_MAX {
        let order = Order::Give { what: what.clone(), event: None };
        let entered = match runs::enter(parts, *run, order, Urgency::Ride, clock::now()) {
            Ok(receipt) => receipt.dealt().await,
            Err(error) => Err(error),
        };
        let error = match entered {
            Ok(_) | Err(runs::Error::SetAside(_) | runs::Error::UnknownRun(_)) => return,
            Err(error @ (runs::Error::Busy | runs::Error::Store(_) | runs::Error::Contended(_))) => error,
        };
        let left = POST_DEADLINE.saturating_sub(started.elapsed());
        let Some(pause) = retry::delay(attempt, None, left, rand::random()) else { break };
        tracing::warn!(%operation, %error, "what an action led to is not stored yet");
        tokio::time::sleep(pause).await;
    }
}

/// The id of an action's request: the same on each attempt and after each restart, and formed as the API wants it.
/// Source: reference 2.2.
fn repeatability_id(run: RunId, operation: OperationId) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(run.0.as_bytes());
    hash.update(operation.0.to_be_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_waits_to_be_posted_is_bounded() {
        let (outbox, run) = (Outbox::new(), RunId(Uuid::from_u128(1)));
        assert!((0..POSTS_WAITING_MAX as u32).all(|id| outbox.take(run, OperationId(id))));
        let one_more = OperationId(POSTS_WAITING_MAX as u32);
        assert!(!outbox.take(run, one_more), "it is posted when its grace is over");
        outbox.in_flight.lock().remove(&(run, OperationId(0)));
        assert!(outbox.take(run, one_more));
    }

    #[tokio::test]
    async fn new_calls_wait_outside_while_every_permit_is_taken() {
        let outbox = Outbox::new();
        assert!(!outbox.is_crowded());
        let permits = outbox.permits.acquire_many(POSTS_MAX as u32).await.unwrap();
        assert!(outbox.is_crowded());
        drop(permits);
        assert!(!outbox.is_crowded());
    }
}
