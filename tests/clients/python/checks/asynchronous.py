"""The library's asynchronous clients, which send the same requests with another HTTP library."""

import asyncio

from azure.communication.callautomation import CallConnectionState, RecognizeInputType
from azure.communication.callautomation.aio import CallAutomationClient

from expect import equal, true
from stage import OWN_NUMBER

from . import check
from .media import FILE


def with_client(stage, act):
    async def run():
        async with CallAutomationClient.from_connection_string(stage.connection_string) as client:
            await act(client)

    asyncio.run(run())


@check
def asynchronous_call(stage):
    people = [stage.phone(), stage.user()]
    inbox = stage.inbox()

    async def act(client):
        properties = await client.create_call(people, inbox.url, source_caller_id_number=OWN_NUMBER)
        connection = client.get_call_connection(properties.call_connection_id)
        inbox.wait("CallConnected")
        inbox.wait("ParticipantsUpdated", lambda data: len(data.participants) > len(people))
        equal("the state", (await connection.get_call_properties()).call_connection_state, CallConnectionState.CONNECTED)
        listed = [participant.identifier.raw_id async for participant in connection.list_participants()]
        true("somebody is missing", {person.raw_id for person in people} <= set(listed))
        for person in people:
            equal("who is there", (await connection.get_participant(person)).identifier.raw_id, person.raw_id)
        await connection.play_media(FILE)
        inbox.wait("PlayCompleted")
        await connection.start_recognizing_media(RecognizeInputType.DTMF, people[0], dtmf_max_tones_to_collect=1)
        await connection.cancel_all_media_operations()
        inbox.wait("RecognizeCanceled")
        added = await connection.add_participant(stage.phone(), source_caller_id_number=OWN_NUMBER)
        true("there is no invitation id", added.invitation_id)
        inbox.wait("AddParticipantSucceeded")
        await connection.remove_participant(people[1])
        inbox.wait("RemoveParticipantSucceeded")
        await connection.hang_up(is_for_everyone=True)
        inbox.wait("CallDisconnected")

    with_client(stage, act)


@check
def asynchronous_answer(stage):
    incoming = stage.incoming()
    target = stage.phone()
    inbox = stage.inbox()

    async def act(client):
        properties = await client.answer_call(incoming.context(), inbox.url)
        inbox.wait("CallConnected")
        connection = client.get_call_connection(properties.call_connection_id)
        await connection.transfer_call_to_participant(target)
        accepted = inbox.wait("CallTransferAccepted").data
        equal("the target", accepted.transfer_target.raw_id, target.raw_id)
        inbox.wait("CallDisconnected")

    with_client(stage, act)
