//! `stopMediaStreaming`: streams audio no more.

use acs::actions::StopMediaStreamingRequest;
use acs::{Operation, Request};
use lang::{Fields, Finding};
use serde::{Deserialize, Serialize};

use super::{Defaults, Posting, Unpostable, Values, routing};
use crate::argument::Unfilled;
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::Shape;
use crate::wanted::Given;

/// Source: reference 2.3 and 5.
pub const SPEC: Spec = Spec {
    name: "stopMediaStreaming",
    phases: &[Phase::Connected],
    success: &[EventKind::MediaStreamingStopped],
    failure: EventKind::MediaStreamingFailed,
    canceled: &[],
    acknowledged: Acknowledged::Accepted,
    makes: Makes::Nothing,
    if_unclear: Unclear::WaitForSign,
    on_call: OnCall::Stays,
    takes_context: true,
    takes_callback_uri: true,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Streams the call's audio no more. MediaStreamingStopped or MediaStreamingFailed follows.",
    keys: &[routing(&SPEC)],
    rules: &[],
};

/// The arguments as written: none.
#[derive(Clone, Debug)]
pub struct Written;

/// The action as posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopMediaStreaming {}

impl StopMediaStreaming {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let body = StopMediaStreamingRequest {
            operation_context: posting.context(),
            operation_callback_uri: posting.callback_uri(),
        };
        Ok(Operation::StopMediaStreaming { call_connection_id: posting.connection()? }
            .request()
            .with_body(&body))
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(
        _fields: &mut Fields<'_>,
        _defaults: &Defaults,
        _found: &mut Vec<Finding>,
    ) -> Option<Written> {
        Some(Written)
    }

    /// The action.
    ///
    /// # Errors
    /// None.
    pub fn fill(&self, _values: &Values<'_>) -> Result<StopMediaStreaming, Unfilled> {
        Ok(StopMediaStreaming {})
    }

    /// Shows every argument that is an expression: there are none.
    pub fn visit<'w>(&'w self, _see: &mut dyn FnMut(Given<'w>)) {}
}
