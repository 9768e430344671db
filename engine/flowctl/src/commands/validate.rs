//! `flowctl validate`: says what is wrong with flows before a caller finds out.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lang::Severity;
use lang::finding::Report;
use lang::render::{self, Style, Tool};

use super::Ended;
use crate::{flow_files, mend, output};

/// Check flows: what is wrong, where, why it matters and what to do
#[derive(Args)]
#[command(after_help = "Examples:
  flowctl validate flows
  flowctl validate flows/support-line.yaml --deny warnings
  flowctl validate flows --fix
  flowctl validate flows --format json | jq .message
  flowctl validate flows --format sarif > flows.sarif

Folders are searched for *.yaml and *.yml, without *.test.yaml; all files together are one set, in which
names are unique. `flowctl explain CODE` says more about a finding. Exit status: 0 nothing worse than a
warning, 1 findings, 2 a path cannot be read or holds no flow.")]
pub(crate) struct Arguments {
    /// Files, and folders of flows
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How findings are shown
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// What counts as an error too
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Denied>,
    /// Mend what can be mended with certainty, in the files themselves; show what is left
    #[arg(long)]
    fix: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For people: the text underlined
    Human,
    /// For programs: one JSON object per finding, one line each
    Json,
    /// For code-scanning services: a SARIF 2.1.0 log
    Sarif,
    /// For GitHub Actions: workflow commands, shown beside the lines of a pull request
    Github,
}

#[derive(Clone, Copy, ValueEnum)]
enum Denied {
    /// Warnings
    Warnings,
}

/// Runs the command.
///
/// # Errors
/// A path cannot be read or holds no flow; a file to be mended cannot be written.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Ended> {
    let checked = if arguments.fix {
        let mended = mend::mend(&arguments.paths)?;
        for (name, places) in mended.places {
            output::warn(&format!("mended {name}: {}\n", counted(places, "place")));
        }
        mended.checked
    } else {
        flow_files::check(&arguments.paths)?
    };
    let mut reports = checked.reports;
    match arguments.deny {
        Some(Denied::Warnings) => {
            let found = reports.iter_mut().flat_map(|report| &mut report.found);
            found.for_each(|finding| finding.severity = Severity::Error);
        }
        None => {}
    }
    let mut count = Count::default();
    reports.iter().for_each(|report| count.add(report));
    output::print(&shown(arguments.format, &reports, &count))?;
    Ok(if count.errors == 0 { Ended::Well } else { Ended::Badly })
}

fn shown(format: Format, reports: &[Report], count: &Count) -> String {
    match format {
        Format::Human => {
            let style = Style { color: output::is_colored() };
            let with_findings = reports.iter().filter(|report| !report.found.is_empty());
            let found: String =
                with_findings.map(|report| format!("{}\n", render::human(report, style))).collect();
            format!("{found}{}\n", count.summary())
        }
        Format::Json => reports.iter().map(render::json).collect(),
        Format::Sarif => {
            let version = env!("CARGO_PKG_VERSION");
            render::sarif(reports, Tool { name: "flowctl", version, pages: validate::PAGES })
        }
        Format::Github => reports.iter().map(render::github).collect(),
    }
}

#[derive(Default)]
struct Count {
    files: usize,
    errors: usize,
    warnings: usize,
}

impl Count {
    fn add(&mut self, report: &Report) {
        self.files += 1;
        for finding in &report.found {
            match finding.severity {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
            }
        }
    }

    fn summary(&self) -> String {
        let files = counted(self.files, "file");
        match (self.errors, self.warnings) {
            (0, 0) => format!("{files} checked: nothing found"),
            (errors, 0) => format!("{files} checked: {}", counted(errors, "error")),
            (0, warnings) => format!("{files} checked: {}", counted(warnings, "warning")),
            (errors, warnings) => {
                format!("{files} checked: {}, {}", counted(errors, "error"), counted(warnings, "warning"))
            }
        }
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
