//! `cancelAddParticipant`: withdraws an invitation that is still ringing.

use acs::actions::CancelAddParticipantRequest;
use acs::{Operation, Request};
use lang::{Fields, Finding};
use serde::{Deserialize, Serialize};

use super::{Defaults, Posting, Unpostable, Values, routing};
use crate::argument::{Arg, Unfilled, optional};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Shape};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5.
pub const SPEC: Spec = Spec {
    name: "cancelAddParticipant",
    phases: &[Phase::Connected],
    success: &[EventKind::CancelAddParticipantSucceeded],
    failure: EventKind::CancelAddParticipantFailed,
    canceled: &[],
    acknowledged: Acknowledged::Accepted,
    makes: Makes::Nothing,
    if_unclear: Unclear::Recognised,
    on_call: OnCall::Stays,
    takes_context: true,
    takes_callback_uri: true,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Withdraws an invitation that is still ringing. CancelAddParticipantSucceeded or \
                  CancelAddParticipantFailed follows.",
    keys: &[
        &[Key::of::<String>("invitation", "Which invitation, by its id. Left out: the latest.")
            .example("${vars.invited.invitationId}")],
        routing(&SPEC),
    ],
    rules: &[],
};

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Which invitation; the latest, if left out.
    pub invitation: Option<Arg<String>>,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelAddParticipant {
    /// The provider's id of the invitation.
    pub invitation: String,
}

impl CancelAddParticipant {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let body = CancelAddParticipantRequest {
            invitation_id: self.invitation.clone(),
            operation_context: posting.context(),
            operation_callback_uri: posting.callback_uri(),
        };
        Ok(Operation::CancelAddParticipant { call_connection_id: posting.connection()? }
            .request()
            .with_body(&body))
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, _defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        Some(Written { invitation: optional(fields, "invitation", found) })
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`]; or no invitation was made.
    pub fn fill(&self, values: &Values<'_>) -> Result<CancelAddParticipant, Unfilled> {
        let invitation = match &self.invitation {
            Some(invitation) => invitation.fill("invitation", values.roots)?,
            None => values
                .call
                .latest_invitation
                .clone()
                .ok_or_else(|| Unfilled("`invitation`: nobody has been invited yet".to_owned()))?,
        };
        Ok(CancelAddParticipant { invitation })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { invitation } = self;
        invitation.visit("invitation", see);
    }
}
