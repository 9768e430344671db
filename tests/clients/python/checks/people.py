"""The people in a call: adding, withdrawing, removing, muting, holding, moving and listing them."""

import uuid

from azure.communication.callautomation import FileSource

from expect import equal, refused, true
from stage import OWN_NUMBER

from . import check
from .media import FILE, TEXT


@check
def add_participant_who_answers(stage):
    callee = stage.phone()
    call = stage.outbound(callee)
    for invited in (stage.phone(), stage.user()):
        stage.person(invited, answerAfter="1s")
        context = stage.context()
        result = call.connection.add_participant(
            invited,
            operation_context=context,
            source_caller_id_number=OWN_NUMBER,
            source_display_name="Contoso",
            invitation_timeout=30,
            sip_headers={"User-To-User": "ticket=42", "X-MS-Custom-Case": "42"},
            voip_headers={"priority": "high"},
        )
        equal("the invited one", result.participant.identifier.raw_id, invited.raw_id)
        equal("the context in the answer", result.operation_context, context)
        true("there is no invitation id", result.invitation_id)
        succeeded = call.result("AddParticipantSucceeded", 200, 0, context)
        equal("who joined", succeeded.participant.raw_id, invited.raw_id)
        call.wait("ParticipantsUpdated", matching=lambda data: invited.raw_id in raw_ids(data.participants))
    joined = raw_ids(call.connection.list_participants())
    true("the first callee is not there any more", callee.raw_id in joined)


def raw_ids(participants):
    return [participant.identifier.raw_id for participant in participants]


@check
def add_participant_who_does_not_come(stage):
    ways = [
        ({"decline": True}, 603, 560603),
        ({"busy": True}, 486, 560486),
        ({"noAnswer": True}, 480, 560480),
    ]
    call = stage.outbound()
    for behaviour, code, sub_code in ways:
        invited = stage.person(stage.phone(), **behaviour)
        context = stage.context()
        call.connection.add_participant(
            invited, operation_context=context, source_caller_id_number=OWN_NUMBER, invitation_timeout=10
        )
        failed = call.result("AddParticipantFailed", code, sub_code, context)
        equal("who did not come", failed.participant.raw_id, invited.raw_id)
    call.inbox.stays_without("AddParticipantSucceeded")


@check
def add_participant_with_a_callback_of_its_own(stage):
    call = stage.outbound()
    elsewhere = stage.inbox()
    call.connection.add_participant(
        stage.phone(), source_caller_id_number=OWN_NUMBER, operation_callback_url=elsewhere.url
    )
    elsewhere.wait("AddParticipantSucceeded")
    call.inbox.stays_without("AddParticipantSucceeded")


@check
def add_participant_which_is_an_application(stage):
    invited = stage.user()
    incoming = stage.incoming(people={invited.raw_id: {"application": True}})
    call = stage.answer(incoming.context())
    call.wait("CallConnected")
    call.connection.add_participant(invited, voip_headers={"priority": "high"})
    event = incoming.event()
    equal("the called", event.data["to"]["rawId"], invited.raw_id)
    equal("the headers", event.data["customContext"]["voipHeaders"], {"priority": "high"})
    other = stage.answer(event.data["incomingCallContext"])
    other.wait("CallConnected")
    call.wait("AddParticipantSucceeded")
    equal("the server call id", other.properties.server_call_id, call.properties.server_call_id)


@check
def cancel_add_participant_operation(stage):
    call = stage.outbound()
    invited = stage.person(stage.phone(), noAnswer=True)
    added = call.connection.add_participant(invited, source_caller_id_number=OWN_NUMBER, invitation_timeout=180)
    context = stage.context()
    result = call.connection.cancel_add_participant_operation(added.invitation_id, operation_context=context)
    equal("the invitation in the answer", result.invitation_id, added.invitation_id)
    equal("the context in the answer", result.operation_context, context)
    succeeded = call.wait("CancelAddParticipantSucceeded", context)
    equal("the invitation", succeeded.invitation_id, added.invitation_id)
    call.inbox.stays_without("AddParticipantFailed", "CancelAddParticipantFailed")


@check
def cancel_an_invitation_that_does_not_exist(stage):
    call = stage.outbound()
    unknown = str(uuid.uuid4())
    context = stage.context()
    call.connection.cancel_add_participant_operation(unknown, operation_context=context)
    failed = call.result("CancelAddParticipantFailed", 404, 8543, context)
    equal("the invitation", failed.invitation_id, unknown)


@check
def remove_participant(stage):
    stays, goes = stage.phone(), stage.user()
    call = stage.outbound(stays, goes)
    context = stage.context()
    result = call.connection.remove_participant(goes, operation_context=context)
    equal("the context in the answer", result.operation_context, context)
    succeeded = call.result("RemoveParticipantSucceeded", 200, 0, context)
    equal("who was removed", succeeded.participant.raw_id, goes.raw_id)
    call.roster(stays)
    call.inbox.stays_without("CallDisconnected")


