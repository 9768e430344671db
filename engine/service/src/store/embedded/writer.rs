//! The one thread that writes and checkpoints: what arrived during the last commit is the next group.
//!
//! Between two groups it folds, retires and checkpoints in small steps. A failed write is final: whether the
//! group reached the disk is then unknown, syncing again would not tell, so everything after it is refused
//! until the process is started anew and recovers from the files.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::fault::Fault;
use super::fold::{self, Fold};
use super::index::Place;
use super::retire::Retirement;
use super::schema::Lock;
use super::sql::{Statements, checkpoint, transact, truncate};
use super::{Health, Pace, Shared};
use crate::clock;
use crate::limits::{STORE_CHECKPOINT_BYTES, STORE_GROUP_MAX, STORE_RIDE_MAX};
use crate::store::{Append, Durable, Error, RunId, Urgency, Verdict, embedded};

/// What the writer is asked.
pub(super) enum Command {
    /// Make a record durable.
    Append(Item),
    /// Bring `runs` up to date, so that it can be listed.
    Fold(oneshot::Sender<Result<(), Error>>),
    /// Delete the journals of ended runs.
    Retire(Retirement),
    /// Finish and let go of the files.
    Stop,
    /// Let go of the files as a killed process would.
    #[cfg(test)]
    Crash,
}

/// An append on its way.
pub(super) struct Item {
    pub(super) append: Append,
    /// When the run is due, in milliseconds since 1970.
    pub(super) wake: Option<i64>,
    pub(super) answer: oneshot::Sender<Result<Verdict, Error>>,
}

impl Command {
    /// Nobody minds if the asker is gone: then nobody waits for the answer.
    fn refuse(self, error: Error) {
        match self {
            Command::Append(item) => drop(item.answer.send(Err(error))),
            Command::Fold(answer) => drop(answer.send(Err(error))),
            Command::Retire(retirement) => retirement.answer(Err(error)),
            Command::Stop => {}
            #[cfg(test)]
            Command::Crash => {}
        }
    }
}

/// How the thread ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Stop,
    #[cfg(test)]
    Crash,
}

pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) shared: Arc<Shared>,
    pub(super) retirements: Vec<Retirement>,
    queue: Receiver<Command>,
    pace: Pace,
    /// The highest `seq` in use.
    last_seq: i64,
    group: Vec<Item>,
    /// The runs that the group moves, not yet durable.
    moved: IndexMap<RunId, (Place, Option<i64>)>,
    listers: Vec<oneshot::Sender<Result<(), Error>>>,
    fold: Fold,
    /// A step of the fold found no room: it waits for the next tick.
    is_stalled: bool,
    tick_at: Instant,
    /// Bytes written since the last checkpoint, roughly.
    pub(super) unchecked: usize,
    ending: Option<Ending>,
    _lock: Lock,
}

impl Writer {
    pub(super) fn new(
        (lock, connection): (Lock, Connection),
        shared: Arc<Shared>,
        queue: Receiver<Command>,
        pace: Pace,
        last_seq: i64,
    ) -> Writer {
        connection.set_prepared_statement_cache_capacity(32);
        Writer {
            connection,
            shared,
            retirements: Vec::new(),
            queue,
            tick_at: clock::instant() + pace.fold_every,
            pace,
            last_seq,
            group: Vec::with_capacity(STORE_GROUP_MAX),
            moved: IndexMap::with_capacity(STORE_GROUP_MAX),
            listers: Vec::new(),
            fold: Fold::default(),
            is_stalled: false,
            unchecked: 0,
            ending: None,
            _lock: lock,
        }
    }

    pub(super) fn run(mut self) {
        while self.ending.is_none() && !self.shared.is_failed() {
            self.gather();
            let steps = [Self::commit, Self::answer_listers, Self::retire_step, Self::fold_step, Self::tick];
            for step in steps {
                // A failed write is final: nothing touches the files after it.
                if !self.shared.is_failed() {
                    step(&mut self);
                }
            }
        }
        self.end();
    }

