//! The store: where a run's next record becomes durable.
//!
//! One record in, one verdict out; implementations make groups inside. A store understands a run, its version,
//! when it wants to be woken and what a list of runs shows; the record itself is opaque bytes that contain the
//! snapshot. Knows no flow, event or action, and nothing of HTTP.
//!
//! Nobody owns a run: correctness rests on compare-and-set of the version, never on one process's memory.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

pub mod embedded;
mod error;
mod ids;
#[cfg(test)]
mod suite;

pub use embedded::Embedded;
pub use error::{Cause, Error, Room};
pub use ids::{Cursor, Name, RecordId, RunId, Version};

/// One record to append to one run.
#[derive(Clone)]
pub struct Append {
    /// The run.
    pub run: RunId,
    /// The version that the record was decided on; [`Version::NONE`]: the run must not exist yet.
    pub expect: Version,
    /// The record's own id; settles what happened after [`Error::Unknown`].
    pub id: RecordId,
    /// The record, encoded and versioned by the caller; it contains the snapshot after it.
    pub record: Bytes,
    /// When somebody must look at the run again: its next timer, or the grace for actions not yet posted.
    pub wake: Option<After>,
    /// Whether the run goes on after this record.
    pub live: bool,
    /// What the run is called from this record on, beside what it was called before; few, since each costs a page.
    /// A name that another run has stays that one's.
    pub names: Vec<Name>,
    /// What a list of runs shows.
    pub summary: Summary,
    /// Whether an answer waits for it.
    pub urgency: Urgency,
}

/// What a list of runs shows of a run.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The flow's name. The first record's stays.
    pub flow: Arc<str>,
    /// When the run started. The first record's stays.
    pub started_at: Timestamp,
    /// When it ended; if missing in a record that is not live, the time of the append.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<Arc<str>>,
    /// Where it stands, in a word for people.
    pub status: Arc<str>,
}

/// A time from the store's now on. Nodes send durations, so only the store's clock decides when one is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct After(pub Duration);

/// Whether somebody waits for the append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// An answer waits for it.
    Now,
    /// It may wait a few milliseconds for a group to ride with (answers to actions).
    Ride,
}

/// What became of an append.
#[derive(Debug)]
#[must_use]
pub enum Verdict {
    /// The record is durable.
    Appended(Durable),
    /// The run is not at the expected version; nothing was stored. Load it, look for the input, step again.
    Stale,
}

/// The proof that a record is durable. Only a store makes one; what a record decided may leave against it.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Durable {
    run: RunId,
    version: Version,
    id: RecordId,
}

impl Durable {
    fn new(append: &Append) -> Durable {
        Durable { run: append.run, version: append.expect.next(), id: append.id }
    }

    /// The run.
    #[must_use]
    pub fn run(&self) -> RunId {
        self.run
    }

    /// The run's version with this record.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The record's id.
    #[must_use]
    pub fn id(&self) -> RecordId {
        self.id
    }
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The run.
    pub run: RunId,
    /// Its version.
    pub version: Version,
    /// Whether it goes on.
    pub live: bool,
    /// Its latest record, or `None` if it ended so long ago that its journal is gone.
    pub latest: Option<Record>,
}

/// One record of a run's journal.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// The run's version with this record.
    pub version: Version,
    /// The record's id.
    pub id: RecordId,
    /// The record as it was appended.
    pub record: Bytes,
}

/// Which part of the list of runs.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Only runs of this flow.
    pub flow: Option<String>,
    /// Only live runs, or only ended ones.
    pub live: Option<bool>,
    /// Only runs listed after this place.
    pub after: Option<Cursor>,
    /// How many at most; bounded by the store too.
    pub limit: usize,
}

/// One line of the list of runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// The run.
    pub run: RunId,
    /// The flow's name.
    pub flow: String,
    /// Where it stands, in a word for people.
    pub status: String,
    /// Whether it goes on.
    pub live: bool,
    /// When it started.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<String>,
    /// How many records it has.
    pub version: Version,
    /// Its place in the list, for [`Page::after`].
    pub cursor: Cursor,
}

