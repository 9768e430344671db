"""Calls: how they begin and how they end."""

import uuid

from azure.communication.callautomation import CallAutomationClient, CallConnectionState, CallRejectReason
from azure.core.credentials import AccessToken, AzureKeyCredential

from expect import equal, refused, true
from stage import OWN_NUMBER, Call
from wire import claims

from . import check


@check
def create_call_to_a_phone(stage):
    target = stage.person(stage.phone(), answerAfter="1s")
    context = stage.context()
    call = stage.ringing(target, operation_context=context, source_display_name="Contoso")
    properties = call.properties
    equal("the state", properties.call_connection_state, CallConnectionState.CONNECTING)
    equal("the server call id before the call is up", properties.server_call_id, None)
    equal("the targets", [to.raw_id for to in properties.targets], [target.raw_id])
    equal("the caller ID", properties.source_caller_id_number.properties["value"], "+18005550100")
    equal("the display name", properties.source_display_name, "Contoso")
    equal("the callback", properties.callback_url, call.inbox.url)
    true("there is no source", properties.source.raw_id.startswith("8:acs:"))
    true("there is no correlation id", properties.correlation_id)

    connected = call.result("CallConnected", 200, 0, context)
    equal("the event's correlation id", connected.correlation_id, properties.correlation_id)
    call.roster(target)
    now = call.connection.get_call_properties()
    equal("the state", now.call_connection_state, CallConnectionState.CONNECTED)
    equal("the server call id", now.server_call_id, connected.server_call_id)
    equal("the call connection id", now.call_connection_id, call.id)


@check
def create_call_to_a_user(stage):
    target = stage.person(stage.user(), answerAfter="1s")
    call = stage.ringing(target, source_caller_id_number=None)
    equal("the targets", [to.raw_id for to in call.properties.targets], [target.raw_id])
    equal("the kind of target", call.properties.targets[0].kind, target.kind)
    equal("the caller ID", call.properties.source_caller_id_number, None)
    connected = call.result("CallConnected", 200, 0)
    equal("the context that was not given", connected.operation_context, None)
    call.roster(target)


@check
def create_call_as_a_user(stage):
    source = stage.user()
    inbox = stage.inbox()
    client = stage.new_client(source=source)
    properties = client.create_call(stage.phone(), inbox.url, source_caller_id_number=OWN_NUMBER)
    equal("the source", properties.source.raw_id, source.raw_id)
    Call(client, properties, inbox).wait("CallConnected")


@check
def create_call_to_a_group(stage):
    first = stage.person(stage.phone(), answerAfter="1s")
    second = stage.person(stage.user(), answerAfter="3s")
    never = stage.person(stage.phone(), decline=True)
    call = stage.ringing(first, second, never)
    equal("the targets", len(call.properties.targets), 3)
    call.result("CallConnected", 200, 0)
    call.roster(first, second)
    call.inbox.stays_without("CallConnected", "CreateCallFailed", "CallDisconnected")


@check
def create_call_that_nobody_takes(stage):
    ways = [
        ({"decline": True}, 603, 560603),
        ({"busy": True}, 486, 560486),
        ({"noAnswer": True}, 480, 560480),
        ({"unknown": True}, 404, 560404),
        ({"unavailable": True}, 503, 560503),
    ]
    for behaviour, code, sub_code in ways:
        context = stage.context()
        call = stage.ringing(stage.person(stage.phone(), **behaviour), operation_context=context)
        failed = call.result("CreateCallFailed", code, sub_code, context)
        equal("the SIP status", failed.result_information.sip_details.code, code)
        call.wait("CallDisconnected", context)
        call.is_gone()


@check
def create_call_to_a_group_that_nobody_takes(stage):
    call = stage.ringing(stage.person(stage.phone(), decline=True), stage.person(stage.phone(), busy=True))
    call.wait("CreateCallFailed")
    call.wait("CallDisconnected")
    call.is_gone()


@check
def create_call_with_an_endpoint_and_a_key(stage):
    client = CallAutomationClient(stage.endpoint, AzureKeyCredential(stage.access_key))
    inbox = stage.inbox()
    properties = client.create_call(stage.phone(), inbox.url, source_caller_id_number=OWN_NUMBER)
    Call(client, properties, inbox).wait("CallConnected")


@check
def create_call_with_a_token(stage):
    credential = stage.application()
    client = stage.client_of(credential)
    inbox = stage.inbox()
    properties = client.create_call(stage.phone(), inbox.url, source_caller_id_number=OWN_NUMBER)
    call = Call(client, properties, inbox)
    call.wait("CallConnected")
    call.connection.hang_up(True)
    call.wait("CallDisconnected")
    equal("how often a token was asked for", credential.asked, 1)


