//! CF410: cancelling, stopping or resuming something that was not started on every path.

use lang::{Code, Finding};
use machine::actions::ActionKind;

use super::{Rule, Subject, once_per_action};
use crate::product::What;

pub(super) const RULE: Rule = Rule { check };

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for (met, action) in once_per_action(subject.product, |what| *what == What::NotStarted) {
        let name = action.kind().spec().name;
        let (what, label, note, starter) = match action.kind() {
            ActionKind::CancelAddParticipant => (
                "without an invitation",
                "on this path nobody was invited",
                "there is nothing to withdraw, so the action fails",
                "addParticipant",
            ),
            ActionKind::Unhold => {
                ("of nobody who is on hold", "on this path nobody was put on hold", NOTHING, "hold")
            }
            ActionKind::StopContinuousDtmf => {
                ("while no keys are heard", "on this path it was not started", NOTHING, "startContinuousDtmf")
            }
            ActionKind::UpdateTranscription | ActionKind::StopTranscription => {
                ("without a transcription", NOT_CONFIRMED, NOTHING, "startTranscription")
            }
            ActionKind::StopMediaStreaming => {
                ("without a stream", NOT_CONFIRMED, NOTHING, "startMediaStreaming")
            }
            _ => ("without a recording", NOT_CONFIRMED, NOTHING, "startRecording"),
        };
        let mut finding =
            Finding::error(Code(410), action.name, format!("`{name}` {what}")).label(label).note(note).help(
                format!("post `{starter}` on every path that leads here, and wait for what it brings about"),
            );
        if matches!(
            action.kind(),
            ActionKind::CancelAddParticipant | ActionKind::Unhold | ActionKind::StopContinuousDtmf
        ) {
            finding.help = Some(format!("post `{starter}` on every path that leads here"));
        }
        finding.trace = subject.product.trace(&met.via);
        found.push(finding);
    }
}

const NOTHING: &str = "there is nothing that it could be done to, so the action fails";
const NOT_CONFIRMED: &str = "on this path none was confirmed";
