//! When runs are due: those of the next minutes in memory, later ones in the `due` index on disk.
//! Knows no SQL and no clock; times are milliseconds since 1970.

use std::collections::{BTreeSet, HashMap};

use crate::store::RunId;

/// The runs that are due up to a horizon.
pub(super) struct Timers {
    by_time: BTreeSet<(i64, RunId)>,
    by_run: HashMap<RunId, i64>,
    horizon: i64,
}

impl Timers {
    pub(super) fn new(horizon: i64) -> Timers {
        Timers { by_time: BTreeSet::new(), by_run: HashMap::new(), horizon }
    }

    pub(super) fn horizon(&self) -> i64 {
        self.horizon
    }

    /// A record said when the run is due, or that it is not; a claim before it is over.
    pub(super) fn set(&mut self, run: RunId, wake: Option<i64>) {
        match wake {
            Some(at) if at <= self.horizon => self.place(run, at),
            // Later ones are read from disk when the horizon reaches them.
            Some(_) | None => self.remove(run),
        }
    }

    /// Takes the runs that are due, earliest first, and lets them be due again after the lease.
    pub(super) fn claim(&mut self, now: i64, lease: i64, limit: usize) -> Vec<RunId> {
        let due = self.by_time.iter().take_while(|(at, _)| *at <= now).take(limit);
        let claimed: Vec<RunId> = due.map(|(_, run)| *run).collect();
        for run in &claimed {
            self.place(*run, now.saturating_add(lease));
        }
        claimed
    }

    pub(super) fn next(&self) -> Option<i64> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Moves the horizon; `runs` are all those on disk that are due after the old one, up to the new.
    pub(super) fn extend(&mut self, horizon: i64, runs: Vec<(RunId, i64)>) {
        self.horizon = self.horizon.max(horizon);
        for (run, at) in runs {
            // Who is here already has been claimed: the lease stands.
            if !self.by_run.contains_key(&run) {
                self.place(run, at);
            }
        }
    }

    fn place(&mut self, run: RunId, at: i64) {
        self.remove(run);
        self.by_run.insert(run, at);
        self.by_time.insert((at, run));
    }

    fn remove(&mut self, run: RunId) {
        if let Some(at) = self.by_run.remove(&run) {
            self.by_time.remove(&(at, run));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(number: u128) -> RunId {
        RunId(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn claims_come_in_order_and_back_after_the_lease() {
        let mut timers = Timers::new(1_000);
        timers.set(run(1), Some(30));
        timers.set(run(2), Some(10));
        timers.set(run(3), Some(20));
        timers.set(run(4), Some(40));
        assert_eq!(timers.claim(9, 50, 10), []);
        assert_eq!(timers.claim(30, 50, 2), [run(2), run(3)]);
        assert_eq!(timers.claim(30, 50, 10), [run(1)]);
        assert_eq!(timers.next(), Some(40));
        timers.set(run(4), None);
        // A record of a claimed run sets its own time; the others come again.
        timers.set(run(3), Some(70));
        assert_eq!(timers.claim(79, 50, 10), [run(3)]);
        assert_eq!(timers.claim(80, i64::MAX, 10), [run(1), run(2)]);
        assert_eq!(timers.next(), Some(129));
    }

    #[test]
    fn the_horizon_keeps_leases_and_adds_what_it_reaches() {
        let mut timers = Timers::new(100);
        timers.set(run(1), Some(100));
        timers.set(run(2), Some(101));
        assert_eq!(timers.claim(100, 500, 10), [run(1)]);
        timers.extend(700, vec![(run(1), 600), (run(2), 101), (run(3), 700)]);
        assert_eq!(timers.claim(700, 1, 10), [run(2), run(1), run(3)]);
    }
}
