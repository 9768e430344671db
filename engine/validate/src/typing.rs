//! Checks every expression of a flow at its place, and every value against what it is for. What CF502 and CF503 report.

use lang::expr::{Fault, FaultKind, Read, Scope, Type};
use lang::{Code, Expr, Finding, Span, Template};
use machine::actions::{ActionKind, http};
use machine::wanted::Wanted;

use crate::model::Model;
use crate::names::{self, Giving, Names};
use crate::places::{ArgumentUse, Formula, Passed, Place, Purpose, Receiver, for_each_formula};
use crate::reaches::Reaches;
use crate::sight::Sight;

/// A value of the wrong type.
const MISTYPED: Code = Code(503);

/// Everything that is wrong with names and types, in the order of the walk.
#[derive(Default)]
pub(crate) struct Typing {
    pub(crate) unknown: Vec<Unknown>,
    pub(crate) mistyped: Vec<Finding>,
}

/// A reading of a name that is not known where it stands.
pub(crate) struct Unknown {
    pub(crate) finding: Finding,
    /// The path that is read there.
    pub(crate) read: Option<Read>,
}

impl Typing {
    fn count(&self) -> usize {
        self.unknown.len() + self.mistyped.len()
    }

    /// A fault of an expression, with its place in the file.
    fn take(&mut self, expr: &Expr, Fault { kind, start, end, why }: Fault) {
        let code = match kind {
            FaultKind::Unknown => Code(502),
            FaultKind::Mistyped => MISTYPED,
        };
        let mut finding = Finding::error(code, expr.place(start, end), why.message).label(why.label);
        if let Some(note) = why.note {
            finding = finding.note(note);
        }
        if let Some(help) = why.help {
            finding = finding.help(help);
        }
        let finding = match (why.meant, expr.exact_place(start, end)) {
            (Some(meant), Some(place)) => finding.fix(place, meant),
            _ => finding,
        };
        match kind {
            FaultKind::Unknown => {
                let around = expr.reads().into_iter().filter(|read| read.start <= start && end <= read.end);
                self.unknown.push(Unknown { finding, read: around.min_by_key(|read| read.end - read.start) });
            }
            FaultKind::Mistyped => self.mistyped.push(finding),
        }
    }
}

/// Checks a flow.
pub(crate) fn check(model: &Model<'_>, names: &Names<'_>, reaches: &Reaches<'_>) -> Typing {
    let mut found = Typing::default();
    for_each_formula(model, &mut |place, formula| {
        check_formula(model, names, reaches, place, formula, &mut found);
    });
    check_variables(model, names, reaches, &mut found);
    found
}

fn check_formula(
    model: &Model<'_>,
    names: &Names<'_>,
    reaches: &Reaches<'_>,
    place: &Place<'_>,
    formula: Formula<'_>,
    found: &mut Typing,
) {
    let sight = Sight::new(model, names, reaches, place.site);
    match (place.purpose, formula) {
        (_, Formula::Guard(guard)) => {
            guard.check_guard(&sight).into_iter().for_each(|fault| found.take(guard, fault));
        }
        // It is checked where it stands.
        (Purpose::Argument(ArgumentUse { is_default: true, action: Some(_), .. }), _) => {}
        (Purpose::Argument(argument), Formula::Template(template)) => {
            let given = argument.given;
            let what = format!("`{}`", given.name);
            let is_header = given.name == http::HEADERS
                && argument.written().is_some_and(|written| written.kind() == ActionKind::Http);
            let sight = if is_header { sight.header() } else { sight };
            if is_header {
                found.mistyped.extend(template.expressions().filter_map(secret_in_company));
            }
            fill(template, given.wanted, &what, given.span, &sight, found);
        }
        (Purpose::Passed(passed), Formula::Template(_)) => pass(&passed, names, &sight, found),
        (Purpose::Value(_) | Purpose::Guard, Formula::Template(template)) => {
            template.check(&sight, &mut |expr, fault| found.take(expr, fault));
        }
    }
}

/// Checks a value that one flow hands to another. Whether the other one takes it at all is CF206's, or CF101's.
fn pass(passed: &Passed<'_>, names: &Names<'_>, scope: &dyn Scope, found: &mut Typing) {
    let before = found.count();
    let of = passed.value.check(scope, &mut |expr, fault| found.take(expr, fault));
    let name = passed.name.value.as_str();
    let (declared, what) = match passed.to {
        Receiver::Subflow(run) => {
            let input =
                run.body.iter().flat_map(|body| &body.flow.inputs).find(|input| input.name.value == name);
            (input.map(|input| input.kind), format!("input `{name}` of `{}`", run.name.value))
        }
        Receiver::Caller => (names.output.get(name).copied(), format!("output `{name}`")),
    };
    let Some(declared) = declared.filter(|_| found.count() == before) else { return };
    let fits = match passed.value.constant() {
        Some(value) => declared.fits(value),
        None => names::of(declared).agrees_with(&of),
    };
    if fits {
        return;
    }
    let place = passed.value.expressions().next().map_or(passed.name.span, Expr::origin);
    let headline = format!("{what} must be {}, and this is {}", declared.describe(), of.described());
    found.mistyped.push(
        Finding::error(MISTYPED, place, headline)
            .label(format!("this is {}", of.described()))
            .help("pass a value of that type, or change the declared one"),
    );
}

