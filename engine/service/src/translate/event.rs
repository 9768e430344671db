//! A callback becomes an event.

use acs::model::{RecognitionType, Tone};
use acs::{Callback, CallbackKind};
use lang::Value;
use machine::context::Context;
use machine::{Event, EventKind};

use super::people::{digits, participants, person};

/// What a callback says; `None`: it is of a kind that this version does not know.
pub fn event(callback: &Callback) -> Option<Event> {
    let kind = kind(&callback.kind)?;
    let detail = &callback.detail;
    let result = callback.result.as_ref();
    let context = callback.operation_context.as_deref();
    let ours = context.and_then(Context::decode);
    let (operation, attempt, operation_context) = match ours {
        Some(ours) => (Some(ours.operation), ours.attempt, ours.own),
        None => (None, 0, context.map(str::to_owned)),
    };
    let choice = detail.choice_result.as_ref();
    let said = detail.speech_result.as_ref().and_then(|result| result.speech.clone());
    Some(Event {
        operation,
        attempt,
        operation_context,
        code: result.and_then(|result| result.code),
        sub_code: result.and_then(|result| result.sub_code),
        message: result.and_then(|result| result.message.clone()),
        digits: keys(callback),
        label: choice.and_then(|choice| choice.label.clone()),
        speech: said.or_else(|| choice.and_then(|choice| choice.recognized_phrase.clone())),
        recognition: recognition(callback),
        participant: detail.participant.as_ref().or(detail.transferee.as_ref()).and_then(person),
        participants: detail.participants.as_deref().map(participants),
        sequence_number: detail.sequence_number,
        invitation_id: detail.invitation_id.clone(),
        recording_id: detail.recording_id.clone(),
        state: detail.state.as_ref().map(|state| state.as_str().to_owned()),
        connection_id: callback.call_connection_id.clone(),
        server_call_id: callback.server_call_id.clone(),
        correlation_id: callback.correlation_id.clone(),
        data: Value::from(callback.data.clone()),
        ..Event::new(kind)
    })
}

/// The keys of a recognition, or the one key of a tone.
fn keys(callback: &Callback) -> Option<String> {
    let detail = &callback.detail;
    match (&detail.dtmf_result, &detail.tone) {
        (Some(result), _) => Some(digits(result.tones.as_deref().unwrap_or_default())),
        (None, Some(tone)) => Tone::to_char(tone).map(String::from),
        (None, None) => None,
    }
}

/// What was recognised; where the provider does not say, by the result that is there.
fn recognition(callback: &Callback) -> Option<String> {
    let detail = &callback.detail;
    let kind =
        match (&detail.recognition_type, &detail.dtmf_result, &detail.choice_result, &detail.speech_result) {
            (Some(kind), _, _, _) => kind.as_str(),
            (None, Some(_), _, _) => RecognitionType::Dtmf.as_str(),
            (None, None, Some(_), _) => RecognitionType::Choices.as_str(),
            (None, None, None, Some(_)) => RecognitionType::Speech.as_str(),
            (None, None, None, None) => return None,
        };
    Some(kind.to_owned())
}

fn kind(kind: &CallbackKind) -> Option<EventKind> {
    Some(match kind {
        CallbackKind::CallConnected => EventKind::CallConnected,
        CallbackKind::CallDisconnected => EventKind::CallDisconnected,
        CallbackKind::CreateCallFailed => EventKind::CreateCallFailed,
        CallbackKind::AnswerFailed => EventKind::AnswerFailed,
        CallbackKind::ConnectFailed => EventKind::ConnectFailed,
        CallbackKind::CallTransferAccepted => EventKind::CallTransferAccepted,
        CallbackKind::CallTransferFailed => EventKind::CallTransferFailed,
        CallbackKind::AddParticipantSucceeded => EventKind::AddParticipantSucceeded,
        CallbackKind::AddParticipantFailed => EventKind::AddParticipantFailed,
        CallbackKind::RemoveParticipantSucceeded => EventKind::RemoveParticipantSucceeded,
        CallbackKind::RemoveParticipantFailed => EventKind::RemoveParticipantFailed,
        CallbackKind::MoveParticipantSucceeded => EventKind::MoveParticipantSucceeded,
        CallbackKind::MoveParticipantFailed => EventKind::MoveParticipantFailed,
        CallbackKind::CancelAddParticipantSucceeded => EventKind::CancelAddParticipantSucceeded,
        CallbackKind::CancelAddParticipantFailed => EventKind::CancelAddParticipantFailed,
        CallbackKind::ParticipantsUpdated => EventKind::ParticipantsUpdated,
        CallbackKind::PlayStarted => EventKind::PlayStarted,
        CallbackKind::PlayCompleted => EventKind::PlayCompleted,
        CallbackKind::PlayFailed => EventKind::PlayFailed,
        CallbackKind::PlayCanceled => EventKind::PlayCanceled,
        CallbackKind::RecognizeCompleted => EventKind::RecognizeCompleted,
        CallbackKind::RecognizeFailed => EventKind::RecognizeFailed,
        CallbackKind::RecognizeCanceled => EventKind::RecognizeCanceled,
        CallbackKind::ContinuousDtmfRecognitionToneReceived => {
            EventKind::ContinuousDtmfRecognitionToneReceived
        }
        CallbackKind::ContinuousDtmfRecognitionToneFailed => EventKind::ContinuousDtmfRecognitionToneFailed,
        CallbackKind::ContinuousDtmfRecognitionStopped => EventKind::ContinuousDtmfRecognitionStopped,
        CallbackKind::SendDtmfTonesCompleted => EventKind::SendDtmfTonesCompleted,
        CallbackKind::SendDtmfTonesFailed => EventKind::SendDtmfTonesFailed,
        CallbackKind::HoldFailed => EventKind::HoldFailed,
        CallbackKind::RecordingStateChanged => EventKind::RecordingStateChanged,
        CallbackKind::StartRecordingFailed => EventKind::StartRecordingFailed,
        CallbackKind::TranscriptionStarted => EventKind::TranscriptionStarted,
        CallbackKind::TranscriptionStopped => EventKind::TranscriptionStopped,
        CallbackKind::TranscriptionUpdated => EventKind::TranscriptionUpdated,
        CallbackKind::TranscriptionFailed => EventKind::TranscriptionFailed,
        CallbackKind::MediaStreamingStarted => EventKind::MediaStreamingStarted,
        CallbackKind::MediaStreamingStopped => EventKind::MediaStreamingStopped,
        CallbackKind::MediaStreamingFailed => EventKind::MediaStreamingFailed,
        CallbackKind::Other(_) => return None,
    })
}
