//! `flowctl diff`: what another version of flows would change, before it is loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lang::Source;
use lang::finding::Report;
use serde::Serialize;
use serde_json::json;
use validate::Validated;

use super::service::{Pages, Service, Which, text};
use super::{Ended, runtime};
use crate::client::Client;
use crate::diff::{FlowDiff, diff, human, trees};
use crate::limits::RUNS_NAMED_MAX;
use crate::{flow_files, output};

/// Show what changes from one version of flows to another, and with --live which calls it concerns
#[derive(Args)]
#[command(after_help = "Examples:
  flowctl diff flows.old flows
  git show HEAD:flows/menu.yaml > /tmp/menu.yaml && flowctl diff /tmp/menu.yaml flows/menu.yaml
  flowctl diff flows.old flows --live --url https://calls.example.com

Comments, layout and shorthands make no difference. With --live the service is asked for the live
runs of all flows in OLD and NEW. They stay on the version with which they began until they end,
also those in states that are gone: that matters to who looks for their state in NEW, until then.

Exit status: 0 all is well, 1 NEW has errors, or live runs stand in states that are gone, 2 a path
cannot be read, or the service does not answer.")]
pub(crate) struct Arguments {
    /// The flows as they are: a file or a folder
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The flows as they shall be
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Ask the service which live runs stand in states that are gone
    #[arg(long)]
    live: bool,
    /// How the differences are shown
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    #[command(flatten)]
    service: Service,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Human,
    /// For programs: one JSON object
    Json,
}

/// The live runs of one flow.
#[derive(Serialize)]
struct Live {
    flow: String,
    runs: usize,
    states: Vec<LiveState>,
}

/// Those in one state.
#[derive(Serialize)]
struct LiveState {
    state: String,
    runs: usize,
    /// Whether the state is not there any more.
    gone: bool,
    /// Which runs, if it is gone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ids: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// A path cannot be read, or the service does not answer.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Ended> {
    // What serves may have been sound by the rules of another day.
    let old = flow_files::check(&[arguments.old])?;
    let Some(new) = flow_files::sound(&[arguments.new])? else { return Ok(Ended::Badly) };
    let old_sources: Vec<&Source> = old.reports.iter().map(|Report { source, .. }| source).collect();
    let (old, new_trees) = (trees(old_sources.into_iter()), trees(new.iter().map(Validated::source)));
    let found = diff(&old, &new_trees);
    let live = if arguments.live {
        let client = arguments.service.client()?;
        let names: BTreeSet<_> = old.keys().chain(new_trees.keys()).map(String::as_str).collect();
        let is_flow = |name: &str| names.contains(name);
        let had = |flow: &str, state: &str| old.get(flow).is_some_and(|tree| tree.has_state(state));
        Some(runtime()?.block_on(live(&client, &new, is_flow, had))?)
    } else {
        None
    };
    let shown = match arguments.format {
        Format::Human => in_words(&found, live.as_deref()),
        Format::Json => match &live {
            Some(live) => format!("{:#}\n", json!({"flows": found, "live": live})),
            None => format!("{:#}\n", json!({"flows": found})),
        },
    };
    output::print(&shown)?;
    let stranded = live.iter().flatten().flat_map(|live| &live.states).any(|state| state.gone);
    Ok(if stranded { Ended::Badly } else { Ended::Well })
}

/// Where the live runs of the flows stand that are compared. `had`: whether a flow had a state.
async fn live(
    client: &Client,
    new: &[Validated],
    is_flow: impl Fn(&str) -> bool,
    had: impl Fn(&str, &str) -> bool,
) -> anyhow::Result<Vec<Live>> {
    let states: BTreeMap<&str, BTreeSet<&str>> = new
        .iter()
        .map(|flow| (flow.name(), flow.states().iter().map(|state| state.path.as_str()).collect()))
        .collect();
    let mut found: BTreeMap<String, BTreeMap<String, LiveState>> = BTreeMap::new();
    let mut pages = Pages::new(client, Which { flow: None, live: Some(true) });
    while let Some(page) = pages.next().await? {
        for run in page.iter().filter(|run| is_flow(text(run, "flow"))) {
            let (flow, state) = (text(run, "flow"), text(run, "state"));
            let is_there = states.get(flow).is_some_and(|states| states.contains(state));
            // The engine's own words for a run that begins, or is about to end; unless the flow used them, too.
            let is_between = ["starting", "closing", "ended"].contains(&state) && !had(flow, state);
            let gone = !is_there && !is_between;
            let of_flow = found.entry(flow.to_owned()).or_default();
            let in_state = of_flow.entry(state.to_owned()).or_insert_with(|| LiveState {
                state: state.to_owned(),
                runs: 0,
                gone,
                ids: Vec::new(),
            });
            in_state.runs += 1;
            if gone {
                in_state.ids.push(text(run, "id").to_owned());
            }
        }
    }
    let of_flow = |(flow, states): (String, BTreeMap<String, LiveState>)| Live {
        flow,
        runs: states.values().map(|state| state.runs).sum(),
        states: states.into_values().collect(),
    };
    Ok(found.into_iter().map(of_flow).collect())
}

fn in_words(found: &[FlowDiff], live: Option<&[Live]>) -> String {
    let mut text = if found.is_empty() { "nothing changes\n".to_owned() } else { human(found) };
    let Some(live) = live else { return text };
    if live.is_empty() {
        text.push_str("\nno live runs of these flows\n");
    }
    for Live { flow, runs, states } in live {
        text.push_str(&format!("\n{} of {flow}\n", counted(*runs)));
        for LiveState { state, runs, gone, ids } in states {
            if !gone {
                text.push_str(&format!("  {runs} in {state}\n"));
                continue;
            }
            text.push_str(&format!("  {runs} in {state}, which is gone:\n"));
            for id in ids.iter().take(RUNS_NAMED_MAX) {
                text.push_str(&format!("    {id}\n"));
            }
            if ids.len() > RUNS_NAMED_MAX {
                let more = ids.len() - RUNS_NAMED_MAX;
                text.push_str(&format!("    and {more} more; `--format json` names them all\n"));
            }
        }
    }
    if live.iter().flat_map(|live| &live.states).any(|state| state.gone) {
        text.push_str(
            "\nRuns in states that are gone stay on the version with which they began until they end; \
             `flowctl calls end ID` ends one at once.\n",
        );
    }
    text
}

fn counted(runs: usize) -> String {
    if runs == 1 { "1 live run".to_owned() } else { format!("{runs} live runs") }
}
