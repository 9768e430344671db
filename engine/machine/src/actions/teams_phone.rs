//! What a Teams phone agent is shown about a call that is handed over: who calls, who hands over, and why.

use acs::model::{TeamsPhoneCallDetails as WireDetails, TeamsPhoneCallerDetails, TeamsPhoneSourceDetails};
use indexmap::IndexMap;
use lang::value::Pattern;
use lang::{Fields, Finding, Identifier, Kind, Node, Phone, Roots, Spanned};
use serde::{Deserialize, Serialize};

use super::{url, wire};
use crate::argument::{Arg, Texts, Unfilled, at_most, fill, optional, required};
use crate::limits::CALL_TOPIC_CHARS_MAX;
use crate::shape::{Key, Shape, Wants};
use crate::wanted::{Given, Visit, Wanted};

/// What may be written of it among an action's arguments.
pub const KEY: Key = Key::new(
    "teamsPhoneCallDetails",
    "What a Teams phone agent is shown about the call.",
    Wants::Map(&DETAILS),
)
.example(r#"{"callTopic": "Refund"}"#);

static DETAILS: Shape = Shape {
    name: "teamsPhoneCallDetails",
    description: "What a Teams phone agent is shown about the call.",
    keys: &[&[
        Key::new("teamsPhoneCallerDetails", "Who calls.", Wants::Map(&CALLER)),
        Key::new("teamsPhoneSourceDetails", "Who hands the call over.", Wants::Map(&SOURCE)),
        Key::of::<String>("sessionId", "An id of yours for this call, for your own reports."),
        Key::of::<String>("intent", "What the caller wants.").example("refund"),
        Key::of::<String>("callTopic", "Why they call, in a few words: at most 48 characters.")
            .example("Refund of order 42"),
        Key::of::<String>("callContext", "What has happened so far."),
        Key::new("transcriptUrl", "Where the transcript of the call is.", Wants::Address(&url::WEB))
            .example("https://example.com/transcripts/42"),
        Key::of::<String>("callSentiment", "The caller's mood so far."),
        Key::of::<String>("suggestedActions", "What the agent could do."),
    ]],
    rules: &[],
};

static CALLER: Shape = Shape {
    name: "teamsPhoneCallerDetails",
    description: "Who calls, for a Teams phone agent.",
    keys: &[&[
        Key::of::<Identifier>("caller", "The caller.").required().example("${call.from}"),
        Key::of::<String>("name", "The caller's name.").required().example("Ada"),
        Key::of::<Phone>("phoneNumber", "The caller's phone number.").required().example("+14255550123"),
        Key::of::<String>("recordId", "The caller's record in a system of yours."),
        Key::new("screenPopUrl", "A page that is opened for the agent.", Wants::Address(&url::WEB))
            .example("https://example.com/customers/42"),
        Key::of::<bool>("isAuthenticated", "Whether the caller has proved who they are."),
        Key::of::<Texts>(
            "additionalCallerInformation",
            "More to show, by name: the provider takes 10 pairs.",
        )
        .example(r#"{"tier": "gold"}"#),
    ]],
    rules: &[],
};

static SOURCE: Shape = Shape {
    name: "teamsPhoneSourceDetails",
    description: "Who hands the call over to a Teams phone agent.",
    keys: &[&[
        Key::of::<Identifier>("source", "Who hands the call over.").required().example("${call.to}"),
        Key::of::<String>("language", "The language of the conversation, by its two letters.")
            .required()
            .example("en"),
        Key::of::<String>("status", "How far the conversation has come.").required().example("active"),
        Key::new(
            "intendedTargets",
            "For whom the call is meant, by a name of yours.",
            Wants::Named(Pattern::Variable, &Wants::Argument(Wanted::Person)),
        )
        .example(r#"{"queue": "+14255550123"}"#),
    ]],
    rules: &[],
};

/// Whether a key of this name may stand in it, or in a mapping inside it.
#[must_use]
pub fn has(name: &str) -> bool {
    [&DETAILS, &CALLER, &SOURCE].iter().any(|shape| shape.key(name).is_some())
}

/// What is shown, as posted. Source: reference 2.4 and 3.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TeamsPhoneCallDetails {
    /// Who calls. Its name in flows is `teamsPhoneCallerDetails`.
    pub caller: Option<Caller>,
    /// Who hands over. Its name in flows is `teamsPhoneSourceDetails`.
    pub source: Option<Source>,
    /// For the reports of the one who hands over.
    pub session_id: Option<String>,
    /// What the caller wants.
    pub intent: Option<String>,
    /// At most 48 characters.
    pub call_topic: Option<String>,
    /// What has happened so far.
    pub call_context: Option<String>,
    /// Where the transcript is.
    pub transcript_url: Option<String>,
    /// The caller's mood.
    pub call_sentiment: Option<String>,
    /// What the agent could do.
    pub suggested_actions: Option<String>,
}

/// Who calls. Source: reference 2.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Caller {
    /// The caller.
    pub caller: Identifier,
    /// The caller's name.
    pub name: String,
    /// The caller's number.
    pub phone_number: Phone,
    /// The caller's record in a system of the author's.
    pub record_id: Option<String>,
    /// A page that is opened for the agent.
    pub screen_pop_url: Option<String>,
    /// Whether the caller has proved who they are.
    pub is_authenticated: Option<bool>,
    /// More to show; the provider takes 10 pairs.
    pub additional_caller_information: IndexMap<String, String>,
}

/// Who hands over. Source: reference 2.4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Who hands over.
    pub source: Identifier,
    /// Such as `en`.
    pub language: String,
    /// How far the conversation has come.
    pub status: String,
    /// For whom the call is meant, by name.
    pub intended_targets: IndexMap<String, Identifier>,
}

