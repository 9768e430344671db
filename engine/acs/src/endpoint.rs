//! Where the service is and with which key: the connection string.
//!
//! Source: reference 1.1. The key shows up in no error and no `Debug`.

use std::fmt;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use secrecy::{ExposeSecret, SecretSlice};
use thiserror::Error;

use crate::limits::CONNECTION_STRING_BYTES_MAX;

/// A connection string as the portal hands it out: `endpoint=https://…;accesskey=…`.
#[derive(Clone, Debug)]
pub struct ConnectionString {
    /// Where to send requests.
    pub endpoint: Endpoint,
    /// What to sign them with.
    pub key: AccessKey,
}

/// Scheme and authority of the service; there is nothing behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// HTTP only towards this machine.
    pub scheme: Scheme,
    /// Host and port, as they go into the `Host` header: a default port is left out.
    pub authority: String,
}

/// How requests travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In the clear; only towards loopback addresses.
    Http,
    /// Over TLS.
    Https,
}

/// An access key, which signs requests. Its `Debug` is masked.
#[derive(Clone)]
pub struct AccessKey(SecretSlice<u8>);

/// What is wrong with a connection string. Names the place, never the value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConnectionStringError {
    /// Longer than any connection string.
    #[error("the connection string is longer than {CONNECTION_STRING_BYTES_MAX} bytes")]
    TooLong,
    /// A part without `=`.
    #[error(
        "part {part} of the connection string is not `name=value`; it reads `endpoint=https://…;accesskey=…`"
    )]
    NotAPair {
        /// Which part, counted from 1.
        part: usize,
    },
    /// A part is there more than once.
    #[error("the connection string has more than one `{name}=`")]
    Twice {
        /// The part's name.
        name: &'static str,
    },
    /// A part is not there.
    #[error(
        "the connection string has no `{name}=`; copy it from the resource's page \"Keys\" in the portal"
    )]
    Missing {
        /// The part's name.
        name: &'static str,
    },
    /// The endpoint is wrong.
    #[error("the `endpoint=` of the connection string is wrong")]
    Endpoint(#[from] EndpointError),
    /// The key is wrong.
    #[error("the `accesskey=` of the connection string is wrong")]
    Key(#[from] AccessKeyError),
}

/// What is wrong with an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EndpointError {
    /// Not a URL with a host.
    #[error("it is not a URL such as `https://contoso.communication.azure.com`")]
    NotAUrl,
    /// Neither HTTP nor HTTPS.
    #[error("its scheme is neither `https` nor `http`")]
    Scheme,
    /// A name and password before the host.
    #[error("it must not hold a user name or password")]
    UserInfo,
    /// Something behind the host.
    #[error("it must end after the host, without path or query")]
    NotBare,
    /// HTTP to another machine.
    #[error(
        "`http` would send signatures in the clear to `{host}`; it is for 127.0.0.0/8, [::1] and localhost only"
    )]
    NotLoopback {
        /// The host.
        host: String,
    },
}

/// What is wrong with an access key. Does not show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AccessKeyError {
    /// Nothing there.
    #[error("the access key is empty")]
    Empty,
    /// Not base64.
    #[error("the access key is not base64; it must be copied whole, with its last `=`")]
    NotBase64,
}

impl ConnectionString {
    /// Reads a connection string. Parts in either order, their names in any case, unknown ones ignored.
    ///
    /// # Errors
    /// [`ConnectionStringError`]: a part is missing, there twice, or wrong. Safe to show.
    pub fn parse(text: &str) -> Result<ConnectionString, ConnectionStringError> {
        if text.len() > CONNECTION_STRING_BYTES_MAX {
            return Err(ConnectionStringError::TooLong);
        }
        let (mut endpoint, mut key) = (None, None);
        for (index, part) in text.split(';').map(str::trim).enumerate().filter(|(_, part)| !part.is_empty()) {
            // The key itself ends in `=`, so a name ends at the first one.
            let Some((name, value)) = part.split_once('=') else {
                return Err(ConnectionStringError::NotAPair { part: index + 1 });
            };
            let slot = match name.trim().to_ascii_lowercase().as_str() {
                "endpoint" => (&mut endpoint, "endpoint"),
                "accesskey" => (&mut key, "accesskey"),
                _ => continue,
            };
            if slot.0.replace(value.trim()).is_some() {
                return Err(ConnectionStringError::Twice { name: slot.1 });
            }
        }
        let endpoint = endpoint.ok_or(ConnectionStringError::Missing { name: "endpoint" })?;
        let key = key.ok_or(ConnectionStringError::Missing { name: "accesskey" })?;
        Ok(ConnectionString { endpoint: Endpoint::parse(endpoint)?, key: AccessKey::parse(key)? })
    }
}

