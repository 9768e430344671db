//! `updateTranscription`: goes on transcribing in another language.

use acs::actions::UpdateTranscriptionRequest;
use acs::{Operation, Request};
use lang::{Fields, Finding};
use serde::{Deserialize, Serialize};

use super::{Defaults, Posting, Unpostable, Values, routing};
use crate::argument::{Arg, Unfilled, fill, optional, required};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Shape};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5.
pub const SPEC: Spec = Spec {
    name: "updateTranscription",
    phases: &[Phase::Connected],
    success: &[EventKind::TranscriptionUpdated],
    failure: EventKind::TranscriptionFailed,
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
    description: "Goes on transcribing in another language. TranscriptionUpdated or TranscriptionFailed follows.",
    keys: &[
        &[
            Key::of::<String>("locale", "The language that is spoken from now on.")
                .required()
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
    locale: Arg<String>,
    speech_model_endpoint_id: Option<Arg<String>>,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateTranscription {
    /// Such as `en-US`.
    pub locale: String,
    /// A custom speech model.
    pub speech_model_endpoint_id: Option<String>,
}

impl UpdateTranscription {
    pub(super) fn request(&self, posting: &Posting<'_>) -> Result<Request, Unpostable> {
        let body = UpdateTranscriptionRequest {
            locale: Some(self.locale.clone()),
            speech_model_endpoint_id: self.speech_model_endpoint_id.clone(),
            operation_context: posting.context(),
            operation_callback_uri: posting.callback_uri(),
        };
        Ok(Operation::UpdateTranscription { call_connection_id: posting.connection()? }
            .request()
            .with_body(&body))
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, _defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let locale = required(fields, "locale", found);
        let speech_model_endpoint_id = optional(fields, "speechModelEndpointId", found);
        Some(Written { locale: locale?, speech_model_endpoint_id })
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, values: &Values<'_>) -> Result<UpdateTranscription, Unfilled> {
        Ok(UpdateTranscription {
            locale: self.locale.fill("locale", values.roots)?,
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
