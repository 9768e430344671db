//! Frames of the protocol: headers, and a message in JSON. Knows no method.

use std::io::{self, BufRead, Read};

use lsp_server::{ErrorCode, Message};
use serde_json::{Value, json};

use crate::limits::{HEADER_BYTES_MAX, MESSAGE_BYTES_MAX};

/// What comes in.
#[derive(Debug)]
pub(super) enum Frame {
    /// A message.
    Message(Message),
    /// A frame whose content is no message: its sender is told.
    Malformed(Malformed),
    /// The end.
    End,
}

/// Why the content of a frame is no message.
#[derive(Debug)]
pub(super) struct Malformed {
    code: ErrorCode,
    id: Value,
    message: String,
}

/// What goes out.
pub(super) enum Outgoing {
    /// A message.
    Message(Message),
    /// The answer to what is no message.
    Malformed(Malformed),
}

impl<M: Into<Message>> From<M> for Outgoing {
    fn from(message: M) -> Outgoing {
        Outgoing::Message(message.into())
    }
}

/// Reads one frame.
///
/// # Errors
/// The headers say not how long the message is, or that it is too long: there is no telling where the next begins.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Frame> {
    let Some(length) = read_headers(input)? else { return Ok(Frame::End) };
    if length > MESSAGE_BYTES_MAX {
        return Err(wrong(format!("a message of {length} bytes; {MESSAGE_BYTES_MAX} are allowed")));
    }
    let mut content = Vec::new();
    input.take(length).read_to_end(&mut content)?;
    if (content.len() as u64) < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(message(&content))
}

fn message(content: &[u8]) -> Frame {
    let value: Value = match serde_json::from_slice(content) {
        Ok(value) => value,
        Err(error) => {
            let message = format!("no JSON: {error}");
            return Frame::Malformed(Malformed { code: ErrorCode::ParseError, id: Value::Null, message });
        }
    };
    let id = value.get("id").filter(|id| id.is_string() || id.is_number()).cloned().unwrap_or_default();
    let [is_mapping, is_asked] = [value.is_object(), value.get("method").is_some()];
    match serde_json::from_value(value) {
        // A list may be read as a response, and so may a request whose method is none.
        Ok(Message::Response(response)) if is_mapping && !is_asked => {
            Frame::Message(Message::Response(response))
        }
        Ok(message @ (Message::Request(_) | Message::Notification(_))) if is_mapping => {
            Frame::Message(message)
        }
        Ok(_) | Err(_) => Frame::Malformed(Malformed {
            code: ErrorCode::InvalidRequest,
            id,
            message: "neither a request, nor a response, nor a notification".to_owned(),
        }),
    }
}

/// The length of the message that follows; `None`: there is nothing any more.
fn read_headers(input: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut length = None;
    let mut is_first = true;
    loop {
        let mut line = String::new();
        let count = input.take(HEADER_BYTES_MAX).read_line(&mut line)?;
        if count == 0 && is_first {
            return Ok(None);
        }
        if !line.ends_with('\n') {
            return Err(wrong("a header that does not end"));
        }
        is_first = false;
        let line = line.trim_end();
        if line.is_empty() {
            return length.map(Some).ok_or_else(|| wrong("headers without `Content-Length`"));
        }
        let (name, value) = line.split_once(':').ok_or_else(|| wrong("a line that is no header"))?;
        if name.trim().eq_ignore_ascii_case("Content-Length") {
            let value = value.trim().parse().map_err(|_| wrong("a `Content-Length` that is no number"))?;
            length = Some(value);
        }
    }
}

fn wrong(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

/// The bytes of one frame.
pub(super) fn write(outgoing: &Outgoing) -> Vec<u8> {
    match outgoing {
        Outgoing::Message(message) => {
            let mut bytes = Vec::new();
            // Into memory, which takes everything.
            drop(message.write(&mut bytes));
            bytes
        }
        Outgoing::Malformed(Malformed { code, id, message }) => {
            let error = json!({ "code": *code as i32, "message": message });
            let text = json!({ "jsonrpc": "2.0", "id": id, "error": error }).to_string();
            format!("Content-Length: {}\r\n\r\n{text}", text.len()).into_bytes()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn frames(bytes: &[u8]) -> Vec<String> {
        let mut input = bytes;
        let mut shown = Vec::new();
        loop {
            shown.push(match read(&mut input) {
                Ok(Frame::Message(Message::Request(request))) => format!("request {}", request.method),
                Ok(Frame::Message(Message::Notification(note))) => format!("notification {}", note.method),
                Ok(Frame::Message(Message::Response(_))) => "response".to_owned(),
                Ok(Frame::Malformed(why)) => {
                    let bytes = write(&Outgoing::Malformed(why));
                    String::from_utf8(bytes).unwrap().split_once("\r\n\r\n").unwrap().1.to_owned()
                }
                Ok(Frame::End) => return shown,
                Err(error) => {
                    shown.push(format!("error {error}"));
                    return shown;
                }
            });
        }
    }

    fn frame(content: &str) -> String {
        format!("Content-Length: {}\r\nContent-Type: application/json\r\n\r\n{content}", content.len())
    }

    #[test]
    fn what_is_no_message_is_told_and_the_next_one_is_read() {
        let bytes: String = [
            r#"{"jsonrpc":"2.0","id":1,"method":"a"}"#,
            "{",
            r#"{"jsonrpc":"2.0","id":7}extra"#,
            r#"{"jsonrpc":"2.0","id":7,"method":3}"#,
            "[7]",
            r#"[7,"a",{}]"#,
            r#"{"method":"b","params":[]}"#,
        ]
        .iter()
        .map(|content| frame(content))
        .collect();
        let shown = frames(bytes.as_bytes());
        let is_error = |shown: &str, code: &str, id: &str| shown.contains(code) && shown.contains(id);
        assert_eq!(shown[0], "request a");
        assert!(is_error(&shown[1], "-32700", r#""id":null"#), "{}", shown[1]);
        assert!(is_error(&shown[2], "-32700", r#""id":null"#), "{}", shown[2]);
        assert!(is_error(&shown[3], "-32600", r#""id":7"#), "{}", shown[3]);
        assert!(is_error(&shown[4], "-32600", r#""id":null"#), "{}", shown[4]);
        assert!(is_error(&shown[5], "-32600", r#""id":null"#), "{}", shown[5]);
        assert_eq!(shown[6..], ["notification b"]);
    }

    #[test]
    fn headers_that_lead_nowhere_end_it() {
        for (bytes, why) in [
            ("Content-Length: x\r\n\r\n", "no number"),
            ("Content-Type: y\r\n\r\n", "without `Content-Length`"),
            ("hello\r\n", "no header"),
            ("Content-Length: 99999999999999\r\n\r\n{}", "are allowed"),
            ("Content-Length: 99\r\n\r\n{}", "end of file"),
            ("Content-Length: 2", "does not end"),
        ] {
            let shown = frames(bytes.as_bytes());
            assert!(shown.len() == 1 && shown[0].contains(why), "{bytes}: {shown:?}");
        }
        let endless = "x".repeat(1 << 20);
        assert!(frames(endless.as_bytes())[0].contains("does not end"));
        assert!(frames(b"").is_empty());
    }
}
