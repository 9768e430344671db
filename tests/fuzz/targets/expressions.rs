//! Any text is parsed, checked and evaluated; what it gives is of the type that was told.

#![no_main]

use std::borrow::Cow;
use std::sync::LazyLock;

use lang::expr::{Absent, Expr, Roots, Scope, Type, Value};
use lang::{Kind, Node, Scalar, Span, Style, Template};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Expr::parse(text) {
        Ok(expr) => {
            let checked = expr.check(&World);
            for fault in &checked.faults {
                assert!(text.get(fault.start..fault.end).is_some(), "{fault:?}");
            }
            let _ = (expr.check_guard(&World), expr.holds(&World));
            let _ = (expr.reads(), expr.needs(), expr.carries());
            let _ = (expr.shows_if_held(), expr.shows_unless_held());
            if let Ok(value) = expr.evaluate(&World) {
                assert!(checked.of.agrees_with(&Type::of(&value)), "{:?} is not {:?}", value, checked.of);
            }
        }
        Err(error) => assert!(text.get(error.start..error.end).is_some(), "{error:?}"),
    }
    let span = Span::new(0, text.len());
    let scalar = Scalar { text: text.to_owned(), style: Style::Plain, verbatim: true };
    let mut found = Vec::new();
    let template = Template::read(&Node { span, kind: Kind::Scalar(scalar) }, &mut found);
    let _ = template.evaluate(&World);
    for finding in found {
        assert!(text.get(finding.primary.span.start..finding.primary.span.end).is_some(), "{finding:?}");
    }
});

/// What there is to read.
struct World;

static VALUES: LazyLock<Value> = LazyLock::new(|| {
    Value::from(serde_json::json!({
        "event": {"digits": "1", "code": 200, "data": {"list": [1, 2, 3], "nothing": null, "deep": {"er": true}}},
        "vars": {"attempts": 2, "name": "Ada", "tags": ["a", "b"], "half": 0.5, "number": "+14255550123"},
        "state": {"name": "menu", "visits": 3},
    }))
});

fn get<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Map(entries) => entries.get(name),
        _ => None,
    }
}

impl Roots for World {
    fn field(&self, root: &str, field: &str) -> Option<Cow<'_, Value>> {
        get(get(&VALUES, root)?, field).map(Cow::Borrowed)
    }

    fn root(&self, root: &str) -> Option<Cow<'_, Value>> {
        if root == "now" {
            return Some(Cow::Owned(Value::Timestamp("2026-03-29T01:30:05Z".parse().expect("a moment"))));
        }
        get(&VALUES, root).map(Cow::Borrowed)
    }
}

impl Scope for World {
    fn root(&self, name: &str) -> Result<Type, Absent> {
        let absent = || Absent::new("absent", "absent").near(name, ["event", "vars", "state"], "");
        Roots::root(self, name).map(|value| Type::of(&value)).ok_or_else(absent)
    }

    fn field(&self, root: &str, field: &str) -> Result<Type, Absent> {
        let absent = || Absent::new("absent", "absent");
        Roots::field(self, root, field).map(|value| Type::of(&value)).ok_or_else(absent)
    }
}
