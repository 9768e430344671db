//! Bearer tokens of Microsoft Entra ID, which go with requests in place of a signature.
//!
//! Source: reference 1.4; RFC 6749, section 4.4 (an application asks for itself) and RFC 7523, section 2.2 (it proves
//! itself by an assertion). One token serves all requests until shortly before it expires. Neither it nor the
//! application's secret is in any `Debug`, error or log.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use parking_lot::RwLock;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::ExposeSecret;
use serde::Deserialize;

use crate::client::{Client, Exchange, Outcome};
use crate::clock;
use crate::config::{Entra, Proof};
use crate::limits::{
    ASSERTION_BYTES_MAX, ENTRA_EARLY_MAX, ENTRA_FETCH_TIMEOUT, ENTRA_TOKEN_BYTES_MAX,
    ENTRA_TOKEN_LIFETIME_MAX,
};

/// What the tokens are for; the double slash is intended. Source: reference 1.4.
const SCOPE: &str = "https://communication.azure.com//.default";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// The tokens of one application.
pub(crate) struct Tokens {
    entra: Entra,
    held: RwLock<Option<Held>>,
    /// Held while a token is fetched, so that one request asks for all.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Held {
    /// `Bearer …`; marked as sensitive.
    header: HeaderValue,
    renewed_from: Instant,
    expires: Instant,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The authority did not answer.
    #[error("no token from Microsoft Entra ID: {0}; check that this machine reaches the authority host")]
    NoAnswer(String),
    /// The authority gives none.
    #[error(
        "Microsoft Entra ID gives no token: status {status}, {why}; check the tenant, the application and its secret"
    )]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The code of the error, and its number where there is one.
        why: String,
    },
    /// The answer is none that can be used.
    #[error("the token from Microsoft Entra ID cannot be read; check the authority host")]
    Unreadable,
    /// The platform's file is not there.
    #[error("cannot read the file of AZURE_FEDERATED_TOKEN_FILE: {0}")]
    NoAssertion(std::io::Error),
    /// The platform's file holds no assertion.
    #[error("the file of AZURE_FEDERATED_TOKEN_FILE holds no token; see what the platform writes there")]
    NotAnAssertion,
}

/// What the authority answers with.
#[derive(Deserialize)]
struct Answered {
    access_token: String,
    /// Unit: seconds. Some write it as a text.
    expires_in: Seconds,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(u64),
    Text(String),
}

/// What it answers with when it gives no token.
#[derive(Deserialize)]
struct Complaint {
    error: String,
    #[serde(default)]
    error_description: String,
}

impl Tokens {
    pub(crate) fn new(entra: Entra) -> Tokens {
        Tokens { entra, held: RwLock::new(None), fetching: tokio::sync::Mutex::new(()) }
    }

    /// The header that goes with a request now.
    ///
    /// # Errors
    /// [`Error`]: there is no token, and none that could still be used.
    pub(crate) async fn header(&self, client: &Client) -> Result<HeaderValue, Error> {
        if let Some(held) = self.fresh() {
            return Ok(held);
        }
        let _fetching = self.fetching.lock().await;
        // Somebody else may have fetched it meanwhile.
        if let Some(held) = self.fresh() {
            return Ok(held);
        }
        match self.fetch(client).await {
            Ok(held) => {
                let header = held.header.clone();
                *self.held.write() = Some(held);
                Ok(header)
            }
            // That it could not be renewed says nothing against the one that is still good.
            Err(error) => {
                let held = self.held.read().clone().filter(|held| clock::instant() < held.expires);
                let Some(held) = held else { return Err(error) };
                tracing::warn!(%error, "the token could not be renewed yet");
                Ok(held.header)
            }
        }
    }

    /// The provider did not take this one, whatever its lifetime says.
    pub(crate) fn forget(&self, header: &HeaderValue) {
        let mut held = self.held.write();
        if held.as_ref().is_some_and(|held| held.header == *header) {
            *held = None;
        }
    }

    fn fresh(&self) -> Option<HeaderValue> {
        let held = self.held.read();
        held.as_ref().filter(|held| clock::instant() < held.renewed_from).map(|held| held.header.clone())
    }

