//! The service as applications know it, and the people in its calls: requests in, answers and deliveries out.
//!
//! Pure and deterministic: no clock, no socket; time is an argument and all chance comes from the seed. Its rules
//! are written from the protocol reference, and it must know nothing of the engine that it is used to test.
//!
//! Nothing is posted while a request is answered. What follows from it is put on the agenda and happens in
//! [`World::advance`], so that an answer can leave first, as with the real service it nearly always does.

mod coming;
mod conditions;
mod control;
mod delivering;
mod disturbing;
mod happening;
mod news;
mod people;
mod reading;
mod repeating;
mod ringing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use acs::callback::{Detail, OutgoingEvent, encode_body};
use acs::event_grid::Schema;
use acs::model::ResultInformation;
use acs::{CallbackKind, Operation};
use jiff::Timestamp;

use crate::agenda::{Agenda, Happening};
use crate::call::{Call, CallId, LegId, Offer, Ring, RingId};
use crate::faults::{Counts, Fates, Faults};
use crate::identity::Key;
use crate::ids::Ids;
use crate::leg::{Leg, Phase};
use crate::limits::HAPPENINGS_AT_ONCE_MAX;
use crate::request::{Channel, Delivery, Refusal, Request, Response};
use crate::script::{Person, Scene};
use crate::story::Happened;
pub(crate) use news::News;
use recording::Recording;
use repeating::{Repeat, Repeats};

pub use control::{CallView, ControlError, LegView, ParticipantView};

macro_rules! operations {
    ($($module:ident { $($operation:ident $({ $($id:ident),+ })? => $execute:ident),+ $(,)? })+) => {
        $(mod $module;)+

        impl World {
            fn execute(&mut self, request: &Request) -> Result<Response, Refusal> {
                match &request.operation {
                    $($(Operation::$operation $({ $($id),+ })? => self.$execute($($($id,)+)? request),)+)+
                }
            }
        }
    };
}

// Each file with the operations that it executes, and how. To add an operation, write its file and add its line here and
// in the table of `acs`.
operations! {
    connecting {
        CreateCall => create_call,
        AnswerCall => answer_call,
        RedirectCall => redirect_call,
        RejectCall => reject_call,
        Connect => connect,
    }
    properties { GetCall { call_connection_id } => get_call }
    leaving {
        HangUp { call_connection_id } => leave_call,
        TerminateCall { call_connection_id } => terminate_call,
    }
    transferring { TransferToParticipant { call_connection_id } => transfer }
    playing {
        Play { call_connection_id } => play,
        CancelAllMediaOperations { call_connection_id } => cancel_media,
    }
    recognizing { Recognize { call_connection_id } => recognize }
    keys {
        StartContinuousDtmfRecognition { call_connection_id } => start_continuous_keys,
        StopContinuousDtmfRecognition { call_connection_id } => stop_continuous_keys,
        SendDtmfTones { call_connection_id } => send_tones,
    }
    streaming {
        StartTranscription { call_connection_id } => start_transcription,
        StopTranscription { call_connection_id } => stop_transcription,
        UpdateTranscription { call_connection_id } => update_transcription,
        StartMediaStreaming { call_connection_id } => start_streaming,
        StopMediaStreaming { call_connection_id } => stop_streaming,
    }
    participants {
        ListParticipants { call_connection_id } => list_participants,
        GetParticipant { call_connection_id, participant_raw_id } => get_participant,
        AddParticipant { call_connection_id } => add_participant,
        RemoveParticipant { call_connection_id } => remove_participant,
        MuteParticipants { call_connection_id } => mute_participants,
        CancelAddParticipant { call_connection_id } => cancel_add_participant,
        Hold { call_connection_id } => hold,
        Unhold { call_connection_id } => unhold,
    }
    moving { MoveParticipants { call_connection_id } => move_participants }
    recording {
        StartRecording => start_recording,
        GetRecordingState { recording_id } => get_recording,
        StopRecording { recording_id } => stop_recording,
        PauseRecording { recording_id } => pause_recording,
        ResumeRecording { recording_id } => resume_recording,
    }
}

