//! Tables of what the checker takes, infers and refuses, and a comparison with what evaluation does.
#![allow(clippy::unwrap_used)]

use super::tests::{VALUES, World, evaluate};
use super::*;

/// Knows of the roots what the tests' world holds, and nothing of `body`.
pub(super) struct Known(Value);

impl Known {
    pub(super) fn new() -> Known {
        Known(World::new().0)
    }
}

impl Scope for Known {
    fn root(&self, name: &str) -> Result<Type, Absent> {
        match (name, operators::field(&self.0, name)) {
            ("now", _) => Ok(Type::Timestamp),
            ("body", _) => Ok(Type::Any),
            (_, Ok(Some(value))) => Ok(Type::of(value)),
            _ => Err(Absent::new(format!("there is no `{name}`"), "").near(name, ["event", "vars"], "")),
        }
    }

    fn field(&self, root: &str, field: &str) -> Result<Type, Absent> {
        match (self.root(root)?, field) {
            (Type::Record(fields), _) => fields.get(field).cloned().ok_or_else(|| {
                Absent::new(format!("`{root}` has no `{field}`"), "").near(
                    field,
                    fields.keys().map(|name| &**name),
                    "",
                )
            }),
            _ => Ok(Type::Any),
        }
    }
}

fn check(text: &str) -> Checked {
    Expr::parse(text).unwrap().check(&Known::new())
}

/// What has a value at run time and is refused all the same: a mistake that only luck hides.
const REFUSED: [&str; 8] = [
    "1 == '1'",
    "1 != '1'",
    "false && event.no",
    "event.no && false",
    "event.no || true",
    "1 || true",
    "'digits' in event && !('x' in event)",
    "[1, 'a'].exists(x, x < 0) || true",
];

#[test]
fn what_has_a_value_is_taken_and_of_the_type_told() {
    for (text, _) in VALUES.iter().filter(|(text, _)| !REFUSED.contains(text)) {
        let checked = check(text);
        assert_eq!(checked.faults, [], "{text}");
        let value = evaluate(text).unwrap();
        assert!(checked.of.agrees_with(&Type::of(&value)), "{text}: {:?} against {value:?}", checked.of);
    }
}

#[test]
fn types() {
    for (text, of) in [
        ("event.code + 1", Type::Number),
        ("event.digits + 'a'", Type::String),
        ("event.data.list", Type::list(Type::Number)),
        ("event.data.list.map(x, string(x))", Type::list(Type::String)),
        ("event.data.list[0]", Type::Number),
        ("[1, 'a']", Type::list(Type::Any)),
        ("{'a': 1}.a", Type::Number),
        ("{vars.name: 1}", Type::Map),
        ("true ? 1 : 2", Type::Number),
        ("true ? 1 : 'a'", Type::Any),
        ("now - now", Type::Duration),
        ("now + duration('1h')", Type::Timestamp),
        ("body.x.y[0]", Type::Any),
        ("body.x + 1", Type::Number),
        ("body.x == 1 && body.y", Type::Bool),
        ("-body", Type::Any),
        ("vars[body]", Type::Any),
        ("body.x in body", Type::Bool),
        ("body.all(x, x.y)", Type::Bool),
        ("event.data.nothing == 'x'", Type::Bool),
    ] {
        let checked = check(text);
        assert_eq!((checked.of, checked.faults), (of, vec![]), "{text}");
    }
}

