//! The functions of the language: their names, and what they do to values. Knows no syntax.

use super::ast::{Ast, AstKind};
use super::evaluate::Steps;
use super::{ParseError, Value, text, time};
use crate::limits::{EXPRESSION_BYTES_MAX, PATTERN_BYTES_MAX};
use regex::{Regex, RegexBuilder};
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// A function of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the language, and documented there")]
pub enum Function {
    Size,
    Contains,
    StartsWith,
    EndsWith,
    Matches,
    LowerAscii,
    UpperAscii,
    Trim,
    Split,
    Join,
    Replace,
    Substring,
    Int,
    Double,
    Number,
    String,
    Bool,
    Duration,
    Timestamp,
    GetFullYear,
    GetMonth,
    GetDate,
    GetDayOfMonth,
    GetDayOfWeek,
    GetDayOfYear,
    GetHours,
    GetMinutes,
    GetSeconds,
}

/// How a function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `size(list)`
    Global,
    /// `text.contains(part)`
    Method,
    /// Either.
    Both,
}

struct Signature {
    name: &'static str,
    function: Function,
    form: Form,
    /// How many arguments, the receiver among them.
    count: RangeInclusive<usize>,
}

const fn signature(
    name: &'static str,
    function: Function,
    form: Form,
    count: RangeInclusive<usize>,
) -> Signature {
    Signature { name, function, form, count }
}

const SIGNATURES: [Signature; 28] = [
    signature("size", Function::Size, Form::Both, 1..=1),
    signature("contains", Function::Contains, Form::Method, 2..=2),
    signature("startsWith", Function::StartsWith, Form::Method, 2..=2),
    signature("endsWith", Function::EndsWith, Form::Method, 2..=2),
    signature("matches", Function::Matches, Form::Both, 2..=2),
    signature("lowerAscii", Function::LowerAscii, Form::Method, 1..=1),
    signature("upperAscii", Function::UpperAscii, Form::Method, 1..=1),
    signature("trim", Function::Trim, Form::Method, 1..=1),
    signature("split", Function::Split, Form::Method, 2..=2),
    signature("join", Function::Join, Form::Method, 1..=2),
    signature("replace", Function::Replace, Form::Method, 3..=3),
    signature("substring", Function::Substring, Form::Method, 2..=3),
    signature("int", Function::Int, Form::Global, 1..=1),
    signature("double", Function::Double, Form::Global, 1..=1),
    signature("number", Function::Number, Form::Global, 1..=1),
    signature("string", Function::String, Form::Global, 1..=1),
    signature("bool", Function::Bool, Form::Global, 1..=1),
    signature("duration", Function::Duration, Form::Global, 1..=1),
    signature("timestamp", Function::Timestamp, Form::Global, 1..=1),
    signature("getFullYear", Function::GetFullYear, Form::Method, 1..=2),
    signature("getMonth", Function::GetMonth, Form::Method, 1..=2),
    signature("getDate", Function::GetDate, Form::Method, 1..=2),
    signature("getDayOfMonth", Function::GetDayOfMonth, Form::Method, 1..=2),
    signature("getDayOfWeek", Function::GetDayOfWeek, Form::Method, 1..=2),
    signature("getDayOfYear", Function::GetDayOfYear, Form::Method, 1..=2),
    signature("getHours", Function::GetHours, Form::Method, 1..=2),
    signature("getMinutes", Function::GetMinutes, Form::Method, 1..=2),
    signature("getSeconds", Function::GetSeconds, Form::Method, 1..=2),
];

/// Names from other languages that are too far from ours to be found by spelling.
const ELSEWHERE: [(&str, &str); 14] = [
    ("length", "size"),
    ("len", "size"),
    ("count", "size"),
    ("includes", "contains"),
    ("has_key", "in"),
    ("toLowerCase", "lowerAscii"),
    ("lower", "lowerAscii"),
    ("toUpperCase", "upperAscii"),
    ("upper", "upperAscii"),
    ("strip", "trim"),
    ("substr", "substring"),
    ("any", "exists"),
    ("not", "!"),
    ("float", "number"),
];

