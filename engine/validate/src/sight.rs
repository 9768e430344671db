//! What an expression may read at its place, of which type; and why not what it may not.

use lang::expr::{Absent, Scope, Type};
use lang::nearest::nearest;
use machine::event::fields::{self, FIELDS};
use machine::event::{EventField, EventKind};
use machine::flow::EventName;
use machine::roots::{CALL, STATE};

use crate::model::{Model, Trigger};
use crate::names::{self, Names, of_input};
use crate::places::{BranchSite, Site};
use crate::reaches::Reaches;

/// What can be seen from one place of a flow.
pub(crate) struct Sight<'s, 'a> {
    model: &'s Model<'a>,
    names: &'s Names<'a>,
    reaches: &'s Reaches<'a>,
    site: Site<'a>,
    /// It is a header of `http`, where secrets may stand.
    is_header: bool,
}

/// Those that are known before a call is answered.
const CALL_AT_START: [&str; 2] = ["from", "to"];

/// What the provider's payload calls things that flows know by a shorter name.
const WIRE: [(&str, &str); 10] = [
    ("resultInformation", "`event.code`, `event.subCode` and `event.message`"),
    ("dtmfResult", "`event.digits`"),
    ("tones", "`event.digits`"),
    ("choiceResult", "`event.label`"),
    ("speechResult", "`event.speech`"),
    ("recognitionType", "`event.kind`"),
    ("callConnectionId", "`call.connectionId`"),
    ("serverCallId", "`call.serverCallId`"),
    ("correlationId", "`call.correlationId`"),
    ("type", "`event.name`"),
];

impl<'s, 'a> Sight<'s, 'a> {
    pub(crate) fn new(
        model: &'s Model<'a>,
        names: &'s Names<'a>,
        reaches: &'s Reaches<'a>,
        site: Site<'a>,
    ) -> Sight<'s, 'a> {
        Sight { model, names, reaches, site, is_header: false }
    }

    /// From a header of `http`.
    pub(crate) fn header(self) -> Sight<'s, 'a> {
        Sight { is_header: true, ..self }
    }

