//! The queues of the runs that something is in, and the snapshots used lately. Sharded; no lock outlives a call.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use lru::LruCache;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::{Entered, Error, Order, Place};
use crate::limits::{
    ENDED_PLACES_MAX, INPUTS_MAX, RUN_INPUTS_MAX, RUN_SHARDS, RUNS_CROWD, SET_ASIDE_MAX, SNAPSHOT_CACHE_BYTES,
};
use crate::store::{RunId, Urgency};

/// An order in a run's queue.
pub(super) struct Entry {
    pub(super) order: Order,
    pub(super) urgency: Urgency,
    pub(super) at: Timestamp,
    pub(super) answer: oneshot::Sender<Result<Entered, Error>>,
}

/// The runs that are being dealt with.
pub(crate) struct Runs {
    shards: Box<[Mutex<Shard>]>,
    /// Entries in all queues.
    waiting: AtomicUsize,
    /// Runs that somebody is at.
    visited: AtomicUsize,
    set_aside: Mutex<HashSet<RunId>>,
}

struct Shard {
    queues: HashMap<RunId, VecDeque<Entry>>,
    places: LruCache<RunId, Place>,
    /// Of all places.
    bytes: usize,
    /// Of runs that ended lately: what is told late is still told to them.
    ended: LruCache<RunId, Place>,
}

impl Runs {
    pub(crate) fn new() -> Runs {
        let shard = || {
            Mutex::new(Shard {
                queues: HashMap::new(),
                places: LruCache::unbounded(),
                bytes: 0,
                ended: LruCache::new(ENDED_PLACES_MAX),
            })
        };
        Runs {
            shards: (0..RUN_SHARDS).map(|_| shard()).collect(),
            waiting: AtomicUsize::new(0),
            visited: AtomicUsize::new(0),
            set_aside: Mutex::new(HashSet::new()),
        }
    }

    fn shard(&self, run: RunId) -> &Mutex<Shard> {
        // The last byte of every kind of id that we make is as good as random.
        &self.shards[usize::from(run.0.as_bytes()[15]) % self.shards.len()]
    }

    /// Adds an entry. Returns whether it is the first, so that somebody must begin to deal with the run.
    ///
    /// Who rides is one of us, and there are few of those: only what comes from outside is refused.
    pub(super) fn push(&self, run: RunId, entry: Entry) -> Result<bool, Error> {
        let is_bounded = entry.urgency == Urgency::Now;
        if is_bounded && self.waiting.load(Ordering::Relaxed) >= INPUTS_MAX {
            return Err(Error::Busy);
        }
        let mut shard = self.shard(run).lock();
        let queue = shard.queues.get_mut(&run);
        if is_bounded && queue.as_ref().is_some_and(|queue| queue.len() >= RUN_INPUTS_MAX) {
            return Err(Error::Busy);
        }
        let is_first = queue.is_none();
        match queue {
            Some(queue) => queue.push_back(entry),
            None => {
                shard.queues.insert(run, VecDeque::from([entry]));
                self.visited.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Ok(is_first)
    }

    /// Begins to deal with a run whose queue was just made.
    pub(super) fn visit(&self, run: RunId) -> Visit<'_> {
        Visit { runs: self, run, has_left: false }
    }

    /// Whether so many runs are being dealt with that new ones should wait outside.
    pub(crate) fn is_crowded(&self) -> bool {
        self.visited.load(Ordering::Relaxed) >= RUNS_CROWD
    }

    /// Whether nobody is at any run.
    pub(crate) fn is_idle(&self) -> bool {
        self.visited.load(Ordering::Acquire) == 0
    }

    /// Refuses all further inputs of a run, so that a fault of ours does not repeat for ever.
    pub(super) fn set_aside(&self, run: RunId) {
        let mut set_aside = self.set_aside.lock();
        if set_aside.len() < SET_ASIDE_MAX {
            set_aside.insert(run);
        }
    }

    pub(super) fn is_set_aside(&self, run: RunId) -> bool {
        self.set_aside.lock().contains(&run)
    }
}

/// Somebody is at a run. There is one at most, from the making of its queue to the end of it.
pub(super) struct Visit<'r> {
    runs: &'r Runs,
    run: RunId,
    has_left: bool,
}

