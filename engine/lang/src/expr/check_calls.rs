//! What operators and functions take, and what they give. The types of `operators.rs` and `functions.rs`.

use super::Value;
use super::ast::{Ast, AstKind, BinaryOperator};
use super::check::Check;
use super::functions::Function;
use super::time;
use super::types::Type;

/// All operators but `&&` and `||`.
pub(super) fn binary(
    check: &mut Check<'_>,
    ast: &Ast,
    operator: BinaryOperator,
    (left, right): (&Ast, &Ast),
    (one, other): (Type, Type),
) -> Type {
    match operator {
        BinaryOperator::Equal | BinaryOperator::NotEqual => {
            if !one.agrees_with(&other) {
                let message = format!(
                    "{} is {} and {} is {}: they are never equal",
                    check.called(left),
                    one.described(),
                    check.called(right),
                    other.described()
                );
                let help = mend(check, (left, &one), (right, &other));
                check.mistyped(ast, message, help);
            }
            Type::Bool
        }
        BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual => {
            if !has_order(&one) || !has_order(&other) || !one.agrees_with(&other) {
                let help = mend(check, (left, &one), (right, &other));
                unfit(check, ast, operator, &one, &other, help);
            }
            Type::Bool
        }
        BinaryOperator::In => {
            contained(check, ast, (left, right), (&one, &other));
            Type::Bool
        }
        BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Remainder => arithmetic(operator, &one, &other).unwrap_or_else(|| {
            let is_text = |of: &Type| matches!(of, Type::String | Type::Identifier);
            let help = match operator {
                BinaryOperator::Add if is_text(&one) && other.has_text() => {
                    Some(format!("write `string({})`", check.text_of(right)))
                }
                BinaryOperator::Add if is_text(&other) && one.has_text() => {
                    Some(format!("write `string({})`", check.text_of(left)))
                }
                _ if is_text(&one) && other == Type::Number => {
                    Some(format!("write `number({})`", check.text_of(left)))
                }
                _ if is_text(&other) && one == Type::Number => {
                    Some(format!("write `number({})`", check.text_of(right)))
                }
                _ => None,
            };
            unfit(check, ast, operator, &one, &other, help)
        }),
        // Both sides are conditions, which the caller has checked.
        BinaryOperator::And | BinaryOperator::Or => Type::Bool,
    }
}

fn unfit(
    check: &mut Check<'_>,
    ast: &Ast,
    operator: BinaryOperator,
    one: &Type,
    other: &Type,
    help: Option<String>,
) -> Type {
    let message =
        format!("`{}` cannot take {} and {}", operator.symbol(), one.described(), other.described());
    check.mistyped(ast, message, help)
}

fn has_order(of: &Type) -> bool {
    matches!(
        of,
        Type::Any | Type::Number | Type::String | Type::Identifier | Type::Timestamp | Type::Duration
    )
}

/// How two sides that do not fit could be made to: the literal is what was meant otherwise.
fn mend(check: &Check<'_>, one: (&Ast, &Type), other: (&Ast, &Type)) -> Option<String> {
    let literal = |ast: &Ast| match &ast.kind {
        AstKind::Constant(value) => Some(value.clone()),
        _ => None,
    };
    let ((literal, ast), wanted) = match (literal(one.0), literal(other.0)) {
        (Some(value), None) => ((value, one.0), other),
        (None, Some(value)) => ((value, other.0), one),
        _ => return None,
    };
    match (&literal, wanted.1) {
        (Value::Number(_) | Value::Bool(_), Type::String | Type::Identifier) => {
            Some(format!("write it in quotes: `\"{}\"`", check.text_of(ast)))
        }
        (Value::String(text), Type::Number) if text.parse::<f64>().is_ok() => {
            Some(format!("write it without quotes: `{text}`"))
        }
        (Value::String(text), Type::Bool) if matches!(&**text, "true" | "false") => {
            Some(format!("write it without quotes: `{text}`"))
        }
        (Value::String(text), Type::Duration) => Some(format!("write `duration(\"{text}\")`")),
        (Value::String(text), Type::Timestamp) => Some(format!("write `timestamp(\"{text}\")`")),
        (Value::Number(_), Type::List(_)) => {
            Some(format!("count its items: `size({})`", check.text_of(wanted.0)))
        }
        _ => None,
    }
}

fn contained(check: &mut Check<'_>, ast: &Ast, (left, right): (&Ast, &Ast), (one, of): (&Type, &Type)) {
    match of {
        Type::Any => {}
        Type::List(item) if one.agrees_with(item) => {}
        Type::List(item) => {
            let message = format!(
                "{} is {} and each item {}: it is never among them",
                check.called(left),
                one.described(),
                item.described()
            );
            check.mistyped(ast, message, None);
        }
        Type::Map | Type::Record(_) if one.agrees_with(&Type::String) => {}
        other => {
            let is_text = |of: &Type| matches!(of, Type::String | Type::Identifier);
            let help = (is_text(other) && is_text(one))
                .then(|| format!("write `{}.contains({})`", check.text_of(right), check.text_of(left)));
            unfit(check, ast, BinaryOperator::In, one, other, help);
        }
    }
}

