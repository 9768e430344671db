//! Actions that only preview versions of the API had: known by name, so that nobody is told that they are misspelt.

use lang::{Code, Entry, Finding, Kind, Node};

/// Their names (clarification 54). Source: reference 2.8.
const NAMES: [&str; 5] = ["unmuteParticipant", "summarizeCall", "startDialog", "stopDialog", "updateDialog"];

/// CF601, if an item of a `do` names one of them.
pub(super) fn look(item: &Node) -> Option<Finding> {
    let Kind::Map(entries) = &item.kind else { return None };
    entries.iter().find(|entry| NAMES.contains(&entry.key.value.as_str())).map(finding)
}

/// With what to do instead.
fn finding(Entry { key, .. }: &Entry) -> Finding {
    let help = match key.value.as_str() {
        "unmuteParticipant" => {
            "leave it out: whoever was muted can unmute themselves; `removeParticipant` keeps them out for good"
        }
        "summarizeCall" => {
            "stream the transcript with `transcription`, and let a system of yours sum it up, told by `http`"
        }
        _ => {
            "ask with `recognize`, or let a system of yours speak and listen by `mediaStreaming` with \
             `enableBidirectional: true`"
        }
    };
    Finding::warning(Code(601), key.span, format!("`{}` is only in previews of the API", key.value))
        .label("not in any stable version")
        .note("the provider switches previews off without notice, so Callflow never posts it: this flow does not serve")
        .help(help)
}
