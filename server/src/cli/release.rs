//! `hotswap release`: does from a shell what the admin tab does.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::{Client, ServerArgs};
use super::{Failure, finish, print, show};

/// How often a server is asked whether a release is adopted.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// Options of `hotswap release`.
#[derive(Debug, Args)]
pub struct ReleaseArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Print what the server says as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check a script as publishing does, and change nothing
    Check {
        /// The script; `-` is standard input
        file: PathBuf,
    },
    /// Play the recorded fights by the live rules and by a script, and say what changes
    Rehearse {
        /// The script; `-` is standard input
        file: PathBuf,
    },
    /// Check a script and make it the rules of the running fights
    Publish {
        /// The script; `-` is standard input
        file: PathBuf,
        /// What it is called [default: the name of the file]
        #[arg(long, value_name = "LABEL")]
        version: Option<String>,
        /// What changes for the players
        #[arg(long, default_value = "")]
        note: String,
        /// Only if this release is still the one in force
        #[arg(long, value_name = "NUMBER")]
        based_on: Option<u32>,
        /// Wait until every room plays it and every player's browser has switched
        #[arg(long)]
        wait: bool,
        /// Seconds to wait at most
        #[arg(long, default_value_t = 60, value_name = "SECONDS")]
        timeout: u64,
    },
    /// Publish an earlier release again, as a new one
    Rollback {
        /// Number of the release to go back to
        number: u32,
        /// Why
        #[arg(long, default_value = "")]
        note: String,
    },
    /// What was published, newest first
    List {
        /// So many at most
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// One release and its script
    Show {
        /// Its number, or `live`
        release: String,
        /// Print nothing but the script
        #[arg(long)]
        script: bool,
    },
    /// The difference of two scripts
    Diff {
        /// A number, `live`, or a file
        from: String,
        /// A number, `live`, or a file
        to: String,
    },
}

/// Does what was asked.
#[must_use]
pub fn run(args: ReleaseArgs) -> ExitCode {
    let ReleaseArgs { server, json, what } = args;
    let outcome = Client::new(server).and_then(|client| act(&client, json, what));
    if let (true, Err(Failure::Refused { answer, .. })) = (json, &outcome) {
        print(&show::json(answer));
    }
    finish(outcome)
}

fn act(client: &Client, json: bool, what: What) -> Result<(), Failure> {
    let tell = |answer: &Value, text: String| print(&if json { show::json(answer) } else { text });
    match what {
        What::Check { file } => {
            let body = json!({ "script": read(&file)? });
            let answer = client.post("/api/check_script", &body).map_err(|error| at(&file, error))?;
            tell(&answer, format!("{}: good\n", file.display()));
        }
        What::Rehearse { file } => {
            let body = json!({ "script": read(&file)? });
            let answer = client.post("/api/rehearse", &body).map_err(|error| at(&file, error))?;
            tell(&answer, show::rehearsal(&answer));
        }
        What::Publish { file, version, note, based_on, wait, timeout } => {
            let version = version.unwrap_or_else(|| label(&file));
            let mut body = json!({ "script": read(&file)?, "version": version, "note": note });
            if let Some(based_on) = based_on {
                body["based_on"] = based_on.into();
            }
            let answer = client.post("/api/update_script", &body).map_err(|error| at(&file, error))?;
            if wait {
                wait_until_adopted(client, &answer["release"]["number"], Duration::from_secs(timeout))?;
            }
            tell(&answer, show::message(&answer));
        }
        What::Rollback { number, note } => {
            let answer =
                client.post(&format!("/api/releases/{number}/roll_back"), &json!({ "note": note }))?;
            tell(&answer, show::message(&answer));
        }
        What::List { limit } => {
            let answer = client.get(&format!("/api/releases?limit={limit}"))?;
            tell(&answer, show::list(&answer["releases"]));
        }
        What::Show { release, script } => {
            let answer = find(client, &release)?;
            let text = answer["script"].as_str().unwrap_or_default().to_owned();
            tell(&answer, if script { text } else { show::release(&answer) });
        }
        What::Diff { from, to } => {
            let [old, new] = [side(client, &from)?, side(client, &to)?];
            let text = show::unified(&from, &to, &old, &new);
            let answer = json!({ "from": from, "to": to, "same": old == new, "unified": text });
            tell(&answer, text);
        }
    }
    Ok(())
}

/// The text of a script.
fn read(file: &Path) -> Result<String, Failure> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    text.map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))
}

/// What a file is called when nobody says so.
fn label(file: &Path) -> String {
    file.file_stem().map_or_else(|| "-".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// Names the place in the file as compilers do, so that editors find it.
fn at(file: &Path, failure: Failure) -> Failure {
    let Failure::Refused { message, answer } = failure else { return failure };
    let message = match (answer["line"].as_u64(), answer["column"].as_u64()) {
        (Some(line), Some(column)) => format!("{}:{line}:{column}: {message}", file.display()),
        (Some(line), None) => format!("{}:{line}: {message}", file.display()),
        (None, _) => match answer["live"].as_u64() {
            Some(live) => format!(
                "{message}\nlook with `hotswap release diff {} live`, then publish with `--based-on {live}`",
                file.display()
            ),
            None => message,
        },
    };
    Failure::Refused { message, answer }
}

/// A release by its number, or the live one.
fn find(client: &Client, release: &str) -> Result<Value, Failure> {
    let number = if release == "live" {
        client.get("/api/config")?["release"]["number"].as_u64().unwrap_or(0)
    } else {
        let words = || Failure::Usage(format!("{release:?} is neither a number nor `live`"));
        release.parse().map_err(|_| words())?
    };
    if number == 0 {
        return Err(Failure::refused("the native rules are in force; they are no release"));
    }
    client.get(&format!("/api/releases/{number}"))
}

/// The script of a release or a file.
fn side(client: &Client, side: &str) -> Result<String, Failure> {
    if side != "live" && side.parse::<u32>().is_err() {
        return read(Path::new(side));
    }
    let release = find(client, side)?;
    let script = release["script"].as_str().map(str::to_owned);
    script.ok_or_else(|| Failure::refused(format!("release {side} is a scene and has no script")))
}

/// Returns when every room plays a release and every connected player's browser has reported about it.
fn wait_until_adopted(client: &Client, number: &Value, patience: Duration) -> Result<(), Failure> {
    let start = Instant::now();
    loop {
        let release = client.get(&format!("/api/releases/{number}"))?;
        if release["state"] == "rolled_back" {
            let why = release["error"].as_str().unwrap_or("no reason is known");
            return Err(Failure::refused(format!("release {number} was taken back: {why}")));
        }
        let rooms = client.get("/api/rooms")?;
        let everywhere = list(&rooms["rooms"]).iter().all(|room| &room["release"] == number);
        let clients = client.get("/api/clients")?;
        let players = list(&clients["clients"]).iter().filter(|client| client["connected"] != false).count();
        let acks = &release["acks"];
        let reported = acks["active"].as_u64().unwrap_or(0) + acks["failed"].as_u64().unwrap_or(0);
        if everywhere && reported >= players as u64 {
            return Ok(());
        }
        if start.elapsed() >= patience {
            let message = format!(
                "release {number} is published, but not adopted after {} s: {reported} of {players} players have it",
                patience.as_secs()
            );
            return Err(Failure::refused(message));
        }
        std::thread::sleep(ASK_EVERY);
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
