//! hold: put a party on hold. Answered by 200; only a failure has an event.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::model::{CommunicationIdentifier, PlaySource};

/// Body of hold.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HoldRequest {
    /// Who waits.
    pub target_participant: CommunicationIdentifier,
    /// What they hear meanwhile.
    pub play_source_info: Option<PlaySource>,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// Where this operation's events go instead of the call's callback URI (reference 8.6).
    pub operation_callback_uri: Option<String>,
}
