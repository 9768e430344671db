//! `moveParticipants`: brings people over from another call.

use acs::actions::MoveParticipantsRequest;
use acs::{Operation, Request};
use lang::{Fields, Finding, Identifier};
use serde::{Deserialize, Serialize};

use super::{Defaults, Posting, Unpostable, Values, routing, wire};
use crate::argument::{Arg, People, Unfilled, required};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Shape};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5. The provider tells one event each; the run hears of one for all (clarification 44).
pub const SPEC: Spec = Spec {
    name: "moveParticipants",
    phases: &[Phase::Connected],
    success: &[EventKind::MoveParticipantSucceeded],
    failure: EventKind::MoveParticipantFailed,
    canceled: &[],
    acknowledged: Acknowledged::Accepted,
    makes: Makes::Nothing,
    if_unclear: Unclear::Recognised,
    on_call: OnCall::Adds,
    takes_context: true,
    takes_callback_uri: true,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Brings people over from another call of yours. MoveParticipantSucceeded follows once all are here, \
                  MoveParticipantFailed at the first who is not.",
    keys: &[
        &[
            Key::of::<People>("participants", "Whom, one or several.")
                .required()
                .example("[\"+14255550123\"]"),
            Key::of::<String>("fromCall", "The call that they are in now, by the id of its connection.")
                .required()
                .example("${input.otherCall}"),
        ],
        routing(&SPEC),
    ],
    rules: &[],
};

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Whom.
    pub participants: Arg<People>,
    from_call: Arg<String>,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MoveParticipants {
    /// Whom.
    pub participants: Vec<Identifier>,
    /// The call connection that they leave.
    pub from_call: String,
}

impl MoveParticipants {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let body = MoveParticipantsRequest {
            target_participants: wire::identifiers(&self.participants),
            from_call: self.from_call.clone(),
            operation_context: posting.context(),
            operation_callback_uri: posting.callback_uri(),
        };
        Ok(Operation::MoveParticipants { call_connection_id: posting.connection()? }
            .request()
            .with_body(&body))
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, _defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let participants = required(fields, "participants", found);
        let from_call = required(fields, "fromCall", found);
        Some(Written { participants: participants?, from_call: from_call? })
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, values: &Values<'_>) -> Result<MoveParticipants, Unfilled> {
        let roots = values.roots;
        Ok(MoveParticipants {
            participants: self.participants.fill("participants", roots)?.0,
            from_call: self.from_call.fill("fromCall", roots)?,
        })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { participants, from_call } = self;
        participants.visit("participants", see);
        from_call.visit("fromCall", see);
    }
}
