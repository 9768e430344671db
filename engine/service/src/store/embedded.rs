//! The embedded store: SQLite in a folder of its own, nothing to install.
//!
//! One plain thread writes and checkpoints; it commits whatever arrived during its last commit as one group.
//! A commit only appends to the journal; the list of runs is derived from it and folded in every few seconds.
//! Knows nothing of what is in a record.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use parking_lot::{Mutex, RwLock};
use rusqlite::Row;
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use crate::clock;
use crate::limits::{
    RECORD_BYTES_MAX, STORE_FOLD_EVERY, STORE_NAP_MAX, STORE_PAGE_ROWS_MAX, STORE_QUEUE_MAX,
    STORE_TIMER_WINDOW, SUMMARY_TEXT_BYTES_MAX,
};
use crate::store::{
    Append, Cause, Error, Loaded, Name, Page, Record, Room, RunId, RunRow, Store, Verdict, Version,
};

mod fault;
mod fold;
mod index;
mod reader;
mod retire;
mod schema;
mod sql;
mod tail;
#[cfg(test)]
mod tests;
mod timers;
mod writer;

pub use schema::OpenError;

use index::Index;
use reader::Readers;
use retire::{Retirement, Until};
use timers::Timers;
use writer::{Command, Item, Writer};

/// A store in a folder on this machine, for one process.
///
/// Dropped without [`close`](Store::close) it finishes what it had accepted in the background.
pub struct Embedded {
    shared: Arc<Shared>,
    readers: Arc<Readers>,
    queue: SyncSender<Command>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// How the writer paces itself; tests set their own.
#[derive(Debug, Clone, Copy)]
struct Pace {
    fold_every: Duration,
    queue_max: usize,
    /// How far ahead due times are kept in memory.
    timer_window: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { fold_every: STORE_FOLD_EVERY, queue_max: STORE_QUEUE_MAX, timer_window: STORE_TIMER_WINDOW }
    }
}

/// What the writer and the readers share. The writer alone changes it, but for claims.
struct Shared {
    path: PathBuf,
    hot: Mutex<Hot>,
    next_due: watch::Sender<Option<i64>>,
    health: RwLock<Health>,
}

/// What is known of runs without asking the disk.
struct Hot {
    index: Index,
    timers: Timers,
}

enum Health {
    Open,
    /// Appends are refused for now, and tried again by the writer itself.
    Full(Room),
    /// Closed on request.
    Stopped,
    /// A write failed. Final.
    Failed(Cause),
}

impl Shared {
    /// Changes what is known, and tells who waits for the next timer.
    fn change<T>(&self, change: impl FnOnce(&mut Hot) -> T) -> T {
        let mut hot = self.hot.lock();
        let changed = change(&mut hot);
        let next = hot.timers.next();
        // Told under the lock, so that the last to tell is the last to have changed it.
        self.next_due.send_if_modified(|due| std::mem::replace(due, next) != next);
        changed
    }

    fn is_failed(&self) -> bool {
        matches!(*self.health.read(), Health::Failed(_))
    }

    /// A write succeeded: there is room again.
    fn recovered(&self) {
        let is_full = matches!(*self.health.read(), Health::Full(_));
        if is_full {
            *self.health.write() = Health::Open;
            tracing::info!(path = %self.path.display(), "there is room again: appends are taken");
        }
    }

    fn closed_error(&self) -> Error {
        match &*self.health.read() {
            Health::Failed(cause) => Error::Closed(Some(cause.clone())),
            Health::Open | Health::Full(_) | Health::Stopped => Error::Closed(None),
        }
    }
}

/// Turns the store's health when the writer is gone, however it went.
struct Ended(Arc<Shared>);

impl Drop for Ended {
    fn drop(&mut self) {
        let mut health = self.0.health.write();
        if matches!(*health, Health::Open | Health::Full(_)) {
            tracing::error!(path = %self.0.path.display(), "the store's writer panicked; restart the service");
            *health = Health::Failed(Arc::new(std::io::Error::other("the store's writer panicked")));
        }
    }
}

