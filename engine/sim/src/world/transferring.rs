//! transferToParticipant, in a 1:1 call and in a group.
//!
//! Source: reference 2.3, 5, 9.1, 9.2. Phone features are not recorded, so that CallDisconnected follows is inferred.

use acs::CallbackKind;
use acs::actions::{TransferCallResponse, TransferToParticipantRequest};
use acs::callback::Detail;
use acs::model::CommunicationIdentifier;

use super::connecting::caller_id_for;
use super::participants::not_here;
use super::{Event, World, reading};
use crate::agenda::Happening;
use crate::call::{CallId, LegId, Purpose, Who};
use crate::identity::{Key, spoken};
use crate::leg::Phase;
use crate::request::{Refusal, Request, Response};
use crate::results::{left_alone, success};
use crate::script::Script;
use crate::story::Happened;

impl World {
    pub(super) fn transfer(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let leg_id = self.existing_leg(id)?;
        if let Some(Phase::Transferring | Phase::TransferAccepted) =
            self.legs.get(&leg_id).map(|leg| leg.phase)
        {
            return Err(Refusal::new(409, 8607, "Another transfer of this call is in progress."));
        }
        self.connected_leg(id)?;
        let body: TransferToParticipantRequest = reading::body(request)?;
        reading::answering(body.operation_context.as_ref(), body.operation_callback_uri.as_ref())?;
        let target = reading::identifier("targetParticipant", &body.target_participant)?;
        caller_id_for(&[], body.source_caller_id_number.as_ref())?;
        let transferee = match &body.transferee {
            Some(given) => Some(Key::of(&reading::identifier("transferee", given)?)),
            None => None,
        };
        let transferee = self.transferee(leg_id, &target, transferee)?;

        let (leg, call) = self.leg_and_call(leg_id)?;
        let call_id = leg.call;
        let Some(moved) = call.participants.get(&transferee) else { return Err(not_here("transferee")) };
        let moved = moved.identifier.clone();
        let text = format!("the application transfers {} to {}", spoken(&moved), spoken(&target));
        self.tell(call_id, Happened::Requested, text);
        if let Some(leg) = self.legs.get_mut(&leg_id) {
            leg.phase = Phase::Transferring;
        }
        let purpose = Purpose::Transfer {
            leg: leg_id,
            transferee,
            context: body.operation_context.clone(),
            callback: body.operation_callback_uri,
        };
        let limit = self.options.outgoing_ring;
        let custom = Some(body.custom_calling_context.unwrap_or_default());
        // The target sees the transferee's number (reference 9.2).
        self.start_ring(call_id, &moved, target, purpose, limit, custom);
        let answer = TransferCallResponse { operation_context: body.operation_context };
        Ok(self.accepted(leg_id, Response::json(202, &answer)))
    }

    /// Who is moved: the other party of a 1:1 call; in a group the one who is named.
    fn transferee(
        &self,
        leg: LegId,
        target: &CommunicationIdentifier,
        named: Option<Key>,
    ) -> Result<Key, Refusal> {
        let (leg, call) = self.leg_and_call(leg)?;
        let own = leg.key();
        let target = Key::of(target);
        if target == own || named.as_ref() == Some(&own) {
            return Err(Refusal::argument(
                "The targetParticipant field is invalid: the application itself can neither be the target nor \
                 be transferred.",
            ));
        }
        if call.participants.contains_key(&target) {
            return Err(Refusal::argument(
                "The targetParticipant field is invalid: it is in the call already.",
            ));
        }
        let mut others = call.others(&own);
        match (named, others.next(), others.next()) {
            (Some(named), _, _) if call.participants.contains_key(&named) => Ok(named),
            (Some(_), _, _) | (None, None, _) => Err(not_here("transferee")),
            (None, Some((other, _)), None) => Ok(other.clone()),
            (None, Some(_), Some(_)) => Err(Refusal::argument(
                "The transferee field is missing: in a group call it says who is transferred.",
            )),
        }
    }

    pub(super) fn transfer_accepted(
        &mut self,
        leg_id: LegId,
        transferee: &Key,
        target: CommunicationIdentifier,
        who: Who,
        identifier: &CommunicationIdentifier,
        (context, callback): (Option<String>, Option<String>),
    ) {
        let Ok((leg, call)) = self.leg_and_call(leg_id) else { return };
        let (call_id, is_one_to_one) = (leg.call, call.is_one_to_one(&leg.key()));
        let Some(moved) = call.participants.get(transferee).map(|moved| moved.identifier.clone()) else {
            return;
        };
        let detail =
            Detail { transfer_target: Some(target), transferee: Some(moved.clone()), ..Detail::default() };
        let event = Event::new(CallbackKind::CallTransferAccepted, success());
        self.emit(leg_id, event.answering(context, callback).with(detail));
        if is_one_to_one {
            self.set_phase(leg_id, Phase::TransferAccepted);
            let script = self.script_of(call_id, &Key::of(identifier), who);
            if let Some(call) = self.calls.get_mut(&call_id) {
                let key = call.join(identifier.clone(), who, script);
                self.begins(call_id, &key);
            }
            self.soon(Happening::LegTransferred { leg: leg_id });
        } else {
            self.set_phase(leg_id, Phase::Connected);
            if let Some(call) = self.calls.get_mut(&call_id) {
                call.participants.remove(transferee);
                call.story.tell(self.now, Happened::Left, format!("{} is in another call", spoken(&moved)));
            }
            if let Who::Application(other) = who {
                self.move_to_new_call(call_id, other, moved);
            }
            self.after_departure(call_id, &left_alone());
        }
    }

    fn set_phase(&mut self, leg: LegId, phase: Phase) {
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.phase = phase;
        }
    }

    fn script_of(&self, call: CallId, key: &Key, who: Who) -> Script {
        let in_call = self.calls.get(&call).and_then(|call| call.people.get(key));
        match who {
            Who::Person => in_call.or_else(|| self.people.get(key)).map(|person| person.script.clone()),
            Who::Application(_) => None,
        }
        .unwrap_or_default()
    }

    /// The one who was transferred out of a group talks to another application, in a call of their own.
    fn move_to_new_call(&mut self, from: CallId, other: LegId, moved: CommunicationIdentifier) {
        let Some(identity) = self.legs.get(&other).map(|leg| leg.identity.clone()) else { return };
        let call_id = self.new_call(spoken(&moved), spoken(&identity));
        if let Some(call) = self.calls.get_mut(&from) {
            call.legs.retain(|leg| *leg != other);
        }
        if let Some(call) = self.calls.get_mut(&call_id) {
            call.join(moved, Who::Person, Script::default());
            call.join(identity, Who::Application(other), Script::default());
            call.legs.push(other);
        }
        if let Some(leg) = self.legs.get_mut(&other) {
            leg.call = call_id;
        }
    }

    /// The application leaves a 1:1 call that it transferred.
    pub(super) fn leg_transferred(&mut self, id: LegId) {
        let Some(call) = self.legs.get(&id).map(|leg| leg.call) else { return };
        self.disconnect(id, success());
        self.roster_changed(call);
        self.leave_people_talking(call);
    }
}
