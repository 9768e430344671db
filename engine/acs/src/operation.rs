//! The 34 operations of the API: their names, paths, statuses, and which of them may be repeated.
//!
//! Source: reference 2.1. The client makes paths from this table, and servers route with it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::request::Method;

/// What is escaped in a path parameter: everything but the unreserved characters of RFC 3986.
///
/// The official clients exempt nothing else, so `4:+1` is sent as `4%3A%2B1` (reference 2.2).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An operation of the API, with the ids that are in its path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "each is named as in the reference, and the fields are the path's parameters"
)]
pub enum Operation {
    CreateCall,
    AnswerCall,
    RedirectCall,
    RejectCall,
    Connect,
    GetCall { call_connection_id: String },
    HangUp { call_connection_id: String },
    TerminateCall { call_connection_id: String },
    TransferToParticipant { call_connection_id: String },
    Play { call_connection_id: String },
    StartTranscription { call_connection_id: String },
    StopTranscription { call_connection_id: String },
    UpdateTranscription { call_connection_id: String },
    CancelAllMediaOperations { call_connection_id: String },
    Recognize { call_connection_id: String },
    StartContinuousDtmfRecognition { call_connection_id: String },
    StopContinuousDtmfRecognition { call_connection_id: String },
    SendDtmfTones { call_connection_id: String },
    Hold { call_connection_id: String },
    Unhold { call_connection_id: String },
    StartMediaStreaming { call_connection_id: String },
    StopMediaStreaming { call_connection_id: String },
    ListParticipants { call_connection_id: String },
    GetParticipant { call_connection_id: String, participant_raw_id: String },
    AddParticipant { call_connection_id: String },
    RemoveParticipant { call_connection_id: String },
    MuteParticipants { call_connection_id: String },
    CancelAddParticipant { call_connection_id: String },
    MoveParticipants { call_connection_id: String },
    StartRecording,
    GetRecordingState { recording_id: String },
    StopRecording { recording_id: String },
    PauseRecording { recording_id: String },
    ResumeRecording { recording_id: String },
}