    /// The roots that can be seen.
    pub(crate) fn roots(&self) -> Vec<&'static str> {
        let mut roots = vec!["call", "now", "config"];
        if matches!(self.site, Site::Start) {
            return roots;
        }
        roots.extend(["vars", "input", "start"]);
        if self.owner().is_some() {
            roots.push("state");
        }
        match self.site {
            Site::Branch(BranchSite { trigger: Trigger::Event(..) | Trigger::Timer, .. }) => {
                roots.push("event")
            }
            Site::Branch(BranchSite { trigger: Trigger::Outcome(_), .. }) => roots.push("output"),
            _ => {}
        }
        if self.is_header {
            roots.push("secrets");
        }
        roots
    }

    fn owner(&self) -> Option<machine::ids::StateId> {
        match self.site {
            Site::Entry(state) | Site::Exit(state) | Site::Leaving(state) => Some(state),
            Site::Branch(site) => site.owner,
            Site::Start | Site::FirstValues | Site::Defaults => None,
        }
    }

    fn no_root(&self, name: &str) -> Absent {
        match name {
            "event" => Absent::new("`event` is not known here", "no event here")
                .note(
                    "only handlers under `on` know the event; a state may be entered by several, or by none",
                )
                .help("keep what you need in a variable, with `set` in the handler, and read that here"),
            "state" => match self.site {
                Site::Branch(_) => Absent::new("`state` is not known in flow-wide handlers", "which state?")
                    .note("they hold in every state, so that none of them is meant")
                    .help("move the handler into the state whose visits you count"),
                _ => Absent::new("`state` is not known here", "no state here")
                    .note("this is read before any state is entered, or for all of them"),
            },
            "output" => Absent::new("`output` is not known here", "no sub-flow has ended here")
                .note("what a sub-flow gives back can be read where its outcome is handled, under `outcomes`")
                .help("keep what you need in a variable, with `set` there, and read that here"),
            "secrets" => Absent::new("`secrets` may stand in the headers of `http` only", "not here")
                .note("anywhere else a secret could reach a log, a journal or a caller")
                .help("write it as a header: `headers: { Authorization: \"Bearer ${secrets.name}\" }`"),
            "vars" | "input" | "start" if matches!(self.site, Site::Start) => {
                Absent::new(format!("`{name}` is not known before the run begins"), "not known yet")
                    .help("this guard may read `call.from`, `call.to`, `now` and `config`")
            }
            _ => self.unknown_root(name),
        }
    }

    fn unknown_root(&self, name: &str) -> Absent {
        let absent = Absent::new(format!("there is no `{name}`"), "nothing of this name");
        let roots = self.roots();
        let sees = |root: &str| roots.contains(&root);
        let owner = if self.names.variables.contains_key(name) && sees("vars") {
            Some("vars")
        } else if self.names.inputs.contains_key(name) && sees("input") {
            Some("input")
        } else if self.names.config.contains_key(name) {
            Some("config")
        } else if sees("event") && EventField::named(name).is_some() {
            Some("event")
        } else if sees("state") && STATE.contains(&name) {
            Some("state")
        } else if CALL.contains(&name) && !matches!(self.site, Site::Start) {
            Some("call")
        } else {
            None
        };
        if let Some(owner) = owner {
            return absent.help(format!("write `{owner}.{name}`"));
        }
        let otherwise = format!("if it is text, put it in quotes: `\"{name}\"`");
        absent.near(name, roots.iter().copied(), otherwise)
    }

    fn variable(&self, name: &str) -> Result<Type, Absent> {
        if let Some(variable) = self.names.variables.get(name) {
            return Ok(variable.of.clone());
        }
        let absent = Absent::new(format!("no variable is named `{name}`"), "nothing ever sets it");
        Err(match self.names.inputs.contains_key(name) {
            true => absent.help(format!("it is an input: write `input.{name}`")),
            false => absent.near(
                name,
                self.suggested(self.names.variables.keys()),
                format!("give it a first value under `vars`, or set it in a handler: `set: {{ {name}: … }}`"),
            ),
        })
    }

    fn input(&self, name: &str) -> Result<Type, Absent> {
        if let Some(input) = self.names.inputs.get(name) {
            return Ok(of_input(input));
        }
        let absent = Absent::new(format!("no input is named `{name}`"), "not declared");
        Err(match self.names.variables.contains_key(name) {
            true => absent.help(format!("it is a variable: write `vars.{name}`")),
            false => absent.near(
                name,
                self.suggested(self.names.inputs.keys()),
                format!("declare it under `input`: `{name}: {{ type: string, required: true }}`"),
            ),
        })
    }

    fn constant(&self, name: &str) -> Result<Type, Absent> {
        self.names.config.get(name).cloned().ok_or_else(|| {
            Absent::new(format!("no constant is named `{name}`"), "not declared").near(
                name,
                self.suggested(self.names.config.keys()),
                format!("declare it under `config`: `{name}: string`"),
            )
        })
    }

    /// Declared names among which the nearest is looked for, as long as that is not done too often.
    fn suggested<'k>(
        &self,
        names: impl Iterator<Item = &'k &'k str> + Clone,
    ) -> impl Iterator<Item = &'k str> + Clone {
        let count = if self.names.may_suggest() { usize::MAX } else { 0 };
        names.copied().take(count)
    }

    fn call(&self, name: &str) -> Result<Type, Absent> {
        let is_start = matches!(self.site, Site::Start);
        if is_start && CALL.contains(&name) && !CALL_AT_START.contains(&name) {
            let message = format!("`call.{name}` is not known before the run begins");
            return Err(Absent::new(message, "not known yet")
                .help("this guard may read `call.from`, `call.to`, `now` and `config`"));
        }
        Ok(match name {
            "id" | "connectionId" | "serverCallId" | "correlationId" | "recordingId" => Type::String,
            "from" => Type::Identifier,
            // A call that is placed may be a group's.
            "to" if self.model.flow.starts_by_api() => Type::Any,
            "to" => Type::Identifier,
            "participants" => fields::roster(),
            "startedAt" => Type::Timestamp,
            _ => {
                let known: &[&str] = if is_start { &CALL_AT_START } else { &CALL };
                return Err(unknown_field("`call`", name, known));
            }
        })
    }

    /// What the sub-flow of this state declares to give back.
    fn output(&self, name: &str) -> Result<Type, Absent> {
        let Some(run) = self.owner().and_then(|state| self.model.run(state)) else { return Ok(Type::Any) };
        let Some(body) = &run.body else { return Ok(Type::Any) };
        let declared = body.flow.output.iter().map(|(name, kind)| (name.value.as_str(), *kind));
        if let Some((_, kind)) = declared.clone().find(|(known, _)| *known == name) {
            return Ok(names::of(kind));
        }
        let message = format!("sub-flow `{}` gives back no `{name}`", run.name.value);
        Err(Absent::new(message, "it does not declare it").near(
            name,
            declared.map(|(known, _)| known),
            format!("declare it there under `output`: `{name}: string`, and give it at the `end`"),
        ))
    }

    fn state(&self, name: &str) -> Result<Type, Absent> {
        match name {
            "name" => Ok(Type::String),
            "visits" | "retries" => Ok(Type::Number),
            "enteredAt" => Ok(Type::Timestamp),
            _ => Err(unknown_field("`state`", name, &STATE)),
        }
    }

    fn event(&self, name: &str) -> Result<Type, Absent> {
        let Site::Branch(site) = self.site else { return Ok(Type::Any) };
        let kinds = match site.trigger {
            Trigger::Event(_, EventName::Exact(kind)) => vec![kind],
            Trigger::Event(_, EventName::AnyFailure | EventName::Any) => self.reaches.kinds(site.branches),
            Trigger::Timer | Trigger::Nothing | Trigger::Outcome(_) => {
                return Err(Absent::new(format!("a timer brings no event, so no `{name}`"), "never there")
                    .note("`after` fires because time has passed, not because something happened")
                    .help("keep what you need in a variable, with `set` in a handler, and read that here"));
            }
        };
        let of: Vec<Option<Type>> = kinds.iter().map(|kind| self.event_field(kind, name)).collect();
        match kinds.as_slice() {
            // Nothing is known to come here: what any event has may be read.
            [] if self.is_field_of_any(name) => Ok(Type::Any),
            [] => Err(self.unknown_event_field(
                "an event",
                FIELDS.iter().map(|field| field.name).collect(),
                name,
            )),
            [kind] => match of.into_iter().flatten().next() {
                Some(of) => self.heard(site, kind, name).map(|()| of),
                None => Err(self.no_event_field(kind, name)),
            },
            kinds => {
                let without = kinds.iter().zip(&of).find(|(_, of)| of.is_none()).map(|(kind, _)| kind);
                match without {
                    None => Ok(Type::common(of.into_iter().flatten())),
                    Some(_) if of.iter().all(Option::is_none) => Err(self.no_event_field(kinds[0], name)),
                    Some(kind) => Err(Absent::new(
                        format!("`{}` comes here too, and has no `{name}`", kind.name()),
                        "not every event here has it",
                    )
                    .help(format!(
                        "ask for it first: `has(event.{name}) && …`, or handle that event by its name"
                    ))),
                }
            }
        }
    }

    fn event_field(&self, kind: &EventKind, name: &str) -> Option<Type> {
        if let Some(field) = EventField::named(name).filter(|field| field.is_on(kind)) {
            return Some(field.of());
        }
        match kind {
            EventKind::Custom(event) => self.names.events.get(&**event)?.get(name).cloned(),
            _ => None,
        }
    }

    fn is_field_of_any(&self, name: &str) -> bool {
        EventField::named(name).is_some() || self.names.events.values().any(|own| own.contains_key(name))
    }

    /// A recognition gives only what it listens for.
    fn heard(&self, site: BranchSite<'a>, kind: &EventKind, name: &str) -> Result<(), Absent> {
        let Some(heard) =
            (*kind == EventKind::RecognizeCompleted).then(|| self.reaches.heard(site.branches)).flatten()
        else {
            return Ok(());
        };
        let (is_given, comes_with) = match name {
            "digits" | "tone" => (heard.keys, "`dtmf` and `speechOrDtmf`"),
            "label" => (heard.label, "`choices`"),
            "speech" => (heard.words, "`speech`, `speechOrDtmf` and `choices`"),
            _ => return Ok(()),
        };
        if is_given {
            return Ok(());
        }
        let instead = [("digits", heard.keys), ("label", heard.label), ("speech", heard.words)];
        let instead: Vec<_> =
            instead.iter().filter(|(_, given)| *given).map(|(name, _)| format!("`event.{name}`")).collect();
        Err(Absent::new(format!("this recognition gives no `{name}`"), "it is always empty here")
            .note(format!("`{name}` comes with {comes_with}"))
            .help(format!("read {}", instead.join(" or "))))
    }

    /// An event of one kind does not have it.
    fn no_event_field(&self, kind: &EventKind, name: &str) -> Absent {
        let of_kind =
            EventField::named(name).map_or_else(Vec::new, |field| field.kinds().collect::<Vec<_>>());
        let own = self.names.events.iter().filter(|(_, own)| own.contains_key(name)).map(|(event, _)| *event);
        let others: Vec<&str> = of_kind.into_iter().map(EventKind::name).chain(own).collect();
        if others.is_empty() {
            let mut known: Vec<&str> =
                FIELDS.iter().filter(|field| field.is_on(kind)).map(|field| field.name).collect();
            if let EventKind::Custom(event) = kind {
                known.extend(self.names.events.get(&**event).into_iter().flat_map(|own| own.keys().copied()));
            }
            return self.unknown_event_field(&format!("`{}`", kind.name()), known, name);
        }
        Absent::new(format!("`{}` has no `{name}`", kind.name()), "this event does not have it")
            .note(format!("`{name}` comes with {}", list(&others)))
            .help(match name {
                "participants" => "who is in the call is in `call.participants` at any time".to_owned(),
                _ => format!(
                    "keep it in a variable where it comes: `set: {{ {name}: \"${{event.{name}}}\" }}`"
                ),
            })
    }

    /// No event has it.
    fn unknown_event_field(&self, what: &str, known: Vec<&str>, name: &str) -> Absent {
        let absent = Absent::new(format!("{what} has no field `{name}`"), "no such field");
        if let Some((_, ours)) = WIRE.iter().find(|(theirs, _)| *theirs == name) {
            return absent.help(format!("read {ours}"));
        }
        let otherwise = "the payload as it was received is in `event.data`";
        absent.near(name, known.iter().copied(), otherwise)
    }
}

