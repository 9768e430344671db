//! What every store must do, as one suite: each implementation brings a [`Home`] and calls each function here
//! from a test of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use jiff::Timestamp;
use uuid::Uuid;

use super::{
    After, Append, Cursor, Error, Name, Page, RecordId, RunId, RunRow, Store, Summary, Urgency, Verdict,
    Version,
};

const HOUR: Duration = Duration::from_secs(3600);

/// Where a store lives, so that it can be closed or killed and opened again.
pub(super) trait Home {
    type Store: Store;

    fn open(&self) -> Self::Store;

    /// Ends the store as a killed process would.
    async fn crash(&self, store: Self::Store);
}

pub(super) fn run(number: u128) -> RunId {
    RunId(Uuid::from_u128(number))
}

/// The next record of a run that is at a version.
pub(super) fn append(number: u128, expect: u64) -> Append {
    Append {
        run: run(number),
        expect: Version(expect),
        id: RecordId(Uuid::from_u128(number << 64 | u128::from(expect))),
        record: content(number, expect.saturating_add(1)),
        wake: None,
        live: true,
        names: Vec::new(),
        summary: Summary {
            flow: if number.is_multiple_of(2) { "even".into() } else { "odd".into() },
            started_at: Timestamp::from_millisecond(i64::try_from(number).unwrap()).unwrap(),
            ended_at: None,
            outcome: None,
            status: format!("at {}", expect.saturating_add(1)).into(),
        },
        urgency: Urgency::Now,
    }
}

/// The last record of a run, which ended some time ago.
pub(super) fn ending(number: u128, expect: u64, ended_ago: Duration) -> Append {
    let mut append = append(number, expect);
    append.live = false;
    append.summary.ended_at = Some(crate::clock::now() - ended_ago);
    append.summary.outcome = Some("completed".into());
    append
}

fn content(number: u128, version: u64) -> Bytes {
    Bytes::from(format!("record {version} of run {number}"))
}

/// Appends and insists that it is taken.
pub(super) async fn put(store: &impl Store, append: Append) {
    let (run, next) = (append.run, append.expect.next());
    match store.append(append).await.unwrap() {
        Verdict::Appended(durable) => assert_eq!((durable.run(), durable.version()), (run, next)),
        Verdict::Stale => panic!("run {run} is not at the version before {next}"),
    }
}

async fn put_all(store: &impl Store, number: u128, versions: std::ops::Range<u64>) {
    for version in versions {
        put(store, append(number, version)).await;
    }
}

async fn is_stale(store: &impl Store, append: Append) -> bool {
    matches!(store.append(append).await.unwrap(), Verdict::Stale)
}

/// Insists that a run is live at a version, with every record of its journal as it was appended.
pub(super) async fn check_whole(store: &impl Store, number: u128, version: u64) {
    let loaded = store.load(run(number)).await.unwrap().unwrap();
    assert_eq!((loaded.version, loaded.live), (Version(version), true), "run {number}");
    assert_eq!(loaded.latest.unwrap().record, content(number, version));
    let journal = store.journal(run(number), Version(1), usize::MAX).await.unwrap();
    let versions: Vec<u64> = journal.iter().map(|record| record.version.0).collect();
    assert_eq!(versions, (1..=version).collect::<Vec<_>>(), "run {number}");
    for record in journal {
        assert_eq!(record.record, content(number, record.version.0));
    }
}

async fn listed(store: &impl Store, flow: Option<&str>, live: Option<bool>) -> Vec<RunRow> {
    let page = Page { flow: flow.map(str::to_owned), live, after: None, limit: 100 };
    store.runs(page).await.unwrap()
}

fn numbers(rows: &[RunRow]) -> Vec<u128> {
    rows.iter().map(|row| row.run.0.as_u128()).collect()
}

/// An append is taken only on the version it was decided on, and what is refused leaves no trace.
pub(super) async fn compares_and_sets(home: impl Home) {
    let store = home.open();
    assert_eq!(store.load(run(1)).await.unwrap(), None);
    assert!(is_stale(&store, append(1, 1)).await, "the run does not exist");
    put_all(&store, 1, 0..3).await;
    for expect in [0, 1, 2, 4, u64::MAX] {
        assert!(is_stale(&store, append(1, expect)).await, "expected {expect}");
    }
    check_whole(&store, 1, 3).await;
    let latest = store.load(run(1)).await.unwrap().unwrap().latest.unwrap();
    assert_eq!(latest.id, append(1, 2).id);
}

