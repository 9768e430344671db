//! What the writer keeps in memory of runs that move: where each one's latest record is, and who is to be
//! folded. Knows no SQL and no time.

use std::collections::HashMap;

use crate::limits::STORE_INDEX_RUNS_MAX;
use crate::store::RunId;

/// A run's place in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The run's number: the `seq` of its first record.
    pub(super) run: i64,
    /// The `seq` of its latest record; 0 or less if its journal is gone.
    pub(super) last: i64,
    /// Its version.
    pub(super) version: i64,
    /// Whether it goes on.
    pub(super) live: bool,
}

struct Entry {
    place: Place,
    /// The row in `runs` is behind the journal.
    dirty: bool,
    /// The fold before which it last moved.
    moved: u32,
}

/// Runs that moved lately. A run that is not here is exactly as its row in `runs` says.
#[derive(Default)]
pub(super) struct Index {
    entries: HashMap<RunId, Entry>,
    dirty: Vec<(i64, RunId)>,
    folds: u32,
}

impl Index {
    pub(super) fn get(&self, run: &RunId) -> Option<Place> {
        self.entries.get(run).map(|entry| entry.place)
    }

    pub(super) fn is_dirty(&self, run: &RunId) -> bool {
        self.entries.get(run).is_some_and(|entry| entry.dirty)
    }

    /// Notes a record that is durable, so that the next fold takes it along.
    pub(super) fn moved(&mut self, run: RunId, place: Place) {
        let entry = Entry { place, dirty: true, moved: self.folds };
        let before = self.entries.insert(run, entry);
        if !before.is_some_and(|entry| entry.dirty) {
            self.dirty.push((place.run, run));
        }
    }

    /// The runs to fold, in the order of their rows. Those that move from now on belong to the next fold,
    /// unless they are still to be folded by this one.
    pub(super) fn take_dirty(&mut self) -> Vec<(i64, RunId)> {
        let mut dirty = std::mem::take(&mut self.dirty);
        dirty.sort_unstable();
        dirty
    }

    /// The rows of these runs are up to date. Ended runs are let go: hardly anything reaches them.
    pub(super) fn folded(&mut self, runs: &[(i64, RunId)]) {
        for (_, run) in runs {
            let Some(entry) = self.entries.get_mut(run) else { continue };
            entry.dirty = false;
            if !entry.place.live {
                self.entries.remove(run);
            }
        }
    }

    /// A whole fold is done: lets go of runs that did not move since the one before, if there are too many.
    pub(super) fn settle(&mut self) {
        let folds = self.folds;
        if self.entries.len() > STORE_INDEX_RUNS_MAX {
            self.entries.retain(|_, entry| entry.dirty || entry.moved == folds);
        }
        self.folds = folds.wrapping_add(1);
    }

    pub(super) fn forget(&mut self, run: &RunId) {
        self.entries.remove(run);
    }
}
