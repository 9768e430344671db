//! sendDtmfTones, and continuous reporting of keys.
//!
//! Source: reference 2.3, 4.6, 5.

use acs::CallbackKind;
use acs::actions::{ContinuousDtmfRecognitionRequest, SendDtmfTonesRequest, SendDtmfTonesResult};
use acs::callback::Detail;
use acs::model::{CommunicationIdentifier, Tone};

use super::participants::not_here;
use super::playing::Lane;
use super::{Event, World, reading};
use crate::call::LegId;
use crate::identity::{Key, is_phone};
use crate::leg::Continuous;
use crate::limits::TONES_SENT_MAX;
use crate::media::{Outcome, Work};
use crate::request::{Refusal, Request, Response};
use crate::results::{internal, media_success, result, success};

impl World {
    pub(super) fn send_tones(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let leg = self.connected_leg(id)?;
        let body: SendDtmfTonesRequest = reading::body(request)?;
        reading::answering(body.operation_context.as_ref(), body.operation_callback_uri.as_ref())?;
        let target = self.target(leg, &body.target_participant)?;
        if !is_phone(&target) {
            return Err(Refusal::argument(
                "The targetParticipant field is invalid: keys can be sent to phone numbers only.",
            ));
        }
        let count = body.tones.len();
        if count == 0 || count > TONES_SENT_MAX || body.tones.iter().any(|tone| !tone.is_listed()) {
            return Err(Refusal::argument(format!(
                "The tones field is invalid: it needs 1 to {TONES_SENT_MAX} tones such as `one` or `pound`."
            )));
        }
        let answer = SendDtmfTonesResult { operation_context: body.operation_context.clone() };
        let answers = (body.operation_context, body.operation_callback_uri);
        let work = Work::Tones { count, target: Key::of(&target) };
        self.start_media(leg, Lane::Private, false, work, answers)?;
        Ok(self.accepted(leg, Response::json(202, &answer)))
    }

    /// What becomes of keys when all are sent: somebody must be there who can hear them.
    pub(super) fn tones_sent(&self, leg: LegId, target: &Key) -> Outcome {
        let call = self.leg_and_call(leg).ok().map(|(_, call)| call);
        match call.and_then(|call| call.participants.get(target)) {
            None => {
                let gone = result(400, 8585, "Action not valid in the current call state.");
                Outcome::new(CallbackKind::SendDtmfTonesFailed, gone)
            }
            Some(participant) if participant.acting.script.keys_lost => {
                Outcome::new(CallbackKind::SendDtmfTonesFailed, internal())
            }
            Some(_) => Outcome::new(CallbackKind::SendDtmfTonesCompleted, success()),
        }
    }

    pub(super) fn start_continuous_keys(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let leg_id = self.connected_leg(id)?;
        let body: ContinuousDtmfRecognitionRequest = reading::body(request)?;
        reading::answering(body.operation_context.as_ref(), body.operation_callback_uri.as_ref())?;
        let target = self.target(leg_id, &body.target_participant)?;
        let listening =
            Continuous { context: body.operation_context, callback: body.operation_callback_uri, keys: 0 };
        let leg = self.legs.get_mut(&leg_id).ok_or_else(Refusal::gone)?;
        leg.continuous.insert(Key::of(&target), listening);
        Ok(self.accepted(leg_id, Response::empty(200)))
    }

    pub(super) fn stop_continuous_keys(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let leg_id = self.connected_leg(id)?;
        let body: ContinuousDtmfRecognitionRequest = reading::body(request)?;
        reading::answering(body.operation_context.as_ref(), body.operation_callback_uri.as_ref())?;
        let target = reading::identifier("targetParticipant", &body.target_participant)?;
        let leg = self.legs.get_mut(&leg_id).ok_or_else(Refusal::gone)?;
        if leg.continuous.remove(&Key::of(&target)).is_some() {
            let event = Event::new(CallbackKind::ContinuousDtmfRecognitionStopped, media_success());
            self.emit_soon(leg_id, event.answering(body.operation_context, body.operation_callback_uri));
        }
        Ok(self.accepted(leg_id, Response::empty(200)))
    }

    /// Tells a leg of a key, if it wants to hear of that person's keys.
    pub(super) fn report_key(&mut self, leg_id: LegId, key: &Key, tone: &Tone) {
        let Some(leg) = self.legs.get_mut(&leg_id) else { return };
        let Some(listening) = leg.continuous.get_mut(key) else { return };
        listening.keys += 1;
        let (context, callback) = (listening.context.clone(), listening.callback.clone());
        let detail =
            Detail { sequence_id: Some(listening.keys), tone: Some(tone.clone()), ..Detail::default() };
        let event = Event::new(CallbackKind::ContinuousDtmfRecognitionToneReceived, media_success());
        self.emit(leg_id, event.answering(context, callback).with(detail));
    }

    /// Tells a leg that there was a key, but not which.
    pub(super) fn report_lost_key(&mut self, leg_id: LegId, key: &Key) {
        let listening = self.legs.get(&leg_id).and_then(|leg| leg.continuous.get(key));
        let Some(Continuous { context, callback, .. }) = listening.cloned() else { return };
        let event = Event::new(CallbackKind::ContinuousDtmfRecognitionToneFailed, internal());
        self.emit(leg_id, event.answering(context, callback));
    }

    /// Somebody in the call, in full.
    fn target(
        &self,
        leg: LegId,
        given: &CommunicationIdentifier,
    ) -> Result<CommunicationIdentifier, Refusal> {
        let target = reading::identifier("targetParticipant", given)?;
        let (_, call) = self.leg_and_call(leg)?;
        if call.participants.contains_key(&Key::of(&target)) {
            Ok(target)
        } else {
            Err(not_here("targetParticipant"))
        }
    }
}
