//! The sample call of `flowctl dev --demo`: whom to call, and what to say about it.

use machine::Flow;
use machine::actions::ActionKind;
use machine::flow::Next;
use machine::starts::Pattern;
use serde_json::{Value, json};
use validate::Validated;

use crate::commands::{CALLER, ourselves};
use crate::limits::DEMO_SECONDS_MAX;
use crate::{advice, output};

/// Whom the sample calls when the flow takes calls to anyone.
const ANY_NUMBER: &str = "+18005550100";

/// A sample call to a flow.
pub(crate) struct Demo {
    flow: String,
    from: String,
    /// Which number is called.
    pub(crate) to: String,
}

impl Demo {
    /// A call to the first flow that answers, or else to the first that takes calls.
    ///
    /// # Errors
    /// No flow takes incoming calls.
    pub(crate) fn of(flows: &[Validated]) -> anyhow::Result<Demo> {
        let taking = || flows.iter().filter(|flow| flow.incoming().is_some());
        let flow = taking().find(|flow| answers(flow)).or_else(|| taking().next());
        let Some((flow, incoming)) = flow.and_then(|flow| Some((flow, flow.incoming()?))) else {
            return Err(advice::error(
                "none of these flows takes calls that come in, so there is nothing to demonstrate",
                "leave `--demo` out, or name flows with `start: { incoming: {} }`",
            ));
        };
        Ok(Demo {
            flow: flow.name().to_owned(),
            from: one_of(&incoming.pattern.from, CALLER),
            to: one_of(&incoming.pattern.to, ANY_NUMBER),
        })
    }

    /// The call, as the simulator's control API takes it: the caller presses 1 whenever something is asked.
    pub(crate) fn call(&self) -> Value {
        json!({
            "from": self.from,
            "to": self.to,
            "script": {"press": vec!["1"; 20], "hangupAfter": format!("{DEMO_SECONDS_MAX}s")},
        })
    }

    /// What is said before.
    pub(crate) fn introduction(&self, flows: &[Validated]) -> String {
        let Demo { flow, from, to } = self;
        let description = flows.iter().find(|one| one.name() == flow).and_then(|flow| flow.description());
        let description = description.map(|text| format!("  {text}\n")).unwrap_or_default();
        format!(
            "{}\n\n{from} calls {to} and presses 1 when asked. Flow `{flow}` takes the call:\n{description}\n{}",
            output::strong("Callflow: an engine and a simulated phone network, on this machine alone."),
            output::dim(
                "when       what happened                      state -> state  ! what the engine does"
            ),
        )
    }

    /// What is said after, if it went well. The paths are those that the flows came from.
    pub(crate) fn next_steps(&self, paths: &str) -> String {
        let (us, to) = (ourselves(), &self.to);
        let steps = [
            (format!("{us} dev {paths}"), "stay up, and call from another terminal:"),
            (format!("{us} call --to {to} --press 5"), "press a key that means nothing"),
            (format!("{us} validate {paths}"), "change a flow, and see what is wrong with it"),
        ];
        let width = steps.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
        let lines: Vec<_> =
            steps.iter().map(|(command, why)| format!("  {command:width$}  {why}\n")).collect();
        format!("Try next:\n{}", lines.concat())
    }
}

fn answers(flow: &Flow) -> bool {
    let has_answer = |script| flow.script(script).iter().any(|action| action.kind() == ActionKind::Answer);
    flow.states().iter().any(|state| {
        let next = match &state.next {
            Next::Branches(branches) => branches.as_slice(),
            Next::Wait | Next::End(_) | Next::Run(_) => &[],
        };
        let handled = state.handlers.on.iter().flat_map(|(_, branches)| branches);
        has_answer(state.entry) || handled.chain(next).any(|branch| has_answer(branch.script))
    })
}

/// An identifier that the first pattern takes.
fn one_of(patterns: &[Pattern], otherwise: &str) -> String {
    match patterns.first() {
        None => otherwise.to_owned(),
        Some(Pattern::Exact(identifier)) => identifier.clone(),
        Some(Pattern::Prefix(prefix)) => {
            // The digits of the usual number behind those of the prefix: a whole number again.
            let rest = otherwise.get(prefix.len()..).unwrap_or_default();
            format!("{prefix}{rest}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_pattern_takes_is_called() {
        let prefix = |text: &str| vec![Pattern::Prefix(text.to_owned())];
        assert_eq!(one_of(&[], ANY_NUMBER), "+18005550100");
        assert_eq!(one_of(&prefix("+"), ANY_NUMBER), "+18005550100");
        assert_eq!(one_of(&prefix("+4930"), ANY_NUMBER), "+49305550100");
        assert_eq!(one_of(&[Pattern::Exact("8:acs:a_b".to_owned())], ANY_NUMBER), "8:acs:a_b");
    }
}