impl Scope for Sight<'_, '_> {
    fn root(&self, name: &str) -> Result<Type, Absent> {
        if !self.roots().contains(&name) {
            return Err(self.no_root(name));
        }
        Ok(if name == "now" { Type::Timestamp } else { Type::Map })
    }

    fn field(&self, root: &str, field: &str) -> Result<Type, Absent> {
        match root {
            "vars" => self.variable(field),
            "input" => self.input(field),
            "config" => self.constant(field),
            "call" => self.call(field),
            "state" => self.state(field),
            "event" => self.event(field),
            "output" => self.output(field),
            "start" if field == "kind" => Ok(Type::String),
            "start" => Err(unknown_field("`start`", field, &["kind"])),
            "now" => Err(no_part(field)),
            // Secrets are the operator's: which there are is known when the flow is served.
            _ => Ok(Type::String),
        }
    }
}

fn unknown_field(what: &str, name: &str, known: &[&str]) -> Absent {
    Absent::new(format!("{what} has no field `{name}`"), "no such field").near(
        name,
        known.iter().copied(),
        format!("it has {}", list(known)),
    )
}

/// `now.hours`.
fn no_part(name: &str) -> Absent {
    const PARTS: [&str; 7] =
        ["getHours", "getMinutes", "getSeconds", "getDayOfWeek", "getDate", "getMonth", "getFullYear"];
    let absent = Absent::new("`now` is a timestamp and has no fields", "no such field");
    match nearest(&format!("get{name}"), PARTS).or_else(|| nearest(name, PARTS)) {
        Some(part) => absent.help(format!("write `now.{part}(\"Europe/Berlin\")`")),
        None => absent.help("ask for a part of it: `now.getHours(\"Europe/Berlin\")`"),
    }
}

/// Names in a sentence: not more than people want to read.
fn list(names: &[&str]) -> String {
    const NAMES_MAX: usize = 4;
    let shown: Vec<_> = names.iter().take(NAMES_MAX).map(|name| format!("`{name}`")).collect();
    match (names.len() > NAMES_MAX, shown.split_last()) {
        (true, _) => format!("{} and others", shown.join(", ")),
        (false, Some((last, first))) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        (false, _) => shown.concat(),
    }
}
