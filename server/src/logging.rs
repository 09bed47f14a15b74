//! Where log lines go: to standard error, filtered by the `log` setting.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging. A filter that cannot be read is reported and replaced by `info`.
pub fn init(filter: &str) {
    let (filter, problem) = match EnvFilter::try_new(filter) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new("info"), Some(error)),
    };
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
    if let Some(error) = problem {
        tracing::warn!("the log filter is not valid ({error}); logging at level info");
    }
}
