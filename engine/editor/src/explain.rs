//! What the words of the language mean, as Markdown: for hovering and beside what is completed.

use machine::actions::ActionKind;
use machine::event::EventKind;
use machine::event::fields::FIELDS;
use machine::protocol::Acknowledged;
use machine::shape::events::{ANY, ANY_FAILURE, describe};

use crate::slot::Known;

/// A key: what it does, and what holds if it is left out.
pub(crate) fn key(known: Known) -> String {
    let key = known.key;
    if known.shape.name == "action"
        && let Some(kind) = ActionKind::from_name(key.name)
    {
        return action(kind);
    }
    let mut text = key.explained();
    if key.is_required {
        text.push_str("\n\nMust stand here.");
    }
    if let Some(default) = key.default {
        text.push_str(&format!("\n\nLeft out: `{default}`."));
    }
    if let Some(example) = key.example {
        text.push_str(&format!("\n\nExample: `{}: {example}`", key.name));
    }
    text
}

/// An action: what it does, what follows, and when it may stand.
pub(crate) fn action(kind: ActionKind) -> String {
    let spec = kind.spec();
    let list = |names: &mut dyn Iterator<Item = &EventKind>| {
        names.map(|kind| format!("`{}`", kind.name())).collect::<Vec<_>>().join(", ")
    };
    let mut text = kind.shape().description.to_owned();
    if !spec.success.is_empty() {
        text.push_str(&format!("\n\nSuccess: {}", list(&mut spec.success.iter())));
    }
    if spec.acknowledged != Acknowledged::Local || !spec.success.is_empty() {
        text.push_str(&format!("  \nFailure: {}", list(&mut std::iter::once(&spec.failure))));
    }
    if !spec.canceled.is_empty() {
        text.push_str(&format!("  \nStopped: {}", list(&mut spec.canceled.iter())));
    }
    let phases: Vec<_> = spec.phases.iter().map(|phase| phase.name()).collect();
    text.push_str(&format!("\n\nAllowed while the call is {}.", phases.join(", ")));
    text
}

/// An event: when it happens, and what can be read of it.
pub(crate) fn event(name: &str) -> Option<String> {
    if let Some((_, text)) = [ANY_FAILURE, ANY].into_iter().find(|(known, _)| *known == name) {
        return Some(text.to_owned());
    }
    let kind = EventKind::from_name(name)?;
    let mut text = describe(&kind).to_owned();
    text.push('\n');
    for field in FIELDS.iter().filter(|field| field.is_on(&kind)) {
        text.push_str(&format!("\n- `event.{}`: {}", field.name, field.doc));
    }
    Some(text)
}

/// A root of expressions.
pub(crate) fn root(name: &str) -> &'static str {
    match name {
        "event" => "What has just happened: the event that this handler handles.",
        "call" => "The call: who is in it, and the ids under which the provider knows it.",
        "vars" => "The flow's variables.",
        "input" => "What was passed when the flow was started.",
        "state" => "The state that this is written in.",
        "config" => "The constants that the operator has set.",
        "now" => "The moment at which the event was accepted.",
        "start" => "How the run began.",
        "output" => "What the sub-flow that has just ended gave back.",
        "secrets" => "The operator's credentials; for headers of `http` only.",
        _ => "",
    }
}
