"""Transfers, of the one party of a call and of one of several."""

from azure.communication.callautomation import CallConnectionState

from expect import equal, refused
from stage import OWN_NUMBER

from . import check


@check
def transfer_accepted(stage):
    caller = stage.phone()
    for target in (stage.phone(), stage.user()):
        call, caller = stage.inbound()
        stage.person(target, answerAfter="2s")
        context = stage.context()
        result = call.connection.transfer_call_to_participant(target, operation_context=context)
        equal("the context in the answer", result.operation_context, context)
        accepted = call.result("CallTransferAccepted", 200, 0, context)
        equal("the target", accepted.transfer_target.raw_id, target.raw_id)
        equal("the transferee", accepted.transferee.raw_id, caller.raw_id)
        call.wait("CallDisconnected")
        call.is_gone()


@check
def transfer_with_all_options(stage):
    target = stage.person(stage.phone(), application=True)
    call, _ = stage.inbound()
    call.connection.transfer_call_to_participant(
        target,
        sip_headers={"User-To-User": "ticket=42", "X-MS-Custom-Case": "42"},
        voip_headers={"priority": "high"},
        source_caller_id_number=OWN_NUMBER,
        operation_callback_url=call.inbox.url,
    )
    equal("the state", call.connection.get_call_properties().call_connection_state, CallConnectionState.TRANSFERRING)


@check
def transfer_declined(stage):
    ways = [({"decline": True}, 603, 560603), ({"busy": True}, 486, 560486), ({"noAnswer": True}, 480, 560480)]
    for behaviour, code, sub_code in ways:
        call, caller = stage.inbound()
        context = stage.context()
        target = stage.person(stage.phone(), **behaviour)
        call.connection.transfer_call_to_participant(target, operation_context=context)
        call.result("CallTransferFailed", code, sub_code, context)
        state = call.connection.get_call_properties().call_connection_state
        equal("the state", state, CallConnectionState.CONNECTED)
        equal("who is still there", call.connection.get_participant(caller).identifier.raw_id, caller.raw_id)
        call.connection.hang_up(is_for_everyone=False)
        call.result("CallDisconnected", 200, 7000)


@check
def transfer_of_one_in_a_group(stage):
    stays, goes, target = stage.phone(), stage.phone(), stage.phone()
    call = stage.outbound(stays, goes)
    context = stage.context()
    call.connection.transfer_call_to_participant(target, transferee=goes, operation_context=context)
    accepted = call.result("CallTransferAccepted", 200, 0, context)
    equal("the transferee", accepted.transferee.raw_id, goes.raw_id)
    equal("the target", accepted.transfer_target.raw_id, target.raw_id)
    call.roster(stays)
    call.inbox.stays_without("CallDisconnected")
    equal("the state", call.connection.get_call_properties().call_connection_state, CallConnectionState.CONNECTED)


@check
def transfer_of_nobody_in_a_group(stage):
    call = stage.outbound(stage.phone(), stage.phone())
    refused(400, ["8523", "8585"], lambda: call.connection.transfer_call_to_participant(stage.phone()))


@check
def transfer_during_another(stage):
    call, _ = stage.inbound()
    call.connection.transfer_call_to_participant(stage.person(stage.phone(), noAnswer=True))
    refused(409, ["8607"], lambda: call.connection.transfer_call_to_participant(stage.phone()))
    call.wait("CallTransferFailed")


@check
def transfer_with_a_callback_of_its_own(stage):
    call, _ = stage.inbound()
    elsewhere = stage.inbox()
    call.connection.transfer_call_to_participant(
        stage.person(stage.phone(), decline=True), operation_callback_url=elsewhere.url
    )
    elsewhere.wait("CallTransferFailed")
    call.inbox.stays_without("CallTransferFailed")
