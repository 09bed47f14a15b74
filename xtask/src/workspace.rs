//! Where the repository is, and how programs are run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The folders that every task works with; all paths are absolute.
pub(crate) struct Workspace {
    /// The repository's root.
    pub(crate) root: PathBuf,
    /// Cargo's target directory, wherever `CARGO_TARGET_DIR` or a config file puts it.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Asks cargo, so that every way of configuring the target directory is respected.
    pub(crate) fn find() -> Result<Self> {
        let mut command = Command::new(cargo_path());
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        let metadata: Value =
            serde_json::from_str(&capture(&mut command)?).context("reading cargo's metadata")?;
        let folder = |key: &str| {
            let path = metadata[key].as_str().with_context(|| format!("cargo's metadata has no `{key}`"))?;
            anyhow::Ok(PathBuf::from(path))
        };
        let workspace = Self { root: folder("workspace_root")?, target: folder("target_directory")? };
        // The server embeds this folder at compile time; it has to be there even before there is a client.
        fs::create_dir_all(workspace.client_dir()).context("creating the client's output folder")?;
        Ok(workspace)
    }

    /// The built browser client: the folder that the server embeds.
    /// (Not `client/`: that is where cargo keeps the build scripts and macros of the profile of that name.)
    pub(crate) fn client_dir(&self) -> PathBuf {
        self.target.join("web")
    }

    /// A cargo command in the repository's root, with `arguments` separated by spaces.
    ///
    /// Every one gets the same environment: a variable that differs between two steps would make cargo rebuild
    /// the server between them.
    pub(crate) fn cargo(&self, arguments: &str) -> Command {
        let mut command = Command::new(cargo_path());
        command
            .args(arguments.split_whitespace())
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("HOTSWAP_CLIENT_DIR", self.client_dir());
        command
    }

    /// A path as people want to read it: relative to the repository where it is inside.
    pub(crate) fn display<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}

/// The cargo that started us, so that `cargo +toolchain xtask` builds with that toolchain throughout.
fn cargo_path() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// Shows the command, runs it with our own stdin and output, and fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    println!("  $ {}", command_line(command));
    let status = command.status().with_context(|| format!("starting `{}`", command_line(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", command_line(command));
    }
    Ok(())
}

/// Runs a command and returns its stdout; stderr is shown as it comes.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("starting `{}`", command_line(command)))?;
    if !output.status.success() {
        bail!("`{}` failed ({})", command_line(command), output.status);
    }
    String::from_utf8(output.stdout)
        .with_context(|| format!("reading what `{}` printed", command_line(command)))
}

/// The first of `names` that is an executable on the `PATH`.
pub(crate) fn find_on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    names.iter().find_map(|name| {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        std::env::split_paths(&path).map(|folder| folder.join(&file)).find(|candidate| candidate.is_file())
    })
}

/// The command as one would type it.
fn command_line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|part| part.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