/// How this world differs from others.
#[derive(Clone, Debug)]
pub struct WorldOptions {
    /// Where all ids and all chance come from.
    pub seed: u64,
    /// How many times faster than real people, prompts and their timeouts are. 1 is real time.
    pub speed: f64,
    /// Where incoming calls are announced.
    pub webhook: Option<String>,
    /// In which envelope.
    pub schema: Schema,
    /// The resource's path, as Event Grid shows it.
    pub topic: String,
    /// What passes at least between an answer and the events that follow from it. Divided by the speed.
    pub latency: Duration,
    /// How long an incoming call rings, whatever the speed. Source: reference 6.1.
    pub incoming_ring: Duration,
    /// How long others ring, unless an invitation says so. Divided by the speed. Source: reference 8.11.
    pub outgoing_ring: Duration,
    /// How long people talk on after the application has left them. Divided by the speed.
    pub talk: Duration,
    /// Participants on one page of their list.
    pub page: usize,
    /// Who is behind which number, and what the service meets outside.
    pub scene: Scene,
    /// What goes wrong from the beginning.
    pub faults: Faults,
    /// How often a callback that failed is posted again. Source: reference 8.11.
    pub callback_retries: u32,
}

impl Default for WorldOptions {
    fn default() -> WorldOptions {
        WorldOptions {
            seed: 1,
            speed: 1.0,
            webhook: None,
            schema: Schema::EventGrid,
            topic: "/subscriptions/00000000-1111-2222-3333-444444444444/resourcegroups/simulated/providers/\
                    microsoft.communication/communicationservices/simulated"
                .to_owned(),
            latency: Duration::from_millis(50),
            incoming_ring: Duration::from_secs(30),
            outgoing_ring: Duration::from_secs(60),
            talk: Duration::from_secs(5),
            page: crate::limits::PARTICIPANTS_PAGE,
            scene: Scene::default(),
            faults: Faults::default(),
            callback_retries: 0,
        }
    }
}

/// The service, and the people in its calls.
#[derive(Debug)]
pub struct World {
    options: WorldOptions,
    ids: Ids,
    now: Timestamp,
    agenda: Agenda,
    outbox: Vec<Delivery>,
    calls: HashMap<CallId, Call>,
    legs: HashMap<LegId, Leg>,
    rings: HashMap<RingId, Ring>,
    offers: HashMap<String, Offer>,
    connections: HashMap<String, LegId>,
    server_calls: HashMap<String, CallId>,
    group_calls: HashMap<String, CallId>,
    rooms: HashMap<String, CallId>,
    recordings: HashMap<String, Recording>,
    people: HashMap<Key, Person>,
    ended: VecDeque<CallId>,
    repeats: Repeats,
    executions: BTreeMap<&'static str, u64>,
    counted: u64,
    fates: Fates,
    /// Counts of requests that belong to no call yet.
    outside_calls: Counts,
    /// An event of a leg that waits for the next one to overtake it.
    held: HashMap<String, Delivery>,
    /// How many deliveries are on the agenda.
    delivered_later: usize,
}

/// An event on its way to an application.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    kind: CallbackKind,
    context: Option<String>,
    callback: Option<String>,
    result: ResultInformation,
    detail: Detail,
    /// How much earlier its time is than that of its delivery.
    earlier: Duration,
}

impl Event {
    fn new(kind: CallbackKind, result: ResultInformation) -> Event {
        Event {
            kind,
            context: None,
            callback: None,
            result,
            detail: Detail::default(),
            earlier: Duration::ZERO,
        }
    }

    /// As a result of a request: its context, and where it wants the result to go.
    fn answering(self, context: Option<String>, callback: Option<String>) -> Event {
        Event { context, callback, ..self }
    }

