"""Transcription and media streaming: started, changed and stopped."""

from azure.communication.callautomation import MediaStreamingOptions, TranscriptionOptions

from expect import equal, refused

from . import check

STREAMING = MediaStreamingOptions(
    transport_url="wss://media.example.com/audio",
    transport_type="websocket",
    content_type="audio",
    audio_channel_type="unmixed",
    audio_format="pcm24KMono",
    enable_bidirectional=True,
    enable_dtmf_tones=True,
    start_media_streaming=False,
)
TRANSCRIPTION = TranscriptionOptions(
    transport_url="wss://media.example.com/text",
    transport_type="websocket",
    locale="en-US",
    start_transcription=False,
    speech_recognition_model_endpoint_id="a259c255-1cd7-4ed7-a693-dd58563b6f6a",
    enable_intermediate_results=True,
)


def options(**changes):
    """The options, with some attributes changed."""
    streaming = MediaStreamingOptions(**{**vars(STREAMING), "start_media_streaming": changes.get("at_once", False)})
    text = TranscriptionOptions(**{**vars(TRANSCRIPTION), "start_transcription": changes.get("at_once", False)})
    return {"media_streaming": streaming, "transcription": text}


def update(data):
    return data.transcription_update.transcription_status


@check
def transcription(stage):
    call = stage.outbound(stage.phone(), **options())
    started, changed, stopped = stage.context(), stage.context(), stage.context()
    call.connection.start_transcription(
        locale="en-GB", operation_context=started, speech_recognition_model_endpoint_id="model"
    )
    equal("the status", update(call.result("TranscriptionStarted", 200, 0, started)), "transcriptionStarted")
    refused(400, ["8585"], call.connection.start_transcription)
    call.connection.update_transcription(locale="de-DE", operation_context=changed)
    equal("the status", update(call.result("TranscriptionUpdated", 200, 0, changed)), "transcriptionUpdated")
    call.connection.stop_transcription(operation_context=stopped)
    equal("the status", update(call.result("TranscriptionStopped", 200, 0, stopped)), "transcriptionStopped")
    refused(400, ["8585"], call.connection.stop_transcription)
    refused(400, ["8585"], lambda: call.connection.update_transcription(locale="en-US"))


@check
def media_streaming(stage):
    call = stage.outbound(stage.phone(), **options())
    subscription = call.properties.media_streaming_subscription
    equal("the state in the answer", subscription.state, "inactive")
    started, stopped = stage.context(), stage.context()
    call.connection.start_media_streaming(operation_context=started)
    heard = call.result("MediaStreamingStarted", 200, 0, started).media_streaming_update
    equal("the status", heard.media_streaming_status, "mediaStreamingStarted")
    refused(400, ["8585"], call.connection.start_media_streaming)
    call.connection.stop_media_streaming(operation_context=stopped)
    call.result("MediaStreamingStopped", 200, 0, stopped)
    refused(400, ["8585"], call.connection.stop_media_streaming)


@check
def streams_that_begin_with_the_call(stage):
    incoming = stage.incoming()
    call = stage.answer(incoming.context(), **options(at_once=True))
    call.wait("TranscriptionStarted")
    call.wait("MediaStreamingStarted")


@check
def streams_without_their_options(stage):
    call, _ = stage.inbound()
    connection = call.connection
    for action in (
        connection.start_transcription,
        connection.stop_transcription,
        lambda: connection.update_transcription(locale="en-US"),
        connection.start_media_streaming,
        connection.stop_media_streaming,
    ):
        refused(405, ["8522"], action)
