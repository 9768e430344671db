//! Wherever the `cel` crate and we both accept an expression and give a value, the values agree.
//! Excepted is what `mod.rs` documents: division, and zero with a sign.
#![allow(clippy::unwrap_used)]

use super::check_tests::Known;
use super::tests::{VALUES, World};
use super::{Expr, Value};
use cel::{Context, Env, extensions};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::cell::Cell;
use std::sync::Arc;

/// What `cel` makes of a text; `None` where it refuses it or gives no value.
fn asked(text: &str, world: &World) -> Option<Value> {
    let mut env = Env::stdlib();
    env.add_extension(extensions::strings).unwrap();
    let env = Arc::new(env);
    let program = env.compile(text).ok()?;
    let mut context = Context::with_env(env);
    let Value::Map(roots) = &world.0 else { return None };
    for (root, value) in roots.iter() {
        context.add_variable_from_value(&**root, cel::to_value(value).unwrap());
    }
    Some(Value::from(program.execute(&context).ok()?.json().ok()?))
}

fn ours(text: &str, world: &World) -> Option<Value> {
    Expr::parse(text).ok()?.evaluate(world).ok()
}

/// The parser of `cel` needs more stack than a test's thread has.
fn with_stack(run: fn()) {
    std::thread::Builder::new().stack_size(256 * 1024 * 1024).spawn(run).unwrap().join().unwrap();
}

#[test]
fn tables_agree() {
    with_stack(|| {
        let world = World::new();
        let mut compared = 0;
        for (text, _) in VALUES.iter().filter(|(text, _)| *text != "7 / 2") {
            if let (Some(ours), Some(theirs)) = (ours(text, &world), asked(text, &world)) {
                assert_eq!(ours, theirs, "{text}");
                compared += 1;
            }
        }
        assert!(compared > VALUES.len() / 2, "only {compared} of {} could be compared", VALUES.len());
    });
}

#[test]
fn generated_expressions_agree() {
    with_stack(|| {
        let world = World::new();
        let (seen, compared) = (Cell::new(0), Cell::new(0));
        let config = Config { cases: 600, failure_persistence: None, ..Config::default() };
        TestRunner::new(config)
            .run(&expression(), |text| {
                seen.set(seen.get() + 1);
                if let Ok(expr) = Expr::parse(&text)
                    && let Ok(value) = expr.evaluate(&world)
                {
                    let checked = expr.check(&Known::new());
                    prop_assert!(
                        checked.of.agrees_with(&super::Type::of(&value)),
                        "{}: {:?}",
                        text,
                        checked.of
                    );
                }
                if let (Some(ours), Some(theirs)) = (ours(&text, &world), asked(&text, &world)) {
                    compared.set(compared.get() + 1);
                    prop_assert_eq!(ours, theirs, "{}", text);
                }
                Ok(())
            })
            .unwrap();
        assert!(
            compared.get() > seen.get() / 2,
            "only {} of {} could be compared",
            compared.get(),
            seen.get()
        );
    });
}

/// A type of expressions: texts without parts, and texts with a `$` and the letter of a type for each part.
struct Sort {
    letter: char,
    leaves: &'static [&'static str],
    forms: &'static [&'static str],
}

