//! Repeated requests: recognised by their id, answered from memory.
//!
//! Source: reference 2.2. Refused requests did nothing, so they are not remembered.

use std::collections::{HashMap, VecDeque};

use jiff::Timestamp;

use crate::limits::{REPEAT_WINDOW, REPEATS_MAX};
use crate::request::{Refusal, Request, Response};

/// Answers of repeatable requests, for some minutes.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    answers: HashMap<String, Answer>,
    /// In order of time.
    ids: VecDeque<(Timestamp, String)>,
}

#[derive(Debug)]
struct Answer {
    operation: acs::Operation,
    response: Response,
}

/// What is known of a request.
#[derive(Debug)]
pub(super) enum Repeat {
    /// It was executed before.
    Again(Response),
    /// It was not, and has this id.
    First(String),
    /// It has no id, or its operation takes none.
    Unmarked,
}

impl Repeats {
    pub(super) fn look_up(&mut self, request: &Request, now: Timestamp) -> Result<Repeat, Refusal> {
        if !request.operation.row().repeatable {
            return Ok(Repeat::Unmarked);
        }
        let id = match (&request.repeatability_request_id, &request.repeatability_first_sent) {
            (None, None) => return Ok(Repeat::Unmarked),
            (Some(id), Some(first_sent)) => check(id, first_sent)?,
            (Some(_), None) | (None, Some(_)) => {
                return Err(Refusal::argument(
                    "The headers Repeatability-Request-ID and Repeatability-First-Sent must be sent together.",
                ));
            }
        };
        self.forget(now);
        match self.answers.get(&id) {
            None => Ok(Repeat::First(id)),
            Some(answer) if answer.operation == request.operation => Ok(Repeat::Again(
                without_result(answer.response.clone()).with("repeatability-result", "accepted"),
            )),
            Some(_) => Err(Refusal::argument(
                "The header Repeatability-Request-ID names another request, which was executed.",
            )),
        }
    }

    pub(super) fn remember(
        &mut self,
        repeat: Repeat,
        request: &Request,
        response: &Response,
        now: Timestamp,
    ) {
        let Repeat::First(id) = repeat else { return };
        if self.ids.len() >= REPEATS_MAX
            && let Some((_, oldest)) = self.ids.pop_front()
        {
            self.answers.remove(&oldest);
        }
        self.ids.push_back((now, id.clone()));
        let answer = Answer { operation: request.operation.clone(), response: response.clone() };
        self.answers.insert(id, answer);
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some((at, _)) = self.ids.front()
            && now.duration_since(*at).unsigned_abs() > REPEAT_WINDOW
            && let Some((_, id)) = self.ids.pop_front()
        {
            self.answers.remove(&id);
        }
    }
}

fn without_result(mut response: Response) -> Response {
    response.headers.retain(|(name, _)| *name != "repeatability-result");
    response
}

fn check(id: &str, first_sent: &str) -> Result<String, Refusal> {
    let id = uuid::Uuid::try_parse(id)
        .map_err(|_| Refusal::argument("The header Repeatability-Request-ID is not a UUID."))?;
    if acs::signature::parse_http_date(first_sent).is_none() {
        return Err(Refusal::argument(
            "The header Repeatability-First-Sent is not an HTTP date such as Tue, 17 Mar 2026 10:20:30 GMT.",
        ));
    }
    Ok(id.to_string())
}
