//! Reads `start`: how a run begins.

use lang::{Code, Entry, Expr, Fields, Finding, Kind, Node, Spanned, value};

use super::{IncomingStart, PlainStart, Start, state};
use crate::starts::Pattern;

pub(super) fn read(entry: &Entry, found: &mut Vec<Finding>) -> Option<Start> {
    let mut fields = Fields::of(&entry.value, "`start`", found)?;
    let incoming = fields.get("incoming");
    let api = fields.get("api");
    let subflow = fields.get("subflow");
    let before = found.len();
    fields.finish(found);
    if incoming.is_none() && api.is_none() && subflow.is_none() && found.len() == before {
        found.push(
            Finding::error(Code(102), entry.key.span, "`start` does not say how a run begins")
                .label("no `incoming`, `api` or `subflow` here")
                .help(
                    "write `incoming: {}` for calls that come in, `api: {}` for calls that you place, \
                     `subflow: {}` for a part of other flows",
                ),
        );
    }
    Some(Start {
        span: entry.key.span,
        incoming: incoming.and_then(|entry| read_incoming(entry, found)),
        api: api.and_then(|entry| read_plain(entry, "`api`", found)),
        subflow: subflow.and_then(|entry| read_plain(entry, "`subflow`", found)),
    })
}

/// `incoming:` with nothing behind it means the same as `incoming: {}`.
fn or_empty(node: &Node) -> Node {
    if node.is_null() { Node { span: node.span, kind: Kind::Map(Vec::new()) } } else { node.clone() }
}

fn read_incoming(entry: &Entry, found: &mut Vec<Finding>) -> Option<IncomingStart> {
    let node = or_empty(&entry.value);
    let mut fields = Fields::of(&node, "`incoming`", found)?;
    let to = fields.get("to").map_or_else(Vec::new, |entry| patterns(&entry.value, "`to`", found));
    let from = fields.get("from").map_or_else(Vec::new, |entry| patterns(&entry.value, "`from`", found));
    let when = fields.get("when").and_then(|entry| Expr::read(&entry.value, found));
    let initial =
        fields.get("initial").and_then(|entry| state::target_name(&entry.value, "`initial`", found));
    fields.finish(found);
    Some(IncomingStart { span: entry.key.span, to, from, when, initial })
}

fn read_plain(entry: &Entry, what: &str, found: &mut Vec<Finding>) -> Option<PlainStart> {
    let node = or_empty(&entry.value);
    let mut fields = Fields::of(&node, what, found)?;
    let initial =
        fields.get("initial").and_then(|entry| state::target_name(&entry.value, "`initial`", found));
    fields.finish(found);
    Some(PlainStart { span: entry.key.span, initial })
}

fn patterns(node: &Node, what: &str, found: &mut Vec<Finding>) -> Vec<Spanned<Pattern>> {
    let one = |node: &Node, found: &mut Vec<Finding>| {
        // A number without quotes stays the number that was written.
        let text = match node.scalar() {
            Some(scalar) => scalar.text.clone(),
            None => value::text(node, what, found)?.value,
        };
        match Pattern::parse(&text) {
            Ok(pattern) => {
                // Only now, so that a number that is none gives one finding and not two.
                value::text(node, what, found);
                Some(Spanned::new(pattern, node.span))
            }
            Err(why) => {
                found.push(
                    Finding::error(Code(105), node.span, format!("{what} names nobody"))
                        .label(why)
                        .help("write a number such as \"+18005550100\", an identifier, or a prefix such as \"+1800*\""),
                );
                None
            }
        }
    };
    match &node.kind {
        Kind::List(items) => items.iter().filter_map(|item| one(item, found)).collect(),
        Kind::Scalar(_) | Kind::Map(_) => one(node, found).into_iter().collect(),
    }
}
