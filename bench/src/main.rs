//! `bench`: measures our server against others. `cargo xtask bench` builds what it needs and runs it.
#![expect(clippy::print_stdout, reason = "a command line tool talks to its user on stdout")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bench::contest::{Plan, run};
use bench::install::install;
use bench::peers::{Kit, Peer};
use bench::{chart, page, table};
use clap::Parser;

/// Measures our server against others that do the same job.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench")]
struct Args {
    /// The binary of our server
    #[arg(long, hide = true)]
    hotswap: PathBuf,
    /// The folder with the servers that are not compiled
    #[arg(long, hide = true)]
    peers: PathBuf,
    /// Where to install them, and where everything else goes that is thrown away
    #[arg(long, hide = true)]
    work: PathBuf,
    /// The core of the servers; left to the system when it is missing
    #[arg(long, hide = true)]
    core: Option<u32>,
    /// Where benchmarks.md and benchmarks.svg go
    #[arg(long)]
    out: PathBuf,
    /// A first impression in under three minutes
    #[arg(long)]
    quick: bool,
    /// How many players, separated by commas
    #[arg(long, value_delimiter = ',')]
    players: Vec<u32>,
    /// Turns of each server with each number of players
    #[arg(long)]
    repeats: Option<u32>,
    /// Length of a measured window, seconds
    #[arg(long)]
    seconds: Option<u64>,
    /// Only these servers, separated by commas
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

impl Args {
    fn plan(&self) -> Result<Plan> {
        let (players, repeats, seconds): (&[u32], _, _) =
            if self.quick { (&[50, 200], 1, 3) } else { (&[50, 100, 200, 400, 800, 1_600], 3, 5) };
        let mut peers = Vec::new();
        for name in &self.only {
            match Peer::ALL.iter().find(|peer| peer.name() == name) {
                Some(peer) => peers.push(*peer),
                None => bail!("{name} is none of {}", Peer::ALL.map(Peer::name).join(", ")),
            }
        }
        let mut players = if self.players.is_empty() { players.to_vec() } else { self.players.clone() };
        players.sort_unstable();
        if players.first().is_some_and(|fewest| *fewest < 2) {
            bail!("a fight needs two players");
        }
        Ok(Plan {
            peers: if peers.is_empty() { Peer::ALL.to_vec() } else { peers },
            players,
            repeats: self.repeats.unwrap_or(repeats).max(1),
            window: Duration::from_secs(self.seconds.unwrap_or(seconds).max(1)),
            core: self.core,
        })
    }
}

fn main() -> ExitCode {
    match bench(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bench(args: &Args) -> Result<()> {
    let plan = args.plan()?;
    // Servers are started in folders of their own.
    let absolute = |path: &Path| std::path::absolute(path).context("finding the folders");
    let (work, peers) = (absolute(&args.work)?, absolute(&args.peers)?);
    fs::create_dir_all(&work).context("making the folder to work in")?;
    swarm::system::raise_file_limit();
    println!("Installing the other servers (minutes the first time)");
    let me = std::env::current_exe().context("finding our own folder")?;
    let kit = Kit {
        hotswap: absolute(&args.hotswap)?,
        binaries: me.parent().context("finding our own folder")?.to_owned(),
        peers: peers.clone(),
        installed: install(&peers, &work),
    };
    let results = run(&plan, &kit, &work, |line| println!("{line}"))?;

    for &players in &plan.players {
        println!("\n{players} players\n\n{}", table::table(&results, &plan.peers, players));
    }
    fs::create_dir_all(&args.out)?;
    let (text, drawing) = (args.out.join("benchmarks.md"), args.out.join("benchmarks.svg"));
    let before = fs::read_to_string(&text).unwrap_or_default();
    let page = page::page(&plan, &results, &kit, "benchmarks.svg");
    fs::write(&text, page + page::browser_section(&before))?;
    fs::write(&drawing, chart::chart(&results, &plan.peers, &plan.players))?;
    println!("Written to {} and {}", text.display(), drawing.display());
    Ok(())
}
