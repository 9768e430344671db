//! What can be wrong with the settings: which one, what, and what to do.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Where one setting can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// On the command line.
    pub flag: &'static str,
    /// In the environment.
    pub environment: Option<&'static str>,
    /// In the file.
    pub key: &'static str,
}

impl Setting {
    pub(super) fn missing(self, why: &str, help: &'static str) -> ConfigError {
        ConfigError::Missing { setting: self, why: why.to_owned(), help }
    }

    pub(super) fn wrong(self, what: String, help: &'static str) -> ConfigError {
        ConfigError::Wrong { setting: self, what, help }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.environment {
            Some(variable) => {
                write!(f, "`{}` ({variable}, or `{}` in the settings file)", self.flag, self.key)
            }
            None => write!(f, "`{}` in the settings file", self.key),
        }
    }
}

/// One thing wrong with the settings. Repeats no secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A setting without which the service cannot run, or not safely.
    #[error("{setting} is missing: {why}; {help}")]
    Missing {
        /// Which.
        setting: Setting,
        /// What it is needed for.
        why: String,
        /// What to do.
        help: &'static str,
    },
    /// A setting that means nothing, or nothing good.
    #[error("{setting} is wrong: {what}; {help}")]
    Wrong {
        /// Which.
        setting: Setting,
        /// What is wrong with it.
        what: String,
        /// What to do.
        help: &'static str,
    },
    /// The file cannot be read.
    #[error("cannot read the settings file `{path}`: {cause}; check the path behind `--config`")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Something in the file.
    #[error("{place}: {what}")]
    File {
        /// File, and line and column where they are known.
        place: String,
        /// What is wrong there, and what to do where that is known.
        what: String,
    },
}
