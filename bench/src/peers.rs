//! The servers: how each is started, and how its players talk.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use anyhow::{Result, anyhow, ensure};
use swarm::crowd::dialect::Dialect;
use swarm::crowd::game::{GameCrowd, GamePlayer};

use crate::dialects::colyseus::ColyseusPlayer;
use crate::dialects::floor::FloorPlayer;
use crate::dialects::json::JsonPlayer;
use crate::dialects::socketio::SocketIoPlayer;
use crate::install::Installed;

/// Moves of each player a second.
pub const MOVES_PER_SECOND: f64 = 10.0;
/// Snapshots a second of the servers that send them.
pub const SNAPSHOTS_PER_SECOND: f64 = 20.0;

/// What Colyseus needs for uWebSockets.
const UWS_TRANSPORT: &str = "@colyseus/uwebsockets-transport";
const UWS_MISSING: &str = "uWebSockets.js is not in the npm registry, and its current binaries need glibc 2.38: where \
    both can be had, `npm install @colyseus/uwebsockets-transport uwebsockets-express` in target/bench/node";

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Ours.
    Hotswap,
    /// The bare epoll loop.
    Floor,
    /// Every move passed on, axum.
    NaiveAxum,
    /// Every move passed on, `ws` on Node.
    WsMoves,
    /// Snapshots in JSON, `ws` on Node.
    WsSnapshots,
    /// Every move passed on, Socket.IO on Node.
    SocketIo,
    /// Every move passed on, python-socketio.
    PythonSocketIo,
    /// Patches of a schema, Colyseus on its `ws` transport.
    Colyseus,
    /// The same on its uWebSockets transport.
    ColyseusUws,
}

/// What a server sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Each move to each other player, at once.
    Moves,
    /// The fight to each player, 20 times a second.
    Snapshots,
}

/// What servers are started with.
pub struct Kit {
    /// The binary of our server.
    pub hotswap: PathBuf,
    /// The folder with the binaries of this crate.
    pub binaries: PathBuf,
    /// The folder with the servers that are not compiled.
    pub peers: PathBuf,
    /// What was installed for the others.
    pub installed: Installed,
}

impl Peer {
    /// All, in the order in which they take turns. Ours comes before the floor, which is to write as many bytes.
    pub const ALL: [Self; 9] = [
        Self::Hotswap,
        Self::Floor,
        Self::NaiveAxum,
        Self::WsMoves,
        Self::WsSnapshots,
        Self::SocketIo,
        Self::PythonSocketIo,
        Self::Colyseus,
        Self::ColyseusUws,
    ];

