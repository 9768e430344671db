//! `enter`: one input of a run at a time, in order of arrival; runs beside each other.
//!
//! A run costs a queue and a task only while something is in it, and memory only while its snapshot is among the
//! latest used. Order of work: dedupe, step, append, answer, act. Nothing is decided here; that is `step`'s.

use std::sync::Arc;

use jiff::Timestamp;
use machine::What;
use machine::input::Start;
use tokio::sync::oneshot;
use tracing::{Instrument, Span, field};

use crate::engine::Parts;
#[cfg(test)]
use crate::fault::Point;
use crate::flows;
use crate::store::{Error as StoreError, Loaded, RunId, Store, Urgency};

mod place;
mod queue;
mod turn;

pub(crate) use place::status;
pub(crate) use queue::Runs;

use place::Place;
use turn::{Dealt, Turn, report};

/// Something for a run to deal with.
pub(crate) enum Order {
    /// The run begins.
    Begin {
        /// On this flow.
        flow: flows::Loaded,
        /// How.
        start: Box<Start>,
    },
    /// The run's next input.
    Give {
        /// What it is.
        what: What,
        /// The hash of the provider's event that it is, by which it is recognised when it comes again.
        event: Option<u64>,
    },
    /// Something may be due: fires timers, and sees to actions that nobody posts.
    Wake(Loaded),
}

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entered {
    /// It is durable.
    Recorded,
    /// It was there already: an event delivered again, or a run that exists.
    Duplicate,
    /// There was nothing to do, or the run ended long ago.
    Nothing,
}

/// Why an order was not dealt with. It left no trace, and may come again.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Error {
    /// Too much is waiting already.
    #[error("too many inputs are waiting")]
    Busy,
    /// There is no such run.
    #[error("there is no run {0}")]
    UnknownRun(RunId),
    /// A fault of ours stands in the way of this one run; the log tells which.
    #[error("run {0} is set aside, since an input of it could not be dealt with")]
    SetAside(RunId),
    /// The store failed, or is not sure.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// Other processes were faster, again and again.
    #[error("run {0} changes too fast")]
    Contended(RunId),
}

/// Puts an order into a run's queue and returns who will hear what became of it. The order is dealt with even if
/// nobody listens. Answers of the provider and timers [ride](Urgency::Ride), and are never refused.
pub(crate) fn enter<S: Store>(
    parts: &Arc<Parts<S>>,
    run: RunId,
    order: Order,
    urgency: Urgency,
    at: Timestamp,
) -> Result<Receipt, Error> {
    let (answer, receiver) = oneshot::channel();
    let is_first = parts.runs.push(run, queue::Entry { order, urgency, at, answer })?;
    if is_first {
        // Not a child of whatever brought the order: one call's log lines have one span around them.
        let span = tracing::info_span!(parent: None, "call", %run, flow = field::Empty);
        tokio::spawn(work(parts.clone(), run).instrument(span));
    }
    Ok(Receipt { run, receiver })
}

/// Who will hear what became of an order.
#[must_use]
pub(crate) struct Receipt {
    run: RunId,
    receiver: oneshot::Receiver<Result<Entered, Error>>,
}

impl Receipt {
    /// Waits until the order is dealt with; if it was recorded, it is durable.
    ///
    /// # Errors
    /// See [`Error`].
    pub(crate) async fn dealt(self) -> Result<Entered, Error> {
        // Nobody answers only if the one who was at the run panicked.
        self.receiver.await.unwrap_or(Err(Error::SetAside(self.run)))
    }
}

/// Deals with a run's queue until it is empty, then leaves.
async fn work<S: Store>(parts: Arc<Parts<S>>, run: RunId) {
    let mut visit = parts.runs.visit(run);
    let mut place = visit.cached();
    let mut is_named = false;
    while let Some(queue::Entry { order, urgency, at, answer }) = visit.next(&mut place) {
        let mut turn = Turn::new(&parts, run, place.take(), urgency, at);
        let dealt = turn.deal(order).await;
        if let Some(flow) = turn.flow().filter(|_| !is_named) {
            Span::current().record("flow", flow);
            is_named = true;
        }
        match dealt {
            Ok(Dealt::Now(entered, decided)) => {
                // Append, then answer, then act.
                #[cfg(test)]
                parts.faults.pass(Point::Appended).await;
                drop(answer.send(Ok(entered)));
                #[cfg(test)]
                parts.faults.pass(Point::Answered).await;
                turn.act(decided);
            }
            Ok(Dealt::Riding(riding)) => {
                #[cfg(test)]
                let parts = parts.clone();
                let answered = async move {
                    let entered = riding.await.inspect_err(report);
                    #[cfg(test)]
                    parts.faults.pass(Point::Appended).await;
                    drop(answer.send(entered));
                };
                tokio::spawn(answered.in_current_span());
            }
            Err(error) => {
                report(&error);
                drop(answer.send(Err(error)));
            }
        }
        place = turn.leave();
    }
}
