//! What of its reads can be seen in the value of an expression: a comparison shows nothing of what it compares.

use super::ast::{Ast, AstKind, BinaryOperator, Comprehension, Read, UnaryOperator, path};
use super::functions::Function;

/// The reads whose values go into the value of a tree. `locals` are those that went into the variables of the macros
/// around it, the outermost first.
pub(super) fn carries(ast: &Ast, locals: &mut Vec<Vec<Read>>) -> Vec<Read> {
    if let Some(read) = path(ast) {
        return vec![read];
    }
    match &ast.kind {
        AstKind::Constant(_)
        | AstKind::Root(_)
        | AstKind::Has(_)
        | AstKind::Unary { operator: UnaryOperator::Not, of: _ } => Vec::new(),
        AstKind::Local { slot, name: _ } => locals.get(*slot).cloned().unwrap_or_default(),
        // Which item is taken tells little of the index.
        AstKind::Field { of, name: _ }
        | AstKind::Index { of, index: _ }
        | AstKind::Unary { operator: UnaryOperator::Negate, of } => carries(of, locals),
        AstKind::Binary { operator, left, right } => match operator {
            BinaryOperator::Add
            | BinaryOperator::Subtract
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Remainder => all([&**left, right], locals),
            BinaryOperator::Or
            | BinaryOperator::And
            | BinaryOperator::Equal
            | BinaryOperator::NotEqual
            | BinaryOperator::Less
            | BinaryOperator::LessOrEqual
            | BinaryOperator::Greater
            | BinaryOperator::GreaterOrEqual
            | BinaryOperator::In => Vec::new(),
        },
        AstKind::Conditional { when: _, then, otherwise } => all([&**then, otherwise], locals),
        AstKind::List(items) => all(items, locals),
        AstKind::Map(entries) => all(entries.iter().flat_map(|(key, value)| [key, value]), locals),
        AstKind::Call { function, arguments, pattern: _ } => match function {
            Function::Size
            | Function::Contains
            | Function::StartsWith
            | Function::EndsWith
            | Function::Matches => Vec::new(),
            Function::LowerAscii
            | Function::UpperAscii
            | Function::Trim
            | Function::Split
            | Function::Join
            | Function::Replace
            | Function::Substring
            | Function::Int
            | Function::Double
            | Function::Number
            | Function::String
            | Function::Bool
            | Function::Duration
            | Function::Timestamp
            | Function::GetFullYear
            | Function::GetMonth
            | Function::GetDate
            | Function::GetDayOfMonth
            | Function::GetDayOfWeek
            | Function::GetDayOfYear
            | Function::GetHours
            | Function::GetMinutes
            | Function::GetSeconds => all(arguments, locals),
        },
        AstKind::Comprehension { operation, of, slot: _, condition: _, result } => match operation {
            Comprehension::All | Comprehension::Exists | Comprehension::ExistsOne => Vec::new(),
            Comprehension::Filter => carries(of, locals),
            Comprehension::Map => {
                let items = carries(of, locals);
                locals.push(items);
                let carried = result.as_deref().map_or_else(Vec::new, |result| carries(result, locals));
                locals.pop();
                carried
            }
        },
    }
}

fn all<'a>(parts: impl IntoIterator<Item = &'a Ast>, locals: &mut Vec<Vec<Read>>) -> Vec<Read> {
    parts.into_iter().flat_map(|part| carries(part, locals)).collect()
}
