//! The rules of the house, as a test: who may depend on whom, how long a file may be, how it starts, and whether the page
//! has all its words in every language.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use toml::Table;

use crate::words;
use crate::workspace::Workspace;

/// The arrows of ARCHITECTURE.md: a crate, and all of our crates that it may depend on.
const ARROWS: [(&str, &[&str]); 10] = [
    ("sim", &[]),
    ("hotlogic", &["sim"]),
    ("protocol", &["sim"]),
    ("client-core", &["protocol", "sim", "hotlogic"]),
    ("client-wasm", &["client-core"]),
    ("server", &["protocol", "sim", "hotlogic"]),
    ("swarm", &["client-core"]),
    ("bench", &["swarm"]),
    ("tests", &["sim", "hotlogic", "protocol", "client-core", "client-wasm", "server", "swarm"]),
    ("xtask", &[]),
];

/// Past this a file has more than one job.
const MAX_LINES: usize = 500;

/// Folders of one particular machine. (In two parts, or this file would break the rule itself.)
const MACHINE_PATHS: [&str; 2] = [concat!("/wo", "rk/"), concat!("/ro", "ot/")];

/// Checks the whole repository and reports every breach, not only the first.
pub(crate) fn run(workspace: &Workspace) -> Result<String> {
    let files = text_files(workspace)?;
    let mut breaches: Vec<String> = Vec::new();
    for (path, text) in &files {
        breaches.extend(check_text(path, text));
    }
    let manifest = fs::read_to_string(workspace.root.join("Cargo.toml")).context("reading Cargo.toml")?;
    for member in members(&manifest)? {
        let path = workspace.root.join(&member).join("Cargo.toml");
        let manifest = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        breaches.extend(check_manifest(&member, &manifest)?);
    }
    breaches.extend(words::check(workspace, &files)?);
    for breach in &breaches {
        println!("  {breach}");
    }
    if !breaches.is_empty() {
        bail!("{} breaches of the rules of the house, listed above", breaches.len());
    }
    Ok(format!("{} files", files.len()))
}

/// What is wrong with a text file; `path` is relative to the repository.
fn check_text(path: &str, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    if path.ends_with(".rs") {
        if !text.starts_with("//!") {
            breaches.push(format!("{path}:1: say what the file is for: start it with a `//!` line"));
        }
        let lines = text.lines().count();
        if lines > MAX_LINES {
            breaches.push(format!("{path}: {lines} lines; split it by job, {MAX_LINES} is the limit"));
        }
    }
    for (index, line) in text.lines().enumerate() {
        for machine_path in MACHINE_PATHS.iter().filter(|machine_path| line.contains(**machine_path)) {
            breaches.push(format!("{path}:{}: `{machine_path}` exists on one machine only", index + 1));
        }
    }
    breaches
}

/// What is wrong with a member's manifest.
fn check_manifest(member: &str, manifest: &str) -> Result<Vec<String>> {
    let manifest: Table = manifest.parse().with_context(|| format!("parsing {member}/Cargo.toml"))?;
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == member) else {
        return Ok(vec![format!("{member}: say in xtask/src/tidy.rs what this crate may depend on")]);
    };
    let mut breaches = Vec::new();
    if !inherits(manifest.get("lints")) {
        breaches.push(format!("{member}/Cargo.toml: `[lints] workspace = true` is missing"));
    }
    for (name, dependency) in dependencies(&manifest) {
        if !inherits(Some(dependency)) {
            breaches.push(format!(
                "{member}/Cargo.toml: declare {name} in the workspace: `{name}.workspace = true`"
            ));
        }
        let is_ours = ARROWS.iter().any(|(ours, _)| ours == name);
        if is_ours && name != member && !allowed.contains(&name.as_str()) {
            breaches.push(format!(
                "{member}/Cargo.toml: {member} must not depend on {name}, see ARCHITECTURE.md"
            ));
        }
    }
    Ok(breaches)
}

/// Whether a table says `workspace = true`.
fn inherits(value: Option<&toml::Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(toml::Value::as_bool) == Some(true)
}

/// All dependencies of a manifest: normal, for tests, for build scripts, and those for some targets only.
fn dependencies(manifest: &Table) -> impl Iterator<Item = (&String, &toml::Value)> {
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let per_target = targets.into_iter().flat_map(Table::values).filter_map(toml::Value::as_table);
    std::iter::once(manifest)
        .chain(per_target)
        .flat_map(|table| {
            ["dependencies", "dev-dependencies", "build-dependencies"].map(|kind| table.get(kind))
        })
        .flatten()
        .filter_map(toml::Value::as_table)
        .flatten()
}