    /// Its name on the command line and in the chart.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hotswap => "hotswap",
            Self::Floor => "floor",
            Self::NaiveAxum => "naive-axum",
            Self::WsMoves => "ws-moves",
            Self::WsSnapshots => "ws-snapshots",
            Self::SocketIo => "socketio-node",
            Self::PythonSocketIo => "python-socketio",
            Self::Colyseus => "colyseus",
            Self::ColyseusUws => "colyseus-uws",
        }
    }

    /// What it is, in a few words.
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Self::Hotswap => "Hotswap Arena: simulation, rules, 20 Hz binary snapshots",
            Self::Floor => "bare epoll loop that writes as many bytes as Hotswap Arena, 20 Hz",
            Self::NaiveAxum => "axum with a broadcast channel, each move at once, JSON",
            Self::WsMoves => "ws on Node, each move at once, JSON",
            Self::WsSnapshots => "ws on Node, 20 Hz snapshots, JSON",
            Self::SocketIo => "Socket.IO on Node, each move at once",
            Self::PythonSocketIo => "python-socketio on uvicorn, each move at once",
            Self::Colyseus => "Colyseus, 20 Hz patches, ws transport",
            Self::ColyseusUws => "Colyseus, 20 Hz patches, uWebSockets transport",
        }
    }

    /// What it sends.
    #[must_use]
    pub fn family(self) -> Family {
        match self {
            Self::Hotswap | Self::Floor | Self::WsSnapshots | Self::Colyseus | Self::ColyseusUws => {
                Family::Snapshots
            }
            Self::NaiveAxum | Self::WsMoves | Self::SocketIo | Self::PythonSocketIo => Family::Moves,
        }
    }

    /// States of the fight that all of `players` together have to get each second.
    #[must_use]
    pub fn states_due(self, players: u32) -> f64 {
        let players = f64::from(players);
        match self.family() {
            Family::Moves => MOVES_PER_SECOND * players * (players - 1.0),
            Family::Snapshots => SNAPSHOTS_PER_SECOND * players,
        }
    }

    /// How it is started, for `players` on `port`; the floor writes frames of `floor_bytes`.
    ///
    /// # Errors
    /// What was not installed.
    pub fn command(self, kit: &Kit, players: u32, port: u16, floor_bytes: u32) -> Result<Command> {
        let port = port.to_string();
        let missing = |error: &anyhow::Error| anyhow!("not installed: {error:#}");
        let node = |arguments: &[&str]| {
            let (node, folder) = kit.installed.node.as_ref().map_err(missing)?;
            let mut command = Command::new(node);
            command.args(arguments).current_dir(folder).env("NODE_ENV", "production");
            Ok(command)
        };
        match self {
            Self::Hotswap => {
                let mut command = Command::new(&kit.hotswap);
                let room = (players + 10).to_string();
                command.args(["serve", "--port", &port, "--tick-rate", "20", "--log", "error"]);
                command.args(["--room-size", &room, "--max-players", &room]).env("HOTSWAP_BOTS", "0");
                Ok(command)
            }
            Self::Floor => {
                let mut command = Command::new(kit.binaries.join("floor"));
                command.args([port, floor_bytes.to_string()]);
                Ok(command)
            }
            Self::NaiveAxum => {
                let mut command = Command::new(kit.binaries.join("naive-axum"));
                command.arg(port);
                Ok(command)
            }
            Self::WsMoves => node(&["ws-node/server.mjs", "moves", &port]),
            Self::WsSnapshots => node(&["ws-node/server.mjs", "snapshots", &port]),
            Self::SocketIo => node(&["socketio-node/server.mjs", &port]),
            Self::PythonSocketIo => {
                let python = kit.installed.python.as_ref().map_err(missing)?;
                let mut command = Command::new(python);
                command.arg(kit.peers.join("python-socketio/server.py")).arg(port);
                Ok(command)
            }
            Self::Colyseus => node(&["colyseus/server.mjs", &port, "ws"]),
            Self::ColyseusUws => {
                let command = node(&["colyseus/server.mjs", &port, "uws"])?;
                let folder = command.get_current_dir().unwrap_or(&kit.peers);
                ensure!(folder.join("node_modules").join(UWS_TRANSPORT).is_dir(), "{UWS_MISSING}");
                Ok(command)
            }
        }
    }

    /// Player `number` of its crowd; `game` is only for ours.
    #[must_use]
    pub fn player(self, number: u32, game: &Arc<GameCrowd>) -> Box<dyn Dialect> {
        match self {
            Self::Hotswap => Box::new(GamePlayer::new(Arc::clone(game), number)),
            Self::Floor => Box::new(FloorPlayer::new(number)),
            Self::NaiveAxum => Box::new(JsonPlayer::new("/ws", number)),
            Self::WsMoves | Self::WsSnapshots => Box::new(JsonPlayer::new("/", number)),
            Self::SocketIo | Self::PythonSocketIo => Box::new(SocketIoPlayer::new(number)),
            Self::Colyseus | Self::ColyseusUws => Box::new(ColyseusPlayer::new(number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_to_see_everybody() {
        assert_eq!(Peer::WsMoves.states_due(10), 900.0, "ten moves a second, each to nine others");
        assert_eq!(Peer::Hotswap.states_due(10), 200.0, "twenty snapshots a second to each");
    }

    #[test]
    fn no_two_servers_have_one_name() {
        for (index, peer) in Peer::ALL.iter().enumerate() {
            assert!(Peer::ALL[..index].iter().all(|other| other.name() != peer.name()));
        }
    }
}
