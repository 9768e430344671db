//! Where a name is given, and everywhere where it is used.

use lang::Span;

use crate::document::Document;
use crate::names::{Part, Symbol, Use};
use crate::slot::Named;

/// A name where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The place.
    pub span: Span,
    /// It is declared here.
    pub is_declaration: bool,
    /// It gets a value here.
    pub is_write: bool,
}

/// Where the name at a place is given: its declaration, or else what gives it a value.
#[must_use]
pub fn definition(document: &Document, offset: usize) -> Vec<Span> {
    let names = document.names();
    let Some(here) = document.name_at(offset) else { return Vec::new() };
    let parts = |part: Part| -> Vec<Span> {
        names.of_symbol(&here.symbol).filter(|one| one.part == part).map(|one| one.span).collect()
    };
    let declared = parts(Part::Declared);
    if declared.is_empty() { parts(Part::Given) } else { declared }
}

/// Everywhere where the name at a place stands.
#[must_use]
pub fn references(document: &Document, offset: usize) -> Vec<Reference> {
    let Some(here) = document.name_at(offset) else { return Vec::new() };
    let symbol = &here.symbol;
    let is_declaration = |one: &Use| match symbol {
        // A variable without a first value is declared by what sets it.
        Symbol::Plain(Named::Variable, _) => definition(document, one.span.start).contains(&one.span),
        _ => one.part == Part::Declared,
    };
    let uses = document.names().of_symbol(symbol);
    uses.map(|one| Reference {
        span: one.span,
        is_declaration: is_declaration(one),
        is_write: one.part != Part::Used,
    })
    .collect()
}
