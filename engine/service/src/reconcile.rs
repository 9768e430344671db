//! Finds out what became of a request whose fate is unknown, and of a call after the engine was away.
//!
//! Asks the provider and the run, and never guesses. What it learns of calls enters the run as an input.

use std::sync::Arc;
use std::time::Duration;

use acs::actions::{cancel_media, get_call};
use acs::model::{CallConnectionProperties, CallConnectionState};
use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use machine::actions::ActionKind;
use machine::ids::OperationId;
use machine::input::Fact;
use machine::protocol::Phase;
use machine::{EventKind, Snapshot, What};

use crate::client::{Client, Outcome};
use crate::clock;
use crate::engine::Parts;
use crate::journal::Record;
use crate::limits::{
    ASK_AT_ONCE, ASK_PAUSE, ASK_ROUNDS_MAX, MEDIA_SIGN_WAIT, PAGE_MAX, POST_DEADLINE, SIGN_ENTRIES_MAX,
};
use crate::outbox::Job;
use crate::retry;
use crate::runs::{self, Order};
use crate::store::{Page, RunId, RunRow, Store, Urgency, Version};

mod recording;

/// What was found out about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// This attempt of it was taken.
    Taken(u32),
    /// It was not, or nothing is left of it: it may be sent.
    NotTaken,
}

/// Finds out about a request that the API would not recognise when it came again.
pub(crate) async fn find_out<S: Store>(parts: &Arc<Parts<S>>, job: &Job, left: Duration) -> Found {
    match job.kind {
        ActionKind::HangUp => match ask(&parts.client, job.connection.as_deref(), left).await {
            Some(Fact::CallGone) => Found::Taken(job.attempt),
            // A second DELETE does no harm: it ends what is to end.
            Some(Fact::CallLives | Fact::CallUp) | None => Found::NotTaken,
        },
        ActionKind::Play | ActionKind::Recognize => silence_media(parts, job, left).await,
        // Nothing is posted after it until it is answered, so nothing else would be cancelled.
        ActionKind::CancelMedia => Found::NotTaken,
        // Coming twice, they change nothing that the first has not changed.
        ActionKind::Hold
        | ActionKind::Unhold
        | ActionKind::StartContinuousDtmf
        | ActionKind::StopContinuousDtmf => Found::NotTaken,
        // The second would be refused for what the first has done.
        ActionKind::StartTranscription
        | ActionKind::StopTranscription
        | ActionKind::UpdateTranscription
        | ActionKind::StartMediaStreaming
        | ActionKind::StopMediaStreaming => {
            let heard = tokio::time::timeout(MEDIA_SIGN_WAIT.min(left), hear(parts, job)).await;
            heard.unwrap_or(Found::NotTaken)
        }
        ActionKind::PauseRecording | ActionKind::ResumeRecording | ActionKind::StopRecording => {
            recording::find_out(&parts.client, job, left).await
        }
        // These are recognised by the API, or are no requests of it.
        ActionKind::CreateCall
        | ActionKind::Connect
        | ActionKind::Answer
        | ActionKind::Reject
        | ActionKind::Redirect
        | ActionKind::Transfer
        | ActionKind::AddParticipant
        | ActionKind::CancelAddParticipant
        | ActionKind::RemoveParticipant
        | ActionKind::MoveParticipants
        | ActionKind::MuteParticipant
        | ActionKind::SendDtmf
        | ActionKind::StartRecording
        | ActionKind::Http
        | ActionKind::Log => Found::NotTaken,
    }
}

/// Waits for an event that shows that it was taken; without one, makes sure that it does not play twice.
async fn silence_media<S: Store>(parts: &Arc<Parts<S>>, job: &Job, left: Duration) -> Found {
    if let Ok(found) = tokio::time::timeout(MEDIA_SIGN_WAIT.min(left), hear(parts, job)).await {
        return found;
    }
    if !is_wanted(parts, job).await {
        return Found::Taken(job.attempt);
    }
    let Some(connection) = job.connection.as_deref() else { return Found::NotTaken };
    let started = clock::instant();
    let left = || left.saturating_sub(started.elapsed());
    let request = cancel_media::request(connection);
    let mut attempts = 0;
    loop {
        attempts += 1;
        let retry_after = match parts.client.send(&request, None, left() / 2).await {
            Outcome::Answer(answer) => match retry::verdict(answer.status) {
                retry::Verdict::Success | retry::Verdict::Final => return Found::NotTaken,
                retry::Verdict::Retry => answer.retry_after,
            },
            Outcome::NotSent(_) | Outcome::Unknown(_) => None,
        };
        match retry::delay(attempts, retry_after, left(), rand::random()) {
            Some(pause) => tokio::time::sleep(pause).await,
            // To be heard twice is better than never.
            None => return Found::NotTaken,
        }
    }
}

