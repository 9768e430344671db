//! Which events reach which handler, and of which actions they are the results.

use std::collections::HashMap;

use machine::actions::recognize::WrittenListen;
use machine::actions::{Arguments, Written};
use machine::draft;
use machine::event::EventKind;

use crate::product::Product;

/// What reaches handlers, by their first branches.
pub(crate) struct Reaches<'a> {
    by_handler: HashMap<*const draft::Branch, Vec<(EventKind, Option<&'a Written>)>>,
}

/// What a recognition may give. Source: reference 4.3.
#[derive(Clone, Copy, Default)]
pub(crate) struct Heard {
    pub(crate) keys: bool,
    pub(crate) label: bool,
    pub(crate) words: bool,
}

impl<'a> Reaches<'a> {
    pub(crate) fn of(product: &Product<'a>) -> Reaches<'a> {
        let mut by_handler: HashMap<_, Vec<(EventKind, Option<&'a Written>)>> = HashMap::new();
        for taken in &product.taken {
            let Some(event) = &taken.event else { continue };
            let action = taken.action.and_then(|action| product.action(action));
            by_handler.entry(taken.branches.as_ptr()).or_default().push((event.clone(), action));
        }
        Reaches { by_handler }
    }

    /// The kinds of events that reach a handler, each once; none, if it is not known to be reached at all.
    pub(crate) fn kinds(&self, handler: &[draft::Branch]) -> Vec<&EventKind> {
        let mut kinds: Vec<_> = self.reaching(handler).iter().map(|(kind, _)| kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// The actions whose results of this kind reach a handler.
    pub(crate) fn actions(
        &self,
        handler: &[draft::Branch],
        kind: &EventKind,
    ) -> impl Iterator<Item = &'a Written> {
        self.reaching(handler)
            .iter()
            .filter(move |(other, _)| other == kind)
            .filter_map(|(_, action)| *action)
    }

    fn reaching(&self, handler: &[draft::Branch]) -> &[(EventKind, Option<&'a Written>)] {
        self.by_handler.get(&handler.as_ptr()).map_or(&[], Vec::as_slice)
    }

    /// What the recognitions give whose results reach a handler; `None`, if none is known.
    pub(crate) fn heard(&self, handler: &[draft::Branch]) -> Option<Heard> {
        let mut heard: Option<Heard> = None;
        for action in self.actions(handler, &EventKind::RecognizeCompleted) {
            let Arguments::Recognize(recognize) = &action.arguments else { continue };
            let heard = heard.get_or_insert_default();
            match &recognize.listen {
                WrittenListen::Dtmf(_) => heard.keys = true,
                WrittenListen::Choices(_) => (heard.label, heard.words) = (true, true),
                WrittenListen::Speech(_) => heard.words = true,
                WrittenListen::SpeechOrDtmf(..) => (heard.keys, heard.words) = (true, true),
            }
        }
        heard
    }
}
