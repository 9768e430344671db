//! Every action with every argument that may be written, as the engine posts it: the description of the API takes each
//! body, and together they have every property that the description knows, but for those that are left out for a
//! reason. The arguments come from the shapes, so that none is forgotten.

use std::collections::BTreeSet;

use lang::NoRoots;
use libtest_mimic::{Failed, Trial};
use machine::actions::{ActionKind, Defaults, Posting, Values, Written};
use machine::ids::{OperationId, Visit};
use machine::protocol::Acknowledged;
use machine::snapshot::{Call, Operation};
use serde_json::{Value, json};

use crate::acted::{DESCRIPTION, described};
use crate::shapes::walk::{self, Verdict};

/// Properties that no flow gives, and why: `Definition.property`, or `Definition.*` for all of it.
const LEFT_OUT: [(&str, &str); 3] = [
    (
        "CommunicationIdentifierModel.teamsExtensionUser",
        "flows name such a user by raw id, which says the same",
    ),
    ("TeamsExtensionUserIdentifierModel.*", "the same"),
    ("PhoneNumberIdentifierModel.assertedId", "only the provider knows"),
];

pub(crate) fn trials() -> Vec<Trial> {
    let is_described = DESCRIPTION.is_some();
    vec![Trial::test("posted: every argument, as the API takes it", posted).with_ignored_flag(!is_described)]
}

fn posted() -> Result<(), Failed> {
    let description = DESCRIPTION.as_ref().ok_or("the description is not here")?;
    let mut wrong = Vec::new();
    let mut given = BTreeSet::new();
    let mut known = BTreeSet::new();
    let mut post = |name: &str, item: &Value, call: &Call| match request(item, call) {
        Ok(request) => {
            if let Some((name, body)) = described(&request) {
                properties(description, &name, Some(&body), &mut given);
                properties(description, &name, None, &mut known);
            }
        }
        Err(why) => wrong.push(format!("{name}: {item}\n  {why}")),
    };
    // What takes more than one argument, or a call of which more is known.
    post("ssml", &json!({ "play": { "ssml": "<speak/>", "customVoiceEndpointId": "voice" } }), &call(None));
    post("locator", &json!({ "startRecording": {} }), &call(Some("server")));
    let call = call(None);
    for kind in ActionKind::ALL.iter().copied() {
        if kind.spec().acknowledged == Acknowledged::Local {
            continue;
        }
        let cases = walk::cases(kind.shape()).filter(|case| case.verdict == Verdict::Right);
        // What an expression gives is of the same type as what is written.
        let cases = cases.filter(|case| !case.document.to_string().contains("${"));
        for case in cases {
            let item = json!({ kind.spec().name: case.document });
            post(&case.name, &item, &call);
        }
    }
    let is_left_out = |property: &String| {
        let definition = property.split('.').next().unwrap_or_default();
        LEFT_OUT.iter().any(|(left, _)| left == property || *left == format!("{definition}.*"))
    };
    wrong.extend(
        known.difference(&given).filter(|one| !is_left_out(one)).map(|one| format!("no flow gives {one}")),
    );
    let stale = LEFT_OUT.iter().filter(|(left, _)| given.contains(*left));
    wrong.extend(stale.map(|(left, _)| format!("{left} is given, and need not be left out")));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// One item of a `do`, read and filled as in a run, as the request that it is.
fn request(item: &Value, call: &Call) -> Result<acs::Request, String> {
    let source = lang::Source::new("sample.yaml", item.to_string());
    let (node, mut found) = lang::yaml::read(&source);
    let written = Written::read(&node.ok_or("no document")?, &Defaults::default(), &mut found);
    let written = written.filter(|_| found.is_empty()).ok_or_else(|| format!("{found:?}"))?;
    let values = Values { roots: &NoRoots, call };
    let action = written.arguments.fill(&values).map_err(|why| why.0)?;
    let (context, callback_uri) = written.fill_routing(&NoRoots).map_err(|why| why.0)?;
    let operation: Operation = serde_json::from_value(json!({
        "kind": action.kind(), "visit": Visit(1), "decidedAt": "2026-03-17T10:20:30Z",
        "context": context, "callbackUri": callback_uri,
    }))
    .map_err(|error| error.to_string())?;
    let url = "https://app.example.com/calls";
    action.request(&Posting::new(call, OperationId(1), &operation, url)).map_err(|why| why.to_string())
}

/// A call in which everything may be done.
fn call(server_call_id: Option<&str>) -> Call {
    serde_json::from_value(json!({
        "phase": "connected", "connectionId": "leg", "serverCallId": server_call_id, "from": "+14255550199", "to": ["+18005550100"],
        "recordingId": "recording", "latestInvitation": "invitation",
        "incoming": {
            "from": "+14255550199", "to": "+18005550100", "serverCallId": "server", "correlationId": "chain",
            "incomingCallContext": "ticket",
        },
    }))
    .unwrap()
}

/// The properties of a definition and of all inside it that a body has; of no body: all that there are.
fn properties(description: &Value, name: &str, body: Option<&Value>, found: &mut BTreeSet<String>) {
    let definition = &description["definitions"][name];
    for (key, schema) in definition["properties"].as_object().into_iter().flatten() {
        let value = body.map(|body| body.get(key));
        if value == Some(None) || (body.is_none() && found.contains(&format!("{name}.{key}"))) {
            continue;
        }
        found.insert(format!("{name}.{key}"));
        let inner = [schema, &schema["items"], &schema["additionalProperties"]];
        let Some(inner) = inner.iter().find_map(|schema| schema["$ref"].as_str()?.rsplit('/').next()) else {
            continue;
        };
        match value.flatten() {
            None => properties(description, inner, None, found),
            Some(Value::Array(items)) => {
                items.iter().for_each(|item| properties(description, inner, Some(item), found));
            }
            Some(Value::Object(entries)) if schema.get("additionalProperties").is_some() => {
                entries.values().for_each(|value| properties(description, inner, Some(value), found));
            }
            Some(value) => properties(description, inner, Some(value), found),
        }
    }
}
