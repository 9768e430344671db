//! CF408: a target or header that the action cannot take.

use lang::{Code, Finding, Identifier, Span};
use machine::actions::{Arguments, calling_context};
use machine::argument::{Arg, Texts, is_phone};
use machine::starts::Pattern;

use super::{Rule, Subject};
use crate::model::Model;

pub(super) const RULE: Rule = Rule { check };

/// Unit: characters of a header's name. Source: reference 3.4, as the other limits.
const NAME_MAX: usize = 64;
/// Unit: characters of a SIP header's value.
const SIP_VALUE_MAX: usize = 256;
/// Unit: characters of a VoIP header's value.
const VOIP_VALUE_MAX: usize = 1_024;
/// Unit: SIP headers besides User-To-User.
const SIP_HEADERS_MAX: usize = 5;
/// Unit: VoIP headers.
const VOIP_HEADERS_MAX: usize = 1_000;

fn check(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    for action in subject.model.all_actions() {
        match &action.arguments {
            Arguments::Transfer(transfer) => headers(&transfer.context, &transfer.to, action.name, found),
            Arguments::AddParticipant(add) => headers(&add.context, &add.participant, action.name, found),
            Arguments::SendDtmf(send) => {
                let other = send.participant.as_ref().and_then(Arg::constant).filter(|one| !is_phone(one));
                found.extend(other.map(|_| {
                    wrong(
                        action.name,
                        "`sendDtmf` to somebody who is no phone".to_owned(),
                        "only a phone hears keys",
                        "name a phone number, or use another way to tell the user",
                    )
                }));
            }
            Arguments::MuteParticipant(mute) => {
                let phone = mute.participant.as_ref().and_then(Arg::constant).filter(|one| is_phone(one));
                found.extend(phone.map(|_| {
                    wrong(
                        action.name,
                        "`muteParticipant` of a phone".to_owned(),
                        "the provider mutes communication users only",
                        "put the phone on `hold`, or name a user",
                    )
                }));
            }
            Arguments::Redirect(redirect) => redirected(subject.model, &redirect.to, action.name, found),
            _ => {}
        }
    }
}

fn wrong(span: Span, headline: String, note: &str, help: &str) -> Finding {
    Finding::error(Code(408), span, headline).label("the provider would refuse it").note(note).help(help)
}

fn headers(
    context: &calling_context::Written,
    target: &Arg<Identifier>,
    name: Span,
    found: &mut Vec<Finding>,
) {
    let is_user = matches!(target.constant(), Some(Identifier::User(_)));
    let is_phone = target.constant().is_some_and(is_phone);
    if is_user && (context.sip_headers.is_some() || context.user_to_user.is_some()) {
        found.push(wrong(
            name,
            "SIP headers cannot reach a communication user".to_owned(),
            "a communication user is not reached by SIP",
            "use `voipHeaders`",
        ));
    }
    if is_phone && context.voip_headers.is_some() {
        found.push(wrong(
            name,
            "VoIP headers cannot reach a phone".to_owned(),
            "a phone is reached by SIP",
            "use `sipHeaders` or `userToUser`",
        ));
    }
    if let Some(Texts(sip)) = context.sip_headers.as_ref().and_then(Arg::constant) {
        let has_prefix = |name: &str| name.starts_with("X-") || name == "User-To-User";
        if let Some(bad) = sip.keys().find(|name| !has_prefix(name)) {
            found.push(wrong(
                name,
                format!("`{bad}` is not the name of a custom SIP header"),
                "custom SIP headers begin with `X-MS-Custom-`",
                "rename it: `X-MS-Custom-Case`",
            ));
        }
        let custom = sip.keys().filter(|name| *name != "User-To-User").count();
        limits(sip, custom, SIP_HEADERS_MAX, SIP_VALUE_MAX, name, found);
    }
    if let Some(Texts(voip)) = context.voip_headers.as_ref().and_then(Arg::constant) {
        limits(voip, voip.len(), VOIP_HEADERS_MAX, VOIP_VALUE_MAX, name, found);
    }
}

fn limits<'h>(
    headers: impl IntoIterator<Item = (&'h String, &'h String)>,
    count: usize,
    count_max: usize,
    value_max: usize,
    name: Span,
    found: &mut Vec<Finding>,
) {
    let note = "an invitation carries a few short headers only";
    if count > count_max {
        found.push(wrong(name, format!("{count} headers are more than {count_max}"), note, "leave some out"));
    }
    for (header, value) in headers {
        if header.chars().count() > NAME_MAX || value.chars().count() > value_max {
            let headline = format!("the header `{header}` is too long");
            let help = format!("a name has at most {NAME_MAX} characters, a value {value_max}");
            found.push(wrong(name, headline, note, &help));
        }
    }
}

/// A call from VoIP cannot be redirected to a phone. Source: reference 9.2.
fn redirected(model: &Model<'_>, target: &Arg<Identifier>, name: Span, found: &mut Vec<Finding>) {
    let Some(incoming) = model.flow.incoming() else { return };
    let from = &incoming.pattern.from;
    let is_voip = |pattern: &Pattern| matches!(pattern, Pattern::Exact(text) | Pattern::Prefix(text) if text.starts_with("8:"));
    if !from.is_empty() && from.iter().all(is_voip) && target.constant().is_some_and(is_phone) {
        found.push(wrong(
            name,
            "a call from VoIP cannot be redirected to a phone".to_owned(),
            "`start.incoming.from` takes callers on VoIP only",
            "answer the call and `transfer` it, or redirect it to a user",
        ));
    }
}
