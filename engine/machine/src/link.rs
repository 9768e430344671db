//! Finds the sub-flows that a flow runs, and puts each one at the place where it runs.
//!
//! A sub-flow that runs at two places stands there twice: each has a caller, defaults and a call of its own.

use std::collections::BTreeMap;

use lang::{Code, Finding, Kind, Node, Span};

use crate::actions::Defaults;
use crate::draft::{self, Body, Draft, Next, State};
use crate::limits::{SUBFLOW_DEPTH_MAX, SUBFLOW_NODES_MAX};

/// A sub-flow that does not exist, or a cycle of sub-flows.
const CODE: Code = Code(203);

/// The flows that may run inside each other, by name.
#[derive(Debug, Default)]
pub struct Library<'n> {
    flows: BTreeMap<&'n str, Option<&'n Node>>,
}

/// What came of looking for sub-flows.
#[derive(Debug)]
pub struct Linked {
    /// What is wrong with this flow's own `run`s.
    pub found: Vec<Finding>,
    /// Every sub-flow was found and can be read, down to the innermost. If not, and nothing was found, another file
    /// is at fault.
    pub is_whole: bool,
}

impl<'n> Library<'n> {
    /// Adds a flow. `None`: it exists, and cannot be read. Of two of one name the first counts.
    pub fn add(&mut self, name: &'n str, document: Option<&'n Node>) {
        self.flows.entry(name).or_insert(document);
    }

    /// The names of those that offer to run inside others.
    fn subflows(&self) -> impl Iterator<Item = &'n str> + Clone + '_ {
        let offers = |node: &Node| node.get("start").is_some_and(|start| start.get("subflow").is_some());
        self.flows.iter().filter(move |(_, node)| node.is_some_and(offers)).map(|(name, _)| *name)
    }
}

/// Finds every sub-flow that a flow runs.
pub fn link(draft: &mut Draft, library: &Library<'_>) -> Linked {
    let mut linker = Linker {
        library,
        stack: vec![draft.name.value.clone()],
        nodes_left: SUBFLOW_NODES_MAX,
        found: Vec::new(),
        is_whole: true,
    };
    let Draft { states, defaults, .. } = draft;
    linker.own(states, defaults);
    Linked { found: linker.found, is_whole: linker.is_whole }
}

/// Why a sub-flow cannot be put in its place.
enum Fault {
    /// No flow has this name.
    Unknown,
    /// It does not offer to run inside others.
    NoSubflow,
    /// These run each other: the names from the first to its return.
    Cycle(Vec<String>),
    /// They stand in each other too deep, or there are too many.
    TooMuch(&'static str),
    /// Its own file says why.
    Elsewhere,
}

struct Linker<'l, 'n> {
    library: &'l Library<'n>,
    /// The flows that stand around the place that is looked at, the outermost first.
    stack: Vec<String>,
    nodes_left: usize,
    found: Vec<Finding>,
    is_whole: bool,
}

impl Linker<'_, '_> {
    /// The states of the flow itself: what is wrong with its `run`s is told there.
    fn own(&mut self, states: &mut [State], defaults: &Defaults) {
        for state in states {
            if let Next::Run(run) = &mut state.next {
                match self.body(&run.name.value, defaults) {
                    Ok(body) => run.body = Some(Box::new(body)),
                    Err(fault) => {
                        self.is_whole = false;
                        self.tell(fault, &run.name.value, run.name.span);
                    }
                }
            }
            self.own(&mut state.states, defaults);
        }
    }

