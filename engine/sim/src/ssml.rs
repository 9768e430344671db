//! How long an SSML document lasts: the text between its tags, and its breaks. Everything else in it is skipped.

use std::time::Duration;

/// The longest that one break lasts, whatever it says. The speech service's own limit.
const BREAK_MAX: Duration = Duration::from_secs(20);

/// What of a document can be heard.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Spoken {
    pub(crate) text: String,
    /// How long its breaks last together.
    pub(crate) pauses: Duration,
}

pub(crate) fn read(document: &str) -> Spoken {
    let mut text = String::new();
    let mut pauses = Duration::ZERO;
    let mut rest = document;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(&unescaped(before));
        let end = if after.starts_with("!--") { "-->" } else { ">" };
        let Some((tag, behind)) = after.split_once(end) else { return Spoken { text, pauses } };
        pauses = pauses.saturating_add(pause(tag));
        rest = behind;
    }
    text.push_str(&unescaped(rest));
    Spoken { text, pauses }
}

/// How long a tag is silent, if it is a break: as it says, or by its strength, which is medium unless it says so.
fn pause(tag: &str) -> Duration {
    let Some(attributes) = tag.strip_prefix("break") else { return Duration::ZERO };
    if !attributes.starts_with(|next: char| next.is_whitespace() || next == '/') && !attributes.is_empty() {
        return Duration::ZERO;
    }
    let length = match (attribute(attributes, "time").and_then(time), attribute(attributes, "strength")) {
        (Some(time), _) => time,
        (None, Some("none")) => Duration::ZERO,
        (None, Some("x-weak")) => Duration::from_millis(250),
        (None, Some("weak")) => Duration::from_millis(500),
        (None, Some("strong")) => Duration::from_secs(1),
        (None, Some("x-strong")) => Duration::from_millis(1_250),
        (None, Some(_) | None) => Duration::from_millis(750),
    };
    length.min(BREAK_MAX)
}

/// `500ms` or `1.5s`.
fn time(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s')?, 1.0),
    };
    Duration::try_from_secs_f64(number.trim().parse::<f64>().ok()? * unit).ok()
}

fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = attributes.split_once(name)?;
    let after = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    after.get(1..)?.split_once(quote).map(|(value, _)| value)
}

/// The entities that every XML document has: each is one character to hear.
fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&apos;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_breaks() {
        for (document, text, millis) in [
            ("<speak><voice name='a'>Hi &amp; bye</voice></speak>", "Hi & bye", 0),
            ("one<break time=\"2s\"/>two", "onetwo", 2_000),
            ("<break time = '500ms' /><break strength=\"strong\"/>", "", 1_500),
            ("<break/>", "", 750),
            ("<break time=\"1h\"/>", "", 750),
            ("<break time=\"90s\"/>", "", 20_000),
            ("<break time=\"-1s\"/>", "", 750),
            ("<breakfast>eggs</breakfast>", "eggs", 0),
            ("<!-- <break time=\"2s\"/> -->there", "there", 0),
            ("a < b", "a ", 0),
        ] {
            let pauses = Duration::from_millis(millis);
            assert_eq!(read(document), Spoken { text: text.to_owned(), pauses }, "{document}");
        }
    }
}
