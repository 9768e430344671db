//! What became of an operation, as events tell it.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// The outcome that an event reports. The event's type tells success from failure, not the code (reference 4.4).
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultInformation {
    /// A status like that of HTTP or SIP.
    pub code: Option<i64>,
    /// The precise reason.
    pub sub_code: Option<i64>,
    /// For people; not to be parsed.
    pub message: Option<String>,
    /// SIP status of the phone leg.
    pub sip_details: Option<SipDiagnosticInfo>,
    /// Q.850 cause of the phone leg.
    pub q850_details: Option<SipDiagnosticInfo>,
}

/// A status and reason of the phone network.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SipDiagnosticInfo {
    /// The status.
    pub code: Option<i64>,
    /// The reason.
    pub message: Option<String>,
}