    async fn fetch(&self, client: &Client) -> Result<Held, Error> {
        let body = self.form().await?;
        let url = format!("{}/{}/oauth2/v2.0/token", self.entra.authority, self.entra.tenant);
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, FORM)]);
        let exchange = Exchange::new(Method::POST, &url, &[], headers, Some(body.into_bytes()))
            .map_err(|failure| Error::NoAnswer(failure.to_string()))?;
        let asked = clock::instant();
        let answer = match client.exchange(&exchange, ENTRA_FETCH_TIMEOUT).await {
            Outcome::Answer(answer) => answer,
            Outcome::NotSent(failure) | Outcome::Unknown(failure) => {
                return Err(Error::NoAnswer(failure.to_string()));
            }
        };
        if answer.status != 200 {
            return Err(Error::Refused { status: answer.status, why: complaint(&answer.body) });
        }
        let held = read(&answer.body, asked).filter(|_| !answer.is_cut).ok_or(Error::Unreadable)?;
        tracing::info!(lifetime = ?held.expires - asked, "a token of Microsoft Entra ID was fetched");
        Ok(held)
    }

    /// Who asks, and by which proof.
    async fn form(&self) -> Result<String, Error> {
        let assertion;
        let proof = match &self.entra.proof {
            Proof::Secret(secret) => vec![("client_secret", secret.expose_secret())],
            Proof::TokenFile(file) => {
                assertion = read_assertion(file.clone()).await?;
                let assertion = assertion.trim();
                if assertion.is_empty() || assertion.len() > ASSERTION_BYTES_MAX {
                    return Err(Error::NotAnAssertion);
                }
                vec![("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)]
            }
        };
        let fields =
            [("grant_type", "client_credentials"), ("client_id", &self.entra.client), ("scope", SCOPE)];
        let pair =
            |(name, value): (&str, &str)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
        Ok(fields.into_iter().chain(proof).map(pair).collect::<Vec<_>>().join("&"))
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("entra", &self.entra).finish_non_exhaustive()
    }
}

/// Read anew each time: the platform renews it.
async fn read_assertion(file: PathBuf) -> Result<String, Error> {
    let read = move || {
        let mut text = String::new();
        File::open(file)?.take(ASSERTION_BYTES_MAX as u64 + 1).read_to_string(&mut text)?;
        Ok(text)
    };
    let read = tokio::task::spawn_blocking(read).await;
    read.unwrap_or_else(|error| Err(std::io::Error::other(error))).map_err(Error::NoAssertion)
}

/// `None`: it is no token, or none that lasts.
fn read(body: &[u8], asked: Instant) -> Option<Held> {
    let answered: Answered = serde_json::from_slice(body).ok()?;
    let seconds = match answered.expires_in {
        Seconds::Number(seconds) => seconds,
        Seconds::Text(text) => text.parse().ok()?,
    };
    let lifetime = Duration::from_secs(seconds).min(ENTRA_TOKEN_LIFETIME_MAX);
    let is_sound = !answered.access_token.is_empty() && answered.access_token.len() <= ENTRA_TOKEN_BYTES_MAX;
    let mut header =
        HeaderValue::try_from(format!("Bearer {}", answered.access_token)).ok().filter(|_| is_sound)?;
    header.set_sensitive(true);
    let early = ENTRA_EARLY_MAX.min(lifetime / 2);
    Some(Held { header, renewed_from: asked + (lifetime - early), expires: asked + lifetime })
}

/// The code of the error and its number, such as `invalid_client, AADSTS7000215`; no more of the text, which nobody
/// has promised to be free of what was sent.
fn complaint(body: &[u8]) -> String {
    let Ok(Complaint { error, error_description }) = serde_json::from_slice(body) else {
        return "without a reason that can be read".to_owned();
    };
    let is_code = |text: &&str| {
        text.len() <= 60 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let number = error_description.split([':', ' ']).next().filter(|number| number.starts_with("AADSTS"));
    let parts: Vec<&str> = [Some(error.as_str()), number].into_iter().flatten().filter(is_code).collect();
    if parts.is_empty() { "without a reason that can be read".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn tokens_are_renewed_before_they_expire() {
        let asked = clock::instant();
        for (body, renewed_from, expires) in [
            (r#"{"access_token":"t","expires_in":3600,"token_type":"Bearer"}"#, 3_300, 3_600),
            (r#"{"access_token":"t","expires_in":"60"}"#, 30, 60),
            (r#"{"access_token":"t","expires_in":99999999999}"#, 86_100, 86_400),
        ] {
            let held = read(body.as_bytes(), asked).unwrap();
            let seconds = |instant: Instant| instant.duration_since(asked).as_secs();
            assert_eq!(
                (seconds(held.renewed_from), seconds(held.expires)),
                (renewed_from, expires),
                "{body}"
            );
            assert!(held.header.is_sensitive());
        }
        for body in
            ["", "{}", r#"{"access_token":"","expires_in":9}"#, r#"{"access_token":"a\nb","expires_in":9}"#]
        {
            assert!(read(body.as_bytes(), asked).is_none(), "{body}");
        }
    }

    #[test]
    fn complaints_say_what_is_known_to_be_harmless() {
        for (body, expected) in [
            (
                r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid hunter2."}"#,
                "invalid_client, AADSTS7000215",
            ),
            (r#"{"error":"invalid client hunter2"}"#, "without a reason that can be read"),
            ("<html>", "without a reason that can be read"),
        ] {
            assert_eq!(complaint(body.as_bytes()), expected);
        }
    }
}
