//! What the end-to-end tests share: the server as a process, and a browser with tabs.
//!
//! `cargo xtask test` builds what is tested and sets three variables: `HOTSWAP_BIN` (the server), `CHROME` (the browser)
//! and `HOTSWAP_SCREENSHOTS` (a folder for pictures).

pub mod arena;
pub mod browser;
pub mod netcode;
pub mod process;

use std::time::Duration;

/// Longer than anything that is waited for takes, even on a busy machine; a test that gets here has failed.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The value of a variable that `cargo xtask test` sets.
///
/// # Errors
/// When it is missing.
pub fn variable(name: &str) -> anyhow::Result<String> {
    std::env::var(name)
        .map_err(|_| anyhow::anyhow!("{name} is not set: run these tests with `cargo xtask test`"))
}
