//! What each event means on a call, in operators' words.

use crate::event::EventKind;

/// The key under `on` that stands for every failure.
pub const ANY_FAILURE: (&str, &str) = (
    "AnyFailure",
    "Every failure that has no handler of its own here, such as PlayFailed or CallTransferFailed.",
);

/// The key under `on` that stands for whatever else happens.
pub const ANY: (&str, &str) = (
    "*",
    "Whatever else happens, but for CallDisconnected, PlayStarted, ParticipantsUpdated and Recovered, which must be named.",
);

/// What has happened, in a sentence or two. Source: reference 4.3.
#[must_use]
pub fn describe(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::CallConnected => "The call is up: it can be spoken into, transferred and recorded.",
        EventKind::CallDisconnected => "The call is over, whoever or whatever ended it.",
        EventKind::CreateCallFailed => {
            "The call that was to be placed did not come up: busy, no answer, declined, or no such number. \
             `event.code` and `event.subCode` say which."
        }
        EventKind::AnswerFailed => {
            "The incoming call could not be answered, mostly since the caller had just given up."
        }
        EventKind::ConnectFailed => "The running call or room could not be joined.",
        EventKind::CallTransferAccepted => {
            "The transfer was taken. It may be a voicemail. A call between two is no longer steered by this flow."
        }
        EventKind::CallTransferFailed => {
            "The transfer was declined, not answered, or led nowhere. The call goes on as before."
        }
        EventKind::ParticipantsUpdated => {
            "Somebody joined, left, was muted or put on hold. `event.participants` is everybody in the call."
        }
        EventKind::AddParticipantSucceeded => "The one who was invited is in the call.",
        EventKind::AddParticipantFailed => {
            "The one who was invited declined, did not answer, or was not reached."
        }
        EventKind::CancelAddParticipantSucceeded => "The invitation was withdrawn.",
        EventKind::CancelAddParticipantFailed => {
            "The invitation could not be withdrawn: it is unknown, or was taken already."
        }
        EventKind::RemoveParticipantSucceeded => "The participant is out of the call.",
        EventKind::RemoveParticipantFailed => "The participant could not be taken out of the call.",
        EventKind::MoveParticipantSucceeded => "All who were to be moved are in this call.",
        EventKind::MoveParticipantFailed => "Somebody who was to be moved into this call could not be.",
        EventKind::PlayStarted => "The prompt begins to be heard.",
        EventKind::PlayCompleted => "The prompt was played to its end.",
        EventKind::PlayFailed => {
            "The prompt could not be played: a file that cannot be fetched or read, or no speech service."
        }
        EventKind::PlayCanceled => "The prompt was stopped by `cancelMedia`, or by an action that cut in.",
        EventKind::RecognizeCompleted => {
            "The caller pressed keys, chose an answer or spoke: see `event.digits`, `event.label`, `event.speech`."
        }
        EventKind::RecognizeFailed => {
            "Nothing was entered in time, or nothing that fits, or the prompt could not be played. \
             `event.subCode` says which; 8510 is silence."
        }
        EventKind::RecognizeCanceled => {
            "Listening was stopped by `cancelMedia`, or by an action that cut in."
        }
        EventKind::ContinuousDtmfRecognitionToneReceived => {
            "A key was pressed while keys are listened for all the time: see `event.tone`."
        }
        EventKind::ContinuousDtmfRecognitionToneFailed => "Keys cannot be listened for any more.",
        EventKind::ContinuousDtmfRecognitionStopped => "Keys are no longer listened for.",
        EventKind::SendDtmfTonesCompleted => "The keys were sent.",
        EventKind::SendDtmfTonesFailed => "The keys could not be sent.",
        EventKind::HoldFailed => "The participant could not be put on hold.",
        EventKind::RecordingStateChanged => "The recording began, paused or ended: see `event.state`.",
        EventKind::StartRecordingFailed => "The recording did not begin.",
        EventKind::TranscriptionStarted => "The transcription runs.",
        EventKind::TranscriptionUpdated => "The transcription goes on in the new language.",
        EventKind::TranscriptionStopped => "The transcription ended.",
        EventKind::TranscriptionFailed => "The transcription did not begin, or broke off.",
        EventKind::MediaStreamingStarted => "Audio is being streamed.",
        EventKind::MediaStreamingStopped => "Audio is no longer streamed.",
        EventKind::MediaStreamingFailed => "Streaming audio did not begin, or broke off.",
        EventKind::HttpCompleted => {
            "The other system answered, be it with an error: see `event.status` and `event.body`."
        }
        EventKind::HttpFailed => "The other system did not answer in time, or was not reached.",
        EventKind::Recovered => {
            "The engine was restarted while the call was up: what happened meanwhile may have been missed. \
             `event.participants` is everybody who is in the call now."
        }
        EventKind::ActionSucceeded => {
            "An action that has no event of its own was done, such as `reject`, `redirect` or `cancelMedia`."
        }
        EventKind::ActionFailed => "An action that has no failure of its own was refused.",
        EventKind::ExpressionFailed => {
            "An expression could not be worked out, or gave what its place cannot take."
        }
        EventKind::Custom(_) => "An event that this flow declares under `events`, sent by another system.",
    }
}
