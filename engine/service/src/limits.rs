//! Every bound of the service: name, unit (last in the name) and reason.

use std::num::NonZeroUsize;
use std::time::Duration;

use jiff::SignedDuration;

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

/// Bytes of records after which a page of a journal ends, so that a thousand large ones are not held at once.
pub const STORE_PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Journal rows deleted in one transaction: bounds how long an append waits behind a retirement.
pub const STORE_RETIRE_ROWS_MAX: usize = 1000;

/// Runs looked at in one transaction of a retirement, for the same reason.
pub const STORE_RETIRE_RUNS_MAX: usize = 64;

/// What deleting a record writes, in bytes, roughly: two to a page.
pub const STORE_RETIRED_BYTES: usize = 2048;

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

/// Event ids that a run remembers, to recognise what was delivered before. Unit: ids, 8 bytes each.
pub const SEEN_MAX: usize = 64;

/// Inputs of one run that wait their turn. More is not a call any more.
pub const RUN_INPUTS_MAX: usize = 256;

/// Inputs from outside that wait their turn, of all runs: bounds memory, and how long an answer takes.
pub const INPUTS_MAX: usize = 16 * 1024;

/// Runs that are dealt with at once, above which no new ones begin: what comes for the calls that are there waits behind
/// no more than these. More than several batches of Event Grid, so that a burst of calls is taken and a flood is not.
pub const RUNS_CROWD: usize = 1024;

/// Locks that runs are spread over, so that they hardly ever wait for each other.
pub const RUN_SHARDS: usize = 64;

/// Snapshots of ended runs kept decoded behind each lock: an answer or event that comes behind the end is soon there.
pub const ENDED_PLACES_MAX: NonZeroUsize = NonZeroUsize::new(16).expect("16 is not 0");

/// Snapshots kept decoded, in bytes of memory (estimated); the rest is read from the store when needed.
pub const SNAPSHOT_CACHE_BYTES: usize = 128 * 1024 * 1024;

/// How much more memory a decoded snapshot takes than its record has bytes.
pub const SNAPSHOT_BYTES_FACTOR: usize = 4;

/// How often an input is stepped again because another process was faster.
pub const STALE_RETRIES_MAX: u32 = 8;

/// The longest pause before it is, so that two processes do not keep meeting.
pub const STALE_PAUSE_MAX: Duration = Duration::from_millis(20);

/// Runs that were set aside because of a fault of ours and whose inputs are refused until a restart.
pub const SET_ASIDE_MAX: usize = 10_000;

/// Due runs that are woken at once; the next are claimed when these are done.
pub const WAKE_BATCH: usize = 256;

/// How long a claimed run is left alone if nothing is appended to it. Bounds how late its next timer can be.
pub const WAKE_LEASE: Duration = Duration::from_secs(1);

/// How long after its decision an action may be unanswered before somebody looks whether it is being posted at all.
/// Short, so that a restart posts it while the caller still waits; looking is cheap.
pub const POST_GRACE: Duration = Duration::from_secs(1);

/// Timers of one run that one look may fire.
pub const TIMERS_PER_WAKE_MAX: usize = 1024;

/// Pause after the store could not say which runs are due.
pub const WAKE_PAUSE: Duration = Duration::from_secs(1);

/// Requests to the provider that are under way at once.
pub const POSTS_MAX: usize = 512;

/// Actions that wait for their turn to be posted. Those beyond are posted when their grace is over.
pub const POSTS_WAITING_MAX: usize = 16 * 1024;

/// How long an action is tried, retries included. Source: engine page, section 1.
pub const POST_DEADLINE: Duration = Duration::from_secs(10);

/// The same where a caller hears it ring until the answer comes.
pub const POST_RINGING_DEADLINE: Duration = Duration::from_secs(3);

/// How long an event is waited for that shows that a play or recognize of unknown fate was taken.
pub const MEDIA_SIGN_WAIT: Duration = Duration::from_millis(1_500);

/// Latest entries of a journal that are looked through for one.
pub const SIGN_ENTRIES_MAX: usize = 64;

/// How often what came back from the provider is offered to a store that has no room.
pub const OWN_INPUT_RETRIES_MAX: u32 = 5;

/// How long a TCP and TLS handshake may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Idle connections kept to one host, and for how long.
pub const IDLE_CONNECTIONS_MAX: usize = 128;
/// See [`IDLE_CONNECTIONS_MAX`]. Shorter than what servers and proxies usually keep.
pub const IDLE_CONNECTION_TIMEOUT: Duration = Duration::from_secs(50);

/// Largest answer that is read, in bytes: of the provider and of the `http` action. It ends up in a record.
pub const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// `http` requests of all runs that are under way to one host: a slow one delays its own runs only.
pub const HTTP_PER_HOST_MAX: usize = 32;

/// Hosts whose `http` requests are under way.
pub const HTTP_HOSTS_MAX: usize = 1024;

/// Longest flow version that is read back, in bytes: the text of a flow with those of all its sub-flows, each of which the
/// language allows 4 MiB.
pub const VERSION_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Flow versions that take no calls any more and are kept in memory for the runs on them; the others are read again.
pub const OLD_VERSIONS_MAX: usize = 256;

/// Largest set of flows that is deployed over the API, in bytes of JSON: eight of the largest files, or thousands of
/// usual ones.
pub const DEPLOY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Flows in a set that is deployed over the API: with nothing right in any of them, the answer still has a bound.
pub const DEPLOY_FLOWS_MAX: usize = 10_000;

