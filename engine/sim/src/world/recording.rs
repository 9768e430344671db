//! Recordings: started, paused, resumed and stopped. Nothing is recorded; the states and events are.
//!
//! Source: reference 2.3, 4.6, 6.5.

use std::time::Duration;

use acs::CallbackKind;
use acs::actions::{RecordingStateResponse, StartCallRecordingRequest};
use acs::callback::Detail;
use acs::event_grid::OutgoingGridEvent;
use acs::model::{
    RecordingChannelType, RecordingContentType, RecordingFormatType, RecordingKind, RecordingState,
};
use jiff::Timestamp;
use serde_json::json;

use super::{Event, World, reading};
use crate::agenda::Happening;
use crate::call::{CallId, CallState, LegId};
use crate::limits::PARTICIPANTS_MAX;
use crate::request::{Refusal, Request, Response};
use crate::results::{internal, success};
use crate::story::Happened;

/// When the roster comes once more after a recording was started.
const ROSTER_AGAIN: Duration = Duration::from_millis(400);

/// A recording of a call.
#[derive(Debug)]
pub(super) struct Recording {
    call: CallId,
    /// Its events carry this connection id, which is no leg's.
    bot: String,
    version: String,
    /// Where its events go, if anywhere.
    callback: Option<String>,
    state: RecordingState,
    began: Timestamp,
    /// What was recorded up to the last pause.
    recorded: Duration,
    /// Since when it records, unless it is paused.
    active_since: Option<Timestamp>,
    is_over: bool,
    /// Its first event was posted, which knows of no beginning.
    is_told: bool,
    /// The container that its files are put into, if not into the service's own store.
    container: Option<String>,
    /// It was accepted, but does not begin: the connection that is told of it.
    failing: Option<String>,
    content: RecordingContentType,
    channel: RecordingChannelType,
    format: RecordingFormatType,
}

impl Recording {
    /// Counts what was recorded, and goes on from here or pauses.
    fn turn(&mut self, state: RecordingState, now: Timestamp) {
        if let Some(since) = self.active_since.take() {
            let span = Duration::try_from(now.duration_since(since)).unwrap_or_default();
            self.recorded = self.recorded.saturating_add(span);
        }
        self.active_since = (state == RecordingState::Active).then_some(now);
        self.state = state;
    }
}

impl World {
    pub(super) fn start_recording(&mut self, request: &Request) -> Result<Response, Refusal> {
        let body: StartCallRecordingRequest = reading::body(request)?;
        check(&body)?;
        let (call_id, leg) = self.recorded_call(&body)?;
        let call = self.calls.get(&call_id).ok_or_else(Refusal::gone)?;
        match call.state {
            CallState::Connected => {}
            CallState::Ringing => {
                return Err(Refusal::new(
                    400,
                    8501,
                    "The call is not established yet; wait for CallConnected.",
                ));
            }
            CallState::Ended => return Err(Refusal::gone()),
        }
        if call.recording.is_some() {
            return Err(Refusal::new(400, 8559, "A recording of this call is running already."));
        }

        let bot = self.ids.uuid();
        let id = self.ids.recording_id(&bot);
        let own = leg.and_then(|leg| self.legs.get(&leg));
        let own_callback = own.map(|leg| leg.callback_uri.clone());
        let fails = self.recording_fails(call_id);
        let failing = fails.then(|| own.map_or(bot.clone(), |leg| leg.connection_id.clone()));
        let is_paused = body.pause_on_start == Some(true) || fails;
        let recording = Recording {
            call: call_id,
            bot,
            version: request.api_version.clone(),
            callback: body.recording_state_callback_uri.or(own_callback),
            state: if is_paused { RecordingState::Inactive } else { RecordingState::Active },
            began: self.now,
            recorded: Duration::ZERO,
            active_since: (!is_paused).then_some(self.now),
            is_over: fails,
            is_told: false,
            container: body.external_storage.and_then(|storage| storage.recording_destination_container_url),
            failing,
            content: body.recording_content_type.unwrap_or(RecordingContentType::AudioVideo),
            channel: body.recording_channel_type.unwrap_or(RecordingChannelType::Mixed),
            format: body.recording_format_type.unwrap_or(RecordingFormatType::Mp4),
        };
        let answer = shown(&id, &recording);
        let state = recording.state.clone();
        self.recordings.insert(id.clone(), recording);
        self.tell(call_id, Happened::Requested, "the application records the call");
        if !is_paused {
            // As recorded (`recording.json`): it is there before it records.
            let state = RecordingState::Inactive;
            self.soon(Happening::Recording { id: id.clone(), state, is_last: false });
        }
        self.soon(Happening::Recording { id: id.clone(), state, is_last: fails });
        if fails {
            // Under way is what this form may say (reference 2.3).
            let status = if body.call_connection_id.is_some() { 202 } else { 200 };
            return Ok(Response::json(status, &answer));
        }
        if let Some(call) = self.calls.get_mut(&call_id) {
            call.recording = Some(id);
        }
        // Without visible change: the recorder is not shown. And once more (reference 4.6, recording `recording.json`).
        self.soon(Happening::Roster { call: call_id });
        self.later(ROSTER_AGAIN, Happening::RosterAgain { call: call_id });
        Ok(Response::json(200, &answer))
    }

