//! Finds `${ … }` in text, by the words of the language. Knows no grammar.

use std::ops::Range;

use super::ParseError;
use super::token::string_end;

/// A part of a text, not yet parsed.
pub(super) enum Piece {
    /// With `$${` written as `${`.
    Text(String),
    /// The bytes between `${` and `}`.
    Expression { start: usize, end: usize },
}

/// Takes a text apart; two expressions may touch, two texts never do.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, ParseError> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut at = 0;
    while let Some(dollar) = text[at..].find('$').map(|found| at + found) {
        plain.push_str(&text[at..dollar]);
        let rest = &text[dollar..];
        if rest.starts_with("$${") {
            plain.push_str("${");
            at = dollar + 3;
        } else if rest.starts_with("${") {
            let end = closing_brace(text, dollar)?;
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Expression { start: dollar + 2, end });
            at = end + 1;
        } else {
            plain.push('$');
            at = dollar + 1;
        }
    }
    plain.push_str(&text[at..]);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(pieces)
}

/// Where the expressions of a text stand: the bytes between each `${` and its `}`.
///
/// # Errors
/// One of them is never closed.
pub fn places(text: &str) -> Result<Vec<Range<usize>>, ParseError> {
    let places = pieces(text)?.into_iter().filter_map(|piece| match piece {
        Piece::Text(_) => None,
        Piece::Expression { start, end } => Some(start..end),
    });
    Ok(places.collect())
}

/// The `}` that ends the expression which opens with `${`: not one inside a text or a map.
fn closing_brace(text: &str, open: usize) -> Result<usize, ParseError> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = open + 2;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' => {
                at = string_end(text, at, is_raw(bytes, at))
                    .ok_or_else(|| ParseError::unclosed_text(text, at))?;
                continue;
            }
            b'{' => depth += 1,
            b'}' if depth == 0 => return Ok(at),
            b'}' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    Err(ParseError::new(open, open + 2, "`${` is never closed")
        .help("end the expression with `}`, or write `$${` for the characters themselves"))
}

/// Whether the quote at a place has an `r` of its own before it.
fn is_raw(bytes: &[u8], quote: usize) -> bool {
    let before = |distance: usize| quote.checked_sub(distance).map(|at| bytes[at]);
    matches!(before(1), Some(b'r' | b'R'))
        && !before(2).is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
