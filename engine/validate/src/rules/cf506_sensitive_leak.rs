//! CF506: digits collected by a recognition marked `sensitive: true` that reach a log, a URL or another system.

use std::collections::HashMap;

use lang::expr::Read;
use lang::{Code, Expr, Finding, Span, Template};
use machine::actions::{ActionKind, Written, http, teams_phone};
use machine::draft;
use machine::event::EventKind;

use super::{Rule, Subject, once_per_action};
use crate::model::Model;
use crate::names::{Giving, is_sensitive};
use crate::places::{ArgumentUse, Passed, Place, Purpose, Receiver, Site, for_each_expression};
use crate::product::{Facts, Keeper, Law, Seen, What};

mod handed_on;

pub(super) const RULE: Rule = Rule { check };

const CODE: Code = Code(506);

/// Unit: variables of one flow that hold such digits, each a bit of [`Facts`]. More are not followed.
const VARIABLES_MAX: usize = 128;

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    if !subject.model.all_actions().any(is_sensitive) {
        return;
    }
    kept(subject, found);
    let Some(secrecy) = Secrecy::of(subject) else { return };
    for_each_expression(subject.model, &mut |place, expr| {
        let Some(sink) = sink(subject.model, place) else { return };
        if let Some(read) = secrecy.leak(place, expr) {
            found.push(secrecy.finding(place, &read, expr.place(read.start, read.end), &sink));
        }
    });
}

/// What is asked for while something keeps all that is keyed in or said (clarification 69).
fn kept(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for (met, action) in once_per_action(subject.product, |what| matches!(what, What::Kept(_))) {
        let What::Kept(keeper) = met.what else { continue };
        let (keeper, help) = match keeper {
            Keeper::Recording => {
                ("recording", "post `pauseRecording` before it, and `resumeRecording` when it is answered")
            }
            Keeper::Transcription => (
                "transcription",
                "post `stopTranscription` before it, and `startTranscription` when it is answered",
            ),
        };
        let mut finding =
            Finding::warning(CODE, action.name, format!("the {keeper} keeps what is sensitive here"))
                .label("this is heard by whoever has it")
                .note("keys are tones, and stay in it as well as words do")
                .help(help);
        finding.trace = subject.product.trace(&met.via);
        found.push(finding);
    }
}

/// Where a value goes, if others can see it there.
fn sink(model: &Model<'_>, place: &Place<'_>) -> Option<String> {
    match place.purpose {
        Purpose::Argument(argument) => shown_by(&argument).map(str::to_owned),
        Purpose::Passed(Passed { to: Receiver::Caller, .. }) => {
            Some("the flow that runs this one".to_owned())
        }
        Purpose::Passed(Passed { to: Receiver::Subflow(run), name, .. }) => {
            let Site::Leaving(state) = place.site else { return None };
            let sink = handed_on::sink(model, state, &name.value)?;
            Some(format!("{sink}, through sub-flow `{}`", run.name.value))
        }
        Purpose::Guard | Purpose::Value(_) => None,
    }
}

