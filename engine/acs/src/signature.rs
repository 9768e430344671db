//! HMAC-SHA256 of requests: made by the client, checked by the simulator.
//!
//! Source: reference 1.3. The path is signed as it is transmitted; a retry must be signed again. Knows no clock.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

use crate::endpoint::AccessKey;

/// Header with the date of a request.
pub const DATE_HEADER: &str = "x-ms-date";
/// Header with the hash of a request's body.
pub const CONTENT_HASH_HEADER: &str = "x-ms-content-sha256";

const SCHEME: &str = "HMAC-SHA256";
const SIGNED_HEADERS: &str = "x-ms-date;host;x-ms-content-sha256";
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// What signing adds to a request, besides the date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Value of `x-ms-content-sha256`.
    pub content_hash: String,
    /// Value of `Authorization`.
    pub authorization: String,
}

/// Why a signature is refused. Safe to show.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// A header is not there, or not text.
    #[error("the request has no header `{header}`")]
    Missing {
        /// The header.
        header: &'static str,
    },
    /// `Authorization` is not of this scheme.
    #[error("`authorization` is not `HMAC-SHA256 SignedHeaders=…&Signature=…`")]
    Scheme,
    /// The signed headers are not those which must be signed.
    #[error("the signed headers are not a date (`x-ms-date` or `date`), `host` and `x-ms-content-sha256`")]
    SignedHeaders,
    /// The date is not an HTTP date.
    #[error("`{header}` is not an HTTP date such as `Tue, 17 Mar 2026 10:20:30 GMT`")]
    Date {
        /// The header.
        header: &'static str,
    },
    /// The date is too far from the server's clock.
    #[error("the request is dated {seconds} s away from the server's clock")]
    Skew {
        /// How far, without sign.
        seconds: u64,
    },
    /// The hash is that of another body.
    #[error("`x-ms-content-sha256` is not the hash of the body that arrived; it changed after signing")]
    ContentHash,
    /// The signature is that of another request, or made with another key.
    #[error("the signature does not fit: another key, or method, path, query or host changed after signing")]
    Wrong,
}

/// Signs a request. `date` is an HTTP date and goes into `x-ms-date`; `host` goes into `Host`, with its port if that is
/// not the scheme's default.
pub fn sign(
    key: &AccessKey,
    method: &str,
    path_and_query: &str,
    host: &str,
    date: &str,
    body: &[u8],
) -> Signed {
    let content_hash = STANDARD.encode(Sha256::digest(body));
    let values = format!("{date};{host};{content_hash}");
    let signature = STANDARD.encode(mac(key, method, path_and_query, &values).finalize().into_bytes());
    let authorization = format!("{SCHEME} SignedHeaders={SIGNED_HEADERS}&Signature={signature}");
    Signed { content_hash, authorization }
}

/// Checks the signature of a request as it arrived: the path and query undecoded, the `Host` header's value.
///
/// `skew` is how far the request's date may be from `now`, either way.
///
/// # Errors
/// [`SignatureError`]: what is wrong, for a 401 with code 7509.
#[expect(clippy::too_many_arguments, reason = "each is a part of the request or of the check")]
pub fn verify(
    key: &AccessKey,
    method: &str,
    path_and_query: &str,
    host: &str,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
    skew: Duration,
) -> Result<(), SignatureError> {
    let (signed_headers, signature) = authorization(text(headers, "authorization")?)?;
    let date_header = date_header(signed_headers)?;
    let date = text(headers, date_header)?;
    let content_hash = text(headers, CONTENT_HASH_HEADER)?;
    check_date(date, date_header, now, skew)?;

    let expected_hash = STANDARD.encode(Sha256::digest(body));
    if !bool::from(expected_hash.as_bytes().ct_eq(content_hash.as_bytes())) {
        return Err(SignatureError::ContentHash);
    }

    let values: Vec<&str> = signed_headers
        .split(';')
        .map(|name| match name {
            "host" => host,
            CONTENT_HASH_HEADER => content_hash,
            _ => date,
        })
        .collect();
    let signature = STANDARD.decode(signature).map_err(|_| SignatureError::Wrong)?;
    mac(key, method, path_and_query, &values.join(";"))
        .verify_slice(&signature)
        .map_err(|_| SignatureError::Wrong)
}

fn mac(key: &AccessKey, method: &str, path_and_query: &str, values: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes()).expect("HMAC takes keys of any length");
    for part in [method, "\n", path_and_query, "\n", values] {
        mac.update(part.as_bytes());
    }
    mac
}

fn text<'a>(headers: &'a HeaderMap, header: &'static str) -> Result<&'a str, SignatureError> {
    headers.get(header).and_then(|value| value.to_str().ok()).ok_or(SignatureError::Missing { header })
}

