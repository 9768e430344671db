//! Single values as JSON Schemas: what each may look like as written, or as the expression that gives it.

use lang::value::Pattern;
use serde_json::{Map, Value, json};

use super::Wants;
use super::person::PERSON;
use super::schema::Definitions;
use crate::ids::Outcome;
use crate::wanted::Wanted;

/// A duration, without its ends.
pub(super) const DURATION: &str = "(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?";
/// `${`, which `$${` is not.
const EXPRESSION: &str = r"(^|[^$])\$\{";
/// A number in E.164, with what people put between its digits, without its ends.
const PHONE: &str = r"\s*\+[ ().-]*[1-9]([ ().-]*[0-9]){1,14}[ ().-]*";
/// A raw id, without its ends.
const RAW_ID: &str = r"\s*[0-9]+:\S+\s*";
const KEYS: &str = "[0-9*#A-Da-d]+";

/// The schema of an argument.
pub(super) fn argument(definitions: &mut Definitions, wanted: Wanted) -> Value {
    match wanted {
        Wanted::Text => json!({ "type": "string" }),
        Wanted::Truth => definitions.define(
            "truth",
            |definitions| json!({ "anyOf": [{ "type": "boolean" }, expression(definitions)] }),
        ),
        Wanted::Whole(min, max) => {
            let whole = json!({ "type": "integer", "minimum": min, "maximum": max });
            json!({ "anyOf": [whole, expression(definitions)] })
        }
        Wanted::Duration(..) => definitions.define("duration", |_| {
            json!({
                "description": "A duration such as 500ms, 30s or 1h30m.",
                "type": "string",
                "pattern": format!("^{DURATION}$|{EXPRESSION}")
            })
        }),
        Wanted::Person => identifier(definitions),
        Wanted::Phone => definitions.define("phone", |definitions| {
            let long = ["phone", "rawId"].iter().filter_map(|name| PERSON.key(name));
            let long: Map<_, _> = long.map(|key| (key.name.to_owned(), definitions.property(key))).collect();
            json!({
                "description": "A phone number with its country code, in quotes.",
                "anyOf": [
                    { "type": "string", "pattern": format!(r"^({PHONE}|\s*4:\+[0-9]+\s*)$|{EXPRESSION}") },
                    {
                        "type": "object",
                        "properties": long,
                        "additionalProperties": false,
                        "minProperties": 1,
                        "dependentSchemas": { "phone": { "properties": { "rawId": false } } }
                    }
                ]
            })
        }),
        Wanted::People => definitions.define("people", |definitions| {
            let one = identifier(definitions);
            json!({
                "description": "A person, or a list of them.",
                "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }]
            })
        }),
        Wanted::Keys => definitions.define("keys", |_| {
            let number = json!({ "type": "integer", "minimum": 0 });
            json!({
                "description": "Keys of a telephone, 0-9, *, # and A-D, as text or as a list.",
                "anyOf": [
                    { "type": "string", "pattern": format!("^{KEYS}$|{EXPRESSION}") },
                    number,
                    {
                        "type": "array",
                        "items": { "anyOf": [{ "type": "string", "pattern": format!("^{KEYS}$") }, number] },
                        "minItems": 1
                    }
                ]
            })
        }),
        Wanted::Word(words) => json!({ "anyOf": [{ "enum": words }, expression(definitions)] }),
        Wanted::Texts => definitions.define(
            "texts",
            |definitions| json!({ "anyOf": [headers(definitions), expression(definitions)] }),
        ),
        Wanted::Phrases => definitions.define("phrases", |_| {
            json!({
                "description": "A text, or a list of texts.",
                "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }]
            })
        }),
        Wanted::Anything => json!({}),
    }
}

pub(super) fn headers(definitions: &mut Definitions) -> Value {
    definitions.define("headers", |_| {
        json!({
            "type": "object",
            "additionalProperties": { "type": ["string", "number", "boolean"] }
        })
    })
}

pub(super) fn guard(definitions: &mut Definitions) -> Value {
    definitions.define("guard", |_| {
        json!({
            "description": "An expression that is true or false, without `${ }` around it.",
            "type": ["string", "boolean"]
        })
    })
}

pub(super) fn url(definitions: &mut Definitions) -> Value {
    definitions.define("url", |_| {
        json!({
            "description": "A URL whose host is written, or comes from `config`, `vars` or `input`.",
            "type": "string",
            "pattern": r"^(https?://([^/@ \\$]|\$\{[^}]*\b(config|vars|input)\b[^}]*\})+|\$\{[^}]*\b(config|vars|input)\b)"
        })
    })
}

pub(super) fn address(schemes: &[&str]) -> Value {
    json!({ "type": "string", "pattern": format!(r"^(({})[^\s/?#]|\$\{{)", schemes.join("|")) })
}

pub(super) fn outcome(definitions: &mut Definitions) -> Value {
    definitions.define("outcome", |_| {
        let reserved = [Outcome::ERROR, Outcome::DISCONNECTED, Outcome::CANCELED].join("|");
        let shape = name(Pattern::Outcome).trim_start_matches('^');
        json!({ "type": "string", "pattern": format!("^(?!({reserved})$){shape}") })
    })
}

pub(super) fn target(definitions: &mut Definitions) -> Value {
    definitions.define("target", |_| json!({ "type": "string", "pattern": name(Pattern::Target) }))
}

pub(super) fn callers(definitions: &mut Definitions) -> Value {
    definitions.define("callers", |definitions| {
        let one = definitions.define("caller", |_| {
            json!({
                "type": "string",
                "pattern": format!(r"^({PHONE}|{RAW_ID}|[^*]+\*)$")
            })
        });
        json!({ "anyOf": [one, { "type": "array", "items": one }] })
    })
}

fn identifier(definitions: &mut Definitions) -> Value {
    definitions.define("identifier", |definitions| {
        json!({
            "anyOf": [
                { "type": "string", "pattern": format!("^({PHONE}|{RAW_ID})$|{EXPRESSION}") },
                definitions.form(&PERSON)
            ]
        })
    })
}

fn expression(definitions: &mut Definitions) -> Value {
    definitions.define("expression", |_| {
        json!({
            "type": "string",
            "pattern": EXPRESSION
        })
    })
}

/// The shape of a name, as [`Pattern::matches`] has it.
pub(super) fn name(pattern: Pattern) -> &'static str {
    match pattern {
        Pattern::Flow => "^[a-z][a-z0-9-]{0,62}$",
        Pattern::State | Pattern::Variable => "^[A-Za-z][A-Za-z0-9_]*$",
        Pattern::Target => r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*$",
        Pattern::Outcome | Pattern::Event => "^[a-z][A-Za-z0-9]*$",
    }
}

/// A default or an example as the value that it is.
pub(super) fn written(wants: &Wants, text: &str) -> Value {
    let is_text = match wants {
        Wants::Argument(Wanted::Truth | Wanted::Whole(..)) | Wants::Truth => false,
        _ => !text.starts_with(['{', '[']),
    };
    if is_text {
        return json!(text);
    }
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}