@check
def create_call_with_a_token_of_somebody_else(stage):
    credential = stage.application()
    credential.token = AccessToken("somebody.else", 4_000_000_000)
    client = stage.client_of(credential)
    refused(401, ["7501"], lambda: client.create_call(stage.user(), stage.inbox().url))


@check
def create_call_with_an_older_version(stage):
    client = stage.new_client(api_version="2025-06-15")
    inbox = stage.inbox()
    client.create_call(stage.phone(), inbox.url, source_caller_id_number=OWN_NUMBER)
    equal("the version of the event", inbox.wait("CallConnected").raw["version"], "2025-06-15")


@check
def create_call_again_with_the_same_repeatability_id(stage):
    headers = {
        "Repeatability-Request-ID": str(uuid.uuid4()),
        "Repeatability-First-Sent": "Tue, 17 Mar 2026 10:20:30 GMT",
    }
    inbox = stage.inbox()
    target = stage.phone()
    answers = [
        stage.client.create_call(target, inbox.url, source_caller_id_number=OWN_NUMBER, headers=dict(headers))
        for _ in range(2)
    ]
    equal("the second answer's connection", answers[1].call_connection_id, answers[0].call_connection_id)
    inbox.wait("CallConnected")
    inbox.stays_without("CallConnected")


@check
def answer_call(stage):
    incoming = stage.incoming(callerDisplayName="Ada")
    event = incoming.event()
    equal("the subject", event.subject, f"/caller/{incoming.caller.raw_id}/recipient/{OWN_NUMBER.raw_id}")
    equal("the caller", event.data["from"]["rawId"], incoming.caller.raw_id)
    equal("the kind of caller", event.data["from"]["kind"], "phoneNumber")
    equal("the called", event.data["to"]["phoneNumber"]["value"], "+18005550100")
    equal("the caller's name", event.data["callerDisplayName"], "Ada")

    context = stage.context()
    call = stage.answer(event.data["incomingCallContext"], operation_context=context)
    properties = call.properties
    equal("the state", properties.call_connection_state, CallConnectionState.UNKNOWN)
    equal("the server call id", properties.server_call_id, event.data["serverCallId"])
    equal("the correlation id", properties.correlation_id, event.data["correlationId"])
    equal("the source", properties.source.raw_id, incoming.caller.raw_id)
    equal("the targets", [to.raw_id for to in properties.targets], [OWN_NUMBER.raw_id])
    equal("whom it was for", properties.answered_for.properties["value"], "+18005550100")
    equal("who answered", properties.answered_by, None)
    connected = call.result("CallConnected", 200, 0, context)
    equal("the server call id", connected.server_call_id, properties.server_call_id)
    call.roster(incoming.caller)
    equal("the state", call.connection.get_call_properties().call_connection_state, CallConnectionState.CONNECTED)


@check
def answer_call_as_a_user(stage):
    answering = stage.user()
    incoming = stage.incoming()
    inbox = stage.inbox()
    client = stage.new_client(source=answering)
    properties = client.answer_call(incoming.context(), inbox.url)
    equal("who answered", properties.answered_by.raw_id, answering.raw_id)
    call = Call(client, properties, inbox)
    call.wait("CallConnected")
    call.roster(incoming.caller, answering)


@check
def answer_call_of_a_user(stage):
    incoming = stage.incoming(caller=stage.user(), to=stage.user())
    call = stage.answer(incoming.context())
    equal("whom it was for", call.properties.answered_for, None)
    call.wait("CallConnected")


@check
def answer_call_too_late(stage):
    context = stage.context()
    incoming = stage.incoming(answerFails=True)
    call = stage.answer(incoming.context(), operation_context=context)
    call.result("AnswerFailed", 400, 8587, context)
    refused(404, ["8522"], call.connection.get_call_properties)


@check
def answer_call_once_only(stage):
    context = stage.incoming().context()
    stage.answer(context).wait("CallConnected")
    refused(404, ["8522"], lambda: stage.answer(context))


@check
def reject_call(stage):
    for reason in (None, CallRejectReason.NONE, CallRejectReason.BUSY, CallRejectReason.FORBIDDEN):
        context = stage.incoming().context()
        equal("the answer", stage.client.reject_call(context, call_reject_reason=reason), None)
        refused(404, ["8522"], lambda: stage.client.reject_call(context))


@check
def redirect_call(stage):
    for target in (stage.phone(), stage.user()):
        incoming = stage.incoming(people={target.raw_id: {"answerAfter": "1s"}})
        context = incoming.context()
        equal("the answer", stage.client.redirect_call(context, target), None)
        refused(404, ["8522"], lambda: stage.answer(context))


