//! Asks the provider about calls: whether they exist, and who is in them. What it says enters the run as an input.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use acs::actions::participants::{self, GetParticipantsResponse};
use acs::model::{CallConnectionProperties, CallConnectionState};
use acs::{Operation, Request};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use machine::event::Participant;
use machine::input::Fact;
use machine::protocol::Phase;
use machine::{Input, What};
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::client::{Client, Outcome};
use crate::clock;
use crate::engine::Parts;
use crate::journal::Record;
use crate::limits::{
    ASK_AT_ONCE, ASK_PAUSE, ASK_ROUNDS_MAX, ASKS_WAITING_MAX, PAGE_MAX, POST_DEADLINE, ROSTER_PAGES_MAX,
};
use crate::retry;
use crate::runs::{self, Order};
use crate::store::{Page, RunId, RunRow, Store, Urgency};
use crate::translate;

/// The runs whose calls are being asked about.
pub(crate) struct Asking {
    runs: Mutex<HashSet<RunId>>,
    permits: Semaphore,
}

impl Asking {
    pub(crate) fn new() -> Asking {
        Asking { runs: Mutex::default(), permits: Semaphore::new(ASK_AT_ONCE) }
    }

    /// Marks a run as being asked about; `false` if it is already, or if too many are.
    fn take(&self, run: RunId) -> bool {
        let mut runs = self.runs.lock();
        runs.len() < ASKS_WAITING_MAX && runs.insert(run)
    }
}

/// A run that is being asked about, until it is dropped.
struct Asked<S: Store> {
    parts: Arc<Parts<S>>,
    run: RunId,
}

impl<S: Store> Drop for Asked<S> {
    fn drop(&mut self) {
        self.parts.asking.runs.lock().remove(&self.run);
    }
}

/// Asks about the call of a run, and tells the run. Nothing is lost if there is no room: the run's timer asks again.
pub(crate) fn ask_call<S: Store>(parts: &Arc<Parts<S>>, run: RunId, connection: Option<String>) {
    if !parts.asking.take(run) {
        return;
    }
    let asked = Asked { parts: parts.clone(), run };
    tokio::spawn(async move {
        let parts = &asked.parts;
        for _ in 0..ASK_ROUNDS_MAX {
            // Nobody closes the semaphore.
            let Ok(permit) = parts.asking.permits.acquire().await else { return };
            let fact = ask_all(parts, connection.as_deref(), false).await;
            drop(permit);
            if let Some(fact) = fact {
                tell(parts, run, fact).await;
                return;
            }
            tracing::warn!(%run, "the provider could not be asked whether the call still exists");
            tokio::time::sleep(ASK_PAUSE).await;
        }
    });
}

/// Asks about every call that was up before a time, and tells the runs what they have missed: what was told while nobody
/// listened may never be told again.
pub(crate) async fn after_downtime<S: Store>(parts: Arc<Parts<S>>, before: Timestamp) {
    let mut after = None;
    loop {
        let page = Page { live: Some(true), after, limit: PAGE_MAX, ..Page::default() };
        let rows = match parts.store.runs(page).await {
            Ok(rows) => rows,
            Err(error) => {
                tracing::warn!(%error, "cannot find out which calls to ask the provider about");
                return;
            }
        };
        let Some(last) = rows.last() else { return };
        after = Some(last.cursor.clone());
        // The list knows whole milliseconds only.
        let is_old = |row: &&RunRow| row.started_at.as_millisecond() < before.as_millisecond();
        let old = rows.iter().filter(is_old).map(|row| row.run);
        stream::iter(old).for_each_concurrent(ASK_AT_ONCE, |run| ask_again(&parts, run)).await;
    }
}

/// Tells a run what is so, unless that would change nothing.
async fn ask_again<S: Store>(parts: &Arc<Parts<S>>, run: RunId) {
    let Some(record) = latest(parts, run).await else { return };
    let (phase, connection) = (record.snapshot.call.phase, record.snapshot.call.connection_id);
    let (Phase::Connecting | Phase::Connected, Some(connection)) = (phase, connection) else { return };
    let Some(fact) = ask_all(parts, Some(&connection), true).await else { return };
    if is_news(parts, run, &fact).await {
        tell(parts, run, fact).await;
    }
}

async fn latest<S: Store>(parts: &Arc<Parts<S>>, run: RunId) -> Option<Record> {
    let loaded = parts.store.load(run).await.ok().flatten()?;
    Record::decode(&loaded.latest?.record).ok()
}

