//! Values of a document that may hold `${ … }`. Knows no field of any document.

use super::scan::{Piece, pieces};
use super::text::append;
use super::token::WHOLE_MAX;
use super::{DOES_NOT_PARSE, EvalError, Expr, Roots, Value};
use crate::finding::Finding;
use crate::node::{Entry, Kind, Node, Scalar, Style};
use indexmap::IndexMap;
use std::sync::Arc;

/// A value of the document that may hold `${ … }` anywhere in it.
#[derive(Clone, Debug, PartialEq)]
pub enum Template {
    /// No expression at all.
    Constant(Value),
    /// One expression and nothing else: its value keeps its type.
    Expr(Expr),
    /// Text with expressions in it.
    Text(Vec<Part>),
    /// A list with an expression in it.
    List(Vec<Template>),
    /// A map with an expression in one of its values.
    Map(Vec<(String, Template)>),
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// As it stands.
    Text(String),
    /// To be put in.
    Expr(Expr),
}

/// What a scalar without expressions becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Typing {
    /// `true` a boolean, `12` a number.
    AsWritten,
    /// All of it text.
    Text,
}

impl Template {
    /// Reads any node.
    ///
    /// A plain scalar is typed: `true` and `false`, `null`, and numbers as JSON writes them; all else is
    /// text (`+14255550123`, `012`, `1_000`, `no`, `1:30`, and numbers too long to be exact), and so is
    /// what stands in quotes or in a block. What is wrong is pushed; its value is then null.
    pub fn read(node: &Node, found: &mut Vec<Finding>) -> Template {
        read(node, Typing::AsWritten, found)
    }

    /// Reads any node as text: a plain number or boolean stays the text that was written.
    pub fn read_text(node: &Node, found: &mut Vec<Finding>) -> Template {
        read(node, Typing::Text, found)
    }

    /// Its value.
    ///
    /// # Errors
    /// The first error of an expression in it; its offsets are those of that expression's text.
    pub fn evaluate(&self, roots: &dyn Roots) -> Result<Value, EvalError> {
        let value = self.value(roots)?;
        if let Template::List(_) | Template::Map(_) = self {
            value.check_size().map_err(|message| EvalError { message, start: 0, end: 0 })?;
        }
        Ok(value)
    }

    fn value(&self, roots: &dyn Roots) -> Result<Value, EvalError> {
        match self {
            Template::Constant(value) => Ok(value.clone()),
            Template::Expr(expr) => expr.evaluate(roots),
            Template::Text(parts) => text(parts, roots),
            Template::List(items) => {
                let items: Result<Arc<[Value]>, EvalError> =
                    items.iter().map(|item| item.value(roots)).collect();
                items.map(Value::List)
            }
            Template::Map(entries) => {
                let entries: Result<IndexMap<Arc<str>, Value>, EvalError> =
                    entries.iter().map(|(key, value)| Ok((Arc::from(&**key), value.value(roots)?))).collect();
                entries.map(|entries| Value::Map(Arc::new(entries)))
            }
        }
    }

    /// Its value, if it holds no expression.
    #[must_use]
    pub fn constant(&self) -> Option<&Value> {
        if let Template::Constant(value) = self { Some(value) } else { None }
    }

    /// Every expression in it, in the order in which they are written.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found.into_iter()
    }

    fn collect<'t>(&'t self, found: &mut Vec<&'t Expr>) {
        match self {
            Template::Constant(_) => {}
            Template::Expr(expr) => found.push(expr),
            Template::Text(parts) => {
                found.extend(parts.iter().filter_map(|part| match part {
                    Part::Text(_) => None,
                    Part::Expr(expr) => Some(expr),
                }));
            }
            Template::List(items) => items.iter().for_each(|item| item.collect(found)),
            Template::Map(entries) => entries.iter().for_each(|(_, value)| value.collect(found)),
        }
    }
}

fn text(parts: &[Part], roots: &dyn Roots) -> Result<Value, EvalError> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(part) => {
                append(&mut text, part).map_err(|message| EvalError { message, start: 0, end: 0 })?
            }
            Part::Expr(expr) => {
                let wrong = |message| EvalError { message, start: 0, end: expr.text().len() };
                let part = expr.evaluate(roots)?.to_text().map_err(|error| wrong(error.message))?;
                append(&mut text, &part).map_err(wrong)?;
            }
        }
    }
    Ok(Value::from(text))
}

