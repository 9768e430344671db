//! What is different between two sets of flows, by their trees: comments, layout and shorthands make no difference.
//!
//! Pure: reads no file and asks no service.

use indexmap::IndexMap;
use lang::node::Kind;
use lang::{Node, Source};
use serde::Serialize;

mod human;
mod parts;

pub(crate) use human::human;

/// A part that is different: of a flow, or of a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Part {
    /// Which, such as `on.CallConnected`.
    pub(crate) part: String,
    /// As it was; `None`: it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) old: Option<String>,
    /// As it is; `None`: it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) new: Option<String>,
}

/// How a flow is different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum How {
    Added,
    Removed,
    Changed,
}

/// A flow that is different.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FlowDiff {
    pub(crate) flow: String,
    pub(crate) how: How,
    /// Parts of the flow itself: its start, its variables, what it reacts to in every state.
    pub(crate) parts: Vec<Part>,
    pub(crate) states_added: Vec<String>,
    pub(crate) states_removed: Vec<String>,
    pub(crate) states_changed: Vec<StateDiff>,
    /// Sub-flows that it runs and that are different.
    pub(crate) subflows: Vec<String>,
}

/// A state that is different.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StateDiff {
    pub(crate) state: String,
    pub(crate) parts: Vec<Part>,
}

/// A flow as it is compared.
pub(crate) struct Tree {
    parts: Parts,
    /// By full name: those of its parents before it, joined by dots.
    states: IndexMap<String, Parts>,
    /// The sub-flows that its states run.
    runs: Vec<String>,
}

/// What is compared as one, by its place.
type Parts = IndexMap<String, Told>;

/// What is told of a part.
#[derive(PartialEq, Eq)]
struct Told {
    text: String,
    /// What it consists of, if it can be told more closely what of it is different.
    inner: Parts,
}

/// Reads what can be compared of a set, by the names of its flows. A text without a name is no flow.
pub(crate) fn trees<'s>(sources: impl Iterator<Item = &'s Source>) -> IndexMap<String, Tree> {
    sources.filter_map(tree).collect()
}

fn tree(source: &Source) -> Option<(String, Tree)> {
    let (node, _) = lang::yaml::read(source);
    let node = node?;
    let Kind::Scalar(name) = &node.get("flow")?.kind else { return None };
    let mut tree =
        Tree { parts: parts::of(&node, parts::Of::Flow), states: IndexMap::new(), runs: Vec::new() };
    if let Some(states) = node.get("states") {
        tree.descend(states, "");
    }
    tree.runs.sort();
    tree.runs.dedup();
    Some((name.text.clone(), tree))
}

impl Tree {
    /// Whether it has a state of this full name.
    pub(crate) fn has_state(&self, name: &str) -> bool {
        self.states.contains_key(name)
    }

    /// Reading has bounded how deep a text is nested.
    fn descend(&mut self, states: &Node, parent: &str) {
        let Kind::Map(entries) = &states.kind else { return };
        for entry in entries {
            let name = format!("{parent}{}", entry.key.value);
            self.states.insert(name.clone(), parts::of(&entry.value, parts::Of::State));
            if let Some(Kind::Scalar(run)) = entry.value.get("run").map(|run| &run.kind) {
                self.runs.push(run.text.clone());
            }
            if let Some(inner) = entry.value.get("states") {
                self.descend(inner, &format!("{name}."));
            }
        }
    }
}

/// Every flow that is different, in the order of the new ones; those that are gone at the end.
pub(crate) fn diff(old: &IndexMap<String, Tree>, new: &IndexMap<String, Tree>) -> Vec<FlowDiff> {
    let none = Tree { parts: Parts::new(), states: IndexMap::new(), runs: Vec::new() };
    let mut found: Vec<FlowDiff> = Vec::new();
    for (name, tree) in new {
        let (how, before) = old.get(name).map_or((How::Added, &none), |before| (How::Changed, before));
        found.push(flow(name, how, before, tree));
    }
    for (name, tree) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
        found.push(flow(name, How::Removed, tree, &none));
    }
    // What a sub-flow does, those that run it do: as far as it goes.
    loop {
        let different: Vec<String> =
            found.iter().filter(|flow| flow.is_different()).map(|flow| flow.flow.clone()).collect();
        let mut has_grown = false;
        for flow in found.iter_mut().filter(|flow| flow.how == How::Changed) {
            let runs = new.get(&flow.flow).into_iter().flat_map(|tree| &tree.runs);
            let subflows: Vec<String> = runs.filter(|run| different.contains(run)).cloned().collect();
            has_grown |= subflows.len() > flow.subflows.len();
            flow.subflows = subflows;
        }
        if !has_grown {
            break;
        }
    }
    found.retain(FlowDiff::is_different);
    found
}

impl FlowDiff {
    fn is_different(&self) -> bool {
        self.how != How::Changed
            || !(self.parts.is_empty()
                && self.states_added.is_empty()
                && self.states_removed.is_empty()
                && self.states_changed.is_empty()
                && self.subflows.is_empty())
    }
}

fn flow(name: &str, how: How, old: &Tree, new: &Tree) -> FlowDiff {
    let missing = |from: &Tree, of: &Tree| -> Vec<String> {
        of.states.keys().filter(|name| !from.states.contains_key(*name)).cloned().collect()
    };
    let changed = new.states.iter().filter_map(|(state, parts)| {
        let parts = compare(old.states.get(state)?, parts);
        (!parts.is_empty()).then(|| StateDiff { state: state.clone(), parts })
    });
    FlowDiff {
        flow: name.to_owned(),
        how,
        parts: compare(&old.parts, &new.parts),
        states_added: missing(old, new),
        states_removed: missing(new, old),
        states_changed: changed.collect(),
        subflows: Vec::new(),
    }
}

fn compare(old: &Parts, new: &Parts) -> Vec<Part> {
    let mut found = Vec::new();
    for (part, told) in new {
        match old.get(part) {
            Some(before) if before == told || parts::is_order_of_others(part, before, told) => {}
            Some(before) if !before.inner.is_empty() && !told.inner.is_empty() => {
                found.extend(compare(&before.inner, &told.inner));
            }
            None if parts::is_order(part) => {}
            before => found.push(Part {
                part: part.clone(),
                old: before.map(|before| before.text.clone()),
                new: Some(told.text.clone()),
            }),
        }
    }
    let gone = old.iter().filter(|(part, _)| !new.contains_key(*part) && !parts::is_order(part));
    let gone = gone.map(|(part, told)| Part { part: part.clone(), old: Some(told.text.clone()), new: None });
    found.extend(gone);
    found
}
