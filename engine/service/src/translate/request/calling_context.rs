//! What an invitation carries, as the provider takes it.

use acs::model::{
    CustomCallingContext, TeamsPhoneCallDetails, TeamsPhoneCallerDetails, TeamsPhoneSourceDetails,
};
use indexmap::IndexMap;
use machine::actions::{CallingContext, teams_phone};

use crate::translate::people::identifier;

/// The header in which a phone or Teams user receives the User-To-User text. Source: reference 3.4.
const USER_TO_USER: &str = "User-To-User";

/// `None`: there is nothing to carry.
pub(super) fn wire(context: &CallingContext) -> Option<CustomCallingContext> {
    if context.is_empty() {
        return None;
    }
    let user_to_user = context.user_to_user.iter().map(|text| (USER_TO_USER.to_owned(), text.clone()));
    let sip = context.sip_headers.clone().into_iter();
    Some(CustomCallingContext {
        voip_headers: some(context.voip_headers.clone()),
        sip_headers: some(user_to_user.chain(sip).collect()),
        teams_phone_call_details: context.teams_phone_call_details.as_ref().map(details),
    })
}

fn details(details: &teams_phone::TeamsPhoneCallDetails) -> TeamsPhoneCallDetails {
    TeamsPhoneCallDetails {
        teams_phone_caller_details: details.caller.as_ref().map(caller),
        teams_phone_source_details: details.source.as_ref().map(source),
        session_id: details.session_id.clone(),
        intent: details.intent.clone(),
        call_topic: details.call_topic.clone(),
        call_context: details.call_context.clone(),
        transcript_url: details.transcript_url.clone(),
        call_sentiment: details.call_sentiment.clone(),
        suggested_actions: details.suggested_actions.clone(),
    }
}

fn caller(caller: &teams_phone::Caller) -> TeamsPhoneCallerDetails {
    TeamsPhoneCallerDetails {
        caller: identifier(&caller.caller),
        name: caller.name.clone(),
        phone_number: caller.phone_number.as_str().to_owned(),
        record_id: caller.record_id.clone(),
        screen_pop_url: caller.screen_pop_url.clone(),
        is_authenticated: caller.is_authenticated,
        additional_caller_information: some(caller.additional_caller_information.clone()),
    }
}

fn source(source: &teams_phone::Source) -> TeamsPhoneSourceDetails {
    let targets = source.intended_targets.iter().map(|(name, who)| (name.clone(), identifier(who)));
    TeamsPhoneSourceDetails {
        source: identifier(&source.source),
        language: source.language.clone(),
        status: source.status.clone(),
        intended_targets: some(targets.collect()),
    }
}

/// An empty mapping is left out.
fn some<T>(entries: IndexMap<String, T>) -> Option<IndexMap<String, T>> {
    (!entries.is_empty()).then_some(entries)
}
