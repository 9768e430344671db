//! recognize: keys, choices and speech.
//!
//! Source: reference 2.3, 2.6.

use std::time::Duration;

use acs::CallbackKind;
use acs::actions::{RecognizeInputType, RecognizeOptions, RecognizeRequest};
use acs::model::{Choice, Tone};

use super::participants::not_here;
use super::playing::{Lane, no_intelligence};
use super::{World, reading};
use crate::agenda::Happening;
use crate::call::LegId;
use crate::identity::Key;
use crate::limits::{CHOICES_MAX, TONES_COLLECTED_MAX};
use crate::media::{KeyRule, ListeningPhase, Outcome, Recognition, Work, length};
use crate::request::{Refusal, Request, Response};

impl World {
    pub(super) fn recognize(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let leg_id = self.connected_leg(id)?;
        let body: RecognizeRequest = reading::body(request)?;
        reading::answering(body.operation_context.as_ref(), body.operation_callback_uri.as_ref())?;
        let options = &body.recognize_options;
        let target = reading::identifier("recognizeOptions.targetParticipant", &options.target_participant)?;
        let key = Key::of(&target);
        let (leg, call) = self.leg_and_call(leg_id)?;
        if !call.participants.contains_key(&key) {
            return Err(not_here("recognizeOptions.targetParticipant"));
        }
        let input = Input::read(&body.recognize_input_type, options)?;
        if input.needs_intelligence && !leg.has_intelligence {
            return Err(no_intelligence());
        }
        let (name, sources) = match (&body.play_prompt, &body.play_prompts) {
            (Some(_), Some(_)) => {
                return Err(Refusal::argument(
                    "Only one of the playPrompt and playPrompts fields may be given.",
                ));
            }
            (Some(prompt), None) => ("playPrompt", std::slice::from_ref(prompt)),
            (None, Some(prompts)) => ("playPrompts", prompts.as_slice()),
            (None, None) => ("playPrompts", [].as_slice()),
        };
        let prompts = self.prompts(name, sources, leg_id)?;
        let lane = if call.is_one_to_one(&leg.key()) { Lane::Main } else { Lane::Private };
        // True unless it is said otherwise, as the guides have it (reference 2.6).
        let interrupts = body.interrupt_call_media_operation.unwrap_or(true);
        let recognition = Recognition {
            prompts,
            target: key,
            prompt_can_be_interrupted: options.interrupt_prompt.unwrap_or(true),
            initial_silence: input.initial_silence,
            keys: input.keys,
            takes_speech: input.takes_speech,
            choices: input.choices,
            phase: ListeningPhase::Prompting,
            tones: Vec::new(),
        };
        let work = Work::Recognize(Box::new(recognition));
        let answers = (body.operation_context, body.operation_callback_uri);
        self.start_media(leg_id, lane, interrupts, work, answers)?;
        Ok(self.accepted(leg_id, Response::empty(202)))
    }

    pub(super) fn begin_recognition(&mut self, leg_id: LegId, number: u64) {
        let Some(operation) = self.legs.get_mut(&leg_id).and_then(|leg| leg.running(number)) else { return };
        let step = operation.step;
        let Work::Recognize(recognition) = &mut operation.work else { return };
        let prompts = recognition.prompts.clone();
        let delay = if prompts.is_empty() {
            recognition.phase = ListeningPhase::Waiting;
            recognition.initial_silence
        } else {
            length(&prompts).0
        };
        self.tell_prompts(leg_id, &prompts);
        self.later(delay, Happening::Media { leg: leg_id, operation: number, step });
        self.asked(leg_id, number);
    }

    /// The prompt is over, or the patience of the one who listens.
    pub(super) fn recognition_step(&mut self, leg_id: LegId, number: u64) {
        let Some(operation) = self.legs.get_mut(&leg_id).and_then(|leg| leg.running(number)) else { return };
        let step = operation.step;
        let Work::Recognize(recognition) = &mut operation.work else { return };
        if recognition.phase != ListeningPhase::Prompting {
            let outcome = recognition.times_out();
            return self.media_ends(leg_id, number, outcome);
        }
        if let (_, Some((index, fault))) = length(&recognition.prompts) {
            let outcome = Outcome::faulty(CallbackKind::RecognizeFailed, index, fault);
            return self.media_ends(leg_id, number, outcome);
        }
        recognition.phase = ListeningPhase::Waiting;
        let (silence, target) = (recognition.initial_silence, recognition.target.clone());
        self.later(silence, Happening::Media { leg: leg_id, operation: number, step });
        self.prompt_heard(leg_id, Some(&[target]));
    }
}

