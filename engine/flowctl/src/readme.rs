//! Holds the README against the program: its flow is sound, its commands and settings exist.

#![allow(clippy::unwrap_used)]

use clap::CommandFactory;
use lang::Source;

use crate::Cli;

const README: &str = include_str!("../../../README.md");

/// The text of the first block of code in a language.
fn block(language: &str) -> &'static str {
    let (_, from) = README.split_once(&format!("```{language}\n")).unwrap();
    from.split("```").next().unwrap()
}

#[test]
fn the_first_flow_is_sound_and_short() {
    let flow = block("yaml");
    let checked = validate::check(vec![Source::new("README.md", flow)]);
    assert_eq!(lang::render::human(&checked.reports[0], lang::render::Style::default()), "");
    assert!(flow.lines().count() <= 10);
}

#[test]
fn the_commands_exist() {
    let commands = README.lines().filter_map(|line| {
        let command =
            line.strip_prefix("cargo run --release -- ").or_else(|| line.strip_prefix("flowctl "))?;
        Some(command.split('#').next().unwrap())
    });
    let mut count = 0;
    for command in commands {
        let words = std::iter::once("flowctl").chain(command.split_whitespace());
        Cli::command().try_get_matches_from(words).unwrap_or_else(|error| panic!("`{command}`: {error}"));
        count += 1;
    }
    assert!(count >= 5, "only {count} commands were found");
}

#[test]
fn the_settings_exist() {
    let cli = Cli::command();
    let serve = cli.find_subcommand("serve").unwrap();
    let rows = README.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split('`');
        let (variable, flag) = (cells.next()?, cells.nth(1)?);
        flag.strip_prefix("--").map(|flag| (variable, flag))
    });
    let mut count = 0;
    for (variable, flag) in rows {
        let argument = serve.get_arguments().find(|argument| argument.get_long() == Some(flag));
        let argument = argument.unwrap_or_else(|| panic!("there is no --{flag}"));
        assert_eq!(argument.get_env().unwrap(), variable);
        count += 1;
    }
    assert!(count >= 8, "only {count} settings were found");
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}
