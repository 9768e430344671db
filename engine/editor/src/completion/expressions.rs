//! Inside expressions: roots, fields of roots, functions.

use lang::expr::Function;
use machine::event::EventKind;
use machine::event::fields::FIELDS;
use machine::roots::{CALL, STATE};
use machine::shape::Wants;

use super::{Item, ItemKind, Scene};
use crate::explain;
use crate::lenient::MARK;
use crate::slot::{Named, Slot, Trigger};

/// Ranks inside expressions.
pub(super) const FIRST: u8 = 10;
const SECOND: u8 = 20;
const THIRD: u8 = 30;

/// The expression in front of the cursor, if the cursor is in one; the mark stands in the text.
pub(super) fn prefix(text: &str, slot: Slot) -> Option<String> {
    let before = &text[..text.find(MARK)?];
    let inside = match slot.wants {
        Some(Wants::Guard) => before,
        _ if slot.takes_expressions() => {
            let open = before.rfind("${")?;
            // `$${` is no expression.
            if before[..open].ends_with('$') || is_closed(&before[open + 2..]) {
                return None;
            }
            &before[open + 2..]
        }
        _ => return None,
    };
    Some(inside.to_owned())
}

/// Whether the brace is closed again that stands in front of a text.
fn is_closed(text: &str) -> bool {
    let mut depth = 0_i32;
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return true,
            (None, '}') => depth -= 1,
            (None, _) => {}
        }
    }
    false
}

/// Whether the cursor is in a text of the expression.
fn is_in_text(expression: &str) -> bool {
    let mut quote = None;
    for c in expression.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None => {}
        }
    }
    quote.is_some()
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The names with dots between them that an expression ends with, but for the last, which is being typed.
fn path(expression: &str) -> Vec<&str> {
    let mut rest = expression.trim_end_matches(is_part);
    let mut path = Vec::new();
    while let Some(before) = rest.strip_suffix('.') {
        let start = before.trim_end_matches(is_part).len();
        path.insert(0, &before[start..]);
        rest = &before[..start];
    }
    path
}

