//! `flowctl explain`: prints the page of a code, or the list of all codes.

use clap::Args;
use lang::{Code, Page, Severity};

use super::Ended;
use crate::{advice, output};

/// Explain what a finding means: what would happen on a call, and how to put it right
#[derive(Args)]
#[command(after_help = "Examples:
  flowctl explain CF402
  flowctl explain

Without a code, all codes are listed.")]
pub(crate) struct Arguments {
    /// The code of a finding, such as CF402; 402 will do
    code: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// No finding has that code.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Ended> {
    let text = match &arguments.code {
        Some(written) => find(written)?.text.to_owned(),
        None => validate::PAGES.iter().map(line).collect(),
    };
    output::print(&text)?;
    Ok(Ended::Well)
}

fn line(page: &Page) -> String {
    let severity = match page.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    format!("{}  {severity:<7}  {}\n", page.code, page.summary)
}

fn find(written: &str) -> anyhow::Result<&'static Page> {
    let code = written.trim().to_uppercase();
    let number = code.strip_prefix("CF").unwrap_or(&code);
    if let Some(page) = number.parse().ok().and_then(|number| validate::explain(Code(number))) {
        return Ok(page);
    }
    let codes: Vec<_> = validate::PAGES.iter().map(|page| page.code.to_string()).collect();
    let help = match lang::nearest::nearest(&format!("CF{number}"), codes.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near}? `flowctl explain` lists all codes"),
        None => "`flowctl explain` lists all codes".to_owned(),
    };
    Err(advice::error(format!("no finding has the code `{}`", lang::finding::brief(written)), help))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn codes_are_found_as_people_write_them() {
        for (written, expected) in
            [("CF402", 402), ("cf402", 402), ("402", 402), (" CF003 ", 3), ("cf3", 3), ("3", 3)]
        {
            assert_eq!(find(written).unwrap().code, Code(expected), "{written}");
        }
        for (written, expected) in [
            ("CF499", "error: no finding has the code `CF499`\n  help: did you mean CF409?"),
            ("E0499", "error: no finding has the code `E0499`\n  help: `flowctl explain` lists"),
            ("", "error: no finding has the code ``\n  help: `flowctl explain` lists"),
        ] {
            let told = advice::explain(&find(written).unwrap_err());
            assert!(told.starts_with(expected), "{told}");
        }
    }
}
