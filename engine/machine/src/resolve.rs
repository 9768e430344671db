//! Draft → [`Flow`]: every target and event found, every list given its place.

use std::collections::HashMap;

use lang::{Code, Finding, Label, Spanned};

use crate::actions::Written;
use crate::draft::{self, Draft};
use crate::event::EventKind;
use crate::flow::{Branch, Declared, EventName, Flow, Handlers, Incoming, Next, ScriptId, State, Target};
use crate::ids::{Outcome, StateId};
use crate::limits::STATES_MAX;
use crate::starts::IncomingPattern;

/// Unit: further uses of a name that does not exist which are shown.
const USES_SHOWN: usize = 4;

/// Finds every name. There is a flow exactly when nothing was found missing.
#[must_use]
pub fn resolve(draft: &Draft) -> (Option<Flow>, Vec<Finding>) {
    let mut resolver = Resolver::new(draft);
    let flow = resolver.flow();
    let found = resolver.found;
    (flow.filter(|_| found.is_empty()), found)
}

struct Resolver<'d> {
    draft: &'d Draft,
    /// In file order, each with the state that it is nested in.
    order: Vec<(&'d draft::State, Option<StateId>)>,
    /// By the state that they are nested in, and their own name.
    children: HashMap<(Option<StateId>, &'d str), StateId>,
    scripts: Vec<Vec<Written>>,
    /// Names of states that do not exist, each with the finding that tells it.
    unknown: HashMap<String, usize>,
    found: Vec<Finding>,
}

impl<'d> Resolver<'d> {
    fn new(draft: &'d Draft) -> Resolver<'d> {
        let mut resolver = Resolver {
            draft,
            order: Vec::new(),
            children: HashMap::new(),
            // The first is the empty one, for everything that does nothing.
            scripts: vec![Vec::new()],
            unknown: HashMap::new(),
            found: Vec::new(),
        };
        resolver.enlist(&draft.states, None);
        resolver
    }

    fn enlist(&mut self, states: &'d [draft::State], parent: Option<StateId>) {
        for state in states {
            if self.order.len() == STATES_MAX {
                self.found.push(
                    Finding::error(
                        Code(2),
                        state.name.span,
                        format!("a flow of more than {STATES_MAX} states"),
                    )
                    .label("one too many"),
                );
                return;
            }
            #[expect(clippy::cast_possible_truncation, reason = "STATES_MAX fits")]
            let id = StateId(self.order.len() as u32);
            self.order.push((state, parent));
            self.children.insert((parent, &state.name.value), id);
            self.enlist(&state.states, Some(id));
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
        let incoming = draft.start.incoming.as_ref().and_then(|start| {
            Some(Incoming {
                pattern: pattern(start),
                when: start.when.clone(),
                initial: own(self, &start.initial)?,
            })
        });
        let handlers = self.handlers(None, &draft.on, &draft.after);
        let states = (0..self.order.len()).filter_map(|index| self.state(index)).collect();
        let types = |types: &[(Spanned<String>, crate::flow::Type)]| {
            types.iter().map(|(name, kind)| (name.value.clone(), *kind)).collect()
        };
        Some(Flow {
            name: draft.name.value.clone(),
            description: draft.description.clone(),
            hash: draft.hash.clone(),
            incoming,
            api,
            inputs: draft.inputs.iter().map(declared).collect(),
            events: draft
                .events
                .iter()
                .map(|event| (event.name.value.clone(), types(&event.fields)))
                .collect(),
            config: types(&draft.config),
            vars: draft.vars.iter().map(|(name, template)| (name.value.clone(), template.clone())).collect(),
            handlers,
            states,
            scripts: std::mem::take(&mut self.scripts),
        })
    }

    fn state(&mut self, index: usize) -> Option<State> {
        let (written, parent) = self.order[index];
        #[expect(clippy::cast_possible_truncation, reason = "STATES_MAX fits")]
        let id = StateId(index as u32);
        let initial = written.initial.as_ref().map(|name| self.child(id, name));
        let next = match &written.next {
            draft::Next::Wait => Next::Wait,
            draft::Next::Branches(branches) => Next::Branches(self.branches(Some(id), branches)),
            draft::Next::End(outcome) => Next::End(Outcome::new(&outcome.value)),
        };
        Some(State {
            name: written.name.value.clone(),
            path: self.path(id),
            parent,
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

    fn path(&self, id: StateId) -> String {
        let (state, parent) = self.order[id.0 as usize];
        match parent {
            Some(parent) => format!("{}.{}", self.path(parent), state.name.value),
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
        self.scripts.push(actions.to_vec());
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
                Some((self.event(&handler.event, on)?, branches))
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
                    draft::Target::End(outcome) => Target::End(Outcome::new(&outcome.value)),
                };
                Some(Branch {
                    when: branch.when.clone(),
                    set: branch.set.iter().map(|(name, value)| (name.value.clone(), value.clone())).collect(),
                    script: self.script(&branch.actions),
                    target,
                })
            })
            .collect()
    }

    fn event(&mut self, name: &Spanned<String>, beside: &[draft::Handler]) -> Option<EventName> {
        let custom = self.draft.events.iter().map(|event| event.name.value.as_str());
        match name.value.as_str() {
            "AnyFailure" => return Some(EventName::AnyFailure),
            "*" => return Some(EventName::Any),
            text if custom.clone().any(|declared| declared == text) => {
                return Some(EventName::Exact(EventKind::Custom(text.into())));
            }
            text => {
                if let Some(kind) = EventKind::from_name(text) {
                    return Some(EventName::Exact(kind));
                }
            }
        }
        let known: Vec<&str> =
            EventKind::ALL.iter().map(EventKind::name).chain(["AnyFailure"]).chain(custom).collect();
        let finding = Finding::error(Code(202), name.span, format!("no event is named `{}`", name.value))
            .label("this never happens")
            .note("a call never raises it, so this handler would wait for ever");
        let finding = match lang::nearest::nearest(&name.value, known.iter().copied()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help("declare it under `events` if an outside system sends it"),
        };
        // A key that stands there already would be there twice.
        let is_free = |sure: &&str| beside.iter().all(|handler| handler.event.value != *sure);
        self.found.push(match lang::nearest::is_sure(&name.value, known.iter().copied()).filter(is_free) {
            Some(sure) => finding.fix(name.span, sure),
            None => finding,
        });
        None
    }

    /// Looks a target up among the owner's children, then its siblings, then outward: clarification 32.
    fn target(&mut self, owner: Option<StateId>, name: &Spanned<String>) -> Option<StateId> {
        let mut segments = name.value.split('.');
        let first = segments.next().unwrap_or_default();
        let mut scope = owner;
        let start = loop {
            if let Some(id) = self.children.get(&(scope, first)) {
                break Some(*id);
            }
            match scope {
                Some(id) => scope = self.order[id.0 as usize].1,
                None => break None,
            }
        };
        let found =
            segments.fold(start, |state, segment| self.children.get(&(Some(state?), segment)).copied());
        if found.is_none() {
            self.unknown_state(name);
        }
        found
    }

    fn child(&mut self, parent: StateId, name: &Spanned<String>) -> Option<StateId> {
        let child = self.children.get(&(Some(parent), name.value.as_str())).copied();
        if child.is_none() {
            self.unknown_state(name);
        }
        child
    }

    /// One finding for a name, however often it is written (clarification 67).
    fn unknown_state(&mut self, name: &Spanned<String>) {
        if let Some(index) = self.unknown.get(&name.value) {
            let first = &mut self.found[*index];
            if first.related.len() < USES_SHOWN {
                first.related.push(Label { span: name.span, text: "here, too".to_owned() });
            }
            return;
        }
        self.unknown.insert(name.value.clone(), self.found.len());
        let names = self.order.iter().map(|(state, _)| state.name.value.as_str());
        let near = lang::nearest::nearest(&name.value, names.clone());
        // Which part of a dotted name is wrong is not sure.
        let sure = lang::nearest::is_sure(&name.value, names)
            .filter(|_| !name.value.contains('.'))
            .map(str::to_owned);
        let mut finding = Finding::error(Code(201), name.span, format!("no state is named `{}`", name.value))
            .label("this state does not exist");
        if let Some(near) = near {
            let place = self.order.iter().find(|(state, _)| state.name.value == near);
            finding = finding.help(format!("did you mean `{near}`?"));
            if let Some((state, _)) = place {
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
