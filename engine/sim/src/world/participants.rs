//! Who is in a call: adding, withdrawing, removing, listing, muting and holding.
//!
//! Source: reference 2.3, 5.

use std::time::Duration;

use acs::CallbackKind;
use acs::actions::{
    AddParticipantRequest, AddParticipantResponse, CancelAddParticipantRequest, CancelAddParticipantResponse,
    GetParticipantsResponse, HoldRequest, MuteParticipantsRequest, MuteParticipantsResult,
    RemoveParticipantRequest, RemoveParticipantResponse, UnholdRequest,
};
use acs::callback::Detail;
use acs::model::{CallParticipant, CommunicationIdentifier, PlaySource};

use super::connecting::caller_id_for;
use super::{Event, World, reading};
use crate::agenda::Happening;
use crate::call::{CallId, LegId, Participant, Purpose, Who};
use crate::identity::{Key, is_user, spoken};
use crate::leg::Phase;
use crate::limits::PARTICIPANTS_MAX;
use crate::media::length;
use crate::request::{Refusal, Request, Response};
use crate::results::{left_alone, removed, result, success};
use crate::story::Happened;

/// The longest an invitation may ring. Unit: seconds. Source: reference 2.6.
const INVITATION_SECONDS_MAX: i32 = 180;

impl World {
    pub(super) fn add_participant(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let leg_id = self.connected_leg(id)?;
        let body: AddParticipantRequest = reading::body(request)?;
        reading::answering(body.operation_context.as_ref(), body.operation_callback_uri.as_ref())?;
        let target = reading::identifier("participantToAdd", &body.participant_to_add)?;
        caller_id_for(std::slice::from_ref(&target), body.source_caller_id_number.as_ref())?;
        let limit = match body.invitation_timeout_in_seconds {
            None | Some(0) => self.options.outgoing_ring,
            Some(seconds @ 1..=INVITATION_SECONDS_MAX) => {
                Duration::from_secs(u64::from(seconds.unsigned_abs()))
            }
            Some(_) => {
                return Err(Refusal::argument(format!(
                    "The invitationTimeoutInSeconds field is invalid: it is 0 to {INVITATION_SECONDS_MAX}."
                )));
            }
        };
        let (leg, call) = self.leg_and_call(leg_id)?;
        if call.participants.contains_key(&Key::of(&target)) {
            return Err(Refusal::argument(
                "The participantToAdd field is invalid: it is in the call already.",
            ));
        }
        if call.participants.len() + call.rings.len() >= PARTICIPANTS_MAX {
            return Err(Refusal::argument(format!("A call has at most {PARTICIPANTS_MAX} participants.")));
        }
        let call_id = leg.call;
        let from = match &body.source_caller_id_number {
            Some(number) => CommunicationIdentifier::from_raw_id(&format!("4:{}", number.value)),
            None => leg.identity.clone(),
        };

        let invitation = self.ids.uuid();
        self.tell(call_id, Happened::Requested, format!("the application invites {}", spoken(&target)));
        let purpose = Purpose::Add {
            leg: leg_id,
            invitation: invitation.clone(),
            context: body.operation_context.clone(),
            callback: body.operation_callback_uri,
        };
        // Invitations always carry the context, possibly without headers (reference 6.1).
        let custom = Some(body.custom_calling_context.unwrap_or_default());
        self.start_ring(call_id, &from, target.clone(), purpose, limit, custom);
        let participant =
            CallParticipant { identifier: Some(target), is_muted: Some(false), is_on_hold: None };
        let answer = AddParticipantResponse {
            participant: Some(participant),
            operation_context: body.operation_context,
            invitation_id: Some(invitation),
        };
        Ok(self.accepted(leg_id, Response::json(202, &answer).with("repeatability-result", "accepted")))
    }