impl TeamsPhoneCallDetails {
    pub(super) fn wire(&self) -> WireDetails {
        WireDetails {
            teams_phone_caller_details: self.caller.as_ref().map(Caller::wire),
            teams_phone_source_details: self.source.as_ref().map(Source::wire),
            session_id: self.session_id.clone(),
            intent: self.intent.clone(),
            call_topic: self.call_topic.clone(),
            call_context: self.call_context.clone(),
            transcript_url: self.transcript_url.clone(),
            call_sentiment: self.call_sentiment.clone(),
            suggested_actions: self.suggested_actions.clone(),
        }
    }
}

impl Caller {
    fn wire(&self) -> TeamsPhoneCallerDetails {
        TeamsPhoneCallerDetails {
            caller: wire::identifier(&self.caller),
            name: self.name.clone(),
            phone_number: self.phone_number.as_str().to_owned(),
            record_id: self.record_id.clone(),
            screen_pop_url: self.screen_pop_url.clone(),
            is_authenticated: self.is_authenticated,
            additional_caller_information: wire::some(self.additional_caller_information.clone()),
        }
    }
}

impl Source {
    fn wire(&self) -> TeamsPhoneSourceDetails {
        let targets = self.intended_targets.iter().map(|(name, who)| (name.clone(), wire::identifier(who)));
        TeamsPhoneSourceDetails {
            source: wire::identifier(&self.source),
            language: self.language.clone(),
            status: self.status.clone(),
            intended_targets: wire::some(targets.collect()),
        }
    }
}

/// [`TeamsPhoneCallDetails`] as written.
#[derive(Clone, Debug)]
pub struct Written {
    caller: Option<WrittenCaller>,
    source: Option<WrittenSource>,
    session_id: Option<Arg<String>>,
    intent: Option<Arg<String>>,
    call_topic: Option<Arg<String>>,
    call_context: Option<Arg<String>>,
    transcript_url: Option<Arg<String>>,
    call_sentiment: Option<Arg<String>>,
    suggested_actions: Option<Arg<String>>,
}

