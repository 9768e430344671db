//! Everything that a request can be refused with, in one shape: `{"error": {"code", "message", "details"}}`.
//!
//! `message` and `details` are for the sender: what is wrong and what to do. What only the operator may know goes
//! to the log. 4xx: the sender must act; 5xx: we; 503: wait and come again.

use std::error::Error;
use std::time::Duration;

use acs::token::TokenError;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;
use serde_json::value::RawValue;

use crate::engine::{DeployError, EngineError, EventError, FlowsError, StartError};
use crate::limits::{ERROR_DETAILS_MAX, RETRY_LATER};
use crate::{issuer, store};

/// The code of a refusal, left with the answer for the log.
#[derive(Clone)]
pub(crate) struct Refused(pub(crate) &'static str);

/// A refusal.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    details: Vec<String>,
    findings: Option<Box<RawValue>>,
    retry_after: Option<Duration>,
}

impl ApiError {
    /// A refusal with a status, a code for programs, and a sentence for people.
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> ApiError {
        ApiError {
            status,
            code,
            message: message.into(),
            details: Vec::new(),
            findings: None,
            retry_after: None,
        }
    }

    /// Everything that is wrong, one sentence each.
    pub(crate) fn details(mut self, details: Vec<String>) -> ApiError {
        self.details = details;
        self
    }

    /// The findings of flows, as an array of the objects that validating gives.
    pub(crate) fn findings(mut self, findings: Box<RawValue>) -> ApiError {
        self.findings = Some(findings);
        self
    }

    /// 400: the request means nothing.
    pub(crate) fn malformed(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "malformed", message)
    }

    /// 401: the sender has not shown who it is.
    pub(crate) fn unauthorized(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// 404: no such run.
    pub(crate) fn unknown_call() -> ApiError {
        ApiError::new(
            StatusCode::NOT_FOUND,
            "unknownCall",
            "there is no call with this id; `GET /api/v1/calls` lists them",
        )
    }

    /// 413: the body is larger than a body of this kind.
    pub(crate) fn too_large(max: usize) -> ApiError {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "tooLarge",
            format!("the body is larger than the {max} bytes that are read here"),
        )
    }

    /// 503: not now. The sender should come again.
    pub(crate) fn later(message: impl Into<String>) -> ApiError {
        let error = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message);
        ApiError { retry_after: Some(RETRY_LATER), ..error }
    }

    /// 500: our fault. The reason goes to the log, not to the sender.
    pub(crate) fn ours(reason: &str) -> ApiError {
        tracing::error!(reason = %lang::value::masked(reason), "a request failed");
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the service failed; its log says why")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let ApiError { status, code, message, details, findings, retry_after } = self;
        let mut body = json!({"error": {"code": code, "message": message, "details": details}});
        if let Some(findings) = findings {
            body["error"]["findings"] = json!(findings);
        }
        let mut response = (status, Extension(Refused(code)), Json(body)).into_response();
        if let Some(wait) = retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if status == StatusCode::UNAUTHORIZED {
            // HTTP asks for it: RFC 9110, section 15.5.2.
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// An error with all that is below it, for the log.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> ApiError {
        match &error {
            EngineError::UnknownRun(_) => ApiError::unknown_call(),
            EngineError::Busy => ApiError::later(error.to_string()),
            EngineError::SetAside(_) => ApiError::ours(&error.to_string()),
            EngineError::Store(cause) => match cause {
                store::Error::BadCursor => ApiError::malformed(cause.to_string()),
                store::Error::Full(_) | store::Error::Closed(_) | store::Error::Unknown(_) => {
                    tracing::warn!(reason = %chain(cause), "a request is asked to come again");
                    ApiError::later("nothing can be stored now; send it again later")
                }
                store::Error::TooLarge { .. }
                | store::Error::Corrupt { .. }
                | store::Error::Unreadable { .. } => ApiError::ours(&chain(cause)),
            },
        }
    }
}

fn unfit(code: &'static str, message: &str, wrong: &[String]) -> ApiError {
    let details = wrong.iter().take(ERROR_DETAILS_MAX).cloned().collect();
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code, message).details(details)
}

