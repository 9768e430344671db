//! CF301: a state that no path reaches.

use lang::{Code, Finding, Label};
use machine::flow::Target;
use machine::ids::StateId;

use super::{Rule, Subject, may_lead};

pub(super) const RULE: Rule = Rule { check };

/// A way is missing in a state: what it should lead to may not be reached for that alone.
const GAPS: [Code; 4] = [Code(302), Code(307), Code(402), Code(403)];

/// States that are not reached and belong together.
struct Island {
    /// The first in the file.
    first: StateId,
    /// The others.
    others: usize,
}

/// One finding for an island, at its first state (clarification 67).
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let model = subject.model;
    let mut islands = islands(subject);
    for gap in found.iter_mut().filter(|finding| GAPS.contains(&finding.code)) {
        let Some(explained) = explained(subject, gap, &islands) else { continue };
        let name = &model.written(islands.remove(explained).first).name;
        // It is another finding if the state is to be reached from elsewhere: then it must not be lost.
        if gap.primary.span != name.span {
            gap.related.push(Label { span: name.span, text: "no path reaches this state".to_owned() });
        }
    }
    for Island { first, others } in islands {
        let name = &model.written(first).name;
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

/// The island that a missing way is the cause of, most likely: one way leads to one state.
fn explained(subject: &Subject<'_>, gap: &Finding, islands: &[Island]) -> Option<usize> {
    let from = subject.model.around(gap.primary.span)?;
    // An empty state that no call comes to is one fault. What else is missing there keeps no call from anywhere.
    if !subject.graph.reachable[from.0 as usize] {
        let is_empty = gap.code == Code(302);
        return islands.iter().position(|island| is_empty && island.first == from);
    }
    islands.iter().position(|island| may_lead(subject.model, from, island.first))
}

fn islands(subject: &Subject<'_>) -> Vec<Island> {
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
        let choices = model.choices(Some(id)).flat_map(|choice| choice.branches());
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
    let mut islands: Vec<Island> = Vec::new();
    for id in model.ids().filter(|id| is_lost(*id)) {
        let root = StateId(root(&mut first, id.0));
        match islands.iter_mut().find(|island| island.first == root) {
            Some(island) => island.others += 1,
            None => islands.push(Island { first: root, others: 0 }),
        }
    }
    islands
}
