//! YAML text to [`Node`] tree: the only file that names the YAML library.
//!
//! The parser's events go to `tree`, which keeps our limits; its errors go to `fault`, which
//! words them. Neither knows what a flow is.

mod fault;
mod outline;
mod scene;
mod stop;
mod tree;

#[cfg(test)]
mod tests;

use granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, StructureStyle};

use crate::finding::{Code, Finding};
use crate::limits::{COMMENTS_IN_A_ROW_MAX, DEPTH_MAX, SOURCE_BYTES_MAX};
use crate::node::{Node, Spanned, Style};
use crate::source::{Source, Span};
use fault::Fault;
pub use outline::Part;
use scene::Scene;
use stop::Stop;
use tree::{Shape, Tree};

/// Takes the bytes of a file. A byte order mark is skipped.
///
/// # Errors
/// CF001 at the first byte that is no UTF-8, which is the same place in the lossily decoded text;
/// CF002 if the file is larger than [`SOURCE_BYTES_MAX`].
#[expect(clippy::result_large_err, reason = "a finding once per file, and callers want it as it is")]
pub fn source(name: &str, bytes: &[u8]) -> Result<Source, Finding> {
    if bytes.len() > SOURCE_BYTES_MAX {
        return Err(too_large());
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map(|text| Source::new(name, text)).map_err(|error| {
        let at = error.valid_up_to();
        let is_utf16 = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
        let other = if is_utf16 { "in UTF-16" } else { "in another encoding, or no text at all" };
        Finding::error(Code(1), Span::new(at, at), format!("byte {at} of the file is not UTF-8"))
            .label("not a character")
            .note(format!("YAML is read as UTF-8; the file is {other}"))
            .help("save the file as UTF-8")
    })
}

/// Reads the one document of a source. No tree comes with an error that leaves none to speak of.
#[must_use]
pub fn read(source: &Source) -> (Option<Node>, Vec<Finding>) {
    if source.text().len() > SOURCE_BYTES_MAX {
        return (None, vec![too_large()]);
    }
    let mut tree = Tree::new(source);
    let mut documents = 0;
    for event in Parser::new_from_str_with_options(source.text(), options()) {
        let outcome = match event {
            Ok((Event::DocumentStart(..), span)) => {
                documents += 1;
                if documents > 1 { Err(Stop::SecondDocument(place(source, span))) } else { Ok(()) }
            }
            Ok((event, span)) => take(&mut tree, source, &event, span),
            Err(error) => Err(scan_error(&tree, source, &error)),
        };
        if let Err(stop) = outcome {
            return tree.stop(stop);
        }
    }
    tree.finish()
}

/// What a text holds besides its layout, its comments among it. `None`: it is not YAML.
#[must_use]
pub fn outline(source: &Source) -> Option<Vec<Spanned<Part>>> {
    let mut options = options();
    options.set_emit_comments(true);
    options.max_buffered_comment_events = COMMENTS_IN_A_ROW_MAX;
    let mut parts = Vec::new();
    for event in Parser::new_from_str_with_options(source.text(), options) {
        let (event, span) = event.ok()?;
        let span = place(source, span);
        let part = match event {
            Event::Scalar(text, style, anchor, _) => {
                Part::Scalar { text: text.into_owned(), style: style_of(style), anchor }
            }
            Event::SequenceStart(_, anchor, _) => Part::List { anchor },
            Event::MappingStart(_, anchor, _) => Part::Map { anchor },
            Event::SequenceEnd | Event::MappingEnd => Part::Close,
            Event::Alias(anchor) => Part::Alias { anchor },
            Event::Comment(..) => Part::Comment(source.slice(span).trim_end().to_owned()),
            // The start and end of stream and document hold nothing.
            _ => continue,
        };
        parts.push(Spanned::new(part, span));
    }
    Some(parts)
}

fn options() -> Options {
    let mut options = granit_parser::options! {
        disallow_directives: true,
        block_scalar_eof_without_line_feed: false,
        flow_nesting_limit: DEPTH_MAX,
        block_nesting_limit: DEPTH_MAX,
    };
    options.set_emit_comments(false);
    options
}

fn take(
    tree: &mut Tree<'_>,
    source: &Source,
    event: &Event<'_>,
    span: granit_parser::Span,
) -> Result<(), Stop> {
    if let Some(tag) = span.tag_span() {
        tree.tag(place(source, tag));
    }
    let span = place(source, span);
    match event {
        Event::Scalar(text, style, anchor, _) => tree.scalar(text, style_of(*style), *anchor, span),
        Event::SequenceStart(style, anchor, _) => tree.open(Shape::List, is_flow(*style), *anchor, span),
        Event::MappingStart(style, anchor, _) => tree.open(Shape::Map, is_flow(*style), *anchor, span),
        Event::SequenceEnd | Event::MappingEnd => tree.close(span),
        Event::Alias(anchor) => tree.alias(*anchor, span),
        // The start and end of stream and document carry no node.
        _ => Ok(()),
    }
}

fn place(source: &Source, span: granit_parser::Span) -> Span {
    let range = span.byte_range().unwrap_or(0..0);
    source.clamp(Span::new(range.start, range.end))
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    }
}

