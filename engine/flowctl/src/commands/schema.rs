//! `flowctl schema`: prints the JSON Schema of flows.

use clap::Args;

use super::Ended;
use crate::output;

/// Print the JSON Schema of flows, by which editors complete and explain them
#[derive(Args)]
#[command(after_help = "Examples:
  flowctl schema > flow.schema.json

An editor with a YAML language server uses it where the first line of a flow is
  # yaml-language-server: $schema=flow.schema.json

The schema sees what is written; `flowctl validate` also sees what would go wrong on a call.")]
pub(crate) struct Arguments {}

/// Runs the command.
///
/// # Errors
/// The schema cannot be written.
pub(crate) fn run(_arguments: &Arguments) -> anyhow::Result<Ended> {
    output::print(&machine::shape::schema::text())?;
    Ok(Ended::Well)
}
