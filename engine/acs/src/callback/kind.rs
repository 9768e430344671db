//! The kinds of callback, by the `type` of their envelope.

use crate::open_enum::open_enum;

/// What every `type` begins with.
const PREFIX: &str = "Microsoft.Communication.";

open_enum! {
    /// What happened. The specification knows 38 kinds; new ones appear with each version and are `Other`.
    pub enum CallbackKind {
        CallConnected = "Microsoft.Communication.CallConnected",
        CallDisconnected = "Microsoft.Communication.CallDisconnected",
        CreateCallFailed = "Microsoft.Communication.CreateCallFailed",
        AnswerFailed = "Microsoft.Communication.AnswerFailed",
        ConnectFailed = "Microsoft.Communication.ConnectFailed",
        CallTransferAccepted = "Microsoft.Communication.CallTransferAccepted",
        CallTransferFailed = "Microsoft.Communication.CallTransferFailed",
        AddParticipantSucceeded = "Microsoft.Communication.AddParticipantSucceeded",
        AddParticipantFailed = "Microsoft.Communication.AddParticipantFailed",
        RemoveParticipantSucceeded = "Microsoft.Communication.RemoveParticipantSucceeded",
        RemoveParticipantFailed = "Microsoft.Communication.RemoveParticipantFailed",
        MoveParticipantSucceeded = "Microsoft.Communication.MoveParticipantSucceeded",
        MoveParticipantFailed = "Microsoft.Communication.MoveParticipantFailed",
        CancelAddParticipantSucceeded = "Microsoft.Communication.CancelAddParticipantSucceeded",
        CancelAddParticipantFailed = "Microsoft.Communication.CancelAddParticipantFailed",
        ParticipantsUpdated = "Microsoft.Communication.ParticipantsUpdated",
        PlayStarted = "Microsoft.Communication.PlayStarted",
        PlayCompleted = "Microsoft.Communication.PlayCompleted",
        PlayFailed = "Microsoft.Communication.PlayFailed",
        PlayCanceled = "Microsoft.Communication.PlayCanceled",
        RecognizeCompleted = "Microsoft.Communication.RecognizeCompleted",
        RecognizeFailed = "Microsoft.Communication.RecognizeFailed",
        RecognizeCanceled = "Microsoft.Communication.RecognizeCanceled",
        ContinuousDtmfRecognitionToneReceived = "Microsoft.Communication.ContinuousDtmfRecognitionToneReceived",
        ContinuousDtmfRecognitionToneFailed = "Microsoft.Communication.ContinuousDtmfRecognitionToneFailed",
        ContinuousDtmfRecognitionStopped = "Microsoft.Communication.ContinuousDtmfRecognitionStopped",
        SendDtmfTonesCompleted = "Microsoft.Communication.SendDtmfTonesCompleted",
        SendDtmfTonesFailed = "Microsoft.Communication.SendDtmfTonesFailed",
        HoldFailed = "Microsoft.Communication.HoldFailed",
        RecordingStateChanged = "Microsoft.Communication.RecordingStateChanged",
        StartRecordingFailed = "Microsoft.Communication.StartRecordingFailed",
        TranscriptionStarted = "Microsoft.Communication.TranscriptionStarted",
        TranscriptionStopped = "Microsoft.Communication.TranscriptionStopped",
        TranscriptionUpdated = "Microsoft.Communication.TranscriptionUpdated",
        TranscriptionFailed = "Microsoft.Communication.TranscriptionFailed",
        MediaStreamingStarted = "Microsoft.Communication.MediaStreamingStarted",
        MediaStreamingStopped = "Microsoft.Communication.MediaStreamingStopped",
        MediaStreamingFailed = "Microsoft.Communication.MediaStreamingFailed",
    }
}

impl CallbackKind {
    /// The name alone, such as `CallConnected`; of an unlisted kind the type as it came, without the usual prefix.
    pub fn name(&self) -> &str {
        let text = self.as_str();
        text.strip_prefix(PREFIX).unwrap_or(text)
    }

    /// The kind of that name, such as `CallConnected`, without regard to case.
    pub fn from_name(name: &str) -> CallbackKind {
        CallbackKind::parse(&format!("{PREFIX}{name}"))
    }
}
