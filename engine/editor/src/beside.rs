//! The flows beside a document, which it may run, or tell of its recordings: what they take, how they end, and what they give back.
//!
//! Knows no folder and no file: whoever asks brings the flows.

use std::cell::OnceCell;

use lang::{Entry, Kind, Node, Span};
use machine::shape::Wants;

use crate::document::Document;
use crate::slot::Slot;

/// The flows that stand beside a document; read when they are first needed, since most questions need none.
pub struct Beside<'b> {
    read: &'b dyn Fn() -> Vec<Document>,
    documents: OnceCell<Vec<Document>>,
}

impl<'b> Beside<'b> {
    /// Those that this gives. Of two with one name, the first is meant.
    #[must_use]
    pub fn new(read: &'b dyn Fn() -> Vec<Document>) -> Beside<'b> {
        Beside { read, documents: OnceCell::new() }
    }

    fn documents(&self) -> &[Document] {
        self.documents.get_or_init(self.read)
    }

    /// The flows that others may run.
    pub(crate) fn subflows(&self) -> impl Iterator<Item = Other<'_>> {
        self.documents().iter().filter_map(Other::run)
    }

    /// The flows that others may begin.
    pub(crate) fn begun(&self) -> impl Iterator<Item = Other<'_>> {
        self.documents().iter().filter_map(Other::begun)
    }

    /// The flow that is called so, if others may run it.
    pub(crate) fn subflow(&self, name: &str) -> Option<Other<'_>> {
        self.subflows().find(|subflow| subflow.name == name)
    }
}

/// A flow that others may run or begin, as far as it is written.
#[derive(Clone, Copy)]
pub(crate) struct Other<'d> {
    pub(crate) name: &'d str,
    /// Where its name stands.
    pub(crate) name_span: Span,
    document: &'d Document,
    tree: &'d Node,
}

/// An input that a sub-flow takes.
#[derive(Clone, Copy)]
pub(crate) struct Input<'d> {
    pub(crate) name: &'d str,
    pub(crate) kind: &'d str,
    pub(crate) is_required: bool,
    description: &'d str,
    /// As it is written.
    default: Option<&'d str>,
}

impl Input<'_> {
    /// Its type, and whether it must be passed.
    pub(crate) fn detail(&self) -> String {
        match (self.kind, self.is_required) {
            (kind, true) => format!("{kind}, required").trim_start_matches(", ").to_owned(),
            (kind, false) => kind.to_owned(),
        }
    }

    /// What it means, and what holds if it is not passed.
    pub(crate) fn documentation(&self) -> String {
        let left_out = self.default.map(|default| format!("Left out: `{default}`"));
        let parts = [Some(self.description.to_owned()).filter(|text| !text.is_empty()), left_out];
        parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
    }
}

impl<'d> Other<'d> {
    /// One that may be run. `None`: the flow begins in other ways only, or does not say its name.
    pub(crate) fn run(document: &'d Document) -> Option<Other<'d>> {
        Other::of(document, "subflow")
    }

    /// One that may be begun.
    pub(crate) fn begun(document: &'d Document) -> Option<Other<'d>> {
        Other::of(document, "api")
    }

    fn of(document: &'d Document, start: &str) -> Option<Other<'d>> {
        let tree = document.tree()?;
        tree.get("start")?.get(start)?;
        let node = tree.get("flow")?;
        Some(Other { name: &node.scalar()?.text, name_span: node.span, document, tree })
    }

    pub(crate) fn description(self) -> &'d str {
        text(self.tree, "description")
    }

    pub(crate) fn inputs(self) -> impl Iterator<Item = Input<'d>> {
        let source = self.document.source();
        self.entries("input").iter().map(move |entry| Input {
            name: &entry.key.value,
            kind: text(&entry.value, "type"),
            is_required: text(&entry.value, "required") == "true" && entry.value.get("default").is_none(),
            description: text(&entry.value, "description"),
            default: entry.value.get("default").map(|node| source.slice(node.span)),
        })
    }

    /// What it gives back, each with its type.
    pub(crate) fn outputs(self) -> impl Iterator<Item = (&'d str, &'d str)> {
        self.entries("output").iter().map(|entry| {
            let kind = entry.value.scalar().map_or("", |scalar| scalar.text.as_str());
            (entry.key.value.as_str(), kind)
        })
    }

    /// The outcomes that its ends say, each with all the places, in the order of the file.
    pub(crate) fn outcomes(self) -> Vec<(&'d str, Vec<Span>)> {
        outcomes(self.tree)
    }

    /// Whether it handles an event wherever it stands.
    pub(crate) fn handles(self, event: &str) -> bool {
        handles(self.tree, event)
    }

    /// Where a name is declared in one of its sections.
    pub(crate) fn declared(self, section: &str, name: &str) -> Option<Span> {
        self.entries(section).iter().find(|entry| entry.key.value == name).map(|entry| entry.key.span)
    }

    fn entries(self, section: &str) -> &'d [Entry] {
        match self.tree.get(section).map(|node| &node.kind) {
            Some(Kind::Map(entries)) => entries,
            Some(Kind::Scalar(_) | Kind::List(_)) | None => &[],
        }
    }
}

fn text<'n>(node: &'n Node, key: &str) -> &'n str {
    node.get(key).and_then(Node::scalar).map_or("", |scalar| scalar.text.as_str())
}

/// Whether a state, or a flow wherever it stands, handles an event.
pub(crate) fn handles(node: &Node, event: &str) -> bool {
    node.get("on").is_some_and(|on| on.get(event).is_some())
}

/// The outcomes with which a flow ends, each with all the places that say so, in the order of the file.
pub(crate) fn outcomes(tree: &Node) -> Vec<(&str, Vec<Span>)> {
    let mut found = Vec::new();
    find_outcomes(tree, Slot::ROOT, &mut found);
    found
}

fn find_outcomes<'n>(node: &'n Node, slot: Slot, found: &mut Vec<(&'n str, Vec<Span>)>) {
    match &node.kind {
        Kind::Scalar(scalar) => {
            let is_outcome = match slot.wants {
                Some(Wants::Outcome) => true,
                Some(Wants::Either(forms)) => forms.iter().any(|form| matches!(form, Wants::Outcome)),
                _ => false,
            };
            if !is_outcome || scalar.is_null() {
                return;
            }
            match found.iter_mut().find(|(name, _)| *name == scalar.text) {
                Some((_, spans)) => spans.push(node.span),
                None => found.push((&scalar.text, vec![node.span])),
            }
        }
        Kind::List(items) => items.iter().for_each(|item| find_outcomes(item, slot.item(), found)),
        Kind::Map(entries) => {
            for entry in entries {
                find_outcomes(&entry.value, slot.entry(&entry.key.value).1, found);
            }
        }
    }
}