impl Endpoint {
    /// Reads an endpoint. A `/` at its end is dropped, and so is a default port.
    ///
    /// # Errors
    /// [`EndpointError`]: not a bare URL, or HTTP to another machine.
    pub fn parse(text: &str) -> Result<Endpoint, EndpointError> {
        let uri: Uri = text.trim_end_matches('/').parse().map_err(|_| EndpointError::NotAUrl)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(EndpointError::NotAUrl);
        };
        let (scheme, default_port) = match scheme {
            "https" => (Scheme::Https, 443),
            "http" => (Scheme::Http, 80),
            _ => return Err(EndpointError::Scheme),
        };
        if authority.as_str().contains('@') {
            return Err(EndpointError::UserInfo);
        }
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(EndpointError::NotBare);
        }
        let host = authority.host().to_ascii_lowercase();
        if host.is_empty() {
            return Err(EndpointError::NotAUrl);
        }
        if scheme == Scheme::Http && !is_loopback(&host) {
            return Err(EndpointError::NotLoopback { host });
        }
        let authority = match (authority.port_u16(), authority.as_str().len() == host.len()) {
            (None, true) => host,
            (Some(port), _) if port == default_port => host,
            (Some(port), _) => format!("{host}:{port}"),
            (None, false) => return Err(EndpointError::NotAUrl),
        };
        Ok(Endpoint { scheme, authority })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority)
    }
}

impl Scheme {
    /// As it is written in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }
}

/// Whether a host can only be this machine: 127.0.0.0/8, `::1` (in brackets or not), `localhost`.
pub fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl AccessKey {
    /// Decodes an access key.
    ///
    /// # Errors
    /// [`AccessKeyError`]: empty, or not base64.
    pub fn parse(text: &str) -> Result<AccessKey, AccessKeyError> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| AccessKeyError::NotBase64)?;
        if bytes.is_empty() { Err(AccessKeyError::Empty) } else { Ok(AccessKey(SecretSlice::from(bytes))) }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessKey(…)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    #[test]
    fn connection_strings_that_are_right() {
        for (text, endpoint) in [
            (format!("endpoint=https://c.azure.com/;accesskey={KEY}"), "https://c.azure.com"),
            (format!("AccessKey={KEY};ENDPOINT=https://C.azure.com"), "https://c.azure.com"),
            (format!(" endpoint = https://c.azure.com:443 ; accesskey = {KEY} ;"), "https://c.azure.com"),
            (format!("endpoint=https://c.azure.com:8443;accesskey={KEY};x=y"), "https://c.azure.com:8443"),
            (format!("endpoint=http://127.8.9.1:8080/;accesskey={KEY}"), "http://127.8.9.1:8080"),
            (format!("endpoint=http://localhost:80;accesskey={KEY}"), "http://localhost"),
            (format!("endpoint=http://[::1]:8080;accesskey={KEY}"), "http://[::1]:8080"),
        ] {
            let parsed = ConnectionString::parse(&text).unwrap();
            assert_eq!(parsed.endpoint.to_string(), endpoint, "{text}");
            assert_eq!(parsed.key.bytes(), (0..32).collect::<Vec<u8>>());
        }
    }

    #[test]
    fn connection_strings_that_are_wrong() {
        use ConnectionStringError as E;
        for (text, expected) in [
            (String::new(), E::Missing { name: "endpoint" }),
            ("endpoint=https://c".to_owned(), E::Missing { name: "accesskey" }),
            (format!("https://c;accesskey={KEY}"), E::NotAPair { part: 1 }),
            (format!("endpoint=https://c;accesskey={KEY};accessKey={KEY}"), E::Twice { name: "accesskey" }),
            (format!("endpoint={KEY};accesskey=https://c"), E::Endpoint(EndpointError::NotAUrl)),
            (format!("endpoint=ftp://c;accesskey={KEY}"), E::Endpoint(EndpointError::Scheme)),
            (format!("endpoint=https://u:p@c;accesskey={KEY}"), E::Endpoint(EndpointError::UserInfo)),
            (format!("endpoint=https://c/calling;accesskey={KEY}"), E::Endpoint(EndpointError::NotBare)),
            (format!("endpoint=https://c:99999;accesskey={KEY}"), E::Endpoint(EndpointError::NotAUrl)),
            (
                format!("endpoint=http://10.0.0.1;accesskey={KEY}"),
                E::Endpoint(EndpointError::NotLoopback { host: "10.0.0.1".to_owned() }),
            ),
            (
                format!("endpoint=http://localhost.example.com;accesskey={KEY}"),
                E::Endpoint(EndpointError::NotLoopback { host: "localhost.example.com".to_owned() }),
            ),
            ("endpoint=https://c;accesskey=".to_owned(), E::Key(AccessKeyError::Empty)),
            (
                format!("endpoint=https://c;accesskey={}", KEY.trim_end_matches('=')),
                E::Key(AccessKeyError::NotBase64),
            ),
            ("x".repeat(5_000), E::TooLong),
        ] {
            let error = ConnectionString::parse(&text).unwrap_err();
            assert_eq!(error, expected, "{text}");
            assert!(!format!("{error}{error:?}").contains("AAECAwQF"), "{error} shows the key");
        }
    }

    #[test]
    fn keys_are_masked() {
        let parsed = ConnectionString::parse(&format!("endpoint=https://c;accesskey={KEY}")).unwrap();
        let shown = format!("{parsed:?}");
        assert!(
            shown.contains("AccessKey(…)") && !shown.contains("AAEC") && !shown.contains("0, 1, 2"),
            "{shown}"
        );
    }
}
