//! What a player and an update cost: our server with more and more players, who stand still or run, in each [`Scene`].

use std::time::Duration;

use anyhow::{Context, Result};
use swarm::Behaviour;
use swarm::crowd::Crowd;
use swarm::crowd::game::GamePlayer;
use swarm::measure::{Stage, Timing, measure};
use swarm::samples::Samples;
use swarm::system::Moment;

use super::fit::Observation;
use super::{OurServer, Scene, Setup, game};
use crate::contest::{Turn, cores, crowd_options};
use crate::peers::{MOVES_PER_SECOND, SNAPSHOTS_PER_SECOND};

/// Connections begun a second: a join storm is another test.
const CONNECTS_PER_SECOND: f64 = 500.0;

/// What is run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many players, in ascending order.
    pub players: Vec<u32>,
    /// How often each run is repeated.
    pub repeats: u32,
    /// Length of a measured window.
    pub window: Duration,
}

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// How players were put together.
    pub scene: Scene,
    /// How many.
    pub players: u32,
    /// They ran about, with ten moves a second each; otherwise they stood still.
    pub moving: bool,
    /// What came of it.
    pub turn: Turn,
}

impl Run {
    /// It says what the server costs: the server kept up, and the crowd was quick enough to see it.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.turn.kept_up() && !self.turn.crowd_was_slow
    }

    /// The same as numbers.
    #[must_use]
    pub fn observation(&self) -> Observation {
        let players = f64::from(self.players);
        Observation {
            players,
            updates: self.turn.updates_per_second,
            inputs: if self.moving { MOVES_PER_SECOND * players } else { 0.0 },
            cores: self.turn.cores,
        }
    }
}

/// Does the whole plan; `tell` gets a line on each run.
///
/// # Errors
/// When a server or a crowd cannot be started.
pub fn run(plan: &Plan, setup: &Setup, mut tell: impl FnMut(&str)) -> Result<Vec<Run>> {
    let mut runs = Vec::new();
    for _ in 0..plan.repeats {
        for &players in &plan.players {
            for scene in Scene::ALL {
                for moving in [false, true] {
                    let turn = once(plan, setup, scene, players, moving)?;
                    let run = Run { scene, players, moving, turn };
                    tell(&line(&run));
                    runs.push(run);
                }
            }
        }
    }
    Ok(runs)
}

fn once(plan: &Plan, setup: &Setup, scene: Scene, players: u32, moving: bool) -> Result<Turn> {
    let server = OurServer::start(setup, scene, players, SNAPSHOTS_PER_SECOND as u32)?;
    let behaviour = if moving { Behaviour::Wander } else { Behaviour::Idle };
    // What a snapshot moves is known from one whole client.
    let url = format!("ws://{}/ws", server.address);
    let net = swarm::Conditions::default();
    let samples = Samples::start(&url, 1, swarm::Encoding::Binary, behaviour, None, net);
    let light = players.saturating_sub(1);
    let shared = game(behaviour);
    let turns = if moving { MOVES_PER_SECOND } else { 1.0 };
    let options = crowd_options(server.address, light, CONNECTS_PER_SECOND, turns);
    let crowd = Crowd::start(options, |number| Box::new(GamePlayer::new(shared.clone(), number)));
    let crowd = crowd.context("sending the crowd")?;
    let timing = Timing {
        patience: Duration::from_secs_f64(8.0 + f64::from(players) / CONNECTS_PER_SECOND * 2.0),
        warm_up: Duration::from_millis(1_500),
        window: plan.window,
    };
    let mut used = [(Moment::now(), server.cpu()); 2];
    let measured = measure(&crowd, light, Some(&samples), timing, |glance| {
        used[usize::from(glance.stage == Stage::Measuring)] = (Moment::now(), server.cpu());
    });
    let there = server.cpu().is_some();
    // Goodbyes would only be waited for.
    drop(server);
    samples.leave();
    crowd.leave();
    let due = SNAPSHOTS_PER_SECOND * f64::from(players);
    Ok(Turn::of(&measured, due, cores(used), there))
}

fn line(run: &Run) -> String {
    let Run { scene, players, moving, turn } = run;
    format!(
        "{:<20} {players:>5} players {}: {:.3} cores, {:>8.3} M updates/s, {:>6.0} bytes/s each, age p99 {:>5.1} ms, \
         crowd {:.2} cores{}",
        scene.name(),
        what(*moving),
        turn.cores,
        turn.updates_per_second / 1e6,
        turn.bytes_per_player,
        turn.age_p99_ms,
        turn.crowd_cores,
        remark(run)
    )
}

/// What players did, in a word.
pub(super) fn what(moving: bool) -> &'static str {
    if moving { "run" } else { "stand" }
}

/// Why a run says nothing of the server, in brackets.
pub(super) fn remark(run: &Run) -> &'static str {
    match (run.turn.crowd_was_slow, run.turn.kept_up()) {
        (true, _) => " (the crowd was too slow)",
        (_, false) => " (does not keep up)",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_in_which_the_server_did_not_keep_up_says_nothing_of_its_costs() {
        let turn = Turn { delivered: 1.0, complete: true, ..Turn::default() };
        let run = |turn| Run { scene: Scene::FullView, players: 800, moving: true, turn };
        assert!(run(turn.clone()).counts());
        assert!(!run(Turn { age_p99_ms: 500.0, ..turn.clone() }).counts());
        assert!(!run(Turn { crowd_was_slow: true, ..turn }).counts());
    }
}
