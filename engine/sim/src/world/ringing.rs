//! People and applications that are rung: how they take it, and what follows for whoever rings.

use std::time::Duration;

use acs::CallbackKind;
use acs::callback::Detail;
use acs::event_grid::{IncomingCall, OutgoingGridEvent, encode_body};
use acs::model::{CommunicationIdentifier, CustomCallingContext};

use super::{Event, World};
use crate::agenda::Happening;
use crate::call::{CallId, CallState, LegId, Offer, Purpose, Ring, RingId, Who};
use crate::identity::{Key, is_phone, spoken};
use crate::leg::Phase;
use crate::request::{Channel, Delivery, Refusal};
use crate::results::{Failure, failed, success};
use crate::script::{Person, Pickup};
use crate::story::Happened;

impl Pickup {
    /// How long it usually rings before.
    fn usual(self) -> Duration {
        match self {
            Pickup::Answer | Pickup::Decline => Duration::from_secs(1),
            Pickup::Busy | Pickup::Unavailable | Pickup::Unknown => Duration::from_millis(300),
            Pickup::Voicemail => Duration::from_secs(5),
            Pickup::NoAnswer | Pickup::Application => Duration::ZERO,
        }
    }
}

impl World {
    /// Rings somebody. How they take it is decided by those who made this call, then by the control API.
    pub(super) fn start_ring(
        &mut self,
        call: CallId,
        from: &CommunicationIdentifier,
        target: CommunicationIdentifier,
        purpose: Purpose,
        limit: Duration,
        custom_context: Option<CustomCallingContext>,
    ) -> RingId {
        let id = RingId(self.count());
        let person = self.person(call, &Key::of(&target));
        self.tell(call, Happened::Ringing, format!("the phone of {} rings", spoken(&target)));
        let latency = self.options.latency;
        let after = person.after.unwrap_or_else(|| person.pickup.usual());
        let mut offer = None;
        match person.pickup {
            Pickup::Application => {
                offer = Some(self.offer(call, from, &target, Some(id), custom_context));
            }
            Pickup::NoAnswer => {}
            Pickup::Answer
            | Pickup::Voicemail
            | Pickup::Decline
            | Pickup::Busy
            | Pickup::Unavailable
            | Pickup::Unknown => {
                self.later(after.saturating_add(latency), Happening::RingResolves { ring: id });
            }
        }
        self.later(limit.saturating_add(latency), Happening::RingTimesOut { ring: id });
        if let Some(call) = self.calls.get_mut(&call) {
            call.rings.push(id);
        }
        self.rings.insert(id, Ring { call, target, purpose, offer });
        id
    }

    fn person(&self, call: CallId, key: &Key) -> Person {
        let in_call = self.calls.get(&call).and_then(|call| call.people.get(key));
        in_call.or_else(|| self.people.get(key)).cloned().unwrap_or_default()
    }

    /// Announces a call to an application.
    pub(super) fn offer(
        &mut self,
        call: CallId,
        from: &CommunicationIdentifier,
        to: &CommunicationIdentifier,
        ring: Option<RingId>,
        custom_context: Option<CustomCallingContext>,
    ) -> String {
        let context = self.ids.incoming_call_context();
        let offer = Offer { call, from: from.clone(), to: to.clone(), ring, custom_context };
        self.offers.insert(context.clone(), offer);
        if let Some(call) = self.calls.get_mut(&call) {
            call.offers.push(context.clone());
        }
        self.soon(Happening::Announce { context: context.clone() });
        let limit = self.options.incoming_ring;
        self.later_exactly(limit, Happening::OfferExpires { context: context.clone() });
        context
    }

