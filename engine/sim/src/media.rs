//! Prompts and recognitions, as one small machine per operation: input and time in, outcome out.
//!
//! Source: reference 2.3, 2.6, 4.4. Knows no call, and no clock.

use std::time::Duration;

use acs::CallbackKind;
use acs::callback::Detail;
use acs::model::{Choice, ChoiceResult, DtmfResult, RecognitionType, ResultInformation, SpeechResult, Tone};

use crate::identity::Key;
use crate::results::{media_success, result};
use crate::script::{Medium, Speech};
use crate::ssml;

/// How fast text is spoken. Unit: characters a second.
const CHARACTERS_PER_SECOND: f64 = 15.0;
/// How long a file lasts of which no script says it.
const FILE_LENGTH: Duration = Duration::from_secs(3);
/// Nothing that can be heard is shorter.
const LENGTH_MIN: Duration = Duration::from_millis(200);

/// An operation that runs, or waits for those before it.
#[derive(Debug)]
pub(crate) struct MediaOperation {
    pub(crate) number: u64,
    pub(crate) context: Option<String>,
    pub(crate) callback: Option<String>,
    pub(crate) work: Work,
    /// Counts the timers that were set; only the last one matters.
    pub(crate) step: u32,
}

#[derive(Debug)]
pub(crate) enum Work {
    Play(Play),
    Recognize(Box<Recognition>),
    /// Keys that the application sends.
    Tones {
        count: usize,
        target: Key,
    },
}

#[derive(Debug)]
pub(crate) struct Play {
    pub(crate) prompts: Vec<Prompt>,
    pub(crate) is_looped: bool,
    /// Who hears it; `None` is everyone.
    pub(crate) to: Option<Vec<Key>>,
}

/// Something to be heard.
#[derive(Clone, Debug)]
pub(crate) struct Prompt {
    pub(crate) length: Duration,
    pub(crate) fault: Option<PromptFault>,
    /// For the story.
    pub(crate) text: String,
}

/// Why a prompt cannot be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PromptFault {
    Format,
    Missing,
    Empty,
    /// The AI services do not answer.
    Unspeakable,
}

impl PromptFault {
    pub(crate) fn result(self) -> ResultInformation {
        match self {
            PromptFault::Format => result(400, 8535, "Action failed, file format is invalid."),
            PromptFault::Missing => result(400, 8536, "Action failed, file could not be downloaded."),
            PromptFault::Empty => result(400, 8582, "Action failed, the text or SSML to play is empty."),
            PromptFault::Unspeakable => {
                result(408, 8565, "Action failed, request to the AI services timed out.")
            }
        }
    }
}

impl Prompt {
    /// Files are not fetched. A script tells what would have become of it, or else its path: `/missing…`, or a format
    /// that is no WAV.
    pub(crate) fn file(uri: &str, medium: Option<Medium>) -> Prompt {
        let text = uri.to_owned();
        match medium {
            Some(Medium::Lasts(span)) => {
                return Prompt { length: span.0.max(LENGTH_MIN), fault: None, text };
            }
            Some(Medium::WrongFormat) => {
                return Prompt { length: FILE_LENGTH, fault: Some(PromptFault::Format), text };
            }
            Some(Medium::Missing | Medium::Unreachable | Medium::BreaksAfter(_)) => {
                return Prompt { length: FILE_LENGTH, fault: Some(PromptFault::Missing), text };
            }
            None => {}
        }
        let path = uri.split(['?', '#']).next().unwrap_or(uri).to_ascii_lowercase();
        let name = path.rsplit('/').next().unwrap_or(&path);
        let fault = if name.starts_with("missing") {
            Some(PromptFault::Missing)
        } else if [".mp3", ".ogg", ".flac", ".txt"].iter().any(|ending| name.ends_with(ending)) {
            Some(PromptFault::Format)
        } else {
            None
        };
        Prompt { length: FILE_LENGTH, fault, text }
    }

