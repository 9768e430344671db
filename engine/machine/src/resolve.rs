//! Draft → [`Flow`]: every target and event found, every list given its place.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;
use lang::{Code, Finding, Label, Spanned, Template};
use sha2::Digest;

use crate::actions::Written;
use crate::draft::{self, Draft};
use crate::event::EventKind;
use crate::flow::{
    Branch, Declared, Ending, EventName, Flow, Handlers, Incoming, Next, Scope, ScopePlace, Script, ScriptId,
    State, SubflowRun, Target, Type,
};
use crate::ids::{FlowHash, Outcome, ScopeId, StateId};
use crate::limits::{STATES_MAX, SUGGESTIONS_MAX};
use crate::scope;
use crate::starts::IncomingPattern;

/// Unit: further uses of a name that does not exist which are shown.
const USES_SHOWN: usize = 4;

/// Finds every name. There is a flow exactly when nothing was found missing, and every sub-flow is in its place.
#[must_use]
pub fn resolve(draft: &Draft) -> (Option<Flow>, Vec<Finding>) {
    let mut resolver = Resolver::new(draft);
    let flow = resolver.flow();
    let Resolver { found, is_whole, .. } = resolver;
    (flow.filter(|_| found.is_empty() && is_whole), found)
}

/// A state with what stands around it.
struct Enlisted<'d> {
    state: &'d draft::State,
    /// The state that it is nested in; of a sub-flow as a whole, the state that runs it.
    parent: Option<StateId>,
    scope: ScopeId,
    /// It is a sub-flow as a whole.
    is_whole: bool,
}

