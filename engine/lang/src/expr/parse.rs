//! Text to tree. Every bound is checked before the recursion that it bounds.

use super::ast::{Ast, AstKind, BinaryOperator, UnaryOperator};
use super::token::{Token, TokenKind, tokens};
use super::{ParseError, Value};
use crate::limits::{EXPRESSION_BYTES_MAX, EXPRESSION_DEPTH_MAX, EXPRESSION_NODES_MAX};
use std::sync::Arc;

/// Words that CEL keeps for itself: no names of roots and variables.
const RESERVED: [&str; 20] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "while",
];

pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

/// Reads a whole text as one expression.
pub(super) fn parse(text: &str) -> Result<Ast, ParseError> {
    if text.len() > EXPRESSION_BYTES_MAX {
        let message = format!("this expression is longer than {EXPRESSION_BYTES_MAX} bytes");
        return Err(ParseError::new(0, text.len(), message));
    }
    let mut parser = Parser { text, tokens: tokens(text)?, at: 0, nodes: 0, nesting: 0, locals: Vec::new() };
    if parser.token().kind == TokenKind::End {
        return Err(ParseError::new(0, text.len(), "there is no expression here"));
    }
    let ast = parser.expression()?;
    match parser.token().kind {
        TokenKind::End => Ok(ast),
        TokenKind::Number(_) | TokenKind::String(_) | TokenKind::Identifier | TokenKind::Symbol(_) => {
            Err(parser.unexpected("an operator"))
        }
    }
}

/// A place in a text, and what has been read up to it.
pub(super) struct Parser<'t> {
    pub(super) text: &'t str,
    /// The last one is the end.
    tokens: Vec<Token>,
    at: usize,
    nodes: usize,
    nesting: usize,
    /// The variables of the macros around this place, the outermost first.
    pub(super) locals: Vec<Arc<str>>,
}