    pub(super) fn cancel_add_participant(
        &mut self,
        id: &str,
        request: &Request,
    ) -> Result<Response, Refusal> {
        let leg_id = self.connected_leg(id)?;
        let body: CancelAddParticipantRequest = reading::body(request)?;
        reading::answering(body.operation_context.as_ref(), body.operation_callback_uri.as_ref())?;
        reading::text("invitationId", &body.invitation_id)?;
        let (_, call) = self.leg_and_call(leg_id)?;
        let invited = call.rings.iter().copied().find(|ring| {
            let purpose = self.rings.get(ring).map(|ring| &ring.purpose);
            matches!(purpose, Some(Purpose::Add { leg, invitation, .. })
                if *leg == leg_id && *invitation == body.invitation_id)
        });
        let event = match invited.and_then(|ring| self.forget_ring(ring)) {
            Some(ring) => {
                let text = format!("the application withdraws the invitation of {}", spoken(&ring.target));
                self.tell(ring.call, Happened::Requested, text);
                // The message of the recording; it names the invited one by raw id.
                let message = format!(
                    "addParticipants failed for participant {}. Underlying reason: The conversation has ended. \
                     DiagCode: 0#5300.@",
                    ring.target.raw_id()
                );
                Event::new(CallbackKind::CancelAddParticipantSucceeded, result(200, 5300, &message))
            }
            None => {
                let missing = result(404, 8543, "The invitation does not exist.");
                Event::new(CallbackKind::CancelAddParticipantFailed, missing)
            }
        };
        let detail = Detail { invitation_id: Some(body.invitation_id.clone()), ..Detail::default() };
        let context = body.operation_context.clone();
        self.emit_soon(leg_id, event.answering(context, body.operation_callback_uri).with(detail));
        let answer = CancelAddParticipantResponse {
            invitation_id: Some(body.invitation_id),
            operation_context: body.operation_context,
        };
        Ok(self.accepted(leg_id, Response::json(202, &answer)))
    }

    pub(super) fn remove_participant(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let leg_id = self.connected_leg(id)?;
        let body: RemoveParticipantRequest = reading::body(request)?;
        reading::answering(body.operation_context.as_ref(), body.operation_callback_uri.as_ref())?;
        let target = reading::identifier("participantToRemove", &body.participant_to_remove)?;
        let (leg, call) = self.leg_and_call(leg_id)?;
        let key = Key::of(&target);
        let (kind, outcome) = if key == leg.key() {
            let organizer = result(400, 8552, "The organizer cannot be removed.");
            (CallbackKind::RemoveParticipantFailed, organizer)
        } else if !call.participants.contains_key(&key) {
            let missing = result(404, 8522, "The participant is not in the call.");
            (CallbackKind::RemoveParticipantFailed, missing)
        } else {
            (CallbackKind::RemoveParticipantSucceeded, success())
        };
        let call_id = leg.call;
        self.tell(call_id, Happened::Requested, format!("the application removes {}", spoken(&target)));
        let detail = Detail { participant: Some(target), ..Detail::default() };
        let event = Event::new(kind, outcome)
            .answering(body.operation_context.clone(), body.operation_callback_uri)
            .with(detail);
        self.soon(Happening::Removed { leg: leg_id, key, event: Box::new(event) });
        let answer = RemoveParticipantResponse { operation_context: body.operation_context };
        Ok(self.accepted(leg_id, Response::json(202, &answer).with("repeatability-result", "accepted")))
    }

    pub(super) fn participant_removed(&mut self, leg_id: LegId, key: &Key, event: Event) {
        let succeeded = event.kind == CallbackKind::RemoveParticipantSucceeded;
        self.emit(leg_id, event);
        let Some(call_id) = self.legs.get(&leg_id).map(|leg| leg.call).filter(|_| succeeded) else { return };
        let Some(call) = self.calls.get_mut(&call_id) else { return };
        match call.participants.get(key).map(|participant| participant.who) {
            Some(Who::Person) => {
                call.participants.remove(key);
            }
            Some(Who::Application(other)) => self.disconnect(other, removed()),
            // Gone by itself in the meantime, and its departure was told then.
            None => return,
        }
        self.after_departure(call_id, &left_alone());
    }

    /// Every leg of the call sees the whole roster.
    pub(super) fn roster_changed(&mut self, call: CallId) {
        for leg in self.legs_with_roster(call) {
            self.emit_roster(leg);
        }
        self.tell_news(call);
    }

    pub(super) fn roster_again(&mut self, call: CallId) {
        for leg in self.legs_with_roster(call) {
            self.emit_roster_again(leg);
        }
    }

    fn legs_with_roster(&self, call: CallId) -> Vec<LegId> {
        let sees_it = |leg: &LegId| {
            let phase = self.legs.get(leg).map(|leg| leg.phase);
            matches!(phase, Some(Phase::Connected | Phase::Transferring))
        };
        let legs = self.calls.get(&call).map(|call| call.legs.as_slice()).unwrap_or_default();
        legs.iter().copied().filter(sees_it).collect()
    }

    pub(super) fn emit_roster(&mut self, id: LegId) {
        let step = self.ids.sequence_step();
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.sequence += if leg.sequence == 0 { 1 } else { step };
        self.emit_roster_again(id);
    }

