//! `startTranscription`: begins to stream what is said, as text.

use acs::actions::StartTranscriptionRequest;
use acs::{Operation, Request};
use lang::{Fields, Finding};
use serde::{Deserialize, Serialize};

use super::{Defaults, Posting, Unpostable, Values, routing};
use crate::argument::{Arg, Unfilled, fill, optional};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Shape};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5. Where text is streamed to was said when the call came up.
pub const SPEC: Spec = Spec {
    name: "startTranscription",
    phases: &[Phase::Connected],
    success: &[EventKind::TranscriptionStarted],
    failure: EventKind::TranscriptionFailed,
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
    description: "Begins to stream what is said, as text, to where `transcription` said when the call came up. \
                  TranscriptionStarted or TranscriptionFailed follows.",
    keys: &[
        &[
            Key::of::<String>(
                "locale",
                "The language that is spoken. Left out: the one under `transcription`.",
            )
            .example("de-DE"),
            Key::of::<String>("speechModelEndpointId", "A custom speech model, by the id of its endpoint."),
        ],
        routing(&SPEC),
    ],
    rules: &[],
};

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    locale: Option<Arg<String>>,
    speech_model_endpoint_id: Option<Arg<String>>,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartTranscription {
    /// Such as `en-US`: the one of the call, if left out.
    pub locale: Option<String>,
    /// A custom speech model.
    pub speech_model_endpoint_id: Option<String>,
}

impl StartTranscription {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let body = StartTranscriptionRequest {
            locale: self.locale.clone(),
            speech_model_endpoint_id: self.speech_model_endpoint_id.clone(),
            operation_context: posting.context(),
            operation_callback_uri: posting.callback_uri(),
        };
        Ok(Operation::StartTranscription { call_connection_id: posting.connection()? }
            .request()
            .with_body(&body))
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, _defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let locale = optional(fields, "locale", found);
        let speech_model_endpoint_id = optional(fields, "speechModelEndpointId", found);
        Some(Written { locale, speech_model_endpoint_id })
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, values: &Values<'_>) -> Result<StartTranscription, Unfilled> {
        Ok(StartTranscription {
            locale: fill(&self.locale, "locale", values.roots)?,
            speech_model_endpoint_id: fill(
                &self.speech_model_endpoint_id,
                "speechModelEndpointId",
                values.roots,
            )?,
        })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { locale, speech_model_endpoint_id } = self;
        locale.visit("locale", see);
        speech_model_endpoint_id.visit("speechModelEndpointId", see);
    }
}
