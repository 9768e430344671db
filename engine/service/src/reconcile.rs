//! Finds out what became of a request whose fate is unknown, and of a call of which nothing was heard.
//!
//! Asks the provider and the run, and never guesses.

use std::sync::Arc;
use std::time::Duration;

use acs::Operation;
use machine::ids::OperationId;
use machine::input::Fact;
use machine::protocol::Unclear;
use machine::{EventKind, Snapshot, What};

use crate::client::Outcome;
use crate::clock;
use crate::engine::Parts;
use crate::journal::Record;
use crate::limits::{MEDIA_SIGN_WAIT, SIGN_ENTRIES_MAX};
use crate::outbox::Job;
use crate::retry;
use crate::store::{Store, Version};

mod calls;
mod recording;

pub(crate) use calls::{Asking, after_downtime, ask_call};

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
    match job.kind.spec().if_unclear {
        Unclear::Recognised | Unclear::SendAgain => Found::NotTaken,
        Unclear::WaitForSign => {
            let heard = tokio::time::timeout(MEDIA_SIGN_WAIT.min(left), hear(parts, job)).await;
            heard.unwrap_or(Found::NotTaken)
        }
        Unclear::SilenceFirst => silence_media(parts, job, left).await,
        Unclear::AskCall => match calls::ask(&parts.client, job.connection.as_deref(), left).await {
            Some(Fact::CallGone) => Found::Taken(job.attempt),
            Some(Fact::CallLives | Fact::CallUp | Fact::InCall { .. }) | None => Found::NotTaken,
        },
        Unclear::AskRecording => recording::find_out(&parts.client, job, left).await,
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
    let request = Operation::CancelAllMediaOperations { call_connection_id: connection.to_owned() }.request();
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
