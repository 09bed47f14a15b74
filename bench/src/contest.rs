//! Lets servers take turns, and collects what they did.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use swarm::Behaviour;
use swarm::crowd::game::GameCrowd;
use swarm::crowd::server_clock::ServerClock;
use swarm::crowd::{Crowd, CrowdOptions};
use swarm::measure::{Measurement, Stage, Timing, measure};
use swarm::samples::Samples;
use swarm::system::Moment;

use crate::peers::{Kit, MOVES_PER_SECOND, Peer, SNAPSHOTS_PER_SECOND};
use crate::process::{ServerProcess, free_port};

/// Connections begun a second: a join storm is another test.
const CONNECTS_PER_SECOND: f64 = 300.0;
/// A server keeps up when players get this share of what is due to them,
const ENOUGH: f64 = 0.95;
/// and the state is not older than this, 99th percentile, milliseconds: two ticks.
const FRESH_P99_MS: f64 = 100.0;
/// A server that delivers less than this is not asked for more players.
const HOPELESS: f64 = 0.6;

/// What is run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Who takes part.
    pub peers: Vec<Peer>,
    /// How many players, in ascending order.
    pub players: Vec<u32>,
    /// How often everybody has a turn with each number of players.
    pub repeats: u32,
    /// Length of a measured window.
    pub window: Duration,
    /// The core of the servers; `None` leaves it to the system.
    pub core: Option<u32>,
}

/// One turn of one server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Turn {
    /// Cores that the server used.
    pub cores: f64,
    /// Newest positions that reached a client, each second.
    pub updates_per_second: f64,
    /// Share of the states that were due and came.
    pub delivered: f64,
    /// Age of the states when they came, milliseconds.
    pub age_p50_ms: f64,
    /// The same, 99th percentile.
    pub age_p99_ms: f64,
    /// Bytes to each player each second.
    pub bytes_per_player: f64,
    /// Cores that the crowd used.
    pub crowd_cores: f64,
    /// Everybody came and stayed.
    pub complete: bool,
    /// The crowd was too slow: this does not count.
    pub crowd_was_slow: bool,
}

impl Turn {
    /// What was measured while the server, which is `still_there`, used so many cores. `due` are the states that all
    /// players together should have got each second.
    #[must_use]
    pub fn of(measured: &Measurement, due: f64, cores: f64, still_there: bool) -> Self {
        let states = measured.window.states as f64 + measured.samples.snapshots as f64;
        Self {
            cores,
            updates_per_second: measured.updates_per_second(),
            delivered: states / measured.span.as_secs_f64().max(1e-9) / due,
            age_p50_ms: measured.window.ages.percentile_ms(50.0),
            age_p99_ms: measured.window.ages.percentile_ms(99.0),
            bytes_per_player: measured.bytes_per_player(),
            crowd_cores: measured.process_cpu,
            complete: still_there && measured.complete(),
            crowd_was_slow: !measured.bottlenecks().is_empty(),
        }
    }

    /// Nothing is left to wish for.
    #[must_use]
    pub fn kept_up(&self) -> bool {
        self.complete && self.delivered >= ENOUGH && self.age_p99_ms <= FRESH_P99_MS
    }
}

/// All turns of one server with one number of players.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Who.
    pub peer: Peer,
    /// How many players.
    pub players: u32,
    /// What came of it.
    pub turns: Vec<Turn>,
}

/// What came of everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Results {
    /// In the order of the plan: by players, then by server.
    pub rows: Vec<Row>,
    /// Who could not be measured, and why.
    pub absent: Vec<(Peer, String)>,
}

impl Results {
    /// The row of a server.
    #[must_use]
    pub fn row(&self, peer: Peer, players: u32) -> Option<&Row> {
        self.rows.iter().find(|row| row.peer == peer && row.players == players)
    }

    fn add(&mut self, peer: Peer, players: u32, turn: Turn) {
        match self.rows.iter_mut().find(|row| row.peer == peer && row.players == players) {
            Some(row) => row.turns.push(turn),
            None => self.rows.push(Row { peer, players, turns: vec![turn] }),
        }
    }

    /// It could not even do with fewer players.
    fn hopeless(&self, peer: Peer, players: u32) -> bool {
        let fewer = self.rows.iter().filter(|row| row.peer == peer && row.players < players);
        fewer.flat_map(|row| &row.turns).any(|turn| !turn.crowd_was_slow && turn.delivered < HOPELESS)
    }

    fn is_absent(&self, peer: Peer) -> bool {
        self.absent.iter().any(|(absent, _)| *absent == peer)
    }
}

/// Runs the whole plan; `tell` gets a line on each turn. Whatever servers leave behind goes to `work`.
///
/// # Errors
/// When the crowd cannot be sent, or `work` cannot be used. A server that does not start is absent, and that is all.
pub fn run(plan: &Plan, kit: &Kit, work: &Path, mut tell: impl FnMut(&str)) -> Result<Results> {
    let mut results = Results::default();
    for &players in &plan.players {
        let mut floor_bytes = 0.0;
        for repeat in 1..=plan.repeats {
            for &peer in &plan.peers {
                if results.is_absent(peer) || results.hopeless(peer, players) {
                    continue;
                }
                match turn(plan, kit, work, peer, players, floor_bytes as u32) {
                    Ok(turn) => {
                        if peer == Peer::Hotswap {
                            floor_bytes = turn.bytes_per_player / SNAPSHOTS_PER_SECOND;
                        }
                        tell(&line(peer, players, repeat, &turn));
                        results.add(peer, players, turn);
                    }
                    Err(error) => {
                        tell(&format!("{:<16} cannot be measured: {error:#}", peer.name()));
                        results.absent.push((peer, format!("{error:#}")));
                    }
                }
            }
        }
    }
    Ok(results)
}

