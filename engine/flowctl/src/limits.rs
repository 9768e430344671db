//! Every bound of this crate: name, unit, reason.

use std::time::Duration;

/// Unit: files that one command takes. A hundred times what the largest known installation has.
pub(crate) const FILES_MAX: usize = 100_000;
/// Unit: folders inside each other. Deeper is no folder of flows.
pub(crate) const FOLDER_DEPTH_MAX: usize = 32;
/// Unit: rounds of mending and checking again. Each mends something, and few files need a third.
pub(crate) const MENDING_ROUNDS_MAX: usize = 100;
/// How long formatting one file may take. The largest takes a tenth of it.
pub(crate) const FORMATTING_TIME_MAX: Duration = Duration::from_secs(30);
/// Unit: bytes of stack for formatting, which goes down into all that is nested. Of it 64 levels need a tenth.
pub(crate) const FORMATTING_STACK_BYTES: usize = 64 * 1024 * 1024;
/// Unit: bytes of an answer of the simulator or the engine. A page of a journal is a tenth of it.
pub(crate) const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How long a connection may take. Both servers are near.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an answer may take.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a server is asked to wait for something to tell. Shorter than what both allow.
pub(crate) const LONG_POLL: Duration = Duration::from_secs(20);
/// How long an engine is given to take a call before it is watched without one.
pub(crate) const RUN_GRACE: Duration = Duration::from_secs(3);
/// How long a run may take to end after its call. The slowest thing left is a lost event that is asked for.
pub(crate) const END_GRACE: Duration = Duration::from_secs(30);
/// How long a line waits for earlier ones: two servers tell what happened, one after the other.
pub(crate) const SETTLE: Duration = Duration::from_millis(150);
/// How often an engine is asked whether it has taken a call yet.
pub(crate) const RUN_POLL: Duration = Duration::from_millis(100);
/// Unit: runs that are looked at to find the one of a call. Ours is among the latest.
pub(crate) const RUNS_LOOKED_AT: usize = 20;
/// How long the person of the demonstration stays on the line at most.
pub(crate) const DEMO_SECONDS_MAX: u64 = 60;
/// Unit: messages of an editor that wait for those before them. It sends one for each key at most.
pub(crate) const MESSAGES_WAITING_MAX: usize = 1024;
/// Unit: bytes of one header of an editor's message. The longest known has fifty.
pub(crate) const HEADER_BYTES_MAX: u64 = 4 * 1024;
/// Unit: bytes of an editor's message. One that opens the largest flow has eight times less, however it is escaped.
pub(crate) const MESSAGE_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// How often watched files are looked at. Twice so long after the last change they are loaded.
pub(crate) const WATCH_EVERY: Duration = Duration::from_millis(500);
/// Unit: findings that are logged when flows are loaded anew. The others are told by `flowctl validate`.
pub(crate) const FINDINGS_LOGGED_MAX: usize = 20;
/// Unit: runs in one state that are named to people. Who wants more asks for JSON.
pub(crate) const RUNS_NAMED_MAX: usize = 20;
