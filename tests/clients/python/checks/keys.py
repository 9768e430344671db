"""Keys: sent to somebody, and reported one by one."""

from azure.communication.callautomation import DtmfTone

from expect import equal, refused

from . import check
from .media import TEXT


@check
def send_keys(stage):
    target = stage.phone()
    call = stage.outbound(target)
    context = stage.context()
    result = call.connection.send_dtmf_tones([DtmfTone.ONE, DtmfTone.POUND], target, operation_context=context)
    equal("the context in the answer", result.operation_context, context)
    call.result("SendDtmfTonesCompleted", 200, 0, context)


@check
def send_keys_with_a_callback_of_its_own(stage):
    target = stage.phone()
    call = stage.outbound(target)
    elsewhere = stage.inbox()
    call.connection.send_dtmf_tones([DtmfTone.A], target, operation_callback_url=elsewhere.url)
    elsewhere.wait("SendDtmfTonesCompleted")
    call.inbox.stays_without("SendDtmfTonesCompleted")


@check
def send_keys_that_cannot_be_sent(stage):
    phone, user = stage.phone(), stage.user()
    call = stage.outbound(phone, user)
    refused(400, ["8523"], lambda: call.connection.send_dtmf_tones([], phone))
    refused(400, ["8523"], lambda: call.connection.send_dtmf_tones([DtmfTone.ONE], user))
    refused(400, ["8523"], lambda: call.connection.send_dtmf_tones([DtmfTone.ONE], stage.phone()))


@check
def keys_reported_one_by_one(stage):
    call, caller = stage.inbound()
    context = stage.context()
    answer = call.connection.start_continuous_dtmf_recognition(caller, operation_context=context)
    equal("the answer", answer, None)
    stage.control("POST", f"calls/{call.incoming.id}/press", {"keys": "1#"})
    for number, tone in ((1, DtmfTone.ONE), (2, DtmfTone.POUND)):
        received = call.result("ContinuousDtmfRecognitionToneReceived", 200, 0, context)
        equal("the number and the key", (received.sequence_id, received.tone), (number, tone))
    # A prompt does not stop them.
    call.connection.play_media(TEXT)
    stopping = stage.context()
    call.connection.stop_continuous_dtmf_recognition(caller, operation_context=stopping)
    call.result("ContinuousDtmfRecognitionStopped", 200, 0, stopping)


@check
def keys_of_somebody_who_is_not_there(stage):
    call, _ = stage.inbound()
    refused(400, ["8523"], lambda: call.connection.start_continuous_dtmf_recognition(stage.phone()))
