//! Calls, methods and macros: the part of the grammar in which a name decides.

use super::ParseError;
use super::ast::{Ast, AstKind, Comprehension};
use super::functions::{self, Form, Function};
use super::parse::{Parser, is_reserved};
use super::token::{Token, TokenKind};
use std::sync::Arc;

impl Parser<'_> {
    pub(super) fn call(&mut self, name: &Token) -> Result<Ast, ParseError> {
        let open = self.advance();
        if &self.text[name.start..name.end] == "has" {
            return self.has(name, &open);
        }
        let function = self.function(name, Form::Global)?;
        let (arguments, end) = self.arguments(&open, Vec::new())?;
        self.finish_call(function, name, arguments, name.start, end)
    }

    pub(super) fn method(&mut self, of: Ast, name: &Token) -> Result<Ast, ParseError> {
        let open = self.advance();
        let start = of.start;
        if let Some(operation) = comprehension(&self.text[name.start..name.end]) {
            return self.comprehension(operation, of, &open);
        }
        let function = self.function(name, Form::Method)?;
        let (arguments, end) = self.arguments(&open, vec![of])?;
        self.finish_call(function, name, arguments, start, end)
    }

    fn function(&self, name: &Token, form: Form) -> Result<Function, ParseError> {
        functions::find(&self.text[name.start..name.end], form).map_err(|(message, help)| {
            let is_unknown_name = !functions::is_known(&self.text[name.start..name.end]);
            let error = ParseError { is_unknown_name, ..ParseError::new(name.start, name.end, message) };
            if let Some(help) = help { error.help(help) } else { error }
        })
    }

    fn arguments(&mut self, open: &Token, mut found: Vec<Ast>) -> Result<(Vec<Ast>, usize), ParseError> {
        while !self.is(")") {
            found.push(self.expression()?);
            if !self.take(",") {
                break;
            }
            if self.is(")") {
                return Err(self.unexpected("a value"));
            }
        }
        let end = self.close(")", open)?;
        Ok((found, end))
    }

    fn finish_call(
        &mut self,
        function: Function,
        name: &Token,
        arguments: Vec<Ast>,
        start: usize,
        end: usize,
    ) -> Result<Ast, ParseError> {
        functions::check_count(function, arguments.len())
            .map_err(|message| ParseError::new(name.start, end, message))?;
        let kind = functions::prepare(function, arguments)?;
        self.node(kind, start, end)
    }

    fn has(&mut self, name: &Token, open: &Token) -> Result<Ast, ParseError> {
        let path = self.expression()?;
        let end = self.close(")", open)?;
        if !matches!(path.kind, AstKind::Field { .. }) {
            return Err(ParseError::new(path.start, path.end, "`has` asks for a field")
                .help("write `has(event.name)`, or `\"name\" in event` for a name in quotes"));
        }
        self.node(AstKind::Has(Box::new(path)), name.start, end)
    }

    fn comprehension(&mut self, operation: Comprehension, of: Ast, open: &Token) -> Result<Ast, ParseError> {
        let separated = matches!(self.following().kind, TokenKind::Symbol(","));
        if self.token().kind != TokenKind::Identifier || !separated {
            let token = self.token();
            let message = format!("`{}` needs a name for the item, then an expression", operation.name());
            return Err(ParseError::new(token.start, token.end, message)
                .help(format!("write `{}(item, …)`", operation.name())));
        }
        if is_reserved(self.word()) {
            return Err(self.unexpected("a name for the item"));
        }
        self.locals.push(Arc::from(self.word()));
        self.advance();
        self.advance();
        let first = self.expression()?;
        let second =
            if operation == Comprehension::Map && self.take(",") { Some(self.expression()?) } else { None };
        self.locals.pop();
        let end = self.close(")", open)?;
        let (condition, result) = match (operation, second) {
            (Comprehension::Map, None) => (None, Some(first)),
            (_, second) => (Some(first), second),
        };
        let start = of.start;
        let kind = AstKind::Comprehension {
            operation,
            of: Box::new(of),
            slot: self.locals.len(),
            condition: condition.map(Box::new),
            result: result.map(Box::new),
        };
        self.node(kind, start, end)
    }
}

fn comprehension(name: &str) -> Option<Comprehension> {
    [
        Comprehension::All,
        Comprehension::Exists,
        Comprehension::ExistsOne,
        Comprehension::Filter,
        Comprehension::Map,
    ]
    .into_iter()
    .find(|operation| operation.name() == name)
}
