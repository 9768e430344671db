//! Of a flow that is rejected for a reason of the protocol, the printed path shows the fault: it is followed with the
//! real `step` and the simulator, which withholds what the path does not name.

use std::time::Duration;

use jiff::Timestamp;
use lang::finding::{Cause, Finding};
use libtest_mimic::{Failed, Trial};
use machine::actions::ActionKind;
use machine::effect::Effect;
use machine::event::EventKind;
use machine::explore::Fault;
use machine::ids::{Outcome, TimerId, Visit};
use machine::input::{Beginning, Input, Refusal, Start, What};
use machine::snapshot::{Awaited, Standing, StartKind};
use machine::{Event, Flow, Snapshot, Step, trace};
use serde_json::json;
use service::translate;

use crate::stage::Stage;
use crate::{explored, files, findings, root, shown};

/// The codes whose path can be followed.
const CODES: [u16; 9] = [401, 402, 403, 405, 407, 410, 411, 412, 414];

/// Faults that the engine itself keeps from a call, or that only the design calls one: no path can show them.
const NOT_SHOWN: [(&str, &str); 5] = [
    ("cf402-failure-unhandled/any-event-is-no-answer.yaml", "`*` takes it, which counts as no answer"),
    ("cf403-success-unhandled/any-event-is-no-answer.yaml", "`*` takes it, which counts as no answer"),
    ("cf403-success-unhandled/only-noted.yaml", "the roster is noted for ever, and leads nowhere"),
    ("cf403-success-unhandled/rejected.yaml", "the engine ends a run whose call is over"),
    ("cf403-success-unhandled/transfer-accepted.yaml", "the engine ends a run whose call is over"),
];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for path in files(&root().join("tests/findings"), ".yaml") {
        let name = shown(&path);
        let code = name.split('/').nth(2).and_then(|folder| folder.get(2..5)?.parse().ok());
        let Some(code) = code.filter(|code| CODES.contains(code) && !name.contains(".right")) else {
            continue;
        };
        if NOT_SHOWN.iter().any(|(case, _)| name.ends_with(case)) {
            continue;
        }
        trials.push(Trial::test(format!("replayed {name}"), move || {
            let text = std::fs::read_to_string(&path)?;
            let source = lang::Source::new(shown(&path), text);
            let beside = findings::beside(&path);
            let found =
                validate::check_among(vec![source.clone()], || beside.clone()).reports.remove(0).found;
            let flow = resolve(&source, &beside).ok_or("it cannot be resolved")?;
            if flow.is_only_subflow() {
                // It runs where others run it.
                return Ok(());
            }
            let found: Vec<_> = found.iter().filter(|finding| finding.code.0 == code).collect();
            // Of a set of flows, only some are at fault.
            let is_of_a_set = shown(&path).split('/').count() > 4;
            if found.is_empty() && !is_of_a_set {
                return Err(format!("CF{code} is not found").into());
            }
            // A warning rejects nothing: it tells of values, and a path only of events.
            let rejects = |finding: &&&lang::Finding| finding.severity == lang::Severity::Error;
            found.iter().filter(rejects).try_for_each(|finding| shows(&flow, finding))
        }));
    }
    trials
}

/// Without the rules: these flows are wrong on purpose.
fn resolve(source: &lang::Source, beside: &[lang::Source]) -> Option<Flow> {
    let documents: Vec<_> = beside.iter().filter_map(|source| lang::yaml::read(source).0).collect();
    let mut library = machine::Library::default();
    for document in &documents {
        let name = document.get("flow").and_then(|name| name.scalar())?;
        library.add(&name.text, Some(document));
    }
    let mut draft = machine::draft::read(&lang::yaml::read(source).0?).0?;
    machine::link(&mut draft, &library);
    machine::resolve(&draft).0
}

