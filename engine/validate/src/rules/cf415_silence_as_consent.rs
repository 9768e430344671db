//! CF415: silence taken for consent.

use lang::{Code, Finding};
use machine::actions::Arguments;
use machine::actions::recognize::WrittenListen;
use machine::event::EventKind;
use machine::flow::EventName;

use super::{Rule, Subject};
use crate::labels;
use crate::model::{Branch, Choice, Trigger};

pub(super) const RULE: Rule = Rule { check };

/// A failed recognition, or its last retry, leads where one of the choices leads, but not all (clarification 53).
fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let model = subject.model;
    for id in model.ids() {
        let has_choices = model.actions(id).any(|action| {
            matches!(&action.arguments, Arguments::Recognize(recognize)
                if matches!(recognize.listen, WrittenListen::Choices(_)))
        });
        if !has_choices {
            continue;
        }
        let on = |kind: EventKind| {
            model.choices(Some(id)).find(
                |choice| matches!(choice.trigger, Trigger::Event(_, EventName::Exact(name)) if *name == kind),
            )
        };
        let (Some(completed), Some(failed)) =
            (on(EventKind::RecognizeCompleted), on(EventKind::RecognizeFailed))
        else {
            continue;
        };
        let Some((consented, given_up)) = agree(&completed, &failed) else { continue };
        let Trigger::Event(event, _) = failed.trigger else { continue };
        found.push(
            Finding::warning(Code(415), event.span, "silence is taken for an answer")
                .label("whoever says nothing ends up here")
                .related(consented.written.span, "the same as for whoever chose this")
                .related(given_up.written.span, "where silence leads")
                .note("a caller who did not speak, or was not understood, has agreed to nothing")
                .help("ask again, or lead silence to a person or a goodbye"),
        );
    }
}

fn agree<'a>(completed: &Choice<'a>, failed: &Choice<'a>) -> Option<(Branch<'a>, Branch<'a>)> {
    let chosen: Vec<_> = completed
        .branches()
        .filter(|branch| branch.written.when.as_ref().and_then(labels::asked).is_some())
        .collect();
    let last = failed.branches().rfind(|branch| branch.written.when.is_none())?;
    if last.target.stays() {
        return None;
    }
    let same = |branch: &Branch<'_>| branch.target.leads_where(last.target);
    let consented = chosen.iter().copied().find(same)?;
    let all = completed.branches().all(|branch| branch.target.leads_where(last.target));
    (!all).then_some((consented, last))
}
