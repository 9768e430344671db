//! `stopContinuousDtmf`: hears of keys no more.

use acs::actions::ContinuousDtmfRecognitionRequest;
use acs::{Operation, Request};
use lang::{Fields, Finding, Identifier};
use serde::{Deserialize, Serialize};

use super::{Defaults, Posting, Unpostable, Values, routing, whom, wire};
use crate::argument::{Arg, Unfilled, optional};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Shape};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5.
pub const SPEC: Spec = Spec {
    name: "stopContinuousDtmf",
    phases: &[Phase::Connected],
    success: &[EventKind::ContinuousDtmfRecognitionStopped],
    failure: EventKind::ActionFailed,
    canceled: &[],
    acknowledged: Acknowledged::Accepted,
    makes: Makes::Nothing,
    if_unclear: Unclear::SendAgain,
    on_call: OnCall::Stays,
    takes_context: true,
    takes_callback_uri: true,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Hears of somebody's keys no more. ContinuousDtmfRecognitionStopped or ActionFailed follows.",
    keys: &[
        &[Key::of::<Identifier>(
            "participant",
            "Whose keys. In a group call it must stand. Left out: the other party's.",
        )
        .example("${call.from}")],
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
pub struct StopContinuousDtmf {
    /// Whom.
    pub participant: Identifier,
}

impl StopContinuousDtmf {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let body = ContinuousDtmfRecognitionRequest {
            target_participant: wire::identifier(&self.participant),
            operation_context: posting.context(),
            operation_callback_uri: posting.callback_uri(),
        };
        Ok(Operation::StopContinuousDtmfRecognition { call_connection_id: posting.connection()? }
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
    pub fn fill(&self, values: &Values<'_>) -> Result<StopContinuousDtmf, Unfilled> {
        Ok(StopContinuousDtmf {
            participant: whom(&self.participant, values, "name whose keys not to hear any more")?,
        })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { participant } = self;
        participant.visit("participant", see);
    }
}
