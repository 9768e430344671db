//! Where the provider is, and who we are to it: the holder of an access key, or an application of Microsoft Entra ID.

use std::path::PathBuf;

use acs::endpoint::{AccessKey, ConnectionString, Endpoint, is_loopback};
use http::Uri;
use secrecy::SecretString;

use super::error::{ConfigError, Setting};
use super::{exposed, given};

/// The provider's endpoint and key.
pub const ACS_CONNECTION_STRING: Setting = Setting {
    flag: "--acs-connection-string",
    environment: Some("ACS_CONNECTION_STRING"),
    key: "acsConnectionString",
};
/// The provider's endpoint, where bearer tokens stand in place of a key.
pub const ACS_ENDPOINT: Setting =
    Setting { flag: "--acs-endpoint", environment: Some("ACS_ENDPOINT"), key: "acsEndpoint" };
/// The directory in which the application is.
pub const AZURE_TENANT_ID: Setting =
    Setting { flag: "--azure-tenant-id", environment: Some("AZURE_TENANT_ID"), key: "azureTenantId" };
/// The application.
pub const AZURE_CLIENT_ID: Setting =
    Setting { flag: "--azure-client-id", environment: Some("AZURE_CLIENT_ID"), key: "azureClientId" };
/// By which the application proves itself.
pub const AZURE_CLIENT_SECRET: Setting = Setting {
    flag: "--azure-client-secret",
    environment: Some("AZURE_CLIENT_SECRET"),
    key: "azureClientSecret",
};
/// The file in which the platform keeps what proves the application, as Kubernetes does.
pub const AZURE_FEDERATED_TOKEN_FILE: Setting = Setting {
    flag: "--azure-federated-token-file",
    environment: Some("AZURE_FEDERATED_TOKEN_FILE"),
    key: "azureFederatedTokenFile",
};
/// Who gives the tokens.
pub const AZURE_AUTHORITY_HOST: Setting = Setting {
    flag: "--azure-authority-host",
    environment: Some("AZURE_AUTHORITY_HOST"),
    key: "azureAuthorityHost",
};

/// `--azure-authority-host`: the public cloud.
pub const AUTHORITY_DEFAULT: &str = "https://login.microsoftonline.com";

/// The application of Microsoft Entra ID as it was given; nothing is checked yet. Looked at only where
/// [`ACS_ENDPOINT`] is given: its variables are set on many machines for other programs.
#[derive(Clone, Debug, Default)]
pub struct EntraSettings {
    /// [`AZURE_TENANT_ID`].
    pub tenant_id: Option<String>,
    /// [`AZURE_CLIENT_ID`].
    pub client_id: Option<String>,
    /// [`AZURE_CLIENT_SECRET`].
    pub client_secret: Option<SecretString>,
    /// [`AZURE_FEDERATED_TOKEN_FILE`].
    pub federated_token_file: Option<PathBuf>,
    /// [`AZURE_AUTHORITY_HOST`].
    pub authority_host: Option<String>,
}

impl EntraSettings {
    pub(super) fn merge(self, other: EntraSettings) -> EntraSettings {
        let text = |one: Option<String>, other| one.filter(|one| given(Some(one)).is_some()).or(other);
        let has_secret = exposed(self.client_secret.as_ref()).is_some();
        EntraSettings {
            tenant_id: text(self.tenant_id, other.tenant_id),
            client_id: text(self.client_id, other.client_id),
            client_secret: self.client_secret.filter(|_| has_secret).or(other.client_secret),
            federated_token_file: self
                .federated_token_file
                .filter(|file| !file.as_os_str().is_empty())
                .or(other.federated_token_file),
            authority_host: text(self.authority_host, other.authority_host),
        }
    }
}

/// The provider, and who we are to it.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Where it is.
    pub endpoint: Endpoint,
    /// Who we are to it.
    pub credential: Credential,
}

/// Who we are to the provider. Source: reference 1.3 and 1.4.
#[derive(Clone, Debug)]
pub enum Credential {
    /// Who signs each request.
    Key(AccessKey),
    /// Whose tokens go with each request.
    Entra(Entra),
}

/// An application of Microsoft Entra ID.
#[derive(Clone, Debug)]
pub struct Entra {
    /// Who gives the tokens: a URL without a slash at its end.
    pub authority: String,
    /// The directory in which the application is.
    pub tenant: String,
    /// The application.
    pub client: String,
    /// By which it proves itself.
    pub proof: Proof,
}

/// By which an application proves itself.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A secret of its own.
    Secret(SecretString),
    /// A signed assertion, which the platform renews in this file.
    TokenFile(PathBuf),
}