impl Scene<'_> {
    /// What may stand at the end of an expression.
    pub(super) fn expression(&self, expression: &str, slot: Slot) -> Vec<Item> {
        if is_in_text(expression) {
            return self.labels(expression);
        }
        match path(expression).as_slice() {
            [] => self.roots(slot),
            [root] => self.fields(root),
            [.., _] => Vec::new(),
        }
    }

    pub(super) fn part(
        &self,
        label: &str,
        kind: ItemKind,
        detail: &str,
        documentation: &str,
        rank: u8,
    ) -> Item {
        Item {
            documentation: documentation.to_owned(),
            replaces: self.word_of(is_part),
            ..self.value(label, kind, detail, rank)
        }
    }

    fn roots(&self, slot: Slot) -> Vec<Item> {
        let section = self.way.entries().next().map(|(entry, _)| entry.key.value.as_str());
        let is_start = section == Some("start");
        let mut roots = Vec::new();
        match self.way.trigger() {
            Trigger::Event(_) | Trigger::Timer => roots.push("event"),
            Trigger::Outcome => roots.push("output"),
            Trigger::Nothing => {}
        }
        if !is_start {
            roots.extend(["vars", "input"]);
        }
        if self.owner.is_some() {
            roots.push("state");
        }
        roots.extend(["call", "config", "now"]);
        if !is_start {
            roots.push("start");
        }
        if slot.of.is_none() && self.way.entries().any(|(entry, _)| entry.key.value == "headers") {
            roots.push("secrets");
        }
        let roots = roots.into_iter().map(|root| {
            let mut item = self.part(root, ItemKind::Variable, "", explain::root(root), FIRST);
            if root != "now" {
                item.text = format!("{root}.");
            }
            item
        });
        let functions = FUNCTIONS.iter().map(|function| {
            let name = function.name();
            let mut item = self.part(name, ItemKind::Function, "function", "", SECOND);
            item.text = format!("{name}(");
            item
        });
        let has = std::iter::once({
            let documentation = "Whether a field is there: `has(event.code)`.";
            let mut item = self.part("has", ItemKind::Function, "macro", documentation, SECOND);
            "has(".clone_into(&mut item.text);
            item
        });
        roots.chain(has).chain(functions).collect()
    }

    fn fields(&self, root: &str) -> Vec<Item> {
        let all = |names: &[&str]| -> Vec<Item> {
            names.iter().map(|name| self.part(name, ItemKind::Field, "", "", FIRST)).collect()
        };
        match root {
            "vars" | "input" | "config" => {
                let Some(named) = Named::of_root(root) else { return Vec::new() };
                let names = self.names.all(named).into_iter().filter(|name| !name.contains(MARK));
                names.map(|name| self.part(name, ItemKind::Variable, named.word(), "", FIRST)).collect()
            }
            "call" if self.way.entries().next().is_some_and(|(entry, _)| entry.key.value == "start") => {
                all(&["from", "to"])
            }
            "call" => all(&CALL),
            "state" => all(&STATE),
            "start" => all(&["kind"]),
            "event" => self.event_fields(),
            "output" => self.output_of_subflow(),
            "now" => NOW
                .iter()
                .map(|part| {
                    let name = part.name();
                    let mut item = self.part(name, ItemKind::Function, "part of a timestamp", "", FIRST);
                    item.text = format!("{name}(");
                    item
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The fields of the event that is handled here; of several, those that one of them has.
    fn event_fields(&self) -> Vec<Item> {
        let Trigger::Event(name) = self.way.trigger() else { return Vec::new() };
        let mut kinds = match (EventKind::from_name(name), name) {
            (Some(kind), _) => vec![kind],
            (None, "AnyFailure") => {
                self.possible().into_iter().filter(EventKind::is_failure).collect::<Vec<_>>()
            }
            (None, "*") => self.possible(),
            (None, own) => vec![EventKind::Custom(own.into())],
        };
        if kinds.is_empty() {
            kinds = vec![EventKind::ActionFailed];
        }
        let mut items = Vec::new();
        let own = self.tree.get("events").and_then(|events| events.get(name));
        if let Some(lang::Kind::Map(fields)) = own.map(|own| &own.kind) {
            for field in fields {
                let of = field.value.scalar().map_or("", |scalar| scalar.text.as_str());
                items.push(self.part(&field.key.value, ItemKind::Field, of, "", FIRST));
            }
        }
        let heard = self.heard();
        for field in FIELDS {
            let having = kinds.iter().filter(|kind| field.is_on(kind)).count();
            let is_empty = *kinds == [EventKind::RecognizeCompleted] && !heard.gives(field.name);
            if having == 0 || is_empty {
                continue;
            }
            let rank = match field.name {
                "name" | "data" | "operationContext" | "action" | "rest" => THIRD,
                _ if having < kinds.len() => SECOND,
                _ => FIRST,
            };
            items.push(self.part(field.name, ItemKind::Field, field.of().described(), field.doc, rank));
        }
        items
    }

    /// What the recognitions of this state listen for.
    fn heard(&self) -> Heard {
        let recognitions = self.arguments_of("recognize");
        let any = |name: &str| recognitions.iter().any(|node| node.get(name).is_some());
        Heard {
            is_known: !recognitions.is_empty(),
            keys: any("dtmf") || any("speechOrDtmf"),
            label: any("choices"),
            words: any("choices") || any("speech") || any("speechOrDtmf"),
        }
    }

    /// The labels of the choices that are listened for, where one is compared with.
    fn labels(&self, expression: &str) -> Vec<Item> {
        let before = expression.trim_end_matches(|c| !matches!(c, '"' | '\''));
        let compared = before.trim_end_matches(['"', '\'']).trim_end();
        let is_label = compared
            .strip_suffix("==")
            .or_else(|| compared.strip_suffix("!="))
            .is_some_and(|left| left.trim_end().ends_with("event.label"));
        if !is_label {
            return Vec::new();
        }
        let recognitions = self.arguments_of("recognize");
        let choices = recognitions.iter().filter_map(|node| match &node.get("choices")?.kind {
            lang::Kind::List(choices) => Some(choices),
            lang::Kind::Scalar(_) | lang::Kind::Map(_) => None,
        });
        let labels = choices.flatten().filter_map(|choice| choice.get("label")?.scalar());
        labels.map(|label| self.part(&label.text, ItemKind::Value, "label", "", FIRST)).collect()
    }
}

/// What recognitions give. Source: reference 4.3.
struct Heard {
    is_known: bool,
    keys: bool,
    label: bool,
    words: bool,
}

impl Heard {
    fn gives(&self, field: &str) -> bool {
        !self.is_known
            || match field {
                "digits" | "tone" => self.keys,
                "label" => self.label,
                "speech" => self.words,
                _ => true,
            }
    }
}

/// Functions that are called by their name alone.
const FUNCTIONS: [Function; 8] = [
    Function::Size,
    Function::Int,
    Function::Double,
    Function::Number,
    Function::String,
    Function::Bool,
    Function::Duration,
    Function::Timestamp,
];

/// Parts of a moment.
const NOW: [Function; 9] = [
    Function::GetHours,
    Function::GetMinutes,
    Function::GetSeconds,
    Function::GetDayOfWeek,
    Function::GetDate,
    Function::GetMonth,
    Function::GetFullYear,
    Function::GetDayOfMonth,
    Function::GetDayOfYear,
];
