//! CF304: a loop that only the caller's hanging up can end.

use std::collections::{HashMap, HashSet};

use lang::{Code, Finding};
use machine::flow::{EventName, Target};
use machine::ids::StateId;

use super::{Rule, Subject, is_told};
use crate::graph::{Graph, Way, WayKind};
use crate::model::{Model, Trigger};
use crate::names::Names;

pub(super) const RULE: Rule = Rule { check };

/// Clarification 12: a caller who is silent, wrong or merely listening could follow it for ever.
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    if is_told(found, &[305]) {
        return;
    }
    let waits = |cycle: &[StateId]| {
        // A loop that never waits is CF303's.
        let inner =
            subject.graph.ways.iter().filter(|way| cycle.contains(&way.from) && cycle.contains(&way.to));
        inner.clone().any(|way| way.kind != WayKind::Nothing)
    };
    let possible = &subject.product.possible;
    let failing: HashSet<StateId> =
        possible.iter().filter(|(_, kind)| kind.is_failure()).map(|(leaf, _)| *leaf).collect();
    let can_happen = |way: &Way| match &way.event {
        Some(EventName::Exact(kind)) => possible.contains(&(way.from, kind.clone())),
        Some(EventName::AnyFailure) => failing.contains(&way.from),
        Some(EventName::Any) | None => true,
    };
    let is_passive = |way: &Way| way.kind != WayKind::Active && !way.is_counted && can_happen(way);
    for cycle in uncounted(subject.graph, subject.names, is_passive).into_iter().filter(|cycle| waits(cycle))
    {
        let name = |id: &StateId| subject.model.written(*id).name.span;
        let never_waits = |finding: &Finding| finding.code == Code(303);
        let is_told = found
            .iter()
            .filter(|finding| never_waits(finding))
            .any(|finding| cycle.iter().any(|id| finding.primary.span == name(id)));
        if is_told || has_timer_out(subject.model, &cycle) {
            continue;
        }
        let name = &subject.model.written(cycle[0]).name;
        let headline = match cycle.as_slice() {
            [_] => format!("state `{}` can be repeated for ever", name.value),
            _ => format!("a loop through `{}` can be repeated for ever", name.value),
        };
        let finding = Finding::warning(Code(304), name.span, headline)
            .label("only the caller's hanging up ends it")
            .note("a caller who stays silent, or presses the wrong key, is led round and round, and the call is billed")
            .help("count with `when: state.visits < 3`, or leave by a timer under `after`");
        found.push(cycle.iter().skip(1).take(3).fold(finding, |finding, id| {
            finding.related(subject.model.written(*id).name.span, "on the way round")
        }));
    }
}

/// The loops in which no variable that is asked changes on the way round.
fn uncounted(graph: &Graph, names: &Names<'_>, is_open: impl Fn(&Way) -> bool) -> Vec<Vec<StateId>> {
    let mut limited: HashSet<*const Way> = HashSet::new();
    loop {
        let is_left = |way: &Way| is_open(way) && !limited.contains(&std::ptr::from_ref(way));
        let cycles = graph.cycles(is_left);
        let mut loop_of: HashMap<StateId, usize> = HashMap::new();
        for (index, cycle) in cycles.iter().enumerate() {
            loop_of.extend(cycle.iter().map(|state| (*state, index)));
        }
        let inner = |way: &&Way| {
            is_left(way) && loop_of.get(&way.from).is_some_and(|from| loop_of.get(&way.to) == Some(from))
        };
        let mut changes: HashSet<(usize, &str)> = HashSet::new();
        for way in graph.ways.iter().filter(inner) {
            changes.extend(way.sets.iter().map(|name| (loop_of[&way.from], name.as_str())));
        }
        let is_limited = |way: &&Way| {
            let at = loop_of[&way.from];
            way.asks.iter().any(|name| {
                // A name that nobody knows stands for the right one (clarification 13).
                !names.variables.contains_key(name.as_str()) && !name.is_empty()
                    || changes.contains(&(at, name.as_str()))
                    || name.is_empty() && changes.iter().any(|(of, _)| *of == at)
            })
        };
        let found: Vec<_> =
            graph.ways.iter().filter(inner).filter(is_limited).map(std::ptr::from_ref).collect();
        if found.is_empty() {
            return cycles;
        }
        limited.extend(found);
    }
}

/// Whether a timer of a state in the loop, or of one around it, leads out.
fn has_timer_out(model: &Model<'_>, cycle: &[StateId]) -> bool {
    let leads_out = |owner: Option<StateId>| {
        let timers = model.choices(owner).filter(|choice| matches!(choice.trigger, Trigger::Timer));
        timers.flat_map(|choice| choice.branches()).any(|branch| match branch.target {
            Target::State(target) => !cycle.contains(&model.innermost(*target)),
            Target::End(_) => true,
            Target::Stay => false,
        })
    };
    cycle.iter().any(|id| model.outward(*id).any(|state| leads_out(Some(state)))) || leads_out(None)
}
