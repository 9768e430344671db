//! What stands at a place, explained.

use lang::expr::Type;
use lang::{Kind, Node, Span, Template};
use machine::event::EventField;

use crate::beside::{Beside, Other};
use crate::document::Document;
use crate::elsewhere::{Elsewhere, What, elsewhere};
use crate::explain;
use crate::limits::WAYS_SHOWN;
use crate::names::{Part, Symbol, Use};
use crate::slot::{Named, Role, Way};

/// An explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// What is explained.
    pub span: Span,
    /// In Markdown.
    pub text: String,
}

/// Explains what stands at a place.
#[must_use]
pub fn hover(document: &Document, offset: usize, beside: &Beside<'_>) -> Option<Hover> {
    if let Some(elsewhere) = elsewhere(document, offset) {
        let other = match elsewhere.what {
            What::Told => beside.begun().find(|other| other.name == elsewhere.flow),
            What::Flow | What::Input(_) | What::Outcome(_) | What::Output(_) => {
                beside.subflow(&elsewhere.flow)
            }
        };
        let text = of_another(&elsewhere, other);
        return Some(Hover { span: elsewhere.span, text });
    }
    if let Some(here) = document.name_at(offset) {
        let text = match &here.symbol {
            Symbol::State(id) => state(document, *id),
            Symbol::Plain(Named::Variable, name) => variable(document, name),
            Symbol::Plain(named, name) => declared(document, *named, name),
        };
        return Some(Hover { span: here.span, text });
    }
    let way = document.way(offset)?;
    if let Some((entry, role)) = way.key {
        let text = match role {
            Role::Key(Some(known)) => format!("**{}**\n\n{}", entry.key.value, explain::key(known)),
            Role::Event => format!("**{}**\n\n{}", entry.key.value, explain::event(&entry.key.value)?),
            Role::Timer => "When the state has been active for so long.".to_owned(),
            Role::Key(None) | Role::Name(_) | Role::Outcome | Role::Free => return None,
        };
        return Some(Hover { span: entry.key.span, text });
    }
    expression(&way, offset)
}

fn state(document: &Document, id: usize) -> String {
    let names = document.names();
    let state = &names.states[id];
    let mut text = format!("state **{}**", names.path(id));
    if let Some(description) = document.state_node(state).and_then(|node| written(node, "description")) {
        text.push_str(&format!("\n\n{description}"));
    }
    let symbol = Symbol::State(id);
    let uses = names.of_symbol(&symbol).filter(|one| one.part == Part::Used);
    let from: Vec<_> = uses.clone().take(WAYS_SHOWN).filter_map(|one| way_from(document, one)).collect();
    let more = uses.count().saturating_sub(WAYS_SHOWN);
    if from.is_empty() {
        text.push_str("\n\nNothing leads here.");
    } else {
        text.push_str(&format!("\n\nReached from:\n{}", from.join("\n")));
    }
    if more > 0 {
        text.push_str(&format!("\n- and {more} more"));
    }
    text
}

/// From where a state is reached by one of its uses, and why.
fn way_from(document: &Document, one: &Use) -> Option<String> {
    let names = document.names();
    let way = document.way(one.span.start)?;
    let owner = names.nested(&way.states()).map(|id| format!("`{}`", names.path(id)));
    let owner = owner.unwrap_or_else(|| "the flow".to_owned());
    let why = way.entries().rev().find_map(|(entry, role)| match role {
        Role::Event | Role::Timer | Role::Outcome => Some(entry.key.value.clone()),
        Role::Key(Some(known)) if known.key.name == "initial" => Some("initial".to_owned()),
        _ => None,
    });
    let line = document.source().place(one.span.start).line;
    let why = why.map_or_else(String::new, |why| format!(", {why}"));
    Some(format!("- {owner}{why} (line {line})"))
}

fn written(node: &Node, key: &str) -> Option<String> {
    Some(node.get(key)?.scalar()?.text.clone())
}

fn variable(document: &Document, name: &str) -> String {
    let mut text = format!("variable **{name}**");
    let first = document.tree().and_then(|tree| tree.get("vars")?.get(name));
    match first {
        Some(node) => {
            let template = Template::read(node, &mut Vec::new());
            if let Some(value) = template.constant() {
                text.push_str(&format!(", {}", of(&Type::of(value))));
            }
            let value = lang::finding::brief(document.source().slice(node.span));
            text.push_str(&format!("\n\nFirst value: `{value}`"));
        }
        None => text.push_str("\n\nIt has no first value: something must set it before it is read."),
    }
    let names = document.names();
    let symbol = Symbol::Plain(Named::Variable, name.to_owned());
    let lines: Vec<_> = names
        .of_symbol(&symbol)
        .filter(|one| one.part == Part::Given)
        .take(WAYS_SHOWN)
        .map(|one| document.source().place(one.span.start).line.to_string())
        .collect();
    if !lines.is_empty() {
        text.push_str(&format!("\n\nSet in line {}.", lines.join(", ")));
    }
    text
}

