//! Values that fit what may stand behind a key, and values that do not.

use lang::value::{Pattern, format_duration};
use machine::shape::{Shape, Wants};
use machine::wanted::Wanted;
use serde_json::{Map, Value, json};
use std::time::Duration;

use super::walk::minimal;

const EXPRESSION: &str = "${vars.sample}";
const PHONE: &str = "+14255550123";

/// Values that fit; the first is as plain as can be.
pub(crate) fn right(wants: &Wants) -> Vec<Value> {
    match wants {
        Wants::Argument(wanted) => argument(*wanted),
        Wants::Text => vec![json!("a text"), json!("no ${expression}")],
        Wants::Truth => vec![json!(true), json!(false)],
        Wants::Word(words) => words.iter().map(|word| json!(word)).collect(),
        Wants::Value => {
            vec![json!("+14255550123"), json!(1.5), json!(true), json!([1]), json!({ "a": null })]
        }
        Wants::Guard => vec![json!("state.visits < 3"), json!(true)],
        Wants::Url => vec![
            json!("https://x.example.com"),
            json!("http://x.example.com/a?b=${vars.sample}"),
            json!("${config.crm}/customers"),
            json!("${'https://' + config.host}"),
        ],
        Wants::FixedUrl => vec![json!("https://x.example.com/a?b=c"), json!("http://x.example.com:8080")],
        Wants::Address(schemes) => {
            vec![json!(format!("{}x.example.com/a", schemes[0])), json!("${config.address}/a")]
        }
        Wants::Name(pattern) => vec![json!(name(*pattern))],
        Wants::Outcome => vec![json!("completed"), json!("noReply2")],
        Wants::Target => vec![json!("here"), json!("Over_2.there")],
        Wants::Callers => {
            vec![json!(PHONE), json!("+1800*"), json!(["8:acs:*", "+1 425 555-0123"]), json!([])]
        }
        Wants::Map(shape) => vec![minimal(shape)],
        Wants::Bare(shape) if is_empty(shape) => vec![minimal(shape), json!(null)],
        Wants::Bare(shape) => vec![minimal(shape)],
        Wants::List(of, 0) => vec![json!([right(of)[0]]), json!([])],
        Wants::List(of, _) => vec![json!([right(of)[0]])],
        Wants::Either(forms) => forms.iter().flat_map(right).collect(),
        Wants::Named(pattern, each) => {
            let each = right(each).into_iter().map(|value| json!({ name(*pattern): value }));
            each.chain([json!({})]).collect()
        }
        Wants::Declared(pattern, each) => {
            right(&Wants::Named(*pattern, each)).into_iter().chain([json!(null)]).collect()
        }
        Wants::Headers => vec![json!({}), json!({ "Authorization": "Bearer ${secrets.crm}", "X-Count": 5 })],
        Wants::Events => {
            let known = machine::EventKind::ALL.iter().map(machine::EventKind::name);
            let names = known.chain(["AnyFailure", "*", name(Pattern::Event)]);
            vec![names.map(|name| (name.to_owned(), json!("here"))).collect::<Map<_, _>>().into(), json!({})]
        }
        Wants::Timers => {
            vec![json!({ "500ms": "here", "1h30m": { "end": "late" }, "2d": "here" }), json!({})]
        }
        Wants::Transitions => {
            vec![json!("here"), json!({}), json!({ "goto": "here" }), json!([{ "goto": "here" }])]
        }
        Wants::Outcomes => vec![
            json!({ "someName1": "here", "error": { "goto": "here" } }),
            json!({ "someName1": [{ "when": true, "goto": "here" }, { "end": "completed" }] }),
            json!({}),
        ],
        Wants::Actions => vec![json!([{ "hangUp": {} }, { "log": { "message": "x" } }]), json!([])],
        Wants::Logs => vec![json!([{ "log": { "message": "x" } }]), json!([])],
    }
}

fn argument(wanted: Wanted) -> Vec<Value> {
    let long = json!({ "phone": PHONE });
    let plain = match wanted {
        Wanted::Text => vec![json!("a text"), json!("costs $5 and $${x}, ${call.from}")],
        Wanted::Truth => vec![json!(true), json!(false)],
        Wanted::Whole(min, max) => vec![json!(min), json!(max)],
        Wanted::Duration(min, max) => {
            [min, max].map(|ms| json!(format_duration(Duration::from_millis(ms)))).to_vec()
        }
        Wanted::Person => vec![json!(PHONE), json!("8:acs:a_b"), json!("+1 (425) 555-0123"), long],
        Wanted::Phone => vec![json!(PHONE), json!("4:+14255550123"), long],
        Wanted::People => {
            vec![json!(PHONE), json!([PHONE, "28:orgid:x"]), json!([EXPRESSION]), json!([long])]
        }
        Wanted::Keys => vec![json!("12#"), json!(4), json!(["*", 1, "d"])],
        Wanted::Word(words) => words.iter().map(|word| json!(word)).collect(),
        Wanted::Texts => vec![json!({}), json!({ "X-MS-Custom-Case": EXPRESSION, "a": "b" })],
        Wanted::Phrases => vec![json!("yes"), json!(["yes", "yes please"])],
        Wanted::Anything => {
            vec![json!({ "a": [EXPRESSION, null] }), json!(1), json!("x"), json!(false), json!(null)]
        }
    };
    plain.into_iter().chain([json!(EXPRESSION)]).collect()
}

