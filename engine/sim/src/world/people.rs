//! What people do in a call: press, speak, hang up, by their script or because the control API says so.

use std::time::Duration;

use acs::model::Tone;

use super::World;
use crate::agenda::Happening;
use crate::call::{CallId, LegId, Who};
use crate::identity::{Key, spoken};
use crate::media::{ListeningPhase, Work, length};
use crate::script::{Speech, When};
use crate::story::Happened;

/// How long people think before they answer a prompt.
const THINKING: Duration = Duration::from_secs(1);
/// What passes between two keys.
const BETWEEN_KEYS: Duration = Duration::from_millis(300);
/// What passes between the last prompt that somebody wants to hear and their hanging up.
const BEFORE_HANGING_UP: Duration = Duration::from_millis(500);

impl World {
    /// Everyone's script begins: the call is up.
    pub(super) fn everyone_begins(&mut self, call: CallId) {
        let people: Vec<Key> =
            self.calls.get(&call).map(|call| call.participants.keys().cloned().collect()).unwrap_or_default();
        for key in people {
            self.begins(call, &key);
        }
        let to_come = self.calls.get(&call).map(|call| call.people.clone()).unwrap_or_default();
        self.expect(call, &to_come);
    }

    /// Somebody's script begins: they are in the call now.
    pub(super) fn begins(&mut self, call: CallId, key: &Key) {
        let participant = self.calls.get(&call).and_then(|call| call.participants.get(key));
        let Some(participant) = participant.filter(|participant| participant.who == Who::Person) else {
            return;
        };
        let script = participant.acting.script.clone();
        if let Some(span) = script.hangup_after {
            self.later(span.0, Happening::HangUp { call, key: key.clone() });
        }
        for press in script.press {
            if let When::AfterConnect(at) = press.when {
                self.press_later(call, key, press.keys, at, None);
            }
        }
        for say in script.say {
            if let (When::AfterConnect(at), Some(speech)) = (say.when, say.speech) {
                self.later(at, Happening::Say { call, key: key.clone(), speech, during: None });
            }
        }
    }

    pub(super) fn press_later(
        &mut self,
        call: CallId,
        key: &Key,
        keys: Vec<Tone>,
        mut delay: Duration,
        during: Option<(LegId, u64)>,
    ) {
        for tone in keys {
            self.later(delay, Happening::Press { call, key: key.clone(), tone, during });
            delay = delay.saturating_add(BETWEEN_KEYS);
        }
    }

    /// Somebody hears that they are asked, and decides what to do.
    pub(super) fn asked(&mut self, leg_id: LegId, number: u64) {
        let Some(leg) = self.legs.get_mut(&leg_id) else { return };
        let call_id = leg.call;
        let Some(operation) = leg.running(number) else { return };
        let Work::Recognize(recognition) = &operation.work else { return };
        let (prompting, _) = length(&recognition.prompts);
        let usual = match recognition.phase {
            ListeningPhase::Prompting if !recognition.prompt_can_be_interrupted => prompting + THINKING,
            ListeningPhase::Prompting | ListeningPhase::Waiting | ListeningPhase::Collecting => THINKING,
        };
        let (key, takes_keys, takes_words) =
            (recognition.target.clone(), recognition.takes_keys(), recognition.takes_words());
        let participant = self.calls.get_mut(&call_id).and_then(|call| call.participants.get_mut(&key));
        let Some(participant) = participant.filter(|participant| participant.who == Who::Person) else {
            return;
        };
        let delay = |when| match when {
            When::Asked | When::AfterConnect(_) => usual,
            When::AfterPromptStart(after) => after,
        };
        let during = Some((leg_id, number));
        if let Some(press) = participant.acting.press.front().filter(|_| takes_keys).cloned() {
            participant.acting.press.pop_front();
            self.press_later(call_id, &key, press.keys, delay(press.when), during);
        } else if let Some(say) = participant.acting.say.front().filter(|_| takes_words).cloned() {
            participant.acting.say.pop_front();
            if let Some(speech) = say.speech {
                self.later(delay(say.when), Happening::Say { call: call_id, key, speech, during });
            }
        }
    }

    /// Whether what somebody was about to answer is still being asked.
    pub(super) fn still_runs(&mut self, during: Option<(LegId, u64)>) -> bool {
        match during {
            None => true,
            Some((leg, number)) => self.legs.get_mut(&leg).is_some_and(|leg| leg.running(number).is_some()),
        }
    }

    /// A prompt has come to its end, or was cut off by those who heard it.
    pub(super) fn prompt_heard(&mut self, leg_id: LegId, to: Option<&[Key]>) {
        let Ok((leg, _)) = self.leg_and_call(leg_id) else { return };
        let call_id = leg.call;
        let Some(call) = self.calls.get_mut(&call_id) else { return };
        let mut leaving = Vec::new();
        for (key, participant) in &mut call.participants {
            if participant.who != Who::Person || to.is_some_and(|keys| !keys.contains(key)) {
                continue;
            }
            participant.acting.prompts_heard = participant.acting.prompts_heard.saturating_add(1);
            if participant.acting.script.hangup_after_prompts == Some(participant.acting.prompts_heard) {
                leaving.push(key.clone());
            }
        }
        for key in leaving {
            self.later(BEFORE_HANGING_UP, Happening::HangUp { call: call_id, key });
        }
    }

    pub(super) fn pressed(&mut self, call_id: CallId, key: &Key, tone: &Tone) {
        let Some(legs) = self.tell_of(call_id, key, Happened::Pressed, |name| {
            format!("{name} presses {}", tone.to_char().unwrap_or('?'))
        }) else {
            return;
        };
        let participant = self.calls.get(&call_id).and_then(|call| call.participants.get(key));
        let is_lost = participant.is_some_and(|participant| participant.acting.script.keys_lost);
        for leg in legs {
            if is_lost {
                self.report_lost_key(leg, key);
            } else {
                self.report_key(leg, key, tone);
                self.recognizes(leg, key, |recognition| recognition.press(tone));
            }
        }
    }

    pub(super) fn said(&mut self, call_id: CallId, key: &Key, speech: &Speech) {
        let Some(legs) = self.tell_of(call_id, key, Happened::Said, |name| match speech {
            Speech::Words(words) => format!("{name} says \"{words}\""),
            Speech::Unclear => format!("{name} says something that nobody understands"),
        }) else {
            return;
        };
        let Some(call) = self.calls.get(&call_id) else { return };
        let is_heard = call
            .participants
            .get(key)
            .is_some_and(|participant| !participant.is_muted && !participant.is_on_hold);
        let fails = self.speech_fails(call);
        for leg in legs.into_iter().filter(|_| is_heard) {
            self.recognizes(leg, key, |recognition| {
                if fails { recognition.cannot_be_understood() } else { recognition.say(speech) }
            });
        }
    }

    /// Writes down what somebody did, and gives the legs that notice it; `None` if they are not in the call.
    fn tell_of(
        &mut self,
        call_id: CallId,
        key: &Key,
        kind: Happened,
        text: impl FnOnce(&str) -> String,
    ) -> Option<Vec<LegId>> {
        let call = self.calls.get_mut(&call_id)?;
        let name = spoken(&call.participants.get(key)?.identifier);
        call.story.tell(self.now, kind, text(&name));
        Some(call.legs.clone())
    }
}