/// The members of the workspace.
fn members(manifest: &str) -> Result<Vec<String>> {
    let manifest: Table = manifest.parse().context("parsing Cargo.toml")?;
    let members = manifest.get("workspace").and_then(|workspace| workspace.get("members")?.as_array());
    let members = members.context("Cargo.toml has no `workspace.members`")?;
    Ok(members.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect())
}

/// Every text file that is ours, by its path relative to the repository.
///
/// Walks the folders instead of asking git: an unpacked archive is checked just as well.
fn text_files(workspace: &Workspace) -> Result<Vec<(String, String)>> {
    let ignored = fs::read_to_string(workspace.root.join(".gitignore")).context("reading .gitignore")?;
    let mut skipped: Vec<PathBuf> = vec![workspace.root.join(".git"), workspace.target.clone()];
    skipped.extend(ignored.lines().filter_map(|line| Some(workspace.root.join(line.strip_prefix('/')?))));

    let mut files = Vec::new();
    let mut folders = vec![workspace.root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            if skipped.contains(&path) || path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if let Some(text) = read_text(&path)? {
                files.push((workspace.display(&path).to_string(), text));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// A file's text, or nothing if it is binary.
fn read_text(path: &Path) -> Result<Option<String>> {
    let bytes = fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    Ok(String::from_utf8(bytes).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[lints]\nworkspace = true\n[dependencies]\nserde.workspace = true\n";

    /// Each of `expect` has to be part of one breach, in order.
    fn check(breaches: &[String], expect: &[&str]) {
        assert_eq!(breaches.len(), expect.len(), "{breaches:?}");
        for (breach, expected) in breaches.iter().zip(expect) {
            assert!(breach.contains(expected), "{breach:?} does not say {expected:?}");
        }
    }

    #[test]
    fn a_rust_file_says_what_it_is_for() {
        check(&check_text("sim/src/orb.rs", "//! The orb.\nfn f() {}\n"), &[]);
        check(&check_text("sim/src/orb.rs", "fn f() {}\n"), &["sim/src/orb.rs:1"]);
        check(&check_text("README.md", "# Hotswap\n"), &[]);
    }

    #[test]
    fn a_file_of_500_lines_is_the_longest() {
        let lines = |count: usize| format!("//! Long.\n{}", "\n".repeat(count - 1));
        check(&check_text("a.rs", &lines(500)), &[]);
        check(&check_text("a.rs", &lines(501)), &["501 lines"]);
        check(&check_text("a.md", &lines(501)), &[]);
    }

    #[test]
    fn paths_of_one_machine_are_found_with_their_line() {
        let text = format!("# fine\nsee {}main\n", MACHINE_PATHS[0]);
        check(&check_text("docs/a.md", &text), &["docs/a.md:2"]);
    }

    #[test]
    fn manifests_inherit_lints_and_dependencies() {
        check(&check_manifest("sim", GOOD).unwrap(), &[]);
        check(&check_manifest("sim", "[dependencies]\n").unwrap(), &["[lints]"]);
        let pinned = format!("{GOOD}[target.'cfg(unix)'.dev-dependencies]\nlibc = \"1\"\n");
        check(&check_manifest("sim", &pinned).unwrap(), &["libc.workspace = true"]);
    }

    #[test]
    fn arrows_hold_in_one_direction() {
        let depends_on = |name: &str| format!("{GOOD}{name}.workspace = true\n");
        check(&check_manifest("hotlogic", &depends_on("sim")).unwrap(), &[]);
        check(&check_manifest("sim", &depends_on("hotlogic")).unwrap(), &["sim must not depend on hotlogic"]);
        check(&check_manifest("client-core", &depends_on("server")).unwrap(), &["must not depend on server"]);
        check(&check_manifest("newcomer", GOOD).unwrap(), &["what this crate may depend on"]);
    }

    #[test]
    fn dev_dependencies_follow_the_arrows_too() {
        let manifest = format!("{GOOD}[dev-dependencies]\nserver = {{ workspace = true }}\n");
        check(&check_manifest("swarm", &manifest).unwrap(), &["swarm must not depend on server"]);
        check(&check_manifest("tests", &manifest).unwrap(), &[]);
    }
}