impl Function {
    fn signature(self) -> &'static Signature {
        SIGNATURES
            .iter()
            .find(|signature| signature.function == self)
            .expect("every function has a signature")
    }

    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.signature().name
    }
}

/// The function of a name; otherwise what is wrong and what to do.
pub(super) fn find(name: &str, form: Form) -> Result<Function, (String, Option<String>)> {
    match SIGNATURES.iter().find(|signature| signature.name == name) {
        Some(found) if found.form == Form::Both || found.form == form => Ok(found.function),
        Some(found) if found.form == Form::Method => {
            Err((format!("`{name}` stands behind its value"), Some(format!("write `value.{name}(…)`"))))
        }
        Some(_) => Err((format!("`{name}` stands before its value"), Some(format!("write `{name}(value)`")))),
        None => {
            let elsewhere = ELSEWHERE.iter().find(|(other, _)| *other == name).map(|(_, ours)| *ours);
            let help = elsewhere.or_else(|| nearest(name)).map(|ours| format!("did you mean `{ours}`?"));
            Err((format!("there is no function `{name}`"), help))
        }
    }
}

/// Whether some function has this name, or an operator goes by it elsewhere.
pub(super) fn is_known(name: &str) -> bool {
    name == "not" || SIGNATURES.iter().any(|signature| signature.name == name)
}

fn nearest(name: &str) -> Option<&'static str> {
    let macros = ["has", "all", "exists", "exists_one", "filter", "map"];
    crate::nearest::nearest(name, SIGNATURES.iter().map(|signature| signature.name).chain(macros))
}

/// Whether a function takes so many arguments, the receiver among them.
pub(super) fn check_count(function: Function, count: usize) -> Result<(), String> {
    let Signature { name, function: _, form, count: wanted } = function.signature();
    if wanted.contains(&count) {
        return Ok(());
    }
    let receiver = usize::from(*form == Form::Method);
    let (least, most) = (wanted.start() - receiver, wanted.end() - receiver);
    let given = count.saturating_sub(receiver);
    let wanted = if least == most { least.to_string() } else { format!("{least} or {most}") };
    Err(format!(
        "`{name}` takes {wanted} argument{}, not {given}",
        if most == 1 && least == 1 { "" } else { "s" }
    ))
}

/// The node of a call. What is known at load is checked and computed at load.
pub(super) fn prepare(function: Function, arguments: Vec<Ast>) -> Result<AstKind, ParseError> {
    let mut pattern = None;
    if let Some(Ast { kind: AstKind::Constant(value), start, end, .. }) = arguments.last() {
        let wrong = |message| ParseError::new(*start, *end, message);
        let text = if let Value::String(text) = value { Some(text) } else { None };
        match (function, text) {
            (Function::Matches, Some(text)) if arguments.len() == 2 => {
                pattern = Some(compile(text).map_err(wrong)?)
            }
            (Function::Duration | Function::Timestamp, Some(_)) => {
                let mut steps = Steps::new();
                return call(function, &[Cow::Borrowed(value)], &mut steps)
                    .map(AstKind::Constant)
                    .map_err(wrong);
            }
            (_, Some(zone)) if time::is_part(function) && arguments.len() == 2 => {
                time::zone(zone).map_err(|_| wrong(format!("there is no time zone `{zone}`")))?;
            }
            _ => {}
        }
    }
    Ok(AstKind::Call { function, arguments, pattern })
}

fn compile(pattern: &str) -> Result<Regex, String> {
    if pattern.len() > EXPRESSION_BYTES_MAX {
        return Err("this pattern is too long".to_owned());
    }
    let built =
        RegexBuilder::new(pattern).size_limit(PATTERN_BYTES_MAX).dfa_size_limit(PATTERN_BYTES_MAX).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "this pattern is too large".to_owned(),
        _ => "this is not a valid pattern".to_owned(),
    })
}

