//! `sendDtmf`: presses keys towards a phone.

use acs::actions::SendDtmfTonesRequest;
use acs::{Operation, Request};
use lang::{Fields, Finding, Identifier};
use serde::{Deserialize, Serialize};

use super::{Defaults, Posting, Unpostable, Values, routing, whom, wire};
use crate::argument::{Arg, Keys, Unfilled, optional, required};
use crate::event::EventKind;
use crate::limits::TONES_MAX;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Shape};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5.
pub const SPEC: Spec = Spec {
    name: "sendDtmf",
    phases: &[Phase::Connected],
    success: &[EventKind::SendDtmfTonesCompleted],
    failure: EventKind::SendDtmfTonesFailed,
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
    description: "Presses keys towards a phone, such as the code of a conference. SendDtmfTonesCompleted or \
                  SendDtmfTonesFailed follows.",
    keys: &[
        &[
            Key::of::<Keys>("tones", "The keys, in their order: at most 18.").required().example("4071#"),
            Key::of::<Identifier>(
                "participant",
                "Who hears them: a phone. In a group call it must stand. Left out: the other party.",
            )
            .example("+14255550123"),
        ],
        routing(&SPEC),
    ],
    rules: &[],
};

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    tones: Arg<Keys>,
    /// Who hears them: the other party, if left out.
    pub participant: Option<Arg<Identifier>>,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendDtmf {
    /// The keys, in their order.
    pub tones: Keys,
    /// Who hears them.
    pub participant: Identifier,
}

impl SendDtmf {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let body = SendDtmfTonesRequest {
            tones: wire::tones(&self.tones),
            target_participant: wire::identifier(&self.participant),
            operation_context: posting.context(),
            operation_callback_uri: posting.callback_uri(),
        };
        Ok(Operation::SendDtmfTones { call_connection_id: posting.connection()? }.request().with_body(&body))
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, _defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let tones: Option<Arg<Keys>> = required(fields, "tones", found);
        let participant = optional(fields, "participant", found);
        let tones = tones?;
        if let Some(keys) = tones.constant().filter(|keys| keys.0.len() > TONES_MAX) {
            let headline = format!("`tones` holds {} keys", keys.0.len());
            found.push(
                Finding::error(lang::Code(103), tones.span, headline)
                    .label("too many")
                    .note(format!("the provider sends at most {TONES_MAX} at once"))
                    .help("send the rest with a second `sendDtmf`, once the first is completed"),
            );
            return None;
        }
        Some(Written { tones, participant })
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`]; too many keys; or nobody is named and it is not clear who is meant.
    pub fn fill(&self, values: &Values<'_>) -> Result<SendDtmf, Unfilled> {
        let tones = self.tones.fill("tones", values.roots)?;
        if tones.0.len() > TONES_MAX {
            return Err(Unfilled(format!("`tones`: these are more than {TONES_MAX} keys")));
        }
        Ok(SendDtmf { tones, participant: whom(&self.participant, values, "name who is to hear the keys")? })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { tones, participant } = self;
        tones.visit("tones", see);
        participant.visit("participant", see);
    }
}
