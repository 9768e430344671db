//! What a flow fills in where an action leaves it out.

use lang::{Fields, Finding, Node, Phone};

use super::call_options;
use crate::argument::{Arg, Time, optional};
use crate::wanted::{Given, Visit};

/// The flow's `defaults`. Each action takes from here what it has an argument for.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// For phone targets of `createCall` and `addParticipant`.
    pub caller_id: Option<Arg<Phone>>,
    /// For `createCall` and `addParticipant`.
    pub display_name: Option<Arg<String>>,
    /// For text that is spoken.
    pub voice: Option<Arg<String>>,
    /// For text that is spoken and speech that is recognised.
    pub language: Option<Arg<String>>,
    /// For `addParticipant`. Unit: whole seconds, at most 180.
    pub invitation_timeout: Option<Arg<Time<0, 180_000>>>,
    /// For `createCall`, `connect` and `answer`.
    pub options: call_options::Written,
}

impl Defaults {
    /// Reads the flow's `defaults`.
    pub fn read(node: &Node, found: &mut Vec<Finding>) -> Option<Defaults> {
        let mut fields = Fields::of(node, "`defaults`", found)?;
        let defaults = Defaults {
            caller_id: optional(&mut fields, "callerId", found),
            display_name: optional(&mut fields, "displayName", found),
            voice: optional(&mut fields, "voice", found),
            language: optional(&mut fields, "language", found),
            invitation_timeout: optional(&mut fields, "invitationTimeout", found),
            options: call_options::Written::read(&mut fields, &call_options::Written::default(), found),
        };
        fields.finish(found);
        Some(defaults)
    }

    /// Shows every default that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Defaults { caller_id, display_name, voice, language, invitation_timeout, options } = self;
        caller_id.visit("callerId", see);
        display_name.visit("displayName", see);
        voice.visit("voice", see);
        language.visit("language", see);
        invitation_timeout.visit("invitationTimeout", see);
        options.visit(see);
    }
}
