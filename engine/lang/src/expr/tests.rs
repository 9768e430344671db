//! Tables of what the language accepts, gives and refuses.
#![allow(clippy::unwrap_used)]

use super::*;

/// Roots from JSON; `now` is a timestamp.
pub(super) struct World(pub(super) Value);

impl World {
    pub(super) fn new() -> World {
        World(Value::from(serde_json::json!({
            "event": {"digits": "1", "code": 200, "data": {"list": [1, 2, 3], "nothing": null, "deep": {"er": true}}},
            "vars": {"attempts": 2, "name": "Ada", "tags": ["a", "b"], "half": 0.5, "number": "+14255550123"},
        })))
    }

    fn get(&self, path: &[&str]) -> Option<Cow<'_, Value>> {
        path.iter().try_fold(&self.0, |value, name| operators::field(value, name).ok()?).map(Cow::Borrowed)
    }
}

impl Roots for World {
    fn field(&self, root: &str, field: &str) -> Option<Cow<'_, Value>> {
        self.get(&[root, field])
    }

    fn root(&self, root: &str) -> Option<Cow<'_, Value>> {
        if root == "now" {
            return Some(Cow::Owned(Value::Timestamp("2026-03-29T01:30:05Z".parse().unwrap())));
        }
        self.get(&[root])
    }
}

pub(super) fn evaluate(text: &str) -> Result<Value, String> {
    let expr = Expr::parse(text).map_err(|error| format!("parse: {}", error.message))?;
    expr.evaluate(&World::new()).map_err(|error| error.message)
}

/// As JSON, for the tables.
pub(super) fn shown(text: &str) -> String {
    match evaluate(text) {
        Ok(value) => serde_json::Value::from(&value).to_string(),
        Err(message) => format!("! {message}"),
    }
}

