//! Opening the data folder: its lock, the database file, the tables. Says what is wrong and what to do.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::tail;
use crate::limits::STORE_LOCK_WAIT;

/// The first SQLite without the race in which two connections could damage a write-ahead log being reset.
/// Source: sqlite.org, release notes of 3.51.3.
const SQLITE_MIN: i32 = 3_051_003;

/// Marks a database file as ours: "CFst".
const APPLICATION_ID: i32 = 0x4346_7374;

/// The layout below. A change needs a migration and a new number.
const LAYOUT: i32 = 2;

/// `journal` is the truth and only ever appended to; `prev` leads to the same run's record before.
/// `runs` is derived from it and lags behind by what is above `folded`; a new run's row is there at once.
/// `last` is the run's latest record; 0 or less once the journal is being retired (then its negation is what
/// is left to delete).
const TABLES: &str = "
CREATE TABLE journal(
    seq INTEGER PRIMARY KEY, run INTEGER NOT NULL, version INTEGER NOT NULL, prev INTEGER NOT NULL,
    id BLOB NOT NULL, live INTEGER NOT NULL, wake INTEGER, ended INTEGER, outcome TEXT, status TEXT NOT NULL,
    record BLOB NOT NULL);
CREATE TABLE runs(
    run INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, last INTEGER NOT NULL, version INTEGER NOT NULL,
    live INTEGER NOT NULL, wake INTEGER, flow TEXT NOT NULL, started INTEGER NOT NULL, ended INTEGER,
    outcome TEXT, status TEXT NOT NULL);
CREATE INDEX due ON runs(wake) WHERE wake IS NOT NULL;
CREATE INDEX living ON runs(live) WHERE live = 1;
CREATE INDEX flows ON runs(flow);
CREATE INDEX ends ON runs(ended) WHERE ended IS NOT NULL;
CREATE TABLE meta(folded INTEGER NOT NULL);
INSERT INTO meta VALUES (0);
";

/// What layout 2 adds: `names` leads from what the provider calls something to the run whose it is. Its rows go with
/// the run's own. Runs from before have none.
const NAMES: &str = "
CREATE TABLE names(name BLOB PRIMARY KEY, run INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX named ON names(run);
";

/// Why the data folder could not be opened. Each says which path and what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or a file in it cannot be created or written.
    #[error(
        "cannot write to `{path}`; give this user write access to the data folder, or choose another one"
    )]
    Access {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// Another process has the folder open.
    #[error(
        "the data folder `{path}` is in use by {by}; stop that one first, or choose another data folder: \
         two engines cannot share one"
    )]
    InUse {
        /// The folder.
        path: PathBuf,
        /// The process, as far as known.
        by: String,
    },
    /// The file is no database, or one of another program.
    #[error("`{path}` is not a Callflow store; move it away, or choose another data folder")]
    Foreign {
        /// The database file.
        path: PathBuf,
    },
    /// A later version of this program wrote it.
    #[error(
        "`{path}` has layout {found}, and this version knows only layout {LAYOUT}; run the newer version, or \
         choose another data folder"
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// Its layout.
        found: i32,
    },
    /// The file contradicts itself.
    #[error(
        "`{path}` is damaged; restore it from a backup, or move it away together with the files beside it and \
         start empty (`sqlite3 {path} .recover` shows what can be saved)"
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What was found.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The disk is full.
    #[error("the disk that holds `{path}` is full; free some space and start again")]
    DiskFull {
        /// The database file.
        path: PathBuf,
    },
    /// Built with an SQLite that may damage files.
    #[error(
        "this program was built with SQLite {found}; it needs 3.51.3 or later, since older ones can lose data"
    )]
    OldSqlite {
        /// The version built in.
        found: &'static str,
    },
    /// Anything else that SQLite says.
    #[error("cannot open the store `{path}`")]
    Sqlite {
        /// The database file.
        path: PathBuf,
        /// What it said.
        #[source]
        cause: rusqlite::Error,
    },
}