/// Appends of one run keep the order of the calls, even within one group.
pub(super) async fn keeps_the_order_of_calls(home: impl Home) {
    let store = home.open();
    let pending: Vec<_> = (0..300).map(|version| store.append(append(1, version))).collect();
    // Awaited backwards: the order in which futures are polled must not matter.
    for append in pending.into_iter().rev() {
        assert!(matches!(append.await.unwrap(), Verdict::Appended(_)));
    }
    check_whole(&store, 1, 300).await;
}

/// In a group each item succeeds or goes stale by itself.
pub(super) async fn judges_items_of_a_group_one_by_one(home: impl Home) {
    let store = home.open();
    let wishes = (1..=100).flat_map(|number| [append(number, 0), append(number, 0), append(number, 1)]);
    let verdicts = join_all(wishes.map(|append| store.append(append))).await;
    for of_run in verdicts.chunks(3) {
        let appended: Vec<bool> =
            of_run.iter().map(|verdict| matches!(verdict, Ok(Verdict::Appended(_)))).collect();
        assert_eq!(appended, [true, false, true]);
    }
    for number in 1..=100 {
        check_whole(&store, number, 2).await;
    }
}

/// Two who decided on the same version: exactly one of them wins.
pub(super) async fn lets_one_of_two_win(home: impl Home) {
    let store = home.open();
    put_all(&store, 1, 0..1).await;
    let racers = join_all((0..50).map(|_| store.append(append(1, 1)))).await;
    let won = racers.iter().filter(|verdict| matches!(verdict, Ok(Verdict::Appended(_)))).count();
    assert_eq!(won, 1);
    check_whole(&store, 1, 2).await;
}

/// What was acknowledged is there after closing, and after crashing again and again.
/// Between two crashes something else is folded: what was only replayed must not be taken for folded.
pub(super) async fn recovers_again_and_again(home: impl Home) {
    let store = home.open();
    put_all(&store, 1, 0..5).await;
    put(&store, Append { wake: Some(After(Duration::ZERO)), ..append(2, 0) }).await;
    store.close().await;
    drop(store);

    let store = home.open();
    check_whole(&store, 1, 5).await;
    put_all(&store, 1, 5..9).await;
    put(&store, ending(3, 0, Duration::ZERO)).await;
    home.crash(store).await;

    let store = home.open();
    put_all(&store, 4, 0..1).await;
    // Listing brings the list up to date: the fold.
    assert_eq!(numbers(&listed(&store, None, Some(true)).await), [4, 2, 1]);
    put_all(&store, 4, 1..2).await;
    home.crash(store).await;

    let store = home.open();
    check_whole(&store, 1, 9).await;
    check_whole(&store, 4, 2).await;
    assert_eq!(numbers(&listed(&store, None, Some(false)).await), [3]);
    put_all(&store, 1, 9..10).await;
    home.crash(store).await;

    let store = home.open();
    check_whole(&store, 1, 10).await;
    store.due().await;
    let due = store.claim_due(HOUR, 10).await.unwrap();
    assert_eq!(due.iter().map(|loaded| loaded.run).collect::<Vec<_>>(), [run(2)]);
}

/// A run that was begun just before a crash is due when it said, however often the process crashes.
pub(super) async fn wakes_what_was_just_begun(home: impl Home) {
    let store = home.open();
    put(&store, Append { wake: Some(After(Duration::ZERO)), ..append(1, 0) }).await;
    home.crash(store).await;

    for _ in 0..2 {
        let store = home.open();
        store.due().await;
        assert_eq!(store.claim_due(HOUR, 10).await.unwrap().len(), 1);
        // Listing brings the list up to date: the fold.
        assert_eq!(numbers(&listed(&store, None, Some(true)).await), [1]);
        home.crash(store).await;
    }
}

