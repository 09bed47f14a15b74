//! `switching HOTSWAP WORK PAGE`: how quickly a thousand players switch to new rules. `cargo xtask bench hotswap` runs it.
#![expect(clippy::print_stdout, reason = "a command line tool talks to its user on stdout")]

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use bench::switching;
use clap::Parser;

/// Measures how quickly players switch to new rules.
#[derive(Debug, Parser)]
struct Args {
    /// The binary of the server
    hotswap: PathBuf,
    /// Where everything goes that is thrown away
    work: PathBuf,
    /// The page that gets the table
    page: PathBuf,
}

fn measure(args: &Args) -> Result<()> {
    swarm::system::raise_file_limit();
    let table = switching::run(&args.hotswap, &args.work)?;
    println!("{table}");
    fs::write(&args.page, switching::insert(&fs::read_to_string(&args.page)?, &table)?)?;
    Ok(())
}

fn main() -> ExitCode {
    match measure(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
