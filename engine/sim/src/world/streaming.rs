//! Media streaming and transcription, as far as events tell of them. No WebSocket is opened.
//!
//! Source: reference 2.3, 4.3, 5.

use acs::CallbackKind;
use acs::actions::{
    StartMediaStreamingRequest, StartTranscriptionRequest, StopMediaStreamingRequest,
    StopTranscriptionRequest, UpdateTranscriptionRequest,
};
use acs::callback::Detail;
use acs::model::{
    MediaStreamingStatus, MediaStreamingStatusDetails, MediaStreamingUpdate, TranscriptionStatus,
    TranscriptionStatusDetails, TranscriptionUpdate,
};

use jiff::Timestamp;

use super::{Event, World, reading};
use crate::agenda::{Happening, Socket};
use crate::call::LegId;
use crate::request::{Refusal, Request, Response};
use crate::results::{internal, media_success, result};
use crate::script::Medium;

impl World {
    pub(super) fn start_streaming(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let body: StartMediaStreamingRequest = reading::optional_body(request)?;
        self.switch_streaming(id, true, body.operation_context, body.operation_callback_uri)
    }

    pub(super) fn stop_streaming(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let body: StopMediaStreamingRequest = reading::optional_body(request)?;
        self.switch_streaming(id, false, body.operation_context, body.operation_callback_uri)
    }

    fn switch_streaming(
        &mut self,
        id: &str,
        runs: bool,
        context: Option<String>,
        callback: Option<String>,
    ) -> Result<Response, Refusal> {
        let leg_id = self.connected_leg(id)?;
        reading::answering(context.as_ref(), callback.as_ref())?;
        let leg = self.legs.get(&leg_id).ok_or_else(Refusal::gone)?;
        let stream = leg.streaming.as_ref().ok_or_else(|| not_configured("mediaStreamingOptions"))?;
        if stream.is_running == runs && (runs || !stream.is_broken) {
            let state = if runs { "runs already" } else { "does not run" };
            return Err(Refusal::state(format!("Media streaming {state}.")));
        }
        let event = if runs { self.open_stream(leg_id) } else { self.close_stream(leg_id) };
        self.emit_soon(leg_id, event.answering(context, callback));
        Ok(self.accepted(leg_id, Response::empty(202)))
    }

    pub(super) fn start_transcription(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let body: StartTranscriptionRequest = reading::optional_body(request)?;
        let answers = (body.operation_context, body.operation_callback_uri);
        self.switch_transcription(id, Change::Start, body.locale, answers)
    }

    pub(super) fn stop_transcription(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let body: StopTranscriptionRequest = reading::optional_body(request)?;
        let answers = (body.operation_context, body.operation_callback_uri);
        self.switch_transcription(id, Change::Stop, None, answers)
    }

    pub(super) fn update_transcription(&mut self, id: &str, request: &Request) -> Result<Response, Refusal> {
        let body: UpdateTranscriptionRequest = reading::optional_body(request)?;
        let answers = (body.operation_context, body.operation_callback_uri);
        self.switch_transcription(id, Change::Update, body.locale, answers)
    }

    fn switch_transcription(
        &mut self,
        id: &str,
        change: Change,
        locale: Option<String>,
        (context, callback): (Option<String>, Option<String>),
    ) -> Result<Response, Refusal> {
        let leg_id = self.connected_leg(id)?;
        reading::answering(context.as_ref(), callback.as_ref())?;
        reading::text("locale", locale.as_deref().unwrap_or_default())?;
        let leg = self.legs.get_mut(&leg_id).ok_or_else(Refusal::gone)?;
        let stream = leg.transcription.as_mut().ok_or_else(|| not_configured("transcriptionOptions"))?;
        let is_broken = stream.is_broken;
        match (change, stream.is_running) {
            (Change::Start, true) => return Err(Refusal::state("Transcription runs already.")),
            (Change::Stop | Change::Update, false) if !is_broken => {
                return Err(Refusal::state("Transcription does not run."));
            }
            (Change::Start, false) | (Change::Stop | Change::Update, _) => {}
        }
        if let Some(locale) = locale {
            stream.options.locale = locale;
        }
        let event = match change {
            Change::Start => self.open_transcription(leg_id),
            // Whoever asks has not heard yet that it was cut off.
            Change::Stop | Change::Update if is_broken => {
                let details = TranscriptionStatusDetails::StreamConnectionInterrupted;
                self.close_transcription(leg_id, Transcribed::Failed(details))
            }
            Change::Stop => self.close_transcription(leg_id, Transcribed::Stopped),
            Change::Update => transcribed(Transcribed::Updated),
        };
        self.emit_soon(leg_id, event.answering(context, callback));
        Ok(self.accepted(leg_id, Response::empty(202)))
    }

