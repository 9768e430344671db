//! What may fail at run time though nothing is wrong with an expression. Knows no root and no field of any.

use super::ast::{Ast, AstKind, Read, path};
use super::check::Check;
use super::functions::Function;
use super::scope::Scope;
use super::types::Type;
use super::{Expr, ast};

/// What may fail at run time though nothing is wrong with the expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RiskKind {
    /// A field of a value of which no field is known.
    Field,
    /// An item of a list, or of a map by a key that is computed.
    Index,
    /// Text that must spell a number, a truth, a moment or a length of time.
    Conversion,
}

/// A part of an expression that may fail. Unit: bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk {
    /// What sort of thing.
    pub kind: RiskKind,
    /// The first byte of the part.
    pub start: usize,
    /// One past its last.
    pub end: usize,
    /// The path that the part is, if it is one.
    pub path: Option<Read>,
}

impl Expr {
    /// Which of its parts may fail at a place, in the order in which they are checked. A path that a condition around
    /// the part looks at is taken to be there as it should, and so is one of `looked_at`.
    #[must_use]
    pub fn risks(&self, scope: &dyn Scope, looked_at: Vec<Read>) -> Vec<Risk> {
        if !may_fail(self.ast()) {
            return Vec::new();
        }
        let mut check = Check::new(self.text(), scope);
        check.looked_at = Some(looked_at);
        check.of(self.ast());
        check.risks
    }
}

impl Check<'_> {
    /// Checks parts that count only where a condition has a value.
    pub(super) fn looking_at<T>(&mut self, condition: &Ast, check: impl FnOnce(&mut Self) -> T) -> T {
        let Some(looked_at) = &mut self.looked_at else { return check(self) };
        let before = looked_at.len();
        ast::reads(condition, looked_at);
        let checked = check(self);
        if let Some(looked_at) = &mut self.looked_at {
            looked_at.truncate(before);
        }
        checked
    }

    /// A part may fail, unless a condition has looked at what decides that.
    pub(super) fn may_fail(&mut self, kind: RiskKind, part: &Ast, decides: &Ast) {
        let Some(looked_at) = &self.looked_at else { return };
        let is_looked_at = path(decides).is_some_and(|read| {
            let covers = |looked: &Read| looked.root == read.root && looked.path.starts_with(&read.path);
            looked_at.iter().any(covers)
        });
        if !is_looked_at {
            self.risks.push(Risk { kind, start: part.start, end: part.end, path: path(part) });
        }
    }

    pub(super) fn may_convert(&mut self, ast: &Ast, function: Function, arguments: &[Ast], types: &[Type]) {
        let ([argument], [of]) = (arguments, types) else { return };
        let is_text = matches!(of, Type::Any | Type::String | Type::Identifier);
        if converts(function) && is_text && !matches!(argument.kind, AstKind::Constant(_)) {
            self.may_fail(RiskKind::Conversion, ast, argument);
        }
    }
}

/// Whether there is a part that may fail by its form, whatever the types are: that is asked of each expression of a
/// flow, and costs less than its types.
fn may_fail(ast: &Ast) -> bool {
    let may_fail_itself = match &ast.kind {
        AstKind::Index { .. } => true,
        AstKind::Field { of, name: _ } => !matches!(of.kind, AstKind::Root(_)),
        AstKind::Call { function, arguments: _, pattern: _ } => converts(*function),
        _ => false,
    };
    may_fail_itself || ast.children().into_iter().any(may_fail)
}

/// Whether the function reads its argument as text that spells something else.
fn converts(function: Function) -> bool {
    use Function::{Bool, Double, Duration, Int, Number, Timestamp};
    matches!(function, Int | Double | Number | Bool | Duration | Timestamp)
}
