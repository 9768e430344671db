//! `flowctl validate`: says what is wrong with flows before a caller finds out.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lang::Severity;
use lang::finding::Report;
use lang::render::{self, Style};

use super::Ended;
use crate::{flow_files, output};

/// Check flows: what is wrong, where, why it matters and what to do
#[derive(Args)]
#[command(after_help = "Examples:
  flowctl validate flows
  flowctl validate flows/support-line.yaml --deny warnings
  flowctl validate flows --format json | jq .message

Folders are searched for *.yaml and *.yml, without *.test.yaml; all files together are one set, in which
names are unique. Exit status: 0 nothing worse than a warning, 1 findings, 2 a path cannot be read or holds
no flow.")]
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
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For people: the text underlined
    Human,
    /// For programs: one JSON object per finding, one line each
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
enum Denied {
    /// Warnings
    Warnings,
}

/// Runs the command.
///
/// # Errors
/// A path cannot be read or holds no flow.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Ended> {
    let checked = flow_files::check(&arguments.paths)?;
    let mut count = Count::default();
    for mut report in checked.reports {
        match arguments.deny {
            Some(Denied::Warnings) => {
                report.found.iter_mut().for_each(|finding| finding.severity = Severity::Error)
            }
            None => {}
        }
        count.add(&report);
        show(arguments.format, &report)?;
    }
    match arguments.format {
        Format::Human => output::line(&count.summary())?,
        Format::Json => {}
    }
    Ok(if count.errors == 0 { Ended::Well } else { Ended::Badly })
}

fn show(format: Format, report: &Report) -> anyhow::Result<()> {
    if report.found.is_empty() {
        return Ok(());
    }
    match format {
        Format::Human => output::line(&render::human(report, Style { color: output::is_colored() })),
        Format::Json => output::print(&render::json(report)),
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
