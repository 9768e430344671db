//! `createCall`: places an outbound call, to one or to several at once.

use std::time::Duration;

use acs::actions::CreateCallRequest;
use acs::{Operation, Request};
use lang::{Fields, Finding, Identifier, Phone};
use serde::{Deserialize, Serialize};

use super::{CallOptions, Defaults, Posting, Unpostable, Values, call_options, routing, wire};
use crate::argument::{Arg, People, Time, Unfilled, fill, is_phone, optional, required};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Shape};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5.
pub const SPEC: Spec = Spec {
    name: "createCall",
    phases: &[Phase::Idle],
    success: &[EventKind::CallConnected],
    failure: EventKind::CreateCallFailed,
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
    description: "Places an outbound call, to one or to several at once. CallConnected or CreateCallFailed follows.",
    keys: &[
        &[
            Key::of::<People>("to", "Whom to call: one, or a list, which makes a group call.")
                .required()
                .example("+14255550123"),
            Key::of::<Phone>("callerId", "The number that a phone shows. Left out: the one under `defaults`.")
                .example("+18005550100"),
            Key::of::<String>("displayName", "The name that is shown. Left out: the one under `defaults`.")
                .example("Contoso Support"),
            Key::of::<Time<1_000, 600_000>>(
                "ringFor",
                "How long it may ring; then it has failed with `event.reason` \"notAnswered\". Left out: as long \
                 as the network lets it.",
            )
            .example("40s"),
            Key::of::<Identifier>("source", "The communication user as whom the call is placed."),
            Key::of::<Identifier>("teamsAppSource", "The Teams application as which the call is placed."),
        ],
        call_options::KEYS,
        routing(&SPEC),
    ],
    rules: &[],
};

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Whom to call.
    pub to: Arg<People>,
    /// The number shown to a phone; the flow's default applies to phones only.
    pub caller_id: Option<Arg<Phone>>,
    /// Whether `caller_id` stands here, and not only in the defaults.
    pub caller_id_is_own: bool,
    display_name: Option<Arg<String>>,
    source: Option<Arg<Identifier>>,
    teams_app_source: Option<Arg<Identifier>>,
    ring_for: Option<Arg<Time<1_000, 600_000>>>,
    /// What can be set only now.
    pub options: call_options::Written,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateCall {
    /// One makes a 1:1 call, several a group call.
    pub to: Vec<Identifier>,
    /// The number shown to a phone.
    pub caller_id: Option<Phone>,
    /// The name shown to a phone.
    pub display_name: Option<String>,
    /// The communication user as whom the call is placed.
    pub source: Option<Identifier>,
    /// The Teams app as which the call is placed.
    pub teams_app_source: Option<Identifier>,
    /// The engine ends the attempt after this long: the API has no such limit.
    pub ring_for: Option<Duration>,
    /// What can be set only now.
    pub options: CallOptions,
}

impl CreateCall {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let options = self.options.wire();
        let body = CreateCallRequest {
            targets: wire::identifiers(&self.to),
            source_caller_id_number: self.caller_id.as_ref().map(wire::phone),
            source_display_name: self.display_name.clone(),
            source: self.source.as_ref().map(wire::user),
            operation_context: posting.context(),
            callback_uri: posting.callback_url(),
            call_intelligence_options: options.intelligence,
            media_streaming_options: options.streaming,
            transcription_options: options.transcription,
            teams_app_source: self.teams_app_source.as_ref().map(wire::teams_app),
        };
        Ok(Operation::CreateCall.request().with_body(&body))
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let to = required(fields, "to", found);
        let caller_id = optional(fields, "callerId", found);
        let display_name = optional(fields, "displayName", found);
        let source = optional(fields, "source", found);
        let teams_app_source = optional(fields, "teamsAppSource", found);
        let ring_for = optional(fields, "ringFor", found);
        let options = call_options::Written::read(fields, &defaults.options, found);
        Some(Written {
            to: to?,
            caller_id_is_own: caller_id.is_some(),
            caller_id: caller_id.or_else(|| defaults.caller_id.clone()),
            display_name: display_name.or_else(|| defaults.display_name.clone()),
            source,
            teams_app_source,
            ring_for,
            options,
        })
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, values: &Values<'_>) -> Result<CreateCall, Unfilled> {
        let roots = values.roots;
        let to = self.to.fill("to", roots)?.0;
        let wants_caller_id = self.caller_id_is_own || to.iter().any(is_phone);
        let caller_id = if wants_caller_id { fill(&self.caller_id, "callerId", roots)? } else { None };
        Ok(CreateCall {
            caller_id,
            display_name: fill(&self.display_name, "displayName", roots)?,
            source: fill(&self.source, "source", roots)?,
            teams_app_source: fill(&self.teams_app_source, "teamsAppSource", roots)?,
            ring_for: fill(&self.ring_for, "ringFor", roots)?.map(|time| time.0),
            options: self.options.fill(roots)?,
            to,
        })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written {
            to,
            caller_id,
            display_name,
            source,
            teams_app_source,
            ring_for,
            options,
            caller_id_is_own: _,
        } = self;
        to.visit("to", see);
        caller_id.visit("callerId", see);
        display_name.visit("displayName", see);
        source.visit("source", see);
        teams_app_source.visit("teamsAppSource", see);
        ring_for.visit("ringFor", see);
        options.visit(see);
    }
}
