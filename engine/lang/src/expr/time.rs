//! Timestamps and time zones. The zones are those of the program, never of the machine that it runs on.

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
