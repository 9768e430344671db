//! What went wrong inside the embedded store, before it is told to whoever asked.

use std::path::Path;
use std::sync::Arc;

use rusqlite::ErrorCode;

use super::schema::OpenError;
use crate::store::{Cause, Error, Room};

/// Why a transaction or a read did not succeed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// There was no room; nothing was changed, and it may go better later.
    #[error("{0}")]
    Room(Room),
    /// Our own tables contradict each other.
    #[error("{0}")]
    Contradiction(String),
    /// The cursor is not ours.
    #[error("the cursor is not ours")]
    BadCursor,
    /// Anything else that SQLite said.
    #[error(transparent)]
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Fault {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Fault::Room(Room::Disk),
            _ => Fault::Sqlite(error),
        }
    }
}

impl Fault {
    pub(super) fn cause(self) -> Cause {
        match self {
            Fault::Sqlite(error) => Arc::new(error),
            Fault::Room(_) | Fault::Contradiction(_) | Fault::BadCursor => Arc::new(self),
        }
    }

    /// What a reader is told.
    pub(super) fn of_reading(self, path: &Path) -> Error {
        let place = path.display().to_string();
        match self {
            Fault::BadCursor => Error::BadCursor,
            Fault::Contradiction(_) => Error::Corrupt { place, cause: self.cause() },
            Fault::Sqlite(ref error) if is_damage(error) => Error::Corrupt { place, cause: self.cause() },
            Fault::Room(_) | Fault::Sqlite(_) => Error::Unreadable { place, cause: self.cause() },
        }
    }

    /// What whoever starts the service is told.
    pub(super) fn of_opening(self, path: &Path) -> OpenError {
        match self {
            Fault::Room(_) => OpenError::DiskFull { path: path.to_path_buf() },
            Fault::Sqlite(error) => OpenError::sqlite(path, error),
            Fault::Contradiction(_) | Fault::BadCursor => {
                OpenError::Damaged { path: path.to_path_buf(), cause: Box::new(self) }
            }
        }
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}
