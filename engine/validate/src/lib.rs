//! Proves flows sound, or says what is wrong with them.
//!
//! Takes all the flows that are to serve together, since they share names and callers. Knows no files and no
//! HTTP. Today it holds what reading and resolving find, and the rules across flows; each further rule is a
//! file under `rules`.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use lang::finding::{Report, sort};
use lang::limits::FINDINGS_MAX;
use lang::{Code, Finding, Node, Source, Span};
use machine::Flow;
use machine::draft::{self, Draft};
use machine::notice::Recipient;
use rayon::prelude::*;

use crate::graph::Graph;
use crate::model::Model;
use crate::names::Names;
use crate::outcomes::Outcomes;
use crate::product::Product;
use crate::reaches::Reaches;
use crate::rules::{RULES, Subject, cf602_secret_in_flow};
use crate::surroundings::{Summary, Surroundings};

mod across;
mod graph;
mod guards;
mod labels;
mod link;
mod model;
mod names;
mod outcomes;
mod pages;
mod places;
mod presence;
mod product;
mod reaches;
mod rules;
mod sight;
mod surroundings;
mod told;
mod typing;

pub use crate::pages::{PAGES, explain};

/// A flow that callers may meet. Made by [`check`] only.
#[derive(Clone, Debug)]
pub struct Validated {
    flow: Arc<Flow>,
    source: Source,
    subflows: Vec<Source>,
    told: Option<Source>,
}

impl Validated {
    /// The text that it was read from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The texts of the sub-flows that it runs, those of sub-flows included.
    #[must_use]
    pub fn subflows(&self) -> &[Source] {
        &self.subflows
    }

    /// The text of the flow that it tells of its recordings, unless that is itself.
    #[must_use]
    pub fn told(&self) -> Option<&Source> {
        self.told.as_ref()
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
    /// Whether nothing worse than a warning was found, and all of it can serve.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.reports.iter().all(Report::is_sound) && self.flows.len() == self.reports.len()
    }
}

/// Checks flows that are to serve together.
#[must_use]
pub fn check(sources: Vec<Source>) -> Checked {
    check_among(sources, Vec::new)
}

/// Checks flows, some of which may run others, be run by others, or tell others of their recordings, that are not to be
/// checked themselves: those are looked for among these, too (clarification 82). Nobody asks for the others if no flow needs any.
#[must_use]
pub fn check_among(sources: Vec<Source>, others: impl FnOnce() -> Vec<Source>) -> Checked {
    let asked = sources.len();
    let (mut documents, mut candidates): (Vec<_>, Vec<_>) = sources.into_par_iter().map(read).unzip();
    if candidates.iter().any(Candidate::needs_others) {
        let (other_documents, other_candidates): (Vec<_>, Vec<_>) =
            others().into_par_iter().map(read).unzip();
        documents.extend(other_documents);
        candidates.extend(other_candidates);
    }
    let names = link::names(&documents, &candidates);
    link::link(&documents, &names, &mut candidates, asked);
    told::check(&names, &mut candidates, asked);
    // A tree takes many times the room of its text, and has told everything.
    drop(documents);
    for (index, finding) in across::conflicts(&candidates[..asked]) {
        candidates[index].found.push(finding);
    }
    let summaries: BTreeMap<String, Summary> = candidates.iter().filter_map(summary).collect();
    let judged = (0..asked).into_par_iter().map(|index| check_candidate(&candidates, index, &summaries));
    let judged: Vec<_> = judged.collect();
    for (candidate, mut found) in candidates.iter_mut().zip(judged) {
        bound(&mut found);
        candidate.found = found;
    }
    let serves = |candidate: &Candidate| candidate.is_sound() && !candidate.has_preview();
    let is_sound = candidates[..asked].iter().all(serves);
    let flows = if is_sound { validated(&mut candidates, asked) } else { Vec::new() };
    let reports =
        candidates.into_iter().take(asked).map(|Candidate { source, found, .. }| Report { source, found });
    Checked { flows, reports: reports.collect() }
}

/// One source as far as it could be read.
struct Candidate {
    source: Source,
    draft: Option<Draft>,
    flow: Option<Flow>,
    found: Vec<Finding>,
}

impl Candidate {
    /// Whether what is found in it depends on other flows: it runs some, others may run it,
    /// or it tells one.
    fn needs_others(&self) -> bool {
        let tells = |draft: &Draft| matches!(draft.recipient, Some(draft::Recipient::Flow(_)));
        let needs =
            |draft: &Draft| draft.start.subflow.is_some() || draft.runs().next().is_some() || tells(draft);
        self.draft.as_ref().is_some_and(needs)
    }

    /// It has an action that is never posted: callers must not meet what is left of it.
    fn has_preview(&self) -> bool {
        self.found.iter().any(|finding| finding.code == CODE_PREVIEW)
    }

    fn is_sound(&self) -> bool {
        self.found.iter().all(|finding| finding.severity != lang::Severity::Error)
    }
}

/// Sorts findings, and leaves out those that nobody would read: errors the last.
fn bound(found: &mut Vec<Finding>) {
    if found.len() > FINDINGS_MAX {
        found.sort_by_key(|finding| finding.severity);
        found.truncate(FINDINGS_MAX);
    }
    sort(found);
    if found.len() == FINDINGS_MAX
        && let Some(last) = found.last_mut()
    {
        last.notes
            .push(format!("only the first {FINDINGS_MAX} findings in this file are told: mend these first"));
    }
}

