//! `scale`: measures how far our server goes. `cargo xtask bench capacity`, `storm` and `soak` build what it needs and run
//! it.
#![expect(clippy::print_stdout, reason = "a command line tool talks to its user on stdout")]

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bench::scale::{Setup, capacity, markers, model, plot, soak, storm};
use clap::{Parser, Subcommand};

/// Measures how far our server goes, and writes what it finds into docs/scale.md.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench")]
struct Args {
    /// The binary of our server
    #[arg(long, hide = true)]
    hotswap: PathBuf,
    /// Where everything goes that is thrown away
    #[arg(long, hide = true)]
    work: PathBuf,
    /// The core of the server; left to the system when it is missing
    #[arg(long, hide = true)]
    core: Option<u32>,
    /// The folder with scale.md
    #[arg(long, hide = true)]
    out: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What a player and an update cost, and what a core carries
    Capacity {
        /// How many players, separated by commas
        #[arg(long, value_delimiter = ',', default_values_t = [200, 400, 800, 1_600, 2_400])]
        players: Vec<u32>,
        /// How often each run is repeated
        #[arg(long, default_value_t = 1)]
        repeats: u32,
        /// Length of a measured window, seconds
        #[arg(long, default_value_t = 4)]
        seconds: u64,
    },
    /// Many players who connect within one second
    Storm {
        /// How many
        #[arg(long, default_value_t = 1_000)]
        players: u32,
        /// Storms in each scene
        #[arg(long, default_value_t = 5)]
        repeats: u32,
    },
    /// Players who come and go for long, while the server's memory is watched
    Soak {
        /// For how long
        #[arg(long, default_value_t = 60.0)]
        minutes: f64,
        /// Joins, and as many leaves, each second
        #[arg(long, default_value_t = 50.0)]
        rate: f64,
        /// Players who are there at any time
        #[arg(long, default_value_t = 500)]
        players: u32,
        /// One in so many hangs up without a goodbye; 0 lets all say it
        #[arg(long, default_value_t = 8)]
        vanish_one_in: u32,
    },
}

fn main() -> ExitCode {
    match scale(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn scale(args: Args) -> Result<()> {
    fs::create_dir_all(&args.work).context("making the folder to work in")?;
    swarm::system::raise_file_limit();
    let setup = Setup { hotswap: args.hotswap, work: args.work, core: args.core };
    let page = args.out.join("scale.md");
    let tell = |line: &str| println!("{line}");
    let (name, text) = match args.what {
        What::Capacity { mut players, repeats, seconds } => {
            players.sort_unstable();
            if players.first().is_none_or(|fewest| *fewest < 2) {
                bail!("a fight needs two players");
            }
            let window = Duration::from_secs(seconds.max(1));
            let plan = capacity::Plan { players, repeats: repeats.max(1), window };
            let runs = capacity::run(&plan, &setup, tell)?;
            fs::write(args.out.join("scale.svg"), plot::plot(&runs)).context("writing scale.svg")?;
            markers::put(&page, "carried", &model::carried(&runs))?;
            ("capacity", model::table(&runs))
        }
        What::Storm { players, repeats } => {
            let plan = storm::Plan { players, repeats };
            ("storm", storm::table(plan, &storm::run(plan, &setup, tell)?))
        }
        What::Soak { minutes, rate, players, vanish_one_in } => {
            if !(minutes > 0.0 && minutes < 1e6) {
                bail!("a soak takes some minutes");
            }
            let length = Duration::from_secs_f64(minutes * 60.0);
            let plan = soak::Plan { length, rate, players, vanish_one_in };
            ("soak", soak::table(plan, &soak::run(plan, &setup, tell)?))
        }
    };
    println!("\n{text}");
    markers::put(&page, name, &text)?;
    println!("Written to {}", page.display());
    Ok(())
}
