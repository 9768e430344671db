//! A flow as rules see it: what was written and what it resolved to, side by side.

use lang::Spanned;
use machine::Flow;
use machine::actions::Written;
use machine::draft::{self, Draft};
use machine::flow::{self, EventName};
use machine::ids::StateId;

/// One flow, read and resolved without an error.
pub(crate) struct Model<'a> {
    pub(crate) draft: &'a Draft,
    pub(crate) flow: &'a Flow,
    /// The states as written, by their ids.
    states: Vec<&'a draft::State>,
}

/// A branch as written, with what it resolved to.
#[derive(Clone, Copy)]
pub(crate) struct Branch<'a> {
    pub(crate) written: &'a draft::Branch,
    pub(crate) target: &'a flow::Target,
}

/// Where branches stand.
#[derive(Clone, Copy)]
pub(crate) enum Trigger<'a> {
    /// Under `on`.
    Event(&'a Spanned<String>, &'a EventName),
    /// Under `after`.
    Timer,
    /// `goto` or `choose`.
    Nothing,
}

/// Branches that are tried together.
pub(crate) struct Choice<'a> {
    pub(crate) trigger: Trigger<'a>,
    pub(crate) branches: Vec<Branch<'a>>,
    /// The same, as written.
    pub(crate) written: &'a [draft::Branch],
}

impl<'a> Model<'a> {
    pub(crate) fn new(draft: &'a Draft, flow: &'a Flow) -> Model<'a> {
        fn enlist<'a>(states: &'a [draft::State], into: &mut Vec<&'a draft::State>) {
            for state in states {
                into.push(state);
                enlist(&state.states, into);
            }
        }
        let mut states = Vec::new();
        // In the order in which ids are given: each state, then its children.
        enlist(&draft.states, &mut states);
        Model { draft, flow, states }
    }

    /// All states, in file order.
    pub(crate) fn ids(&self) -> impl Iterator<Item = StateId> + use<> {
        (0u32..).map(StateId).take(self.states.len())
    }

    /// A state as written.
    pub(crate) fn written(&self, id: StateId) -> &'a draft::State {
        self.states[id.0 as usize]
    }

    /// A state as resolved.
    pub(crate) fn state(&self, id: StateId) -> &'a flow::State {
        self.flow.state(id)
    }

    /// A state and those around it, from the inside out.
    pub(crate) fn outward(&self, id: StateId) -> impl Iterator<Item = StateId> + 'a {
        let flow = self.flow;
        std::iter::successors(Some(id), move |state| flow.state(*state).parent)
    }

    /// The innermost state that is entered with this one.
    pub(crate) fn innermost(&self, id: StateId) -> StateId {
        std::iter::successors(Some(id), |state| self.state(*state).initial).last().unwrap_or(id)
    }

    /// Whether a state can be where a run waits: it has no children.
    pub(crate) fn is_leaf(&self, id: StateId) -> bool {
        self.state(id).initial.is_none()
    }

    /// What a state reacts to (the flow, if `None`): events, then timers, then what it does by itself.
    pub(crate) fn choices(&self, owner: Option<StateId>) -> Vec<Choice<'a>> {
        let (on, after, handlers) = match owner {
            Some(id) => (&self.written(id).on, &self.written(id).after, &self.state(id).handlers),
            None => (&self.draft.on, &self.draft.after, self.flow.handlers()),
        };
        let mut choices: Vec<_> = on
            .iter()
            .zip(&handlers.on)
            .map(|(written, (name, branches))| Choice {
                trigger: Trigger::Event(&written.event, name),
                branches: pair(&written.branches, branches),
                written: &written.branches,
            })
            .collect();
        choices.extend(after.iter().zip(&handlers.after).map(|(written, (_, branches))| Choice {
            trigger: Trigger::Timer,
            branches: pair(&written.branches, branches),
            written: &written.branches,
        }));
        if let Some(id) = owner
            && let (draft::Next::Branches(written), flow::Next::Branches(branches)) =
                (&self.written(id).next, &self.state(id).next)
        {
            choices.push(Choice { trigger: Trigger::Nothing, branches: pair(written, branches), written });
        }
        choices
    }

    /// The actions of a state's `do`, then those of its own branches.
    pub(crate) fn actions(&self, id: StateId) -> impl Iterator<Item = &'a Written> {
        self.written(id).entry.iter()
    }

    /// Every action of the flow, in no special order.
    pub(crate) fn all_actions(&self) -> impl Iterator<Item = &'a Written> {
        let owners = self.ids().map(Some).chain([None]);
        let in_branches = owners.flat_map(|owner| self.choices(owner)).flat_map(|choice| choice.branches);
        let entries = self.ids().flat_map(|id| self.written(id).entry.iter().chain(&self.written(id).exit));
        entries.chain(in_branches.flat_map(|branch| &branch.written.actions)).collect::<Vec<_>>().into_iter()
    }

    /// The states in which a run may begin.
    pub(crate) fn initials(&self) -> impl Iterator<Item = StateId> {
        use machine::snapshot::StartKind;
        [StartKind::Incoming, StartKind::Api].into_iter().filter_map(|start| self.flow.initial(start))
    }
}

fn pair<'a>(written: &'a [draft::Branch], resolved: &'a [flow::Branch]) -> Vec<Branch<'a>> {
    written.iter().zip(resolved).map(|(written, branch)| Branch { written, target: &branch.target }).collect()
}
