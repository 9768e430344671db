//! Puts the sub-flows of each flow in their places, and resolves it.

use std::path::Path;

use lang::{Code, Finding, Node, Span};
use machine::Library;

use crate::Candidate;

/// `documents` are those of the candidates. The first so many candidates are asked for: what is wrong with the others
/// is not told.
pub(crate) fn link(documents: &[Option<Node>], names: &[String], candidates: &mut [Candidate], asked: usize) {
    let mut library = Library::default();
    for ((name, node), candidate) in names.iter().zip(documents).zip(&*candidates) {
        library.add(name, node.as_ref().filter(|_| candidate.is_sound()));
    }
    let mut waiting = Vec::new();
    for (index, candidate) in candidates.iter_mut().enumerate() {
        let lost_a_key = candidate.found.iter().any(|finding| LOST.contains(&finding.code));
        let Some(draft) = candidate.draft.as_mut().filter(|_| !lost_a_key) else { continue };
        let linked = machine::link(draft, &library);
        let (flow, wrong) = machine::resolve(draft);
        candidate.found.extend(linked.found);
        candidate.found.extend(wrong);
        candidate.flow = flow.filter(|_| linked.is_whole && candidate.is_sound());
        if candidate.flow.is_none() && candidate.is_sound() {
            waiting.push(index);
        }
    }
    // Of a sub-flow that has errors its own file tells, if that is asked for.
    if candidates[..asked].iter().all(Candidate::is_sound) {
        for index in waiting {
            let fault = unsaid(&candidates[index]);
            candidates[index].found.push(fault);
        }
    }
}

/// Not YAML, or a key that stands there twice: the rest of the file has faults that are only echoes.
const LOST: [Code; 2] = [Code(1), Code(2)];

/// What each of them is called.
pub(crate) fn names(documents: &[Option<Node>], candidates: &[Candidate]) -> Vec<String> {
    documents.iter().zip(candidates).map(|(node, candidate)| name(node, candidate)).collect()
}

/// As it is written; of a file that cannot be read, most likely that of the file.
fn name(node: &Option<Node>, candidate: &Candidate) -> String {
    if let Some(draft) = &candidate.draft {
        return draft.name.value.clone();
    }
    let written = node.as_ref().and_then(|node| node.get("flow")?.scalar()).map(|scalar| scalar.text.clone());
    let stem =
        || Path::new(candidate.source.name()).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    written.or_else(stem).unwrap_or_default()
}

/// Every reader that gives nothing says why. Should one not, the flow must still not be taken for sound.
fn unsaid(candidate: &Candidate) -> Finding {
    let run = candidate.draft.as_ref().and_then(|draft| draft.runs().next());
    match run {
        Some(run) => {
            let headline =
                format!("sub-flow `{}`, or one that it runs, has errors of its own", run.name.value);
            Finding::error(Code(203), run.name.span, headline)
                .label("it cannot be run as it is")
                .help("validate its file, and mend what is found there")
        }
        None => Finding::error(Code(1), Span::new(0, 0), "this flow cannot be read, and it was not said why")
            .note("this is a mistake in Callflow itself"),
    }
}
