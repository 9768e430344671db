//! Where a name is given, and everywhere where it is used.

use lang::Span;

use crate::document::Document;
use crate::names::{Part, Symbol};

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
    let Some(here) = document.name_at(offset) else { return Vec::new() };
    let Some(part) = given(document, &here.symbol) else { return Vec::new() };
    let uses = document.names().of_symbol(&here.symbol);
    uses.filter(|one| one.part == part).map(|one| one.span).collect()
}

/// Everywhere where the name at a place stands.
#[must_use]
pub fn references(document: &Document, offset: usize) -> Vec<Reference> {
    let Some(here) = document.name_at(offset) else { return Vec::new() };
    let declared = given(document, &here.symbol);
    let uses = document.names().of_symbol(&here.symbol);
    uses.map(|one| Reference {
        span: one.span,
        is_declaration: declared == Some(one.part),
        is_write: one.part != Part::Used,
    })
    .collect()
}

/// How a name is given: a variable without a first value by what sets it.
fn given(document: &Document, symbol: &Symbol) -> Option<Part> {
    let names = document.names();
    [Part::Declared, Part::Given]
        .into_iter()
        .find(|part| names.of_symbol(symbol).any(|one| one.part == *part))
}
