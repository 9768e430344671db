//! Expressions: a documented subset of CEL, the Common Expression Language. Knows no root's fields.
//!
//! # Where they stand
//!
//! A guard is a bare expression: `when: event.digits == "1" && vars.attempts < 3`.
//! In any other text, `${ … }` is an expression: a text that is one expression and nothing else has
//! its value and type, any other is text with the values put in. `$${` is a literal `${`.
//!
//! # Values
//!
//! | type | written | as text |
//! |---|---|---|
//! | null | `null` | an error |
//! | boolean | `true`, `false` | `true` |
//! | number | `3`, `3.5`, `6e2` | `3`, `3.5`, `600` |
//! | string | `"a\n"`, `'a'`, `r"\d"` | itself |
//! | list | `[1, "a"]` | an error |
//! | map | `{"key": 1}`, keys are strings | an error |
//! | timestamp | `timestamp("2026-01-31T08:00:00Z")` | `2026-01-31T08:00:00Z` |
//! | duration | `duration("1h30m")` | `1h30m` |
//!
//! Strings know CEL's escapes: `\\ \" \' \` \? \a \b \f \n \r \t \v`, `\x41`, `\u00e9`, `\U0001f600` and `\101`.
//!
//! # Operators
//!
//! From loose to tight: `? :`, `||`, `&&`, then `== != < <= > >= in`, `+ -`, `* / %`, `! -`, and last
//! `.field`, `[index]` and calls.
//!
//! - `&&` and `||`: a side that decides outweighs an error on the other, whichever comes first.
//! - `==`: values of different types are not equal; lists and maps are compared whole.
//! - `< <= > >=`: two numbers, two strings (by code points), two timestamps or two durations.
//! - `in`: an item of a list, a key of a map.
//! - `+`: two numbers, strings, lists or durations, or a timestamp and a duration. `-`: two numbers,
//!   timestamps or durations, or a timestamp less a duration. `* /`: numbers. `%`: whole numbers.
//!
//! # Functions
//!
//! | call | gives |
//! |---|---|
//! | `has(event.data.code)` | whether the field is there; false where anything on the path is missing |
//! | `size(x)`, `x.size()` | characters of a string, items of a list, entries of a map |
//! | `s.contains(t)`, `s.startsWith(t)`, `s.endsWith(t)` | whether `t` is in `s`, and where |
//! | `s.matches(r"^\+49")`, `matches(s, p)` | whether the regular expression is found anywhere in `s` |
//! | `s.lowerAscii()`, `s.upperAscii()`, `s.trim()` | the string with other case, or without outer space |
//! | `s.replace(old, new)` | the string with every `old` replaced |
//! | `s.substring(start)`, `s.substring(start, end)` | a part, counted in characters from 0 |
//! | `s.split(separator)`, `list.join()`, `list.join(separator)` | a list of strings, and back |
//! | `int(x)` | a number cut to a whole one; the digits of a string; the seconds of a timestamp since 1970 |
//! | `double(x)`, `number(x)` | a number, or the number that a string spells |
//! | `string(x)` | as text |
//! | `bool(x)` | a boolean, or the strings `true` and `false` |
//! | `duration("1h30m")` | units `h m s ms us ns` |
//! | `timestamp("…")` | a moment as in RFC 3339 |
//! | `t.getFullYear()`, `t.getMonth()` (from 0), `t.getDate()` (from 1), `t.getDayOfMonth()` (from 0), `t.getDayOfWeek()` (0 is Sunday), `t.getDayOfYear()` (from 0), `t.getHours()`, `t.getMinutes()`, `t.getSeconds()` | a part of a timestamp in UTC, or in a zone: `now.getHours("Europe/Berlin")` |
//! | `d.getHours()`, `d.getMinutes()`, `d.getSeconds()` | the whole of a duration in that unit |
//! | `list.all(x, p)`, `list.exists(x, p)`, `list.exists_one(x, p)` | whether `p` holds for every, any, exactly one item `x` |
//! | `list.filter(x, p)`, `list.map(x, e)`, `list.map(x, p, e)` | the items for which `p` holds; `e` of each (for which `p` holds) |
//!
//! # What differs from CEL
//!
//! - One type of number, a double: `7 / 2` is 3.5 (CEL's whole numbers give 3), `1 == 1.0`, `1 + 0.5`
//!   needs no conversion, and a whole number is exact up to 2^53. There is no `1u`.
//! - Division by zero and results that are not finite are errors; zero has no sign.
//! - `has` is false, not an error, where more than the last field is missing.
//! - Text from a duration is `1h30m`, where CEL writes `5400s`.
//! - The keys of a map are strings, and macros take lists only.
//! - Not there: bytes, types as values, messages, optionals, comments, triple quotes, hexadecimal numbers.
//!
//! # Checking before there are values
//!
//! A [`Scope`] says of which [`Type`] the roots and their fields are at one place; [`Expr::check`] finds what
//! cannot be there or cannot fit. What is not known may be anything, so that only certain mistakes are told: a
//! comparison of two types is one, though it has a value. Behind `has(event.code) &&` the field may be read.
//!
//! # Failure and bounds
//!
//! What reads a missing field, goes outside a list or meets the wrong type has no value but an
//! [`EvalError`]. The size of an expression, the steps of an evaluation and the size of what it makes
//! are bounded by [`crate::limits`]; it reads no clock and no file, so a replay gives the same value.

