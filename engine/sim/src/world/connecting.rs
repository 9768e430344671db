//! createCall, answerCall, redirectCall, rejectCall and connect: how legs begin.
//!
//! Source: reference 2.3, 5, 9.

use acs::CallbackKind;
use acs::actions::{
    AnswerCallRequest, CallRejectReason, ConnectRequest, CreateCallRequest, RedirectCallRequest,
    RejectCallRequest,
};
use acs::model::{
    CallConnectionState, CallIntelligenceOptions, CallLocator, CallLocatorKind, CommunicationIdentifier,
    MediaStreamingOptions, PhoneNumberIdentifier, TranscriptionOptions,
};

use super::coming::Located;
use super::properties::about;
use super::{Event, World, reading};
use crate::agenda::Happening;
use crate::call::{CallId, CallState, LegId, Purpose, Who};
use crate::identity::{Key, check_number, is_phone, spoken};
use crate::leg::{Leg, Origin, Phase, Shown, Stream};
use crate::limits::{CALLS_MAX, PARTICIPANTS_MAX};
use crate::request::{Refusal, Request, Response};
use crate::results::{Failure, failed, not_in_time, result, success};
use crate::script::Script;
use crate::story::Happened;

/// What the three ways to get a leg have in common.
struct Setup {
    callback_uri: String,
    operation_context: Option<String>,
    has_intelligence: bool,
    streaming: Option<MediaStreamingOptions>,
    transcription: Option<TranscriptionOptions>,
}

impl Setup {
    fn read(
        callback_uri: String,
        operation_context: Option<String>,
        intelligence: Option<&CallIntelligenceOptions>,
        streaming: Option<MediaStreamingOptions>,
        transcription: Option<TranscriptionOptions>,
    ) -> Result<Setup, Refusal> {
        reading::callback_uri("CallbackUri", &callback_uri)?;
        reading::operation_context(operation_context.as_ref())?;
        let has_intelligence = intelligence
            .and_then(|options| options.cognitive_services_endpoint.as_deref())
            .is_some_and(|endpoint| !endpoint.is_empty());
        Ok(Setup { callback_uri, operation_context, has_intelligence, streaming, transcription })
    }
}

impl World {
    pub(super) fn create_call(&mut self, request: &Request) -> Result<Response, Refusal> {
        let body: CreateCallRequest = reading::body(request)?;
        let targets = targets(&body.targets)?;
        caller_id_for(&targets, body.source_caller_id_number.as_ref())?;
        let setup = Setup::read(
            body.callback_uri,
            body.operation_context,
            body.call_intelligence_options.as_ref(),
            body.media_streaming_options,
            body.transcription_options,
        )?;
        self.room_for_a_call()?;

        let source = match (&body.source, &body.teams_app_source) {
            (Some(user), _) => CommunicationIdentifier::from_raw_id(&user.id),
            (None, Some(app)) => CommunicationIdentifier {
                microsoft_teams_app: Some(app.clone()),
                ..CommunicationIdentifier::default()
            },
            (None, None) => CommunicationIdentifier::from_raw_id(&self.ids.user()),
        };
        let source = reading::identifier("source", &source)?;
        let from = match &body.source_caller_id_number {
            Some(number) => CommunicationIdentifier::from_raw_id(&format!("4:{}", number.value)),
            None => source.clone(),
        };
        let names: Vec<String> = targets.iter().map(spoken).collect();
        let call = self.new_call(spoken(&from), names.join(", "));
        self.tell(call, Happened::Placed, format!("the application calls {}", names.join(", ")));
        let shown = Shown {
            targets: targets.clone(),
            source: Some(source.clone()),
            source_caller_id: body.source_caller_id_number,
            source_display_name: body.source_display_name,
            ..Shown::default()
        };
        let leg = self.new_leg(call, source, setup, shown, Origin::Created, request);
        for target in targets {
            let limit = self.options.outgoing_ring;
            self.start_ring(call, &from, target, Purpose::Create { leg }, limit, None);
        }
        self.properties(leg, 201, CallConnectionState::Connecting, false)
    }

