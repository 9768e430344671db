//! What was announced about the call: kept, and nothing else. It reaches runs that are over, too.

use super::Run;
use crate::announcement::{self, Announcement};
use crate::limits::RECORDED_FILES_MAX;

impl Run<'_> {
    pub(super) fn announced(&mut self, announcement: &Announcement) {
        match announcement {
            Announcement::RecordingFileStatusUpdated(recorded) => {
                let kept = &mut self.snapshot.call.recording_files;
                if announcement::has_room(kept, recorded) {
                    kept.push((**recorded).clone());
                } else {
                    self.note(format!("not kept: a run keeps {RECORDED_FILES_MAX} recording files at most"));
                }
            }
            // The call's own events say the same, and in time.
            Announcement::CallStarted
            | Announcement::CallEnded
            | Announcement::CallParticipantAdded(_)
            | Announcement::CallParticipantRemoved(_) => {}
        }
    }
}
