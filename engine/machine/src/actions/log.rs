//! `log`: writes a line to the service's log and the run's journal.

use acs::Request;
use lang::{Fields, Finding, Value};
use serde::{Deserialize, Serialize};

use super::{Defaults, Posting, Unpostable, Values, routing};
use crate::argument::{Arg, Unfilled, fill, optional, required};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Shape};
use crate::wanted::{Given, Visit};

/// It is done at once and cannot fail.
pub const SPEC: Spec = Spec {
    name: "log",
    phases: &[Phase::Idle, Phase::Ringing, Phase::Connecting, Phase::Connected, Phase::Gone],
    success: &[],
    failure: EventKind::ActionFailed,
    canceled: &[],
    acknowledged: Acknowledged::Local,
    makes: Makes::Nothing,
    if_unclear: Unclear::Recognised,
    on_call: OnCall::Outside,
    takes_context: false,
    takes_callback_uri: false,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Writes a line to the service's log and to the run's journal. It cannot fail.",
    keys: &[
        &[
            Key::of::<String>("message", "The line.").required().example("the caller asks for sales"),
            Key::of::<Value>("fields", "What else belongs to it: names and values.")
                .example(r#"{"digits": "${event.digits}"}"#),
        ],
        routing(&SPEC),
    ],
    rules: &[],
};

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    message: Arg<String>,
    fields: Option<Arg<Value>>,
}

/// The line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Log {
    /// Its text.
    pub message: String,
    /// What else belongs to it; null if nothing.
    pub fields: Value,
}

impl Log {
    /// None: the engine does it by itself.
    pub(super) fn request(&self, _posting: &Posting<'_>) -> Result<Request, Unpostable> {
        Err(Unpostable::NotForProvider)
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, _defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let message = required(fields, "message", found);
        let own = optional(fields, "fields", found);
        Some(Written { message: message?, fields: own })
    }

    /// The line, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, values: &Values<'_>) -> Result<Log, Unfilled> {
        Ok(Log {
            message: self.message.fill("message", values.roots)?,
            fields: fill(&self.fields, "fields", values.roots)?.unwrap_or(Value::Null),
        })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { message, fields } = self;
        message.visit("message", see);
        fields.visit("fields", see);
    }
}