fn line(peer: Peer, players: u32, repeat: u32, turn: &Turn) -> String {
    let remark = match (turn.crowd_was_slow, turn.kept_up()) {
        (true, _) => "  the crowd was too slow",
        (_, false) => "  does not keep up",
        _ => "",
    };
    format!(
        "{:<16} {players:>5} players, turn {repeat}: {:.2} cores, {:>3.0} % delivered, age p50 {:.1} p99 {:.1} ms, \
         crowd {:.2} cores{remark}",
        peer.name(),
        turn.cores,
        turn.delivered * 100.0,
        turn.age_p50_ms,
        turn.age_p99_ms,
        turn.crowd_cores
    )
}

/// Starts a server, sends a crowd, and stops both.
fn turn(plan: &Plan, kit: &Kit, work: &Path, peer: Peer, players: u32, floor_bytes: u32) -> Result<Turn> {
    let port = free_port()?;
    let mut command = peer.command(kit, players, port, floor_bytes)?;
    let data = tempfile::tempdir_in(work).context("making a data folder")?;
    if peer == Peer::Hotswap {
        command.arg("--data").arg(data.path());
    }
    let server = ServerProcess::start(&command, plan.core, port)?;

    let game = Arc::new(GameCrowd {
        path: "/ws".to_owned(),
        encoding: swarm::Encoding::Binary,
        behaviour: Behaviour::Wander,
        script: None,
        clock: ServerClock::default(),
    });
    // What a snapshot of ours moves is known from one whole client.
    let url = format!("ws://127.0.0.1:{port}/ws");
    let samples = (peer == Peer::Hotswap).then(|| {
        Samples::start(
            &url,
            1,
            swarm::Encoding::Binary,
            Behaviour::Wander,
            None,
            swarm::Conditions::default(),
        )
    });
    let light = players - u32::from(samples.is_some());
    let address = ([127, 0, 0, 1], port).into();
    let options = crowd_options(address, light, CONNECTS_PER_SECOND, MOVES_PER_SECOND);
    let crowd = Crowd::start(options, |number| peer.player(number, &game)).context("sending the crowd")?;
    let timing = Timing {
        patience: Duration::from_secs_f64(8.0 + f64::from(players) / CONNECTS_PER_SECOND * 2.0),
        warm_up: Duration::from_secs(1),
        window: plan.window,
    };
    let mut used = [(Moment::now(), server.cpu()); 2];
    let measured = measure(&crowd, light, samples.as_ref(), timing, |glance| {
        used[usize::from(glance.stage == Stage::Measuring)] = (Moment::now(), server.cpu());
    });
    let still_there = server.cpu().is_some();
    // Goodbyes would only be waited for.
    drop(server);
    if let Some(samples) = samples {
        samples.leave();
    }
    crowd.leave();
    Ok(Turn::of(&measured, peer.states_due(players), cores(used), still_there))
}

/// A crowd of so many on one thread; 0 connects all at once.
#[must_use]
pub fn crowd_options(address: SocketAddr, players: u32, connects: f64, turns: f64) -> CrowdOptions {
    CrowdOptions {
        address,
        host: address.to_string(),
        players,
        connects_per_second: connects,
        turns_per_second: turns,
        threads: 1,
    }
}

/// Cores used between two looks.
pub(crate) fn cores([before, after]: [(Moment, Option<Duration>); 2]) -> f64 {
    let used =
        after.1.zip(before.1).map_or(0.0, |(after, before)| after.saturating_sub(before).as_secs_f64());
    used / after.0.since(before.0).as_secs_f64().max(1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_could_not_do_with_fewer_is_not_asked_for_more() {
        let mut results = Results::default();
        let turn = |delivered, crowd_was_slow| Turn { delivered, crowd_was_slow, ..Turn::default() };
        results.add(Peer::WsMoves, 100, turn(0.5, false));
        results.add(Peer::NaiveAxum, 100, turn(0.5, true));
        results.add(Peer::Floor, 100, turn(1.0, false));
        assert!(results.hopeless(Peer::WsMoves, 200));
        assert!(!results.hopeless(Peer::WsMoves, 100), "it may try the same again");
        assert!(!results.hopeless(Peer::NaiveAxum, 200), "that was our fault");
        assert!(!results.hopeless(Peer::Floor, 200));
    }

    #[test]
    fn keeping_up_is_delivering_nearly_all_of_it_fresh_to_everybody() {
        let good = Turn { delivered: 0.99, age_p99_ms: 20.0, complete: true, ..Turn::default() };
        assert!(good.kept_up());
        assert!(!Turn { delivered: 0.9, ..good.clone() }.kept_up());
        assert!(!Turn { age_p99_ms: 500.0, ..good.clone() }.kept_up());
        assert!(!Turn { complete: false, ..good }.kept_up());
    }
}
