//! Configuration: flags win over environment variables, those over `hotswap.toml`, and that over the defaults.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use serde::Deserialize;
use sim::bots::Skills;

use crate::public_url::PublicUrl;
use crate::release;
use crate::room::Mode;
use crate::room::bots::BotSettings;

/// File that is read when it is there and `--config` names no other.
const DEFAULT_FILE: &str = "hotswap.toml";

/// Most private rooms at a time. An empty one costs a tick, and closes after a minute.
pub const MAX_PRIVATE_ROOMS: usize = 200;
/// Most who watch one room, on top of its players.
pub const MAX_WATCHERS_OF_A_ROOM: u32 = 100;

/// Hotswap Arena: a battle in the browser whose rules can be replaced while people fight.
#[derive(Debug, Parser)]
#[command(name = "hotswap", version, about)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server.
    Serve(Box<Flags>),
    /// Check, publish and compare rules on a running server.
    Release(crate::cli::ReleaseArgs),
    /// Let operators in again; for a server that does not run.
    Operator(crate::cli::OperatorArgs),
}

/// Settings as they are given; what is missing is looked up elsewhere.
#[derive(Clone, Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Flags {
    /// Settings file in TOML; the keys are the names of these flags without dashes in front [default: hotswap.toml, if it exists]
    #[arg(long, env = "HOTSWAP_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Address to listen on; 0.0.0.0 serves the network [default: 127.0.0.1]
    #[arg(long, env = "HOTSWAP_HOST", value_name = "ADDRESS")]
    pub host: Option<IpAddr>,
    /// Port to listen on; 0 takes any free one [default: 8080]
    #[arg(long, env = "HOTSWAP_PORT")]
    pub port: Option<u16>,
    /// Port of the TCP door, for clients that speak neither HTTP nor WebSocket; 0 takes any free one [default: closed]
    #[arg(long, env = "HOTSWAP_TCP_PORT")]
    pub tcp_port: Option<u16>,
    /// Origins whose pages may use Socket.IO here, as https://example.com; `*` for all [default: this one]
    #[arg(long, env = "HOTSWAP_CORS_ORIGINS", value_name = "ORIGINS", value_delimiter = ',')]
    pub cors_origins: Option<Vec<String>>,
    /// Where players find the game when a reverse proxy stands in front of it, as https://play.example.com/arena/ [default: here]
    #[arg(long, env = "HOTSWAP_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<PublicUrl>,
    /// Addresses of reverse proxies that are believed when they say for whom they ask (`X-Forwarded-For`)
    #[arg(long, env = "HOTSWAP_TRUST_PROXY", value_name = "ADDRESSES", value_delimiter = ',')]
    pub trust_proxy: Option<Vec<IpAddr>>,
    /// Folder with everything that outlives the server [default: data]
    #[arg(long, env = "HOTSWAP_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Folder with a browser client to serve instead of the one in this program; files that it lacks come from there
    #[arg(long, env = "HOTSWAP_CLIENT", value_name = "DIR")]
    pub client: Option<PathBuf>,
    /// Ticks per second, 10 to 60 [default: 30]
    #[arg(long, env = "HOTSWAP_TICK_RATE")]
    pub tick_rate: Option<u32>,
    /// What players see of a room: all of it, or what is around them in an arena that grows with them [default: arena]
    #[arg(long, env = "HOTSWAP_MODE")]
    pub mode: Option<Mode>,
    /// Most players in one room; then another one opens [default: 64, in a battlefield 4000]
    #[arg(long, env = "HOTSWAP_ROOM_SIZE")]
    pub room_size: Option<u32>,
    /// Players to whom bots fill up a room while anybody is there, 0 to 64; 0 for no bots [default: 4, in a battlefield 0]
    #[arg(long, env = "HOTSWAP_BOTS", value_name = "COUNT")]
    pub bots: Option<u32>,
    /// How good the bots are: easy, normal, hard or mixed [default: mixed]
    #[arg(long, env = "HOTSWAP_BOT_SKILL", value_name = "SKILL")]
    pub bot_skill: Option<Skills>,
    /// Whether players vote on a card for the next round: on or off [default: on]
    #[arg(long, env = "HOTSWAP_VOTES", value_name = "ON_OFF")]
    pub votes: Option<OnOff>,
    /// Most players on this server [default: 4000]
    #[arg(long, env = "HOTSWAP_MAX_PLAYERS")]
    pub max_players: Option<u32>,
    /// Most who wait in line when every seat is taken; 0 turns them away at once [default: 1000]
    #[arg(long, env = "HOTSWAP_MAX_QUEUE", value_name = "COUNT")]
    pub max_queue: Option<u32>,
    /// Most who only watch on this server, 100 of them in one room; 0 for none [default: 500]
    #[arg(long, env = "HOTSWAP_MAX_WATCHERS", value_name = "COUNT")]
    pub max_watchers: Option<u32>,
    /// Most connections that play from one address or IPv6 /64, and the scale of what else it may; this machine has no limit [default: 64]
    #[arg(long, env = "HOTSWAP_MAX_CONNECTIONS_PER_ADDRESS", value_name = "COUNT")]
    pub max_connections_per_address: Option<u32>,
    /// Seconds for which a lost player stays in the arena [default: 30]
    #[arg(long, env = "HOTSWAP_GRACE_SECONDS", value_name = "SECONDS")]
    pub grace_seconds: Option<u32>,
    /// Milliseconds that strikes look back to what the striker saw; 0 judges by the present [default: 250]
    #[arg(long, env = "HOTSWAP_LAG_COMPENSATION_MS", value_name = "MS")]
    pub lag_compensation_ms: Option<u32>,
    /// Minutes for which a lost player can come back with its score [default: 30]
    #[arg(long, env = "HOTSWAP_RESUME_MINUTES", value_name = "MINUTES")]
    pub resume_minutes: Option<u32>,
    /// Milliseconds between the announcement of an update and its activation [default: 1000]
    #[arg(long, env = "HOTSWAP_UPDATE_LEAD_MS", value_name = "MS")]
    pub update_lead_ms: Option<u32>,
    /// Per cent of the clients that may fail to apply a release before it is taken back; 0 for any number [default: 25]
    #[arg(long, env = "HOTSWAP_MAX_FAILING_PERCENT", value_name = "PERCENT")]
    pub max_failing_percent: Option<u32>,
    /// Newest scenes whose images are kept; older ones lose them [default: 50]
    #[arg(long, env = "HOTSWAP_KEEP_SCENES", value_name = "COUNT")]
    pub keep_scenes: Option<u32>,
    /// What to log, e.g. `info` or `server=debug,info` [default: info]
    #[arg(long, env = "HOTSWAP_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// Token of the admin tab and API [default: made once and printed]
    #[arg(long, env = "HOTSWAP_ADMIN_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub admin_token: Option<String>,
}

