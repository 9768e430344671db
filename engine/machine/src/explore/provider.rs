//! What the provider and the people may do next, as the reference has it. It knows what it was asked and what it has
//! answered; it does not know what the flow is about, nor what the validator proves.
//!
//! Answers and events of one request come in either order, events of a pair too (reference 8.2, 8.4). Duplicates and
//! losses are the service's matter.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use lang::Identifier;

use super::results::begins;
use super::words::Words;
use crate::actions::recognize::Recognize;
use crate::actions::{Action, ActionKind};
use crate::effect::Effect;
use crate::event::{Event, EventKind, Participant};
use crate::flow::Flow;
use crate::ids::OperationId;
use crate::input::{Ack, Fact, Refusal, Start, What};
use crate::protocol::{Acknowledged, Makes, OnCall};
use crate::snapshot::{Awaited, Snapshot, Standing};
use crate::step::Account;

/// Something that may come next, and the provider as it is then.
pub(super) struct Move {
    pub(super) what: What,
    pub(super) provider: Provider,
}

/// Where the application's leg stands. Source: reference 9.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leg {
    None,
    Offered,
    Establishing,
    Up,
    /// Hanging up was taken; the end is on its way.
    Ending,
    Over,
}

/// The provider of one call.
#[derive(Clone, Debug)]
pub(super) struct Provider {
    pub(super) leg: Leg,
    pub(super) requests: BTreeMap<OperationId, Request>,
    /// Other halves of what was told already.
    pub(super) owed: Vec<(EventKind, Option<OperationId>)>,
    /// It was asked whether the call exists.
    pub(super) is_asked: bool,
    /// People in the call, without the application.
    pub(super) people: usize,
    /// What may still come of what goes on: of streams, of keys that are listened for, of music on hold.
    pub(super) later: BTreeSet<EventKind>,
}

/// A request that is not dealt with.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) kind: ActionKind,
    /// The provider has taken it, whether or not it has said so.
    pub(super) is_taken: bool,
    pub(super) is_answered: bool,
    /// Its result was told, or there will be none.
    pub(super) is_over: bool,
    /// It could be taken when it was posted.
    pub(super) was_possible: bool,
    pub(super) may_be_canceled: bool,
    /// Its results are sent past the engine.
    pub(super) goes_elsewhere: bool,
    /// It goes on until it is cancelled.
    pub(super) is_endless: bool,
    pub(super) sound: Option<Sound>,
    pub(super) has_started: bool,
    /// A transfer that says who is moved.
    pub(super) names_transferee: bool,
    /// How many it calls.
    pub(super) targets: usize,
    pub(super) recognize: Option<Box<Recognize>>,
    /// The invitation that it withdraws.
    pub(super) withdraws: Option<String>,
    /// What must happen before it is over.
    pub(super) awaits: Option<Awaited>,
    /// What may be told by itself once it has brought the call up.
    pub(super) begins: Vec<EventKind>,
}

/// Who hears it. Source: reference 9.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sound {
    Main,
    Private,
}

impl Request {
    /// How many are still to be moved.
    pub(super) fn people_left(&self) -> usize {
        match self.awaits {
            Some(Awaited::People(left)) => left,
            Some(Awaited::Recording { .. } | Awaited::Confirmation(_)) | None => 0,
        }
    }
}

/// What the provider answers to a request.
pub(super) enum Verdict {
    Takes,
    Refuses(u16, i64),
}

impl Provider {
    pub(super) fn new(start: &Start) -> Provider {
        let leg = match start {
            Start::Incoming(_) => Leg::Offered,
            Start::Api { .. } => Leg::None,
        };
        Provider {
            leg,
            requests: BTreeMap::new(),
            owed: Vec::new(),
            is_asked: false,
            people: 1,
            later: BTreeSet::new(),
        }
    }

    /// Whether the application has a leg that nobody ends.
    pub(super) fn is_in_call(&self) -> bool {
        matches!(self.leg, Leg::Establishing | Leg::Up)
    }

    /// Whether something is on its way that the run must hear of: the end of the call, or the result of what a visit
    /// has asked for that goes on.
    pub(super) fn will_tell(&self, snapshot: &Snapshot) -> bool {
        let is_awaited = |id: &OperationId, request: &Request| {
            let is_visiting = |visit| snapshot.is_visiting(visit);
            let posted = snapshot.operations.get(id);
            let told = request.is_over || request.goes_elsewhere || !request.is_taken;
            !told && posted.is_some_and(|posted| is_visiting(posted.visit))
        };
        self.leg == Leg::Ending
            || !self.owed.is_empty()
            || self.requests.iter().any(|(id, request)| is_awaited(id, request))
    }

