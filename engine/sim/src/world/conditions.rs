//! What the service meets outside, by script: what the call says of it goes before what is so in every call.

use super::World;
use crate::call::{Call, CallId};
use crate::script::Medium;

impl World {
    /// What is behind a URL, if a script says anything about it.
    pub(super) fn medium(&self, call: &Call, url: &str) -> Option<Medium> {
        call.conditions.media.get(url).or_else(|| self.options.scene.media.get(url)).copied()
    }

    /// Whether the AI services are out of reach.
    pub(super) fn speech_fails(&self, call: &Call) -> bool {
        call.conditions.speech_fails || self.options.scene.speech_fails
    }

    /// Whether an answer is accepted and then the application does not get into the call.
    pub(super) fn answer_fails(&self, call: CallId) -> bool {
        let in_call = self.calls.get(&call).is_some_and(|call| call.conditions.answer_fails);
        in_call || self.options.scene.answer_fails
    }

    /// Whether a recording is accepted and then does not begin.
    pub(super) fn recording_fails(&self, call: CallId) -> bool {
        let in_call = self.calls.get(&call).is_some_and(|call| call.conditions.recording_fails);
        in_call || self.options.scene.recording_fails
    }
}
