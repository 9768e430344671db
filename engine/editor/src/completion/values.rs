//! Single values: states as targets, words of closed lists, and what is often meant.

use lang::{Node, Scalar, Template, Value};
use machine::shape::Wants;
use machine::wanted::Wanted;

use super::{Item, ItemKind, Scene};
use crate::beside::outcomes;
use crate::lenient::MARK;
use crate::slot::{Named, Slot};

/// Ranks of values.
pub(super) const NEAR: u8 = 10;
const OUTER: u8 = 20;
const INNER: u8 = 30;
const OFTEN: u8 = 40;

impl Scene<'_> {
    /// What may stand as a single value.
    pub(super) fn values(&self, slot: Slot, scalar: &Scalar) -> Vec<Item> {
        let Some(wants) = slot.wants else { return Vec::new() };
        // A word is completed where it is all of the value.
        let text = scalar.text.replace(MARK, "");
        if text != self.text[self.word().start..self.word().end] {
            return Vec::new();
        }
        match wants {
            Wants::Target | Wants::Transitions => self.targets(slot),
            Wants::Word(words) | Wants::Argument(Wanted::Word(words)) => self.words(words, slot),
            Wants::Truth | Wants::Argument(Wanted::Truth) => self.words(&["true", "false"], slot),
            Wants::Outcome => self.outcomes(),
            Wants::Name(_) if slot.names() == Some(Named::Flow) => self.subflows(),
            Wants::Name(_) if slot.names() == Some(Named::Told) => self.flows_to_tell(),
            Wants::Either(forms) => {
                let of = |form: &Wants| Slot { wants: Some(*form), of: slot.of };
                forms.iter().flat_map(|form| self.values(of(form), scalar)).collect()
            }
            Wants::Argument(Wanted::Person | Wanted::People | Wanted::Phone) => self.people(),
            Wants::Argument(Wanted::Duration(..) | Wanted::Whole(..)) => {
                let written = slot.of.map(|known| [known.key.default, known.key.example]);
                let written = written.into_iter().flatten().flatten();
                written.map(|text| self.value(text, ItemKind::Value, "", OFTEN)).collect()
            }
            Wants::Argument(_)
            | Wants::Text
            | Wants::Value
            | Wants::Guard
            | Wants::Url
            | Wants::FixedUrl
            | Wants::Address(_)
            | Wants::Name(_)
            | Wants::Callers
            | Wants::Map(_)
            | Wants::Bare(_)
            | Wants::List(..)
            | Wants::Named(..)
            | Wants::Declared(..)
            | Wants::Headers
            | Wants::Events
            | Wants::Timers
            | Wants::Outcomes
            | Wants::Actions
            | Wants::Logs => Vec::new(),
        }
    }

    pub(super) fn value(&self, label: &str, kind: ItemKind, detail: &str, rank: u8) -> Item {
        Item {
            label: label.to_owned(),
            kind,
            detail: detail.to_owned(),
            documentation: String::new(),
            text: label.to_owned(),
            snippet: None,
            replaces: self.word(),
            rank,
        }
    }

    fn words(&self, words: &[&str], slot: Slot) -> Vec<Item> {
        let default = slot.of.and_then(|known| known.key.default);
        let detail = |word: &str| if default == Some(word) { "if left out" } else { "" };
        words.iter().map(|word| self.value(word, ItemKind::Value, detail(word), NEAR)).collect()
    }

    /// States by the shortest names that mean them from here.
    fn targets(&self, slot: Slot) -> Vec<Item> {
        let names = self.names;
        let described = |id: usize, label: &str, rank| {
            let mut item = self.value(label, ItemKind::State, "state", rank);
            item.documentation = self.description(id);
            item
        };
        let is_real = |id: &usize| !names.states[*id].name.contains(MARK);
        if slot.is_initial_of_state() {
            let children = (0..names.states.len()).filter(|id| names.states[*id].parent == self.owner);
            return children.filter(is_real).map(|id| described(id, &names.states[id].name, NEAR)).collect();
        }
        let around = self.owner.and_then(|owner| names.states[owner].parent);
        let mut items = Vec::new();
        for id in (0..names.states.len()).filter(is_real) {
            let parent = names.states[id].parent;
            // From the name alone to all the names around it: the first that leads here.
            let mut name = names.states[id].name.clone();
            let mut outer = parent;
            while names.target(self.owner, &name).last() != Some(&id) {
                let Some(one) = outer else { break };
                name = format!("{}.{name}", names.states[one].name);
                outer = names.states[one].parent;
            }
            if names.target(self.owner, &name).last() != Some(&id) {
                continue;
            }
            let rank = match parent {
                _ if name.contains('.') => INNER,
                parent if parent == around || parent == self.owner => NEAR,
                _ => OUTER,
            };
            items.push(described(id, &name, rank));
        }
        items
    }

    fn description(&self, id: usize) -> String {
        let mut path: Vec<_> = self.names.outward(id).collect();
        path.reverse();
        let node = path
            .into_iter()
            .try_fold(self.tree, |node, id| node.get("states")?.get(&self.names.states[id].name));
        let text = node.and_then(|node| node.get("description")?.scalar());
        text.map_or_else(String::new, |scalar| scalar.text.clone())
    }

    /// The outcomes that this flow ends with elsewhere.
    fn outcomes(&self) -> Vec<Item> {
        let known = outcomes(self.tree).into_iter().map(|(name, _)| name);
        let whole = known.filter(|name| !name.contains(MARK));
        whole.map(|name| self.value(name, ItemKind::Value, "outcome", NEAR)).collect()
    }

    /// Whether a name may hold a person, as far as its declaration tells.
    fn may_be_a_person(&self, named: Named, name: &str) -> bool {
        let declared = |section: &str| self.tree.get(section)?.get(name);
        match named {
            Named::Input => may_be_of_a_person(declared("input").and_then(|node| node.get("type"))),
            Named::Constant => may_be_of_a_person(declared("config")),
            Named::Variable => {
                let first = declared("vars").map(|node| Template::read(node, &mut Vec::new()));
                !matches!(
                    first.as_ref().and_then(Template::constant),
                    Some(Value::Number(_) | Value::Bool(_))
                )
            }
            Named::State | Named::Event | Named::Output | Named::Flow | Named::Told => false,
        }
    }

    /// What is known of people: the caller, and what is declared.
    fn people(&self) -> Vec<Item> {
        let names = [Named::Variable, Named::Input, Named::Constant].into_iter().flat_map(|named| {
            let root = named.root().unwrap_or_default();
            let all = self.names.all(named).into_iter().filter(|name| !name.contains(MARK));
            all.filter(move |name| self.may_be_a_person(named, name))
                .map(move |name| format!("{root}.{name}"))
        });
        let all = names.chain(["call.from".to_owned(), "call.to".to_owned()]);
        all.map(|path| {
            let rank = if path.starts_with("call.") { OUTER } else { NEAR };
            let mut item = self.value(&format!("${{{path}}}"), ItemKind::Variable, "", rank);
            if !self.is_quoted() {
                item.text = format!("\"{}\"", item.text);
            }
            item
        })
        .collect()
    }
}

/// A declared type that a person can be of.
fn may_be_of_a_person(kind: Option<&Node>) -> bool {
    let word = kind.and_then(Node::scalar).map(|scalar| scalar.text.as_str());
    !matches!(word, Some("number" | "boolean" | "map"))
}
