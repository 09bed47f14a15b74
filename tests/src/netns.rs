//! Network namespaces: a network of its own for a process or a thread, as if it were on another machine.
//!
//! They need root, and `ip` of iproute2.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// Where `ip netns` keeps them.
const FOLDER: &str = "/run/netns";
/// What the names of ours begin with; the id of the process that made them follows.
const PREFIX: &str = "hotswap-test-";

/// A network of its own; goes with this value, and with the next test if that was killed.
#[derive(Debug)]
pub struct Namespace {
    name: String,
}

impl Namespace {
    /// An empty one: nothing in it is connected to anything.
    ///
    /// # Errors
    /// Says what is missing on machines that have none, or where we may not make any.
    pub fn new(role: &str) -> anyhow::Result<Self> {
        sweep();
        let name = format!("{PREFIX}{}-{role}", std::process::id());
        ip(["netns", "add", &name])?;
        Ok(Self { name })
    }

    /// Words in front of a command that runs in it.
    #[must_use]
    pub fn launcher(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.name].map(str::to_owned).to_vec()
    }

    /// Moves the calling thread into it, and with it what that opens and which threads it starts from now on.
    ///
    /// # Errors
    /// When we may not.
    pub fn enter(&self) -> anyhow::Result<()> {
        let file = File::open(Path::new(FOLDER).join(&self.name))?;
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))
            .with_context(|| format!("no thread may enter {}", self.name))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // The next test sweeps what is left.
        let _ = ip(["netns", "del", &self.name]);
    }
}

/// Removes what tests that were killed have left: their networks, and the servers in them.
fn sweep() {
    let Ok(entries) = fs::read_dir(FOLDER) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let maker = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next());
        if maker.is_some_and(|maker| !Path::new("/proc").join(maker).exists()) {
            let inhabitants = ip([OsStr::new("netns"), OsStr::new("pids"), &name]).unwrap_or_default();
            for process in inhabitants.lines() {
                let _ = Command::new("kill").args(["-KILL", process]).status();
            }
            let _ = ip([OsStr::new("netns"), OsStr::new("del"), &name]);
        }
    }
}

/// Runs `ip`; gives what it prints.
fn ip<Word: AsRef<OsStr>>(words: impl IntoIterator<Item = Word>) -> anyhow::Result<String> {
    let output = Command::new("ip").args(words).output().context("there is no `ip`: install iproute2")?;
    if !output.status.success() {
        bail!("no network namespaces: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