impl Embedded {
    /// Opens the store in a folder, creating what is missing, and takes up what a crash left.
    ///
    /// Blocks for as long as the disk takes: milliseconds, after a crash up to a second.
    ///
    /// # Errors
    /// See [`OpenError`]: each says which path and what to do.
    pub fn open(folder: &Path) -> Result<Embedded, OpenError> {
        Embedded::open_at(folder, Pace::default())
    }

    fn open_at(folder: &Path, pace: Pace) -> Result<Embedded, OpenError> {
        Embedded::start(schema::open(folder)?, pace)
    }

    fn start((lock, path, connection): schema::Opened, pace: Pace) -> Result<Embedded, OpenError> {
        let replayed = fold::replay(&connection, horizon(clock::now(), pace.timer_window))
            .map_err(|fault| fault.of_opening(&path))?;
        let shared = Arc::new(Shared {
            path: path.clone(),
            next_due: watch::Sender::new(replayed.hot.timers.next()),
            hot: Mutex::new(replayed.hot),
            health: RwLock::new(Health::Open),
        });
        let (queue, commands) = sync_channel(pace.queue_max);
        let writer = Writer::new((lock, connection), shared.clone(), commands, pace, replayed.last_seq);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn({
                let ended = Ended(shared.clone());
                move || {
                    let _ended = ended;
                    writer.run();
                }
            })
            .map_err(|cause| OpenError::Access { path: path.clone(), cause })?;
        Ok(Embedded { shared, readers: Readers::new(path), queue, thread: Mutex::new(Some(thread)) })
    }

    /// Queues an append; from here on it is the writer's.
    fn submit(&self, append: Append) -> Result<oneshot::Receiver<Result<Verdict, Error>>, Error> {
        self.check_open()?;
        check_size(&append)?;
        let wake = append.wake.map(|after| {
            // Rounded up twice, so that a run is never woken early.
            let now = clock::now().as_millisecond().saturating_add(1);
            now.saturating_add(ms(after.0))
        });
        let (answer, receiver) = oneshot::channel();
        self.send(Command::Append(Item { append, wake, answer }))?;
        Ok(receiver)
    }

    fn send(&self, command: Command) -> Result<(), Error> {
        self.queue.try_send(command).map_err(|error| match error {
            TrySendError::Full(_) => Error::Full(Room::Queue),
            TrySendError::Disconnected(_) => self.shared.closed_error(),
        })
    }

    /// Refuses what comes after the end. A full disk is tried: it may have room by now.
    fn check_open(&self) -> Result<(), Error> {
        match &*self.shared.health.read() {
            Health::Open | Health::Full(_) => Ok(()),
            Health::Stopped => Err(Error::Closed(None)),
            Health::Failed(cause) => Err(Error::Closed(Some(cause.clone()))),
        }
    }

    async fn retire_until(&self, until: Until) -> Result<usize, Error> {
        self.check_open()?;
        let (answer, retired) = oneshot::channel();
        self.send(Command::Retire(Retirement::new(until, answer)))?;
        retired.await.unwrap_or_else(|_| Err(unanswered()))
    }

    async fn end(&self, command: Command) {
        let Some(thread) = self.thread.lock().take() else { return };
        let queue = self.queue.clone();
        let ended = tokio::task::spawn_blocking(move || {
            // A writer that has gone already is closed too; why it went was said when it went.
            drop(queue.send(command));
            drop(thread.join());
        });
        drop(ended.await);
    }
}

impl Store for Embedded {
    fn append(&self, append: Append) -> impl Future<Output = Result<Verdict, Error>> + Send + use<> {
        // Queued before the future is first polled: the order of calls is the order of appends.
        let submitted = self.submit(append);
        async move { submitted?.await.unwrap_or_else(|_| Err(unanswered())) }
    }

    async fn load(&self, run: RunId) -> Result<Option<Loaded>, Error> {
        let shared = self.shared.clone();
        self.readers.read(move |connection| reader::load(connection, &shared, run)).await
    }

