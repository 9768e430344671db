//! Finds out whether a recording was paused, resumed or stopped: its state tells.

use std::time::Duration;

use acs::Operation;
use acs::actions::RecordingStateResponse;
use acs::model::RecordingState;
use machine::actions::ActionKind;

use super::Found;
use crate::client::{Client, Outcome};
use crate::clock;
use crate::outbox::Job;
use crate::retry;

/// Where the request would lead, and where the recording stands.
pub(super) async fn find_out(client: &Client, job: &Job, left: Duration) -> Found {
    let Some(recording_id) = recording_of(job) else { return Found::NotTaken };
    let request = Operation::GetRecordingState { recording_id }.request();
    let started = clock::instant();
    let left = || left.saturating_sub(started.elapsed());
    let mut attempts = 0;
    loop {
        attempts += 1;
        let retry_after = match client.send(&request, None, left() / 2).await {
            Outcome::Answer(answer) => match retry::verdict(answer.status) {
                retry::Verdict::Success => return judge(job.kind, &answer.body),
                // A recording that is over is not known any more.
                retry::Verdict::Final if answer.status == 404 && job.kind == ActionKind::StopRecording => {
                    return Found::Taken(0);
                }
                retry::Verdict::Final => return Found::NotTaken,
                retry::Verdict::Retry => answer.retry_after,
            },
            Outcome::NotSent(_) | Outcome::Unknown(_) => None,
        };
        match retry::delay(attempts, retry_after, left(), rand::random()) {
            Some(pause) => tokio::time::sleep(pause).await,
            // A second one does no harm; at worst it is refused.
            None => return Found::NotTaken,
        }
    }
}

fn recording_of(job: &Job) -> Option<String> {
    let path = &job.request.path_and_query;
    match acs::route(job.request.method.as_str(), path)? {
        Operation::PauseRecording { recording_id }
        | Operation::ResumeRecording { recording_id }
        | Operation::StopRecording { recording_id } => Some(recording_id),
        _ => None,
    }
}

fn judge(kind: ActionKind, body: &[u8]) -> Found {
    let answer: RecordingStateResponse = serde_json::from_slice(body).unwrap_or_default();
    match (kind, answer.recording_state) {
        (ActionKind::PauseRecording, Some(RecordingState::Inactive))
        | (ActionKind::ResumeRecording, Some(RecordingState::Active)) => Found::Taken(0),
        (_, _) => Found::NotTaken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_tells_whether_it_was_taken() {
        let cases = [
            (ActionKind::PauseRecording, "inactive", Found::Taken(0)),
            (ActionKind::PauseRecording, "Active", Found::NotTaken),
            (ActionKind::ResumeRecording, "Active", Found::Taken(0)),
            (ActionKind::ResumeRecording, "inactive", Found::NotTaken),
            (ActionKind::StopRecording, "inactive", Found::NotTaken),
        ];
        for (kind, state, expected) in cases {
            let body = format!("{{\"recordingState\":\"{state}\"}}");
            assert_eq!(judge(kind, body.as_bytes()), expected, "{kind:?} {state}");
        }
        assert_eq!(judge(ActionKind::PauseRecording, b"?"), Found::NotTaken);
    }
}
