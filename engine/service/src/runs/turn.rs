//! One order's turn at a run: load, dedupe, step, append.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;

use jiff::Timestamp;
use machine::input::{Beginning, Start};
use machine::{Effect, Input, Step, What};
use uuid::Uuid;
use validate::Validated;

use super::place::{Place, names, summary, wake};
use super::{Entered, Error, Order};
use crate::clock;
use crate::engine::Parts;
use crate::flows::{self, VersionError};
use crate::journal::{Record, RecordError, Seen};
use crate::limits::{STALE_PAUSE_MAX, STALE_RETRIES_MAX, TIMERS_PER_WAKE_MAX};
use crate::outbox;
use crate::store::{
    self, Append, Durable, Error as StoreError, Loaded, Name, RecordId, RunId, Store, Urgency, Verdict,
    Version,
};

/// One order's turn.
pub(super) struct Turn<'e, S: Store> {
    parts: &'e Arc<Parts<S>>,
    run: RunId,
    /// Where the run stands; `None`: the store knows.
    place: Option<Place>,
    urgency: Urgency,
    at: Timestamp,
}

/// What a durable record has decided.
pub(super) struct Decided {
    durable: Durable,
    effects: Vec<Effect>,
}

/// What stands in the way of one run. Its fault is ours.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("its latest record cannot be read")]
    Record(#[from] RecordError),
    #[error("its flow version is gone")]
    Version(#[from] VersionError),
    #[error("its record has grown too large")]
    Size(#[source] StoreError),
    #[error("`step` panicked, which is a mistake in Callflow itself")]
    Panic,
}

/// What became of an order.
pub(super) enum Dealt {
    /// It is settled, and this was decided.
    Now(Entered, Option<Decided>),
    /// Its record is on its way to the store. It decided nothing that must be done, so that what comes behind it need
    /// not wait: the store keeps the order, and refuses what is behind a record that it could not take.
    Riding(Riding),
}

/// How it went with a record that rides.
pub(super) type Riding = Pin<Box<dyn Future<Output = Result<Entered, Error>> + Send>>;

/// How an attempt to append went.
enum Attempt {
    Done(Dealt),
    /// Another process was faster; here is the input again.
    Stale(Input),
}

/// The run, where it goes on from, and what it goes on with.
struct Next {
    version: Version,
    flow: Arc<Validated>,
    seen: Seen,
    ended_at: Option<Timestamp>,
    /// What it was called before.
    named: [Option<Name>; 2],
}

impl<'e, S: Store> Turn<'e, S> {
    pub(super) fn new(
        parts: &'e Arc<Parts<S>>,
        run: RunId,
        place: Option<Place>,
        urgency: Urgency,
        at: Timestamp,
    ) -> Turn<'e, S> {
        Turn { parts, run, place, urgency, at }
    }

    /// The flow's name, once the run is known.
    pub(super) fn flow(&self) -> Option<&str> {
        self.place.as_ref().map(|place| place.flow.name())
    }

    /// Where the run stands now, for the next turn.
    pub(super) fn leave(self) -> Option<Place> {
        self.place
    }

    /// Deals with the order. What it decided must be acted on after the answer.
    pub(super) async fn deal(&mut self, order: Order) -> Result<Dealt, Error> {
        if self.parts.runs.is_set_aside(self.run) {
            return Err(Error::SetAside(self.run));
        }
        match order {
            Order::Begin { flow, start } => self.begin(flow, start).await,
            Order::Give { what, event } => self.give(what, event).await,
            Order::Wake(loaded) => self.wake(loaded).await,
        }
    }

    /// Does what was decided.
    pub(super) fn act(&self, decided: Option<Decided>) {
        if let (Some(Decided { durable, effects }), Some(place)) = (decided, &self.place) {
            outbox::post(self.parts, durable, &place.snapshot, effects);
        }
    }

    async fn begin(&mut self, flow: flows::Loaded, start: Box<Start>) -> Result<Dealt, Error> {
        let flows::Loaded { flow, config } = flow;
        let beginning = Beginning { run: self.run.to_string(), config, start: *start };
        let input = Input { at: self.at, what: What::Start(Box::new(beginning)) };
        let step = self.guarded(|| machine::begin(&flow, &input))?;
        let next =
            Next { version: Version::NONE, flow, seen: Seen::default(), ended_at: None, named: [None; 2] };
        match self.append(next, input, step).await? {
            Attempt::Done(dealt) => Ok(dealt),
            Attempt::Stale(_) => Ok(Dealt::Now(Entered::Duplicate, None)),
        }
    }

    async fn give(&mut self, what: What, event: Option<u64>) -> Result<Dealt, Error> {
        let mut input = Input { at: self.at, what };
        for attempt in 0..STALE_RETRIES_MAX {
            if attempt > 0 {
                tokio::time::sleep(STALE_PAUSE_MAX.mul_f64(rand::random())).await;
            }
            let Some(mut place) = self.open().await? else {
                return Ok(Dealt::Now(Entered::Nothing, None));
            };
            if let Some(event) = event {
                if place.seen.contains(event) {
                    self.place = Some(place);
                    return Ok(Dealt::Now(Entered::Duplicate, None));
                }
                place.seen.insert(event);
            }
            match self.step(place, input).await? {
                Attempt::Done(dealt) => return Ok(dealt),
                Attempt::Stale(again) => input = again,
            }
        }
        Err(Error::Contended(self.run))
    }

    async fn wake(&mut self, loaded: Loaded) -> Result<Dealt, Error> {
        if self.place.as_ref().is_none_or(|place| place.version < loaded.version) {
            self.place = self.decode(loaded).await?;
        }
        for _ in 0..TIMERS_PER_WAKE_MAX {
            let Some(place) = self.open().await? else { break };
            self.at = clock::now();
            let Some(what) = self.next_due(&place) else {
                outbox::resume(self.parts, self.run, &place.snapshot);
                self.place = Some(place);
                break;
            };
            match self.step(place, Input { at: self.at, what }).await? {
                Attempt::Done(Dealt::Now(_, decided)) => self.act(decided),
                Attempt::Done(Dealt::Riding(riding)) => drop(riding.await?),
                Attempt::Stale(_) => {}
            }
        }
        Ok(Dealt::Now(Entered::Nothing, None))
    }

    /// What is due without anybody having sent it.
    fn next_due(&self, place: &Place) -> Option<What> {
        if let Some(timer) = place.snapshot.due(self.at).first() {
            return Some(What::Timer(*timer));
        }
        // An event has proved that the request was taken, and its answer was lost.
        let is_in_flight = |operation| self.parts.outbox.is_in_flight(self.run, operation);
        let operation = place.settled(is_in_flight)?;
        Some(What::Acknowledged { operation, ack: Box::default() })
    }

    /// Where the run stands; `None` if it ended so long ago that its journal is gone.
    async fn open(&mut self) -> Result<Option<Place>, Error> {
        if let Some(place) = self.place.take() {
            return Ok(Some(place));
        }
        let loaded = self.parts.store.load(self.run).await?.ok_or(Error::UnknownRun(self.run))?;
        self.decode(loaded).await
    }

    async fn decode(&self, loaded: Loaded) -> Result<Option<Place>, Error> {
        let Some(store::Record { version, record: bytes, .. }) = loaded.latest else { return Ok(None) };
        let record = Record::decode(&bytes).map_err(|error| self.set_aside(&error.into()))?;
        let flow = self.parts.flows.version(&record.snapshot.flow).await;
        let flow = flow.map_err(|error| self.set_aside(&error.into()))?;
        Ok(Some(Place::after(version, flow, record, bytes.len())))
    }

    async fn step(&mut self, place: Place, input: Input) -> Result<Attempt, Error> {
        let is_announced = matches!(input.what, What::Announced(_));
        let error = match self.try_step(place, input).await {
            Err(Error::Store(error @ StoreError::TooLarge { .. })) => error,
            attempt => return attempt,
        };
        if is_announced {
            tracing::warn!(run = %self.run, error = causes(&error), "this run has no room for what was announced");
            return Ok(Attempt::Done(Dealt::Now(Entered::Nothing, None)));
        }
        // Better to end the run than to leave a call that nobody steers any more.
        tracing::error!(run = %self.run, error = causes(&error), "this run has grown too large and is ended");
        let place = self.open().await?.ok_or(Error::UnknownRun(self.run))?;
        match self.try_step(place, Input { at: self.at, what: What::Cancel }).await {
            Err(Error::Store(error @ StoreError::TooLarge { .. })) => {
                Err(self.set_aside(&Fault::Size(error)))
            }
            attempt => attempt,
        }
    }

    async fn try_step(&mut self, place: Place, input: Input) -> Result<Attempt, Error> {
        let Place { version, flow, snapshot, seen, ended_at, bytes: _ } = place;
        let named = names(&snapshot);
        let step = self.guarded(|| machine::step(&flow, snapshot, &input))?;
        self.append(Next { version, flow, seen, ended_at, named }, input, step).await
    }

    /// A panic in `step` is our mistake, and must cost no more than this one run.
    fn guarded(&self, step: impl FnOnce() -> Step) -> Result<Step, Error> {
        catch_unwind(AssertUnwindSafe(step)).map_err(|_| self.set_aside(&Fault::Panic))
    }

    fn set_aside(&self, fault: &Fault) -> Error {
        tracing::error!(fault = causes(fault), "this run is set aside until a restart");
        self.parts.runs.set_aside(self.run);
        Error::SetAside(self.run)
    }

    async fn append(&mut self, next: Next, input: Input, step: Step) -> Result<Attempt, Error> {
        let Next { version, flow, seen, ended_at, named } = next;
        let Step { snapshot, account } = step;
        let ended_at = ended_at.or_else(|| snapshot.is_ended().then_some(input.at));
        let mut record = Record { input, account, snapshot, seen, ended_at };
        let bytes = record.encode();
        let (id, size) = (RecordId(Uuid::new_v4()), bytes.len());
        let rides = self.urgency == Urgency::Ride && !record.account.effects.iter().any(must_be_done);
        let append = Append {
            run: self.run,
            expect: version,
            id,
            record: bytes,
            wake: wake(&record.snapshot, clock::now()),
            live: !record.snapshot.is_ended(),
            names: names(&record.snapshot)
                .into_iter()
                .flatten()
                .filter(|name| !named.contains(&Some(*name)))
                .collect(),
            summary: summary(&flow, &record.snapshot, ended_at),
            // What was decided is waited for, if not by whoever brought the input.
            urgency: if rides { Urgency::Ride } else { Urgency::Now },
        };
        let stored = self.parts.store.append(append);
        if rides {
            self.place = Some(Place::after(version.next(), flow, record, size));
            return Ok(Attempt::Done(Dealt::Riding(self.riding(stored))));
        }
        match stored.await {
            Ok(Verdict::Appended(durable)) => {
                let effects = std::mem::take(&mut record.account.effects);
                self.place = Some(Place::after(durable.version(), flow, record, size));
                self.parts.news.tell(self.run);
                Ok(Attempt::Done(Dealt::Now(Entered::Recorded, Some(Decided { durable, effects }))))
            }
            Ok(Verdict::Stale) => Ok(Attempt::Stale(record.input)),
            // What it decided is posted when the grace for unanswered actions is over.
            Err(StoreError::Unknown(_)) if self.was_stored(id).await => {
                self.parts.news.tell(self.run);
                Ok(Attempt::Done(Dealt::Now(Entered::Recorded, None)))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn riding(&self, stored: impl Future<Output = Result<Verdict, StoreError>> + Send + 'static) -> Riding {
        let (parts, run) = (self.parts.clone(), self.run);
        Box::pin(async move {
            match stored.await? {
                Verdict::Appended(_) => {
                    parts.news.tell(run);
                    Ok(Entered::Recorded)
                }
                Verdict::Stale => Err(Error::Contended(run)),
            }
        })
    }

    async fn was_stored(&self, id: RecordId) -> bool {
        let latest = self.parts.store.load(self.run).await.ok().flatten().and_then(|loaded| loaded.latest);
        latest.is_some_and(|record| record.id == id)
    }
}

/// Whether an effect is more than what the record itself brings about: the store wakes the run by the record.
fn must_be_done(effect: &Effect) -> bool {
    match effect {
        Effect::SetTimer { .. } | Effect::CancelTimer(_) => false,
        Effect::Post { .. } | Effect::AskCall | Effect::Tell(_) | Effect::Log { .. } | Effect::End(_) => true,
    }
}

/// Tells operators of what senders cannot help.
pub(super) fn report(error: &Error) {
    match error {
        Error::Store(error) => tracing::warn!(error = causes(error), "an input could not be stored"),
        Error::Busy | Error::Contended(_) => tracing::warn!(%error, "an input was refused"),
        // A fault was logged where it was found, and an unknown run is the sender's.
        Error::SetAside(_) | Error::UnknownRun(_) => {}
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
