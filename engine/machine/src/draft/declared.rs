//! Reads what a flow declares: `input`, `events`, `config` and `vars`.

use lang::value::{self, Pattern};
use lang::{Code, Entry, Fields, Finding, Kind, Node, Spanned, Template, Value};

use super::{CustomEvent, Input};
use crate::flow::Type;

const TYPES: [(&str, Type); 6] = [
    ("string", Type::String),
    ("number", Type::Number),
    ("boolean", Type::Boolean),
    ("identifier", Type::Identifier),
    ("list", Type::List),
    ("map", Type::Map),
];

/// How authors write the types.
pub(super) const TYPE_WORDS: [&str; 6] = {
    let mut words = [""; 6];
    let mut at = 0;
    while at < TYPES.len() {
        words[at] = TYPES[at].0;
        at += 1;
    }
    words
};

/// The entries of a mapping whose keys are names; each name is checked.
fn named<'n>(node: &'n Node, what: &str, pattern: Pattern, found: &mut Vec<Finding>) -> Vec<&'n Entry> {
    match &node.kind {
        Kind::Map(entries) => entries
            .iter()
            .filter(|entry| pattern.check(&entry.key, &format!("a name under {what}"), found))
            .collect(),
        Kind::Scalar(_) | Kind::List(_) => {
            if !node.is_null() {
                found.push(
                    Finding::error(Code(103), node.span, format!("{what} must be a mapping"))
                        .label(format!("this is {}", node.describe())),
                );
            }
            Vec::new()
        }
    }
}

fn read_type(node: &Node, found: &mut Vec<Finding>) -> Option<Type> {
    let text = value::text(node, "a type", found)?;
    let word = crate::actions::one_of(&text.value, &TYPE_WORDS, "a type", text.span, found)?;
    TYPES.into_iter().find(|(name, _)| *name == word).map(|(_, kind)| kind)
}

pub(super) fn types(node: &Node, what: &str, found: &mut Vec<Finding>) -> Vec<(Spanned<String>, Type)> {
    named(node, what, Pattern::Variable, found)
        .into_iter()
        .filter_map(|entry| Some((entry.key.clone(), read_type(&entry.value, found)?)))
        .collect()
}

pub(super) fn inputs(node: &Node, found: &mut Vec<Finding>) -> Vec<Input> {
    named(node, "`input`", Pattern::Variable, found)
        .into_iter()
        .filter_map(|entry| {
            let mut fields = Fields::of(&entry.value, &format!("input `{}`", entry.key.value), found)?;
            let kind = fields.require("type", found).and_then(|entry| read_type(&entry.value, found));
            let required =
                fields.get("required").and_then(|entry| value::boolean(&entry.value, "`required`", found));
            let default = fields.get("default").map(|entry| (entry, Template::read(&entry.value, found)));
            if let Some((entry, _)) = &default {
                value::check_texts(&entry.value, found);
            }
            if let Some(entry) = fields.get("description") {
                value::text(&entry.value, "`description`", found);
            }
            fields.finish(found);
            let kind = kind?;
            let default = default.and_then(|(entry, template)| default_value(entry, kind, &template, found));
            Some(Input {
                name: entry.key.clone(),
                kind,
                required: required.is_some_and(|flag| flag.value),
                default,
            })
        })
        .collect()
}

fn default_value(entry: &Entry, kind: Type, template: &Template, found: &mut Vec<Finding>) -> Option<Value> {
    match template.constant() {
        Some(value) if kind.fits(value) => Some(value.clone()),
        Some(_) | None => {
            found.push(
                Finding::error(Code(103), entry.value.span, format!("`default` must be {}", kind.describe()))
                    .label("a value of another type"),
            );
            None
        }
    }
}

pub(super) fn events(node: &Node, found: &mut Vec<Finding>) -> Vec<CustomEvent> {
    named(node, "`events`", Pattern::Event, found)
        .into_iter()
        .map(|entry| {
            let what = format!("event `{}`", entry.key.value);
            CustomEvent { name: entry.key.clone(), fields: types(&entry.value, &what, found) }
        })
        .collect()
}

pub(super) fn vars(node: &Node, found: &mut Vec<Finding>) -> Vec<(Spanned<String>, Template)> {
    named(node, "`vars`", Pattern::Variable, found)
        .into_iter()
        .map(|entry| {
            if entry.value.is_null() {
                found.push(
                    Finding::error(
                        Code(103),
                        entry.key.span,
                        format!("variable `{}` has no value", entry.key.value),
                    )
                    .label("its type would be unknown")
                    .help("give it a first value, such as \"\" or 0"),
                );
            }
            value::check_texts(&entry.value, found);
            (entry.key.clone(), Template::read(&entry.value, found))
        })
        .collect()
}