/// What expressions give, as JSON.
pub(super) const VALUES: &[(&str, &str)] = &[
    // Literals and escapes.
    ("1e3", "1000"),
    ("-5", "-5"),
    ("--5", "5"),
    ("9007199254740991 + 1", "9007199254740992"),
    (r#"'a"\'\n\x41\u00e9\U0001f600\101'"#, r#""a\"'\nAé😀A""#),
    (r#"r"\d""#, r#""\\d""#),
    ("[1, 'a', [], {'k': null,},]", r#"[1,"a",[],{"k":null}]"#),
    // Precedence.
    ("1 + 2 * 3 - 4", "3"),
    ("true || false && false", "true"),
    ("!true == false", "true"),
    ("-vars.attempts + 3", "1"),
    ("true ? 1 : false ? 2 : 3", "1"),
    ("1 + 1 == 2 ? 'yes' : 'no'", r#""yes""#),
    ("1 < 2 == true", "true"),
    // One type of number.
    ("7 / 2", "3.5"),
    ("7 % 4", "3"),
    ("-7 % 4", "-3"),
    ("0.1 + 0.2", "0.30000000000000004"),
    ("vars.attempts + vars.half", "2.5"),
    ("1 == 1.0", "true"),
    ("-1 * 0", "0"),
    // Reading.
    ("event.data.list[0]", "1"),
    ("event['digits']", r#""1""#),
    ("event.data['list'][1 + 1]", "3"),
    ("vars.tags", r#"["a","b"]"#),
    ("size(vars)", "5"),
    ("vars[event.digits == '1' ? 'name' : 'half']", r#""Ada""#),
    ("{'a': {'b': 1}}.a.b", "1"),
    // Comparison.
    ("'b' > 'a' && 'Z' < 'a' && 'z' < 'é'", "true"),
    ("1 == '1'", "false"),
    ("1 != '1'", "true"),
    ("[1, [2]] == [1, [2]]", "true"),
    ("{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", "true"),
    ("null == null", "true"),
    ("2 in event.data.list", "true"),
    ("'digits' in event && !('x' in event)", "true"),
    // Errors that do not decide.
    ("false && event.no", "false"),
    ("event.no && false", "false"),
    ("event.no || true", "true"),
    ("1 || true", "true"),
    // Presence.
    ("has(event.digits)", "true"),
    ("has(event.no)", "false"),
    ("has(event.no.no.no)", "false"),
    ("has(event.data.list[9].x)", "false"),
    ("has(event.digits.x)", "false"),
    ("has(event.data.nothing)", "true"),
    // Functions.
    ("size('äö') + 'abc'.size() + size([1]) + size({'a': 1})", "7"),
    ("'hello'.contains('ell') && 'hello'.startsWith('he') && 'hello'.endsWith('lo')", "true"),
    (r"vars.number.matches(r'^\+1\d{10}$')", "true"),
    ("matches('abc', 'a' + '.')", "true"),
    ("' aBc '.trim().upperAscii() + 'É'.lowerAscii()", r#""ABCÉ""#),
    ("'a-b-c'.split('-')", r#"["a","b","c"]"#),
    ("'äb'.split('')", r#"["ä","b"]"#),
    ("['a', 'b'].join(', ') + ['c', 'd'].join()", r#""a, bcd""#),
    ("'banana'.replace('an', 'AN')", r#""bANANa""#),
    ("'äöü'.substring(1) + 'äöü'.substring(0, 1)", r#""öüä""#),
    ("'abc'.substring(3)", r#""""#),
    ("int('0042') + int(3.9) + int(-3.9)", "42"),
    ("int('-5')", "-5"),
    ("double('1.5e1') + number('1') + number(2)", "18"),
    ("string(1) + string(1.5) + string(true) + string('x')", r#""11.5truex""#),
    ("bool('true') && !bool('false') && bool(true)", "true"),
    // Macros.
    ("event.data.list.all(x, x > 0)", "true"),
    ("event.data.list.exists(x, x == 2)", "true"),
    ("event.data.list.exists_one(x, x > 1)", "false"),
    ("event.data.list.filter(x, x != 2)", "[1,3]"),
    ("event.data.list.map(x, x * 2)", "[2,4,6]"),
    ("event.data.list.map(x, x > 1, x * 2)", "[4,6]"),
    ("[[1, 2], [3]].map(l, l.map(x, size(l) + x))", "[[3,4],[4]]"),
    ("[1].map(event, event + 1)", "[2]"),
    ("[1, 'a'].exists(x, x < 0) || true", "true"),
    ("['a', 1].exists(x, x > 0)", "true"),
    ("['a', 1].all(x, x > 1)", "false"),
    // Time.
    ("timestamp('2026-01-31T09:00:00+01:00')", r#""2026-01-31T08:00:00Z""#),
    ("now.getHours()", "1"),
    ("now.getHours('Europe/Berlin')", "3"),
    ("now.getDayOfWeek('America/New_York')", "6"),
    ("[now.getFullYear(), now.getMonth(), now.getDate(), now.getDayOfMonth()]", "[2026,2,29,28]"),
    ("[now.getDayOfYear(), now.getMinutes(), now.getSeconds()]", "[87,30,5]"),
    ("now + duration('1h') - now", r#""1h""#),
    ("now - duration('24h') < now", "true"),
    ("duration('1.5h') == duration('1h30m')", "true"),
    ("-duration('1h0.5s')", r#""-1h500ms""#),
    ("duration('90m').getHours() + duration('90m').getMinutes()", "91"),
    ("string(duration('0s')) + string(duration('36h1ms'))", r#""0s36h1ms""#),
    ("int(timestamp('1970-01-02T00:00:00Z'))", "86400"),
];

#[test]
fn values() {
    for (text, expected) in VALUES {
        assert_eq!(shown(text), *expected, "{text}");
    }
}

#[test]
fn expressions_without_a_value() {
    for (text, expected) in [
        ("1 / 0", "division by zero"),
        ("1 % 0", "division by zero"),
        ("1.5 % 1", "`%` takes whole numbers"),
        ("1e308 * 10", "the result is out of range"),
        ("1 + 'a'", "`+` cannot take a number and a string"),
        ("1 < 'a'", "`<` cannot take a number and a string"),
        ("true < false", "`<` cannot take a boolean and a boolean"),
        ("event.no", "there is no field `no` here"),
        ("event.no.no", "there is no field `no` here"),
        ("nothing", "there is no `nothing` here"),
        ("event.data.list[3]", "there is no such item here"),
        ("event.data.list[-1]", "there is no such item here"),
        ("event.data.list[0.5]", "the index of a list is a whole number"),
        ("event.data.list['0']", "the index of a list is a number, and this is a string"),
        ("event.digits.x", "a string has no fields, so no `x`"),
        ("event.data.nothing.x", "null has no fields, so no `x`"),
        ("1 ? 2 : 3", "a condition is true or false, and this is a number"),
        ("1 && true", "a condition is true or false, and this is a number"),
        ("!1", "a condition is true or false, and this is a number"),
        ("-'a'", "`-` cannot take a string"),
        ("'a' in 'abc'", "`in` cannot take a string and a string"),
        ("{'a': 1, 'a': 2}", "this key is there already"),
        ("size(1)", "`size` cannot take a number"),
        ("int('1.5')", "`int` cannot read this string as a number"),
        ("number('inf')", "`number` cannot read this string as a number"),
        ("number('')", "`number` cannot read this string as a number"),
        ("bool('yes')", "this string is neither `true` nor `false`"),
        ("string([])", "`string` cannot take a list"),
        ("[1].join()", "`join` takes a list of strings, and one item is a number"),
        ("'abc'.substring(2, 1)", "`substring` ends before it begins"),
        ("'abc'.substring(4)", "`substring` reaches outside the string"),
        ("'a'.matches('(' + '')", "this is not a valid pattern"),
        ("duration('1h' + 'x')", "this is no duration; one is written like `1h30m` or `500ms`"),
        ("now.getHours('Mars' + '')", "there is no time zone of this name"),
        ("duration('1h').getDate()", "`getDate` cannot take a duration"),
        ("vars.all(x, true)", "`all` takes a list, and this is a map"),
        ("[1, 2].exists_one(x, x == 'a' || 1)", "a condition is true or false, and this is a number"),
        ("['a'].all(x, x > 1)", "`>` cannot take a string and a number"),
        ("now + now", "`+` cannot take a timestamp and a timestamp"),
    ] {
        assert_eq!(evaluate(text), Err(expected.to_owned()), "{text}");
    }
}

#[test]
fn errors_point_at_the_part() {
    for (text, part) in [
        ("true && event.data.no.x == 1", "event.data.no"),
        ("1 + (2 * 'a')", "2 * 'a'"),
        ("[1, size(true)]", "size(true)"),
        ("vars.tags.map(t, t + 1)", "t + 1"),
    ] {
        let error = Expr::parse(text).unwrap().evaluate(&World::new()).unwrap_err();
        assert_eq!(&text[error.start..error.end], part, "{text}");
    }
    assert!(Expr::parse("1").unwrap().holds(&World::new()).is_err());
    assert_eq!(Expr::parse("1 < 2").unwrap().holds(&World::new()), Ok(true));
}

#[test]
fn texts_that_do_not_parse() {
    for (text, part, message, help) in [
        ("", "", "there is no expression here", ""),
        ("event.digits = '1'", "=", "`=` does not compare", "write `==`"),
        ("a and b", "and", "`and` stands where an operator is expected", "write `&&`"),
        ("a or b", "or", "`or` stands where an operator is expected", "write `||`"),
        ("not a", "not", "`not` is no operator", "write `!`"),
        ("not(a)", "not", "there is no function `not`", "did you mean `!`?"),
        ("a & b", "&", "`&` is no operator", "write `&&`"),
        ("'abc", "'abc", "this text is never closed", "end it with the quote that it begins with"),
        ("“a”", "“", "`“` does not quote text", "write `\"` or `'`"),
        ("${a}", "${", "`${` inside an expression", "this is an expression already: leave out `${` and `}`"),
        ("a.sise()", "sise", "there is no function `sise`", "did you mean `size`?"),
        ("a.length()", "length", "there is no function `length`", "did you mean `size`?"),
        ("contains(a, b)", "contains", "`contains` stands behind its value", "write `value.contains(…)`"),
        ("a.int()", "int", "`int` stands before its value", "write `int(value)`"),
        ("int(1, 2)", "int(1, 2)", "`int` takes 1 argument, not 2", ""),
        ("a.substring()", "substring()", "`substring` takes 1 or 2 arguments, not 0", ""),
        ("(1 + 2", "(", "`(` is never closed", "write `)` where it ends"),
        ("[1, 2", "[", "`[` is never closed", "write `]` where it ends"),
        ("1 +", "", "the expression ends where a value is expected", ""),
        ("1 2", "2", "`2` stands where an operator is expected", ""),
        ("a.1", "1", "`1` stands where the name of a field is expected", ""),
        ("30s", "30s", "`30s` is not a number", "write `duration(\"30s\")`"),
        ("1u", "1u", "`1u` is not a number", "leave out the `u`: there is one type of number"),
        ("1 < a < 3", "1 < a <", "comparisons do not chain", "write `a < b && b < c`"),
        ("{a: 1}", "a", "`a` without quotes is not a key but something to read", "write `\"a\"`"),
        ("{1: 1}", "1", "a key is text", "put it in quotes"),
        (
            "has(a)",
            "a",
            "`has` asks for a field",
            "write `has(event.name)`, or `\"name\" in event` for a name in quotes",
        ),
        ("a.all(1, x)", "1", "`all` needs a name for the item, then an expression", "write `all(item, …)`"),
        ("a.all(in, x)", "in", "`in` stands where a name for the item is expected", ""),
        ("a.matches('(')", "'('", "this is not a valid pattern", ""),
        ("a.matches('(a{1000}){1000}')", "'(a{1000}){1000}'", "this pattern is too large", ""),
        ("now.getHours('Europe/Berin')", "'Europe/Berin'", "there is no time zone `Europe/Berin`", ""),
        ("duration('5 min')", "'5 min'", "this is no duration; one is written like `1h30m` or `500ms`", ""),
        (
            "'\\d'",
            "\\d",
            "this escape does not exist",
            "write `\\\\` for a backslash, or put `r` before the opening quote",
        ),
        (
            "9007199254740992",
            "9007199254740992",
            "this number is too large to be exact",
            "write it as text, in quotes, if it is an identifier",
        ),
    ] {
        let error = Expr::parse(text).unwrap_err();
        assert_eq!((&text[error.start..error.end], &*error.message), (part, message), "{text}");
        assert_eq!(error.help.unwrap_or_default(), help, "{text}");
    }
}

#[test]
fn paths_that_are_read() {
    let expr = Expr::parse(r#"event.data["x"].y[vars.i] + size(now) + [1].map(v, v + input.a)[0]"#).unwrap();
    let shown: Vec<String> = expr
        .reads()
        .iter()
        .map(|read| format!("{} {:?} {}", read.root, read.path, &expr.text()[read.start..read.end]))
        .collect();
    let expected = [
        r#"event ["data", "x", "y"] event.data["x"].y"#,
        r#"vars ["i"] vars.i"#,
        "now [] now",
        r#"input ["a"] input.a"#,
    ];
    assert_eq!(shown, expected);
}

#[test]
fn values_survive_a_snapshot() {
    let value = evaluate(
        "{'t': now, 'd': -duration('1h1ns'), 'n': [1, 0.1, 9007199254740991 + 1], 'tag': {'$timestamp': 'x'}, 'e': {'$$a': 1}}",
    )
    .unwrap();
    let text = serde_json::to_string(&value).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value, "{text}");
    let foreign: Value = serde_json::from_str(r#"{"$timestamp": "no", "x": 1}"#).unwrap();
    assert_eq!(foreign.type_name(), "map");
}
