//! What operators make of values. Knows no syntax.

use super::Value;
use super::ast::BinaryOperator;
use super::evaluate::Steps;
use super::text::{append, made};
use super::value::whole;
use std::cmp::Ordering;
use std::sync::Arc;

pub(super) fn boolean(value: &Value) -> Result<bool, String> {
    if let Value::Bool(value) = value {
        Ok(*value)
    } else {
        Err(format!("a condition is true or false, and this is {}", value.described()))
    }
}

pub(super) fn not(value: &Value) -> Result<Value, String> {
    boolean(value).map(|value| Value::Bool(!value))
}

pub(super) fn negate(value: &Value) -> Result<Value, String> {
    match value {
        Value::Number(number) => Ok(Value::Number(-number)),
        Value::Duration(duration) => duration.checked_neg().map(Value::Duration).ok_or_else(out_of_range),
        Value::Null
        | Value::Bool(_)
        | Value::String(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Timestamp(_) => Err(format!("`-` cannot take {}", value.described())),
    }
}

/// A field of a map; `None` if it has none of that name.
pub(super) fn field<'v>(value: &'v Value, name: &str) -> Result<Option<&'v Value>, String> {
    match value {
        Value::Map(entries) => Ok(entries.get(name)),
        other => Err(format!("{} has no fields, so no `{name}`", other.described())),
    }
}

/// An item of a list or map; `None` if there is none.
pub(super) fn item<'v>(value: &'v Value, key: &Value) -> Result<Option<&'v Value>, String> {
    match (value, key) {
        (Value::List(items), Value::Number(number)) => match whole(*number) {
            Some(index) => Ok(usize::try_from(index).ok().and_then(|index| items.get(index))),
            None => Err("the index of a list is a whole number".to_owned()),
        },
        (Value::Map(entries), Value::String(name)) => Ok(entries.get(&**name)),
        (Value::List(_), other) => {
            Err(format!("the index of a list is a number, and this is {}", other.described()))
        }
        (Value::Map(_), other) => {
            Err(format!("the key of a map is a string, and this is {}", other.described()))
        }
        (other, _) => Err(format!("{} has no items", other.described())),
    }
}

/// All operators but `&&` and `||`, which do not always look at both sides.
pub(super) fn binary(
    operator: BinaryOperator,
    left: &Value,
    right: &Value,
    steps: &mut Steps,
) -> Result<Value, String> {
    let mut ordered = |wanted: fn(Ordering) -> bool| match compare(left, right, steps)? {
        Some(found) => Ok(Value::Bool(wanted(found))),
        None => Err(unfit(operator, left, right)),
    };
    match operator {
        BinaryOperator::Equal => equal(left, right, steps).map(Value::Bool),
        BinaryOperator::NotEqual => equal(left, right, steps).map(|equal| Value::Bool(!equal)),
        BinaryOperator::Less => ordered(Ordering::is_lt),
        BinaryOperator::LessOrEqual => ordered(Ordering::is_le),
        BinaryOperator::Greater => ordered(Ordering::is_gt),
        BinaryOperator::GreaterOrEqual => ordered(Ordering::is_ge),
        BinaryOperator::In => contained(left, right, steps),
        BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Remainder => arithmetic(operator, left, right, steps),
        BinaryOperator::And | BinaryOperator::Or => Err(unfit(operator, left, right)),
    }
}

fn unfit(operator: BinaryOperator, left: &Value, right: &Value) -> String {
    format!("`{}` cannot take {} and {}", operator.symbol(), left.described(), right.described())
}

fn out_of_range() -> String {
    "the result is out of range".to_owned()
}

