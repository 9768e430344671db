//! The ends of sub-flows: by an outcome of their own, or since nothing handles what happened.

use machine::event::EventKind;
use machine::ids::{Outcome, ScopeId};

use super::walk::{Handled, Why};
use super::{Place, Product};
use crate::model::Trigger;

impl Product<'_> {
    /// A sub-flow ends: where that leads is told by the state that runs it.
    pub(super) fn end_subflow(
        &mut self,
        at: usize,
        place: &Place,
        scope: ScopeId,
        outcome: &Outcome,
        why: &Why,
    ) -> Handled {
        let model = self.model;
        let Some(run) = model.flow.scope(scope).place.map(|place| place.run) else { return Handled::Not };
        let named = model.choices(Some(run)).find(
            |choice| matches!(choice.trigger, Trigger::Outcome(name) if name.value == outcome.as_str()),
        );
        named.map_or(Handled::Not, |choice| self.try_branches(at, place, Some(run), &choice, &why.outcome()))
    }

    /// What no handler takes ends the innermost sub-flow whose state names that outcome (clarification 21).
    pub(super) fn end_unhandled(
        &mut self,
        at: usize,
        place: &Place,
        event: &EventKind,
        scope: Option<ScopeId>,
    ) -> Handled {
        let outcome = match event {
            EventKind::CallDisconnected => Outcome::DISCONNECTED,
            kind if kind.is_failure() => Outcome::ERROR,
            _ => return Handled::Not,
        };
        let model = self.model;
        let runs: Vec<_> = model
            .outward(place.leaf)
            .skip_while(|state| scope.is_some_and(|scope| model.state(*state).scope != scope))
            .filter_map(|state| {
                let place = model.flow.scope(model.state(state).scope).place?;
                (place.whole == state).then_some((model.state(state).scope, place.run))
            })
            .collect();
        let why = Why { cause: Some(event.name().to_owned()), ..Why::default() };
        let mut handled = Handled::Not;
        for (scope, run) in runs {
            self.unhandled_ends.insert((run, outcome));
            handled = handled.max(self.end_subflow(at, place, scope, &Outcome::new(outcome), &why));
            if handled == Handled::Surely {
                break;
            }
        }
        handled
    }
}
