//! What a flow can do. One file per action: its arguments as written, its arguments as posted, its request, and what is
//! true of every use of it. To add an action, write its file and add its line below.
//!
//! Nothing else of this crate names the provider's wire.

use std::sync::Arc;

use lang::{Entry, Fields, Finding, Identifier, Node, Roots, Span};
use serde::{Deserialize, Serialize};

use crate::argument::{Arg, Unfilled, fill, optional};
use crate::protocol::Spec;
use crate::shape::{Key, Rule, Shape, Wants};
use crate::snapshot::Call;
use crate::wanted::{Given, Visit};

pub mod call_options;
pub mod calling_context;
pub mod defaults;
mod items;
pub mod play_source;
pub mod posting;
mod preview;
pub mod teams_phone;
#[cfg(test)]
mod tests;
mod url;
mod wire;

pub use call_options::{CallOptions, MediaStreaming, Transcription};
pub use calling_context::CallingContext;
pub use defaults::Defaults;
pub use play_source::PlaySource;
pub use posting::{Posting, Unpostable};
pub use teams_phone::TeamsPhoneCallDetails;

macro_rules! actions {
    ($($module:ident $action:ident),+ $(,)?) => {
        $(pub mod $module;)+

        /// Which action.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum ActionKind {
            $(#[doc = concat!("See [`", stringify!($module), "`].")] $action,)+
        }

        impl ActionKind {
            /// All of them, in the order of the language page.
            pub const ALL: &[ActionKind] = &[$(ActionKind::$action),+];

            /// What is true of every use of it.
            #[must_use]
            pub fn spec(self) -> &'static Spec {
                match self { $(ActionKind::$action => &$module::SPEC,)+ }
            }

            /// What may be written as its arguments.
            #[must_use]
            pub fn shape(self) -> &'static Shape {
                match self { $(ActionKind::$action => &$module::SHAPE,)+ }
            }
        }

        /// What may be written as one item of a `do`.
        pub static ITEM: Shape = Shape {
            name: "action",
            description: "One action: its name with its arguments.",
            keys: &[
                &[$(Key::new($module::SHAPE.name, $module::SHAPE.description, Wants::Bare(&$module::SHAPE))),+],
                &[KEEP],
            ],
            rules: &[Rule::ExactlyOne(&[$($module::SHAPE.name),+])],
        };

        /// The arguments of an action as written.
        #[derive(Clone, Debug)]
        pub enum Arguments {
            $(#[doc = concat!("See [`", stringify!($module), "`].")] $action(Arc<$module::Written>),)+
        }

        /// An action with every argument known: what is posted.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum Action {
            $(#[doc = concat!("See [`", stringify!($module), "`].")] $action($module::$action),)+
        }

        impl Arguments {
            fn read(kind: ActionKind, fields: &mut Fields<'_>, defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Arguments> {
                match kind {
                    $(ActionKind::$action => $module::Written::read(fields, defaults, found).map(Arc::new).map(Arguments::$action),)+
                }
            }

            /// The action, with its arguments as they are now.
            ///
            /// # Errors
            /// An expression failed, or gave something that the argument cannot take.
            pub fn fill(&self, values: &Values<'_>) -> Result<Action, Unfilled> {
                match self {
                    $(Arguments::$action(written) => written.fill(values).map(Action::$action),)+
                }
            }

            fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
                match self {
                    $(Arguments::$action(written) => written.visit(see),)+
                }
            }

            /// Which action they are of.
            #[must_use]
            pub fn kind(&self) -> ActionKind {
                match self { $(Arguments::$action(_) => ActionKind::$action,)+ }
            }
        }

        impl Action {
            /// Which action it is.
            #[must_use]
            pub fn kind(&self) -> ActionKind {
                match self { $(Action::$action(_) => ActionKind::$action,)+ }
            }

            /// The request that it is, the same each time it is asked for the same attempt.
            ///
            /// # Errors
            /// See [`Unpostable`]; nothing must be sent.
            pub fn request(&self, posting: &Posting<'_>) -> Result<acs::Request, Unpostable> {
                match self { $(Action::$action(action) => action.request(posting),)+ }
            }
        }
    };
}

