//! CF303: a loop of states that never waits.

use lang::{Code, Finding};

use super::{Rule, Subject};
use crate::graph::WayKind;

pub(super) const RULE: Rule = Rule { check };

/// A counter does not help: the run spins until it is stopped (clarification 65).
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for cycle in subject.graph.cycles(|way| way.kind == WayKind::Nothing) {
        let name = &subject.model.written(cycle[0]).name;
        let names: Vec<_> =
            cycle.iter().map(|id| format!("`{}`", subject.model.written(*id).name.value)).take(6).collect();
        let headline = match names.as_slice() {
            [one] => format!("{one} leads to itself without waiting"),
            names => format!("{} lead to each other without waiting", names.join(", ")),
        };
        found.push(
            Finding::error(Code(303), name.span, headline)
                .label("the loop begins here")
                .note("each is left at once, so that the run would spin until the engine ends it")
                .help("let one of them wait for an event or a timer"),
        );
    }
}