struct Resolver<'d> {
    draft: &'d Draft,
    /// Those of the flow in file order, then those of each sub-flow at each of its places.
    order: Vec<Enlisted<'d>>,
    /// Of the flow and of each sub-flow: what it declares, and where it runs.
    scopes: Vec<(&'d Draft, Option<ScopePlace>)>,
    /// The sub-flow that a state runs, as a whole.
    wholes: HashMap<StateId, StateId>,
    /// By the state that they are nested in, and their own name.
    children: HashMap<(Option<StateId>, &'d str), StateId>,
    /// The events that each scope declares.
    custom: HashSet<(ScopeId, &'d str)>,
    scripts: Vec<Script>,
    /// Names of states that do not exist, each with the finding that tells it.
    unknown: HashMap<String, usize>,
    /// How many more unknown names may be compared with the known ones.
    suggestions: u32,
    found: Vec<Finding>,
    /// No sub-flow is missing, and nothing is wrong with any. What is wrong there is told in its own file.
    is_whole: bool,
}

impl<'d> Resolver<'d> {
    fn new(draft: &'d Draft) -> Resolver<'d> {
        let mut resolver = Resolver {
            draft,
            order: Vec::new(),
            scopes: vec![(draft, None)],
            wholes: HashMap::new(),
            children: HashMap::new(),
            custom: HashSet::new(),
            // The first is the empty one, for everything that does nothing.
            scripts: vec![Script::default()],
            unknown: HashMap::new(),
            suggestions: SUGGESTIONS_MAX,
            found: Vec::new(),
            is_whole: true,
        };
        resolver.enlist(&draft.states, None, ScopeId::FLOW);
        resolver.enlist_subflows();
        for (scope, (draft, _)) in (0..).map(ScopeId).zip(&resolver.scopes) {
            resolver.custom.extend(draft.events.iter().map(|event| (scope, event.name.value.as_str())));
        }
        resolver
    }

    fn enlist(&mut self, states: &'d [draft::State], parent: Option<StateId>, scope: ScopeId) {
        for state in states {
            let Some(id) = self.enlist_one(Enlisted { state, parent, scope, is_whole: false }) else {
                return;
            };
            self.children.insert((parent, &state.name.value), id);
            self.enlist(&state.states, Some(id), scope);
        }
    }

    fn enlist_one(&mut self, enlisted: Enlisted<'d>) -> Option<StateId> {
        if self.order.len() == STATES_MAX {
            let is_inner = !enlisted.scope.is_flow();
            let place = if is_inner { self.draft.name.span } else { enlisted.state.name.span };
            let headline = match is_inner {
                true => format!(
                    "a flow of more than {STATES_MAX} states, with those of the sub-flows that it runs"
                ),
                false => format!("a flow of more than {STATES_MAX} states"),
            };
            let finding = Finding::error(Code(2), place, headline).label("one too many");
            if !self.found.contains(&finding) {
                self.found.push(finding);
            }
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "STATES_MAX fits")]
        let id = StateId(self.order.len() as u32);
        self.order.push(enlisted);
        Some(id)
    }

    /// Each sub-flow behind the states that are enlisted, where it runs; then those that run inside these.
    fn enlist_subflows(&mut self) {
        let mut next = 0;
        while let Some(Enlisted { state, .. }) = self.order.get(next) {
            #[expect(clippy::cast_possible_truncation, reason = "STATES_MAX fits")]
            let run = StateId(next as u32);
            next += 1;
            let Some(subflow) = state.run() else { continue };
            let Some(body) = &subflow.body else {
                self.is_whole = false;
                continue;
            };
            #[expect(clippy::cast_possible_truncation, reason = "fewer than states")]
            let scope = ScopeId(self.scopes.len() as u32);
            let whole = Enlisted { state: &body.whole, parent: Some(run), scope, is_whole: true };
            let Some(whole) = self.enlist_one(whole) else { return };
            self.wholes.insert(run, whole);
            self.scopes.push((&body.flow, Some(ScopePlace { run, whole })));
            self.enlist(&body.whole.states, Some(whole), scope);
        }
    }

    fn scope(&self, owner: Option<StateId>) -> ScopeId {
        owner.map_or(ScopeId::FLOW, |id| self.order[id.0 as usize].scope)
    }

    /// Of what is wrong in a sub-flow only that it is: its own file says what.
    fn push(&mut self, owner: Option<StateId>, finding: Finding) {
        if self.scope(owner).is_flow() {
            self.found.push(finding);
        } else {
            self.is_whole = false;
        }
    }

    fn flow(&mut self) -> Option<Flow> {
        let draft = self.draft;
        if draft.states.is_empty() {
            self.found.push(
                Finding::error(Code(102), draft.states_span, "a flow without states")
                    .label("nothing could happen"),
            );
        }
        let initial = draft.initial.as_ref().and_then(|name| self.target(None, name));
        let own = |resolver: &mut Self, name: &Option<Spanned<String>>| match name {
            Some(name) => resolver.target(None, name),
            None => initial,
        };
        let api = draft.start.api.as_ref().and_then(|start| own(self, &start.initial));
        let subflow = draft.start.subflow.as_ref().and_then(|start| own(self, &start.initial));
        let incoming = draft.start.incoming.as_ref().and_then(|start| {
            Some(Incoming {
                pattern: pattern(start),
                when: start.when.clone(),
                initial: own(self, &start.initial)?,
            })
        });
        let handlers = self.handlers(None, &draft.on, &draft.after);
        // Every state is looked at, so that everything is found that is missing.
        let states: Vec<_> = (0..self.order.len()).map(|index| self.state(index)).collect();
        Some(Flow {
            name: draft.name.value.clone(),
            description: draft.description.clone(),
            hash: self.hash(),
            incoming,
            api,
            subflow,
            scopes: self.scopes.iter().map(|(draft, place)| scope(draft, *place)).collect(),
            recipient: draft.recipient.as_ref().map(draft::Recipient::resolved),
            events: self.events(),
            config: self.config(),
            handlers,
            states: states.into_iter().collect::<Option<_>>()?,
            scripts: std::mem::take(&mut self.scripts),
        })
    }

    /// Of its own document; with sub-flows, of theirs, too: a run is bound to all of them as they are.
    fn hash(&self) -> FlowHash {
        if self.scopes.len() == 1 {
            return self.draft.hash.clone();
        }
        let mut digest = sha2::Sha256::new();
        self.scopes.iter().for_each(|(draft, _)| digest.update(draft.hash.as_str()));
        FlowHash::of(digest)
    }

    fn events(&self) -> IndexMap<String, IndexMap<String, Type>> {
        let mut events = IndexMap::new();
        for event in self.scopes.iter().flat_map(|(draft, _)| &draft.events) {
            events.entry(event.name.value.clone()).or_insert_with(|| types(&event.fields));
        }
        events
    }

    fn config(&self) -> IndexMap<String, Type> {
        let mut config = IndexMap::new();
        for (name, kind) in self.scopes.iter().flat_map(|(draft, _)| &draft.config) {
            config.entry(name.value.clone()).or_insert(*kind);
        }
        config
    }

    fn state(&mut self, index: usize) -> Option<State> {
        let Enlisted { state: written, parent, scope, .. } = self.order[index];
        #[expect(clippy::cast_possible_truncation, reason = "STATES_MAX fits")]
        let id = StateId(index as u32);
        let initial = written.initial.as_ref().map(|name| self.child(id, name));
        let next = match &written.next {
            draft::Next::Wait => Next::Wait,
            draft::Next::Branches(branches) => Next::Branches(self.branches(Some(id), branches)),
            draft::Next::End(end) => Next::End(ending(end)),
            draft::Next::Run(run) => {
                let outcomes = run.outcomes.iter().map(|outcome| {
                    (Outcome::new(&outcome.name.value), self.branches(Some(id), &outcome.branches))
                });
                let outcomes = outcomes.collect();
                let whole = self.wholes.get(&id).copied()?;
                Next::Run(SubflowRun { whole, with: values(&run.with), outcomes })
            }
        };
        Some(State {
            name: written.name.value.clone(),
            path: self.path(id),
            parent,
            scope,
            initial: match initial {
                Some(child) => Some(child?),
                None => None,
            },
            entry: self.script(&written.entry),
            exit: self.script(&written.exit),
            handlers: self.handlers(Some(id), &written.on, &written.after),
            next,
        })
    }

    /// As people read it: dots between nested states, a slash where a sub-flow begins.
    fn path(&self, id: StateId) -> String {
        let Enlisted { state, parent, is_whole, .. } = &self.order[id.0 as usize];
        match parent {
            Some(parent) if *is_whole => format!("{}/", self.path(*parent)),
            Some(parent) if self.order[parent.0 as usize].is_whole => {
                format!("{}{}", self.path(*parent), state.name.value)
            }
            Some(parent) => format!("{}.{}", self.path(*parent), state.name.value),
            None => state.name.value.clone(),
        }
    }

    fn script(&mut self, actions: &[Written]) -> ScriptId {
        if actions.is_empty() {
            return ScriptId(0);
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "fewer than the nodes of the document, which are bounded"
        )]
        let id = ScriptId(self.scripts.len() as u32);
        self.scripts.push(Script { actions: actions.to_vec(), reads_event: actions.iter().any(reads_event) });
        id
    }

    fn handlers(
        &mut self,
        owner: Option<StateId>,
        on: &[draft::Handler],
        after: &[draft::After],
    ) -> Handlers {
        let on = on
            .iter()
            .filter_map(|handler| {
                let branches = self.branches(owner, &handler.branches);
                Some((self.event(owner, &handler.event, on)?, branches))
            })
            .collect();
        let after =
            after.iter().map(|timer| (timer.delay.value, self.branches(owner, &timer.branches))).collect();
        Handlers { on, after }
    }

    fn branches(&mut self, owner: Option<StateId>, branches: &[draft::Branch]) -> Vec<Branch> {
        branches
            .iter()
            .filter_map(|branch| {
                let target = match &branch.target {
                    draft::Target::Stay => Target::Stay,
                    draft::Target::State(name) => Target::State(self.target(owner, name)?),
                    draft::Target::End(end) => Target::End(ending(end)),
                };
                Some(Branch {
                    when: branch.when.clone(),
                    set: values(&branch.set),
                    script: self.script(&branch.actions),
                    target,
                })
            })
            .collect()
    }

    fn event(
        &mut self,
        owner: Option<StateId>,
        name: &Spanned<String>,
        beside: &[draft::Handler],
    ) -> Option<EventName> {
        let scope = self.scope(owner);
        match name.value.as_str() {
            "AnyFailure" => return Some(EventName::AnyFailure),
            "*" => return Some(EventName::Any),
            text if self.custom.contains(&(scope, text)) => {
                return Some(EventName::Exact(EventKind::Custom(text.into())));
            }
            text => {
                if let Some(kind) = EventKind::from_name(text) {
                    return Some(EventName::Exact(kind));
                }
            }
        }
        let finding = Finding::error(Code(202), name.span, format!("no event is named `{}`", name.value))
            .label("this never happens")
            .note("a call never raises it, so this handler would wait for ever");
        let mut known = Vec::new();
        if self.may_suggest() {
            let (draft, _) = self.scopes[scope.0 as usize];
            known.extend(EventKind::ALL.iter().map(EventKind::name).chain(["AnyFailure"]));
            known.extend(draft.events.iter().map(|event| event.name.value.as_str()));
        }
        let finding = match lang::nearest::nearest(&name.value, known.iter().copied()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help("declare it under `events` if an outside system sends it"),
        };
        // A key that stands there already would be there twice.
        let is_free = |sure: &&str| beside.iter().all(|handler| handler.event.value != *sure);
        let finding = match lang::nearest::is_sure(&name.value, known.iter().copied()).filter(is_free) {
            Some(sure) => finding.fix(name.span, sure),
            None => finding,
        };
        self.push(owner, finding);
        None
    }

    /// Looks a target up from its owner.
    fn target(&mut self, owner: Option<StateId>, name: &Spanned<String>) -> Option<StateId> {
        let found = scope::find(
            &name.value,
            owner,
            |of, name| self.children.get(&(of, name)).copied(),
            |id| {
                let around = &self.order[id.0 as usize];
                // A sub-flow knows no state of the flow around it.
                (!around.is_whole).then_some(around.parent)
            },
        );
        let found = found.last().copied();
        if found.is_none() {
            self.unknown_state(owner, name);
        }
        found
    }

    fn child(&mut self, parent: StateId, name: &Spanned<String>) -> Option<StateId> {
        let child = self.children.get(&(Some(parent), name.value.as_str())).copied();
        if child.is_none() {
            self.unknown_state(Some(parent), name);
        }
        child
    }

    /// Whether the nearest known name may be looked for once more.
    fn may_suggest(&mut self) -> bool {
        let left = self.suggestions;
        self.suggestions = left.saturating_sub(1);
        left > 0
    }

    /// One finding for a name, however often it is written (clarification 67).
    fn unknown_state(&mut self, owner: Option<StateId>, name: &Spanned<String>) {
        if !self.scope(owner).is_flow() {
            self.is_whole = false;
            return;
        }
        if let Some(index) = self.unknown.get(&name.value) {
            let first = &mut self.found[*index];
            if first.related.len() < USES_SHOWN {
                first.related.push(Label { span: name.span, text: "here, too".to_owned() });
            }
            return;
        }
        self.unknown.insert(name.value.clone(), self.found.len());
        let may_suggest = self.may_suggest();
        let own = self
            .order
            .iter()
            .filter(|enlisted| may_suggest && enlisted.scope.is_flow())
            .map(|enlisted| enlisted.state);
        let names = own.clone().map(|state| state.name.value.as_str());
        let near = lang::nearest::nearest(&name.value, names.clone());
        // Which part of a dotted name is wrong is not sure.
        let sure = lang::nearest::is_sure(&name.value, names)
            .filter(|_| !name.value.contains('.'))
            .map(str::to_owned);
        let mut finding = Finding::error(Code(201), name.span, format!("no state is named `{}`", name.value))
            .label("this state does not exist");
        if let Some(near) = near {
            finding = finding.help(format!("did you mean `{near}`?"));
            if let Some(state) = own.clone().find(|state| state.name.value == near) {
                finding = finding.related(state.name.span, "a state with a similar name");
            }
        }
        if let Some(sure) = sure {
            finding = finding.fix(name.span, sure);
        }
        self.found.push(finding);
    }
}

fn pattern(start: &draft::IncomingStart) -> IncomingPattern {
    let values =
        |patterns: &[Spanned<crate::starts::Pattern>]| patterns.iter().map(|one| one.value.clone()).collect();
    IncomingPattern { to: values(&start.to), from: values(&start.from) }
}

fn declared(input: &draft::Input) -> Declared {
    Declared {
        name: input.name.value.clone(),
        kind: input.kind,
        required: input.required,
        default: input.default.clone(),
    }
}

fn ending(end: &draft::End) -> Ending {
    Ending { outcome: Outcome::new(&end.outcome.value), output: values(&end.output) }
}

fn values(written: &[(Spanned<String>, Template)]) -> Vec<(String, Template)> {
    written.iter().map(|(name, template)| (name.value.clone(), template.clone())).collect()
}

fn types(written: &[(Spanned<String>, Type)]) -> IndexMap<String, Type> {
    written.iter().map(|(name, kind)| (name.value.clone(), *kind)).collect()
}

fn scope(draft: &Draft, place: Option<ScopePlace>) -> Scope {
    Scope {
        name: draft.name.value.clone(),
        place,
        inputs: draft.inputs.iter().map(declared).collect(),
        vars: values(&draft.vars),
    }
}

/// Whether an action reads the event whose handler it is in.
fn reads_event(action: &Written) -> bool {
    let mut reads = false;
    action.visit(&mut |given| {
        reads |=
            given.template.expressions().any(|expr| expr.reads().iter().any(|read| read.root == "event"));
    });
    reads
}
