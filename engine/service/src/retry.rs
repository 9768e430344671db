//! Whether, when and as what a refused or unanswered request is sent again: pure functions and a parser.
//!
//! Knows nothing of clients, sockets or clocks; the chance and the time left are arguments.

use std::time::Duration;

use jiff::Timestamp;

use crate::limits::{RETRY_AFTER_MAX, RETRY_BASE, RETRY_CAP};

/// What an answer's status means for the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It was done.
    Success,
    /// It may succeed when sent again.
    Retry,
    /// It will not succeed, however often it is sent.
    Final,
}

/// Judges a status: 2xx is success; 408, 429 and 5xx are worth another try; everything else is final.
#[must_use]
pub fn verdict(status: u16) -> Verdict {
    match status {
        200..=299 => Verdict::Success,
        408 | 429 | 500..=599 => Verdict::Retry,
        _ => Verdict::Final,
    }
}

/// How long to pause before the next try, or `None` if that try would come after the deadline.
///
/// Full jitter: anywhere between nothing and a bound that doubles with each failure. `attempt` counts the
/// failures so far, from 1; `left` is the time to the deadline; `chance` is drawn by the caller from 0 to 1.
/// A `Retry-After` is never shortened: the provider said when it wants to be asked again.
#[must_use]
pub fn delay(attempt: u32, retry_after: Option<Duration>, left: Duration, chance: f64) -> Option<Duration> {
    let doublings = attempt.saturating_sub(1).min(16);
    let bound = RETRY_BASE.saturating_mul(1 << doublings).min(RETRY_CAP);
    let share = if (0.0..=1.0).contains(&chance) { chance } else { 1.0 };
    let pause = bound.mul_f64(share).max(retry_after.unwrap_or(Duration::ZERO));
    (pause < left).then_some(pause)
}

/// Reads the value of a `Retry-After` header: seconds, or an HTTP date, which is measured from `now`.
///
/// At most [`RETRY_AFTER_MAX`]; a date in the past is no wait; anything else is `None`.
/// Source: RFC 9110, section 10.2.3; of the three forms of dates only the one that may still be sent.
#[must_use]
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are still only "later than we will wait".
        let seconds = value.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    let wait = Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO);
    Some(wait.min(RETRY_AFTER_MAX))
}

/// The number of the next attempt of an action that is cancelled and posted again.
///
/// It comes from the time since the action was decided, so that after a crash, which forgets the numbers that were
/// used, none is used twice.
#[must_use]
pub fn next_attempt(previous: u32, decided_at: Timestamp, now: Timestamp) -> u32 {
    let passed = now.duration_since(decided_at).as_millis().clamp(1, i128::from(u32::MAX));
    u32::try_from(passed).unwrap_or(u32::MAX).max(previous.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn statuses() {
        let table = [
            (200, Verdict::Success),
            (202, Verdict::Success),
            (204, Verdict::Success),
            (100, Verdict::Final),
            (301, Verdict::Final),
            (400, Verdict::Final),
            (401, Verdict::Final),
            (404, Verdict::Final),
            (408, Verdict::Retry),
            (409, Verdict::Final),
            (429, Verdict::Retry),
            (500, Verdict::Retry),
            (501, Verdict::Retry),
            (503, Verdict::Retry),
            (599, Verdict::Retry),
            (600, Verdict::Final),
        ];
        for (status, expected) in table {
            assert_eq!(verdict(status), expected, "{status}");
        }
    }

    #[test]
    fn pauses() {
        let left = ms(10_000);
        let table = [
            // attempt, retry-after, left, chance, pause
            (1, None, left, 1.0, Some(ms(200))),
            (1, None, left, 0.5, Some(ms(100))),
            (1, None, left, 0.0, Some(ms(0))),
            (2, None, left, 1.0, Some(ms(400))),
            (5, None, left, 1.0, Some(ms(3_200))),
            (6, None, left, 1.0, Some(ms(5_000))),
            (0, None, left, 1.0, Some(ms(200))),
            (u32::MAX, None, left, 1.0, Some(ms(5_000))),
            // What the provider asks for is kept, and our own back-off may be longer.
            (1, Some(ms(3_000)), left, 0.0, Some(ms(3_000))),
            (6, Some(ms(1_000)), left, 1.0, Some(ms(5_000))),
            (1, Some(ms(10_000)), left, 0.0, None),
            (1, Some(Duration::MAX), left, 0.0, None),
            // The next try must come before the deadline.
            (1, None, ms(200), 1.0, None),
            (1, None, ms(201), 1.0, Some(ms(200))),
            (1, None, ms(0), 0.0, None),
            // A chance that is none is the longest pause.
            (1, None, left, f64::NAN, Some(ms(200))),
            (1, None, left, -1.0, Some(ms(200))),
            (1, None, left, f64::INFINITY, Some(ms(200))),
        ];
        for (attempt, retry_after, left, chance, expected) in table {
            let pause = delay(attempt, retry_after, left, chance);
            assert_eq!(pause, expected, "{attempt} {retry_after:?} {left:?} {chance}");
        }
    }

    #[test]
    fn attempts_are_numbered_by_time() {
        let decided_at: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let table = [
            (0, 0, 1),
            (0, -5, 1),
            (0, 1_600, 1_600),
            (1_600, 1_600, 1_601),
            (7, i64::from(u32::MAX), u32::MAX),
        ];
        for (previous, passed, expected) in table {
            let now = decided_at + jiff::SignedDuration::from_millis(passed);
            assert_eq!(next_attempt(previous, decided_at, now), expected, "{previous} {passed}");
        }
        assert_eq!(next_attempt(u32::MAX, decided_at, decided_at), u32::MAX);
    }

    #[test]
    fn headers() {
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let table = [
            ("0", Some(ms(0))),
            ("7", Some(ms(7_000))),
            (" 7 ", Some(ms(7_000))),
            ("3601", Some(RETRY_AFTER_MAX)),
            ("99999999999999999999999999", Some(RETRY_AFTER_MAX)),
            ("Fri, 20 Nov 2026 10:00:30 GMT", Some(ms(30_000))),
            ("Fri, 20 Nov 2026 09:00:00 GMT", Some(ms(0))),
            ("Sat, 21 Nov 2026 10:00:00 GMT", Some(RETRY_AFTER_MAX)),
            ("Mon, 20 Nov 2026 10:00:30 GMT", None),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
        ];
        for (value, expected) in table {
            assert_eq!(retry_after(value, now), expected, "{value:?}");
        }
    }
}
