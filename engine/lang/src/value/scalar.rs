//! Texts, numbers and booleans: the readers of single values.

use crate::expr::{Template, Value};
use crate::finding::{Code, Finding, brief};
use crate::node::{Kind, Node, Scalar, Spanned, Style};
use crate::value::misread::misread;
use crate::value::phone::Phone;

/// Any single value as text. CF103 if it is none, CF003 where other readers of YAML would take it
/// for something else than text.
pub fn text(node: &Node, what: &str, found: &mut Vec<Finding>) -> Option<Spanned<String>> {
    let scalar = single(node, what, found)?;
    warn_if_misread(node, scalar, found);
    Some(Spanned::new(scalar.text.clone(), node.span))
}

/// `true` or `false`, plain. Anything else is CF103.
pub fn boolean(node: &Node, what: &str, found: &mut Vec<Finding>) -> Option<Spanned<bool>> {
    let scalar = single(node, what, found)?;
    match (scalar.style, scalar.text.as_str()) {
        (Style::Plain, "true") => return Some(Spanned::new(true, node.span)),
        (Style::Plain, "false") => return Some(Spanned::new(false, node.span)),
        (Style::Plain | Style::Quoted | Style::Block, _) => {}
    }
    let finding = wrong(node, what, "`true` or `false`", &scalar.text);
    found.push(match scalar.text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "on" => finding.help("write `true`, without quotes").fix(node.span, "true"),
        "false" | "no" | "n" | "off" => finding.help("write `false`, without quotes").fix(node.span, "false"),
        _ => finding,
    });
    None
}

/// A whole number, plain, from `min` to `max`. Anything else is CF103.
pub fn integer(
    node: &Node,
    what: &str,
    min: i64,
    max: i64,
    found: &mut Vec<Finding>,
) -> Option<Spanned<i64>> {
    let scalar = single(node, what, found)?;
    let Some(value) = whole(&scalar.text) else {
        found.push(wrong(node, what, "a whole number", &scalar.text));
        return None;
    };
    if scalar.style != Style::Plain {
        found.push(in_quotes(node, what, "a whole number", &scalar.text));
        return None;
    }
    match value {
        Some(value) if (min..=max).contains(&value) => Some(Spanned::new(value, node.span)),
        Some(_) | None => {
            found.push(out_of_range(node, what, &scalar.text, min, max));
            None
        }
    }
}

/// A number with or without a fraction, plain, from `min` to `max`. Anything else is CF103.
pub fn number(node: &Node, what: &str, min: f64, max: f64, found: &mut Vec<Finding>) -> Option<Spanned<f64>> {
    let scalar = single(node, what, found)?;
    let Some(value) = decimal(&scalar.text) else {
        found.push(wrong(node, what, "a number", &scalar.text));
        return None;
    };
    if scalar.style != Style::Plain {
        found.push(in_quotes(node, what, "a number", &scalar.text));
        return None;
    }
    if !(min..=max).contains(&value) {
        found.push(out_of_range(node, what, &scalar.text, min, max));
        return None;
    }
    Some(Spanned::new(value, node.span))
}

/// The scalar, or CF103.
pub(crate) fn single<'n>(node: &'n Node, what: &str, found: &mut Vec<Finding>) -> Option<&'n Scalar> {
    let scalar = node.scalar();
    if scalar.is_none() {
        found.push(
            Finding::error(
                Code(103),
                node.span,
                format!("expected a single value for {what}, found {}", node.describe()),
            )
            .label("expected a single value"),
        );
    }
    scalar
}

/// What is wrong with the plain scalars in here that are text to us: CF003 where other tools read something else, CF105
/// where a quote was lost.
pub fn check_texts(node: &Node, found: &mut Vec<Finding>) {
    match &node.kind {
        Kind::Scalar(scalar) => {
            let is_text = matches!(Template::read(node, &mut Vec::new()).constant(), Some(Value::String(_)));
            if is_text {
                match half_quoted(node, scalar) {
                    Some(finding) => found.push(finding),
                    None => warn_if_misread(node, scalar, found),
                }
            }
        }
        Kind::List(items) => items.iter().for_each(|item| check_texts(item, found)),
        Kind::Map(entries) => entries.iter().for_each(|entry| check_texts(&entry.value, found)),
    }
}

