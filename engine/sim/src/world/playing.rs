//! play, cancelAllMediaOperations, and the queues of media operations.
//!
//! Source: reference 2.3, 9.4. One main operation runs at a time, the next wait; and one private one beside it.

use acs::CallbackKind;
use acs::actions::PlayRequest;
use acs::model::{CommunicationIdentifier, PlaySource, PlaySourceType};

use super::participants::not_here;
use super::{Event, World, reading};
use crate::agenda::Happening;
use crate::call::LegId;
use crate::identity::Key;
use crate::leg::Leg;
use crate::limits::{MEDIA_QUEUE_MAX, PARTICIPANTS_MAX, PLAY_SOURCES_MAX, SPOKEN_CHARS_MAX};
use crate::media::{ListeningPhase, MediaOperation, Outcome, Play, Prompt, Work, length};
use crate::request::{Refusal, Request, Response};
use crate::results::{canceled, media_success};
use crate::script::Medium;
use crate::story::Happened;

/// Which queue an operation belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Main,
    Private,
}

impl World {
    pub(super) fn play(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let leg_id = self.connected_leg(id)?;
        let body: PlayRequest = reading::body(request)?;
        reading::answering(body.operation_context.as_ref(), body.operation_callback_uri.as_ref())?;
        if body.play_sources.is_empty() {
            return Err(Refusal::argument("The playSources field is invalid: it needs at least one source."));
        }
        let prompts = self.prompts("playSources", &body.play_sources, leg_id)?;
        let to = body.play_to.filter(|to| !to.is_empty());
        let to = match to {
            Some(people) => Some(self.listeners(leg_id, &people)?),
            None => None,
        };
        let lane = if to.is_some() { Lane::Private } else { Lane::Main };
        let is_looped = body.play_options.is_some_and(|options| options.r#loop);
        let interrupts = body.interrupt_call_media_operation == Some(true);
        let work = Work::Play(Play { prompts, is_looped, to });
        let answers = (body.operation_context, body.operation_callback_uri);
        self.start_media(leg_id, lane, interrupts, work, answers)?;
        Ok(self.accepted(leg_id, Response::empty(202)))
    }

    /// Those who shall hear it; they must be in the call.
    fn listeners(&self, leg: LegId, people: &[CommunicationIdentifier]) -> Result<Vec<Key>, Refusal> {
        if people.len() > PARTICIPANTS_MAX {
            return Err(Refusal::argument(format!(
                "The playTo field is invalid: it has more than {PARTICIPANTS_MAX} participants."
            )));
        }
        let (_, call) = self.leg_and_call(leg)?;
        people
            .iter()
            .enumerate()
            .map(|(index, person)| {
                let name = format!("playTo[{index}]");
                let key = Key::of(&reading::identifier(&name, person)?);
                if call.participants.contains_key(&key) { Ok(key) } else { Err(not_here(&name)) }
            })
            .collect()
    }

    /// Prompts of a request: at most one object per source, fitting its kind, and text only where it can be spoken.
    pub(super) fn prompts(
        &self,
        name: &str,
        sources: &[PlaySource],
        leg: LegId,
    ) -> Result<Vec<Prompt>, Refusal> {
        if sources.len() > PLAY_SOURCES_MAX {
            return Err(Refusal::argument(format!(
                "The {name} field is invalid: it has more than {PLAY_SOURCES_MAX} sources."
            )));
        }
        let (leg, call) = self.leg_and_call(leg)?;
        let fails = self.speech_fails(call);
        let read = |(index, source): (usize, &PlaySource)| {
            let prompt = prompt(&format!("{name}[{index}]"), source, leg, |url| self.medium(call, url))?;
            let is_spoken = source.kind != PlaySourceType::File;
            Ok(if fails && is_spoken { prompt.unspeakable() } else { prompt })
        };
        sources.iter().enumerate().map(read).collect()
    }

    pub(super) fn cancel_media(&mut self, id: &str, _request: &Request) -> Result<Response, Refusal> {
        let leg_id = self.connected_leg(id)?;
        self.cancel_main(leg_id);
        let private = self.legs.get_mut(&leg_id).and_then(|leg| {
            // Keys that are being sent are no prompt.
            leg.private.take_if(|operation| !matches!(operation.work, Work::Tones { .. }))
        });
        if let Some(operation) = private {
            self.tell_canceled(leg_id, operation);
        }
        Ok(self.accepted(leg_id, Response::empty(202)))
    }

    /// Everything of the main queue ends; each operation says so for itself.
    fn cancel_main(&mut self, leg: LegId) {
        let operations = self.legs.get_mut(&leg).map(|leg| std::mem::take(&mut leg.main)).unwrap_or_default();
        for operation in operations {
            self.tell_canceled(leg, operation);
        }
    }

    fn tell_canceled(&mut self, leg: LegId, operation: MediaOperation) {
        let kind = match operation.work {
            Work::Play(_) => CallbackKind::PlayCanceled,
            Work::Recognize(_) => CallbackKind::RecognizeCanceled,
            Work::Tones { .. } => CallbackKind::SendDtmfTonesFailed,
        };
        self.emit_soon(leg, Event::new(kind, canceled()).answering(operation.context, operation.callback));
    }

    /// Puts an operation into its queue, by the table of reference 9.4.
    pub(super) fn start_media(
        &mut self,
        leg_id: LegId,
        lane: Lane,
        interrupts: bool,
        work: Work,
        (context, callback): (Option<String>, Option<String>),
    ) -> Result<(), Refusal> {
        let number = self.count();
        let operation = MediaOperation { number, context, callback, work, step: 0 };
        if interrupts && lane == Lane::Main {
            self.cancel_main(leg_id);
        }
        let leg = self.legs.get_mut(&leg_id).ok_or_else(Refusal::gone)?;
        match lane {
            Lane::Private if leg.private.is_some() => {
                return Err(Refusal::new(
                    412,
                    8583,
                    "The operation clashes with a media operation that is running for chosen participants.",
                ));
            }
            Lane::Private => leg.private = Some(operation),
            Lane::Main if leg.main.len() >= MEDIA_QUEUE_MAX => {
                return Err(Refusal::new(429, 8529, "Too many media operations are waiting."));
            }
            Lane::Main => {
                leg.main.push_back(operation);
                if leg.main.len() > 1 {
                    return Ok(());
                }
            }
        }
        self.soon(Happening::Media { leg: leg_id, operation: number, step: 0 });
        Ok(())
    }

    /// The time of an operation's last timer has come.
    pub(super) fn media_step(&mut self, leg_id: LegId, number: u64, step: u32) {
        let Some(leg) = self.legs.get_mut(&leg_id) else { return };
        let Some(operation) = leg.running(number).filter(|operation| operation.step == step) else { return };
        let is_begin = step == 0;
        operation.step += 1;
        match &operation.work {
            Work::Play(_) if is_begin => self.begin_play(leg_id, number),
            Work::Play(_) => self.play_ends(leg_id, number),
            Work::Recognize(_) if is_begin => self.begin_recognition(leg_id, number),
            Work::Recognize(_) => self.recognition_step(leg_id, number),
            Work::Tones { count, .. } if is_begin => {
                let length =
                    std::time::Duration::from_millis(300).saturating_mul(u32::try_from(*count).unwrap_or(1));
                self.later(length, Happening::Media { leg: leg_id, operation: number, step: step + 1 });
            }
            Work::Tones { target, .. } => {
                let target = target.clone();
                let outcome = self.tones_sent(leg_id, &target);
                self.media_ends(leg_id, number, outcome);
            }
        }
    }

    fn begin_play(&mut self, leg_id: LegId, number: u64) {
        let Some(operation) = self.legs.get_mut(&leg_id).and_then(|leg| leg.running(number)) else { return };
        let Work::Play(play) = &operation.work else { return };
        let prompts = play.prompts.clone();
        let (length, fault) = length(&prompts);
        if let Some((0, fault)) = fault {
            return self.media_ends(leg_id, number, Outcome::faulty(CallbackKind::PlayFailed, 0, fault));
        }
        let step = operation.step;
        let (context, callback) = (operation.context.clone(), operation.callback.clone());
        let event = Event::new(CallbackKind::PlayStarted, media_success()).answering(context, callback);
        self.emit(leg_id, event);
        self.tell_prompts(leg_id, &prompts);
        self.later(length, Happening::Media { leg: leg_id, operation: number, step });
    }

    fn play_ends(&mut self, leg_id: LegId, number: u64) {
        let Some(operation) = self.legs.get_mut(&leg_id).and_then(|leg| leg.running(number)) else { return };
        let step = operation.step;
        let Work::Play(play) = &operation.work else { return };
        let (length, fault) = length(&play.prompts);
        let (to, is_looped) = (play.to.clone(), play.is_looped);
        if let Some((index, fault)) = fault {
            return self.media_ends(leg_id, number, Outcome::faulty(CallbackKind::PlayFailed, index, fault));
        }
        // A loop is one prompt to those who hear it.
        if !is_looped || step == 2 {
            self.prompt_heard(leg_id, to.as_deref());
        }
        if is_looped {
            return self.later(length, Happening::Media { leg: leg_id, operation: number, step });
        }
        self.media_ends(leg_id, number, Outcome::new(CallbackKind::PlayCompleted, media_success()));
    }

    pub(super) fn tell_prompts(&mut self, leg: LegId, prompts: &[Prompt]) {
        let Some(call) = self.legs.get(&leg).map(|leg| leg.call) else { return };
        let texts: Vec<&str> = prompts.iter().map(|prompt| prompt.text.as_str()).collect();
        if !texts.is_empty() {
            self.tell(call, Happened::Heard, format!("\"{}\"", texts.join(" ")));
        }
    }

    /// An operation is over; the next in the queue begins.
    pub(super) fn media_ends(&mut self, leg_id: LegId, number: u64, outcome: Outcome) {
        let Some(leg) = self.legs.get_mut(&leg_id) else { return };
        let operation = match leg.private.take_if(|operation| operation.number == number) {
            Some(operation) => Some(operation),
            None if leg.main.front().is_some_and(|operation| operation.number == number) => {
                leg.main.pop_front()
            }
            None => None,
        };
        let next = leg.main.front().filter(|next| next.step == 0).map(|next| next.number);
        let Some(operation) = operation else { return };
        let event = Event::new(outcome.kind, outcome.result).with(outcome.detail);
        self.emit(leg_id, event.answering(operation.context, operation.callback));
        if let Some(next) = next {
            self.soon(Happening::Media { leg: leg_id, operation: next, step: 0 });
        }
    }

    /// What becomes of a recognition when somebody presses a key or speaks.
    pub(super) fn recognizes(
        &mut self,
        leg_id: LegId,
        key: &Key,
        mut hear: impl FnMut(&mut crate::media::Recognition) -> crate::media::Heard,
    ) {
        use crate::media::Heard;
        let Some(leg) = self.legs.get_mut(&leg_id) else { return };
        let mut heard = Vec::new();
        for operation in [leg.main.front_mut(), leg.private.as_mut()].into_iter().flatten() {
            let is_begun = operation.step > 0;
            if let Work::Recognize(recognition) = &mut operation.work
                && is_begun
                && recognition.target == *key
            {
                let was_prompting = recognition.phase == ListeningPhase::Prompting;
                match hear(recognition) {
                    Heard::Nothing => {}
                    Heard::More(gap) => {
                        operation.step += 1;
                        heard.push((operation.number, was_prompting, Ok((gap, operation.step))));
                    }
                    Heard::Done(outcome) => heard.push((operation.number, was_prompting, Err(outcome))),
                }
            }
        }
        for (number, was_prompting, what) in heard {
            if was_prompting {
                self.prompt_heard(leg_id, Some(std::slice::from_ref(key)));
            }
            match what {
                Ok((gap, step)) => self.later(gap, Happening::Media { leg: leg_id, operation: number, step }),
                Err(outcome) => self.media_ends(leg_id, number, *outcome),
            }
        }
    }
}

fn prompt(
    name: &str,
    source: &PlaySource,
    leg: &Leg,
    medium: impl Fn(&str) -> Option<Medium>,
) -> Result<Prompt, Refusal> {
    let missing = |object| {
        Refusal::argument(format!(
            "The {name} field is invalid: its kind is `{object}`, but it has no `{object}`."
        ))
    };
    let speakable = |text: &str| {
        if !leg.has_intelligence {
            return Err(no_intelligence());
        }
        if text.chars().count() > SPOKEN_CHARS_MAX {
            return Err(Refusal::argument(format!(
                "The {name} field is invalid: it has more than {SPOKEN_CHARS_MAX} characters."
            )));
        }
        Ok(())
    };
    match &source.kind {
        PlaySourceType::File => {
            let file = source.file.as_ref().ok_or_else(|| missing("file"))?;
            let parsed: Result<::http::Uri, _> = file.uri.parse();
            if !parsed.is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https"))) {
                return Err(Refusal::argument(format!(
                    "The {name}.file.uri field is invalid: it must be an absolute http:// or https:// URI."
                )));
            }
            Ok(Prompt::file(&file.uri, medium(&file.uri)))
        }
        PlaySourceType::Text => {
            let text = source.text.as_ref().ok_or_else(|| missing("text"))?;
            speakable(&text.text)?;
            Ok(Prompt::text(&text.text))
        }
        PlaySourceType::Ssml => {
            let ssml = source.ssml.as_ref().ok_or_else(|| missing("ssml"))?;
            speakable(&ssml.ssml_text)?;
            Ok(Prompt::ssml(&ssml.ssml_text))
        }
        PlaySourceType::Other(kind) => Err(Refusal::argument(format!(
            "The {name}.kind field is invalid: `{}` is none of file, text and ssml.",
            kind.chars().take(40).collect::<String>()
        ))),
    }
}

/// Source: reference 9.2; the code is that of a missing service principal.
pub(super) fn no_intelligence() -> Refusal {
    Refusal::new(
        400,
        8567,
        "Speech needs callIntelligenceOptions.cognitiveServicesEndpoint, given when the call was created or answered.",
    )
}
