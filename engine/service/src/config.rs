//! Settings: from flags, then the environment, then a file; read once, checked at once, passed by value.
//!
//! [`Config`] is what was said, [`Checked`] what it means. The command line fills the first and knows no more of
//! the second than that it serves. Secrets are in no `Debug` and in no error.

mod error;
mod file;
mod listen;
mod provider;
mod retain;

use std::path::PathBuf;

use acs::endpoint::is_loopback;
use acs::token;
use http::Uri;
use indexmap::IndexMap;
use lang::Value;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

pub use error::{ConfigError, Setting};
pub use file::{ConfigFile, SecretSource};
pub use listen::Listen;
pub use provider::{
    ACS_CONNECTION_STRING, ACS_ENDPOINT, AUTHORITY_DEFAULT, AZURE_AUTHORITY_HOST, AZURE_CLIENT_ID,
    AZURE_CLIENT_SECRET, AZURE_FEDERATED_TOKEN_FILE, AZURE_TENANT_ID, Credential, Entra, EntraSettings,
    Proof, Provider,
};
pub use retain::Retain;

/// `--listen`: loopback, so that nobody else can reach a service that was started to be tried.
pub const LISTEN_DEFAULT: &str = "127.0.0.1:8080";
/// `--data`.
pub const DATA_DEFAULT: &str = "./data";
/// `--retain-for`. Source: stores page, section 7.
pub const RETAIN_FOR_DEFAULT: &str = "30d";

/// Where to listen.
pub const LISTEN: Setting = Setting { flag: "--listen", environment: Some("CALLFLOW_LISTEN"), key: "listen" };
/// The base of the URLs that the provider calls back.
pub const PUBLIC_URL: Setting =
    Setting { flag: "--public-url", environment: Some("CALLFLOW_PUBLIC_URL"), key: "publicUrl" };
/// The folder of the embedded store.
pub const DATA: Setting = Setting { flag: "--data", environment: Some("CALLFLOW_DATA"), key: "data" };
/// Another store than the embedded one.
pub const STORE: Setting = Setting { flag: "--store", environment: Some("CALLFLOW_STORE"), key: "store" };
/// How long journals are kept after the end of their run.
pub const RETAIN_FOR: Setting =
    Setting { flag: "--retain-for", environment: Some("CALLFLOW_RETAIN_FOR"), key: "retainFor" };
/// How much the store may hold before the oldest journals go.
pub const RETAIN_SIZE: Setting =
    Setting { flag: "--retain-size", environment: Some("CALLFLOW_RETAIN_SIZE"), key: "retainSize" };
/// Whether flows are loaded anew when their files change.
pub const WATCH: Setting = Setting { flag: "--watch", environment: Some("CALLFLOW_WATCH"), key: "watch" };
/// What users of the API must present.
pub const API_TOKEN: Setting =
    Setting { flag: "--api-token", environment: Some("CALLFLOW_API_TOKEN"), key: "apiToken" };
/// What Event Grid must present.
pub const EVENTGRID_KEY: Setting =
    Setting { flag: "--eventgrid-key", environment: Some("CALLFLOW_EVENTGRID_KEY"), key: "eventgridKey" };
/// The audience of the tokens on callbacks.
pub const ACS_RESOURCE_ID: Setting = Setting {
    flag: "--acs-resource-id",
    environment: Some("CALLFLOW_ACS_RESOURCE_ID"),
    key: "acsResourceId",
};
/// Where the issuer of the tokens on callbacks describes itself.
pub const ACS_OPENID_URL: Setting =
    Setting { flag: "--acs-openid-url", environment: Some("CALLFLOW_ACS_OPENID_URL"), key: "acsOpenidUrl" };
/// The shape of log lines.
pub const LOG_FORMAT: Setting =
    Setting { flag: "--log-format", environment: Some("CALLFLOW_LOG_FORMAT"), key: "logFormat" };
/// Whether logs show phone numbers.
pub const LOG_IDENTIFIERS: Setting = Setting {
    flag: "--log-identifiers",
    environment: Some("CALLFLOW_LOG_IDENTIFIERS"),
    key: "logIdentifiers",
};
const SECRETS: Setting = Setting { flag: "--config", environment: None, key: "secrets" };

