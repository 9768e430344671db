//! Lays a flow file out anew: the same values and comments, in one style. The only file that names the formatter.
//!
//! A library does it, and is not trusted: what it made is read again and held against the text before.
//! Callers should expect it to panic or to take its time over a hostile text, and run it where neither harms.

use pretty_yaml::config::{FormatOptions, LanguageOptions, LayoutOptions};
use thiserror::Error;

use crate::finding::Finding;
use crate::limits::{FORMATTED_BYTES_MAX, FORMATTING_ROUNDS_MAX, INDENTATION_MAX, LINE_CHARS_MAX};
use crate::node::Spanned;
use crate::source::{Source, Span};
use crate::yaml::{self, Part};

mod comments;

/// A comment with these words keeps what stands below it as it is written.
pub const KEPT: &str = "fmt: keep";

/// Why a text is left as it is.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// It is not YAML, or holds what no flow may hold.
    #[error("it cannot be read")]
    Wrong(Vec<Finding>),
    /// It is larger than [`FORMATTED_BYTES_MAX`].
    #[error("it is larger than {} MiB", FORMATTED_BYTES_MAX / (1024 * 1024))]
    TooLarge,
    /// It is nested or indented so deep that the formatter loses count.
    #[error("a line is indented by {INDENTATION_MAX} characters or more")]
    TooDeep(Span),
    /// The formatter cannot read what we can.
    #[error("the formatter does not understand it")]
    NotUnderstood,
    /// A value or a comment at this place would change.
    #[error("it would not be the same afterwards")]
    Changed(Span),
    /// Formatted again, it would change again.
    #[error("it would change again when it is formatted again")]
    Unsteady,
}

/// The text of a source, formatted. Line breaks are all like the first; a byte order mark is no part of the text.
///
/// # Errors
/// The text is to be left as it is.
pub fn format(source: &Source) -> Result<String, Refusal> {
    if source.text().len() > FORMATTED_BYTES_MAX {
        return Err(Refusal::TooLarge);
    }
    let (_, found) = yaml::read(source);
    if !found.is_empty() {
        return Err(Refusal::Wrong(found));
    }
    let before = yaml::outline(source).ok_or(Refusal::NotUnderstood)?;
    let mut text = source.text().replace("\r\n", "\n");
    for _ in 0..FORMATTING_ROUNDS_MAX {
        let round = once(source.name(), &text)?;
        if round == text {
            let formatted = with_breaks_of(source.text(), round);
            return same(&before, source, &formatted).map(|()| formatted);
        }
        text = round;
    }
    Err(Refusal::Unsteady)
}

/// One round.
fn once(name: &str, text: &str) -> Result<String, Refusal> {
    // It counts indentation in the bits of a number.
    if let Some(place) = too_deep(text) {
        return Err(Refusal::TooDeep(place));
    }
    let laid_out = pretty_yaml::format_text(text, &options()).map_err(|_| Refusal::NotUnderstood)?;
    Ok(comments::keep_columns(&Source::new(name, text), &Source::new(name, laid_out)))
}

/// Where a block begins too far to the right. Comments and what continues a text may stand there, but hardly do.
fn too_deep(text: &str) -> Option<Span> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        while let Some(inner) = [" ", "- ", "? ", ": "].iter().find_map(|sign| rest.strip_prefix(sign)) {
            rest = inner;
        }
        let depth = line.len() - rest.len();
        if depth >= INDENTATION_MAX && !rest.starts_with('#') && !rest.trim().is_empty() {
            return Some(Span::new(start, start + line.trim_end().len()));
        }
        start += line.len();
    }
    None
}

fn options() -> FormatOptions {
    FormatOptions {
        layout: LayoutOptions { print_width: LINE_CHARS_MAX, ..LayoutOptions::default() },
        language: LanguageOptions {
            trailing_comma: false,
            ignore_comment_directive: KEPT.to_owned(),
            ..LanguageOptions::default()
        },
    }
}

fn with_breaks_of(text: &str, formatted: String) -> String {
    let is_crlf = text.split_once('\n').is_some_and(|(first, _)| first.ends_with('\r'));
    if is_crlf { formatted.replace('\n', "\r\n") } else { formatted }
}

/// Whether every value, key, anchor and comment is still there, in the same order.
fn same(before: &[Spanned<Part>], source: &Source, formatted: &str) -> Result<(), Refusal> {
    let after = yaml::outline(&Source::new(source.name(), formatted)).unwrap_or_default();
    let count = before.iter().zip(&after).take_while(|(a, b)| a.value == b.value).count();
    match before.get(count) {
        None if after.len() == count => Ok(()),
        Some(part) => Err(Refusal::Changed(part.span)),
        None => Err(Refusal::Changed(Span::new(source.text().len(), source.text().len()))),
    }
}

#[cfg(test)]
mod tests;
