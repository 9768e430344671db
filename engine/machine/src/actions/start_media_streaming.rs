//! `startMediaStreaming`: begins to stream the call's audio.

use acs::actions::StartMediaStreamingRequest;
use acs::{Operation, Request};
use lang::{Fields, Finding};
use serde::{Deserialize, Serialize};

use super::{Defaults, Posting, Unpostable, Values, routing};
use crate::argument::Unfilled;
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::Shape;
use crate::wanted::Given;

/// Source: reference 2.3 and 5. Where audio is streamed to was said when the call came up.
pub const SPEC: Spec = Spec {
    name: "startMediaStreaming",
    phases: &[Phase::Connected],
    success: &[EventKind::MediaStreamingStarted],
    failure: EventKind::MediaStreamingFailed,
    canceled: &[],
    acknowledged: Acknowledged::MayStaySilent,
    makes: Makes::Nothing,
    if_unclear: Unclear::WaitForSign,
    on_call: OnCall::Stays,
    takes_context: true,
    takes_callback_uri: true,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Begins to stream the call's audio to where `mediaStreaming` said when the call came up. \
                  MediaStreamingStarted or MediaStreamingFailed follows.",
    keys: &[routing(&SPEC)],
    rules: &[],
};

/// The arguments as written: none.
#[derive(Clone, Debug)]
pub struct Written;

/// The action as posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartMediaStreaming {}

impl StartMediaStreaming {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let body = StartMediaStreamingRequest {
            operation_context: posting.context(),
            operation_callback_uri: posting.callback_uri(),
        };
        Ok(Operation::StartMediaStreaming { call_connection_id: posting.connection()? }
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
    pub fn fill(&self, _values: &Values<'_>) -> Result<StartMediaStreaming, Unfilled> {
        Ok(StartMediaStreaming {})
    }

    /// Shows every argument that is an expression: there are none.
    pub fn visit<'w>(&'w self, _see: &mut dyn FnMut(Given<'w>)) {}
}
