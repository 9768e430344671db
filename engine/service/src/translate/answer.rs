//! What the provider answered to an action.

use acs::actions::{AddParticipantResponse, CancelAddParticipantResponse};
use acs::model::{CallConnectionProperties, parse_error};
use lang::Value;
use machine::actions::ActionKind;
use machine::input::{Ack, Refusal};
use serde::de::DeserializeOwned;

/// The acknowledgement of an action that was taken. Never fails: what cannot be read is absent.
pub(crate) fn ack(kind: ActionKind, body: &[u8]) -> Ack {
    let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let ack = match kind {
        ActionKind::CreateCall | ActionKind::Connect | ActionKind::Answer => {
            let call: CallConnectionProperties = read(&json);
            Ack {
                connection_id: call.call_connection_id,
                server_call_id: call.server_call_id,
                correlation_id: call.correlation_id,
                ..Ack::default()
            }
        }
        ActionKind::AddParticipant => {
            let added: AddParticipantResponse = read(&json);
            Ack { invitation_id: added.invitation_id, ..Ack::default() }
        }
        ActionKind::CancelAddParticipant => {
            let canceled: CancelAddParticipantResponse = read(&json);
            Ack { invitation_id: canceled.invitation_id, ..Ack::default() }
        }
        ActionKind::Reject
        | ActionKind::Redirect
        | ActionKind::Transfer
        | ActionKind::RemoveParticipant
        | ActionKind::HangUp
        | ActionKind::Play
        | ActionKind::Recognize
        | ActionKind::CancelMedia
        | ActionKind::Http
        | ActionKind::Log => Ack::default(),
    };
    Ack { body: Value::from(json), ..ack }
}

fn read<T: DeserializeOwned + Default>(json: &serde_json::Value) -> T {
    T::deserialize(json).unwrap_or_default()
}

/// The final no of the provider.
pub(crate) fn refusal(status: u16, body: &[u8]) -> Refusal {
    let error = parse_error(status, body);
    let message = if error.message.is_empty() { format!("status {status}") } else { error.message };
    Refusal { status, sub_code: error.sub_code, message }
}
