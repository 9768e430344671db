//! moveParticipants: people come over from another call of the application.
//!
//! Source: reference 2.3, 5.

use acs::CallbackKind;
use acs::actions::{MoveParticipantsRequest, MoveParticipantsResponse};
use acs::callback::Detail;
use acs::model::{CallParticipant, CommunicationIdentifier};

use super::{Event, World, reading};
use crate::agenda::Happening;
use crate::call::{LegId, Who};
use crate::identity::{Key, spoken};
use crate::limits::PARTICIPANTS_MAX;
use crate::request::{Refusal, Request, Response};
use crate::results::{left_alone, result, success};
use crate::story::Happened;

impl World {
    pub(super) fn move_participants(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let leg = self.connected_leg(id)?;
        let body: MoveParticipantsRequest = reading::body(request)?;
        reading::answering(body.operation_context.as_ref(), body.operation_callback_uri.as_ref())?;
        reading::text("fromCall", &body.from_call)?;
        let from = self.connected_leg(&body.from_call)?;
        if from == leg {
            return Err(Refusal::argument("The fromCall field is invalid: it names the call that receives."));
        }
        let count = body.target_participants.len();
        if count == 0 || count > PARTICIPANTS_MAX {
            return Err(Refusal::argument(format!(
                "The targetParticipants field is invalid: it needs 1 to {PARTICIPANTS_MAX} participants."
            )));
        }
        let mut targets = Vec::new();
        for (index, target) in body.target_participants.iter().enumerate() {
            targets.push(reading::identifier(&format!("targetParticipants[{index}]"), target)?);
        }
        let shown = |target: &CommunicationIdentifier| CallParticipant {
            identifier: Some(target.clone()),
            is_muted: Some(false),
            is_on_hold: None,
        };
        let answer = MoveParticipantsResponse {
            participants: Some(targets.iter().map(shown).collect()),
            operation_context: body.operation_context.clone(),
            from_call: Some(body.from_call.clone()),
        };
        for target in targets {
            let event = self.move_one(from, leg, &target);
            let detail = Detail {
                participant: Some(target),
                from_call: Some(body.from_call.clone()),
                ..Detail::default()
            };
            let (context, callback) = (body.operation_context.clone(), body.operation_callback_uri.clone());
            self.emit_soon(leg, event.answering(context, callback).with(detail));
        }
        let calls = [from, leg].map(|leg| self.legs.get(&leg).map(|leg| leg.call));
        if let [Some(emptied), Some(filled)] = calls {
            self.after_departure(emptied, &left_alone());
            self.soon(Happening::Roster { call: filled });
        }
        Ok(self.accepted(leg, Response::json(202, &answer)))
    }

    /// Takes one person out of a call and into another.
    fn move_one(&mut self, from: LegId, to: LegId, target: &CommunicationIdentifier) -> Event {
        let key = Key::of(target);
        let calls = [from, to].map(|leg| self.legs.get(&leg).map(|leg| leg.call));
        let missing = || {
            let what = result(404, 8522, "The participant is not in the call that it shall leave.");
            Event::new(CallbackKind::MoveParticipantFailed, what)
        };
        let [Some(left), Some(entered)] = calls else { return missing() };
        let moved = self.calls.get_mut(&left).and_then(|call| {
            call.participants.get(&key).filter(|participant| participant.who == Who::Person)?;
            call.participants.remove(&key)
        });
        let Some(mut moved) = moved else { return missing() };
        let name = spoken(target);
        self.tell(left, Happened::Left, format!("{name} is moved to another call"));
        self.tell(entered, Happened::Joined, format!("{name} is moved here"));
        if let Some(call) = self.calls.get_mut(&entered) {
            call.joined += 1;
            moved.place = call.joined;
            call.participants.insert(key, moved);
        }
        Event::new(CallbackKind::MoveParticipantSucceeded, success())
    }
}
