//! A sub-flow begins in the state that runs it, and ends with one of its outcomes.

use indexmap::IndexMap;
use lang::{Template, Value};

use super::{Hop, Landing, Run};
use crate::event::{Event, EventKind, mapping};
use crate::flow::{Ending, Next, SubflowRun};
use crate::ids::{Outcome, ScopeId, StateId, Visit};
use crate::limits::MICROSTEPS_MAX;
use crate::roots::Occasion;
use crate::snapshot::Frame;

impl<'f> Run<'f> {
    /// Begins the sub-flow of a state whose actions are answered. Expressions that fail are failures of that state.
    pub(super) fn begin_subflow(&mut self, state: StateId, visit: Visit, run: &'f SubflowRun) {
        self.microsteps += 1;
        if self.microsteps > MICROSTEPS_MAX {
            self.note("the flow loops without ever waiting");
            self.finish(Outcome::new(Outcome::ERROR));
            return;
        }
        let flow = self.flow;
        let id = flow.state(run.whole).scope;
        let scope = flow.scope(id);
        let given = self
            .evaluate(&run.with, Some(state), Occasion::Nothing)
            .and_then(|given| scope.check_input(given).map_err(|wrong| wrong.join("; ")));
        let input = match given {
            Ok(input) => input,
            Err(message) => {
                let message = Some(format!("`with` of sub-flow `{}`: {message}", scope.name));
                self.raise(Event { message, ..Event::new(EventKind::ExpressionFailed) }, visit, None);
                return;
            }
        };
        let whole = Visit(self.snapshot.last_visit.0 + 1);
        self.snapshot.visits.retain(|state, _| flow.state(*state).scope != id);
        self.snapshot.frames.push(Frame { scope: id, visit: whole, vars: IndexMap::new(), input });
        let wrong = self.first_values(id, Some(run.whole));
        self.enter(run.whole, &[]);
        let leaf = self.snapshot.leaf().map_or(run.whole, |leaf| leaf.state);
        self.account.path.push(Hop { on: None, from: Some(state), to: Landing::State(leaf) });
        if let Some(message) = wrong {
            let event = Event { message: Some(message), ..Event::new(EventKind::ExpressionFailed) };
            self.raise(event, whole, None);
        }
    }

    /// Gives the variables of a scope their first values, in order. What failed, if something did.
    pub(super) fn first_values(&mut self, scope: ScopeId, owner: Option<StateId>) -> Option<String> {
        let mut wrong = None;
        for (name, template) in &self.flow.scope(scope).vars {
            let value = template.evaluate(&self.roots(owner, Occasion::Nothing)).unwrap_or_else(|error| {
                wrong.get_or_insert(format!("variable `{name}`: {}", error.message));
                Value::Null
            });
            if let Some(vars) = self.snapshot.vars_mut(scope) {
                vars.insert(name.clone(), value);
            }
        }
        wrong
    }

    /// What an end gives back.
    pub(super) fn output(
        &self,
        ending: &Ending,
        owner: Option<StateId>,
        occasion: Occasion<'_>,
    ) -> Result<Value, String> {
        let output = self.evaluate(&ending.output, owner, occasion)?;
        Ok(mapping(output.iter().map(|(name, value)| (name.as_str(), value.clone()))))
    }

    pub(super) fn evaluate(
        &self,
        templates: &[(String, Template)],
        owner: Option<StateId>,
        occasion: Occasion<'_>,
    ) -> Result<IndexMap<String, Value>, String> {
        let roots = self.roots(owner, occasion);
        let one = |(name, template): &(String, Template)| match template.evaluate(&roots) {
            Ok(value) => Ok((name.clone(), value)),
            Err(error) => Err(format!("`{name}`: {}", error.message)),
        };
        templates.iter().map(one).collect()
    }

    /// A scope ends: the run with the flow itself; a sub-flow where its outcome leads.
    pub(super) fn end_scope(&mut self, scope: ScopeId, outcome: Outcome, output: &Value) {
        let flow = self.flow;
        let Some(place) = flow.scope(scope).place else {
            self.finish(outcome);
            return;
        };
        if !self.leads_on(place.run, &outcome, output) {
            self.note(format!("nothing takes outcome `{outcome}` of sub-flow `{}`", flow.scope(scope).name));
            self.finish(Outcome::new(Outcome::ERROR));
        }
    }

    /// What nothing handled ends the innermost sub-flow whose state names the outcome, or else the run
    /// (clarification 21).
    pub(super) fn end_unhandled(&mut self, outcome: &str) {
        let outcome = Outcome::new(outcome);
        let flow = self.flow;
        let scopes: Vec<_> = self.snapshot.frames.iter().rev().map(|frame| frame.scope).collect();
        for place in scopes.into_iter().filter_map(|scope| flow.scope(scope).place) {
            if self.leads_on(place.run, &outcome, &mapping([])) {
                return;
            }
        }
        self.finish(outcome);
    }

    /// Takes the branch of an outcome; whether there was one.
    fn leads_on(&mut self, run: StateId, outcome: &Outcome, output: &Value) -> bool {
        let flow = self.flow;
        let Next::Run(subflow) = &flow.state(run).next else { return false };
        let named = subflow.outcomes.iter().find(|(name, _)| name == outcome);
        let Some((_, branches)) = named else { return false };
        let occasion = Occasion::Output(output);
        let Some(branch) = self.choose(branches, Some(run), occasion) else { return false };
        self.take(Some(run), branch, Some(outcome.to_string()), occasion);
        true
    }
}
