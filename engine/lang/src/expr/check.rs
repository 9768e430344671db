//! Checks an expression against what is known of the roots at its place. Knows no root and no field of any.

use super::ast::{Ast, AstKind, BinaryOperator, Comprehension, Read, UnaryOperator, path};
use super::risks::{Risk, RiskKind};
use super::scope::{Absent, Scope};
use super::types::Type;
use super::{Expr, Template, Value, check_calls, presence};

/// What is wrong with an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// A name or field that is not there.
    Unknown,
    /// A value of a type that cannot stand there.
    Mistyped,
}

/// One thing wrong with an expression, at a part of its text. Unit: bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What sort of thing.
    pub kind: FaultKind,
    /// The first byte at fault.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// What is wrong, and what to do.
    pub why: Absent,
}

/// What checking an expression gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The type of its value; [`Type::Any`] where that cannot be known, or where something is wrong.
    pub of: Type,
    /// What is wrong with it, in the order in which it is written.
    pub faults: Vec<Fault>,
}

impl Expr {
    /// Checks it at a place.
    #[must_use]
    pub fn check(&self, scope: &dyn Scope) -> Checked {
        let mut check = Check::new(self.text(), scope);
        let of = check.of(self.ast());
        Checked { of, faults: check.faults }
    }

    /// Checks it as a guard, which must be true or false.
    #[must_use]
    pub fn check_guard(&self, scope: &dyn Scope) -> Vec<Fault> {
        let mut check = Check::new(self.text(), scope);
        check.condition(self.ast());
        check.faults
    }

    /// What it reads without having asked whether it is there, in the order in which it is written.
    #[must_use]
    pub fn needs(&self) -> Vec<Read> {
        presence::needs(self.ast())
    }

    /// What is surely there where it holds as a guard.
    #[must_use]
    pub fn shows_if_held(&self) -> Vec<Read> {
        presence::if_true(self.ast())
    }

    /// What is surely there where it does not hold as a guard, or fails.
    #[must_use]
    pub fn shows_unless_held(&self) -> Vec<Read> {
        presence::unless_true(self.ast())
    }
}

impl Template {
    /// Checks every expression in it at a place; each fault is handed over with its expression.
    pub fn check(&self, scope: &dyn Scope, found: &mut dyn FnMut(&Expr, Fault)) -> Type {
        let whole = |expr: &Expr, found: &mut dyn FnMut(&Expr, Fault)| {
            let Checked { of, faults } = expr.check(scope);
            faults.into_iter().for_each(|fault| found(expr, fault));
            of
        };
        match self {
            Template::Constant(value) => Type::of(value),
            Template::Expr(expr) => whole(expr, found),
            Template::Text(_) => {
                for expr in self.expressions() {
                    let of = whole(expr, found);
                    if !of.has_text() {
                        found(expr, no_text(expr, &of));
                    }
                }
                Type::String
            }
            Template::List(items) => {
                let items: Vec<_> = items.iter().map(|item| item.check(scope, found)).collect();
                Type::list(Type::common(items))
            }
            Template::Map(entries) => {
                let fields: Vec<_> =
                    entries.iter().map(|(name, value)| (&**name, value.check(scope, found))).collect();
                Type::record(fields)
            }
        }
    }
}

fn no_text(expr: &Expr, of: &Type) -> Fault {
    let help = match of {
        Type::List(_) => "join its items, as in `${vars.names.join(\", \")}`, or pick one",
        Type::Map | Type::Record(_) => "pick one of its fields",
        _ => "say what should stand there instead",
    };
    let why = Absent::new(
        format!("{} cannot be put into text", of.described()),
        format!("this is {}", of.described()),
    );
    Fault { kind: FaultKind::Mistyped, start: 0, end: expr.text().len(), why: why.help(help) }
}