/// Who is due is claimed once per lease, with its latest record; a record in between sets another time.
pub(super) async fn claims_who_is_due(home: impl Home) {
    let store = home.open();
    let wake = |number, expect, after| Append { wake: Some(After(after)), ..append(number, expect) };
    put(&store, wake(1, 0, HOUR)).await;
    assert_eq!(store.claim_due(HOUR, 10).await.unwrap(), []);
    put(&store, wake(2, 0, Duration::ZERO)).await;
    put(&store, wake(3, 0, Duration::ZERO)).await;
    put(&store, append(3, 1)).await;
    store.due().await;
    let due = store.claim_due(Duration::ZERO, 10).await.unwrap();
    assert_eq!(due, [store.load(run(2)).await.unwrap().unwrap()]);
    // The lease is over: nobody did anything about it, so it comes again; and then it is someone's.
    store.due().await;
    assert_eq!(store.claim_due(HOUR, 10).await.unwrap(), due);
    assert_eq!(store.claim_due(HOUR, 10).await.unwrap(), []);
    put(&store, wake(2, 1, Duration::ZERO)).await;
    store.due().await;
    assert_eq!(store.claim_due(HOUR, 10).await.unwrap()[0].version, Version(2));
}

/// Whoever waits for the next timer hears of an earlier one, and is never told early.
pub(super) async fn wakes_for_an_earlier_timer(home: impl Home) {
    let store = home.open();
    put(&store, Append { wake: Some(After(HOUR)), ..append(1, 0) }).await;
    let asked = crate::clock::instant();
    let after = Duration::from_millis(30);
    let (claimed, ()) = tokio::join!(
        async {
            store.due().await;
            let waited = asked.elapsed();
            (store.claim_due(HOUR, 10).await.unwrap(), waited)
        },
        put(&store, Append { wake: Some(After(after)), ..append(2, 0) }),
    );
    let (due, waited) = claimed;
    assert_eq!(due.iter().map(|loaded| loaded.run).collect::<Vec<_>>(), [run(2)]);
    assert!(waited >= after, "{waited:?}");
}

/// A journal is read in pages.
pub(super) async fn pages_a_journal(home: impl Home) {
    let store = home.open();
    put_all(&store, 1, 0..10).await;
    let table: [(u64, usize, &[u64]); 6] =
        [(1, 3, &[1, 2, 3]), (4, 3, &[4, 5, 6]), (9, 3, &[9, 10]), (11, 3, &[]), (0, 1, &[1]), (5, 0, &[])];
    for (from, limit, expected) in table {
        let page = store.journal(run(1), Version(from), limit).await.unwrap();
        let versions: Vec<u64> = page.iter().map(|record| record.version.0).collect();
        assert_eq!(versions, expected, "from {from}, at most {limit}");
    }
    assert_eq!(store.journal(run(2), Version(1), 3).await.unwrap(), []);
    // Large records make small pages.
    let large = Bytes::from(vec![0; crate::limits::RECORD_BYTES_MAX]);
    for version in 0..6 {
        put(&store, Append { record: large.clone(), ..append(3, version) }).await;
    }
    assert_eq!(store.journal(run(3), Version(1), 6).await.unwrap().len(), 4);
    assert_eq!(store.journal(run(3), Version(5), 6).await.unwrap().len(), 2);
}