/// The signed headers and the signature.
fn authorization(value: &str) -> Result<(&str, &str), SignatureError> {
    let (scheme, parameters) = value.split_once(' ').ok_or(SignatureError::Scheme)?;
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return Err(SignatureError::Scheme);
    }
    let mut signed_headers = None;
    let mut signature = None;
    for parameter in parameters.trim().split('&') {
        match parameter.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("SignedHeaders") => signed_headers = Some(value),
            Some((name, value)) if name.eq_ignore_ascii_case("Signature") => signature = Some(value),
            Some(_) | None => return Err(SignatureError::Scheme),
        }
    }
    signed_headers.zip(signature).ok_or(SignatureError::Scheme)
}

/// Which header holds the date. Older clients sign `date`, the present ones `x-ms-date`.
fn date_header(signed_headers: &str) -> Result<&'static str, SignatureError> {
    let mut names: Vec<&str> = signed_headers.split(';').collect();
    names.sort_unstable();
    match names.as_slice() {
        ["host", CONTENT_HASH_HEADER, DATE_HEADER] => Ok(DATE_HEADER),
        ["date", "host", CONTENT_HASH_HEADER] => Ok("date"),
        _ => Err(SignatureError::SignedHeaders),
    }
}

fn check_date(
    date: &str,
    header: &'static str,
    now: Timestamp,
    skew: Duration,
) -> Result<(), SignatureError> {
    let date = parse_http_date(date).ok_or(SignatureError::Date { header })?;
    let apart: SignedDuration = now.duration_since(date);
    let apart = apart.unsigned_abs();
    if apart > skew { Err(SignatureError::Skew { seconds: apart.as_secs() }) } else { Ok(()) }
}

/// A time as HTTP writes it (IMF-fixdate): `Tue, 17 Mar 2026 10:20:30 GMT`. Fractions of a second are dropped.
pub fn http_date(at: Timestamp) -> String {
    at.strftime(HTTP_DATE).to_string()
}