    pub(crate) fn text(text: &str) -> Prompt {
        let characters = text.trim().chars().count();
        let length = Duration::from_secs_f64(characters as f64 / CHARACTERS_PER_SECOND).max(LENGTH_MIN);
        let fault = (characters == 0).then_some(PromptFault::Empty);
        Prompt { length, fault, text: text.trim().to_owned() }
    }

    /// What is between the tags of a document is spoken, with its breaks.
    pub(crate) fn ssml(document: &str) -> Prompt {
        let spoken = ssml::read(document);
        let mut prompt = Prompt::text(&spoken.text);
        if !spoken.pauses.is_zero() {
            prompt.length = prompt.length.saturating_add(spoken.pauses);
            // Silence is something to be played.
            prompt.fault = None;
        }
        prompt
    }

    /// As it is when the AI services do not answer.
    pub(crate) fn unspeakable(self) -> Prompt {
        Prompt { fault: self.fault.or(Some(PromptFault::Unspeakable)), ..self }
    }
}

/// How long prompts last, up to the first that cannot be played, and which one that is.
pub(crate) fn length(prompts: &[Prompt]) -> (Duration, Option<(usize, PromptFault)>) {
    let mut total = Duration::ZERO;
    for (index, prompt) in prompts.iter().enumerate() {
        if let Some(fault) = prompt.fault {
            return (total, Some((index, fault)));
        }
        total += prompt.length;
    }
    (total, None)
}

/// How an operation ends.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) kind: CallbackKind,
    pub(crate) result: ResultInformation,
    pub(crate) detail: Detail,
}

impl Outcome {
    pub(crate) fn new(kind: CallbackKind, result: ResultInformation) -> Outcome {
        Outcome { kind, result, detail: Detail::default() }
    }

    /// A prompt could not be played.
    pub(crate) fn faulty(kind: CallbackKind, index: usize, fault: PromptFault) -> Outcome {
        let failed_play_source_index = i64::try_from(index).ok();
        let detail = Detail { failed_play_source_index, ..Detail::default() };
        Outcome { kind, result: fault.result(), detail }
    }
}

/// What is listened for.
#[derive(Debug)]
pub(crate) struct Recognition {
    pub(crate) prompts: Vec<Prompt>,
    pub(crate) target: Key,
    pub(crate) prompt_can_be_interrupted: bool,
    pub(crate) initial_silence: Duration,
    /// How keys are collected, if they are.
    pub(crate) keys: Option<KeyRule>,
    /// Whether any words count.
    pub(crate) takes_speech: bool,
    pub(crate) choices: Vec<Choice>,
    pub(crate) phase: ListeningPhase,
    pub(crate) tones: Vec<Tone>,
}

#[derive(Debug)]
pub(crate) struct KeyRule {
    pub(crate) max: Option<usize>,
    pub(crate) stop: Vec<Tone>,
    pub(crate) gap: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListeningPhase {
    Prompting,
    Waiting,
    Collecting,
}

/// What came of an input.
#[derive(Debug)]
pub(crate) enum Heard {
    /// Nobody listened.
    Nothing,
    /// More may come within so long.
    More(Duration),
    Done(Box<Outcome>),
}

impl Recognition {
    pub(crate) fn listens(&self) -> bool {
        self.phase != ListeningPhase::Prompting || self.prompt_can_be_interrupted
    }

    pub(crate) fn takes_keys(&self) -> bool {
        self.keys.is_some() || self.choices.iter().any(|choice| choice.tone.is_some())
    }

    pub(crate) fn takes_words(&self) -> bool {
        self.takes_speech || !self.choices.is_empty()
    }

