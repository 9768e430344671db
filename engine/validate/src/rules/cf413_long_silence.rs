//! CF413: a path on which the caller hears nothing for long.

use std::collections::HashSet;
use std::time::Duration;

use lang::{Code, Finding};
use machine::actions::{Arguments, Written};
use machine::flow::{Next, Target};
use machine::ids::StateId;
use machine::protocol::{OnCall, Phase};

use super::{Rule, Subject, has_no_way_on, may_lead};
use crate::product::{Open, Others, Place, What};

pub(super) const RULE: Rule = Rule { check };

/// Clarification 17.
const LONG: Duration = Duration::from_secs(10);
/// How long a phone may ring, if the flow does not say. Source: reference 2.6.
const RINGS: Duration = Duration::from_secs(180);
/// What `http` waits for an answer, if the flow does not say.
const HTTP: Duration = Duration::from_secs(10);

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut seen = told_states(subject, found);
    for (place, via) in subject.product.places() {
        if !subject.model.is_own(place.leaf) || seen.contains(&place.leaf) || !is_silent(subject, place) {
            continue;
        }
        seen.insert(place.leaf);
        let name = &subject.model.written(place.leaf).name;
        let (seconds, state) = (LONG.as_secs(), &name.value);
        let finding = match place.phase {
            Phase::Ringing => {
                let headline = format!("the call may ring for more than {seconds} s in state `{state}`");
                Finding::warning(Code(413), name.span, headline)
                    .label("nobody has answered yet")
                    .note("a call that comes in rings for 30 s, and then it is gone")
                    .help("answer first and play something, or set a shorter `timeout`")
            }
            _ => {
                let headline =
                    format!("the caller hears nothing for more than {seconds} s in state `{state}`");
                Finding::warning(Code(413), name.span, headline)
                    .label("no prompt, no music, nobody to talk to")
                    .note("a caller who hears nothing takes the line for dead and hangs up")
                    .help("play something that repeats: `- play: { file: …, loop: true }`")
            }
        };
        let mut finding = finding;
        finding.trace = subject.product.trace(&via);
        found.push(finding);
    }
}

/// The states of which it is told already that a call stays in them (clarification 13).
fn told_states(subject: &Subject<'_>, found: &[Finding]) -> HashSet<StateId> {
    let stuck = |what: &What| {
        matches!(
            what,
            What::WaitsForever
                | What::SuccessUnhandled(_)
                | What::ResultsElsewhere
                | What::Illegal(_)
                | What::WhileTransferring
        )
    };
    let mut told: HashSet<_> =
        subject.product.met.iter().filter(|met| stuck(&met.what)).map(|met| met.leaf).collect();
    let spans: Vec<_> = found
        .iter()
        .filter(|finding| matches!(finding.code, Code(307 | 404)))
        .map(|finding| finding.primary.span)
        .collect();
    let holds = |id: StateId| {
        let state = subject.model.written(id).span;
        spans.iter().any(|span| state.start <= span.start && span.end <= state.end)
    };
    told.extend(subject.model.ids().filter(|id| holds(*id)));
    told.extend(subject.model.ids().filter(|id| has_no_way_on(subject, *id, found)));
    told.extend(strayed(subject, found));
    told
}

/// The states whose calls stay where they are, since a branch leads nowhere: for each state that no path reaches, the
/// nearest one before it, which most likely should lead there.
fn strayed(subject: &Subject<'_>, found: &[Finding]) -> Vec<StateId> {
    let model = subject.model;
    let stays = |id: &StateId| {
        let branches = model.choices(Some(*id)).flat_map(|choice| choice.branches());
        branches.map(|branch| branch.target).any(|target| matches!(target, Target::Stay))
    };
    let unreached = found.iter().filter(|finding| finding.code == Code(301));
    let unreached = unreached.filter_map(|finding| model.around(finding.primary.span));
    let before = |to: StateId| {
        let can_lead =
            |from: &StateId| subject.graph.reachable[from.0 as usize] && may_lead(model, *from, to);
        model.ids().filter(|from| can_lead(from) && stays(from)).last()
    };
    unreached.filter_map(before).collect()
}

fn is_silent(subject: &Subject<'_>, place: &Place) -> bool {
    let waits = matches!(subject.model.state(place.leaf).next, Next::Wait);
    if !waits || place.is_hanging_up {
        return false;
    }
    let is_heard = |open: &Open| open.media.is_queued() || open.on_call() == OnCall::HandsOver;
    match place.phase {
        Phase::Connected if place.others != Others::Several && !place.open.iter().any(is_heard) => {}
        Phase::Ringing => {}
        Phase::Idle | Phase::Connecting | Phase::Connected | Phase::Gone => return false,
    }
    if place.ongoing.is_heard() {
        return false;
    }
    // What was to be heard has failed, and the flow takes that into account.
    let repeats = |action: &Written| matches!(&action.arguments, Arguments::Play(play) if play.may_repeat());
    let mut states = subject.model.outward(place.leaf);
    if place.phase == Phase::Connected && states.any(|state| subject.model.actions(state).any(repeats)) {
        return false;
    }
    // Someone may be in the call whom we cannot count.
    if place.others == Others::Unknown && place.phase == Phase::Connected && place.has_invited {
        return false;
    }
    let timer = shortest_timer(subject, place);
    let operations: Vec<_> = place.open.iter().filter(|open| !open.is_stale).collect();
    let answer = operations.iter().filter_map(|open| longest(subject, open)).max();
    let wait = match (timer, answer) {
        (Some(timer), Some(answer)) => Some(timer.min(answer)),
        (timer, answer) => timer.or(answer),
    };
    wait.is_none_or(|wait| wait > LONG)
}

/// How long an operation may take to answer.
fn longest(subject: &Subject<'_>, open: &Open) -> Option<Duration> {
    let action = subject.product.action(open.action)?;
    Some(match &action.arguments {
        Arguments::AddParticipant(add) => add.rings_for().unwrap_or(RINGS),
        Arguments::Http(http) => http.waits_for().unwrap_or(HTTP),
        _ => Duration::from_secs(5),
    })
}

/// The first timer that surely leaves the state.
fn shortest_timer(subject: &Subject<'_>, place: &Place) -> Option<Duration> {
    let flow = subject.model.flow.handlers();
    let states = subject.model.outward(place.leaf).map(|state| &subject.model.state(state).handlers);
    let leaves = |branches: &[machine::flow::Branch]| {
        branches.iter().any(|branch| branch.when.is_none() && !branch.target.stays())
    };
    states
        .chain((place.phase == Phase::Connected).then_some(flow))
        .flat_map(|handlers| &handlers.after)
        .filter(|(_, branches)| leaves(branches))
        .map(|(delay, _)| *delay)
        .min()
}
