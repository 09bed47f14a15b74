//! `cargo xtask bench`: figures for the documents. Nothing here is a test: tests guard counts, benchmarks measure.

use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use crate::workspace::{Workspace, run as run_command};

/// `cargo xtask bench`
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

/// What is measured.
#[derive(Subcommand)]
enum What {
    /// Corrections, delays and starved frames over lines of every kind, in virtual time: the table of docs/netcode.md
    Netcode,
}

/// Measures and prints.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match args.what {
        What::Netcode => {
            // Virtual time costs none, so the build that the tests have made will do.
            run_command(&mut workspace.cargo("run --package tests --bin netcode"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
