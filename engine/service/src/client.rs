//! The one client for everything that is sent: requests of the provider's API, signed or with a token, and `http` actions.
//!
//! The only file that names reqwest. Sends once and tells what is known of the fate; retries are others' business.
//! Redirects are not followed, and proxy variables are not read. Answers are read whole, up to a bound.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use acs::endpoint::{AccessKey, Endpoint};
use acs::request::Method;
use acs::signature::{CONTENT_HASH_HEADER, DATE_HEADER, http_date, sign};
use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use uuid::Uuid;

use crate::clock;
use crate::config::{Credential, Provider};
use crate::entra::Tokens;
use crate::limits::{
    ANSWER_BYTES_MAX, CONNECT_TIMEOUT, IDLE_CONNECTION_TIMEOUT, IDLE_CONNECTIONS_MAX, POST_DEADLINE,
};
use crate::retry;

const USER_AGENT: &str = concat!("callflow/", env!("CARGO_PKG_VERSION"));
/// The HTTP status of an identity that is not taken.
const UNAUTHORIZED: u16 = 401;
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Sends. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    endpoint: Endpoint,
    identity: Identity,
}

/// Who we are to the provider.
#[derive(Clone, Debug)]
enum Identity {
    Key(AccessKey),
    Entra(Arc<Tokens>),
}

/// The client cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot prepare outgoing connections; is a package of CA certificates installed")]
pub struct ClientError(#[source] reqwest::Error);

/// What makes the provider recognise a request that it has had before. Source: reference 2.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repeatability {
    /// The same on each attempt.
    pub(crate) id: Uuid,
    /// The same on each attempt.
    pub(crate) first_sent: Timestamp,
}

/// What is known of a request that was sent, or was not.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was answered.
    Answer(Answer),
    /// It never left: sending it again cannot do anything twice.
    NotSent(Failure),
    /// It may have been taken.
    Unknown(Failure),
}

/// An answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// How long the server wants to be left alone.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Bytes,
    /// The body has more than [`ANSWER_BYTES_MAX`] bytes; the rest was not read.
    pub(crate) is_cut: bool,
}

/// Why there is no answer. Shows no URL: it may hold a phone number or a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(String);

/// A request of an `http` action. Not for logs.
pub(crate) struct Exchange(reqwest::Request);

