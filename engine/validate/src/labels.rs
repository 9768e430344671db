//! Guards that ask for the label of a recognition's choice.

use std::collections::HashSet;

use lang::expr::{Ast, AstKind, BinaryOperator};
use lang::{Expr, Value};
use machine::actions::recognize::WrittenListen;
use machine::actions::{Arguments, Written};
use machine::draft::Branch;

use crate::guards;

/// The labels for which a guard holds, if labels are all it asks for: `event.label == "…"`, `event.label in ["…"]`,
/// and several of them with `||`.
pub(crate) fn asked(guard: &Expr) -> Option<Vec<&str>> {
    let mut labels = Vec::new();
    ask(guard, guard.ast(), &mut labels).then_some(labels)
}

fn ask<'g>(guard: &'g Expr, part: &'g Ast, labels: &mut Vec<&'g str>) -> bool {
    let AstKind::Binary { operator, left, right } = &part.kind else { return false };
    let asks_label = guards::text(guard, left) == "event.label";
    match (operator, &right.kind) {
        (BinaryOperator::Or, _) => ask(guard, left, labels) && ask(guard, right, labels),
        (BinaryOperator::Equal, AstKind::Constant(Value::String(label))) if asks_label => {
            labels.push(label);
            true
        }
        (BinaryOperator::In, AstKind::List(items)) if asks_label => items.iter().all(|item| {
            let AstKind::Constant(Value::String(label)) = &item.kind else { return false };
            labels.push(label);
            true
        }),
        _ => false,
    }
}

/// Whether some branch is taken whichever of the action's choices is made.
pub(crate) fn are_all_asked(action: &Written, branches: &[Branch]) -> bool {
    let Arguments::Recognize(recognize) = &action.arguments else { return false };
    let WrittenListen::Choices(choices) = &recognize.listen else { return false };
    let labels: Option<Vec<&str>> =
        choices.iter().map(|choice| choice.label.constant().map(String::as_str)).collect();
    let asked: HashSet<&str> =
        branches.iter().filter_map(|branch| asked(branch.when.as_ref()?)).flatten().collect();
    labels.is_some_and(|labels| labels.iter().all(|label| asked.contains(label)))
}