/// Whether a run would do anything with a fact. Most do not, and a restart must not write a record for each of them.
async fn is_news<S: Store>(parts: &Arc<Parts<S>>, run: RunId, fact: &Fact) -> bool {
    if *fact == Fact::CallLives {
        return false;
    }
    let Some(Record { snapshot, .. }) = latest(parts, run).await else { return false };
    let Ok(flow) = parts.flows.version(&snapshot.flow).await else { return true };
    let input = Input { at: clock::now(), what: What::Learned(fact.clone()) };
    let step = machine::step(&flow, snapshot.clone(), &input);
    step.snapshot != snapshot || !step.account.effects.is_empty() || !step.account.path.is_empty()
}

async fn tell<S: Store>(parts: &Arc<Parts<S>>, run: RunId, fact: Fact) {
    let order = Order::Give { what: What::Learned(fact), event: None };
    let told = match runs::enter(parts, run, order, Urgency::Ride, clock::now()) {
        Ok(receipt) => receipt.dealt().await,
        Err(error) => Err(error),
    };
    if let Err(error) = told {
        tracing::warn!(%run, %error, "what was learned of the call could not be stored");
    }
}

/// Whether the provider knows a call connection, and who is in the call. `None`: it could not be asked in time.
async fn ask_all<S: Store>(parts: &Arc<Parts<S>>, connection: Option<&str>, recovered: bool) -> Option<Fact> {
    match (ask(&parts.client, connection, POST_DEADLINE).await?, connection) {
        (Fact::CallUp, Some(connection)) => {
            let people = roster(parts, connection, POST_DEADLINE).await;
            Some(people.map_or(Fact::CallUp, |participants| Fact::InCall { participants, recovered }))
        }
        (fact, _) => Some(fact),
    }
}

/// Whether the provider knows a call connection. `None`: it could not be asked in time.
pub(super) async fn ask(client: &Client, connection: Option<&str>, deadline: Duration) -> Option<Fact> {
    // A call whose connection never became known is nobody's.
    let Some(connection) = connection else { return Some(Fact::CallGone) };
    let request = Operation::GetCall { call_connection_id: connection.to_owned() }.request();
    match insist(client, &request, deadline).await? {
        Ok(body) => Some(stands(&body)),
        Err(404) => Some(Fact::CallGone),
        Err(_) => None,
    }
}

/// Everybody in a call; `None`: they could not be read, or not all of them.
async fn roster<S: Store>(
    parts: &Arc<Parts<S>>,
    connection: &str,
    deadline: Duration,
) -> Option<Vec<Participant>> {
    let started = clock::instant();
    let mut people = Vec::new();
    let mut request = Operation::ListParticipants { call_connection_id: connection.to_owned() }.request();
    for _ in 0..ROSTER_PAGES_MAX {
        let left = deadline.saturating_sub(started.elapsed());
        let body = insist(&parts.client, &request, left).await?.ok()?;
        let page: GetParticipantsResponse = serde_json::from_slice(&body).ok()?;
        people.extend(translate::roster(&page));
        let Some(link) = page.next_link else { return Some(people) };
        request = participants::next(&link, &parts.settings.provider.endpoint)?;
    }
    None
}

/// Asks until there is an answer, or the status of a final refusal. `None`: there was none in time.
async fn insist(client: &Client, request: &Request, deadline: Duration) -> Option<Result<Bytes, u16>> {
    let started = clock::instant();
    let left = || deadline.saturating_sub(started.elapsed());
    let mut attempts = 0;
    loop {
        attempts += 1;
        let retry_after = match client.send(request, None, left() / 2).await {
            Outcome::Answer(answer) => match retry::verdict(answer.status) {
                retry::Verdict::Success => return Some(Ok(answer.body)),
                retry::Verdict::Final => return Some(Err(answer.status)),
                retry::Verdict::Retry => answer.retry_after,
            },
            Outcome::NotSent(_) | Outcome::Unknown(_) => None,
        };
        let pause = retry::delay(attempts, retry_after, left(), rand::random())?;
        tokio::time::sleep(pause).await;
    }
}

fn stands(body: &[u8]) -> Fact {
    let call: CallConnectionProperties = serde_json::from_slice(body).unwrap_or_default();
    match call.call_connection_state {
        Some(CallConnectionState::Disconnected) => Fact::CallGone,
        Some(CallConnectionState::Connected) => Fact::CallUp,
        Some(
            CallConnectionState::Unknown
            | CallConnectionState::Connecting
            | CallConnectionState::Transferring
            | CallConnectionState::TransferAccepted
            | CallConnectionState::Disconnecting
            | CallConnectionState::Other(_),
        )
        | None => Fact::CallLives,
    }
}
