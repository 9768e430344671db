//! What happened in a call, line by line, for people and programs that watch it.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::limits::STORY_LINES_MAX;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Happened {
    /// Somebody placed the call.
    Placed,
    /// It was announced to the application.
    Announced,
    /// The application asked for something.
    Requested,
    /// Somebody's phone rings.
    Ringing,
    /// Somebody joined, or the application did.
    Joined,
    /// Somebody could not be reached.
    NotReached,
    /// Somebody left, or the application did.
    Left,
    /// Somebody hears something.
    Heard,
    /// Somebody pressed keys.
    Pressed,
    /// Somebody spoke.
    Said,
    /// An event was posted.
    Event,
    /// Something is not as it should be outside the simulator.
    Trouble,
    /// Something went wrong because it was asked for.
    Fault,
    /// The call is over.
    Ended,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// When.
    pub at: Timestamp,
    /// When, since the call was placed. Unit: milliseconds.
    pub after_ms: u64,
    /// What kind of thing.
    pub kind: Happened,
    /// For people.
    pub text: String,
}

/// All lines of one call.
#[derive(Debug)]
pub(crate) struct Story {
    began: Timestamp,
    lines: Vec<Line>,
}

impl Story {
    pub(crate) fn new(began: Timestamp) -> Story {
        Story { began, lines: Vec::new() }
    }

    pub(crate) fn began(&self) -> Timestamp {
        self.began
    }

    /// Adds a line. A story that is too long ends with a line that says so, and its end.
    pub(crate) fn tell(&mut self, at: Timestamp, kind: Happened, text: impl Into<String>) {
        let number = self.lines.len() + 1;
        let text = match (number.cmp(&STORY_LINES_MAX), kind) {
            (std::cmp::Ordering::Less, _) | (_, Happened::Ended) => text.into(),
            (std::cmp::Ordering::Equal, _) => "and so on: the story is too long to be kept".to_owned(),
            (std::cmp::Ordering::Greater, _) => return,
        };
        let since = Duration::try_from(at.duration_since(self.began)).unwrap_or_default();
        let after_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        self.lines.push(Line { number, at, after_ms, kind, text });
    }

    /// The lines behind the given number.
    pub(crate) fn after(&self, number: usize) -> &[Line] {
        self.lines.get(number..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_is_bounded_and_keeps_its_end() {
        let mut story = Story::new(Timestamp::UNIX_EPOCH);
        for _ in 0..STORY_LINES_MAX * 2 {
            story.tell(Timestamp::UNIX_EPOCH, Happened::Pressed, "1");
        }
        story.tell(Timestamp::UNIX_EPOCH, Happened::Ended, "over");
        let lines = story.after(0);
        assert_eq!(lines.len(), STORY_LINES_MAX + 1);
        assert!(lines[STORY_LINES_MAX - 1].text.contains("too long"));
        assert_eq!(lines[STORY_LINES_MAX].text, "over");
        assert_eq!(story.after(STORY_LINES_MAX * 3), []);
    }
}