    fn body(&mut self, name: &str, outer: &Defaults) -> Result<Body, Fault> {
        if let Some(first) = self.stack.iter().position(|around| around == name) {
            let cycle = self.stack[first..].iter().cloned().chain([name.to_owned()]);
            return Err(Fault::Cycle(cycle.collect()));
        }
        if self.stack.len() > SUBFLOW_DEPTH_MAX {
            return Err(Fault::TooMuch("sub-flows run inside each other too deep"));
        }
        let node = self.library.flows.get(name).ok_or(Fault::Unknown)?.ok_or(Fault::Elsewhere)?;
        let nodes = count(node);
        self.nodes_left =
            self.nodes_left.checked_sub(nodes).ok_or(Fault::TooMuch("sub-flows run at too many places"))?;
        let (flow, wrong) = draft::read_within(node, outer);
        if wrong.iter().any(|finding| finding.severity == lang::Severity::Error) {
            return Err(Fault::Elsewhere);
        }
        let mut body = Body::of(flow.ok_or(Fault::Elsewhere)?).ok_or(Fault::NoSubflow)?;
        self.stack.push(name.to_owned());
        let inner = self.inner(&mut body.whole.states, &body.flow.defaults);
        self.stack.pop();
        inner.map(|()| body)
    }

    /// The states of a sub-flow: what is wrong there is told in its own file, unless it leads back to the flow itself.
    fn inner(&mut self, states: &mut [State], defaults: &Defaults) -> Result<(), Fault> {
        for state in states {
            if let Next::Run(run) = &mut state.next {
                let body = self.body(&run.name.value, defaults).map_err(|fault| match fault {
                    Fault::Unknown | Fault::NoSubflow => Fault::Elsewhere,
                    Fault::Cycle(_) | Fault::TooMuch(_) | Fault::Elsewhere => fault,
                })?;
                run.body = Some(Box::new(body));
            }
            self.inner(&mut state.states, defaults)?;
        }
        Ok(())
    }

    fn tell(&mut self, fault: Fault, name: &str, span: Span) {
        let finding = match fault {
            Fault::Elsewhere => return,
            Fault::Unknown => self.unknown(name, span),
            Fault::NoSubflow => Finding::error(CODE, span, format!("`{name}` does not run inside other flows"))
                .label("this flow is no sub-flow")
                .help("if it is meant to be one, write `subflow: {}` under its `start`"),
            // A cycle that the flow itself is not part of is told where it is.
            Fault::Cycle(cycle) if cycle.first() != self.stack.first() => return,
            Fault::Cycle(cycle) => {
                let around = cycle.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" runs ");
                Finding::error(CODE, span, format!("sub-flow `{name}` leads back to this flow"))
                    .label("this would never end")
                    .note(around)
                    .help("let one of them end with an outcome, and go on from there")
            }
            Fault::TooMuch(why) => Finding::error(Code(2), span, why)
                .label("one too many")
                .note(format!(
                    "at most {SUBFLOW_DEPTH_MAX} flows may stand in each other, with {SUBFLOW_NODES_MAX} keys and \
                     values in all"
                )),
        };
        // One cause gives one finding, however often the sub-flow is run.
        if self.found.iter().all(|other| other.message != finding.message) {
            self.found.push(finding);
        }
    }

    fn unknown(&self, name: &str, span: Span) -> Finding {
        let finding = Finding::error(CODE, span, format!("no flow is named `{name}`"))
            .label("this sub-flow does not exist")
            .note("sub-flows are looked for among the flows of the same folder");
        let names = self.library.subflows().filter(|other| self.stack.first().is_none_or(|own| own != other));
        let finding = match lang::nearest::nearest(name, names.clone()) {
            Some(near) => finding.help(format!("did you mean `{near}`?")),
            None => finding.help("write it in a file of its own, with `subflow: {}` under its `start`"),
        };
        match lang::nearest::is_sure(name, names) {
            Some(sure) => finding.fix(span, sure),
            None => finding,
        }
    }
}

/// Unit: nodes.
fn count(node: &Node) -> usize {
    match &node.kind {
        Kind::Scalar(_) => 1,
        Kind::List(items) => 1 + items.iter().map(count).sum::<usize>(),
        Kind::Map(entries) => 1 + entries.iter().map(|entry| 1 + count(&entry.value)).sum::<usize>(),
    }
}