impl From<StartError> for ApiError {
    fn from(error: StartError) -> ApiError {
        let refused = |status, code| ApiError::new(status, code, error.to_string());
        match &error {
            StartError::UnknownFlow { .. } => refused(StatusCode::NOT_FOUND, "unknownFlow"),
            StartError::NotByApi { .. } => refused(StatusCode::UNPROCESSABLE_ENTITY, "notByApi"),
            StartError::BadInput(wrong) => {
                unfit("badInput", "the input is not what the flow declares", wrong)
            }
            StartError::BadKey => refused(StatusCode::BAD_REQUEST, "malformed"),
            StartError::KeyReused => refused(StatusCode::CONFLICT, "keyReused"),
            StartError::Engine(error) => error.clone().into(),
        }
    }
}

impl From<EventError> for ApiError {
    fn from(error: EventError) -> ApiError {
        let refused = |status, code| ApiError::new(status, code, error.to_string());
        match &error {
            EventError::UnknownEvent { .. } => refused(StatusCode::UNPROCESSABLE_ENTITY, "unknownEvent"),
            EventError::BadData(wrong) => unfit("badData", "the data is not what the flow declares", wrong),
            EventError::Ended => refused(StatusCode::CONFLICT, "callOver"),
            EventError::Engine(error) => error.clone().into(),
        }
    }
}

impl From<DeployError> for ApiError {
    fn from(error: DeployError) -> ApiError {
        let refused = |status, code| ApiError::new(status, code, error.to_string());
        match &error {
            DeployError::Flows(cause @ FlowsError::Keep { .. }) => ApiError::ours(&chain(cause)),
            DeployError::Flows(FlowsError::ConstantMissing { .. } | FlowsError::ConstantWrong { .. }) => {
                refused(StatusCode::UNPROCESSABLE_ENTITY, "badConstants")
            }
            DeployError::Flows(FlowsError::ToldMissing { .. }) => {
                refused(StatusCode::UNPROCESSABLE_ENTITY, "toldMissing")
            }
            DeployError::Outdated { .. } => refused(StatusCode::PRECONDITION_FAILED, "outdated"),
            DeployError::Empty => refused(StatusCode::UNPROCESSABLE_ENTITY, "noFlows"),
            DeployError::Draining => ApiError::later(error.to_string()),
            DeployError::Interrupted => ApiError::ours(&error.to_string()),
        }
    }
}

impl From<issuer::Error> for ApiError {
    fn from(error: issuer::Error) -> ApiError {
        match error {
            issuer::Error::Refused(reason) => {
                let remedy = match reason {
                    TokenError::Audience => {
                        "`--acs-resource-id` must be the immutable id of the resource that posts here"
                    }
                    TokenError::Expired { .. } | TokenError::NotYet { .. } => {
                        "see whether the clock of this host is right"
                    }
                    TokenError::Malformed
                    | TokenError::Algorithm
                    | TokenError::NoKeyId
                    | TokenError::UnknownKey { .. }
                    | TokenError::Signature
                    | TokenError::Missing { .. }
                    | TokenError::Issuer => {
                        "only the provider may post here, with a token that it has signed; where another one signs, \
                         `--acs-openid-url` must name it"
                    }
                };
                ApiError::unauthorized(format!("the callback's token is refused: {reason}; {remedy}"))
            }
            issuer::Error::NoKeys(ref cause) => {
                tracing::error!(reason = %chain(cause), "the keys that sign callbacks cannot be fetched");
                ApiError::later("the token cannot be checked now: the issuer's keys cannot be fetched")
            }
        }
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> ApiError {
        ApiError::malformed(cause_of(&rejection, "the query is wrong"))
    }
}

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> ApiError {
        ApiError::malformed(cause_of(&rejection, "the path is wrong"))
    }
}

/// The innermost sentence, which says what is wrong; the outer ones name parts of the library.
fn cause_of(rejection: &dyn Error, what: &str) -> String {
    let mut error = rejection;
    while let Some(cause) = error.source() {
        error = cause;
    }
    format!("{what}: {error}")
}

/// 404 for every path that is none of ours.
pub(crate) async fn unknown_path() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "unknownPath",
        "nothing is here; calls are at `/api/v1/calls`, flows at `/api/v1/flows`, webhooks below `/webhooks/`",
    )
}

/// 405 for every method that a path does not take; the router adds `Allow`.
pub(crate) async fn wrong_method() -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrongMethod",
        "this path does not take this method; the header `Allow` says which it takes",
    )
}