/// Which resource a path names, and with which ids.
enum Place<'a> {
    Calls,
    Call(&'a str),
    Participants(&'a str),
    Participant(&'a str, &'a str),
    Recordings,
    Recording(&'a str),
}

/// One row of the table of operations.
struct Row<'a> {
    name: &'static str,
    method: Method,
    place: Place<'a>,
    verb: Option<&'static str>,
    success: u16,
    repeatable: bool,
}

impl Operation {
    /// All 34, each with this id of a call connection or of a recording, and this one of a participant.
    pub fn all(id: &str, raw_id: &str) -> Vec<Operation> {
        use Operation as O;
        let call_connection_id = || id.to_owned();
        let recording_id = || id.to_owned();
        vec![
            O::CreateCall,
            O::AnswerCall,
            O::RedirectCall,
            O::RejectCall,
            O::Connect,
            O::GetCall { call_connection_id: call_connection_id() },
            O::HangUp { call_connection_id: call_connection_id() },
            O::TerminateCall { call_connection_id: call_connection_id() },
            O::TransferToParticipant { call_connection_id: call_connection_id() },
            O::Play { call_connection_id: call_connection_id() },
            O::StartTranscription { call_connection_id: call_connection_id() },
            O::StopTranscription { call_connection_id: call_connection_id() },
            O::UpdateTranscription { call_connection_id: call_connection_id() },
            O::CancelAllMediaOperations { call_connection_id: call_connection_id() },
            O::Recognize { call_connection_id: call_connection_id() },
            O::StartContinuousDtmfRecognition { call_connection_id: call_connection_id() },
            O::StopContinuousDtmfRecognition { call_connection_id: call_connection_id() },
            O::SendDtmfTones { call_connection_id: call_connection_id() },
            O::Hold { call_connection_id: call_connection_id() },
            O::Unhold { call_connection_id: call_connection_id() },
            O::StartMediaStreaming { call_connection_id: call_connection_id() },
            O::StopMediaStreaming { call_connection_id: call_connection_id() },
            O::ListParticipants { call_connection_id: call_connection_id() },
            O::GetParticipant {
                call_connection_id: call_connection_id(),
                participant_raw_id: raw_id.to_owned(),
            },
            O::AddParticipant { call_connection_id: call_connection_id() },
            O::RemoveParticipant { call_connection_id: call_connection_id() },
            O::MuteParticipants { call_connection_id: call_connection_id() },
            O::CancelAddParticipant { call_connection_id: call_connection_id() },
            O::MoveParticipants { call_connection_id: call_connection_id() },
            O::StartRecording,
            O::GetRecordingState { recording_id: recording_id() },
            O::StopRecording { recording_id: recording_id() },
            O::PauseRecording { recording_id: recording_id() },
            O::ResumeRecording { recording_id: recording_id() },
        ]
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
        match self.row().place {
            Place::Call(id) | Place::Participants(id) | Place::Participant(id, _) => Some(id),
            Place::Calls | Place::Recordings | Place::Recording(_) => None,
        }
    }

    /// The path, percent-encoded, without a query.
    pub fn path(&self) -> String {
        let row = self.row();
        let encode = |id| utf8_percent_encode(id, ESCAPED);
        let mut path = match row.place {
            Place::Calls => String::from("/calling/callConnections"),
            Place::Call(id) => format!("/calling/callConnections/{}", encode(id)),
            Place::Participants(id) => format!("/calling/callConnections/{}/participants", encode(id)),
            Place::Participant(id, raw_id) => {
                format!("/calling/callConnections/{}/participants/{}", encode(id), encode(raw_id))
            }
            Place::Recordings => String::from("/calling/recordings"),
            Place::Recording(id) => format!("/calling/recordings/{}", encode(id)),
        };
        if let Some(verb) = row.verb {
            path.push(':');
            path.push_str(verb);
        }
        path
    }

    fn row(&self) -> Row<'_> {
        use Operation as O;
        use Place as P;
        match self {
            O::CreateCall => post("createCall", P::Calls, None, 201, true),
            O::AnswerCall => post("answerCall", P::Calls, Some("answer"), 200, true),
            O::RedirectCall => post("redirectCall", P::Calls, Some("redirect"), 204, true),
            O::RejectCall => post("rejectCall", P::Calls, Some("reject"), 204, true),
            O::Connect => post("connect", P::Calls, Some("connect"), 200, true),
            O::GetCall { call_connection_id: id } => get("getCall", P::Call(id)),
            O::HangUp { call_connection_id: id } => delete("hangUp", P::Call(id)),
            O::TerminateCall { call_connection_id: id } => {
                post("terminateCall", P::Call(id), Some("terminate"), 204, true)
            }
            O::TransferToParticipant { call_connection_id: id } => {
                post("transferToParticipant", P::Call(id), Some("transferToParticipant"), 202, true)
            }
            O::Play { call_connection_id: id } => post("play", P::Call(id), Some("play"), 202, false),
            O::StartTranscription { call_connection_id: id } => {
                post("startTranscription", P::Call(id), Some("startTranscription"), 202, false)
            }
            O::StopTranscription { call_connection_id: id } => {
                post("stopTranscription", P::Call(id), Some("stopTranscription"), 202, false)
            }
            O::UpdateTranscription { call_connection_id: id } => {
                post("updateTranscription", P::Call(id), Some("updateTranscription"), 202, false)
            }
            O::CancelAllMediaOperations { call_connection_id: id } => {
                post("cancelAllMediaOperations", P::Call(id), Some("cancelAllMediaOperations"), 202, false)
            }
            O::Recognize { call_connection_id: id } => {
                post("recognize", P::Call(id), Some("recognize"), 202, false)
            }
            O::StartContinuousDtmfRecognition { call_connection_id: id } => {
                let name = "startContinuousDtmfRecognition";
                post(name, P::Call(id), Some(name), 200, false)
            }
            O::StopContinuousDtmfRecognition { call_connection_id: id } => {
                let name = "stopContinuousDtmfRecognition";
                post(name, P::Call(id), Some(name), 200, false)
            }
            O::SendDtmfTones { call_connection_id: id } => {
                post("sendDtmfTones", P::Call(id), Some("sendDtmfTones"), 202, true)
            }
            O::Hold { call_connection_id: id } => post("hold", P::Call(id), Some("hold"), 200, false),
            O::Unhold { call_connection_id: id } => post("unhold", P::Call(id), Some("unhold"), 200, false),
            O::StartMediaStreaming { call_connection_id: id } => {
                post("startMediaStreaming", P::Call(id), Some("startMediaStreaming"), 202, false)
            }
            O::StopMediaStreaming { call_connection_id: id } => {
                post("stopMediaStreaming", P::Call(id), Some("stopMediaStreaming"), 202, false)
            }
            O::ListParticipants { call_connection_id: id } => get("listParticipants", P::Participants(id)),
            O::GetParticipant { call_connection_id: id, participant_raw_id } => {
                get("getParticipant", P::Participant(id, participant_raw_id))
            }
            O::AddParticipant { call_connection_id: id } => {
                post("addParticipant", P::Participants(id), Some("add"), 202, true)
            }
            O::RemoveParticipant { call_connection_id: id } => {
                post("removeParticipant", P::Participants(id), Some("remove"), 202, true)
            }
            O::MuteParticipants { call_connection_id: id } => {
                post("muteParticipants", P::Participants(id), Some("mute"), 200, true)
            }
            O::CancelAddParticipant { call_connection_id: id } => {
                post("cancelAddParticipant", P::Participants(id), Some("cancelAddParticipant"), 202, true)
            }
            O::MoveParticipants { call_connection_id: id } => {
                post("moveParticipants", P::Participants(id), Some("moveHere"), 202, true)
            }
            O::StartRecording => post("startRecording", P::Recordings, None, 200, true),
            O::GetRecordingState { recording_id: id } => get("getRecordingState", P::Recording(id)),
            O::StopRecording { recording_id: id } => delete("stopRecording", P::Recording(id)),
            O::PauseRecording { recording_id: id } => {
                post("pauseRecording", P::Recording(id), Some("pause"), 202, false)
            }
            O::ResumeRecording { recording_id: id } => {
                post("resumeRecording", P::Recording(id), Some("resume"), 202, false)
            }
        }
    }
}