/// A secret is put into its header when the request is sent, and known to nobody before.
fn secret_in_company(expr: &Expr) -> Option<Finding> {
    let reads = expr.reads();
    let secret = reads.iter().find(|read| read.root == "secrets")?;
    if secret.path.len() == 1 && expr.text() == format!("secrets.{}", secret.path[0]) {
        return None;
    }
    let finding =
        Finding::error(MISTYPED, expr.place(secret.start, secret.end), "nothing can be made of a secret");
    Some(
        finding
            .label("it must stand alone in its `${…}`")
            .note("the flow knows only its name; its value is filled in when the request is sent")
            .help("write the text around it: `\"Bearer ${secrets.name}\"`"),
    )
}

/// Checks a value that fills an argument. A list or mapping is checked one by one, so that each has its place.
fn fill(template: &Template, wanted: Wanted, what: &str, span: Span, scope: &dyn Scope, found: &mut Typing) {
    match (template, wanted) {
        (Template::List(items), Wanted::People) => {
            items.iter().for_each(|item| fill(item, Wanted::Person, what, span, scope, found));
        }
        (Template::List(items), Wanted::Phrases) => {
            items.iter().for_each(|item| fill(item, Wanted::Text, what, span, scope, found));
        }
        (Template::Map(entries), Wanted::Texts) => {
            for (name, value) in entries {
                fill(value, Wanted::Text, &format!("{what}: `{name}`"), span, scope, found);
            }
        }
        (template, wanted) => {
            let before = found.count();
            let of = template.check(scope, &mut |expr, fault| found.take(expr, fault));
            if found.count() == before && !wanted.takes(&of) {
                found.mistyped.push(unfit(template, wanted, what, span, &of));
            }
        }
    }
}

fn unfit(template: &Template, wanted: Wanted, what: &str, span: Span, of: &Type) -> Finding {
    let place = match template {
        Template::Expr(expr) => expr.origin(),
        Template::Constant(_) | Template::Text(_) | Template::List(_) | Template::Map(_) => {
            template.expressions().next().map_or(span, Expr::origin)
        }
    };
    let headline = format!("{what} must be {}, and this is {}", wanted.described(), of.described());
    let finding = Finding::error(MISTYPED, place, headline).label(format!("this is {}", of.described()));
    match (wanted, of) {
        (Wanted::Person | Wanted::Phone | Wanted::People, Type::Number) => {
            finding.help("write phone numbers as text, in quotes and with the country code: \"+14255550123\"")
        }
        (Wanted::Person | Wanted::Phone, Type::List(_)) => finding.help("take one of them, as in `[0]`"),
        (Wanted::Text | Wanted::Word(_), Type::List(_)) => {
            finding.help("join its items, as in `${vars.names.join(\", \")}`, or pick one")
        }
        (Wanted::Text | Wanted::Word(_), Type::Map | Type::Record(_)) => {
            finding.help("pick one of its fields")
        }
        (Wanted::Duration(..), Type::Number) => finding.help("give it a unit: `${vars.seconds}s`"),
        (Wanted::Whole(..), Type::String) => finding.help("write `number(…)` around it"),
        (_, _) => finding,
    }
}

/// A variable has one type, whoever sets it.
fn check_variables(model: &Model<'_>, names: &Names<'_>, reaches: &Reaches<'_>, found: &mut Typing) {
    for (name, variable) in &names.variables {
        let mut first: Option<(Giving<'_>, Type)> = None;
        for giving in &variable.givings {
            let of = names.given(giving, model, reaches);
            if matches!(of, Type::Any | Type::Null) {
                continue;
            }
            let Some((earlier, known)) = &first else {
                first = Some((*giving, of));
                continue;
            };
            if known.agrees_with(&of) {
                continue;
            }
            let headline =
                format!("`{name}` is {}, and is set to {} here", known.described(), of.described());
            let is_computed = giving.value.is_some_and(|(_, template)| template.constant().is_none());
            let mended = match (known, &of) {
                (Type::Number, Type::String) if is_computed => {
                    Some("write `${number(…)}` if it spells a number")
                }
                (Type::String | Type::Identifier, Type::Number | Type::Bool) if !is_computed => {
                    Some("put it in quotes")
                }
                _ => None,
            };
            found.mistyped.push(
                Finding::error(MISTYPED, giving.span, headline)
                    .label(format!("{} here", of.described()))
                    .related(earlier.span, format!("{} here", known.described()))
                    .note("whoever reads it must know what it is")
                    .help(mended.unwrap_or("give the other value a variable of its own")),
            );
        }
    }
}