#[derive(Clone, Debug)]
struct WrittenCaller {
    caller: Arg<Identifier>,
    name: Arg<String>,
    phone_number: Arg<Phone>,
    record_id: Option<Arg<String>>,
    screen_pop_url: Option<Arg<String>>,
    is_authenticated: Option<Arg<bool>>,
    additional_caller_information: Option<Arg<Texts>>,
}

#[derive(Clone, Debug)]
struct WrittenSource {
    source: Arg<Identifier>,
    language: Arg<String>,
    status: Arg<String>,
    intended_targets: Vec<(Spanned<String>, Arg<Identifier>)>,
}

impl Written {
    /// Reads the details, if they stand among an action's arguments.
    pub(super) fn read(fields: &mut Fields<'_>, found: &mut Vec<Finding>) -> Option<Written> {
        let entry = fields.get(KEY.name)?;
        let mut own = Fields::of(&entry.value, "`teamsPhoneCallDetails`", found)?;
        let caller = own.get(CALLER.name).and_then(|entry| WrittenCaller::read(&entry.value, found));
        let source = own.get(SOURCE.name).and_then(|entry| WrittenSource::read(&entry.value, found));
        let written = Written {
            caller,
            source,
            session_id: optional(&mut own, "sessionId", found),
            intent: optional(&mut own, "intent", found),
            call_topic: optional(&mut own, "callTopic", found)
                .and_then(|topic| at_most(topic, CALL_TOPIC_CHARS_MAX, "`callTopic`", found)),
            call_context: optional(&mut own, "callContext", found),
            transcript_url: url::optional(&mut own, "transcriptUrl", &url::WEB, found),
            call_sentiment: optional(&mut own, "callSentiment", found),
            suggested_actions: optional(&mut own, "suggestedActions", found),
        };
        own.finish(found);
        Some(written)
    }

    /// The details, as they are now.
    ///
    /// # Errors
    /// As [`Arg::fill`].
    pub fn fill(&self, roots: &dyn Roots) -> Result<TeamsPhoneCallDetails, Unfilled> {
        Ok(TeamsPhoneCallDetails {
            caller: self.caller.as_ref().map(|caller| caller.fill(roots)).transpose()?,
            source: self.source.as_ref().map(|source| source.fill(roots)).transpose()?,
            session_id: fill(&self.session_id, "sessionId", roots)?,
            intent: fill(&self.intent, "intent", roots)?,
            call_topic: fill(&self.call_topic, "callTopic", roots)?,
            call_context: fill(&self.call_context, "callContext", roots)?,
            transcript_url: fill(&self.transcript_url, "transcriptUrl", roots)?,
            call_sentiment: fill(&self.call_sentiment, "callSentiment", roots)?,
            suggested_actions: fill(&self.suggested_actions, "suggestedActions", roots)?,
        })
    }

    /// Shows every argument that is an expression, under its name in flows.
    pub fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let Written {
            caller,
            source,
            session_id,
            intent,
            call_topic,
            call_context,
            transcript_url,
            call_sentiment,
            suggested_actions,
        } = self;
        if let Some(caller) = caller {
            caller.visit(see);
        }
        if let Some(source) = source {
            source.visit(see);
        }
        session_id.visit("sessionId", see);
        intent.visit("intent", see);
        call_topic.visit("callTopic", see);
        call_context.visit("callContext", see);
        transcript_url.visit("transcriptUrl", see);
        call_sentiment.visit("callSentiment", see);
        suggested_actions.visit("suggestedActions", see);
    }
}

impl WrittenCaller {
    fn read(node: &Node, found: &mut Vec<Finding>) -> Option<WrittenCaller> {
        let mut fields = Fields::of(node, "`teamsPhoneCallerDetails`", found)?;
        let caller = required(&mut fields, "caller", found);
        let name = required(&mut fields, "name", found);
        let phone_number = required(&mut fields, "phoneNumber", found);
        let record_id = optional(&mut fields, "recordId", found);
        let screen_pop_url = url::optional(&mut fields, "screenPopUrl", &url::WEB, found);
        let is_authenticated = optional(&mut fields, "isAuthenticated", found);
        let additional_caller_information = optional(&mut fields, "additionalCallerInformation", found);
        fields.finish(found);
        Some(WrittenCaller {
            caller: caller?,
            name: name?,
            phone_number: phone_number?,
            record_id,
            screen_pop_url,
            is_authenticated,
            additional_caller_information,
        })
    }

