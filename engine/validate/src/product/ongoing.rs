//! What goes on in a call beside its states once it was started: a recording, a transcription, a stream, the hearing of
//! keys, somebody on hold.

use machine::actions::{ActionKind, Arguments, call_options};
use machine::event::EventKind;

/// What goes on, and what the call can start at all. Each is known to be so on the path that is followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Ongoing {
    recording: bool,
    /// It was asked to make a pause, or to begin with one.
    recording_pauses: bool,
    transcription: bool,
    streaming: bool,
    tones: bool,
    hold: bool,
    /// The one on hold hears something.
    hold_is_heard: bool,
    /// The call was brought up with options for it.
    can_transcribe: bool,
    can_stream: bool,
    /// Both begin as soon as the call is up.
    transcribes_at_once: bool,
    streams_at_once: bool,
    /// Sound comes back over the stream.
    stream_is_heard: bool,
    /// Whether it is transcribed is the matter of the flow that runs this one.
    is_transcription_assumed: bool,
}

/// What keeps everything that is keyed in or said (clarification 69).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeper {
    Recording,
    Transcription,
}

/// What is wrong with an action, as things go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// What it stops, changes or resumes was not started.
    NotStarted,
    /// The call was brought up without the options that it takes.
    NoOptions,
}

impl Ongoing {
    /// Of a call that is brought up with such options.
    pub(super) fn with(options: &call_options::Written) -> Ongoing {
        let (streaming, transcription) = (&options.media_streaming, &options.transcription);
        Ongoing {
            can_transcribe: transcription.is_some(),
            can_stream: streaming.is_some(),
            transcribes_at_once: transcription.as_ref().is_some_and(|options| options.starts_at_once()),
            streams_at_once: streaming.as_ref().is_some_and(|options| options.starts_at_once()),
            stream_is_heard: streaming.as_ref().is_some_and(|options| options.is_heard()),
            ..Ongoing::default()
        }
    }

    /// Of the call that a sub-flow runs on: the best is assumed (clarification 22).
    pub(super) fn assumed() -> Ongoing {
        Ongoing {
            recording: true,
            recording_pauses: true,
            transcription: true,
            is_transcription_assumed: true,
            streaming: true,
            tones: true,
            hold: true,
            can_transcribe: true,
            can_stream: true,
            ..Ongoing::default()
        }
    }

    /// Whether the caller hears something without any prompt (clarification 17).
    pub(crate) fn is_heard(self) -> bool {
        (self.hold && self.hold_is_heard) || (self.streaming && self.stream_is_heard)
    }

    /// How what goes on reports that it cannot go on.
    pub(super) fn failures(self) -> impl Iterator<Item = EventKind> {
        [
            (self.tones, EventKind::ContinuousDtmfRecognitionToneFailed),
            (self.hold, EventKind::HoldFailed),
            (self.transcription, EventKind::TranscriptionFailed),
            (self.streaming, EventKind::MediaStreamingFailed),
        ]
        .into_iter()
        .filter_map(|(goes_on, failure)| goes_on.then_some(failure))
    }

    /// What keeps everything now, as far as is known.
    pub(super) fn keeper(self) -> Option<Keeper> {
        if self.recording && !self.recording_pauses {
            Some(Keeper::Recording)
        } else if self.transcription && !self.is_transcription_assumed {
            Some(Keeper::Transcription)
        } else {
            None
        }
    }

    /// Whether keys are heard.
    pub(super) fn hears_keys(self) -> bool {
        self.tones
    }

    /// What is wrong with posting an action now. A recording that the author names may be any.
    pub(super) fn lacks(self, arguments: &Arguments) -> Option<Lack> {
        let not_started = |goes_on: bool| (!goes_on).then_some(Lack::NotStarted);
        match arguments {
            Arguments::PauseRecording(one) if one.recording.is_none() => not_started(self.recording),
            Arguments::ResumeRecording(one) if one.recording.is_none() => not_started(self.recording),
            Arguments::StopRecording(one) if one.recording.is_none() => not_started(self.recording),
            Arguments::UpdateTranscription(_) | Arguments::StopTranscription(_) => {
                not_started(self.transcription)
            }
            Arguments::StopMediaStreaming(_) => not_started(self.streaming),
            Arguments::StopContinuousDtmf(_) => not_started(self.tones),
            Arguments::Unhold(_) => not_started(self.hold),
            Arguments::StartTranscription(_) if !self.can_transcribe => Some(Lack::NoOptions),
            Arguments::StartMediaStreaming(_) if !self.can_stream => Some(Lack::NoOptions),
            _ => None,
        }
    }

    /// What counts as started once it is posted (clarification 60).
    pub(super) fn post(&mut self, arguments: &Arguments) {
        match arguments {
            Arguments::StartContinuousDtmf(_) => self.tones = true,
            Arguments::Hold(hold) => (self.hold, self.hold_is_heard) = (true, hold.music.is_some()),
            Arguments::Unhold(_) => self.hold = false,
            Arguments::StartRecording(start) => self.recording_pauses = start.begins_paused(),
            Arguments::PauseRecording(_) => self.recording_pauses = true,
            Arguments::ResumeRecording(_) => self.recording_pauses = false,
            _ => {}
        }
    }

    /// What counts as started once it is confirmed.
    pub(super) fn succeed(&mut self, kind: ActionKind) {
        match kind {
            ActionKind::CreateCall | ActionKind::Connect | ActionKind::Answer => {
                self.transcription = self.transcribes_at_once;
                self.streaming = self.streams_at_once;
            }
            ActionKind::StartRecording => self.recording = true,
            ActionKind::StopRecording => self.recording = false,
            ActionKind::StartTranscription => {
                (self.transcription, self.is_transcription_assumed) = (true, false)
            }
            ActionKind::StopTranscription => self.transcription = false,
            ActionKind::StartMediaStreaming => self.streaming = true,
            ActionKind::StopMediaStreaming => self.streaming = false,
            ActionKind::StopContinuousDtmf => self.tones = false,
            _ => {}
        }
    }
}

/// Whether the success of an action changes what goes on, even one that comes too late for its state.
pub(super) fn outlives(kind: ActionKind) -> bool {
    matches!(
        kind,
        ActionKind::StartRecording
            | ActionKind::StopRecording
            | ActionKind::StartTranscription
            | ActionKind::StopTranscription
            | ActionKind::StartMediaStreaming
            | ActionKind::StopMediaStreaming
            | ActionKind::StopContinuousDtmf
    )
}
