//! `cargo xtask test`: every check there is, cheapest first, stopping at the first that fails.

use std::fs;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::builder::PossibleValuesParser;

use crate::progress::Progress;
use crate::workspace::{Workspace, run as run_command};
use crate::{chromium, client, clients, extras, tidy, wasm_target, wasm_tests};

/// One check: a line in the summary.
struct Step {
    /// What `--only` calls it.
    name: &'static str,
    /// What is announced.
    what: &'static str,
    kind: Kind,
    /// Does the work; may return a remark for the summary.
    run: fn(&Workspace) -> Result<String>,
}

/// Decides with which options a step runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Left out by `--no-lint`.
    Lint,
    /// Always runs.
    Test,
    /// Left out by `--fast`. These build on each other, so that the last of them runs with all before it.
    Browser,
}

/// All steps, in the order in which they run.
const STEPS: [Step; 11] = [
    Step { name: "fmt", what: "Formatting", kind: Kind::Lint, run: fmt },
    Step { name: "tidy", what: "Rules of the house", kind: Kind::Lint, run: tidy::run },
    Step { name: "clippy", what: "Clippy, native", kind: Kind::Lint, run: clippy },
    Step { name: "clippy-wasm", what: "Clippy, browser client", kind: Kind::Lint, run: clippy_wasm },
    Step { name: "native", what: "Unit, property, golden and protocol tests", kind: Kind::Test, run: native },
    Step { name: "wasm", what: "Tests of the shared crates on wasm", kind: Kind::Test, run: wasm_tests::run },
    Step { name: "client", what: "Browser client", kind: Kind::Browser, run: build_client },
    Step { name: "server", what: "Server with the client embedded", kind: Kind::Browser, run: build_server },
    Step { name: "chromium", what: "Chromium", kind: Kind::Browser, run: find_chromium },
    Step { name: "clients", what: "Clients of other people", kind: Kind::Browser, run: find_clients },
    Step { name: "e2e", what: "End-to-end tests in Chromium", kind: Kind::Browser, run: end_to_end },
];

/// `cargo xtask test`
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave out everything that needs a browser
    #[arg(long)]
    fast: bool,
    /// Leave out formatting, tidy and clippy
    #[arg(long)]
    no_lint: bool,
    /// Run a single step ("e2e" brings its builds along)
    #[arg(long, value_name = "STEP", conflicts_with_all = ["fast", "no_lint"],
          value_parser = PossibleValuesParser::new(STEPS.map(|step| step.name)))]
    only: Option<String>,
}

impl Args {
    fn selects(&self, step: &Step) -> bool {
        match self.only.as_deref() {
            Some("e2e") => step.kind == Kind::Browser,
            Some(only) => step.name == only,
            None => !(self.fast && step.kind == Kind::Browser || self.no_lint && step.kind == Kind::Lint),
        }
    }
}

/// A step that ran.
struct Outcome {
    name: &'static str,
    time: Duration,
    result: Result<String>,
}

/// Runs the selected steps and prints a summary.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let steps: Vec<&Step> = STEPS.iter().filter(|step| args.selects(step)).collect();
    let mut outcomes = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        println!("\n=== {}/{} {}: {}", index + 1, steps.len(), step.name, step.what);
        let start = Instant::now();
        let result = (step.run)(&workspace);
        let failed = result.is_err();
        outcomes.push(Outcome { name: step.name, time: start.elapsed(), result });
        if failed {
            break;
        }
    }
    Ok(summarise(&outcomes))
}

