//! What flows that run each other mean for each other: what is wrong in a sub-flow only on some call, and what a
//! sub-flow may leave to those that run it.

use std::collections::{BTreeMap, HashSet};

use machine::event::EventKind;

use crate::model::Model;
use crate::product::{Met, Product, What};

/// Something met, in words that mean the same to every flow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fault {
    /// The flow whose text it is about.
    flow: String,
    code: u16,
    /// Where the name of the action stands there, or that of the state.
    start: usize,
    event: Option<EventKind>,
}

/// What was met in one flow, and in the sub-flows at the places where it runs them.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    met: HashSet<Fault>,
}

/// The flows around one flow.
#[derive(Debug, Default)]
pub(crate) struct Surroundings<'s> {
    /// Of those that run it.
    pub(crate) callers: Vec<&'s Summary>,
    /// Of the sub-flows that it runs, by name, each looked at for itself.
    pub(crate) subflows: BTreeMap<&'s str, &'s Summary>,
}

impl Fault {
    pub(crate) fn of(model: &Model<'_>, met: &Met<'_>) -> Fault {
        let place = met.action.map_or_else(|| model.written(met.leaf).name.span, |action| action.name);
        let event = match &met.what {
            What::FailureUnhandled(event) => Some(event.clone()),
            _ => None,
        };
        Fault {
            flow: model.flow.scope(met.scope).name.clone(),
            code: met.what.code(),
            start: place.start,
            event,
        }
    }
}

impl Summary {
    pub(crate) fn of(model: &Model<'_>, product: &Product<'_>) -> Summary {
        // How many are in the call is no fault by itself.
        let is_fault = |met: &&Met<'_>| !matches!(met.what, What::Transfers(_));
        let met = product.met.iter().chain(&product.inner).filter(is_fault);
        Summary { met: met.map(|met| Fault::of(model, met)).collect() }
    }

    pub(crate) fn has(&self, fault: &Fault) -> bool {
        self.met.contains(fault)
    }
}

impl Surroundings<'_> {
    /// Whether every flow that runs this one takes care of what it leaves open itself (clarification 21). A flow that
    /// nobody runs, or that starts by itself as well, leaves nothing to others.
    pub(crate) fn take_care_of(&self, model: &Model<'_>, met: &Met<'_>) -> bool {
        let fault = Fault::of(model, met);
        model.is_only_subflow()
            && !self.callers.is_empty()
            && !self.callers.iter().any(|caller| caller.has(&fault))
    }
}
