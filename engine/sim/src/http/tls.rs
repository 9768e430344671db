//! TLS on the port of plain HTTP, with a certificate that is made at start.
//!
//! Official clients read one connection string in two ways: JavaScript's keeps `http`, Python's always speaks TLS. So
//! the first byte of a connection decides. Knows nothing of what is said on it.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, date_time_ymd};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::server::TlsStream;

use super::now;

/// What a connection begins with when TLS is spoken: the type of a record, a handshake. No method of HTTP begins so.
const HANDSHAKE: u8 = 0x16;
/// By which names clients on this machine call it.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Some clients refuse certificates that are valid for more than 398 days.
const VALIDITY: Duration = Duration::from_secs(365 * DAY.as_secs());

/// Who the simulator is to clients that insist on HTTPS: `localhost`, `127.0.0.1` and `::1`, as nobody but itself says.
///
/// Its key is never written anywhere. It can vouch for no other certificate, so to trust it is to trust this one
/// simulator while it runs.
#[derive(Clone)]
pub struct Certificate {
    pem: String,
    acceptor: TlsAcceptor,
}

/// Why there is no certificate.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// It could not be made.
    #[error("it could not be signed")]
    Making(#[from] rcgen::Error),
    /// TLS cannot be spoken with it.
    #[error("TLS cannot be spoken with it")]
    Using(#[from] tokio_rustls::rustls::Error),
}

impl Certificate {
    /// Makes one, with a key of its own, valid for a year.
    ///
    /// # Errors
    /// [`CertificateError`]: only if the machine has no randomness.
    pub fn new() -> Result<Certificate, CertificateError> {
        let key = KeyPair::generate()?;
        let certificate = parameters(now())?.self_signed(&key)?;
        let chain = vec![certificate.der().clone()];
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, PrivatePkcs8KeyDer::from(key.serialize_der()).into())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Certificate {
            pem: pem::encode(&pem::Pem::new("CERTIFICATE", certificate.der().to_vec())),
            acceptor: TlsAcceptor::from(Arc::new(config)),
        })
    }

    /// The certificate without its key, in PEM: what a client is given to trust.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Waits for the first byte, and greets whoever begins to speak TLS.
    pub(super) async fn meet(&self, stream: TcpStream) -> io::Result<Met> {
        let mut first = [0];
        stream.peek(&mut first).await?;
        if first == [HANDSHAKE] {
            Ok(Met::Secure(Box::new(self.acceptor.accept(stream).await?)))
        } else {
            Ok(Met::Plain(stream))
        }
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Certificate").finish_non_exhaustive()
    }
}

/// A connection whose peer has begun to speak.
pub(super) enum Met {
    Plain(TcpStream),
    Secure(Box<TlsStream<TcpStream>>),
}

fn parameters(now: Timestamp) -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = CertificateParams::new(NAMES.map(str::to_owned))?;
    parameters.distinguished_name = DistinguishedName::new();
    parameters.distinguished_name.push(DnType::CommonName, "Callflow simulator");
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let today = now.to_zoned(TimeZone::UTC).date();
    let today = date_time_ymd(today.year().into(), today.month().unsigned_abs(), today.day().unsigned_abs());
    // From yesterday on, for those whose clock is behind.
    parameters.not_before = today - DAY;
    parameters.not_after = today + VALIDITY;
    Ok(parameters)
}
