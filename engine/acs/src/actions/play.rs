//! play: play audio, text or SSML to everyone or to some. Answered by 202 without a body.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::model::{CommunicationIdentifier, PlaySource};

/// Body of play.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlayRequest {
    /// Played in order; at least one.
    pub play_sources: Vec<PlaySource>,
    /// To whom; absent or empty means everyone.
    pub play_to: Option<Vec<CommunicationIdentifier>>,
    /// Whether to cut in on what is playing; only when playing to everyone.
    pub interrupt_call_media_operation: Option<bool>,
    /// How.
    pub play_options: Option<PlayOptions>,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// Where this operation's events go instead of the call's callback URI (reference 8.6).
    pub operation_callback_uri: Option<String>,
}

/// How to play.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlayOptions {
    /// Whether to start again at the end, until cancelled.
    pub r#loop: bool,
}
