//! Makes sure that the toolchain can compile for the browser.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::workspace::{capture, find_on_path, run};

/// The target of the browser client, and of the tests that run on wasm.
pub(crate) const TRIPLE: &str = "wasm32-unknown-unknown";

/// Adds the wasm target to the toolchain if it is missing.
///
/// # Errors
/// Where there is no rustup to add it with, the error says what to install instead.
pub(crate) fn ensure() -> Result<()> {
    if is_installed()? {
        return Ok(());
    }
    if find_on_path(&["rustup"]).is_none() {
        bail!(
            "the Rust standard library for {TRIPLE} is not installed, and there is no rustup to add it with; \
             install Rust from https://rustup.rs, or your distribution's package (Debian: libstd-rust-dev-wasm32)"
        );
    }
    run(Command::new("rustup").args(["target", "add", TRIPLE]))?;
    if !is_installed()? {
        bail!(
            "rustup added {TRIPLE}, but not to the toolchain that `rustc` on the PATH belongs to; \
             put rustup's own folder (usually ~/.cargo/bin) first on the PATH"
        );
    }
    Ok(())
}

/// Looks into the sysroot rather than asking rustup: that also holds for toolchains that rustup doesn't manage.
fn is_installed() -> Result<bool> {
    let sysroot = capture(Command::new("rustc").args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(sysroot.trim()).join("lib/rustlib").join(TRIPLE).join("lib").is_dir())
}
