//! `recognize`: asks a participant, and listens for keys, a choice or speech.

use std::time::Duration;

use acs::actions::{RecognizeInputType, RecognizeOptions, RecognizeRequest};
use acs::{Operation, Request};
use lang::{Fields, Finding, Identifier};
use serde::{Deserialize, Serialize};

use super::{Defaults, PlaySource, Posting, Unpostable, Values, play_source, routing, whom, wire};
use crate::argument::{Arg, Time, Unfilled, fill, optional};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Rule, Shape, Wants};
use crate::wanted::{Given, Visit};

mod listen;

use listen::{CHOICE, DTMF, SPEECH, SPEECH_OR_DTMF, read_listen};
pub use listen::{Choice, Dtmf, Listen, Speech, WrittenChoice, WrittenDtmf, WrittenListen, WrittenSpeech};

/// Source: reference 2.3 and 5.
pub const SPEC: Spec = Spec {
    name: "recognize",
    phases: &[Phase::Connected],
    success: &[EventKind::RecognizeCompleted],
    failure: EventKind::RecognizeFailed,
    canceled: &[EventKind::RecognizeCanceled],
    acknowledged: Acknowledged::Accepted,
    makes: Makes::Nothing,
    if_unclear: Unclear::SilenceFirst,
    on_call: OnCall::Stays,
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
            Key::new(
                "playPrompts",
                "The same as `prompt`, for several that are played one after the other.",
                play_source::LIST,
            )
            .example(r#"[{"file": "https://media.example.com/chime.wav"}, {"text": "Press 1 for sales."}]"#),
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
            Key::of::<String>(
                "language",
                "The language that is spoken. Left out: the one under `defaults`, or en-US.",
            )
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
    rules: &[
        Rule::ExactlyOne(&["dtmf", "choices", "speech", "speechOrDtmf"]),
        Rule::AtMostOne(&["prompt", "playPrompts"]),
    ],
};

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// What is listened for.
    pub listen: WrittenListen,
    /// What is said first, one after the other.
    pub prompts: Vec<play_source::Written>,
    initial_silence: Option<Arg<Time<0, 300_000>>>,
    interrupt: Option<Arg<bool>>,
    interrupt_media: Option<Arg<bool>>,
    /// Whose keys or voice.
    pub participant: Option<Arg<Identifier>>,
    language: Option<Arg<String>>,
    speech_model: Option<Arg<String>>,
    sensitive: Option<Arg<bool>>,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recognize {
    /// What is listened for.
    pub listen: Listen,
    /// What is said first, one after the other.
    pub prompts: Vec<PlaySource>,
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

impl Recognize {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let (recognize_input_type, dtmf_options, speech_options, choices) = match &self.listen {
            Listen::Dtmf(dtmf) => (RecognizeInputType::Dtmf, Some(dtmf.wire()), None, None),
            Listen::Speech(speech) => (RecognizeInputType::Speech, None, speech.wire(), None),
            Listen::SpeechOrDtmf(speech, dtmf) => {
                (RecognizeInputType::SpeechOrDtmf, Some(dtmf.wire()), speech.wire(), None)
            }
            Listen::Choices(choices) => {
                (RecognizeInputType::Choices, None, None, Some(choices.iter().map(Choice::wire).collect()))
            }
        };
        // Only one of the two may be sent. Source: reference 2.4.
        let (play_prompt, play_prompts) = match self.prompts.as_slice() {
            [] => (None, None),
            [one] => (Some(one.wire()), None),
            several => (None, Some(several.iter().map(PlaySource::wire).collect())),
        };
        let body = RecognizeRequest {
            recognize_input_type,
            play_prompt,
            play_prompts,
            interrupt_call_media_operation: Some(self.interrupt_media),
            recognize_options: RecognizeOptions {
                interrupt_prompt: Some(self.interrupt),
                initial_silence_timeout_in_seconds: self.initial_silence.map(wire::seconds),
                target_participant: wire::identifier(&self.participant),
                speech_language: self.language.clone(),
                speech_recognition_model_endpoint_id: self.speech_model.clone(),
                dtmf_options,
                choices,
                speech_options,
            },
            operation_context: posting.context(),
            operation_callback_uri: posting.callback_uri(),
        };
        Ok(Operation::Recognize { call_connection_id: posting.connection()? }.request().with_body(&body))
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let listen = read_listen(fields, found);
        let prompts = read_prompts(fields, defaults, found);
        let initial_silence = initial_silence(fields, listen.as_ref(), found);
        let interrupt = optional(fields, "interrupt", found);
        let interrupt_media = optional(fields, "interruptCallMediaOperation", found);
        let participant = optional(fields, "participant", found);
        let language = optional(fields, "language", found);
        let speech_model = optional(fields, "speechRecognitionModelEndpointId", found);
        let sensitive = optional(fields, "sensitive", found);
        Some(Written {
            listen: listen?,
            prompts: prompts?,
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
        let participant = whom(&self.participant, values, "name whom to listen to")?;
        Ok(Recognize {
            listen: self.listen.fill(roots)?,
            prompts: play_source::fill_all(&self.prompts, roots)?,
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
            prompts,
            initial_silence,
            interrupt,
            interrupt_media,
            participant,
            language,
            speech_model,
            sensitive,
        } = self;
        listen.visit(see);
        prompts.iter().for_each(|prompt| prompt.visit(see));
        initial_silence.visit("initialSilence", see);
        interrupt.visit("interrupt", see);
        interrupt_media.visit("interruptCallMediaOperation", see);
        participant.visit("participant", see);
        language.visit("language", see);
        speech_model.visit("speechRecognitionModelEndpointId", see);
        sensitive.visit("sensitive", see);
    }
}

fn read_prompts(
    fields: &mut Fields<'_>,
    defaults: &Defaults,
    found: &mut Vec<Finding>,
) -> Option<Vec<play_source::Written>> {
    let Some(entry) = fields.one_of(&["prompt", "playPrompts"], found) else { return Some(Vec::new()) };
    if entry.key.value == "playPrompts" {
        return play_source::read_several(entry, defaults, found);
    }
    let prompt = play_source::Written::read_own(&entry.value, "`prompt`", defaults, found)?;
    Some(vec![prompt])
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
