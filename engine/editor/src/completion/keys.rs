//! Keys of mappings, actions among them.

use lang::{Kind, Node};
use machine::actions::ActionKind;
use machine::shape::{Key, Rule, Shape, Wants};
use machine::wanted::Wanted;

use super::{Item, ItemKind, Scene};
use crate::explain;
use crate::lenient::MARK;
use crate::slot::{Known, Named, Slot};

/// Ranks of keys.
pub(super) const REQUIRED: u8 = 10;
pub(super) const OPTIONAL: u8 = 20;

impl Scene<'_> {
    /// The keys that may be added to a mapping: those that must stand there first.
    pub(super) fn shape_keys(&self, slot: Slot, mapping: &Node) -> Vec<Item> {
        let has = |name: &str| match &mapping.kind {
            Kind::Map(entries) => entries.iter().any(|entry| entry.key.value == name),
            Kind::Scalar(_) | Kind::List(_) => false,
        };
        let logs_only = self.is_logs_only();
        let mut items = Vec::new();
        for shape in slot.shapes() {
            for key in shape.keys().filter(|key| !has(key.name) && !is_excluded(shape, key.name, &has)) {
                if shape.name == "action" && logs_only && !matches!(key.name, "log" | "as") {
                    continue;
                }
                items.push(self.key(shape, key, &has));
            }
        }
        items
    }

    fn key(&self, shape: &'static Shape, key: &'static Key, has: &dyn Fn(&str) -> bool) -> Item {
        let action = (shape.name == "action").then(|| ActionKind::from_name(key.name)).flatten();
        let has_colon = self.has_colon();
        let (text, snippet) = if has_colon {
            (key.name.to_owned(), None)
        } else if action.is_some() {
            let (text, snippet) = with_arguments(key);
            (text, Some(snippet))
        } else {
            (begun(key), None)
        };
        let is_wanted = key.is_required || is_one_of_required(shape, key.name, has);
        let kind = if action.is_some() { ItemKind::Action } else { ItemKind::Key };
        Item {
            label: key.name.to_owned(),
            kind,
            detail: if is_wanted && action.is_none() { "required".to_owned() } else { String::new() },
            documentation: explain::key(Known { shape, key }),
            text,
            snippet,
            replaces: self.word(),
            rank: if is_wanted { REQUIRED } else { OPTIONAL },
        }
    }

    /// A key that is a name and no word of the language.
    pub(super) fn named_key(&self, name: &str, kind: ItemKind, detail: &str, rank: u8) -> Item {
        Item {
            text: if self.has_colon() { name.to_owned() } else { format!("{name}: ") },
            ..self.value(name, kind, detail, rank)
        }
    }

    /// Whether only `log` is allowed here.
    fn is_logs_only(&self) -> bool {
        self.way.steps.iter().rev().find_map(|step| match step.slot.wants {
            Some(Wants::Logs) => Some(true),
            Some(Wants::Actions) => Some(false),
            _ => None,
        }) == Some(true)
    }

    /// Names that are known and may be taken up as keys: variables under `set`, what is declared under `output`.
    pub(super) fn taken_up(&self, slot: Slot, named: Option<Named>, mapping: &Node) -> Vec<Item> {
        let named = match named {
            Some(named @ Named::Variable) if slot.is_set() => named,
            Some(named @ Named::Output)
                if self.way.key.is_some() && slot.of.is_some_and(|of| of.shape.name == "end") =>
            {
                named
            }
            _ => return Vec::new(),
        };
        let names = self.names.all(named);
        let free = names.into_iter().filter(|name| !name.contains(MARK) && mapping.get(name).is_none());
        free.map(|name| self.named_key(name, ItemKind::Variable, named.word(), REQUIRED)).collect()
    }
}

/// A key with what always follows it.
fn begun(key: &Key) -> String {
    match key.wants {
        Wants::Map(_)
        | Wants::List(..)
        | Wants::Named(..)
        | Wants::Declared(..)
        | Wants::Headers
        | Wants::Events
        | Wants::Timers
        | Wants::Outcomes
        | Wants::Actions
        | Wants::Logs => format!("{}:", key.name),
        _ => format!("{}: ", key.name),
    }
}

