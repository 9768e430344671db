//! Runs of flows in virtual time: the machine decides, the provider and the people of a [`Stage`] answer, and every
//! line that the engine would record is kept. What the engine does around the machine is done here as it does it:
//! events count once, requests are tried again, and what is known to be over is not asked for again.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use lang::Value;
use machine::actions::{self, Action};
use machine::ids::OperationId;
use machine::input::{Ack, Beginning, Input, Refusal, Start, What};
use machine::protocol::Unclear;
use machine::snapshot::Operation;
use machine::step::Account;
use machine::{Effect, EventKind, Flow, Snapshot, Step, trace};
use service::limits::{MEDIA_SIGN_WAIT, POST_DEADLINE, POST_RINGING_DEADLINE};
use service::{retry, translate};

use crate::stage::{Repeatability, Stage};

/// Unit: inputs of one run. More is a flow that never ends.
const INPUTS_MAX: usize = 1_000;

/// All runs that go on, and what they wait for.
pub(crate) struct Driver<'f> {
    pub(crate) stage: Stage,
    /// Sees each request before it is posted.
    on_request: fn(&acs::Request),
    live: BTreeMap<usize, Box<Run<'f>>>,
    begun: usize,
    /// What is to be done, in order of time, then of its being added.
    agenda: BTreeMap<(Timestamp, u64), (usize, Todo)>,
    added: u64,
    /// Answers that wait for an event of their leg.
    held: BTreeMap<String, Vec<(Timestamp, u64)>>,
    /// What arrives otherwise than the provider sends it, by its number among all that arrives.
    pub(crate) bends: BTreeMap<usize, Bend>,
    arrived: usize,
    /// Whether somebody wants the actions that were decided.
    pub(crate) keeps_posted: bool,
}

/// How something arrives otherwise than it was sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bend {
    /// How much later.
    pub(crate) later: Duration,
    /// How long after that once more, if it is an event.
    pub(crate) again: Option<Duration>,
}

/// One run.
pub(crate) struct Run<'f> {
    pub(crate) flow: &'f Flow,
    began: Timestamp,
    pub(crate) snapshot: Snapshot,
    pub(crate) lines: Vec<String>,
    /// The actions that were decided, with their arguments.
    pub(crate) posted: Vec<String>,
    /// Ids of events that were given.
    seen: HashSet<String>,
    /// Operations of which an event has told, each with the newest attempt that it told of.
    heard: BTreeMap<OperationId, u32>,
}

enum Todo {
    Give(What),
    Post(Box<Posting>),
    Hear(String, Box<acs::Callback>),
}

/// An action on its way.
struct Posting {
    id: OperationId,
    operation: Operation,
    request: acs::Request,
    repeatability: Option<Repeatability>,
    attempts: u32,
    is_unclear: bool,
}