/// What an operation of two types gives; `None`: it cannot be done.
fn arithmetic(operator: BinaryOperator, one: &Type, other: &Type) -> Option<Type> {
    use BinaryOperator::{Add, Subtract};
    match (operator, one, other) {
        (Add | Subtract, Type::Any, Type::Any) => Some(Type::Any),
        (_, Type::Any | Type::Number, Type::Any | Type::Number) => Some(Type::Number),
        (Add, Type::String | Type::Identifier | Type::Any, Type::String | Type::Identifier | Type::Any) => {
            Some(Type::String)
        }
        (Add, Type::List(one), Type::List(other)) => Some(Type::list(one.join(other))),
        (Add, Type::List(_), Type::Any) | (Add, Type::Any, Type::List(_)) => Some(Type::list(Type::Any)),
        (Add, Type::Timestamp, Type::Duration | Type::Any)
        | (Add, Type::Duration | Type::Any, Type::Timestamp) => Some(Type::Timestamp),
        (Add | Subtract, Type::Duration, Type::Duration) => Some(Type::Duration),
        (Subtract, Type::Timestamp, Type::Duration) => Some(Type::Timestamp),
        (Subtract, Type::Timestamp | Type::Any, Type::Timestamp) => Some(Type::Duration),
        (Add | Subtract, Type::Duration | Type::Timestamp, Type::Any)
        | (Add | Subtract, Type::Any, Type::Duration) => Some(Type::Any),
        _ => None,
    }
}

/// What a function gives. `arguments` and `types` begin with the receiver, if it has one.
pub(super) fn call(
    check: &mut Check<'_>,
    ast: &Ast,
    function: Function,
    arguments: &[Ast],
    types: &[Type],
) -> Type {
    use Type::{Bool, Duration, Identifier, Number, String, Timestamp};
    const TEXT: &[Type] = &[String, Identifier];
    let mut takes = |index: usize, wanted: &[Type]| {
        let (Some(of), Some(argument)) = (types.get(index), arguments.get(index)) else { return };
        if *of != Type::Any && !wanted.contains(of) {
            refuse(check, function, argument, of, wanted);
        }
    };
    match function {
        Function::Size => {
            if let (Some(of), [argument]) = (types.first(), arguments)
                && !matches!(
                    of,
                    Type::Any | String | Identifier | Type::List(_) | Type::Map | Type::Record(_)
                )
            {
                refuse(check, function, argument, of, &[]);
            }
            Number
        }
        Function::Contains | Function::StartsWith | Function::EndsWith | Function::Matches => {
            takes(0, TEXT);
            takes(1, TEXT);
            Bool
        }
        Function::LowerAscii | Function::UpperAscii | Function::Trim => {
            takes(0, TEXT);
            String
        }
        Function::Split => {
            takes(0, TEXT);
            takes(1, TEXT);
            Type::list(String)
        }
        Function::Join => {
            takes(1, TEXT);
            join(check, ast, arguments, types)
        }
        Function::Replace => {
            (0..3).for_each(|index| takes(index, TEXT));
            String
        }
        Function::Substring => {
            takes(0, TEXT);
            takes(1, &[Number]);
            takes(2, &[Number]);
            String
        }
        Function::Int => {
            takes(0, &[Number, String, Identifier, Timestamp]);
            Number
        }
        Function::Double | Function::Number => {
            takes(0, &[Number, String, Identifier]);
            Number
        }
        Function::String => {
            takes(0, &[String, Identifier, Number, Bool, Timestamp, Duration]);
            String
        }
        Function::Bool => {
            takes(0, &[Bool, String]);
            Bool
        }
        Function::Duration => {
            takes(0, &[Duration, String]);
            Duration
        }
        Function::Timestamp => {
            takes(0, &[Timestamp, String]);
            Timestamp
        }
        Function::GetHours | Function::GetMinutes | Function::GetSeconds if types.len() == 1 => {
            takes(0, &[Timestamp, Duration]);
            Number
        }
        Function::GetFullYear
        | Function::GetMonth
        | Function::GetDate
        | Function::GetDayOfMonth
        | Function::GetDayOfWeek
        | Function::GetDayOfYear
        | Function::GetHours
        | Function::GetMinutes
        | Function::GetSeconds => {
            takes(0, &[Timestamp]);
            takes(1, &[String]);
            Number
        }
    }
}

fn refuse(check: &mut Check<'_>, function: Function, argument: &Ast, of: &Type, wanted: &[Type]) {
    let text = check.text_of(argument);
    let help = match of {
        Type::Number | Type::Bool if wanted.contains(&Type::String) && !time::is_part(function) => {
            Some(format!("write `string({text})`"))
        }
        Type::String if wanted.contains(&Type::Timestamp) => Some(format!("write `timestamp({text})`")),
        Type::String if wanted.contains(&Type::Number) => Some(format!("write `number({text})`")),
        _ => None,
    };
    check.mistyped(argument, format!("`{}` cannot take {}", function.name(), of.described()), help);
}

fn join(check: &mut Check<'_>, ast: &Ast, arguments: &[Ast], types: &[Type]) -> Type {
    match (types.first(), arguments.first()) {
        (Some(Type::List(item)), _) if item.agrees_with(&Type::String) => {}
        (Some(Type::List(item)), _) => {
            let message = format!("`join` takes a list of strings, and each item is {}", item.described());
            check.mistyped(
                ast,
                message,
                Some("make them strings first: `.map(item, string(item))`".to_owned()),
            );
        }
        (Some(Type::Any), _) | (None, _) | (_, None) => {}
        (Some(other), Some(argument)) => refuse(check, Function::Join, argument, other, &[]),
    }
    Type::String
}
