//! Values at run time, and how they become text. Knows no expression.

use super::EvalError;
use super::time::duration_text;
use super::token::WHOLE_MAX;
use crate::limits::{VALUE_BYTES_MAX, VALUE_DEPTH_MAX};
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// A value at run time. Cheap to clone.
///
/// There are two ways into JSON. `serde_json::Value::from(&value)` is for other systems: a timestamp
/// is text as in RFC 3339, a duration text like `1h30m`. `Serialize` is for records and reads back as
/// the same value: there a timestamp is `{"$timestamp": "…"}`, a duration `{"$duration": "…"}`, and
/// the key of a map with one key that begins with `$` has one `$` more.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A number, whole or not, always finite when an expression made it.
    Number(f64),
    /// Text.
    String(Arc<str>),
    /// A list.
    List(Arc<[Value]>),
    /// A map, in the order in which its keys were written.
    Map(Arc<IndexMap<Arc<str>, Value>>),
    /// A moment.
    Timestamp(Timestamp),
    /// A length of time.
    Duration(SignedDuration),
}

impl Value {
    /// What it is, in one word: `number`, `string`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::List(_) => "list",
            Value::Map(_) => "map",
            Value::Timestamp(_) => "timestamp",
            Value::Duration(_) => "duration",
        }
    }

    /// What it is, inside a sentence: `a number`, `null`.
    pub(super) fn described(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Timestamp(_) => "a timestamp",
            Value::Duration(_) => "a duration",
        }
    }

    /// As `${…}` inside text puts it.
    ///
    /// # Errors
    /// Lists, maps and null have no text.
    pub fn to_text(&self) -> Result<String, EvalError> {
        match self {
            Value::Bool(value) => Ok(value.to_string()),
            Value::Number(number) => Ok(number_text(*number)),
            Value::String(text) => Ok(text.to_string()),
            Value::Timestamp(timestamp) => Ok(timestamp.to_string()),
            Value::Duration(duration) => Ok(duration_text(*duration)),
            Value::Null | Value::List(_) | Value::Map(_) => Err(EvalError {
                message: format!("{} cannot be put into text", self.described()),
                start: 0,
                end: 0,
            }),
        }
    }

    /// Whether a snapshot can hold it, and read it back.
    pub(super) fn check_size(&self) -> Result<(), String> {
        let mut left = VALUE_BYTES_MAX;
        if self.fits(&mut left, VALUE_DEPTH_MAX) {
            return Ok(());
        }
        let bounds = format!("at most {VALUE_BYTES_MAX} bytes, nested at most {VALUE_DEPTH_MAX} deep");
        Err(format!("{} is too large: {bounds}", self.described()))
    }

    fn fits(&self, left: &mut usize, depth: usize) -> bool {
        const BYTES_EACH: usize = 8;
        let mut take = |bytes: usize| {
            let enough = bytes <= *left;
            *left = left.saturating_sub(bytes);
            enough
        };
        match self {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Timestamp(_) | Value::Duration(_) => {
                take(BYTES_EACH)
            }
            Value::String(text) => take(BYTES_EACH + text.len()),
            Value::List(items) => {
                take(BYTES_EACH) && depth > 0 && items.iter().all(|item| item.fits(left, depth - 1))
            }
            Value::Map(entries) => {
                take(BYTES_EACH + entries.keys().map(|key| key.len()).sum::<usize>())
                    && depth > 0
                    && entries.values().all(|value| value.fits(left, depth - 1))
            }
        }
    }
}

/// The number as a whole one, if it is one that is exact.
pub(super) fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "whole and within the range that is exact")]
    (number.fract() == 0.0 && number.abs() <= WHOLE_MAX).then_some(number as i64)
}

/// Whole numbers without a point; others as short as they can be and still be the same.
fn number_text(number: f64) -> String {
    match whole(number) {
        Some(whole) => whole.to_string(),
        None if number.abs() < 1e21 && number.abs() >= 1e-6 => number.to_string(),
        None => format!("{number:e}"),
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(Arc::from(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::String(Arc::from(text))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::Number(number)
    }
}

/// Exact up to 2^53.
impl From<i64> for Value {
    #[expect(clippy::cast_precision_loss, reason = "one type of number; ids that long are text")]
    fn from(number: i64) -> Value {
        Value::Number(number as f64)
    }
}

/// Exact up to 2^53.
impl From<u64> for Value {
    #[expect(clippy::cast_precision_loss, reason = "one type of number; ids that long are text")]
    fn from(number: u64) -> Value {
        Value::Number(number as f64)
    }
}