fn get<'a>(name: &'static str, place: Place<'a>) -> Row<'a> {
    Row { name, method: Method::Get, place, verb: None, success: 200, repeatable: false }
}

fn delete<'a>(name: &'static str, place: Place<'a>) -> Row<'a> {
    Row { name, method: Method::Delete, place, verb: None, success: 204, repeatable: false }
}

fn post<'a>(
    name: &'static str,
    place: Place<'a>,
    verb: Option<&'static str>,
    success: u16,
    repeatable: bool,
) -> Row<'a> {
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
    match segments.as_slice() {
        ["calling", "callConnections"] => on_calls(method, verb),
        ["calling", "callConnections", id] => on_call(method, verb, decode(id)?),
        ["calling", "callConnections", id, "participants"] => on_participants(method, verb, decode(id)?),
        ["calling", "callConnections", id, "participants", raw_id] if method == "GET" => {
            Some(Operation::GetParticipant {
                call_connection_id: decode(id)?,
                participant_raw_id: decode(raw_id)?,
            })
        }
        ["calling", "recordings"] if (method, verb) == ("POST", None) => Some(Operation::StartRecording),
        ["calling", "recordings", id] => on_recording(method, verb, decode(id)?),
        _ => None,
    }
}

fn decode(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    (!text.is_empty()).then(|| text.into_owned())
}

fn on_calls(method: &str, verb: Option<&str>) -> Option<Operation> {
    match (method, verb) {
        ("POST", None) => Some(Operation::CreateCall),
        ("POST", Some("answer")) => Some(Operation::AnswerCall),
        ("POST", Some("redirect")) => Some(Operation::RedirectCall),
        ("POST", Some("reject")) => Some(Operation::RejectCall),
        ("POST", Some("connect")) => Some(Operation::Connect),
        _ => None,
    }
}

fn on_call(method: &str, verb: Option<&str>, call_connection_id: String) -> Option<Operation> {
    let verb = match (method, verb) {
        ("GET", _) => return Some(Operation::GetCall { call_connection_id }),
        ("DELETE", _) => return Some(Operation::HangUp { call_connection_id }),
        (_, verb) => verb?,
    };
    Some(match verb {
        "terminate" => Operation::TerminateCall { call_connection_id },
        "transferToParticipant" => Operation::TransferToParticipant { call_connection_id },
        "play" => Operation::Play { call_connection_id },
        "startTranscription" => Operation::StartTranscription { call_connection_id },
        "stopTranscription" => Operation::StopTranscription { call_connection_id },
        "updateTranscription" => Operation::UpdateTranscription { call_connection_id },
        "cancelAllMediaOperations" => Operation::CancelAllMediaOperations { call_connection_id },
        "recognize" => Operation::Recognize { call_connection_id },
        "startContinuousDtmfRecognition" => Operation::StartContinuousDtmfRecognition { call_connection_id },
        "stopContinuousDtmfRecognition" => Operation::StopContinuousDtmfRecognition { call_connection_id },
        "sendDtmfTones" => Operation::SendDtmfTones { call_connection_id },
        "hold" => Operation::Hold { call_connection_id },
        "unhold" => Operation::Unhold { call_connection_id },
        "startMediaStreaming" => Operation::StartMediaStreaming { call_connection_id },
        "stopMediaStreaming" => Operation::StopMediaStreaming { call_connection_id },
        _ => return None,
    })
}

fn on_participants(method: &str, verb: Option<&str>, call_connection_id: String) -> Option<Operation> {
    match (method, verb) {
        ("GET", None) => Some(Operation::ListParticipants { call_connection_id }),
        ("POST", Some("add")) => Some(Operation::AddParticipant { call_connection_id }),
        ("POST", Some("remove")) => Some(Operation::RemoveParticipant { call_connection_id }),
        ("POST", Some("mute")) => Some(Operation::MuteParticipants { call_connection_id }),
        ("POST", Some("cancelAddParticipant")) => {
            Some(Operation::CancelAddParticipant { call_connection_id })
        }
        ("POST", Some("moveHere")) => Some(Operation::MoveParticipants { call_connection_id }),
        _ => None,
    }
}

fn on_recording(method: &str, verb: Option<&str>, recording_id: String) -> Option<Operation> {
    match (method, verb) {
        ("GET", None) => Some(Operation::GetRecordingState { recording_id }),
        ("DELETE", None) => Some(Operation::StopRecording { recording_id }),
        ("POST", Some("pause")) => Some(Operation::PauseRecording { recording_id }),
        ("POST", Some("resume")) => Some(Operation::ResumeRecording { recording_id }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
