//! What is on the agenda happens: one arm per kind, each looks whether it still matters.

use super::World;
use crate::agenda::Happening;

impl World {
    pub(super) fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Announce { context } => self.announce(&context),
            Happening::OfferExpires { context } => self.offer_expires(&context),
            Happening::GiveUp { context } => self.gives_up(&context),
            Happening::RingResolves { ring } => self.ring_resolves(ring),
            Happening::RingTimesOut { ring } => self.ring_times_out(ring),
            Happening::LegConnects { leg } => self.leg_connects(leg),
            Happening::LegLeaves { leg, ends_call } => self.leg_leaves(leg, ends_call),
            Happening::LegTransferred { leg } => self.leg_transferred(leg),
            Happening::Emit { leg, event } => self.emit(leg, *event),
            Happening::Removed { leg, key, event } => self.participant_removed(leg, &key, *event),
            Happening::Recording { id, state, is_last } => self.tell_recording(&id, state, is_last),
            Happening::SocketBreaks { leg, socket, opened } => self.socket_breaks(leg, socket, opened),
            Happening::Roster { call } => self.roster_changed(call),
            Happening::RosterAgain { call } => self.roster_again(call),
            Happening::Media { leg, operation, step } => self.media_step(leg, operation, step),
            Happening::Press { call, key, tone, during } => {
                if self.still_runs(during) {
                    self.pressed(call, &key, &tone);
                }
            }
            Happening::Say { call, key, speech, during } => {
                if self.still_runs(during) {
                    self.said(call, &key, &speech);
                }
            }
            Happening::Come { call, key } => self.comes(call, &key),
            Happening::HangUp { call, key } => self.person_hangs_up(call, &key),
            Happening::Part { call } => self.people_part(call),
            Happening::Deliver { delivery } => self.deliver(*delivery),
            Happening::LetGo { connection, id } => self.let_go(&connection, &id),
        }
    }
}
