//! hangUp and terminateCall, people who hang up, and how legs and calls end.
//!
//! Source: reference 5, 9.3, and the codes of the recordings.

use acs::CallbackKind;
use acs::model::{RecordingState, ResultInformation};

use super::{Event, World};
use crate::agenda::Happening;
use crate::call::{Call, CallId, CallState, LegId, Purpose};
use crate::faults::Counts;
use crate::identity::{Key, is_phone, spoken};
use crate::leg::{Leg, Origin, Phase};
use crate::limits::ENDED_CALLS_MAX;
use crate::request::{Refusal, Request, Response};
use crate::results::{Failure, ended_by_application, ended_by_other, failed, hung_up, result};
use crate::story::{Happened, Story};

impl World {
    /// Leaves the call.
    pub(super) fn leave_call(&mut self, id: &str, _request: &Request) -> Result<Response, Refusal> {
        self.leave(id, false)
    }

    /// Ends the call for everyone.
    pub(super) fn terminate_call(&mut self, id: &str, _request: &Request) -> Result<Response, Refusal> {
        self.leave(id, true)
    }

    fn leave(&mut self, connection_id: &str, ends_call: bool) -> Result<Response, Refusal> {
        let id = self.existing_leg(connection_id)?;
        let leg = self.legs.get_mut(&id).ok_or_else(Refusal::gone)?;
        if leg.phase == Phase::Ending {
            return Err(Refusal::gone());
        }
        leg.phase = Phase::Ending;
        leg.main.clear();
        leg.private = None;
        let call = leg.call;
        let text =
            if ends_call { "the application ends the call for everyone" } else { "the application hangs up" };
        self.tell(call, Happened::Requested, text);
        self.soon(Happening::LegLeaves { leg: id, ends_call });
        Ok(self.accepted(id, Response::empty(204)))
    }

    pub(super) fn leg_leaves(&mut self, id: LegId, ends_call: bool) {
        let Ok((leg, call)) = self.leg_and_call(id) else { return };
        let (call_id, is_one_to_one) = (leg.call, call.is_one_to_one(&leg.key()));
        if ends_call || is_one_to_one {
            self.end_call(call_id, Some(id), "ended by the application");
        } else {
            self.disconnect(id, ended_by_application());
            self.after_departure(call_id, &ended_by_other());
        }
    }

    /// Ends the call for everyone; the leg that wanted it hears of it first, and with a code of its own.
    pub(super) fn end_call(&mut self, call_id: CallId, by: Option<LegId>, why: &str) {
        if let Some(leg) = by {
            self.disconnect(leg, ended_by_application());
        }
        let others = self.calls.get(&call_id).map(|call| call.legs.clone()).unwrap_or_default();
        for leg in others {
            self.disconnect(leg, ended_by_other());
        }
        self.finish_call(call_id, why);
    }

