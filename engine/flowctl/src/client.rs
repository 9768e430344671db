//! Asks the simulator and the engine over HTTP: the only file that names reqwest.

use std::error::Error as _;

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::advice;
use crate::limits::{ANSWER_BYTES_MAX, CONNECT_TIMEOUT, LONG_POLL, REQUEST_TIMEOUT};

/// One server, by the base of its URLs.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    /// What it asks for, if it asks for anything.
    token: Option<SecretString>,
    /// What it is to us, for errors.
    name: &'static str,
}

/// Why there is no answer that can be used.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nobody answers at that address.
    Unreachable(String),
    /// The answer is a refusal, with its words.
    Refused(u16, String),
    /// The answer is not what such a server says.
    Strange(String),
}

impl Client {
    /// A client for a server.
    ///
    /// # Errors
    /// The URL is none, or no client can be made.
    pub(crate) fn new(base: &str, name: &'static str) -> anyhow::Result<Client> {
        let url = reqwest::Url::parse(base)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if url.is_none() {
            let what = format!("`{}` is no URL of {name}", base.escape_debug());
            return Err(advice::error(what, "write it like http://127.0.0.1:8081"));
        }
        let builder = || {
            reqwest::Client::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .timeout(REQUEST_TIMEOUT)
                .redirect(reqwest::redirect::Policy::none())
        };
        // A machine without CA certificates can still be talked to on loopback.
        let http = builder().build().or_else(|_| builder().tls_certs_only([]).build());
        let http = http.context("cannot prepare connections")?;
        Ok(Client { http, base: base.trim_end_matches('/').to_owned(), token: None, name })
    }

    /// The same, with what the server asks for.
    pub(crate) fn with_token(self, token: Option<SecretString>) -> Client {
        Client { token, ..self }
    }

    /// Asks for something.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.send(self.http.get(format!("{}{path}", self.base))).await
    }

    /// Asks for something that may only be there in a while.
    pub(crate) async fn wait<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let timeout = LONG_POLL + REQUEST_TIMEOUT;
        self.send(self.http.get(format!("{}{path}&wait={}", self.base, LONG_POLL.as_secs())).timeout(timeout))
            .await
    }

    /// Tells it something.
    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Failure> {
        let request = self.http.post(format!("{}{path}", self.base));
        self.send(request.header("content-type", "application/json").body(body.to_string())).await
    }

    /// Ends something.
    pub(crate) async fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.send(self.http.delete(format!("{}{path}", self.base))).await
    }

    /// Sets something, of which no more than success is told.
    #[cfg(test)]
    pub(crate) async fn put(&self, path: &str, body: &Value) -> Result<(), Failure> {
        let request =
            self.http.put(format!("{}{path}", self.base)).header("content-type", "application/json");
        let response = request.body(body.to_string()).send().await;
        let response = response.map_err(|error| Failure::Unreachable(describe(&error)))?;
        let status = response.status();
        if status.is_success() { Ok(()) } else { Err(Failure::Refused(status.as_u16(), String::new())) }
    }

    async fn send<T: DeserializeOwned>(&self, mut request: reqwest::RequestBuilder) -> Result<T, Failure> {
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let mut response = request.send().await.map_err(|error| Failure::Unreachable(describe(&error)))?;
        let mut body = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| Failure::Unreachable(describe(&error)))?
        {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES_MAX {
                return Err(Failure::Strange(format!("its answer has more than {ANSWER_BYTES_MAX} bytes")));
            }
        }
        let status = response.status();
        if !status.is_success() {
            return Err(Failure::Refused(status.as_u16(), refusal(&body)));
        }
        serde_json::from_slice(&body)
            .map_err(|error| Failure::Strange(format!("its answer makes no sense: {error}")))
    }

    /// The error for people; `next` says what to do if nobody answers.
    pub(crate) fn error(&self, failure: Failure, next: &str) -> anyhow::Error {
        let Client { name, base, .. } = self;
        match failure {
            Failure::Unreachable(why) => advice::error(format!("cannot reach {name} at {base}: {why}"), next),
            Failure::Refused(status, words) => {
                advice::error(format!("{name} refuses this ({status}): {words}"), "mend that, and try again")
            }
            Failure::Strange(what) => advice::error(
                format!("what answers at {base} is not {name}: {what}"),
                "see which program listens there, or name another address",
            ),
        }
    }
}

/// The words of an error in the provider's form, which both servers use.
fn refusal(body: &[u8]) -> String {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let error = json.as_ref().and_then(|json| json.get("error"));
    let message = error.and_then(|error| error.get("message")).and_then(Value::as_str);
    message.map_or_else(|| "it does not say why".to_owned(), str::to_owned)
}

/// The innermost cause says most: `Connection refused`.
fn describe(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    let mut text = error.to_string();
    while let Some(inner) = cause {
        text = inner.to_string();
        cause = inner.source();
    }
    text
}
