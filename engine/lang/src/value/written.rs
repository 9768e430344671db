//! Identifiers as authors write them: short, as a string, or long, as a mapping.

use crate::fields::Fields;
use crate::finding::{Code, Finding, brief};
use crate::node::{Kind, Node, Scalar, Spanned, Style};
use crate::source::Span;
use crate::value::identifier::{Cloud, Identifier};
use crate::value::scalar::{single, warn_if_misread};

impl Identifier {
    /// Reads an identifier in its short form, a string, or its long form: `{phone: …}`, `{user: …}`,
    /// `{teamsUser: …}`, `{teamsApp: …}`, `{rawId: …}`. CF105 if it is malformed, CF003 for a phone
    /// number without quotes.
    pub fn read(node: &Node, found: &mut Vec<Finding>) -> Option<Spanned<Identifier>> {
        if !matches!(node.kind, Kind::Map(_)) {
            let scalar = single(node, "an identifier", found)?;
            return settle(node, scalar, Identifier::parse(&scalar.text), found);
        }
        let mut fields = Fields::of(node, "an identifier", found)?;
        let chosen = fields.one_of(&["phone", "user", "teamsUser", "teamsApp", "rawId"], found);
        let span = fields.span();
        let before = found.len();
        fields.finish(found);
        let Some(entry) = chosen else {
            if found.len() > before {
                return None;
            }
            found.push(
                Finding::error(
                    Code(102),
                    span,
                    "an identifier needs one of `phone`, `user`, `teamsUser`, `teamsApp`, `rawId`",
                )
                .label("names nobody"),
            );
            return None;
        };
        let key = entry.key.value.as_str();
        let scalar = single(&entry.value, &format!("`{key}`"), found)?;
        let parsed = long_form(key, &scalar.text);
        settle(&entry.value, scalar, parsed, found).map(|identifier| Spanned::new(identifier.value, span))
    }
}

fn long_form(key: &str, text: &str) -> Result<Identifier, String> {
    let is_guid = uuid_shape(text);
    match key {
        "phone" => match Identifier::parse(text)? {
            phone @ Identifier::Phone(_) => Ok(phone),
            _ => Err("write a phone number with its country code: `+14255550123`".to_owned()),
        },
        "user" => match Identifier::parse(text) {
            Ok(user @ (Identifier::User(_) | Identifier::TeamsExtensionUser { .. })) => Ok(user),
            Ok(_) | Err(_) => Err("a communication user's id begins with `8:acs:`".to_owned()),
        },
        "teamsUser" if is_guid => {
            Ok(Identifier::TeamsUser { id: text.to_owned(), cloud: Cloud::Public, anonymous: false })
        }
        "teamsUser" => match Identifier::parse(text) {
            Ok(user @ Identifier::TeamsUser { .. }) => Ok(user),
            Ok(_) | Err(_) => {
                Err("a Teams user is a GUID or a raw id that begins with `8:orgid:`".to_owned())
            }
        },
        "teamsApp" if is_guid => Ok(Identifier::TeamsApp { id: text.to_owned(), cloud: Cloud::Public }),
        "teamsApp" => match Identifier::parse(text) {
            Ok(app @ Identifier::TeamsApp { .. }) => Ok(app),
            Ok(_) | Err(_) => {
                Err("a Teams app is a GUID or a raw id that begins with `28:orgid:`".to_owned())
            }
        },
        _ => match Identifier::parse(text)? {
            Identifier::Phone(_) if text.trim().starts_with('+') => {
                Err(format!("a raw id of a phone begins with `4:`: `4:{}`", text.trim()))
            }
            other => Ok(other),
        },
    }
}

/// The parsed identifier, or CF105.
fn settle(
    node: &Node,
    scalar: &Scalar,
    parsed: Result<Identifier, String>,
    found: &mut Vec<Finding>,
) -> Option<Spanned<Identifier>> {
    match parsed {
        Ok(identifier) => {
            warn_if_misread(node, scalar, found);
            Some(Spanned::new(identifier, node.span))
        }
        Err(reason) => {
            found.push(malformed(node.span, scalar, reason));
            None
        }
    }
}

fn malformed(span: Span, scalar: &Scalar, reason: String) -> Finding {
    let text = &scalar.text;
    let finding = Finding::error(Code(105), span, format!("`{}` is no identifier", brief(text)))
        .label("malformed identifier");
    let digits = text.len() >= 7 && text.bytes().all(|b| b.is_ascii_digit());
    match (digits, scalar.style) {
        (true, Style::Plain) => finding
            .note("without its plus and without quotes it is a number to YAML")
            .help(format!("write it with its country code, in quotes: `\"+{text}\"`")),
        (true, Style::Quoted | Style::Block) => {
            finding.help(format!("write it with `+` and its country code: `\"+{text}\"`"))
        }
        (false, Style::Plain | Style::Quoted | Style::Block) => finding.help(reason),
    }
}

/// 8-4-4-4-12 hexadecimal digits.
fn uuid_shape(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::source::Source;

    const GUID: &str = "6871c821-ef44-5b23-8b34-1575280b7ccd";

    #[test]
    fn identifiers_as_written() {
        for (text, expected, codes) in [
            ("\"+14255550123\"".to_owned(), Some("4:+14255550123".to_owned()), &[][..]),
            ("+14255550123".to_owned(), Some("4:+14255550123".to_owned()), &[3]),
            ("+1 425 555-0123".to_owned(), Some("4:+14255550123".to_owned()), &[]),
            ("14255550123".to_owned(), None, &[105]),
            ("sales".to_owned(), None, &[105]),
            ("8:acs:a_b".to_owned(), Some("8:acs:a_b".to_owned()), &[]),
            ("{phone: \"+14255550123\"}".to_owned(), Some("4:+14255550123".to_owned()), &[]),
            ("{phone: 8:acs:x}".to_owned(), None, &[105]),
            ("{user: 8:acs:a_b}".to_owned(), Some("8:acs:a_b".to_owned()), &[]),
            ("{user: nobody}".to_owned(), None, &[105]),
            (format!("{{teamsUser: {GUID}}}"), Some(format!("8:orgid:{GUID}")), &[]),
            ("{teamsUser: 8:gcch:x}".to_owned(), Some("8:gcch:x".to_owned()), &[]),
            ("{teamsUser: x}".to_owned(), None, &[105]),
            (format!("{{teamsApp: {GUID}}}"), Some(format!("28:orgid:{GUID}")), &[]),
            ("{rawId: 4:anonymous}".to_owned(), Some("4:anonymous".to_owned()), &[]),
            ("{rawId: \"+14255550123\"}".to_owned(), None, &[105]),
            ("{}".to_owned(), None, &[102]),
            ("{phon: \"+14255550123\"}".to_owned(), None, &[101]),
            (
                "{phone: \"+14255550123\", user: 8:acs:x}".to_owned(),
                Some("4:+14255550123".to_owned()),
                &[104],
            ),
            ("[a]".to_owned(), None, &[103]),
        ] {
            let (node, mut found) = crate::yaml::read(&Source::new("x", text.as_str()));
            let read = Identifier::read(&node.unwrap(), &mut found).map(|read| read.value.raw_id());
            assert_eq!(read, expected, "{text}");
            assert_eq!(found.iter().map(|finding| finding.code.0).collect::<Vec<_>>(), codes, "{text}");
        }
    }
}