fn is_flow(style: StructureStyle) -> bool {
    match style {
        StructureStyle::Flow => true,
        StructureStyle::Block => false,
    }
}

fn too_large() -> Finding {
    Finding::error(Code(2), Span::default(), "the file is larger than 4 MiB")
        .note("no flow needs as much; a file of a thousand states has a tenth of it")
}

fn scan_error(tree: &Tree<'_>, source: &Source, error: &ScanError) -> Stop {
    let at = error.marker().byte_offset().unwrap_or(0);
    let at = source.clamp(Span::new(at, at)).start;
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        return Stop::TooDeep(Span::new(at, at));
    }
    let reached = tree.reached().min(at);
    let scene = Scene { source, at, reached, bracket: tree.bracket(), block: tree.block() };
    Stop::Fault(Box::new(scene.finding(&fault_of(error.kind()))))
}

/// What the library's kinds of error mean to an author. The many that hardly occur keep its words.
fn fault_of(kind: &ErrorKind) -> Fault {
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => Fault::Tab,
        ErrorKind::UnclosedFlowCollection { .. } => Fault::UnclosedBracket,
        ErrorKind::MismatchedFlowCollectionEnd { close, .. } => Fault::MismatchedBracket { close: *close },
        ErrorKind::MisplacedFlowCollectionEnd => Fault::StrayBracket,
        ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::InvalidColonPlacement
        | ErrorKind::InvalidFlowScalarIndent => Fault::BracketExpected,
        ErrorKind::UnclosedQuotedScalar => Fault::UnclosedQuote,
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            Fault::BehindQuote
        }
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::InvalidIndentation
        | ErrorKind::InvalidBlockScalarIndent
        | ErrorKind::InvalidQuotedScalarIndent => Fault::KeyExpected,
        ErrorKind::ExpectedBlockSequenceEntry => Fault::ItemExpected,
        ErrorKind::MappingValueNotAllowed => Fault::StrayColon,
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => Fault::ColonMissing,
        ErrorKind::InvalidMappingValueWhitespace | ErrorKind::FlowMappingValueAdjacentCollection => {
            Fault::BlankMissing
        }
        ErrorKind::BlockSequenceEntryNotAllowed | ErrorKind::InvalidBlockEntryWhitespace => {
            Fault::DashBehindKey
        }
        ErrorKind::BlockEntryInFlowCollection | ErrorKind::PlainScalarStartsWithDashFlowIndicator => {
            Fault::DashInBrackets
        }
        ErrorKind::UnexpectedCharacter { character } => Fault::BadStart(*character),
        ErrorKind::BomInsideDocument => Fault::BadStart('\u{feff}'),
        ErrorKind::UnknownAnchor => Fault::UnknownAnchor,
        ErrorKind::MissingAnchorOrAliasName => Fault::NamelessAnchor,
        ErrorKind::CommentInterceptedScalar => Fault::CommentInside,
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidUnicodeEscape => Fault::BadEscape,
        ErrorKind::DirectiveDisallowed => Fault::Directive,
        ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::UnexpectedEofBlockSequence
        | ErrorKind::UnexpectedEofBlockMapping
        | ErrorKind::UnexpectedEof
        | ErrorKind::ExpectedNodeContent => Fault::ValueMissing,
        _ => Fault::Other(kind.to_string()),
    }
}
