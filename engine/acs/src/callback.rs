//! What the service posts to a callback URI: CloudEvents in, typed events out, and the way back for the simulator.
//!
//! Reading is lenient (reference 8.9): unknown kinds and properties, absent ones, numbers as texts and another
//! casing are no errors. Knows nothing of what an event means to a run. Callbacks hold phone numbers and are not
//! for logs.

mod encode;
mod kind;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use serde_with::skip_serializing_none;

pub use encode::{OutgoingEvent, encode, encode_body};
pub use kind::CallbackKind;

pub use crate::decode::DecodeError;
use crate::decode::{events, id, required};
use crate::lenient;
use crate::limits::CALLBACK_EVENTS_MAX;
use crate::model::{
    CallParticipant, ChoiceResult, CommunicationIdentifier, DtmfResult, MediaStreamingUpdate,
    RecognitionType, RecordingKind, RecordingState, ResultInformation, SpeechResult, Tone,
    TranscriptionUpdate,
};

/// One event, as it was posted.
#[derive(Clone, Debug, PartialEq)]
pub struct Callback {
    /// The event's id, by which duplicates are recognised. Made of the content if the event has none.
    pub id: String,
    /// What it comes from, such as `calling/callConnections/…`. Empty if absent.
    pub source: String,
    /// When it happened, as it came; a better order than arrival, within one sub-system (reference 8.2).
    pub time: Option<String>,
    /// What happened.
    pub kind: CallbackKind,
    /// The leg. In `RecordingStateChanged` it is the recording bot's, not the call's (reference 4.6).
    pub call_connection_id: Option<String>,
    /// The call.
    pub server_call_id: Option<String>,
    /// The chain of calls.
    pub correlation_id: Option<String>,
    /// What the request gave, if it gave one.
    pub operation_context: Option<String>,
    /// What became of the operation. The kind, not this, tells success from failure.
    pub result: Option<ResultInformation>,
    /// The properties that only some kinds have.
    pub detail: Detail,
    /// All of `data`, as it came; null if absent.
    pub data: Value,
}

impl Callback {
    /// When it happened, if that can be read.
    pub fn at(&self) -> Option<Timestamp> {
        self.time.as_deref()?.parse().ok()
    }
}

/// The properties that only some kinds of event have. All are optional: the specification requires none.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// Whom adding, removing or moving was about.
    pub participant: Option<CommunicationIdentifier>,
    /// `MoveParticipant…`: the call connection that was left.
    pub from_call: Option<String>,
    /// `ParticipantsUpdated`: the whole roster.
    pub participants: Option<Vec<CallParticipant>>,
    /// `ParticipantsUpdated`: higher is newer, equal may repeat, lower is stale (reference 4.6).
    pub sequence_number: Option<i64>,
    /// `CancelAddParticipant…`: the invitation.
    pub invitation_id: Option<String>,
    /// `CallTransferAccepted`: where the call went.
    pub transfer_target: Option<CommunicationIdentifier>,
    /// `CallTransferAccepted`: who was moved.
    pub transferee: Option<CommunicationIdentifier>,
    /// `RecognizeCompleted`: which of the three results there is.
    pub recognition_type: Option<RecognitionType>,
    /// `RecognizeCompleted`: the keys.
    pub dtmf_result: Option<DtmfResult>,
    /// `RecognizeCompleted`: the choice.
    pub choice_result: Option<ChoiceResult>,
    /// `RecognizeCompleted`: the words.
    pub speech_result: Option<SpeechResult>,
    /// `PlayFailed`, `RecognizeFailed`: which source failed, counted from 0.
    pub failed_play_source_index: Option<i64>,
    /// `ContinuousDtmfRecognitionToneReceived`: counts the keys of one recognition.
    pub sequence_id: Option<i64>,
    /// `ContinuousDtmfRecognitionToneReceived`: the key.
    pub tone: Option<Tone>,
    /// `RecordingStateChanged`, `StartRecordingFailed`: the recording.
    pub recording_id: Option<String>,
    /// `RecordingStateChanged`: whether it runs.
    pub state: Option<RecordingState>,
    /// `RecordingStateChanged`: since when, as it came.
    pub start_date_time: Option<String>,
    /// `RecordingStateChanged`: who records.
    pub recording_kind: Option<RecordingKind>,
    /// `Transcription…`: what changed.
    pub transcription_update: Option<TranscriptionUpdate>,
    /// `MediaStreaming…`: what changed.
    pub media_streaming_update: Option<MediaStreamingUpdate>,
}

/// Reads the body of a callback: a JSON array of CloudEvents, or one bare event.
///
/// # Errors
/// [`DecodeError`]: not JSON, no events, more than [`CALLBACK_EVENTS_MAX`] of them, or one without a `type`. An
/// unknown type or property is no error.
pub fn decode(body: &[u8]) -> Result<Vec<Callback>, DecodeError> {
    events(body, CALLBACK_EVENTS_MAX)?
        .into_iter()
        .enumerate()
        .map(|(index, event)| callback(index, event))
        .collect()
}

fn callback(index: usize, mut event: Map<String, Value>) -> Result<Callback, DecodeError> {
    let kind = CallbackKind::parse(&required(&event, "type", index, "type")?);
    let id = id(&event);
    let data = event.remove("data").unwrap_or_default();
    let nothing = Map::new();
    let properties = data.as_object().unwrap_or(&nothing);
    Ok(Callback {
        id,
        source: lenient::text(&event, "source").unwrap_or_default(),
        time: lenient::text(&event, "time"),
        kind,
        call_connection_id: lenient::text(properties, "callConnectionId"),
        server_call_id: lenient::text(properties, "serverCallId"),
        correlation_id: lenient::text(properties, "correlationId"),
        operation_context: lenient::text(properties, "operationContext"),
        result: lenient::shape(properties, "resultInformation"),
        detail: detail(properties),
        data,
    })
}

fn detail(data: &Map<String, Value>) -> Detail {
    let text = |key| lenient::text(data, key);
    let integer = |key| data.get(key).and_then(lenient::as_integer);
    let identifier = |key| data.get(key).and_then(lenient::as_identifier);
    Detail {
        participant: identifier("participant"),
        from_call: text("fromCall"),
        participants: data.get("participants").and_then(Value::as_array).map(|people| roster(people)),
        sequence_number: integer("sequenceNumber"),
        invitation_id: text("invitationId"),
        transfer_target: identifier("transferTarget"),
        transferee: identifier("transferee"),
        recognition_type: lenient::shape(data, "recognitionType"),
        dtmf_result: lenient::shape(data, "dtmfResult"),
        choice_result: lenient::shape(data, "choiceResult"),
        speech_result: lenient::shape(data, "speechResult"),
        failed_play_source_index: integer("failedPlaySourceIndex"),
        sequence_id: integer("sequenceId"),
        tone: lenient::shape(data, "tone"),
        recording_id: text("recordingId"),
        state: lenient::shape(data, "state"),
        start_date_time: text("startDateTime"),
        recording_kind: lenient::shape(data, "recordingKind"),
        transcription_update: lenient::shape(data, "transcriptionUpdate"),
        media_streaming_update: lenient::shape(data, "mediaStreamingUpdate"),
    }
}

fn roster(people: &[Value]) -> Vec<CallParticipant> {
    people.iter().filter_map(lenient::as_participant).collect()
}

#[cfg(test)]
mod tests;
