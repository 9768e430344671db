//! Retiring: deletes the journals of runs that ended long ago, or of those that ended first where there is too much,
//! in small steps between groups, and at last their rows. Runs in the writer.

use std::collections::VecDeque;

use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use super::fault::Fault;
use super::sql::transact;
use super::writer::Writer;
use crate::clock;
use crate::limits::{STORE_RETIRE_ROWS_MAX, STORE_RETIRE_RUNS_MAX, STORE_RETIRED_BYTES, STORE_TOMBSTONE};
use crate::store::{Error, RunId, embedded};

/// A request to retire, and how far it got.
pub(super) struct Retirement {
    until: Until,
    touched: usize,
    /// The last run looked at: when it ended, and its number.
    at: (i64, i64),
    answer: oneshot::Sender<Result<usize, Error>>,
}

/// How far a request goes.
#[derive(Clone, Copy)]
pub(super) enum Until {
    /// All that ended before a time, but so many runs at most.
    Ended { before: i64, limit: usize },
    /// As long as the store holds more than so many bytes.
    Holding(u64),
}

impl Until {
    fn ended_before(self) -> i64 {
        match self {
            Until::Ended { before, .. } => before,
            Until::Holding(_) => i64::MAX,
        }
    }

    fn limit(self) -> usize {
        match self {
            Until::Ended { limit, .. } => limit,
            Until::Holding(_) => usize::MAX,
        }
    }

    fn is_reached(self, connection: &Connection) -> rusqlite::Result<bool> {
        match self {
            Until::Ended { .. } => Ok(false),
            Until::Holding(bytes) => Ok(held(connection)? <= bytes),
        }
    }
}

/// What the store holds, in bytes. Pages that are free are not counted: the file keeps them, and new records take them.
fn held(connection: &Connection) -> rusqlite::Result<u64> {
    let mut held = connection.prepare_cached(
        "SELECT (page_count - freelist_count) * page_size \
         FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
    )?;
    held.query_row([], |row| Ok(u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0)))
}

impl Retirement {
    pub(super) fn new(until: Until, answer: oneshot::Sender<Result<usize, Error>>) -> Retirement {
        Retirement { until, touched: 0, at: (i64::MIN, 0), answer }
    }

    pub(super) fn answer(self, answer: Result<usize, Error>) {
        // Whoever asked may be gone; the journals are deleted all the same.
        drop(self.answer.send(answer));
    }
}

/// An ended run to look at.
struct Candidate {
    number: i64,
    run: RunId,
    last: i64,
    ended: i64,
}

/// What one step did.
struct Step {
    touched: Vec<RunId>,
    at: (i64, i64),
    /// Records that were deleted.
    records: usize,
    is_last: bool,
}

impl Writer {
    /// One transaction's worth of the oldest request.
    pub(super) fn retire_step(&mut self) {
        let Some(retirement) = self.retirements.first() else { return };
        let stepped = self.candidates(retirement).and_then(|found| self.retire(retirement, found));
        match stepped {
            Ok(step) => {
                self.shared.change(|hot| {
                    for run in &step.touched {
                        hot.index.forget(run);
                        hot.timers.set(*run, None);
                    }
                });
                self.unchecked += step.records * STORE_RETIRED_BYTES;
                let retirement = &mut self.retirements[0];
                retirement.touched += step.touched.len();
                retirement.at = step.at;
                if step.is_last || retirement.touched >= retirement.until.limit() {
                    let touched = retirement.touched;
                    self.retirements.remove(0).answer(Ok(touched));
                }
            }
            Err(fault) => {
                let error = self.failed(fault);
                self.retirements.remove(0).answer(Err(error));
            }
        }
    }

    fn candidates(&self, retirement: &Retirement) -> Result<VecDeque<Candidate>, Fault> {
        let mut ended = self.connection.prepare_cached(
            "SELECT run, id, last, ended FROM runs WHERE ended < ?1 AND (ended, run) > (?2, ?3) AND live = 0 \
             ORDER BY ended, run LIMIT ?4",
        )?;
        let (ended_at, number) = retirement.at;
        let rows = ended.query_map(
            params![retirement.until.ended_before(), ended_at, number, STORE_RETIRE_RUNS_MAX as i64],
            |row| {
                Ok(Candidate {
                    number: row.get(0)?,
                    run: embedded::run_id(row, 1)?,
                    last: row.get(2)?,
                    ended: row.get(3)?,
                })
            },
        )?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn retire(&self, retirement: &Retirement, found: VecDeque<Candidate>) -> Result<Step, Fault> {
        let tombstone_until = clock::now().as_millisecond().saturating_sub(embedded::ms(STORE_TOMBSTONE));
        let room = retirement.until.limit().saturating_sub(retirement.touched);
        let is_last = found.len() < STORE_RETIRE_RUNS_MAX;
        transact(&self.connection, || {
            let mut step = Step { touched: Vec::new(), at: retirement.at, records: 0, is_last };
            let mut budget = STORE_RETIRE_ROWS_MAX;
            for candidate in found {
                if step.touched.len() >= room {
                    break;
                }
                if retirement.until.is_reached(&self.connection)? {
                    step.is_last = true;
                    break;
                }
                // Something reached it after its end and is not folded yet: next time.
                if !self.shared.hot.lock().index.is_dirty(&candidate.run) {
                    let rest = delete_records(&self.connection, candidate.last.abs(), &mut budget)?;
                    step.records = STORE_RETIRE_ROWS_MAX - budget;
                    if rest == 0 && candidate.ended < tombstone_until {
                        let mut bury = self.connection.prepare_cached("DELETE FROM runs WHERE run = ?1")?;
                        bury.execute([candidate.number])?;
                        let mut forget =
                            self.connection.prepare_cached("DELETE FROM names WHERE run = ?1")?;
                        forget.execute([candidate.number])?;
                        step.touched.push(candidate.run);
                    } else if candidate.last != 0 {
                        let mut note = self
                            .connection
                            .prepare_cached("UPDATE runs SET last = ?1, wake = NULL WHERE run = ?2")?;
                        note.execute([-rest, candidate.number])?;
                        step.touched.extend((rest == 0).then_some(candidate.run));
                    }
                    if rest > 0 {
                        step.is_last = false;
                        return Ok(step);
                    }
                }
                step.at = (candidate.ended, candidate.number);
            }
            Ok(step)
        })
    }
}

/// Deletes a run's records from the latest back, and says which is left when the budget is used up.
fn delete_records(connection: &Connection, last: i64, budget: &mut usize) -> rusqlite::Result<i64> {
    let mut delete = connection.prepare_cached("DELETE FROM journal WHERE seq = ?1 RETURNING prev")?;
    let mut rest = last;
    while rest > 0 && *budget > 0 {
        rest = delete.query_row([rest], |row| row.get(0))?;
        *budget -= 1;
    }
    Ok(rest)
}