/// What was read, before sub-flows are looked for.
fn read(source: Source) -> (Option<Node>, Candidate) {
    let (node, mut found) = lang::yaml::read(&source);
    // A text that is broken has faults that are only echoes: one cause gives one finding.
    let is_broken = found.iter().any(|finding| finding.code == CODE_NOT_YAML);
    let secrets = || node.as_ref().map_or_else(Vec::new, cf602_secret_in_flow::check);
    let drafted = || node.as_ref().filter(|_| !is_broken).map(draft::read);
    let (secrets, drafted) = rayon::join(secrets, drafted);
    found.extend(secrets);
    let draft = drafted.and_then(|(draft, wrong)| {
        found.extend(wrong);
        draft
    });
    (node, Candidate { source, draft, flow: None, found })
}

/// What is wrong with a flow: what was found before, and if it could be read and resolved, what every rule finds.
fn check_candidate(
    candidates: &[Candidate],
    index: usize,
    summaries: &BTreeMap<String, Summary>,
) -> Vec<Finding> {
    let mut found = candidates[index].found.clone();
    let Candidate { draft: Some(draft), flow: Some(flow), .. } = &candidates[index] else { return found };
    if found.iter().any(|finding| finding.severity == lang::Severity::Error && !is_across(finding)) {
        return found;
    }
    let runs_it = |candidate: &&Candidate| {
        candidate.flow.as_ref().is_some_and(|other| other.subflows().contains(flow.name()))
    };
    let callers = candidates.iter().filter(runs_it);
    let surroundings = Surroundings {
        callers: callers.filter_map(|caller| summaries.get(caller.flow.as_ref()?.name())).collect(),
        subflows: summaries.iter().map(|(name, summary)| (name.as_str(), summary)).collect(),
    };
    let model = Model::new(draft, flow);
    let mut names = Names::of(&model);
    let keeps_passages = names.depend_on_paths(&model);
    let outcomes = Outcomes::of(&model);
    let (product, graph) =
        rayon::join(|| Product::of(&model, keeps_passages), || Graph::of(&model, &outcomes));
    let reaches = Reaches::of(&product);
    names.infer(&model, &reaches);
    let subject = Subject {
        model: &model,
        graph: &graph,
        product: &product,
        names: &names,
        reaches: &reaches,
        outcomes: &outcomes,
        surroundings: &surroundings,
        typing: &typing::check(&model, &names, &reaches),
    };
    let before = found.len();
    for rule in RULES {
        (rule.check)(&subject, &mut found);
    }
    leave_out_echoes(&model, &mut found, before);
    found
}

/// An action of a preview is not in the flow that is judged: what its state lacks for that is no second fault.
fn leave_out_echoes(model: &Model<'_>, found: &mut Vec<Finding>, before: usize) {
    let previews = found[..before].iter().filter(|finding| finding.code == CODE_PREVIEW);
    let without: Vec<Span> = previews
        .filter_map(|finding| model.around(finding.primary.span))
        .map(|state| model.written(state).span)
        .collect();
    let mut index = 0;
    found.retain(|finding| {
        index += 1;
        let place = finding.primary.span;
        index <= before || !without.iter().any(|span| span.start <= place.start && place.end <= span.end)
    });
}

/// What was met in a flow that others run, or that runs others.
fn summary(candidate: &Candidate) -> Option<(String, Summary)> {
    let Candidate { draft: Some(draft), flow: Some(flow), .. } = candidate else { return None };
    if !flow.is_subflow() && flow.subflows().is_empty() {
        return None;
    }
    let model = Model::new(draft, flow);
    let product = Product::of(&model, false);
    Some((flow.name().to_owned(), Summary::of(&model, &product)))
}

/// The flows that were asked for, each with the sources of its sub-flows.
fn validated(candidates: &mut [Candidate], asked: usize) -> Vec<Validated> {
    let sources: BTreeMap<String, Source> = candidates
        .iter()
        .rev()
        .filter_map(|candidate| Some((candidate.flow.as_ref()?.name().to_owned(), candidate.source.clone())))
        .collect();
    let own = candidates[..asked].iter_mut();
    own.filter_map(|candidate| {
        let flow = candidate.flow.take()?;
        let subflows = flow.subflows().into_iter().filter_map(|name| sources.get(name).cloned()).collect();
        let told = match flow.recipient() {
            Some(Recipient::Flow(name)) if name != flow.name() => sources.get(name).cloned(),
            Some(Recipient::Flow(_) | Recipient::Url { .. }) | None => None,
        };
        Some(Validated { flow: Arc::new(flow), source: candidate.source.clone(), subflows, told })
    })
    .collect()
}

/// Two flows with one name, or two that take the same calls: each of them can still be judged.
fn is_across(finding: &Finding) -> bool {
    finding.code == CODE_CONFLICT
}

/// The text is not YAML.
const CODE_NOT_YAML: Code = Code(1);
/// An action that only previews of the API have.
const CODE_PREVIEW: Code = Code(601);
/// Two flows with one name, or with equally specific starts.
const CODE_CONFLICT: Code = Code(205);