/// Reads a time as [`http_date`] writes it; `None` for anything else.
pub fn parse_http_date(text: &str) -> Option<Timestamp> {
    let civil = DateTime::strptime(HTTP_DATE, text).ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::HeaderValue;

    use super::*;

    /// A worked vector of the reference.
    struct Vector {
        method: &'static str,
        path_and_query: &'static str,
        host: &'static str,
        date: &'static str,
        body: &'static str,
        content_hash: &'static str,
        signature: &'static str,
    }

    const SKEW: Duration = Duration::from_secs(900);

    const A: Vector = Vector {
        method: "POST",
        path_and_query: "/calling/callConnections:answer?api-version=2026-03-12",
        host: "contoso.communication.azure.com",
        date: "Tue, 17 Mar 2026 10:20:30 GMT",
        body: r#"{"incomingCallContext":"ctx-0001","callbackUri":"https://app.example.com/api/callbacks/7f3c"}"#,
        content_hash: "hFD4N2x9GfFwViHMqFsbt1WzD8Hiy3xehBZPwb8Mab8=",
        signature: "O4vM/Vx9HjPO7XQJAUu2w3shkHEoxCka8y/XD6hpZek=",
    };

    const B: Vector = Vector {
        method: "GET",
        path_and_query: concat!(
            "/calling/callConnections/401f0b00-1bb7-44d5-91f3-2cc16362ae7d",
            "/participants/4%3A%2B14255550123?api-version=2026-03-12"
        ),
        host: "contoso.communication.azure.com",
        date: "Tue, 17 Mar 2026 10:20:31 GMT",
        body: "",
        content_hash: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        signature: "VaKrViu9fqzPT2QHhHDkA5qbc6I5wQnEMRhtwL/5zAk=",
    };

    const C: Vector = Vector {
        method: "POST",
        path_and_query: "/calling/callConnections?api-version=2026-03-12",
        host: "127.0.0.1:8443",
        date: "Tue, 17 Mar 2026 10:20:32 GMT",
        body: r#"{"targets":[],"callbackUri":"https://app.example.com/cb"}"#,
        content_hash: "KBkXdB4kmCtrUJmZWYfIiips9lGSlerepNSqHeUhiSw=",
        signature: "cmfiF7FnhQnHIJjIrtnc2wizbjnLTsElh+LfUZ5Jvf0=",
    };

    fn key() -> AccessKey {
        AccessKey::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap()
    }

    fn signed(vector: &Vector) -> Signed {
        let Vector { method, path_and_query, host, date, body, .. } = vector;
        sign(&key(), method, path_and_query, host, date, body.as_bytes())
    }

    fn headers(vector: &Vector) -> HeaderMap {
        let signed = signed(vector);
        let mut headers = HeaderMap::new();
        headers.insert(DATE_HEADER, HeaderValue::from_static(vector.date));
        headers.insert(CONTENT_HASH_HEADER, signed.content_hash.parse().unwrap());
        headers.insert("authorization", signed.authorization.parse().unwrap());
        headers
    }

    fn check(vector: &Vector, headers: &HeaderMap) -> Result<(), SignatureError> {
        let now = parse_http_date(vector.date).unwrap();
        let Vector { method, path_and_query, host, body, .. } = vector;
        verify(&key(), method, path_and_query, host, headers, body.as_bytes(), now, SKEW)
    }

    #[test]
    fn worked_vectors() {
        for vector in [&A, &B, &C] {
            let signed = signed(vector);
            assert_eq!(signed.content_hash, vector.content_hash);
            assert_eq!(
                signed.authorization,
                format!("HMAC-SHA256 SignedHeaders={SIGNED_HEADERS}&Signature={}", vector.signature)
            );
            assert_eq!(check(vector, &headers(vector)), Ok(()));
        }
    }

    #[test]
    fn whatever_changed_after_signing_is_noticed() {
        let headers = headers(&A);
        for (changed, expected) in [
            (Vector { method: "PUT", ..A }, SignatureError::Wrong),
            (Vector { path_and_query: C.path_and_query, ..A }, SignatureError::Wrong),
            (Vector { host: "127.0.0.1", ..A }, SignatureError::Wrong),
            (Vector { body: "{}", ..A }, SignatureError::ContentHash),
        ] {
            assert_eq!(check(&changed, &headers), Err(expected));
        }
    }

    #[test]
    fn headers_that_are_wrong() {
        let with = |name: &'static str, value: &str| {
            let mut headers = headers(&A);
            headers.insert(name, value.parse().unwrap());
            check(&A, &headers)
        };
        let wrong = format!("HMAC-SHA256 SignedHeaders={SIGNED_HEADERS}&Signature=AAAA");
        assert_eq!(with("authorization", &wrong), Err(SignatureError::Wrong));
        assert_eq!(with("authorization", "Bearer abc"), Err(SignatureError::Scheme));
        assert_eq!(with("authorization", "HMAC-SHA256"), Err(SignatureError::Scheme));
        let unsigned_date = "HMAC-SHA256 SignedHeaders=host;x-ms-content-sha256&Signature=AAAA";
        assert_eq!(with("authorization", unsigned_date), Err(SignatureError::SignedHeaders));
        assert_eq!(with(DATE_HEADER, "yesterday"), Err(SignatureError::Date { header: DATE_HEADER }));
        assert_eq!(
            with(DATE_HEADER, "Tue, 17 Mar 2026 10:35:31 GMT"),
            Err(SignatureError::Skew { seconds: 901 })
        );
        assert_eq!(
            with(DATE_HEADER, "Tue, 17 Mar 2026 10:05:29 GMT"),
            Err(SignatureError::Skew { seconds: 901 })
        );
        assert_eq!(with(DATE_HEADER, "Tue, 17 Mar 2026 10:35:30 GMT"), Err(SignatureError::Wrong));
        assert_eq!(check(&A, &HeaderMap::new()), Err(SignatureError::Missing { header: "authorization" }));
    }

    #[test]
    fn the_older_date_header_and_another_order() {
        let hash = A.content_hash;
        let values = format!("{};{hash};{}", A.host, A.date);
        let signature =
            STANDARD.encode(mac(&key(), A.method, A.path_and_query, &values).finalize().into_bytes());
        let authorization =
            format!("hmac-sha256 SignedHeaders=host;x-ms-content-sha256;date&Signature={signature}");
        let mut headers = HeaderMap::new();
        headers.insert("date", HeaderValue::from_static(A.date));
        headers.insert(CONTENT_HASH_HEADER, HeaderValue::from_static(hash));
        headers.insert("authorization", authorization.parse().unwrap());
        assert_eq!(check(&A, &headers), Ok(()));
    }

    #[test]
    fn http_dates() {
        let at: Timestamp = "2026-03-07T01:02:03.9Z".parse().unwrap();
        assert_eq!(http_date(at), "Sat, 07 Mar 2026 01:02:03 GMT");
        assert_eq!(parse_http_date("Sat, 07 Mar 2026 01:02:03 GMT"), "2026-03-07T01:02:03Z".parse().ok());
        assert_eq!(parse_http_date("Mon, 07 Mar 2026 01:02:03 GMT"), None, "the weekday is another");
        assert_eq!(parse_http_date("Sat, 07 Mar 2026 01:02:03 +0100"), None);
        for at in [Timestamp::MIN, Timestamp::MAX] {
            assert!(http_date(at).ends_with(" GMT"));
        }
    }
}
