//! `hotswap operator`: the way back in when all passwords are lost. It works on the data folder of a server that does
//! not run: whoever may read that file is in charge anyway.

use std::io::BufRead;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Failure, finish, print};
use crate::admin::password;
use crate::session::resume::Token;
use crate::storage::{Author, OperatorChange, OperatorError, Store, StoreError};

/// Characters of a password that is made: 120 bits.
const MADE_CHARS: usize = 20;

/// Options of `hotswap operator`.
#[derive(Debug, Args)]
pub struct OperatorArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Give an operator another password; the server must not be running
    ResetPassword {
        /// Name of the operator
        name: String,
        /// Folder with everything that outlives the server
        #[arg(long, env = "HOTSWAP_DATA", value_name = "DIR", default_value = "data")]
        data: PathBuf,
        /// Read the password from the first line of standard input instead of making one
        #[arg(long)]
        password_stdin: bool,
    },
}

/// Does what was asked.
#[must_use]
pub fn run(args: OperatorArgs) -> ExitCode {
    let What::ResetPassword { name, data, password_stdin } = args.what;
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    finish(match runtime {
        Ok(runtime) => runtime.block_on(reset(name, data, password_stdin)),
        Err(error) => Err(Failure::Unreachable(error.to_string())),
    })
}

async fn reset(name: String, data: PathBuf, password_stdin: bool) -> Result<(), Failure> {
    // A folder that is made now holds no operators: somebody has mistyped its name.
    if !data.join(crate::storage::DATABASE_FILE).is_file() {
        return Err(Failure::Usage(format!("{} is no data folder: name one with --data", data.display())));
    }
    let store = Store::open(&data).map_err(broken)?;
    let outcome = change(&store, &name, password_stdin).await;
    store.close().await;
    if let Some(made) = outcome? {
        print(&format!("{made}\n"));
        eprintln!("this is the new password of {name}; it is shown only this once");
    }
    Ok(())
}

/// Changes the password and gives one that was made.
async fn change(store: &Store, name: &str, password_stdin: bool) -> Result<Option<String>, Failure> {
    let (new, made) = if password_stdin {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        read.map_err(|error| Failure::Usage(format!("no password on standard input: {error}")))?;
        (line.trim_end_matches(['\r', '\n']).to_owned(), false)
    } else {
        let random = Token::generate().map_err(|error| Failure::Unreachable(error.to_string()))?;
        (random.secret.chars().take(MADE_CHARS).collect(), true)
    };
    password::check(name, &new).map_err(|error| Failure::Usage(error.to_string()))?;
    let hash = password::hash(&new).map_err(|error| Failure::Unreachable(error.to_string()))?;
    let change = OperatorChange { password_hash: Some(hash), ..OperatorChange::default() };
    let by = Author { name: "server".to_owned(), address: None };
    match store.change_operator(name.to_owned(), change, by).await.map_err(broken)? {
        Ok(_) => Ok(made.then_some(new)),
        Err(OperatorError::Unknown) => {
            let known = store.operators().await.map_err(broken)?;
            let names: Vec<_> = known.iter().map(|operator| operator.name.as_str()).collect();
            let known = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
            Err(Failure::refused(format!("there is no operator {name:?}; there is {known}")))
        }
        Err(other) => Err(Failure::refused(other.to_string())),
    }
}

fn broken(error: StoreError) -> Failure {
    Failure::Unreachable(error.to_string())
}