/// Longest set that is read back, in bytes. As [`DEPLOY_BYTES_MAX`]; written anew, no text takes more than twice the room.
pub const DEPLOYED_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Longest idempotency key, in bytes.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 256;

/// Runs or journal entries on one page of the API.
pub const PAGE_MAX: usize = 100;

/// Longest wait for the next entry of a journal.
pub const WATCH_MAX: Duration = Duration::from_secs(60);

/// Largest settings file, in bytes: constants and secrets included, some kilobytes are usual.
pub const CONFIG_BYTES_MAX: usize = 256 * 1024;

/// Connections at a time; more wait in the system's queue. A provider keeps some dozens.
pub const CONNECTIONS_MAX: usize = 4096;

/// How long the head of a request may take, and a connection may idle: providers pause between a call's events.
pub const HEADERS_WAIT_MAX: Duration = Duration::from_secs(75);

/// Buffer of one connection, in bytes: bounds the head of a request. A callback's token takes up to 16 KiB of it.
pub const CONNECTION_BUFFER_BYTES_MAX: usize = 64 * 1024;

/// Pause after a connection could not be accepted, mostly for want of file descriptors.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long a body may take to arrive.
pub const BODY_WAIT_MAX: Duration = Duration::from_secs(20);

/// What is read past of a body that is too large, in bytes, so that its sender comes to read the answer.
pub const BODY_DISCARD_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Largest callback body, in bytes. Recorded ones have 1 to 3 KB; rosters of large calls tens of them.
pub const CALLBACK_BYTES_MAX: usize = 256 * 1024;

/// Largest Event Grid delivery, in bytes: it sends up to 1 MB, in an event or in a batch.
pub const EVENT_GRID_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Calls of one Event Grid batch that are started beside each other.
pub const EVENT_GRID_STARTS_MAX: usize = 64;

/// How long an incoming call rings; announced later than that, nobody can answer it. Source: reference 6.1.
pub const RINGING_MAX: SignedDuration = SignedDuration::from_secs(30);

/// Largest JSON body of the API, in bytes. As a value that an expression makes: a quarter of a mebibyte is a lot.
pub const API_BYTES_MAX: usize = 256 * 1024;

/// Longest text of an announcement that a run keeps, in bytes. Locations of files have some hundreds; a run keeps
/// [`RECORDED_FILES_MAX`](machine::limits::RECORDED_FILES_MAX) files, so they leave room for all else
/// in [`RECORD_BYTES_MAX`].
pub const ANNOUNCED_TEXT_BYTES_MAX: usize = 1024;

/// Flows validated over the API at a time: each takes a processor for as long as it is large.
pub const VALIDATIONS_MAX: usize = 2;

/// Sentences about what is wrong in one answer.
pub const ERROR_DETAILS_MAX: usize = 20;

/// What a sender is asked to wait when there is no room. Event Grid's own first retry comes after 10 s.
pub const RETRY_LATER: Duration = Duration::from_secs(1);

/// How long the keys of the callbacks' issuer are used before they are fetched again, so that revoked ones go.
pub const KEYS_AGE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Shortest pause between two fetches of keys, or a forger could make us ask without end.
pub const KEYS_FETCH_PAUSE: Duration = Duration::from_secs(10);

/// How long fetching a token of Microsoft Entra ID may take; actions wait for it meanwhile.
pub const ENTRA_FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// How long before its end a token is renewed at the earliest, so that none expires on its way.
pub const ENTRA_EARLY_MAX: Duration = Duration::from_secs(5 * 60);

/// Longest lifetime that is believed of a token.
pub const ENTRA_TOKEN_LIFETIME_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Longest token that is sent. Unit: bytes; it goes into a header.
pub const ENTRA_TOKEN_BYTES_MAX: usize = 16 * 1024;

/// Longest assertion by which an application proves itself. Unit: bytes.
pub const ASSERTION_BYTES_MAX: usize = 16 * 1024;

/// How long fetching one document of the issuer may take; the provider waits for our answer meanwhile.
pub const KEYS_FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// Tokens of callbacks that are remembered as good: each is used for some events and for five minutes.
pub const TOKENS_REMEMBERED_MAX: usize = 4096;

/// How long a service that was told to end may take to finish and record what is in flight.
pub const DRAIN_MAX: Duration = Duration::from_secs(25);

/// How often a draining engine looks whether everything in flight is done.
pub const DRAIN_LOOK_EVERY: Duration = Duration::from_millis(5);

/// Calls that the provider is asked about at once: those of which nothing was heard, and all after the engine was away.
pub const ASK_AT_ONCE: usize = 16;

/// Runs whose calls are being asked about, or wait for that. Those beyond ask again by themselves.
pub const ASKS_WAITING_MAX: usize = 4096;

/// Pages of a roster that are read: some hundreds of people.
pub const ROSTER_PAGES_MAX: u32 = 20;

/// How often the provider is asked whether a call still exists, if it cannot be reached; and how long between.
pub const ASK_ROUNDS_MAX: u32 = 120;
/// See [`ASK_ROUNDS_MAX`].
pub const ASK_PAUSE: Duration = Duration::from_secs(30);

/// How often journals that may go are looked for.
pub const RETAIN_EVERY: Duration = Duration::from_secs(60);

/// Runs whose journals go with one request to the store.
pub const RETAIN_RUNS: usize = 256;
