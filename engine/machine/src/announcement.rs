//! What the provider announces about a call beside the call's own events. A run keeps it, even when it is over; no
//! flow waits for it.

use lang::Identifier;
use serde::{Deserialize, Serialize};

use crate::limits::RECORDED_FILES_MAX;

/// Something announced. Source: reference, section 6.5.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Announcement {
    /// The call began.
    CallStarted,
    /// The call ended.
    CallEnded,
    /// Somebody joined it; `None`: nobody whom a flow could name.
    CallParticipantAdded(Option<Identifier>),
    /// Somebody left it.
    CallParticipantRemoved(Option<Identifier>),
    /// The files of a recording are ready.
    RecordingFileStatusUpdated(Box<Recorded>),
}

impl Announcement {
    /// Its name, as the provider gives it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Announcement::CallStarted => "CallStarted",
            Announcement::CallEnded => "CallEnded",
            Announcement::CallParticipantAdded(_) => "CallParticipantAdded",
            Announcement::CallParticipantRemoved(_) => "CallParticipantRemoved",
            Announcement::RecordingFileStatusUpdated(_) => "RecordingFileStatusUpdated",
        }
    }
}

/// The files of one recording. What was not said is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Recorded {
    /// The recording.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_id: Option<String>,
    /// When it began, as the provider writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<String>,
    /// How long it is. Unit: milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// `audio` or `audioVideo`, as a flow asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// `mixed` or `unmixed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_type: Option<String>,
    /// `wav`, `mp3` or `mp4`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format_type: Option<String>,
    /// Why the recording ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_end_reason: Option<String>,
    /// The files, in order.
    pub documents: Vec<Document>,
}

/// One file of a recording. Its locations are the provider's: they are fetched with the access key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Document {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_id: Option<String>,
    /// Why it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<String>,
    /// Where the content is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_location: Option<String>,
    /// Where the metadata is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_location: Option<String>,
    /// Where to delete it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_location: Option<String>,
}

/// Whether a run that keeps these has room for one more.
pub(crate) fn has_room(kept: &[Recorded], more: &Recorded) -> bool {
    let weight = |recorded: &Recorded| recorded.documents.len().max(1);
    kept.iter().map(weight).sum::<usize>() + weight(more) <= RECORDED_FILES_MAX
}
