//! What travels with an invitation: SIP and VoIP headers, and details for a Teams phone agent.
//!
//! Source: reference 3.4. Order of headers is kept.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::CommunicationIdentifier;

/// Headers of an invitation. The receiving application sees them in `IncomingCall`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomCallingContext {
    /// For users of the resource.
    pub voip_headers: Option<IndexMap<String, String>>,
    /// For phone and Teams targets: `User-To-User`, and keys that begin with `X-MS-Custom-`.
    pub sip_headers: Option<IndexMap<String, String>>,
    /// For a Teams phone agent.
    pub teams_phone_call_details: Option<TeamsPhoneCallDetails>,
}

/// What a Teams phone agent is shown about a call.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamsPhoneCallDetails {
    /// Who calls.
    pub teams_phone_caller_details: Option<TeamsPhoneCallerDetails>,
    /// Which agent or bot hands over.
    pub teams_phone_source_details: Option<TeamsPhoneSourceDetails>,
    /// Id of the customer's session.
    pub session_id: Option<String>,
    /// What the caller wants.
    pub intent: Option<String>,
    /// A short topic, at most 48 characters.
    pub call_topic: Option<String>,
    /// A summary of what has happened so far.
    pub call_context: Option<String>,
    /// Where the transcript is.
    pub transcript_url: Option<String>,
    /// The caller's mood.
    pub call_sentiment: Option<String>,
    /// What the agent could do.
    pub suggested_actions: Option<String>,
}

/// Who calls, for a Teams phone agent.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamsPhoneCallerDetails {
    /// The caller.
    pub caller: CommunicationIdentifier,
    /// The caller's name.
    pub name: String,
    /// The caller's number.
    pub phone_number: String,
    /// Id of the caller's record in the customer's system.
    pub record_id: Option<String>,
    /// A page to open for the agent.
    pub screen_pop_url: Option<String>,
    /// Whether the caller has proved who they are.
    pub is_authenticated: Option<bool>,
    /// More pairs to show; the service takes 10 and ignores the rest.
    pub additional_caller_information: Option<IndexMap<String, String>>,
}

/// Which agent or bot hands over, for a Teams phone agent.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamsPhoneSourceDetails {
    /// The one who hands over.
    pub source: CommunicationIdentifier,
    /// Language of the conversation.
    pub language: String,
    /// State of the conversation.
    pub status: String,
    /// Whom the call is meant for, by role.
    pub intended_targets: Option<IndexMap<String, CommunicationIdentifier>>,
}
