//! What other YAML readers make of a plain scalar that is text to us.

use crate::value::scalar::decimal;

/// How other YAML readers, of YAML 1.1 or of YAML 1.2's core schema, take a plain scalar, where not as text.
#[must_use]
pub fn misread(text: &str) -> Option<&'static str> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "on" => return Some("`true`"),
        "false" | "no" | "n" | "off" => return Some("`false`"),
        "null" | "~" => return Some("nothing"),
        ".inf" | "+.inf" | "-.inf" => return Some("infinity"),
        ".nan" => return Some("not a number"),
        _ => {}
    }
    let (sign, digits) = match text.as_bytes() {
        [b'+', ..] => (Some('+'), &text[1..]),
        [b'-', ..] => (Some('-'), &text[1..]),
        _ => (None, text),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let consists_of = |text: &str, extra: &[u8]| {
        text.bytes().any(|b| b.is_ascii_digit())
            && text.bytes().all(|b| b.is_ascii_digit() || extra.contains(&b))
    };
    if let Some(rest) = digits.strip_prefix("0x") {
        let hexadecimal = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_hexdigit() || b == b'_');
        return hexadecimal.then_some("a hexadecimal number");
    }
    if let Some(rest) = digits.strip_prefix("0o") {
        return consists_of(rest, b"").then_some("an octal number");
    }
    if let Some(rest) = digits.strip_prefix("0b") {
        return consists_of(rest, b"_").then_some("a binary number");
    }
    if consists_of(digits, b"_") {
        return Some(match (sign, digits.as_bytes()) {
            (Some('+'), _) => "a number, without its plus",
            (_, [b'0', _, ..]) => "an octal number, or one without its leading zero",
            _ if digits.contains('_') => "a number, without its underscores",
            _ => "a number",
        });
    }
    if is_base_sixty(digits) {
        return Some("a number in base sixty");
    }
    if decimal(digits).is_some() || is_float(digits) {
        return Some("a number");
    }
    is_date(text).then_some("a date")
}

/// `1e3`, `.5`, `1.`, `01.5`: forms of other readers only.
fn is_float(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
        && text.parse::<f64>().is_ok()
}

/// `8:30`, `1:30:45.5`.
fn is_base_sixty(text: &str) -> bool {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let mut parts = whole.split(':');
    let first = parts.next().is_some_and(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let mut later = parts.peekable();
    first
        && later.peek().is_some()
        && later.all(|part| matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']))
}

/// `2026-03-17`, with or without a time behind it.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10
        && bytes[..10].iter().enumerate().all(|(at, b)| match at {
            4 | 7 => *b == b'-',
            _ => b.is_ascii_digit(),
        })
        && bytes.get(10).is_none_or(|b| matches!(b, b'T' | b't' | b' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_readers_make_of_it() {
        for (text, reading) in [
            ("+14255550123", Some("a number, without its plus")),
            ("14255550123", Some("a number")),
            ("-5", Some("a number")),
            ("012", Some("an octal number, or one without its leading zero")),
            ("0471", Some("an octal number, or one without its leading zero")),
            ("0", Some("a number")),
            ("0x1F", Some("a hexadecimal number")),
            ("0b11", Some("a binary number")),
            ("0o17", Some("an octal number")),
            ("1_000", Some("a number, without its underscores")),
            ("1.10", Some("a number")),
            (".5", Some("a number")),
            ("1e3", Some("a number")),
            ("8:30", Some("a number in base sixty")),
            ("12:30:45", Some("a number in base sixty")),
            ("2026-03-17", Some("a date")),
            ("no", Some("`false`")),
            ("On", Some("`true`")),
            ("y", Some("`true`")),
            (".inf", Some("infinity")),
            ("", None),
            ("+", None),
            (".", None),
            ("-", None),
            ("8:acs:1_2_3", None),
            ("4:+14255550123", None),
            ("28:orgid:x", None),
            ("12:99", None),
            ("1h30m", None),
            ("30s", None),
            ("1.2.3", None),
            ("0x", None),
            ("menu", None),
            ("north", None),
            ("1 2", None),
        ] {
            assert_eq!(misread(text), reading, "{text}");
        }
    }
}
