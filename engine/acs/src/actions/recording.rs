//! Recordings: start, look, pause, resume, stop.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::model::{
    CallLocator, CommunicationIdentifier, RecordingChannelType, RecordingContentType, RecordingFormatType,
    RecordingKind, RecordingState, RecordingStorageKind,
};

/// Body of startRecording. Exactly one of `call_locator` and `call_connection_id`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartCallRecordingRequest {
    /// The call, by group or server call id; not by room.
    pub call_locator: Option<CallLocator>,
    /// The call, by its connection.
    pub call_connection_id: Option<String>,
    /// Where `RecordingStateChanged` goes.
    pub recording_state_callback_uri: Option<String>,
    /// What is recorded.
    pub recording_content_type: Option<RecordingContentType>,
    /// Together or each for themselves.
    pub recording_channel_type: Option<RecordingChannelType>,
    /// The format of the file.
    pub recording_format_type: Option<RecordingFormatType>,
    /// Who gets which channel, by order; unmixed only.
    pub audio_channel_participant_ordering: Option<Vec<CommunicationIdentifier>>,
    /// Who gets which channel, by number; unmixed only.
    pub channel_affinity: Option<Vec<ChannelAffinity>>,
    /// Whether to begin paused.
    pub pause_on_start: Option<bool>,
    /// Where the file goes, if not to the service.
    pub external_storage: Option<ExternalStorage>,
}

/// Which channel of the file a participant gets.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChannelAffinity {
    /// The channel, 0 to 4.
    pub channel: Option<i32>,
    /// Who.
    pub participant: CommunicationIdentifier,
}

/// Where the file goes.
#[skip_serializing_none]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExternalStorage {
    /// Which store.
    pub recording_storage_kind: RecordingStorageKind,
    /// The container, for blob storage.
    pub recording_destination_container_url: Option<String>,
}

/// Answer to startRecording (200 or 202) and getRecordingState (200).
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordingStateResponse {
    /// The id of the recording.
    pub recording_id: Option<String>,
    /// Whether it runs.
    pub recording_state: Option<RecordingState>,
    /// Who records.
    pub recording_kind: Option<RecordingKind>,
}