    /// Waits for something to do and takes what has arrived.
    fn gather(&mut self) {
        let idle = (self.fold.is_done() || self.is_stalled) && self.retirements.is_empty();
        let until_tick = self.tick_at.saturating_duration_since(clock::instant());
        self.receive(if idle { until_tick } else { Duration::ZERO });
        if !self.group.is_empty() {
            let ride_until = clock::instant() + STORE_RIDE_MAX;
            while self.has_room() && self.receive(Duration::ZERO) {}
            while self.has_room() && self.group.iter().all(|item| item.append.urgency == Urgency::Ride) {
                if !self.receive(ride_until.saturating_duration_since(clock::instant())) {
                    break;
                }
            }
        }
    }

    fn has_room(&self) -> bool {
        self.group.len() < STORE_GROUP_MAX && self.ending.is_none()
    }

    /// Takes one command; says whether there was one.
    fn receive(&mut self, patience: Duration) -> bool {
        match self.queue.recv_timeout(patience) {
            Ok(Command::Append(item)) => self.group.push(item),
            Ok(Command::Fold(answer)) => self.listers.push(answer),
            Ok(Command::Retire(retirement)) => self.retirements.push(retirement),
            // Whoever dropped the store without closing it does not wait; what was accepted is finished.
            Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => self.ending = Some(Ending::Stop),
            #[cfg(test)]
            Ok(Command::Crash) => self.ending = Some(Ending::Crash),
            Err(RecvTimeoutError::Timeout) => return false,
        }
        true
    }

    fn commit(&mut self) {
        if self.group.is_empty() {
            return;
        }
        let verdicts = match self.write() {
            Ok(verdicts) => verdicts,
            Err(fault) => {
                self.moved.clear();
                let error = self.failed(fault);
                for item in self.group.drain(..) {
                    drop(item.answer.send(Err(error.clone())));
                }
                return;
            }
        };
        // Seen by readers before anyone is told, so that an acknowledged record is always found.
        self.shared.change(|hot| {
            for (run, (place, wake)) in self.moved.drain(..) {
                hot.index.moved(run, place);
                hot.timers.set(run, wake);
            }
        });
        if verdicts.contains(&true) {
            self.shared.recovered();
        }
        for (item, appended) in self.group.drain(..).zip(verdicts) {
            let durable = || Verdict::Appended(Durable::new(&item.append));
            drop(item.answer.send(Ok(if appended { durable() } else { Verdict::Stale })));
        }
    }

    /// One transaction for the whole group; says which of its items were appended.
    fn write(&mut self) -> Result<Vec<bool>, Fault> {
        let Writer { connection, shared, group, moved, last_seq, unchecked, .. } = self;
        let known: Vec<Option<Place>> = {
            let hot = shared.hot.lock();
            group.iter().map(|item| hot.index.get(&item.append.run)).collect()
        };
        let mut seq = *last_seq;
        let now = clock::now().as_millisecond();
        let verdicts = transact(connection, || {
            let mut statements = Statements::prepare(connection)?;
            let mut verdicts = Vec::with_capacity(group.len());
            for (item, known) in group.iter().zip(known) {
                let append = &item.append;
                let before = moved.get(&append.run).map(|(place, _)| *place).or(known);
                let placed = statements.append(item, before, seq + 1, now)?;
                if let Some(place) = placed {
                    seq += 1;
                    moved.insert(append.run, (place, item.wake));
                    *unchecked += append.record.len();
                }
                verdicts.push(placed.is_some());
            }
            Ok(verdicts)
        })?;
        *last_seq = seq;
        *unchecked += 2 * 4096;
        Ok(verdicts)
    }

    /// Notes a fault, and says what those who waited are told.
    pub(super) fn failed(&mut self, fault: Fault) -> Error {
        let path = self.shared.path.display();
        match fault {
            Fault::Room(room) => {
                let mut health = self.shared.health.write();
                if matches!(*health, Health::Open) {
                    tracing::warn!(%path, "{room}: appends are refused until that changes");
                }
                *health = Health::Full(room);
                Error::Full(room)
            }
            Fault::Sqlite(_) | Fault::Contradiction(_) | Fault::BadCursor => {
                let cause = fault.cause();
                tracing::error!(%path, error = %cause, "a write failed; the store takes no more: restart the service");
                *self.shared.health.write() = Health::Failed(cause.clone());
                Error::Unknown(cause)
            }
        }
    }

