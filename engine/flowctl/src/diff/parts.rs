//! A flow or a state in parts, each with its text: what is compared, and what is told of it.

use lang::Node;
use lang::node::{Kind, Style};

use super::{Parts, Told};

/// Of what.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Flow,
    State,
}

/// The parts of a mapping, but for its states, which are compared by themselves.
pub(super) fn of(node: &Node, of: Of) -> Parts {
    let mut parts = Parts::new();
    let Kind::Map(entries) = &node.kind else { return parts };
    for entry in entries {
        let (key, value) = (entry.key.value.as_str(), &entry.value);
        match (of, key) {
            (Of::Flow, "flow") | (_, "states") => {}
            (_, "on" | "after" | "outcomes") => handlers(key, value, &mut parts),
            (_, "choose") => add(&mut parts, key, branches(value)),
            (_, "do" | "exit") => actions(key, value, &mut parts),
            (Of::State, _) => add(&mut parts, key, flow_style(value)),
            (Of::Flow, _) => leaves(key, value, &mut parts),
        }
    }
    parts
}

fn add(parts: &mut Parts, part: &str, text: String) {
    add_whole(parts, part, text, Parts::new());
}

/// Two parts of one name are one that happens twice.
fn add_whole(parts: &mut Parts, part: &str, text: String, inner: Parts) {
    let mut name = part.to_owned();
    let mut count = 1;
    while parts.contains_key(&name) {
        count += 1;
        name = format!("{part} ({count})");
    }
    parts.insert(name, Told { text, inner });
}

const ORDER: &str = "order of ";

/// Whether a part is the order of actions: nothing by itself.
pub(super) fn is_order(part: &str) -> bool {
    part.starts_with(ORDER)
}

/// Whether a part is the order of actions that are not the same ones: of these each is told.
pub(super) fn is_order_of_others(part: &str, old: &Told, new: &Told) -> bool {
    let sorted = |told: &Told| {
        let mut names: Vec<String> = told.text.split(", ").map(str::to_owned).collect();
        names.sort();
        names
    };
    is_order(part) && sorted(old) != sorted(new)
}

fn handlers(key: &str, node: &Node, parts: &mut Parts) {
    match &node.kind {
        Kind::Map(entries) => {
            for entry in entries {
                add(parts, &format!("{key}.{}", entry.key.value), branches(&entry.value));
            }
        }
        Kind::Scalar(_) | Kind::List(_) => add(parts, key, flow_style(node)),
    }
}

/// Each action by its name, so that one that is added does not make those behind it look different.
fn actions(key: &str, node: &Node, parts: &mut Parts) {
    let Kind::List(items) = &node.kind else { return add(parts, key, flow_style(node)) };
    let mut order = Vec::new();
    for item in items {
        let Kind::Map(entries) = &item.kind else {
            add(parts, key, flow_style(item));
            continue;
        };
        let name = entries.first().map_or("?", |entry| entry.key.value.as_str());
        order.push(name);
        let (place, mut inner) = (format!("{key}.{name}"), Parts::new());
        for entry in entries {
            let is_name = entry.key.value == name;
            let inner_place = if is_name { place.clone() } else { format!("{place}.{}", entry.key.value) };
            leaves(&inner_place, &entry.value, &mut inner);
        }
        let text = if let [only] = &entries[..] { flow_style(&only.value) } else { flow_style(item) };
        add_whole(parts, &place, text, inner);
    }
    if order.len() > 1 {
        add(parts, &format!("{ORDER}{key}"), order.join(", "));
    }
}

/// All that is below a place, one part for each value.
fn leaves(place: &str, node: &Node, parts: &mut Parts) {
    match &node.kind {
        Kind::Map(entries) if !entries.is_empty() => {
            for entry in entries {
                leaves(&format!("{place}.{}", entry.key.value), &entry.value, parts);
            }
        }
        Kind::Map(_) | Kind::List(_) | Kind::Scalar(_) => add(parts, place, flow_style(node)),
    }
}

/// The branches of a handler in words; a name alone is a branch that leads there.
fn branches(node: &Node) -> String {
    match &node.kind {
        Kind::Scalar(_) => format!("leads to {}", flow_style(node)),
        Kind::Map(_) => branch(node),
        Kind::List(items) => items.iter().map(branch).collect::<Vec<_>>().join("; "),
    }
}

fn branch(node: &Node) -> String {
    let Kind::Map(entries) = &node.kind else { return branches_of_name(node) };
    let part = |key: &str| node.get(key).map(flow_style);
    let mut words: Vec<String> = Vec::new();
    words.extend(node.get("when").map(|guard| match &guard.kind {
        Kind::Scalar(scalar) => format!("if {}:", visible(&scalar.text)),
        Kind::List(_) | Kind::Map(_) => format!("if {}:", flow_style(guard)),
    }));
    words.extend(part("set").map(|set| format!("sets {set},")));
    words.extend(part("do").map(|actions| format!("does {actions},")));
    let known = ["when", "set", "do", "goto", "end"];
    for entry in entries.iter().filter(|entry| !known.contains(&entry.key.value.as_str())) {
        words.push(format!("{}: {},", entry.key.value, flow_style(&entry.value)));
    }
    let target = part("goto").map(|target| format!("leads to {target}"));
    let target = target.or_else(|| part("end").map(|outcome| format!("ends as {outcome}")));
    words.push(target.unwrap_or_else(|| "stays".to_owned()));
    words.join(" ")
}

fn branches_of_name(node: &Node) -> String {
    format!("leads to {}", flow_style(node))
}

/// A node on one line, in YAML's flow style. Texts that a terminal would obey are made visible.
fn flow_style(node: &Node) -> String {
    match &node.kind {
        Kind::Scalar(scalar) if scalar.style == Style::Plain => visible(&scalar.text),
        Kind::Scalar(scalar) => {
            format!("\"{}\"", visible(&scalar.text.replace('\\', "\\\\").replace('"', "\\\"")))
        }
        Kind::List(items) => {
            let items: Vec<_> = items.iter().map(flow_style).collect();
            format!("[{}]", items.join(", "))
        }
        Kind::Map(entries) => {
            let entry = |entry: &lang::node::Entry| {
                format!("{}: {}", visible(&entry.key.value), flow_style(&entry.value))
            };
            let entries: Vec<_> = entries.iter().map(entry).collect();
            if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
        }
    }
}

fn visible(text: &str) -> String {
    let one = |character: char| match character {
        character if character.is_control() => character.escape_default().to_string(),
        character => character.to_string(),
    };
    text.chars().map(one).collect()
}
