//! A flow that can run: every name resolved, every list indexed. Made by [`crate::resolve()`] only.

use std::time::Duration;

use indexmap::IndexMap;
use lang::{Expr, Identifier, Template, Value};
use serde::{Deserialize, Serialize};

use crate::actions::Written;
use crate::event::EventKind;
use crate::ids::{FlowHash, Outcome, ScopeId, StateId};
use crate::notice::Recipient;
use crate::snapshot::StartKind;
use crate::starts::IncomingPattern;

/// One version of a flow.
#[derive(Clone, Debug)]
pub struct Flow {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) hash: FlowHash,
    pub(crate) incoming: Option<Incoming>,
    pub(crate) api: Option<StateId>,
    pub(crate) subflow: Option<StateId>,
    /// What has variables of its own: the flow itself, then each sub-flow at each place where it runs.
    pub(crate) scopes: Vec<Scope>,
    /// Who is told of the files of its recordings.
    pub(crate) recipient: Option<Recipient>,
    pub(crate) events: IndexMap<String, IndexMap<String, Type>>,
    pub(crate) config: IndexMap<String, Type>,
    pub(crate) handlers: Handlers,
    pub(crate) states: Vec<State>,
    pub(crate) scripts: Vec<Script>,
}

/// The actions of one `do`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    pub(crate) actions: Vec<Written>,
    /// Some of them read the event whose handler it is: it must be kept until their turn comes.
    pub(crate) reads_event: bool,
}

/// What has variables and inputs of its own.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The name of the flow.
    pub name: String,
    /// Where it runs; `None`: it is the flow itself.
    pub place: Option<ScopePlace>,
    /// What it is started with.
    pub inputs: Vec<Declared>,
    /// Its variables with their first values.
    pub vars: Vec<(String, Template)>,
}

/// Where a sub-flow runs.
#[derive(Clone, Copy, Debug)]
pub struct ScopePlace {
    /// The state that runs it.
    pub run: StateId,
    /// The sub-flow as one state around all of its states.
    pub whole: StateId,
}

/// How the flow takes incoming calls.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Whose calls to whom.
    pub pattern: IncomingPattern,
    /// And only if this holds: it may read `call.from`, `call.to`, `now` and `config`.
    pub when: Option<Expr>,
    /// Where such a run begins.
    pub initial: StateId,
}

/// The type of an input, of a field of a custom event, or of a constant of the operator's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    /// Text.
    String,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Who somebody is.
    Identifier,
    /// A list.
    List,
    /// A mapping.
    Map,
}

/// An input that the flow declares.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Type,
    /// Whether a start without it is refused.
    pub required: bool,
    /// Its value when none is given.
    pub default: Option<Value>,
}

/// A `do`, by its place in the flow's list of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScriptId(pub(crate) u32);

/// A state.
#[derive(Clone, Debug)]
pub struct State {
    /// Its name among its siblings.
    pub name: String,
    /// Its name with those of its parents before it, joined by dots.
    pub path: String,
    /// The state that it is nested in; of a sub-flow as a whole, the state that runs it.
    pub parent: Option<StateId>,
    /// Whose variables it sees.
    pub scope: ScopeId,
    /// The child that is entered with it.
    pub initial: Option<StateId>,
    /// What is done on entry.
    pub entry: ScriptId,
    /// What is done on leaving: `log` only.
    pub exit: ScriptId,
    /// What it reacts to.
    pub handlers: Handlers,
    /// What happens once its entry actions are done.
    pub next: Next,
}

/// What happens once the entry actions of a state are done.
#[derive(Clone, Debug)]
pub enum Next {
    /// It waits.
    Wait,
    /// It is left at once, by the first branch whose guard holds.
    Branches(Vec<Branch>),
    /// The flow ends.
    End(Ending),
    /// A sub-flow runs on the same call.
    Run(SubflowRun),
}

/// The end of a flow.
#[derive(Clone, Debug)]
pub struct Ending {
    /// The outcome.
    pub outcome: Outcome,
    /// What it gives back to the flow that runs it.
    pub output: Vec<(String, Template)>,
}

