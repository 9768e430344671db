//! The engine as a whole: what listeners and commands may ask of it.
//!
//! Knows no HTTP. Every change of a run goes through `runs::enter`; reading asks the store.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use acs::callback::Callback;
use indexmap::IndexMap;
use lang::Value;
use lang::nearest::nearest;
use machine::input::{Incoming, Start};
use machine::{Event, EventKind, What};
use parking_lot::Mutex;
use secrecy::SecretString;
use tokio::task::JoinHandle;
use uuid::Uuid;
use validate::Validated;

use crate::client::Client;
use crate::clock;
use crate::config::{Provider, Retain};
#[cfg(test)]
use crate::fault::Point;
use crate::flows::Flows;
use crate::limits::{DRAIN_LOOK_EVERY, IDEMPOTENCY_KEY_BYTES_MAX};
use crate::names;
use crate::news::News;
use crate::outbox::Outbox;
use crate::reconcile::{self, Asking};
use crate::retention;
use crate::runs::{self, Entered, Order, Runs};
use crate::store::{Embedded, RunId, Store, Urgency};
use crate::timers;
use crate::tokens::Tokens;
use crate::translate::{self, Announced};

mod deploying;
mod error;
mod reading;
#[cfg(test)]
mod tests;
mod views;

pub use crate::client::ClientError;
pub use crate::flows::{Change, DeployError, FlowsError, Origin};
pub use crate::tokens::KeyError;
pub use error::{EngineError, EventError, OpenError, StartError};
pub use views::{
    EntryView, FlowSetView, FlowView, HopView, InputView, JournalPage, ParticipantView, Readiness,
    RefusedFlows, RunFilter, RunPage, RunSummary, RunView,
};

/// The operator's credentials by name, for the headers of `http` actions. Their `Debug` is masked.
pub type Secrets = IndexMap<String, SecretString>;

/// Whose ids are the runs of incoming calls.
const CALLS: Uuid = Uuid::from_u128(0x5f1d_0b7e_5f0c_4c59_8a2b_6f0a_44f3_2e01);
/// Whose ids are the runs that were started with an idempotency key.
const STARTS: Uuid = Uuid::from_u128(0x5f1d_0b7e_5f0c_4c59_8a2b_6f0a_44f3_2e02);

/// What an engine needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The provider.
    pub provider: Provider,
    /// The base of callback URLs, without a slash at its end.
    pub public_url: String,
    /// The folder of the store, the flow versions and the key.
    pub data: PathBuf,
    /// The operator's constants: the root `config` of expressions.
    pub constants: IndexMap<String, Value>,
    /// The operator's credentials.
    pub secrets: Secrets,
    /// Which ended runs are kept.
    pub retain: Retain,
    /// Whether logs show phone numbers.
    pub log_identifiers: bool,
}

/// The engine. Cheap to clone; all clones are one.
pub struct Engine<S: Store = Embedded> {
    parts: Arc<Parts<S>>,
}

/// What all runs share.
pub(crate) struct Parts<S: Store> {
    pub(crate) settings: Settings,
    pub(crate) store: S,
    pub(crate) flows: Flows,
    pub(crate) tokens: Tokens,
    pub(crate) client: Client,
    pub(crate) runs: Runs,
    pub(crate) outbox: Outbox,
    pub(crate) asking: Asking,
    pub(crate) news: News,
    /// Where it dies.
    #[cfg(test)]
    pub(crate) faults: crate::fault::Faults,
    /// The latest loading of files that was refused, until one is not.
    refused: Mutex<Option<RefusedFlows>>,
    is_draining: AtomicBool,
    background: Mutex<Vec<JoinHandle<()>>>,
}

/// What became of an incoming call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// A run steers it.
    Run(RunId),
    /// No flow wants it; it rings on.
    NoFlow,
    /// It was announced before.
    Duplicate,
}

