//! What the provider and the people may do next, as the reference has it. It knows what it was asked and what it has
//! answered; it does not know what the flow is about, nor what the validator proves.
//!
//! Answers and events of one request come in either order, events of a pair too (reference 8.2, 8.4). Duplicates and
//! losses are the service's matter.

use std::collections::BTreeMap;
use std::fmt::Write;

use lang::Identifier;

use super::words::Words;
use crate::actions::recognize::Recognize;
use crate::actions::{Action, ActionKind};
use crate::effect::Effect;
use crate::event::{Event, EventKind, Participant};
use crate::flow::Flow;
use crate::ids::OperationId;
use crate::input::{Ack, Fact, Refusal, Start, What};
use crate::protocol::{Acknowledged, OnCall};
use crate::snapshot::{Snapshot, Standing};
use crate::step::Account;

/// Something that may come next, and the provider as it is then.
pub(super) struct Move {
    pub(super) what: What,
    pub(super) provider: Provider,
}

/// Where the application's leg stands. Source: reference 9.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leg {
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
    leg: Leg,
    requests: BTreeMap<OperationId, Request>,
    /// Other halves of what was told already.
    owed: Vec<(EventKind, Option<OperationId>)>,
    /// It was asked whether the call exists.
    is_asked: bool,
    /// People in the call, without the application.
    people: usize,
}

/// A request that is not dealt with.
#[derive(Clone, Debug)]
struct Request {
    kind: ActionKind,
    /// The provider has taken it, whether or not it has said so.
    is_taken: bool,
    is_answered: bool,
    /// Its result was told, or there will be none.
    is_over: bool,
    /// It could be taken when it was posted.
    was_possible: bool,
    may_be_canceled: bool,
    /// Its results are sent past the engine.
    goes_elsewhere: bool,
    /// It goes on until it is cancelled.
    is_endless: bool,
    sound: Option<Sound>,
    has_started: bool,
    /// A transfer that says who is moved.
    names_transferee: bool,
    /// How many it calls.
    targets: usize,
    recognize: Option<Box<Recognize>>,
    /// The invitation that it withdraws.
    withdraws: Option<String>,
}

/// Who hears it. Source: reference 9.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sound {
    Main,
    Private,
}

/// What the provider answers to a request.
enum Verdict {
    Takes,
    Refuses(u16, i64),
}

