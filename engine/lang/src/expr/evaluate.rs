//! Tree to value. Every step is counted; recursion is as deep as the tree, which is bounded at load.

use super::ast::{Ast, AstKind, BinaryOperator, Comprehension, UnaryOperator};
use super::{EvalError, Roots, Value, functions, operators, text};
use crate::limits::EXPRESSION_STEPS_MAX;
use indexmap::IndexMap;
use std::borrow::Cow;
use std::sync::Arc;

/// The value of a tree. What is only read stays borrowed.
pub(super) fn evaluate<'e>(ast: &'e Ast, roots: &'e dyn Roots) -> Result<Cow<'e, Value>, EvalError> {
    Evaluation { roots, steps: Steps::new(), locals: Vec::new() }.value(ast)
}

/// What an evaluation may still do.
pub(super) struct Steps(u32);

impl Steps {
    pub(super) fn new() -> Steps {
        Steps(EXPRESSION_STEPS_MAX)
    }

    pub(super) fn spend(&mut self, steps: u32) -> Result<(), String> {
        match self.0.checked_sub(steps) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => {
                self.0 = 0;
                Err(format!("this takes more than {EXPRESSION_STEPS_MAX} steps"))
            }
        }
    }

    /// Text that is read or made.
    pub(super) fn text(&mut self, bytes: usize) -> Result<(), String> {
        const BYTES_PER_STEP: usize = 64;
        self.spend(u32::try_from(bytes / BYTES_PER_STEP).unwrap_or(u32::MAX))
    }

    fn are_spent(&self) -> bool {
        self.0 == 0
    }
}

struct Evaluation<'e> {
    roots: &'e dyn Roots,
    steps: Steps,
    /// The variables of the macros around this place, the outermost first.
    locals: Vec<Value>,
}

type Found<'e> = Result<Cow<'e, Value>, EvalError>;

fn at(ast: &Ast) -> impl Fn(String) -> EvalError {
    |message| EvalError { message, start: ast.start, end: ast.end }
}

fn owned<'e>(value: Value) -> Found<'e> {
    Ok(Cow::Owned(value))
}

