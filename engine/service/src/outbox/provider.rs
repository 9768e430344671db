//! One action on its way to the provider: tried until it is answered, refused, or too late.

use std::time::Duration;

use acs::Request;
use machine::What;
use machine::actions::{ActionKind, Posting};
use machine::ids::OperationId;
use machine::input::{Ack, Refusal};
use machine::protocol::Unclear;
use machine::snapshot::{Call, Operation};

use super::{Fate, InFlight, bring_back};
use crate::client::{Answer, Outcome, Repeatability};
use crate::clock;
#[cfg(test)]
use crate::fault::Point;
use crate::limits::{POST_DEADLINE, POST_RINGING_DEADLINE};
use crate::reconcile::{self, Found};
use crate::retry;
use crate::store::{RunId, Store};
use crate::translate;

const TOO_MANY_REQUESTS: u16 = 429;

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
    /// Which attempt the request is.
    pub(crate) attempt: u32,
    /// How it is written again, as another attempt; `None`: it is always the same.
    pub(crate) renewal: Option<Box<Renewal>>,
}

/// What a request is made of that is cancelled before it is posted again.
pub(crate) struct Renewal {
    call: Call,
    operation: Operation,
    callback_url: String,
}

impl Renewal {
    /// What is kept of an action for its next attempt, where there may be one.
    pub(super) fn of(call: &Call, operation: &Operation, callback_url: &str) -> Option<Box<Renewal>> {
        (operation.kind.spec().if_unclear == Unclear::SilenceFirst).then(|| {
            let (call, operation) = (call.clone(), operation.clone());
            Box::new(Renewal { call, operation, callback_url: callback_url.to_owned() })
        })
    }
}

impl Job {
    /// Makes the request the next attempt: what still comes of the one before must not be taken for its result.
    fn renew(&mut self) {
        let Some(Renewal { call, operation, callback_url }) = self.renewal.as_deref_mut() else { return };
        let Some(action) = operation.action.clone() else { return };
        operation.attempt = retry::next_attempt(self.attempt, operation.decided_at, clock::now());
        if let Ok(request) = action.request(&Posting::new(call, self.operation, operation, callback_url)) {
            self.request = request;
            self.attempt = operation.attempt;
        }
    }
}

/// What one attempt led to.
enum Attempt {
    Taken(What),
    Refused(Refusal),
    /// It was not taken; it may be, later.
    Again {
        why: Refusal,
        retry_after: Option<Duration>,
    },
    /// Nobody knows whether it was taken.
    Unclear {
        why: Refusal,
        retry_after: Option<Duration>,
    },
}

/// Posts an action and gives what came back to its run.
pub(super) async fn deliver<S: Store>(in_flight: InFlight<S>, mut job: Job, fate: Fate) {
    let permits = in_flight.parts.outbox.permits.clone();
    // Nobody closes the semaphore.
    let Ok(permit) = permits.acquire_owned().await else { return };
    let what = insist(&in_flight, &mut job, fate).await;
    drop(permit);
    bring_back(in_flight, what).await;
}

/// Tries until it is clear what came of it.
async fn insist<S: Store>(in_flight: &InFlight<S>, job: &mut Job, fate: Fate) -> What {
    let InFlight { parts, operation, run: _ } = in_flight;
    let started = clock::instant();
    let deadline = deadline(job.kind);
    let left = || deadline.saturating_sub(started.elapsed());
    let mut is_unclear = fate == Fate::Unknown;
    let mut attempts = 0;
    loop {
        if attempts > 0 && !reconcile::is_wanted(parts, job).await {
            // An event has told the result meanwhile, or the call is over.
            return acknowledged(job, job.attempt, &[]);
        }
        if is_unclear && job.repeatability.is_none() {
            match reconcile::find_out(parts, job, left()).await {
                Found::Taken(attempt) => return acknowledged(job, attempt, &[]),
                Found::NotTaken => {
                    is_unclear = false;
                    job.renew();
                }
            }
        }
        attempts += 1;
        // Half of what is left, so that one request that hangs leaves time for another.
        let timeout = (left() / 2).max(deadline / 8);
        #[cfg(test)]
        parts.faults.pass(Point::Posting).await;
        let outcome = parts.client.send(&job.request, job.repeatability.as_ref(), timeout).await;
        #[cfg(test)]
        parts.faults.pass(Point::Posted).await;
        let (why, retry_after) = match judge(job, outcome) {
            Attempt::Taken(what) => return what,
            Attempt::Refused(refusal) => {
                warn(job, attempts, &refusal, "the provider refused an action");
                return What::Refused { operation: job.operation, refusal };
            }
            Attempt::Again { why, retry_after } => (why, retry_after),
            Attempt::Unclear { why, retry_after } => {
                is_unclear = true;
                (why, retry_after)
            }
        };
        tracing::debug!(%operation, kind = job.kind.spec().name, attempts, why = why.message, "not posted yet");
        match retry::delay(attempts, retry_after, left(), rand::random()) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => {
                warn(job, attempts, &why, "an action could not be posted in time");
                return What::Refused { operation: job.operation, refusal: why };
            }
        }
    }
}

/// A caller hears it ring until an incoming call is answered, redirected or rejected.
fn deadline(kind: ActionKind) -> Duration {
    if kind.spec().is_of_ringing() { POST_RINGING_DEADLINE } else { POST_DEADLINE }
}

fn judge(job: &Job, outcome: Outcome) -> Attempt {
    let silence =
        |why: &dyn std::fmt::Display| Refusal { status: 0, sub_code: None, message: why.to_string() };
    match outcome {
        Outcome::NotSent(why) => Attempt::Again { why: silence(&why), retry_after: None },
        Outcome::Unknown(why) => Attempt::Unclear { why: silence(&why), retry_after: None },
        Outcome::Answer(Answer { status, retry_after, body, .. }) => match retry::verdict(status) {
            retry::Verdict::Success => Attempt::Taken(acknowledged(job, job.attempt, &body)),
            retry::Verdict::Final => Attempt::Refused(translate::refusal(status, &body)),
            retry::Verdict::Retry => {
                let why = translate::refusal(status, &body);
                // Who throttles has done nothing. A server that fails, or a gateway before it, may have done all.
                if status == TOO_MANY_REQUESTS {
                    Attempt::Again { why, retry_after }
                } else {
                    Attempt::Unclear { why, retry_after }
                }
            }
        },
    }
}

/// Tells operators: what the flow makes of it may hide a wrong key or a missing permission.
fn warn(job: &Job, attempts: u32, why: &Refusal, message: &str) {
    let Refusal { status, sub_code, message: reason } = why;
    let (operation, kind) = (job.operation, job.kind.spec().name);
    let reason = lang::value::masked(reason);
    tracing::warn!(%operation, kind, attempts, status, sub_code, reason, "{message}");
}

fn acknowledged(job: &Job, attempt: u32, body: &[u8]) -> What {
    let ack = Ack { attempt, ..translate::ack(job.kind, body) };
    What::Acknowledged { operation: job.operation, ack: Box::new(ack) }
}
