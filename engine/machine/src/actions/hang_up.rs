//! `hangUp`: leaves the call, or ends it for everyone.

use acs::{Operation, Request};
use lang::{Fields, Finding};
use serde::{Deserialize, Serialize};

use super::{Defaults, Posting, Unpostable, Values, routing};
use crate::argument::{Arg, Unfilled, fill, optional};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Shape};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5. It never fails for good: the engine repeats it until the leg is gone
/// (clarification 2), so its failure event is never raised.
pub const SPEC: Spec = Spec {
    name: "hangUp",
    phases: &[Phase::Connecting, Phase::Connected],
    success: &[EventKind::CallDisconnected],
    failure: EventKind::ActionFailed,
    canceled: &[],
    acknowledged: Acknowledged::Accepted,
    makes: Makes::Nothing,
    if_unclear: Unclear::AskCall,
    on_call: OnCall::Ends,
    takes_context: false,
    takes_callback_uri: false,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Leaves the call, or ends it for everyone. CallDisconnected follows; it needs no failure handler.",
    keys: &[
        &[Key::of::<bool>(
            "forEveryone",
            "`true` ends the call for everyone; `false` only leaves it, and the others talk on.",
        )
        .default("false")
        .example("true")],
        routing(&SPEC),
    ],
    rules: &[],
};

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    for_everyone: Option<Arg<bool>>,
}

/// The action as posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HangUp {
    /// End the call for all; else only the application leaves.
    pub for_everyone: bool,
}

impl HangUp {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let call_connection_id = posting.connection()?;
        let operation = if self.for_everyone {
            Operation::TerminateCall { call_connection_id }
        } else {
            Operation::HangUp { call_connection_id }
        };
        Ok(operation.request())
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, _defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        Some(Written { for_everyone: optional(fields, "forEveryone", found) })
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, values: &Values<'_>) -> Result<HangUp, Unfilled> {
        Ok(HangUp { for_everyone: fill(&self.for_everyone, "forEveryone", values.roots)?.unwrap_or(false) })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { for_everyone } = self;
        for_everyone.visit("forEveryone", see);
    }
}
