//! What a document uses and another flow gives: the flow that a state runs, its inputs, its outcomes, its output; the flow
//! that is told of recordings.

use lang::Span;

use crate::beside::Other;
use crate::document::Document;
use crate::names::Symbol;
use crate::slot::{Named, Role, Trigger};

/// What stands at a place, if a flow gives it that is run there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The name of that flow.
    pub(crate) flow: String,
    pub(crate) what: What,
    /// Where it is used.
    pub(crate) span: Span,
}

/// What is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The flow itself.
    Flow,
    /// The flow itself, which is told.
    Told,
    /// An input that it takes, by its name.
    Input(String),
    /// An outcome that it ends with.
    Outcome(String),
    /// What it gives back, by its name.
    Output(String),
}

/// What stands at a place, if another flow gives it.
#[must_use]
pub fn elsewhere(document: &Document, offset: usize) -> Option<Elsewhere> {
    if let Some(here) = document.name_at(offset) {
        return match &here.symbol {
            Symbol::Plain(Named::Flow, name) => {
                Some(Elsewhere { flow: name.clone(), what: What::Flow, span: here.span })
            }
            Symbol::Plain(Named::Told, name) => {
                Some(Elsewhere { flow: name.clone(), what: What::Told, span: here.span })
            }
            Symbol::Plain(..) | Symbol::State(_) => None,
        };
    }
    let way = document.way(offset)?;
    let flow = way.run()?.to_owned();
    if let Some((entry, role)) = way.key {
        let name = entry.key.value.clone();
        let what = match role {
            Role::Outcome => What::Outcome(name),
            Role::Name(None) if way.last().slot.is_with() => What::Input(name),
            Role::Key(_) | Role::Name(_) | Role::Event | Role::Timer | Role::Free => return None,
        };
        return Some(Elsewhere { flow, what, span: entry.key.span });
    }
    let (owner, word, span) = way.word(offset)?;
    let is_output = owner == Some("output") && way.trigger() == Trigger::Outcome;
    is_output.then(|| Elsewhere { flow, what: What::Output(word.to_owned()), span })
}

/// Where a document gives it; nowhere, if it is not the flow that is meant.
#[must_use]
pub fn given(document: &Document, elsewhere: &Elsewhere) -> Vec<Span> {
    let other = match elsewhere.what {
        What::Told => Other::begun(document),
        What::Flow | What::Input(_) | What::Outcome(_) | What::Output(_) => Other::run(document),
    };
    let Some(other) = other.filter(|other| other.name == elsewhere.flow) else { return Vec::new() };
    match &elsewhere.what {
        What::Flow | What::Told => vec![other.name_span],
        What::Input(name) => other.declared("input", name).into_iter().collect(),
        What::Output(name) => other.declared("output", name).into_iter().collect(),
        What::Outcome(name) => {
            let mut outcomes = other.outcomes().into_iter();
            outcomes.find(|(known, _)| known == name).map_or_else(Vec::new, |(_, spans)| spans)
        }
    }
}
