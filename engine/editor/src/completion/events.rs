//! Events that a handler may handle: those that can happen where it stands first.

use lang::{Kind, Node};
use machine::actions::ActionKind;
use machine::event::EventKind;
use machine::shape::events::{ANY, ANY_FAILURE, describe};

use super::{Item, ItemKind, Scene};
use crate::explain;
use crate::lenient::MARK;
use crate::names::{Symbol, Use};
use crate::slot::{Named, Role, Slot};

/// Ranks of events.
const OF_ACTIONS: u8 = 10;
const OF_THE_CALL: u8 = 20;
const OF_THE_FLOW: u8 = 30;
const CATCH_ALL: u8 = 40;
const OTHER: u8 = 50;

impl Scene<'_> {
    /// The events that may be added to a mapping of handlers.
    pub(super) fn events(&self, mapping: &Node) -> Vec<Item> {
        let has = |name: &str| match &mapping.kind {
            Kind::Map(entries) => entries.iter().any(|entry| entry.key.value == name),
            Kind::Scalar(_) | Kind::List(_) => false,
        };
        let possible = self.possible();
        let mut items = Vec::new();
        let mut add = |name: &str, detail: &str, documentation: String, rank| {
            if !has(name) {
                items.push(self.event_item(name, detail, documentation, rank));
            }
        };
        for kind in possible.iter().filter(|kind| !is_of_every_call(kind)) {
            let name = kind.name();
            add(name, "can happen here", explain::event(name).unwrap_or_default(), OF_ACTIONS);
        }
        for kind in EventKind::ALL {
            let name = kind.name();
            let rank = if is_of_every_call(kind) { OF_THE_CALL } else { OTHER };
            let documentation = explain::event(name).unwrap_or_else(|| describe(kind).to_owned());
            if !possible.contains(kind) || is_of_every_call(kind) {
                add(name, "", documentation, rank);
            }
        }
        for name in self.names.all(Named::Event).into_iter().filter(|name| !name.contains(MARK)) {
            let documentation = "Sent by another system; declared under `events`.".to_owned();
            add(name, "event of this flow", documentation, OF_THE_FLOW);
        }
        for (name, documentation) in [ANY_FAILURE, ANY] {
            add(name, "", documentation.to_owned(), CATCH_ALL);
        }
        items
    }

    fn event_item(&self, name: &str, detail: &str, documentation: String, rank: u8) -> Item {
        let written = if name == "*" && !self.is_quoted() { "\"*\"" } else { name };
        Item {
            label: name.to_owned(),
            kind: ItemKind::Event,
            detail: detail.to_owned(),
            documentation,
            text: if self.has_colon() { written.to_owned() } else { format!("{written}: ") },
            snippet: None,
            replaces: self.word(),
            rank,
        }
    }

    /// The events with which the actions can end whose results reach handlers here: those in the state and in the
    /// states inside it, and those on the way to them.
    pub(super) fn possible(&self) -> Vec<EventKind> {
        let mut possible = Vec::new();
        for kind in self.actions() {
            let spec = kind.spec();
            let all = spec.success.iter().chain([&spec.failure]).chain(spec.canceled);
            for event in all {
                if !possible.contains(event) {
                    possible.push(event.clone());
                }
            }
        }
        possible
    }

    fn actions(&self) -> Vec<ActionKind> {
        let mut found = Vec::new();
        match self.owner {
            None => actions_of(self.tree, Slot::ROOT, &mut |name, _| found.push(name.to_owned())),
            Some(owner) => {
                if let Some(node) = self.state_node(owner) {
                    let slot = crate::document::Document::slot_of_state();
                    actions_of(node, slot, &mut |name, _| found.push(name.to_owned()));
                }
                self.on_the_way(owner, &mut found);
            }
        }
        let mut kinds = Vec::new();
        for kind in found.iter().filter_map(|name| ActionKind::from_name(name)) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        kinds
    }

    /// The actions of branches that lead to a state, or into it.
    fn on_the_way(&self, owner: usize, found: &mut Vec<String>) {
        let leads_here = |one: &Use| match &one.symbol {
            Symbol::State(id) => self.names.outward(*id).any(|outer| outer == owner),
            Symbol::Plain(..) => false,
        };
        let uses: Vec<_> = self.names.uses.iter().filter(|one| leads_here(one)).collect();
        branches(self.tree, Slot::ROOT, &mut |branch| {
            let goto = branch.get("goto").map(|node| node.span);
            let Some(goto) = goto else { return };
            if uses.iter().any(|one| goto.start <= one.span.start && one.span.end <= goto.end)
                && let Some(actions) = branch.get("do")
            {
                let slot = Slot { wants: Some(machine::shape::Wants::Actions), of: None };
                actions_of(actions, slot, &mut |name, _| found.push(name.to_owned()));
            }
        });
    }

    fn state_node(&self, id: usize) -> Option<&Node> {
        let mut path: Vec<_> = self.names.outward(id).collect();
        path.reverse();
        path.into_iter().try_fold(self.tree, |node, id| node.get("states")?.get(&self.names.states[id].name))
    }

    /// The arguments of the actions of one name in the state around the cursor.
    pub(super) fn arguments_of(&self, action: &str) -> Vec<&Node> {
        let mut found = Vec::new();
        let node = self.owner.and_then(|owner| self.state_node(owner));
        if let Some(node) = node {
            let slot = crate::document::Document::slot_of_state();
            actions_of(node, slot, &mut |name, arguments| {
                if name == action {
                    found.push(arguments);
                }
            });
        }
        found
    }
}

/// What may happen on every call, whatever is done.
fn is_of_every_call(kind: &EventKind) -> bool {
    matches!(kind, EventKind::CallDisconnected | EventKind::ParticipantsUpdated | EventKind::Recovered)
}

/// Shows every action below a node, with its arguments.
fn actions_of<'n>(node: &'n Node, slot: Slot, see: &mut dyn FnMut(&'n str, &'n Node)) {
    match &node.kind {
        Kind::Scalar(_) => {}
        Kind::List(items) => items.iter().for_each(|item| actions_of(item, slot.item(), see)),
        Kind::Map(entries) => {
            for entry in entries {
                let (role, below) = slot.entry(&entry.key.value);
                if matches!(role, Role::Key(Some(known)) if known.shape.name == "action") {
                    see(&entry.key.value, &entry.value);
                }
                actions_of(&entry.value, below, see);
            }
        }
    }
}

/// Shows every branch below a node.
fn branches<'n>(node: &'n Node, slot: Slot, see: &mut dyn FnMut(&'n Node)) {
    match &node.kind {
        Kind::Scalar(_) => {}
        Kind::List(items) => items.iter().for_each(|item| branches(item, slot.item(), see)),
        Kind::Map(entries) => {
            if slot.shapes().iter().any(|shape| matches!(shape.name, "branch" | "outcomeBranch")) {
                see(node);
            }
            for entry in entries {
                let (_, below) = slot.entry(&entry.key.value);
                branches(&entry.value, below, see);
            }
        }
    }
}
