//! `reject`: refuses the call that is ringing.

use acs::actions::{CallRejectReason, RejectCallRequest};
use acs::{Operation, Request};
use lang::{Fields, Finding};
use serde::{Deserialize, Serialize};

use super::{Defaults, Posting, Unpostable, Values, routing};
use crate::actions::call_options::words;
use crate::argument::{Arg, Argument, Unfilled, fill, optional};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Shape};
use crate::wanted::{Given, Visit};
use lang::Node;

/// Source: reference 2.3 and 5.
pub const SPEC: Spec = Spec {
    name: "reject",
    phases: &[Phase::Ringing],
    success: &[EventKind::ActionSucceeded],
    failure: EventKind::ActionFailed,
    canceled: &[],
    acknowledged: Acknowledged::Done,
    makes: Makes::Nothing,
    if_unclear: Unclear::Recognised,
    on_call: OnCall::GivesAway,
    takes_context: false,
    takes_callback_uri: false,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Refuses the call that is ringing. The run goes on without a call.",
    keys: &[
        &[Key::of::<Reason>("reason", "What the caller is told.").default("none").example("busy")],
        routing(&SPEC),
    ],
    rules: &[],
};

words! {
    /// What the caller is told.
    Reason: "none", "busy", "forbidden"
}

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    reason: Option<Arg<Reason>>,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reject {
    /// `none`, `busy` or `forbidden`.
    pub reason: String,
}

impl Reject {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let body = RejectCallRequest {
            incoming_call_context: posting.incoming()?,
            call_reject_reason: Some(CallRejectReason::parse(&self.reason)),
        };
        Ok(Operation::RejectCall.request().with_body(&body))
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, _defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        Some(Written { reason: optional(fields, "reason", found) })
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, values: &Values<'_>) -> Result<Reject, Unfilled> {
        let reason = fill(&self.reason, "reason", values.roots)?;
        Ok(Reject { reason: reason.map_or_else(|| "none".to_owned(), |reason| reason.0) })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { reason } = self;
        reason.visit("reason", see);
    }
}