impl Visit<'_> {
    /// Where the run stands, if that is still known. The cache forgets it: only one may change it.
    pub(super) fn cached(&self) -> Option<Place> {
        let mut shard = self.runs.shard(self.run).lock();
        let Some(place) = shard.places.pop(&self.run) else { return shard.ended.pop(&self.run) };
        shard.bytes -= place.bytes;
        Some(place)
    }

    /// The next entry; or the end of the visit, where the place is left for the next visitor.
    pub(super) fn next(&mut self, place: &mut Option<Place>) -> Option<Entry> {
        let mut shard = self.runs.shard(self.run).lock();
        if let Some(entry) = shard.queues.get_mut(&self.run).and_then(VecDeque::pop_front) {
            self.runs.waiting.fetch_sub(1, Ordering::Relaxed);
            return Some(entry);
        }
        if let Some(place) = place.take() {
            shard.keep(self.run, place);
        }
        self.leave(&mut shard);
        None
    }

    fn leave(&mut self, shard: &mut Shard) {
        self.has_left = true;
        let dropped = shard.queues.remove(&self.run).unwrap_or_default();
        self.runs.waiting.fetch_sub(dropped.len(), Ordering::Relaxed);
        self.runs.visited.fetch_sub(1, Ordering::Release);
    }
}

/// A visitor that panicked leaves too; who waits for its entries is told by their senders' end.
impl Drop for Visit<'_> {
    fn drop(&mut self) {
        if !self.has_left {
            let runs = self.runs;
            self.leave(&mut runs.shard(self.run).lock());
        }
    }
}

impl Shard {
    fn keep(&mut self, run: RunId, place: Place) {
        if place.snapshot.is_ended() {
            self.ended.put(run, place);
            return;
        }
        self.bytes += place.bytes;
        if let Some(old) = self.places.put(run, place) {
            self.bytes -= old.bytes;
        }
        while self.bytes > SNAPSHOT_CACHE_BYTES / RUN_SHARDS {
            let Some((_, oldest)) = self.places.pop_lru() else { break };
            self.bytes -= oldest.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use machine::What;
    use uuid::Uuid;

    use super::*;
    use crate::clock;

    fn entry(urgency: Urgency) -> Entry {
        let order = Order::Give { what: What::Cancel, event: None };
        Entry { order, urgency, at: clock::now(), answer: oneshot::channel().0 }
    }

    #[test]
    fn a_run_has_one_visitor_and_a_bounded_queue() {
        let (runs, run) = (Runs::new(), RunId(Uuid::from_u128(1)));
        assert!(runs.push(run, entry(Urgency::Now)).unwrap(), "the first begins the visit");
        let mut visit = runs.visit(run);
        for _ in 1..RUN_INPUTS_MAX {
            assert!(!runs.push(run, entry(Urgency::Now)).unwrap());
        }
        assert!(matches!(runs.push(run, entry(Urgency::Now)), Err(Error::Busy)));
        assert!(!runs.push(run, entry(Urgency::Ride)).unwrap(), "an answer is never refused");
        assert!(runs.push(RunId(Uuid::from_u128(2)), entry(Urgency::Now)).unwrap(), "other runs do not mind");

        let left = std::iter::from_fn(|| visit.next(&mut None)).count();
        assert_eq!(left, RUN_INPUTS_MAX + 1);
        assert!(runs.push(run, entry(Urgency::Now)).unwrap(), "the visit is over");
        drop(runs.visit(run));
        assert!(
            runs.push(run, entry(Urgency::Now)).unwrap(),
            "a visitor that panicked leaves nothing behind"
        );
        assert!(!runs.is_idle());
    }

    #[test]
    fn all_queues_together_are_bounded() {
        let runs = Runs::new();
        let run = |number: usize| RunId(Uuid::from_u128(number as u128));
        for number in 0..INPUTS_MAX {
            runs.push(run(number / RUN_INPUTS_MAX), entry(Urgency::Now)).unwrap();
        }
        assert!(matches!(runs.push(run(INPUTS_MAX), entry(Urgency::Now)), Err(Error::Busy)));
        assert!(runs.push(run(INPUTS_MAX), entry(Urgency::Ride)).unwrap(), "an answer is never refused");
        assert!(runs.visit(run(0)).next(&mut None).is_some());
        assert!(runs.visit(run(1)).next(&mut None).is_some());
        assert!(runs.push(run(INPUTS_MAX), entry(Urgency::Now)).is_ok(), "there is room again");
    }

    #[test]
    fn a_crowd_turns_new_runs_away_and_no_input_of_its_own() {
        let runs = Runs::new();
        let visits: Vec<_> = (0..RUNS_CROWD)
            .map(|number| {
                assert!(!runs.is_crowded());
                let run = RunId(Uuid::from_u128(number as u128));
                assert!(runs.push(run, entry(Urgency::Now)).unwrap());
                runs.visit(run)
            })
            .collect();
        assert!(runs.is_crowded());
        assert!(!runs.push(RunId(Uuid::from_u128(0)), entry(Urgency::Now)).unwrap(), "live calls go on");
        drop(visits);
        assert!(!runs.is_crowded() && runs.is_idle());
    }
}