/// A switch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnOff {
    /// It is done.
    #[default]
    On,
    /// It is not.
    Off,
}

/// All settings, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on.
    pub port: u16,
    /// Port of the TCP door, if it is open.
    pub tcp_port: Option<u16>,
    /// Origins whose pages may use Socket.IO; `*` for all.
    pub cors_origins: Vec<String>,
    /// Where players find the game when a reverse proxy stands in front of it.
    pub public_url: Option<PublicUrl>,
    /// Reverse proxies that are believed when they say for whom they ask.
    pub trust_proxy: Vec<IpAddr>,
    /// Folder with everything that outlives the server.
    pub data: PathBuf,
    /// Folder whose files go before those of the client in this program.
    pub client: Option<PathBuf>,
    /// Ticks per second.
    pub tick_rate: u32,
    /// What players see of a room.
    pub mode: Mode,
    /// Most players in one room.
    pub room_size: u32,
    /// Players to whom bots fill up a room.
    pub bots: u32,
    /// How good the bots are.
    pub bot_skill: Skills,
    /// Whether players vote on a card for the next round.
    pub votes: OnOff,
    /// Most players on this server.
    pub max_players: u32,
    /// Most who wait in line when every seat is taken.
    pub max_queue: u32,
    /// Most who only watch on this server.
    pub max_watchers: u32,
    /// Most connections that play or watch from one address or IPv6 /64, except this machine.
    pub max_connections_per_address: u32,
    /// For how long a lost player stays in the arena.
    pub grace: Duration,
    /// How far strikes look back to what the striker saw.
    pub lag_compensation: Duration,
    /// For how long a lost player can come back with its score.
    pub resume_window: Duration,
    /// From the announcement of an update to its activation.
    pub update_lead: Duration,
    /// Per cent of the clients that may fail to apply a release before it is taken back; 0 for any number.
    pub max_failing_percent: u32,
    /// Newest scenes whose images are kept.
    pub keep_scenes: u32,
    /// What to log.
    pub log: String,
    /// Token of the admin tab, when the operator chose one.
    pub admin_token: Option<String>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The settings file cannot be read.
    #[error("cannot read the settings file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The settings file is not what it should be.
    #[error("the settings file {} is not valid: {source}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A setting is outside of its bounds.
    #[error("--{name} is {value}, but must be between {min} and {max}")]
    OutOfBounds {
        /// Name of the flag.
        name: &'static str,
        /// Given value.
        value: u32,
        /// Smallest allowed.
        min: u32,
        /// Largest allowed.
        max: u32,
    },
    /// A token that is too easy to guess.
    #[error(
        "the admin token has {0} characters, but must have at least 12 (leave it out and one is made for you)"
    )]
    WeakToken(usize),
    /// An origin that no browser sends.
    #[error(
        "--cors-origins has `{0}`, which is no origin: write it as https://example.com, without a path, or `*` alone"
    )]
    Origin(String),
}