    async fn named(&self, name: Name) -> Result<Option<RunId>, Error> {
        self.readers.read(move |connection| reader::named(connection, name)).await
    }

    async fn due(&self) {
        let mut next = self.shared.next_due.subscribe();
        loop {
            let due = *next.borrow_and_update();
            let wait = match due {
                Some(at) => at.saturating_sub(clock::now().as_millisecond()),
                None => i64::MAX,
            };
            let Ok(wait @ 1..) = u64::try_from(wait) else { return };
            let nap = Duration::from_millis(wait).min(STORE_NAP_MAX);
            tokio::select! {
                () = tokio::time::sleep(nap) => {}
                // The sender lives as long as we do.
                _ = next.changed() => {}
            }
        }
    }

    async fn claim_due(&self, lease: Duration, limit: usize) -> Result<Vec<Loaded>, Error> {
        let now = clock::now().as_millisecond();
        let limit = limit.min(STORE_PAGE_ROWS_MAX);
        let claimed = self.shared.change(|hot| hot.timers.claim(now, ms(lease), limit));
        if claimed.is_empty() {
            return Ok(Vec::new());
        }
        let shared = self.shared.clone();
        let read = self.readers.read(move |connection| {
            let loaded = claimed.into_iter().map(|run| reader::load(connection, &shared, run));
            loaded.filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()
        });
        read.await
    }

    async fn journal(&self, run: RunId, from: Version, limit: usize) -> Result<Vec<Record>, Error> {
        let shared = self.shared.clone();
        let read =
            self.readers.read(move |connection| reader::journal(connection, &shared, run, from, limit));
        read.await
    }

    async fn runs(&self, page: Page) -> Result<Vec<RunRow>, Error> {
        let (answer, folded) = oneshot::channel();
        match self.send(Command::Fold(answer)) {
            // A list that is seconds old is better than none when nothing can be written.
            Ok(()) => drop(folded.await),
            Err(Error::Closed(_)) => {}
            Err(error) => return Err(error),
        }
        self.readers.read(move |connection| reader::runs(connection, &page)).await
    }

    async fn retire(&self, ended_before: Timestamp, limit: usize) -> Result<usize, Error> {
        self.retire_until(Until::Ended { before: ended_before.as_millisecond(), limit }).await
    }

    async fn shrink(&self, bytes: u64) -> Result<usize, Error> {
        self.retire_until(Until::Holding(bytes)).await
    }

    fn ready(&self) -> Result<(), Error> {
        self.check_open()?;
        match *self.shared.health.read() {
            Health::Full(room) => Err(Error::Full(room)),
            Health::Open | Health::Stopped | Health::Failed(_) => Ok(()),
        }
    }

    async fn close(&self) {
        self.end(Command::Stop).await;
    }
}

/// The writer went without a word.
fn unanswered() -> Error {
    Error::Unknown(Arc::new(std::io::Error::other("the store's writer ended before it answered")))
}

fn check_size(append: &Append) -> Result<(), Error> {
    let summary = &append.summary;
    let parts = [
        ("the record", append.record.len(), RECORD_BYTES_MAX),
        ("the flow's name", summary.flow.len(), SUMMARY_TEXT_BYTES_MAX),
        ("the run's status", summary.status.len(), SUMMARY_TEXT_BYTES_MAX),
        ("the run's outcome", summary.outcome.as_deref().map_or(0, str::len), SUMMARY_TEXT_BYTES_MAX),
    ];
    match parts.into_iter().find(|(_, bytes, max)| bytes > max) {
        Some((what, bytes, max)) => Err(Error::TooLarge { what, bytes, max }),
        None => Ok(()),
    }
}

/// The time up to which due times are held in memory, in milliseconds since 1970.
fn horizon(now: Timestamp, window: Duration) -> i64 {
    now.as_millisecond().saturating_add(ms(window))
}

/// Whole milliseconds, rounded up.
fn ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX)
}

fn run_id(row: &Row<'_>, column: usize) -> rusqlite::Result<RunId> {
    Ok(RunId(Uuid::from_bytes(row.get(column)?)))
}
