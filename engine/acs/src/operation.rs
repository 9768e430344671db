//! The 34 operations of the API: their names, paths, statuses, and which of them may be repeated.
//!
//! Source: reference 2.1. Requests are made from this table, and servers route with it. An operation that no server here
//! answers need not be in it: a [`Row`] of its own makes its request.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::request::{API_VERSION, Method, Request};

/// What is escaped in a path parameter: everything but the unreserved characters of RFC 3986.
///
/// The official clients exempt nothing else, so `4:+1` is sent as `4%3A%2B1` (reference 2.2).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The ids that stand in paths. Those that a path has no place for are empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ids<'a> {
    /// The application's leg of a call.
    pub call_connection_id: &'a str,
    /// Somebody in the call.
    pub participant_raw_id: &'a str,
    /// A recording.
    pub recording_id: &'a str,
}

impl<'a> Ids<'a> {
    /// Of a path that names a call and nothing else.
    pub fn of_call(call_connection_id: &'a str) -> Ids<'a> {
        Ids { call_connection_id, ..Ids::default() }
    }
}

/// Which resource a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// All calls.
    Calls,
    /// One call.
    Call,
    /// Those who are in a call.
    Participants,
    /// One of them.
    Participant,
    /// All recordings.
    Recordings,
    /// One recording.
    Recording,
}

/// What the API says of an operation: a row of the table, or one that is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name in the reference, such as `createCall`.
    pub name: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// Which resource its path names.
    pub place: Place,
    /// What follows the path behind a colon.
    pub verb: Option<&'static str>,
    /// The status of a success. `startRecording` may also say 202.
    pub success: u16,
    /// Whether the service recognises a repeated request by its `Repeatability-Request-ID`.
    ///
    /// Source: reference 2.2. Repeating any other operation may act twice.
    pub repeatable: bool,
}

macro_rules! operations {
    ($($operation:ident $({ $($id:ident),+ })? => $row:expr,)+) => {
        /// An operation of the API, with the ids that are in its path.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[expect(
            missing_docs,
            reason = "each is named as in the reference, and the fields are the path's parameters"
        )]
        pub enum Operation {
            $($operation $({ $($id: String),+ })?,)+
        }

        impl Operation {
            /// Those whose rows are meant, with these ids.
            fn each(ids: Ids<'_>, is_meant: impl Fn(&Row) -> bool) -> Vec<Operation> {
                let mut meant = Vec::new();
                $(if is_meant(&$row) {
                    meant.push(Operation::$operation $({ $($id: ids.$id.to_owned()),+ })?);
                })+
                meant
            }

            /// What the API says of it.
            pub fn row(&self) -> Row {
                match self {
                    $(Operation::$operation $({ $($id: _),+ })? => $row,)+
                }
            }

            fn ids(&self) -> Ids<'_> {
                match self {
                    $(Operation::$operation $({ $($id),+ })? => Ids { $($($id,)+)? ..Ids::default() },)+
                }
            }
        }
    };
}

// What the simulator answers to must be here.
operations! {
    CreateCall => Row::post("createCall", Place::Calls, None, 201, true),
    AnswerCall => Row::post("answerCall", Place::Calls, Some("answer"), 200, true),
    RedirectCall => Row::post("redirectCall", Place::Calls, Some("redirect"), 204, true),
    RejectCall => Row::post("rejectCall", Place::Calls, Some("reject"), 204, true),
    Connect => Row::post("connect", Place::Calls, Some("connect"), 200, true),
    GetCall { call_connection_id } => Row::get("getCall", Place::Call),
    HangUp { call_connection_id } => Row::delete("hangUp", Place::Call),
    TerminateCall { call_connection_id } => Row::post("terminateCall", Place::Call, Some("terminate"), 204, true),
    TransferToParticipant { call_connection_id } => Row::post("transferToParticipant", Place::Call, Some("transferToParticipant"), 202, true),
    Play { call_connection_id } => Row::post("play", Place::Call, Some("play"), 202, false),
    StartTranscription { call_connection_id } => Row::post("startTranscription", Place::Call, Some("startTranscription"), 202, false),
    StopTranscription { call_connection_id } => Row::post("stopTranscription", Place::Call, Some("stopTranscription"), 202, false),
    UpdateTranscription { call_connection_id } => Row::post("updateTranscription", Place::Call, Some("updateTranscription"), 202, false),
    CancelAllMediaOperations { call_connection_id } => Row::post("cancelAllMediaOperations", Place::Call, Some("cancelAllMediaOperations"), 202, false),
    Recognize { call_connection_id } => Row::post("recognize", Place::Call, Some("recognize"), 202, false),
    StartContinuousDtmfRecognition { call_connection_id } => Row::post("startContinuousDtmfRecognition", Place::Call, Some("startContinuousDtmfRecognition"), 200, false),
    StopContinuousDtmfRecognition { call_connection_id } => Row::post("stopContinuousDtmfRecognition", Place::Call, Some("stopContinuousDtmfRecognition"), 200, false),
    SendDtmfTones { call_connection_id } => Row::post("sendDtmfTones", Place::Call, Some("sendDtmfTones"), 202, true),
    Hold { call_connection_id } => Row::post("hold", Place::Call, Some("hold"), 200, false),
    Unhold { call_connection_id } => Row::post("unhold", Place::Call, Some("unhold"), 200, false),
    StartMediaStreaming { call_connection_id } => Row::post("startMediaStreaming", Place::Call, Some("startMediaStreaming"), 202, false),
    StopMediaStreaming { call_connection_id } => Row::post("stopMediaStreaming", Place::Call, Some("stopMediaStreaming"), 202, false),
    ListParticipants { call_connection_id } => Row::get("listParticipants", Place::Participants),
    GetParticipant { call_connection_id, participant_raw_id } => Row::get("getParticipant", Place::Participant),
    AddParticipant { call_connection_id } => Row::post("addParticipant", Place::Participants, Some("add"), 202, true),
    RemoveParticipant { call_connection_id } => Row::post("removeParticipant", Place::Participants, Some("remove"), 202, true),
    MuteParticipants { call_connection_id } => Row::post("muteParticipants", Place::Participants, Some("mute"), 200, true),
    CancelAddParticipant { call_connection_id } => Row::post("cancelAddParticipant", Place::Participants, Some("cancelAddParticipant"), 202, true),
    MoveParticipants { call_connection_id } => Row::post("moveParticipants", Place::Participants, Some("moveHere"), 202, true),
    StartRecording => Row::post("startRecording", Place::Recordings, None, 200, true),
    GetRecordingState { recording_id } => Row::get("getRecordingState", Place::Recording),
    StopRecording { recording_id } => Row::delete("stopRecording", Place::Recording),
    PauseRecording { recording_id } => Row::post("pauseRecording", Place::Recording, Some("pause"), 202, false),
    ResumeRecording { recording_id } => Row::post("resumeRecording", Place::Recording, Some("resume"), 202, false),
}

