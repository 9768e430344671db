//! One action on its way to the provider: tried until it is answered, refused, or too late.

use std::time::Duration;

use acs::Request;
use machine::What;
use machine::actions::ActionKind;
use machine::ids::OperationId;
use machine::input::{Ack, Refusal};

use super::{Fate, InFlight, bring_back};
use crate::client::{Answer, Outcome, Repeatability};
use crate::clock;
use crate::limits::{POST_DEADLINE, POST_RINGING_DEADLINE};
use crate::reconcile::{self, Found};
use crate::retry;
use crate::store::{RunId, Store};
use crate::translate;

/// An action on its way.
pub(crate) struct Job {
    pub(crate) run: RunId,
    pub(crate) operation: OperationId,
    pub(crate) kind: ActionKind,
    pub(crate) request: Request,
    /// `None`: the API does not recognise a repeated request of this kind.
    pub(crate) repeatability: Option<Repeatability>,
    /// The application's leg, if it is known.
    pub(crate) connection: Option<String>,
}

/// What one attempt led to.
enum Attempt {
    Over(What),
    /// It was not taken; it may be, later.
    Again {
        why: Refusal,
        retry_after: Option<Duration>,
    },
    /// Nobody knows whether it was taken.
    Unclear {
        why: Refusal,
    },
}

/// Posts an action and gives what came back to its run.
pub(super) async fn deliver<S: Store>(in_flight: InFlight<S>, job: Job, fate: Fate) {
    let permits = in_flight.parts.outbox.permits.clone();
    // Nobody closes the semaphore.
    let Ok(permit) = permits.acquire_owned().await else { return };
    let what = insist(&in_flight, &job, fate).await;
    drop(permit);
    bring_back(in_flight, what).await;
}

/// Tries until it is clear what came of it.
async fn insist<S: Store>(in_flight: &InFlight<S>, job: &Job, fate: Fate) -> What {
    let InFlight { parts, operation, run: _ } = in_flight;
    let started = clock::instant();
    let deadline = deadline(job.kind);
    let left = || deadline.saturating_sub(started.elapsed());
    let mut is_unclear = fate == Fate::Unknown;
    let mut attempts = 0;
    loop {
        if is_unclear && job.repeatability.is_none() {
            match reconcile::find_out(parts, job, left()).await {
                Found::Taken => return acknowledged(job, &[]),
                Found::NotTaken => {}
            }
        }
        attempts += 1;
        // Half of what is left, so that one request that hangs leaves time for another.
        let timeout = (left() / 2).max(deadline / 8);
        let outcome = parts.client.send(&job.request, job.repeatability.as_ref(), timeout).await;
        let (why, retry_after) = match judge(job, outcome) {
            Attempt::Over(what) => return what,
            Attempt::Again { why, retry_after } => (why, retry_after),
            Attempt::Unclear { why } => {
                is_unclear = true;
                (why, None)
            }
        };
        let kind = job.kind.spec().name;
        tracing::debug!(%operation, kind, attempts, why = why.message, "not posted yet");
        match retry::delay(attempts, retry_after, left(), rand::random()) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => {
                tracing::warn!(%operation, kind, attempts, why = why.message, "given up");
                return What::Refused { operation: job.operation, refusal: why };
            }
        }
    }
}

/// A caller hears it ring until an incoming call is answered, redirected or rejected.
fn deadline(kind: ActionKind) -> Duration {
    match kind {
        ActionKind::Answer | ActionKind::Redirect | ActionKind::Reject => POST_RINGING_DEADLINE,
        ActionKind::CreateCall
        | ActionKind::Connect
        | ActionKind::Transfer
        | ActionKind::AddParticipant
        | ActionKind::CancelAddParticipant
        | ActionKind::RemoveParticipant
        | ActionKind::HangUp
        | ActionKind::Play
        | ActionKind::Recognize
        | ActionKind::CancelMedia
        | ActionKind::Http
        | ActionKind::Log => POST_DEADLINE,
    }
}

fn judge(job: &Job, outcome: Outcome) -> Attempt {
    let silence =
        |why: &dyn std::fmt::Display| Refusal { status: 0, sub_code: None, message: why.to_string() };
    match outcome {
        Outcome::NotSent(why) => Attempt::Again { why: silence(&why), retry_after: None },
        Outcome::Unknown(why) => Attempt::Unclear { why: silence(&why) },
        Outcome::Answer(Answer { status, retry_after, body, .. }) => match retry::verdict(status) {
            retry::Verdict::Success => Attempt::Over(acknowledged(job, &body)),
            retry::Verdict::Final => Attempt::Over(What::Refused {
                operation: job.operation,
                refusal: translate::refusal(status, &body),
            }),
            retry::Verdict::Retry => {
                let why = translate::refusal(status, &body);
                // A gateway that answers does not know what became of the request behind it.
                if matches!(status, 502 | 504) {
                    Attempt::Unclear { why }
                } else {
                    Attempt::Again { why, retry_after }
                }
            }
        },
    }
}

fn acknowledged(job: &Job, body: &[u8]) -> What {
    let ack: Ack = translate::ack(job.kind, body);
    What::Acknowledged { operation: job.operation, ack: Box::new(ack) }
}