fn read(node: &Node, typing: Typing, found: &mut Vec<Finding>) -> Template {
    match &node.kind {
        Kind::Scalar(scalar) if scalar.is_null() => Template::Constant(Value::Null),
        Kind::Scalar(scalar) => read_scalar(node, scalar, typing, found),
        Kind::List(items) => fold_list(items.iter().map(|item| read(item, typing, found)).collect()),
        Kind::Map(entries) => fold_map(
            entries
                .iter()
                .map(|Entry { key, value }| (key.value.clone(), read(value, typing, found)))
                .collect(),
        ),
    }
}

fn fold_list(items: Vec<Template>) -> Template {
    let constants: Option<Arc<[Value]>> = items.iter().map(|item| item.constant().cloned()).collect();
    constants.map_or(Template::List(items), |items| Template::Constant(Value::List(items)))
}

fn fold_map(entries: Vec<(String, Template)>) -> Template {
    let constants: Option<IndexMap<Arc<str>, Value>> =
        entries.iter().map(|(key, value)| Some((Arc::from(&**key), value.constant()?.clone()))).collect();
    constants.map_or(Template::Map(entries), |entries| Template::Constant(Value::Map(Arc::new(entries))))
}

fn read_scalar(node: &Node, scalar: &Scalar, typing: Typing, found: &mut Vec<Finding>) -> Template {
    if typing == Typing::AsWritten
        && scalar.style == Style::Plain
        && let Some(value) = plain(&scalar.text)
    {
        return Template::Constant(value);
    }
    let pieces = match pieces(&scalar.text) {
        Ok(pieces) => pieces,
        Err(error) => {
            found.push(error.finding(node, 0));
            return Template::Constant(Value::Null);
        }
    };
    let mut parts = Vec::new();
    let mut failed = false;
    for piece in pieces {
        match piece {
            Piece::Text(text) => parts.push(Part::Text(text)),
            Piece::Expression { start, end } => match read_piece(node, scalar, start, end, found) {
                Some(expr) => parts.push(Part::Expr(expr)),
                None => failed = true,
            },
        }
    }
    match (&mut *parts, typing) {
        _ if failed => Template::Constant(Value::Null),
        ([], _) => Template::Constant(Value::from("")),
        ([Part::Text(text)], _) => Template::Constant(Value::from(std::mem::take(text))),
        ([Part::Expr(expr)], Typing::AsWritten) => Template::Expr(expr.clone()),
        (_, Typing::AsWritten | Typing::Text) => Template::Text(parts),
    }
}

fn read_piece(
    node: &Node,
    scalar: &Scalar,
    start: usize,
    end: usize,
    found: &mut Vec<Finding>,
) -> Option<Expr> {
    let inner = &scalar.text[start..end];
    if inner.trim().is_empty() {
        let span = node.inside(start - 2, end + 1);
        let message = "there is no expression in `${}`";
        found.push(
            Finding::error(DOES_NOT_PARSE, span, message).help("write `$${}` for the characters themselves"),
        );
        return None;
    }
    let before = inner.len() - inner.trim_start().len();
    Expr::read_part(node, start + before, start + before + inner.trim().len(), found)
}

/// The value of a plain scalar that is not text.
fn plain(text: &str) -> Option<Value> {
    match text {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        _ if is_json_number(text) => {
            let number: f64 = text.parse().ok()?;
            let is_exact = number.abs() < WHOLE_MAX || text.contains(['.', 'e', 'E']);
            (number.is_finite() && is_exact).then_some(Value::Number(number))
        }
        _ => None,
    }
}