/// Where runs are kept. Two implementations and one suite of tests for both.
///
/// Items of a group succeed or go stale independently. Appends of one run from one process keep the order in
/// which `append` was called. After a dropped future the append may still happen.
pub trait Store: Send + Sync + 'static {
    /// Makes one record durable, if the run is still at the expected version.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Closed`], [`Error::TooLarge`]: nothing was stored.
    /// [`Error::Unknown`]: it may have been; load the run and look for the record's id.
    fn append(&self, append: Append) -> impl Future<Output = Result<Verdict, Error>> + Send + use<Self>;

    /// The run's latest record; it includes every append acknowledged before the call.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::Corrupt`].
    fn load(&self, run: RunId) -> impl Future<Output = Result<Option<Loaded>, Error>> + Send;

    /// The run that was first called by a name; `None` once its row is gone too.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::Corrupt`].
    fn named(&self, name: Name) -> impl Future<Output = Result<Option<RunId>, Error>> + Send;

    /// Returns when a run may be due: claim then. May return early, or when another node was faster.
    fn due(&self) -> impl Future<Output = ()> + Send;

    /// The runs whose wake has passed, earliest first. They are not due again for `lease`, unless an append
    /// sets another wake: whoever claims a run and dies leaves it to others.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::Corrupt`]; what was claimed comes again after the lease.
    fn claim_due(
        &self,
        lease: Duration,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Loaded>, Error>> + Send;

    /// A run's records from version `from` on, in order; none if the run is unknown or its journal is gone.
    /// Fewer than `limit` do not mean that there are no more: a page is bounded in bytes too.
    ///
    /// # Errors
    /// [`Error::Unreadable`], [`Error::Corrupt`].
    fn journal(
        &self,
        run: RunId,
        from: Version,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Record>, Error>> + Send;

    /// A page of the list of runs, latest created first.
    ///
    /// # Errors
    /// [`Error::BadCursor`]: the page's cursor is not ours. [`Error::Full`], [`Error::Unreadable`],
    /// [`Error::Corrupt`].
    fn runs(&self, page: Page) -> impl Future<Output = Result<Vec<RunRow>, Error>> + Send;

    /// Deletes the journals of at most `limit` runs that ended before a time, in small steps between appends.
    /// A run's row stays as a tombstone until 48 hours after its end. Returns how many runs it touched; ask
    /// again until it is none.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Closed`], [`Error::Unknown`]: some may have been retired.
    fn retire(
        &self,
        ended_before: Timestamp,
        limit: usize,
    ) -> impl Future<Output = Result<usize, Error>> + Send;

    /// Deletes journals as [`retire`](Store::retire) does, of the runs that ended first, as long as the store holds more
    /// than so many bytes. Live runs stay, however much they hold. Returns how many runs it touched.
    ///
    /// # Errors
    /// As [`retire`](Store::retire).
    fn shrink(&self, bytes: u64) -> impl Future<Output = Result<usize, Error>> + Send;

    /// Whether the store takes appends, for the readiness of the service.
    ///
    /// # Errors
    /// [`Error::Full`]: not for now. [`Error::Closed`]: not any more; the process must be restarted.
    fn ready(&self) -> Result<(), Error>;

    /// Finishes what was accepted, refuses what comes after, and lets go of the files.
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// The size of a record instead of its content: it names people.
struct Hidden<'a>(&'a Bytes);

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl fmt::Debug for Append {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Append")
            .field("run", &self.run)
            .field("expect", &self.expect)
            .field("id", &self.id)
            .field("record", &Hidden(&self.record))
            .field("wake", &self.wake)
            .field("live", &self.live)
            .field("names", &self.names)
            .field("summary", &self.summary)
            .field("urgency", &self.urgency)
            .finish()
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("version", &self.version)
            .field("id", &self.id)
            .field("record", &Hidden(&self.record))
            .finish()
    }
}