impl Config {
    /// Puts the settings together.
    ///
    /// # Errors
    /// [`ConfigError`] for a file that cannot be used or a value out of bounds.
    pub fn load(flags: Flags) -> Result<Self, ConfigError> {
        let file = read_file(flags.config.as_deref())?;
        Self::from_flags(flags.or(file))
    }

    /// Fills in the defaults and checks the bounds.
    ///
    /// # Errors
    /// [`ConfigError::OutOfBounds`] and [`ConfigError::WeakToken`].
    pub fn from_flags(flags: Flags) -> Result<Self, ConfigError> {
        if let Some(token) = flags.admin_token.as_ref().filter(|token| token.chars().count() < 12) {
            return Err(ConfigError::WeakToken(token.chars().count()));
        }
        let mode = flags.mode.unwrap_or_default();
        let (room_size, bots) = match mode {
            Mode::Arena => (64, 4),
            Mode::Battlefield => (4_000, 0),
        };
        let seconds = |n: u32| Duration::from_secs(u64::from(n));
        Ok(Self {
            host: flags.host.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            port: flags.port.unwrap_or(8080),
            tcp_port: flags.tcp_port,
            cors_origins: origins(flags.cors_origins.unwrap_or_default())?,
            public_url: flags.public_url,
            trust_proxy: flags.trust_proxy.unwrap_or_default(),
            data: flags.data.unwrap_or_else(|| PathBuf::from("data")),
            client: flags.client,
            tick_rate: within("tick-rate", flags.tick_rate, sim::DEFAULT_TICK_RATE, 10, 60)?,
            mode,
            room_size: within("room-size", flags.room_size, room_size, 1, 10_000)?,
            bots: within("bots", flags.bots, bots, 0, 64)?,
            bot_skill: flags.bot_skill.unwrap_or_default(),
            votes: flags.votes.unwrap_or_default(),
            max_players: within("max-players", flags.max_players, 4_000, 1, 100_000)?,
            max_queue: within("max-queue", flags.max_queue, 1_000, 0, 100_000)?,
            max_watchers: within("max-watchers", flags.max_watchers, 500, 0, 100_000)?,
            max_connections_per_address: within(
                "max-connections-per-address",
                flags.max_connections_per_address,
                64,
                1,
                100_000,
            )?,
            grace: seconds(within("grace-seconds", flags.grace_seconds, 30, 0, 3_600)?),
            lag_compensation: Duration::from_millis(u64::from(within(
                "lag-compensation-ms",
                flags.lag_compensation_ms,
                250,
                0,
                250,
            )?)),
            resume_window: seconds(60 * within("resume-minutes", flags.resume_minutes, 30, 1, 10_080)?),
            update_lead: Duration::from_millis(u64::from(within(
                "update-lead-ms",
                flags.update_lead_ms,
                1_000,
                100,
                60_000,
            )?)),
            max_failing_percent: within("max-failing-percent", flags.max_failing_percent, 25, 0, 100)?,
            keep_scenes: within("keep-scenes", flags.keep_scenes, release::DEFAULT_KEEP_SCENES, 1, 100_000)?,
            log: flags.log.unwrap_or_else(|| "info".to_owned()),
            admin_token: flags.admin_token,
        })
    }