    pub(super) fn announce(&mut self, context: &str) {
        let Some(offer) = self.offers.get(context) else { return };
        let Some(call) = self.calls.get_mut(&offer.call) else { return };
        let Some(url) = call.webhook.clone().or_else(|| self.options.webhook.clone()) else {
            let text = "no webhook is set, so the call is announced to nobody";
            call.story.tell(self.now, Happened::Trouble, text);
            return;
        };
        call.story.tell(
            self.now,
            Happened::Announced,
            format!("the call from {} to {} is announced", spoken(&offer.from), spoken(&offer.to)),
        );
        let incoming = IncomingCall {
            to: offer.to.clone(),
            from: offer.from.clone(),
            server_call_id: call.server_call_id.clone(),
            caller_display_name: call.caller_display_name.clone(),
            incoming_call_context: context.to_owned(),
            correlation_id: call.correlation_id.clone(),
            custom_context: offer.custom_context.clone(),
            on_behalf_of_callee: None,
        };
        let id = self.ids.uuid();
        let event = OutgoingGridEvent::incoming_call(&id, &self.options.topic, self.now, &incoming);
        let call = offer.call;
        self.deliver_grid_event(call, url, &event);
    }

    pub(super) fn deliver_grid_event(&mut self, call: CallId, url: String, event: &OutgoingGridEvent) {
        self.dispatch(Delivery {
            id: event.id.clone(),
            url,
            body: encode_body(event, self.options.schema),
            channel: Channel::EventGrid { event_type: event.event_type.clone() },
            call,
            first_at: self.now,
            failures: 0,
        });
    }

    /// An offer can be taken once. Source: reference 9.1.
    pub(super) fn take_offer(&mut self, context: &str) -> Result<Offer, Refusal> {
        let offer = self.offers.remove(context).ok_or_else(Refusal::gone)?;
        if let Some(call) = self.calls.get_mut(&offer.call) {
            call.offers.retain(|open| open != context);
        }
        Ok(offer)
    }

    pub(super) fn offer_expires(&mut self, context: &str) {
        let Ok(offer) = self.take_offer(context) else { return };
        match offer.ring {
            Some(ring) => self.ring_failed(ring, Failure::NoAnswer),
            None => self.finish_call(offer.call, "nobody answered in time (8587)"),
        }
    }

    pub(super) fn ring_resolves(&mut self, id: RingId) {
        let Some(ring) = self.rings.get(&id) else { return };
        let target = ring.target.clone();
        match self.person(ring.call, &Key::of(&target)).pickup {
            Pickup::Answer | Pickup::Voicemail => self.ring_answered(id, Who::Person, &target),
            Pickup::Decline => self.ring_failed(id, Failure::Declined),
            Pickup::Busy => self.ring_failed(id, Failure::Busy),
            Pickup::Unavailable => self.ring_failed(id, Failure::Unavailable),
            Pickup::Unknown => self.ring_failed(id, Failure::Unknown),
            // The script was changed while it rang.
            Pickup::NoAnswer | Pickup::Application => {}
        }
    }

    pub(super) fn ring_times_out(&mut self, id: RingId) {
        // An application that is just answering is not late.
        if self.rings.get(&id).is_some_and(|ring| !self.is_being_answered(ring)) {
            self.ring_failed(id, Failure::NoAnswer);
        }
    }

    fn is_being_answered(&self, ring: &Ring) -> bool {
        ring.offer.as_ref().is_some_and(|context| !self.offers.contains_key(context))
    }

    /// Takes a ring off every list, together with its announcement.
    pub(super) fn forget_ring(&mut self, id: RingId) -> Option<Ring> {
        let ring = self.rings.remove(&id)?;
        if let Some(call) = self.calls.get_mut(&ring.call) {
            call.rings.retain(|ringing| *ringing != id);
        }
        if let Some(context) = &ring.offer {
            // Taken already, if it was answered or redirected.
            let _ = self.take_offer(context);
        }
        Some(ring)
    }

