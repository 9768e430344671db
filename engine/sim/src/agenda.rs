//! What will happen, in order of time.
//!
//! Nothing is ever taken out: whoever handles a happening first looks whether it still matters.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use acs::model::{RecordingState, Tone};
use jiff::Timestamp;

use crate::call::{CallId, LegId, RingId};
use crate::identity::Key;
use crate::request::Delivery;
use crate::script::Speech;

/// Something that will happen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Happening {
    /// Event Grid delivers `IncomingCall`.
    Announce { context: String },
    /// An unanswered call stops ringing.
    OfferExpires { context: String },
    /// A caller does not wait any longer.
    GiveUp { context: String },
    /// The one who is rung takes the call, or refuses it.
    RingResolves { ring: RingId },
    /// Nobody has taken it.
    RingTimesOut { ring: RingId },
    /// A leg that was accepted is set up, or cannot be.
    LegConnects { leg: LegId },
    /// A leg that was told to leave is gone.
    LegLeaves { leg: LegId, ends_call: bool },
    /// The application is out of a call that it transferred.
    LegTransferred { leg: LegId },
    /// An event that nothing else has to happen for.
    Emit { leg: LegId, event: Box<crate::world::Event> },
    /// Somebody is taken out of a call.
    Removed { leg: LegId, key: Key, event: Box<crate::world::Event> },
    /// A recording began, paused, went on or ended.
    Recording { id: String, state: RecordingState, is_last: bool },
    /// A WebSocket is cut off, if it is still the one that was opened then.
    SocketBreaks { leg: LegId, socket: Socket, opened: Timestamp },
    /// The roster has changed.
    Roster { call: CallId },
    /// Every leg is sent its roster again, under the number that it had.
    RosterAgain { call: CallId },
    /// The next step of a media operation.
    Media { leg: LegId, operation: u64, step: u32 },
    /// Somebody presses a key. With an operation, only while that one runs.
    Press { call: CallId, key: Key, tone: Tone, during: Option<(LegId, u64)> },
    /// Somebody speaks.
    Say { call: CallId, key: Key, speech: Speech, during: Option<(LegId, u64)> },
    /// Somebody comes into the call by themselves.
    Come { call: CallId, key: Key },
    /// Somebody hangs up.
    HangUp { call: CallId, key: Key },
    /// People who were left without an application part.
    Part { call: CallId },
    /// Something is posted, later than it might have been, or again.
    Deliver { delivery: Box<Delivery> },
    /// An event waits no longer to be overtaken.
    LetGo { connection: String, id: String },
}

/// What a WebSocket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Socket {
    Streaming,
    Transcription,
}

#[derive(Debug)]
struct Entry {
    at: Timestamp,
    /// Order among those of the same time: as they were added.
    number: u64,
    happening: Happening,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Entry) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// A queue by time.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    heap: BinaryHeap<Reverse<Entry>>,
    added: u64,
}

impl Agenda {
    pub(crate) fn add(&mut self, at: Timestamp, happening: Happening) {
        self.added += 1;
        self.heap.push(Reverse(Entry { at, number: self.added, happening }));
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }

    /// The next happening that is due by `now`.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Option<(Timestamp, Happening)> {
        if self.next_due()? > now {
            return None;
        }
        self.heap.pop().map(|Reverse(entry)| (entry.at, entry.happening))
    }
}
