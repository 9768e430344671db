//! What a flow is made of, as a tree: its states with their handlers, and what it declares.

use lang::{Kind, Node, Span};

use crate::document::Document;
use crate::slot::{Named, Role, Slot};

/// A part of a flow that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// What it is.
    pub kind: OutlineKind,
    /// How it is called.
    pub name: String,
    /// A word about it, if there is one.
    pub detail: String,
    /// The whole of it.
    pub span: Span,
    /// Its name.
    pub name_span: Span,
    /// What is in it.
    pub parts: Vec<Outline>,
}

/// What a part of a flow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutlineKind {
    /// A part of the document: `vars`, `on`.
    Section,
    /// A handler or a timer.
    Handler,
    /// Something that has a name of its own.
    Name(Named),
}

/// The parts of a flow.
#[must_use]
pub fn outline(document: &Document) -> Vec<Outline> {
    document.tree().map_or_else(Vec::new, |tree| parts(tree, Slot::ROOT, true))
}

fn parts(node: &Node, slot: Slot, is_document: bool) -> Vec<Outline> {
    let Kind::Map(entries) = &node.kind else { return Vec::new() };
    let mut parts = Vec::new();
    for entry in entries {
        let (role, below) = slot.entry(&entry.key.value);
        let of = |kind, detail: String, parts| Outline {
            kind,
            name: entry.key.value.clone(),
            detail,
            span: entry.key.span.to(entry.value.span),
            name_span: entry.key.span,
            parts,
        };
        match role {
            Role::Name(Some(named @ Named::State)) => {
                let detail = description(&entry.value);
                parts.push(of(OutlineKind::Name(named), detail, self::parts(&entry.value, below, false)));
            }
            Role::Name(Some(named)) => {
                parts.push(of(OutlineKind::Name(named), single(&entry.value), Vec::new()));
            }
            Role::Event | Role::Timer | Role::Outcome => {
                parts.push(of(OutlineKind::Handler, single(&entry.value), Vec::new()));
            }
            Role::Key(Some(known)) => {
                let inner = self::parts(&entry.value, below, false);
                // In a state, what stands under `on`, `after` and `states` is its own.
                if !is_document
                    && !inner.is_empty()
                    && matches!(known.key.name, "on" | "after" | "outcomes" | "states")
                {
                    parts.extend(inner);
                } else if is_document {
                    let has_parts = matches!(
                        known.key.name,
                        "input" | "output" | "events" | "config" | "vars" | "on" | "after" | "states"
                    );
                    let inner = if has_parts { inner } else { Vec::new() };
                    parts.push(of(OutlineKind::Section, single(&entry.value), inner));
                }
            }
            Role::Key(None) | Role::Name(None) | Role::Free => {}
        }
    }
    parts
}

fn description(node: &Node) -> String {
    node.get("description").map(single).unwrap_or_default()
}

/// A single value, or where a transition leads.
fn single(node: &Node) -> String {
    match node.scalar() {
        Some(scalar) => lang::finding::brief(&scalar.text),
        None => ["goto", "end"].iter().find_map(|key| node.get(key)).map(single).unwrap_or_default(),
    }
}
