//! `swarm`: a crowd of headless players against a server, and what it saw.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use client_core::Conditions;
use client_core::protocol::Encoding;
use swarm::Behaviour;
use swarm::address::Address;
use swarm::crowd::game::{GameCrowd, GamePlayer};
use swarm::crowd::server_clock::ServerClock;
use swarm::crowd::{Crowd, CrowdOptions};
use swarm::live::Screen;
use swarm::measure::{Glance, Measurement, Timing, measure};
use swarm::report::{Report, line};
use swarm::samples::{PLAYERS_PER_SAMPLE, Samples};
use swarm::script::Script;
use swarm::system;

/// Turns of a player a second, at least: heartbeats need one.
const FEWEST_TURNS: f64 = 1.0;
/// Turns of a player with a script: how exactly its times are kept.
const SCRIPT_TURNS: f64 = 20.0;
/// Descriptors that are not players.
const SPARE_FILES: u64 = 64;
/// Exit status when the bottleneck was the crowd.
const BOTTLENECK: u8 = 3;

/// A crowd of headless players: finds out what a server can bear.
///
/// One player in a hundred is a whole client; the others say what players say and read only the ticks of their snapshots.
/// The exit status is 0 when everybody was in the fight all the time, 1 when not, and 3 when this crowd was the
/// bottleneck: a thread above 85 % of a core, the process above 90 % of its cores, or turns more than 10 ms late (p99).
#[derive(Debug, Parser)]
#[command(name = "swarm", version)]
struct Args {
    /// Where the game is: http://host:port, or ws://host:port/ws
    url: Address,
    /// How many players
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    players: u32,
    /// For how long to measure once all are in the fight, seconds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// What they do: idle, wander, fight, or script:FILE
    #[arg(long, default_value = "wander", value_name = "WHAT")]
    behaviour: Wanted,
    /// Form of the messages
    #[arg(long, value_enum, default_value_t = Form::Bin)]
    encoding: Form,
    /// Moves of each player a second
    #[arg(long, default_value_t = 10.0, value_parser = rate)]
    moves_per_second: f64,
    /// Players who connect each second; 0 lets all come at once
    #[arg(long, default_value_t = 200.0, value_parser = rate)]
    connect_rate: f64,
    /// A bad line for the whole clients, as in the game's address: lag=100&jitter=20&drop=2, or net=stutter
    #[arg(long, default_value = "", hide_default_value = true, value_parser = Conditions::parse, value_name = "CONDITIONS")]
    net: Conditions,
    /// Threads [default: one for each core]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    threads: u32,
    /// Print the result as JSON, and nothing else on standard output
    #[arg(long)]
    json: bool,
    /// Draw one screen while it runs [default: when standard output is a terminal]
    #[arg(long, overrides_with = "no_live")]
    live: bool,
    /// Print a line a second instead
    #[arg(long, overrides_with = "live")]
    no_live: bool,
    /// Exit with 0 even when this crowd was the bottleneck
    #[arg(long)]
    allow_bottleneck: bool,
}

/// `bin` or `json`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// The browser's form.
    Bin,
    /// The form for third-party clients.
    Json,
}

impl Form {
    fn encoding(self) -> Encoding {
        match self {
            Self::Bin => Encoding::Binary,
            Self::Json => Encoding::Json,
        }
    }
}

/// What players are to do.
#[derive(Clone, Debug)]
struct Wanted {
    behaviour: Behaviour,
    script: Option<Script>,
}

impl std::str::FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(file) = text.strip_prefix("script:") {
            let content = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
            let script = content.parse().map_err(|error| format!("{file}: {error}"))?;
            return Ok(Self { behaviour: Behaviour::Idle, script: Some(script) });
        }
        let behaviour = <Behaviour as ValueEnum>::from_str(text, false)
            .map_err(|_| "it is none of idle, wander, fight and script:FILE".to_owned())?;
        Ok(Self { behaviour, script: None })
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if (0.0..=100_000.0).contains(&rate) => Ok(rate),
        _ => Err("it must be a number from 0 to 100000".to_owned()),
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    match play(&args) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

