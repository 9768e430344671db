//! What can be said of a guard without knowing any value.

use lang::expr::{Ast, AstKind, BinaryOperator, UnaryOperator};
use lang::{Expr, NoRoots, Value};

/// Whether a guard limits how often something can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// It asks a counter: the visits of the state, or the time.
    Counts,
    /// It does not.
    Free,
}

/// Whether a guard asks something that changes as a loop goes on.
pub(crate) fn bound(guard: &Expr) -> Bound {
    let counts = |read: &lang::expr::Read| match read.root.as_str() {
        // A misspelt field stands for the one that counts (clarification 13).
        "state" => read.path.first().is_none_or(|field| field != "name"),
        "event" | "call" | "vars" | "input" | "config" | "start" | "secrets" => false,
        // The time; or a misspelt root.
        _ => true,
    };
    if guard.reads().iter().any(counts) { Bound::Counts } else { Bound::Free }
}

/// The variables that a guard asks; "" if it asks for all of them.
pub(crate) fn variables(guard: &Expr) -> impl Iterator<Item = String> {
    let reads = guard.reads().into_iter().filter(|read| read.root == "vars");
    reads.map(|read| read.path.into_iter().next().unwrap_or_default())
}

/// Whether a guard holds for whoever did *not* say something: `!=` or `!`.
pub(crate) fn is_negative(guard: &Expr) -> bool {
    match &guard.ast().kind {
        AstKind::Unary { operator: UnaryOperator::Not, .. } => true,
        AstKind::Binary { operator, .. } => *operator == BinaryOperator::NotEqual,
        _ => false,
    }
}

/// Whether a guard always holds, as far as that can be told from its text.
pub(crate) fn is_always_true(guard: &Expr) -> bool {
    !guard.reads_anything() && guard.holds(&NoRoots) == Ok(true)
}

/// The kind of start that a guard asks for, if that is all it asks.
pub(crate) fn start_kind(guard: &Expr) -> Option<&str> {
    let AstKind::Binary { operator: BinaryOperator::Equal, left, right } = &guard.ast().kind else {
        return None;
    };
    match (text(guard, left), &right.kind) {
        ("start.kind", AstKind::Constant(Value::String(kind))) => Some(kind),
        _ => None,
    }
}

/// Unit: branches before one with which it is compared. Thousands are no choice that anybody reads.
const COMPARED_MAX: usize = 256;

/// Of what stands before a branch, what it is compared with.
pub(crate) fn compared<T>(earlier: &[T]) -> &[T] {
    &earlier[earlier.len().saturating_sub(COMPARED_MAX)..]
}

/// Whether two guards are each other's opposites by their texts: `a` and `!a`, `==` and `!=`.
pub(crate) fn are_complements(one: &Expr, other: &Expr) -> bool {
    is_not(one, other) || is_not(other, one) || are_opposite_comparisons(one, other)
}

fn is_not(one: &Expr, other: &Expr) -> bool {
    match &other.ast().kind {
        AstKind::Unary { operator: UnaryOperator::Not, of } => strip(text(other, of)) == strip(one.text()),
        _ => false,
    }
}

fn are_opposite_comparisons(one: &Expr, other: &Expr) -> bool {
    let (
        AstKind::Binary { operator: a, left: l1, right: r1 },
        AstKind::Binary { operator: b, left: l2, right: r2 },
    ) = (&one.ast().kind, &other.ast().kind)
    else {
        return false;
    };
    use BinaryOperator as Op;
    let opposite = matches!(
        (a, b),
        (Op::Equal, Op::NotEqual)
            | (Op::NotEqual, Op::Equal)
            | (Op::Less, Op::GreaterOrEqual)
            | (Op::GreaterOrEqual, Op::Less)
            | (Op::Greater, Op::LessOrEqual)
            | (Op::LessOrEqual, Op::Greater)
    );
    opposite
        && strip(text(one, l1)) == strip(text(other, l2))
        && strip(text(one, r1)) == strip(text(other, r2))
}

/// The text of a part of an expression.
pub(crate) fn text<'e>(expr: &'e Expr, part: &Ast) -> &'e str {
    expr.text().get(part.start..part.end).unwrap_or_default()
}

/// Without blanks and needless parentheses around it.
fn strip(text: &str) -> String {
    let text: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    match text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) if !inner.contains(['(', ')']) => inner.to_owned(),
        _ => text,
    }
}

/// A comparison of a path with a number: `state.visits < 3`.
pub(crate) struct Limit<'e> {
    pub(crate) path: &'e str,
    pub(crate) operator: BinaryOperator,
    pub(crate) number: f64,
}

/// The guard as a comparison of a path with a number, if it is one.
pub(crate) fn limit(guard: &Expr) -> Option<Limit<'_>> {
    let AstKind::Binary { operator, left, right } = &guard.ast().kind else { return None };
    let AstKind::Constant(Value::Number(number)) = right.kind else { return None };
    operator.is_ordering().then(|| Limit { path: text(guard, left), operator: *operator, number })
}

impl Limit<'_> {
    /// Whether whatever passes the other one passes this one, too.
    pub(crate) fn covers(&self, other: &Limit<'_>) -> bool {
        use BinaryOperator as Op;
        if self.path != other.path {
            return false;
        }
        match (self.operator, other.operator) {
            (Op::Less, Op::Less) | (Op::LessOrEqual, Op::LessOrEqual) => other.number <= self.number,
            (Op::Less, Op::LessOrEqual) => other.number < self.number,
            (Op::LessOrEqual, Op::Less) => other.number <= self.number,
            (Op::Greater, Op::Greater) | (Op::GreaterOrEqual, Op::GreaterOrEqual) => {
                other.number >= self.number
            }
            (Op::Greater, Op::GreaterOrEqual) => other.number > self.number,
            (Op::GreaterOrEqual, Op::Greater) => other.number >= self.number,
            _ => false,
        }
    }
}