/// Unit: characters. Shorter ones may be measures: `+12"`.
const PHONE_CHARS_MIN: usize = 8;

/// CF105 for `+14255550123"`: the quote that closes it is there, and the one that opens it is not, so that it is a part
/// of the text. Other texts may end with a quote for good reasons.
fn half_quoted(node: &Node, scalar: &Scalar) -> Option<Finding> {
    let quote = scalar.text.chars().next_back().filter(|last| matches!(last, '"' | '\''))?;
    let number = scalar.text.strip_suffix(quote)?.trim_end();
    let is_number = number.len() >= PHONE_CHARS_MIN && Phone::parse(number).is_ok();
    (scalar.style == Style::Plain && is_number).then(|| {
        Finding::error(
            Code(105),
            node.span,
            format!("`{}` ends with a quote that nothing opens", brief(&scalar.text)),
        )
        .label("the quote is a part of the text")
        .note("a phone number with a quote in it cannot be called, and is equal to no other")
        .help("write a quote in front of it, too")
        .fix(node.span, format!("\"{number}\""))
    })
}

/// CF003 where a plain scalar is right for us, but something else for other tools.
pub(crate) fn warn_if_misread(node: &Node, scalar: &Scalar, found: &mut Vec<Finding>) {
    if scalar.style != Style::Plain {
        return;
    }
    if let Some(reading) = misread(&scalar.text) {
        let quoted = format!("\"{}\"", scalar.text);
        found.push(
            Finding::warning(
                Code(3),
                node.span,
                format!("other YAML readers take `{}` for {reading}", brief(&scalar.text)),
            )
            .label("meant as text")
            .note("it is read as text here; editors, linters and scripts may read it otherwise and write it back so")
            .help("write it in quotes")
            .fix(node.span, quoted),
        );
    }
}

fn wrong(node: &Node, what: &str, expected: &str, text: &str) -> Finding {
    Finding::error(Code(103), node.span, format!("expected {expected} for {what}, found `{}`", brief(text)))
        .label(format!("expected {expected}"))
}

fn in_quotes(node: &Node, what: &str, expected: &str, text: &str) -> Finding {
    Finding::error(
        Code(103),
        node.span,
        format!("expected {expected} for {what}, found the text `{}`", brief(text)),
    )
    .label("in quotes it is text")
    .help("write it without quotes")
    .fix(node.span, text)
}

fn out_of_range(
    node: &Node,
    what: &str,
    text: &str,
    min: impl Into<Bound>,
    max: impl Into<Bound>,
) -> Finding {
    let (min, max) = (min.into(), max.into());
    Finding::error(Code(103), node.span, format!("`{}` is out of range for {what}", brief(text)))
        .label(format!("from {} to {}", min.0, max.0))
}

/// A bound as it is shown.
struct Bound(String);

impl From<i64> for Bound {
    fn from(value: i64) -> Bound {
        Bound(value.to_string())
    }
}

impl From<f64> for Bound {
    fn from(value: f64) -> Bound {
        Bound(value.to_string())
    }
}

/// `Some(None)` is a whole number beyond what 64 bits hold.
fn whole(text: &str) -> Option<Option<i64>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let written = digits == "0" || (!digits.starts_with('0') && !digits.is_empty());
    (written && digits.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())
}

