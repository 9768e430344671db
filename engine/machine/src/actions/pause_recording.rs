//! `pauseRecording`: interrupts a recording.

use acs::{Operation, Request};
use lang::{Fields, Finding};
use serde::{Deserialize, Serialize};

use super::{Defaults, Posting, Unpostable, Values, routing, start_recording};
use crate::argument::{Arg, Unfilled, optional};
use crate::event::EventKind;
use crate::protocol::{Acknowledged, Makes, OnCall, Phase, Spec, Unclear};
use crate::shape::{Key, Shape};
use crate::wanted::{Given, Visit};

/// Source: reference 2.3 and 5. It is over once the state is `inactive` (clarification 45).
pub const SPEC: Spec = Spec {
    name: "pauseRecording",
    phases: &[Phase::Connected],
    success: &[EventKind::RecordingStateChanged],
    failure: EventKind::ActionFailed,
    canceled: &[],
    acknowledged: Acknowledged::MayStaySilent,
    makes: Makes::Nothing,
    if_unclear: Unclear::AskRecording,
    on_call: OnCall::Stays,
    takes_context: false,
    takes_callback_uri: false,
};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: SPEC.name,
    description: "Interrupts a recording. RecordingStateChanged, with the state `inactive`, or ActionFailed follows.",
    keys: &[
        &[Key::of::<String>("recording", "Which recording, by its id. Left out: the latest.")
            .example("${vars.started.recordingId}")],
        routing(&SPEC),
    ],
    rules: &[],
};

/// The arguments as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Which: the latest, if left out.
    pub recording: Option<Arg<String>>,
}

/// The action as posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PauseRecording {
    /// Which.
    pub recording: String,
}

impl PauseRecording {
    pub(super) fn request(&self, _posting: &Posting<'_>) -> Result<Request, Unpostable> {
        Ok(Operation::PauseRecording { recording_id: self.recording.clone() }.request())
    }
}

impl Written {
    /// Reads the arguments.
    pub fn read(fields: &mut Fields<'_>, _defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        Some(Written { recording: optional(fields, "recording", found) })
    }

    /// The action, as its arguments are now.
    ///
    /// # Errors
    /// As [`Arg::fill`]; or no recording was started.
    pub fn fill(&self, values: &Values<'_>) -> Result<PauseRecording, Unfilled> {
        Ok(PauseRecording { recording: start_recording::or_latest(&self.recording, values)? })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written { recording } = self;
        recording.visit("recording", see);
    }
}
