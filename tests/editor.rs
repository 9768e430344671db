//! What an editor is told at a place of a text: `tests/editor/<what is asked>/<case>.yaml` with `<|>` where the cursor
//! is, and a `.out` with the answer. Then what must hold at every place of every flow.

use std::fmt::Write as _;
use std::path::Path;

use ::editor::{Beside, Document, Item, Lines, Outline, Reference, Units};
use lang::{Source, Span};
use libtest_mimic::{Failed, Trial};

use crate::findings::{cases, flows};
use crate::{expect, files, root, shown};

const CURSOR: &str = "<|>";

/// The folder with the flows that stand beside every case.
const BESIDE: &str = "beside";

/// Unit: characters between the places at which a flow is cut off. A prime, so that it falls on all parts of a line.
const STEP: usize = 29;

pub(crate) fn trials() -> Vec<Trial> {
    let folder = root().join("tests/editor");
    let mut trials = Vec::new();
    for path in files(&folder, ".yaml").into_iter().filter(|path| !path.starts_with(folder.join(BESIDE))) {
        trials.push(Trial::test(format!("editor {}", shown(&path)), move || is_answered(&path)));
    }
    for path in every_flow() {
        let name = shown(&path);
        let [one, other, third] = [path.clone(), path.clone(), path];
        let is_typed = !name.contains("tests/findings") || name.contains("cf001");
        trials.push(Trial::test(format!("editor: the same findings {name}"), move || same_findings(&one)));
        trials
            .push(Trial::test(format!("editor: every name can be renamed {name}"), move || renames(&other)));
        if is_typed {
            trials
                .push(Trial::test(format!("editor: half of it is enough {name}"), move || survives(&third)));
        }
    }
    trials
}

/// Flows that are right, and flows that are wrong.
fn every_flow() -> impl Iterator<Item = std::path::PathBuf> {
    let tests = root().join("tests");
    let wrong = cases(&tests.join("findings")).into_iter().filter(|path| path.is_file());
    files(&tests.join("ok"), ".yaml").into_iter().chain(flows()).chain(wrong)
}

/// A text without its cursor, and where that was.
fn with_cursor(path: &Path) -> Result<(Document, usize), Failed> {
    let mut text = std::fs::read_to_string(path).unwrap();
    if text.starts_with("# CRLF") {
        text = text.replace('\n', "\r\n");
    }
    let cursor = text.find(CURSOR).unwrap_or(0);
    text = text.replacen(CURSOR, "", 1);
    let lines = Lines::of(&text);
    // As an editor says it, and back.
    for units in [Units::Utf8, Units::Utf16] {
        let position = lines.position(&text, cursor, units);
        if lines.offset(&text, position, units) != cursor {
            return Err(format!("{position:?} in {units:?} is not where the cursor is").into());
        }
    }
    Ok((Document::new(Source::new("flow.yaml", text)), cursor))
}

fn is_answered(path: &Path) -> Result<(), Failed> {
    let asked = path.parent().and_then(Path::file_name).unwrap().to_string_lossy().into_owned();
    let (document, cursor) = with_cursor(path)?;
    let answer = match asked.as_str() {
        "completion" => completed(&document, &::editor::complete(&document, cursor, &Beside::new(&others))),
        "hover" => match ::editor::hover(&document, cursor, &Beside::new(&others)) {
            Some(hover) => format!("{}\n\n{}\n", place(&document, hover.span), hover.text),
            None => "nothing\n".to_owned(),
        },
        "definition" => defined(&document, cursor),
        "references" => referred(&document, &::editor::references(&document, cursor)),
        "rename" => renamed(&document, cursor),
        "symbols" => outlined(&document, &::editor::outline(&document), 0),
        "fixes" => fixed(&document),
        other => return Err(format!("nobody asks for {other}").into()),
    };
    expect(&path.with_extension("out"), &answer)
}

fn place(document: &Document, span: Span) -> String {
    let source = document.source();
    let start = source.place(span.start);
    format!("{}:{} `{}`", start.line, start.column, source.slice(span))
}

fn places(document: &Document, spans: &[Span]) -> String {
    spans.iter().map(|span| format!("{}\n", place(document, *span))).collect()
}

