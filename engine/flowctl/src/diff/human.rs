//! The differences in words, for people who run phone lines.

use super::{FlowDiff, How, Part};

/// All of them; nothing for nothing.
pub(crate) fn human(flows: &[FlowDiff]) -> String {
    flows.iter().map(flow).collect::<Vec<_>>().join("\n")
}

fn flow(diff: &FlowDiff) -> String {
    let FlowDiff { flow, how, parts, states_added, states_removed, states_changed, subflows } = diff;
    match how {
        How::Added => return format!("flow {flow} is new: {}\n", states(states_added)),
        How::Removed => return format!("flow {flow} is gone, with {}\n", states(states_removed)),
        How::Changed => {}
    }
    let mut text = format!("flow {flow} is changed\n");
    for subflow in subflows {
        text.push_str(&format!("  runs another version of {subflow}\n"));
    }
    for part in parts {
        text.push_str(&format!("  {}", words(part, "  ")));
    }
    for state in states_added {
        text.push_str(&format!("  state {state} is new\n"));
    }
    for state in states_removed {
        text.push_str(&format!("  state {state} is gone\n"));
    }
    for state in states_changed {
        text.push_str(&format!("  state {} is changed\n", state.state));
        for part in &state.parts {
            text.push_str(&format!("    {}", words(part, "    ")));
        }
    }
    text
}

fn states(names: &[String]) -> String {
    match names {
        [] => "no states".to_owned(),
        [name] => format!("state {name}"),
        names => format!("states {}", names.join(", ")),
    }
}

fn words(part: &Part, indent: &str) -> String {
    let name = &part.part;
    match (&part.old, &part.new) {
        (None, Some(new)) => format!("{name} is new: {new}\n"),
        (Some(old), None) => format!("{name} is gone: {old}\n"),
        (old, new) => {
            let shown = |text: &Option<String>| text.clone().unwrap_or_default();
            format!("{name}\n{indent}  was {}\n{indent}  is  {}\n", shown(old), shown(new))
        }
    }
}