/// Settings as they were given; nothing is checked yet.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// [`LISTEN`].
    pub listen: Option<String>,
    /// [`PUBLIC_URL`].
    pub public_url: Option<String>,
    /// [`ACS_CONNECTION_STRING`].
    pub acs_connection_string: Option<SecretString>,
    /// [`ACS_ENDPOINT`].
    pub acs_endpoint: Option<String>,
    /// Who we are to the provider, where there is no key.
    pub entra: EntraSettings,
    /// [`DATA`].
    pub data: Option<PathBuf>,
    /// [`RETAIN_FOR`].
    pub retain_for: Option<String>,
    /// [`RETAIN_SIZE`].
    pub retain_size: Option<String>,
    /// [`WATCH`].
    pub watch: Option<bool>,
    /// [`STORE`]; a URL may hold a password.
    pub store: Option<SecretString>,
    /// [`API_TOKEN`].
    pub api_token: Option<SecretString>,
    /// [`EVENTGRID_KEY`].
    pub eventgrid_key: Option<SecretString>,
    /// [`ACS_RESOURCE_ID`].
    pub acs_resource_id: Option<String>,
    /// [`ACS_OPENID_URL`].
    pub acs_openid_url: Option<String>,
    /// [`LOG_FORMAT`].
    pub log_format: Option<LogFormat>,
    /// [`LOG_IDENTIFIERS`].
    pub log_identifiers: Option<bool>,
    /// The operator's constants, for the root `config` of expressions. From the file only.
    pub constants: IndexMap<String, Value>,
    /// Credentials, for the root `secrets` of `http` headers. From the file only.
    pub secrets: IndexMap<String, SecretSource>,
}

/// The shape of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON object per line.
    Json,
}

/// Settings that the service can run with.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Where to listen.
    pub listen: Listen,
    /// The base of callback URLs, without a slash at its end; `None`: the address that is listened on.
    pub public_url: Option<String>,
    /// The provider.
    pub acs: Provider,
    /// The folder of the embedded store.
    pub data: PathBuf,
    /// Which ended runs are kept.
    pub retain: Retain,
    /// Whether flows are loaded anew when their files change.
    pub watch: bool,
    /// What users of the API must present; `None`: nothing, on loopback only.
    pub api_token: Option<SecretString>,
    /// What Event Grid must present; `None`: nothing, on loopback only.
    pub eventgrid_key: Option<SecretString>,
    /// Whose tokens callbacks must carry; `None`: the unguessable path of the callback is all that is asked for.
    pub callback_tokens: Option<CallbackTokens>,
    /// The shape of log lines.
    pub log_format: LogFormat,
    /// Whether logs show phone numbers.
    pub log_identifiers: bool,
    /// The operator's constants.
    pub constants: IndexMap<String, Value>,
    /// Credentials by name.
    pub secrets: IndexMap<String, SecretString>,
}

/// Which tokens callbacks must carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackTokens {
    /// For whom they are made: the immutable id of the provider's resource.
    pub audience: String,
    /// The OpenID configuration of who makes them.
    pub openid_url: String,
}

impl Config {
    /// These settings, and where one is missing, that of the other. One that is blank counts as missing: that is
    /// what a variable is that somebody has set to nothing.
    #[must_use]
    pub fn merge(self, other: Config) -> Config {
        let text = |one: Option<String>, other| one.filter(|one| given(Some(one)).is_some()).or(other);
        let secret =
            |one: Option<SecretString>, other| one.filter(|one| exposed(Some(one)).is_some()).or(other);
        let mut constants = other.constants;
        constants.extend(self.constants);
        let mut secrets = other.secrets;
        secrets.extend(self.secrets);
        Config {
            listen: text(self.listen, other.listen),
            public_url: text(self.public_url, other.public_url),
            acs_connection_string: secret(self.acs_connection_string, other.acs_connection_string),
            acs_endpoint: text(self.acs_endpoint, other.acs_endpoint),
            entra: self.entra.merge(other.entra),
            data: self.data.filter(|data| !data.as_os_str().is_empty()).or(other.data),
            retain_for: text(self.retain_for, other.retain_for),
            retain_size: text(self.retain_size, other.retain_size),
            watch: self.watch.or(other.watch),
            store: secret(self.store, other.store),
            api_token: secret(self.api_token, other.api_token),
            eventgrid_key: secret(self.eventgrid_key, other.eventgrid_key),
            acs_resource_id: text(self.acs_resource_id, other.acs_resource_id),
            acs_openid_url: text(self.acs_openid_url, other.acs_openid_url),
            log_format: self.log_format.or(other.log_format),
            log_identifiers: self.log_identifiers.or(other.log_identifiers),
            constants,
            secrets,
        }
    }