/// `n` whole numbers, `d` other numbers (`cel` does not mix them), `b` booleans, `s` strings, `l` lists of
/// whole numbers, `m` maps. Some have no value, for `&&` and `||` to absorb.
const SORTS: [Sort; 6] = [
    Sort {
        letter: 'n',
        leaves: &["0", "1", "2", "-3", "event.code", "vars.attempts", "event.data.list[1]"],
        forms: &[
            "$n + $n",
            "$n - $n",
            "$n * $n",
            "($n) % ($n)",
            "-($n)",
            "($n + $n)",
            "$b ? $n : $n",
            "size($s)",
            "($l).size()",
            "($l)[$n]",
            "int('12') - $n",
            "($m).a",
            "{'k': $n}['k']",
            "$n - $n - $n",
            "$n - ($n - $n)",
            "$n + $n * $n",
            "$l[0]",
            "int($d)",
        ],
    },
    Sort {
        letter: 'd',
        leaves: &["0.0", "0.5", "2.5e0", "-3.25", "vars.half"],
        forms: &[
            "$d + $d",
            "$d / ($d)",
            "$d * $d",
            "-($d)",
            "double($n)",
            "double('1.5')",
            "$b ? $d : $d",
            "$d - $d",
        ],
    },
    Sort {
        letter: 'b',
        leaves: &[
            "true",
            "false",
            "event.data.deep.er",
            "event.no",
            "1 / 0 == 1",
            "has(event.code)",
            "has(event.no)",
        ],
        forms: &[
            "$b && $b",
            "$b || $b",
            "!($b)",
            "($b || $b)",
            "$b && $b || $b",
            "$b || $b && $b",
            "!$b == $b",
            "$b ? $b : $b",
            "($n) == ($n)",
            "($n) != ($d)",
            "($n) < ($n)",
            "($d) >= ($d)",
            "($s) <= ($s)",
            "($s) > ($s)",
            "($n) in ($l)",
            "($s) in ($m)",
            "($l) == ($l)",
            "($m) != ($m)",
            "($n) == ($s)",
            "($b) == null",
            "($s).contains($s)",
            "($s).startsWith($s)",
            "($s).endsWith($s)",
            "($s).matches('^[ab]+')",
            "($l).all(x, x > $n)",
            "($l).exists(x, x == $n || $b)",
            "($l).exists_one(y, y < $n)",
            "($l).all(x, ($l).exists(y, x == y) && $b)",
            "bool('true') == $b",
        ],
    },
    Sort {
        letter: 's',
        leaves: &["'a'", "'b'", "\"äb\"", "''", "event.digits", "vars.name", "r'\\d'", "'\\u00e9\\n'"],
        forms: &[
            "$s + $s",
            "$b ? $s : $s",
            "string($n)",
            "string(-0.25)",
            "string($b)",
            "($s).substring(1)",
            "($s).trim()",
            "($s).replace($s, 'bb')",
            "($s).upperAscii()",
            "($s).lowerAscii()",
            "($s).split('a').join('-')",
            "vars.tags[$n]",
            "($s).split($s).join()",
            "($s).substring(0, $n)",
        ],
    },
    Sort {
        letter: 'l',
        leaves: &["[1, 2, 3]", "[]", "event.data.list", "[vars.attempts]"],
        forms: &[
            "[$n, $n]",
            "$l + $l",
            "($l).filter(x, x > $n)",
            "($l).map(x, x * $n)",
            "($l).map(x, x > 1, x + $n)",
            "$b ? $l : $l",
            "($l).map(x, ($l).filter(y, y < x).size())",
            "[$n, $n, ]",
        ],
    },
    Sort {
        letter: 'm',
        leaves: &["{}", "{'a': 1}", "event.data.deep"],
        forms: &["{'a': $n, 'äb': $n}", "{$s: $n}"],
    },
];

/// Expressions of any type, their parts nested as deep as the levels.
fn expression() -> impl Strategy<Value = String> {
    const LEVELS: usize = 4;
    let leaves = |sort: &Sort| prop::sample::select(sort.leaves).prop_map(str::to_owned).boxed();
    let mut sorts: Vec<BoxedStrategy<String>> = SORTS.iter().map(leaves).collect();
    for _ in 0..LEVELS {
        sorts = SORTS
            .iter()
            .map(|sort| {
                let forms = sort.forms.iter().map(|form| filled(form, &sorts));
                prop_oneof![1 => leaves(sort), 4 => prop::strategy::Union::new(forms)].boxed()
            })
            .collect();
    }
    prop::strategy::Union::new(sorts)
}

fn filled(form: &'static str, parts: &[BoxedStrategy<String>]) -> BoxedStrategy<String> {
    let (first, rest) = form.split_once('$').unwrap_or((form, ""));
    let pieces: Vec<&str> = rest.split('$').filter(|piece| !piece.is_empty()).collect();
    let sort = |piece: &&str| SORTS.iter().position(|sort| piece.starts_with(sort.letter)).unwrap();
    let holes: Vec<_> = pieces.iter().map(|piece| parts[sort(piece)].clone()).collect();
    holes
        .prop_map(move |values| {
            let filled = values.iter().zip(&pieces).map(|(value, piece)| format!("{value}{}", &piece[1..]));
            first.to_owned() + &filled.collect::<String>()
        })
        .boxed()
}