mod ast;
mod calls;
mod carries;
mod check;
mod check_calls;
mod evaluate;
mod functions;
mod json;
mod operators;
mod parse;
mod presence;
mod risks;
mod scan;
mod scope;
mod template;
mod text;
mod time;
mod token;
mod types;
mod value;

#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

pub use ast::{Ast, AstKind, BinaryOperator, Comprehension, Read, UnaryOperator};
pub use check::{Checked, Fault, FaultKind};
pub use functions::Function;
pub use risks::{Risk, RiskKind};
pub use scan::places;
pub use scope::{Absent, Scope};
pub use template::{Part, Template};
pub use types::Type;
pub use value::Value;

use crate::finding::{Code, Finding};
use crate::node::{Kind, Node};
use crate::source::Span;
use std::borrow::Cow;
use std::sync::Arc;

/// What an expression may read: each root is looked up by name, mostly field by field.
pub trait Roots {
    /// `event.digits` asks for `("event", "digits")`. `None`: there is no such field now.
    fn field(&self, root: &str, field: &str) -> Option<Cow<'_, Value>>;
    /// The whole root: `now`, or `vars` handed on as a map.
    fn root(&self, root: &str) -> Option<Cow<'_, Value>>;
}

/// Where there is nothing to read: whatever needs more than its own text fails.
#[derive(Clone, Copy, Debug)]
pub struct NoRoots;

impl Roots for NoRoots {
    fn field(&self, _root: &str, _field: &str) -> Option<Cow<'_, Value>> {
        None
    }

    fn root(&self, _root: &str) -> Option<Cow<'_, Value>> {
        None
    }
}

/// Why a text is no expression. Offsets are bytes of that text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParseError {
    /// The first byte at fault.
    pub start: usize,
    /// One past the last byte at fault.
    pub end: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// It is only the name of a function that nobody knows.
    pub is_unknown_name: bool,
}

impl ParseError {
    fn new(start: usize, end: usize, message: impl Into<String>) -> ParseError {
        ParseError { start, end, message: message.into(), help: None, is_unknown_name: false }
    }

    fn help(mut self, help: impl Into<String>) -> ParseError {
        self.help = Some(help.into());
        self
    }

    fn unclosed_text(text: &str, start: usize) -> ParseError {
        let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
        ParseError::new(start, end, "this text is never closed")
            .help("end it with the quote that it begins with")
    }

    fn finding(self, node: &Node, offset: usize) -> Finding {
        let span = node.inside(offset + self.start, offset + self.end);
        let code = if self.is_unknown_name { UNKNOWN_NAME } else { DOES_NOT_PARSE };
        let finding = Finding::error(code, span, self.message);
        if let Some(help) = self.help { finding.help(help) } else { finding }
    }
}

/// Why an expression has no value. It names types and never values, which may be private.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EvalError {
    /// What was wrong with which type.
    pub message: String,
    /// The first byte of the part at fault, in the expression's text.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

/// An expression that does not parse.
const DOES_NOT_PARSE: Code = Code(501);
/// A name that nobody knows.
const UNKNOWN_NAME: Code = Code(502);
/// A value of the wrong type.
const WRONG_TYPE: Code = Code(103);