impl OpenError {
    pub(super) fn sqlite(path: &Path, cause: rusqlite::Error) -> OpenError {
        let path = path.to_path_buf();
        match cause.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => OpenError::Foreign { path },
            Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { path, cause: Box::new(cause) },
            Some(ErrorCode::DiskFull) => OpenError::DiskFull { path },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                OpenError::Access { path, cause: io::Error::other(cause) }
            }
            _ => OpenError::Sqlite { path, cause },
        }
    }
}

/// The lock that keeps other engines out of the folder; let go when dropped.
pub(super) struct Lock(#[expect(dead_code, reason = "held for its lock")] File);

/// What an opened folder consists of: its lock, the database file, and the connection that may write it.
pub(super) type Opened = (Lock, PathBuf, Connection);

/// Opens the folder for its one writer: creates what is missing, refuses what is not ours.
pub(super) fn open(folder: &Path) -> Result<Opened, OpenError> {
    if rusqlite::version_number() < SQLITE_MIN {
        return Err(OpenError::OldSqlite { found: rusqlite::version() });
    }
    create_folder(folder).map_err(|cause| OpenError::Access { path: folder.to_path_buf(), cause })?;
    let lock = lock(folder)?;
    let path = folder.join("callflow.db");
    // Created by us and not by SQLite, so that nobody else may read it: it holds what callers said.
    private(&path).map_err(|cause| OpenError::Access { path: path.clone(), cause })?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags)
        .and_then(|connection| {
            connection.busy_timeout(STORE_LOCK_WAIT)?;
            Ok(connection)
        })
        .map_err(|cause| OpenError::sqlite(&path, cause))?;
    recognize(&connection, &path)?;
    tail::check(&connection, &path)?;
    prepare(&connection).map_err(|cause| OpenError::sqlite(&path, cause))?;
    Ok((lock, path, connection))
}

/// Opens one more connection, which only reads.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(STORE_LOCK_WAIT)?;
    Ok(connection)
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn lock(folder: &Path) -> Result<Lock, OpenError> {
    let path = folder.join("callflow.lock");
    let access = |cause| OpenError::Access { path: path.clone(), cause };
    let mut file = private(&path).map_err(access)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let process = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse::<u32>().ok());
            let by = process.map_or("another process".to_owned(), |id| format!("process {id}"));
            return Err(OpenError::InUse { path: folder.to_path_buf(), by });
        }
        Err(TryLockError::Error(cause)) => return Err(access(cause)),
    }
    // Only for the message above: a lock without a name is still a lock.
    let named = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
    if let Err(error) = named {
        tracing::warn!(%error, path = %path.display(), "cannot note our process id in the lock file");
    }
    Ok(Lock(file))
}

/// Refuses files of other programs and of later versions, before anything in them is changed.
fn recognize(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let found = || -> rusqlite::Result<(i32, i32, i64)> {
        let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        Ok((number("application_id")?, number("user_version")?, tables))
    };
    match found().map_err(|cause| OpenError::sqlite(path, cause))? {
        (0, 0, 0) | (APPLICATION_ID, 1..=LAYOUT, _) => Ok(()),
        (APPLICATION_ID, found, _) => Err(OpenError::Newer { path: path.to_path_buf(), found }),
        _ => Err(OpenError::Foreign { path: path.to_path_buf() }),
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .execute_batch("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    // Only the writer checkpoints, and between two groups, so that nobody's answer waits for it.
    connection.execute_batch("PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -16384;")?;
    let layout: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let missing: &[&str] = match layout {
        0 => &[TABLES, NAMES],
        1 => &[NAMES],
        _ => return Ok(()),
    };
    let marks = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {LAYOUT};");
    connection.execute_batch(&format!("BEGIN; {} {marks} COMMIT;", missing.concat()))?;
    Ok(())
}