/// The list of runs is exact at once, filtered and paged.
pub(super) async fn lists_runs(home: impl Home) {
    let store = home.open();
    for number in 1..=9 {
        put(&store, append(number, 0)).await;
    }
    for number in [2, 3, 5] {
        put(&store, ending(number, 1, Duration::ZERO)).await;
    }
    let table: [(Option<&str>, Option<bool>, &[u128]); 6] = [
        (None, None, &[9, 8, 7, 6, 5, 4, 3, 2, 1]),
        (None, Some(true), &[9, 8, 7, 6, 4, 1]),
        (None, Some(false), &[5, 3, 2]),
        (Some("odd"), None, &[9, 7, 5, 3, 1]),
        (Some("even"), Some(true), &[8, 6, 4]),
        (Some("odd"), Some(false), &[5, 3]),
    ];
    for (flow, live, expected) in table {
        assert_eq!(numbers(&listed(&store, flow, live).await), expected, "{flow:?} {live:?}");
        // The same list, two at a time.
        let mut paged = Vec::new();
        let mut page = Page { flow: flow.map(str::to_owned), live, after: None, limit: 2 };
        loop {
            let rows = store.runs(page.clone()).await.unwrap();
            let Some(last) = rows.last() else { break };
            page.after = Some(Cursor::from(last.cursor.to_string()));
            paged.extend(numbers(&rows));
        }
        assert_eq!(paged, expected, "{flow:?} {live:?}");
    }
    let row = listed(&store, Some("odd"), Some(false)).await.swap_remove(1);
    assert_eq!((row.status.as_str(), row.outcome.as_deref()), ("at 2", Some("completed")));
    assert_eq!((row.started_at.as_millisecond(), row.version), (3, Version(2)));
    assert!(row.ended_at.is_some() && !row.live);
    let bad = Page { after: Some(Cursor::from("elsewhere".to_owned())), ..Page::default() };
    assert!(matches!(store.runs(bad).await, Err(Error::BadCursor)));
}

/// Journals of runs that ended long ago go; their rows stay as tombstones for 48 hours, live runs for good.
pub(super) async fn retires_ended_runs(home: impl Home) {
    let store = home.open();
    let ends: BTreeMap<u128, Option<Duration>> =
        [(1, Some(100 * HOUR)), (2, None), (3, Some(10 * HOUR)), (4, Some(HOUR))].into();
    for (number, ended_ago) in &ends {
        put_all(&store, *number, 0..4).await;
        if let Some(ended_ago) = ended_ago {
            put(&store, ending(*number, 4, *ended_ago)).await;
        }
    }
    listed(&store, None, None).await;
    let before = crate::clock::now() - 5 * HOUR;
    assert_eq!(store.retire(before, 1).await.unwrap(), 1, "the oldest");
    assert_eq!(store.load(run(1)).await.unwrap(), None);
    assert_eq!(store.retire(before, 10).await.unwrap(), 1, "the next");
    assert_eq!(store.retire(before, 10).await.unwrap(), 0, "no other");
    let tombstone = store.load(run(3)).await.unwrap().unwrap();
    assert_eq!((tombstone.version, tombstone.live, tombstone.latest), (Version(5), false, None));
    assert_eq!(store.journal(run(3), Version(1), 10).await.unwrap(), []);
    assert!(is_stale(&store, append(3, 0)).await && is_stale(&store, append(3, 5)).await);
    check_whole(&store, 2, 4).await;
    assert_eq!(store.journal(run(4), Version(1), 10).await.unwrap().len(), 5);
    home.crash(store).await;

    let store = home.open();
    assert_eq!(numbers(&listed(&store, None, None).await), [4, 3, 2]);
    put_all(&store, 5, 0..2).await;
    check_whole(&store, 5, 2).await;
}

/// Where there is too much, the journals that ended first go, as many as must; and nobody waits for that meanwhile.
pub(super) async fn shrinks(home: impl Home) {
    const RUNS: u128 = 3000;
    let bytes = |of: u128| u64::try_from(of * 3 * 1024).unwrap();
    let large = Bytes::from(vec![7; 1024]);
    let store = home.open();
    put_all(&store, RUNS + 1, 0..2).await;
    // The later in the list, the earlier they ended.
    let runs = (1..=RUNS).flat_map(|number| {
        let end = ending(number, 2, Duration::from_secs(u64::try_from(number).unwrap()));
        [append(number, 0), append(number, 1), end].map(|append| Append { record: large.clone(), ..append })
    });
    for chunk in runs.collect::<Vec<_>>().chunks(900) {
        let verdicts = join_all(chunk.iter().map(|append| store.append(append.clone()))).await;
        assert!(verdicts.iter().all(|verdict| matches!(verdict, Ok(Verdict::Appended(_)))));
    }
    listed(&store, None, None).await;
    assert_eq!(store.shrink(bytes(2 * RUNS)).await.unwrap(), 0, "there is room for all of them");

    let is_done = std::cell::Cell::new(false);
    let (gone, between) = tokio::join!(
        async {
            let gone = store.shrink(bytes(RUNS / 2)).await.unwrap();
            is_done.set(true);
            u128::try_from(gone).unwrap()
        },
        async {
            let mut between = 0;
            while !is_done.get() {
                put(&store, append(RUNS + 1, 2 + between)).await;
                between += 1;
            }
            between
        },
    );
    assert!(between > 5, "{between} appends while {gone} journals were deleted");
    check_whole(&store, RUNS + 1, 2 + between).await;
    // What is held is more than the records alone, but not by much.
    assert!((RUNS / 2..RUNS * 3 / 4).contains(&gone), "{gone}");
    for number in 1..=RUNS {
        let loaded = store.load(run(number)).await.unwrap().unwrap();
        assert_eq!(loaded.latest.is_some(), number <= RUNS - gone, "run {number} of which {gone} are gone");
    }
    assert_eq!(store.shrink(bytes(RUNS)).await.unwrap(), 0, "there is room now");
}