/// What a function makes of its arguments, a receiver first.
pub(super) fn call(
    function: Function,
    arguments: &[Cow<'_, Value>],
    steps: &mut Steps,
) -> Result<Value, String> {
    let first = arguments.first().map_or(&Value::Null, |value| &**value);
    let second = arguments.get(1).map(|value| &**value);
    let third = arguments.get(2).map(|value| &**value);
    if time::is_part(function) {
        return time::part(function, first, second);
    }
    let subject = || text_of(function, first);
    let other = || text_of(function, second.unwrap_or(&Value::Null));
    match function {
        Function::Size => text::size(first, steps),
        Function::Contains => text::searched(subject()?, other()?, steps, |text, part| text.contains(part)),
        Function::StartsWith => {
            text::searched(subject()?, other()?, steps, |text, part| text.starts_with(part))
        }
        Function::EndsWith => text::searched(subject()?, other()?, steps, |text, part| text.ends_with(part)),
        Function::Matches => {
            let pattern = other()?;
            steps.spend(500)?;
            text::matches(subject()?, &compile(pattern)?, steps)
        }
        Function::LowerAscii => text::made(subject()?.to_ascii_lowercase(), steps),
        Function::UpperAscii => text::made(subject()?.to_ascii_uppercase(), steps),
        Function::Trim => text::made(subject()?.trim().to_owned(), steps),
        Function::Split => text::split(subject()?, other()?, steps),
        Function::Join => text::join(first, if second.is_some() { other()? } else { "" }, steps),
        Function::Replace => {
            text::replace(subject()?, other()?, text_of(function, third.unwrap_or(&Value::Null))?, steps)
        }
        Function::Substring => text::substring(subject()?, second, third, steps),
        Function::Int => number(function, first).map(|number| Value::Number(number.trunc())),
        Function::Double | Function::Number => number(function, first).map(Value::Number),
        Function::String => match first {
            Value::String(_) => Ok(first.clone()),
            other => other.to_text().map(Value::from).map_err(|_| wrong_type(function, other)),
        },
        Function::Bool => match first {
            Value::Bool(_) => Ok(first.clone()),
            Value::String(text) if &**text == "true" => Ok(Value::Bool(true)),
            Value::String(text) if &**text == "false" => Ok(Value::Bool(false)),
            Value::String(_) => Err("this string is neither `true` nor `false`".to_owned()),
            other => Err(wrong_type(function, other)),
        },
        Function::Duration => match first {
            Value::Duration(_) => Ok(first.clone()),
            other => time::parse_duration(text_of(function, other)?)
                .map(Value::Duration)
                .ok_or_else(|| "this is no duration; one is written like `1h30m` or `500ms`".to_owned()),
        },
        Function::Timestamp => match first {
            Value::Timestamp(_) => Ok(first.clone()),
            other => time::timestamp(text_of(function, other)?),
        },
        Function::GetFullYear
        | Function::GetMonth
        | Function::GetDate
        | Function::GetDayOfMonth
        | Function::GetDayOfWeek
        | Function::GetDayOfYear
        | Function::GetHours
        | Function::GetMinutes
        | Function::GetSeconds => time::part(function, first, second),
    }
}

pub(super) fn wrong_type(function: Function, value: &Value) -> String {
    format!("`{}` cannot take {}", function.name(), value.described())
}

fn text_of(function: Function, value: &Value) -> Result<&str, String> {
    if let Value::String(text) = value { Ok(text) } else { Err(wrong_type(function, value)) }
}

fn number(function: Function, value: &Value) -> Result<f64, String> {
    match value {
        Value::Number(number) => Ok(*number),
        Value::String(text) => parse_number(text, function == Function::Int)
            .ok_or_else(|| format!("`{}` cannot read this string as a number", function.name())),
        Value::Timestamp(timestamp) if function == Function::Int =>
        {
            #[expect(clippy::cast_precision_loss, reason = "seconds of ten thousand years are exact")]
            Ok(timestamp.as_second() as f64)
        }
        Value::Null
        | Value::Bool(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Timestamp(_)
        | Value::Duration(_) => Err(wrong_type(function, value)),
    }
}

/// Digits only where a whole number is wanted: `inf`, `nan` and `1e3` are no digits of a caller.
fn parse_number(text: &str, is_whole: bool) -> Option<f64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let allowed = |c: char| c.is_ascii_digit() || !is_whole && matches!(c, '.' | 'e' | 'E' | '+' | '-');
    if !digits.starts_with(|c: char| c.is_ascii_digit()) || !digits.chars().all(allowed) {
        return None;
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}