pub(crate) fn decimal(text: &str) -> Option<f64> {
    let (integral, fraction) = match text.split_once('.') {
        Some((integral, fraction)) => (integral, Some(fraction)),
        None => (text, None),
    };
    whole(integral)?;
    if fraction.is_some_and(|digits| digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::source::Source;
    use crate::value::{Pattern, duration, name};

    type Reader = fn(&Node, &mut Vec<Finding>) -> Option<String>;

    /// What a reader makes of a value, and the code, help and fix of what it finds.
    fn read(reader: Reader, text: &str) -> (Option<String>, Vec<(u16, Option<String>)>) {
        let (node, mut found) = crate::yaml::read(&Source::new("x", format!("key: {text}")));
        let node = node.unwrap();
        let value = reader(node.get("key").unwrap(), &mut found);
        (
            value,
            found
                .into_iter()
                .map(|finding| (finding.code.0, finding.fix.map(|fix| fix.replacement)))
                .collect(),
        )
    }

    fn shown<T: std::fmt::Debug>(read: Option<Spanned<T>>) -> Option<String> {
        read.map(|read| format!("{:?}", read.value))
    }

    const TEXT: Reader = |node, found| shown(text(node, "`key`", found));
    const BOOLEAN: Reader = |node, found| shown(boolean(node, "`key`", found));
    const INTEGER: Reader = |node, found| shown(integer(node, "`key`", 1, 10, found));
    const NUMBER: Reader = |node, found| shown(number(node, "`key`", 0.5, 2.0, found));
    const DURATION: Reader = |node, found| shown(duration(node, "`key`", found));
    const FLOW: Reader = |node, found| shown(name(node, "the flow's name", Pattern::Flow, found));
    const TARGET: Reader = |node, found| shown(name(node, "a target", Pattern::Target, found));
    const EVENT: Reader = |node, found| shown(name(node, "an event", Pattern::Event, found));

    #[test]
    fn values_and_what_is_wrong_with_them() {
        for (reader, text, value, found) in [
            (TEXT, "hello", Some("\"hello\""), &[][..]),
            (TEXT, "|\n  hello\n", Some("\"hello\\n\""), &[]),
            (TEXT, "\"0471\"", Some("\"0471\""), &[]),
            (TEXT, "0471", Some("\"0471\""), &[(3, Some("\"0471\""))]),
            (TEXT, "no", Some("\"no\""), &[(3, Some("\"no\""))]),
            (TEXT, "", None, &[(103, None)]),
            (TEXT, "~", None, &[(103, None)]),
            (TEXT, "[a]", None, &[(103, None)]),
            (BOOLEAN, "true", Some("true"), &[]),
            (BOOLEAN, "no", None, &[(103, Some("false"))]),
            (BOOLEAN, "\"yes\"", None, &[(103, Some("true"))]),
            (BOOLEAN, "maybe", None, &[(103, None)]),
            (INTEGER, "7", Some("7"), &[]),
            (INTEGER, "11", None, &[(103, None)]),
            (INTEGER, "99999999999999999999", None, &[(103, None)]),
            (INTEGER, "\"7\"", None, &[(103, Some("7"))]),
            (INTEGER, "07", None, &[(103, None)]),
            (INTEGER, "7.5", None, &[(103, None)]),
            (NUMBER, "1.5", Some("1.5"), &[]),
            (NUMBER, "1e0", None, &[(103, None)]),
            (NUMBER, "3", None, &[(103, None)]),
            (DURATION, "90s", Some("90s"), &[]),
            (DURATION, "\"1h30m\"", Some("5400s"), &[]),
            (DURATION, "5", None, &[(105, None)]),
            (DURATION, "1m1h", None, &[(105, None)]),
            (DURATION, "999999999999999999999d", None, &[(103, None)]),
            (DURATION, "{}", None, &[(103, None)]),
            (FLOW, "support-line", Some("\"support-line\""), &[]),
            (FLOW, "Support", None, &[(105, None)]),
            (TARGET, "menu.sub_1", Some("\"menu.sub_1\""), &[]),
            (TARGET, "no", Some("\"no\""), &[(3, Some("\"no\""))]),
            (TARGET, "menu.", None, &[(105, None)]),
            (EVENT, "agentReady", Some("\"agentReady\""), &[]),
            (EVENT, "AgentReady", None, &[(105, None)]),
        ] {
            let found: Vec<_> = found
                .iter()
                .map(|(code, fix): &(u16, Option<&str>)| (*code, fix.map(str::to_owned)))
                .collect();
            assert_eq!(read(reader, text), (value.map(str::to_owned), found), "{text}");
        }
    }

    #[test]
    fn a_bare_number_is_told_its_unit() {
        let (node, mut found) = crate::yaml::read(&Source::new("x", "5"));
        assert_eq!(duration(&node.unwrap(), "`timeout`", &mut found), None);
        assert_eq!(found[0].help.as_deref(), Some("give a unit: `5s`"));
    }
}
