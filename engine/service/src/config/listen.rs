//! Where to listen.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::{ConfigError, LISTEN};

/// A host and a port to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    host: String,
    port: u16,
}

impl Listen {
    /// Reads `127.0.0.1:8080`, `[::1]:8080` or `localhost:8080`. Port 0 asks for any free port.
    ///
    /// # Errors
    /// [`ConfigError::Wrong`]: it is none of these.
    pub fn parse(text: &str) -> Result<Listen, ConfigError> {
        let text = text.trim();
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Listen { host: address.ip().to_string(), port: address.port() });
        }
        let parts = text.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        match parts {
            Some((host, port)) if is_host(host) => Ok(Listen { host: host.to_owned(), port }),
            Some(_) | None => Err(LISTEN.wrong(
                format!("`{}` is not an address and a port", text.escape_debug()),
                "write it like `127.0.0.1:8080`, or `0.0.0.0:8080` for all addresses of this machine",
            )),
        }
    }

    /// Whether only this machine can reach it.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        acs::endpoint::is_loopback(&self.host)
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port; 0 is any.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

fn is_host(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.parse::<IpAddr>() {
            Ok(IpAddr::V6(host)) => write!(f, "[{host}]:{}", self.port),
            Ok(IpAddr::V4(_)) | Err(_) => write!(f, "{}:{}", self.host, self.port),
        }
    }
}
