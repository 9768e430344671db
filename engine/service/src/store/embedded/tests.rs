//! The suite over the embedded store, and what only a store in a folder can get wrong.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command as Process, Stdio};

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::store::suite::{self, Home, append, check_whole, ending, put, run};
use crate::store::{After, Durable, Urgency};

/// Tests fold when they say so.
const NEVER: Duration = Duration::from_secs(3600);

/// A test that waits for what never comes fails instead of hanging.
const HANGS_AFTER: Duration = Duration::from_secs(60);

impl Home for TempDir {
    type Store = Embedded;

    fn open(&self) -> Embedded {
        let pace = Pace { fold_every: NEVER, ..Pace::default() };
        Embedded::open_at(self.path(), pace).unwrap()
    }

    async fn crash(&self, store: Embedded) {
        store.end(Command::Crash).await;
    }
}

fn home() -> TempDir {
    tempfile::tempdir().unwrap()
}

macro_rules! suite {
    ($($name:ident),* $(,)?) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let ended = tokio::time::timeout(HANGS_AFTER, suite::$name(home())).await;
            ended.expect("nothing waits for ever");
        }
    )*};
}

suite!(
    compares_and_sets,
    keeps_the_order_of_calls,
    judges_items_of_a_group_one_by_one,
    lets_one_of_two_win,
    recovers_again_and_again,
    wakes_what_was_just_begun,
    claims_who_is_due,
    wakes_for_an_earlier_timer,
    pages_a_journal,
    lists_runs,
    retires_ended_runs,
    shrinks,
    finds_runs_by_name,
    refuses_what_is_too_large,
    refuses_after_closing,
);

#[tokio::test]
async fn a_second_engine_is_refused_by_name() {
    let home = home();
    let store = home.open();
    let error = Embedded::open(home.path()).err().unwrap();
    let text = error.to_string();
    assert!(matches!(error, OpenError::InUse { .. }), "{text}");
    assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
    assert!(text.contains(&home.path().display().to_string()), "{text}");
    store.close().await;
    home.open();
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let home = home();
    let file = home.path().join("file");
    fs::write(&file, "in the way").unwrap();
    // The second refuses even root, who ignores permissions.
    for folder in [file.as_path(), Path::new("/proc")] {
        let error = Embedded::open(folder).err().unwrap();
        assert!(matches!(error, OpenError::Access { .. }), "{error}");
        assert!(error.to_string().contains(&*folder.to_string_lossy()), "{error}");
    }
}

#[test]
fn files_that_are_not_ours_are_left_alone() {
    let home = home();
    let path = home.path().join("callflow.db");
    fs::write(&path, "Dear diary, today nobody called at all. ".repeat(100)).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(Embedded::open(home.path()), Err(OpenError::Foreign { .. })));
    assert_eq!(fs::read(&path).unwrap(), before);

    fs::remove_file(&path).unwrap();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE diary(entry TEXT)").unwrap();
    assert!(matches!(Embedded::open(home.path()), Err(OpenError::Foreign { .. })));
}

#[tokio::test]
async fn a_later_layout_is_refused() {
    let home = home();
    home.open().close().await;
    let path = home.path().join("callflow.db");
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let error = Embedded::open(home.path()).err().unwrap();
    assert!(matches!(error, OpenError::Newer { found: 99, .. }), "{error}");
}

#[tokio::test]
async fn an_earlier_layout_is_taken_over() {
    let home = home();
    let store = home.open();
    put(&store, append(1, 0)).await;
    store.close().await;
    let path = home.path().join("callflow.db");
    // What layout 1 had.
    Connection::open(&path).unwrap().execute_batch("DROP TABLE names; PRAGMA user_version = 1").unwrap();

    let store = home.open();
    check_whole(&store, 1, 1).await;
    let name = Name(Uuid::from_u128(7));
    put(&store, Append { names: vec![name], ..append(1, 1) }).await;
    assert_eq!(store.named(name).await.unwrap(), Some(run(1)));
    store.close().await;
    home.open();
}

