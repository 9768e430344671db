//! Timestamps, durations and time zones. The zones are those of the program, never of the machine
//! that it runs on.

use super::Value;
use super::functions::{Function, wrong_type};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use std::sync::LazyLock;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Reads a moment written as in RFC 3339.
pub(super) fn timestamp(text: &str) -> Result<Value, String> {
    text.parse::<Timestamp>()
        .map(Value::Timestamp)
        .map_err(|_| "this is no timestamp; one is written like `2026-01-31T08:00:00Z`".to_owned())
}

/// The zone of an IANA name.
pub(super) fn zone(name: &str) -> Result<TimeZone, String> {
    ZONES.get(name).map_err(|_| "there is no time zone of this name".to_owned())
}

/// Whether a function asks for a part of a timestamp.
pub(super) fn is_part(function: Function) -> bool {
    matches!(
        function,
        Function::GetFullYear
            | Function::GetMonth
            | Function::GetDate
            | Function::GetDayOfMonth
            | Function::GetDayOfWeek
            | Function::GetDayOfYear
            | Function::GetHours
            | Function::GetMinutes
            | Function::GetSeconds
    )
}

/// A part of a timestamp, in UTC or a named zone; of a duration, the whole of it in a unit.
pub(super) fn part(function: Function, value: &Value, named: Option<&Value>) -> Result<Value, String> {
    match (value, named) {
        (Value::Timestamp(timestamp), None) => part_at(function, *timestamp, TimeZone::UTC),
        (Value::Timestamp(timestamp), Some(Value::String(name))) => {
            part_at(function, *timestamp, zone(name)?)
        }
        (Value::Timestamp(_), Some(other)) => Err(wrong_type(function, other)),
        (Value::Duration(duration), None) => part_of(function, *duration),
        (other, _) => Err(wrong_type(function, other)),
    }
}

fn part_at(function: Function, timestamp: Timestamp, zone: TimeZone) -> Result<Value, String> {
    let zoned = timestamp.to_zoned(zone);
    let part: i64 = match function {
        Function::GetFullYear => zoned.year().into(),
        Function::GetMonth => i64::from(zoned.month()) - 1,
        Function::GetDate => zoned.day().into(),
        Function::GetDayOfMonth => i64::from(zoned.day()) - 1,
        Function::GetDayOfWeek => zoned.weekday().to_sunday_zero_offset().into(),
        Function::GetDayOfYear => i64::from(zoned.day_of_year()) - 1,
        Function::GetHours => zoned.hour().into(),
        Function::GetMinutes => zoned.minute().into(),
        Function::GetSeconds => zoned.second().into(),
        other => return Err(wrong_type(other, &Value::Timestamp(timestamp))),
    };
    Ok(Value::from(part))
}

fn part_of(function: Function, duration: SignedDuration) -> Result<Value, String> {
    match function {
        Function::GetHours => Ok(Value::from(duration.as_hours())),
        Function::GetMinutes => Ok(Value::from(duration.as_mins())),
        Function::GetSeconds => Ok(Value::from(duration.as_secs())),
        other => Err(wrong_type(other, &Value::Duration(duration))),
    }
}

const UNITS: [(&str, u128); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// As `duration` reads it: `1h30m`, `-500ms`, `0s`.
pub(super) fn duration_text(duration: SignedDuration) -> String {
    let mut left = duration.as_nanos().unsigned_abs();
    if left == 0 {
        return "0s".to_owned();
    }
    let mut text = String::from(if duration.is_negative() { "-" } else { "" });
    for (unit, nanoseconds) in UNITS {
        if left >= nanoseconds {
            text.push_str(&format!("{}{unit}", left / nanoseconds));
            left %= nanoseconds;
        }
    }
    text
}

/// Reads `1h30m`, `-1.5s`, `500ms`: numbers, each with its unit.
pub(super) fn parse_duration(text: &str) -> Option<SignedDuration> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|digits| *digits > 0)?;
        let (number, tail) = rest.split_at(digits);
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let (_, nanoseconds) = *UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(amount(number, nanoseconds)?)?;
        rest = tail;
    }
    let total = i128::try_from(total).ok().filter(|_| text.ends_with(|c: char| c.is_ascii_alphabetic()))?;
    let seconds = i64::try_from(total / 1_000_000_000).ok()?;
    let duration = SignedDuration::new(seconds, i32::try_from(total % 1_000_000_000).ok()?);
    if negative { duration.checked_neg() } else { Some(duration) }
}

/// `1.5` of a unit, in nanoseconds, cut off below one.
fn amount(number: &str, nanoseconds: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u128 = if whole.is_empty() && !fraction.is_empty() { 0 } else { whole.parse().ok()? };
    let mut total = whole.checked_mul(nanoseconds)?;
    let mut scale = nanoseconds;
    // Digits beyond the unit's nanoseconds cannot count: `scale` has become too small by then.
    let mut numerator: u128 = 0;
    let mut denominator: u128 = 1;
    for digit in fraction.chars() {
        let digit = digit.to_digit(10)?;
        if scale > 0 {
            numerator = numerator * 10 + u128::from(digit);
            denominator *= 10;
            scale /= 10;
        }
    }
    total = total.checked_add(numerator * nanoseconds / denominator)?;
    Some(total)
}