    /// Takes what a step asks for.
    pub(super) fn take(&mut self, account: &Account, snapshot: &Snapshot) {
        for effect in &account.effects {
            match effect {
                Effect::Post { operation, action } => self.post(*operation, action, snapshot),
                Effect::AskCall => self.is_asked = true,
                Effect::Tell(_)
                | Effect::SetTimer { .. }
                | Effect::CancelTimer(_)
                | Effect::Log { .. }
                | Effect::End(_) => {}
            }
        }
        // What the run has given up and the provider will not answer any more is of no interest.
        let is_over = self.leg == Leg::Over;
        let is_open = |id: &OperationId| {
            snapshot
                .operations
                .get(id)
                .is_some_and(|operation| !operation.closed || operation.action.is_some())
        };
        self.requests.retain(|id, request| {
            let is_done = request.is_answered && (request.is_over || request.goes_elsewhere);
            !is_done && (is_open(id) || (!is_over && snapshot.standing == Standing::Running))
        });
    }

    fn post(&mut self, id: OperationId, action: &Action, snapshot: &Snapshot) {
        // What the engine does by itself has no answer besides its event.
        let is_local = action.kind().spec().acknowledged == Acknowledged::Local;
        let mut request = Request {
            kind: action.kind(),
            is_taken: is_local,
            is_answered: is_local,
            is_over: false,
            was_possible: false,
            may_be_canceled: false,
            goes_elsewhere: snapshot.operations.get(&id).is_some_and(|posted| posted.callback_uri.is_some()),
            is_endless: false,
            sound: None,
            has_started: false,
            names_transferee: false,
            targets: 1,
            recognize: None,
            withdraws: None,
            awaits: Awaited::of(action),
            begins: begins(action),
        };
        let mut interrupts = false;
        match action {
            Action::CreateCall(create) => request.targets = create.to.len(),
            // Whoever is there already.
            Action::Connect(_) => request.targets = 2,
            Action::Transfer(transfer) => request.names_transferee = transfer.transferee.is_some(),
            Action::CancelAddParticipant(cancel) => request.withdraws = Some(cancel.invitation.clone()),
            Action::Play(play) => {
                let is_private = !play.participants.is_empty();
                request.sound = Some(if is_private { Sound::Private } else { Sound::Main });
                request.is_endless = play.repeat;
                interrupts = play.interrupt && !is_private;
            }
            Action::SendDtmf(_) => request.sound = Some(Sound::Private),
            Action::Recognize(recognize) => {
                request.sound = Some(if self.people > 1 { Sound::Private } else { Sound::Main });
                interrupts = recognize.interrupt_media;
                request.recognize = Some(Box::new(recognize.clone()));
            }
            _ => {}
        }
        if interrupts {
            self.cancel_sounds();
        }
        request.was_possible = matches!(self.verdict(&request), Verdict::Takes);
        self.requests.insert(id, request);
    }

    /// Everything that may come next, except timers.
    pub(super) fn moves(&self, flow: &Flow, words: &Words, snapshot: &Snapshot) -> Vec<Move> {
        let mut moves = Vec::new();
        for id in self.requests.keys() {
            self.answers(*id, &mut moves);
            self.results(*id, words, snapshot, &mut moves);
        }
        for (index, (kind, operation)) in self.owed.iter().enumerate() {
            let mut then = self.clone();
            then.owed.remove(index);
            let event = Event { operation: *operation, ..Event::new(kind.clone()) };
            moves.push(happening(event, then));
        }
        self.of_the_call(words, &mut moves);
        self.told_later(words, &mut moves);
        self.recovered(words, &mut moves);
        if self.is_asked {
            let fact = match self.leg {
                Leg::Up => Fact::CallUp,
                Leg::Establishing | Leg::Ending => Fact::CallLives,
                Leg::None | Leg::Offered | Leg::Over => Fact::CallGone,
            };
            moves.push(Move {
                what: What::Learned(fact),
                provider: Provider { is_asked: false, ..self.clone() },
            });
        }
        if snapshot.standing == Standing::Running {
            let handled = |event: &Event| words.handles(&event.kind);
            moves.extend(
                words.custom(flow).into_iter().filter(handled).map(|event| happening(event, self.clone())),
            );
        }
        moves
    }