    pub(super) fn answer_call(&mut self, request: &Request) -> Result<Response, Refusal> {
        let body: AnswerCallRequest = reading::body(request)?;
        let setup = Setup::read(
            body.callback_uri,
            body.operation_context,
            body.call_intelligence_options.as_ref(),
            body.media_streaming_options,
            body.transcription_options,
        )?;
        let answered_by = body.answered_by.as_ref();
        let answered_as = answered_by.map(|user| CommunicationIdentifier::from_raw_id(&user.id));
        let answered_as = match answered_as {
            Some(user) => Some(reading::identifier("answeredBy", &user)?),
            None => None,
        };
        let offer = self.take_offer(&body.incoming_call_context)?;

        let identity = match answered_as {
            Some(user) => user,
            // A number is no participant; the application behind it is, as a user of the resource.
            None if is_phone(&offer.to) => CommunicationIdentifier::from_raw_id(&self.ids.user()),
            None => offer.to.clone(),
        };
        let shown = Shown {
            targets: vec![offer.to.clone()],
            source: Some(offer.from.clone()),
            answered_by: body.answered_by,
            answered_for: offer.to.phone_number.clone().filter(|_| is_phone(&offer.from)),
            ..Shown::default()
        };
        let call = offer.call;
        self.tell(call, Happened::Requested, "the application answers");
        let leg = self.new_leg(call, identity, setup, shown, Origin::Answered(Box::new(offer)), request);
        self.soon(Happening::LegConnects { leg });
        self.properties(leg, 200, CallConnectionState::Unknown, true)
    }

    pub(super) fn redirect_call(&mut self, request: &Request) -> Result<Response, Refusal> {
        let body: RedirectCallRequest = reading::body(request)?;
        let target = reading::identifier("target", &body.target)?;
        let offer = self.offers.get(&body.incoming_call_context).ok_or_else(Refusal::gone)?;
        if is_phone(&target) && !is_phone(&offer.from) {
            return Err(Refusal::argument(
                "The target field is invalid: a VoIP call cannot be redirected to a phone number.",
            ));
        }
        let offer = self.take_offer(&body.incoming_call_context)?;
        let name = spoken(&target);
        self.tell(offer.call, Happened::Requested, format!("the application redirects the call to {name}"));
        let limit = self.options.outgoing_ring;
        // Whoever rings an application goes on ringing, elsewhere.
        let purpose = match offer.ring.and_then(|ring| self.forget_ring(ring)) {
            Some(ring) => ring.purpose,
            None => Purpose::Redirect,
        };
        self.start_ring(offer.call, &offer.from, target, purpose, limit, offer.custom_context);
        Ok(Response::empty(204))
    }

    pub(super) fn reject_call(&mut self, request: &Request) -> Result<Response, Refusal> {
        let body: RejectCallRequest = reading::body(request)?;
        let failure = match body.call_reject_reason {
            None | Some(CallRejectReason::None) => Failure::Declined,
            Some(CallRejectReason::Busy) => Failure::Busy,
            Some(CallRejectReason::Forbidden) => Failure::Forbidden,
            Some(CallRejectReason::Other(_)) => {
                return Err(Refusal::argument(
                    "The callRejectReason field is invalid: it is one of none, busy and forbidden.",
                ));
            }
        };
        let offer = self.take_offer(&body.incoming_call_context)?;
        self.tell(offer.call, Happened::Requested, format!("the application rejects the call ({failure:?})"));
        match offer.ring {
            Some(ring) => self.ring_failed(ring, failure),
            None => self.finish_call(offer.call, "rejected by the application"),
        }
        Ok(Response::empty(204))
    }