/// A sub-flow that a state runs.
#[derive(Clone, Debug)]
pub struct SubflowRun {
    /// The sub-flow as one state around all of its states.
    pub whole: StateId,
    /// What is passed to it.
    pub with: Vec<(String, Template)>,
    /// Where each of its outcomes leads.
    pub outcomes: Vec<(Outcome, Vec<Branch>)>,
}

/// What is reacted to, by a state or by the whole flow.
#[derive(Clone, Debug, Default)]
pub struct Handlers {
    /// Events, in file order.
    pub on: Vec<(EventName, Vec<Branch>)>,
    /// Timers, in file order.
    pub after: Vec<(Duration, Vec<Branch>)>,
}

/// What a handler is written for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EventName {
    /// One event.
    Exact(EventKind),
    /// Every failure.
    AnyFailure,
    /// Every event that need not be named.
    Any,
}

/// One way on.
#[derive(Clone, Debug)]
pub struct Branch {
    /// It is taken only if this holds.
    pub when: Option<Expr>,
    /// Variables that change.
    pub set: Vec<(String, Template)>,
    /// What is done.
    pub script: ScriptId,
    /// Where it leads.
    pub target: Target,
}

/// Where a branch leads.
#[derive(Clone, Debug)]
pub enum Target {
    /// Nowhere: the state is neither left nor entered again.
    Stay,
    /// Into a state.
    State(StateId),
    /// Out of the flow.
    End(Ending),
}

impl Target {
    /// Whether the state is neither left nor entered again.
    #[must_use]
    pub fn stays(&self) -> bool {
        matches!(self, Target::Stay)
    }

    /// Whether two of them lead to the same place.
    #[must_use]
    pub fn leads_where(&self, other: &Target) -> bool {
        match (self, other) {
            (Target::Stay, Target::Stay) => true,
            (Target::State(one), Target::State(other)) => one == other,
            (Target::End(one), Target::End(other)) => one.outcome == other.outcome,
            (Target::Stay | Target::State(_) | Target::End(_), _) => false,
        }
    }
}

impl Flow {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The author's one line about it.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Its version.
    #[must_use]
    pub fn hash(&self) -> &FlowHash {
        &self.hash
    }

    /// How it takes incoming calls, if it does.
    #[must_use]
    pub fn incoming(&self) -> Option<&Incoming> {
        self.incoming.as_ref()
    }

    /// Whether the engine's API may start it.
    #[must_use]
    pub fn starts_by_api(&self) -> bool {
        self.api.is_some()
    }

    /// Whether other flows may run it.
    #[must_use]
    pub fn is_subflow(&self) -> bool {
        self.subflow.is_some()
    }

    /// Whether no run ever begins with it.
    #[must_use]
    pub fn is_only_subflow(&self) -> bool {
        self.is_subflow() && self.incoming.is_none() && self.api.is_none()
    }

    /// Who is told of the files of its recordings.
    #[must_use]
    pub fn recipient(&self) -> Option<&Recipient> {
        self.recipient.as_ref()
    }