#[test]
fn faults() {
    use FaultKind::{Mistyped, Unknown};
    for (text, kind, part, message, help) in [
        ("event.digts == '1'", Unknown, "digts", "`event` has no `digts`", "did you mean `digits`?"),
        ("event['digts']", Unknown, "digts", "`event` has no `digts`", "did you mean `digits`?"),
        ("evnt.digits", Unknown, "evnt", "there is no `evnt`", "did you mean `event`?"),
        ("has(evnt.digits)", Unknown, "evnt", "there is no `evnt`", "did you mean `event`?"),
        ("event.data.deep.re", Unknown, "re", "`event.data.deep` has no field `re`", "did you mean `er`?"),
        (
            "event.digits.number",
            Unknown,
            "number",
            "`event.digits` is a string and has no fields",
            "leave out `.number`",
        ),
        (
            "vars.tags.length",
            Unknown,
            "length",
            "`vars.tags` is a list and has no fields",
            "take one item, as in `[0]`, or count them with `size(…)`",
        ),
        (
            "event.digits == 1",
            Mistyped,
            "event.digits == 1",
            "`event.digits` is a string and `1` is a number: they are never equal",
            "write it in quotes: `\"1\"`",
        ),
        (
            "'3' != event.code",
            Mistyped,
            "'3' != event.code",
            "`'3'` is a string and `event.code` is a number: they are never equal",
            "write it without quotes: `3`",
        ),
        (
            "event.code > '3'",
            Mistyped,
            "event.code > '3'",
            "`>` cannot take a number and a string",
            "write it without quotes: `3`",
        ),
        ("true < false", Mistyped, "true < false", "`<` cannot take a boolean and a boolean", ""),
        (
            "vars.tags > 1",
            Mistyped,
            "vars.tags > 1",
            "`>` cannot take a list and a number",
            "count its items: `size(vars.tags)`",
        ),
        (
            "'n ' + event.code",
            Mistyped,
            "'n ' + event.code",
            "`+` cannot take a string and a number",
            "write `string(event.code)`",
        ),
        (
            "event.digits * 2",
            Mistyped,
            "event.digits * 2",
            "`*` cannot take a string and a number",
            "write `number(event.digits)`",
        ),
        ("now + now", Mistyped, "now + now", "`+` cannot take a timestamp and a timestamp", ""),
        (
            "event.code in ['1']",
            Mistyped,
            "event.code in ['1']",
            "`event.code` is a number and each item a string: it is never among them",
            "",
        ),
        (
            "event.digits in '12'",
            Mistyped,
            "event.digits in '12'",
            "`in` cannot take a string and a string",
            "write `'12'.contains(event.digits)`",
        ),
        (
            "event.digits && true",
            Mistyped,
            "event.digits",
            "a condition is true or false, and this is a string",
            "compare it, as in `event.digits != \"\"`",
        ),
        (
            "!event.code",
            Mistyped,
            "event.code",
            "a condition is true or false, and this is a number",
            "compare it, as in `event.code > 0`",
        ),
        (
            "event.code ? 1 : 2",
            Mistyped,
            "event.code",
            "a condition is true or false, and this is a number",
            "compare it, as in `event.code > 0`",
        ),
        ("-'a'", Mistyped, "-'a'", "`-` cannot take a string", ""),
        ("size(event.code)", Mistyped, "event.code", "`size` cannot take a number", ""),
        (
            "event.code.startsWith('4')",
            Mistyped,
            "event.code",
            "`startsWith` cannot take a number",
            "write `string(event.code)`",
        ),
        (
            "event.digits.getHours()",
            Mistyped,
            "event.digits",
            "`getHours` cannot take a string",
            "write `timestamp(event.digits)`",
        ),
        (
            "event.data.list.join()",
            Mistyped,
            "event.data.list.join()",
            "`join` takes a list of strings, and each item is a number",
            "make them strings first: `.map(item, string(item))`",
        ),
        (
            "event.data.list['0']",
            Mistyped,
            "'0'",
            "the index of a list is a number, and this is a string",
            "",
        ),
        ("event.digits[0]", Mistyped, "event.digits[0]", "`event.digits` is a string and has no items", ""),
        (
            "event.digits.all(d, d == '1')",
            Mistyped,
            "event.digits",
            "`all` takes a list, and this is a string",
            "",
        ),
        (
            "event.data.list.all(x, x == 'a')",
            Mistyped,
            "x == 'a'",
            "`x` is a number and `'a'` is a string: they are never equal",
            "",
        ),
        ("duration('1h').getDate()", Mistyped, "duration('1h')", "`getDate` cannot take a duration", ""),
    ] {
        let faults = check(text).faults;
        let [fault] = faults.as_slice() else { panic!("{text}: {faults:?}") };
        assert_eq!((fault.kind, &text[fault.start..fault.end]), (kind, part), "{text}");
        assert_eq!(
            (fault.why.message.as_str(), fault.why.help.as_deref().unwrap_or_default()),
            (message, help)
        );
    }
}

