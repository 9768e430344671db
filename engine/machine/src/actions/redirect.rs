//! `redirect`: sends the call that is ringing to somebody else.

use acs::actions::RedirectCallRequest;
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
    name: "redirect",
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
    description: "Sends the call that is ringing to somebody else. The run goes on without a call.",
    keys: &[&[Key::of::<Identifier>("to", "To whom.").required().example("+14255550123")], routing(&SPEC)],
    rules: &[],
};

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// To whom.
    pub to: Arg<Identifier>,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Redirect {
    /// To whom.
    pub to: Identifier,
}

impl Redirect {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let body = RedirectCallRequest {
            incoming_call_context: posting.incoming()?,
            target: wire::identifier(&self.to),
        };
        Ok(Operation::RedirectCall.request().with_body(&body))
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, _defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        Some(Written { to: required(fields, "to", found)? })
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, values: &Values<'_>) -> Result<Redirect, Unfilled> {
        Ok(Redirect { to: self.to.fill("to", values.roots)? })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { to } = self;
        to.visit("to", see);
    }
}
