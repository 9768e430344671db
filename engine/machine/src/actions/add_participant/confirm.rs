//! `confirm`: somebody who was added must press keys, since "accepted" may be a voicemail box.

use std::time::Duration;

use lang::{Fields, Finding, Identifier, Node};
use serde::{Deserialize, Serialize};

use crate::actions::recognize::{Dtmf, Listen, Recognize};
use crate::actions::{Defaults, PlaySource, Values, play_source};
use crate::argument::{Arg, Keys, Time, Unfilled, fill, optional, required};
use crate::shape::{Key, Shape, Wants};
use crate::wanted::{Given, Visit};

/// How long the keys are waited for where the author does not say.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What may be written.
pub(super) static CONFIRM: Shape = Shape {
    name: "confirm",
    description: "Whoever is added must press these keys, heard by nobody else. Who does not is taken out of the \
                  call again: AddParticipantFailed, with `event.reason` `notConfirmed`.",
    keys: &[&[
        Key::of::<Keys>("dtmf", "The keys to press, in this order.").required().example("1"),
        Key::new("prompt", "What the invitee hears first.", Wants::Map(&play_source::PROMPT))
            .example(r#"{"text": "Press 1 to take the call."}"#),
        Key::of::<Time<1_000, 300_000>>("timeout", "How long the first key is waited for after the prompt.")
            .default("10s"),
    ]],
    rules: &[],
};

/// The confirmation as written.
#[derive(Clone, Debug)]
pub struct Written {
    dtmf: Arg<Keys>,
    /// What the invitee hears.
    pub prompt: Option<play_source::Written>,
    timeout: Option<Arg<Time<1_000, 300_000>>>,
}

/// What the invitee must do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Confirm {
    /// The keys to press.
    pub dtmf: Keys,
    /// What is said first.
    pub prompt: Option<PlaySource>,
    /// How long the first key is waited for after it.
    pub timeout: Duration,
}

impl Written {
    pub(super) fn read(node: &Node, defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let mut fields = Fields::of(node, "`confirm`", found)?;
        let dtmf = required(&mut fields, "dtmf", found);
        let prompt = fields
            .get("prompt")
            .map(|entry| play_source::Written::read_own(&entry.value, "`prompt`", defaults, found));
        let timeout = optional(&mut fields, "timeout", found);
        fields.finish(found);
        let prompt = match prompt {
            Some(prompt) => Some(prompt?),
            None => None,
        };
        Some(Written { dtmf: dtmf?, prompt, timeout })
    }

    pub(super) fn fill(&self, values: &Values<'_>) -> Result<Confirm, Unfilled> {
        let roots = values.roots;
        Ok(Confirm {
            dtmf: self.dtmf.fill("dtmf", roots)?,
            prompt: self.prompt.as_ref().map(|prompt| prompt.fill(roots)).transpose()?,
            timeout: fill(&self.timeout, "timeout", roots)?.map_or(TIMEOUT, |time| time.0),
        })
    }

    pub(super) fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { dtmf, prompt, timeout } = self;
        dtmf.visit("dtmf", see);
        if let Some(prompt) = prompt {
            prompt.visit(see);
        }
        timeout.visit("timeout", see);
    }
}

impl Confirm {
    /// The recognition that asks for it: of one participant, so that nobody else hears it (reference 9.4).
    #[must_use]
    pub fn question(&self, participant: Identifier) -> Recognize {
        let keys = i64::try_from(self.dtmf.0.len()).unwrap_or(i64::MAX);
        Recognize {
            listen: Listen::Dtmf(Dtmf { max_tones: keys, stop_tones: None, inter_tone_timeout: None }),
            prompts: self.prompt.iter().cloned().collect(),
            initial_silence: Some(self.timeout),
            interrupt: true,
            interrupt_media: false,
            participant,
            language: None,
            speech_model: None,
            sensitive: false,
        }
    }

    /// Whether these are the keys.
    #[must_use]
    pub fn is_given_by(&self, digits: &str) -> bool {
        self.dtmf.0 == digits
    }
}
