//! `flowctl fmt`: lays flow files out in one style.

use std::path::{Path, PathBuf};

use clap::Args;
use lang::finding::Report;
use lang::format::{KEPT, Refusal};
use lang::render::{self, Style};
use lang::{Source, Span};

use super::Ended;
use crate::{advice, flow_files, formatter, output, rewrite};

#[cfg(test)]
mod tests;

/// The path that stands for standard input and output.
const STANDARD: &str = "-";

/// Format flows: one layout for all, with every comment, value and key kept
#[derive(Args)]
#[command(after_help = "Examples:
  flowctl fmt flows
  flowctl fmt flows --check
  flowctl fmt - < draft.yaml > flow.yaml

Folders are searched for *.yaml and *.yml, without *.test.yaml. What is in brackets stays on one line up to 120
characters; comments that are lined up stay in their column; line breaks are those of the first line (LF or CRLF).
A comment `# fmt: keep` keeps what stands below it as it is. Before a file is written it is read again: if a value,
a key or a comment were not the same, it is left alone. Exit status: 0 all is formatted, 1 findings, or with --check
files that are not formatted, 2 a file cannot be read, written or formatted.")]
pub(crate) struct Arguments {
    /// Files, and folders of flows; - reads standard input and writes standard output
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write nothing; list the files that are not formatted, with the first line that would change
    #[arg(long)]
    check: bool,
}

/// Runs the command.
///
/// # Errors
/// A file cannot be read, written or formatted. The others are formatted all the same.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Ended> {
    let standard = arguments.paths.iter().filter(|path| path.as_os_str() == STANDARD).count();
    if standard == 0 {
        return files(&arguments.paths, arguments.check);
    }
    if arguments.paths.len() > 1 {
        return Err(advice::error(
            "standard input cannot be formatted together with files",
            "call `flowctl fmt -` once and `flowctl fmt FILES` another time",
        ));
    }
    match formatted(flow_files::read_standard_input()?)? {
        Formatted::Wrong(report) => {
            // Standard output is for the formatted text.
            output::warn(&shown(&report, Style { color: output::is_error_colored() }));
            Ok(Ended::Badly)
        }
        Formatted::As { source, text } if arguments.check => verdict(&source, &text),
        Formatted::As { text, .. } => {
            output::print(&text)?;
            Ok(Ended::Well)
        }
    }
}

fn files(paths: &[PathBuf], is_check: bool) -> anyhow::Result<Ended> {
    let mut ended = Ended::Well;
    let mut errors = Vec::new();
    for path in flow_files::find(paths)? {
        match file(&path, is_check) {
            Ok(Ended::Well) => {}
            Ok(Ended::Badly) => ended = Ended::Badly,
            Err(error) => errors.push(error),
        }
    }
    let Some(last) = errors.pop() else { return Ok(ended) };
    errors.iter().for_each(|error| output::warn(&advice::explain(error)));
    Err(last)
}

fn file(path: &Path, is_check: bool) -> anyhow::Result<Ended> {
    match formatted(flow_files::read(path)?)? {
        Formatted::Wrong(report) => {
            output::print(&shown(&report, Style { color: output::is_colored() }))?;
            Ok(Ended::Badly)
        }
        Formatted::As { source, text } if is_check => verdict(&source, &text),
        Formatted::As { source, text } if source.text() == text => Ok(Ended::Well),
        Formatted::As { source, text } => {
            rewrite::prepare(&source, &text)?.replace()?;
            output::warn(&format!("formatted {}\n", source.name()));
            Ok(Ended::Well)
        }
    }
}

enum Formatted {
    /// The text and what becomes of it.
    As { source: Source, text: String },
    /// It is no text, or not YAML.
    Wrong(Report),
}

fn formatted(read: Result<Source, Report>) -> anyhow::Result<Formatted> {
    let source = match read {
        Ok(source) => source,
        Err(report) => return Ok(Formatted::Wrong(report)),
    };
    let refusal = match formatter::format(&source)? {
        Ok(text) => return Ok(Formatted::As { source, text }),
        Err(refusal) => refusal,
    };
    let line = |span: &Span| format!(", line {}", source.place(span.start).line);
    let kept = format!("; `# {KEPT}` above the part in question lets the rest be formatted");
    let (place, next) = match &refusal {
        Refusal::Wrong(found) => {
            return Ok(Formatted::Wrong(Report { found: found.clone(), source }));
        }
        Refusal::Changed(span) => (line(span), kept),
        Refusal::Unsteady => (String::new(), kept),
        Refusal::TooDeep(span) => (line(span), String::new()),
        Refusal::TooLarge | Refusal::NotUnderstood => (String::new(), String::new()),
    };
    Err(advice::error(
        format!("cannot format {}{place}: {refusal}", source.name()),
        format!("the file is as it was{next}"),
    ))
}

fn shown(report: &Report, style: Style) -> String {
    format!("{}\n", render::human(report, style))
}

/// Says whether a text is formatted already, and if not, where it differs first.
fn verdict(source: &Source, text: &str) -> anyhow::Result<Ended> {
    if source.text() == text {
        return Ok(Ended::Well);
    }
    let (mut before, mut after) = (source.text().split('\n'), text.split('\n'));
    let mut line = 1;
    let (was, is) = loop {
        match (before.next(), after.next()) {
            (Some(was), Some(is)) if was == is => line += 1,
            (was, is) => break (was, is),
        }
    };
    let side =
        |sign: &str, text: Option<&str>| text.map_or_else(String::new, |text| format!("{sign}{text}\n"));
    output::print(&format!(
        "{}:{line}: not formatted\n{}{}",
        source.name(),
        side("  - ", was.map(|was| was.trim_end_matches('\r'))),
        side("  + ", is.map(|is| is.trim_end_matches('\r'))),
    ))?;
    Ok(Ended::Badly)
}
