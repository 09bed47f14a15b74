//! The Socket.IO clients that other people use, for the tests of the doors: installed from npm and PyPI, in the versions that
//! `examples/` names, into the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::apt;
use crate::workspace::{Workspace, find_on_path, run};

/// Programs that are needed, and Debian's packages with them.
const PROGRAMS: [(&str, &str); 3] = [("node", "nodejs"), ("npm", "npm"), ("python3", "python3")];
/// `python3 -m venv` is a package of its own.
const VENV: &str = "python3-venv";

/// The folder with `node_modules` and a Python environment; installs both where they are missing.
///
/// # Errors
/// Says what to install where we can't do it.
pub(crate) fn ensure(workspace: &Workspace) -> Result<PathBuf> {
    programs()?;
    let (examples, folder) = (workspace.root.join("examples"), workspace.target.join("clients"));
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    once(&folder, &examples.join("package.json"), || {
        run(Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(&folder))
    })?;
    once(&folder, &examples.join("requirements.txt"), || {
        run(Command::new("python3").args(["-m", "venv", "."]).current_dir(&folder))?;
        let mut pip = Command::new(folder.join("bin").join("python"));
        run(pip
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
                "requirements.txt",
            ])
            .current_dir(&folder))
    })?;
    Ok(folder)
}

fn programs() -> Result<()> {
    let mut missing: Vec<&str> = PROGRAMS
        .iter()
        .filter(|(program, _)| find_on_path(&[program]).is_none())
        .map(|(_, package)| *package)
        .collect();
    let has_venv = || {
        Command::new("python3")
            .args(["-c", "import venv, ensurepip"])
            .status()
            .is_ok_and(|status| status.success())
    };
    if missing.contains(&"python3") || !has_venv() {
        missing.push(VENV);
    }
    if missing.is_empty() {
        return Ok(());
    }
    if !apt::may_install() {
        bail!(
            "the tests with other people's clients need Node.js and Python: install {} (Debian: `apt-get install {}`), or \
             leave them out with `cargo xtask test --fast`",
            missing.join(" and "),
            missing.join(" ")
        );
    }
    apt::install(&missing)
}

/// Copies `list` into `folder` and does `work`, unless that was done with the same list before.
fn once(folder: &Path, list: &Path, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let name = list.file_name().context("a list of packages has a name")?;
    let wanted = fs::read(list).with_context(|| format!("reading {}", list.display()))?;
    let done = folder.join(format!("{}.done", name.to_string_lossy()));
    if fs::read(&done).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    fs::write(folder.join(name), &wanted)?;
    work()?;
    fs::write(done, wanted)?;
    Ok(())
}
