//! Phone numbers, which stay phone numbers and are masked wherever they might be logged.

use std::fmt;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::{Deserialize, Serialize};

/// A phone number in E.164: `+` and 2 to 15 digits.
///
/// `Display` gives the whole number, `Debug` a masked one.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

impl Phone {
    /// Reads a number, without the spaces, dashes, dots and parentheses that people put into it.
    ///
    /// # Errors
    /// Says in words why it is no phone number.
    pub fn parse(text: &str) -> Result<Phone, String> {
        let Some(rest) = text.trim().strip_prefix('+') else {
            return Err("a phone number begins with `+` and its country code".to_owned());
        };
        let mut number = String::from("+");
        for c in rest.chars() {
            match c {
                '0'..='9' => number.push(c),
                ' ' | '-' | '.' | '(' | ')' => {}
                _ => return Err(format!("`{}` does not belong in a phone number", c.escape_debug())),
            }
            if number.len() > 16 {
                return Err("a phone number has at most 15 digits".to_owned());
            }
        }
        match number.as_bytes() {
            [_, b'0', ..] => Err("no country code begins with 0".to_owned()),
            [_, _, _, ..] => Ok(Phone(number)),
            _ => Err("a phone number has at least 2 digits".to_owned()),
        }
    }

    /// The number in E.164.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number with its middle hidden, for logs: `+1425***0123`.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(&self.0[1..])
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl TryFrom<String> for Phone {
    type Error = String;
    fn try_from(text: String) -> Result<Phone, String> {
        Phone::parse(&text)
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> String {
        phone.0
    }
}

/// The text with every phone number in it masked, for logs.
#[must_use]
pub fn masked(text: &str) -> String {
    // `%2B` is a plus in a URL. Fewer than seven digits identify nobody.
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:\+|%2[Bb])([0-9](?:[ .()\-]{0,2}[0-9]){6,14})").expect("the pattern is constant")
    });
    NUMBER
        .replace_all(text, |number: &Captures<'_>| {
            mask(&number[1].chars().filter(char::is_ascii_digit).collect::<String>())
        })
        .into_owned()
}

/// Keeps the first four digits and the last four, but hides at least three.
fn mask(digits: &str) -> String {
    let (head, tail) = match digits.len() {
        0..=5 => (0, 0),
        6 | 7 => (1, 2),
        8..=10 => (digits.len() - 7, 4),
        _ => (4, 4),
    };
    format!("+{}***{}", &digits[..head], &digits[digits.len() - tail..])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_are_read_and_masked() {
        for (text, number, hidden) in [
            ("+14255550123", "+14255550123", "+1425***0123"),
            (" +1 (425) 555-0123", "+14255550123", "+1425***0123"),
            ("+49.30.1234567", "+49301234567", "+4930***4567"),
            ("+4930123", "+4930123", "+4***23"),
            ("+12", "+12", "+***"),
        ] {
            let phone = Phone::parse(text).unwrap();
            assert_eq!((phone.as_str(), format!("{phone:?}").as_str()), (number, hidden));
        }
        for text in
            ["", "+", "+1", "14255550123", "+1425555012345678", "+0425", "+1425x", "++1425", "+1\u{661}2"]
        {
            Phone::parse(text).unwrap_err();
        }
    }

    #[test]
    fn logs_show_no_number() {
        for (text, hidden) in [
            ("to 4:+14255550123, from +1 425 555 0199!", "to 4:+1425***0123, from +1425***0199!"),
            ("?to=%2B14255550123", "?to=+1425***0123"),
            ("2 + 2, 5e3f9a52-7a5b-4c0e-9c1d-0d6f6b2f3a11", "2 + 2, 5e3f9a52-7a5b-4c0e-9c1d-0d6f6b2f3a11"),
        ] {
            assert_eq!(masked(text), hidden);
        }
    }
}