@check
def redirect_call_to_an_own_number(stage):
    own = stage.phone()
    incoming = stage.incoming(people={own.raw_id: {"application": True}})
    stage.client.redirect_call(incoming.context(), own)
    again = incoming.event()
    equal("the called", again.data["to"]["rawId"], own.raw_id)
    equal("the caller", again.data["from"]["rawId"], incoming.caller.raw_id)
    stage.answer(again.data["incomingCallContext"]).wait("CallConnected")


@check
def connect_call_to_a_server_call(stage):
    call, caller = stage.inbound()
    server_call_id = call.properties.server_call_id
    inbox = stage.inbox()
    context = stage.context()
    properties = stage.client.connect_call(inbox.url, server_call_id=server_call_id, operation_context=context)
    other = Call(stage.client, properties, inbox)
    true("both legs have one id", other.id != call.id)
    connected = other.result("CallConnected", 200, 0, context)
    equal("the server call id", connected.server_call_id, server_call_id)
    equal("the correlation id", connected.correlation_id, call.properties.correlation_id)
    other.wait("ParticipantsUpdated", matching=lambda data: len(data.participants) >= 2)
    equal("who is there", other.connection.get_participant(caller).identifier.raw_id, caller.raw_id)


@check
def connect_call_to_a_group(stage):
    group = str(uuid.uuid4())
    people = [stage.user(), stage.user()]
    for person in people:
        stage.control("POST", "calls", {"from": person.raw_id, "groupCallId": group})
    inbox = stage.inbox()
    call = Call(stage.client, stage.client.connect_call(inbox.url, group_call_id=group), inbox)
    call.result("CallConnected", 200, 0)
    call.roster(*people)


@check
def connect_call_to_a_room(stage):
    room = str(uuid.uuid4().int)[:17]
    person = stage.user()
    stage.control("POST", "calls", {"from": person.raw_id, "roomId": room})
    inbox = stage.inbox()
    call = Call(stage.client, stage.client.connect_call(inbox.url, room_id=room), inbox)
    call.result("CallConnected", 200, 0)
    call.roster(person)


@check
def connect_call_to_no_call(stage):
    inbox = stage.inbox()
    context = stage.context()
    group = str(uuid.uuid4())
    properties = stage.client.connect_call(inbox.url, group_call_id=group, operation_context=context)
    call = Call(stage.client, properties, inbox)
    call.result("ConnectFailed", 404, 8522, context)
    call.is_gone()


@check
def hang_up_a_call_of_two(stage):
    context = stage.context()
    call = stage.outbound(operation_context=context)
    equal("the answer", call.connection.hang_up(is_for_everyone=False), None)
    call.result("CallDisconnected", 200, 7000, context)
    call.is_gone()


@check
def hang_up_before_anybody_answered(stage):
    call = stage.ringing(stage.person(stage.phone(), noAnswer=True))
    call.connection.hang_up(is_for_everyone=False)
    call.wait("CallDisconnected")
    call.is_gone()


def two_applications(stage):
    """A call of two people, with two legs."""
    people = [stage.phone(), stage.phone()]
    call = stage.outbound(*people)
    server_call_id = call.connection.get_call_properties().server_call_id
    inbox = stage.inbox()
    other = Call(stage.client, stage.client.connect_call(inbox.url, server_call_id=server_call_id), inbox)
    other.wait("CallConnected")
    return call, other, people


@check
def hang_up_a_group_for_oneself(stage):
    call, other, people = two_applications(stage)
    call.connection.hang_up(is_for_everyone=False)
    call.result("CallDisconnected", 200, 7000)
    call.is_gone()
    other.roster(*people)
    equal("the state", other.connection.get_call_properties().call_connection_state, CallConnectionState.CONNECTED)


@check
def hang_up_a_group_for_everyone(stage):
    call, other, _ = two_applications(stage)
    equal("the answer", call.connection.hang_up(is_for_everyone=True), None)
    call.result("CallDisconnected", 200, 7000)
    other.result("CallDisconnected", 200, 5001)
    call.is_gone()
    other.is_gone()


@check
def the_other_party_hangs_up(stage):
    call, _ = stage.inbound(script={"hangupAfter": "2s"})
    call.result("CallDisconnected", 200, 540000)
    call.is_gone()


@check
def callbacks_carry_a_token(stage):
    call = stage.ringing(stage.phone())
    said = claims(call.inbox.wait("CallConnected").token)
    equal("iss", said["iss"], "https://acscallautomation.communication.azure.com")
    equal("the lifetime", said["exp"] - said["iat"], 300)
    true("there is no audience", said["aud"])
