//! What may be written at the cursor, best first. A text that is half typed is the normal case.

mod events;
mod expressions;
mod keys;
mod subflows;
mod values;

use std::collections::HashSet;

use lang::{Entry, Kind, Node, Span};
use machine::shape::Wants;

use crate::beside::Beside;
use crate::document::Document;
use crate::lenient::{self, MARK, has_mark, is_word};
use crate::names::Names;
use crate::slot::{Role, Slot, Way};
use crate::text::{indentation, line_at};

/// Something that may be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is called.
    pub label: String,
    /// What it is.
    pub kind: ItemKind,
    /// A word about it, shown beside it.
    pub detail: String,
    /// What it does, as Markdown.
    pub documentation: String,
    /// What is written in place of `replaces`.
    pub text: String,
    /// The same with places to fill in, for editors that know snippets.
    pub snippet: Option<String>,
    /// What is replaced.
    pub replaces: Span,
    /// The least comes first; of equals, the first that is named.
    pub rank: u8,
}

/// What something is that may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// A key of the language.
    Key,
    /// An action.
    Action,
    /// An event.
    Event,
    /// A state.
    State,
    /// A variable, an input or a constant.
    Variable,
    /// A field of something.
    Field,
    /// A function or macro.
    Function,
    /// A word of a closed list, or a value.
    Value,
}

/// What may be written at a place.
#[must_use]
pub fn complete(document: &Document, offset: usize, beside: &Beside<'_>) -> Vec<Item> {
    let text = document.source().text();
    let offset = text.floor_char_boundary(offset.min(text.len()));
    let Some(marked) = lenient::mark(document.source(), offset) else { return Vec::new() };
    let is_key = |entry: &Entry| entry.key.value.contains(MARK);
    let way = Way::to(&marked.tree, &is_key, &has_mark);
    let names = Names::of(&marked.source, &marked.tree);
    let owner = names.nested(&way.states());
    let scene = Scene { text, offset, way: &way, tree: &marked.tree, names: &names, owner, beside };
    let mut items = scene.items();
    items.sort_by_key(|item| item.rank);
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(item.label.clone()));
    items
}

/// The cursor and what stands around it.
struct Scene<'s> {
    /// The text as it is, without a mark.
    text: &'s str,
    offset: usize,
    way: &'s Way<'s>,
    tree: &'s Node,
    names: &'s Names,
    /// The state around the cursor.
    owner: Option<usize>,
    /// The flows that this one may run.
    beside: &'s Beside<'s>,
}

impl Scene<'_> {
    fn items(&self) -> Vec<Item> {
        let last = self.way.last();
        if let Some((_, role)) = self.way.key {
            return self.keys(last.slot, last.node, role);
        }
        let Kind::Scalar(scalar) = &last.node.kind else { return Vec::new() };
        if let Some(prefix) = expressions::prefix(&scalar.text, last.slot) {
            return self.expression(&prefix, last.slot);
        }
        let mut items = self.values(last.slot, scalar);
        if self.may_begin_a_mapping() {
            items.extend(self.keys(last.slot, last.node, Role::Free));
            if last.slot.shapes().is_empty() && !self.is_behind_a_dash() {
                items.extend(self.keys(last.slot.item(), last.node, Role::Free).into_iter().map(as_item));
            }
        }
        items
    }

    /// Keys of a mapping, of which the cursor is in one or may begin one.
    fn keys(&self, slot: Slot, mapping: &Node, role: Role) -> Vec<Item> {
        match slot.wants {
            Some(Wants::Events) => self.events(mapping),
            Some(Wants::Outcomes) => self.outcomes_of_subflow(mapping),
            Some(Wants::Named(..)) if slot.is_with() => self.inputs_of_subflow(mapping),
            _ => {
                let names = match role {
                    Role::Name(named) => self.taken_up(slot, named, mapping),
                    _ => Vec::new(),
                };
                names.into_iter().chain(self.shape_keys(slot, mapping)).collect()
            }
        }
    }

    /// What is replaced: the word around the cursor.
    fn word(&self) -> Span {
        self.word_of(is_word)
    }

    fn word_of(&self, is_part: fn(char) -> bool) -> Span {
        let before = self.text[..self.offset].trim_end_matches(is_part).len();
        let rest = &self.text[self.offset..];
        let behind = rest.len() - rest.trim_start_matches(is_part).len();
        Span::new(before, self.offset + behind)
    }

    /// Whether a colon stands behind the word already.
    fn has_colon(&self) -> bool {
        self.text[self.word().end..].trim_start_matches([' ', '"', '\'']).starts_with(':')
    }

    /// Whether the word is the first of its line, behind dashes at most, or the first of an item in brackets.
    fn may_begin_a_mapping(&self) -> bool {
        let line = line_at(self.text, self.offset);
        let before = self.text[line.start..self.word().start].trim_end();
        let rest = before.trim_start_matches([' ', '-']);
        rest.is_empty() && (before.ends_with('-') || before.len() == indentation(before))
            || before.ends_with('[')
    }

    fn is_behind_a_dash(&self) -> bool {
        self.text[..self.word().start].trim_end().ends_with(['-', '['])
    }

    /// Whether the cursor is in quotes.
    fn is_quoted(&self) -> bool {
        matches!(self.text[..self.word().start].chars().next_back(), Some('"' | '\''))
    }
}

/// The first item of a list that begins here.
fn as_item(item: Item) -> Item {
    let dashed = |text: String| format!("- {text}");
    Item { text: dashed(item.text), snippet: item.snippet.map(dashed), ..item }
}
