//! Where log lines go: to standard error, so that standard output holds results only.

use service::config::LogFormat;
use tracing_subscriber::EnvFilter;

use crate::output;

/// Begins to write log lines from a level on. `RUST_LOG` says otherwise, for all or for single parts.
pub(crate) fn begin(format: LogFormat, level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines.with_ansi(output::is_error_colored()).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
}
