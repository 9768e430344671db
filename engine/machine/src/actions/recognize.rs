//! `recognize`: asks a participant, and listens for keys, a choice or speech.

use std::time::Duration;

use lang::{Fields, Finding, Identifier, Kind, Node, Roots};
use serde::{Deserialize, Serialize};

use super::{Defaults, PlaySource, Values, play_source, routing};
use crate::argument::{Arg, Keys, Phrases, Time, Unfilled, Whole, fill, optional, required};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Phase, Spec};
use crate::shape::{Key, Rule, Shape, Wants};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5.
pub const SPEC: Spec = Spec {
    name: "recognize",
    phases: &[Phase::Connected],
    success: &[EventKind::RecognizeCompleted],
    failure: EventKind::RecognizeFailed,
    canceled: &[EventKind::RecognizeCanceled],
    acknowledged: Acknowledged::Accepted,
    takes_context: true,
    takes_callback_uri: true,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Asks a participant and listens for keys, a choice or speech. RecognizeCompleted or \
                  RecognizeFailed follows.",
    keys: &[
        &[
            Key::new("dtmf", "Listens for keys.", Wants::Map(&DTMF)).example(r#"{"maxTones": 1}"#),
            Key::new("choices", "Listens for one of several answers.", Wants::List(&Wants::Map(&CHOICE), 1))
                .example(r#"[{"label": "sales", "phrases": ["sales", "buy"], "tone": "1"}]"#),
            Key::new("speech", "Listens for whatever is said.", Wants::Map(&SPEECH)).example("{}"),
            Key::new(
                "speechOrDtmf",
                "Listens for speech or keys, whichever comes first.",
                Wants::Map(&SPEECH_OR_DTMF),
            )
            .example(r#"{"maxTones": 1}"#),
            Key::new(
                "prompt",
                "What is played first: a file, a text or SSML.",
                Wants::Map(&play_source::PROMPT),
            )
            .example(r#"{"text": "Press 1 for sales."}"#),
            Key::of::<Time<0, 300_000>>(
                "initialSilence",
                "How long silence may last after the prompt before it has failed. At most 20s if speech is \
                 listened for.",
            )
            .default("5s"),
            Key::of::<bool>("interrupt", "Whether a key or a word stops the prompt.").default("true"),
            Key::of::<bool>(
                "interruptCallMediaOperation",
                "Cuts in on what is playing, and does not wait for its end.",
            )
            .default("false"),
            Key::of::<Identifier>(
                "participant",
                "Whose keys or voice. In a group call it must stand. Left out: the other party's.",
            )
            .example("${call.from}"),
            Key::of::<String>("language", "The language that is spoken. Left out: the one under `defaults`, or en-US.")
                .example("de-DE"),
            Key::of::<String>(
                "speechRecognitionModelEndpointId",
                "A custom speech model, by the id of its endpoint.",
            ),
            Key::of::<bool>("sensitive", "What is entered must not be shown: logs and journals hide it.")
                .default("false")
                .example("true"),
        ],
        routing(&SPEC),
    ],
    rules: &[Rule::ExactlyOne(&["dtmf", "choices", "speech", "speechOrDtmf"])],
};

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

static DTMF: Shape =
    Shape { name: "dtmf", description: "How keys are collected.", keys: &[DTMF_KEYS], rules: &[] };

static SPEECH: Shape =
    Shape { name: "speech", description: "How speech is collected.", keys: &[SPEECH_KEYS], rules: &[] };

static SPEECH_OR_DTMF: Shape = Shape {
    name: "speechOrDtmf",
    description: "How speech or keys are collected.",
    keys: &[DTMF_KEYS, SPEECH_KEYS],
    rules: &[],
};

static CHOICE: Shape = Shape {
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

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// What is listened for.
    pub listen: WrittenListen,
    /// What is said first.
    pub prompt: Option<play_source::Written>,
    initial_silence: Option<Arg<Time<0, 300_000>>>,
    interrupt: Option<Arg<bool>>,
    interrupt_media: Option<Arg<bool>>,
    /// Whose keys or voice.
    pub participant: Option<Arg<Identifier>>,
    language: Option<Arg<String>>,
    speech_model: Option<Arg<String>>,
    sensitive: Option<Arg<bool>>,
}

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

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recognize {
    /// What is listened for.
    pub listen: Listen,
    /// What is said first.
    pub prompt: Option<PlaySource>,
    /// How long silence may last before the first key or word. Unit: whole seconds.
    pub initial_silence: Option<Duration>,
    /// The participant's input stops the prompt.
    pub interrupt: bool,
    /// Cut in on what is playing. Its name in flows is `interruptCallMediaOperation`.
    pub interrupt_media: bool,
    /// Whose keys or voice.
    pub participant: Identifier,
    /// The language spoken.
    pub language: Option<String>,
    /// A custom speech model.
    pub speech_model: Option<String>,
    /// What is entered must not be shown.
    pub sensitive: bool,
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

/// How speech is collected. Source: reference 2.4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Speech {
    /// The silence that ends an utterance. Unit: whole milliseconds.
    pub end_silence: Option<Duration>,
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

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let listen = read_listen(fields, found);
        let prompt = fields
            .get("prompt")
            .map(|entry| play_source::Written::read_own(&entry.value, "`prompt`", defaults, found));
        let initial_silence = initial_silence(fields, listen.as_ref(), found);
        let interrupt = optional(fields, "interrupt", found);
        let interrupt_media = optional(fields, "interruptCallMediaOperation", found);
        let participant = optional(fields, "participant", found);
        let language = optional(fields, "language", found);
        let speech_model = optional(fields, "speechRecognitionModelEndpointId", found);
        let sensitive = optional(fields, "sensitive", found);
        Some(Written {
            listen: listen?,
            prompt: match prompt {
                Some(prompt) => Some(prompt?),
                None => None,
            },
            initial_silence,
            interrupt,
            interrupt_media,
            participant,
            language: language.or_else(|| defaults.language.clone()),
            speech_model,
            sensitive,
        })
    }

    /// Whether it cuts in on what is playing, for certain.
    #[must_use]
    pub fn interrupts_media(&self) -> bool {
        self.interrupt_media.as_ref().and_then(Arg::constant) == Some(&true)
    }

    /// Whether it is certain that what is entered must not be shown.
    #[must_use]
    pub fn is_sensitive(&self) -> bool {
        self.sensitive.as_ref().and_then(Arg::constant) == Some(&true)
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`]; or nobody is named and it is not clear who is meant.
    pub fn fill(&self, values: &Values<'_>) -> Result<Recognize, Unfilled> {
        let roots = values.roots;
        let participant = match fill(&self.participant, "participant", roots)? {
            Some(participant) => participant,
            None => values.call.other_party().cloned().ok_or_else(|| {
                Unfilled("`participant`: this call has no one other party; name whom to listen to".to_owned())
            })?,
        };
        Ok(Recognize {
            listen: self.listen.fill(roots)?,
            prompt: self.prompt.as_ref().map(|prompt| prompt.fill(roots)).transpose()?,
            initial_silence: fill(&self.initial_silence, "initialSilence", roots)?.map(|time| time.0),
            interrupt: fill(&self.interrupt, "interrupt", roots)?.unwrap_or(true),
            interrupt_media: fill(&self.interrupt_media, "interruptCallMediaOperation", roots)?
                .unwrap_or(false),
            participant,
            language: fill(&self.language, "language", roots)?,
            speech_model: fill(&self.speech_model, "speechRecognitionModelEndpointId", roots)?,
            sensitive: fill(&self.sensitive, "sensitive", roots)?.unwrap_or(false),
        })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written {
            listen,
            prompt,
            initial_silence,
            interrupt,
            interrupt_media,
            participant,
            language,
            speech_model,
            sensitive,
        } = self;
        listen.visit(see);
        if let Some(prompt) = prompt {
            prompt.visit(see);
        }
        initial_silence.visit("initialSilence", see);
        interrupt.visit("interrupt", see);
        interrupt_media.visit("interruptCallMediaOperation", see);
        participant.visit("participant", see);
        language.visit("language", see);
        speech_model.visit("speechRecognitionModelEndpointId", see);
        sensitive.visit("sensitive", see);
    }
}

fn read_listen(fields: &mut Fields<'_>, found: &mut Vec<Finding>) -> Option<WrittenListen> {
    let before = found.len();
    let Some(entry) = fields.one_of(&["dtmf", "choices", "speech", "speechOrDtmf"], found) else {
        if found.len() == before {
            found.push(
                Finding::error(lang::Code(102), fields.span(), "`recognize` does not say what to listen for")
                    .label("no `dtmf`, `choices`, `speech` or `speechOrDtmf` here")
                    .help("give one of them: `dtmf: { maxTones: 1 }`"),
            );
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
    let items = match &node.kind {
        Kind::List(items) if !items.is_empty() => items,
        Kind::List(_) | Kind::Scalar(_) | Kind::Map(_) => {
            found.push(
                Finding::error(lang::Code(103), node.span, "`choices` must be a list of answers")
                    .label(format!("this is {}", node.describe()))
                    .help("such as `- { label: sales, phrases: [sales, buy], tone: \"1\" }`"),
            );
            return None;
        }
    };
    let one = |item: &Node, found: &mut Vec<Finding>| {
        let mut fields = Fields::of(item, "a choice", found)?;
        let label = required(&mut fields, "label", found);
        let phrases = required(&mut fields, "phrases", found);
        let tone = optional::<Keys>(&mut fields, "tone", found);
        fields.finish(found);
        Some(WrittenChoice { label: label?, phrases: phrases?, tone })
    };
    let choices: Vec<_> = items.iter().filter_map(|item| one(item, found)).collect();
    (choices.len() == items.len()).then_some(choices)
}

/// Speech is not waited for as long as keys. Source: reference 2.6, clarification 80.
fn initial_silence(
    fields: &mut Fields<'_>,
    listen: Option<&WrittenListen>,
    found: &mut Vec<Finding>,
) -> Option<Arg<Time<0, 300_000>>> {
    const SPEECH_MAX: Duration = Duration::from_secs(20);
    let silence: Arg<Time<0, 300_000>> = optional(fields, "initialSilence", found)?;
    let is_speech = listen.is_some_and(|listen| !matches!(listen, WrittenListen::Dtmf(_)));
    if is_speech && silence.constant().is_some_and(|time| time.0 > SPEECH_MAX) {
        found.push(
            Finding::error(
                lang::Code(103),
                silence.span,
                "`initialSilence` must lie between 0s and 20s here",
            )
            .label("out of range")
            .note("only `dtmf` alone may wait longer, up to 5m"),
        );
    }
    Some(silence)
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
    fn fill(&self, roots: &dyn Roots) -> Result<Listen, Unfilled> {
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

    fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
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