    /// The answer to a request: it is taken or refused.
    fn answers(&self, id: OperationId, moves: &mut Vec<Move>) {
        let Some(request) = self.requests.get(&id).filter(|request| !request.is_answered) else { return };
        let verdict = self.verdict(request);
        // The answer may be late: what was asked while the call lived was taken, and told when it is over.
        let may_be_taken = match verdict {
            Verdict::Takes => true,
            Verdict::Refuses(..) => request.is_taken || request.was_possible,
        };
        if may_be_taken {
            let mut then = self.clone();
            then.taken(id);
            if let Some(request) = then.requests.get_mut(&id) {
                request.is_answered = true;
            }
            let makes = |what: Makes| request.kind.spec().makes == what;
            let ack = Ack {
                connection_id: Some("connection".to_owned()),
                invitation_id: makes(Makes::Invitation).then(|| invitation(id)),
                recording_id: makes(Makes::Recording).then(|| recording(id)),
                ..Ack::default()
            };
            moves.push(Move {
                what: What::Acknowledged { operation: id, ack: Box::new(ack) },
                provider: then,
            });
        }
        if request.is_taken {
            return;
        }
        let mut refuse = |status: u16, sub_code: i64, leg: Leg| {
            let mut then = Provider { leg, ..self.clone() };
            then.requests.remove(&id);
            let refusal =
                Refusal { status, sub_code: Some(sub_code), message: "refused by the provider".to_owned() };
            moves.push(Move { what: What::Refused { operation: id, refusal }, provider: then });
        };
        match verdict {
            // Every request can meet a fault of the provider's own. Source: reference 2.7.
            Verdict::Takes => refuse(500, 9999, self.leg),
            Verdict::Refuses(status, sub_code) => refuse(status, sub_code, self.leg),
        }
        if self.leg == Leg::Offered {
            // The caller has given up.
            refuse(404, 8522, Leg::Over);
        }
    }

    /// Source: reference 9.1, 9.2, 9.4, and 2.7 for the codes.
    pub(super) fn verdict(&self, request: &Request) -> Verdict {
        const GONE: Verdict = Verdict::Refuses(404, 8522);
        let on_call = request.kind.spec().on_call;
        let is_of_ringing = on_call == OnCall::GivesAway || request.kind == ActionKind::Answer;
        match (on_call, self.leg) {
            (_, Leg::Offered) if is_of_ringing => Verdict::Takes,
            (_, _) if is_of_ringing => GONE,
            (OnCall::BringsUp, Leg::None) | (OnCall::Ends, Leg::Establishing | Leg::Up) => Verdict::Takes,
            (_, Leg::None | Leg::Offered | Leg::Over) | (OnCall::BringsUp | OnCall::Ends, _) => GONE,
            (_, Leg::Establishing) => Verdict::Refuses(400, 8501),
            (_, Leg::Ending) => Verdict::Refuses(400, 8528),
            (_, Leg::Up) => self.verdict_when_up(request),
        }
    }

    fn verdict_when_up(&self, request: &Request) -> Verdict {
        let hands_over = request.kind.spec().on_call == OnCall::HandsOver;
        let runs = |other: &&Request| other.is_taken && !other.is_over;
        let mut running = self.requests.values().filter(runs);
        if running.any(|other| other.kind.spec().on_call == OnCall::HandsOver) {
            return if hands_over { Verdict::Refuses(409, 8607) } else { Verdict::Refuses(400, 8585) };
        }
        if hands_over && self.people > 1 && !request.names_transferee {
            return Verdict::Refuses(400, 8523);
        }
        let is_private = |other: &Request| other.sound == Some(Sound::Private);
        if is_private(request) && self.requests.values().filter(runs).any(is_private) {
            return Verdict::Refuses(412, 8583);
        }
        Verdict::Takes
    }

