//! CF411: text spoken, or speech recognised, on a call without a `cognitiveServicesEndpoint`.

use std::collections::{BTreeMap, HashSet};

use lang::{Code, Finding};
use machine::actions::ActionKind;

use super::{Rule, Subject, once_per_action};
use crate::product::{Met, What};

pub(super) const RULE: Rule = Rule { check };

/// One finding for each missing option, not for each use (clarification 67).
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut uses: BTreeMap<usize, Vec<(&Met<'_>, &machine::actions::Written)>> = BTreeMap::new();
    for (met, action) in once_per_action(subject.product, |what| matches!(what, What::Speechless(_))) {
        if let What::Speechless(bringer) = met.what {
            uses.entry(bringer).or_default().push((met, action));
        }
    }
    for (bringer, mut uses) in uses {
        uses.sort_by_key(|(_, action)| action.name.start);
        let Some((met, action)) = uses.first() else { continue };
        let name = action.kind().spec().name;
        let finding = Finding::error(
            Code(411),
            action.name,
            format!("`{name}` needs a speech service that this call does not have"),
        )
        .label("text is spoken or speech heard here")
        .note("it can be set only when the call is created, answered or connected")
        .help("give `cognitiveServicesEndpoint` there, or once under `defaults`");
        let mut finding = match subject.product.shown(bringer) {
            Some(bringer) => finding.related(bringer, "no `cognitiveServicesEndpoint` here"),
            None => finding,
        };
        finding.trace = subject.product.trace(&met.via);
        found.push(finding);
    }
    no_options(subject, found);
}

/// Transcription and streaming take options that can be given only when the call comes up.
fn no_options(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut told = HashSet::new();
    for (met, action) in once_per_action(subject.product, |what| *what == What::NoOptions) {
        let name = action.kind().spec().name;
        if !told.insert(name) {
            continue;
        }
        let option =
            if action.kind() == ActionKind::StartTranscription { "transcription" } else { "mediaStreaming" };
        let headline = format!("`{name}` needs `{option}`, which this call was not brought up with");
        let mut finding = Finding::error(Code(411), action.name, headline)
            .label("the provider refuses it")
            .note("it can be set only when the call is created, answered or connected")
            .help(format!("give `{option}: {{ transportUrl: … }}` there, or once under `defaults`"));
        finding.trace = subject.product.trace(&met.via);
        found.push(finding);
    }
}
