//! What Event Grid tells of calls: the kinds of event and their data.
//!
//! Source: reference 6.1, 6.5. The documents and the models differ in two names, and both are read.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_with::skip_serializing_none;

use crate::decode::{DecodeError, required};
use crate::lenient::{self, field};
use crate::model::{
    CommunicationIdentifier, CustomCallingContext, RecordingChannelType, RecordingContentType,
    RecordingFormatType,
};

const PREFIX: &str = "Microsoft.Communication.";

/// What happened, with its data.
#[derive(Clone, Debug, PartialEq)]
pub enum GridKind {
    /// Someone calls, and the phone rings for 30 s.
    IncomingCall(Box<IncomingCall>),
    /// A call with a VoIP user began.
    CallStarted(Box<CallStarted>),
    /// It ended.
    CallEnded(Box<CallEnded>),
    /// Someone joined it.
    CallParticipantAdded(Box<CallParticipantChanged>),
    /// Someone left it.
    CallParticipantRemoved(Box<CallParticipantChanged>),
    /// Files of a recording are ready.
    RecordingFileStatusUpdated(Box<RecordingFileStatusUpdated>),
    /// Any other type, as it came.
    Other(String),
}

impl GridKind {
    pub(super) fn read(kind: String, data: &Value, index: usize) -> Result<GridKind, DecodeError> {
        let name = kind.get(..PREFIX.len()).filter(|prefix| prefix.eq_ignore_ascii_case(PREFIX));
        let name = name.map_or("", |prefix| &kind[prefix.len()..]).to_ascii_lowercase();
        Ok(match name.as_str() {
            "incomingcall" => GridKind::IncomingCall(Box::new(IncomingCall::read(data, index)?)),
            "callstarted" => GridKind::CallStarted(read_or_default(data)),
            "callended" => GridKind::CallEnded(read_or_default(data)),
            "callparticipantadded" => GridKind::CallParticipantAdded(read_or_default(data)),
            "callparticipantremoved" => GridKind::CallParticipantRemoved(read_or_default(data)),
            "recordingfilestatusupdated" => GridKind::RecordingFileStatusUpdated(read_or_default(data)),
            _ => GridKind::Other(kind),
        })
    }

    /// The type of the event, as it is on the wire.
    pub fn event_type(&self) -> &str {
        match self {
            GridKind::IncomingCall(_) => "Microsoft.Communication.IncomingCall",
            GridKind::CallStarted(_) => "Microsoft.Communication.CallStarted",
            GridKind::CallEnded(_) => "Microsoft.Communication.CallEnded",
            GridKind::CallParticipantAdded(_) => "Microsoft.Communication.CallParticipantAdded",
            GridKind::CallParticipantRemoved(_) => "Microsoft.Communication.CallParticipantRemoved",
            GridKind::RecordingFileStatusUpdated(_) => "Microsoft.Communication.RecordingFileStatusUpdated",
            GridKind::Other(kind) => kind,
        }
    }
}

/// All fields of such a shape are optional and lenient, so only data that is no object at all reads as nothing.
fn read_or_default<T: Default + for<'de> Deserialize<'de>>(data: &Value) -> Box<T> {
    Box::new(T::deserialize(data).unwrap_or_default())
}

/// An inbound call. The names are those of the wire; only what is needed to answer is required.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IncomingCall {
    /// The number or identity that is called.
    pub to: CommunicationIdentifier,
    /// Who calls.
    pub from: CommunicationIdentifier,
    /// The call. Empty if absent.
    pub server_call_id: String,
    /// The caller's name, often empty.
    pub caller_display_name: String,
    /// The key for answer, redirect and reject: several kilobytes, opaque.
    pub incoming_call_context: String,
    /// The chain of calls. Empty if absent.
    pub correlation_id: String,
    /// Headers of the invitation; absent on plain calls.
    pub custom_context: Option<CustomCallingContext>,
    /// For whom the call is taken.
    pub on_behalf_of_callee: Option<CommunicationIdentifier>,
}

impl IncomingCall {
    fn read(data: &Value, index: usize) -> Result<IncomingCall, DecodeError> {
        let nothing = Map::new();
        let data = data.as_object().unwrap_or(&nothing);
        let identifier = |key| data.get(key).and_then(lenient::as_identifier);
        let missing = |property| DecodeError::Missing { index, property };
        Ok(IncomingCall {
            to: identifier("to").ok_or(missing("data.to"))?,
            from: identifier("from").ok_or(missing("data.from"))?,
            server_call_id: lenient::text(data, "serverCallId").unwrap_or_default(),
            caller_display_name: lenient::text(data, "callerDisplayName").unwrap_or_default(),
            incoming_call_context: required(data, "incomingCallContext", index, "data.incomingCallContext")?,
            correlation_id: lenient::text(data, "correlationId").unwrap_or_default(),
            custom_context: lenient::shape(data, "customContext"),
            on_behalf_of_callee: identifier("onBehalfOfCallee"),
        })
    }
}

