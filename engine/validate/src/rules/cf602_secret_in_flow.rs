//! CF602: a secret written into a flow.

use std::collections::HashSet;

use lang::{Code, Finding, Kind, Node, Span};

/// Unit: characters. What is shorter is a word, and no credential.
const CREDENTIAL_CHARS_MIN: usize = 8;
/// Unit: bytes. Nothing that is shorter is looked at: `Basic` with a token of one character.
const SECRET_BYTES_MIN: usize = "basic x".len();
/// Unit: characters. A key is at least as long (clarification 70).
const KEY_CHARS_MIN: usize = 40;

/// Looks through a whole document, whatever else is wrong with it. The secret itself is never shown.
pub(crate) fn check(document: &Node) -> Vec<Finding> {
    let mut found = Vec::new();
    look(document, "", false, &mut HashSet::new(), &mut found);
    found
}

/// `key`: under which name the node stands; `is_header`: among the headers of a request.
fn look(node: &Node, key: &str, is_header: bool, told: &mut HashSet<Span>, found: &mut Vec<Finding>) {
    match &node.kind {
        Kind::Scalar(scalar) => {
            if let Some(what) = secret(&scalar.text, key, is_header)
                && told.insert(node.span)
            {
                found.push(finding(node.span, what));
            }
        }
        Kind::List(items) => items.iter().for_each(|item| look(item, key, is_header, told, found)),
        Kind::Map(entries) => {
            for entry in entries {
                let name = entry.key.value.as_str();
                look(&entry.value, name, is_header || name == "headers", told, found);
            }
        }
    }
}

fn finding(span: Span, what: &str) -> Finding {
    Finding::warning(Code(602), span, format!("{what} is written into the flow"))
        .label("whoever can read the flow can use it")
        .note("flows are kept in repositories, shown in consoles and sent by mail; take it for known and have it replaced")
        .help("name it instead, as in `headers: { Authorization: \"Bearer ${secrets.name}\" }`: it is filled in when the request is sent")
        .hide(span)
}

/// What kind of secret a text holds, if it does (clarification 70).
fn secret(text: &str, key: &str, is_header: bool) -> Option<&'static str> {
    if text.len() < SECRET_BYTES_MIN {
        return None;
    }
    if is_authorization(text, key) {
        return Some("a credential");
    }
    if has_web_token(text) {
        return Some("a bearer token");
    }
    if behind(text, "accesskey=").is_some_and(is_credential) {
        return Some("an access key");
    }
    let is_url = text.contains("://");
    let is_signed = |part: &str| part.strip_prefix("sig=").is_some_and(is_credential);
    if is_url && text.split(['?', '&']).skip(1).any(is_signed) {
        return Some("a signed URL");
    }
    if is_url && has_password(text) {
        return Some("a URL with a password");
    }
    let names_a_key = || {
        let key = key.to_ascii_lowercase();
        ["key", "token", "secret"].iter().any(|word| key.contains(word))
    };
    (is_header && text.len() >= KEY_CHARS_MIN && names_a_key() && text.chars().all(is_base64))
        .then_some("a key")
}

/// `Bearer …` or `Basic …`: anything in the header that is made for it, elsewhere what does not look like a word.
fn is_authorization(text: &str, key: &str) -> bool {
    let Some((scheme, token)) = text.trim().split_once(' ') else { return false };
    let is_scheme = ["bearer", "basic"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let token = token.trim();
    let is_word = token.chars().all(|c| c.is_ascii_lowercase()) && token.len() < KEY_CHARS_MIN;
    let is_token = !token.is_empty() && token.chars().all(|c| is_base64(c) || matches!(c, '.' | '~'));
    is_scheme
        && is_token
        && (key.eq_ignore_ascii_case("authorization") || !is_word && token.len() >= CREDENTIAL_CHARS_MIN)
}

/// A JSON Web Token: three parts, of which the first begins a JSON object.
fn has_web_token(text: &str) -> bool {
    // Few texts have the beginning of a JSON object in them, and all have words.
    text.contains("eyJ") && text.split(|c: char| !(is_base64(c) || c == '.')).any(is_web_token)
}

fn is_web_token(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() == 3
        && parts[0].starts_with("eyJ")
        && parts.iter().all(|part| part.len() >= CREDENTIAL_CHARS_MIN)
}

/// What stands behind a mark, which may be written in capitals.
fn behind<'t>(text: &'t str, mark: &str) -> Option<&'t str> {
    let at =
        text.as_bytes().windows(mark.len()).position(|part| part.eq_ignore_ascii_case(mark.as_bytes()))?;
    text.get(at + mark.len()..)
}

/// Whether it begins with a credential, and not with an expression that gives one.
fn is_credential(text: &str) -> bool {
    text.chars().take_while(|c| is_base64(*c) || *c == '%').count() >= CREDENTIAL_CHARS_MIN
}

/// `://user:password@host`.
fn has_password(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    let password = user.and_then(|user| user.split_once(':')).map(|(_, password)| password);
    password.is_some_and(|password| !password.is_empty() && !password.contains("${"))
}

fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_')
}