    /// The call that is to be recorded, and the leg that was named, or else the call's first.
    fn recorded_call(&self, body: &StartCallRecordingRequest) -> Result<(CallId, Option<LegId>), Refusal> {
        match (&body.call_locator, &body.call_connection_id) {
            (None, Some(connection_id)) => {
                let id = self.connected_leg(connection_id)?;
                let (leg, _) = self.leg_and_call(id)?;
                Ok((leg.call, Some(id)))
            }
            (Some(locator), None) => {
                let found = match (&locator.server_call_id, &locator.group_call_id, &locator.room_id) {
                    (Some(id), None, None) => self.server_calls.get(id),
                    (None, Some(id), None) => self.group_calls.get(id),
                    (_, _, _) => {
                        return Err(Refusal::argument(
                            "The callLocator field is invalid: it needs a serverCallId or a groupCallId.",
                        ));
                    }
                };
                let call = *found.ok_or_else(Refusal::gone)?;
                Ok((call, self.calls.get(&call).and_then(|call| call.legs.first().copied())))
            }
            (None, None) | (Some(_), Some(_)) => Err(Refusal::argument(
                "Exactly one of the callLocator and callConnectionId fields must be given.",
            )),
        }
    }

    pub(super) fn get_recording(&mut self, id: &str, _request: &Request) -> Result<Response, Refusal> {
        let recording = self.running_recording(id)?;
        Ok(Response::json(200, &shown(id, recording)))
    }

    pub(super) fn stop_recording(&mut self, id: &str, _request: &Request) -> Result<Response, Refusal> {
        let call = self.running_recording(id)?.call;
        self.recording_ends(id);
        if let Some(call) = self.calls.get_mut(&call) {
            call.recording = None;
        }
        let state = RecordingState::Inactive;
        self.soon(Happening::Recording { id: id.to_owned(), state, is_last: true });
        Ok(Response::empty(204))
    }

    pub(super) fn pause_recording(&mut self, id: &str, _request: &Request) -> Result<Response, Refusal> {
        self.turn_recording(id, RecordingState::Inactive)
    }

    pub(super) fn resume_recording(&mut self, id: &str, _request: &Request) -> Result<Response, Refusal> {
        self.turn_recording(id, RecordingState::Active)
    }

    fn turn_recording(&mut self, id: &str, wanted: RecordingState) -> Result<Response, Refusal> {
        let now = self.now;
        let recording = self.running_recording(id)?;
        if recording.state == wanted {
            return Err(Refusal::state(format!("The recording is {wanted} already.")));
        }
        recording.turn(wanted.clone(), now);
        self.soon(Happening::Recording { id: id.to_owned(), state: wanted, is_last: false });
        Ok(Response::empty(202))
    }

    fn running_recording(&mut self, id: &str) -> Result<&mut Recording, Refusal> {
        self.recordings
            .get_mut(id)
            .filter(|recording| !recording.is_over)
            .ok_or_else(|| Refusal::new(404, 8522, "Recording not found."))
    }

    pub(super) fn recording_ends(&mut self, id: &str) {
        if let Some(recording) = self.recordings.get_mut(id) {
            recording.turn(RecordingState::Inactive, self.now);
            recording.is_over = true;
        }
    }

