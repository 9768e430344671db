//! `startRecording` becomes a request.

use acs::Request;
use acs::actions::{ChannelAffinity, ExternalStorage, StartCallRecordingRequest, recording};
use acs::model::{
    CallLocator, CallLocatorKind, RecordingChannelType, RecordingContentType, RecordingFormatType,
    RecordingStorageKind,
};
use machine::actions::start_recording::{Affinity, StartRecording, Storage};
use machine::snapshot::Call;

use super::Untranslatable;
use crate::translate::people::{identifier, identifiers};

/// Names the call by its server call id; by its connection, as long as that is all that is known of it.
pub(super) fn start(
    call: &Call,
    action: &StartRecording,
    callback_url: &str,
) -> Result<Request, Untranslatable> {
    let call_locator = call.server_call_id.as_ref().map(|id| CallLocator {
        group_call_id: None,
        server_call_id: Some(id.clone()),
        room_id: None,
        kind: Some(CallLocatorKind::ServerCallLocator),
    });
    let call_connection_id = call.connection_id.clone().filter(|_| call_locator.is_none());
    if call_locator.is_none() && call_connection_id.is_none() {
        return Err(Untranslatable::NoConnection);
    }
    let listed = |people: &[lang::Identifier]| (!people.is_empty()).then(|| identifiers(people));
    let affinity = || action.affinity.iter().map(channel).collect();
    Ok(recording::start(&StartCallRecordingRequest {
        call_locator,
        call_connection_id,
        // Where the states go if this is left out is not established. Source: reference, appendix B.
        recording_state_callback_uri: Some(
            action.state_callback_uri.clone().unwrap_or_else(|| callback_url.to_owned()),
        ),
        recording_content_type: action.content.as_deref().map(RecordingContentType::parse),
        recording_channel_type: action.channels.as_deref().map(RecordingChannelType::parse),
        recording_format_type: action.format.as_deref().map(RecordingFormatType::parse),
        audio_channel_participant_ordering: listed(&action.ordering),
        channel_affinity: (!action.affinity.is_empty()).then(affinity),
        pause_on_start: Some(action.pause_on_start),
        external_storage: action.storage.as_ref().map(storage),
    }))
}

fn channel(affinity: &Affinity) -> ChannelAffinity {
    ChannelAffinity { channel: affinity.channel, participant: identifier(&affinity.participant) }
}

fn storage(storage: &Storage) -> ExternalStorage {
    ExternalStorage {
        recording_storage_kind: RecordingStorageKind::parse(&storage.kind),
        recording_destination_container_url: storage.container_url.clone(),
    }
}
