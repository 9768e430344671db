//! Which service a command asks, and what it is asked about runs.

use clap::Args;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Client, Failure};

/// Which service.
#[derive(Args)]
pub(super) struct Service {
    /// The service
    #[arg(long, env = "CALLFLOW_URL", value_name = "URL", default_value = "http://127.0.0.1:8080")]
    url: String,
    /// What the service asks for: its --api-token
    #[arg(long, env = "CALLFLOW_API_TOKEN", hide_env_values = true, value_name = "SECRET")]
    api_token: Option<SecretString>,
}

impl Service {
    /// A client for it.
    ///
    /// # Errors
    /// The URL is none.
    pub(super) fn client(self) -> anyhow::Result<Client> {
        // A variable that somebody has set to nothing is no token.
        let token = self.api_token.filter(|token| !secrecy::ExposeSecret::expose_secret(token).is_empty());
        Ok(Client::new(&self.url, "the service")?.with_token(token))
    }
}

/// The error for people.
pub(super) fn failed(client: &Client, failure: Failure) -> anyhow::Error {
    client.error(failure, "start `flowctl serve`, or name the service with --url")
}

/// Which runs.
#[derive(Clone, Default)]
pub(super) struct Which {
    pub(super) flow: Option<String>,
    pub(super) live: Option<bool>,
}

/// The list of runs, page by page, the latest first.
pub(super) struct Pages<'c> {
    client: &'c Client,
    which: Which,
    next: Option<String>,
    is_over: bool,
}

#[derive(Deserialize)]
struct Page {
    runs: Vec<Value>,
    next: Option<String>,
}

impl Pages<'_> {
    pub(super) fn new(client: &Client, which: Which) -> Pages<'_> {
        Pages { client, which, next: None, is_over: false }
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// The service does not answer.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<Vec<Value>>> {
        if self.is_over {
            return Ok(None);
        }
        let mut path = "/api/v1/calls?".to_owned();
        let mut add = |name: &str, value: &str| {
            path.push_str(&format!("{name}={}&", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        };
        if let Some(flow) = &self.which.flow {
            add("flow", flow);
        }
        if let Some(live) = self.which.live {
            add("live", &live.to_string());
        }
        if let Some(next) = &self.next {
            add("cursor", next);
        }
        let page: Page = self.client.get(&path).await.map_err(|failure| failed(self.client, failure))?;
        self.is_over = page.next.is_none();
        self.next = page.next;
        Ok(Some(page.runs))
    }
}

/// A text of an answer; empty where there is none.
pub(super) fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