    /// What was to start with the call.
    pub(super) fn start_streams(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id) else { return };
        let streams = leg.streaming.as_ref().and_then(|stream| stream.options.start_media_streaming);
        let transcribes = leg.transcription.as_ref().and_then(|stream| stream.options.start_transcription);
        let context = leg.operation_context.clone();
        if streams == Some(true) {
            let event = self.open_stream(id);
            self.emit_soon(id, event.answering(context.clone(), None));
        }
        if transcribes == Some(true) {
            let event = self.open_transcription(id);
            self.emit_soon(id, event.answering(context, None));
        }
    }

    fn open_stream(&mut self, id: LegId) -> Event {
        let stream = self.legs.get(&id).and_then(|leg| leg.streaming.as_ref());
        let url = stream.and_then(|stream| stream.options.transport_url.clone());
        let details = match self.open_socket(id, Socket::Streaming, url) {
            Ok(()) => {
                if let Some(stream) = self.legs.get_mut(&id).and_then(|leg| leg.streaming.as_mut()) {
                    stream.open(self.now);
                }
                return streamed(Streamed::Started);
            }
            Err(NoSocket::NotNamed) => MediaStreamingStatusDetails::StreamUrlMissing,
            Err(NoSocket::NotReached) => MediaStreamingStatusDetails::InitialWebSocketConnectionFailed,
        };
        streamed(Streamed::Failed(details))
    }

    /// Whoever asks may not have heard yet that it was cut off.
    fn close_stream(&mut self, id: LegId) -> Event {
        let stream = self.legs.get_mut(&id).and_then(|leg| leg.streaming.as_mut());
        let was_broken = stream.is_some_and(|stream| {
            stream.is_running = false;
            std::mem::take(&mut stream.is_broken)
        });
        streamed(if was_broken {
            Streamed::Failed(MediaStreamingStatusDetails::StreamConnectionInterrupted)
        } else {
            Streamed::Stopped
        })
    }

    fn open_transcription(&mut self, id: LegId) -> Event {
        let stream = self.legs.get(&id).and_then(|leg| leg.transcription.as_ref());
        let url = stream.and_then(|stream| stream.options.transport_url.clone());
        if self.leg_and_call(id).is_ok_and(|(_, call)| self.speech_fails(call)) {
            return transcribed(Transcribed::Failed(
                TranscriptionStatusDetails::SpeechServicesConnectionError,
            ));
        }
        let details = match self.open_socket(id, Socket::Transcription, url) {
            Ok(()) => {
                if let Some(stream) = self.legs.get_mut(&id).and_then(|leg| leg.transcription.as_mut()) {
                    stream.open(self.now);
                }
                return transcribed(Transcribed::Started);
            }
            Err(NoSocket::NotNamed) => TranscriptionStatusDetails::StreamUrlMissing,
            Err(NoSocket::NotReached) => TranscriptionStatusDetails::StreamConnectionUnsuccessful,
        };
        transcribed(Transcribed::Failed(details))
    }

    fn close_transcription(&mut self, id: LegId, how: Transcribed) -> Event {
        if let Some(stream) = self.legs.get_mut(&id).and_then(|leg| leg.transcription.as_mut()) {
            (stream.is_running, stream.is_broken) = (false, false);
        }
        transcribed(how)
    }

    /// Whether a WebSocket can be opened; if a script cuts it off, that is put on the agenda.
    fn open_socket(&mut self, leg: LegId, socket: Socket, url: Option<String>) -> Result<(), NoSocket> {
        let url = url.filter(|url| !url.is_empty()).ok_or(NoSocket::NotNamed)?;
        let medium = self.leg_and_call(leg).ok().and_then(|(_, call)| self.medium(call, &url));
        match medium {
            Some(Medium::Unreachable) => Err(NoSocket::NotReached),
            Some(Medium::BreaksAfter(span)) => {
                self.later(span.0, Happening::SocketBreaks { leg, socket, opened: self.now });
                Ok(())
            }
            // The others are of files, and a script cannot say them of a WebSocket.
            Some(Medium::Lasts(_) | Medium::Missing | Medium::WrongFormat) | None => Ok(()),
        }
    }

    /// A WebSocket is cut off, unless it was closed before; the failure answers no request.
    pub(super) fn socket_breaks(&mut self, id: LegId, socket: Socket, opened: Timestamp) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let context = leg.operation_context.clone();
        let event = match socket {
            Socket::Streaming => {
                if !leg.streaming.as_mut().is_some_and(|stream| stream.breaks(opened)) {
                    return;
                }
                streamed(Streamed::Failed(MediaStreamingStatusDetails::StreamConnectionInterrupted))
            }
            Socket::Transcription => {
                if !leg.transcription.as_mut().is_some_and(|stream| stream.breaks(opened)) {
                    return;
                }
                transcribed(Transcribed::Failed(TranscriptionStatusDetails::StreamConnectionInterrupted))
            }
        };
        self.emit(id, event.answering(context, None));
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Start,
    Stop,
    Update,
}

