//! `flowctl new`: writes a flow to start from.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use lang::value::Pattern;

use super::{Ended, ourselves};
use crate::advice::{self, Advise};
use crate::output;

#[cfg(test)]
mod tests;

/// The path that stands for standard output.
const STANDARD: &str = "-";

/// Begin a flow: a commented file for one use, to be changed
#[derive(Args)]
#[command(after_help = "Examples:
  flowctl new menu
  flowctl new voicemail --name mailbox flows/mailbox.yaml
  flowctl new outbound -
  flowctl new --list

The file says what each part does and what to change, and `flowctl validate` finds nothing in it. A file that is
there already is left alone: exit status 2.")]
pub(crate) struct Arguments {
    /// What it is for
    #[arg(required_unless_present = "list")]
    kind: Option<Kind>,
    /// Where it is written; - is standard output [default: the flow's name and .yaml, in this folder]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The flow's name, such as front-desk [default: the kind]
    #[arg(long)]
    name: Option<String>,
    /// Write over a file that is there already
    #[arg(long)]
    force: bool,
    /// Say what there is, and write nothing
    #[arg(long, conflicts_with_all = ["kind", "file", "name", "force"])]
    list: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// A call comes in: a menu, and a transfer to the right people
    Menu,
    /// A call goes out: a message, confirmed by a key
    Outbound,
    /// A host and several guests in one call
    Conference,
    /// A call comes in: a greeting, and a message that is handed on
    Voicemail,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Kind::Menu => include_str!("../../starters/menu.yaml"),
            Kind::Outbound => include_str!("../../starters/outbound.yaml"),
            Kind::Conference => include_str!("../../starters/conference.yaml"),
            Kind::Voicemail => include_str!("../../starters/voicemail.yaml"),
        }
    }

    /// Its name on the command line, which is that of its flow too.
    fn name(self) -> &'static str {
        match self {
            Kind::Menu => "menu",
            Kind::Outbound => "outbound",
            Kind::Conference => "conference",
            Kind::Voicemail => "voicemail",
        }
    }

    /// The flow under a name.
    fn named(self, name: &str) -> String {
        let own = self.name();
        // Where the text names its own flow: its first key, and in what starts it.
        let key = self.text().replacen(&format!("\nflow: {own}\n"), &format!("\nflow: {name}\n"), 1);
        key.replace(&format!("{{\"flow\": \"{own}\""), &format!("{{\"flow\": \"{name}\""))
    }
}

/// Runs the command.
///
/// # Errors
/// The name is no name of a flow, or the file is there already or cannot be written.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Ended> {
    let Some(kind) = arguments.kind else {
        output::print(&list())?;
        return Ok(Ended::Well);
    };
    let name = arguments.name.as_deref().unwrap_or(kind.name());
    if !Pattern::Flow.matches(name) {
        let what = format!("`{}` cannot be the flow's name", lang::finding::brief(name));
        return Err(advice::error(what, Pattern::Flow.describe()));
    }
    let text = kind.named(name);
    let file = arguments.file.clone().unwrap_or_else(|| PathBuf::from(format!("{name}.yaml")));
    if file.as_os_str() == STANDARD {
        output::print(&text)?;
        return Ok(Ended::Well);
    }
    write(&file, &text, arguments.force)?;
    let (us, shown) = (ourselves(), file.display());
    output::warn(&format!("wrote {shown}: change it, then try `{us} validate {shown}`\n"));
    Ok(Ended::Well)
}

fn list() -> String {
    let line = |kind: &Kind| {
        let value = kind.to_possible_value()?;
        Some(format!("{:12}{}\n", value.get_name(), value.get_help()?))
    };
    Kind::value_variants().iter().filter_map(line).collect()
}

fn write(path: &Path, text: &str, is_forced: bool) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true);
    if is_forced {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    match written {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(advice::error(
            format!("{} is there already", path.display()),
            "name another file, or write over it with `--force`",
        )),
        written => written.advise(|| {
            let next = "see whether its folder exists, and whether you may write to it";
            (format!("cannot write {}", path.display()), next.to_owned())
        }),
    }
}
