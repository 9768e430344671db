//! unhold: take a party off hold. Answered by 200 and no event of its own.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::model::CommunicationIdentifier;

/// Body of unhold.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UnholdRequest {
    /// Who has waited.
    pub target_participant: CommunicationIdentifier,
    /// Echoed in the operation's events.
    pub operation_context: Option<String>,
    /// Where this operation's events go instead of the call's callback URI (reference 8.6).
    pub operation_callback_uri: Option<String>,
}
