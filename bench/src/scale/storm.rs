//! A join storm: many players connect to a running server within a second.

use std::fmt::Write;
use std::time::Duration;

use anyhow::{Context, Result};
use swarm::Behaviour;
use swarm::crowd::Crowd;
use swarm::crowd::game::GamePlayer;
use swarm::system::Moment;

use super::{OurServer, Scene, Setup, game};
use crate::contest::crowd_options;

/// Ticks a second: what the server has by itself.
const TICK_RATE: u32 = 30;
/// How long players get to come in.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the fight goes on once all are in, for ticks that are late because of them.
const AFTERWARDS: Duration = Duration::from_millis(500);

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Players, who all connect within a second.
    pub players: u32,
    /// Storms in each scene.
    pub repeats: u32,
}

/// One storm.
#[derive(Clone, Debug, PartialEq)]
pub struct Storm {
    /// How players were put together.
    pub scene: Scene,
    /// From the first connection until the last player saw the fight, seconds.
    pub all_in: f64,
    /// From when a connection was due until its player was let in, median, milliseconds.
    pub joining_p50_ms: f64,
    /// The longest of these.
    pub joining_max_ms: f64,
    /// How late the latest tick began, milliseconds.
    pub latest_tick_ms: f64,
    /// Ticks that were left out.
    pub left_out: f64,
    /// Ticks from the beginning of the storm to the end.
    pub ticks: f64,
    /// Keyframes that were encoded in them.
    pub encoded: f64,
    /// Keyframes that were sent.
    pub sent: f64,
    /// Players who were in the fight at the end.
    pub in_fight: u64,
}

/// Lets all storms rage; `tell` gets a line on each.
///
/// # Errors
/// When a server or a crowd cannot be started.
pub fn run(plan: Plan, setup: &Setup, mut tell: impl FnMut(&str)) -> Result<Vec<Storm>> {
    let mut storms = Vec::new();
    for _ in 0..plan.repeats {
        for scene in Scene::ALL {
            let storm = once(plan.players, setup, scene)?;
            tell(&format!(
                "{:<20} all {} in after {:.2} s, each after {:.0} ms (p50) to {:.0} ms, latest tick {:.1} ms, {} left \
                 out, {} keyframes encoded in {} ticks, {} sent",
                scene.name(),
                storm.in_fight,
                storm.all_in,
                storm.joining_p50_ms,
                storm.joining_max_ms,
                storm.latest_tick_ms,
                storm.left_out,
                storm.encoded,
                storm.ticks,
                storm.sent
            ));
            storms.push(storm);
        }
    }
    Ok(storms)
}

fn once(players: u32, setup: &Setup, scene: Scene) -> Result<Storm> {
    let server = OurServer::start(setup, scene, players, TICK_RATE)?;
    let before = server.metrics()?;
    let shared = game(Behaviour::Wander);
    let options = crowd_options(server.address, players, f64::from(players), 10.0);
    let crowd = Crowd::start(options, |number| Box::new(GamePlayer::new(shared.clone(), number)));
    let crowd = crowd.context("sending the crowd")?;
    let seen = crowd.wait(PATIENCE, |seen| seen.in_fight + seen.lost >= u64::from(players));
    let all_in = Moment::now().since(crowd.began()).as_secs_f64();
    std::thread::sleep(AFTERWARDS);
    let after = server.metrics()?;
    drop(server);
    crowd.leave();
    let counted = |name: &str| after.value(name) - before.value(name);
    Ok(Storm {
        scene,
        all_in,
        joining_p50_ms: seen.joining.percentile_ms(50.0),
        joining_max_ms: seen.joining.max_ms(),
        latest_tick_ms: after.value("hotswap_tick_late_seconds_max") * 1e3,
        left_out: counted("hotswap_ticks_left_out_total"),
        ticks: counted("hotswap_tick_seconds_count"),
        encoded: counted("hotswap_keyframes_encoded_total"),
        sent: counted("hotswap_keyframes_sent_total"),
        in_fight: seen.in_fight - seen.dropped,
    })
}

/// The worst storm of each scene, as Markdown.
#[must_use]
pub fn table(plan: Plan, storms: &[Storm]) -> String {
    let mut text = String::from(
        "| scene | storms | fewest in the fight | all in after, s | let in after, p50 / longest, ms | latest tick, ms | ticks left out \
         | keyframes encoded / ticks | keyframes sent |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for scene in Scene::ALL {
        let of_scene: Vec<&Storm> = storms.iter().filter(|storm| storm.scene == scene).collect();
        let most = |figure: fn(&Storm) -> f64| of_scene.iter().map(|storm| figure(storm)).fold(0.0, f64::max);
        let fewest = of_scene.iter().map(|storm| storm.in_fight).min().unwrap_or_default();
        // The storm that was worst for its number of ticks.
        let share = |storm: &&&Storm| storm.encoded / storm.ticks.max(1.0);
        let Some(worst) = of_scene.iter().max_by(|a, b| share(a).total_cmp(&share(b))) else { continue };
        let _ = writeln!(
            text,
            "| {} | {} | {fewest} of {} | {:.2} | {:.0} / {:.0} | {:.1} | {} | {} / {} | {} |",
            scene.name(),
            of_scene.len(),
            plan.players,
            most(|storm| storm.all_in),
            most(|storm| storm.joining_p50_ms),
            most(|storm| storm.joining_max_ms),
            most(|storm| storm.latest_tick_ms),
            most(|storm| storm.left_out),
            worst.encoded,
            worst.ticks,
            most(|storm| storm.sent)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_shows_the_worst_of_all_storms() {
        let calm = Storm {
            scene: Scene::FullView,
            all_in: 1.1,
            joining_p50_ms: 40.0,
            joining_max_ms: 80.0,
            latest_tick_ms: 3.0,
            left_out: 0.0,
            ticks: 50.0,
            encoded: 31.0,
            sent: 1_000.0,
            in_fight: 1_000,
        };
        let rough = Storm { all_in: 2.5, in_fight: 999, latest_tick_ms: 12.0, encoded: 40.0, ..calm.clone() };
        let table = table(Plan { players: 1_000, repeats: 2 }, &[calm, rough]);
        let row = "| one room, full view | 2 | 999 of 1000 | 2.50 | 40 / 80 | 12.0 | 0 | 40 / 50 | 1000 |";
        assert!(table.contains(row), "{table}");
        assert!(!table.contains("battlefield"), "{table}");
    }
}