    /// What the settings mean. Reads the environment variables that `secrets` name.
    ///
    /// # Errors
    /// Every setting that is missing or wrong, each with what to do.
    pub fn check(self) -> Result<Checked, Vec<ConfigError>> {
        self.check_with(|variable| std::env::var(variable).ok())
    }

    fn check_with(self, environment: impl Fn(&str) -> Option<String>) -> Result<Checked, Vec<ConfigError>> {
        let mut wrong = Vec::new();
        let listen = keep(Listen::parse(given(self.listen.as_deref()).unwrap_or(LISTEN_DEFAULT)), &mut wrong);
        // An address that cannot be read is one error, not three: it is judged as the harmless one.
        let is_private = listen.as_ref().is_none_or(Listen::is_loopback);
        let acs = provider::check(
            self.acs_connection_string.as_ref(),
            self.acs_endpoint.as_deref(),
            self.entra,
            &mut wrong,
        );
        let public_url = keep(public_url(self.public_url.as_deref(), is_private), &mut wrong);
        let api_token = keep(shared_secret(API_TOKEN, self.api_token, is_private, WHY_TOKEN), &mut wrong);
        let eventgrid_key =
            keep(shared_secret(EVENTGRID_KEY, self.eventgrid_key, is_private, WHY_KEY), &mut wrong);
        let callback_tokens = keep(callback_tokens(self.acs_resource_id, self.acs_openid_url), &mut wrong);
        let retain =
            keep(retain::retain(self.retain_for.as_deref(), self.retain_size.as_deref()), &mut wrong);
        keep(embedded(self.store.as_ref()), &mut wrong);
        let secrets: IndexMap<_, _> = self
            .secrets
            .into_iter()
            .filter_map(|(name, source)| keep(resolve(name, source, &environment), &mut wrong))
            .collect();
        match (listen, acs, public_url, api_token, eventgrid_key, callback_tokens, retain) {
            (
                Some(listen),
                Some(acs),
                Some(public_url),
                Some(api_token),
                Some(eventgrid_key),
                Some(callback_tokens),
                Some(retain),
            ) if wrong.is_empty() => Ok(Checked {
                listen,
                public_url,
                acs,
                data: self
                    .data
                    .filter(|data| !data.as_os_str().is_empty())
                    .unwrap_or_else(|| DATA_DEFAULT.into()),
                retain,
                watch: self.watch.unwrap_or_default(),
                api_token,
                eventgrid_key,
                callback_tokens,
                log_format: self.log_format.unwrap_or_default(),
                log_identifiers: self.log_identifiers.unwrap_or_default(),
                constants: self.constants,
                secrets,
            }),
            _ => Err(wrong),
        }
    }
}

const WHY_TOKEN: &str = "whoever reaches this address could place calls";
const WHY_KEY: &str = "whoever reaches this address could announce calls that do not exist";

fn keep<T>(result: Result<T, ConfigError>, wrong: &mut Vec<ConfigError>) -> Option<T> {
    result.map_err(|error| wrong.push(error)).ok()
}

/// The text without blanks around it; a setting that is only blank counts as not given.
fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn exposed(secret: Option<&SecretString>) -> Option<&str> {
    given(secret.map(|secret| secret.expose_secret()))
}

