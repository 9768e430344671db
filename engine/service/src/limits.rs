//! Every bound of the service: name, unit (last in the name) and reason.

use std::time::Duration;

/// Largest encoded record, in bytes.
/// A record is 0.5–2 KB; a snapshot that reaches a mebibyte is a mistake that must not fill the disk.
pub const RECORD_BYTES_MAX: usize = 1024 * 1024;

/// Longest flow name, status or outcome beside a record, in bytes: they are shown in lists.
pub const SUMMARY_TEXT_BYTES_MAX: usize = 1024;

/// Appends waiting in front of the store; one more is refused, so that memory and waiting stay bounded.
pub const STORE_QUEUE_MAX: usize = 4096;

/// Appends in one commit: bounds how long the last of a group waits.
pub const STORE_GROUP_MAX: usize = 512;

/// How long an append that nobody waits for may be held back for company, which saves it a sync of its own.
pub const STORE_RIDE_MAX: Duration = Duration::from_millis(20);

/// How often the journal's news are folded into the index of runs: bounds what is replayed on opening.
pub const STORE_FOLD_EVERY: Duration = Duration::from_secs(3);

/// Runs folded in one transaction: bounds how long an append waits behind a fold.
pub const STORE_FOLD_RUNS_MAX: usize = 1024;

/// Runs whose place in the journal is kept in memory (48 bytes each) before quiet ones are let go.
pub const STORE_INDEX_RUNS_MAX: usize = 256 * 1024;

/// How far ahead due times are kept in memory; later ones stay on disk, so that waiting calls cost nothing.
pub const STORE_TIMER_WINDOW: Duration = Duration::from_secs(10 * 60);

/// Bytes written between two checkpoints: enough to spread their cost, small enough for a quick one.
pub const STORE_CHECKPOINT_BYTES: usize = 32 * 1024 * 1024;

/// Pages (4 KiB) in the write-ahead log above which it is truncated, waiting for readers if need be: 256 MiB.
pub const STORE_WAL_PAGES_MAX: i64 = 64 * 1024;

/// How long the writer waits for another program that holds the database's write lock.
pub const STORE_LOCK_WAIT: Duration = Duration::from_secs(5);

/// Reads of the store at a time, each on a blocking thread with a connection of its own.
pub const STORE_READERS_MAX: usize = 4;

/// Rows in one page of runs or of a journal.
pub const STORE_PAGE_ROWS_MAX: usize = 1000;

/// Journal rows deleted in one transaction: bounds how long an append waits behind a retirement.
pub const STORE_RETIRE_ROWS_MAX: usize = 1000;

/// Runs looked at in one transaction of a retirement, for the same reason.
pub const STORE_RETIRE_RUNS_MAX: usize = 64;

/// How long the row of an ended run outlives its journal at least: late duplicates of its webhooks still find it.
pub const STORE_TOMBSTONE: Duration = Duration::from_secs(48 * 60 * 60);

/// Longest sleep before the store looks at the wall clock again, which may have been set meanwhile.
pub const STORE_NAP_MAX: Duration = Duration::from_secs(1);

/// Retries: the back-off after the first failure, before jitter; it doubles with each further one.
pub const RETRY_BASE: Duration = Duration::from_millis(200);

/// Retries: the longest back-off before jitter.
pub const RETRY_CAP: Duration = Duration::from_secs(5);

/// Retries: the longest `Retry-After` taken at its word; more only means "later than we will wait".
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(60 * 60);
