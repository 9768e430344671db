//! Values at run time, and how they become text and JSON. Knows no expression.

use super::EvalError;
use super::token::WHOLE_MAX;
use crate::limits::{VALUE_BYTES_MAX, VALUE_DEPTH_MAX};
use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::sync::Arc;

/// A value at run time. Cheap to clone.
///
/// There are two ways into JSON. `serde_json::Value::from(&value)` is for other systems: a timestamp
/// is text as in RFC 3339, a duration text like `1h30m`. `Serialize` is for records and reads back as
/// the same value: there a timestamp is `{"$timestamp": "…"}`, a duration `{"$duration": "…"}`, and
/// the key of a map with one key that begins with `$` has one `$` more.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
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

const TIMESTAMP: &str = "$timestamp";
const DURATION: &str = "$duration";

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

const UNITS: [(&str, u128); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

fn duration_text(duration: SignedDuration) -> String {
    let mut left = duration.as_nanos().unsigned_abs();
    if left == 0 {
        return "0s".to_owned();
    }
    let mut text = String::from(if duration.is_negative() { "-" } else { "" });
    for (unit, nanoseconds) in UNITS {
        if left >= nanoseconds {
            text.push_str(&format!("{}{unit}", left / nanoseconds));
            left %= nanoseconds;
        }
    }
    text
}

/// Reads `1h30m`, `-1.5s`, `500ms`: numbers, each with its unit.
pub(super) fn parse_duration(text: &str) -> Option<SignedDuration> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|digits| *digits > 0)?;
        let (number, tail) = rest.split_at(digits);
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let (_, nanoseconds) = *UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(amount(number, nanoseconds)?)?;
        rest = tail;
    }
    let total = i128::try_from(total).ok().filter(|_| text.ends_with(|c: char| c.is_ascii_alphabetic()))?;
    let seconds = i64::try_from(total / 1_000_000_000).ok()?;
    let duration = SignedDuration::new(seconds, i32::try_from(total % 1_000_000_000).ok()?);
    if negative { duration.checked_neg() } else { Some(duration) }
}

/// `1.5` of a unit, in nanoseconds, cut off below one.
fn amount(number: &str, nanoseconds: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u128 = if whole.is_empty() && !fraction.is_empty() { 0 } else { whole.parse().ok()? };
    let mut total = whole.checked_mul(nanoseconds)?;
    let mut scale = nanoseconds;
    // Digits beyond the unit's nanoseconds cannot count: `scale` has become too small by then.
    let mut numerator: u128 = 0;
    let mut denominator: u128 = 1;
    for digit in fraction.chars() {
        let digit = digit.to_digit(10)?;
        if scale > 0 {
            numerator = numerator * 10 + u128::from(digit);
            denominator *= 10;
            scale /= 10;
        }
    }
    total = total.checked_add(numerator * nanoseconds / denominator)?;
    Some(total)
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

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(value),
            serde_json::Value::Number(number) => number.as_f64().map_or(Value::Null, Value::Number),
            serde_json::Value::String(text) => Value::from(text),
            serde_json::Value::Array(items) => Value::List(items.into_iter().map(Value::from).collect()),
            serde_json::Value::Object(entries) => Value::Map(Arc::new(
                entries.into_iter().map(|(key, value)| (Arc::from(key), Value::from(value))).collect(),
            )),
        }
    }
}

impl From<&Value> for serde_json::Value {
    fn from(value: &Value) -> serde_json::Value {
        match value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => serde_json::Value::Bool(*value),
            Value::Number(number) => match whole(*number) {
                Some(whole) => serde_json::Value::from(whole),
                None => serde_json::Value::from(*number),
            },
            Value::String(text) => serde_json::Value::String(text.to_string()),
            Value::List(items) => items.iter().map(serde_json::Value::from).collect(),
            Value::Map(entries) => {
                let entries =
                    entries.iter().map(|(key, value)| (key.to_string(), serde_json::Value::from(value)));
                serde_json::Value::Object(entries.collect())
            }
            Value::Timestamp(timestamp) => serde_json::Value::String(timestamp.to_string()),
            Value::Duration(duration) => serde_json::Value::String(duration_text(*duration)),
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Number(number) => match whole(*number) {
                Some(whole) => serializer.serialize_i64(whole),
                None => serializer.serialize_f64(*number),
            },
            Value::String(text) => serializer.serialize_str(text),
            Value::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Value::Map(entries) => {
                let tagged = is_tag(entries);
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in &**entries {
                    if tagged {
                        map.serialize_entry(&format!("${key}"), value)?;
                    } else {
                        map.serialize_entry(&**key, value)?;
                    }
                }
                map.end()
            }
            Value::Timestamp(timestamp) => tag(serializer, TIMESTAMP, &timestamp.to_string()),
            Value::Duration(duration) => tag(serializer, DURATION, &duration_text(*duration)),
        }
    }
}

fn tag<S: Serializer>(serializer: S, key: &str, text: &str) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(key, text)?;
    map.end()
}

/// Whether a map could be taken for a tag when it is read back.
fn is_tag(entries: &IndexMap<Arc<str>, Value>) -> bool {
    entries.len() == 1 && entries.keys().all(|key| key.starts_with('$'))
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(Arc::from(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map: IndexMap<Arc<str>, Value> = IndexMap::new();
        while let Some((key, value)) = entries.next_entry::<String, Value>()? {
            map.insert(Arc::from(key), value);
        }
        if is_tag(&map)
            && let Some((key, value)) = map.pop()
        {
            let read = match (&*key, &value) {
                (TIMESTAMP, Value::String(text)) => text.parse().ok().map(Value::Timestamp),
                (DURATION, Value::String(text)) => parse_duration(text).map(Value::Duration),
                _ => None,
            };
            if let Some(value) = read {
                return Ok(value);
            }
            map.insert(
                key.strip_prefix("$").filter(|rest| rest.starts_with('$')).map_or(key.clone(), Arc::from),
                value,
            );
        }
        Ok(Value::Map(Arc::new(map)))
    }
}
