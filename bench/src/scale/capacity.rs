//! What a player and an update cost: our server with more and more players, who stand still or run, in each [`Scene`].

use std::fmt::Write;
use std::time::Duration;

use anyhow::{Context, Result};
use swarm::Behaviour;
use swarm::crowd::Crowd;
use swarm::crowd::game::GamePlayer;
use swarm::measure::{Measurement, Stage, Timing, measure};
use swarm::samples::Samples;
use swarm::system::Moment;

use super::fit::{Fit, Observation};
use super::{OurServer, Scene, Setup, crowd_options, game};
use crate::contest::Turn;
use crate::peers::{MOVES_PER_SECOND, SNAPSHOTS_PER_SECOND};

/// Connections begun a second: a join storm is another test.
const CONNECTS_PER_SECOND: f64 = 500.0;

/// How busy a core may be when ticks are to be on time, and something is to be left for joins.
const BUSY_CORE: f64 = 0.8;

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
        Observation {
            players: f64::from(self.players),
            updates: self.turn.updates_per_second,
            cores: self.turn.cores,
        }
    }
}

/// What a scene costs.
#[must_use]
pub fn fit(runs: &[Run], scene: Scene) -> Option<Fit> {
    let counted = runs.iter().filter(|run| run.scene == scene && run.counts());
    Fit::of(&counted.map(Run::observation).collect::<Vec<_>>())
}

/// Updates a second that each of so many players gets.
#[must_use]
pub fn updates_each(group: &[&Run], players: f64) -> f64 {
    each(group, players, |run| run.turn.updates_per_second / f64::from(run.players))
}

/// A figure of each of so many players: on the line between the measured numbers of players, or past the last ones.
fn each(group: &[&Run], players: f64, figure: fn(&Run) -> f64) -> f64 {
    let mut known = vec![(0.0, 0.0)];
    let mut runs: Vec<&Run> = group.iter().copied().filter(|run| run.counts()).collect();
    runs.sort_by_key(|run| run.players);
    known.extend(runs.into_iter().map(|run| (f64::from(run.players), figure(run))));
    known.dedup_by(|later, earlier| later.0 <= earlier.0);
    let after = known.iter().position(|(n, _)| *n >= players).unwrap_or(known.len() - 1).max(1);
    let Some([(n0, u0), (n1, u1)]) = known.get(after - 1..=after).and_then(|pair| pair.first_chunk::<2>())
    else {
        return 0.0;
    };
    u0 + (u1 - u0) * (players - n0) / (n1 - n0)
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
    let [(begin, before), (end, after)] = used;
    let cpu = after.zip(before).map_or(Duration::ZERO, |(after, before)| after.saturating_sub(before));
    Ok(summed_up(players, &measured, cpu.as_secs_f64() / end.since(begin).as_secs_f64().max(1e-9), there))
}

fn summed_up(players: u32, measured: &Measurement, cores: f64, there: bool) -> Turn {
    let states = measured.window.states as f64 + measured.samples.snapshots as f64;
    let due = SNAPSHOTS_PER_SECOND * f64::from(players);
    Turn {
        cores,
        updates_per_second: measured.updates_per_second(),
        delivered: states / measured.span.as_secs_f64().max(1e-9) / due,
        age_p50_ms: measured.window.ages.percentile_ms(50.0),
        age_p99_ms: measured.window.ages.percentile_ms(99.0),
        bytes_per_player: measured.bytes_per_player(),
        crowd_cores: measured.process_cpu,
        complete: there && measured.complete(),
        crowd_was_slow: !measured.bottlenecks().is_empty(),
    }
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

fn what(moving: bool) -> &'static str {
    if moving { "run" } else { "stand" }
}

/// In thousandths of a core, without a sign for none.
fn off_by(cores: f64) -> String {
    let thousandths = (cores * 1e3).round();
    if thousandths == 0.0 { "0.000".to_owned() } else { format!("{:+.3}", thousandths / 1e3) }
}

fn remark(run: &Run) -> &'static str {
    match (run.turn.crowd_was_slow, run.turn.kept_up()) {
        (true, _) => " (the crowd was too slow)",
        (_, false) => " (does not keep up)",
        _ => "",
    }
}

/// What a core carries by the model, as Markdown.
#[must_use]
pub fn carried(runs: &[Run]) -> String {
    let mut text = String::from(
        "| scene | players who | on one core at 80 % | bytes/s each | Mbit/s for all |\n|---|---|---|---|---|\n",
    );
    for scene in Scene::ALL {
        let Some(fit) = fit(runs, scene) else { continue };
        for moving in [false, true] {
            let group: Vec<&Run> =
                runs.iter().filter(|run| run.scene == scene && run.moving == moving).collect();
            let players = fit.most_players(BUSY_CORE, |players| updates_each(&group, players));
            let bytes = each(&group, players, |run| run.turn.bytes_per_player);
            let _ = writeln!(
                text,
                "| {} | {} | {:.0} | {bytes:.0} | {:.0} |",
                scene.name(),
                what(moving),
                (players / 100.0).round() * 100.0,
                players * bytes * 8.0 / 1e6
            );
        }
    }
    text
}

