//! Every mapping of the flow language as data: its keys, what may stand behind each, and in operators' words why.
//!
//! The JSON Schema is made from it, and so is what an editor completes and explains. The readers beside each
//! shape stay the judges of a flow; a test holds the two together. Knows no document and no finding.

use std::time::Duration;

use lang::value::Pattern;

use crate::argument::Argument;
use crate::wanted::Wanted;

pub mod events;
mod person;
pub mod schema;
mod values;

pub use person::PERSON;

/// A mapping that may stand in a flow.
#[derive(Debug)]
pub struct Shape {
    /// Its name; no other shape has it. That of an action's arguments is the action's.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Its keys, in parts, since some mappings share some.
    pub keys: &'static [&'static [Key]],
    /// Which of its keys go together.
    pub rules: &'static [Rule],
}

/// A key that may stand in a mapping.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// What it does on a call.
    pub description: &'static str,
    /// What may stand behind it.
    pub wants: Wants,
    /// Whether it must stand there.
    pub is_required: bool,
    /// What holds if it is left out, as it would be written.
    pub default: Option<&'static str>,
    /// A value, as it would be written.
    pub example: Option<&'static str>,
}

/// What may stand behind a key.
#[derive(Clone, Copy, Debug)]
pub enum Wants {
    /// The value of an argument, or an expression that gives it.
    Argument(Wanted),
    /// Text as it stands.
    Text,
    /// `true` or `false` as it stands.
    Truth,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Any value but nothing.
    Value,
    /// A bare expression that is true or false.
    Guard,
    /// The URL of another system: its host is written here or is the operator's.
    Url,
    /// The URL of another system as it stands.
    FixedUrl,
    /// A URL with one of these schemes, or an expression that gives it.
    Address(&'static [&'static str]),
    /// A name that is given here.
    Name(Pattern),
    /// The name of an outcome that an author may give.
    Outcome,
    /// The name of a state.
    Target,
    /// Identifiers of people, or `prefix*` for all that begin alike; one or a list.
    Callers,
    /// A mapping of this shape.
    Map(&'static Shape),
    /// The same, or nothing at all.
    Bare(&'static Shape),
    /// A list of at least so many.
    List(&'static Wants, usize),
    /// One of these forms.
    Either(&'static [Wants]),
    /// A mapping whose keys are names that are given here.
    Named(Pattern, &'static Wants),
    /// The same, or nothing at all.
    Declared(Pattern, &'static Wants),
    /// A mapping of names to texts, each of which may hold expressions.
    Headers,
    /// A mapping of events to transitions.
    Events,
    /// A mapping of durations to transitions.
    Timers,
    /// A target, a branch, or a list of branches.
    Transitions,
    /// A mapping of outcomes to transitions that lead somewhere.
    Outcomes,
    /// A list of actions.
    Actions,
    /// A list of actions of which only `log` is allowed.
    Logs,
}

/// Which keys of a mapping go together.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// One of these stands there, and no other.
    ExactlyOne(&'static [&'static str]),
    /// No two of these stand there.
    AtMostOne(&'static [&'static str]),
    /// One of these stands there, or more.
    AtLeastOne(&'static [&'static str]),
    /// Where the first stands, the others do not.
    Excludes(&'static str, &'static [&'static str]),
    /// Where the first stands, the second does.
    Needs(&'static str, &'static str),
    /// Where the first stands, the second holds nothing but `log`.
    LogsOnly(&'static str, &'static str),
    /// The first stands there, unless each mapping that stands under the second has a key of that name.
    UnlessEach(&'static str, &'static str),
}

impl Shape {
    /// Its keys, in the order in which they are explained.
    pub fn keys(&self) -> impl Iterator<Item = &'static Key> {
        self.keys.iter().copied().flatten()
    }

    /// One of its keys.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys().find(|key| key.name == name)
    }
}

impl Key {
    /// A key that may be left out.
    #[must_use]
    pub const fn new(name: &'static str, description: &'static str, wants: Wants) -> Key {
        Key { name, description, wants, is_required: false, default: None, example: None }
    }

    /// A key whose value is an argument of this type, or an expression that gives it.
    #[must_use]
    pub const fn of<T: Argument>(name: &'static str, description: &'static str) -> Key {
        Key::new(name, description, Wants::Argument(T::WANTED))
    }

    /// What it does, and between which bounds its value must lie.
    #[must_use]
    pub fn explained(&self) -> String {
        let description = self.description;
        match self.wants {
            Wants::Argument(Wanted::Duration(min, max)) => {
                let [min, max] = [min, max].map(|ms| lang::value::format_duration(Duration::from_millis(ms)));
                format!("{description} From {min} to {max}.")
            }
            Wants::Argument(Wanted::Whole(min, max)) => format!("{description} From {min} to {max}."),
            _ => description.to_owned(),
        }
    }

    /// The same key, where it must stand.
    #[must_use]
    pub const fn required(self) -> Key {
        Key { is_required: true, ..self }
    }

    /// The same key, with what holds if it is left out.
    #[must_use]
    pub const fn default(self, written: &'static str) -> Key {
        Key { default: Some(written), ..self }
    }

    /// The same key, with a value as it would be written.
    #[must_use]
    pub const fn example(self, written: &'static str) -> Key {
        Key { example: Some(written), ..self }
    }
}
