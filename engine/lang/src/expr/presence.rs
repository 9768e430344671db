//! What `has` asks: which paths must be there for an expression to have a value, and which are known to be there
//! once it held or did not.

use super::Value;
use super::ast::{Ast, AstKind, BinaryOperator, Read, UnaryOperator, path};

/// What an expression reads without having asked whether it is there.
pub(super) fn needs(ast: &Ast) -> Vec<Read> {
    let mut needs = Needs { asked: Vec::new(), found: Vec::new() };
    needs.walk(ast);
    needs.found
}

struct Needs {
    /// Known to be there at this place.
    asked: Vec<Read>,
    found: Vec<Read>,
}

impl Needs {
    fn walk(&mut self, ast: &Ast) {
        if let Some(read) = path(ast) {
            if !self.asked.iter().any(|asked| asked.begins_like(&read)) {
                self.found.push(read);
            }
            return;
        }
        if matches!(ast.kind, AstKind::Has(_)) {
            return;
        }
        for (child, known) in children(ast) {
            let before = self.asked.len();
            self.asked.extend(known);
            self.walk(child);
            self.asked.truncate(before);
        }
    }
}

/// The nodes directly below, each with what is known to be there wherever its value counts.
///
/// A side that decides outweighs an error on the other, whichever comes first; so each side of `&&` and `||` may
/// rely on the other one.
pub(super) fn children(ast: &Ast) -> Vec<(&Ast, Vec<Read>)> {
    match &ast.kind {
        AstKind::Binary { operator: BinaryOperator::And, left, right } => {
            vec![(left, if_true(right)), (right, if_true(left))]
        }
        AstKind::Binary { operator: BinaryOperator::Or, left, right } => {
            vec![(left, if_false(right)), (right, if_false(left))]
        }
        AstKind::Conditional { when, then, otherwise } => {
            vec![(when, Vec::new()), (then, if_true(when)), (otherwise, if_false(when))]
        }
        _ => ast.children().into_iter().map(|child| (child, Vec::new())).collect(),
    }
}

/// What is there if a condition is true.
pub(super) fn if_true(ast: &Ast) -> Vec<Read> {
    match &ast.kind {
        AstKind::Has(path) => self::path(path).into_iter().collect(),
        AstKind::Unary { operator: UnaryOperator::Not, of } => if_false(of),
        AstKind::Binary { operator: BinaryOperator::And, left, right } => {
            union(if_true(left), if_true(right))
        }
        AstKind::Binary { operator: BinaryOperator::Or, left, right } => both(if_true(left), &if_true(right)),
        AstKind::Binary { operator: BinaryOperator::In, left, right } => {
            key_of(left, right).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// What is there if a condition is false.
fn if_false(ast: &Ast) -> Vec<Read> {
    match &ast.kind {
        AstKind::Unary { operator: UnaryOperator::Not, of } => if_true(of),
        AstKind::Binary { operator: BinaryOperator::Or, left, right } => {
            union(if_false(left), if_false(right))
        }
        AstKind::Binary { operator: BinaryOperator::And, left, right } => {
            both(if_false(left), &if_false(right))
        }
        _ => Vec::new(),
    }
}

/// What is there if a condition is false or has no value, as a guard that does not hold.
pub(super) fn unless_true(ast: &Ast) -> Vec<Read> {
    if cannot_fail(ast) {
        return if_false(ast);
    }
    match &ast.kind {
        AstKind::Binary { operator: BinaryOperator::Or, left, right } => {
            union(unless_true(left), unless_true(right))
        }
        _ => Vec::new(),
    }
}

fn cannot_fail(ast: &Ast) -> bool {
    match &ast.kind {
        AstKind::Constant(Value::Bool(_)) | AstKind::Has(_) => true,
        AstKind::Unary { operator: UnaryOperator::Not, of } => cannot_fail(of),
        AstKind::Binary { operator: BinaryOperator::And | BinaryOperator::Or, left, right } => {
            cannot_fail(left) && cannot_fail(right)
        }
        _ => false,
    }
}

/// `"name" in vars` asks for `vars.name`.
fn key_of(left: &Ast, right: &Ast) -> Option<Read> {
    let AstKind::Constant(Value::String(name)) = &left.kind else { return None };
    let mut read = path(right)?;
    read.path.push(name.to_string());
    Some(read)
}

fn union(mut one: Vec<Read>, other: Vec<Read>) -> Vec<Read> {
    one.extend(other);
    one
}

fn both(mut one: Vec<Read>, other: &[Read]) -> Vec<Read> {
    one.retain(|read| other.iter().any(|other| other.root == read.root && other.path == read.path));
    one
}

impl Read {
    /// Whether both read the same field of the same root.
    #[must_use]
    pub fn begins_like(&self, other: &Read) -> bool {
        self.root == other.root && self.path.first() == other.path.first()
    }
}
