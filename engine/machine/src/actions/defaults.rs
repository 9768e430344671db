//! What a flow fills in where an action leaves it out.

use lang::{Fields, Finding, Node, Phone};

use super::call_options;
use crate::argument::{Arg, Time, optional};
use crate::shape::{Key, Shape};
use crate::wanted::{Given, Visit};

/// What may be written.
pub static SHAPE: Shape = Shape {
    name: "defaults",
    description: "What is filled in wherever an action leaves it out.",
    keys: &[
        &[
            Key::of::<Phone>("callerId", "The number that a phone shows when it is called or invited.")
                .example("+18005550100"),
            Key::of::<String>("displayName", "The name that is shown to who is called or invited.")
                .example("Contoso Support"),
            Key::of::<String>("voice", "The voice that reads texts.").example("en-US-JennyNeural"),
            Key::of::<String>(
                "language",
                "The language of texts that are read, and of speech that is understood.",
            )
            .example("en-US"),
            Key::of::<Time<0, 180_000>>("invitationTimeout", "How long an invitation rings.").example("30s"),
        ],
        call_options::KEYS,
    ],
    rules: &[],
};

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

    /// These, and where something is missing those of the flow around. What reads the outer flow's own variables or
    /// inputs stays there: its names mean nothing in here.
    #[must_use]
    pub fn within(self, outer: &Defaults) -> Defaults {
        Defaults {
            caller_id: self.caller_id.or_else(|| inherited(&outer.caller_id)),
            display_name: self.display_name.or_else(|| inherited(&outer.display_name)),
            voice: self.voice.or_else(|| inherited(&outer.voice)),
            language: self.language.or_else(|| inherited(&outer.language)),
            invitation_timeout: self.invitation_timeout.or_else(|| inherited(&outer.invitation_timeout)),
            // For bringing a call up, which a sub-flow never does.
            options: self.options,
        }
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

fn inherited<T: Clone>(outer: &Option<Arg<T>>) -> Option<Arg<T>> {
    let reads_own = |expr: &lang::Expr| {
        expr.reads().iter().any(|read| !matches!(read.root.as_str(), "call" | "config" | "now"))
    };
    let travels = |arg: &&Arg<T>| match &arg.written {
        crate::argument::Written::Constant(_) => true,
        crate::argument::Written::Dynamic(template) => !template.expressions().any(reads_own),
    };
    outer.as_ref().filter(travels).cloned()
}