    /// The flow itself, then each sub-flow at each place where it runs.
    #[must_use]
    pub fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// One scope.
    ///
    /// # Panics
    /// If the id is of another flow version.
    #[must_use]
    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }

    /// The names of the sub-flows that it runs, each once, those of sub-flows included.
    #[must_use]
    pub fn subflows(&self) -> std::collections::BTreeSet<&str> {
        self.scopes.iter().filter(|scope| scope.place.is_some()).map(|scope| scope.name.as_str()).collect()
    }

    /// Whether a state is a sub-flow as a whole.
    #[must_use]
    pub fn is_whole(&self, id: StateId) -> bool {
        self.scope(self.state(id).scope).place.is_some_and(|place| place.whole == id)
    }

    /// The constants that it wants from the operator, with their types; those of its sub-flows, too.
    #[must_use]
    pub fn config(&self) -> &IndexMap<String, Type> {
        &self.config
    }

    /// The events that outside systems may send to its runs, with their fields; those of its sub-flows, too.
    #[must_use]
    pub fn events(&self) -> &IndexMap<String, IndexMap<String, Type>> {
        &self.events
    }

    /// Its inputs.
    #[must_use]
    pub fn inputs(&self) -> &[Declared] {
        self.scopes.first().map_or(&[], |scope| &scope.inputs)
    }

    /// What the flow as a whole reacts to.
    #[must_use]
    pub fn handlers(&self) -> &Handlers {
        &self.handlers
    }

    /// Its states, in file order.
    #[must_use]
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// One state.
    ///
    /// # Panics
    /// If the id is of another flow version.
    #[must_use]
    pub fn state(&self, id: StateId) -> &State {
        &self.states[id.0 as usize]
    }

    /// A state's full name, for people; `?` if the id is of another flow version.
    #[must_use]
    pub fn state_name(&self, id: StateId) -> &str {
        self.states.get(id.0 as usize).map_or("?", |state| &state.path)
    }

    /// The actions of one `do`.
    #[must_use]
    pub fn script(&self, id: ScriptId) -> &[Written] {
        self.scripts.get(id.0 as usize).map_or(&[], |script| script.actions.as_slice())
    }

    /// Whether the actions of one `do` read the event whose handler it is.
    pub(crate) fn reads_event(&self, id: ScriptId) -> bool {
        self.scripts.get(id.0 as usize).is_some_and(|script| script.reads_event)
    }

    /// The state that a run begins in, if the flow may be started like this.
    #[must_use]
    pub fn initial(&self, start: StartKind) -> Option<StateId> {
        match start {
            StartKind::Incoming => self.incoming.as_ref().map(|incoming| incoming.initial),
            StartKind::Api => self.api,
            StartKind::Subflow => self.subflow,
        }
    }

    /// Checks the values of a start against the declared inputs and fills in the defaults.
    ///
    /// # Errors
    /// Every missing, unknown or wrong input, in a sentence each. No values are shown.
    pub fn check_input(
        &self,
        given: IndexMap<String, Value>,
    ) -> Result<IndexMap<String, Value>, Vec<String>> {
        self.scope(ScopeId::FLOW).check_input(given)
    }
}

impl Scope {
    /// As [`Flow::check_input`].
    pub(crate) fn check_input(
        &self,
        mut given: IndexMap<String, Value>,
    ) -> Result<IndexMap<String, Value>, Vec<String>> {
        let mut wrong = Vec::new();
        let mut input = IndexMap::new();
        for declared in &self.inputs {
            let name = &declared.name;
            match given.shift_remove(name).filter(|value| *value != Value::Null) {
                Some(value) if declared.kind.fits(&value) => {
                    input.insert(name.clone(), value);
                }
                Some(value) => wrong.push(format!(
                    "input `{name}` must be {}, but it is a {}",
                    declared.kind.describe(),
                    value.type_name()
                )),
                None => match &declared.default {
                    Some(default) => {
                        input.insert(name.clone(), default.clone());
                    }
                    None if declared.required => {
                        wrong.push(format!(
                            "input `{name}` is missing: it must be {}",
                            declared.kind.describe()
                        ));
                    }
                    None => {}
                },
            }
        }
        for name in given.keys() {
            let known = self.inputs.iter().map(|declared| declared.name.as_str());
            let near = lang::nearest::nearest(name, known).map(|near| format!("; did you mean `{near}`?"));
            wrong.push(format!("flow `{}` has no input `{name}`{}", self.name, near.unwrap_or_default()));
        }
        if wrong.is_empty() { Ok(input) } else { Err(wrong) }
    }
}

impl Type {
    /// Whether a value is of this type.
    #[must_use]
    pub fn fits(self, value: &Value) -> bool {
        match (self, value) {
            (Type::String, Value::String(_))
            | (Type::Number, Value::Number(_))
            | (Type::Boolean, Value::Bool(_))
            | (Type::List, Value::List(_))
            | (Type::Map, Value::Map(_)) => true,
            (Type::Identifier, Value::String(text)) => Identifier::parse(text).is_ok(),
            (
                Type::String | Type::Number | Type::Boolean | Type::Identifier | Type::List | Type::Map,
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::List(_)
                | Value::Map(_)
                | Value::Timestamp(_)
                | Value::Duration(_),
            ) => false,
        }
    }

    /// The type in a sentence.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Type::String => "text",
            Type::Number => "a number",
            Type::Boolean => "true or false",
            Type::Identifier => "the identifier of a person, such as \"+14255550123\"",
            Type::List => "a list",
            Type::Map => "a mapping",
        }
    }
}