/// What became of something that was announced about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// This run keeps it.
    By(RunId),
    /// A run had kept it before.
    Duplicate,
    /// It belongs to no run, or to one that ended too long ago.
    NoRun,
}

/// A run that was started through the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Started {
    /// The run.
    pub run: RunId,
    /// It had been started before, with the same idempotency key.
    pub replayed: bool,
}

impl<S: Store> Clone for Engine<S> {
    fn clone(&self) -> Self {
        Engine { parts: self.parts.clone() }
    }
}

impl<S: Store> std::fmt::Debug for Engine<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("data", &self.parts.settings.data).finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens the data folder and goes on with every live run.
    ///
    /// # Errors
    /// See [`OpenError`]: each says what is wrong and what to do.
    pub async fn open(settings: Settings, flows: Vec<Validated>) -> Result<Engine, OpenError> {
        let data = settings.data.clone();
        let opened = tokio::task::spawn_blocking(move || Embedded::open(&data));
        let store = opened.await.map_err(|_| OpenError::Interrupted)??;
        Engine::with_store(settings, flows, store)
    }
}

impl<S: Store> Engine<S> {
    #[cfg(test)]
    pub(crate) fn parts(&self) -> &Parts<S> {
        &self.parts
    }

    /// An engine on a store that is open.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn with_store(settings: Settings, flows: Vec<Validated>, store: S) -> Result<Engine<S>, OpenError> {
        let parts = Arc::new(Parts {
            flows: Flows::open(&settings.data, flows, &settings.constants)?,
            tokens: Tokens::open(&settings.data)?,
            client: Client::open(settings.provider.clone())?,
            settings,
            store,
            runs: Runs::new(),
            outbox: Outbox::new(),
            asking: Asking::new(),
            news: News::default(),
            #[cfg(test)]
            faults: crate::fault::Faults::default(),
            refused: Mutex::default(),
            is_draining: AtomicBool::new(false),
            background: Mutex::default(),
        });
        // Start-up is not a second engine: timers find what is overdue, and what is asked enters as inputs.
        let timers = tokio::spawn(timers::run(parts.clone()));
        let asking = tokio::spawn(reconcile::after_downtime(parts.clone(), clock::now()));
        let retention = tokio::spawn(retention::run(parts.clone()));
        parts.background.lock().extend([timers, asking, retention]);
        Ok(Engine { parts })
    }

    /// Takes an incoming call, if a flow wants it.
    ///
    /// # Errors
    /// [`EngineError`]: the call is not stored; let the announcement come again.
    pub async fn incoming(&self, event_id: &str, call: Incoming) -> Result<Taken, EngineError> {
        let parts = &self.parts;
        parts.check_admission()?;
        #[cfg(test)]
        parts.faults.pass(Point::Received).await;
        let at = clock::now();
        let Some(flow) = parts.flows.current().for_call(&call, at).cloned() else {
            tracing::warn!(
                event_id,
                from = call.from.masked(),
                to = call.to.masked(),
                "no flow takes this call"
            );
            return Ok(Taken::NoFlow);
        };
        // A chain may ring the same number twice, with another context; an announcement that comes again is the
        // same in all of these, none of which holds a line break.
        let names = [&call.correlation_id, &call.server_call_id, &call.incoming_call_context];
        let names = [names.map(String::as_str).join("\n"), call.from.raw_id(), call.to.raw_id()].join("\n");
        let run = RunId(Uuid::new_v5(&CALLS, names.as_bytes()));
        let start = Box::new(Start::Incoming(call));
        let receipt = runs::enter(parts, run, Order::Begin { flow, start }, Urgency::Now, at)?;
        match receipt.dealt().await? {
            Entered::Recorded => Ok(Taken::Run(run)),
            Entered::Duplicate | Entered::Nothing => Ok(Taken::Duplicate),
        }
    }

    /// Keeps what was announced about a call with the run that it belongs to.
    ///
    /// # Errors
    /// [`EngineError`]: it is not stored; let it come again.
    pub async fn announced(&self, event_id: &str, announced: Announced) -> Result<Kept, EngineError> {
        let parts = &self.parts;
        let Announced { what, recording_id, server_call_id } = announced;
        let kind = what.name();
        let recording = recording_id.as_deref().and_then(names::recording);
        let call = server_call_id.as_deref().and_then(names::call);
        let mut run = None;
        for name in [recording, call].into_iter().flatten() {
            if run.is_none() {
                run = parts.store.named(name).await?;
            }
        }
        let Some(run) = run else {
            tracing::info!(event_id, kind, "ignored: no run here has to do with this call");
            return Ok(Kept::NoRun);
        };
        let hash = parts.tokens.hash(&["announcement", event_id, kind]);
        let order = Order::Give { what: What::Announced(what), event: Some(hash) };
        match runs::enter(parts, run, order, Urgency::Now, clock::now())?.dealt().await {
            Ok(Entered::Recorded) => Ok(Kept::By(run)),
            Ok(Entered::Duplicate) => Ok(Kept::Duplicate),
            Ok(Entered::Nothing) | Err(runs::Error::UnknownRun(_)) => {
                tracing::info!(%run, event_id, kind, "ignored: the journal of this run is gone, or full");
                Ok(Kept::NoRun)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Gives a run the events that were posted for it. Returns once each is durable, or was before.
    ///
    /// # Errors
    /// [`EngineError`]: at least one is not stored; let them come again.
    pub async fn callbacks(&self, run: RunId, callbacks: Vec<Callback>) -> Result<(), EngineError> {
        let parts = &self.parts;
        #[cfg(test)]
        parts.faults.pass(Point::Received).await;
        let at = clock::now();
        let mut receipts = Vec::with_capacity(callbacks.len());
        for callback in &callbacks {
            let Some(event) = translate::event(callback) else {
                tracing::info!(%run, kind = callback.kind.name(), "ignored: an event of an unknown kind");
                continue;
            };
            // The id should be enough. But published recordings have one id for all events, and an event that is
            // lost for another's id is lost for good: what is delivered again is the same in every part.
            let data = callback.data.to_string();
            let hash = parts.tokens.hash(&[&callback.source, &callback.id, callback.kind.as_str(), &data]);
            let order = Order::Give { what: What::Event(Box::new(event)), event: Some(hash) };
            receipts.push(runs::enter(parts, run, order, Urgency::Now, at));
        }
        for receipt in receipts {
            receipt?.dealt().await?;
        }
        Ok(())
    }

    /// Starts a run of a flow. The same idempotency key starts it once.
    ///
    /// # Errors
    /// See [`StartError`]; nothing was started.
    pub async fn start(
        &self,
        flow: &str,
        input: IndexMap<String, Value>,
        idempotency_key: Option<&str>,
    ) -> Result<Started, StartError> {
        let parts = &self.parts;
        parts.check_admission()?;
        let flows = parts.flows.current();
        let Some(loaded) = flows.named(flow).cloned() else {
            let names = flows.loaded().map(|flow| flow.name());
            return Err(StartError::UnknownFlow {
                flow: flow.to_owned(),
                near: nearest(flow, names).map(str::to_owned),
            });
        };
        if !loaded.flow.starts_by_api() {
            return Err(StartError::NotByApi { flow: flow.to_owned() });
        }
        let input = loaded.flow.check_input(input).map_err(StartError::BadInput)?;
        let run = match idempotency_key {
            Some(key) if key.is_empty() || key.len() > IDEMPOTENCY_KEY_BYTES_MAX => {
                return Err(StartError::BadKey);
            }
            Some(key) => RunId(Uuid::new_v5(&STARTS, key.as_bytes())),
            None => RunId(Uuid::new_v4()),
        };
        let order = Order::Begin { flow: loaded, start: Box::new(Start::Api { input: input.clone() }) };
        let receipt =
            runs::enter(parts, run, order, Urgency::Now, clock::now()).map_err(EngineError::from)?;
        match receipt.dealt().await.map_err(EngineError::from)? {
            Entered::Recorded => Ok(Started { run, replayed: false }),
            Entered::Duplicate | Entered::Nothing if self.is_same_start(run, flow, &input).await? => {
                Ok(Started { run, replayed: true })
            }
            Entered::Duplicate | Entered::Nothing => Err(StartError::KeyReused),
        }
    }

    /// Gives a run an event of the author's own.
    ///
    /// # Errors
    /// See [`EventError`]; the run has not heard of it.
    pub async fn event(&self, run: RunId, name: &str, data: Value) -> Result<(), EventError> {
        let Some((flow, record)) = self.latest(run).await? else { return Err(EventError::Ended) };
        if record.snapshot.outcome().is_some() {
            return Err(EventError::Ended);
        }
        let Some(declared) = flow.events().get(name) else {
            let near = nearest(name, flow.events().keys().map(String::as_str)).map(str::to_owned);
            return Err(EventError::UnknownEvent {
                event: name.to_owned(),
                flow: flow.name().to_owned(),
                near,
            });
        };
        let wrong = views::check_event(declared, &data);
        if !wrong.is_empty() {
            return Err(EventError::BadData(wrong));
        }
        let event = Event { data, ..Event::new(EventKind::Custom(name.into())) };
        self.give(run, What::Event(Box::new(event))).await?;
        Ok(())
    }

    /// Hangs up and ends a run. One that is over stays as it is.
    ///
    /// # Errors
    /// [`EngineError`]: the run goes on.
    pub async fn cancel(&self, run: RunId) -> Result<(), EngineError> {
        self.give(run, What::Cancel).await
    }

    async fn give(&self, run: RunId, what: What) -> Result<(), EngineError> {
        let order = Order::Give { what, event: None };
        runs::enter(&self.parts, run, order, Urgency::Now, clock::now())?.dealt().await?;
        Ok(())
    }

    /// The token of a run, by which the provider calls back.
    #[must_use]
    pub fn token(&self, run: RunId) -> String {
        self.parts.tokens.token(run)
    }

    /// The run that a token names; `None` if it is not one of ours.
    #[must_use]
    pub fn run_of(&self, token: &str) -> Option<RunId> {
        self.parts.tokens.run_of(token)
    }

    /// Refuses new calls, finishes and journals what is in flight, and closes the store.
    ///
    /// What is not finished by the deadline is gone on with at the next start.
    pub async fn drain(&self, deadline: Duration) {
        let parts = &self.parts;
        parts.is_draining.store(true, Ordering::Release);
        for task in parts.background.lock().drain(..) {
            task.abort();
        }
        let started = clock::instant();
        while !(parts.runs.is_idle() && parts.outbox.is_idle()) && started.elapsed() < deadline {
            tokio::time::sleep(DRAIN_LOOK_EVERY).await;
        }
        parts.store.close().await;
    }
}

impl<S: Store> Parts<S> {
    /// Where the provider posts the events of a run.
    pub(crate) fn callback_url(&self, run: RunId) -> String {
        format!("{}/webhooks/calls/{}", self.settings.public_url, self.tokens.token(run))
    }

    /// Whether a new call may begin. Those that are there come first: new ones are turned away while there is still room
    /// for what happens to them.
    fn check_admission(&self) -> Result<(), EngineError> {
        self.check_draining()?;
        let is_crowded = self.runs.is_crowded() || self.outbox.is_crowded();
        if is_crowded { Err(EngineError::Busy) } else { Ok(()) }
    }

    fn check_draining(&self) -> Result<(), EngineError> {
        if self.is_draining.load(Ordering::Acquire) { Err(EngineError::Busy) } else { Ok(()) }
    }
}
