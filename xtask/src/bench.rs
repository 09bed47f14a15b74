//! `cargo xtask bench`: builds our server and the benchmark as users would, and runs it: the servers on one core, the
//! players on another.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::workspace::{Workspace, find_on_path, run as run_command};

/// The core of the servers, and that of the players.
const CORES: [&str; 2] = ["0", "1"];

/// `cargo xtask bench`
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// A first impression in under three minutes, written to target/bench instead of docs
    #[arg(long)]
    quick: bool,
    /// More arguments for the benchmark, after `--`; `-- --help` lists them
    #[arg(last = true, value_name = "BENCH ARGS")]
    bench_args: Vec<OsString>,
}

/// What else is measured.
#[derive(clap::Subcommand)]
enum What {
    /// Corrections, delays and starved frames over lines of every kind, in virtual time: the table of docs/netcode.md
    Netcode,
    /// From publishing to the last of a thousand players who switched, and a release that loops: the table of docs/operations.md
    Hotswap,
}

/// Builds everything and runs the benchmark.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    if let Some(What::Netcode) = args.what {
        // Virtual time costs none, so the build that the tests have made will do.
        run_command(&mut workspace.cargo("run --package tests --bin netcode"))?;
        return Ok(ExitCode::SUCCESS);
    }
    run_command(&mut workspace.cargo("build --release -p server --bin hotswap"))?;
    run_command(&mut workspace.cargo("build --release -p bench"))?;
    if let Some(What::Hotswap) = args.what {
        return switching(&workspace);
    }

    let release = workspace.target.join("release");
    let work = workspace.target.join("bench");
    let out = if args.quick { work.clone() } else { workspace.root.join("docs") };
    let suffix = std::env::consts::EXE_SUFFIX;
    let bench = release.join(format!("bench{suffix}"));
    let several = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
    let pinned = several && find_on_path(&["taskset"]).is_some();
    let mut command = if pinned {
        let mut command = Command::new("taskset");
        command.args(["-c", CORES[1]]).arg(bench).args(["--core", CORES[0]]);
        command
    } else {
        println!("Not pinned to cores: that takes two of them, and taskset");
        Command::new(bench)
    };
    command.arg("--hotswap").arg(release.join(format!("hotswap{suffix}")));
    command.arg("--peers").arg(workspace.root.join("bench").join("peers"));
    command.arg("--work").arg(&work).arg("--out").arg(out);
    command.args(args.quick.then_some("--quick")).args(&args.bench_args);
    run_command(&mut command)?;
    Ok(ExitCode::SUCCESS)
}

/// Measures how thousands switch, and writes it down.
fn switching(workspace: &Workspace) -> Result<ExitCode> {
    let (release, suffix) = (workspace.target.join("release"), std::env::consts::EXE_SUFFIX);
    let mut command = Command::new(release.join(format!("switching{suffix}")));
    command.arg(release.join(format!("hotswap{suffix}"))).arg(workspace.target.join("bench"));
    command.arg(workspace.root.join("docs").join("operations.md"));
    run_command(&mut command)?;
    Ok(ExitCode::SUCCESS)
}
