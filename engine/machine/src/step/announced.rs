//! What was announced about the call: kept, and told to whom the flow names. It reaches runs that are over, too.
//! The flow itself does not move.

use super::Run;
use crate::announcement::{self, Announcement, Recorded};
use crate::effect::Effect;
use crate::ids::OperationId;
use crate::limits::{NOTICE_FOR, RECORDED_FILES_MAX};
use crate::notice::Told;

impl Run<'_> {
    pub(super) fn announced(&mut self, announcement: &Announcement) {
        match announcement {
            Announcement::RecordingFileStatusUpdated(recorded) => {
                let kept = &mut self.snapshot.call.recording_files;
                if announcement::has_room(kept, recorded) {
                    kept.push((**recorded).clone());
                    self.tell_of(recorded);
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

    fn tell_of(&mut self, recorded: &Recorded) {
        let Some(recipient) = &self.flow.recipient else { return };
        for notice in recipient.notices(&self.snapshot.run, recorded, self.at) {
            let id = OperationId(self.snapshot.last_operation.0 + 1);
            self.snapshot.last_operation = id;
            self.snapshot.notices.insert(id, notice);
            self.account.effects.push(Effect::Tell(id));
        }
    }

    /// What became of telling somebody.
    pub(super) fn told(&mut self, id: OperationId, told: &Told) {
        let Some(notice) = self.snapshot.notices.get_mut(&id) else {
            self.note("ignored: that was told already");
            return;
        };
        let why = match told {
            Told::Begun(_) | Told::Taken(_) => {
                self.snapshot.notices.remove(&id);
                return;
            }
            Told::NotYet(why) => {
                notice.failures = notice.failures.saturating_add(1);
                let again_at = self.at.checked_add(notice.pause()).ok();
                let gives_up_at = notice.since.checked_add(NOTICE_FOR).ok();
                if let (Some(again_at), Some(gives_up_at)) = (again_at, gives_up_at)
                    && again_at <= gives_up_at
                {
                    notice.again_at = Some(again_at);
                    self.note(why.clone());
                    return;
                }
                why
            }
            Told::Never(why) => why,
        };
        self.snapshot.notices.remove(&id);
        self.note(format!("given up: {why}"));
    }

    pub(super) fn tell_again(&mut self, id: OperationId) {
        if let Some(notice) = self.snapshot.notices.get_mut(&id)
            && notice.again_at.take().is_some()
        {
            self.account.effects.push(Effect::Tell(id));
        }
    }
}
