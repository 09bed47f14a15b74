//! Finds the browser for the end-to-end tests, or installs it where we may.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::apt;
use crate::workspace::find_on_path;

/// Names under which distributions install Chromium or Chrome.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// Without a font package the canvas renders names as empty boxes.
const PACKAGES: [&str; 2] = ["chromium", "fonts-dejavu-core"];

/// The path of a Chromium; installs Debian's package if there is none and we are root.
///
/// # Errors
/// Says what to install where we can't do it.
pub(crate) fn ensure() -> Result<PathBuf> {
    if let Some(found) = find()? {
        return Ok(found);
    }
    if !apt::may_install() {
        bail!(
            "the browser tests need Chromium: install it (Debian: `apt-get install {}`), or name an executable in \
             the environment variable CHROME, or leave the browser out with `cargo xtask test --fast`",
            PACKAGES.join(" ")
        );
    }
    apt::install(&PACKAGES)?;
    match find()? {
        Some(found) => Ok(found),
        None => bail!("apt-get installed {}, but there is no chromium on the PATH", PACKAGES.join(" and ")),
    }
}

/// `CHROME` decides if it is set, else the `PATH`.
fn find() -> Result<Option<PathBuf>> {
    let Some(chosen) = std::env::var_os("CHROME").filter(|chosen| !chosen.is_empty()) else {
        return Ok(find_on_path(&NAMES));
    };
    let chosen = PathBuf::from(chosen);
    if !chosen.is_file() {
        bail!("the environment variable CHROME names {}, which is no file", chosen.display());
    }
    Ok(Some(chosen))
}
