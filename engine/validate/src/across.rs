//! CF205: two flows with one name, or two that would take the same call.

use lang::Finding;
use machine::starts::IncomingPattern;

use crate::{CODE_CONFLICT, Candidate};

/// Each conflict is reported at the later of the two, by its index.
pub(crate) fn conflicts(candidates: &[Candidate]) -> Vec<(usize, Finding)> {
    let mut found = Vec::new();
    for (index, later) in candidates.iter().enumerate() {
        let Some(draft) = &later.draft else { continue };
        let name = &draft.name.value;
        let same_name = candidates[..index]
            .iter()
            .find(|earlier| earlier.draft.as_ref().is_some_and(|draft| draft.name.value == *name));
        if let Some(earlier) = same_name {
            let finding =
                Finding::error(CODE_CONFLICT, draft.name.span, format!("two flows are named `{name}`"))
                    .label("the name is taken")
                    .note(format!("the other one is in {}", earlier.source.name()))
                    .help("rename one of them");
            found.push((index, finding));
            continue;
        }
        let (Some(start), Some(pattern)) = (&draft.start.incoming, pattern(later)) else { continue };
        let tied = candidates[..index]
            .iter()
            .find(|earlier| self::pattern(earlier).is_some_and(|other| other.ties_with(pattern)));
        if let Some(earlier) = tied {
            let other = earlier.draft.as_ref().map_or("?", |draft| draft.name.value.as_str());
            let finding = Finding::error(
                CODE_CONFLICT,
                start.span,
                format!("`{name}` and `{other}` would take the same calls"),
            )
            .label("no more specific than the other one")
            .note(format!(
                "the other one is in {}; which of the two answers would be left to chance",
                earlier.source.name()
            ))
            .help("say in `to` or `from` whose calls this flow takes");
            found.push((index, finding));
        }
    }
    found
}

fn pattern(candidate: &Candidate) -> Option<&IncomingPattern> {
    candidate.flow.as_ref().and_then(|flow| flow.incoming()).map(|incoming| &incoming.pattern)
}