/// Prints the table, the way to repeat a failed step, and the closing line that machines look for.
fn summarise(outcomes: &[Outcome]) -> ExitCode {
    println!("\n{:<12} {:>8}  result", "step", "seconds");
    for Outcome { name, time, result } in outcomes {
        let remark = result.as_ref().map_or("FAILED", |remark| if remark.is_empty() { "ok" } else { remark });
        println!("{name:<12} {:>8.1}  {remark}", time.as_secs_f32());
    }
    let failure = outcomes.iter().find_map(|outcome| Some((outcome.name, outcome.result.as_ref().err()?)));
    if let Some((name, error)) = failure {
        println!("\n{name} failed: {error:#}");
        println!("to run only this step again: cargo xtask test --only {name}");
    }
    let failed = usize::from(failure.is_some());
    println!("\n{} passed, {failed} failed", outcomes.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn fmt(workspace: &Workspace) -> Result<String> {
    run_command(&mut workspace.cargo("fmt --all --check"))?;
    Ok(String::new())
}

fn clippy(workspace: &Workspace) -> Result<String> {
    run_command(&mut workspace.cargo("clippy --workspace --all-targets -- -D warnings"))?;
    Ok(String::new())
}

fn clippy_wasm(workspace: &Workspace) -> Result<String> {
    wasm_target::ensure()?;
    let target = wasm_target::TRIPLE;
    run_command(&mut workspace.cargo(&format!("clippy -p client-wasm --target {target} -- -D warnings")))?;
    Ok(String::new())
}

/// `xtask` is tested by itself: together with the others cargo would unify the features of their dependencies, and
/// so compile wasm-bindgen's code generator a second time.
fn native(workspace: &Workspace) -> Result<String> {
    run_command(&mut workspace.cargo("test --workspace --exclude tests --exclude xtask"))?;
    run_command(&mut workspace.cargo("test -p xtask"))?;
    Ok(String::new())
}

fn build_client(workspace: &Workspace) -> Result<String> {
    client::build(workspace, &workspace.client_dir(), &mut Progress::new(client::STEPS))?;
    Ok(String::new())
}

/// Together with the tests that drive it: alone, features would differ, and everything would be compiled once more.
fn build_server(workspace: &Workspace) -> Result<String> {
    run_command(&mut workspace.cargo("build -p server -p tests --bin hotswap"))?;
    Ok(String::new())
}

fn find_chromium(_: &Workspace) -> Result<String> {
    Ok(chromium::ensure()?.display().to_string())
}

fn find_clients(workspace: &Workspace) -> Result<String> {
    Ok(workspace.display(&clients::ensure(workspace)?).to_string())
}

fn end_to_end(workspace: &Workspace) -> Result<String> {
    let debug = workspace.target.join("debug");
    let suffix = std::env::consts::EXE_SUFFIX;
    let server = debug.join(format!("hotswap{suffix}"));
    let bot = debug.join("examples").join(format!("rust_bot{suffix}"));
    let screenshots = workspace.target.join("screenshots");
    fs::create_dir_all(&screenshots).context("creating the folder for screenshots")?;
    extras::prepare();
    let mut command = workspace.cargo("test -p tests");
    command
        .env("CHROME", chromium::ensure()?)
        .env("HOTSWAP_BIN", server)
        .env("HOTSWAP_BOT", bot)
        .env("HOTSWAP_CLIENTS", clients::ensure(workspace)?)
        .env("HOTSWAP_SCREENSHOTS", &screenshots);
    run_command(&mut command)?;
    Ok(format!("screenshots in {}", workspace.display(&screenshots)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of the steps that run with these options.
    fn check_selection(fast: bool, no_lint: bool, only: Option<&str>, expect: &[&str]) {
        let args = Args { fast, no_lint, only: only.map(str::to_owned) };
        let names: Vec<_> = STEPS.iter().filter(|step| args.selects(step)).map(|step| step.name).collect();
        assert_eq!(names, expect);
    }

    #[test]
    fn options_leave_out_what_they_say() {
        check_selection(false, false, None, &STEPS.map(|step| step.name));
        check_selection(true, false, None, &["fmt", "tidy", "clippy", "clippy-wasm", "native", "wasm"]);
        check_selection(true, true, None, &["native", "wasm"]);
    }

    #[test]
    fn a_single_step_runs_alone_but_the_browser_tests_bring_their_builds() {
        check_selection(false, false, Some("tidy"), &["tidy"]);
        check_selection(false, false, Some("e2e"), &["client", "server", "chromium", "clients", "e2e"]);
    }
}