fn others() -> Vec<Document> {
    let paths = files(&root().join("tests/editor").join(BESIDE), ".yaml");
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    let read = |path: std::path::PathBuf| Source::new(name(&path), std::fs::read_to_string(&path).unwrap());
    paths.into_iter().map(read).map(Document::new).collect()
}

/// In the document itself, or in one beside it.
fn defined(document: &Document, cursor: usize) -> String {
    let Some(elsewhere) = ::editor::elsewhere(document, cursor) else {
        return places(document, &::editor::definition(document, cursor));
    };
    let given = |other: Document| {
        let spans = ::editor::given(&other, &elsewhere);
        spans
            .into_iter()
            .map(|span| format!("{} {}\n", other.source().name(), place(&other, span)))
            .collect::<String>()
    };
    others().into_iter().map(given).collect()
}

fn completed(document: &Document, items: &[Item]) -> String {
    const SHOWN_MAX: usize = 24;
    let mut text = String::new();
    for item in items.iter().take(SHOWN_MAX) {
        let detail = if item.detail.is_empty() { String::new() } else { format!(" ({})", item.detail) };
        let snippet = item.snippet.as_ref().map_or_else(String::new, |snippet| format!(" or `{snippet}`"));
        let Item { rank, label, kind, .. } = item;
        writeln!(text, "{rank} {kind:?} {label}{detail}: `{}`{snippet}", item.text).unwrap();
    }
    if items.len() > SHOWN_MAX {
        writeln!(text, "and {} more", items.len() - SHOWN_MAX).unwrap();
    }
    match items.first() {
        Some(first) => format!("replaces {}\n{text}", place(document, first.replaces)),
        None => "nothing\n".to_owned(),
    }
}

fn referred(document: &Document, references: &[Reference]) -> String {
    let one = |reference: &Reference| {
        let word = match (reference.is_declaration, reference.is_write) {
            (true, _) => "declared",
            (false, true) => "given",
            (false, false) => "used",
        };
        format!("{word} {}\n", place(document, reference.span))
    };
    references.iter().map(one).collect()
}

/// The first line says the new name: `# to: name`.
fn renamed(document: &Document, cursor: usize) -> String {
    let text = document.source().text();
    let new = text.lines().find_map(|line| line.strip_prefix("# to: ")).unwrap_or("other").trim();
    match ::editor::rename(document, cursor, new) {
        Err(why) => format!("refused: {why}\n"),
        Ok(edits) => {
            let mut after = text.to_owned();
            for edit in edits.iter().rev() {
                after.replace_range(edit.span.start..edit.span.end, &edit.replacement);
            }
            let pairs = text.lines().zip(after.lines()).enumerate();
            let changed = pairs.filter(|(_, (before, after))| before != after);
            changed.map(|(at, (_, after))| format!("{}: {}\n", at + 1, after.trim_end())).collect()
        }
    }
}

fn outlined(document: &Document, parts: &[Outline], depth: usize) -> String {
    let mut text = String::new();
    for part in parts {
        let Outline { kind, name, detail, .. } = part;
        let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
        let lines = [part.span.start, part.span.end].map(|at| document.source().place(at).line);
        writeln!(text, "{}{kind:?} {name}{detail} ({}-{})", "  ".repeat(depth), lines[0], lines[1]).unwrap();
        text.push_str(&outlined(document, &part.parts, depth + 1));
    }
    text
}

fn fixed(document: &Document) -> String {
    let source = document.source();
    let report = &validate::check(vec![source.clone()]).reports[0];
    let whole = Span::new(0, source.text().len());
    let mut text = String::new();
    for finding in &report.found {
        let diagnostic = ::editor::Diagnostic::of(source, finding);
        let at = place(document, diagnostic.span);
        writeln!(text, "{} {:?} {at}\n{}", diagnostic.code, diagnostic.severity, diagnostic.message).unwrap();
        for (span, word) in &diagnostic.related {
            writeln!(text, "  {} {word}", place(document, *span)).unwrap();
        }
    }
    for fix in ::editor::quick_fixes(source, &report.found, whole) {
        writeln!(text, "{} at {}", fix.title, place(document, fix.fix.span)).unwrap();
    }
    text
}

fn read(path: &Path) -> Option<Source> {
    lang::yaml::source("flow.yaml", &std::fs::read(path).unwrap()).ok()
}