    pub(super) fn connect(&mut self, request: &Request) -> Result<Response, Refusal> {
        let body: ConnectRequest = reading::body(request)?;
        let setup = Setup::read(
            body.callback_uri,
            body.operation_context,
            body.call_intelligence_options.as_ref(),
            body.media_streaming_options,
            body.transcription_options,
        )?;
        let (call, is_found) = match self.locate(&body.call_locator)? {
            Located::Running(call) => (call, true),
            place @ (Located::Nowhere | Located::Room(_) | Located::Group(_)) => {
                self.room_for_a_call()?;
                let call = self.new_call("the application".to_owned(), "a call to join".to_owned());
                (call, self.open_gathering(call, place))
            }
        };
        self.tell(call, Happened::Requested, "the application joins the call");
        let identity = CommunicationIdentifier::from_raw_id(&self.ids.user());
        let shown = Shown { source: Some(identity.clone()), ..Shown::default() };
        let leg = self.new_leg(call, identity, setup, shown, Origin::Joined { is_found }, request);
        self.soon(Happening::LegConnects { leg });
        self.properties(leg, 200, CallConnectionState::Unknown, true)
    }

    /// The call of a locator, or where it could be.
    fn locate(&self, locator: &CallLocator) -> Result<Located, Refusal> {
        let ids = [&locator.server_call_id, &locator.group_call_id, &locator.room_id];
        if ids.iter().filter(|id| id.is_some()).count() != 1 {
            return Err(Refusal::argument("The callLocator field is invalid: it needs exactly one id."));
        }
        for id in ids.into_iter().flatten() {
            reading::text("callLocator", id)?;
        }
        let (kind, found, place) = if let Some(id) = &locator.server_call_id {
            (CallLocatorKind::ServerCallLocator, self.server_calls.get(id), Located::Nowhere)
        } else if let Some(id) = &locator.group_call_id {
            let place = Located::Group(id.clone());
            (CallLocatorKind::GroupCallLocator, self.group_calls.get(id), place)
        } else {
            let room = locator.room_id.clone().unwrap_or_default();
            (CallLocatorKind::RoomCallLocator, self.rooms.get(&room), Located::Room(room))
        };
        if locator.kind.as_ref().is_some_and(|given| *given != kind) {
            return Err(Refusal::argument("The callLocator field is invalid: its kind does not fit its id."));
        }
        Ok(found.map_or(place, |call| Located::Running(*call)))
    }

    /// A leg that was answered or joined is set up now, or cannot be.
    pub(super) fn leg_connects(&mut self, id: LegId) {
        let Some(leg) = self.legs.get(&id).filter(|leg| leg.phase == Phase::Establishing) else { return };
        let call = leg.call;
        match &leg.origin {
            Origin::Created => {}
            Origin::Joined { is_found: false } => {
                let not_found = result(404, 8522, "Call not found. DiagCode: 404#8522.@");
                self.fail_leg(id, CallbackKind::ConnectFailed, not_found);
                self.finish_call(call, "there was no call to join");
            }
            Origin::Joined { is_found: true } => self.leg_connected(id),
            Origin::Answered(offer) => match offer.ring {
                None if self.answer_fails(call) => {
                    self.fail_leg(id, CallbackKind::AnswerFailed, not_in_time());
                    self.finish_call(call, "the answer came too late");
                }
                None => {
                    self.leg_connected(id);
                    self.everyone_begins(call);
                }
                Some(ring) => {
                    // The ringing side may have been withdrawn meanwhile.
                    if !self.rings.contains_key(&ring) {
                        self.fail_leg(id, CallbackKind::AnswerFailed, failed(Failure::Withdrawn, true));
                        return;
                    }
                    let identity = leg.identity.clone();
                    self.ring_answered(ring, Who::Application(id), &identity);
                    self.leg_connected(id);
                }
            },
        }
    }