fn play(args: &Args) -> Result<ExitCode, String> {
    let address = args.url.resolve().map_err(|error| error.to_string())?;
    let files = system::raise_file_limit().unwrap_or(u64::MAX);
    if u64::from(args.players) + SPARE_FILES > files {
        let most = files.saturating_sub(SPARE_FILES);
        return Err(format!("this system lets us open {files} files, which is enough for {most} players"));
    }
    let encoding = args.encoding.encoding();
    let Wanted { behaviour, script } = &args.behaviour;
    let behaviour = if args.moves_per_second > 0.0 { *behaviour } else { Behaviour::Idle };
    let sample_count = args.players.div_ceil(PLAYERS_PER_SAMPLE);
    let light = args.players - sample_count;
    let game = Arc::new(GameCrowd {
        path: args.url.path.clone(),
        encoding,
        behaviour,
        script: script.clone(),
        clock: ServerClock::default(),
    });
    let options = CrowdOptions {
        address,
        host: args.url.host.clone(),
        players: light,
        connects_per_second: args.connect_rate,
        turns_per_second: match script {
            Some(_) => SCRIPT_TURNS,
            None => args.moves_per_second.max(FEWEST_TURNS),
        },
        threads: args.threads,
    };
    let samples =
        Samples::start(&args.url.url(), sample_count, encoding, behaviour, script.as_ref(), args.net);
    let make = |number| -> Box<dyn swarm::crowd::dialect::Dialect> {
        Box::new(GamePlayer::new(Arc::clone(&game), number))
    };
    let crowd = Crowd::start(options, make).map_err(|error| format!("no crowd: {error}"))?;

    let joining = if args.connect_rate > 0.0 { f64::from(light) / args.connect_rate } else { 0.0 };
    let timing = Timing {
        patience: Duration::from_secs_f64(30.0 + 2.0 * joining),
        warm_up: Duration::from_secs(1),
        window: Duration::from_secs(u64::from(args.seconds)),
    };
    let mut teller = Teller::new(args);
    let measured = measure(&crowd, light, Some(&samples), timing, |glance| teller.tell(glance));
    let report = Report { measured, clock_error_ms: game.clock.error_ms() };
    samples.leave();
    crowd.leave();
    finish(args, &report).map_err(|error| error.to_string())
}

fn finish(args: &Args, report: &Report) -> io::Result<ExitCode> {
    let mut out = io::stdout();
    if args.json { writeln!(out, "{:#}", report.json()) } else { write!(out, "\n{report}") }?;
    Ok(verdict(&report.measured, args.allow_bottleneck))
}

fn verdict(measured: &Measurement, allow_bottleneck: bool) -> ExitCode {
    if !allow_bottleneck && !measured.bottlenecks().is_empty() {
        ExitCode::from(BOTTLENECK)
    } else if measured.complete() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Tells of a running test: on one screen, or in lines.
struct Teller {
    screen: Option<Screen>,
    players: u32,
    json: bool,
}

impl Teller {
    fn new(args: &Args) -> Self {
        let wanted = args.live || !args.no_live && !args.json;
        let live = wanted && io::stdout().is_terminal();
        let screen = live.then(|| Screen::new(&args.url.url(), args.players));
        Self { screen, players: args.players, json: args.json }
    }

    fn tell(&mut self, glance: &Glance) {
        // A reader that is gone is no reason to stop.
        let _ = match &mut self.screen {
            Some(screen) => write!(io::stdout(), "{}", screen.draw(glance)),
            None if self.json => writeln!(io::stderr(), "{}", line(glance, self.players)),
            None => writeln!(io::stdout(), "{}", line(glance, self.players)),
        };
        let _ = io::stdout().flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_refused(arguments: &str, says: &str) {
        let error = Args::try_parse_from(arguments.split(' ')).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }

    #[test]
    fn a_wrong_word_on_the_command_line_is_explained() {
        check_refused("swarm localhost", "write http://host:port");
        check_refused("swarm wss://a/ws", "encrypted");
        check_refused("swarm --players 0 ws://a/ws", "0 is not in");
        check_refused("swarm --behaviour sleep ws://a/ws", "none of idle, wander, fight");
        check_refused("swarm --behaviour script:no/such/file ws://a/ws", "no/such/file");
        check_refused("swarm --moves-per-second -1 ws://a/ws", "unexpected argument");
        check_refused("swarm --connect-rate inf ws://a/ws", "from 0 to 100000");
        check_refused("swarm --encoding xml ws://a/ws", "possible values: bin, json");
    }

    #[test]
    fn a_script_is_read_when_the_command_line_is() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "0 dash\n1 repeat").unwrap();
        let arguments = format!("swarm --behaviour script:{} ws://a/ws", file.path().display());
        assert!(Args::try_parse_from(arguments.split(' ')).unwrap().behaviour.script.is_some());
        std::fs::write(file.path(), "0 jump").unwrap();
        check_refused(&arguments, "line 1");
    }

    #[test]
    fn the_usual_arguments_are_understood() {
        let args = Args::try_parse_from(["swarm", "--players", "500", "http://127.0.0.1:8080"]).unwrap();
        assert_eq!((args.players, args.url.url().as_str()), (500, "ws://127.0.0.1:8080/ws"));
    }
}