impl Operation {
    /// All 34, each with this id of a call connection or of a recording, and this one of a participant.
    pub fn all(id: &str, raw_id: &str) -> Vec<Operation> {
        let ids = Ids { call_connection_id: id, participant_raw_id: raw_id, recording_id: id };
        Operation::each(ids, |_| true)
    }

    /// The name of the action in the reference, such as `createCall`.
    pub fn name(&self) -> &'static str {
        self.row().name
    }

    /// The call connection in its path.
    pub fn call_connection_id(&self) -> Option<&str> {
        Some(self.ids().call_connection_id).filter(|id| !id.is_empty())
    }

    /// The path, percent-encoded, without a query.
    pub fn path(&self) -> String {
        self.row().path(self.ids())
    }

    /// The request, still without a body.
    pub fn request(&self) -> Request {
        self.row().request(self.ids())
    }
}

impl Row {
    /// Of an operation that reads.
    pub const fn get(name: &'static str, place: Place) -> Row {
        Row { name, method: Method::Get, place, verb: None, success: 200, repeatable: false }
    }

    /// Of an operation that ends something.
    pub const fn delete(name: &'static str, place: Place) -> Row {
        Row { name, method: Method::Delete, place, verb: None, success: 204, repeatable: false }
    }

    /// Of an operation that acts.
    pub const fn post(
        name: &'static str,
        place: Place,
        verb: Option<&'static str>,
        success: u16,
        repeatable: bool,
    ) -> Row {
        Row { name, method: Method::Post, place, verb, success, repeatable }
    }

    /// The path with these ids, percent-encoded, without a query.
    pub fn path(&self, ids: Ids<'_>) -> String {
        let encode = |id| utf8_percent_encode(id, ESCAPED);
        let call = || format!("/calling/callConnections/{}", encode(ids.call_connection_id));
        let mut path = match self.place {
            Place::Calls => String::from("/calling/callConnections"),
            Place::Call => call(),
            Place::Participants => format!("{}/participants", call()),
            Place::Participant => format!("{}/participants/{}", call(), encode(ids.participant_raw_id)),
            Place::Recordings => String::from("/calling/recordings"),
            Place::Recording => format!("/calling/recordings/{}", encode(ids.recording_id)),
        };
        if let Some(verb) = self.verb {
            path.push(':');
            path.push_str(verb);
        }
        path
    }

    /// The request with these ids, still without a body.
    pub fn request(&self, ids: Ids<'_>) -> Request {
        Request {
            method: self.method,
            path_and_query: format!("{}?api-version={API_VERSION}", self.path(ids)),
            body: None,
            repeatable: self.repeatable,
        }
    }
}

/// The operation that a server is asked for; `None` if there is no such path, or not with this method.
///
/// A query is ignored. The verb is split off at the last `:` of the path before anything is decoded, since a
/// decoded id may hold colons itself (reference 2.2).
pub fn route(method: &str, path: &str) -> Option<Operation> {
    let path = path.split_once('?').map_or(path, |(path, _query)| path);
    let (path, verb) = match method {
        "POST" => match path.rsplit_once(':') {
            Some((path, verb)) if !verb.contains('/') => (path, Some(verb)),
            Some(_) | None => (path, None),
        },
        "GET" | "DELETE" => (path, None),
        _ => return None,
    };
    let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let ids: Vec<String> = segments.iter().skip(2).step_by(2).map(|id| decode(id)).collect::<Option<_>>()?;
    let id = |index: usize| ids.get(index).map_or("", String::as_str);
    let of_call = Ids { call_connection_id: id(0), participant_raw_id: id(1), recording_id: "" };
    let (place, ids) = match segments.as_slice() {
        ["calling", "callConnections"] => (Place::Calls, of_call),
        ["calling", "callConnections", _] => (Place::Call, of_call),
        ["calling", "callConnections", _, "participants"] => (Place::Participants, of_call),
        ["calling", "callConnections", _, "participants", _] => (Place::Participant, of_call),
        ["calling", "recordings"] => (Place::Recordings, of_call),
        ["calling", "recordings", _] => (Place::Recording, Ids { recording_id: id(0), ..Ids::default() }),
        _ => return None,
    };
    let is_meant = |row: &Row| row.method.as_str() == method && row.place == place && row.verb == verb;
    Operation::each(ids, is_meant).pop()
}

fn decode(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    (!text.is_empty()).then(|| text.into_owned())
}

#[cfg(test)]
mod tests;