@check
def remove_the_other_party(stage):
    callee = stage.phone()
    call = stage.outbound(callee)
    call.connection.remove_participant(callee)
    call.wait("RemoveParticipantSucceeded")
    call.wait("CallDisconnected")
    call.is_gone()


@check
def remove_somebody_who_is_not_there(stage):
    call = stage.outbound()
    nobody = stage.phone()
    context = stage.context()
    call.connection.remove_participant(nobody, operation_context=context)
    failed = call.wait("RemoveParticipantFailed", context)
    equal("who was not removed", failed.participant.raw_id, nobody.raw_id)


@check
def list_participants(stage):
    people = [stage.phone(), stage.user(), stage.phone(), stage.user(), stage.phone()]
    call = stage.outbound(*people)
    listed = list(call.connection.list_participants())
    ids = raw_ids(listed)
    equal("how often each is there", [ids.count(person.raw_id) for person in people], [1] * len(people))
    true("an application is there more than once", len(ids) <= len(people) + 1)
    for participant in listed:
        equal("muted and on hold", (participant.is_muted, participant.is_on_hold), (False, False))


@check
def list_participants_on_several_pages(stage):
    people = [stage.phone() for _ in range(105)]
    call = stage.outbound(*people)
    pages = [list(page) for page in call.connection.list_participants().by_page()]
    true(f"there are {len(pages)} pages", len(pages) > 1)
    listed = [raw_id for page in pages for raw_id in raw_ids(page)]
    true("somebody is missing", {person.raw_id for person in people} <= set(listed))
    equal("how many are listed more than once", len(listed) - len(set(listed)), 0)


@check
def get_participant(stage):
    people = [stage.phone(), stage.user()]
    call = stage.outbound(*people)
    for person in people:
        participant = call.connection.get_participant(person)
        equal("the participant", participant.identifier.raw_id, person.raw_id)
        equal("the kind", participant.identifier.kind, person.kind)
        equal("muted and on hold", (participant.is_muted, participant.is_on_hold), (False, False))
    refused(404, ["8522"], lambda: call.connection.get_participant(stage.phone()))


@check
def mute_participant(stage):
    phone, user = stage.phone(), stage.user()
    call = stage.outbound(phone, user)
    context = stage.context()
    result = call.connection.mute_participant(user, operation_context=context)
    equal("the context in the answer", result.operation_context, context)
    call.wait("ParticipantsUpdated", matching=lambda data: is_so(data, user, is_muted=True))
    equal("muted", call.connection.get_participant(user).is_muted, True)
    refused(400, ["8523"], lambda: call.connection.mute_participant(phone))


def is_so(data, person, **flags):
    """Whether the roster shows somebody so."""
    shown = [one for one in data.participants if one.identifier.raw_id == person.raw_id]
    return all(getattr(one, flag) == value for one in shown for flag, value in flags.items())


@check
def hold_and_unhold(stage):
    person = stage.phone()
    call = stage.outbound(person)
    for music in (None, FILE, TEXT):
        answer = call.connection.hold(person, play_source=music, operation_context=stage.context())
        equal("the answer", answer, None)
        call.wait("ParticipantsUpdated", matching=lambda data: is_so(data, person, is_on_hold=True))
        equal("the answer", call.connection.unhold(person, operation_context=stage.context()), None)
        call.wait("ParticipantsUpdated", matching=lambda data: is_so(data, person, is_on_hold=False))
    call.inbox.stays_without("HoldFailed")
    refused(400, ["8523"], lambda: call.connection.hold(stage.phone()))
    refused(400, ["8523"], lambda: call.connection.unhold(stage.phone()))


@check
def hold_with_music_that_cannot_be_played(stage):
    person = stage.phone()
    call = stage.outbound(person)
    context = stage.context()
    broken = FileSource(url="https://media.example.com/music.mp3")
    call.connection.hold(person, play_source=broken, operation_context=context)
    call.result("HoldFailed", 400, 8535, context)


@check
def move_participants(stage):
    goes = stage.phone()
    source, target = stage.outbound(goes, stage.phone()), stage.outbound()
    context = stage.context()
    nobody = stage.phone()
    result = target.connection.move_participants([goes, nobody], source.id, operation_context=context)
    equal("the context in the answer", result.operation_context, context)
    equal("who is moved", raw_ids(result.participants), [goes.raw_id, nobody.raw_id])
    succeeded = target.result("MoveParticipantSucceeded", 200, 0, context)
    equal("who was moved", succeeded.participant.raw_id, goes.raw_id)
    equal("from where", succeeded.from_call, source.id)
    failed = target.result("MoveParticipantFailed", 404, 8522, context)
    equal("who was not moved", failed.participant.raw_id, nobody.raw_id)
    target.wait("ParticipantsUpdated", matching=lambda data: goes.raw_id in raw_ids(data.participants))


@check
def move_from_a_call_that_does_not_exist(stage):
    call = stage.outbound()
    refused(404, ["8522"], lambda: call.connection.move_participants([stage.phone()], str(uuid.uuid4())))
    refused(400, ["8523"], lambda: call.connection.move_participants([stage.phone()], call.id))
