//! Debian's packages, where we may install them.

use std::process::Command;

use anyhow::Result;

use crate::workspace::{capture, find_on_path, run};

/// Whether there is an `apt-get` that we may use.
pub(crate) fn may_install() -> bool {
    let is_root = || capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    find_on_path(&["apt-get"]).is_some() && is_root()
}

/// Installs `packages`, and nothing that they only recommend.
///
/// # Errors
/// When apt-get fails.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    run(Command::new("apt-get").arg("update"))?;
    run(Command::new("apt-get")
        .args(["install", "-y", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive"))
}