actions! {
    create_call CreateCall,
    connect Connect,
    answer Answer,
    reject Reject,
    redirect Redirect,
    transfer Transfer,
    add_participant AddParticipant,
    cancel_add_participant CancelAddParticipant,
    remove_participant RemoveParticipant,
    move_participants MoveParticipants,
    mute_participant MuteParticipant,
    hold Hold,
    unhold Unhold,
    hang_up HangUp,
    play Play,
    recognize Recognize,
    cancel_media CancelMedia,
    send_dtmf SendDtmf,
    start_continuous_dtmf StartContinuousDtmf,
    stop_continuous_dtmf StopContinuousDtmf,
    start_transcription StartTranscription,
    stop_transcription StopTranscription,
    update_transcription UpdateTranscription,
    start_media_streaming StartMediaStreaming,
    stop_media_streaming StopMediaStreaming,
    start_recording StartRecording,
    pause_recording PauseRecording,
    resume_recording ResumeRecording,
    stop_recording StopRecording,
    http Http,
    log Log,
}

const KEEP: Key = Key::new(
    "as",
    "A variable that keeps what the provider answers to this action at once; read as `vars.name`.",
    Wants::Name(lang::value::Pattern::Variable),
)
.example("invited");

/// The keys that every action takes for which the API has them.
const fn routing(spec: &Spec) -> &'static [Key] {
    const CONTEXT: Key = Key::of::<String>(
        "operationContext",
        "A text of yours that comes back with the results of this action, as `event.operationContext`.",
    )
    .example("first-attempt");
    const CALLBACK_URI: Key = Key::new(
        "operationCallbackUri",
        "Where the provider sends the results of this one action instead of to this flow, which then never \
         hears of them.",
        Wants::Address(&url::WEB),
    )
    .example("https://example.com/results");
    match (spec.takes_context, spec.takes_callback_uri) {
        (true, true) => &[CONTEXT, CALLBACK_URI],
        (true, false) => &[CONTEXT],
        (false, true) => &[CALLBACK_URI],
        (false, false) => &[],
    }
}

/// What arguments are filled from.
pub struct Values<'a> {
    /// What expressions may read.
    pub roots: &'a dyn Roots,
    /// The call, for what an author may leave out.
    pub call: &'a Call,
}

impl ActionKind {
    /// An action by the name that flows give it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<ActionKind> {
        ActionKind::ALL.iter().copied().find(|kind| kind.spec().name == name)
    }
}

/// One item of a `do`: an action as written.
#[derive(Clone, Debug)]
pub struct Written {
    /// The action's name, where it stands.
    pub name: Span,
    /// Where its arguments begin.
    pub arguments_span: Span,
    /// Its arguments.
    pub arguments: Arguments,
    /// `as`: the variable that keeps the acknowledgement.
    pub keep: Option<lang::Spanned<String>>,
    /// The author's own `operationContext`.
    pub operation_context: Option<Arg<String>>,
    /// Where the results of this one action are sent instead of to the engine. Source: reference 8.6.
    pub operation_callback_uri: Option<Arg<String>>,
}

