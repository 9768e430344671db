//! URLs that the provider is told: an audio file, a speech service, a WebSocket.

use lang::expr::Part;
use lang::{Code, Fields, Finding, Node, Span, Template};

use crate::argument::Arg;

/// What is asked for over the web.
pub(crate) const WEB: [&str; 2] = ["https://", "http://"];
/// What audio or text is streamed to.
pub(crate) const SOCKET: [&str; 2] = ["wss://", "ws://"];

/// Reads a URL: CF105 where that which is written can be none, whatever its expressions give.
pub(crate) fn read(
    node: &Node,
    what: &str,
    schemes: &[&str],
    found: &mut Vec<Finding>,
) -> Option<Arg<String>> {
    let url: Arg<String> = Arg::read(node, what, found)?;
    let wrong = match (url.constant(), url.dynamic()) {
        (Some(text), _) => fault(text, schemes),
        (None, Some(Template::Text(parts))) => fault_in(parts, schemes),
        (None, _) => None,
    };
    let Some(label) = wrong.or_else(|| blank_in(&url)) else { return Some(url) };
    found.push(malformed(url.span, what, label, schemes));
    None
}

/// CF105.
pub(crate) fn malformed(span: Span, what: &str, label: &str, schemes: &[&str]) -> Finding {
    Finding::error(Code(105), span, format!("{what} is not a URL"))
        .label(label)
        .note("the provider would refuse it, or find nothing there")
        .help(format!("begin with `{}` and the host, and write a blank as `%20`", schemes[0]))
}

/// The same, if the key is there.
pub(crate) fn optional(
    fields: &mut Fields<'_>,
    key: &'static str,
    schemes: &[&str],
    found: &mut Vec<Finding>,
) -> Option<Arg<String>> {
    let entry = fields.get(key)?;
    read(&entry.value, &format!("`{key}`"), schemes, found)
}

/// What is wrong with its beginning.
fn fault(text: &str, schemes: &[&str]) -> Option<&'static str> {
    let rest = schemes.iter().find_map(|scheme| text.strip_prefix(scheme));
    let Some(rest) = rest else { return Some("no scheme that fits") };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.is_empty().then_some("no host")
}

/// The same, as far as it is written: what an expression gives at the beginning may be anything.
fn fault_in(parts: &[Part], schemes: &[&str]) -> Option<&'static str> {
    let Some(Part::Text(_)) = parts.first() else { return None };
    let whole: String = parts
        .iter()
        .map(|part| match part {
            Part::Text(written) => written.as_str(),
            Part::Expr(_) => "x",
        })
        .collect();
    fault(&whole, schemes)
}

/// Whether a blank is written in it.
pub(super) fn blank_in(url: &Arg<String>) -> Option<&'static str> {
    let has_blank = match (url.constant(), url.dynamic()) {
        (Some(text), _) => is_blank(text),
        (None, Some(Template::Text(parts))) => {
            parts.iter().any(|part| matches!(part, Part::Text(written) if is_blank(written)))
        }
        (None, _) => false,
    };
    has_blank.then_some(BLANK)
}

/// What is wrong with one.
pub(crate) const BLANK: &str = "a blank or a quote in it";

pub(crate) fn is_blank(text: &str) -> bool {
    text.contains(|character: char| character.is_whitespace() || character.is_control() || character == '"')
}