impl<'f> Driver<'f> {
    pub(crate) fn new(stage: Stage, on_request: fn(&acs::Request)) -> Driver<'f> {
        Driver {
            stage,
            on_request,
            live: BTreeMap::new(),
            begun: 0,
            agenda: BTreeMap::new(),
            added: 0,
            held: BTreeMap::new(),
            bends: BTreeMap::new(),
            arrived: 0,
            keeps_posted: false,
        }
    }

    /// A run begins. If it ends at once it is given back.
    pub(crate) fn begin(
        &mut self,
        flow: &'f Flow,
        config: IndexMap<String, Value>,
        start: Start,
    ) -> Option<Box<Run<'f>>> {
        let began = self.stage.at;
        let number = self.begun;
        self.begun += 1;
        let beginning = Beginning { run: "run".to_owned(), config, start };
        let input = Input { at: began, what: What::Start(Box::new(beginning)) };
        let Step { snapshot, account } = machine::begin(flow, &input);
        let lines = vec![trace::line(flow, began, &input, &account)];
        let run = Run {
            flow,
            began,
            snapshot,
            lines,
            posted: Vec::new(),
            seen: HashSet::new(),
            heard: BTreeMap::new(),
        };
        self.live.insert(number, Box::new(run));
        self.carry_out(number, &account);
        self.if_ended(number)
    }

    /// The runs that go on.
    pub(crate) fn live(&self) -> impl Iterator<Item = &Run<'f>> {
        self.live.values().map(Box::as_ref)
    }

    /// Lets happen what comes next, unless that is after `limit`.
    pub(crate) fn next(&mut self, limit: Timestamp) -> Happened<'f> {
        if let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= self.stage.at) {
            let (number, todo) = entry.remove();
            return Happened::Something(self.do_(number, todo));
        }
        if let Some((url, callback)) = self.stage.letters.pop_front() {
            return Happened::Something(self.arrive(url, callback));
        }
        let timer = self.live.iter().filter_map(|(number, run)| Some((run.snapshot.next_timer()?, *number)));
        let timer = timer.min();
        let planned = self.agenda.first_key_value().map(|((at, _), _)| *at);
        let due = [self.stage.world.next_due(), planned, timer.map(|(at, _)| at)];
        let Some(next) = due.into_iter().flatten().min().filter(|next| *next <= limit) else {
            return Happened::Nothing;
        };
        self.stage.pass(Duration::try_from(next.duration_since(self.stage.at)).unwrap_or_default());
        // What the world does at the same time comes first.
        let is_quiet = self.stage.letters.is_empty() && planned.is_none_or(|planned| planned > self.stage.at);
        let ended = match timer.filter(|(at, _)| is_quiet && *at <= self.stage.at) {
            Some((_, number)) => self.ring(number),
            None => None,
        };
        Happened::Something(ended)
    }

    /// The timers of a run that are due.
    fn ring(&mut self, number: usize) -> Option<Box<Run<'f>>> {
        for timer in self.live.get(&number)?.snapshot.due(self.stage.at) {
            self.give(number, What::Timer(timer));
        }
        self.if_ended(number)
    }

    /// How what arrives next does so.
    fn bend(&mut self) -> Bend {
        self.arrived += 1;
        self.bends.get(&self.arrived).copied().unwrap_or_default()
    }

    fn arrive(&mut self, url: String, callback: acs::Callback) -> Option<Box<Run<'f>>> {
        let Bend { later, again } = self.bend();
        let at = self.stage.at + later;
        if let Some(again) = again {
            let mut copy = callback.clone();
            // The same roster comes with another id as well. Source: reference 8.3.
            if matches!(copy.kind, acs::CallbackKind::ParticipantsUpdated) {
                copy.id.push_str(" again");
            }
            self.add(at + again, NOBODY, Todo::Hear(url.clone(), Box::new(copy)));
        }
        if later.is_zero() {
            return self.hear(&url, &callback);
        }
        self.add(at, NOBODY, Todo::Hear(url, Box::new(callback)));
        None
    }

    fn hear(&mut self, url: &str, callback: &acs::Callback) -> Option<Box<Run<'f>>> {
        let connection = callback.call_connection_id.as_deref().unwrap_or_default();
        // An answer that waited for the event follows it at once.
        for key in self.held.remove(connection).unwrap_or_default() {
            if let Some((number, todo)) = self.agenda.remove(&key) {
                self.add(self.stage.at, number, todo);
            }
        }
        let number = url.strip_prefix(CALLBACKS)?.strip_prefix('/')?.parse().ok()?;
        let run = self.live.get_mut(&number)?;
        if !run.seen.insert(callback.id.clone()) {
            return None;
        }
        let event = translate::event(callback)?;
        let is_cancellation = matches!(event.kind, EventKind::PlayCanceled | EventKind::RecognizeCanceled);
        // We have cancelled it ourselves, to post it again.
        if let Some(operation) = event.operation.filter(|_| !is_cancellation) {
            let newest = run.heard.entry(operation).or_default();
            *newest = event.attempt.max(*newest);
        }
        self.give(number, What::Event(Box::new(event)));
        self.if_ended(number)
    }

    fn do_(&mut self, number: usize, todo: Todo) -> Option<Box<Run<'f>>> {
        match todo {
            Todo::Give(what) => self.give(number, what),
            Todo::Post(posting) => self.post(number, *posting),
            Todo::Hear(url, callback) => return self.hear(&url, &callback),
        }
        self.if_ended(number)
    }

    fn if_ended(&mut self, number: usize) -> Option<Box<Run<'f>>> {
        let is_ended = self.live.get(&number)?.snapshot.is_ended();
        if is_ended { self.live.remove(&number) } else { None }
    }

    fn give(&mut self, number: usize, what: What) {
        let Some(run) = self.live.get_mut(&number) else { return };
        if run.snapshot.is_ended() {
            return;
        }
        assert!(run.lines.len() < INPUTS_MAX, "it never ends:\n{}", run.lines.join("\n"));
        let input = Input { at: self.stage.at, what };
        let Step { snapshot, account } = machine::step(run.flow, run.snapshot.clone(), &input);
        run.lines.push(trace::line(run.flow, run.began, &input, &account));
        run.snapshot = snapshot;
        self.carry_out(number, &account);
    }

    fn carry_out(&mut self, number: usize, account: &Account) {
        for effect in &account.effects {
            match effect {
                Effect::Post { operation, action } => self.decide(number, *operation, action),
                Effect::AskCall => {
                    let connection =
                        self.live[&number].snapshot.call.connection_id.clone().unwrap_or_default();
                    let fact = self.stage.fact(&connection);
                    self.add(self.stage.at, number, Todo::Give(What::Learned(fact)));
                }
                Effect::Tell(_)
                | Effect::SetTimer { .. }
                | Effect::CancelTimer(_)
                | Effect::Log { .. }
                | Effect::End(_) => {}
            }
        }
    }

    fn add(&mut self, at: Timestamp, number: usize, todo: Todo) -> (Timestamp, u64) {
        self.added += 1;
        self.agenda.insert((at, self.added), (number, todo));
        (at, self.added)
    }

    fn decide(&mut self, number: usize, id: OperationId, action: &Action) {
        let snapshot = &self.live[&number].snapshot;
        // An event in the same step may have ended it.
        let Some(operation) = snapshot.operations.get(&id) else { return };
        let url = format!("{CALLBACKS}/{number}");
        match action.request(&actions::Posting::new(&snapshot.call, id, operation, &url)) {
            Ok(request) => {
                (self.on_request)(&request);
                let posting = Self::posting(number, id, operation.clone(), request);
                if let Some(run) = self.live.get_mut(&number).filter(|_| self.keeps_posted) {
                    run.posted.push(format!("{action:?}"));
                }
                self.post(number, posting);
            }
            Err(why) => self.refuse(number, id, 0, why.to_string()),
        }
    }

    fn posting(number: usize, id: OperationId, operation: Operation, request: acs::Request) -> Posting {
        let of_run = u64::try_from(number).unwrap_or_default();
        let repeatability = request.repeatable.then(|| Repeatability {
            id: uuid::Uuid::from_u64_pair(of_run, u64::from(id.0)),
            first_sent: operation.decided_at,
        });
        Posting { id, operation, request, repeatability, attempts: 0, is_unclear: false }
    }

    /// Posts an action, for the first time or again.
    fn post(&mut self, number: usize, mut posting: Posting) {
        let Some(run) = self.live.get(&number) else { return };
        if posting.attempts > 0 && !run.snapshot.unanswered().any(|(id, _, _)| id == posting.id) {
            return;
        }
        if posting.is_unclear && posting.repeatability.is_none() {
            if run.heard.get(&posting.id).is_some_and(|newest| *newest >= posting.operation.attempt) {
                self.acknowledge(number, &posting, self.stage.at, &[]);
                return;
            }
            let call = run.snapshot.call.clone();
            if let (Unclear::SilenceFirst, Some(connection), Some(action)) = (
                posting.operation.kind.spec().if_unclear,
                &call.connection_id,
                posting.operation.action.clone(),
            ) {
                self.stage.silence(connection);
                let Operation { attempt, decided_at, .. } = posting.operation;
                posting.operation.attempt = retry::next_attempt(attempt, decided_at, self.stage.at);
                let url = format!("{CALLBACKS}/{number}");
                match action.request(&actions::Posting::new(&call, posting.id, &posting.operation, &url)) {
                    Ok(request) => posting.request = request,
                    Err(why) => return self.refuse(number, posting.id, 0, why.to_string()),
                }
            }
            posting.is_unclear = false;
        }
        posting.attempts += 1;
        let response = self.stage.ask(&posting.request, posting.repeatability);
        let arrives = match &response.way {
            sim::Way::AtOnce | sim::Way::Broken => self.stage.at,
            sim::Way::Late(span) => self.stage.at + *span,
            sim::Way::AfterEvent { at_most, .. } => self.stage.at + *at_most,
        };
        let arrives = arrives + self.bend().later;
        let is_broken = response.way == sim::Way::Broken;
        match retry::verdict(response.status) {
            _ if is_broken => {
                self.try_again(number, posting, None, true, 0, "the connection broke".to_owned())
            }
            retry::Verdict::Success => {
                let key = self.acknowledge(number, &posting, arrives, &response.body);
                if let sim::Way::AfterEvent { call_connection_id, .. } = response.way {
                    self.held.entry(call_connection_id).or_default().push(key);
                }
            }
            retry::Verdict::Final => {
                let refusal = translate::refusal(response.status, &response.body);
                let refused = What::Refused { operation: posting.id, refusal };
                self.add(arrives, number, Todo::Give(refused));
            }
            retry::Verdict::Retry => {
                let header = response.headers.iter().find(|(name, _)| *name == "retry-after");
                let pause = header.and_then(|(_, value)| retry::retry_after(value, self.stage.at));
                let is_unclear = response.status != 429;
                let why = translate::refusal(response.status, &response.body).message;
                self.try_again(number, posting, pause, is_unclear, response.status, why);
            }
        }
    }

    fn try_again(
        &mut self,
        number: usize,
        posting: Posting,
        retry_after: Option<Duration>,
        is_unclear: bool,
        status: u16,
        why: String,
    ) {
        let is_of_ringing = posting.operation.kind.spec().is_of_ringing();
        let deadline = if is_of_ringing { POST_RINGING_DEADLINE } else { POST_DEADLINE };
        let passed = Duration::try_from(self.stage.at.duration_since(posting.operation.decided_at))
            .unwrap_or_default();
        let left = deadline.saturating_sub(passed);
        let Some(pause) = retry::delay(posting.attempts, retry_after, left, 0.5) else {
            return self.refuse(number, posting.id, status, why);
        };
        let waits_for_a_sign = is_unclear && posting.repeatability.is_none();
        let sign = if waits_for_a_sign { MEDIA_SIGN_WAIT } else { Duration::ZERO };
        let at = self.stage.at + pause + sign;
        self.add(at, number, Todo::Post(Box::new(Posting { is_unclear, ..posting })));
    }

    fn acknowledge(
        &mut self,
        number: usize,
        posting: &Posting,
        at: Timestamp,
        body: &[u8],
    ) -> (Timestamp, u64) {
        let Operation { kind, attempt, .. } = posting.operation;
        let ack = Box::new(Ack { attempt, ..translate::ack(kind, body) });
        self.add(at, number, Todo::Give(What::Acknowledged { operation: posting.id, ack }))
    }

    fn refuse(&mut self, number: usize, operation: OperationId, status: u16, message: String) {
        let refusal = Refusal { status, sub_code: None, message };
        self.add(self.stage.at, number, Todo::Give(What::Refused { operation, refusal }));
    }
}

/// Whose business it is that something arrives: its URL tells.
const NOBODY: usize = usize::MAX;

/// Where the runs hear of their calls: below, by number.
const CALLBACKS: &str = "https://app.example.com/calls";

/// What [`Driver::next`] did.
pub(crate) enum Happened<'f> {
    /// Something; perhaps a run has ended by it.
    Something(Option<Box<Run<'f>>>),
    /// Nothing is left to happen until then.
    Nothing,
}