impl Written {
    /// Reads one item of a `do`.
    pub fn read(node: &Node, defaults: &Defaults, found: &mut Vec<Finding>) -> Option<Written> {
        let mut item = Fields::of(node, "an action", found)?;
        let keep = item
            .get("as")
            .and_then(|entry| lang::value::name(&entry.value, "`as`", lang::value::Pattern::Variable, found));
        let names: Vec<&'static str> = ActionKind::ALL.iter().map(|kind| kind.spec().name).collect();
        let mut given: Vec<_> = names.iter().filter_map(|name| item.get(name)).collect();
        given.sort_by_key(|entry| entry.key.span);
        if let [first, second, ..] = given.as_slice() {
            let headline = format!("`{}` and `{}` stand in one item", first.key.value, second.key.value);
            found.push(
                Finding::error(lang::Code(104), second.key.span, headline)
                    .label("another action")
                    .related(first.key.span, "the action of this item")
                    .help("begin each action with a dash of its own"),
            );
        }
        let chosen = given.first().copied();
        let before = found.len();
        if let Some(finding) = preview::look(node) {
            found.push(finding);
            return None;
        }
        item.finish(found);
        let Some(Entry { key, value }) = chosen else {
            if found.len() == before {
                found.push(
                    Finding::error(lang::Code(102), node.span, "an item of `do` names no action")
                        .label("no action here")
                        .help("write the action's name and its arguments, such as `- play: { text: \"Hello\" }`"),
                );
            }
            return None;
        };
        let kind = ActionKind::from_name(&key.value)?;
        // `- answer:` with nothing behind it is `- answer: {}`.
        let empty = Node { span: value.span, kind: lang::Kind::Map(Vec::new()) };
        let value = if value.is_null() { &empty } else { value };
        let mut fields = Fields::of(value, &format!("the arguments of `{}`", key.value), found)?;
        let arguments_span = fields.start();
        let spec = kind.spec();
        let operation_context =
            spec.takes_context.then(|| optional(&mut fields, "operationContext", found)).flatten();
        let operation_callback_uri = spec
            .takes_callback_uri
            .then(|| url::optional(&mut fields, "operationCallbackUri", &url::WEB, found))
            .flatten();
        let arguments = Arguments::read(kind, &mut fields, defaults, found);
        fields.finish(found);
        Some(Written {
            name: key.span,
            arguments_span,
            arguments: arguments?,
            keep,
            operation_context,
            operation_callback_uri,
        })
    }

    /// Which action it is.
    #[must_use]
    pub fn kind(&self) -> ActionKind {
        self.arguments.kind()
    }

    /// The key that sends its results to another system, past the flow; `None`: they come here.
    #[must_use]
    pub fn sends_results_by(&self) -> Option<&'static str> {
        match &self.arguments {
            Arguments::StartRecording(start) if start.state_callback_uri.is_some() => {
                Some("recordingStateCallbackUri")
            }
            _ => self.operation_callback_uri.as_ref().map(|_| "operationCallbackUri"),
        }
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        self.operation_context.visit("operationContext", see);
        self.operation_callback_uri.visit("operationCallbackUri", see);
        self.arguments.visit(see);
    }

    /// The author's context and callback URI, as they are now.
    ///
    /// # Errors
    /// An expression failed.
    pub fn fill_routing(&self, roots: &dyn Roots) -> Result<(Option<String>, Option<String>), Unfilled> {
        Ok((
            fill(&self.operation_context, "operationContext", roots)?,
            fill(&self.operation_callback_uri, "operationCallbackUri", roots)?,
        ))
    }
}

/// Who is meant: the other party, if nobody is named and there is just one. `ask` says what to do otherwise.
fn whom(
    participant: &Option<Arg<Identifier>>,
    values: &Values<'_>,
    ask: &str,
) -> Result<Identifier, Unfilled> {
    match fill(participant, "participant", values.roots)? {
        Some(participant) => Ok(participant),
        None => values
            .call
            .other_party()
            .cloned()
            .ok_or_else(|| Unfilled(format!("`participant`: this call has no one other party; {ask}"))),
    }
}

/// Reads a word of a closed list: CF103 with the nearest one as help.
pub(crate) fn one_of<'w>(
    text: &str,
    words: &[&'w str],
    what: &str,
    span: Span,
    found: &mut Vec<Finding>,
) -> Option<&'w str> {
    if let Some(word) = words.iter().find(|word| **word == text) {
        return Some(word);
    }
    let list = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let finding = Finding::error(lang::Code(103), span, format!("{what} cannot be `{text}`"))
        .label("not one of its values");
    found.push(match lang::nearest::nearest(text, words.iter().copied()) {
        Some(near) => finding.help(format!("did you mean `{near}`? It may be {list}")),
        None => finding.help(format!("it may be {list}")),
    });
    None
}