/// A parsed expression. Cheap to clone; equal to another of the same text.
#[derive(Clone)]
pub struct Expr {
    parsed: Arc<Parsed>,
    origin: Span,
    exact: bool,
}

struct Parsed {
    text: String,
    ast: Ast,
}

impl Expr {
    /// Parses a text.
    ///
    /// # Errors
    /// The first thing wrong with it.
    pub fn parse(text: &str) -> Result<Expr, ParseError> {
        let parsed = Arc::new(Parsed { ast: parse::parse(text)?, text: text.to_owned() });
        Ok(Expr { parsed, origin: Span::new(0, text.len()), exact: true })
    }

    /// Reads a bare expression, such as a guard, from a node. What is wrong is pushed with its exact place.
    pub fn read(node: &Node, found: &mut Vec<Finding>) -> Option<Expr> {
        let Some(scalar) = node.scalar() else {
            let message = format!("an expression is expected, found {}", node.describe());
            found.push(Finding::error(WRONG_TYPE, node.span, message));
            return None;
        };
        let offset = scalar.text.len() - scalar.text.trim_start().len();
        Expr::read_part(node, offset, offset + scalar.text.trim().len(), found)
    }

    /// Reads the bytes from `start` to `end` of a scalar.
    fn read_part(node: &Node, start: usize, end: usize, found: &mut Vec<Finding>) -> Option<Expr> {
        let Kind::Scalar(scalar) = &node.kind else { return None };
        match Expr::parse(&scalar.text[start..end]) {
            Ok(expr) => Some(Expr { origin: node.inside(start, end), exact: scalar.verbatim, ..expr }),
            Err(error) => {
                found.push(error.finding(node, start));
                None
            }
        }
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.parsed.text
    }

    /// The tree.
    #[must_use]
    pub fn ast(&self) -> &Ast {
        &self.parsed.ast
    }

    /// Where it stands in the file; the whole scalar where that is not written as it reads.
    /// For [`Expr::parse`], the text itself.
    #[must_use]
    pub fn origin(&self) -> Span {
        self.origin
    }

    /// Where a part of it stands in the file, as exactly as [`Expr::origin`].
    #[must_use]
    pub fn place(&self, start: usize, end: usize) -> Span {
        if self.exact { self.origin.within(start, end) } else { self.origin }
    }

    /// Where exactly a part of it stands, if it is written as it reads: what a fix may replace.
    #[must_use]
    pub fn exact_place(&self, start: usize, end: usize) -> Option<Span> {
        self.exact.then(|| self.origin.within(start, end))
    }

    /// Every path that it reads, in the order in which they are written.
    #[must_use]
    pub fn reads(&self) -> Vec<Read> {
        let mut found = Vec::new();
        ast::reads(self.ast(), &mut found);
        found
    }

    /// Whether it reads anything: what does not has one value for ever.
    #[must_use]
    pub fn reads_anything(&self) -> bool {
        ast::reads_anything(self.ast())
    }

    /// Every path that it reads and whose value can be seen in its own: a comparison shows nothing of what it compares.
    #[must_use]
    pub fn carries(&self) -> Vec<Read> {
        carries::carries(self.ast(), &mut Vec::new())
    }

    /// Its value.
    ///
    /// # Errors
    /// It reads what is not there, a type does not fit, or a bound is exceeded.
    pub fn evaluate(&self, roots: &dyn Roots) -> Result<Value, EvalError> {
        let value = evaluate::evaluate(self.ast(), roots)?;
        value.check_size().map_err(|message| EvalError { message, start: 0, end: self.text().len() })?;
        Ok(value.into_owned())
    }

    /// Whether it holds, as a guard.
    ///
    /// # Errors
    /// As [`Expr::evaluate`], and where its value is no boolean.
    pub fn holds(&self, roots: &dyn Roots) -> Result<bool, EvalError> {
        match &*evaluate::evaluate(self.ast(), roots)? {
            Value::Bool(held) => Ok(*held),
            other => {
                let message = format!("a guard is true or false, and this is {}", other.described());
                Err(EvalError { message, start: 0, end: self.text().len() })
            }
        }
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Expr) -> bool {
        self.text() == other.text()
    }
}

impl std::fmt::Debug for Expr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Expr").field(&self.text()).finish()
    }
}
