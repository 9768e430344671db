"""Recordings: started with every option, paused, resumed, read and stopped."""

import uuid

from azure.communication.callautomation import (
    AzureBlobContainerRecordingStorage,
    ChannelAffinity,
    RecordingChannel,
    RecordingContent,
    RecordingFormat,
    RecordingState,
)

from expect import equal, refused, true

from . import check


def state(inbox, recording_id, expected):
    """The next state of the recording, which comes under the recorder's own connection."""
    changed = inbox.wait("RecordingStateChanged", lambda data: data.recording_id == recording_id).data
    equal("the state", changed.state, expected)
    true("a recording has no beginning", changed.start_date_time)
    return changed


@check
def recording_from_start_to_stop(stage):
    call, caller = stage.inbound()
    inbox = stage.inbox()
    server_call_id = call.connection.get_call_properties().server_call_id
    started = stage.client.start_recording(
        server_call_id=server_call_id,
        recording_state_callback_url=inbox.url,
        recording_content_type=RecordingContent.AUDIO,
        recording_channel_type=RecordingChannel.UNMIXED,
        recording_format_type=RecordingFormat.WAV,
        audio_channel_participant_ordering=[caller],
        channel_affinity=[ChannelAffinity(target_participant=caller, channel=0)],
        recording_storage=AzureBlobContainerRecordingStorage(
            container_url="https://contoso.blob.core.windows.net/recordings"
        ),
    )
    equal("the state in the answer", started.recording_state, RecordingState.ACTIVE)
    state(inbox, started.recording_id, "inactive")
    changed = state(inbox, started.recording_id, "active")
    equal("the call", changed.server_call_id, server_call_id)
    true("the recorder has the leg's id", changed.call_connection_id != call.id)
    refused(400, ["8559"], lambda: stage.client.start_recording(server_call_id=server_call_id))

    equal("the answer", stage.client.pause_recording(started.recording_id), None)
    state(inbox, started.recording_id, "inactive")
    paused = stage.client.get_recording_properties(started.recording_id)
    equal("the state", paused.recording_state, RecordingState.INACTIVE)
    refused(400, ["8585"], lambda: stage.client.pause_recording(started.recording_id))
    equal("the answer", stage.client.resume_recording(started.recording_id), None)
    state(inbox, started.recording_id, "active")
    refused(400, ["8585"], lambda: stage.client.resume_recording(started.recording_id))
    equal("the answer", stage.client.stop_recording(started.recording_id), None)
    state(inbox, started.recording_id, "inactive")


@check
def recording_that_begins_paused(stage):
    call, _ = stage.inbound()
    inbox = stage.inbox()
    started = stage.client.start_recording(
        call_connection_id=call.id, recording_state_callback_url=inbox.url, pause_on_start=True
    )
    equal("the state in the answer", started.recording_state, RecordingState.INACTIVE)
    state(inbox, started.recording_id, "inactive")
    # A call that ends takes its recording with it.
    call.connection.hang_up(True)
    state(inbox, started.recording_id, "inactive")


@check
def recording_that_does_not_exist(stage):
    unknown = str(uuid.uuid4())
    for action in (
        stage.client.get_recording_properties,
        stage.client.pause_recording,
        stage.client.resume_recording,
        stage.client.stop_recording,
    ):
        refused(404, ["8522"], lambda: action(unknown))
    refused(404, ["8522"], lambda: stage.client.start_recording(server_call_id="aHR0cHM6Ly9ub25l"))
    refused(404, ["8522"], lambda: stage.client.start_recording(call_connection_id=unknown))