#[test]
fn what_was_asked_for_may_be_read() {
    for text in [
        "has(event.no) && event.no == 1",
        "event.no == 1 && has(event.no)",
        "has(event.no) ? event.no : 1",
        "!has(event.no) || event.no == 1",
        "!(has(event.no) && true) || event.no == 1",
        "has(event.no.deep) && event.no.deep == 1",
        "\"no\" in event && event.no == 1",
        "(has(event.no) || has(event.no)) && event.no == 1",
        "!has(event.no) ? 1 : event.no",
        "has(event.no)",
        "has(event.digits.x.y)",
    ] {
        assert_eq!(check(text).faults, [], "{text}");
    }
    for text in [
        "has(event.no) || event.no == 1",
        "!has(event.no) && event.no == 1",
        "has(event.other) && event.no == 1",
        "(has(event.no) || has(event.other)) && event.no == 1",
        "has(event.no) ? 1 : event.no",
        "[has(event.no), event.no == 1]",
    ] {
        assert_eq!(check(text).faults.len(), 1, "{text}");
    }
}

#[test]
fn what_is_needed_and_shown() {
    fn shown(reads: Vec<Read>) -> String {
        let paths: Vec<_> =
            reads.into_iter().map(|read| format!("{}.{}", read.root, read.path.join("."))).collect();
        paths.join(" ")
    }
    for (text, needs, if_held, unless_held) in [
        ("vars.a > 1 && has(vars.b)", "vars.a", "vars.b", ""),
        ("has(vars.a) && vars.a.x == vars.b", "vars.b", "vars.a", ""),
        ("!has(vars.a)", "", "", "vars.a"),
        ("!has(vars.a) || vars.b == 1", "vars.b", "", "vars.a"),
        ("!has(vars.a) && vars.b == 1", "vars.b", "", ""),
        ("!(has(vars.a) && has(vars.b))", "", "", "vars.a vars.b"),
        ("[1].map(x, x + vars.a)", "vars.a", "", ""),
        ("\"a\" in vars", "vars.", "vars.a", ""),
    ] {
        let expr = Expr::parse(text).unwrap();
        assert_eq!(shown(expr.needs()), needs, "{text}");
        assert_eq!(shown(expr.shows_if_held()), if_held, "{text}");
        assert_eq!(shown(expr.shows_unless_held()), unless_held, "{text}");
    }
}

#[test]
fn what_can_be_seen_in_a_value() {
    for (text, expected) in [
        ("event.digits", "event.digits"),
        ("'PIN ' + event.digits", "event.digits"),
        ("event.digits == vars.pin", ""),
        ("size(event.digits) + vars.a", "vars.a"),
        ("event.digits.startsWith('1') ? vars.a : vars.b", "vars.a vars.b"),
        ("vars.names[event.digits]", "vars.names"),
        ("{'pin': event.digits, 'at': now}.pin", "event.digits now."),
        ("event.digits.split('').map(d, 'x' + d)", "event.digits"),
        ("event.digits.split('').map(d, d == '1')", ""),
        ("event.digits.split('').exists(d, d == '1')", ""),
        ("int(event.digits) % 2", "event.digits"),
        ("has(event.digits) && !(event.digits in vars.known)", ""),
    ] {
        let reads = Expr::parse(text).unwrap().carries();
        let shown: Vec<_> =
            reads.iter().map(|read| format!("{}.{}", read.root, read.path.join("."))).collect();
        assert_eq!(shown.join(" "), expected, "{text}");
    }
}
