//! `transfer`: hands a party of the call over to somebody else.

use acs::actions::TransferToParticipantRequest;
use acs::{Operation, Request};
use lang::{Fields, Finding, Identifier, Phone};
use serde::{Deserialize, Serialize};

use super::{CallingContext, Defaults, Posting, Unpostable, Values, calling_context, routing, wire};
use crate::argument::{Arg, Unfilled, fill, optional, required};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Shape};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5.
pub const SPEC: Spec = Spec {
    name: "transfer",
    phases: &[Phase::Connected],
    success: &[EventKind::CallTransferAccepted],
    failure: EventKind::CallTransferFailed,
    canceled: &[],
    acknowledged: Acknowledged::Accepted,
    makes: Makes::Nothing,
    if_unclear: Unclear::Recognised,
    on_call: OnCall::HandsOver,
    takes_context: true,
    takes_callback_uri: true,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Hands a party of the call over to somebody else. CallTransferAccepted or CallTransferFailed \
                  follows; till then nothing but hanging up is possible.",
    keys: &[
        &[
            Key::of::<Identifier>("to", "To whom.").required().example("+14255550123"),
            Key::of::<Identifier>(
                "transferee",
                "Who is handed over. In a group call it must stand; in a call between two it is left out.",
            )
            .example("${call.from}"),
            Key::of::<Phone>("callerId", "The number that a phone shows.").example("+18005550100"),
        ],
        calling_context::KEYS,
        routing(&SPEC),
    ],
    rules: &[],
};

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// To whom.
    pub to: Arg<Identifier>,
    /// Who is handed over: left out in a 1:1 call, needed in a group.
    pub transferee: Option<Arg<Identifier>>,
    /// Allowed, never required: clarification 81. The flow's default does not apply.
    pub caller_id: Option<Arg<Phone>>,
    /// Headers for the target.
    pub context: calling_context::Written,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transfer {
    /// To whom.
    pub to: Identifier,
    /// Who is handed over; `None`: the other party of a 1:1 call, after which the call is no longer ours.
    pub transferee: Option<Identifier>,
    /// The number shown to a phone.
    pub caller_id: Option<Phone>,
    /// Headers for the target.
    pub context: CallingContext,
}

impl Transfer {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let body = TransferToParticipantRequest {
            target_participant: wire::identifier(&self.to),
            operation_context: posting.context(),
            transferee: self.transferee.as_ref().map(wire::identifier),
            operation_callback_uri: posting.callback_uri(),
            custom_calling_context: self.context.wire(),
            source_caller_id_number: self.caller_id.as_ref().map(wire::phone),
        };
        Ok(Operation::TransferToParticipant { call_connection_id: posting.connection()? }
            .request()
            .with_body(&body))
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, _defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let to = required(fields, "to", found);
        let transferee = optional(fields, "transferee", found);
        let caller_id = optional(fields, "callerId", found);
        let context = calling_context::Written::read(fields, found);
        Some(Written { to: to?, transferee, caller_id, context })
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, values: &Values<'_>) -> Result<Transfer, Unfilled> {
        let roots = values.roots;
        Ok(Transfer {
            to: self.to.fill("to", roots)?,
            transferee: fill(&self.transferee, "transferee", roots)?,
            caller_id: fill(&self.caller_id, "callerId", roots)?,
            context: self.context.fill(roots)?,
        })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { to, transferee, caller_id, context } = self;
        to.visit("to", see);
        transferee.visit("transferee", see);
        caller_id.visit("callerId", see);
        context.visit(see);
    }
}