/// The beginning of a call with a VoIP user.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CallStarted {
    /// Who began it.
    #[serde(deserialize_with = "field::shape")]
    pub started_by: Option<UserInRole>,
    /// The call.
    #[serde(deserialize_with = "field::text")]
    pub server_call_id: Option<String>,
    /// The group, for a group call.
    #[serde(deserialize_with = "field::shape")]
    pub group: Option<GroupOrRoom>,
    /// The room, for a room.
    #[serde(deserialize_with = "field::shape")]
    pub room: Option<GroupOrRoom>,
    /// Whether only two take part.
    #[serde(deserialize_with = "field::claim")]
    pub is_two_party: Option<bool>,
    /// The chain of calls.
    #[serde(deserialize_with = "field::text")]
    pub correlation_id: Option<String>,
    /// Whether it happens in a room.
    #[serde(deserialize_with = "field::claim")]
    pub is_rooms_call: Option<bool>,
}

/// The end of a call with a VoIP user.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CallEnded {
    /// What its beginning said.
    #[serde(flatten)]
    pub call: CallStarted,
    /// Who ended it.
    #[serde(deserialize_with = "field::shape")]
    pub ended_by: Option<EndedBy>,
    /// Why.
    #[serde(deserialize_with = "field::shape")]
    pub reason: Option<CallEndReason>,
    /// How long it lasted. Unit: seconds.
    #[serde(alias = "durationOfCall", deserialize_with = "field::number")]
    pub call_duration_in_seconds: Option<f64>,
}

/// Someone joined or left a call with a VoIP user.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CallParticipantChanged {
    /// What the call's beginning said.
    #[serde(flatten)]
    pub call: CallStarted,
    /// Who.
    #[serde(deserialize_with = "field::shape")]
    pub user: Option<UserInRole>,
    /// Under which name.
    #[serde(deserialize_with = "field::text")]
    pub display_name: Option<String>,
    /// Id of this participation.
    #[serde(deserialize_with = "field::text")]
    pub participant_id: Option<String>,
    /// With which client.
    #[serde(alias = "endpointType", deserialize_with = "field::text")]
    pub user_agent: Option<String>,
}

/// A user and what they are in the call.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserInRole {
    /// Who.
    pub communication_identifier: Option<CommunicationIdentifier>,
    /// `Attendee`, `Presenter`, `Consumer`, `Collaborator` or `Organizer`.
    pub role: Option<String>,
}

/// The group or the room of a call.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupOrRoom {
    /// Its id.
    pub id: Option<String>,
}

/// Who ended a call.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndedBy {
    /// Who.
    pub communication_identifier: Option<CommunicationIdentifier>,
    /// `Participant` or `MicrosoftInternal`.
    pub r#type: Option<String>,
    /// Under which name.
    pub name: Option<String>,
}

/// Why a call ended.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CallEndReason {
    /// A status like that of HTTP or SIP.
    #[serde(deserialize_with = "field::integer")]
    pub code: Option<i64>,
    /// The precise reason.
    #[serde(deserialize_with = "field::integer")]
    pub sub_code: Option<i64>,
    /// For people.
    #[serde(deserialize_with = "field::text")]
    pub phrase: Option<String>,
}

/// Files of a recording are ready. Enumerations are in PascalCase here and compared without regard to case.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RecordingFileStatusUpdated {
    /// The files.
    #[serde(deserialize_with = "field::shape")]
    pub recording_storage_info: Option<RecordingStorageInfo>,
    /// When the recording began, as it came.
    #[serde(deserialize_with = "field::text")]
    pub recording_start_time: Option<String>,
    /// How long it is. Unit: milliseconds.
    #[serde(deserialize_with = "field::integer")]
    pub recording_duration_ms: Option<i64>,
    /// What was recorded.
    #[serde(deserialize_with = "field::shape")]
    pub recording_content_type: Option<RecordingContentType>,
    /// Together or each for themselves.
    #[serde(deserialize_with = "field::shape")]
    pub recording_channel_type: Option<RecordingChannelType>,
    /// The format.
    #[serde(deserialize_with = "field::shape")]
    pub recording_format_type: Option<RecordingFormatType>,
    /// Why it ended.
    #[serde(deserialize_with = "field::text")]
    pub session_end_reason: Option<String>,
}

/// The files of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RecordingStorageInfo {
    /// In order.
    pub recording_chunks: Vec<RecordingChunk>,
}

/// One file of a recording.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RecordingChunk {
    /// Its id.
    #[serde(deserialize_with = "field::text")]
    pub document_id: Option<String>,
    /// Its place.
    #[serde(deserialize_with = "field::integer")]
    pub index: Option<i64>,
    /// Why it ended.
    #[serde(deserialize_with = "field::text")]
    pub end_reason: Option<String>,
    /// Where the content is.
    #[serde(deserialize_with = "field::text")]
    pub content_location: Option<String>,
    /// Where the metadata is.
    #[serde(deserialize_with = "field::text")]
    pub metadata_location: Option<String>,
    /// Where to delete it.
    #[serde(deserialize_with = "field::text")]
    pub delete_location: Option<String>,
}
