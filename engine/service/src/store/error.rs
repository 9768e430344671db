//! What can go wrong in a store, by what the caller may conclude from it.

use std::sync::Arc;

/// The reason below an error, shared by all who were waiting for the same commit.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// Why a store did not do as asked.
///
/// For an append, [`Full`](Error::Full), [`Closed`](Error::Closed) and [`TooLarge`](Error::TooLarge) are a
/// certain no: nothing was stored. Every other error means *unknown*.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// There was no room. Nothing was stored; answer 503, the sender comes again.
    #[error("{0}, so nothing was stored; try again later")]
    Full(Room),
    /// The store is shutting down, or an earlier write failed. Nothing was stored; answer 503.
    #[error("the store is closed, so nothing was stored")]
    Closed(#[source] Option<Cause>),
    /// The record may or may not have been stored: load the run and look for the record's id.
    #[error("it is unknown whether the record was stored")]
    Unknown(#[source] Cause),
    /// The record is larger than a store takes. Nothing was stored, and trying again will not help.
    #[error("{what} is {bytes} bytes, more than the {max} a store takes")]
    TooLarge {
        /// Which part of the append.
        what: &'static str,
        /// Its size, in bytes.
        bytes: usize,
        /// The bound, in bytes.
        max: usize,
    },
    /// What is stored contradicts itself. Stop the service and restore a backup.
    #[error("the store at `{place}` is damaged; stop the service and restore it from a backup")]
    Corrupt {
        /// Where the store is.
        place: String,
        /// What was found.
        #[source]
        cause: Cause,
    },
    /// Reading failed; trying again may help.
    #[error("cannot read the store at `{place}`")]
    Unreadable {
        /// Where the store is.
        place: String,
        /// What failed.
        #[source]
        cause: Cause,
    },
    /// The cursor was not made by this store: the client must start its list again.
    #[error("the cursor is not one that this store gave out; begin the list again without it")]
    BadCursor,
}

/// What there was no room in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Room {
    /// As many appends are waiting as may wait.
    #[error("too many records are waiting for the disk")]
    Queue,
    /// The disk is full.
    #[error("the disk of the store is full")]
    Disk,
    /// Another program holds the database's write lock.
    #[error("another program holds the write lock of the store")]
    Lock,
}
