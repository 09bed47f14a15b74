//! The `hotswap` command.

use std::error::Error;
use std::process::ExitCode;

use server::cli;
use server::config::{Cli, Command, Config, Flags};
use server::shutdown::Shutdown;

fn main() -> ExitCode {
    match <Cli as clap::Parser>::parse().command {
        Command::Serve(flags) => serve(*flags),
        Command::Release(args) => cli::run_release(args),
        Command::Operator(args) => cli::run_operator(args),
    }
}

fn serve(flags: Flags) -> ExitCode {
    let served: Result<(), Box<dyn Error>> = server::runtime().map_err(Into::into).and_then(|runtime| {
        let config = Config::load(flags)?;
        server::logging::init(&config.log);
        Ok(runtime.block_on(async {
            let listener = server::bind(&config).await?;
            server::run(listener, config, Shutdown::on_signals()).await
        })?)
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        // One clear sentence for the operator, without a backtrace.
        Err(error) => {
            eprintln!("hotswap: {error}");
            ExitCode::FAILURE
        }
    }
}
