//! `flowctl calls`: what a service knows of its runs.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::service::{Pages, Service, Which, failed, text};
use super::{Ended, runtime};
use crate::client::{Client, Failure};
use crate::output;

/// Look at the runs of a service, end one, or write them out before they are deleted
#[derive(Args)]
#[command(after_help = "Examples:
  flowctl calls list --live
  flowctl calls show 0b9f4c1e-5d0a-4e0f-9f55-3c1f2a7d8e90
  flowctl calls tail 0b9f4c1e-5d0a-4e0f-9f55-3c1f2a7d8e90
  flowctl calls end 0b9f4c1e-5d0a-4e0f-9f55-3c1f2a7d8e90
  flowctl calls export --ended-after 1d > yesterday.jsonl

All of them ask a running service; CALLFLOW_URL and CALLFLOW_API_TOKEN say which.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    List(List),
    /// Show one run and its journal
    Show(One),
    /// Show the journal of one run as it goes on, until it ends
    Tail(One),
    /// Hang up, and end one run
    End(One),
    Export(Export),
}

/// List runs, the latest first
#[derive(Args)]
struct List {
    /// Only runs of this flow
    #[arg(long, value_name = "NAME")]
    flow: Option<String>,
    /// Only runs that go on
    #[arg(long, conflicts_with = "ended")]
    live: bool,
    /// Only runs that are over
    #[arg(long)]
    ended: bool,
    /// How many at most
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    service: Service,
}

// Which run. What is done with it, its command says.
#[derive(Args)]
struct One {
    /// The run
    #[arg(value_name = "ID")]
    id: uuid::Uuid,
    #[command(flatten)]
    service: Service,
}

/// Write ended runs as JSON lines, each run with its journal, the latest begun first
#[derive(Args)]
#[command(
    after_help = "Each line is one run as `GET /api/v1/calls/{id}` shows it, with its journal under `journal`. Phone
numbers and variables stand there in full: keep the file as you keep such data.

A service deletes journals by its --retain-for and --retain-size. Runs whose journal went before
they could be written are counted on standard error."
)]
struct Export {
    /// Only runs of this flow
    #[arg(long, value_name = "NAME")]
    flow: Option<String>,
    /// Only runs that ended at this time or later: 2026-11-28T00:00:00Z, or so long ago as 1d
    #[arg(long, value_name = "TIME", value_parser = time)]
    ended_after: Option<Timestamp>,
    /// Only runs that ended before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    ended_before: Option<Timestamp>,
    #[command(flatten)]
    service: Service,
}

fn time(text: &str) -> Result<Timestamp, String> {
    let ago = lang::value::parse_duration(text).map(|ago| service::clock::now() - ago);
    let at = ago.or_else(|| text.parse().ok());
    at.ok_or_else(|| "write a time like 2026-11-28T00:00:00Z, or how long ago, like 1d".to_owned())
}

/// Runs the command.
///
/// # Errors
/// The service does not answer, or refuses.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Ended> {
    runtime()?.block_on(async {
        match arguments.command {
            Command::List(list) => list.run().await,
            Command::Show(one) => {
                let id = one.id;
                show(&one.service.client()?, &id.to_string()).await
            }
            Command::Tail(one) => {
                let id = one.id;
                tail(&one.service.client()?, &id.to_string()).await
            }
            Command::End(one) => {
                let (id, client) = (one.id, one.service.client()?);
                let ended = client.delete::<Value>(&format!("/api/v1/calls/{id}")).await;
                ended.map_err(|failure| failed(&client, failure))?;
                output::line(&format!("run {id} is hung up and ends"))
            }
            Command::Export(export) => export.run().await,
        }
    })?;
    Ok(Ended::Well)
}

impl List {
    async fn run(self) -> anyhow::Result<()> {
        let client = self.service.client()?;
        let live = (self.live || self.ended).then_some(self.live);
        let mut pages = Pages::new(&client, Which { flow: self.flow, live });
        let mut left = self.limit;
        while left > 0
            && let Some(page) = pages.next().await?
        {
            for run in page.iter().take(left) {
                output::line(&line(run))?;
            }
            left = left.saturating_sub(page.len());
        }
        Ok(())
    }
}

