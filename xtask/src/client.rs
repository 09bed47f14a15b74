//! Builds the browser client: cargo for wasm, then wasm-bindgen (linked in), then `wasm-opt` if there is one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::progress::Progress;
use crate::wasm_target;
use crate::workspace::{Workspace, find_on_path, run as run_command};

/// The number of progress lines that [`build`] prints.
pub(crate) const STEPS: usize = 3;

/// What LLVM switches on for Rust's wasm targets since 1.82, and so what `wasm-opt` has to accept.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// `cargo xtask client`
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to put client.js and client_bg.wasm [default: web/ in cargo's target directory]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Builds the client and nothing else.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let out = match &args.out {
        Some(out) => std::path::absolute(out).context("resolving --out")?,
        None => workspace.client_dir(),
    };
    build(&workspace, &out, &mut Progress::new(STEPS))?;
    Ok(ExitCode::SUCCESS)
}

/// Writes `client.js` and `client_bg.wasm` to `out`, touching only files whose content changes.
pub(crate) fn build(workspace: &Workspace, out: &Path, progress: &mut Progress) -> Result<()> {
    progress.step(&format!("Checking for the {} target", wasm_target::TRIPLE), || {
        wasm_target::ensure()?;
        check_bindgen_version(workspace)
    })?;
    let wasm = progress.step("Compiling the browser client", || compile(workspace))?;
    progress.step("Generating the client's JavaScript bindings", || generate(workspace, &wasm, out))
}

/// wasm-bindgen's macro and its code generator speak a private format that changes with every version.
fn check_bindgen_version(workspace: &Workspace) -> Result<()> {
    let lock = fs::read_to_string(workspace.root.join("Cargo.lock")).context("reading Cargo.lock")?;
    let used = locked_versions(&lock, "wasm-bindgen")?;
    let linked = locked_versions(&lock, "wasm-bindgen-cli-support")?;
    if used != linked {
        bail!(
            "Cargo.lock has wasm-bindgen {} but wasm-bindgen-cli-support {}; set both to one exact version in \
             [workspace.dependencies] of Cargo.toml",
            used.join(", "),
            linked.join(", ")
        );
    }
    Ok(())
}

/// All versions of a package in a `Cargo.lock`.
fn locked_versions(lock: &str, package: &str) -> Result<Vec<String>> {
    let lock: toml::Table = lock.parse().context("parsing Cargo.lock")?;
    let packages = lock.get("package").and_then(toml::Value::as_array).context("it lists no packages")?;
    let versions =
        packages.iter().filter(|entry| entry.get("name").is_some_and(|name| name.as_str() == Some(package)));
    Ok(versions.filter_map(|entry| entry.get("version")?.as_str()).map(str::to_owned).collect())
}

fn compile(workspace: &Workspace) -> Result<PathBuf> {
    let target = wasm_target::TRIPLE;
    run_command(&mut workspace.cargo(&format!("build --profile client -p client-wasm --target {target}")))?;
    let wasm = workspace.target.join(target).join("client").join("client_wasm.wasm");
    if !wasm.is_file() {
        bail!("cargo built no {}; is `crate-type` of client-wasm still a cdylib?", workspace.display(&wasm));
    }
    Ok(wasm)
}

/// Turns the compiled client into what a browser loads, unless that was done for this very input already.
fn generate(workspace: &Workspace, wasm: &Path, out: &Path) -> Result<()> {
    let wasm_opt = find_on_path(&["wasm-opt"]);
    let stamp_file = workspace.target.join("web.stamp");
    let stamp = stamp(&fs::read(wasm).context("reading the compiled client")?, wasm_opt.as_deref(), out);
    let outputs = [out.join("client.js"), out.join("client_bg.wasm")];
    let same_input = fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp);
    if same_input && outputs.iter().all(|file| file.is_file()) {
        println!("  {} is up to date", workspace.display(out));
        return Ok(());
    }

    let staging = workspace.target.join("web.staging");
    if staging.exists() {
        fs::remove_dir_all(&staging).context("clearing the staging folder")?;
    }
    Bindgen::new()
        .input_path(wasm)
        .out_name("client")
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&staging)
        .context("wasm-bindgen could not process the client")?;
    if let Some(wasm_opt) = wasm_opt {
        optimise(&wasm_opt, &staging.join("client_bg.wasm"));
    }
    copy_changed(&staging, out)?;
    fs::write(&stamp_file, stamp).context("writing the stamp of the client")?;
    let size = fs::metadata(&outputs[1]).context("reading the client's size")?.len();
    println!("  {} ({} KB of wasm before compression)", workspace.display(out), size / 1000);
    Ok(())
}

/// Everything that decides what [`generate`] writes: when this is as before, so is the result.
fn stamp(wasm: &[u8], wasm_opt: Option<&Path>, out: &Path) -> String {
    let hash: String = Sha256::digest(wasm).iter().map(|byte| format!("{byte:02x}")).collect();
    let tool = wasm_opt.map_or_else(|| "no wasm-opt".to_owned(), |path| path.display().to_string());
    format!("{hash}\n{tool}\n{}\n", out.display())
}

/// Shrinks the module in place. It is a bonus, so a `wasm-opt` that is too old is no reason to fail.
fn optimise(wasm_opt: &Path, module: &Path) {
    let mut command = Command::new(wasm_opt);
    command.arg("-Oz").args(WASM_FEATURES).arg(module).arg("-o").arg(module);
    if let Err(error) = run_command(&mut command) {
        println!("  warning: using the client without wasm-opt: {error:#}");
    }
}

/// Copies a folder, leaving files alone that are the same already: their times tell cargo what to rebuild.
fn copy_changed(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("creating {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let source = entry?.path();
        let Some(name) = source.file_name() else { continue };
        let destination = to.join(name);
        if source.is_dir() {
            copy_changed(&source, &destination)?;
            continue;
        }
        let content = fs::read(&source).with_context(|| format!("reading {}", source.display()))?;
        if fs::read(&destination).is_ok_and(|old| old == content) {
            continue;
        }
        fs::write(&destination, content).with_context(|| format!("writing {}", destination.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
        version = 4
        [[package]]
        name = "wasm-bindgen"
        version = "0.2.130"
        [[package]]
        name = "wasm-bindgen-cli-support"
        version = "0.2.129"
    "#;

    #[test]
    fn the_lock_file_tells_the_versions_apart() {
        assert_eq!(locked_versions(LOCK, "wasm-bindgen").unwrap(), ["0.2.130"]);
        assert_eq!(locked_versions(LOCK, "wasm-bindgen-cli-support").unwrap(), ["0.2.129"]);
        assert!(locked_versions(LOCK, "walrus").unwrap().is_empty());
    }

    #[test]
    fn the_stamp_changes_with_input_tool_and_place() {
        let base = stamp(b"a", None, Path::new("out"));
        assert_eq!(base, stamp(b"a", None, Path::new("out")));
        assert_ne!(base, stamp(b"b", None, Path::new("out")));
        assert_ne!(base, stamp(b"a", Some(Path::new("wasm-opt")), Path::new("out")));
        assert_ne!(base, stamp(b"a", None, Path::new("elsewhere")));
    }
}
