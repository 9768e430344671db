//! The clock: the only place in this crate that asks what time it is.
//!
//! Everything else takes time as an argument, so that a test or the simulator can say what time it is.

use std::time::Instant;

use jiff::Timestamp;

/// The wall clock, for what is written down or shown: records, due timers, headers.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that asks the clock")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The monotonic clock, for measuring how long to wait; it never jumps when the wall clock is set.
#[must_use]
pub fn instant() -> Instant {
    Instant::now()
}
