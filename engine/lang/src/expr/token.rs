//! The words of an expression, with their places. Knows no grammar.

use super::ParseError;
use std::sync::Arc;

/// A word and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a word is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    Number(f64),
    String(Arc<str>),
    /// Also `in`, `true`, `false` and `null`: the parser tells them apart.
    Identifier,
    Symbol(&'static str),
    End,
}

/// Longer ones first: the first that fits is taken.
const SYMBOLS: [&str; 25] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")",
    "[", "]", "{", "}", ";",
];

/// Up to here every whole number has a number of its own; this one has it only in common with the next.
pub(super) const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// Splits a text into words; the last is always the end.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, ParseError> {
    let mut found = Vec::with_capacity(16);
    let mut at = 0;
    loop {
        at += text[at..].len() - text[at..].trim_start_matches([' ', '\t', '\n', '\r', '\x0c']).len();
        let token = token(text, at)?;
        at = token.end;
        let ended = token.kind == TokenKind::End;
        found.push(token);
        if ended {
            return Ok(found);
        }
    }
}

fn token(text: &str, start: usize) -> Result<Token, ParseError> {
    let rest = &text[start..];
    let Some(first) = rest.chars().next() else {
        return Ok(Token { kind: TokenKind::End, start, end: start });
    };
    let second = rest[first.len_utf8()..].chars().next();
    match (first, second) {
        ('"' | '\'', _) => string(text, start, start, false),
        ('r' | 'R', Some('"' | '\'')) => string(text, start, start + 1, true),
        ('b' | 'B', Some('"' | '\'')) => {
            Err(ParseError::new(start, start + 1, "there are no byte strings").help("leave out the `b`"))
        }
        ('0'..='9', _) => number(text, start),
        ('a'..='z' | 'A'..='Z' | '_', _) => {
            let end = start + rest.find(|c: char| !continues_identifier(c)).unwrap_or(rest.len());
            Ok(Token { kind: TokenKind::Identifier, start, end })
        }
        _ => match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            Some(symbol) if *symbol != ";" => {
                Ok(Token { kind: TokenKind::Symbol(symbol), start, end: start + symbol.len() })
            }
            Some(_) | None => Err(unknown(rest, first, start)),
        },
    }
}

fn continues_identifier(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn unknown(rest: &str, first: char, start: usize) -> ParseError {
    let end = start + first.len_utf8();
    if rest.starts_with("${") {
        return ParseError::new(start, start + 2, "`${` inside an expression")
            .help("this is an expression already: leave out `${` and `}`");
    }
    match first {
        '=' => ParseError::new(start, end, "`=` does not compare").help("write `==`"),
        '&' => ParseError::new(start, end, "`&` is no operator").help("write `&&`"),
        '|' => ParseError::new(start, end, "`|` is no operator").help("write `||`"),
        '“' | '”' | '„' | '‘' | '’' => {
            ParseError::new(start, end, format!("`{first}` does not quote text")).help("write `\"` or `'`")
        }
        _ => {
            ParseError::new(start, end, format!("`{}` means nothing in an expression", first.escape_debug()))
        }
    }
}

fn number(text: &str, start: usize) -> Result<Token, ParseError> {
    let bytes = text.as_bytes();
    let digits = |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = digits(start);
    let mut whole = true;
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end = digits(end + 1);
        whole = false;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
            end = digits(end + 1 + sign);
            whole = false;
        }
    }
    let rest = &text[end..];
    if let Some(length) =
        rest.find(|c: char| !continues_identifier(c)).or(Some(rest.len())).filter(|n| *n > 0)
    {
        return Err(no_number(text, start, end, end + length));
    }
    match text[start..end].parse::<f64>() {
        Ok(number) if number.is_finite() && !(whole && number >= WHOLE_MAX) => {
            Ok(Token { kind: TokenKind::Number(number), start, end })
        }
        Ok(_) | Err(_) => Err(ParseError::new(start, end, "this number is too large to be exact")
            .help("write it as text, in quotes, if it is an identifier")),
    }
}

fn no_number(text: &str, start: usize, digits_end: usize, end: usize) -> ParseError {
    let word = &text[start..end];
    let error = ParseError::new(start, end, format!("`{word}` is not a number"));
    match &text[digits_end..end] {
        "h" | "m" | "s" | "ms" | "us" | "ns" => error.help(format!("write `duration(\"{word}\")`")),
        "u" | "U" => error.help("leave out the `u`: there is one type of number"),
        _ => error,
    }
}

fn string(text: &str, start: usize, quote: usize, raw: bool) -> Result<Token, ParseError> {
    let Some(end) = string_end(text, quote, raw) else {
        return Err(ParseError::unclosed_text(text, start));
    };
    let mark = &text[quote..=quote];
    if end - quote == 2 && text[end..].starts_with(mark) {
        return Err(ParseError::new(start, end + 1, "text in triple quotes is not supported")
            .help("use one quote on either side"));
    }
    let inner = &text[quote + 1..end - 1];
    let value = if raw || !inner.contains('\\') { Arc::from(inner) } else { unescape(inner, quote + 1)? };
    Ok(Token { kind: TokenKind::String(value), start, end })
}

/// One past the quote that closes the text which opens at `quote`; `None` if the line ends first.
pub(super) fn string_end(text: &str, quote: usize, raw: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let mark = *bytes.get(quote)?;
    let mut at = quote + 1;
    loop {
        match *bytes.get(at)? {
            b'\n' | b'\r' => return None,
            b'\\' if !raw => at += 2,
            byte if byte == mark => return Some(at + 1),
            _ => at += 1,
        }
    }
}

fn unescape(inner: &str, offset: usize) -> Result<Arc<str>, ParseError> {
    let mut value = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(found) = rest.find('\\') {
        value.push_str(&rest[..found]);
        let at = offset + inner.len() - rest.len() + found;
        let escape = &rest[found + 1..];
        let (c, length) = escaped(escape).ok_or_else(|| {
            let length = escape.chars().next().map_or(0, char::len_utf8);
            ParseError::new(at, at + 1 + length, "this escape does not exist")
                .help("write `\\\\` for a backslash, or put `r` before the opening quote")
        })?;
        value.push(c);
        rest = &escape[length..];
    }
    value.push_str(rest);
    Ok(Arc::from(value))
}

/// The character that an escape stands for, and the length of the escape behind its backslash.
fn escaped(escape: &str) -> Option<(char, usize)> {
    let first = escape.chars().next()?;
    let coded = |start: usize, length: usize, radix: u32| {
        let digits = escape.get(start..start + length)?;
        let code =
            digits.chars().all(|c| c.is_digit(radix)).then(|| u32::from_str_radix(digits, radix).ok())??;
        Some((char::from_u32(code)?, start + length))
    };
    let plain = |c: char| Some((c, 1));
    match first {
        'a' => plain('\x07'),
        'b' => plain('\x08'),
        'f' => plain('\x0c'),
        'n' => plain('\n'),
        'r' => plain('\r'),
        't' => plain('\t'),
        'v' => plain('\x0b'),
        '\\' | '?' | '"' | '\'' | '`' => plain(first),
        'x' | 'X' => coded(1, 2, 16),
        'u' => coded(1, 4, 16),
        'U' => coded(1, 8, 16),
        '0'..='3' => coded(0, 3, 8),
        _ => None,
    }
}