    /// Tells a leg that it is out of the call, and forgets it.
    pub(super) fn disconnect(&mut self, id: LegId, outcome: ResultInformation) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        // A leg that never came up fails; its caller has gone, whatever the code for legs that were up.
        let (kind, outcome) = match (&leg.origin, leg.phase) {
            (Origin::Answered(_), Phase::Establishing) => {
                (CallbackKind::AnswerFailed, failed(Failure::Withdrawn, true))
            }
            (Origin::Joined { .. }, Phase::Establishing) => (CallbackKind::ConnectFailed, outcome),
            (Origin::Created | Origin::Answered(_) | Origin::Joined { .. }, _) => {
                (CallbackKind::CallDisconnected, outcome)
            }
        };
        let context = leg.operation_context.clone();
        let continuous = std::mem::take(&mut leg.continuous);
        for listening in continuous.into_values() {
            let stopped = result(200, 7000, "The conversation has ended. DiagCode: 0#7000.@");
            let event = Event::new(CallbackKind::ContinuousDtmfRecognitionStopped, stopped);
            self.emit(id, event.answering(listening.context, listening.callback));
        }
        self.emit(id, Event::new(kind, outcome).answering(context, None));
        self.forget_leg(id);
    }

    /// A leg that was accepted could not be set up.
    pub(super) fn fail_leg(&mut self, id: LegId, kind: CallbackKind, outcome: ResultInformation) {
        let context = self.legs.get(&id).and_then(|leg| leg.operation_context.clone());
        self.emit(id, Event::new(kind, outcome).answering(context, None));
        self.forget_leg(id);
    }

    /// Takes a leg off every list, and with it those whom it rings.
    pub(super) fn forget_leg(&mut self, id: LegId) -> Option<Leg> {
        let leg = self.legs.remove(&id)?;
        self.connections.remove(&leg.connection_id);
        let rings = self.calls.get(&leg.call).map(|call| call.rings.clone()).unwrap_or_default();
        for ring in rings {
            if self.rings.get(&ring).is_some_and(|ring| rung_by(&ring.purpose) == Some(id)) {
                self.forget_ring(ring);
            }
        }
        if let Some(call) = self.calls.get_mut(&leg.call) {
            call.legs.retain(|other| *other != id);
            call.participants.remove(&leg.key());
            call.story.tell(self.now, Happened::Left, "the application is out of the call");
        }
        Some(leg)
    }

    pub(super) fn person_hangs_up(&mut self, call_id: CallId, key: &Key) {
        let Some(call) = self.calls.get_mut(&call_id) else { return };
        let Some(participant) = call.participants.remove(key) else { return };
        let is_caller = call.caller.as_ref() == Some(key);
        let name = spoken(&participant.identifier);
        call.story.tell(self.now, Happened::Left, format!("{name} hangs up"));
        self.transferee_is_gone(call_id, key);
        self.after_departure(call_id, &hung_up(is_phone(&participant.identifier), is_caller));
    }

    /// Whoever was about to be transferred has left.
    fn transferee_is_gone(&mut self, call_id: CallId, key: &Key) {
        let rings = self.calls.get(&call_id).map(|call| call.rings.clone()).unwrap_or_default();
        for id in rings {
            let purpose = self.rings.get(&id).map(|ring| &ring.purpose);
            if matches!(purpose, Some(Purpose::Transfer { transferee, .. }) if transferee == key) {
                self.ring_failed(id, Failure::Withdrawn);
            }
        }
    }

    /// Somebody has left: legs that are alone are out, the others see a new roster.
    pub(super) fn after_departure(&mut self, call_id: CallId, alone: &ResultInformation) {
        let legs = self.calls.get(&call_id).map(|call| call.legs.clone()).unwrap_or_default();
        for id in legs {
            let Ok((leg, call)) = self.leg_and_call(id) else { continue };
            let is_alone = call.others(&leg.key()).next().is_none() && call.room_id.is_none();
            match (leg.phase, is_alone) {
                (Phase::Establishing, true) if matches!(leg.origin, Origin::Answered(_)) => {
                    self.disconnect(id, alone.clone());
                }
                (Phase::Connected | Phase::Transferring, true) => self.disconnect(id, alone.clone()),
                (Phase::Connected | Phase::Transferring, false) => self.emit_roster(id),
                (Phase::Establishing, _) | (Phase::TransferAccepted | Phase::Ending, _) => {}
            }
        }
        self.tell_news(call_id);
        self.leave_people_talking(call_id);
    }

    /// A call without an application is over when nobody is left to talk to, and soon after otherwise.
    pub(super) fn leave_people_talking(&mut self, call_id: CallId) {
        let Some(call) = self.calls.get(&call_id).filter(|call| call.legs.is_empty()) else { return };
        let is_quiet = call.offers.is_empty() && call.rings.is_empty();
        match call.participants.len() {
            // In a group call or a room somebody may be waiting for the application.
            1 if call.group_call_id.is_some() || call.room_id.is_some() => {}
            0 => self.finish_call(call_id, "everyone has left"),
            1 if is_quiet => self.finish_call(call_id, "the last one has hung up"),
            1 => {}
            _ if call.group_call_id.is_some() || call.room_id.is_some() => {}
            _ => self.later(self.options.talk, Happening::Part { call: call_id }),
        }
    }

    pub(super) fn people_part(&mut self, call_id: CallId) {
        if self.calls.get(&call_id).is_some_and(|call| call.legs.is_empty()) {
            self.finish_call(call_id, "the people in it have said goodbye");
        }
    }

    /// The call is over: everything but its story is forgotten.
    pub(super) fn finish_call(&mut self, id: CallId, why: &str) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.state != CallState::Ended) else {
            return;
        };
        call.state = CallState::Ended;
        let rings = std::mem::take(&mut call.rings);
        let offers = std::mem::take(&mut call.offers);
        let legs = std::mem::take(&mut call.legs);
        let recording = call.recording.take();
        call.participants.clear();
        call.people.clear();
        self.tell_end(id);
        for ring in rings {
            self.rings.remove(&ring);
        }
        for offer in offers {
            self.offers.remove(&offer);
        }
        for leg in legs {
            // Only a leg that is just being answered can be left; it hears of it when it would connect.
            self.disconnect(leg, ended_by_other());
        }
        if let Some(recording) = recording {
            self.recording_ends(&recording);
            self.tell_recording(&recording, RecordingState::Inactive, true);
        }
        let Some(call) = self.calls.get(&id) else { return };
        let (server_call, group, room) =
            (call.server_call_id.clone(), call.group_call_id.clone(), call.room_id.clone());
        self.server_calls.remove(&server_call);
        group.map(|group| self.group_calls.remove(&group));
        room.map(|room| self.rooms.remove(&room));
        self.tell(id, Happened::Ended, format!("the call is over: {why}"));
        self.ended.push_back(id);
        if self.ended.len() > ENDED_CALLS_MAX
            && let Some(oldest) = self.ended.pop_front()
        {
            self.calls.remove(&oldest);
        }
    }

    pub(super) fn new_call(&mut self, from: String, to: String) -> CallId {
        let id = CallId(self.count());
        let server_call_id = self.ids.server_call_id();
        self.server_calls.insert(server_call_id.clone(), id);
        let call = Call {
            server_call_id,
            correlation_id: self.ids.uuid(),
            group_call_id: None,
            room_id: None,
            participants: std::collections::BTreeMap::new(),
            joined: 0,
            legs: Vec::new(),
            rings: Vec::new(),
            offers: Vec::new(),
            people: std::collections::BTreeMap::new(),
            conditions: crate::script::Conditions::default(),
            webhook: None,
            caller: None,
            caller_display_name: String::new(),
            story: Story::new(self.now),
            state: CallState::Ringing,
            from,
            to,
            news: None,
            recording: None,
            counts: Counts::default(),
        };
        self.calls.insert(id, call);
        id
    }
}

/// The leg that rings.
fn rung_by(purpose: &Purpose) -> Option<LegId> {
    match purpose {
        Purpose::Create { leg } | Purpose::Add { leg, .. } | Purpose::Transfer { leg, .. } => Some(*leg),
        Purpose::Redirect => None,
    }
}
