//! `cargo xtask play`: from a fresh checkout to a running game.

use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpStream};
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::client;
use crate::progress::Progress;
use crate::token;
use crate::workspace::{Workspace, run as run_command};

/// How long `--open` waits for the server; opening a large database after a crash takes a moment.
const OPEN_PATIENCE: Duration = Duration::from_secs(30);
/// How often `--open` looks whether the server answers.
const OPEN_POLL: Duration = Duration::from_millis(100);

/// `cargo xtask play`
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The port to serve the game on
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Where releases, players and tokens are stored [default: data/ in the repository]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Open the game in a browser as soon as the server answers
    #[arg(long)]
    open: bool,
    /// Build the server with the client embedded, but don't start it
    #[arg(long)]
    build_only: bool,
    /// More arguments for `hotswap serve`, after `--`
    #[arg(last = true, value_name = "SERVER ARGS")]
    server_args: Vec<OsString>,
}

/// What the hidden helper behind `--open` is told.
#[derive(clap::Args)]
pub(crate) struct OpenArgs {
    port: u16,
}

/// Builds everything, then becomes the server.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if args.open && args.port == 0 {
        bail!("--open needs to know the port: choose one with --port");
    }
    let workspace = Workspace::find()?;
    let mut progress = Progress::new(client::STEPS + 1);
    client::build(&workspace, &workspace.client_dir(), &mut progress)?;
    progress.step("Building the server with the client embedded", || {
        run_command(&mut workspace.cargo("build --release -p server --bin hotswap"))
    })?;

    let binary = workspace.target.join("release").join(format!("hotswap{}", std::env::consts::EXE_SUFFIX));
    if args.build_only {
        println!("Built {}: one file that runs from any folder", workspace.display(&binary));
        return Ok(ExitCode::SUCCESS);
    }
    if args.open {
        open_in_background(args.port)?;
    }
    let data = args.data.clone().unwrap_or_else(|| workspace.root.join("data"));
    println!("Starting {}; stop it with Ctrl-C", workspace.display(&binary));
    let mut server = Command::new(&binary);
    if std::env::var_os(token::VARIABLE).is_none() {
        let token = token::load_or_make(&data)?;
        println!("Admin token: {token} (kept in {})", workspace.display(&data.join(token::FILE)));
        server.env(token::VARIABLE, token);
    }
    server.args(["serve", "--port", &args.port.to_string(), "--data"]).arg(data).args(&args.server_args);
    become_server(server).with_context(|| format!("starting {}", workspace.display(&binary)))
}

/// Replaces this process by the server, so that signals and the exit code are the server's own.
/// (`cargo run` does the same with us: a signal sent to `cargo xtask play` reaches the server too.)
#[cfg(unix)]
fn become_server(mut server: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(server.exec().into())
}

/// Runs the server as a child: the console sends Ctrl-C to it as well, and its exit code becomes ours.
#[cfg(not(unix))]
fn become_server(mut server: Command) -> Result<ExitCode> {
    let code = server.status()?.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Starts a second xtask that waits for the port: this process is about to become the server.
fn open_in_background(port: u16) -> Result<()> {
    let me = std::env::current_exe().context("finding our own executable for --open")?;
    let mut helper = Command::new(me);
    helper.args(["open-when-up", &port.to_string()]).spawn().context("starting the helper for --open")?;
    Ok(())
}

/// Waits until the server answers and opens the game in the user's browser.
pub(crate) fn open_when_up(args: &OpenArgs) -> Result<ExitCode> {
    let deadline = Instant::now() + OPEN_PATIENCE;
    while TcpStream::connect((Ipv4Addr::LOCALHOST, args.port)).is_err() {
        if Instant::now() > deadline {
            bail!("--open gave up: nothing answers on port {}", args.port);
        }
        std::thread::sleep(OPEN_POLL);
    }
    let url = format!("http://127.0.0.1:{}/", args.port);
    let (program, arguments): (&str, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/C", "start", ""]),
        _ => ("xdg-open", &[]),
    };
    let status = Command::new(program).args(arguments).arg(&url).status();
    match status {
        Ok(status) if status.success() => Ok(ExitCode::SUCCESS),
        _ => bail!("`{program}` could not open a browser; open {url} yourself"),
    }
}