impl From<ConnectionString> for Provider {
    fn from(ConnectionString { endpoint, key }: ConnectionString) -> Provider {
        Provider { endpoint, credential: Credential::Key(key) }
    }
}

/// `None`: something is wrong.
pub(super) fn check(
    connection_string: Option<&SecretString>,
    endpoint: Option<&str>,
    entra: EntraSettings,
    wrong: &mut Vec<ConfigError>,
) -> Option<Provider> {
    const EITHER: &str = "give a connection string with its key, or an endpoint and an application";
    match (exposed(connection_string), given(endpoint)) {
        (Some(text), None) => connection(text).map(Provider::from).map_err(|error| wrong.push(error)).ok(),
        (None, Some(text)) => {
            let endpoint = Endpoint::parse(text).map_err(|error| {
                wrong.push(
                    ACS_ENDPOINT.wrong(error.to_string(), "copy it from the resource's page in the portal"),
                );
            });
            let entra = entra.check(wrong);
            Some(Provider { endpoint: endpoint.ok()?, credential: Credential::Entra(entra?) })
        }
        (Some(_), Some(_)) => {
            wrong.push(ACS_ENDPOINT.wrong("there is a connection string as well".to_owned(), EITHER));
            None
        }
        (None, None) => {
            wrong.push(ACS_CONNECTION_STRING.missing(
                "without it no call can be answered or placed",
                "copy it from the resource's page \"Keys\" in the portal; it reads `endpoint=https://…;accesskey=…`. \
                 Without a key, give `--acs-endpoint` and an application of Microsoft Entra ID",
            ));
            None
        }
    }
}

fn connection(text: &str) -> Result<ConnectionString, ConfigError> {
    ConnectionString::parse(text).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        ACS_CONNECTION_STRING
            .wrong(format!("{error}{cause}"), "copy it from the resource's page \"Keys\" in the portal")
    })
}

impl EntraSettings {
    fn check(self, wrong: &mut Vec<ConfigError>) -> Option<Entra> {
        let tenant =
            id(AZURE_TENANT_ID, self.tenant_id.as_deref(), "in which directory the application is", wrong);
        let client = id(AZURE_CLIENT_ID, self.client_id.as_deref(), "which application this is", wrong);
        let proof = match (exposed(self.client_secret.as_ref()), self.federated_token_file) {
            (Some(secret), _) => Some(Proof::Secret(SecretString::from(secret))),
            (None, Some(file)) => Some(Proof::TokenFile(file)),
            (None, None) => {
                wrong.push(AZURE_CLIENT_SECRET.missing(
                    "without a key, requests carry tokens, and those are given to an application that proves itself",
                    "make a secret for the application in the portal, or name the platform's file with \
                     `--azure-federated-token-file`",
                ));
                None
            }
        };
        let authority =
            given(self.authority_host.as_deref()).unwrap_or(AUTHORITY_DEFAULT).trim_end_matches('/');
        if !is_safe(authority) {
            wrong.push(AZURE_AUTHORITY_HOST.wrong(
                "the application's secret would go there in the clear, or nowhere".to_owned(),
                "give an `https://` URL without a query (`http://` on loopback only), or leave it out",
            ));
            return None;
        }
        Some(Entra { authority: authority.to_owned(), tenant: tenant?, client: client?, proof: proof? })
    }
}

/// An id goes into a URL and a form, so it must be one.
fn id(setting: Setting, text: Option<&str>, why: &str, wrong: &mut Vec<ConfigError>) -> Option<String> {
    const HELP: &str = "the portal shows it on the application's page, as a GUID";
    let Some(text) = given(text) else {
        wrong.push(setting.missing(&format!("without a key it must be known {why}"), HELP));
        return None;
    };
    let is_id = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    if !is_id {
        wrong.push(setting.wrong("it is neither a GUID nor a domain".to_owned(), HELP));
        return None;
    }
    Some(text.to_owned())
}

fn is_safe(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let is_bare =
        uri.query().is_none() && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    is_bare
        && match (uri.scheme_str(), uri.host()) {
            (Some("https"), Some(_)) => true,
            (Some("http"), Some(host)) => is_loopback(host),
            _ => false,
        }
}

impl Provider {
    /// Whether anything that it takes to reach it goes over TLS.
    #[must_use]
    pub fn needs_tls(&self) -> bool {
        self.endpoint.scheme == acs::endpoint::Scheme::Https
            || match &self.credential {
                Credential::Key(_) => false,
                Credential::Entra(entra) => entra.authority.starts_with("https"),
            }
    }
}
