//! Gives a name another spelling, everywhere. It is refused where the flow would then mean something else.

use lang::finding::Fix;
use lang::value::Pattern;
use lang::{Code, Source, Span};
use machine::event::EventKind;

use crate::document::Document;
use crate::names::{Symbol, Use};
use crate::slot::Named;

/// What can be renamed at a place: the name that stands there.
///
/// # Errors
/// Why it cannot be renamed, for people.
pub fn prepare(document: &Document, offset: usize) -> Result<(Span, String), String> {
    let here = document
        .name_at(offset)
        .ok_or("only names can be renamed: of states, variables, inputs, constants and events of the flow")?;
    match document.names().named(&here.symbol) {
        Named::Flow | Named::Told => return Err("a flow is renamed in its own file, under `flow`".to_owned()),
        // Callers read it as `output.name`, and their files are not here.
        Named::Output => {
            return Err(
                "what a flow gives back is read by other flows: rename it there, too, by hand".to_owned()
            );
        }
        Named::State | Named::Variable | Named::Input | Named::Constant | Named::Event => {}
    }
    if !document.is_whole() {
        return Err("the file cannot be read as YAML: mend that first, so that no use of the name is missed"
            .to_owned());
    }
    Ok((here.span, document.names().name(&here.symbol).to_owned()))
}

/// The replacements that rename what stands at a place.
///
/// # Errors
/// Why it cannot be renamed so, for people.
pub fn rename(document: &Document, offset: usize, new: &str) -> Result<Vec<Fix>, String> {
    let (_, old) = prepare(document, offset)?;
    let names = document.names();
    let Some(here) = document.name_at(offset) else { return Ok(Vec::new()) };
    let symbol = &here.symbol;
    let named = names.named(symbol);
    if new == old {
        return Ok(Vec::new());
    }
    let pattern = pattern(named);
    if !pattern.matches(new) {
        return Err(format!("`{new}` cannot be the name of {}: {}", article(named), pattern.describe()));
    }
    if is_taken(document, symbol, new) {
        return Err(format!("`{new}` is taken: there is {} of this name already", article(named)));
    }
    let uses: Vec<&Use> = names.of_symbol(symbol).collect();
    if let Some(hidden) = uses.iter().find(|one| !one.is_exact) {
        let line = document.source().place(hidden.span.start).line;
        return Err(format!(
            "line {line} uses `{old}` in a text that is not written as it reads, with escapes or an alias: rename it \
             there by hand first"
        ));
    }
    let edits: Vec<Fix> =
        uses.iter().map(|one| Fix { span: one.span, replacement: new.to_owned() }).collect();
    is_the_same_flow(document, symbol, new, &edits)?;
    Ok(edits)
}

fn pattern(named: Named) -> Pattern {
    match named {
        Named::State => Pattern::State,
        Named::Variable | Named::Input | Named::Constant | Named::Output => Pattern::Variable,
        Named::Flow | Named::Told => Pattern::Flow,
        Named::Event => Pattern::Event,
    }
}

fn article(named: Named) -> String {
    let word = named.word();
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {word}")
}

fn is_taken(document: &Document, symbol: &Symbol, new: &str) -> bool {
    let names = document.names();
    match symbol {
        Symbol::State(id) => names.child(names.states[*id].parent, new).is_some(),
        Symbol::Plain(named, _) => {
            let is_known = EventKind::from_name(new).is_some();
            names.all(*named).contains(&new) || (*named == Named::Event && is_known)
        }
    }
}

/// A name means what is nearest to it, so another one may come in between: then every use is looked up again.
fn is_the_same_flow(document: &Document, symbol: &Symbol, new: &str, edits: &[Fix]) -> Result<(), String> {
    let mut text = document.source().text().to_owned();
    for edit in edits.iter().rev() {
        text.replace_range(edit.span.start..edit.span.end, &edit.replacement);
    }
    let source = Source::new(document.source().name(), text);
    let renamed = Document::new(source);
    let expected = |one: &Use| match &one.symbol {
        same if same != symbol => same.clone(),
        Symbol::State(id) => Symbol::State(*id),
        Symbol::Plain(named, _) => Symbol::Plain(*named, new.to_owned()),
    };
    let [before, after] = [&document.names().uses, &renamed.names().uses];
    let differs = before.iter().zip(after).find(|(before, after)| expected(before) != after.symbol);
    if let Some((one, _)) = differs {
        let line = document.source().place(one.span.start).line;
        return Err(format!("`{new}` would mean something else at line {line}: choose another name"));
    }
    if before.len() != after.len() {
        return Err(format!("`{new}` is not read as a name everywhere: choose another one"));
    }
    let [before, after] = [document, &renamed].map(|document| codes(document.source()));
    if before != after {
        let new_one = after.iter().find(|code| !before.contains(code)).or(after.first());
        let code = new_one.map_or_else(|| "other findings".to_owned(), ToString::to_string);
        return Err(format!("with the name `{new}` the flow would have {code}: choose another name"));
    }
    Ok(())
}

/// What is found in a text alone.
fn codes(source: &Source) -> Vec<Code> {
    let checked = validate::check(vec![source.clone()]);
    let mut codes: Vec<_> =
        checked.reports.iter().flat_map(|report| &report.found).map(|finding| finding.code).collect();
    codes.sort_unstable();
    codes
}
