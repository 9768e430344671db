//! Expressions: a documented subset of CEL with one type of number.

mod ast;
mod evaluate;
mod functions;
mod operators;
mod parse;
mod template;
mod time;
mod token;
mod value;

pub use ast::{Ast, AstKind, BinaryOperator, Comprehension, Read, UnaryOperator};
pub use functions::Function;
pub use template::{Part, Template};
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
}

impl ParseError {
    fn new(start: usize, end: usize, message: impl Into<String>) -> ParseError {
        ParseError { start, end, message: message.into(), help: None }
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
        let finding = Finding::error(DOES_NOT_PARSE, span, self.message);
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

    /// Every path that it reads, in the order in which they are written.
    #[must_use]
    pub fn reads(&self) -> Vec<Read> {
        let mut found = Vec::new();
        ast::reads(self.ast(), &mut found);
        found
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