    fn fill(&self, roots: &dyn Roots) -> Result<Caller, Unfilled> {
        let more = fill(&self.additional_caller_information, "additionalCallerInformation", roots)?;
        Ok(Caller {
            caller: self.caller.fill("caller", roots)?,
            name: self.name.fill("name", roots)?,
            phone_number: self.phone_number.fill("phoneNumber", roots)?,
            record_id: fill(&self.record_id, "recordId", roots)?,
            screen_pop_url: fill(&self.screen_pop_url, "screenPopUrl", roots)?,
            is_authenticated: fill(&self.is_authenticated, "isAuthenticated", roots)?,
            additional_caller_information: more.unwrap_or_default().0,
        })
    }

    fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let WrittenCaller {
            caller,
            name,
            phone_number,
            record_id,
            screen_pop_url,
            is_authenticated,
            additional_caller_information,
        } = self;
        caller.visit("caller", see);
        name.visit("name", see);
        phone_number.visit("phoneNumber", see);
        record_id.visit("recordId", see);
        screen_pop_url.visit("screenPopUrl", see);
        is_authenticated.visit("isAuthenticated", see);
        additional_caller_information.visit("additionalCallerInformation", see);
    }
}

impl WrittenSource {
    fn read(node: &Node, found: &mut Vec<Finding>) -> Option<WrittenSource> {
        let mut fields = Fields::of(node, "`teamsPhoneSourceDetails`", found)?;
        let source = required(&mut fields, "source", found);
        let language = required(&mut fields, "language", found);
        let status = required(&mut fields, "status", found);
        let targets = fields.get("intendedTargets").map(|entry| targets(&entry.value, found));
        fields.finish(found);
        Some(WrittenSource {
            source: source?,
            language: language?,
            status: status?,
            intended_targets: match targets {
                Some(targets) => targets?,
                None => Vec::new(),
            },
        })
    }

    fn fill(&self, roots: &dyn Roots) -> Result<Source, Unfilled> {
        let targets = self.intended_targets.iter();
        let target = |(name, who): &(Spanned<String>, Arg<Identifier>)| {
            Ok((name.value.clone(), who.fill("intendedTargets", roots)?))
        };
        Ok(Source {
            source: self.source.fill("source", roots)?,
            language: self.language.fill("language", roots)?,
            status: self.status.fill("status", roots)?,
            intended_targets: targets.map(target).collect::<Result<_, Unfilled>>()?,
        })
    }

    fn visit<'w>(&'w self, see: &mut dyn FnMut(Given<'w>)) {
        let WrittenSource { source, language, status, intended_targets } = self;
        source.visit("source", see);
        language.visit("language", see);
        status.visit("status", see);
        intended_targets.iter().for_each(|(_, who)| who.visit("intendedTargets", see));
    }
}

fn targets(node: &Node, found: &mut Vec<Finding>) -> Option<Vec<(Spanned<String>, Arg<Identifier>)>> {
    let Kind::Map(entries) = &node.kind else {
        found.push(
            Finding::error(
                lang::Code(103),
                node.span,
                "`intendedTargets` must be a mapping of names to people",
            )
            .label(format!("this is {}", node.describe()))
            .help("such as `{ queue: \"+14255550123\" }`"),
        );
        return None;
    };
    let read: Vec<_> = entries
        .iter()
        .filter_map(|entry| {
            let is_name = Pattern::Variable.check(&entry.key, "a name under `intendedTargets`", found);
            let who = Arg::read(&entry.value, "`intendedTargets`", found);
            is_name.then_some((entry.key.clone(), who?))
        })
        .collect();
    (read.len() == entries.len()).then_some(read)
}
