//! `play`: plays a file, a text or SSML to everyone or to some.

use acs::actions::{PlayOptions, PlayRequest};
use acs::{Operation, Request};
use lang::{Fields, Finding, Identifier};
use serde::{Deserialize, Serialize};

use super::{Defaults, PlaySource, Posting, Unpostable, Values, play_source, routing, wire};
use crate::argument::{Arg, People, Unfilled, fill, optional};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Rule, Shape};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5.
pub const SPEC: Spec = Spec {
    name: "play",
    phases: &[Phase::Connected],
    success: &[EventKind::PlayCompleted],
    failure: EventKind::PlayFailed,
    canceled: &[EventKind::PlayCanceled],
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
    description: "Plays a file, a text that is read aloud, or SSML. PlayCompleted or PlayFailed follows.",
    keys: &[
        play_source::KEYS,
        &[
            play_source::SEVERAL,
            Key::of::<People>("participants", "To whom. Left out: to everyone in the call.")
                .example("[\"+14255550123\"]"),
            Key::of::<People>("participant", "The same as `participants`, for one.").example("${call.from}"),
            Key::of::<bool>("loop", "Repeats it until `cancelMedia`, or until something cuts in.")
                .default("false")
                .example("true"),
            Key::of::<bool>("interrupt", "Cuts in on what is playing, and does not wait for its end.")
                .default("false"),
        ],
        routing(&SPEC),
    ],
    rules: &[
        play_source::ONE_OR_SEVERAL,
        play_source::NOTHING_BESIDE_SEVERAL,
        Rule::AtMostOne(&["participants", "participant"]),
    ],
};

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// What to play, one after the other. At least one.
    pub sources: Vec<play_source::Written>,
    /// To whom: to everyone, if left out.
    pub participants: Option<Arg<People>>,
    repeat: Option<Arg<bool>>,
    interrupt: Option<Arg<bool>>,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Play {
    /// What to play, one after the other. At least one.
    pub sources: Vec<PlaySource>,
    /// To whom; nobody named: to everyone.
    pub participants: Vec<Identifier>,
    /// Repeat until cancelled. Its name in flows is `loop`.
    #[serde(rename = "loop")]
    pub repeat: bool,
    /// Cut in on what is playing.
    pub interrupt: bool,
}

impl Play {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let to_all = self.participants.is_empty();
        let body = PlayRequest {
            play_sources: self.sources.iter().map(PlaySource::wire).collect(),
            play_to: Some(wire::identifiers(&self.participants)),
            // Honoured only when playing to everyone. Source: reference 2.6.
            interrupt_call_media_operation: to_all.then_some(self.interrupt),
            play_options: Some(PlayOptions { r#loop: self.repeat }),
            operation_context: posting.context(),
            operation_callback_uri: posting.callback_uri(),
        };
        Ok(Operation::Play { call_connection_id: posting.connection()? }.request().with_body(&body))
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let sources = play_source::read_one_or_several(fields, defaults, found);
        let chosen = fields.one_of(&["participants", "participant"], found);
        let participants =
            chosen.and_then(|entry| Arg::read(&entry.value, &format!("`{}`", entry.key.value), found));
        let repeat = optional(fields, "loop", found);
        let interrupt = optional(fields, "interrupt", found);
        Some(Written { sources: sources?, participants, repeat, interrupt })
    }

    /// Whether it goes on until it is stopped, for certain.
    #[must_use]
    pub fn repeats(&self) -> bool {
        self.repeat.as_ref().and_then(Arg::constant) == Some(&true)
    }

    /// Whether it may go on until it is stopped.
    #[must_use]
    pub fn may_repeat(&self) -> bool {
        self.repeat.as_ref().is_some_and(|repeat| repeat.constant() != Some(&false))
    }

    /// Whether it cuts in on what is playing, for certain.
    #[must_use]
    pub fn interrupts(&self) -> bool {
        self.interrupt.as_ref().and_then(Arg::constant) == Some(&true)
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, values: &Values<'_>) -> Result<Play, Unfilled> {
        let roots = values.roots;
        Ok(Play {
            sources: play_source::fill_all(&self.sources, roots)?,
            participants: fill(&self.participants, "participants", roots)?
                .map_or_else(Vec::new, |people| people.0),
            repeat: fill(&self.repeat, "loop", roots)?.unwrap_or(false),
            interrupt: fill(&self.interrupt, "interrupt", roots)?.unwrap_or(false),
        })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { participants, repeat, interrupt, sources } = self;
        participants.visit("participants", see);
        repeat.visit("loop", see);
        interrupt.visit("interrupt", see);
        sources.iter().for_each(|source| source.visit(see));
    }
}