    /// The same number comes twice, with another id and a later time (reference 4.6).
    fn emit_roster_again(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id) else { return };
        let sequence = leg.sequence;
        let Some(call) = self.calls.get(&leg.call) else { return };
        let detail = Detail {
            participants: Some(call.roster()),
            sequence_number: Some(sequence),
            ..Detail::default()
        };
        self.emit(id, Event::new(CallbackKind::ParticipantsUpdated, success()).with(detail));
    }

    pub(super) fn list_participants(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let leg = self.readable_leg(id)?;
        let (_, call) = self.leg_and_call(leg)?;
        let people = call.roster();
        let page = self.options.page.max(1);
        let next = request.skip.saturating_add(page);
        let next_link = (next < people.len()).then(|| {
            let path = request.operation.path();
            format!("{}{path}?api-version={}&skip={next}", request.base, request.api_version)
        });
        let value = people.into_iter().skip(request.skip).take(page).collect();
        let answer = GetParticipantsResponse { value, next_link };
        Ok(self.accepted(leg, Response::json(200, &answer)))
    }

    pub(super) fn get_participant(
        &mut self,
        id: &str,
        raw_id: &str,
        _request: &Request,
    ) -> Result<Response, Refusal> {
        let leg = self.readable_leg(id)?;
        let (_, call) = self.leg_and_call(leg)?;
        let key = Key::of(&CommunicationIdentifier::from_raw_id(raw_id));
        let participant = call
            .participants
            .get(&key)
            .ok_or_else(|| Refusal::new(404, 8522, "The participant is not in the call."))?;
        Ok(self.accepted(leg, Response::json(200, &participant.shown())))
    }

    /// Reading is possible while a transfer is in progress.
    fn readable_leg(&self, id: &str) -> Result<LegId, Refusal> {
        let leg = self.existing_leg(id)?;
        match self.legs.get(&leg).map(|leg| leg.phase) {
            Some(Phase::Transferring | Phase::TransferAccepted) => Ok(leg),
            Some(Phase::Establishing | Phase::Connected | Phase::Ending) | None => self.connected_leg(id),
        }
    }

    pub(super) fn mute_participants(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let leg_id = self.connected_leg(id)?;
        let body: MuteParticipantsRequest = reading::body(request)?;
        reading::operation_context(body.operation_context.as_ref())?;
        let [target] = body.target_participants.as_slice() else {
            return Err(Refusal::argument(
                "The targetParticipants field is invalid: it needs exactly one user.",
            ));
        };
        let target = reading::identifier("targetParticipants[0]", target)?;
        if !is_user(&target) {
            return Err(Refusal::argument(
                "The targetParticipants[0] field is invalid: only users of the resource can be muted.",
            ));
        }
        self.change(leg_id, "targetParticipants[0]", &target, |participant| participant.is_muted = true)?;
        let answer = MuteParticipantsResult { operation_context: body.operation_context };
        Ok(self.accepted(leg_id, Response::json(200, &answer)))
    }

    pub(super) fn hold(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let leg = self.connected_leg(id)?;
        let body: HoldRequest = reading::body(request)?;
        reading::answering(body.operation_context.as_ref(), body.operation_callback_uri.as_ref())?;
        let target = reading::identifier("targetParticipant", &body.target_participant)?;
        let sources: &[PlaySource] = body.play_source_info.as_slice();
        let music = self.prompts("playSourceInfo", sources, leg)?;
        self.change(leg, "targetParticipant", &target, |participant| participant.is_on_hold = true)?;
        // The hold shows in the roster even if its music cannot be played (recording `hold-unhold.json`).
        if let (_, Some((_, fault))) = length(&music) {
            let event = Event::new(CallbackKind::HoldFailed, fault.result());
            self.emit_soon(leg, event.answering(body.operation_context, body.operation_callback_uri));
        }
        Ok(self.accepted(leg, Response::empty(200)))
    }

    pub(super) fn unhold(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let leg = self.connected_leg(id)?;
        let body: UnholdRequest = reading::body(request)?;
        reading::answering(body.operation_context.as_ref(), body.operation_callback_uri.as_ref())?;
        let target = reading::identifier("targetParticipant", &body.target_participant)?;
        self.change(leg, "targetParticipant", &target, |participant| participant.is_on_hold = false)?;
        Ok(self.accepted(leg, Response::empty(200)))
    }

    /// Changes how somebody is in the call, which shows only in the roster.
    fn change(
        &mut self,
        leg: LegId,
        name: &str,
        target: &CommunicationIdentifier,
        change: impl FnOnce(&mut Participant),
    ) -> Result<(), Refusal> {
        let key = Key::of(target);
        let call_id = self.legs.get(&leg).ok_or_else(Refusal::gone)?.call;
        let call = self.calls.get_mut(&call_id).ok_or_else(Refusal::gone)?;
        let participant = call.participants.get_mut(&key).ok_or_else(|| not_here(name))?;
        change(participant);
        self.soon(Happening::Roster { call: call_id });
        Ok(())
    }
}

/// The named participant is not in the call.
pub(super) fn not_here(name: &str) -> Refusal {
    Refusal::argument(format!("The {name} field is invalid: the participant is not in the call."))
}