/// A name leads to the run that had it first, in every later life of the store, and goes with the run's row.
pub(super) async fn finds_runs_by_name(home: impl Home) {
    let name = |number| Name(Uuid::from_u128(number));
    let called =
        |number, names: &[u128]| names.iter().map(|other| name(*other)).chain([name(number)]).collect();
    let store = home.open();
    put(&store, Append { names: called(1, &[7, 7]), ..append(1, 0) }).await;
    put(&store, Append { names: called(2, &[7]), ..append(2, 0) }).await;
    assert!(is_stale(&store, Append { names: called(3, &[]), ..append(3, 1) }).await);
    put(&store, Append { names: vec![name(8)], ..append(1, 1) }).await;
    put(&store, Append { names: vec![name(9)], ..ending(1, 2, 100 * HOUR) }).await;
    let expected = |of_first: Option<u128>| {
        let first = [1, 7, 8, 9].map(|number| (number, of_first.map(run)));
        first.into_iter().chain([(2, Some(run(2))), (3, None)])
    };
    for (number, found) in expected(Some(1)) {
        assert_eq!(store.named(name(number)).await.unwrap(), found, "{number}");
    }
    home.crash(store).await;

    let store = home.open();
    for (number, found) in expected(Some(1)) {
        assert_eq!(store.named(name(number)).await.unwrap(), found, "{number}, after a crash");
    }
    listed(&store, None, None).await;
    assert_eq!(store.retire(crate::clock::now(), 10).await.unwrap(), 1);
    for (number, found) in expected(None) {
        assert_eq!(store.named(name(number)).await.unwrap(), found, "{number}, once it is gone");
    }
    put(&store, Append { names: called(4, &[7]), ..append(4, 0) }).await;
    assert_eq!(store.named(name(7)).await.unwrap(), Some(run(4)), "a name that is free again");
}

/// What is too large is refused by itself, and the store goes on.
pub(super) async fn refuses_what_is_too_large(home: impl Home) {
    let store = home.open();
    let large = Bytes::from(vec![0; crate::limits::RECORD_BYTES_MAX + 1]);
    let refused = store.append(Append { record: large.clone(), ..append(1, 0) }).await;
    assert!(matches!(refused, Err(Error::TooLarge { .. })));
    let largest = large.slice(1..);
    put(&store, Append { record: largest.clone(), ..append(1, 0) }).await;
    assert_eq!(store.load(run(1)).await.unwrap().unwrap().latest.unwrap().record, largest);
}

/// After closing nothing is taken, and that is a certain no.
pub(super) async fn refuses_after_closing(home: impl Home) {
    let store = home.open();
    let accepted: Vec<_> = (0..20).map(|version| store.append(append(1, version))).collect();
    store.close().await;
    for append in accepted {
        assert!(matches!(append.await, Ok(Verdict::Appended(_))), "what was accepted is finished");
    }
    assert!(matches!(store.append(append(1, 20)).await, Err(Error::Closed(_))));
    assert!(matches!(store.ready(), Err(Error::Closed(_))));
    drop(store);
    check_whole(&home.open(), 1, 20).await;
}