    /// The bots of each room: never more than it has places.
    #[must_use]
    pub fn bots_of_a_room(&self) -> BotSettings {
        BotSettings { fill: self.bots.min(self.room_size), skills: self.bot_skill }
    }

    /// Whole ticks in `duration`, at least 1.
    #[must_use]
    pub fn ticks(&self, duration: Duration) -> u32 {
        ((duration.as_secs_f64() * f64::from(self.tick_rate)).round() as u32).max(1)
    }
}

impl Flags {
    /// Takes from `other` what is missing here.
    fn or(self, other: Self) -> Self {
        Self {
            config: self.config.or(other.config),
            host: self.host.or(other.host),
            port: self.port.or(other.port),
            tcp_port: self.tcp_port.or(other.tcp_port),
            cors_origins: self.cors_origins.or(other.cors_origins),
            public_url: self.public_url.or(other.public_url),
            trust_proxy: self.trust_proxy.or(other.trust_proxy),
            data: self.data.or(other.data),
            client: self.client.or(other.client),
            tick_rate: self.tick_rate.or(other.tick_rate),
            mode: self.mode.or(other.mode),
            room_size: self.room_size.or(other.room_size),
            bots: self.bots.or(other.bots),
            bot_skill: self.bot_skill.or(other.bot_skill),
            votes: self.votes.or(other.votes),
            max_players: self.max_players.or(other.max_players),
            max_queue: self.max_queue.or(other.max_queue),
            max_watchers: self.max_watchers.or(other.max_watchers),
            max_connections_per_address: self
                .max_connections_per_address
                .or(other.max_connections_per_address),
            grace_seconds: self.grace_seconds.or(other.grace_seconds),
            lag_compensation_ms: self.lag_compensation_ms.or(other.lag_compensation_ms),
            resume_minutes: self.resume_minutes.or(other.resume_minutes),
            update_lead_ms: self.update_lead_ms.or(other.update_lead_ms),
            max_failing_percent: self.max_failing_percent.or(other.max_failing_percent),
            keep_scenes: self.keep_scenes.or(other.keep_scenes),
            log: self.log.or(other.log),
            admin_token: self.admin_token.or(other.admin_token),
        }
    }
}

/// Origins as browsers send them: scheme, host and port, and nothing else. `*` stands alone.
fn origins(given: Vec<String>) -> Result<Vec<String>, ConfigError> {
    let fits = |origin: &String| {
        let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
        (origin == "*" && given.len() == 1)
            || host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', ' ']) && host.is_ascii())
    };
    match given.iter().find(|origin| !fits(origin)) {
        Some(origin) => Err(ConfigError::Origin(origin.clone())),
        None => Ok(given),
    }
}

fn within(
    name: &'static str,
    given: Option<u32>,
    default: u32,
    min: u32,
    max: u32,
) -> Result<u32, ConfigError> {
    let value = given.unwrap_or(default);
    if (min..=max).contains(&value) {
        Ok(value)
    } else {
        Err(ConfigError::OutOfBounds { name, value, min, max })
    }
}