/// Whether the run still waits for an answer to the action: no event has told its result, and the call goes on.
pub(crate) async fn is_wanted<S: Store>(parts: &Arc<Parts<S>>, job: &Job) -> bool {
    let Ok(Some(loaded)) = parts.store.load(job.run).await else { return true };
    let record = loaded.latest.and_then(|latest| Record::decode(&latest.record).ok());
    record.is_none_or(|record| record.snapshot.unanswered().any(|(id, _, _)| id == job.operation))
}

/// Returns once the run has heard of the operation: by its result, or by any event that carries its context. That an
/// attempt was cancelled is no sign that one is under way: we have cancelled it ourselves, to post it again.
async fn hear<S: Store>(parts: &Arc<Parts<S>>, job: &Job) -> Found {
    let mut watch = parts.news.watch(job.run);
    let mut next = None;
    loop {
        let loaded = parts.store.load(job.run).await.ok().flatten();
        let latest = loaded.as_ref().map_or(Version::NONE, |loaded| loaded.version);
        let record = loaded.and_then(|loaded| Record::decode(&loaded.latest?.record).ok());
        let canceled = record.and_then(|record| canceled(&record.snapshot, job.operation));
        let from = next.unwrap_or(Version(latest.0.saturating_sub(SIGN_ENTRIES_MAX as u64)));
        let records = parts.store.journal(job.run, from, SIGN_ENTRIES_MAX).await.unwrap_or_default();
        for record in records {
            next = Some(record.version.next());
            let Ok(record) = Record::decode(&record.record) else { continue };
            let What::Event(event) = &record.input.what else { continue };
            let is_cancellation =
                matches!(event.kind, EventKind::PlayCanceled | EventKind::RecognizeCanceled);
            let is_under_way =
                event.attempt >= job.attempt && canceled.is_none_or(|last| event.attempt > last);
            if event.operation == Some(job.operation) && !is_cancellation && is_under_way {
                return Found::Taken(event.attempt);
            }
        }
        watch.next().await;
    }
}

/// The newest attempt that is known to have been cancelled.
fn canceled(snapshot: &Snapshot, operation: OperationId) -> Option<u32> {
    Some(snapshot.operations.get(&operation)?.canceled.as_ref()?.attempt)
}

/// Asks whether the call connection still exists, and tells the run.
pub(crate) fn ask_call<S: Store>(parts: &Arc<Parts<S>>, run: RunId, connection: Option<String>) {
    let parts = parts.clone();
    tokio::spawn(async move {
        for _ in 0..ASK_ROUNDS_MAX {
            if let Some(fact) = ask(&parts.client, connection.as_deref(), POST_DEADLINE).await {
                tell(&parts, run, fact).await;
                return;
            }
            tracing::warn!(%run, "the provider could not be asked whether the call still exists");
            tokio::time::sleep(ASK_PAUSE).await;
        }
    });
}

/// Asks about every call that was up before a time, and tells the runs whose call is gone: their last events came
/// while nobody listened.
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

/// Tells a run if its call is gone, or came up meanwhile. That it lives is no news.
async fn ask_again<S: Store>(parts: &Arc<Parts<S>>, run: RunId) {
    let loaded = parts.store.load(run).await.ok().flatten();
    let record = loaded.and_then(|loaded| Record::decode(&loaded.latest?.record).ok());
    let Some(call) = record.map(|record| record.snapshot.call) else { return };
    let (Phase::Connecting | Phase::Connected, Some(connection)) = (call.phase, call.connection_id) else {
        return;
    };
    match ask(&parts.client, Some(&connection), POST_DEADLINE).await {
        Some(fact @ Fact::CallGone) => tell(parts, run, fact).await,
        Some(fact @ Fact::CallUp) if call.phase == Phase::Connecting => tell(parts, run, fact).await,
        Some(Fact::CallUp | Fact::CallLives) | None => {}
    }
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

/// Whether the provider knows a call connection. `None`: it could not be asked in time.
async fn ask(client: &Client, connection: Option<&str>, deadline: Duration) -> Option<Fact> {
    // A call whose connection never became known is nobody's.
    let Some(connection) = connection else { return Some(Fact::CallGone) };
    let request = get_call::request(connection);
    let started = clock::instant();
    let left = || deadline.saturating_sub(started.elapsed());
    let mut attempts = 0;
    loop {
        attempts += 1;
        let retry_after = match client.send(&request, None, left() / 2).await {
            Outcome::Answer(answer) => match retry::verdict(answer.status) {
                retry::Verdict::Success => return Some(stands(&answer.body)),
                retry::Verdict::Final if answer.status == 404 => return Some(Fact::CallGone),
                retry::Verdict::Final => return None,
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
