//! What posting an action does to a place, and what is wrong with posting it there.

use lang::{Template, Value};
use machine::actions::play_source;
use machine::actions::recognize::WrittenListen;
use machine::actions::{ActionKind, Arguments, Written, call_options};
use machine::flow::Type;
use machine::ids::StateId;
use machine::protocol::{Acknowledged, OnCall, Phase};

use crate::names::is_sensitive;

use super::{Lack, Media, Ongoing, Open, Others, Place, Product, Via, What};

/// Unit: operations of one action and one visit that are told apart.
const ALIKE_MAX: usize = 2;

impl<'a> Product<'a> {
    /// Posts actions one after the other. Returns the places where one is refused that others stand behind.
    pub(super) fn post_all(
        &mut self,
        place: &mut Place,
        actions: &'a [Written],
        owner: Option<StateId>,
        via: &Via,
    ) -> Vec<Place> {
        let mut refused = Vec::new();
        for (index, action) in actions.iter().enumerate() {
            let posted = self.post(place, action, owner, via);
            let is_refusable = action.kind().spec().acknowledged != Acknowledged::Local;
            if let Some(posted) = posted.filter(|_| is_refusable && index + 1 < actions.len()) {
                refused.push(Place { refused: Some(posted), ..place.clone() });
            }
        }
        refused
    }

    /// Posts an action for a visit of `owner` (the run's, if `None`). `via` is the way that led here. Returns the
    /// action's number if its result is waited for from now on.
    fn post(
        &mut self,
        place: &mut Place,
        written: &'a Written,
        owner: Option<StateId>,
        via: &Via,
    ) -> Option<usize> {
        let kind = written.kind();
        let id = self.enlist(written, self.scope(owner));
        if kind == ActionKind::Log {
            return None;
        }
        if !kind.spec().phases.contains(&place.phase) {
            self.meet(via, place.leaf, Some(written), What::Illegal(place.phase));
            self.pretend(place, kind);
            return None;
        }
        let is_transferring = place.open.iter().any(|open| open.on_call() == OnCall::HandsOver);
        if is_transferring && !kind.spec().is_legal_in_transfer() {
            self.meet(via, place.leaf, Some(written), What::WhileTransferring);
            self.pretend(place, kind);
            return None;
        }
        let media = media(written, place);
        self.check_media(place, written, media, via);
        if let (Some(bringer), true) = (place.mute, wants_speech(written)) {
            self.meet(via, place.leaf, Some(written), What::Speechless(bringer));
        }
        match place.ongoing.lacks(&written.arguments) {
            Some(Lack::NotStarted) => self.meet(via, place.leaf, Some(written), What::NotStarted),
            Some(Lack::NoOptions) => self.meet(via, place.leaf, Some(written), What::NoOptions),
            None => {}
        }
        if let Some(keeper) = place.ongoing.keeper().filter(|_| is_sensitive(written)) {
            self.meet(via, place.leaf, Some(written), What::Kept(keeper));
        }
        place.ongoing.post(&written.arguments);
        let mut is_refused = false;
        match &written.arguments {
            Arguments::CreateCall(create) => {
                come_up(place, id, &create.options);
                place.others = match create.to.constant() {
                    Some(people) if people.0.len() > 1 => Others::Several,
                    Some(_) => Others::One,
                    None => create.to.dynamic().map_or(Others::Unknown, |to| self.party(to)),
                };
            }
            Arguments::Connect(connect) => {
                come_up(place, id, &connect.options);
                place.others = Others::Several;
            }
            Arguments::Answer(answer) => come_up(place, id, &answer.options),
            Arguments::HangUp(_) => {
                place.is_hanging_up = true;
                place.open.retain(|open| open.on_call() == OnCall::Outside);
            }
            Arguments::CancelMedia(_) => {
                place.cancels |= place.open.iter().any(|open| open.media.is_queued() && !open.is_stale);
                place.open.retain(|open| !open.media.is_queued() || !open.is_stale);
            }
            Arguments::CancelAddParticipant(_) if !place.has_invited => {
                self.meet(via, place.leaf, Some(written), What::NotStarted);
            }
            Arguments::AddParticipant(_) => place.has_invited = true,
            Arguments::Recognize(recognize)
                if recognize.participant.is_none() && place.others == Others::Several =>
            {
                self.meet(via, place.leaf, Some(written), What::ListensToNobody);
            }
            Arguments::Transfer(transfer) => {
                self.meet(via, place.leaf, Some(written), What::Transfers(place.others));
                is_refused = match place.others {
                    Others::One => transfer.transferee.is_some(),
                    Others::Several => transfer.transferee.is_none(),
                    Others::Unknown => false,
                };
                if is_refused {
                    self.pretend(place, kind);
                }
            }
            _ => {}
        }
        if kind.spec().on_call == OnCall::Ends || written.sends_results_by().is_some() {
            return None;
        }
        // A handler that stays may post the same action again and again: a third one tells nothing that two do not.
        let alike = place.open.iter().filter(|open| open.action == id && !open.is_stale).count();
        if alike >= ALIKE_MAX {
            return None;
        }
        let is_endless = matches!(&written.arguments, Arguments::Play(play) if play.repeats());
        let hands_over =
            matches!(&written.arguments, Arguments::Transfer(transfer) if transfer.transferee.is_none());
        place.open.push(Open {
            action: id,
            kind,
            owner,
            is_stale: false,
            media,
            is_endless,
            hands_over,
            is_refused,
            is_fresh: true,
        });
        Some(id)
    }

