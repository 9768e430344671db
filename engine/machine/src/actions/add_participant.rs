//! `addParticipant`: invites somebody into the call.

use std::time::Duration;

use acs::actions::AddParticipantRequest;
use acs::{Operation, Request};
use lang::{Fields, Finding, Identifier, Phone};
use serde::{Deserialize, Serialize};

use super::{CallingContext, Defaults, Posting, Unpostable, Values, calling_context, routing, wire};
use crate::argument::{Arg, Time, Unfilled, fill, is_phone, optional, required};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Rule, Shape, Wants};
use crate::wanted::{Given, Visit};

mod confirm;

use confirm::CONFIRM;
pub use confirm::Confirm;

/// Source: reference 2.3 and 5. A withdrawn invitation reports `CancelAddParticipantSucceeded` only.
pub const SPEC: Spec = Spec {
    name: "addParticipant",
    phases: &[Phase::Connected],
    success: &[EventKind::AddParticipantSucceeded],
    failure: EventKind::AddParticipantFailed,
    canceled: &[],
    acknowledged: Acknowledged::Accepted,
    makes: Makes::Invitation,
    if_unclear: Unclear::Recognised,
    on_call: OnCall::Adds,
    takes_context: true,
    takes_callback_uri: true,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Invites somebody into the call. AddParticipantSucceeded or AddParticipantFailed follows.",
    keys: &[
        &[
            Key::of::<Identifier>("participant", "Whom to invite.").required().example("+14255550123"),
            Key::of::<Phone>("callerId", "The number that a phone shows. Left out: the one under `defaults`.")
                .example("+18005550100"),
            Key::of::<String>("displayName", "The name that is shown. Left out: the one under `defaults`.")
                .example("Contoso Support"),
            Key::of::<Time<0, 180_000>>(
                "invitationTimeout",
                "How long it rings; then it has failed. Left out: the one under `defaults`, or as long as the \
                 network lets it.",
            )
            .example("30s"),
            Key::new(
                "confirm",
                "A person must take the call, not a voicemail box: whoever answers must press these keys.",
                Wants::Map(&CONFIRM),
            )
            .example(r#"{"dtmf": "1", "prompt": {"text": "Press 1 to take the call."}}"#),
        ],
        calling_context::KEYS,
        routing(&SPEC),
    ],
    rules: &[Rule::AtMostOne(ELSEWHERE)],
};

/// Whether somebody was added is told elsewhere then, and the engine cannot ask them.
const ELSEWHERE: &[&str] = &["confirm", "operationCallbackUri"];

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Whom to invite.
    pub participant: Arg<Identifier>,
    /// The number shown to a phone; the flow's default applies to phones only.
    pub caller_id: Option<Arg<Phone>>,
    caller_id_is_own: bool,
    display_name: Option<Arg<String>>,
    invitation_timeout: Option<Arg<Time<0, 180_000>>>,
    /// Headers for the invitee.
    pub context: calling_context::Written,
    /// What the invitee must do to be in the call.
    pub confirm: Option<Box<confirm::Written>>,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddParticipant {
    /// Whom to invite.
    pub participant: Identifier,
    /// The number shown to a phone.
    pub caller_id: Option<Phone>,
    /// The name shown to a phone or Teams user.
    pub display_name: Option<String>,
    /// How long it rings. Unit: whole seconds, at most 180.
    pub invitation_timeout: Option<Duration>,
    /// Headers for the invitee.
    pub context: CallingContext,
    /// What the invitee must do to be in the call. The engine sees to it; it is not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<Confirm>,
}

impl AddParticipant {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let body = AddParticipantRequest {
            source_caller_id_number: self.caller_id.as_ref().map(wire::phone),
            source_display_name: self.display_name.clone(),
            participant_to_add: wire::identifier(&self.participant),
            invitation_timeout_in_seconds: self.invitation_timeout.map(wire::seconds),
            operation_context: posting.context(),
            operation_callback_uri: posting.callback_uri(),
            custom_calling_context: self.context.wire(),
        };
        Ok(Operation::AddParticipant { call_connection_id: posting.connection()? }.request().with_body(&body))
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let participant = required(fields, "participant", found);
        let caller_id = optional(fields, "callerId", found);
        let display_name = optional(fields, "displayName", found);
        let invitation_timeout = optional(fields, "invitationTimeout", found);
        let context = calling_context::Written::read(fields, found);
        let confirm =
            fields.get("confirm").map(|entry| confirm::Written::read(&entry.value, defaults, found));
        fields.one_of(ELSEWHERE, found);
        let confirm = match confirm {
            Some(confirm) => Some(Box::new(confirm?)),
            None => None,
        };
        Some(Written {
            participant: participant?,
            caller_id_is_own: caller_id.is_some(),
            caller_id: caller_id.or_else(|| defaults.caller_id.clone()),
            display_name: display_name.or_else(|| defaults.display_name.clone()),
            invitation_timeout: invitation_timeout.or_else(|| defaults.invitation_timeout.clone()),
            context,
            confirm,
        })
    }

    /// How long the invitee rings, where the flow says so for certain.
    #[must_use]
    pub fn rings_for(&self) -> Option<Duration> {
        self.invitation_timeout.as_ref()?.constant().map(|time| time.0)
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, values: &Values<'_>) -> Result<AddParticipant, Unfilled> {
        let roots = values.roots;
        let participant = self.participant.fill("participant", roots)?;
        let wants_caller_id = self.caller_id_is_own || is_phone(&participant);
        let caller_id = if wants_caller_id { fill(&self.caller_id, "callerId", roots)? } else { None };
        Ok(AddParticipant {
            participant,
            caller_id,
            display_name: fill(&self.display_name, "displayName", roots)?,
            invitation_timeout: fill(&self.invitation_timeout, "invitationTimeout", roots)?
                .map(|time| time.0),
            context: self.context.fill(roots)?,
            confirm: self.confirm.as_ref().map(|confirm| confirm.fill(values)).transpose()?,
        })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written {
            participant,
            caller_id,
            display_name,
            invitation_timeout,
            context,
            confirm,
            caller_id_is_own: _,
        } = self;
        participant.visit("participant", see);
        caller_id.visit("callerId", see);
        display_name.visit("displayName", see);
        invitation_timeout.visit("invitationTimeout", see);
        context.visit(see);
        if let Some(confirm) = confirm {
            confirm.visit(see);
        }
    }
}