/// The named settings file, or the usual one if it exists.
fn read_file(named: Option<&Path>) -> Result<Flags, ConfigError> {
    let path = named.unwrap_or(Path::new(DEFAULT_FILE));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => {
            return Ok(Flags::default());
        }
        Err(source) => return Err(ConfigError::Unreadable { path: path.to_owned(), source }),
    };
    toml::from_str(&text)
        .map_err(|source| ConfigError::Invalid { path: path.to_owned(), source: Box::new(source) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(toml: &str, flags: Flags) -> Result<Config, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        std::fs::write(&path, toml).unwrap();
        Config::load(Flags { config: Some(path), ..flags })
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let flags = Flags { port: Some(9), ..Flags::default() };
        let config = load("port = 7\nroom-size = 5", flags).unwrap();
        assert_eq!((config.port, config.room_size, config.tick_rate), (9, 5, 30));
    }

    #[test]
    fn a_battlefield_has_room_for_thousands_unless_told_otherwise() {
        let config = load("mode = \"battlefield\"", Flags::default()).unwrap();
        assert_eq!((config.mode, config.room_size), (Mode::Battlefield, 4_000));
        let config = load("mode = \"battlefield\"\nroom-size = 200", Flags::default()).unwrap();
        assert_eq!(config.room_size, 200);
        assert_eq!(load("", Flags::default()).unwrap().room_size, 64);
    }

    #[test]
    fn a_lonely_player_gets_bots_unless_told_otherwise_and_a_battlefield_has_none() {
        let bots =
            |toml: &str, flags| load(toml, flags).map(|config| (config.bots, config.bot_skill)).unwrap();
        assert_eq!(bots("", Flags::default()), (4, Skills::Mixed));
        assert_eq!(bots("mode = \"battlefield\"", Flags::default()), (0, Skills::Mixed));
        let flags = Flags { bots: Some(0), ..Flags::default() };
        assert_eq!(bots("bots = 12\nbot-skill = \"hard\"", flags), (0, Skills::Hard));
        assert!(load("bot-skill = \"godlike\"", Flags::default()).is_err());
        let few = load("room-size = 3\nbots = 12", Flags::default()).unwrap();
        assert_eq!(few.bots_of_a_room().fill, 3);
    }

    #[test]
    fn a_misspelt_key_is_named_with_its_line() {
        let error = load("port = 7\nroomsize = 5", Flags::default()).unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("roomsize"), "{error}");
    }

    #[test]
    fn a_value_out_of_bounds_says_what_is_allowed() {
        let error = load("tick-rate = 500", Flags::default()).unwrap_err().to_string();
        assert!(error.contains("between 10 and 60"), "{error}");
    }

    #[test]
    fn a_named_file_that_is_missing_is_an_error() {
        let flags = Flags { config: Some("no/such/file.toml".into()), ..Flags::default() };
        assert!(matches!(Config::load(flags), Err(ConfigError::Unreadable { .. })));
    }

    #[test]
    fn an_origin_is_what_browsers_send_and_nothing_else() {
        let load = |list: &str| load(&format!("cors-origins = {list}"), Flags::default());
        assert_eq!(load(r#"["https://a.example", "http://localhost:3000"]"#).unwrap().cors_origins.len(), 2);
        assert_eq!(load(r#"["*"]"#).unwrap().cors_origins, ["*"]);
        for wrong in ["a.example", "https://a.example/", "https://*.example", "*\", \"https://a.example", ""]
        {
            let error = load(&format!("[\"{wrong}\"]")).unwrap_err().to_string();
            assert!(error.contains("--cors-origins"), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_public_address_is_read_from_the_file_and_a_wrong_one_says_how_it_is_written() {
        let load = |url: &str| load(&format!("public-url = \"{url}\""), Flags::default());
        let config = load("https://play.example.com/arena").unwrap();
        assert_eq!(config.public_url.unwrap().to_string(), "https://play.example.com/arena/");
        let error = load("play.example.com").unwrap_err().to_string();
        assert!(error.contains("write it as https://play.example.com/arena/"), "{error}");
    }

    #[test]
    fn an_admin_token_that_can_be_guessed_is_refused() {
        let flags = Flags { admin_token: Some("admin".into()), ..Flags::default() };
        assert!(matches!(Config::from_flags(flags), Err(ConfigError::WeakToken(5))));
    }
}
