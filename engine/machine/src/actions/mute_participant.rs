//! `muteParticipant`: silences a user of the resource.

use acs::actions::MuteParticipantsRequest;
use acs::{Operation, Request};
use lang::{Fields, Finding, Identifier};
use serde::{Deserialize, Serialize};

use super::{Defaults, Posting, Unpostable, Values, routing, whom, wire};
use crate::argument::{Arg, Unfilled, optional};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Shape};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5. Only the user can end it: there is no unmute.
pub const SPEC: Spec = Spec {
    name: "muteParticipant",
    phases: &[Phase::Connected],
    success: &[EventKind::ActionSucceeded],
    failure: EventKind::ActionFailed,
    canceled: &[],
    acknowledged: Acknowledged::Done,
    makes: Makes::Nothing,
    if_unclear: Unclear::Recognised,
    on_call: OnCall::Stays,
    takes_context: true,
    takes_callback_uri: false,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Mutes somebody, who can end that only by unmuting. ActionSucceeded or ActionFailed follows.",
    keys: &[
        &[Key::of::<Identifier>(
            "participant",
            "Whom: a communication user, since nobody else can be muted. Left out: the other party.",
        )
        .example("8:acs:1_2")],
        routing(&SPEC),
    ],
    rules: &[],
};

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Whom: the other party, if left out.
    pub participant: Option<Arg<Identifier>>,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MuteParticipant {
    /// Whom.
    pub participant: Identifier,
}

impl MuteParticipant {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let body = MuteParticipantsRequest {
            target_participants: vec![wire::identifier(&self.participant)],
            operation_context: posting.context(),
        };
        Ok(Operation::MuteParticipants { call_connection_id: posting.connection()? }
            .request()
            .with_body(&body))
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, _defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        Some(Written { participant: optional(fields, "participant", found) })
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`]; or nobody is named and it is not clear who is meant.
    pub fn fill(&self, values: &Values<'_>) -> Result<MuteParticipant, Unfilled> {
        Ok(MuteParticipant { participant: whom(&self.participant, values, "name whom to mute")? })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { participant } = self;
        participant.visit("participant", see);
    }
}