/// Why there is no WebSocket.
enum NoSocket {
    NotNamed,
    NotReached,
}

/// What becomes of media streaming.
enum Streamed {
    Started,
    Stopped,
    Failed(MediaStreamingStatusDetails),
}

/// What becomes of transcription.
enum Transcribed {
    Started,
    Updated,
    Stopped,
    Failed(TranscriptionStatusDetails),
}

/// Source: reference 2.7.
fn not_configured(options: &str) -> Refusal {
    Refusal::new(405, 8522, format!("{options} was not given when the call was created or answered."))
}

fn streamed(what: Streamed) -> Event {
    use MediaStreamingStatus as Status;
    use MediaStreamingStatusDetails as Details;
    let (kind, result, status, details) = match what {
        Streamed::Started => (
            CallbackKind::MediaStreamingStarted,
            media_success(),
            Status::MediaStreamingStarted,
            Details::SubscriptionStarted,
        ),
        Streamed::Stopped => (
            CallbackKind::MediaStreamingStopped,
            media_success(),
            Status::MediaStreamingStopped,
            Details::SubscriptionStopped,
        ),
        Streamed::Failed(details) => (
            CallbackKind::MediaStreamingFailed,
            result(500, 8603, "Media streaming failed."),
            Status::MediaStreamingFailed,
            details,
        ),
    };
    let update = MediaStreamingUpdate {
        // In upper case, unlike the enumeration, as it was recorded (reference 4.5).
        content_type: Some("Audio".to_owned()),
        media_streaming_status: Some(status),
        media_streaming_status_details: Some(details),
    };
    let detail = Detail { media_streaming_update: Some(update), ..Detail::default() };
    Event::new(kind, result).with(detail)
}

fn transcribed(what: Transcribed) -> Event {
    use TranscriptionStatus as Status;
    use TranscriptionStatusDetails as Details;
    let (kind, result, status, details) = match what {
        Transcribed::Started => (
            CallbackKind::TranscriptionStarted,
            media_success(),
            Status::TranscriptionStarted,
            Details::SubscriptionStarted,
        ),
        Transcribed::Updated => (
            CallbackKind::TranscriptionUpdated,
            media_success(),
            Status::TranscriptionUpdated,
            Details::TranscriptionLocaleUpdated,
        ),
        Transcribed::Stopped => (
            CallbackKind::TranscriptionStopped,
            media_success(),
            Status::TranscriptionStopped,
            Details::SubscriptionStopped,
        ),
        Transcribed::Failed(details) => {
            let outcome = match &details {
                Details::SpeechServicesConnectionError => {
                    result(400, 8564, "Speech service connection failed.")
                }
                // No code of its own is documented for its WebSocket.
                _ => internal(),
            };
            (CallbackKind::TranscriptionFailed, outcome, Status::TranscriptionFailed, details)
        }
    };
    let update = TranscriptionUpdate {
        transcription_status: Some(status),
        transcription_status_details: Some(details),
    };
    let detail = Detail { transcription_update: Some(update), ..Detail::default() };
    Event::new(kind, result).with(detail)
}
