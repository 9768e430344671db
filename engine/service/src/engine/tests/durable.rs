//! Append, then answer, then act: a store that holds its records back shows that nobody is faster than the disk.

use futures_util::future::FutureExt;
use jiff::Timestamp;
use tokio::sync::watch;

use super::*;
use crate::limits::RUNS_CROWD;
use crate::store::{Append, Error, Loaded, Name, Page, Record, Room, RunRow, Verdict, Version};

/// The real store behind a gate.
struct Gated {
    store: Arc<Embedded>,
    gate: Gate,
}

#[derive(Clone)]
struct Gate {
    pass: watch::Sender<Pass>,
    /// Appends that have come to it.
    came: watch::Sender<usize>,
}

/// What becomes of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pass {
    Taken,
    Held,
    NoRoom,
}

impl Gate {
    fn set(&self, pass: Pass) {
        self.pass.send_replace(pass);
    }

    /// Returns once so many appends have come since it was closed.
    async fn holds(&self, count: usize) {
        self.came.subscribe().wait_for(|came| *came >= count).await.unwrap();
    }

    fn close(&self) {
        self.came.send_replace(0);
        self.set(Pass::Held);
    }
}

impl Store for Gated {
    fn append(&self, append: Append) -> impl Future<Output = Result<Verdict, Error>> + Send + use<> {
        self.gate.came.send_modify(|came| *came += 1);
        let (mut pass, store) = (self.gate.pass.subscribe(), self.store.clone());
        async move {
            let pass = *pass.wait_for(|pass| *pass != Pass::Held).await.unwrap();
            if pass == Pass::NoRoom { Err(Error::Full(Room::Disk)) } else { store.append(append).await }
        }
    }

    async fn load(&self, run: RunId) -> Result<Option<Loaded>, Error> {
        self.store.load(run).await
    }

    async fn named(&self, name: Name) -> Result<Option<RunId>, Error> {
        self.store.named(name).await
    }

    async fn due(&self) {
        self.store.due().await;
    }

    async fn claim_due(&self, lease: Duration, limit: usize) -> Result<Vec<Loaded>, Error> {
        self.store.claim_due(lease, limit).await
    }

    async fn journal(&self, run: RunId, from: Version, limit: usize) -> Result<Vec<Record>, Error> {
        self.store.journal(run, from, limit).await
    }

    async fn runs(&self, page: Page) -> Result<Vec<RunRow>, Error> {
        self.store.runs(page).await
    }

    async fn retire(&self, ended_before: Timestamp, limit: usize) -> Result<usize, Error> {
        self.store.retire(ended_before, limit).await
    }

    async fn shrink(&self, bytes: u64) -> Result<usize, Error> {
        self.store.shrink(bytes).await
    }

    fn ready(&self) -> Result<(), Error> {
        self.store.ready()
    }

    async fn close(&self) {
        self.store.close().await;
    }
}

/// A call that rings, the first of whose actions is answered and recorded.
async fn ringing(provider: &mut Provider, folder: &Path) -> (Engine<Gated>, Gate, RunId) {
    let gate = Gate { pass: watch::Sender::new(Pass::Taken), came: watch::Sender::new(0) };
    let store = Gated { store: Arc::new(Embedded::open(folder).unwrap()), gate: gate.clone() };
    let engine = Engine::with_store(settings(provider, folder), flows(&[LINE]), store).unwrap();
    let run = call_in(&engine).await;
    answer(provider.expect("POST /calling/callConnections:answer").await);
    while !(lines(&engine, run).await.contains("accepted #1") && engine.parts().outbox.is_idle()) {
        tokio::task::yield_now().await;
    }
    (engine, gate, run)
}

/// Lets everybody go on who can.
async fn everybody_waits() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn nothing_is_answered_or_posted_before_it_is_durable() {
    let folder = tempfile::tempdir().unwrap();
    let mut provider = Provider::listen().await;
    let (engine, gate, run) = ringing(&mut provider, folder.path()).await;

    gate.close();
    let mut telling = Box::pin(engine.callbacks(run, told("1", "CallConnected", Some("callflow:1:1"))));
    assert!(telling.as_mut().now_or_never().is_none());
    gate.holds(1).await;
    everybody_waits().await;
    assert!(telling.as_mut().now_or_never().is_none(), "an event is answered that is not stored");
    assert!(engine.parts().outbox.is_idle(), "an action is posted that is not stored");

    gate.set(Pass::Taken);
    telling.await.unwrap();
    provider.expect("POST /calling/callConnections/leg-1:play").await.accept(202);
}

#[tokio::test]
async fn what_finds_no_room_has_not_happened_and_may_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut provider = Provider::listen().await;
    let (engine, gate, run) = ringing(&mut provider, folder.path()).await;
    let connected = || told("1", "CallConnected", Some("callflow:1:1"));
    let other = Incoming { correlation_id: "chain-2".to_owned(), ..incoming() };

    gate.set(Pass::NoRoom);
    for _ in 0..2 {
        let answer = engine.callbacks(run, connected()).await;
        assert!(matches!(answer, Err(EngineError::Store(Error::Full(_)))), "{answer:?}");
        let answer = engine.incoming("e2", other.clone()).await;
        assert!(matches!(answer, Err(EngineError::Store(Error::Full(_)))), "{answer:?}");
    }
    assert!(engine.parts().outbox.is_idle(), "an action is posted that is not stored");
    assert_eq!(engine.run(run).await.unwrap().unwrap().state, "answering");

    gate.set(Pass::Taken);
    engine.callbacks(run, connected()).await.unwrap();
    provider.expect("POST /calling/callConnections/leg-1:play").await.accept(202);
    assert!(matches!(engine.incoming("e2", other).await, Ok(Taken::Run(_))));
    assert_eq!(lines(&engine, run).await.matches("CallConnected").count(), 1);
}

#[tokio::test]
async fn in_a_crowd_new_calls_wait_outside_and_live_ones_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut provider = Provider::listen().await;
    let (engine, gate, run) = ringing(&mut provider, folder.path()).await;
    let caller = |number: usize| Incoming { correlation_id: format!("caller {number}"), ..incoming() };

    gate.close();
    let crowd: Vec<_> = (0..RUNS_CROWD)
        .map(|number| {
            let (engine, call) = (engine.clone(), caller(number));
            tokio::spawn(async move { engine.incoming("e", call).await })
        })
        .collect();
    gate.holds(RUNS_CROWD).await;
    let refused = engine.incoming("e", caller(RUNS_CROWD)).now_or_never();
    assert!(matches!(refused, Some(Err(EngineError::Busy))), "{refused:?}");
    let refused = engine.start("line", IndexMap::new(), None).now_or_never();
    assert!(matches!(refused, Some(Err(StartError::Engine(EngineError::Busy)))), "{refused:?}");
    let mut telling = Box::pin(engine.callbacks(run, told("1", "CallConnected", Some("callflow:1:1"))));
    assert!(telling.as_mut().now_or_never().is_none(), "a live call is not turned away");
    gate.holds(RUNS_CROWD + 1).await;

    // Not taken, or all of them would be answered.
    gate.set(Pass::NoRoom);
    assert!(matches!(telling.await, Err(EngineError::Store(_))));
    for caller in crowd {
        assert!(matches!(caller.await.unwrap(), Err(EngineError::Store(_))));
    }
    gate.set(Pass::Taken);
    assert!(
        matches!(engine.incoming("e", caller(RUNS_CROWD)).await, Ok(Taken::Run(_))),
        "the crowd has gone"
    );
}