/// Values that fit in no way.
pub(crate) fn wrong(wants: &Wants) -> Vec<Value> {
    let mapping = || vec![json!(5), json!([])];
    match wants {
        Wants::Argument(Wanted::Text) | Wants::Text => vec![json!([]), json!({}), json!(null)],
        Wants::Argument(Wanted::Truth) => vec![json!("yes"), json!(1), json!("$${x}")],
        Wants::Argument(Wanted::Whole(min, max)) => {
            vec![json!(min - 1), json!(max + 1), json!(1.5), json!("x")]
        }
        Wants::Argument(Wanted::Duration(..)) => vec![json!(5), json!("5"), json!("1m1h"), json!("")],
        Wants::Argument(Wanted::Person) => {
            vec![json!("sales"), json!({}), json!({ "phon": PHONE }), json!([])]
        }
        Wants::Argument(Wanted::Phone) => {
            vec![json!("sales"), json!("8:acs:a_b"), json!("14255550123"), json!({ "user": "8:acs:a_b" })]
        }
        Wants::Argument(Wanted::People) => vec![json!("sales"), json!([]), json!([{}])],
        Wants::Argument(Wanted::Keys) => vec![json!(""), json!("12x"), json!([]), json!(["x"]), json!(null)],
        Wants::Argument(Wanted::Word(_)) | Wants::Word(_) => vec![json!("zzz"), json!([])],
        Wants::Argument(Wanted::Texts) => vec![json!(5), json!([]), json!({ "a": [] })],
        Wants::Argument(Wanted::Phrases) => vec![json!({}), json!([{}])],
        Wants::Argument(Wanted::Anything) => vec![],
        Wants::Truth => vec![json!("yes"), json!(EXPRESSION)],
        Wants::Value => vec![json!(null)],
        Wants::Guard => vec![json!([]), json!({}), json!(null)],
        Wants::Url => vec![json!("crm"), json!("https://"), json!("${event.body}"), json!("${call.from}/a")],
        Wants::FixedUrl => {
            vec![json!("x.example.com"), json!("https://"), json!("https://${config.host}/a"), json!([])]
        }
        Wants::Address(_) => vec![json!("x.example.com"), json!("ftp://x"), json!("https://"), json!([])],
        Wants::Name(_) => vec![json!("9 x"), json!(""), json!([])],
        Wants::Outcome => vec![json!("error"), json!("Not One"), json!([])],
        Wants::Target => vec![json!([]), json!({}), json!(null)],
        Wants::Callers => vec![json!("sales"), json!("*"), json!({}), json!(["sales"])],
        Wants::Map(_) => vec![json!(5), json!([]), json!(null)],
        Wants::Bare(_) => mapping(),
        Wants::List(of, at_least) => {
            let few = (*at_least > 0).then(|| json!([]));
            few.into_iter().chain([json!({}), json!(5), json!([wrong(of)[0]])]).collect()
        }
        Wants::Either(_) => vec![json!([]), json!(null)],
        Wants::Named(pattern, each) => {
            let named = wrong(each).into_iter().map(|value| json!({ name(*pattern): value }));
            named.chain(mapping()).chain([json!({ "9 x": right(each)[0] }), json!(null)]).collect()
        }
        Wants::Declared(pattern, each) => {
            let named = wrong(each).into_iter().map(|value| json!({ name(*pattern): value }));
            named.chain(mapping()).chain([json!({ "9 x": right(each)[0] })]).collect()
        }
        Wants::Headers => mapping(),
        Wants::Events => vec![json!(5), json!([]), json!(null), json!({ "PlayCompleted": null })],
        Wants::Timers => vec![json!(5), json!([]), json!({ "1:30": "here" }), json!({ "30": "here" })],
        Wants::Transitions => vec![json!(null), json!({ "gotoo": "here" }), json!(["here"])],
        Wants::Outcomes => vec![
            json!(5),
            json!([]),
            json!(null),
            json!({ "someName1": {} }),
            json!({ "Some": "here" }),
            json!({ "someName1": [{ "set": { "x": 1 } }] }),
        ],
        Wants::Actions => {
            vec![json!({ "hangUp": {} }), json!("hangUp"), json!([{}]), json!([{ "hangUpp": {} }])]
        }
        Wants::Logs => vec![json!({}), json!([{ "hangUp": {} }])],
    }
}

/// Whether nothing must stand in it.
fn is_empty(shape: &Shape) -> bool {
    minimal(shape) == json!({})
}

fn name(pattern: Pattern) -> &'static str {
    match pattern {
        Pattern::Flow => "a-flow-1",
        Pattern::State => "Here_1",
        Pattern::Target => "here.inside",
        Pattern::Variable => "some_Name1",
        Pattern::Outcome | Pattern::Event => "someName1",
    }
}