    pub(super) fn ring_answered(&mut self, id: RingId, who: Who, identifier: &CommunicationIdentifier) {
        let Some(ring) = self.forget_ring(id) else { return };
        let name = spoken(&ring.target);
        self.tell(ring.call, Happened::Joined, format!("{name} answers"));
        match ring.purpose {
            Purpose::Create { leg } => {
                let key = self.joins(ring.call, identifier, who);
                self.called_party_joined(leg, ring.call);
                self.begins(ring.call, &key);
            }
            Purpose::Add { leg, invitation: _, context, callback } => {
                let key = self.joins(ring.call, identifier, who);
                let detail = Detail { participant: Some(ring.target), ..Detail::default() };
                // Its time is about a millisecond before that of the roster that shows it (reference 8.2).
                let event = Event {
                    earlier: Duration::from_millis(1),
                    ..Event::new(CallbackKind::AddParticipantSucceeded, success())
                };
                self.emit(leg, event.answering(context, callback).with(detail));
                self.roster_changed(ring.call);
                self.begins(ring.call, &key);
            }
            Purpose::Transfer { leg, transferee, context, callback } => {
                let target = ring.target;
                self.transfer_accepted(leg, &transferee, target, who, identifier, (context, callback));
            }
            Purpose::Redirect => {
                self.joins(ring.call, identifier, who);
                if let Some(call) = self.calls.get_mut(&ring.call) {
                    call.state = CallState::Connected;
                }
                self.everyone_begins(ring.call);
                self.leave_people_talking(ring.call);
            }
        }
    }

    fn called_party_joined(&mut self, leg: LegId, call: CallId) {
        match self.legs.get(&leg).map(|leg| leg.phase) {
            Some(Phase::Establishing) => self.leg_connected(leg),
            Some(Phase::Connected | Phase::Transferring) => self.roster_changed(call),
            Some(Phase::TransferAccepted | Phase::Ending) | None => {}
        }
    }

    fn joins(&mut self, call: CallId, identifier: &CommunicationIdentifier, who: Who) -> Key {
        let script = match who {
            Who::Person => self.person(call, &Key::of(identifier)).script,
            Who::Application(_) => crate::script::Script::default(),
        };
        match self.calls.get_mut(&call) {
            Some(call) => call.join(identifier.clone(), who, script),
            None => Key::of(identifier),
        }
    }

    pub(super) fn ring_failed(&mut self, id: RingId, failure: Failure) {
        let Some(ring) = self.forget_ring(id) else { return };
        let name = spoken(&ring.target);
        self.tell(ring.call, Happened::NotReached, format!("{name} is not reached ({failure:?})"));
        let outcome = failed(failure, is_phone(&ring.target));
        match ring.purpose {
            Purpose::Create { leg } => self.called_party_failed(leg, ring.call, outcome),
            Purpose::Add { leg, invitation: _, context, callback } => {
                let detail = Detail { participant: Some(ring.target), ..Detail::default() };
                let event = Event::new(CallbackKind::AddParticipantFailed, outcome);
                self.emit(leg, event.answering(context, callback).with(detail));
            }
            Purpose::Transfer { leg, transferee: _, context, callback } => {
                if let Some(leg) = self.legs.get_mut(&leg)
                    && leg.phase == Phase::Transferring
                {
                    leg.phase = Phase::Connected;
                }
                let event = Event::new(CallbackKind::CallTransferFailed, outcome);
                self.emit(leg, event.answering(context, callback));
            }
            Purpose::Redirect => self.finish_call(ring.call, &format!("{name} was not reached")),
        }
    }

    /// The last of the targets was not reached: both events, in the order of the recording.
    fn called_party_failed(&mut self, leg: LegId, call: CallId, outcome: acs::model::ResultInformation) {
        let is_waiting = self.legs.get(&leg).is_some_and(|leg| leg.phase == Phase::Establishing);
        let others_ring = self.calls.get(&call).is_some_and(|call| !call.rings.is_empty());
        if !is_waiting || others_ring {
            return;
        }
        let context = self.legs.get(&leg).and_then(|leg| leg.operation_context.clone());
        let disconnected = Event::new(CallbackKind::CallDisconnected, outcome.clone());
        self.emit(leg, disconnected.answering(context.clone(), None));
        let failed = Event {
            earlier: Duration::from_micros(600),
            ..Event::new(CallbackKind::CreateCallFailed, outcome)
        };
        self.emit(leg, failed.answering(context, None));
        self.forget_leg(leg);
        self.finish_call(call, "nobody was reached");
    }
}