    fn with(self, detail: Detail) -> Event {
        Event { detail, ..self }
    }
}

impl World {
    /// An empty world.
    pub fn new(options: WorldOptions) -> World {
        let people = options.scene.people.iter();
        World {
            people: people.map(|(address, person)| (address.key(), person.clone())).collect(),
            ids: Ids::new(options.seed),
            fates: Fates::new(options.seed, options.faults.clone()),
            options: WorldOptions { speed: options.speed.clamp(0.001, 1_000_000.0), ..options },
            now: Timestamp::MIN,
            agenda: Agenda::default(),
            outbox: Vec::new(),
            calls: HashMap::new(),
            legs: HashMap::new(),
            rings: HashMap::new(),
            offers: HashMap::new(),
            connections: HashMap::new(),
            server_calls: HashMap::new(),
            group_calls: HashMap::new(),
            rooms: HashMap::new(),
            recordings: HashMap::new(),
            ended: VecDeque::new(),
            repeats: Repeats::default(),
            executions: BTreeMap::new(),
            counted: 0,
            outside_calls: Counts::default(),
            held: HashMap::new(),
            delivered_later: 0,
        }
    }

    /// Executes a request, or refuses it. Its events come out of [`World::advance`], later.
    ///
    /// Whoever carries the answer back goes by [`Response::way`].
    pub fn on_request(&mut self, request: &Request, at: Timestamp) -> Response {
        self.catch_up(at);
        self.disturbed(request)
    }

    /// What comes of a request with which nothing goes wrong.
    fn respond(&mut self, request: &Request) -> Response {
        let repeat = match self.repeats.look_up(request, self.now) {
            Ok(Repeat::Again(response)) => return response,
            Ok(repeat) => repeat,
            Err(refusal) => return refusal.into(),
        };
        match self.execute(request) {
            Ok(response) => {
                *self.executions.entry(request.operation.name()).or_default() += 1;
                self.repeats.remember(repeat, request, &response, self.now);
                response
            }
            Err(refusal) => refusal.into(),
        }
    }

    /// Lets everything happen that is due by `now`, and gives what is to be posted, in order.
    ///
    /// At most [`HAPPENINGS_AT_ONCE_MAX`] things happen; if more are due, [`World::next_due`] says so.
    pub fn advance(&mut self, now: Timestamp) -> Vec<Delivery> {
        for _ in 0..HAPPENINGS_AT_ONCE_MAX {
            if !self.happen_next(now) {
                self.now = self.now.max(now);
                break;
            }
        }
        std::mem::take(&mut self.outbox)
    }

    /// When [`World::advance`] will have something to do.
    pub fn next_due(&self) -> Option<Timestamp> {
        if self.outbox.is_empty() { self.agenda.next_due() } else { Some(self.now) }
    }