    /// How many a call is placed to, as far as the expression tells.
    fn party(&self, to: &Template) -> Others {
        let draft = self.model.draft;
        let expr = match to {
            Template::Expr(expr) => expr,
            Template::Text(_) | Template::Map(_) => return Others::One,
            Template::List(people) if people.len() > 1 => return Others::Several,
            Template::List(_) => return Others::One,
            Template::Constant(_) => return Others::Unknown,
        };
        let is_one = match expr.text().trim().split_once('.') {
            Some(("input", name)) => draft.inputs.iter().any(|input| {
                input.name.value == name && matches!(input.kind, Type::Identifier | Type::String)
            }),
            Some(("vars", name)) => draft
                .vars
                .iter()
                .any(|(var, first)| var.value == name && matches!(first.constant(), Some(Value::String(_)))),
            _ => false,
        };
        if is_one { Others::One } else { Others::Unknown }
    }

    /// A handler for the result of an action that is refused is no second fault.
    fn pretend(&mut self, place: &Place, kind: ActionKind) {
        let spec = kind.spec();
        let events = spec.success.iter().chain([&spec.failure]).chain(spec.canceled).cloned();
        self.possible.extend(events.map(|event| (place.leaf, event)));
    }

    fn check_media(&mut self, place: &mut Place, written: &'a Written, media: Media, via: &Via) {
        if media == Media::None {
            return;
        }
        let interrupts = match &written.arguments {
            Arguments::Play(play) => play.interrupts(),
            Arguments::Recognize(recognize) => recognize.interrupts_media(),
            _ => false,
        };
        let private = place
            .open
            .iter()
            .find(|open| media.is_private() && open.media.is_private())
            .map(|open| open.action);
        let running: Vec<_> = place.open.iter().filter(|open| open.media.is_queued()).cloned().collect();
        if let Some(action) = private {
            self.meet(via, place.leaf, Some(written), What::PrivateOverlaps(action));
        } else if !media.is_queued() {
            // It is asked when somebody has answered, whatever the others hear then.
        } else if interrupts {
            place.cancels |= running.iter().any(|open| !open.is_stale);
            place.open.retain(|open| !open.media.is_queued() || !open.is_stale);
        } else if let Some(open) = running.iter().find(|open| !open.is_fresh) {
            self.meet(via, place.leaf, Some(written), What::MediaOverlaps(open.action));
            // Told once: what comes after is no second fault.
            place.open.retain(|open| !open.media.is_queued() || open.is_fresh || !open.is_stale);
        }
    }
}

fn come_up(place: &mut Place, id: usize, options: &call_options::Written) {
    place.phase = Phase::Connecting;
    place.ongoing = Ongoing::with(options);
    place.mute = options.cognitive_services_endpoint.is_none().then_some(id);
}

/// What the action lets be heard, and by whom.
fn media(written: &Written, place: &Place) -> Media {
    match &written.arguments {
        Arguments::Play(play) if play.participants.is_some() => Media::Private,
        Arguments::Play(_) => Media::Main,
        Arguments::Recognize(_) if place.others == Others::Several => Media::Private,
        Arguments::Recognize(_) => Media::Main,
        Arguments::AddParticipant(add) if add.confirm.is_some() => Media::Aside,
        _ => Media::None,
    }
}

/// Whether the action speaks, or listens to speech. Source: reference 9.2.
fn wants_speech(written: &Written) -> bool {
    let speak = |sources: &[play_source::Written]| sources.iter().any(play_source::Written::speaks);
    match &written.arguments {
        Arguments::Play(play) => speak(&play.sources),
        Arguments::Hold(hold) => hold.music.as_ref().is_some_and(play_source::Written::speaks),
        Arguments::Recognize(recognize) => {
            !matches!(recognize.listen, WrittenListen::Dtmf(_)) || speak(&recognize.prompts)
        }
        Arguments::AddParticipant(add) => {
            let confirm = add.confirm.as_ref().and_then(|confirm| confirm.prompt.as_ref());
            confirm.is_some_and(play_source::Written::speaks)
        }
        _ => false,
    }
}
