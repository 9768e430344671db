//! An expression as a tree, every node with its place. Knows neither text nor values at run time.

use super::Value;
use super::functions::Function;
use std::sync::Arc;

/// A node of the tree, with its place in the expression's text. Unit: bytes.
#[derive(Clone, Debug)]
pub struct Ast {
    /// What it is.
    pub kind: AstKind,
    /// Its first byte.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    pub(super) height: usize,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum AstKind {
    /// A literal, or a conversion of a literal that was made at load: `duration("30s")`.
    Constant(Value),
    /// A root as a whole: `now`, or `vars` before `.attempts`.
    Root(Arc<str>),
    /// The variable of a macro, by its position among those in scope, the outermost first.
    Local {
        /// Its position.
        slot: usize,
        /// Its name.
        name: Arc<str>,
    },
    /// `of.name`.
    Field {
        /// Whose field.
        of: Box<Ast>,
        /// Its name.
        name: Arc<str>,
    },
    /// `of[index]`.
    Index {
        /// Whose item.
        of: Box<Ast>,
        /// Which.
        index: Box<Ast>,
    },
    /// `has(path)`: the path is an [`AstKind::Field`].
    Has(Box<Ast>),
    /// `!of` or `-of`.
    Unary {
        /// What is done.
        operator: UnaryOperator,
        /// To what.
        of: Box<Ast>,
    },
    /// `left operator right`.
    Binary {
        /// What is done.
        operator: BinaryOperator,
        /// To the first.
        left: Box<Ast>,
        /// And the second.
        right: Box<Ast>,
    },
    /// `when ? then : otherwise`.
    Conditional {
        /// The question.
        when: Box<Ast>,
        /// The value if it holds.
        then: Box<Ast>,
        /// The value if it does not.
        otherwise: Box<Ast>,
    },
    /// `[…]`.
    List(Vec<Ast>),
    /// `{key: value, …}`.
    Map(Vec<(Ast, Ast)>),
    /// `function(…)` or `receiver.function(…)`.
    Call {
        /// Which function.
        function: Function,
        /// What it is given, a receiver first.
        arguments: Vec<Ast>,
        /// The pattern of `matches`, if it is a literal.
        pattern: Option<regex::Regex>,
    },
    /// `of.all(name, …)` and its kin.
    Comprehension {
        /// Which macro.
        operation: Comprehension,
        /// The list.
        of: Box<Ast>,
        /// The variable's position, as in [`AstKind::Local`].
        slot: usize,
        /// The condition; of `map` with two arguments none.
        condition: Option<Box<Ast>>,
        /// What `map` makes of each item.
        result: Option<Box<Ast>>,
    },
}

/// An operator with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// An operator with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `in`
    In,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

impl BinaryOperator {
    /// As it is written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOperator::Or => "||",
            BinaryOperator::And => "&&",
            BinaryOperator::Equal => "==",
            BinaryOperator::NotEqual => "!=",
            BinaryOperator::Less => "<",
            BinaryOperator::LessOrEqual => "<=",
            BinaryOperator::Greater => ">",
            BinaryOperator::GreaterOrEqual => ">=",
            BinaryOperator::In => "in",
            BinaryOperator::Add => "+",
            BinaryOperator::Subtract => "-",
            BinaryOperator::Multiply => "*",
            BinaryOperator::Divide => "/",
            BinaryOperator::Remainder => "%",
        }
    }

    /// Whether it asks which is the greater.
    #[must_use]
    pub fn is_ordering(self) -> bool {
        matches!(
            self,
            BinaryOperator::Less
                | BinaryOperator::LessOrEqual
                | BinaryOperator::Greater
                | BinaryOperator::GreaterOrEqual
        )
    }
}

/// A macro over a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comprehension {
    /// Whether the condition holds for every item.
    All,
    /// Whether it holds for one or more.
    Exists,
    /// Whether it holds for exactly one.
    ExistsOne,
    /// The items for which it holds.
    Filter,
    /// Something made of each item.
    Map,
}

impl Comprehension {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Comprehension::All => "all",
            Comprehension::Exists => "exists",
            Comprehension::ExistsOne => "exists_one",
            Comprehension::Filter => "filter",
            Comprehension::Map => "map",
        }
    }
}

impl Ast {
    /// The nodes directly below, in the order in which they are written.
    #[must_use]
    pub fn children(&self) -> Vec<&Ast> {
        self.kind.children()
    }
}

impl AstKind {
    pub(super) fn children(&self) -> Vec<&Ast> {
        match self {
            AstKind::Constant(_) | AstKind::Root(_) | AstKind::Local { .. } => Vec::new(),
            AstKind::Field { of, name: _ } | AstKind::Has(of) | AstKind::Unary { operator: _, of } => {
                vec![of]
            }
            AstKind::Index { of, index } => vec![of, index],
            AstKind::Binary { operator: _, left, right } => vec![left, right],
            AstKind::Conditional { when, then, otherwise } => vec![when, then, otherwise],
            AstKind::List(items) => items.iter().collect(),
            AstKind::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
            AstKind::Call { function: _, arguments, pattern: _ } => arguments.iter().collect(),
            AstKind::Comprehension { operation: _, of, slot: _, condition, result } => {
                std::iter::once(&**of).chain(condition.as_deref()).chain(result.as_deref()).collect()
            }
        }
    }
}

/// A path that an expression reads: `event.data.code`, also as `event.data["code"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The root: `event`.
    pub root: String,
    /// The fields behind it: `data`, `code`. It ends before an index that is not a literal text.
    pub path: Vec<String>,
    /// Its first byte in the expression's text.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

/// Every path that a tree reads, in the order in which they are written.
pub(super) fn reads(ast: &Ast, found: &mut Vec<Read>) {
    if let Some(read) = path(ast) {
        found.push(read);
        return;
    }
    for child in ast.children() {
        reads(child, found);
    }
}

/// Whether a tree reads anything at all.
pub(super) fn reads_anything(ast: &Ast) -> bool {
    matches!(ast.kind, AstKind::Root(_)) || ast.children().into_iter().any(reads_anything)
}

/// The path that a node is, if it is one.
pub(super) fn path(ast: &Ast) -> Option<Read> {
    if let AstKind::Root(root) = &ast.kind {
        return Some(Read { root: root.to_string(), path: Vec::new(), start: ast.start, end: ast.end });
    }
    let (of, name) = step(&ast.kind)?;
    let mut read = path(of)?;
    read.path.push(name.to_string());
    read.end = ast.end;
    Some(read)
}

fn step(kind: &AstKind) -> Option<(&Ast, &str)> {
    if let AstKind::Field { of, name } = kind {
        return Some((of, name));
    }
    if let AstKind::Index { of, index } = kind
        && let AstKind::Constant(Value::String(name)) = &index.kind
    {
        return Some((of, name));
    }
    None
}