/// The words in backticks of a headline.
fn quoted(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

fn shows(flow: &Flow, finding: &Finding) -> Result<(), Failed> {
    let mut run = Run::follow(flow, finding, None);
    let words = quoted(&finding.message);
    if matches!(finding.code.0, 411 | 412) && run.somebody_must_confirm() {
        // They are asked when they have answered, which is behind the end of the path.
        run.happen("AddParticipantSucceeded");
    }
    let is_shown = match finding.code.0 {
        401 => {
            let kind = ActionKind::from_name(words[0]);
            // The engine knows better than to post it, or the provider refuses it.
            !run.posted.iter().any(|posted| Some(*posted) == kind)
                || run.notes.iter().any(|note| note.contains("is not posted"))
                || run.refused.iter().any(|(refused, _)| Some(*refused) == kind)
        }
        402 => {
            run.tell(words[0], words[1]);
            if !run.failed() {
                // Refused at once, so that what stands behind it is not posted.
                run = Run::follow(flow, finding, ActionKind::from_name(words[1]));
            }
            run.failed()
        }
        403 => {
            if words.len() > 1 {
                run.tell(words[0], words[1]);
            }
            run.waits_for_nothing()
        }
        405 => run.leaves_by_itself,
        407 => run.is_refused(400, 8523),
        // There is nothing to withdraw or to stop: it cannot even be posted, or the provider says so. What these two
        // come to where nothing began the reference does not say.
        410 => {
            matches!(words[0], "unhold" | "stopContinuousDtmf")
                || run.notes.iter().any(|note| note.contains("ExpressionFailed"))
                || run.hears(8543)
                || run.is_refused(400, 8585)
        }
        // Without a speech service, and without the options of a transcription or a stream.
        411 => run.is_refused(400, 8567) || run.is_refused(405, 8522),
        412 => run.is_refused(412, 8583),
        // The reference wants no `transferee` in a 1:1 call, and does not say how one is refused.
        414 => words[0] == "transferee" || run.is_refused(400, 8523),
        code => return Err(format!("CF{code} cannot be replayed").into()),
    };
    let is_shown = is_shown && is_met(flow, finding.code.0);
    if is_shown { Ok(()) } else { Err(format!("{}\n{}", finding.message, run.lines.join("\n")).into()) }
}

/// Whether exploring meets such a fault: it would see it, were the flow held to be valid.
fn is_met(flow: &Flow, code: u16) -> bool {
    let is_wanted = |fault: &Fault| match code {
        402 => matches!(fault, Fault::Unhandled(_)),
        403 => *fault == Fault::Stuck,
        405 => *fault == Fault::LeftUp,
        _ => true,
    };
    let all = explored::explore_all(flow, explored::BOUNDS);
    !matches!(code, 402 | 403 | 405)
        || all.iter().any(|(_, explored)| explored.met.iter().any(|met| is_wanted(&met.fault)))
}

struct Run<'f> {
    flow: &'f Flow,
    stage: Stage,
    snapshot: Snapshot,
    began: Timestamp,
    /// Events that have not been given yet.
    withheld: Vec<Event>,
    posted: Vec<ActionKind>,
    refused: Vec<(ActionKind, Refusal)>,
    /// This action is refused.
    refuses: Option<ActionKind>,
    leaves_by_itself: bool,
    notes: Vec<String>,
    lines: Vec<String>,
}

