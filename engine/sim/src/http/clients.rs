//! Who posts: one client for this machine, one for everywhere else. They differ in whom they trust.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use acs::endpoint::is_loopback;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Url};

use super::Error;
use crate::limits::{DELIVERIES_AT_ONCE_MAX, DELIVERY_TIMEOUT};

pub(super) struct Clients {
    /// Takes any certificate: applications under development make their own. So it must not get off this machine.
    here: Client,
    elsewhere: Client,
}

impl Clients {
    pub(super) fn new() -> Result<Clients, Error> {
        // Port 0 means the port of the URL. A hosts file may give the name to another machine.
        let ours = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
        let here = builder()
            .tls_danger_accept_invalid_certs(true)
            .resolve_to_addrs("localhost", &ours)
            .no_proxy()
            .build()
            .map_err(Error::Client)?;
        // Without the system's certificates this machine itself can still be reached, and that is what matters here.
        let elsewhere = builder().build().or_else(|_| builder().tls_certs_only([]).build());
        Ok(Clients { here, elsewhere: elsewhere.map_err(Error::Client)? })
    }

    /// The client for a URL. Neither follows redirects, which could lead from one's place to the other's.
    pub(super) fn of(&self, url: &str) -> &Client {
        if is_here(url) { &self.here } else { &self.elsewhere }
    }
}

fn builder() -> ClientBuilder {
    Client::builder()
        .redirect(Policy::none())
        .timeout(DELIVERY_TIMEOUT)
        .pool_max_idle_per_host(DELIVERIES_AT_ONCE_MAX)
        .user_agent("callflow-sim")
}

/// Read by the parser that the clients use, so that no URL means one host here and another there.
fn is_here(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.host_str().is_some_and(is_loopback))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_certificate_is_taken_on_this_machine_only() {
        for (url, expected) in [
            ("https://localhost:5001/callbacks", true),
            ("https://LOCALHOST/", true),
            ("https://127.0.0.1:5001/", true),
            ("https://127.1/", true),
            ("https://[::1]:5001/", true),
            ("https://example.com/", false),
            ("https://localhost.example.com/", false),
            ("https://localhost@example.com/", false),
            ("https://127.0.0.1.example.com/", false),
            ("https://example.com/?https://localhost/", false),
            ("https://192.168.0.1/", false),
            ("https://[::ffff:127.0.0.1]/", false),
            ("localhost", false),
        ] {
            assert_eq!(is_here(url), expected, "{url}");
        }
    }
}