    /// Whoever wants to list runs needs `runs` up to date; one fold serves all who asked meanwhile.
    fn answer_listers(&mut self) {
        if self.listers.is_empty() {
            return;
        }
        let folded = self.fold_all().map_err(|fault| self.failed(fault));
        for lister in self.listers.drain(..) {
            drop(lister.send(folded.clone()));
        }
    }

    fn fold_step(&mut self) {
        if self.fold.is_done() || self.is_stalled {
            return;
        }
        if let Err(fault) = self.fold.step(&self.connection, &self.shared.hot) {
            self.is_stalled = true;
            self.failed(fault);
        }
    }

    fn fold_all(&mut self) -> Result<(), Fault> {
        // What is under way, and then what moved since it began.
        for _ in 0..2 {
            self.fold.begin(&mut self.shared.hot.lock(), self.last_seq);
            while !self.fold.is_done() {
                self.fold.step(&self.connection, &self.shared.hot)?;
            }
        }
        Ok(())
    }

    /// What is done every few seconds.
    fn tick(&mut self) {
        if clock::instant() >= self.tick_at {
            self.tick_at = clock::instant() + self.pace.fold_every;
            self.is_stalled = false;
            self.fold.begin(&mut self.shared.hot.lock(), self.last_seq);
            if let Err(fault) = self.extend_timers() {
                self.failed(fault);
            }
            self.probe();
        }
        if self.unchecked >= STORE_CHECKPOINT_BYTES {
            self.unchecked = 0;
            if let Err(fault) = checkpoint(&self.connection) {
                self.failed(fault);
            }
        }
    }

    /// Reads the timers of the next minutes in good time.
    fn extend_timers(&mut self) -> Result<(), Fault> {
        let known_to = self.shared.hot.lock().timers.horizon();
        let wanted = embedded::horizon(clock::now(), self.pace.timer_window);
        if wanted.saturating_sub(known_to) < embedded::ms(self.pace.timer_window) / 2 {
            return Ok(());
        }
        // A wake beyond the horizon is nowhere but in the journal until it is folded.
        self.fold_all()?;
        let due = fold::due_between(&self.connection, known_to, wanted)?;
        self.shared.change(|hot| hot.timers.extend(wanted, due));
        Ok(())
    }

    /// A service that is not ready gets no appends; so a full disk is tried again without one.
    fn probe(&mut self) {
        if !matches!(*self.shared.health.read(), Health::Full(_)) {
            return;
        }
        let touched = transact(&self.connection, || {
            self.connection.execute("UPDATE meta SET folded = folded", [])?;
            Ok(())
        });
        match touched {
            Ok(()) => self.shared.recovered(),
            Err(fault) => drop(self.failed(fault)),
        }
    }

    fn end(mut self) {
        #[cfg(test)]
        if self.ending == Some(Ending::Crash) {
            use rusqlite::config::DbConfig;
            let kept = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
            kept.expect("a setting of the connection");
            return;
        }
        if !self.shared.is_failed() {
            let ended = self.fold_all().and_then(|()| truncate(&self.connection));
            if let Err(error) = ended {
                tracing::warn!(%error, "the store was closed without tidying up; nothing is lost");
            }
            *self.shared.health.write() = Health::Stopped;
        }
        let closed = self.shared.closed_error();
        for lister in self.listers.drain(..) {
            drop(lister.send(Err(closed.clone())));
        }
        for retirement in self.retirements.drain(..) {
            retirement.answer(Err(closed.clone()));
        }
        // A failed store goes on refusing until it is closed; a closed one has only what came meanwhile.
        while let Ok(command) = self.next_to_refuse() {
            let last = matches!(command, Command::Stop);
            command.refuse(closed.clone());
            if last {
                self.ending = Some(Ending::Stop);
            }
        }
    }

    fn next_to_refuse(&self) -> Result<Command, ()> {
        match self.ending {
            Some(_) => self.queue.try_recv().map_err(drop),
            None => self.queue.recv().map_err(drop),
        }
    }
}
