//! `cargo xtask bench`: builds our server and the benchmark as users would, and runs it: the servers on one core, the
//! players on another.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::chromium;
use crate::client;
use crate::progress::Progress;
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
    /// Time of frames among 300 players in a real browser, bytes, first frame: a section of docs/benchmarks.md
    Client,
    /// What a player and an update cost, and what a core carries: tables and plot of docs/scale.md, in five minutes
    Capacity(More),
    /// A thousand players who connect within one second: a table of docs/scale.md
    Storm(More),
    /// Players who come and go for an hour, while the server's memory is watched: a table of docs/scale.md
    Soak(More),
    /// From publishing to the last of a thousand players who switched, and a release that loops: the table of docs/operations.md
    Hotswap,
}

/// Arguments that are passed on.
#[derive(clap::Args)]
struct More {
    /// More arguments, as --minutes 10; `-- --help` lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    more: Vec<OsString>,
}

/// Builds everything and runs the benchmark.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    let mut command = match &args.what {
        // Virtual time costs none, so the build that the tests have made will do.
        Some(What::Netcode) => workspace.cargo("run --package tests --bin netcode"),
        Some(What::Client) => frames(&workspace)?,
        Some(What::Capacity(more)) => scale(&workspace, "capacity", more)?,
        Some(What::Storm(more)) => scale(&workspace, "storm", more)?,
        Some(What::Soak(more)) => scale(&workspace, "soak", more)?,
        Some(What::Hotswap) => switching(&workspace)?,
        None => contest(&workspace, args)?,
    };
    run_command(&mut command)?;
    Ok(ExitCode::SUCCESS)
}

/// The game in a browser. Server and crowd are as people have them, as they share the machine with the browser.
fn frames(workspace: &Workspace) -> Result<Command> {
    client::build(workspace, &workspace.client_dir(), &mut Progress::new(client::STEPS))?;
    run_command(&mut workspace.cargo("build --release -p server --bin hotswap -p swarm --bin swarm"))?;
    run_command(&mut workspace.cargo("build -p tests --bin frames"))?;
    let program = |profile: &str, name: &str| {
        workspace.target.join(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    };
    let mut command = Command::new(program("debug", "frames"));
    command
        .arg(workspace.root.join("docs").join("benchmarks.md"))
        .env("CHROME", chromium::ensure()?)
        .env("HOTSWAP_BIN", program("release", "hotswap"))
        .env("HOTSWAP_SWARM", program("release", "swarm"))
        .env("HOTSWAP_SCREENSHOTS", workspace.target.join("screenshots"));
    Ok(command)
}

/// Our server and others.
fn contest(workspace: &Workspace, args: &Args) -> Result<Command> {
    let mut command = on_two_cores(workspace, "bench")?;
    let work = workspace.target.join("bench");
    let out = if args.quick { work } else { workspace.root.join("docs") };
    command.arg("--peers").arg(workspace.root.join("bench").join("peers")).arg("--out").arg(out);
    command.args(args.quick.then_some("--quick")).args(&args.bench_args);
    Ok(command)
}

/// How far our server goes.
fn scale(workspace: &Workspace, what: &str, more: &More) -> Result<Command> {
    let mut command = on_two_cores(workspace, "scale")?;
    command.arg("--out").arg(workspace.root.join("docs")).arg(what).args(&more.more);
    Ok(command)
}

/// A program of the benchmark, on the core of the players, which is told where our server is and on which core that goes.
fn on_two_cores(workspace: &Workspace, program: &str) -> Result<Command> {
    build(workspace)?;

    let release = workspace.target.join("release");
    let suffix = std::env::consts::EXE_SUFFIX;
    let program = release.join(format!("{program}{suffix}"));
    let several = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
    let pinned = several && find_on_path(&["taskset"]).is_some();
    let mut command = if pinned {
        let mut command = Command::new("taskset");
        command.args(["-c", CORES[1]]).arg(program).args(["--core", CORES[0]]);
        command
    } else {
        println!("Not pinned to cores: that takes two of them, and taskset");
        Command::new(program)
    };
    command.arg("--hotswap").arg(release.join(format!("hotswap{suffix}")));
    command.arg("--work").arg(workspace.target.join("bench"));
    Ok(command)
}

/// How thousands switch, written down.
fn switching(workspace: &Workspace) -> Result<Command> {
    build(workspace)?;
    let (release, suffix) = (workspace.target.join("release"), std::env::consts::EXE_SUFFIX);
    let mut command = Command::new(release.join(format!("switching{suffix}")));
    command.arg(release.join(format!("hotswap{suffix}"))).arg(workspace.target.join("bench"));
    command.arg(workspace.root.join("docs").join("operations.md"));
    Ok(command)
}

/// Builds our server and what measures it.
fn build(workspace: &Workspace) -> Result<()> {
    run_command(&mut workspace.cargo("build --release -p server --bin hotswap"))?;
    run_command(&mut workspace.cargo("build --release -p bench"))
}