impl<'e> Evaluation<'e> {
    fn value(&mut self, ast: &'e Ast) -> Found<'e> {
        self.steps.spend(1).map_err(at(ast))?;
        match &ast.kind {
            AstKind::Constant(value) => Ok(Cow::Borrowed(value)),
            AstKind::Local { slot, name: _ } => owned(self.locals[*slot].clone()),
            AstKind::Root(_) | AstKind::Field { .. } | AstKind::Index { .. } => self.read(ast),
            AstKind::Has(path) => self.has(path),
            AstKind::Unary { operator, of } => {
                let value = self.value(of)?;
                let result = match operator {
                    UnaryOperator::Not => operators::not(&value),
                    UnaryOperator::Negate => operators::negate(&value),
                };
                result.map(Cow::Owned).map_err(at(ast))
            }
            AstKind::Binary { operator, left, right } => self.binary(ast, *operator, left, right),
            AstKind::Conditional { when, then, otherwise } => {
                if self.condition(when)? {
                    self.value(then)
                } else {
                    self.value(otherwise)
                }
            }
            AstKind::List(items) => {
                let items: Result<Arc<[Value]>, EvalError> =
                    items.iter().map(|item| self.value(item).map(Cow::into_owned)).collect();
                owned(Value::List(items?))
            }
            AstKind::Map(entries) => self.map(entries),
            AstKind::Call { function, arguments, pattern } => {
                let values: Vec<Cow<'e, Value>> = arguments
                    .iter()
                    .map(|argument| self.value(argument))
                    .collect::<Result<_, EvalError>>()?;
                let result = match (pattern, values.first().map(|value| &**value)) {
                    (Some(pattern), Some(Value::String(text))) => {
                        text::matches(text, pattern, &mut self.steps)
                    }
                    (Some(_) | None, _) => functions::call(*function, &values, &mut self.steps),
                };
                result.map(Cow::Owned).map_err(at(ast))
            }
            AstKind::Comprehension { operation, of, slot: _, condition, result } => {
                self.comprehension(*operation, of, condition.as_deref(), result.as_deref())
            }
        }
    }

    fn condition(&mut self, ast: &'e Ast) -> Result<bool, EvalError> {
        operators::boolean(&*self.value(ast)?).map_err(at(ast))
    }

    fn read(&mut self, ast: &'e Ast) -> Found<'e> {
        match self.find(ast)? {
            Some(value) => Ok(value),
            None => Err(self.missing(ast)),
        }
    }

    /// What a path leads to, `None` where something on it is missing.
    fn find(&mut self, ast: &'e Ast) -> Result<Option<Cow<'e, Value>>, EvalError> {
        match &ast.kind {
            AstKind::Root(name) => Ok(self.roots.root(name)),
            AstKind::Field { of, name } => {
                self.steps.spend(1).map_err(at(ast))?;
                if let AstKind::Root(root) = &of.kind {
                    return Ok(self.roots.field(root, name));
                }
                let Some(value) = self.find(of)? else { return Ok(None) };
                member(value, |value| operators::field(value, name)).map_err(at(ast))
            }
            AstKind::Index { of, index } => {
                let key = self.value(index)?;
                if let (AstKind::Root(root), Value::String(name)) = (&of.kind, &*key) {
                    return Ok(self.roots.field(root, name));
                }
                let Some(value) = self.find(of)? else { return Ok(None) };
                member(value, |value| operators::item(value, &key)).map_err(at(ast))
            }
            AstKind::Constant(_)
            | AstKind::Local { .. }
            | AstKind::Has(_)
            | AstKind::Unary { .. }
            | AstKind::Binary { .. }
            | AstKind::Conditional { .. }
            | AstKind::List(_)
            | AstKind::Map(_)
            | AstKind::Call { .. }
            | AstKind::Comprehension { .. } => self.value(ast).map(Some),
        }
    }

    fn has(&mut self, path: &'e Ast) -> Found<'e> {
        let found = match self.find(path) {
            Ok(found) => found.is_some(),
            Err(error) if self.steps.are_spent() => return Err(error),
            Err(_) => false,
        };
        owned(Value::Bool(found))
    }

    /// Names the first part of a path that is missing.
    fn missing(&mut self, ast: &'e Ast) -> EvalError {
        let mut first = ast;
        while let AstKind::Field { of, name: _ } | AstKind::Index { of, index: _ } = &first.kind {
            let is_path = matches!(of.kind, AstKind::Field { .. } | AstKind::Index { .. });
            if !is_path || !matches!(self.find(of), Ok(None)) {
                break;
            }
            first = of;
        }
        let message = match &first.kind {
            AstKind::Field { of: _, name } => format!("there is no field `{name}` here"),
            AstKind::Root(name) => format!("there is no `{name}` here"),
            _ => "there is no such item here".to_owned(),
        };
        at(first)(message)
    }

    fn binary(&mut self, ast: &'e Ast, operator: BinaryOperator, left: &'e Ast, right: &'e Ast) -> Found<'e> {
        if let BinaryOperator::And | BinaryOperator::Or = operator {
            return self.either(left, right, operator == BinaryOperator::Or);
        }
        let left = self.value(left)?;
        let right = self.value(right)?;
        operators::binary(operator, &left, &right, &mut self.steps).map(Cow::Owned).map_err(at(ast))
    }

    /// `||` where `decisive` is true, `&&` where it is false: one side that decides outweighs an error on the other.
    fn either(&mut self, left: &'e Ast, right: &'e Ast, decisive: bool) -> Found<'e> {
        let first = self.condition(left);
        if first.as_ref() == Ok(&decisive) || self.steps.are_spent() {
            return first.map(|value| Cow::Owned(Value::Bool(value)));
        }
        match (first, self.condition(right)) {
            (_, Ok(second)) if second == decisive => owned(Value::Bool(decisive)),
            (Err(error), _) | (Ok(_), Err(error)) => Err(error),
            (Ok(_), Ok(second)) => owned(Value::Bool(second)),
        }
    }

    fn map(&mut self, entries: &'e [(Ast, Ast)]) -> Found<'e> {
        let mut map = IndexMap::with_capacity(entries.len());
        for (key, value) in entries {
            let name = match &*self.value(key)? {
                Value::String(name) => name.clone(),
                other => {
                    return Err(at(key)(format!("a key is a string, and this is {}", other.described())));
                }
            };
            if map.insert(name, self.value(value)?.into_owned()).is_some() {
                return Err(at(key)("this key is there already".to_owned()));
            }
        }
        owned(Value::Map(Arc::new(map)))
    }

    fn comprehension(
        &mut self,
        operation: Comprehension,
        of: &'e Ast,
        condition: Option<&'e Ast>,
        result: Option<&'e Ast>,
    ) -> Found<'e> {
        let list = self.value(of)?;
        let Value::List(items) = &*list else {
            return Err(at(of)(format!(
                "`{}` takes a list, and this is {}",
                operation.name(),
                list.described()
            )));
        };
        let mut made = Vec::new();
        let mut held = 0_usize;
        let mut failed = None;
        for item in items.iter() {
            self.locals.push(item.clone());
            let holds = condition.map_or(Ok(true), |condition| self.condition(condition));
            let value = match (&holds, result) {
                (Ok(true), Some(result)) => self.value(result).map(Cow::into_owned),
                (Ok(_) | Err(_), _) => Ok(item.clone()),
            };
            self.locals.pop();
            match (operation, holds) {
                (Comprehension::All, Ok(false)) => return owned(Value::Bool(false)),
                (Comprehension::Exists, Ok(true)) => return owned(Value::Bool(true)),
                (Comprehension::All | Comprehension::Exists, Err(error)) if !self.steps.are_spent() => {
                    failed = failed.or(Some(error));
                }
                (_, Err(error)) => return Err(error),
                (Comprehension::Filter | Comprehension::Map, Ok(true)) => made.push(value?),
                (_, Ok(holds)) => held += usize::from(holds),
            }
        }
        match (operation, failed) {
            (_, Some(error)) => Err(error),
            (Comprehension::All, None) => owned(Value::Bool(true)),
            (Comprehension::Exists, None) => owned(Value::Bool(false)),
            (Comprehension::ExistsOne, None) => owned(Value::Bool(held == 1)),
            (Comprehension::Filter | Comprehension::Map, None) => owned(Value::List(Arc::from(made))),
        }
    }
}

/// A part of a value, borrowed if the whole is.
fn member<'e>(
    value: Cow<'e, Value>,
    part: impl for<'v> Fn(&'v Value) -> Result<Option<&'v Value>, String>,
) -> Result<Option<Cow<'e, Value>>, String> {
    match value {
        Cow::Borrowed(value) => Ok(part(value)?.map(Cow::Borrowed)),
        Cow::Owned(value) => Ok(part(&value)?.cloned().map(Cow::Owned)),
    }
}