/// A type as flows write it.
fn of(of: &Type) -> &'static str {
    of.described().trim_start_matches("a ").trim_start_matches("an ")
}

fn declared(document: &Document, named: Named, name: &str) -> String {
    let section = match named {
        Named::Input => "input",
        Named::Constant => "config",
        Named::Event => "events",
        Named::Variable => "vars",
        Named::State => "states",
        Named::Output => "output",
        // That is another document.
        Named::Flow | Named::Told => "flow",
    };
    let mut text = format!("{} **{name}**", named.word());
    let Some(node) = document.tree().and_then(|tree| tree.get(section)?.get(name)) else {
        text.push_str("\n\nIt is not declared.");
        return text;
    };
    match (&node.kind, named) {
        (Kind::Scalar(scalar), _) if !scalar.text.is_empty() => text.push_str(&format!(", {}", scalar.text)),
        (Kind::Map(_), Named::Input) => {
            text.push_str(&written(node, "type").map_or_else(String::new, |kind| format!(", {kind}")));
            if written(node, "required").as_deref() == Some("true") {
                text.push_str(", required");
            }
            if let Some(description) = written(node, "description") {
                text.push_str(&format!("\n\n{description}"));
            }
            if let Some(default) = node.get("default") {
                text.push_str(&format!("\n\nLeft out: `{}`", document.source().slice(default.span)));
            }
        }
        (Kind::Map(fields), _) => {
            text.push_str("\n\nSent by another system.\n");
            for field in fields {
                let kind = field.value.scalar().map_or("", |scalar| scalar.text.as_str());
                text.push_str(&format!("\n- `event.{}`: {kind}", field.key.value));
            }
        }
        (Kind::Scalar(_) | Kind::List(_), _) => {}
    }
    text
}

/// What another flow gives, as far as that flow is known.
fn of_another(elsewhere: &Elsewhere, subflow: Option<Other<'_>>) -> String {
    let flow = &elsewhere.flow;
    let with = |text: &mut String, part: &str| {
        if !part.is_empty() {
            text.push_str(&format!("\n\n{part}"));
        }
    };
    match &elsewhere.what {
        What::Flow => {
            let mut text = format!("flow **{flow}**\n\nRun on this call, as a part of this flow.");
            match subflow {
                Some(subflow) => with(&mut text, &described(&subflow)),
                None => with(&mut text, "No flow beside this one is a sub-flow of this name."),
            }
            text
        }
        What::Told => {
            let mut text = format!("flow **{flow}**\n\nBegins for each file of a recording.");
            match subflow {
                Some(flow) => with(&mut text, &described(&flow)),
                None => with(&mut text, "No flow beside this one of this name has `api` under its `start`."),
            }
            text
        }
        What::Input(name) => {
            let mut text = format!("input **{name}** of flow **{flow}**");
            let inputs = subflow.into_iter().flat_map(|subflow| subflow.inputs());
            for input in inputs.filter(|input| input.name == name).take(1) {
                text.push_str(&format!(", {}", input.detail()));
                with(&mut text, &input.documentation());
            }
            text
        }
        What::Outcome(name) => {
            format!(
                "outcome **{name}** of flow **{flow}**\n\nWhen the sub-flow that this state runs ends so."
            )
        }
        What::Output(name) => {
            let outputs = subflow.into_iter().flat_map(|subflow| subflow.outputs());
            let kind = outputs.filter(|(known, _)| known == name).map(|(_, kind)| format!(", {kind}")).next();
            format!("**output.{name}**{}\n\nWhat flow **{flow}** gave back.", kind.unwrap_or_default())
        }
    }
}

/// What a sub-flow is for, takes, ends with and gives back.
fn described(subflow: &Other<'_>) -> String {
    let list = |head: &str, items: Vec<String>| match items.as_slice() {
        [] => None,
        items => Some(format!("{head}:\n- {}", items.join("\n- "))),
    };
    let inputs = subflow.inputs().map(|input| format!("`{}`: {}", input.name, input.detail())).collect();
    let outcomes = subflow.outcomes().into_iter().map(|(name, _)| format!("`{name}`")).collect();
    let outputs = subflow.outputs().map(|(name, kind)| format!("`{name}`: {kind}")).collect();
    let description = Some(subflow.description().to_owned()).filter(|text| !text.is_empty());
    let parts =
        [description, list("Takes", inputs), list("Ends with", outcomes), list("Gives back", outputs)];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

/// A helper of an event, or a root, inside an expression.
fn expression(way: &Way<'_>, offset: usize) -> Option<Hover> {
    let (owner, word, span) = way.word(offset)?;
    let text = match owner {
        None => match explain::root(word) {
            "" => return None,
            known => format!("**{word}**\n\n{known}"),
        },
        Some("event") => {
            let field = EventField::named(word)?;
            format!("**event.{word}**, {}\n\n{}", of(&field.of()), field.doc)
        }
        Some(_) => return None,
    };
    Some(Hover { span, text })
}
