//! How far our own server scales: what a player costs ([`capacity`] and [`model`]), what a join storm does ([`storm`]) and what stays
//! behind when players come and go for an hour ([`soak`]). The results go into `docs/scale.md`.

pub mod capacity;
pub mod fit;
pub mod markers;
pub mod model;
pub mod plot;
pub mod soak;
pub mod storm;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use swarm::crowd::game::GameCrowd;
use swarm::crowd::server_clock::ServerClock;
use swarm::{Behaviour, Encoding};
use tempfile::TempDir;

use crate::process::{ServerProcess, free_port};

/// How long the server gets to answer a request.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where and with what is measured.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The binary of our server.
    pub hotswap: PathBuf,
    /// Where it may leave its data.
    pub work: PathBuf,
    /// The core of the server; left to the system when it is missing.
    pub core: Option<u32>,
}

/// How players are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// All in one fight, and everybody sees everybody.
    FullView,
    /// In rooms of 64, as many as it takes: the server as it comes.
    Rooms,
    /// All in one battlefield, and everybody sees what is around.
    Battlefield,
}

impl Scene {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::FullView, Self::Rooms, Self::Battlefield];

    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FullView => "one room, full view",
            Self::Rooms => "rooms of 64",
            Self::Battlefield => "one battlefield",
        }
    }
}

/// Our server, under test.
pub struct OurServer {
    // Dropped in this order: the process before its data.
    process: ServerProcess,
    _data: TempDir,
    /// Where it listens.
    pub address: SocketAddr,
}

impl OurServer {
    /// Starts it afresh for so many `players`, with `tick_rate` ticks a second.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(setup: &Setup, scene: Scene, players: u32, tick_rate: u32) -> Result<Self> {
        let (port, data) = (free_port()?, tempfile::tempdir_in(&setup.work).context("making a data folder")?);
        let mut command = Command::new(&setup.hotswap);
        command.args(["serve", "--port", &port.to_string(), "--log", "error"]).env("HOTSWAP_BOTS", "0");
        command.args(["--tick-rate", &tick_rate.to_string()]);
        // Some of those who left are still in the arena.
        let seats = (players * 2 + 100).to_string();
        command.args(["--max-players", &seats]);
        match scene {
            Scene::FullView => command.args(["--room-size", &seats]),
            Scene::Rooms => command.args(["--room-size", "64"]),
            Scene::Battlefield => command.args(["--room-size", &seats, "--mode", "battlefield"]),
        };
        command.arg("--data").arg(data.path());
        let process = ServerProcess::start(&command, setup.core, port)?;
        Ok(Self { process, _data: data, address: ([127, 0, 0, 1], port).into() })
    }

    /// Processor time that it has used; `None` where the system does not say.
    #[must_use]
    pub fn cpu(&self) -> Option<Duration> {
        self.process.cpu()
    }

    /// Its memory in RAM, bytes; `None` where the system does not say.
    #[must_use]
    pub fn memory(&self) -> Option<u64> {
        swarm::system::resident_memory(self.process.id())
    }

    /// What it says of itself.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn metrics(&self) -> Result<Metrics> {
        let mut stream = TcpStream::connect(self.address).context("asking for /metrics")?;
        stream.set_read_timeout(Some(PATIENCE))?;
        // HTTP/1.0: the answer ends with the connection.
        stream.write_all(b"GET /metrics HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text).context("reading /metrics")?;
        Ok(Metrics { text })
    }
}

/// The answer of `/metrics`.
#[derive(Clone, Debug)]
pub struct Metrics {
    text: String,
}

impl Metrics {
    /// The value of `name`; 0 for what was never counted.
    #[must_use]
    pub fn value(&self, name: &str) -> f64 {
        let mut lines = self.text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        lines.find_map(|value| value.trim().parse().ok()).unwrap_or_default()
    }
}

/// What the players of a crowd share.
#[must_use]
pub fn game(behaviour: Behaviour) -> Arc<GameCrowd> {
    Arc::new(GameCrowd {
        path: "/ws".to_owned(),
        encoding: Encoding::Binary,
        behaviour,
        script: None,
        clock: ServerClock::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_found_by_its_whole_name() {
        let text = "HTTP/1.0 200 OK\r\n\r\n# TYPE a counter\na_total 3\na 4.5\nb{x=\"y\"} 6\n".to_owned();
        let metrics = Metrics { text };
        assert_eq!(["a", "a_total", "b", "c"].map(|name| metrics.value(name)), [4.5, 3.0, 0.0, 0.0]);
    }
}
