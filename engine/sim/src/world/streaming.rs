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

use super::{Event, World, reading};
use crate::call::LegId;
use crate::request::{Refusal, Request, Response};
use crate::results::media_success;

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
        let leg = self.legs.get_mut(&leg_id).ok_or_else(Refusal::gone)?;
        let stream = leg.streaming.as_mut().ok_or_else(|| not_configured("mediaStreamingOptions"))?;
        if stream.is_running == runs {
            let state = if runs { "runs already" } else { "does not run" };
            return Err(Refusal::state(format!("Media streaming {state}.")));
        }
        stream.is_running = runs;
        self.emit_soon(leg_id, streaming_event(runs).answering(context, callback));
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
        match (change, stream.is_running) {
            (Change::Start, true) => return Err(Refusal::state("Transcription runs already.")),
            (Change::Stop | Change::Update, false) => {
                return Err(Refusal::state("Transcription does not run."));
            }
            (Change::Start, false) | (Change::Stop | Change::Update, true) => {}
        }
        stream.is_running = change != Change::Stop;
        if let Some(locale) = locale {
            stream.options.locale = locale;
        }
        self.emit_soon(leg_id, transcription_event(change).answering(context, callback));
        Ok(self.accepted(leg_id, Response::empty(202)))
    }

    /// What was to start with the call.
    pub(super) fn start_streams(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let mut events = Vec::new();
        if let Some(stream) = &mut leg.streaming
            && stream.options.start_media_streaming == Some(true)
        {
            stream.is_running = true;
            events.push(streaming_event(true));
        }
        if let Some(stream) = &mut leg.transcription
            && stream.options.start_transcription == Some(true)
        {
            stream.is_running = true;
            events.push(transcription_event(Change::Start));
        }
        let context = leg.operation_context.clone();
        for event in events {
            self.emit_soon(id, event.answering(context.clone(), None));
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Start,
    Stop,
    Update,
}

/// Source: reference 2.7.
fn not_configured(options: &str) -> Refusal {
    Refusal::new(405, 8522, format!("{options} was not given when the call was created or answered."))
}

fn streaming_event(runs: bool) -> Event {
    let (kind, status, details) = if runs {
        (
            CallbackKind::MediaStreamingStarted,
            MediaStreamingStatus::MediaStreamingStarted,
            MediaStreamingStatusDetails::SubscriptionStarted,
        )
    } else {
        (
            CallbackKind::MediaStreamingStopped,
            MediaStreamingStatus::MediaStreamingStopped,
            MediaStreamingStatusDetails::SubscriptionStopped,
        )
    };
    let update = MediaStreamingUpdate {
        // In upper case, unlike the enumeration, as it was recorded (reference 4.5).
        content_type: Some("Audio".to_owned()),
        media_streaming_status: Some(status),
        media_streaming_status_details: Some(details),
    };
    let detail = Detail { media_streaming_update: Some(update), ..Detail::default() };
    Event::new(kind, media_success()).with(detail)
}

fn transcription_event(change: Change) -> Event {
    let (kind, status, details) = match change {
        Change::Start => (
            CallbackKind::TranscriptionStarted,
            TranscriptionStatus::TranscriptionStarted,
            TranscriptionStatusDetails::SubscriptionStarted,
        ),
        Change::Stop => (
            CallbackKind::TranscriptionStopped,
            TranscriptionStatus::TranscriptionStopped,
            TranscriptionStatusDetails::SubscriptionStopped,
        ),
        Change::Update => (
            CallbackKind::TranscriptionUpdated,
            TranscriptionStatus::TranscriptionUpdated,
            TranscriptionStatusDetails::TranscriptionLocaleUpdated,
        ),
    };
    let update = TranscriptionUpdate {
        transcription_status: Some(status),
        transcription_status_details: Some(details),
    };
    let detail = Detail { transcription_update: Some(update), ..Detail::default() };
    Event::new(kind, media_success()).with(detail)
}
