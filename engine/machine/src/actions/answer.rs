//! `answer`: takes the call that is ringing.

use acs::actions::AnswerCallRequest;
use acs::{Operation, Request};
use lang::{Fields, Finding, Identifier};
use serde::{Deserialize, Serialize};

use super::{CallOptions, Defaults, Posting, Unpostable, Values, call_options, routing, wire};
use crate::argument::{Arg, Unfilled, fill, optional};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Shape};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5.
pub const SPEC: Spec = Spec {
    name: "answer",
    phases: &[Phase::Ringing],
    success: &[EventKind::CallConnected],
    failure: EventKind::AnswerFailed,
    canceled: &[],
    acknowledged: Acknowledged::Accepted,
    makes: Makes::Connection,
    if_unclear: Unclear::Recognised,
    on_call: OnCall::BringsUp,
    takes_context: true,
    takes_callback_uri: false,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Takes the call that is ringing. CallConnected or AnswerFailed follows.",
    keys: &[
        &[Key::of::<Identifier>("answeredBy", "The communication user as whom the call is answered.")],
        call_options::KEYS,
        routing(&SPEC),
    ],
    rules: &[],
};

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    answered_by: Option<Arg<Identifier>>,
    /// What can be set only now.
    pub options: call_options::Written,
}

/// The action as posted. The key of the incoming call is the call's, not an argument.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The communication user as whom the call is answered.
    pub answered_by: Option<Identifier>,
    /// What can be set only now.
    pub options: CallOptions,
}

impl Answer {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let options = self.options.wire();
        let body = AnswerCallRequest {
            incoming_call_context: posting.incoming()?,
            callback_uri: posting.callback_url(),
            operation_context: posting.context(),
            call_intelligence_options: options.intelligence,
            answered_by: self.answered_by.as_ref().map(wire::user),
            media_streaming_options: options.streaming,
            transcription_options: options.transcription,
        };
        Ok(Operation::AnswerCall.request().with_body(&body))
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let answered_by = optional(fields, "answeredBy", found);
        Some(Written { answered_by, options: call_options::Written::read(fields, &defaults.options, found) })
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, values: &Values<'_>) -> Result<Answer, Unfilled> {
        Ok(Answer {
            answered_by: fill(&self.answered_by, "answeredBy", values.roots)?,
            options: self.options.fill(values.roots)?,
        })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { answered_by, options } = self;
        answered_by.visit("answeredBy", see);
        options.visit(see);
    }
}