#[tokio::test]
async fn a_damaged_file_is_named() {
    let home = home();
    let store = home.open();
    for number in 1..=100 {
        put(&store, append(number, 0)).await;
    }
    store.close().await;
    let path = home.path().join("callflow.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[4096..].fill(0x55);
    fs::write(&path, bytes).unwrap();
    let error = Embedded::open(home.path()).err().unwrap();
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
}

/// A file that lost its end is not taken for a shorter one: calls would be gone without a word.
#[tokio::test]
async fn a_file_that_was_cut_off_is_refused() {
    let home = home();
    let store = home.open();
    for number in 1..=100 {
        put(&store, append(number, 0)).await;
    }
    store.close().await;
    let path = home.path().join("callflow.db");
    let whole = fs::read(&path).unwrap();
    for left in [whole.len() - 1, whole.len() - 2000, whole.len() - 4096, whole.len() / 2, 4096, 100] {
        fs::write(&path, &whole[..left]).unwrap();
        let error = Embedded::open(home.path()).err();
        assert!(matches!(error, Some(OpenError::Damaged { .. })), "{left} bytes: {error:?}");
    }
    fs::write(&path, whole).unwrap();
    check_whole(&home.open(), 100, 1).await;
}

/// What was answered for before a kill is there, or the store says that it is not.
#[tokio::test]
async fn a_damaged_log_is_found() {
    let home = home();
    let store = home.open();
    for version in 0..6 {
        put(&store, append(1, version)).await;
    }
    home.crash(store).await;
    let path = home.path().join("callflow.db-wal");
    let whole = fs::read(&path).unwrap();
    for place in [0, 20, 40, whole.len() / 4, whole.len() / 2] {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        for start in 1..=2 {
            let error = Embedded::open(home.path()).err();
            assert!(
                matches!(error, Some(OpenError::Damaged { .. })),
                "byte {place}, start {start}: {error:?}"
            );
        }
        assert!(fs::read(&path).unwrap() == damaged, "it may be needed to save what can be saved");
    }
    // A commit that was not finished, so that nobody was answered for it.
    let unfinished = [&whole[..], &whole[32..32 + 24 + 100]].concat();
    fs::write(&path, unfinished).unwrap();
    check_whole(&home.open(), 1, 6).await;
}

/// A record that was lost from the middle is found out when the tail is replayed, not served around.
#[tokio::test]
async fn a_hole_in_the_tail_is_found() {
    let home = home();
    let store = home.open();
    for version in 0..3 {
        put(&store, append(1, version)).await;
    }
    home.crash(store).await;
    let path = home.path().join("callflow.db");
    Connection::open(&path).unwrap().execute("DELETE FROM journal WHERE version = 2", []).unwrap();
    assert!(matches!(Embedded::open(home.path()), Err(OpenError::Damaged { .. })));
}

#[tokio::test]
async fn a_failed_write_is_final() {
    let home = home();
    let store = home.open();
    put(&store, append(1, 0)).await;
    let other = Connection::open(home.path().join("callflow.db")).unwrap();
    other.execute_batch("ALTER TABLE journal RENAME TO elsewhere").unwrap();
    assert!(matches!(store.append(append(1, 1)).await, Err(Error::Unknown(_))));
    other.execute_batch("ALTER TABLE elsewhere RENAME TO journal").unwrap();
    // It would work again, but nobody knows what the failed write left behind.
    assert!(matches!(store.append(append(1, 1)).await, Err(Error::Closed(Some(_)))));
    assert!(matches!(store.ready(), Err(Error::Closed(Some(_)))));
    check_whole(&store, 1, 1).await;
    store.close().await;
    let store = home.open();
    put(&store, append(1, 1)).await;
    check_whole(&store, 1, 2).await;
}

#[tokio::test]
async fn a_full_queue_is_a_certain_no() {
    let home = home();
    let pace = Pace { queue_max: 8, fold_every: NEVER, ..Pace::default() };
    let store = Embedded::open_at(home.path(), pace).unwrap();
    let other = Connection::open(home.path().join("callflow.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut accepted = Vec::new();
    let refused = loop {
        let number = accepted.len() as u128;
        let mut append = Box::pin(store.append(append(number, 0)));
        match futures_util::future::FutureExt::now_or_never(&mut append) {
            Some(verdict) => break verdict,
            None => accepted.push(append),
        }
    };
    assert!(matches!(refused, Err(Error::Full(Room::Queue))), "{refused:?}");
    other.execute_batch("COMMIT").unwrap();
    let count = accepted.len() as u128;
    for append in accepted {
        assert!(matches!(append.await, Ok(Verdict::Appended(_))));
    }
    assert_eq!(store.load(run(count)).await.unwrap(), None, "what was refused left no trace");
}

#[tokio::test]
async fn a_full_disk_is_a_certain_no_until_there_is_room() {
    let home = home();
    let (lock, path, connection) = schema::open(home.path()).unwrap();
    connection.pragma_update(None, "max_page_count", 120).unwrap();
    let pace = Pace { fold_every: NEVER, ..Pace::default() };
    let store = Embedded::start((lock, path, connection), pace).unwrap();
    let mut number = 0;
    let full = loop {
        let record = bytes::Bytes::from(vec![7; 3000]);
        match store.append(Append { record, ..ending(number, 0, NEVER) }).await {
            Ok(_) => number += 1,
            Err(error) => break error,
        }
        if number.is_multiple_of(10) {
            store.runs(Page { limit: 1, ..Page::default() }).await.unwrap();
        }
    };
    assert!(matches!(full, Error::Full(Room::Disk)), "{full}");
    assert!(matches!(store.ready(), Err(Error::Full(Room::Disk))));
    assert_eq!(store.load(run(number)).await.unwrap(), None, "what was refused left no trace");
    assert!(store.retire(clock::now(), 50).await.unwrap() > 0);
    put(&store, append(1000, 0)).await;
    store.ready().unwrap();
    check_whole(&store, 1000, 1).await;
}

/// Appends that nobody waits for are held back for company; one that somebody waits for takes them along.
#[tokio::test]
async fn riders_go_with_the_next_group() {
    let home = home();
    let store = home.open();
    let ride = |version| Append { urgency: Urgency::Ride, ..append(1, version) };
    let riders: Vec<_> = (0..3).map(|version| store.append(ride(version))).collect();
    put(&store, append(1, 3)).await;
    for rider in riders {
        assert!(matches!(rider.await.unwrap(), Verdict::Appended(Durable { .. })));
    }
    // Alone it goes too.
    assert!(matches!(store.append(ride(4)).await, Ok(Verdict::Appended(_))));
    check_whole(&store, 1, 5).await;
}

/// A timer beyond what is kept in memory is read from the disk in good time, and is not early.
#[tokio::test]
async fn far_timers_come_back_from_the_disk() {
    let home = home();
    let pace = Pace {
        fold_every: Duration::from_millis(5),
        timer_window: Duration::from_millis(20),
        ..Pace::default()
    };
    let store = Embedded::open_at(home.path(), pace).unwrap();
    let after = Duration::from_millis(80);
    let asked = clock::instant();
    put(&store, Append { wake: Some(After(after)), ..append(1, 0) }).await;
    assert_eq!(store.shared.hot.lock().timers.next(), None);
    tokio::time::timeout(HANGS_AFTER, store.due()).await.unwrap();
    assert!(asked.elapsed() >= after);
    assert_eq!(store.claim_due(NEVER, 10).await.unwrap()[0].run, run(1));
}

/// Unit: runs that wait for an hour and up to three months.
const WAITING: i64 = 50_000;

/// What SQLite does to find who is due between two times, in steps of its machine.
fn steps(connection: &Connection, from: i64, to: i64) -> i32 {
    let mut due = connection.prepare(fold::DUE).unwrap();
    assert!(due.query_map([from, to], |row| row.get::<_, i64>(1)).unwrap().all(|wake| wake.is_ok()));
    due.get_status(rusqlite::StatementStatus::VmStep)
}

/// Those that wait cost nothing: memory holds only who is due within the window, and to find them takes as much work as
/// they are many. Each comes once, in order, whatever restarts meanwhile.
#[tokio::test]
async fn who_waits_costs_nothing() {
    let home = home();
    let store = home.open();
    // All at once, or whoever the disk keeps waiting would be due later than whoever comes next.
    let waiting = [(1, 60), (2, 50), (3, 40), (4, 30), (5, 20), (6, 10)].map(|(number, after)| {
        store.append(Append { wake: Some(After(Duration::from_millis(after))), ..append(number, 0) })
    });
    for append in waiting {
        assert!(matches!(append.await, Ok(Verdict::Appended(_))));
    }
    store.close().await;
    drop(store);
    let connection = Connection::open(home.path().join("callflow.db")).unwrap();
    let hour = clock::now().as_millisecond() + 3_600_000;
    // The first who is not due is looked at, to see that it is not.
    let insert = "WITH RECURSIVE some(n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM some WHERE n < ?2) \
                  INSERT INTO runs SELECT 1000 + n, randomblob(16), 1000 + n, 1, 1, ?3 + n * 155000, 'waiting', 0, \
                  NULL, NULL, 'waiting' FROM some";
    connection.execute(insert, [1, 1, hour]).unwrap();
    let with_one = (steps(&connection, 0, hour), steps(&connection, 0, 1));
    connection.execute(insert, [2, WAITING, hour]).unwrap();
    assert_eq!((steps(&connection, 0, hour), steps(&connection, 0, 1)), with_one);
    drop(connection);
    for wanted in [[6, 5, 4], [3, 2, 1]] {
        let store = home.open();
        let mut claimed = Vec::new();
        while claimed.len() < wanted.len() {
            tokio::time::timeout(HANGS_AFTER, store.due()).await.unwrap();
            claimed.extend(store.claim_due(NEVER, wanted.len() - claimed.len()).await.unwrap());
        }
        let runs: Vec<_> = claimed.iter().map(|loaded| loaded.run).collect();
        assert_eq!(runs, wanted.map(run));
        for number in wanted {
            put(&store, append(number, 1)).await;
        }
        home.crash(store).await;
    }
    let store = home.open();
    assert_eq!(store.shared.hot.lock().timers.next(), None);
    assert_eq!(store.claim_due(NEVER, 10).await.unwrap(), []);
}

const CHILD: &str = "CALLFLOW_TEST_STORE_CHILD";

/// Kills a process that appends, folds and checkpoints, over and over on the same files, and looks for what
/// it had acknowledged. One kill would not do: a mistake in the fold loses records only at the second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_killed_in_a_loop() {
    if let Ok(folder) = std::env::var(CHILD) {
        return append_until_killed(Path::new(&folder)).await;
    }
    let home = home();
    let mut acknowledged: BTreeMap<u128, u64> = BTreeMap::new();
    for round in 1..=5 {
        let mut child = Process::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "--test-threads=1"])
            .arg(
                concat!(module_path!(), "::nothing_acknowledged_is_lost_when_killed_in_a_loop")
                    .split_once("::")
                    .unwrap()
                    .1,
            )
            .env(CHILD, home.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut heard = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let Some(("ack", numbers)) = line.split_once(' ') else { continue };
            let (number, version) = numbers.split_once(' ').unwrap();
            let latest = acknowledged.entry(number.parse().unwrap()).or_default();
            *latest = version.parse::<u64>().unwrap().max(*latest);
            heard += 1;
            if heard == 300 * round {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(heard >= 300 * round, "the child ended by itself");
        let store = home.open();
        for (number, version) in &acknowledged {
            let loaded = store.load(run(*number)).await.unwrap().unwrap();
            assert!(loaded.version.0 >= *version, "round {round}: run {number} lost records");
            let journal = store.journal(run(*number), Version(1), usize::MAX).await.unwrap();
            let versions: Vec<u64> = journal.iter().map(|record| record.version.0).collect();
            assert_eq!(versions, (1..=loaded.version.0).collect::<Vec<_>>(), "round {round}: run {number}");
            assert_eq!(loaded.live, loaded.version.0 < RECORDS, "round {round}: run {number}");
        }
        home.crash(store).await;
    }
}

/// How many records each run of the child has.
const RECORDS: u64 = 12;

async fn append_until_killed(folder: &Path) {
    let pace = Pace { fold_every: Duration::from_millis(15), ..Pace::default() };
    let store = Arc::new(Embedded::open_at(folder, pace).unwrap());
    let callers = (0..16_u128).map(|caller| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in (0..).map(|round| caller + 16 * round) {
                let begun = store.load(run(number)).await.unwrap().map_or(0, |loaded| loaded.version.0);
                for version in begun..RECORDS {
                    let last = version + 1 == RECORDS;
                    let next =
                        if last { ending(number, version, Duration::ZERO) } else { append(number, version) };
                    put(&*store, next).await;
                    // One write: a line is heard whole or not at all.
                    let line = format!("ack {number} {}\n", version + 1);
                    std::io::stdout().write_all(line.as_bytes()).unwrap();
                }
            }
        })
    });
    futures_util::future::join_all(callers).await;
}
