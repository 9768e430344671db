//! `cancelMedia`: stops everything that is playing or being recognised.

use acs::{Operation, Request};
use lang::{Fields, Finding};
use serde::{Deserialize, Serialize};

use super::{Defaults, Posting, Unpostable, Values, routing};
use crate::argument::Unfilled;
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::Shape;
use crate::wanted::Given;

/// Source: reference 2.3 and 5. Each cancelled operation reports under its own context (clarification 6).
pub const SPEC: Spec = Spec {
    name: "cancelMedia",
    phases: &[Phase::Connected],
    success: &[EventKind::ActionSucceeded],
    failure: EventKind::ActionFailed,
    canceled: &[],
    acknowledged: Acknowledged::Done,
    makes: Makes::Nothing,
    // Nothing is posted after it until it is answered, so nothing else would be cancelled.
    if_unclear: Unclear::SendAgain,
    on_call: OnCall::Stays,
    takes_context: false,
    takes_callback_uri: false,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Stops all that is playing or being listened for. ActionSucceeded follows, and PlayCanceled or \
                  RecognizeCanceled for each that was stopped.",
    keys: &[routing(&SPEC)],
    rules: &[],
};

/// The arguments as written: none.
#[derive(Clone, Debug)]
pub struct Written;

/// The action as posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelMedia {}

impl CancelMedia {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        Ok(Operation::CancelAllMediaOperations { call_connection_id: posting.connection()? }.request())
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
    pub fn fill(&self, _values: &Values<'_>) -> Result<CancelMedia, Unfilled> {
        Ok(CancelMedia {})
    }

    /// Shows every argument that is an expression: there are none.
    pub fn visit<'w>(&'w self, _see: &mut dyn FnMut(Given<'w>)) {}
}
