//! What a shell or a build server can ask of a running server, and what can be repaired while it does not run.
//!
//! Exit codes: 0 done; 1 refused (the script is not good, somebody else was faster, there is no such thing); 2 asked in a way
//! that nobody understands; 3 the server cannot be reached, does not let the caller in, or failed.

mod client;
mod operator;
mod release;
mod show;

use std::io::Write;
use std::process::ExitCode;

use serde_json::Value;

pub use operator::{OperatorArgs, run as run_operator};
pub use release::{ReleaseArgs, run as run_release};

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The server understood, and said no.
    #[error("{message}")]
    Refused {
        /// In its words.
        message: String,
        /// All that it said.
        answer: Value,
    },
    /// The question makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The server does not answer, does not let the caller in, or failed.
    #[error("{0}")]
    Unreachable(String),
}

impl Failure {
    fn refused(message: impl Into<String>) -> Self {
        Self::Refused { message: message.into(), answer: Value::Null }
    }

    fn code(&self) -> u8 {
        match self {
            Self::Refused { .. } => 1,
            Self::Usage(_) => 2,
            Self::Unreachable(_) => 3,
        }
    }
}

/// Writes a text to standard output. A reader who has seen enough is no failure.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Says what went wrong and turns it into the exit code.
fn finish(outcome: Result<(), Failure>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.code())
        }
    }
}
