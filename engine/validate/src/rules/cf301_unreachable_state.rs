//! CF301: a state that no path reaches.

use lang::{Code, Finding};
use machine::flow::Target;
use machine::ids::StateId;

use super::{Rule, Subject, is_told};

pub(super) const RULE: Rule = Rule { check };

/// One finding for an island, at its first state (clarification 67).
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    // A handler or a branch that is missing leaves the state unreached that it should lead to.
    if is_told(found, &[302, 307, 402, 403]) {
        return;
    }
    let (model, graph) = (subject.model, subject.graph);
    let is_lost = |id: StateId| !graph.reachable[id.0 as usize];
    // The first state of the island that each lost state belongs to.
    let mut first: Vec<u32> = (0u32..).take(graph.reachable.len()).collect();
    fn root(first: &mut [u32], mut state: u32) -> u32 {
        while first[state as usize] != state {
            first[state as usize] = first[first[state as usize] as usize];
            state = first[state as usize];
        }
        state
    }
    for id in model.ids().filter(|id| is_lost(*id)) {
        let choices = model.choices(Some(id)).into_iter().flat_map(|choice| choice.branches);
        let targets = choices.filter_map(|branch| match branch.target {
            Target::State(target) => Some(*target),
            Target::Stay | Target::End(_) => None,
        });
        let parent = model.state(id).parent;
        for other in targets.chain(parent).filter(|other| is_lost(*other)) {
            let (a, b) = (root(&mut first, id.0), root(&mut first, other.0));
            first[a.max(b) as usize] = a.min(b);
        }
    }
    for id in model.ids().filter(|id| is_lost(*id)) {
        if root(&mut first, id.0) != id.0 {
            continue;
        }
        let name = &model.written(id).name;
        let others =
            model.ids().filter(|other| is_lost(*other) && root(&mut first, other.0) == id.0).count() - 1;
        let finding = Finding::error(Code(301), name.span, format!("no path reaches state `{}`", name.value))
            .label("no call ever comes here")
            .help("lead a transition here, or remove the state");
        found.push(match others {
            0 => finding,
            1 => finding.note("nor does any path reach the state that belongs to it"),
            more => finding.note(format!("nor does any path reach the {more} states that belong to it")),
        });
    }
}
