//! The SQL of the writer: one transaction for a group, the statements in it, and checkpoints.

use rusqlite::{CachedStatement, Connection, ErrorCode, OptionalExtension, params};

use super::fault::Fault;
use super::index::Place;
use super::writer::Item;
use crate::limits::STORE_WAL_PAGES_MAX;
use crate::store::{Append, Room, RunId, Version};

/// One transaction: all of it, or nothing. `Fault::Room` is a certain no.
pub(super) fn transact<T>(
    connection: &Connection,
    work: impl FnOnce() -> rusqlite::Result<T>,
) -> Result<T, Fault> {
    let begun = connection.prepare_cached("BEGIN IMMEDIATE")?.execute([]);
    if let Err(error) = begun {
        let is_busy = error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
        return Err(if is_busy { Fault::Room(Room::Lock) } else { error.into() });
    }
    let done = work().and_then(|done| {
        connection.prepare_cached("COMMIT")?.execute([])?;
        Ok(done)
    });
    match done {
        Ok(done) => Ok(done),
        Err(error) => {
            if !connection.is_autocommit() {
                // If even that fails, what was begun is undone by the next start: a fault that is final.
                connection.execute_batch("ROLLBACK").map_err(Fault::Sqlite)?;
            }
            Err(error.into())
        }
    }
}

/// Moves pages from the write-ahead log into the database, without waiting for readers unless the log is huge.
pub(super) fn checkpoint(connection: &Connection) -> Result<(), Fault> {
    let passive = "PRAGMA wal_checkpoint(PASSIVE)";
    let pages = connection.query_row(passive, [], |row| row.get::<_, i64>(1));
    match pages {
        Ok(pages) if pages > STORE_WAL_PAGES_MAX => truncate(connection),
        Ok(_) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn truncate(connection: &Connection) -> Result<(), Fault> {
    // A busy reader is told in the row, not as an error; the next checkpoint tries again.
    Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
}

/// The statements of the hot path, taken from the cache once a group.
pub(super) struct Statements<'c> {
    append: CachedStatement<'c>,
    create: CachedStatement<'c>,
    find: CachedStatement<'c>,
    name: CachedStatement<'c>,
}

impl Statements<'_> {
    pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<Statements<'_>> {
        Ok(Statements {
            append: connection.prepare_cached(
                "INSERT INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?,
            create: connection.prepare_cached(
                "INSERT INTO runs VALUES (?1, ?2, ?1, 1, ?3, NULL, ?4, ?5, NULL, NULL, ?6) \
                 ON CONFLICT(id) DO NOTHING",
            )?,
            find: connection.prepare_cached("SELECT run, last, version, live FROM runs WHERE id = ?1")?,
            name: connection
                .prepare_cached("INSERT INTO names VALUES (?1, ?2) ON CONFLICT(name) DO NOTHING")?,
        })
    }

    /// Appends one item if its run is where it is expected to be, and says where the run is then.
    pub(super) fn append(
        &mut self,
        item: &Item,
        before: Option<Place>,
        seq: i64,
        now: i64,
    ) -> rusqlite::Result<Option<Place>> {
        let Append { run, expect, id, record, live, names, summary, .. } = &item.append;
        let (number, prev) = match before {
            None if *expect == Version::NONE => {
                let started = summary.started_at.as_millisecond();
                let created = self.create.execute(params![
                    seq,
                    run.0.as_bytes(),
                    live,
                    &*summary.flow,
                    started,
                    &*summary.status
                ])?;
                if created == 0 {
                    return Ok(None);
                }
                (seq, 0)
            }
            known => {
                let before = match known {
                    Some(place) => Some(place),
                    None => self.find(*run)?,
                };
                match before {
                    Some(place) if Ok(expect.0) == u64::try_from(place.version) && place.last > 0 => {
                        (place.run, place.last)
                    }
                    Some(_) | None => return Ok(None),
                }
            }
        };
        let version = i64::try_from(expect.next().0).unwrap_or(i64::MAX);
        let ended = summary.ended_at.map(|at| at.as_millisecond()).or((!live).then_some(now));
        self.append.execute(params![
            seq,
            number,
            version,
            prev,
            id.0.as_bytes(),
            live,
            item.wake,
            ended,
            summary.outcome.as_deref(),
            &*summary.status,
            &**record
        ])?;
        for name in names {
            self.name.execute(params![name.0.as_bytes(), number])?;
        }
        Ok(Some(Place { run: number, last: seq, version, live: *live }))
    }

    fn find(&mut self, run: RunId) -> rusqlite::Result<Option<Place>> {
        let found = self.find.query_row([run.0.as_bytes()], |row| {
            Ok(Place { run: row.get(0)?, last: row.get(1)?, version: row.get(2)?, live: row.get(3)? })
        });
        found.optional()
    }
}
