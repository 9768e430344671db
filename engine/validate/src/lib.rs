//! Proves flows sound, or says what is wrong with them.
//!
//! Takes all the flows that are to serve together, since they share names and callers. Knows no files and no
//! HTTP. Today it holds what reading and resolving find, and the rules across flows; each further rule is a
//! file under `rules`.

use std::ops::Deref;
use std::sync::Arc;

use lang::finding::{Report, sort};
use lang::{Code, Finding, Source, Span};
use machine::Flow;
use machine::draft::{self, Draft};

use crate::graph::Graph;
use crate::model::Model;
use crate::names::Names;
use crate::product::Product;
use crate::reaches::Reaches;
use crate::rules::{RULES, Subject};

mod across;
mod graph;
mod guards;
mod model;
mod names;
mod pages;
mod places;
mod presence;
mod product;
mod reaches;
mod rules;
mod sight;
mod typing;

pub use crate::pages::{PAGES, explain};

/// A flow that callers may meet. Made by [`check`] only.
#[derive(Clone, Debug)]
pub struct Validated {
    flow: Arc<Flow>,
    source: Source,
}

impl Validated {
    /// The text that it was read from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The flow, to be kept.
    #[must_use]
    pub fn flow(&self) -> &Arc<Flow> {
        &self.flow
    }
}

impl Deref for Validated {
    type Target = Flow;

    fn deref(&self) -> &Flow {
        &self.flow
    }
}

/// What was found in a set of flows.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The flows, if nothing is wrong with any of them: a set serves as a whole or not at all.
    pub flows: Vec<Validated>,
    /// One for each source, in the order given, with warnings too.
    pub reports: Vec<Report>,
}

impl Checked {
    /// Whether nothing worse than a warning was found.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.reports.iter().all(Report::is_sound)
    }
}

/// One source as far as it could be read.
struct Candidate {
    source: Source,
    draft: Option<Draft>,
    flow: Option<Flow>,
    found: Vec<Finding>,
}

/// Checks flows that are to serve together.
#[must_use]
pub fn check(sources: Vec<Source>) -> Checked {
    let mut candidates: Vec<_> = sources.into_iter().map(read).collect();
    for (index, finding) in across::conflicts(&candidates) {
        candidates[index].found.push(finding);
    }
    let mut flows = Vec::new();
    let mut reports = Vec::new();
    for Candidate { source, flow, mut found, .. } in candidates {
        sort(&mut found);
        if let Some(flow) = flow {
            flows.push(Validated { flow: Arc::new(flow), source: source.clone() });
        }
        reports.push(Report { source, found });
    }
    let checked = Checked { flows, reports };
    if checked.is_sound() { checked } else { Checked { flows: Vec::new(), ..checked } }
}

fn read(source: Source) -> Candidate {
    let (node, mut found) = lang::yaml::read(&source);
    // A text that is broken, or lost a key, has faults that are only echoes: one cause gives one finding.
    let is_broken = found.iter().any(|finding| finding.code == CODE_NOT_YAML);
    let lost_a_key = found.iter().any(|finding| finding.severity == lang::Severity::Error);
    let draft = node.filter(|_| !is_broken).and_then(|node| {
        let (draft, wrong) = draft::read(&node);
        found.extend(wrong);
        draft
    });
    let flow = draft.as_ref().filter(|_| !lost_a_key).and_then(|draft| {
        let (flow, wrong) = machine::resolve(draft);
        found.extend(wrong);
        flow
    });
    let is_whole = found.iter().all(|finding| finding.severity != lang::Severity::Error);
    if let (Some(draft), Some(flow), true) = (&draft, &flow, is_whole) {
        check_flow(draft, flow, &mut found);
    }
    let is_sound = found.iter().all(|finding| finding.severity != lang::Severity::Error);
    if is_sound && flow.is_none() {
        // Every reader that gives nothing says why. Should one not, the flow must still not be taken for sound.
        let message = "this flow cannot be read, and it was not said why";
        found.push(
            Finding::error(Code(1), Span::new(0, 0), message).note("this is a mistake in Callflow itself"),
        );
    }
    Candidate { flow: flow.filter(|_| is_sound), source, draft, found }
}

/// Runs every rule over a flow that could be read and resolved.
fn check_flow(draft: &Draft, flow: &Flow, found: &mut Vec<Finding>) {
    let model = Model::new(draft, flow);
    let mut names = Names::of(&model);
    let product = Product::of(&model, names.depend_on_paths(&model));
    let reaches = Reaches::of(&product);
    names.infer(&model, &reaches);
    let subject = Subject {
        model: &model,
        graph: &Graph::of(&model),
        product: &product,
        names: &names,
        reaches: &reaches,
        typing: &typing::check(&model, &names, &reaches),
    };
    for rule in RULES {
        (rule.check)(&subject, found);
    }
}

/// The text is not YAML.
const CODE_NOT_YAML: Code = Code(1);
/// Two flows with one name, or with equally specific starts.
const CODE_CONFLICT: Code = Code(205);