impl Provider {
    pub(super) fn new(start: &Start) -> Provider {
        let leg = match start {
            Start::Incoming(_) => Leg::Offered,
            Start::Api { .. } => Leg::None,
        };
        Provider { leg, requests: BTreeMap::new(), owed: Vec::new(), is_asked: false, people: 1 }
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
                Effect::SetTimer { .. } | Effect::CancelTimer(_) | Effect::Log { .. } | Effect::End(_) => {}
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
            Action::Recognize(recognize) => {
                request.sound = Some(if self.people > 1 { Sound::Private } else { Sound::Main });
                interrupts = recognize.interrupt_media;
                request.recognize = Some(Box::new(recognize.clone()));
            }
            Action::Answer(_)
            | Action::Reject(_)
            | Action::Redirect(_)
            | Action::AddParticipant(_)
            | Action::RemoveParticipant(_)
            | Action::HangUp(_)
            | Action::CancelMedia(_)
            | Action::Http(_)
            | Action::Log(_) => {}
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
            let is_invitation = request.kind == ActionKind::AddParticipant;
            let ack = Ack {
                connection_id: Some("connection".to_owned()),
                invitation_id: is_invitation.then(|| invitation(id)),
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
    fn verdict(&self, request: &Request) -> Verdict {
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
    fn taken(&mut self, id: OperationId) {
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
        if kind == ActionKind::CancelMedia {
            self.cancel_sounds();
        }
    }

    fn cancel_sounds(&mut self) {
        for request in self.requests.values_mut().filter(|request| request.sound.is_some()) {
            request.may_be_canceled = true;
        }
    }

    /// The events that may tell the result of a request.
    fn results(&self, id: OperationId, words: &Words, snapshot: &Snapshot, moves: &mut Vec<Move>) {
        let Some(request) = self.requests.get(&id) else { return };
        let spec = request.kind.spec();
        let may_be_taken = request.is_taken || matches!(self.verdict(request), Verdict::Takes);
        if request.is_over || request.goes_elsewhere || spec.acknowledged == Acknowledged::Done {
            return;
        }
        if spec.on_call == OnCall::Outside {
            let failed = words.failed(&spec.failure);
            return self.tell(id, words.answered().into_iter().chain(failed), moves);
        }
        let is_known = snapshot.operations.get(&id).is_some_and(|operation| !operation.closed);
        if !may_be_taken || spec.on_call == OnCall::Ends || (self.leg == Leg::Over && !is_known) {
            return;
        }
        let mut provider = self.clone();
        provider.taken(id);
        match spec.on_call {
            OnCall::BringsUp => provider.comes_up(id, words, moves),
            OnCall::HandsOver => provider.hands_over(id, words, moves),
            OnCall::Adds | OnCall::Removes | OnCall::Stays => provider.simply(id, words, moves),
            OnCall::GivesAway | OnCall::Ends | OnCall::Outside => {}
        }
    }

    /// Events that end a request and change nothing else.
    fn tell(&self, id: OperationId, events: impl Iterator<Item = Event>, moves: &mut Vec<Move>) {
        let mut then = self.clone();
        if let Some(request) = then.requests.get_mut(&id) {
            request.is_over = true;
        }
        moves.extend(events.map(|event| happening(Event { operation: Some(id), ..event }, then.clone())));
    }

    /// It comes up; or it fails, which two events tell, or one of them. Source: reference 5, 8.2.
    fn comes_up(mut self, id: OperationId, words: &Words, moves: &mut Vec<Move>) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        request.is_over = true;
        let failure = request.kind.spec().failure.clone();
        if matches!(self.leg, Leg::Establishing | Leg::Ending) {
            let leg = if self.leg == Leg::Ending { Leg::Ending } else { Leg::Up };
            let event = Event { operation: Some(id), ..Event::new(EventKind::CallConnected) };
            moves.push(happening(event, Provider { leg, ..self.clone() }));
            let over = |owed| Provider { leg: Leg::Over, owed, ..self.clone() };
            let end = || Event::new(EventKind::CallDisconnected);
            for event in words.failed(&failure) {
                let event = Event { operation: Some(id), ..event };
                moves.push(happening(event.clone(), over(Vec::new())));
                moves.push(happening(event, over(vec![(EventKind::CallDisconnected, None)])));
            }
            moves.push(happening(end(), over(Vec::new())));
            moves.push(happening(end(), over(vec![(failure, Some(id))])));
        }
    }

    /// Where the only other party is handed over, the leg goes as well, in either order of the two events.
    fn hands_over(mut self, id: OperationId, words: &Words, moves: &mut Vec<Move>) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        let takes_the_leg = !request.names_transferee || self.people == 1;
        let spec = request.kind.spec();
        self.tell(id, words.failed(&spec.failure).into_iter(), moves);
        let accepted = || Event { operation: Some(id), ..Event::new(EventKind::CallTransferAccepted) };
        if !takes_the_leg || self.leg == Leg::Over {
            return self.tell(id, std::iter::once(accepted()), moves);
        }
        if let Some(request) = self.requests.get_mut(&id) {
            request.is_over = true;
        }
        let over = |owed| Provider { leg: Leg::Over, owed, ..self.clone() };
        moves.push(happening(accepted(), over(vec![(EventKind::CallDisconnected, None)])));
        let other = vec![(EventKind::CallTransferAccepted, Some(id))];
        moves.push(happening(Event::new(EventKind::CallDisconnected), over(other)));
    }

    fn simply(mut self, id: OperationId, words: &Words, moves: &mut Vec<Move>) {
        let Some(request) = self.requests.get(&id).cloned() else { return };
        let spec = request.kind.spec();
        if let Some(sound) = request.sound {
            // What sounds is queued: the earlier one is over first. Source: reference 9.4.
            let mut earlier = self.requests.range(..id).map(|(_, other)| other);
            if earlier.any(|other| other.sound == Some(sound) && other.is_taken && !other.is_over) {
                return;
            }
            if request.kind == ActionKind::Play
                && !request.has_started
                && words.handles(&EventKind::PlayStarted)
            {
                let mut then = self.clone();
                if let Some(request) = then.requests.get_mut(&id) {
                    request.has_started = true;
                }
                let event = Event { operation: Some(id), ..Event::new(EventKind::PlayStarted) };
                moves.push(happening(event, then));
            }
        }
        let invited = request.withdraws.as_ref().and_then(|withdrawn| {
            let is_ringing = |(id, other): &(&OperationId, &Request)| {
                other.kind == ActionKind::AddParticipant && !other.is_over && invitation(**id) == *withdrawn
            };
            self.requests.iter().find(is_ringing).map(|(id, _)| *id)
        });
        if request.kind != ActionKind::CancelAddParticipant || invited.is_none() {
            let failed = words.failed(&spec.failure).into_iter();
            let named = |event| Event { invitation_id: request.withdraws.clone(), ..event };
            self.tell(id, failed.map(named), moves);
        }
        if request.may_be_canceled {
            self.tell(id, spec.canceled.iter().cloned().map(Event::new), moves);
        }
        for success in spec.success {
            let then = match (spec.on_call, invited) {
                (OnCall::Adds, _) => Provider { people: self.people + 1, ..self.clone() },
                (OnCall::Removes, _) if self.people <= 1 && self.leg == Leg::Up => {
                    self.removes_the_last(id, success, moves);
                    continue;
                }
                (OnCall::Removes, _) => Provider { people: self.people.saturating_sub(1), ..self.clone() },
                (_, Some(invited)) => {
                    // No failure of the invitation follows. Source: reference 5.
                    if let Some(request) = self.requests.get_mut(&invited) {
                        request.is_over = true;
                    }
                    self.clone()
                }
                (_, None) if request.kind == ActionKind::CancelAddParticipant => continue,
                (_, None) => self.clone(),
            };
            let said = match &request.recognize {
                Some(recognize) => words.recognized(recognize),
                None if request.is_endless => Vec::new(),
                None => {
                    vec![Event { invitation_id: request.withdraws.clone(), ..Event::new(success.clone()) }]
                }
            };
            then.tell(id, said.into_iter(), moves);
        }
    }

    /// Without the other party there is no call; two events tell it, in either order. Source: reference 5.
    fn removes_the_last(&self, id: OperationId, success: &EventKind, moves: &mut Vec<Move>) {
        let over = |owed| {
            let mut over = Provider { leg: Leg::Over, people: 0, owed, ..self.clone() };
            over.requests.remove(&id);
            over
        };
        let event = Event { operation: Some(id), ..Event::new(success.clone()) };
        moves.push(happening(event, over(vec![(EventKind::CallDisconnected, None)])));
        let other = vec![(success.clone(), Some(id))];
        moves.push(happening(Event::new(EventKind::CallDisconnected), over(other)));
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
        for (id, request) in &self.requests {
            write!(
                into,
                "r{:?}{:?}{}{}{}{}{}{}",
                number(*id),
                request.kind,
                request.is_taken,
                request.is_answered,
                request.is_over,
                request.may_be_canceled,
                request.has_started,
                request.was_possible,
            )?;
        }
        Ok(())
    }
}

fn happening(event: Event, provider: Provider) -> Move {
    Move { what: What::Event(Box::new(event)), provider }
}

fn invitation(id: OperationId) -> String {
    format!("invitation-{id}")
}

/// The application first, then people.
fn participant(number: usize) -> Participant {
    let identifier = match number {
        0 => Identifier::Raw("8:acs:application".to_owned()),
        _ => Identifier::Raw(format!("4:+1425555010{number}")),
    };
    Participant { identifier, is_muted: false, is_on_hold: false }
}
