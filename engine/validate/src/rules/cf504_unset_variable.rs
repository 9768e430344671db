//! CF504: a variable read on a path on which it may not be set, or an input that may not have been given.

use std::collections::HashSet;

use lang::{Code, Finding};
use machine::draft;

use super::{Rule, Subject};
use crate::model::Trigger;
use crate::places::{BranchSite, Site, for_each_expression};
use crate::presence::{Presence, Unset};

pub(super) const RULE: Rule = Rule { check };

const CODE: Code = Code(504);

/// Unit: findings that show their path. Each costs a search over all places.
const TRACES_MAX: usize = 16;

/// Unit: places that are shown beside a reading.
const RELATED_MAX: usize = 3;

/// One finding for a name: what helps at one reading helps at all.
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    read_too_early(subject, found);
    not_given_back(subject, found);
    let Some(paths) = subject.product.paths() else { return };
    let presence = Presence::of(subject, &paths);
    for (index, unset) in presence.unset().iter().enumerate() {
        let mut finding = finding(subject, unset);
        if unset.root == "vars" && index < TRACES_MAX {
            finding.trace = presence.trace(unset);
        }
        found.push(finding);
    }
}

fn finding(subject: &Subject<'_>, unset: &Unset<'_>) -> Finding {
    let Unset { root, name, span, .. } = *unset;
    if let Some(input) = subject.names.inputs.get(name).filter(|_| root == "input") {
        return Finding::error(CODE, span, format!("`input.{name}` may not have been given"))
            .label("it may be missing here")
            .related(input.name.span, "neither required, nor with a default")
            .help(format!("write `required: true` or a `default` there, or ask first: `has(input.{name})`"));
    }
    let finding = Finding::error(CODE, span, format!("`vars.{name}` may not be set here"))
        .label("on some way here nothing has set it")
        .help(format!("give it a first value under `vars`, or ask first: `has(vars.{name})`"));
    let givings = subject.names.variables.get(name).map_or(&[][..], |variable| &variable.givings);
    givings.iter().take(RELATED_MAX).fold(finding, |finding, giving| finding.related(giving.span, "set here"))
}

/// What a sub-flow gives back at some of its ends only, or at none that lead here.
fn not_given_back(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for_each_expression(subject.model, &mut |place, expr| {
        let Site::Branch(BranchSite { owner: Some(owner), trigger: Trigger::Outcome(outcome), .. }) =
            place.site
        else {
            return;
        };
        let Some(body) = subject.model.run(owner).and_then(|run| run.body.as_deref()) else { return };
        let mut ends =
            subject.model.ends(owner).into_iter().filter(|end| end.outcome.value == outcome.value).peekable();
        let is_implicit = ends.peek().is_none();
        let ends: Vec<_> = ends.collect();
        for read in expr.needs().into_iter().filter(|read| read.root == "output") {
            let Some(name) = read.path.first() else { continue };
            let is_declared = body.flow.output.iter().any(|(known, _)| known.value == *name);
            let is_given = |end: &&draft::End| end.output.iter().any(|(known, _)| known.value == *name);
            if !is_declared || (!is_implicit && ends.iter().all(is_given)) {
                continue;
            }
            let (flow, outcome) = (&body.flow.name.value, &outcome.value);
            found.push(
                Finding::error(
                    CODE,
                    expr.place(read.start, read.end),
                    format!("`output.{name}` may not be given here"),
                )
                .label(format!("`{flow}` need not give it when it ends with `{outcome}`"))
                .help(format!(
                    "give it at every `end` with that outcome, or ask first: `has(output.{name})`"
                )),
            );
        }
    });
}

/// First values see only those before them.
fn read_too_early(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let mut known = HashSet::new();
    for (name, template) in &subject.model.draft.vars {
        for expr in template.expressions() {
            for read in expr.needs().into_iter().filter(|read| read.root == "vars") {
                let Some(other) = read.path.first().filter(|other| !known.contains(other.as_str())) else {
                    continue;
                };
                let Some(variable) = subject.names.variables.get(other.as_str()) else { continue };
                let headline = format!("`vars.{other}` has no value yet");
                let finding = Finding::error(CODE, expr.place(read.start, read.end), headline)
                    .label("first values are given in the order in which they are written");
                let finding = match variable.givings.first() {
                    Some(giving) if *other != name.value => {
                        finding.related(giving.span, "it gets its value here")
                    }
                    _ => finding,
                };
                found.push(finding.help(format!("write it above `{}`", name.value)));
            }
        }
        known.insert(name.value.as_str());
    }
}