/// Values of different types are not equal. Every pair looked at is a step.
fn equal(left: &Value, right: &Value, steps: &mut Steps) -> Result<bool, String> {
    steps.spend(1)?;
    match (left, right) {
        (Value::String(left), Value::String(right)) => {
            steps.text(left.len().min(right.len()))?;
            Ok(left == right)
        }
        (Value::List(left), Value::List(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (left, right) in left.iter().zip(right.iter()) {
                if !equal(left, right, steps)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Map(left), Value::Map(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for (key, left) in left.iter() {
                let Some(right) = right.get(key) else { return Ok(false) };
                if !equal(left, right, steps)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (left, right) => Ok(left == right),
    }
}

/// Which is the greater, of two values of one type that has an order. Text: by code points.
fn compare(left: &Value, right: &Value, steps: &mut Steps) -> Result<Option<Ordering>, String> {
    Ok(match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.partial_cmp(right),
        (Value::String(left), Value::String(right)) => {
            steps.text(left.len().min(right.len()))?;
            Some(left.cmp(right))
        }
        (Value::Timestamp(left), Value::Timestamp(right)) => Some(left.cmp(right)),
        (Value::Duration(left), Value::Duration(right)) => Some(left.cmp(right)),
        _ => None,
    })
}

fn contained(item: &Value, of: &Value, steps: &mut Steps) -> Result<Value, String> {
    match (item, of) {
        (_, Value::List(items)) => {
            for other in items.iter() {
                if equal(item, other, steps)? {
                    return Ok(Value::Bool(true));
                }
            }
            Ok(Value::Bool(false))
        }
        (Value::String(key), Value::Map(entries)) => Ok(Value::Bool(entries.contains_key(&**key))),
        _ => Err(unfit(BinaryOperator::In, item, of)),
    }
}

fn arithmetic(
    operator: BinaryOperator,
    left: &Value,
    right: &Value,
    steps: &mut Steps,
) -> Result<Value, String> {
    match (operator, left, right) {
        (_, Value::Number(left), Value::Number(right)) => numbers(operator, *left, *right),
        (BinaryOperator::Add, Value::String(left), Value::String(right)) => {
            let mut text = String::with_capacity(left.len().saturating_add(right.len()).min(1024));
            append(&mut text, left)?;
            append(&mut text, right)?;
            made(text, steps)
        }
        (BinaryOperator::Add, Value::List(left), Value::List(right)) => {
            steps.spend(u32::try_from(left.len() + right.len()).unwrap_or(u32::MAX))?;
            Ok(Value::List(left.iter().chain(right.iter()).cloned().collect::<Arc<[Value]>>()))
        }
        (BinaryOperator::Add, Value::Timestamp(moment), Value::Duration(by))
        | (BinaryOperator::Add, Value::Duration(by), Value::Timestamp(moment)) => {
            moment.checked_add(*by).map(Value::Timestamp).map_err(|_| out_of_range())
        }
        (BinaryOperator::Subtract, Value::Timestamp(moment), Value::Duration(by)) => {
            moment.checked_sub(*by).map(Value::Timestamp).map_err(|_| out_of_range())
        }
        (BinaryOperator::Subtract, Value::Timestamp(left), Value::Timestamp(right)) => {
            Ok(Value::Duration(left.duration_since(*right)))
        }
        (BinaryOperator::Add, Value::Duration(left), Value::Duration(right)) => {
            left.checked_add(*right).map(Value::Duration).ok_or_else(out_of_range)
        }
        (BinaryOperator::Subtract, Value::Duration(left), Value::Duration(right)) => {
            left.checked_sub(*right).map(Value::Duration).ok_or_else(out_of_range)
        }
        _ => Err(unfit(operator, left, right)),
    }
}

fn numbers(operator: BinaryOperator, left: f64, right: f64) -> Result<Value, String> {
    let by_zero = matches!(operator, BinaryOperator::Divide | BinaryOperator::Remainder) && right == 0.0;
    if by_zero {
        return Err("division by zero".to_owned());
    }
    let result = match operator {
        BinaryOperator::Add => left + right,
        BinaryOperator::Subtract => left - right,
        BinaryOperator::Multiply => left * right,
        BinaryOperator::Divide => left / right,
        BinaryOperator::Remainder if whole(left).is_none() || whole(right).is_none() => {
            return Err("`%` takes whole numbers".to_owned());
        }
        BinaryOperator::Remainder => left % right,
        other => return Err(unfit(other, &Value::Number(left), &Value::Number(right))),
    };
    if result.is_finite() { Ok(Value::Number(result)) } else { Err(out_of_range()) }
}
