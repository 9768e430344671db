//! The page of each code: what it promises is what the validator does, to the letter.

use std::collections::BTreeSet;

use lang::finding::Report;
use lang::render::{Style, human};
use lang::{Code, Page, Source};
use libtest_mimic::{Failed, Trial};

use crate::{files, root, shown};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("pages: every code has one, and a folder of findings", are_complete),
        Trial::test("pages: they stand in the order of their codes", are_in_order),
        Trial::test("pages: the list of all of them is fresh", are_listed),
    ];
    for page in validate::PAGES {
        let code = page.code;
        trials.push(Trial::test(format!("page {code} is laid out as all are"), move || is_laid_out(page)));
        trials.push(Trial::test(format!("page {code} shows what is wrong"), move || is_wrong(page)));
        trials.push(Trial::test(format!("page {code} puts it right"), move || is_right(page)));
    }
    trials
}

const HEADINGS: [&str; 4] = ["What it finds", "What would happen on a call", "Wrong", "Right"];

fn is_laid_out(page: &Page) -> Result<(), Failed> {
    let title = format!("# {}: {}\n\n## ", page.code, page.summary);
    let headings: Vec<_> = page.text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let summary_is_one_clause = !page.summary.is_empty() && !page.summary.ends_with('.');
    if !page.text.starts_with(&title) || headings != HEADINGS || !summary_is_one_clause {
        return Err(format!("wanted {title:?} and {HEADINGS:?}, found {headings:?}").into());
    }
    // Code-scanning services show no more than that.
    let long = HEADINGS[..2].iter().find(|heading| page.section(heading).unwrap().len() > 1024);
    long.map_or(Ok(()), |heading| Err(format!("`{heading}` is too long").into()))
}

fn is_wrong(page: &Page) -> Result<(), Failed> {
    let section = page.section("Wrong").unwrap();
    let reports = check(section)?;
    let found: Vec<_> = reports.iter().flat_map(|report| &report.found).collect();
    if !matches!(found.as_slice(), [one] if one.code == page.code && one.severity == page.severity) {
        return Err(format!("wanted one finding of {}:\n{}", page.code, printed(&reports)).into());
    }
    let [expected] = blocks(section, "text")[..] else { return Err("wanted one block of text".into()) };
    let actual = printed(&reports);
    if expected == actual {
        return Ok(());
    }
    if std::env::var_os("UPDATE_EXPECT").is_none() {
        return Err(format!("--- expected\n{expected}\n--- actual\n{actual}").into());
    }
    let path = root().join("engine/validate/src/rules").join(format!("{}.md", stem(page).replace('-', "_")));
    let (before, after) = (format!("```text\n{expected}```"), format!("```text\n{actual}```"));
    Ok(std::fs::write(path, page.text.replacen(&before, &after, 1))?)
}

fn is_right(page: &Page) -> Result<(), Failed> {
    let reports = check(page.section("Right").unwrap())?;
    match printed(&reports).as_str() {
        "" => Ok(()),
        text => Err(format!("not silent:\n{text}").into()),
    }
}

/// The flows of a section as one set. A comment in the first line names a file; without one it is `flow.yaml`.
fn check(section: &str) -> Result<Vec<Report>, Failed> {
    let sources = blocks(section, "yaml").into_iter().map(|text| {
        let name = text.lines().next().and_then(|line| line.strip_prefix("# "));
        Source::new(name.unwrap_or("flow.yaml"), text)
    });
    let sources: Vec<_> = sources.collect();
    if sources.is_empty() {
        return Err("no flow is shown".into());
    }
    Ok(validate::check(sources).reports)
}

fn printed(reports: &[Report]) -> String {
    reports.iter().map(|report| human(report, Style { color: false })).collect()
}

/// The blocks of code in a language.
pub(crate) fn blocks<'p>(section: &'p str, language: &str) -> Vec<&'p str> {
    let from = format!("```{language}\n");
    section.split(from.as_str()).skip(1).map(|block| block.split("```").next().unwrap()).collect()
}

/// What the files of a rule are called, with dashes.
fn stem(page: &Page) -> String {
    format!("{}-{}", page.code.to_string().to_lowercase(), page.name)
}

fn are_in_order() -> Result<(), Failed> {
    let codes: Vec<_> = validate::PAGES.iter().map(|page| page.code).collect();
    if codes.is_sorted_by(|a, b| a < b) { Ok(()) } else { Err(format!("{codes:?}").into()) }
}

/// The list of rules that people read beside the code; made from the pages.
fn are_listed() -> Result<(), Failed> {
    let mut list = String::from(
        "# What `flowctl validate` finds\n\n\
         Each code has a page: what it finds, why it matters on a call, a flow that is wrong with what is printed about it, \
         and the same put right. `flowctl explain CF402` prints it, too.\n\n\
         | code | severity | finds |\n|---|---|---|\n",
    );
    for page in validate::PAGES {
        let file = format!("src/rules/{}.md", stem(page).replace('-', "_"));
        let severity = match page.severity {
            lang::Severity::Error => "error",
            lang::Severity::Warning => "warning",
        };
        list.push_str(&format!("| [{}]({file}) | {severity} | {} |\n", page.code, page.summary));
    }
    crate::expect(&root().join("engine/validate/README.md"), &list)
}

fn are_complete() -> Result<(), Failed> {
    let pages: BTreeSet<_> = validate::PAGES.iter().map(stem).collect();
    let cases = files(&root().join("tests/findings"), ".yaml");
    let folders: BTreeSet<_> =
        cases.iter().map(|path| shown(path).split('/').nth(2).unwrap().to_owned()).collect();
    let written = files(&root().join("engine/validate/src/rules"), ".md");
    let written: BTreeSet<_> =
        written.iter().map(|path| path.file_stem().unwrap().to_string_lossy().replace('_', "-")).collect();
    let codes: BTreeSet<_> = validate::PAGES.iter().map(|page| page.code).collect();
    let mut wrong = Vec::new();
    wrong.extend(
        emitted().symmetric_difference(&codes).map(|code| format!("{code}: in a rule or a page only")),
    );
    wrong.extend(folders.symmetric_difference(&pages).map(|stem| format!("{stem}: a folder or a page only")));
    wrong.extend(written.symmetric_difference(&pages).map(|stem| format!("{stem}.md: not in the table")));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// The codes that stand in the sources of what finds: readers and rules.
fn emitted() -> BTreeSet<Code> {
    let crates = ["lang", "machine", "validate"].map(|name| root().join("engine").join(name).join("src"));
    let paths = crates.iter().flat_map(|folder| files(folder, ".rs")).filter(|path| {
        let path = shown(path);
        !path.ends_with("tests.rs") && !path.ends_with("pages.rs") && !path.contains("/tests/")
    });
    let mut codes = BTreeSet::new();
    for path in paths {
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let numbers = code.split("Code(").skip(1).filter_map(|rest| rest.split(')').next()?.parse().ok());
        codes.extend(numbers.map(Code));
    }
    codes
}
