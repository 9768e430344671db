//! Functions on text. Each counts what it reads and bounds what it makes.

use super::Value;
use super::evaluate::Steps;
use super::functions::{Function, wrong_type};
use super::value::whole;
use crate::limits::TEXT_BYTES_MAX;
use regex::Regex;
use std::sync::Arc;

pub(super) fn size(value: &Value, steps: &mut Steps) -> Result<Value, String> {
    let size = match value {
        Value::String(text) => {
            steps.text(text.len())?;
            text.chars().count()
        }
        Value::List(items) => items.len(),
        Value::Map(entries) => entries.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Timestamp(_) | Value::Duration(_) => {
            return Err(wrong_type(Function::Size, value));
        }
    };
    Ok(Value::from(size as u64))
}

pub(super) fn searched(
    text: &str,
    part: &str,
    steps: &mut Steps,
    found: fn(&str, &str) -> bool,
) -> Result<Value, String> {
    steps.text(text.len())?;
    Ok(Value::Bool(found(text, part)))
}

/// Whether a pattern is found in a text. Eight bytes a step: patterns are slower than other searches.
pub(super) fn matches(text: &str, pattern: &Regex, steps: &mut Steps) -> Result<Value, String> {
    steps.text(text.len().saturating_mul(8))?;
    Ok(Value::Bool(pattern.is_match(text)))
}

/// A text that was made: its length counts.
pub(super) fn made(text: String, steps: &mut Steps) -> Result<Value, String> {
    steps.text(text.len())?;
    if text.len() > TEXT_BYTES_MAX { Err(too_long()) } else { Ok(Value::from(text)) }
}

fn too_long() -> String {
    format!("the text becomes longer than {TEXT_BYTES_MAX} bytes")
}

pub(super) fn split(text: &str, separator: &str, steps: &mut Steps) -> Result<Value, String> {
    steps.text(text.len())?;
    let mut parts: Vec<Value> = Vec::new();
    let mut add = |part: &str| {
        steps.spend(1)?;
        parts.push(Value::from(part));
        Ok(())
    };
    if separator.is_empty() {
        text.char_indices().try_for_each(|(at, c)| add(&text[at..at + c.len_utf8()]))
    } else {
        text.split(separator).try_for_each(add)
    }
    .map(|()| Value::List(Arc::from(parts)))
}

pub(super) fn join(list: &Value, separator: &str, steps: &mut Steps) -> Result<Value, String> {
    let Value::List(items) = list else { return Err(wrong_type(Function::Join, list)) };
    let mut text = String::new();
    for (index, item) in items.iter().enumerate() {
        steps.spend(1)?;
        let Value::String(item) = item else {
            return Err(format!("`join` takes a list of strings, and one item is {}", item.described()));
        };
        append(&mut text, if index == 0 { "" } else { separator })?;
        append(&mut text, item)?;
    }
    made(text, steps)
}

/// Puts one text behind another as long as the whole stays within its bound.
pub(super) fn append(text: &mut String, part: &str) -> Result<(), String> {
    if text.len() + part.len() > TEXT_BYTES_MAX {
        return Err(too_long());
    }
    text.push_str(part);
    Ok(())
}

pub(super) fn replace(text: &str, old: &str, new: &str, steps: &mut Steps) -> Result<Value, String> {
    steps.text(text.len())?;
    let mut made_text = String::new();
    let mut last = 0;
    for (at, found) in text.match_indices(old) {
        append(&mut made_text, &text[last..at])?;
        append(&mut made_text, new)?;
        last = at + found.len();
    }
    append(&mut made_text, &text[last..])?;
    made(made_text, steps)
}

pub(super) fn substring(
    text: &str,
    start: Option<&Value>,
    end: Option<&Value>,
    steps: &mut Steps,
) -> Result<Value, String> {
    steps.text(text.len())?;
    let position = |value: &Value| match value {
        Value::Number(number) => whole(*number)
            .and_then(|whole| usize::try_from(whole).ok())
            .and_then(|count| text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(count))
            .ok_or_else(|| "`substring` reaches outside the string".to_owned()),
        other => Err(wrong_type(Function::Substring, other)),
    };
    let start = position(start.unwrap_or(&Value::Null))?;
    let end = end.map_or(Ok(text.len()), position)?;
    let part = text.get(start..end).ok_or_else(|| "`substring` ends before it begins".to_owned())?;
    made(part.to_owned(), steps)
}