fn public_url(text: Option<&str>, is_private: bool) -> Result<Option<String>, ConfigError> {
    const HELP: &str =
        "give the address under which the provider reaches this service, such as `https://calls.example.com`";
    let Some(text) = given(text) else {
        return if is_private {
            Ok(None)
        } else {
            Err(PUBLIC_URL.missing("the provider must know where to report what happens in a call", HELP))
        };
    };
    let wrong = |what: &str| PUBLIC_URL.wrong(format!("`{}` {what}", text.escape_debug()), HELP);
    let uri: Uri = text.parse().map_err(|_| wrong("is not a URL"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(wrong("is not a URL with scheme and host"));
    };
    if authority.as_str().contains('@') {
        // What stands before the `@` may be a password, so the URL is not repeated.
        return Err(PUBLIC_URL.wrong("it must not hold a user name or password".to_owned(), HELP));
    }
    if uri.query().is_some() {
        return Err(PUBLIC_URL.wrong("it must not have a query".to_owned(), HELP));
    }
    match scheme {
        "https" => {}
        "http" if is_loopback(authority.host()) => {}
        "http" => {
            return Err(wrong("must begin with `https://`: callbacks name people, and this is not loopback"));
        }
        _ => return Err(wrong("must begin with `https://`")),
    }
    Ok(Some(text.trim_end_matches('/').to_owned()))
}

fn shared_secret(
    setting: Setting,
    secret: Option<SecretString>,
    is_private: bool,
    why: &str,
) -> Result<Option<SecretString>, ConfigError> {
    const HELP: &str = "make one with `openssl rand -hex 32`, or listen on loopback";
    match exposed(secret.as_ref()) {
        None if is_private => Ok(None),
        None => Err(setting.missing(why, HELP)),
        Some(text) if text.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(Some(SecretString::from(text))),
        Some(_) => {
            Err(setting.wrong("it holds characters that cannot stand in a header or URL".to_owned(), HELP))
        }
    }
}

fn callback_tokens(id: Option<String>, url: Option<String>) -> Result<Option<CallbackTokens>, ConfigError> {
    let openid_url = match given(url.as_deref()) {
        None => format!("{}{}", token::ISSUER, token::OPENID_CONFIGURATION_PATH),
        Some(url) => {
            let uri = url.parse::<Uri>().ok();
            let is_safe = uri.as_ref().is_some_and(|uri| match (uri.scheme_str(), uri.host()) {
                (Some("https"), Some(_)) => true,
                (Some("http"), Some(host)) => is_loopback(host),
                _ => false,
            });
            if !is_safe {
                return Err(ACS_OPENID_URL.wrong(
                    "keys that are fetched from there would prove nothing".to_owned(),
                    "give an `https://` URL (`http://` on loopback only), or leave it out",
                ));
            }
            url.to_owned()
        }
    };
    let Some(audience) = given(id.as_deref()) else { return Ok(None) };
    if audience.contains(['/', '.', ':']) {
        return Err(ACS_RESOURCE_ID.wrong(
            "that is a name, not the immutable id".to_owned(),
            "give the GUID that the portal shows as \"immutable resource id\" in the resource's properties",
        ));
    }
    Ok(Some(CallbackTokens { audience: audience.to_owned(), openid_url }))
}

fn embedded(store: Option<&SecretString>) -> Result<(), ConfigError> {
    match exposed(store) {
        None => Ok(()),
        Some(_) => Err(STORE.wrong(
            "this version keeps its runs in the embedded store only; there is no distributed one yet"
                .to_owned(),
            "leave it out, and say with `--data` in which folder the embedded store is",
        )),
    }
}

fn resolve(
    name: String,
    source: SecretSource,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<(String, SecretString), ConfigError> {
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name {
        return Err(SECRETS.wrong(
            format!("`{}` is no name that `secrets.NAME` can have in a flow", name.escape_debug()),
            "use letters, digits and `_`, and no digit at the beginning",
        ));
    }
    let secret = match source {
        SecretSource::Value(secret) => secret,
        SecretSource::Environment(variable) => match environment(&variable) {
            Some(value) => SecretString::from(value),
            None => {
                return Err(SECRETS.wrong(
                    format!(
                        "`{name}` comes from the environment variable `{}`, which is not set",
                        variable.escape_debug()
                    ),
                    "set it, or take the secret out",
                ));
            }
        },
    };
    if secret.expose_secret().is_empty() {
        return Err(SECRETS.wrong(format!("`{name}` is empty"), "give it a value, or take it out"));
    }
    Ok((name, secret))
}

#[cfg(test)]
mod tests;
