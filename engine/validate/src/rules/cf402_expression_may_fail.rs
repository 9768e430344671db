//! CF402, as a warning: an expression that may fail, and nothing handles `ExpressionFailed` (clarification 29).

use std::collections::HashSet;

use lang::expr::{Read, Risk, RiskKind};
use lang::{Code, Expr, Finding, Span};
use machine::event::EventKind;
use machine::flow::{EventName, Target};
use machine::ids::StateId;

use super::{Rule, Subject};
use crate::model::{Model, Trigger};
use crate::places::{ArgumentUse, BranchSite, Place, Purpose, Site, for_each_expression};
use crate::sight::Sight;

pub(super) const RULE: Rule = Rule { check };

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    // What is wrong with names and types is told first. What a sub-flow leaves open, its callers handle as `error`.
    let typing = subject.typing;
    if !typing.unknown.is_empty() || !typing.mistyped.is_empty() || subject.model.is_only_subflow() {
        return;
    }
    let model = subject.model;
    if hears(model, None) {
        return;
    }
    let mut told = HashSet::new();
    for_each_expression(model, &mut |place, expr| {
        let Some((name, span)) = purpose(place) else { return };
        let sight = Sight::new(model, subject.names, subject.reaches, place.site);
        let mut risks = expr.risks(&sight, looked_at(place.site)).into_iter();
        let Some(risk) = risks.find(|risk| !is_sure(subject, place.site, risk)) else { return };
        if !is_handled(model, place) && told.insert(span) {
            found.push(finding(expr, &risk, name, span));
        }
    });
}

fn finding(expr: &Expr, risk: &Risk, name: &str, span: Span) -> Finding {
    let text = &expr.text()[risk.start..risk.end];
    let (what, question) = match risk.kind {
        RiskKind::Field => ("is not there", format!("ask first: `has({text})`")),
        RiskKind::Index => ("is not there", "ask for the size first".to_owned()),
        RiskKind::Conversion => ("cannot be done", "look at the text first, with `matches`".to_owned()),
    };
    Finding::warning(Code(402), span, format!("nothing handles `ExpressionFailed` of `{name}`"))
        .label(format!("what if `{text}` {what}?"))
        .related(expr.place(risk.start, risk.end), "this may fail")
        .note("the call would be hung up in the caller's face, and the run would end with `error`")
        .help(format!("{question}, in the guard or with `… ? … : …`; or handle `ExpressionFailed`"))
}

/// What the value is for, if its failure is an event: a guard that fails does not hold.
fn purpose<'a>(place: &Place<'a>) -> Option<(&'a str, Span)> {
    match place.purpose {
        Purpose::Guard => None,
        Purpose::Value(name) => Some((&name.value, name.span)),
        Purpose::Passed(passed) => Some((&passed.name.value, passed.name.span)),
        // A default is read where it is used.
        Purpose::Argument(ArgumentUse { action: None, .. }) => None,
        Purpose::Argument(argument) => {
            argument.written().map(|written| (written.kind().spec().name, written.name))
        }
    }
}

/// What the guards of a branch and of those before it read.
fn looked_at(site: Site<'_>) -> Vec<Read> {
    let Site::Branch(site) = site else { return Vec::new() };
    let guards = site.branches[..=site.index].iter().filter_map(|branch| branch.when.as_ref());
    guards.flat_map(Expr::reads).collect()
}

/// Whether it is a field that is there for reasons that no type tells: what the provider's acknowledgements hold is
/// the provider's, and who raises a custom event gives it the declared fields.
fn is_sure(subject: &Subject<'_>, site: Site<'_>, risk: &Risk) -> bool {
    let Some(read) = &risk.path else { return false };
    let path: Vec<_> = read.path.iter().map(String::as_str).collect();
    match (read.root.as_str(), path.as_slice(), site) {
        ("vars", [name, _], _) => {
            let variable = subject.names.variables.get(name);
            variable.is_some_and(|variable| variable.givings.iter().any(|giving| giving.value.is_none()))
        }
        ("event", ["data", field], Site::Branch(BranchSite { trigger, .. })) => {
            let Trigger::Event(_, EventName::Exact(EventKind::Custom(event))) = trigger else { return false };
            subject.names.events.get(&**event).is_some_and(|fields| fields.contains_key(field))
        }
        _ => false,
    }
}

/// Whether a handler hears of a failure there, or nothing comes of it.
fn is_handled(model: &Model<'_>, place: &Place<'_>) -> bool {
    let from = match place.site {
        // There is no run yet; and a default is read where it is used.
        Site::Start | Site::Defaults => return true,
        Site::FirstValues => None,
        Site::Entry(state) | Site::Leaving(state) => Some(model.innermost(state)),
        // The state is left already, and where to is not known.
        Site::Exit(state) => model.state(state).parent,
        Site::Branch(site) => match (place.purpose, target(model, site)) {
            (Purpose::Argument(_), Some(Target::State(target))) => Some(model.innermost(*target)),
            // A last word for the log.
            (Purpose::Argument(_), Some(Target::End(_))) => return true,
            (_, _) => site.owner,
        },
    };
    from.into_iter()
        .flat_map(|state| model.outward(state))
        .map(Some)
        .chain([None])
        .any(|owner| hears(model, owner))
}

fn hears(model: &Model<'_>, owner: Option<StateId>) -> bool {
    let handlers = owner.map_or_else(|| model.flow.handlers(), |state| &model.state(state).handlers);
    let is_meant = |name: &EventName| {
        matches!(name, EventName::AnyFailure | EventName::Exact(EventKind::ExpressionFailed))
    };
    handlers.on.iter().any(|(name, _)| is_meant(name))
}

fn target<'a>(model: &Model<'a>, site: BranchSite<'a>) -> Option<&'a Target> {
    let mut choices = model.choices(site.owner);
    let choice = choices.find(|choice| std::ptr::eq(choice.written, site.branches))?;
    choice.branches().nth(site.index).map(|branch| branch.target)
}
