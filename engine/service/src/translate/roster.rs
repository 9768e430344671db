//! Who is in a call, as the provider answers it.

use acs::actions::GetParticipantsResponse;
use machine::event::Participant;

use super::people::participants;

/// The people on one page of a roster.
#[must_use]
pub fn roster(page: &GetParticipantsResponse) -> Vec<Participant> {
    participants(&page.value)
}
