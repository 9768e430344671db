"""Requests that the service refuses, as the library's errors."""

import base64
import uuid

from azure.communication.callautomation import DtmfTone, RecognizeInputType
from azure.core.exceptions import ClientAuthenticationError, ResourceNotFoundError

from expect import Failed, refused, true
from stage import OWN_NUMBER

from . import check
from .media import FILE, TEXT


def mid_call_actions(stage, connection):
    """Each action that needs a call that is connected."""
    someone = stage.phone()
    return {
        "transfer": lambda: connection.transfer_call_to_participant(someone),
        "play": lambda: connection.play_media(FILE),
        "recognize": lambda: connection.start_recognizing_media(
            RecognizeInputType.DTMF, someone, dtmf_max_tones_to_collect=1
        ),
        "cancel media": connection.cancel_all_media_operations,
        "add": lambda: connection.add_participant(someone, source_caller_id_number=OWN_NUMBER),
        "cancel add": lambda: connection.cancel_add_participant_operation(str(uuid.uuid4())),
        "remove": lambda: connection.remove_participant(someone),
        "mute": lambda: connection.mute_participant(stage.user()),
        "hold": lambda: connection.hold(someone),
        "unhold": lambda: connection.unhold(someone),
        "move": lambda: connection.move_participants([someone], str(uuid.uuid4())),
        "send keys": lambda: connection.send_dtmf_tones([DtmfTone.ONE], someone),
        "start keys": lambda: connection.start_continuous_dtmf_recognition(someone),
        "stop keys": lambda: connection.stop_continuous_dtmf_recognition(someone),
        "start transcription": connection.start_transcription,
        "stop transcription": connection.stop_transcription,
        "update transcription": lambda: connection.update_transcription(locale="en-US"),
        "start streaming": connection.start_media_streaming,
        "stop streaming": connection.stop_media_streaming,
    }


def each_refused(actions, status, codes):
    for name, action in actions.items():
        try:
            refused(status, codes, action)
        except Failed as failure:
            raise Failed(f"{name}: {failure}") from failure


@check
def wrong_access_key(stage):
    key = base64.b64encode(b"not the key of the simulator").decode()
    client = stage.new_client(f"endpoint={stage.endpoint};accesskey={key}")
    error = refused(401, ["7509"], lambda: client.create_call(stage.user(), stage.inbox().url))
    true("the library sees no error of authentication", isinstance(error, ClientAuthenticationError))
    refused(401, ["7509"], client.get_call_connection(str(uuid.uuid4())).get_call_properties)
    refused(401, ["7509"], lambda: client.get_call_connection(str(uuid.uuid4())).hang_up(False))


@check
def unknown_call(stage):
    connection = stage.client.get_call_connection(str(uuid.uuid4()))
    error = refused(404, ["8522"], connection.get_call_properties)
    true("the library sees no missing resource", isinstance(error, ResourceNotFoundError))
    actions = mid_call_actions(stage, connection) | {
        "hang up": lambda: connection.hang_up(False),
        "terminate": lambda: connection.hang_up(True),
        "list": lambda: list(connection.list_participants()),
        "get participant": lambda: connection.get_participant(stage.phone()),
    }
    each_refused(actions, 404, ["8522"])


@check
def ended_call(stage):
    call = stage.outbound()
    call.connection.hang_up(True)
    call.wait("CallDisconnected")
    each_refused(mid_call_actions(stage, call.connection), 404, ["8522"])
    refused(404, ["8522"], lambda: call.connection.hang_up(False))
    refused(404, ["8522"], lambda: call.connection.hang_up(True))


@check
def actions_before_the_call_is_up(stage):
    call = stage.ringing(stage.person(stage.phone(), noAnswer=True))
    each_refused(mid_call_actions(stage, call.connection), 400, ["8501"])
    call.connection.hang_up(True)


@check
def missing_caller_id(stage):
    inbox = stage.inbox()
    refused(400, ["8523"], lambda: stage.client.create_call(stage.phone(), inbox.url))
    refused(400, ["8523"], lambda: stage.client.create_call([stage.user(), stage.phone()], inbox.url))
    call = stage.outbound()
    refused(400, ["8523"], lambda: call.connection.add_participant(stage.phone()))


@check
def unknown_incoming_call(stage):
    refused(404, ["8522"], lambda: stage.answer("no such context"))
    refused(404, ["8522"], lambda: stage.client.reject_call("no such context"))
    refused(404, ["8522"], lambda: stage.client.redirect_call("no such context", stage.phone()))


@check
def arguments_out_of_bounds(stage):
    def create(target, url, **options):
        return lambda: stage.client.create_call(target, url, **options)

    refused(400, ["8523"], create([], stage.inbox().url))
    refused(400, ["8523"], create(stage.user(), "http://app.example.com/callbacks"))
    refused(400, ["8523"], create(stage.user(), "no address"))
    nowhere = {"server_call_id": "aHR0cHM6Ly9ub25l"}
    refused(400, ["8523"], lambda: stage.client.connect_call("ftp://app.example.com", **nowhere))
    call, caller = stage.inbound()
    connection = call.connection
    add = {"source_caller_id_number": OWN_NUMBER, "invitation_timeout": 181}
    refused(400, ["8523"], lambda: connection.add_participant(stage.phone(), **add))
    keys = {"dtmf_max_tones_to_collect": 1, "dtmf_inter_tone_timeout": 61}
    refused(400, ["8523"], lambda: connection.start_recognizing_media(RecognizeInputType.DTMF, caller, **keys))
    refused(400, ["8523"], lambda: connection.start_recognizing_media(RecognizeInputType.CHOICES, caller))
    refused(400, ["8523"], lambda: connection.play_media([]))
    refused(400, ["8523"], lambda: connection.play_media(TEXT, operation_callback_url="ftp://example.com"))