    /// `ParticipantsUpdated` and `CallConnected`, in either order: mostly the roster comes first (recordings).
    pub(super) fn leg_connected(&mut self, id: LegId) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.phase = Phase::Connected;
        let (call, context) = (leg.call, leg.operation_context.clone());
        if let Some(call) = self.calls.get_mut(&call) {
            call.state = CallState::Connected;
        }
        self.tell(call, Happened::Joined, "the application is connected");
        let connected = Event::new(CallbackKind::CallConnected, success()).answering(context, None);
        if self.ids.draw(75) {
            self.emit_roster(id);
            self.emit(id, connected);
        } else {
            self.emit(id, connected);
            self.emit_roster(id);
        }
        self.start_streams(id);
        self.tell_news(call);
    }

    fn room_for_a_call(&self) -> Result<(), Refusal> {
        if self.calls.len() < CALLS_MAX {
            return Ok(());
        }
        Err(Refusal::new(
            429,
            8529,
            format!("The simulator has {CALLS_MAX} calls, which is all it can hold."),
        ))
    }

    fn new_leg(
        &mut self,
        call: CallId,
        identity: CommunicationIdentifier,
        setup: Setup,
        shown: Shown,
        origin: Origin,
        request: &Request,
    ) -> LegId {
        let id = LegId(self.count());
        let connection_id = self.ids.uuid();
        self.connections.insert(connection_id.clone(), id);
        if let Some(call) = self.calls.get_mut(&call) {
            call.legs.push(id);
            // Whoever was rung joins when the ring is answered.
            if !matches!(&origin, Origin::Answered(offer) if offer.ring.is_some()) {
                call.join(identity.clone(), Who::Application(id), Script::default());
            }
        }
        let opened = self.now;
        let streaming = setup.streaming.map(|options| Stream::new(self.ids.uuid(), options, opened));
        let transcription = setup.transcription.map(|options| Stream::new(self.ids.uuid(), options, opened));
        let leg = Leg {
            call,
            connection_id,
            identity,
            callback_uri: setup.callback_uri,
            operation_context: setup.operation_context,
            api_version: request.api_version.clone(),
            phase: Phase::Establishing,
            shown,
            origin,
            has_intelligence: setup.has_intelligence,
            streaming,
            transcription,
            main: std::collections::VecDeque::new(),
            private: None,
            continuous: std::collections::BTreeMap::new(),
            sequence: 0,
        };
        self.legs.insert(id, leg);
        id
    }

    /// An answer that carries only the headers of its call.
    pub(super) fn accepted(&self, id: LegId, response: Response) -> Response {
        match self.leg_and_call(id) {
            Ok((_, call)) => about(call, response),
            Err(_) => response,
        }
    }
}

/// Whom to call, in full, each once.
fn targets(given: &[CommunicationIdentifier]) -> Result<Vec<CommunicationIdentifier>, Refusal> {
    if given.is_empty() || given.len() > PARTICIPANTS_MAX {
        return Err(Refusal::argument(format!(
            "The targets field is invalid: it needs 1 to {PARTICIPANTS_MAX} targets."
        )));
    }
    let mut targets: Vec<CommunicationIdentifier> = Vec::new();
    let mut keys = std::collections::BTreeSet::new();
    for (index, target) in given.iter().enumerate() {
        let target = reading::identifier(&format!("targets[{index}]"), target)?;
        if !keys.insert(Key::of(&target)) {
            return Err(Refusal::argument(format!("The targets[{index}] field repeats another target.")));
        }
        targets.push(target);
    }
    Ok(targets)
}

/// Source: reference 9.2; a phone shows a number, so there must be one.
pub(super) fn caller_id_for(
    targets: &[CommunicationIdentifier],
    caller_id: Option<&PhoneNumberIdentifier>,
) -> Result<(), Refusal> {
    if let Some(number) = caller_id {
        check_number(&number.value).map_err(|what| {
            Refusal::argument(format!("The sourceCallerIdNumber field is invalid: {what}."))
        })?;
    } else if targets.iter().any(is_phone) {
        return Err(Refusal::argument(
            "The sourceCallerIdNumber field is missing: a phone number cannot be called without one.",
        ));
    }
    Ok(())
}
