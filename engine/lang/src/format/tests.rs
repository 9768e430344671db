//! What is kept and what is refused. What is laid out how is data: `tests/format`.

#![allow(clippy::unwrap_used)]

use super::*;

fn formatted(text: &str) -> Result<String, Refusal> {
    format(&Source::new("flow.yaml", text))
}

#[test]
fn line_breaks_are_those_of_the_first_line() {
    for (text, expected) in [
        ("a:   b\r\nc: d\r\n", "a: b\r\nc: d\r\n"),
        ("a:   b\r\nc: d\n", "a: b\r\nc: d\r\n"),
        ("a:   b\nc: d\r\n", "a: b\nc: d\n"),
        ("a: |\r\n   b\r\n   c\r\n", "a: |\r\n  b\r\n  c\r\n"),
        ("a: b", "a: b\n"),
    ] {
        assert_eq!(formatted(text).unwrap(), expected, "{text:?}");
    }
}

#[test]
fn what_cannot_be_read_is_told() {
    for (text, code) in
        [("a: [", 1), ("a: 1\na: 2\n", 2), ("a: !!str b\n", 1), ("a: 1\n---\nb: 2\n", 1), ("", 102)]
    {
        match formatted(text) {
            Err(Refusal::Wrong(found)) => assert_eq!(found[0].code.0, code, "{text:?}"),
            other => panic!("{text:?}: {other:?}"),
        }
    }
}

#[test]
fn a_file_that_is_too_large_is_left() {
    let text = format!("# {}\na: b\n", "x".repeat(FORMATTED_BYTES_MAX));
    assert_eq!(formatted(&text), Err(Refusal::TooLarge));
}

#[test]
fn what_is_lost_is_noticed() {
    let source = Source::new("flow.yaml", "a: b # c\nd: \"1\"\ne: &x f\ng: *x\n");
    let before = yaml::outline(&source).unwrap();
    assert_eq!(same(&before, &source, "a: b\n# c\nd: '1'\ne: &y f\ng: *y\n"), Ok(()));
    for (after, place) in [
        ("a: b\nd: \"1\"\ne: &x f\ng: *x\n", "# c"),
        ("a: b\nd: \"1\" # c\ne: &x f\ng: *x\n", "# c"),
        ("a: b # c\nd: 1\ne: &x f\ng: *x\n", "\"1\""),
        ("a: b # c\nd: \"1\"\ne: f\ng: f\n", "f"),
        ("a: b # c\nd: \"1\"\ne: &x f\ng: f\n", "*x"),
        ("a: b # c\nd: \"1\"\n", "e"),
        ("a: [", ""),
        ("a: b # c\nd: \"1\"\ne: &x f\ng: *x\nh: i\n", ""),
    ] {
        match same(&before, &source, after) {
            Err(Refusal::Changed(span)) => {
                assert!(source.slice(span).starts_with(place), "{after:?}: {span:?}")
            }
            other => panic!("{after:?}: {other:?}"),
        }
    }
}
