//! What we refuse although it is YAML, in words.

use crate::finding::{Code, Finding, brief};
use crate::limits::{ALIASED_BYTES_MAX, ALIASED_NODES_MAX, ANCHORS_MAX, DEPTH_MAX, NODES_MAX};
use crate::source::{Source, Span};
use crate::yaml::tree::Shape;

/// Why reading ends before the text does.
#[derive(Debug)]
pub(super) enum Stop {
    /// The text is not YAML, or holds what we refuse and cannot pass over.
    Fault(Box<Finding>),
    /// A mapping or list at a depth beyond the limit.
    TooDeep(Span),
    /// More keys and values than the limit allows.
    TooMuch(Span),
    /// Aliases that add more than the limits allow.
    Multiplied(Span),
    /// More anchors than the limit allows.
    TooManyAnchors(Span),
    /// Another document begins.
    SecondDocument(Span),
}

impl Stop {
    /// CF001 or CF002.
    pub(super) fn finding(self) -> Finding {
        match self {
            Stop::Fault(finding) => *finding,
            Stop::TooDeep(span) => Finding::error(
                Code(2),
                span,
                format!("mappings and lists are nested more than {DEPTH_MAX} deep"),
            )
            .label("too deep")
            .note("no flow nests that deep; the bound keeps one file from harming others"),
            Stop::TooMuch(span) => Finding::error(Code(2), span, "the file holds more than a flow can")
                .label("the limit is crossed here")
                .note(format!("a file may hold {NODES_MAX} keys and values"))
                .help("divide it into several flows"),
            Stop::Multiplied(span) => Finding::error(Code(2), span, "aliases multiply what the file holds")
                .label("the limit is crossed here")
                .note(format!(
                    "aliases may add {ALIASED_NODES_MAX} keys and values, and {} MiB of text; the bound keeps one \
                     file from harming others",
                    ALIASED_BYTES_MAX / (1024 * 1024)
                )),
            Stop::TooManyAnchors(span) => Finding::error(Code(2), span, "the file has more anchors than a flow can")
                .label("the limit is crossed here")
                .note(format!("a file may hold {ANCHORS_MAX} anchors (`&name`)")),
            Stop::SecondDocument(span) => {
                Finding::error(Code(1), span, "a second document begins in this file")
                    .label("`---` begins another document")
                    .help("put each flow into a file of its own")
            }
        }
    }
}

pub(super) fn collection_as_key(shape: Shape, span: Span) -> Finding {
    let what = match shape {
        Shape::Map => "a mapping",
        Shape::List => "a list",
    };
    Finding::error(Code(1), span, format!("{what} stands where a key belongs"))
        .label("a key is a single word")
        .help("to write an expression, put it in quotes: `\"${ … }\"`")
}

pub(super) fn merge_key(span: Span) -> Finding {
    Finding::error(Code(1), span, "merge keys (`<<`) are not part of a flow")
        .label("not supported")
        .note("readers of YAML disagree about them, and what is merged has no place of its own to point at")
        .help("write the keys out, or give the whole value an anchor and use an alias")
}

pub(super) fn inside_itself(source: &Source, span: Span) -> Finding {
    let alias = brief(source.slice(span));
    Finding::error(Code(2), span, format!("the alias `{alias}` stands inside the value that it names"))
        .label("it would contain itself without end")
}
