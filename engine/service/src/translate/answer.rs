//! What the provider answered to an action.

use acs::model::parse_error;
use lang::Value;
use machine::actions::ActionKind;
use machine::input::{Ack, Refusal};
use machine::protocol::Makes;

/// The acknowledgement of an action that was taken. Never fails: what cannot be read is absent, and costs nothing else.
pub fn ack(kind: ActionKind, body: &[u8]) -> Ack {
    let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |key: &str| json.get(key).and_then(serde_json::Value::as_str).map(str::to_owned);
    let ack = match kind.spec().makes {
        Makes::Connection => Ack {
            connection_id: text("callConnectionId"),
            server_call_id: text("serverCallId"),
            correlation_id: text("correlationId"),
            ..Ack::default()
        },
        Makes::Invitation => Ack { invitation_id: text("invitationId"), ..Ack::default() },
        Makes::Recording => Ack { recording_id: text("recordingId"), ..Ack::default() },
        Makes::Nothing => Ack::default(),
    };
    Ack { body: Value::from(json), ..ack }
}

/// The final no of the provider.
pub fn refusal(status: u16, body: &[u8]) -> Refusal {
    let error = parse_error(status, body);
    let message = if error.message.is_empty() { format!("status {status}") } else { error.message };
    Refusal { status, sub_code: error.sub_code, message }
}
