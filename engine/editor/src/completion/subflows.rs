//! What another flow is run with: its name, its inputs, its outcomes, and what it gives back.

use lang::Node;
use machine::event::EventKind;
use machine::ids::Outcome;

use super::expressions::FIRST;
use super::keys::{OPTIONAL, REQUIRED};
use super::values::NEAR;
use super::{Item, ItemKind, Scene};
use crate::beside::{Other, handles};
use crate::slot::Trigger;

impl Scene<'_> {
    /// The flows that may be run here; none runs itself.
    pub(super) fn subflows(&self) -> Vec<Item> {
        let own = self.tree.get("flow").and_then(Node::scalar).map(|scalar| scalar.text.as_str());
        let others = self.beside.subflows().filter(|subflow| Some(subflow.name) != own);
        others.map(|other| self.flow(other)).collect()
    }

    /// The flows that may be told of recordings.
    pub(super) fn flows_to_tell(&self) -> Vec<Item> {
        self.beside.begun().map(|other| self.flow(other)).collect()
    }

    fn flow(&self, other: Other<'_>) -> Item {
        Item {
            documentation: other.description().to_owned(),
            ..self.value(other.name, ItemKind::Value, "flow", NEAR)
        }
    }

    /// The inputs that the sub-flow takes and that are not passed yet, those first that must be.
    pub(super) fn inputs_of_subflow(&self, mapping: &Node) -> Vec<Item> {
        let Some(subflow) = self.subflow() else { return Vec::new() };
        let free = subflow.inputs().filter(|input| mapping.get(input.name).is_none());
        free.map(|input| {
            let rank = if input.is_required { REQUIRED } else { OPTIONAL };
            Item {
                documentation: input.documentation(),
                ..self.named_key(input.name, ItemKind::Variable, &input.detail(), rank)
            }
        })
        .collect()
    }

    /// The outcomes of the sub-flow that are not handled yet: those that its ends say, then what the engine gives.
    pub(super) fn outcomes_of_subflow(&self, mapping: &Node) -> Vec<Item> {
        let Some(subflow) = self.subflow() else { return Vec::new() };
        let own = subflow.outcomes().into_iter();
        let own = own.map(|(name, _)| self.named_key(name, ItemKind::Value, "outcome", REQUIRED));
        let implicit = [
            (Outcome::ERROR, "A failure that nothing handles has ended the sub-flow."),
            (Outcome::DISCONNECTED, "The call has ended, and nothing handles `CallDisconnected`."),
        ];
        let takes_hanging_up = self.hears(&subflow, EventKind::CallDisconnected.name());
        let possible = implicit.into_iter().filter(|(name, _)| *name == Outcome::ERROR || !takes_hanging_up);
        let implicit = possible.map(|(name, documentation)| Item {
            documentation: documentation.to_owned(),
            ..self.named_key(name, ItemKind::Value, "outcome of every sub-flow", OPTIONAL)
        });
        own.chain(implicit).filter(|item| mapping.get(&item.label).is_none()).collect()
    }

    /// What the sub-flow has given back that has just ended.
    pub(super) fn output_of_subflow(&self) -> Vec<Item> {
        if self.way.trigger() != Trigger::Outcome {
            return Vec::new();
        }
        let outputs = self.subflow().into_iter().flat_map(|subflow| subflow.outputs());
        outputs.map(|(name, kind)| self.part(name, ItemKind::Field, kind, "", FIRST)).collect()
    }

    /// The sub-flow that the state around the cursor runs.
    fn subflow(&self) -> Option<Other<'_>> {
        self.beside.subflow(self.way.run()?)
    }

    /// Whether the sub-flow, a state around it or this flow handles an event.
    fn hears(&self, subflow: &Other<'_>, event: &str) -> bool {
        subflow.handles(event) || self.way.steps.iter().any(|step| handles(step.node, event))
    }
}
