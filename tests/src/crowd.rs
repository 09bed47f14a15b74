//! Crowds against the server process: of light players, and of whole clients.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use client_core::protocol::Encoding;
use swarm::crowd::dialect::Dialect;
use swarm::crowd::game::{GameCrowd, GamePlayer};
use swarm::crowd::server_clock::ServerClock;
use swarm::crowd::{Churn, Crowd, CrowdOptions};
use swarm::{Behaviour, Bot, BotOptions};

/// Turns of each player a second: enough for a heartbeat.
const TURNS: f64 = 2.0;

fn options(address: SocketAddr, players: u32, connects_per_second: f64) -> CrowdOptions {
    CrowdOptions {
        address,
        host: address.to_string(),
        players,
        connects_per_second,
        turns_per_second: TURNS,
        threads: 1,
    }
}

/// Makes players who do this.
fn players_who(behaviour: Behaviour) -> impl Fn(u32) -> Box<dyn Dialect> + Send + Sync + 'static {
    let game = Arc::new(GameCrowd {
        path: "/ws".to_owned(),
        encoding: Encoding::Binary,
        behaviour,
        script: None,
        clock: ServerClock::default(),
    });
    move |number| Box::new(GamePlayer::new(Arc::clone(&game), number))
}

/// Players who stand still; so many connect each second, or all at once for 0.
///
/// # Errors
/// When the system has no threads or files left.
pub fn idle(address: SocketAddr, players: u32, connects_per_second: f64) -> anyhow::Result<Crowd> {
    let crowd = Crowd::start(options(address, players, connects_per_second), players_who(Behaviour::Idle));
    crowd.context("sending a crowd")
}

/// Players who stand still, and come and go.
///
/// # Errors
/// When the system has no threads or files left.
pub fn coming_and_going(address: SocketAddr, players: u32, churn: Churn) -> anyhow::Result<Crowd> {
    let crowd = Crowd::start_churning(
        options(address, players, churn.per_second),
        churn,
        players_who(Behaviour::Idle),
    );
    crowd.context("sending a crowd")
}

/// Players who run and strike wildly.
///
/// # Errors
/// When the system has no threads or files left.
pub fn fighting(address: SocketAddr, players: u32) -> anyhow::Result<Crowd> {
    let options = CrowdOptions { turns_per_second: 6.0, ..options(address, players, 100.0) };
    Crowd::start(options, players_who(Behaviour::Fight)).context("sending a crowd")
}

/// Whole clients who run at each other and strike, one of each name. Nobody asks what they see.
pub fn fighters(url: &str, names: impl IntoIterator<Item = impl Into<String>>) -> Vec<Bot> {
    let fighter = |(name, seed)| {
        let (name, behaviour) = (Into::into(name), Behaviour::Fight);
        let options = BotOptions { name, behaviour, observed: false, seed, ..BotOptions::default() };
        Bot::connect_with(url, options)
    };
    names.into_iter().zip(1..).map(fighter).collect()
}