    pub(crate) fn press(&mut self, tone: &Tone) -> Heard {
        if !self.listens() {
            return Heard::Nothing;
        }
        if !self.choices.is_empty() {
            return Heard::Done(Box::new(self.chosen_by_key(tone)));
        }
        let Some(rule) = &self.keys else { return Heard::Nothing };
        self.phase = ListeningPhase::Collecting;
        self.tones.push(tone.clone());
        let is_stop = rule.stop.contains(tone);
        let is_full = rule.max.is_some_and(|max| self.tones.len() >= max);
        if !is_stop && !is_full {
            return Heard::More(rule.gap);
        }
        let (sub_code, message) = if is_stop {
            (8514, "Action completed, stop tone was detected.")
        } else {
            (8531, "Action completed, max digits received.")
        };
        let mut outcome = Outcome::new(CallbackKind::RecognizeCompleted, result(200, sub_code, message));
        outcome.detail.recognition_type = Some(RecognitionType::Dtmf);
        outcome.detail.dtmf_result = Some(DtmfResult { tones: Some(self.tones.clone()) });
        Heard::Done(Box::new(outcome))
    }

    fn chosen_by_key(&self, tone: &Tone) -> Outcome {
        let Some(choice) = self.choices.iter().find(|choice| choice.tone.as_ref() == Some(tone)) else {
            let message = "Action failed, incorrect tone is entered.";
            return Outcome::new(CallbackKind::RecognizeFailed, result(400, 8534, message));
        };
        let message = "Action completed, DTMF option matched.";
        chosen(choice, None, result(200, 8533, message))
    }

    pub(crate) fn say(&mut self, speech: &Speech) -> Heard {
        if !self.hears_speech() {
            return Heard::Nothing;
        }
        let Speech::Words(words) = speech else {
            let message = "Action failed, speech could not be recognized.";
            return failed(400, 8563, message);
        };
        if self.choices.is_empty() {
            let mut outcome = Outcome::new(CallbackKind::RecognizeCompleted, media_success());
            outcome.detail.recognition_type = Some(RecognitionType::Speech);
            outcome.detail.speech_result =
                Some(SpeechResult { speech: Some(words.clone()), confidence: Some(0.91) });
            return Heard::Done(Box::new(outcome));
        }
        let is_meant = |phrase: &String| phrase.trim().to_lowercase() == words.trim().to_lowercase();
        let choice =
            self.choices.iter().find(|choice| choice.phrases.iter().any(is_meant) || is_meant(&choice.label));
        match choice {
            Some(choice) => {
                let matched = result(200, 8545, "Action completed, speech option matched.");
                Heard::Done(Box::new(chosen(choice, Some(words), matched)))
            }
            None => failed(400, 8547, "Action failed, speech option could not be matched."),
        }
    }

    /// Somebody speaks, and the AI services are out of reach.
    pub(crate) fn cannot_be_understood(&mut self) -> Heard {
        if !self.hears_speech() {
            return Heard::Nothing;
        }
        failed(400, 8564, "Action failed, the connection to the speech service failed.")
    }

    /// Once a key was pressed, keys are what counts (reference 2.3, `speechOrDtmf`).
    fn hears_speech(&self) -> bool {
        self.listens() && self.takes_words() && self.phase != ListeningPhase::Collecting
    }

    /// Nobody said or pressed what was waited for.
    pub(crate) fn times_out(&self) -> Outcome {
        let (sub_code, message) = match self.phase {
            ListeningPhase::Prompting | ListeningPhase::Waiting => {
                (8510, "Action failed, initial silence timeout reached.")
            }
            ListeningPhase::Collecting => (8532, "Action failed, inter-digit silence timeout reached."),
        };
        Outcome::new(CallbackKind::RecognizeFailed, result(400, sub_code, message))
    }
}

fn failed(code: i64, sub_code: i64, message: &str) -> Heard {
    Heard::Done(Box::new(Outcome::new(CallbackKind::RecognizeFailed, result(code, sub_code, message))))
}

fn chosen(choice: &Choice, words: Option<&str>, result: ResultInformation) -> Outcome {
    let mut outcome = Outcome::new(CallbackKind::RecognizeCompleted, result);
    outcome.detail.recognition_type = Some(RecognitionType::Choices);
    outcome.detail.choice_result = Some(ChoiceResult {
        label: Some(choice.label.clone()),
        recognized_phrase: words.map(str::to_owned),
        confidence: words.map(|_| 0.94),
    });
    outcome
}
