//! The 34 operations of the API: their names, paths, statuses, and which of them may be repeated.
//!
//! Source: reference 2.1. The client makes paths from this table, and servers route with it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::request::Method;

/// What is escaped in a path parameter: everything but the unreserved characters of RFC 3986.
///
/// The official clients exempt nothing else, so `4:+1` is sent as `4%3A%2B1` (reference 2.2).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The ids that stand in paths. Those that a path has no place for are empty.
#[derive(Clone, Copy, Default)]
struct Ids<'a> {
    call_connection_id: &'a str,
    participant_raw_id: &'a str,
    recording_id: &'a str,
}

/// Which resource a path names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Calls,
    Call,
    Participants,
    Participant,
    Recordings,
    Recording,
}

/// One row of the table of operations.
struct Row {
    name: &'static str,
    method: Method,
    place: Place,
    verb: Option<&'static str>,
    success: u16,
    repeatable: bool,
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

            fn row(&self) -> Row {
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

// To add an operation, add its line, and what makes its request in `actions`.
operations! {
    CreateCall => post("createCall", Place::Calls, None, 201, true),
    AnswerCall => post("answerCall", Place::Calls, Some("answer"), 200, true),
    RedirectCall => post("redirectCall", Place::Calls, Some("redirect"), 204, true),
    RejectCall => post("rejectCall", Place::Calls, Some("reject"), 204, true),
    Connect => post("connect", Place::Calls, Some("connect"), 200, true),
    GetCall { call_connection_id } => get("getCall", Place::Call),
    HangUp { call_connection_id } => delete("hangUp", Place::Call),
    TerminateCall { call_connection_id } => post("terminateCall", Place::Call, Some("terminate"), 204, true),
    TransferToParticipant { call_connection_id } => post("transferToParticipant", Place::Call, Some("transferToParticipant"), 202, true),
    Play { call_connection_id } => post("play", Place::Call, Some("play"), 202, false),
    StartTranscription { call_connection_id } => post("startTranscription", Place::Call, Some("startTranscription"), 202, false),
    StopTranscription { call_connection_id } => post("stopTranscription", Place::Call, Some("stopTranscription"), 202, false),
    UpdateTranscription { call_connection_id } => post("updateTranscription", Place::Call, Some("updateTranscription"), 202, false),
    CancelAllMediaOperations { call_connection_id } => post("cancelAllMediaOperations", Place::Call, Some("cancelAllMediaOperations"), 202, false),
    Recognize { call_connection_id } => post("recognize", Place::Call, Some("recognize"), 202, false),
    StartContinuousDtmfRecognition { call_connection_id } => post("startContinuousDtmfRecognition", Place::Call, Some("startContinuousDtmfRecognition"), 200, false),
    StopContinuousDtmfRecognition { call_connection_id } => post("stopContinuousDtmfRecognition", Place::Call, Some("stopContinuousDtmfRecognition"), 200, false),
    SendDtmfTones { call_connection_id } => post("sendDtmfTones", Place::Call, Some("sendDtmfTones"), 202, true),
    Hold { call_connection_id } => post("hold", Place::Call, Some("hold"), 200, false),
    Unhold { call_connection_id } => post("unhold", Place::Call, Some("unhold"), 200, false),
    StartMediaStreaming { call_connection_id } => post("startMediaStreaming", Place::Call, Some("startMediaStreaming"), 202, false),
    StopMediaStreaming { call_connection_id } => post("stopMediaStreaming", Place::Call, Some("stopMediaStreaming"), 202, false),
    ListParticipants { call_connection_id } => get("listParticipants", Place::Participants),
    GetParticipant { call_connection_id, participant_raw_id } => get("getParticipant", Place::Participant),
    AddParticipant { call_connection_id } => post("addParticipant", Place::Participants, Some("add"), 202, true),
    RemoveParticipant { call_connection_id } => post("removeParticipant", Place::Participants, Some("remove"), 202, true),
    MuteParticipants { call_connection_id } => post("muteParticipants", Place::Participants, Some("mute"), 200, true),
    CancelAddParticipant { call_connection_id } => post("cancelAddParticipant", Place::Participants, Some("cancelAddParticipant"), 202, true),
    MoveParticipants { call_connection_id } => post("moveParticipants", Place::Participants, Some("moveHere"), 202, true),
    StartRecording => post("startRecording", Place::Recordings, None, 200, true),
    GetRecordingState { recording_id } => get("getRecordingState", Place::Recording),
    StopRecording { recording_id } => delete("stopRecording", Place::Recording),
    PauseRecording { recording_id } => post("pauseRecording", Place::Recording, Some("pause"), 202, false),
    ResumeRecording { recording_id } => post("resumeRecording", Place::Recording, Some("resume"), 202, false),
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

    /// The HTTP method.
    pub fn method(&self) -> Method {
        self.row().method
    }

    /// The status of a success. `startRecording` may also say 202.
    pub fn success_status(&self) -> u16 {
        self.row().success
    }

    /// Whether the service recognises a repeated request by its `Repeatability-Request-ID`.
    ///
    /// Source: reference 2.2. Repeating any other operation may act twice.
    pub fn is_repeatable(&self) -> bool {
        self.row().repeatable
    }

    /// The call connection in its path.
    pub fn call_connection_id(&self) -> Option<&str> {
        Some(self.ids().call_connection_id).filter(|id| !id.is_empty())
    }

    /// The path, percent-encoded, without a query.
    pub fn path(&self) -> String {
        let (row, ids) = (self.row(), self.ids());
        let encode = |id| utf8_percent_encode(id, ESCAPED);
        let call = || format!("/calling/callConnections/{}", encode(ids.call_connection_id));
        let mut path = match row.place {
            Place::Calls => String::from("/calling/callConnections"),
            Place::Call => call(),
            Place::Participants => format!("{}/participants", call()),
            Place::Participant => format!("{}/participants/{}", call(), encode(ids.participant_raw_id)),
            Place::Recordings => String::from("/calling/recordings"),
            Place::Recording => format!("/calling/recordings/{}", encode(ids.recording_id)),
        };
        if let Some(verb) = row.verb {
            path.push(':');
            path.push_str(verb);
        }
        path
    }
}

const fn get(name: &'static str, place: Place) -> Row {
    Row { name, method: Method::Get, place, verb: None, success: 200, repeatable: false }
}

const fn delete(name: &'static str, place: Place) -> Row {
    Row { name, method: Method::Delete, place, verb: None, success: 204, repeatable: false }
}

const fn post(
    name: &'static str,
    place: Place,
    verb: Option<&'static str>,
    success: u16,
    repeatable: bool,
) -> Row {
    Row { name, method: Method::Post, place, verb, success, repeatable }
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
