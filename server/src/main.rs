//! The `hotswap` command.

use std::process::ExitCode;

use server::cli;
use server::config::{Cli, Command, Config, Flags};
use server::shutdown::Shutdown;

/// Tasks that run before timers are looked at again. tokio's 61 make a tick late when as many newcomers come at once.
const TASKS_BETWEEN_TIMERS: u32 = 8;

fn main() -> ExitCode {
    match <Cli as clap::Parser>::parse().command {
        Command::Serve(flags) => run(*flags),
        Command::Release(args) => cli::run_release(args),
        Command::Operator(args) => cli::run_operator(args),
    }
}

fn run(flags: Flags) -> ExitCode {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    match runtime.enable_all().event_interval(TASKS_BETWEEN_TIMERS).build() {
        Ok(runtime) => runtime.block_on(serve(flags)),
        Err(error) => fail(&error),
    }
}

async fn serve(flags: Flags) -> ExitCode {
    let config = match Config::load(flags) {
        Ok(config) => config,
        Err(error) => return fail(&error),
    };
    server::logging::init(&config.log);
    let listener = match server::bind(&config).await {
        Ok(listener) => listener,
        Err(error) => return fail(&error),
    };
    match server::run(listener, config, Shutdown::on_signals()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// One clear sentence for the operator, without a backtrace.
fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("hotswap: {error}");
    ExitCode::FAILURE
}