    /// `RecordingStateChanged`; and the news of its files, once it is over.
    pub(super) fn tell_recording(&mut self, id: &str, state: RecordingState, is_last: bool) {
        let Some(recording) = self.recordings.get_mut(id) else { return };
        let is_first = !std::mem::replace(&mut recording.is_told, true);
        let (call, bot, version) = (recording.call, recording.bot.clone(), recording.version.clone());
        let (url, failing) = (recording.callback.clone(), recording.failing.clone());
        if let Some(connection_id) = failing {
            self.recordings.remove(id);
            let detail = Detail { recording_id: Some(id.to_owned()), ..Detail::default() };
            let event = Event::new(CallbackKind::StartRecordingFailed, internal()).with(detail);
            if let Some(url) = url {
                self.post(call, connection_id, version, url, event);
            }
            return;
        }
        let began = match &state {
            RecordingState::Inactive if is_first => "0001-01-01T00:00:00+00:00".to_owned(),
            _ => recording.began.strftime("%Y-%m-%dT%H:%M:%S.%7f+00:00").to_string(),
        };
        let detail = Detail {
            recording_id: Some(id.to_owned()),
            state: Some(state),
            start_date_time: Some(began),
            recording_kind: Some(RecordingKind::AzureCommunicationServices),
            ..Detail::default()
        };
        if let Some(url) = url {
            let event = Event::new(CallbackKind::RecordingStateChanged, success()).with(detail);
            self.post(call, bot, version, url, event);
        }
        if is_last && let Some(recording) = self.recordings.remove(id) {
            self.announce_files(id, &recording);
        }
    }

    fn announce_files(&mut self, id: &str, recording: &Recording) {
        let Some(call) = self.calls.get(&recording.call) else { return };
        let Some(url) = call.webhook.clone().or_else(|| self.options.webhook.clone()) else { return };
        let document = format!("0-sim-{}", recording.bot);
        // In a container of the application's the files are there (reference 6.5); their names are ours.
        let location = match &recording.container {
            Some(container) => format!("{}/{document}", container.trim_end_matches('/')),
            None => format!("https://us-api.asm.skype.com/v1/objects/{document}"),
        };
        // Names are in PascalCase on this channel (reference 6.5).
        let data = json!({
            "recordingStorageInfo": {"recordingChunks": [{
                "documentId": document,
                "index": 0,
                "endReason": "SessionEnded",
                "contentLocation": format!("{location}/content/video"),
                "metadataLocation": format!("{location}/content/acsmetadata"),
                "deleteLocation": location,
            }]},
            "recordingStartTime": recording.began.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
            "recordingDurationMs": u64::try_from(recording.recorded.as_millis()).unwrap_or(u64::MAX),
            "recordingContentType": pascal(recording.content.as_str()),
            "recordingChannelType": pascal(recording.channel.as_str()),
            "recordingFormatType": pascal(recording.format.as_str()),
            "sessionEndReason": "CallEnded",
        });
        let subject = format!(
            "/recording/call/{}/serverCallId/{}/recordingId/{id}",
            call.correlation_id, call.server_call_id
        );
        let event = OutgoingGridEvent {
            id: self.ids.uuid(),
            topic: self.options.topic.clone(),
            subject,
            event_type: "Microsoft.Communication.RecordingFileStatusUpdated".to_owned(),
            data_version: "1.0",
            time: self.now,
            data,
        };
        self.deliver_grid_event(recording.call, url, &event);
    }
}

fn shown(id: &str, recording: &Recording) -> RecordingStateResponse {
    RecordingStateResponse {
        recording_id: Some(id.to_owned()),
        recording_state: Some(recording.state.clone()),
        recording_kind: Some(RecordingKind::AzureCommunicationServices),
    }
}

fn check(body: &StartCallRecordingRequest) -> Result<(), Refusal> {
    if let Some(uri) = &body.recording_state_callback_uri {
        reading::callback_uri("RecordingStateCallbackUri", uri)?;
    }
    let listed = [
        (
            "recordingContentType",
            body.recording_content_type.as_ref().is_none_or(RecordingContentType::is_listed),
        ),
        (
            "recordingChannelType",
            body.recording_channel_type.as_ref().is_none_or(RecordingChannelType::is_listed),
        ),
        (
            "recordingFormatType",
            body.recording_format_type.as_ref().is_none_or(RecordingFormatType::is_listed),
        ),
        (
            "externalStorage",
            body.external_storage.as_ref().is_none_or(|it| it.recording_storage_kind.is_listed()),
        ),
    ];
    for (name, is_listed) in listed {
        if !is_listed {
            return Err(Refusal::argument(format!("The {name} field is invalid: it has an unknown value.")));
        }
    }
    let affinities = body.channel_affinity.as_deref().unwrap_or_default();
    let is_channel = |channel: Option<i32>| channel.is_none_or(|channel| (0..=4).contains(&channel));
    if affinities.len() > PARTICIPANTS_MAX || !affinities.iter().all(|affinity| is_channel(affinity.channel))
    {
        return Err(Refusal::argument("The channelAffinity field is invalid: a channel is 0 to 4."));
    }
    Ok(())
}

fn pascal(camel: &str) -> String {
    let mut characters = camel.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + characters.as_str())
}