/// What is listened for, checked.
struct Input {
    keys: Option<KeyRule>,
    takes_speech: bool,
    choices: Vec<Choice>,
    needs_intelligence: bool,
    initial_silence: Duration,
}

impl Input {
    fn read(kind: &RecognizeInputType, options: &RecognizeOptions) -> Result<Input, Refusal> {
        let (takes_keys, takes_speech, takes_choices) = match kind {
            RecognizeInputType::Dtmf => (true, false, false),
            RecognizeInputType::Speech => (false, true, false),
            RecognizeInputType::SpeechOrDtmf => (true, true, false),
            RecognizeInputType::Choices => (false, false, true),
            RecognizeInputType::Other(_) => {
                return Err(Refusal::argument(
                    "The recognizeInputType field is invalid: it is one of dtmf, speech, speechOrDtmf and choices.",
                ));
            }
        };
        let keys = if takes_keys { Some(keys(options, !takes_speech)?) } else { None };
        let choices = if takes_choices { choices(options)? } else { Vec::new() };
        let initial_silence = silence(options, if keys.is_some() && !takes_speech { 300 } else { 20 })?;
        let needs_intelligence = takes_speech || takes_choices;
        Ok(Input { keys, takes_speech, choices, needs_intelligence, initial_silence })
    }
}

fn keys(options: &RecognizeOptions, needs_max: bool) -> Result<KeyRule, Refusal> {
    let given = options.dtmf_options.clone().unwrap_or_default();
    let wrong = |field: &str, what: &str| {
        Refusal::argument(format!("The recognizeOptions.dtmfOptions.{field} field is invalid: {what}."))
    };
    let gap = match given.inter_tone_timeout_in_seconds.unwrap_or(2) {
        seconds @ 1..=60 => Duration::from_secs(u64::from(seconds.unsigned_abs())),
        _ => return Err(wrong("interToneTimeoutInSeconds", "it is 1 to 60")),
    };
    let max = match given.max_tones_to_collect {
        Some(max @ 1..=TONES_COLLECTED_MAX) => Some(usize::try_from(max).unwrap_or(1)),
        None if !needs_max => None,
        Some(_) | None => {
            return Err(wrong("maxTonesToCollect", "keys are only collected up to a number of them, from 1"));
        }
    };
    let stop = given.stop_tones.unwrap_or_default();
    if stop.len() > Tone::LISTED.len() || stop.iter().any(|tone| !tone.is_listed()) {
        return Err(wrong("stopTones", "it has something that is no tone, or the same one twice"));
    }
    Ok(KeyRule { max, stop, gap })
}

fn choices(options: &RecognizeOptions) -> Result<Vec<Choice>, Refusal> {
    let wrong =
        |what: String| Refusal::argument(format!("The recognizeOptions.choices field is invalid: {what}."));
    let choices = options.choices.clone().unwrap_or_default();
    if choices.is_empty() || choices.len() > CHOICES_MAX {
        return Err(wrong(format!("it needs 1 to {CHOICES_MAX} choices")));
    }
    for (index, choice) in choices.iter().enumerate() {
        if choice.label.is_empty() || choice.phrases.is_empty() {
            return Err(wrong(format!("choice {index} needs a label and at least one phrase")));
        }
        if choice.tone.as_ref().is_some_and(|tone| !tone.is_listed()) {
            return Err(wrong(format!("choice {index} has something that is no tone")));
        }
    }
    Ok(choices)
}

/// Source: reference 2.6; 5 s unless it is said otherwise.
fn silence(options: &RecognizeOptions, max: i32) -> Result<Duration, Refusal> {
    match options.initial_silence_timeout_in_seconds.unwrap_or(5) {
        seconds if (0..=max).contains(&seconds) => Ok(Duration::from_secs(u64::from(seconds.unsigned_abs()))),
        _ => Err(Refusal::argument(format!(
            "The recognizeOptions.initialSilenceTimeoutInSeconds field is invalid: it is 0 to {max}."
        ))),
    }
}
