//! Durations as authors write them: `500ms`, `30s`, `1h30m`, `2d`.

use std::time::Duration;

use crate::finding::{Code, Finding, brief};
use crate::limits::DURATION_MAX;
use crate::node::{Node, Spanned};
use crate::value::scalar;

/// The units, largest first, with their length in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads a duration: CF105 if it is malformed, CF103 if it is no single value or too long.
pub fn duration(node: &Node, what: &str, found: &mut Vec<Finding>) -> Option<Spanned<Duration>> {
    let text = &scalar::single(node, what, found)?.text;
    match measure(text) {
        Some(duration) if duration <= DURATION_MAX => return Some(Spanned::new(duration, node.span)),
        Some(_) => found.push(
            Finding::error(Code(103), node.span, format!("`{}` is too long for {what}", brief(text)))
                .label(format!("at most `{}`", format_duration(DURATION_MAX))),
        ),
        None => {
            let finding =
                Finding::error(Code(105), node.span, format!("`{}` is no duration for {what}", brief(text)));
            found.push(if text.bytes().all(|b| b.is_ascii_digit()) && text.len() < 10 {
                finding.label("the unit is missing").help(format!("give a unit: `{text}s`"))
            } else {
                finding.label("malformed duration").help(
                    "write whole numbers with the units d, h, m, s, ms, the largest first: `30s`, `1h30m`, `500ms`",
                )
            });
        }
    }
    None
}

/// A duration from its text: units in falling order, each at most once; no signs, spaces or
/// fractions, and at most [`DURATION_MAX`].
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    measure(text).filter(|duration| *duration <= DURATION_MAX)
}

/// Saturates: a text of the right form is a duration, if a long one.
fn measure(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|digits| *digits > 0)?;
        let count: u64 = rest[..digits].parse().unwrap_or(u64::MAX);
        rest = &rest[digits..];
        let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        // The iterator stays behind the unit it has found, so that units can only fall.
        let (_, length) = units.find(|(unit, _)| *unit == &rest[..letters])?;
        rest = &rest[letters..];
        total = total.saturating_add(count.saturating_mul(*length));
    }
    (!text.is_empty()).then(|| Duration::from_millis(total))
}

/// A duration as an author would write it; parts of a millisecond are left out.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let mut rest = duration.as_millis();
    let mut text = String::new();
    for (unit, length) in UNITS {
        let count = rest / u128::from(length);
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
            rest %= u128::from(length);
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn durations_round_trip() {
        for (text, millis) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("2m", 120_000),
            ("1h30m", 5_400_000),
            ("2d", 172_800_000),
            ("1d2h3m4s5ms", 93_784_005),
            ("0s", 0),
        ] {
            assert_eq!(parse_duration(text), Some(Duration::from_millis(millis)), "{text}");
            assert_eq!(format_duration(Duration::from_millis(millis)), text);
        }
        assert_eq!(format_duration(parse_duration("90s").unwrap()), "1m30s");
    }

    #[test]
    fn what_is_no_duration() {
        for text in [
            "",
            "5",
            "s",
            "5 s",
            "-5s",
            "+5s",
            "1.5s",
            "30s1m",
            "1m1m",
            "5S",
            "5sec",
            "5s ",
            "1m5",
            "٣s",
            "99999999999999999999s",
            "18446744073709551615d",
            "367d",
            "367d",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
