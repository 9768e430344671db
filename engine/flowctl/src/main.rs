//! The command line: reads the arguments, runs one command, gives its exit status.
//!
//! Each command is a file under `commands`. Knows nothing of what they do.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod advice;
mod client;
mod commands;
mod demo;
mod diff;
mod flow_files;
mod formatter;
mod limits;
mod logging;
mod mend;
mod output;
mod placed_call;
#[cfg(test)]
mod readme;
mod rewrite;
mod script_file;
mod shutdown;

use commands::Ended;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Steers phone calls by flows written in YAML.
#[derive(Parser)]
#[command(name = "flowctl", version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "Examples:
  flowctl dev flows --demo         Watch a call being steered, on this machine alone
  flowctl new menu                 Begin a flow of your own
  flowctl validate flows           Check every flow in a folder

Exit status: 0 all is well, 1 findings or a call that ended badly, 2 could not run.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Dev(commands::dev::Arguments),
    Validate(commands::validate::Arguments),
    Explain(commands::explain::Arguments),
    Fmt(commands::fmt::Arguments),
    New(commands::new::Arguments),
    Schema(commands::schema::Arguments),
    Serve(Box<commands::serve::Arguments>),
    Sim(commands::sim::Arguments),
    Calls(commands::calls::Arguments),
    Diff(commands::diff::Arguments),
    Call(Box<commands::call::Arguments>),
    Lsp(commands::lsp::Arguments),
}

fn main() -> ExitCode {
    let ended = match Cli::parse().command {
        Command::Call(arguments) => commands::call::run(&arguments),
        Command::Calls(arguments) => commands::calls::run(arguments),
        Command::Diff(arguments) => commands::diff::run(arguments),
        Command::Lsp(arguments) => commands::lsp::run(&arguments),
        Command::Explain(arguments) => commands::explain::run(&arguments),
        Command::Fmt(arguments) => commands::fmt::run(&arguments),
        Command::New(arguments) => commands::new::run(&arguments),
        Command::Schema(arguments) => commands::schema::run(&arguments),
        Command::Dev(arguments) => commands::dev::run(arguments),
        Command::Sim(arguments) => commands::sim::run(arguments),
        Command::Serve(arguments) => commands::serve::run(*arguments),
        Command::Validate(arguments) => commands::validate::run(&arguments),
    };
    match ended {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::Badly) => ExitCode::from(1),
        Err(error) => {
            output::warn(&advice::explain(&error));
            ExitCode::from(2)
        }
    }
}
