//! Reading: a few connections, each used by one blocking thread at a time, never by the async threads.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, Row, params};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::fault::Fault;
use super::schema;
use super::{Shared, run_id};
use crate::limits::{STORE_PAGE_BYTES_MAX, STORE_PAGE_ROWS_MAX, STORE_READERS_MAX};
use crate::store::{Cursor, Error, Loaded, Name, Page, Record, RecordId, RunId, RunRow, Version};

/// The connections that read.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Arc<Readers> {
        let permits = Arc::new(Semaphore::new(STORE_READERS_MAX));
        Arc::new(Readers { path, idle: Mutex::new(Vec::new()), permits })
    }

    /// Does some reading on a blocking thread, in one snapshot of the database.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Readers>,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = self.permits.clone().acquire_owned().await;
        let readers = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            // Held here and not by the caller, who may be dropped while the thread still reads.
            let _permit = permit;
            let idle = readers.idle.lock().pop();
            let connection = match idle {
                Some(connection) => connection,
                None => schema::open_reader(&readers.path)?,
            };
            let snapshot = connection.unchecked_transaction()?;
            let found = work(&snapshot)?;
            snapshot.finish()?;
            readers.idle.lock().push(connection);
            Ok(found)
        });
        match read.await {
            Ok(found) => found.map_err(|fault: Fault| fault.of_reading(&self.path)),
            Err(panic) => {
                Err(Error::Unreadable { place: self.path.display().to_string(), cause: Arc::new(panic) })
            }
        }
    }
}

/// The run's latest record, folded or not.
pub(super) fn load(connection: &Connection, shared: &Shared, run: RunId) -> Result<Option<Loaded>, Fault> {
    let known = shared.hot.lock().index.get(&run);
    if let Some(place) = known {
        let latest = connection
            .prepare_cached("SELECT version, id, record FROM journal WHERE seq = ?1")?
            .query_row([place.last], |row| record(row, 0))
            .optional()?;
        if let Some(latest) = latest {
            return Ok(Some(Loaded { run, version: latest.version, live: place.live, latest: Some(latest) }));
        }
        // Retired since we looked: its row says so.
    }
    let found = connection
        .prepare_cached(
            "SELECT runs.version, runs.live, last, journal.version, journal.id, record FROM runs \
             LEFT JOIN journal ON seq = last WHERE runs.id = ?1",
        )?
        .query_row([run.0.as_bytes()], |row| {
            let last: i64 = row.get(2)?;
            let latest = if last > 0 { Some(record(row, 3)?) } else { None };
            Ok(Loaded { run, version: version(row, 0)?, live: row.get(1)?, latest })
        });
    Ok(found.optional()?)
}

/// The run of a name.
pub(super) fn named(connection: &Connection, name: Name) -> Result<Option<RunId>, Fault> {
    let found = connection
        .prepare_cached("SELECT runs.id FROM names JOIN runs USING (run) WHERE name = ?1")?
        .query_row([name.0.as_bytes()], |row| run_id(row, 0));
    Ok(found.optional()?)
}

/// The run's records from a version on, found by walking back from the latest.
pub(super) fn journal(
    connection: &Connection,
    shared: &Shared,
    run: RunId,
    from: Version,
    limit: usize,
) -> Result<Vec<Record>, Fault> {
    let known = shared.hot.lock().index.get(&run).map(|place| place.last);
    let last = match known {
        Some(last) => Some(last),
        None => connection
            .prepare_cached("SELECT last FROM runs WHERE id = ?1")?
            .query_row([run.0.as_bytes()], |row| row.get::<_, i64>(0))
            .optional()?,
    };
    let limit = limit.min(STORE_PAGE_ROWS_MAX);
    let mut step = connection.prepare_cached("SELECT prev, version FROM journal WHERE seq = ?1")?;
    let mut page: VecDeque<i64> = VecDeque::new();
    let mut seq = last.unwrap_or(0);
    while seq > 0 {
        let found = step.query_row([seq], |row| Ok((row.get::<_, i64>(0)?, version(row, 1)?))).optional()?;
        let Some((prev, at)) = found else {
            if page.is_empty() {
                // Retired since we looked.
                break;
            }
            return Err(Fault::Contradiction(format!("record {seq} of run {run} is missing")));
        };
        if at < from {
            break;
        }
        page.push_front(seq);
        page.truncate(limit.max(1));
        seq = prev;
    }
    let mut read = connection.prepare_cached("SELECT version, id, record FROM journal WHERE seq = ?1")?;
    let mut records = Vec::new();
    let mut bytes = 0;
    for seq in page.iter().take(limit) {
        let record = read.query_row([seq], |row| record(row, 0))?;
        bytes += record.record.len();
        records.push(record);
        if bytes >= STORE_PAGE_BYTES_MAX {
            break;
        }
    }
    Ok(records)
}

/// A page of the runs, as far as they are folded.
pub(super) fn runs(connection: &Connection, page: &Page) -> Result<Vec<RunRow>, Fault> {
    let after = match &page.after {
        Some(cursor) => cursor.read::<i64>().map_err(|_| Fault::BadCursor)?,
        None => i64::MAX,
    };
    // Each kind of list has its index, named here so that no statistics can talk the planner out of it:
    // few runs are live, and few flows have most runs.
    let (index, live) = match (page.live, &page.flow) {
        (Some(true), _) => ("INDEXED BY living", "AND live = 1"),
        (Some(false), Some(_)) => ("INDEXED BY flows", "AND live = 0"),
        (Some(false), None) => ("NOT INDEXED", "AND live = 0"),
        (None, Some(_)) => ("INDEXED BY flows", ""),
        (None, None) => ("NOT INDEXED", ""),
    };
    let flow = if page.flow.is_some() { "AND flow = ?3" } else { "AND ?3 IS NULL" };
    let sql = format!(
        "SELECT run, id, flow, status, live, started, ended, outcome, version FROM runs {index} \
         WHERE run < ?1 {live} {flow} ORDER BY run DESC LIMIT ?2"
    );
    let limit = page.limit.min(STORE_PAGE_ROWS_MAX) as i64;
    let mut list = connection.prepare_cached(&sql)?;
    let rows = list.query_map(params![after, limit, page.flow], |row| {
        Ok(RunRow {
            run: run_id(row, 1)?,
            flow: row.get(2)?,
            status: row.get(3)?,
            live: row.get(4)?,
            started_at: timestamp(row.get(5)?),
            ended_at: row.get::<_, Option<i64>>(6)?.map(timestamp),
            outcome: row.get(7)?,
            version: version(row, 8)?,
            cursor: Cursor::new(row.get::<_, i64>(0)?),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn record(row: &Row<'_>, first: usize) -> rusqlite::Result<Record> {
    let record = Bytes::copy_from_slice(row.get_ref(first + 2)?.as_blob()?);
    let id = RecordId(Uuid::from_bytes(row.get(first + 1)?));
    Ok(Record { version: version(row, first)?, id, record })
}

fn version(row: &Row<'_>, column: usize) -> rusqlite::Result<Version> {
    let version: i64 = row.get(column)?;
    let version = u64::try_from(version);
    version.map(Version).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, -1))
}

fn timestamp(ms: i64) -> Timestamp {
    // Only what was a timestamp is ever written.
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}
