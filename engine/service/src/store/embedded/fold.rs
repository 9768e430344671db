//! The fold: carries what the journal knows over into `runs`, and on opening finds again what was not folded.
//!
//! This is the one piece of recovery that is ours and not SQLite's. Invariant: whatever is above `folded` is
//! either folded into `runs` already or marked dirty in the index. The trap: what opening replays must be
//! dirty again, or the next fold moves `folded` past it and the *second* crash loses it.

use rusqlite::{Connection, OptionalExtension, params};

use super::Hot;
use super::fault::Fault;
use super::index::{Index, Place};
use super::sql::transact;
use super::timers::Timers;
use crate::limits::STORE_FOLD_RUNS_MAX;
use crate::store::{RunId, embedded};

/// A fold under way, in steps between groups.
#[derive(Default)]
pub(super) struct Fold {
    /// Still to be folded.
    runs: Vec<(i64, RunId)>,
    /// What the journal had when the fold began: all of it is in `runs` once the fold is done.
    upto: i64,
}

impl Fold {
    /// Begins a fold of all that moved, if none is under way.
    pub(super) fn begin(&mut self, hot: &mut Hot, last_seq: i64) {
        if self.is_done() {
            self.runs = hot.index.take_dirty();
            self.upto = last_seq;
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.runs.is_empty()
    }

    /// One transaction's worth of it. If it fails nothing has changed and the step can be tried again.
    pub(super) fn step(
        &mut self,
        connection: &Connection,
        hot: &parking_lot::Mutex<Hot>,
    ) -> Result<(), Fault> {
        let rest = self.runs.len().saturating_sub(STORE_FOLD_RUNS_MAX);
        let chunk = &self.runs[rest..];
        let places: Vec<Option<Place>> = {
            let hot = hot.lock();
            chunk.iter().map(|(_, run)| hot.index.get(run)).collect()
        };
        transact(connection, || {
            let mut fold = connection.prepare_cached(
                "UPDATE runs SET (last, version, live, wake, ended, outcome, status) = \
                 (SELECT seq, version, live, wake, ended, outcome, status FROM journal WHERE seq = ?1) \
                 WHERE run = ?2",
            )?;
            for place in places.iter().flatten() {
                fold.execute([place.last, place.run])?;
            }
            if rest == 0 {
                connection.prepare_cached("UPDATE meta SET folded = ?1")?.execute([self.upto])?;
            }
            Ok(())
        })?;
        let mut hot = hot.lock();
        hot.index.folded(chunk);
        if rest == 0 {
            hot.index.settle();
        }
        self.runs.truncate(rest);
        Ok(())
    }
}

/// What opening finds out.
pub(super) struct Replayed {
    pub(super) hot: Hot,
    /// The highest number in use, in the journal or by a run.
    pub(super) last_seq: i64,
}

/// Reads what moved after the last fold, and the timers up to a horizon.
pub(super) fn replay(connection: &Connection, horizon: i64) -> Result<Replayed, Fault> {
    let highest = "SELECT max(coalesce((SELECT max(seq) FROM journal), 0), \
                   coalesce((SELECT max(run) FROM runs), 0), folded), folded FROM meta";
    let (last_seq, folded) = connection.query_row(highest, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut hot = Hot { index: Index::default(), timers: Timers::new(horizon) };
    hot.timers.extend(horizon, due_between(connection, i64::MIN, horizon)?);
    replay_tail(connection, folded, &mut hot)?;
    Ok(Replayed { hot, last_seq })
}

fn replay_tail(connection: &Connection, folded: i64, hot: &mut Hot) -> Result<(), Fault> {
    let mut tail = connection
        .prepare("SELECT seq, run, version, prev, live, wake FROM journal WHERE seq > ?1 ORDER BY seq")?;
    let mut row_of = connection.prepare("SELECT id, last FROM runs WHERE run = ?1")?;
    let mut rows = tail.query([folded])?;
    while let Some(row) = rows.next()? {
        let (seq, run, prev): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(3)?);
        let found = row_of.query_row([run], |row| Ok((embedded::run_id(row, 0)?, row.get::<_, i64>(1)?)));
        let Some((id, row_last)) = found.optional()? else {
            return Err(Fault::Contradiction(format!(
                "record {seq} belongs to run {run}, which is not there"
            )));
        };
        let last = hot.index.get(&id).map_or(row_last, |place| place.last);
        // A run's first record is in its row from the beginning, but not when it is due, nor how it ended.
        let is_first = prev == 0 && last == seq;
        // Folded in a step of a fold that was not finished, or being retired.
        if (last >= seq && !is_first) || last <= 0 {
            continue;
        }
        if last != prev && !is_first {
            let gap =
                format!("record {seq} of run {id} follows record {prev}, but the latest known is {last}");
            return Err(Fault::Contradiction(gap));
        }
        let place = Place { run, last: seq, version: row.get(2)?, live: row.get(4)? };
        hot.index.moved(id, place);
        hot.timers.set(id, row.get(5)?);
    }
    Ok(())
}

/// By the index: those that are due at other times are not looked at.
pub(super) const DUE: &str = "SELECT id, wake FROM runs WHERE wake > ?1 AND wake <= ?2";

/// The runs on disk that are due in a span of time: after `from`, up to `to`.
pub(super) fn due_between(connection: &Connection, from: i64, to: i64) -> Result<Vec<(RunId, i64)>, Fault> {
    let mut due = connection.prepare_cached(DUE)?;
    let rows = due.query_map(params![from, to], |row| Ok((embedded::run_id(row, 0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