fn is_json_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) =
        text.split_once(['e', 'E']).map_or((text, None), |(left, right)| (left, Some(right)));
    let (whole, fraction) =
        mantissa.split_once('.').map_or((mantissa, None), |(left, right)| (left, Some(right)));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::tests::World;
    use super::*;
    use crate::node::Spanned;
    use crate::source::Span;

    fn scalar(text: &str, style: Style) -> Node {
        let quotes = if style == Style::Quoted { 2 } else { 0 };
        let span = Span::new(100, 100 + text.len() + quotes);
        Node { span, kind: Kind::Scalar(Scalar { text: text.to_owned(), style, verbatim: true }) }
    }

    fn template(text: &str, style: Style) -> Template {
        let mut found = Vec::new();
        let template = Template::read(&scalar(text, style), &mut found);
        assert_eq!(found, [], "{text}");
        template
    }

    #[test]
    fn templates() {
        for (text, style, expected) in [
            ("true", Style::Plain, "true"),
            ("true", Style::Quoted, r#""true""#),
            ("null", Style::Plain, "null"),
            ("-1.5e3", Style::Plain, "-1500"),
            ("5", Style::Block, r#""5""#),
            ("+14255550123", Style::Plain, r#""+14255550123""#),
            ("012", Style::Plain, r#""012""#),
            ("1_000", Style::Plain, r#""1_000""#),
            ("no", Style::Plain, r#""no""#),
            ("1:30", Style::Plain, r#""1:30""#),
            ("12345678901234567890", Style::Plain, r#""12345678901234567890""#),
            ("${vars.attempts + 1}", Style::Plain, "3"),
            (" ${vars.attempts}", Style::Quoted, r#"" 2""#),
            ("Hello ${ vars.name }, ${7 / 2} $5 $${x} $$", Style::Plain, r#""Hello Ada, 3.5 $5 ${x} $$""#),
            ("$$${x}", Style::Plain, r#""$${x}""#),
            ("${ {'a}': {'b': '}'}} }", Style::Plain, r#"{"a}":{"b":"}"}}"#),
            (r"${r'\}'}-${'\'}'}", Style::Plain, r#""\\}-'}""#),
            ("${true}${now}${duration('90s')}", Style::Plain, r#""true2026-03-29T01:30:05Z1m30s""#),
        ] {
            let value = template(text, style).evaluate(&World::new()).unwrap();
            assert_eq!(serde_json::Value::from(&value).to_string(), expected, "{text}");
        }
        let error = template("x ${vars.tags}", Style::Plain).evaluate(&World::new()).unwrap_err();
        assert_eq!(error.message, "a list cannot be put into text");
        let mut found = Vec::new();
        for (text, expected) in [("012", "012"), ("true", "true"), ("1.50", "1.50"), ("${1.50}", "1.5")] {
            let text = Template::read_text(&scalar(text, Style::Plain), &mut found);
            assert_eq!(text.evaluate(&World::new()), Ok(Value::from(expected)));
        }
    }

    #[test]
    fn templates_fold_what_is_constant() {
        let entry = |key: &str, value| Entry { key: Spanned::new(key.to_owned(), Span::default()), value };
        let map = |text| Node {
            span: Span::default(),
            kind: Kind::Map(vec![
                entry("a", scalar("1", Style::Plain)),
                entry("b", scalar(text, Style::Plain)),
            ]),
        };
        let mut found = Vec::new();
        let constant = Template::read(&map("2"), &mut found);
        assert_eq!(constant.constant(), Some(&Value::from(serde_json::json!({"a": 1, "b": 2}))));
        let open = Template::read(&map("x ${vars.name}"), &mut found);
        assert_eq!(open.evaluate(&World::new()), Ok(Value::from(serde_json::json!({"a": 1, "b": "x Ada"}))));
        assert_eq!(open.expressions().map(Expr::text).collect::<Vec<_>>(), ["vars.name"]);
        assert_eq!(found, []);
    }

    #[test]
    fn findings_stand_at_the_exact_place() {
        for (text, style, at) in [
            ("x ${ 1 + } ${ 'a }", Style::Plain, vec![(114, 118)]),
            ("x ${1 = 2} ${ a and b }", Style::Quoted, vec![(107, 108), (117, 120)]),
            ("x ${}", Style::Plain, vec![(102, 105)]),
            ("x ${a", Style::Plain, vec![(102, 104)]),
        ] {
            let mut found = Vec::new();
            assert_eq!(Template::read(&scalar(text, style), &mut found), Template::Constant(Value::Null));
            let spans: Vec<_> =
                found.iter().map(|finding| (finding.primary.span.start, finding.primary.span.end)).collect();
            assert_eq!(spans, at, "{text}");
        }
        let mut found = Vec::new();
        let expr = Expr::read(&scalar(" a.b ", Style::Quoted), &mut found).unwrap();
        assert_eq!(
            (expr.text(), expr.origin(), expr.place(2, 3)),
            ("a.b", Span::new(102, 105), Span::new(104, 105))
        );
        let list = Node { span: Span::new(1, 2), kind: Kind::List(Vec::new()) };
        assert_eq!(Expr::read(&list, &mut found), None);
        assert_eq!(found.len(), 1);
    }
}