impl Client {
    /// Makes the client.
    ///
    /// # Errors
    /// [`ClientError`]: only where the provider is reached over TLS. Towards this machine, one can do without.
    pub(crate) fn open(provider: Provider) -> Result<Client, ClientError> {
        let builder = || {
            reqwest::Client::builder()
                .user_agent(USER_AGENT)
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT_TIMEOUT)
                .timeout(POST_DEADLINE)
                .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
                .pool_idle_timeout(IDLE_CONNECTION_TIMEOUT)
        };
        let http = match (builder().build(), provider.needs_tls()) {
            (Ok(http), _) => http,
            (Err(error), true) => return Err(ClientError(error)),
            (Err(error), false) => {
                let why = describe(&error);
                tracing::warn!(why, "no CA certificates: `http` actions cannot reach https URLs");
                builder().tls_certs_only([]).build().map_err(ClientError)?
            }
        };
        let identity = match provider.credential {
            Credential::Key(key) => Identity::Key(key),
            Credential::Entra(entra) => Identity::Entra(Arc::new(Tokens::new(entra))),
        };
        Ok(Client { http, endpoint: provider.endpoint, identity })
    }

    /// Sends a request to the provider, signed anew or with the token of now.
    pub(crate) async fn send(
        &self,
        request: &acs::Request,
        repeatability: Option<&Repeatability>,
        timeout: Duration,
    ) -> Outcome {
        let tokens = match &self.identity {
            Identity::Key(key) => {
                return self.send_as(request, repeatability, timeout, self.signed(key, request)).await;
            }
            Identity::Entra(tokens) => tokens,
        };
        let mut is_renewed = false;
        loop {
            let header = match tokens.header(self).await {
                Ok(header) => header,
                Err(error) => return Outcome::NotSent(Failure(error.to_string())),
            };
            let identified = HeaderMap::from_iter([(AUTHORIZATION, header.clone())]);
            let outcome = self.send_as(request, repeatability, timeout, identified).await;
            let is_refused = matches!(&outcome, Outcome::Answer(Answer { status: UNAUTHORIZED, .. }));
            if !is_refused || is_renewed {
                return outcome;
            }
            // It may have been taken back before its time; whoever is not recognised has done nothing yet.
            tokens.forget(&header);
            is_renewed = true;
        }
    }

    /// The headers that sign a request.
    fn signed(&self, key: &AccessKey, request: &acs::Request) -> HeaderMap {
        let date = http_date(clock::now());
        let body = request.body.as_deref().unwrap_or_default();
        let method = request.method.as_str();
        let signed = sign(key, method, &request.path_and_query, &self.endpoint.authority, &date, body);
        let headers = [
            (HeaderName::from_static(DATE_HEADER), date),
            (HeaderName::from_static(CONTENT_HASH_HEADER), signed.content_hash),
            (AUTHORIZATION, signed.authorization),
        ];
        // Dates, base64 and what is made of them always fit a header.
        headers
            .into_iter()
            .filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?)))
            .collect()
    }

    async fn send_as(
        &self,
        request: &acs::Request,
        repeatability: Option<&Repeatability>,
        timeout: Duration,
        identified: HeaderMap,
    ) -> Outcome {
        let url = format!("{}{}", self.endpoint, request.path_and_query);
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder = self.http.request(method, url).timeout(timeout).headers(identified);
        if let Some(Repeatability { id, first_sent }) = repeatability {
            builder = builder
                .header("Repeatability-Request-ID", id.to_string())
                .header("Repeatability-First-Sent", http_date(*first_sent));
        }
        if let Some(body) = &request.body {
            builder = builder.header(CONTENT_TYPE, JSON).body(body.clone());
        }
        match builder.build() {
            Ok(request) => self.execute(request).await,
            Err(error) => Outcome::NotSent(Failure::of(&error)),
        }
    }

    /// Sends a request of an `http` action.
    pub(crate) async fn exchange(&self, exchange: &Exchange, timeout: Duration) -> Outcome {
        let Some(mut request) = exchange.0.try_clone() else {
            return Outcome::NotSent(Failure("the request cannot be sent twice".to_owned()));
        };
        *request.timeout_mut() = Some(timeout);
        self.execute(request).await
    }

    async fn execute(&self, request: reqwest::Request) -> Outcome {
        let response = match self.http.execute(request).await {
            Ok(response) => response,
            Err(error) if error.is_connect() || error.is_builder() => {
                return Outcome::NotSent(Failure::of(&error));
            }
            Err(error) => return Outcome::Unknown(Failure::of(&error)),
        };
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let retry_after = header(RETRY_AFTER).and_then(|value| retry::retry_after(value, clock::now()));
        let content_type = header(CONTENT_TYPE).map(str::to_owned);
        match read(response).await {
            Ok((body, is_cut)) => Outcome::Answer(Answer { status, retry_after, content_type, body, is_cut }),
            Err(error) => Outcome::Unknown(Failure::of(&error)),
        }
    }
}

/// The body, and whether there was more of it.
async fn read(mut response: reqwest::Response) -> Result<(Bytes, bool), reqwest::Error> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        let room = ANSWER_BYTES_MAX - body.len();
        if chunk.len() > room {
            body.extend_from_slice(&chunk[..room]);
            return Ok((body.freeze(), true));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body.freeze(), false))
}

impl Exchange {
    /// Makes a request of an `http` action.
    ///
    /// # Errors
    /// The URL is none that can be asked.
    pub(crate) fn new(
        method: http::Method,
        url: &str,
        query: &[(&str, &str)],
        headers: HeaderMap,
        body: Option<Vec<u8>>,
    ) -> Result<Exchange, Failure> {
        let mut url = reqwest::Url::parse(url).map_err(|_| Failure("the URL cannot be read".to_owned()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(Failure("the URL is neither `http://…` nor `https://…`".to_owned()));
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = reqwest::Request::new(method, url);
        *request.headers_mut() = headers;
        *request.body_mut() = body.map(Into::into);
        Ok(Exchange(request))
    }

    /// The host and port that it goes to.
    pub(crate) fn host(&self) -> String {
        let url = self.0.url();
        format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
    }
}

impl Failure {
    fn of(error: &reqwest::Error) -> Failure {
        Failure(describe(error))
    }
}

/// What failed, with its causes, without the URL.
fn describe(error: &reqwest::Error) -> String {
    let mut text = match error {
        error if error.is_connect() && error.is_timeout() => "no connection in time",
        error if error.is_connect() => "no connection",
        error if error.is_timeout() => "no answer in time",
        error if error.is_builder() => "the request cannot be sent",
        _ => "the connection broke",
    }
    .to_owned();
    // The innermost cause says most; those between repeat it, or name the URL.
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(std::error::Error::source) {
        cause = Some(inner);
    }
    if let Some(cause) = cause {
        text.push_str(": ");
        text.push_str(&cause.to_string());
    }
    text
}
