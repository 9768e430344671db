//! What is listened for: keys, one of several answers, speech, or whichever comes first.

use std::time::Duration;

use acs::model::{Choice as WireChoice, DtmfOptions, SpeechOptions};
use lang::{Fields, Finding, Node, Roots};
use serde::{Deserialize, Serialize};

use crate::actions::{items, wire};
use crate::argument::{Arg, Keys, Phrases, Time, Unfilled, Whole, fill, optional, required};
use crate::shape::{Key, Shape};
use crate::wanted::{Given, Visit};

const DTMF_KEYS: &[Key] = &[
    Key::of::<Whole<1, 100>>("maxTones", "The most keys that are collected; 20 where `stopTones` stands.")
        .default("1")
        .example("4"),
    Key::of::<Keys>("stopTones", "Keys that end the input.").example("#"),
    Key::of::<Time<1_000, 60_000>>("interToneTimeout", "The pause between two keys that ends the input.")
        .default("2s"),
];

const SPEECH_KEYS: &[Key] =
    &[Key::of::<Time<1, 60_000>>("endSilence", "The silence that ends what is said.").default("500ms")];

pub(super) static DTMF: Shape =
    Shape { name: "dtmf", description: "How keys are collected.", keys: &[DTMF_KEYS], rules: &[] };

pub(super) static SPEECH: Shape =
    Shape { name: "speech", description: "How speech is collected.", keys: &[SPEECH_KEYS], rules: &[] };

pub(super) static SPEECH_OR_DTMF: Shape = Shape {
    name: "speechOrDtmf",
    description: "How speech or keys are collected.",
    keys: &[DTMF_KEYS, SPEECH_KEYS],
    rules: &[],
};

pub(super) static CHOICE: Shape = Shape {
    name: "choice",
    description: "One answer that may be given.",
    keys: &[&[
        Key::of::<String>("label", "The answer's name; handlers read it as `event.label`.")
            .required()
            .example("sales"),
        Key::of::<Phrases>("phrases", "How it may be spoken: a text, or a list of texts.")
            .required()
            .example(r#"["sales", "buy"]"#),
        Key::of::<Keys>("tone", "The key that gives this answer too.").example("1"),
    ]],
    rules: &[],
};

/// The API wants a number of keys; where stop keys end the input, this many at most. Unit: keys.
const KEYS_BEFORE_STOP: i64 = 20;

/// What is listened for, as written.
#[derive(Clone, Debug)]
pub enum WrittenListen {
    /// Keys.
    Dtmf(WrittenDtmf),
    /// One of several answers.
    Choices(Vec<WrittenChoice>),
    /// Free speech.
    Speech(WrittenSpeech),
    /// Whichever comes first.
    SpeechOrDtmf(WrittenSpeech, WrittenDtmf),
}

/// [`Dtmf`] as written.
#[derive(Clone, Debug, Default)]
pub struct WrittenDtmf {
    max_tones: Option<Arg<Whole<1, 100>>>,
    stop_tones: Option<Arg<Keys>>,
    inter_tone_timeout: Option<Arg<Time<1_000, 60_000>>>,
}

/// [`Speech`] as written.
#[derive(Clone, Debug, Default)]
pub struct WrittenSpeech {
    end_silence: Option<Arg<Time<1, 60_000>>>,
}

/// [`Choice`] as written.
#[derive(Clone, Debug)]
pub struct WrittenChoice {
    /// The name of the answer.
    pub label: Arg<String>,
    phrases: Arg<Phrases>,
    tone: Option<Arg<Keys>>,
}

/// What is listened for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Listen {
    /// Keys.
    Dtmf(Dtmf),
    /// One of several answers.
    Choices(Vec<Choice>),
    /// Free speech.
    Speech(Speech),
    /// Whichever comes first.
    SpeechOrDtmf(Speech, Dtmf),
}

/// How keys are collected. Source: reference 2.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dtmf {
    /// At most this many.
    pub max_tones: i64,
    /// Keys that end the input.
    pub stop_tones: Option<Keys>,
    /// The pause between two keys that ends the input. Unit: whole seconds.
    pub inter_tone_timeout: Option<Duration>,
}

impl Dtmf {
    pub(super) fn wire(&self) -> DtmfOptions {
        DtmfOptions {
            inter_tone_timeout_in_seconds: self.inter_tone_timeout.map(wire::seconds),
            max_tones_to_collect: Some(i32::try_from(self.max_tones).unwrap_or(i32::MAX)),
            stop_tones: self.stop_tones.as_ref().map(wire::tones),
        }
    }
}

/// How speech is collected. Source: reference 2.4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Speech {
    /// The silence that ends an utterance. Unit: whole milliseconds.
    pub end_silence: Option<Duration>,
}

impl Speech {
    pub(super) fn wire(&self) -> Option<SpeechOptions> {
        let milliseconds = i64::try_from(self.end_silence?.as_millis()).unwrap_or(i64::MAX);
        Some(SpeechOptions { end_silence_timeout_in_ms: Some(milliseconds) })
    }
}

/// One answer. Source: reference 2.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// Its name.
    pub label: String,
    /// How it is spoken.
    pub phrases: Phrases,
    /// The key that selects it.
    pub tone: Option<Keys>,
}

impl Choice {
    pub(super) fn wire(&self) -> WireChoice {
        WireChoice {
            label: self.label.clone(),
            phrases: self.phrases.0.clone(),
            tone: self.tone.as_ref().and_then(|keys| wire::tones(keys).into_iter().next()),
        }
    }
}

