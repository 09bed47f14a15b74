//! The build tool: `cargo xtask play` starts the game, `cargo xtask test` checks everything, `cargo xtask bench` measures.
//!
//! It needs nothing but a Rust toolchain: what other projects install as separate tools (wasm-bindgen, a wasm
//! runtime for tests) is linked in as a library.
#![expect(clippy::print_stdout, reason = "a command line tool talks to its user on stdout")]

mod apt;
mod bench;
mod chromium;
mod client;
mod clients;
mod extras;
mod play;
mod progress;
mod test;
mod tidy;
mod token;
mod transcript;
#[cfg(test)]
mod trunk;
mod wasm_target;
mod wasm_tests;
mod words;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Builds, runs and checks Hotswap Arena.
#[derive(Parser)]
#[command(name = "xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the browser client and the server, then start the game.
    Play(play::Args),
    /// Build only the browser client (client.js and client_bg.wasm).
    Client(client::Args),
    /// Run every check: format, tidy, clippy, tests natively and on wasm, end-to-end in Chromium.
    Test(test::Args),
    /// Measure the server against others that do the same job, and write docs/benchmarks.md; `netcode` measures the netcode.
    Bench(bench::Args),
    #[command(hide = true)]
    OpenWhenUp(play::OpenArgs),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Play(args) => play::run(&args),
        Task::Client(args) => client::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::OpenWhenUp(args) => play::open_when_up(&args),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("\nerror: {error:#}");
        ExitCode::FAILURE
    })
}