/// An action with the arguments that it must have, and the same with places to fill in.
fn with_arguments(key: &Key) -> (String, String) {
    let (Wants::Map(shape) | Wants::Bare(shape)) = key.wants else {
        return (format!("{}: ", key.name), format!("{}: $0", key.name));
    };
    let required = shape.keys().filter(|key| key.is_required).map(|key| vec![key.name]);
    let choices = shape.rules.iter().filter_map(|rule| match rule {
        Rule::ExactlyOne(names) | Rule::AtLeastOne(names) => Some(names.to_vec()),
        _ => None,
    });
    let mut plain = Vec::new();
    let mut filled = Vec::new();
    let mut place = 0;
    for mut names in required.chain(choices) {
        let Some(first) = names.first().copied() else { continue };
        let wants = shape.key(first).map(|key| key.wants);
        // The place behind the name is made for the first: what holds something else would not fit into it.
        names.retain(|name| empty(shape.key(name).map(|key| key.wants)) == empty(wants));
        place += 1;
        let name = match names.as_slice() {
            [only] => {
                place -= 1;
                (*only).to_owned()
            }
            several => format!("${{{place}|{}|}}", several.join(",")),
        };
        place += 1;
        filled.push(format!("{name}: {}", hole(wants, place)));
        plain.push(format!("{first}: {}", empty(wants)));
    }
    if plain.is_empty() {
        return (format!("{}: {{}}", key.name), format!("{}: {{$1}}$0", key.name));
    }
    // A closing brace means nothing outside of a placeholder, but a dollar would.
    (
        format!("{}: {{ {} }}", key.name, plain.join(", ")),
        format!("{}: {{ {} }}$0", key.name, filled.join(", ")),
    )
}

/// An empty value.
fn empty(wants: Option<Wants>) -> &'static str {
    match wants {
        Some(Wants::Map(_) | Wants::Bare(_)) => "{}",
        Some(Wants::List(..)) => "[]",
        Some(Wants::Argument(Wanted::Truth | Wanted::Whole(..) | Wanted::Word(_) | Wanted::Duration(..))) => {
            ""
        }
        _ => "\"\"",
    }
}

/// The same with a place to fill in.
fn hole(wants: Option<Wants>, place: usize) -> String {
    match empty(wants) {
        "{}" => format!("{{ ${place} }}"),
        "[]" => format!("[ ${place} ]"),
        "" => format!("${place}"),
        _ => format!("\"${place}\""),
    }
}

/// Whether what stands in a mapping leaves no room for a key.
fn is_excluded(shape: &Shape, name: &str, has: &dyn Fn(&str) -> bool) -> bool {
    shape.rules.iter().any(|rule| match rule {
        Rule::ExactlyOne(names) | Rule::AtMostOne(names) => {
            names.contains(&name) && names.iter().any(|other| *other != name && has(other))
        }
        Rule::Excludes(one, others) => {
            (has(one) && others.contains(&name)) || (*one == name && others.iter().any(|other| has(other)))
        }
        Rule::AtLeastOne(_) | Rule::Needs(..) | Rule::LogsOnly(..) | Rule::UnlessEach(..) => false,
    })
}

/// Whether one of several keys must stand in a mapping, none does yet, and this is among them.
fn is_one_of_required(shape: &Shape, name: &str, has: &dyn Fn(&str) -> bool) -> bool {
    shape.rules.iter().any(|rule| match rule {
        // In a list of actions each is one of those that must stand there.
        Rule::ExactlyOne(names) | Rule::AtLeastOne(names) => {
            names.contains(&name) && !names.iter().any(|other| has(other))
        }
        Rule::Needs(one, other) => *other == name && has(one),
        Rule::UnlessEach(one, _) => *one == name,
        Rule::AtMostOne(_) | Rule::Excludes(..) | Rule::LogsOnly(..) => false,
    })
}
