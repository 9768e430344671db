//! `removeParticipant`: takes somebody out of the call.

use acs::actions::RemoveParticipantRequest;
use acs::{Operation, Request};
use lang::{Fields, Finding, Identifier};
use serde::{Deserialize, Serialize};

use super::{Defaults, Posting, Unpostable, Values, routing, wire};
use crate::argument::{Arg, Unfilled, required};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Shape};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5.
pub const SPEC: Spec = Spec {
    name: "removeParticipant",
    phases: &[Phase::Connected],
    success: &[EventKind::RemoveParticipantSucceeded],
    failure: EventKind::RemoveParticipantFailed,
    canceled: &[],
    acknowledged: Acknowledged::Accepted,
    makes: Makes::Nothing,
    if_unclear: Unclear::Recognised,
    on_call: OnCall::Removes,
    takes_context: true,
    takes_callback_uri: true,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Takes somebody out of the call. RemoveParticipantSucceeded or RemoveParticipantFailed follows.",
    keys: &[
        &[Key::of::<Identifier>("participant", "Whom.").required().example("${vars.latest}")],
        routing(&SPEC),
    ],
    rules: &[],
};

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Whom.
    pub participant: Arg<Identifier>,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoveParticipant {
    /// Whom.
    pub participant: Identifier,
}

impl RemoveParticipant {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let body = RemoveParticipantRequest {
            participant_to_remove: wire::identifier(&self.participant),
            operation_context: posting.context(),
            operation_callback_uri: posting.callback_uri(),
        };
        Ok(Operation::RemoveParticipant { call_connection_id: posting.connection()? }
            .request()
            .with_body(&body))
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, _defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        Some(Written { participant: required(fields, "participant", found)? })
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, values: &Values<'_>) -> Result<RemoveParticipant, Unfilled> {
        Ok(RemoveParticipant { participant: self.participant.fill("participant", values.roots)? })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { participant } = self;
        participant.visit("participant", see);
    }
}