/// One line about a run.
fn line(run: &Value) -> String {
    let how = match text(run, "outcome") {
        "" => format!("in {}", text(run, "state")),
        outcome => outcome.to_owned(),
    };
    format!("{}  {}  {}  {how}", text(run, "id"), text(run, "startedAt"), text(run, "flow"))
}

async fn show(client: &Client, id: &str) -> anyhow::Result<()> {
    let run: Value =
        client.get(&format!("/api/v1/calls/{id}")).await.map_err(|failure| failed(client, failure))?;
    output::line(&serde_json::to_string_pretty(&run)?)?;
    for entry in journal(client, id).await.map_err(|failure| failed(client, failure))? {
        output::line(text(&entry, "line"))?;
    }
    Ok(())
}

async fn tail(client: &Client, id: &str) -> anyhow::Result<()> {
    let mut after = 0;
    loop {
        let path = format!("/api/v1/calls/{id}/journal?after={after}");
        let page: Value = client.wait(&path).await.map_err(|failure| failed(client, failure))?;
        for entry in entries(&page) {
            output::line(text(entry, "line"))?;
            after = number(entry, after);
        }
        if !is_more(&page) {
            return Ok(());
        }
    }
}

/// The whole journal of a run as far as it goes now.
async fn journal(client: &Client, id: &str) -> Result<Vec<Value>, Failure> {
    let (mut journal, mut after) = (Vec::new(), 0);
    loop {
        let page: Value = client.get(&format!("/api/v1/calls/{id}/journal?after={after}")).await?;
        let found = entries(&page);
        let Some(last) = found.last() else { return Ok(journal) };
        after = number(last, after);
        journal.extend_from_slice(found);
        if !is_more(&page) {
            return Ok(journal);
        }
    }
}

fn entries(page: &Value) -> &[Value] {
    page.get("entries").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn is_more(page: &Value) -> bool {
    page.get("more").and_then(Value::as_bool).unwrap_or_default()
}

/// An entry without a number cannot be gone on from: what follows is what would follow all of them.
fn number(entry: &Value, before: u64) -> u64 {
    entry.get("number").and_then(Value::as_u64).filter(|number| *number > before).unwrap_or(u64::MAX)
}

impl Export {
    async fn run(self) -> anyhow::Result<()> {
        let client = self.service.client()?;
        let mut pages = Pages::new(&client, Which { flow: self.flow, live: Some(false) });
        let mut gone = 0_usize;
        // No more than one run and one page of the list are in memory.
        while let Some(page) = pages.next().await? {
            for run in &page {
                let ended: Option<Timestamp> = text(run, "endedAt").parse().ok();
                let is_wanted =
                    self.ended_after.is_none_or(|after| ended.is_some_and(|ended| ended >= after))
                        && self.ended_before.is_none_or(|before| ended.is_some_and(|ended| ended < before));
                if !is_wanted {
                    continue;
                }
                match whole(&client, text(run, "id")).await {
                    Ok(run) => output::line(&run.to_string())?,
                    Err(Failure::Refused(404, _)) => gone += 1,
                    Err(failure) => return Err(failed(&client, failure)),
                }
            }
        }
        if gone > 0 {
            output::warn(&format!("of {gone} ended runs the journal has been deleted already\n"));
        }
        Ok(())
    }
}

/// A run with its journal.
async fn whole(client: &Client, id: &str) -> Result<Value, Failure> {
    let mut run: Value = client.get(&format!("/api/v1/calls/{id}")).await?;
    let journal = journal(client, id).await?;
    match run.as_object_mut() {
        Some(run) => run.insert("journal".to_owned(), json!(journal)),
        None => return Err(Failure::Strange("a run is no object".to_owned())),
    };
    Ok(run)
}