    /// How often each operation was executed; refused and replayed requests do not count.
    pub fn executions(&self) -> &BTreeMap<&'static str, u64> {
        &self.executions
    }

    /// Causes stay before effects: what is due before a request happens before it.
    fn catch_up(&mut self, at: Timestamp) {
        while self.happen_next(at) {}
        self.now = self.now.max(at);
    }

    fn happen_next(&mut self, now: Timestamp) -> bool {
        let Some((at, happening)) = self.agenda.take_due(now) else { return false };
        self.now = self.now.max(at);
        self.happen(happening);
        true
    }

    /// A number that nothing else has.
    fn count(&mut self) -> u64 {
        self.counted += 1;
        self.counted
    }

    /// Puts something on the agenda, sooner in a faster world.
    fn later(&mut self, delay: Duration, happening: Happening) {
        // Nothing follows in no time at all, or a loop of prompts would never let go.
        self.later_exactly(self.scaled(delay).max(Duration::from_millis(1)), happening);
    }

    fn scaled(&self, span: Duration) -> Duration {
        Duration::try_from_secs_f64(span.as_secs_f64() / self.options.speed).unwrap_or(Duration::MAX)
    }

    fn later_exactly(&mut self, delay: Duration, happening: Happening) {
        let at = self.now.saturating_add(delay).unwrap_or(Timestamp::MAX);
        self.agenda.add(at, happening);
    }

    fn soon(&mut self, happening: Happening) {
        self.later(self.options.latency, happening);
    }

    /// An event as the only consequence of a request.
    fn emit_soon(&mut self, leg: LegId, event: Event) {
        self.soon(Happening::Emit { leg, event: Box::new(event) });
    }

    /// Posts an event of a leg, unless the leg is gone.
    fn emit(&mut self, leg: LegId, event: Event) {
        let Some(leg) = self.legs.get(&leg) else { return };
        let url = event.callback.clone().unwrap_or_else(|| leg.callback_uri.clone());
        let (call, connection_id, version) = (leg.call, leg.connection_id.clone(), leg.api_version.clone());
        self.post(call, connection_id, version, url, event);
    }

    /// Posts an event under a connection id, which for recordings is not that of a leg.
    fn post(&mut self, call: CallId, connection_id: String, version: String, url: String, event: Event) {
        let call_id = call;
        let Some(call) = self.calls.get_mut(&call_id) else { return };
        let code = event.result.code.unwrap_or_default();
        let sub_code = event.result.sub_code.unwrap_or_default();
        call.story.tell(
            self.now,
            Happened::Event,
            format!("event {} ({code}/{sub_code})", event.kind.name()),
        );
        let outgoing = OutgoingEvent {
            id: self.ids.uuid(),
            time: self.now.saturating_sub(event.earlier).unwrap_or(self.now),
            kind: event.kind.clone(),
            version,
            call_connection_id: connection_id.clone(),
            server_call_id: call.server_call_id.clone(),
            correlation_id: call.correlation_id.clone(),
            operation_context: event.context,
            result: Some(event.result),
            detail: event.detail,
        };
        self.dispatch(Delivery {
            id: outgoing.id.clone(),
            url,
            body: encode_body(&outgoing),
            channel: Channel::Callback { call_connection_id: connection_id, kind: event.kind },
            call: call_id,
            first_at: self.now,
            failures: 0,
        });
    }

    /// A line of a call's story.
    fn tell(&mut self, call: CallId, kind: Happened, text: impl Into<String>) {
        let now = self.now;
        if let Some(call) = self.calls.get_mut(&call) {
            call.story.tell(now, kind, text);
        }
    }

    /// A leg that exists, whatever its phase.
    fn existing_leg(&self, connection_id: &str) -> Result<LegId, Refusal> {
        self.connections.get(connection_id).copied().ok_or_else(Refusal::gone)
    }

    /// A leg in which things may be done, by the table of reference 9.1.
    fn connected_leg(&self, connection_id: &str) -> Result<LegId, Refusal> {
        let id = self.existing_leg(connection_id)?;
        let leg = self.legs.get(&id).ok_or_else(Refusal::gone)?;
        match leg.phase {
            Phase::Connected => Ok(id),
            Phase::Establishing => {
                Err(Refusal::new(400, 8501, "The call is not established yet; wait for CallConnected."))
            }
            Phase::Transferring | Phase::TransferAccepted => {
                Err(Refusal::state("A transfer of this call is in progress; only hang-up is possible."))
            }
            Phase::Ending => Err(Refusal::new(400, 8528, "The call is already terminated.")),
        }
    }

    /// The leg and its call. Both maps are kept together, so one without the other means gone.
    fn leg_and_call(&self, id: LegId) -> Result<(&Leg, &Call), Refusal> {
        let leg = self.legs.get(&id).ok_or_else(Refusal::gone)?;
        let call = self.calls.get(&leg.call).ok_or_else(Refusal::gone)?;
        Ok((leg, call))
    }
}
