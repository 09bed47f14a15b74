//! The `hotswap` command.

use std::process::ExitCode;

use server::config::{Cli, Command, Config};
use server::shutdown::Shutdown;

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { command: Command::Serve(flags) } = clap::Parser::parse();
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
