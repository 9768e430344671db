//! What became of an operation, as events tell it.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::lenient::field;

/// The outcome that an event reports. The event's type tells success from failure, not the code (reference 4.4).
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultInformation {
    /// A status like that of HTTP or SIP.
    #[serde(default, deserialize_with = "field::integer")]
    pub code: Option<i64>,
    /// The precise reason.
    #[serde(default, deserialize_with = "field::integer")]
    pub sub_code: Option<i64>,
    /// For people; not to be parsed.
    #[serde(default, deserialize_with = "field::text")]
    pub message: Option<String>,
    /// SIP status of the phone leg.
    #[serde(default, deserialize_with = "field::shape")]
    pub sip_details: Option<SipDiagnosticInfo>,
    /// Q.850 cause of the phone leg.
    #[serde(default, deserialize_with = "field::shape")]
    pub q850_details: Option<SipDiagnosticInfo>,
}

/// A status and reason of the phone network.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SipDiagnosticInfo {
    /// The status.
    #[serde(default, deserialize_with = "field::integer")]
    pub code: Option<i64>,
    /// The reason.
    #[serde(default, deserialize_with = "field::text")]
    pub message: Option<String>,
}
