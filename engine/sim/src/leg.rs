//! A leg: one application's connection to a call.

use std::collections::{BTreeMap, VecDeque};

use acs::model::{
    CallConnectionState, CommunicationIdentifier, CommunicationUserIdentifier, MediaStreamingOptions,
    PhoneNumberIdentifier, TranscriptionOptions,
};

use jiff::Timestamp;

use crate::call::{CallId, Offer};
use crate::identity::Key;
use crate::media::MediaOperation;

/// One application's connection to a call.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) call: CallId,
    pub(crate) connection_id: String,
    /// Who the application is in the call.
    pub(crate) identity: CommunicationIdentifier,
    pub(crate) callback_uri: String,
    pub(crate) operation_context: Option<String>,
    /// The version of the API of the request that made it; its events repeat it.
    pub(crate) api_version: String,
    pub(crate) phase: Phase,
    pub(crate) shown: Shown,
    pub(crate) origin: Origin,
    /// Whether text can be spoken and speech recognised.
    pub(crate) has_intelligence: bool,
    pub(crate) streaming: Option<Stream<MediaStreamingOptions>>,
    pub(crate) transcription: Option<Stream<TranscriptionOptions>>,
    /// Play to everyone, and recognize in a 1:1 call: one after another (reference 9.4).
    pub(crate) main: VecDeque<MediaOperation>,
    /// Play to some, recognize in a group call, keys that are sent: one at a time.
    pub(crate) private: Option<MediaOperation>,
    /// Whose keys are reported.
    pub(crate) continuous: BTreeMap<Key, Continuous>,
    /// Number of the last roster.
    pub(crate) sequence: i64,
}

/// Where a leg stands (reference 9.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Establishing,
    Connected,
    Transferring,
    TransferAccepted,
    Ending,
}

impl Phase {
    pub(crate) fn shown(self) -> CallConnectionState {
        match self {
            Phase::Establishing => CallConnectionState::Connecting,
            Phase::Connected => CallConnectionState::Connected,
            Phase::Transferring => CallConnectionState::Transferring,
            Phase::TransferAccepted => CallConnectionState::TransferAccepted,
            Phase::Ending => CallConnectionState::Disconnecting,
        }
    }
}

/// What came before the leg.
#[derive(Debug)]
pub(crate) enum Origin {
    Created,
    Answered(Box<Offer>),
    /// There may be nothing to join.
    Joined {
        is_found: bool,
    },
}

/// What `CallConnectionProperties` repeats of the request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    pub(crate) targets: Vec<CommunicationIdentifier>,
    pub(crate) source: Option<CommunicationIdentifier>,
    pub(crate) source_caller_id: Option<PhoneNumberIdentifier>,
    pub(crate) source_display_name: Option<String>,
    pub(crate) answered_by: Option<CommunicationUserIdentifier>,
    pub(crate) answered_for: Option<PhoneNumberIdentifier>,
}

/// Streaming or transcription that was configured with the leg. The WebSocket itself is not opened.
#[derive(Clone, Debug)]
pub(crate) struct Stream<Options> {
    pub(crate) id: String,
    pub(crate) options: Options,
    pub(crate) is_running: bool,
    /// It was cut off, and nobody has asked for anything since.
    pub(crate) is_broken: bool,
    /// When it was started last.
    pub(crate) opened: Timestamp,
}

impl<Options> Stream<Options> {
    pub(crate) fn new(id: String, options: Options, now: Timestamp) -> Stream<Options> {
        Stream { id, options, is_running: false, is_broken: false, opened: now }
    }

    /// It runs from now on.
    pub(crate) fn open(&mut self, now: Timestamp) {
        (self.is_running, self.is_broken, self.opened) = (true, false, now);
    }

    /// It was opened then, runs still, and is cut off.
    pub(crate) fn breaks(&mut self, opened: Timestamp) -> bool {
        let breaks = self.is_running && self.opened == opened;
        if breaks {
            (self.is_running, self.is_broken) = (false, true);
        }
        breaks
    }
}

/// Reporting of one participant's keys.
#[derive(Clone, Debug)]
pub(crate) struct Continuous {
    pub(crate) context: Option<String>,
    pub(crate) callback: Option<String>,
    pub(crate) keys: i64,
}

impl Leg {
    pub(crate) fn key(&self) -> Key {
        Key::of(&self.identity)
    }

    /// The operation of that number, if it runs.
    pub(crate) fn running(&mut self, number: u64) -> Option<&mut MediaOperation> {
        [self.main.front_mut(), self.private.as_mut()]
            .into_iter()
            .flatten()
            .find(|operation| operation.number == number)
    }
}
