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
            let help = convert(check, operator, (left, &one), (right, &other));
            unfit(check, ast, operator, &one, &other, help)
        }),
        // Both sides are conditions, which the caller has checked.
        BinaryOperator::And | BinaryOperator::Or => Type::Bool,
    }
}

/// Which side of a calculation should be converted.
fn convert(
    check: &Check<'_>,
    operator: BinaryOperator,
    (left, one): (&Ast, &Type),
    (right, other): (&Ast, &Type),
) -> Option<String> {
    let is_text = |of: &Type| matches!(of, Type::String | Type::Identifier);
    let (function, side) = match operator {
        BinaryOperator::Add if is_text(one) && other.has_text() => ("string", right),
        BinaryOperator::Add if is_text(other) && one.has_text() => ("string", left),
        _ if is_text(one) && *other == Type::Number => ("number", left),
        _ if is_text(other) && *one == Type::Number => ("number", right),
        _ => return None,
    };
    Some(format!("write `{function}({})`", check.text_of(side)))
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

const TEXT: &[Type] = &[Type::String, Type::Identifier];
const NUMBER: &[Type] = &[Type::Number];
const MOMENT: &[Type] = &[Type::Timestamp];
const MOMENT_OR_LENGTH: &[Type] = &[Type::Timestamp, Type::Duration];

/// What a function gives. `arguments` and `types` begin with the receiver, if it has one.
pub(super) fn call(
    check: &mut Check<'_>,
    ast: &Ast,
    function: Function,
    arguments: &[Ast],
    types: &[Type],
) -> Type {
    let (wanted, gives) = signature(function, types.len());
    for ((argument, of), wanted) in arguments.iter().zip(types).zip(wanted) {
        if *of != Type::Any && !wanted.contains(of) {
            refuse(check, function, argument, of, wanted);
        }
    }
    match (function, arguments, types) {
        (Function::Size, [argument], [of]) if !has_size(of) => refuse(check, function, argument, of, &[]),
        (Function::Join, [list, separator @ ..], [of, separated @ ..]) => {
            join(check, ast, list, of);
            if let ([separator], [of]) = (separator, separated)
                && !of.agrees_with(&Type::String)
            {
                refuse(check, function, separator, of, TEXT);
            }
        }
        (_, _, _) => {}
    }
    gives
}

/// What each argument may be, and what the function gives. What `size` and `join` take is said elsewhere.
fn signature(function: Function, count: usize) -> (&'static [&'static [Type]], Type) {
    match function {
        Function::Size => (&[], Type::Number),
        Function::Join => (&[], Type::String),
        Function::Contains | Function::StartsWith | Function::EndsWith | Function::Matches => {
            (&[TEXT, TEXT], Type::Bool)
        }
        Function::LowerAscii | Function::UpperAscii | Function::Trim => (&[TEXT], Type::String),
        Function::Split => (&[TEXT, TEXT], Type::list(Type::String)),
        Function::Replace => (&[TEXT, TEXT, TEXT], Type::String),
        Function::Substring => (&[TEXT, NUMBER, NUMBER], Type::String),
        Function::Int => {
            const TAKES: &[Type] = &[Type::Number, Type::String, Type::Identifier, Type::Timestamp];
            (&[TAKES], Type::Number)
        }
        Function::Double | Function::Number => {
            const TAKES: &[Type] = &[Type::Number, Type::String, Type::Identifier];
            (&[TAKES], Type::Number)
        }
        Function::String => {
            const TAKES: &[Type] =
                &[Type::String, Type::Identifier, Type::Number, Type::Bool, Type::Timestamp, Type::Duration];
            (&[TAKES], Type::String)
        }
        Function::Bool => {
            const TAKES: &[Type] = &[Type::Bool, Type::String];
            (&[TAKES], Type::Bool)
        }
        Function::Duration => {
            const TAKES: &[Type] = &[Type::Duration, Type::String];
            (&[TAKES], Type::Duration)
        }
        Function::Timestamp => {
            const TAKES: &[Type] = &[Type::Timestamp, Type::String];
            (&[TAKES], Type::Timestamp)
        }
        Function::GetHours | Function::GetMinutes | Function::GetSeconds if count == 1 => {
            (&[MOMENT_OR_LENGTH], Type::Number)
        }
        Function::GetFullYear
        | Function::GetMonth
        | Function::GetDate
        | Function::GetDayOfMonth
        | Function::GetDayOfWeek
        | Function::GetDayOfYear
        | Function::GetHours
        | Function::GetMinutes
        | Function::GetSeconds => (&[MOMENT, TEXT], Type::Number),
    }
}

fn has_size(of: &Type) -> bool {
    matches!(of, Type::Any | Type::String | Type::Identifier | Type::List(_) | Type::Map | Type::Record(_))
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

fn join(check: &mut Check<'_>, ast: &Ast, list: &Ast, of: &Type) {
    match of {
        Type::Any => {}
        Type::List(item) if item.agrees_with(&Type::String) => {}
        Type::List(item) => {
            let message = format!("`join` takes a list of strings, and each item is {}", item.described());
            let help = "make them strings first: `.map(item, string(item))`".to_owned();
            check.mistyped(ast, message, Some(help));
        }
        other => refuse(check, Function::Join, list, other, &[]),
    }
}
