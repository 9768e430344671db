//! `hold`: puts somebody on hold, with music or without.

use acs::actions::HoldRequest;
use acs::{Operation, Request};
use lang::{Fields, Finding, Identifier};
use serde::{Deserialize, Serialize};

use super::{Defaults, PlaySource, Posting, Unpostable, Values, play_source, routing, whom, wire};
use crate::argument::{Arg, Unfilled, optional};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Shape, Wants};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5. It is done once acknowledged; music that fails later still reports `HoldFailed`.
pub const SPEC: Spec = Spec {
    name: "hold",
    phases: &[Phase::Connected],
    success: &[EventKind::ActionSucceeded],
    failure: EventKind::HoldFailed,
    canceled: &[],
    acknowledged: Acknowledged::Done,
    makes: Makes::Nothing,
    if_unclear: Unclear::SendAgain,
    on_call: OnCall::Stays,
    takes_context: true,
    takes_callback_uri: true,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Puts somebody on hold until `unhold`: they hear the music and nobody else. ActionSucceeded or \
                  HoldFailed follows.",
    keys: &[
        &[
            Key::of::<Identifier>(
                "participant",
                "Whom. In a group call it must stand. Left out: the other party.",
            )
            .example("${call.from}"),
            Key::new(
                "music",
                "What they hear meanwhile: a file, a text or SSML. Left out: nothing.",
                Wants::Map(&play_source::PROMPT),
            )
            .example(r#"{"file": "https://media.example.com/music.wav"}"#),
        ],
        routing(&SPEC),
    ],
    rules: &[],
};

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Whom: the other party, if left out.
    pub participant: Option<Arg<Identifier>>,
    /// What they hear meanwhile.
    pub music: Option<play_source::Written>,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// Whom.
    pub participant: Identifier,
    /// What they hear meanwhile.
    pub music: Option<PlaySource>,
}

impl Hold {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let body = HoldRequest {
            target_participant: wire::identifier(&self.participant),
            play_source_info: self.music.as_ref().map(PlaySource::wire),
            operation_context: posting.context(),
            operation_callback_uri: posting.callback_uri(),
        };
        Ok(Operation::Hold { call_connection_id: posting.connection()? }.request().with_body(&body))
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let participant = optional(fields, "participant", found);
        let music = fields
            .get("music")
            .map(|entry| play_source::Written::read_own(&entry.value, "`music`", defaults, found));
        Some(Written {
            participant,
            music: match music {
                Some(music) => Some(music?),
                None => None,
            },
        })
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`]; or nobody is named and it is not clear who is meant.
    pub fn fill(&self, values: &Values<'_>) -> Result<Hold, Unfilled> {
        Ok(Hold {
            participant: whom(&self.participant, values, "name whom to put on hold")?,
            music: self.music.as_ref().map(|music| music.fill(values.roots)).transpose()?,
        })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { participant, music } = self;
        participant.visit("participant", see);
        if let Some(music) = music {
            music.visit(see);
        }
    }
}
