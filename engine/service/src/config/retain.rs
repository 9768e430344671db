//! Which ended runs are kept.

use std::time::Duration;

use lang::value::parse_duration;

use super::{ConfigError, RETAIN_FOR, RETAIN_FOR_DEFAULT, RETAIN_SIZE, given};

/// Which ended runs are kept: both must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retain {
    /// For so long after their end.
    pub time: Duration,
    /// As long as the store holds no more than so many bytes; `None`: however many.
    pub bytes: Option<u64>,
}

/// The units, longest first, with what they mean.
const UNITS: [(&str, u64); 9] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];

pub(super) fn retain(time: Option<&str>, size: Option<&str>) -> Result<Retain, ConfigError> {
    let text = given(time).unwrap_or(RETAIN_FOR_DEFAULT);
    let time = parse_duration(text).ok_or_else(|| {
        RETAIN_FOR.wrong(
            format!("`{}` is no duration, or one of more than 366 days", text.escape_debug()),
            "write one like `12h` or `30d`",
        )
    })?;
    let bytes = given(size).map(|text| {
        bytes(text).ok_or_else(|| {
            RETAIN_SIZE.wrong(
                format!("`{}` is no size", text.escape_debug()),
                "write a whole number with a unit, like `500MB` or `20GiB`",
            )
        })
    });
    Ok(Retain { time, bytes: bytes.transpose()? })
}

fn bytes(text: &str) -> Option<u64> {
    let (unit, factor) = UNITS.iter().find(|(unit, _)| text.ends_with(unit))?;
    let number: u64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
    number.checked_mul(*factor)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn sizes() {
        let table = [
            ("20GB", Some(20_000_000_000)),
            ("1 GiB", Some(1 << 30)),
            ("512kB", Some(512_000)),
            ("7B", Some(7)),
            ("7", None),
            ("GB", None),
            ("1.5GB", None),
            ("-1GB", None),
            ("99999999999TB", None),
        ];
        for (text, expected) in table {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_kept_when_nothing_is_said() {
        let kept = retain(None, Some(" ")).unwrap();
        assert_eq!(kept, Retain { time: Duration::from_secs(30 * 24 * 60 * 60), bytes: None });
        let errors = [retain(Some("30"), None), retain(None, Some("lots"))]
            .map(|wrong| wrong.unwrap_err().to_string());
        assert!(errors[0].contains("`--retain-for`") && errors[1].contains("`--retain-size`"), "{errors:?}");
    }
}