pub(super) fn read_listen(fields: &mut Fields<'_>, found: &mut Vec<Finding>) -> Option<WrittenListen> {
    let before = found.len();
    let Some(entry) = fields.one_of(&["dtmf", "choices", "speech", "speechOrDtmf"], found) else {
        if found.len() == before {
            let headline = "`recognize` does not say what to listen for";
            let finding = Finding::error(lang::Code(102), fields.span(), headline)
                .label("no `dtmf`, `choices`, `speech` or `speechOrDtmf` here")
                .help("give one of them: `dtmf: { maxTones: 1 }`");
            fields.lacks(&["dtmf", "choices", "speech", "speechOrDtmf"], finding, found);
        }
        return None;
    };
    if entry.key.value == "choices" {
        return read_choices(&entry.value, found).map(WrittenListen::Choices);
    }
    let mut own = Fields::of(&entry.value, &format!("`{}`", entry.key.value), found)?;
    let listen = match entry.key.value.as_str() {
        "dtmf" => WrittenListen::Dtmf(WrittenDtmf::read(&mut own, found)),
        "speech" => WrittenListen::Speech(WrittenSpeech::read(&mut own, found)),
        _ => {
            let speech = WrittenSpeech::read(&mut own, found);
            WrittenListen::SpeechOrDtmf(speech, WrittenDtmf::read(&mut own, found))
        }
    };
    own.finish(found);
    Some(listen)
}

fn read_choices(node: &Node, found: &mut Vec<Finding>) -> Option<Vec<WrittenChoice>> {
    let one = |item: &Node, found: &mut Vec<Finding>| {
        let mut fields = Fields::of(item, "a choice", found)?;
        let label = required(&mut fields, "label", found);
        let phrases = required(&mut fields, "phrases", found);
        let tone = optional::<Keys>(&mut fields, "tone", found);
        fields.finish(found);
        Some(WrittenChoice { label: label?, phrases: phrases?, tone })
    };
    let such_as = "{ label: sales, phrases: [sales, buy], tone: \"1\" }";
    items::read(node, "`choices`", "answers", such_as, found, one)
}

impl WrittenDtmf {
    fn read(fields: &mut Fields<'_>, found: &mut Vec<Finding>) -> WrittenDtmf {
        WrittenDtmf {
            max_tones: optional(fields, "maxTones", found),
            stop_tones: optional(fields, "stopTones", found),
            inter_tone_timeout: optional(fields, "interToneTimeout", found),
        }
    }

    fn fill(&self, roots: &dyn Roots) -> Result<Dtmf, Unfilled> {
        let stop_tones = fill(&self.stop_tones, "stopTones", roots)?;
        let max_tones = fill(&self.max_tones, "maxTones", roots)?.map(|whole| whole.0);
        Ok(Dtmf {
            max_tones: max_tones.unwrap_or(if stop_tones.is_some() { KEYS_BEFORE_STOP } else { 1 }),
            stop_tones,
            inter_tone_timeout: fill(&self.inter_tone_timeout, "interToneTimeout", roots)?.map(|time| time.0),
        })
    }

    fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let WrittenDtmf { max_tones, stop_tones, inter_tone_timeout } = self;
        max_tones.visit("maxTones", see);
        stop_tones.visit("stopTones", see);
        inter_tone_timeout.visit("interToneTimeout", see);
    }
}

impl WrittenSpeech {
    fn read(fields: &mut Fields<'_>, found: &mut Vec<Finding>) -> WrittenSpeech {
        WrittenSpeech { end_silence: optional(fields, "endSilence", found) }
    }

    fn fill(&self, roots: &dyn Roots) -> Result<Speech, Unfilled> {
        Ok(Speech { end_silence: fill(&self.end_silence, "endSilence", roots)?.map(|time| time.0) })
    }

    fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let WrittenSpeech { end_silence } = self;
        end_silence.visit("endSilence", see);
    }
}

impl WrittenListen {
    pub(super) fn fill(&self, roots: &dyn Roots) -> Result<Listen, Unfilled> {
        Ok(match self {
            WrittenListen::Dtmf(dtmf) => Listen::Dtmf(dtmf.fill(roots)?),
            WrittenListen::Speech(speech) => Listen::Speech(speech.fill(roots)?),
            WrittenListen::SpeechOrDtmf(speech, dtmf) => {
                Listen::SpeechOrDtmf(speech.fill(roots)?, dtmf.fill(roots)?)
            }
            WrittenListen::Choices(choices) => {
                Listen::Choices(choices.iter().map(|choice| choice.fill(roots)).collect::<Result<_, _>>()?)
            }
        })
    }

    pub(super) fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        match self {
            WrittenListen::Dtmf(dtmf) => dtmf.visit(see),
            WrittenListen::Choices(choices) => choices.iter().for_each(|choice| choice.visit(see)),
            WrittenListen::Speech(speech) => speech.visit(see),
            WrittenListen::SpeechOrDtmf(speech, dtmf) => {
                speech.visit(see);
                dtmf.visit(see);
            }
        }
    }
}

impl WrittenChoice {
    fn fill(&self, roots: &dyn Roots) -> Result<Choice, Unfilled> {
        Ok(Choice {
            label: self.label.fill("label", roots)?,
            phrases: self.phrases.fill("phrases", roots)?,
            tone: fill(&self.tone, "tone", roots)?,
        })
    }

    fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let WrittenChoice { label, phrases, tone } = self;
        label.visit("label", see);
        phrases.visit("phrases", see);
        tone.visit("tone", see);
    }
}
