//! What damage leaves of the files' ends, and no crash does.
//!
//! SQLite takes the write-ahead log up to the first frame that is not whole, and says nothing of the rest. After a crash
//! that is right: it is a commit that was not finished, so nobody was answered for it. But each commit is synced before the
//! next is written, so where several stand behind a bad frame, it was whole, and somebody was answered.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::schema::OpenError;

/// Unit: bytes. Source of all that is known of the log here: sqlite.org/fileformat2.html, section 4.1.
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// Of the log, in big-endian numbers; its last bit tells the order of bytes in the sums.
const MAGIC: u32 = 0x377f_0682;

#[derive(Debug, thiserror::Error)]
enum Torn {
    #[error("its end is missing: {0} bytes are no whole number of pages")]
    Cut(u64),
    #[error("the head of the write-ahead log beside it is damaged")]
    Head,
    #[error(
        "frame {0} of the write-ahead log beside it is damaged, and behind it stand records that were answered for"
    )]
    Frame(u64),
}

/// Refuses files whose end is damaged, before anything is written behind it.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let Some(torn) = find(connection, path)? else { return Ok(()) };
    // Else closing it folds in what is whole of the log and deletes the rest, and the next start finds nothing wrong.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .map_err(|cause| OpenError::sqlite(path, cause))?;
    Err(OpenError::Damaged { path: path.to_path_buf(), cause: Box::new(torn) })
}

fn find(connection: &Connection, path: &Path) -> Result<Option<Torn>, OpenError> {
    let sqlite = |cause| OpenError::sqlite(path, cause);
    let access = |cause| OpenError::Access { path: path.to_path_buf(), cause };
    let page: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0)).map_err(sqlite)?;
    let bytes = fs::metadata(path).map_err(access)?.len();
    let Some((log, head)) = open_log(path).map_err(access)? else {
        // With a log, a checkpoint may have been interrupted, and is done again.
        return Ok((!bytes.is_multiple_of(page.into())).then_some(Torn::Cut(bytes)));
    };
    if head == [0; LOG_HEADER] {
        // Made, and never synced.
        return Ok(None);
    }
    if !is_whole(&head) {
        return Ok(Some(Torn::Head));
    }
    let taken = |row: &rusqlite::Row<'_>| row.get::<_, i64>(1);
    let taken = connection.query_row("PRAGMA wal_checkpoint(NOOP)", [], taken).map_err(sqlite)?;
    let taken = u64::try_from(taken).unwrap_or_default();
    let behind = commits_behind(log, &head, taken, page).map_err(access)?;
    Ok((behind > 1).then_some(Torn::Frame(taken + 1)))
}

fn open_log(path: &Path) -> io::Result<Option<(BufReader<File>, [u8; LOG_HEADER])>> {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    let mut log = match File::open(name) {
        Ok(file) => BufReader::new(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut head = [0; LOG_HEADER];
    Ok(read_whole(&mut log, &mut head)?.then_some((log, head)))
}

/// How many commits of this log, and not of the one whose place it took, stand behind those that SQLite takes.
fn commits_behind(
    mut log: BufReader<File>,
    head: &[u8; LOG_HEADER],
    taken: u64,
    page: u32,
) -> io::Result<u64> {
    let frame_bytes = FRAME_HEADER as u64 + u64::from(page);
    log.seek(SeekFrom::Start(LOG_HEADER as u64 + taken * frame_bytes))?;
    let mut commits = 0;
    let mut frame = [0; FRAME_HEADER];
    while read_whole(&mut log, &mut frame)? {
        let is_commit = frame[4..8] != [0; 4];
        commits += u64::from(is_commit && frame[8..16] == head[16..24]);
        log.seek_relative(page.into())?;
    }
    Ok(commits)
}

/// `false`: the file ends before.
fn read_whole(log: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match log.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_whole(head: &[u8; LOG_HEADER]) -> bool {
    let (numbers, _) = head.as_chunks::<4>();
    let number = |index: usize| u32::from_be_bytes(numbers[index]);
    let magic = number(0);
    let summand = |bytes: &[u8; 4]| {
        if magic == MAGIC { u32::from_le_bytes(*bytes) } else { u32::from_be_bytes(*bytes) }
    };
    let (pairs, _) = numbers[..6].as_chunks::<2>();
    let sums = pairs.iter().fold((0_u32, 0_u32), |(first, second), [one, other]| {
        let first = first.wrapping_add(summand(one)).wrapping_add(second);
        (first, second.wrapping_add(summand(other)).wrapping_add(first))
    });
    magic & !1 == MAGIC && sums == (number(6), number(7))
}