/// What was found, as Markdown: the model of each scene, and all runs with what the model says of them.
#[must_use]
pub fn table(runs: &[Run]) -> String {
    let mut text = String::from(
        "| scene | a, cores | b, per 1,000 players | c, per million updates/s | R² | mean error, cores | runs |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for scene in Scene::ALL {
        let of_scene: Vec<&Run> = runs.iter().filter(|run| run.scene == scene).collect();
        let counted = of_scene.iter().filter(|run| run.counts()).count();
        let Some(fit) = fit(runs, scene) else {
            let _ = writeln!(text, "| {} | too few runs that count | | | | | {counted} |", scene.name());
            continue;
        };
        let [a, b, c] = fit.errors;
        let _ = writeln!(
            text,
            "| {} | {:.4} ± {a:.4} | {:.4} ± {:.4} | {:.5} ± {:.5} | {:.4} | {:.4} | {counted} of {} |",
            scene.name(),
            fit.a,
            fit.b * 1e3,
            b * 1e3,
            fit.c * 1e6,
            c * 1e6,
            fit.r2,
            fit.mean_error,
            of_scene.len()
        );
    }
    text.push_str(
        "\n| scene | players | | CPU, cores | the model says | off by | updates/s, million | bytes/s each | age p99, ms | |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for scene in Scene::ALL {
        let fit = fit(runs, scene);
        let mut of_scene: Vec<&Run> = runs.iter().filter(|run| run.scene == scene).collect();
        of_scene.sort_by_key(|run| (run.moving, run.players));
        for run in of_scene {
            let said = fit.map(|fit| fit.cores(&run.observation()));
            let _ = writeln!(
                text,
                "| {} | {} | {} | {:.3} | {} | {} | {:.3} | {:.0} | {:.1} |{} |",
                scene.name(),
                run.players,
                what(run.moving),
                run.turn.cores,
                said.map_or(String::new(), |said| format!("{said:.3}")),
                said.map_or(String::new(), |said| off_by(run.turn.cores - said)),
                run.turn.updates_per_second / 1e6,
                run.turn.bytes_per_player,
                run.turn.age_p99_ms,
                remark(run)
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(players: u32, moving: bool, slow: bool) -> Run {
        let n = f64::from(players);
        let updates = if moving { 20.0 * n * n } else { 0.0 };
        let turn = Turn {
            cores: 0.01 + 1e-4 * n + 1e-9 * updates,
            updates_per_second: updates,
            delivered: 1.0,
            complete: true,
            crowd_was_slow: slow,
            ..Turn::default()
        };
        Run { scene: Scene::FullView, players, moving, turn }
    }

    fn runs() -> Vec<Run> {
        let counts = [100, 200, 400, 800];
        counts.iter().flat_map(|players| [run(*players, false, false), run(*players, true, false)]).collect()
    }

    #[test]
    fn the_table_shows_costs_errors_and_what_is_off() {
        let mut runs = runs();
        runs.push(run(1_600, true, true));
        let table = table(&runs);
        assert!(
            table.contains(
                "| one room, full view | 0.0100 ± 0.0000 | 0.1000 ± 0.0000 | 0.00100 ± 0.00000 | 1.0000"
            ),
            "{table}"
        );
        assert!(table.contains("| 8 of 9 |") && table.contains("(the crowd was too slow)"), "{table}");
        assert!(table.contains("| rooms of 64 | too few runs that count |"), "{table}");
        assert!(
            table.contains("| one room, full view | 800 | run | 0.103 | 0.103 | 0.000 | 12.800 |"),
            "{table}"
        );
    }

    #[test]
    fn a_core_carries_what_the_model_says_at_four_fifths() {
        // 0.01 + 1e-4 n = 0.8 for those who stand.
        let carried = carried(&runs());
        assert!(carried.contains("| one room, full view | stand | 7900 |"), "{carried}");
        assert!(!carried.contains("rooms of 64"), "{carried}");
    }

    #[test]
    fn updates_between_two_measured_numbers_are_between_theirs() {
        let (a, b) = (run(100, true, false), run(200, true, false));
        let group = [&b, &a];
        let found = [50.0, 100.0, 150.0, 300.0].map(|n| updates_each(&group, n));
        assert_eq!(found, [1_000.0, 2_000.0, 3_000.0, 6_000.0]);
        assert_eq!(updates_each(&[], 100.0), 0.0);
    }

    #[test]
    fn a_run_in_which_the_server_did_not_keep_up_says_nothing_of_its_costs() {
        let mut late = run(800, true, false);
        late.turn.age_p99_ms = 500.0;
        assert!(!late.counts() && run(800, true, false).counts());
    }
}