/// Where an argument's value goes, if others can see it there. What is spoken stays in the call (clarification 69).
fn shown_by(argument: &ArgumentUse<'_>) -> Option<&'static str> {
    let name = argument.given.name;
    match (argument.written()?.kind(), name) {
        (ActionKind::Log, _) => Some("the log"),
        (ActionKind::Http, "timeout") => None,
        (ActionKind::Http, http::HEADERS | "body") => Some("another system"),
        (ActionKind::Http, _) => Some("a URL"),
        (_, "voipHeaders" | "sipHeaders" | "userToUser") => Some("the headers of an invitation"),
        (ActionKind::Transfer | ActionKind::AddParticipant, name) if teams_phone::has(name) => {
            Some("a Teams phone agent")
        }
        (_, _) => None,
    }
}

/// Which variables hold sensitive digits, and where.
struct Secrecy<'s, 'a> {
    subject: &'s Subject<'a>,
    /// The variables that ever do, each with its bit.
    variables: HashMap<&'a str, Facts>,
    seen: Seen,
}

impl<'s, 'a> Secrecy<'s, 'a> {
    /// `None`: there are too many paths to be sure of any.
    fn of(subject: &'s Subject<'a>) -> Option<Secrecy<'s, 'a>> {
        let paths = subject.product.paths()?;
        let mut secrecy = Secrecy { subject, variables: HashMap::new(), seen: Seen::default() };
        secrecy.find_variables();
        let sets: Vec<Vec<Set>> = subject
            .product
            .taken
            .iter()
            .map(|taken| {
                // The variables of sub-flows are others, whatever their names.
                if taken.owner.is_some_and(|owner| !subject.model.is_own(owner)) {
                    return Vec::new();
                }
                let set = taken.branch().set.iter();
                set.filter_map(|(name, value)| secrecy.set(&name.value, value, taken.branches)).collect()
            })
            .collect();
        let seen = paths.see(&Law {
            unreached: 0,
            meet: |one, other| one | other,
            carry: &|facts, taken| {
                let sets = taken.and_then(|taken| sets.get(taken)).map_or(&[][..], Vec::as_slice);
                sets.iter().fold(facts, |then, set| set.apply(facts, then))
            },
            attempt: &|facts, _| facts,
            enter: &|facts, _| facts,
        });
        secrecy.seen = seen;
        Some(secrecy)
    }

    /// Variables that get such digits anywhere, from the event or from each other.
    fn find_variables(&mut self) {
        let names = self.subject.names;
        loop {
            let before = self.variables.len();
            for (name, variable) in &names.variables {
                if self.variables.len() < VARIABLES_MAX
                    && !self.variables.contains_key(name)
                    && variable.givings.iter().any(|giving| self.gives_digits(giving))
                {
                    self.variables.insert(*name, 1 << self.variables.len());
                }
            }
            if self.variables.len() == before {
                return;
            }
        }
    }

    fn gives_digits(&self, giving: &Giving<'a>) -> bool {
        let Some((Site::Branch(site), template)) = giving.value else { return false };
        let reads: Vec<_> = template.expressions().flat_map(Expr::carries).collect();
        reads.iter().any(|read| self.is_event(read, site.branches) || self.bit(read) != 0)
    }

    fn set(&self, name: &str, value: &Template, handler: &[draft::Branch]) -> Option<Set> {
        let bit = *self.variables.get(name)?;
        let reads: Vec<_> = value.expressions().flat_map(Expr::carries).collect();
        let always = reads.iter().any(|read| self.is_event(read, handler));
        let from = reads.iter().map(|read| self.bit(read)).fold(0, |one, other| one | other);
        Some(Set { bit, always, from })
    }

    /// The variables that a read shows.
    fn bit(&self, read: &Read) -> Facts {
        match (read.root.as_str(), read.path.first()) {
            ("vars", Some(name)) => self.variables.get(name.as_str()).copied().unwrap_or(0),
            ("vars", None) => self.variables.values().fold(0, |one, other| one | other),
            _ => 0,
        }
    }

    /// Whether it reads the digits of an event that may come from a sensitive recognition.
    fn is_event(&self, read: &Read, handler: &[draft::Branch]) -> bool {
        const OF_PAYLOAD: [&str; 2] = ["dtmfResult", "speechResult"];
        let path: Vec<&str> = read.path.iter().map(String::as_str).collect();
        let shows = read.root == "event"
            && match path.as_slice() {
                [] | ["data"] | ["digits" | "tone" | "speech", ..] => true,
                ["data", part, ..] => OF_PAYLOAD.contains(part),
                _ => false,
            };
        shows && self.recognitions(handler).next().is_some()
    }

    /// The sensitive recognitions whose results reach a handler.
    fn recognitions(&self, handler: &[draft::Branch]) -> impl Iterator<Item = &'a Written> {
        let actions = self.subject.reaches.actions(handler, &EventKind::RecognizeCompleted);
        actions.filter(|written| is_sensitive(written))
    }

    /// The first reading of such digits that can be seen in the value of an expression.
    fn leak(&self, place: &Place<'a>, expr: &Expr) -> Option<Read> {
        let mut facts = match place.site {
            Site::Start | Site::FirstValues | Site::Defaults => return None,
            Site::Entry(state) => self.seen.entry.get(&state).copied(),
            Site::Exit(state) | Site::Leaving(state) => self.seen.exit.get(&state).copied(),
            Site::Branch(site) => self.seen.tried.get(&std::ptr::from_ref(site.branch())).copied(),
        }
        .unwrap_or(0);
        let mut handler: &[draft::Branch] = &[];
        if let Site::Branch(site) = place.site {
            handler = site.branches;
            let set = site.branch().set.iter();
            let sets = set.filter_map(|(name, value)| self.set(&name.value, value, handler));
            let before = facts;
            facts = sets.fold(before, |then, set| set.apply(before, then));
        }
        let shows = |read: &Read| self.is_event(read, handler) || self.bit(read) & facts != 0;
        expr.carries().into_iter().find(shows)
    }

    fn finding(&self, place: &Place<'a>, read: &Read, span: Span, sink: &str) -> Finding {
        let finding = Finding::warning(CODE, span, format!("sensitive digits reach {sink}"))
            .label("what the caller entered, as it is")
            .note("the recognition is marked `sensitive: true`: a PIN or card number must not be kept or passed on")
            .help("leave it out, or say only what was found, such as the result of a comparison");
        let (finding, recognition) = match (place.site, read.root.as_str()) {
            (Site::Branch(site), "event") => (finding, self.recognitions(site.branches).next()),
            _ => self.origin(finding, read),
        };
        match recognition {
            Some(written) => finding.related(written.name, "collected here, as sensitive"),
            None => finding,
        }
    }

    /// Follows a variable back to the recognition; each place where the digits are kept is shown.
    fn origin(&self, mut finding: Finding, read: &Read) -> (Finding, Option<&'a Written>) {
        let mut names: Vec<String> = Vec::new();
        let mut next = read.path.first().cloned();
        while let Some(name) = next.take().filter(|name| !names.contains(name)) {
            let variable = self.subject.names.variables.get(name.as_str());
            let givings = variable.map_or(&[][..], |variable| &variable.givings);
            let Some(giving) = givings.iter().find(|giving| self.gives_digits(giving)) else { break };
            let Some((Site::Branch(site), template)) = giving.value else { break };
            finding = finding.related(giving.span, "kept here");
            if let Some(recognition) = self.recognitions(site.branches).next() {
                return (finding, Some(recognition));
            }
            let reads = template.expressions().flat_map(Expr::carries);
            next = reads.filter(|read| self.bit(read) != 0).find_map(|read| read.path.into_iter().next());
            names.push(name);
        }
        (finding, None)
    }
}

/// What `set` does to the secrecy of one variable.
#[derive(Clone, Copy)]
struct Set {
    bit: Facts,
    /// It holds such digits afterwards,
    always: bool,
    /// or does if one of these did before.
    from: Facts,
}

impl Set {
    fn apply(self, before: Facts, then: Facts) -> Facts {
        if self.always || before & self.from != 0 { then | self.bit } else { then & !self.bit }
    }
}