/// An expression that is being checked.
pub(super) struct Check<'c> {
    text: &'c str,
    scope: &'c dyn Scope,
    /// The types of the variables of the macros around this place, the outermost first.
    locals: Vec<Type>,
    /// What `has` has shown to be there at this place.
    asked: Vec<Read>,
    /// What conditions around this place look at; `None`: nobody asks what may fail.
    pub(super) looked_at: Option<Vec<Read>>,
    faults: Vec<Fault>,
    pub(super) risks: Vec<Risk>,
}

impl<'c> Check<'c> {
    pub(super) fn new(text: &'c str, scope: &'c dyn Scope) -> Check<'c> {
        let (locals, asked, faults, risks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Check { text, scope, locals, asked, looked_at: None, faults, risks }
    }
}

impl Check<'_> {
    pub(super) fn of(&mut self, ast: &Ast) -> Type {
        match &ast.kind {
            AstKind::Constant(value) => Type::of(value),
            AstKind::Root(name) => match self.scope.root(name) {
                Ok(of) => of,
                Err(absent) => self.unknown(ast, (ast.start, ast.end), absent),
            },
            AstKind::Local { slot, name: _ } => self.locals.get(*slot).cloned().unwrap_or(Type::Any),
            AstKind::Field { of, name } => self.field(ast, of, name),
            AstKind::Index { of, index } => self.index(ast, of, index),
            AstKind::Has(path) => {
                self.asks(path);
                Type::Bool
            }
            AstKind::Unary { operator: UnaryOperator::Not, of } => {
                self.condition(of);
                Type::Bool
            }
            AstKind::Unary { operator: UnaryOperator::Negate, of } => match self.of(of) {
                known @ (Type::Any | Type::Number | Type::Duration) => known,
                other => self.mistyped(ast, format!("`-` cannot take {}", other.described()), None),
            },
            AstKind::Binary { operator, left, right } => self.binary(ast, *operator, left, right),
            AstKind::Conditional { when, then, otherwise } => {
                self.condition(when);
                let mut values = presence::children(ast).into_iter().skip(1);
                let mut next = |check: &mut Self, value: &Ast| {
                    let known = values.next().map(|(_, known)| known).unwrap_or_default();
                    check.knowing(known, |check| check.of(value))
                };
                self.looking_at(when, |check| {
                    let then = next(check, then);
                    then.join(&next(check, otherwise))
                })
            }
            AstKind::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.of(item)).collect();
                Type::list(Type::common(items))
            }
            AstKind::Map(entries) => self.map(entries),
            AstKind::Call { function, arguments, pattern: _ } => {
                let types: Vec<_> = arguments.iter().map(|argument| self.of(argument)).collect();
                self.may_convert(ast, *function, arguments, &types);
                check_calls::call(self, ast, *function, arguments, &types)
            }
            AstKind::Comprehension { operation, of, slot: _, condition, result } => {
                self.comprehension(*operation, of, condition.as_deref(), result.as_deref())
            }
        }
    }

    /// Checks a part where more is known to be there than around it.
    fn knowing<T>(&mut self, known: Vec<Read>, check: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.asked.len();
        self.asked.extend(known);
        let checked = check(self);
        self.asked.truncate(before);
        checked
    }

    pub(super) fn text_of(&self, ast: &Ast) -> &str {
        self.text.get(ast.start..ast.end).unwrap_or_default()
    }

    /// How a part is called in a sentence: by its own text, as long as that is short.
    pub(super) fn called(&self, ast: &Ast) -> String {
        const CHARS_MAX: usize = 40;
        let text = self.text_of(ast);
        if text.chars().nth(CHARS_MAX).is_none() && !text.contains('\n') {
            format!("`{text}`")
        } else {
            "this".to_owned()
        }
    }

    pub(super) fn mistyped(&mut self, ast: &Ast, message: String, help: Option<String>) -> Type {
        let why = Absent { help, ..Absent::new(message, String::new()) };
        self.faults.push(Fault { kind: FaultKind::Mistyped, start: ast.start, end: ast.end, why });
        Type::Any
    }

    /// A path of which a part is not there. What has been asked for is not missed.
    fn unknown(&mut self, ast: &Ast, (start, end): (usize, usize), why: Absent) -> Type {
        let is_asked = path(ast).is_some_and(|read| {
            !read.path.is_empty()
                && self
                    .asked
                    .iter()
                    .any(|asked| asked.root == read.root && asked.path.starts_with(&read.path))
        });
        if !is_asked {
            self.faults.push(Fault { kind: FaultKind::Unknown, start, end, why });
        }
        Type::Any
    }

    fn field(&mut self, ast: &Ast, of: &Ast, name: &str) -> Type {
        // The name is the last thing of its node.
        let place =
            self.named(ast.end.saturating_sub(name.len()), ast.end, name).unwrap_or((ast.start, ast.end));
        if let AstKind::Root(root) = &of.kind {
            return self.field_of_root(ast, place, root, name);
        }
        let whole = self.of(of);
        self.member(ast, of, place, &whole, name)
    }

    /// A place, if the name stands there as it is.
    fn named(&self, start: usize, end: usize, name: &str) -> Option<(usize, usize)> {
        (self.text.get(start..end) == Some(name)).then_some((start, end))
    }

    /// The place of a name in quotes, without them if nothing in it is escaped.
    fn quoted(&self, index: &Ast, name: &str) -> (usize, usize) {
        self.named(index.start + 1, index.end.saturating_sub(1), name).unwrap_or((index.start, index.end))
    }

    fn field_of_root(&mut self, ast: &Ast, place: (usize, usize), root: &str, name: &str) -> Type {
        if let Err(absent) = self.scope.root(root) {
            // The root is at fault, and not its field.
            let end = ast.start + root.len();
            self.faults.push(Fault { kind: FaultKind::Unknown, start: ast.start, end, why: absent });
            return Type::Any;
        }
        match self.scope.field(root, name) {
            Ok(of) => of,
            Err(absent) => self.unknown(ast, place, absent),
        }
    }

    /// A field of a value.
    fn member(&mut self, ast: &Ast, of: &Ast, place: (usize, usize), whole: &Type, name: &str) -> Type {
        let called = self.called(of);
        let absent = match whole {
            Type::Any | Type::Map => {
                self.may_fail(RiskKind::Field, ast, ast);
                return Type::Any;
            }
            Type::Record(fields) => {
                if let Some(field) = fields.get(name) {
                    return field.clone();
                }
                let known: Vec<_> = fields.keys().map(|name| format!("`{name}`")).collect();
                let otherwise = match known.as_slice() {
                    [] => "it has no fields at all".to_owned(),
                    known => format!("it has {}", known.join(", ")),
                };
                Absent::new(format!("{called} has no field `{name}`"), "no such field").near(
                    name,
                    fields.keys().map(|name| &**name),
                    otherwise,
                )
            }
            other => {
                let absent = Absent::new(
                    format!("{called} is {} and has no fields", other.described()),
                    "no such field",
                );
                match (other, name) {
                    (Type::List(_), _) => {
                        absent.help("take one item, as in `[0]`, or count them with `size(…)`")
                    }
                    (Type::String | Type::Identifier, "length" | "size") => {
                        absent.help("write `size(…)` for its length")
                    }
                    (_, _) => absent.help(format!("leave out `.{name}`")),
                }
            }
        };
        self.unknown(ast, place, absent)
    }

    fn index(&mut self, ast: &Ast, of: &Ast, index: &Ast) -> Type {
        if let (AstKind::Root(root), AstKind::Constant(Value::String(name))) = (&of.kind, &index.kind) {
            return self.field_of_root(ast, self.quoted(index, name), root, name);
        }
        let (whole, key) = (self.of(of), self.of(index));
        match (&whole, &key) {
            (Type::Any | Type::Map, _) => {
                self.may_fail(RiskKind::Index, ast, of);
                Type::Any
            }
            (Type::List(item), Type::Number | Type::Any) => {
                self.may_fail(RiskKind::Index, ast, of);
                (**item).clone()
            }
            (Type::Record(fields), Type::String | Type::Identifier | Type::Any) => {
                if let AstKind::Constant(Value::String(name)) = &index.kind {
                    return self.member(ast, of, self.quoted(index, name), &whole, name);
                }
                self.may_fail(RiskKind::Index, ast, of);
                Type::common(fields.values().cloned())
            }
            (Type::List(_), other) => {
                let message = format!("the index of a list is a number, and this is {}", other.described());
                self.mistyped(index, message, None)
            }
            (Type::Record(_), other) => {
                let message = format!("the key of a map is a string, and this is {}", other.described());
                self.mistyped(index, message, None)
            }
            (other, _) => {
                let message = format!("{} is {} and has no items", self.called(of), other.described());
                self.mistyped(ast, message, None)
            }
        }
    }

    /// A question for a path: its fields need not be there, but its root must.
    fn asks(&mut self, path: &Ast) {
        let mut node = path;
        loop {
            match &node.kind {
                AstKind::Field { of, name: _ } => node = of,
                AstKind::Index { of, index } => {
                    self.of(index);
                    node = of;
                }
                _ => break,
            }
        }
        self.of(node);
    }

    pub(super) fn condition(&mut self, ast: &Ast) {
        let of = self.of(ast);
        if !of.agrees_with(&Type::Bool) || of == Type::Null {
            let message = format!("a condition is true or false, and this is {}", of.described());
            let help = match of {
                Type::String | Type::Identifier => {
                    Some(format!("compare it, as in `{} != \"\"`", self.text_of(ast)))
                }
                Type::Number => Some(format!("compare it, as in `{} > 0`", self.text_of(ast))),
                _ => None,
            };
            self.mistyped(ast, message, help);
        }
    }

    fn binary(&mut self, ast: &Ast, operator: BinaryOperator, left: &Ast, right: &Ast) -> Type {
        if let BinaryOperator::And | BinaryOperator::Or = operator {
            let others = [right, left];
            for ((side, known), other) in presence::children(ast).into_iter().zip(others) {
                self.looking_at(other, |check| check.knowing(known, |check| check.condition(side)));
            }
            return Type::Bool;
        }
        let types = (self.of(left), self.of(right));
        check_calls::binary(self, ast, operator, (left, right), types)
    }

    fn map(&mut self, entries: &[(Ast, Ast)]) -> Type {
        let mut fields = Vec::with_capacity(entries.len());
        let mut is_open = false;
        for (key, value) in entries {
            let of = self.of(key);
            if !of.agrees_with(&Type::String) {
                self.mistyped(key, format!("a key is a string, and this is {}", of.described()), None);
            }
            let value = self.of(value);
            match &key.kind {
                AstKind::Constant(Value::String(name)) => fields.push((&**name, value)),
                _ => is_open = true,
            }
        }
        if is_open { Type::Map } else { Type::record(fields) }
    }

    fn comprehension(
        &mut self,
        operation: Comprehension,
        of: &Ast,
        condition: Option<&Ast>,
        result: Option<&Ast>,
    ) -> Type {
        let item = match self.of(of) {
            Type::Any => Type::Any,
            Type::List(item) => (*item).clone(),
            other => {
                let message =
                    format!("`{}` takes a list, and this is {}", operation.name(), other.described());
                self.mistyped(of, message, None)
            }
        };
        self.locals.push(item.clone());
        if let Some(condition) = condition {
            self.condition(condition);
        }
        let result = result.map(|result| self.of(result));
        self.locals.pop();
        match operation {
            Comprehension::All | Comprehension::Exists | Comprehension::ExistsOne => Type::Bool,
            Comprehension::Filter => Type::list(item),
            Comprehension::Map => Type::list(result.unwrap_or(Type::Any)),
        }
    }
}