/// What an editor shows is what is found, one for one, at the same places.
fn same_findings(path: &Path) -> Result<(), Failed> {
    let Some(source) = read(path) else { return Ok(()) };
    let document = Document::new(source.clone());
    let report = &validate::check(vec![document.source().clone()]).reports[0];
    let lines = lang::render::json(report);
    for (finding, line) in report.found.iter().zip(lines.lines()) {
        let told = ::editor::Diagnostic::of(document.source(), finding);
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        let start = document.source().place(told.span.start);
        let is_same = json["code"] == told.code
            && json["line"] == start.line
            && json["column"] == start.column
            && told.message.starts_with(json["message"].as_str().unwrap())
            && json["help"].as_str().is_none_or(|help| told.message.contains(help))
            && told.related.len()
                == json["related"].as_array().unwrap().len() + json["trace"].as_array().unwrap().len();
        if !is_same {
            return Err(format!("an editor is told {told:?}, others {line}").into());
        }
    }
    Ok(())
}

/// Every name of a sound flow can be given another spelling, and the flow stays sound.
fn renames(path: &Path) -> Result<(), Failed> {
    let Some(source) = read(path) else { return Ok(()) };
    let found = |source: &Source| -> Vec<lang::Code> {
        let report = validate::check(vec![source.clone()]).reports.remove(0);
        report.found.iter().map(|finding| finding.code).collect()
    };
    let before = found(&source);
    let document = Document::new(source.clone());
    let mut at = 0;
    let mut count = 0;
    while at < source.text().len() {
        let Ok((span, name)) = ::editor::prepare(&document, at) else {
            at += source.text()[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        };
        at = span.end + 1;
        let new = format!("{name}Anew");
        let edits = match ::editor::rename(&document, span.start, &new) {
            Ok(edits) => edits,
            // Of what is wrong already, more may be said under another name.
            Err(_) if !before.is_empty() => continue,
            Err(why) => return Err(format!("`{name}` cannot be renamed: {why}").into()),
        };
        count += 1;
        let mut text = source.text().to_owned();
        for edit in edits.iter().rev() {
            if source.slice(edit.span) != name {
                return Err(
                    format!("`{}` is replaced, which is not `{name}`", source.slice(edit.span)).into()
                );
            }
            text.replace_range(edit.span.start..edit.span.end, &edit.replacement);
        }
        let after = found(&Source::new("flow.yaml", text.as_str()));
        if after != before {
            return Err(format!("`{name}` as `{new}`: found {after:?} instead of {before:?}").into());
        }
        // And back again: the text is what it was.
        let renamed = Document::new(Source::new("flow.yaml", text.as_str()));
        let back = ::editor::rename(&renamed, edits[0].span.start, &name).map_err(Failed::from)?;
        for edit in back.iter().rev() {
            text.replace_range(edit.span.start..edit.span.end, &edit.replacement);
        }
        if text != source.text() {
            return Err(format!("`{name}` as `{new}` and back is another text").into());
        }
    }
    if before.is_empty() && count == 0 { Err("no name was renamed".into()) } else { Ok(()) }
}

/// Whatever is missing behind the cursor, or in front of it, every question has an answer.
fn survives(path: &Path) -> Result<(), Failed> {
    let Some(source) = read(path) else { return Ok(()) };
    let text = source.text();
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    for at in places.into_iter().step_by(STEP) {
        let line_end = text[at..].find('\n').map_or(text.len(), |length| at + length);
        for half in
            [text[..at].to_owned(), format!("{}{}", &text[..at], &text[line_end..]), text[at..].to_owned()]
        {
            let cursor = at.min(half.len());
            let document = Document::new(Source::new("flow.yaml", half));
            let items = ::editor::complete(&document, cursor, &Beside::new(&others));
            for item in &items {
                let replaced = document.source().slice(item.replaces);
                if replaced.contains('\n') || item.replaces.start > cursor || cursor > item.replaces.end {
                    return Err(format!("{item:?} replaces what is not at {cursor}").into());
                }
            }
            drop(::editor::hover(&document, cursor, &Beside::new(&others)));
            drop(defined(&document, cursor));
            drop(::editor::references(&document, cursor));
            drop(::editor::outline(&document));
            drop(::editor::rename(&document, cursor, "other"));
        }
    }
    Ok(())
}