impl Parser<'_> {
    pub(super) fn token(&self) -> &Token {
        &self.tokens[self.at]
    }

    pub(super) fn following(&self) -> &Token {
        &self.tokens[(self.at + 1).min(self.tokens.len() - 1)]
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.token().clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    pub(super) fn word(&self) -> &str {
        &self.text[self.token().start..self.token().end]
    }

    pub(super) fn is(&self, symbol: &str) -> bool {
        matches!(self.token().kind, TokenKind::Symbol(found) if found == symbol)
    }

    pub(super) fn take(&mut self, symbol: &str) -> bool {
        let found = self.is(symbol);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn node(&mut self, kind: AstKind, start: usize, end: usize) -> Result<Ast, ParseError> {
        self.nodes += 1;
        let height = 1 + kind.children().iter().map(|child| child.height).max().unwrap_or(0);
        if self.nodes > EXPRESSION_NODES_MAX || height > EXPRESSION_DEPTH_MAX {
            return Err(too_large(start, end));
        }
        Ok(Ast { kind, start, end, height })
    }

    pub(super) fn expression(&mut self) -> Result<Ast, ParseError> {
        self.nesting += 1;
        if self.nesting > EXPRESSION_DEPTH_MAX {
            return Err(too_large(self.token().start, self.token().end));
        }
        let when = self.binary(0)?;
        let ast = if self.take("?") {
            let then = self.binary(0)?;
            self.expect(":", "`?` needs a `:` and a second value")?;
            let otherwise = self.expression()?;
            let (start, end) = (when.start, otherwise.end);
            let (when, then, otherwise) = (Box::new(when), Box::new(then), Box::new(otherwise));
            self.node(AstKind::Conditional { when, then, otherwise }, start, end)?
        } else {
            when
        };
        self.nesting -= 1;
        Ok(ast)
    }

    /// Operators that bind at least as tightly as `precedence`.
    fn binary(&mut self, precedence: u8) -> Result<Ast, ParseError> {
        let mut left = self.unary()?;
        let mut compared = false;
        while let Some((operator, found)) = self.operator().filter(|(_, found)| *found >= precedence) {
            if operator.is_ordering() {
                if compared {
                    return Err(ParseError::new(left.start, self.token().end, "comparisons do not chain")
                        .help("write `a < b && b < c`"));
                }
                compared = true;
            }
            self.advance();
            let right = self.binary(found + 1)?;
            let (start, end) = (left.start, right.end);
            let (boxed, right) = (Box::new(left), Box::new(right));
            left = self.node(AstKind::Binary { operator, left: boxed, right }, start, end)?;
        }
        Ok(left)
    }

    /// The operator that stands here, and how tightly it binds.
    fn operator(&self) -> Option<(BinaryOperator, u8)> {
        let symbol = match self.token().kind {
            TokenKind::Symbol(symbol) => symbol,
            TokenKind::Identifier if self.word() == "in" => "in",
            TokenKind::Identifier | TokenKind::Number(_) | TokenKind::String(_) | TokenKind::End => {
                return None;
            }
        };
        Some(match symbol {
            "||" => (BinaryOperator::Or, 1),
            "&&" => (BinaryOperator::And, 2),
            "==" => (BinaryOperator::Equal, 3),
            "!=" => (BinaryOperator::NotEqual, 3),
            "<" => (BinaryOperator::Less, 3),
            "<=" => (BinaryOperator::LessOrEqual, 3),
            ">" => (BinaryOperator::Greater, 3),
            ">=" => (BinaryOperator::GreaterOrEqual, 3),
            "in" => (BinaryOperator::In, 3),
            "+" => (BinaryOperator::Add, 4),
            "-" => (BinaryOperator::Subtract, 4),
            "*" => (BinaryOperator::Multiply, 5),
            "/" => (BinaryOperator::Divide, 5),
            "%" => (BinaryOperator::Remainder, 5),
            _ => return None,
        })
    }

    fn unary(&mut self) -> Result<Ast, ParseError> {
        let mut operators = Vec::new();
        while self.is("!") || self.is("-") {
            let operator = if self.is("!") { UnaryOperator::Not } else { UnaryOperator::Negate };
            operators.push((operator, self.advance().start));
        }
        let mut ast = self.postfix()?;
        while let Some((operator, start)) = operators.pop() {
            let end = ast.end;
            let kind = match (operator, &ast.kind) {
                (UnaryOperator::Negate, AstKind::Constant(Value::Number(number))) => {
                    AstKind::Constant(Value::Number(-number))
                }
                (UnaryOperator::Negate | UnaryOperator::Not, _) => {
                    AstKind::Unary { operator, of: Box::new(ast) }
                }
            };
            ast = self.node(kind, start, end)?;
        }
        Ok(ast)
    }

    fn postfix(&mut self) -> Result<Ast, ParseError> {
        let mut ast = self.primary()?;
        loop {
            let start = ast.start;
            if self.is("[") {
                let open = self.advance();
                let index = self.expression()?;
                let end = self.close("]", &open)?;
                ast = self.node(AstKind::Index { of: Box::new(ast), index: Box::new(index) }, start, end)?;
            } else if self.take(".") {
                if self.token().kind != TokenKind::Identifier
                    || matches!(self.word(), "in" | "true" | "false" | "null")
                {
                    return Err(self.unexpected("the name of a field"));
                }
                let name = self.advance();
                ast = if self.is("(") { self.method(ast, &name)? } else { self.field(ast, &name)? };
            } else {
                return Ok(ast);
            }
        }
    }

    fn field(&mut self, of: Ast, name: &Token) -> Result<Ast, ParseError> {
        let start = of.start;
        let kind = AstKind::Field { of: Box::new(of), name: Arc::from(&self.text[name.start..name.end]) };
        self.node(kind, start, name.end)
    }

    fn primary(&mut self) -> Result<Ast, ParseError> {
        let token = self.token().clone();
        match token.kind {
            TokenKind::Number(number) => self.constant(Value::Number(number)),
            TokenKind::String(text) => self.constant(Value::String(text)),
            TokenKind::Identifier => self.named(),
            TokenKind::Symbol("(") => {
                let open = self.advance();
                let ast = self.expression()?;
                self.close(")", &open)?;
                Ok(ast)
            }
            TokenKind::Symbol("[") => self.list(),
            TokenKind::Symbol("{") => self.map(),
            TokenKind::Symbol(_) | TokenKind::End => Err(self.unexpected("a value")),
        }
    }

    fn constant(&mut self, value: Value) -> Result<Ast, ParseError> {
        let token = self.advance();
        self.node(AstKind::Constant(value), token.start, token.end)
    }

    fn named(&mut self) -> Result<Ast, ParseError> {
        let name: Arc<str> = Arc::from(self.word());
        match &*name {
            "true" => return self.constant(Value::Bool(true)),
            "false" => return self.constant(Value::Bool(false)),
            "null" => return self.constant(Value::Null),
            "not" if !matches!(self.following().kind, TokenKind::Symbol(_) | TokenKind::End) => {
                let token = self.token();
                return Err(ParseError::new(token.start, token.end, "`not` is no operator").help("write `!`"));
            }
            word if is_reserved(word) => return Err(self.unexpected("a value")),
            _ => {}
        }
        let token = self.advance();
        if self.is("(") {
            return self.call(&token);
        }
        let kind = match self.locals.iter().rposition(|local| *local == name) {
            Some(slot) => AstKind::Local { slot, name },
            None => AstKind::Root(name),
        };
        self.node(kind, token.start, token.end)
    }

    fn list(&mut self) -> Result<Ast, ParseError> {
        let open = self.advance();
        let mut items = Vec::new();
        while !self.is("]") {
            items.push(self.expression()?);
            if !self.take(",") {
                break;
            }
        }
        let end = self.close("]", &open)?;
        self.node(AstKind::List(items), open.start, end)
    }

    fn map(&mut self) -> Result<Ast, ParseError> {
        let open = self.advance();
        let mut entries = Vec::new();
        while !self.is("}") {
            let key = self.expression()?;
            check_key(&key)?;
            self.expect(":", "a key needs a `:` and a value")?;
            entries.push((key, self.expression()?));
            if !self.take(",") {
                break;
            }
        }
        let end = self.close("}", &open)?;
        self.node(AstKind::Map(entries), open.start, end)
    }

    fn expect(&mut self, symbol: &str, otherwise: &str) -> Result<(), ParseError> {
        if self.take(symbol) {
            return Ok(());
        }
        Err(ParseError::new(self.token().start, self.token().end, otherwise))
    }

    /// Takes the closing bracket and says where it ends.
    pub(super) fn close(&mut self, symbol: &str, open: &Token) -> Result<usize, ParseError> {
        if self.is(symbol) {
            return Ok(self.advance().end);
        }
        match self.token().kind {
            TokenKind::End => {
                let bracket = &self.text[open.start..open.end];
                Err(ParseError::new(open.start, open.end, format!("`{bracket}` is never closed"))
                    .help(format!("write `{symbol}` where it ends")))
            }
            TokenKind::Number(_) | TokenKind::String(_) | TokenKind::Identifier | TokenKind::Symbol(_) => {
                Err(self.unexpected(&format!("`{symbol}`")))
            }
        }
    }

    pub(super) fn unexpected(&self, wanted: &str) -> ParseError {
        let token = self.token();
        if token.kind == TokenKind::End {
            return ParseError::new(
                token.start,
                token.end,
                format!("the expression ends where {wanted} is expected"),
            );
        }
        let error = ParseError::new(
            token.start,
            token.end,
            format!("`{}` stands where {wanted} is expected", self.word()),
        );
        match self.word() {
            "and" | "AND" => error.help("write `&&`"),
            "or" | "OR" => error.help("write `||`"),
            "not" | "NOT" => error.help("write `!`"),
            "is" => error.help("write `==`"),
            _ => error,
        }
    }
}

/// A key that can never be text is more likely a forgotten pair of quotes.
fn check_key(key: &Ast) -> Result<(), ParseError> {
    match &key.kind {
        AstKind::Root(name) => {
            let message = format!("`{name}` without quotes is not a key but something to read");
            Err(ParseError::new(key.start, key.end, message).help(format!("write `\"{name}\"`")))
        }
        AstKind::Constant(value) if !matches!(value, Value::String(_)) => {
            Err(ParseError::new(key.start, key.end, "a key is text").help("put it in quotes"))
        }
        _ => Ok(()),
    }
}

fn too_large(start: usize, end: usize) -> ParseError {
    ParseError::new(
        start,
        end,
        format!(
            "too large: at most {EXPRESSION_NODES_MAX} parts, nested at most {EXPRESSION_DEPTH_MAX} deep"
        ),
    )
    .help("compute a part of it in `set` first")
}