    /// The provider has taken a request: what is so at once.
    pub(super) fn taken(&mut self, id: OperationId) {
        let Some(request) = self.requests.get_mut(&id).filter(|request| !request.is_taken) else { return };
        request.is_taken = true;
        let (kind, targets) = (request.kind, request.targets);
        if kind.spec().acknowledged == Acknowledged::Done || kind.spec().on_call == OnCall::Ends {
            request.is_over = true;
        }
        match (kind.spec().on_call, self.leg) {
            (OnCall::BringsUp, Leg::None | Leg::Offered) => {
                self.leg = Leg::Establishing;
                self.people = targets.max(1);
            }
            (OnCall::GivesAway, _) => self.leg = Leg::Over,
            (OnCall::Ends, Leg::Establishing | Leg::Up) => self.leg = Leg::Ending,
            (_, _) => {}
        }
        match kind {
            ActionKind::CancelMedia => self.cancel_sounds(),
            ActionKind::Hold => self.goes_on(&[EventKind::HoldFailed]),
            ActionKind::StartContinuousDtmf => self.goes_on(&[
                EventKind::ContinuousDtmfRecognitionToneReceived,
                EventKind::ContinuousDtmfRecognitionToneFailed,
            ]),
            ActionKind::StopContinuousDtmf => {
                self.later.remove(&EventKind::ContinuousDtmfRecognitionToneReceived);
                self.later.remove(&EventKind::ContinuousDtmfRecognitionToneFailed);
            }
            _ => {}
        }
    }

    /// Something has begun of which these may be told at any time.
    pub(super) fn goes_on(&mut self, events: &[EventKind]) {
        self.later.extend(events.iter().cloned());
    }

    /// What is told of what goes on. Source: reference 5; clarification 8.
    fn told_later(&self, words: &Words, moves: &mut Vec<Move>) {
        if self.leg != Leg::Up {
            return;
        }
        for kind in self.later.iter().filter(|kind| words.takes(kind)) {
            if *kind == EventKind::ContinuousDtmfRecognitionToneReceived {
                let tone = |key| Event { digits: Some(key), ..Event::new(kind.clone()) };
                moves.extend(words.tones().map(|key| happening(tone(key), self.clone())));
                continue;
            }
            let mut then = self.clone();
            then.later.remove(kind);
            moves.push(happening(Event::new(kind.clone()), then));
        }
    }

    fn cancel_sounds(&mut self) {
        for request in self.requests.values_mut().filter(|request| request.sound.is_some()) {
            request.may_be_canceled = true;
        }
    }

    /// What people do by themselves.
    fn of_the_call(&self, words: &Words, moves: &mut Vec<Move>) {
        if matches!(self.leg, Leg::Up | Leg::Ending) {
            let over = Provider { leg: Leg::Over, ..self.clone() };
            moves.push(happening(Event::new(EventKind::CallDisconnected), over));
        }
        if matches!(self.leg, Leg::Establishing | Leg::Up) && words.handles(&EventKind::ParticipantsUpdated) {
            for people in [self.people, self.people - usize::from(self.people > 1)] {
                let participants = Some((0..=people).map(participant).collect());
                let event = Event { participants, ..Event::new(EventKind::ParticipantsUpdated) };
                moves.push(happening(event, Provider { people, ..self.clone() }));
            }
        }
    }

    /// The engine was away, and nothing has happened meanwhile.
    fn recovered(&self, words: &Words, moves: &mut Vec<Move>) {
        if self.leg == Leg::Up && words.handles(&EventKind::Recovered) {
            let participants = (0..=self.people).map(participant).collect();
            let what = What::Learned(Fact::InCall { participants, recovered: true });
            moves.push(Move { what, provider: self.clone() });
        }
    }

    /// What of it can be told apart. Operations are numbered by `number`.
    pub(super) fn write(
        &self,
        number: &dyn Fn(OperationId) -> Option<usize>,
        into: &mut impl Write,
    ) -> std::fmt::Result {
        write!(into, "P{:?}{}{}", self.leg, self.is_asked, self.people)?;
        for (kind, _) in &self.owed {
            write!(into, "w{kind:?}")?;
        }
        for kind in &self.later {
            write!(into, "l{kind:?}")?;
        }
        for (id, request) in &self.requests {
            write!(
                into,
                "r{:?}{:?}{}{}{}{}{}{}{}",
                number(*id),
                request.kind,
                request.is_taken,
                request.is_answered,
                request.is_over,
                request.may_be_canceled,
                request.has_started,
                request.was_possible,
                request.people_left(),
            )?;
        }
        Ok(())
    }
}

pub(super) fn happening(event: Event, provider: Provider) -> Move {
    Move { what: What::Event(Box::new(event)), provider }
}

pub(super) fn invitation(id: OperationId) -> String {
    format!("invitation-{id}")
}

pub(super) fn recording(id: OperationId) -> String {
    format!("recording-{id}")
}

/// The application first, then people.
fn participant(number: usize) -> Participant {
    let identifier = match number {
        0 => Identifier::Raw("8:acs:application".to_owned()),
        _ => Identifier::Raw(format!("4:+1425555010{number}")),
    };
    Participant { identifier, is_muted: false, is_on_hold: false }
}
