//! The settings file: YAML, keys as the flags in camelCase, and two sections that no flag has.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use lang::node::Kind;
use lang::{Finding, Node, Severity, Source, Template, Value};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::{Config, ConfigError, EntraSettings, LogFormat};
use crate::limits::CONFIG_BYTES_MAX;

/// Settings as a file gives them.
#[derive(Debug, Default)]
pub struct ConfigFile(Config);

/// Where a credential comes from.
#[derive(Clone, Debug)]
pub enum SecretSource {
    /// From the file itself.
    Value(SecretString),
    /// From this environment variable.
    Environment(String),
}

impl ConfigFile {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`], or everything that [`ConfigFile::parse`] finds.
    pub fn load(path: &Path) -> Result<ConfigFile, Vec<ConfigError>> {
        let unreadable = |cause| vec![ConfigError::Unreadable { path: path.to_owned(), cause }];
        let mut bytes = Vec::new();
        std::fs::File::open(path)
            .and_then(|file| file.take(CONFIG_BYTES_MAX as u64 + 1).read_to_end(&mut bytes))
            .map_err(unreadable)?;
        let name = path.display().to_string();
        if bytes.len() > CONFIG_BYTES_MAX {
            let what = format!("the file is larger than the {CONFIG_BYTES_MAX} bytes that settings may take");
            return Err(vec![ConfigError::File { place: name, what }]);
        }
        let source = lang::yaml::source(&name, &bytes)
            .map_err(|finding| vec![ConfigError::File { place: name, what: finding.message }])?;
        ConfigFile::parse(&source)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// Every place where the YAML is broken; else the first key or value that is no setting.
    pub fn parse(source: &Source) -> Result<ConfigFile, Vec<ConfigError>> {
        let is_blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
        if source.text().lines().all(is_blank) {
            return Ok(ConfigFile::default());
        }
        let (node, mut found) = lang::yaml::read(source);
        // The first reader keeps the limits on nesting and aliases, and sees keys that are there twice.
        found.retain(|finding| finding.severity == Severity::Error);
        if !found.is_empty() {
            return Err(errors(source, &found));
        }
        let Some(node) = node.filter(|node| !node.is_null()) else { return Ok(ConfigFile::default()) };
        let written: Written = serde_yaml::from_str(source.text()).map_err(|error| {
            vec![ConfigError::File { place: source.name().to_owned(), what: error.to_string() }]
        })?;
        let constants =
            node.get("config").map(|node| constants(source, node)).transpose()?.unwrap_or_default();
        Ok(ConfigFile(written.with(constants)))
    }
}

impl From<ConfigFile> for Config {
    fn from(file: ConfigFile) -> Config {
        file.0
    }
}

/// The operator's constants, by the rules of flows: to the settings' reader `+14255550123` is a number.
fn constants(source: &Source, node: &Node) -> Result<IndexMap<String, Value>, Vec<ConfigError>> {
    let error = |node: &Node, what: &str| {
        vec![ConfigError::File { place: place(source, node.span.start), what: what.to_owned() }]
    };
    let Kind::Map(entries) = &node.kind else {
        return if node.is_null() {
            Ok(IndexMap::new())
        } else {
            Err(error(node, "`config` is a mapping of names to constants"))
        };
    };
    let mut found = Vec::new();
    let mut constants = IndexMap::new();
    for entry in entries {
        let template = Template::read(&entry.value, &mut found);
        found.retain(|finding| finding.severity == Severity::Error);
        match template.constant() {
            Some(value) => constants.insert(entry.key.value.clone(), value.clone()),
            None if found.is_empty() => return Err(error(&entry.value, "a constant holds no `${…}`")),
            None => return Err(errors(source, &found)),
        };
    }
    if found.is_empty() { Ok(constants) } else { Err(errors(source, &found)) }
}

fn errors(source: &Source, found: &[Finding]) -> Vec<ConfigError> {
    let error = |finding: &Finding| ConfigError::File {
        place: place(source, finding.primary.span.start),
        what: match &finding.help {
            Some(help) => format!("{}; {help}", finding.message),
            None => finding.message.clone(),
        },
    };
    found.iter().map(error).collect()
}

fn place(source: &Source, offset: usize) -> String {
    let place = source.place(offset);
    format!("{}:{}:{}", source.name(), place.line, place.column)
}

/// The keys of the file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a mapping of settings")]
struct Written {
    listen: Option<String>,
    public_url: Option<String>,
    acs_connection_string: Option<SecretString>,
    acs_endpoint: Option<String>,
    azure_tenant_id: Option<String>,
    azure_client_id: Option<String>,
    azure_client_secret: Option<SecretString>,
    azure_federated_token_file: Option<PathBuf>,
    azure_authority_host: Option<String>,
    data: Option<PathBuf>,
    retain_for: Option<String>,
    retain_size: Option<String>,
    watch: Option<bool>,
    store: Option<SecretString>,
    api_token: Option<SecretString>,
    eventgrid_key: Option<SecretString>,
    acs_resource_id: Option<String>,
    acs_openid_url: Option<String>,
    log_format: Option<LogFormat>,
    log_identifiers: Option<bool>,
    #[serde(rename = "config")]
    _config: Option<IgnoredAny>,
    #[serde(default)]
    secrets: Option<IndexMap<String, SecretSource>>,
}

impl Written {
    fn with(self, constants: IndexMap<String, Value>) -> Config {
        Config {
            listen: self.listen,
            public_url: self.public_url,
            acs_connection_string: self.acs_connection_string,
            acs_endpoint: self.acs_endpoint,
            entra: EntraSettings {
                tenant_id: self.azure_tenant_id,
                client_id: self.azure_client_id,
                client_secret: self.azure_client_secret,
                federated_token_file: self.azure_federated_token_file,
                authority_host: self.azure_authority_host,
            },
            data: self.data,
            retain_for: self.retain_for,
            retain_size: self.retain_size,
            watch: self.watch,
            store: self.store,
            api_token: self.api_token,
            eventgrid_key: self.eventgrid_key,
            acs_resource_id: self.acs_resource_id,
            acs_openid_url: self.acs_openid_url,
            log_format: self.log_format,
            log_identifiers: self.log_identifiers,
            constants,
            secrets: self.secrets.unwrap_or_default(),
        }
    }
}

impl<'de> Deserialize<'de> for SecretSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SecretSource, D::Error> {
        deserializer.deserialize_any(SecretVisitor)
    }
}

struct SecretVisitor;

impl<'de> Visitor<'de> for SecretVisitor {
    type Value = SecretSource;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text in quotes or `{env: VARIABLE}`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<SecretSource, E> {
        Ok(SecretSource::Value(SecretString::from(text)))
    }

    // The library's own words for these would repeat the value.
    fn visit_i64<E: Error>(self, _: i64) -> Result<SecretSource, E> {
        Err(E::custom("a secret that looks like a number must stand in quotes"))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<SecretSource, E> {
        self.visit_i64(0)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<SecretSource, E> {
        self.visit_i64(0)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SecretSource, A::Error> {
        let entry: Option<(String, String)> = map.next_entry()?;
        match entry {
            Some((key, variable)) if key == "env" && map.next_key::<IgnoredAny>()?.is_none() => {
                Ok(SecretSource::Environment(variable))
            }
            Some(_) | None => Err(A::Error::custom("a secret is a text in quotes or `{env: VARIABLE}`")),
        }
    }
}