impl<'f> Run<'f> {
    /// Follows the path of a finding. Where it has none, whatever comes is given for a while.
    fn follow(flow: &'f Flow, finding: &Finding, refuses: Option<ActionKind>) -> Run<'f> {
        let events: Vec<&str> = finding
            .trace
            .iter()
            .map(|step| match &step.cause {
                Cause::Event(name) | Cause::Action(name) => name.as_str(),
            })
            .collect();
        let at: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut stage = Stage::new(1, at);
        let fails = ["AddParticipantFailed", "CallTransferFailed", "CreateCallFailed"];
        let is_busy = events.iter().any(|event| fails.contains(event));
        for somebody in ["+14255550123", "+14255550124", "+14255550188"] {
            stage.person(
                somebody,
                if is_busy { json!({ "busy": true }) } else { json!({ "answerAfter": "1s" }) },
            );
        }
        let presses = if events.contains(&"RecognizeCompleted") { vec!["1"; 9] } else { Vec::new() };
        stage.ring(json!({ "script": { "press": presses } }));
        let start = if flow.initial(StartKind::Incoming).is_some() {
            let beginning = explored::beginning(flow, StartKind::Incoming);
            Beginning { start: Start::Incoming(stage.incoming.clone().unwrap()), ..beginning }
        } else {
            explored::beginning(flow, StartKind::Api)
        };
        let input = Input { at: stage.at, what: What::Start(Box::new(start)) };
        let began = stage.at;
        let Step { snapshot, account } = machine::begin(flow, &input);
        let mut run = Run {
            flow,
            stage,
            snapshot,
            began,
            withheld: Vec::new(),
            posted: Vec::new(),
            refused: Vec::new(),
            refuses,
            leaves_by_itself: false,
            notes: Vec::new(),
            lines: Vec::new(),
        };
        run.account(&input, account);
        if events.is_empty() {
            run.watch();
        }
        for event in events {
            run.happen(event);
        }
        run
    }

    fn give(&mut self, what: What) {
        let input = Input { at: self.stage.at, what };
        let Step { snapshot, account } = machine::step(self.flow, self.snapshot.clone(), &input);
        let had_ended = self.snapshot.outcome().is_some();
        self.snapshot = snapshot;
        let hangs_up = account.effects.iter().any(|effect| {
            matches!(effect, Effect::Post { operation, action }
                if action.kind() == ActionKind::HangUp
                    && self.snapshot.operations.get(operation).is_some_and(|posted| posted.visit == Visit::RUN))
        });
        let is_over = self.snapshot.outcome().is_some_and(|outcome| outcome.as_str() != Outcome::ERROR);
        self.leaves_by_itself |= is_over && !had_ended && (hangs_up || self.snapshot.wants_to_leave);
        self.account(&input, account);
    }

    /// Notes what was done, and posts what is to be posted.
    fn account(&mut self, input: &Input, account: machine::step::Account) {
        self.lines.push(trace::line(self.flow, self.began, input, &account));
        self.notes.extend(account.notes);
        for effect in account.effects {
            let Effect::Post { operation: id, action } = effect else { continue };
            let Some(operation) = self.snapshot.operations.get(&id).cloned() else { continue };
            let kind = action.kind();
            self.posted.push(kind);
            if kind == ActionKind::Http {
                continue;
            }
            let answer = if self.refuses == Some(kind) {
                Err(Refusal { status: 500, sub_code: None, message: "a fault of the provider".to_owned() })
            } else {
                self.stage.post(&self.snapshot.call, id, &operation, &action)
            };
            match answer {
                Ok(ack) => self.give(What::Acknowledged { operation: id, ack: Box::new(ack) }),
                Err(refusal) => {
                    self.refused.push((kind, refusal.clone()));
                    self.give(What::Refused { operation: id, refusal });
                }
            }
        }
    }

    fn somebody_must_confirm(&self) -> bool {
        let mut operations = self.snapshot.operations.values();
        operations.any(|operation| matches!(operation.awaits, Some(Awaited::Confirmation(_))))
    }

    /// Lets time pass; what is heard waits for its turn.
    fn pass(&mut self, span: Duration) {
        self.stage.pass(span);
        let heard = self.stage.take();
        self.withheld.extend(heard.iter().filter_map(translate::event));
    }

    /// The next thing on the path.
    fn happen(&mut self, name: &str) {
        if name == "a timer" {
            let timers =
                self.snapshot.timers.iter().filter(|timer| matches!(timer.timer, TimerId::After(..)));
            if let Some(timer) = timers.min_by_key(|timer| timer.at).copied() {
                self.pass(Duration::try_from(timer.at.duration_since(self.stage.at)).unwrap_or_default());
                self.give(What::Timer(timer.timer));
            }
            return;
        }
        if name == "CallDisconnected" {
            self.stage.caller_leaves();
        }
        for _ in 0..600 {
            if let Some(index) = self.withheld.iter().position(|event| event.kind.name() == name) {
                let event = self.withheld.remove(index);
                return self.give(What::Event(Box::new(event)));
            }
            self.pass(Duration::from_millis(500));
        }
        // What the simulator does not tell: an outside system's events, and what the provider may do at any time.
        let kind = EventKind::from_name(name).unwrap_or_else(|| EventKind::Custom(name.into()));
        self.lines.push(format!("(the simulator does not tell `{name}`)"));
        self.give(What::Event(Box::new(Event::new(kind))));
    }

    fn watch(&mut self) {
        for _ in 0..120 {
            for event in std::mem::take(&mut self.withheld) {
                self.give(What::Event(Box::new(event)));
            }
            self.pass(Duration::from_millis(500));
        }
    }

    /// An event tells the result of the newest action of this name.
    fn tell(&mut self, event: &str, action: &str) {
        let kind = ActionKind::from_name(action);
        let newest = self.snapshot.operations.iter().rfind(|(_, operation)| Some(operation.kind) == kind);
        let operation = newest.map(|(id, _)| *id);
        let kind = EventKind::from_name(event).unwrap();
        self.give(What::Event(Box::new(Event { operation, ..Event::new(kind) })));
    }

    fn failed(&self) -> bool {
        self.snapshot.outcome().is_some_and(|outcome| outcome.as_str() == Outcome::ERROR)
    }

    fn is_refused(&self, status: u16, sub_code: i64) -> bool {
        self.refused.iter().any(|(_, refusal)| refusal.status == status && refusal.sub_code == Some(sub_code))
    }

    fn hears(&mut self, sub_code: i64) -> bool {
        self.pass(Duration::from_secs(5));
        self.withheld.iter().any(|event| event.sub_code == Some(sub_code))
    }

    /// The run goes on, the call is up, and neither timer nor result will come any more.
    fn waits_for_nothing(&self) -> bool {
        let snapshot = &self.snapshot;
        let is_timer = |timer: TimerId| matches!(timer, TimerId::After(..) | TimerId::Held);
        let is_awaited = |operation: &machine::snapshot::Operation| {
            snapshot.is_visiting(operation.visit) && operation.callback_uri.is_none() && !operation.closed
        };
        snapshot.standing == Standing::Running
            && snapshot.posting.is_none()
            && !snapshot.timers.iter().any(|armed| is_timer(armed.timer))
            && !snapshot.operations.values().any(is_awaited)
    }
}
