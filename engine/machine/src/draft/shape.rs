//! What may be written in a flow around its actions, key by key. Its readers stand beside this file.

use lang::value::Pattern;

use crate::actions::defaults;
use crate::shape::{Key, Rule, Shape, Wants};
use crate::wanted::Wanted;

use super::declared::TYPE_WORDS;

/// The whole document.
pub static FLOW: Shape = Shape {
    name: "flow",
    description: "How one call is steered. The call is always in one of the states: what happens to it leads to another.",
    keys: &[&[
        Key::new(
            "flow",
            "The flow's name, unique among the flows that are loaded: small letters, digits and dashes.",
            Wants::Name(Pattern::Flow),
        )
        .required()
        .example("support-line"),
        Key::new("description", "One line for people: what the flow is for.", Wants::Text),
        Key::new("start", "How a run of this flow begins.", Wants::Map(&START)).required(),
        Key::new(
            "input",
            "The values that whoever starts the flow passes to it; read as `input.name`.",
            Wants::Declared(Pattern::Variable, &Wants::Map(&INPUT)),
        )
        .example(r#"{"patient": {"type": "identifier", "required": true}}"#),
        Key::new(
            "output",
            "What this flow may give back to a flow that runs it, with the types; given at its `end`, read there as \
             `output.name`.",
            Wants::Declared(Pattern::Variable, &Wants::Word(&TYPE_WORDS)),
        )
        .example(r#"{"customer": "string"}"#),
        Key::new(
            "events",
            "The events that other systems may send to a running call, each with its fields and their types. A \
             field is read as `event.name`.",
            Wants::Declared(Pattern::Event, &Wants::Declared(Pattern::Variable, &Wants::Word(&TYPE_WORDS))),
        )
        .example(r#"{"agentReady": {"agent": "identifier"}}"#),
        Key::new(
            "recordings",
            "What is to happen with the files of this flow's recordings, which are ready some time after the call.",
            Wants::Map(&RECORDINGS),
        )
        .example(r#"{"tell": {"flow": "archive-recording"}}"#),
        Key::new(
            "config",
            "The constants that the operator sets for this installation, with their types; read as `config.name`.",
            Wants::Declared(Pattern::Variable, &Wants::Word(&TYPE_WORDS)),
        )
        .example(r#"{"crm": "string"}"#),
        Key::new(
            "defaults",
            "Filled in wherever an action leaves them out: caller ID, voice, language, speech service.",
            Wants::Map(&defaults::SHAPE),
        ),
        Key::new(
            "vars",
            "The flow's variables with their first values, which also give their types; read as `vars.name`, \
             changed by `set`.",
            Wants::Declared(Pattern::Variable, &Wants::Value),
        )
        .example(r#"{"attempts": 0, "sales": "+14255550123"}"#),
        Key::new(
            "initial",
            "The state that a run begins in. It may be left out where each kind of start names its own.",
            Wants::Target,
        )
        .example("answering"),
        Key::new(
            "on",
            "Which event leads where, in every state: tried after the state's own handlers.",
            Wants::Events,
        )
        .example(r#"{"CallDisconnected": {"end": "abandoned"}}"#),
        Key::new(
            "after",
            "Where the call goes after a time, counted from the moment the call is up.",
            Wants::Timers,
        )
        .example(r#"{"1h": "closing"}"#),
        Key::new("states", "The states, by name.", Wants::Named(Pattern::State, &Wants::Map(&STATE)))
            .required(),
    ]],
    rules: &[Rule::UnlessEach("initial", "start")],
};

/// What happens with the files of recordings.
static RECORDINGS: Shape = Shape {
    name: "recordings",
    description: "What is to happen with the files of recordings. The run keeps where they are, in any case.",
    keys: &[&[Key::new("tell", "Who is told of each file, once.", Wants::Map(&TELL))
        .required()
        .example(r#"{"url": "https://archive.example.com/recordings"}"#)]],
    rules: &[],
};

/// Who is told of the files of recordings.
static TELL: Shape = Shape {
    name: "tell",
    description: "Who is told of each file: another flow, or another system. What is told: run, recordingId, chunk, \
                  documentId, contentLocation, metadataLocation, deleteLocation, startTime, durationMs, contentType, \
                  channelType, formatType, endReason; what the provider did not say is \"\", or 0.",
    keys: &[&[
        Key::new(
            "flow",
            "A flow with `api: {}` under its `start`: a run of it begins for each file, with those of its inputs that \
             have the names of what is told.",
            Wants::Name(Pattern::Flow),
        )
        .example("archive-recording"),
        Key::new(
            "url",
            "Where it is posted as JSON, written out. It is tried for a day until it is answered 2xx, or refused.",
            Wants::FixedUrl,
        )
        .example("https://archive.example.com/recordings"),
        Key::new(
            "headers",
            "Headers to send with it: text, and secrets of the operator's as `${secrets.name}`.",
            Wants::Headers,
        )
        .example(r#"{"Authorization": "Bearer ${secrets.archive}"}"#),
    ]],
    rules: &[Rule::ExactlyOne(&["url", "flow"]), Rule::Excludes("flow", &["headers"])],
};

/// How a run begins.
pub static START: Shape = Shape {
    name: "start",
    description: "How a run of the flow begins: with a call that comes in, through the API, or as a part of another flow. \
                  More than one may stand.",
    keys: &[&[
        Key::new(
            "incoming",
            "A call comes in. Of several flows that fit, the one that fits most closely takes it.",
            Wants::Bare(&INCOMING),
        )
        .example(r#"{"to": "+18005550100"}"#),
        Key::new(
            "api",
            "Other software starts it through the API: to place a call, or to join one that is running.",
            Wants::Bare(&API),
        )
        .example("{}"),
        Key::new(
            "subflow",
            "Other flows run it, on a call that is up, and go on by its outcome.",
            Wants::Bare(&SUBFLOW),
        )
        .example("{}"),
    ]],
    rules: &[Rule::AtLeastOne(&["incoming", "api", "subflow"])],
};

/// The start by a call that comes in.
static INCOMING: Shape = Shape {
    name: "incoming",
    description: "Which incoming calls the flow takes: all of them, if nothing is said.",
    keys: &[&[
        Key::new(
            "to",
            "Who is called: a number or identifier, a list, or `prefix*` for all that begin alike. Left out: anyone.",
            Wants::Callers,
        )
        .example("+18005550100"),
        Key::new(
            "from",
            "Who calls: a number or identifier, a list, or `prefix*` for all that begin alike. Left out: anyone.",
            Wants::Callers,
        )
        .example("+1425*"),
        Key::new(
            "when",
            "And only if this holds; it may read `call.from`, `call.to`, `now` and `config`.",
            Wants::Guard,
        )
        .example("now.getHours(\"Europe/Berlin\") < 18"),
        INITIAL,
    ]],
    rules: &[],
};

/// The start by the engine's API.
static API: Shape = Shape {
    name: "api",
    description: "The flow is started by other software.",
    keys: &[&[INITIAL]],
    rules: &[],
};

/// The start by another flow.
static SUBFLOW: Shape = Shape {
    name: "subflow",
    description: "The flow is run by other flows, on their calls.",
    keys: &[&[INITIAL]],
    rules: &[],
};

const INITIAL: Key = Key::new(
    "initial",
    "The state that a run begins in when it starts this way. Left out: the flow's `initial`.",
    Wants::Target,
)
.example("answering");

/// An input as declared.
static INPUT: Shape = Shape {
    name: "input",
    description: "A value that whoever starts the flow passes to it.",
    keys: &[&[
        Key::new("type", "What kind of value it is.", Wants::Word(&TYPE_WORDS))
            .required()
            .example("identifier"),
        Key::new("required", "Whether a start without it is refused.", Wants::Truth).default("false"),
        Key::new("default", "Its value when none is passed. It must be of the type.", Wants::Value),
        Key::new("description", "What it means, for those who start the flow.", Wants::Text),
    ]],
    rules: &[],
};

/// A state.
pub static STATE: Shape = Shape {
    name: "state",
    description: "Where a call can stand: what is done when it gets there, and what leads on.",
    keys: &[&[
        Key::new("description", "For people; shown in graphs and in the console.", Wants::Text),
        Key::new("do", "What is done when the call enters this state, in this order.", Wants::Actions)
            .example(r#"[{"play": {"text": "Please hold."}}]"#),
        Key::new(
            "on",
            "Which event leads where. One that is not named here is looked for in the states around, then in the flow.",
            Wants::Events,
        )
        .example(r#"{"PlayCompleted": "menu", "PlayFailed": "menu"}"#),
        Key::new(
            "after",
            "Where the call goes when it has been in this state for so long; several times may stand.",
            Wants::Timers,
        )
        .example(r#"{"60s": "goodbye"}"#),
        Key::new(
            "goto",
            "Leads on at once, when everything under `do` is done: this state waits for nothing.",
            Wants::Target,
        )
        .example("menu"),
        Key::new(
            "choose",
            "Leads on at once, by the first branch whose `when` holds: this state waits for nothing.",
            Wants::Transitions,
        ),
        Key::new(
            "end",
            "The run ends here, with this outcome; reports show it. Hang up before, or the engine does.",
            ENDING,
        )
        .example("completed"),
        Key::new(
            "run",
            "Runs another flow on the same call, when everything under `do` is done: its name. What stands here under `on` \
             and `after` holds meanwhile, for whatever the sub-flow does not handle itself.",
            Wants::Name(Pattern::Flow),
        )
        .example("identify-caller"),
        Key::new(
            "with",
            "What is passed to the sub-flow that this state runs: the values of its `input`.",
            Wants::Named(Pattern::Variable, &Wants::Argument(Wanted::Anything)),
        )
        .example(r#"{"attempts": 3}"#),
        Key::new(
            "outcomes",
            "Where each outcome of the sub-flow leads. What it gave back is read as `output.name` here.",
            Wants::Outcomes,
        )
        .example(r#"{"verified": "adviser", "refused": {"goto": "goodbye"}}"#),
        Key::new("initial", "The state among `states` that is entered with this one.", Wants::Target),
        Key::new(
            "states",
            "States inside this one. What stands here under `on` and `after` holds while any of them is active.",
            Wants::Named(Pattern::State, &Wants::Map(&STATE)),
        ),
        Key::new(
            "exit",
            "What is done when the call leaves this state: only `log`, since nobody would wait for a result.",
            Wants::Logs,
        )
        .example(r#"[{"log": {"message": "the caller leaves the menu"}}]"#),
    ]],
    rules: &[
        Rule::AtMostOne(&["goto", "choose", "end", "run", "states"]),
        Rule::Excludes("end", &["on", "after"]),
        Rule::Excludes("goto", &["on", "after"]),
        Rule::Needs("with", "run"),
        Rule::Needs("outcomes", "run"),
        Rule::Needs("states", "initial"),
        Rule::Needs("initial", "states"),
    ],
};

/// A branch of a transition.
pub static BRANCH: Shape = Shape {
    name: "branch",
    description: "One way on: taken if its `when` holds and no branch before it was taken.",
    keys: &[&[
        Key::new("when", "Taken only if this expression holds. Left out: always.", Wants::Guard)
            .example("event.digits == \"1\""),
        Key::new(
            "set",
            "Variables and their new values. All values are worked out before the first is set.",
            Wants::Named(Pattern::Variable, &Wants::Argument(Wanted::Anything)),
        )
        .example(r#"{"attempts": "${vars.attempts + 1}"}"#),
        Key::new(
            "do",
            "What is done on the way. The state that is reached gets the results.",
            Wants::Actions,
        )
        .example(r#"[{"log": {"message": "wrong key"}}]"#),
        Key::new(
            "goto",
            "The state that this leads to; `parent.child` names one inside another. Without `goto` and `end` \
             the call stays where it is.",
            Wants::Target,
        )
        .example("menu"),
        Key::new("end", "The run ends, with this outcome; reports show it.", ENDING).example("completed"),
    ]],
    rules: &[Rule::AtMostOne(&["goto", "end"]), Rule::LogsOnly("end", "do")],
};

/// A branch that an outcome of a sub-flow takes: it leads somewhere, since nothing is left to wait for.
pub static OUTCOME_BRANCH: Shape = Shape {
    name: "outcomeBranch",
    description: "One way on from a sub-flow: taken if its `when` holds and no branch before it was taken.",
    keys: BRANCH.keys,
    rules: &[Rule::ExactlyOne(&["goto", "end"]), Rule::LogsOnly("end", "do")],
};

const ENDING: Wants = Wants::Either(&[Wants::Outcome, Wants::Map(&END)]);

/// The end of a run in its long form.
static END: Shape = Shape {
    name: "end",
    description: "The end of a run.",
    keys: &[&[
        Key::new("outcome", "The outcome: how the call ended, in a word of yours.", Wants::Outcome)
            .required()
            .example("completed"),
        Key::new(
            "output",
            "What this flow gives back to the flow that runs it; each name is declared under the flow's `output`.",
            Wants::Named(Pattern::Variable, &Wants::Argument(Wanted::Anything)),
        )
        .example(r#"{"customer": "${vars.customer}"}"#),
    ]],
    rules: &[],
};
