//! What Event Grid tells of calls, as announcements.

use acs::event_grid::{
    CallParticipantChanged, GridEvent, GridKind, RecordingChunk, RecordingFileStatusUpdated,
};
use machine::announcement::{Announcement, Document, Recorded};
use machine::limits::RECORDED_FILES_MAX;

use super::people::person;
use crate::limits::ANNOUNCED_TEXT_BYTES_MAX;

/// An announcement, and whose it is.
#[derive(Debug, PartialEq)]
pub struct Announced {
    /// What was announced.
    pub what: Announcement,
    /// The recording, if it is about one.
    pub recording_id: Option<String>,
    /// The call.
    pub server_call_id: Option<String>,
}

/// What an event announces; `None`: nothing of a call that is steered already.
pub fn announcement(event: &GridEvent) -> Option<Announced> {
    let of_call = |what, server_call_id: &Option<String>| Announced {
        what,
        recording_id: None,
        server_call_id: server_call_id.clone(),
    };
    Some(match &event.kind {
        GridKind::CallStarted(call) => of_call(Announcement::CallStarted, &call.server_call_id),
        GridKind::CallEnded(ended) => of_call(Announcement::CallEnded, &ended.call.server_call_id),
        GridKind::CallParticipantAdded(changed) => {
            of_call(Announcement::CallParticipantAdded(who(changed)), &changed.call.server_call_id)
        }
        GridKind::CallParticipantRemoved(changed) => {
            of_call(Announcement::CallParticipantRemoved(who(changed)), &changed.call.server_call_id)
        }
        GridKind::RecordingFileStatusUpdated(files) => {
            // Its data name neither the call nor the recording (reference 6.5).
            let recording_id = after("recordingId", &event.subject);
            Announced {
                what: Announcement::RecordingFileStatusUpdated(Box::new(recorded(files, &recording_id))),
                recording_id,
                server_call_id: after("serverCallId", &event.subject),
            }
        }
        GridKind::IncomingCall(_) | GridKind::Other(_) => return None,
    })
}

fn who(changed: &CallParticipantChanged) -> Option<lang::Identifier> {
    person(changed.user.as_ref()?.communication_identifier.as_ref()?)
}

/// What follows a word in the path of a subject: `…/recordingId/<id>`.
fn after(word: &str, subject: &str) -> Option<String> {
    let mut parts = subject.split('/');
    parts.find(|part| part.eq_ignore_ascii_case(word))?;
    parts.next().filter(|part| !part.is_empty()).map(str::to_owned)
}

fn recorded(files: &RecordingFileStatusUpdated, recording_id: &Option<String>) -> Recorded {
    let chunks = files.recording_storage_info.as_ref().map_or(&[][..], |info| &info.recording_chunks);
    Recorded {
        recording_id: short(recording_id),
        start_time: short(&files.recording_start_time),
        duration_ms: files.recording_duration_ms,
        content_type: files.recording_content_type.as_ref().map(|kind| kind.as_str().to_owned()),
        channel_type: files.recording_channel_type.as_ref().map(|kind| kind.as_str().to_owned()),
        format_type: files.recording_format_type.as_ref().map(|kind| kind.as_str().to_owned()),
        session_end_reason: short(&files.session_end_reason),
        documents: chunks.iter().take(RECORDED_FILES_MAX).map(document).collect(),
    }
}

fn document(chunk: &RecordingChunk) -> Document {
    Document {
        document_id: short(&chunk.document_id),
        end_reason: short(&chunk.end_reason),
        content_location: short(&chunk.content_location),
        metadata_location: short(&chunk.metadata_location),
        delete_location: short(&chunk.delete_location),
    }
}

/// A text that a record can hold. What is longer is none of the provider's, and half of a location is of no use.
fn short(text: &Option<String>) -> Option<String> {
    text.clone().filter(|text| text.len() <= ANNOUNCED_TEXT_BYTES_MAX)
}
