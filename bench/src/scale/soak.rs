//! A soak: players come and go for an hour, and the server's memory is looked at every second.

use std::fmt::Write;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use swarm::Behaviour;
use swarm::crowd::game::GamePlayer;
use swarm::crowd::tally::Tally;
use swarm::crowd::{Churn, Crowd};
use swarm::system::Moment;

use super::fit::slope;
use super::{OurServer, Scene, Setup, game};
use crate::contest::crowd_options;

/// Ticks a second: what the server has by itself.
const TICK_RATE: u32 = 30;
/// The grace period, and a little: then nobody is left.
const FORGOTTEN: Duration = Duration::from_secs(60);
/// The beginning that does not count: caches fill, and the first of those who vanished are forgotten.
const WARM_UP_SHARE: f64 = 0.2;
/// Lines of the table.
const LINES: usize = 10;

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// For how long.
    pub length: Duration,
    /// Joins, and as many leaves, each second.
    pub rate: f64,
    /// Players who are there at any time.
    pub players: u32,
    /// One in so many hangs up without a goodbye, stays in the arena for the grace period, and may come back for much longer:
    /// it is remembered in the store. 0 lets all say goodbye.
    pub vanish_one_in: u32,
}

/// A look at the server.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// Minutes since the beginning.
    pub minutes: f64,
    /// Memory, KiB.
    pub kib: f64,
    /// Players who were let in so far.
    pub joined: u64,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Soak {
    /// One look a second.
    pub looks: Vec<Look>,
    /// Everything that the crowd did.
    pub joined: u64,
    /// Players who left on purpose.
    pub left: u64,
    /// Players who were lost or never got in.
    pub lost: u64,
    /// Memory before the first player came, and when the last one was forgotten, KiB.
    pub empty_kib: [f64; 2],
    /// Seats and connections that were left at the end.
    pub left_behind: [f64; 2],
}

/// Soaks; `tell` gets a line each minute.
///
/// # Errors
/// When the server or the crowd cannot be started, the server ends, or the system does not tell its memory.
pub fn run(plan: Plan, setup: &Setup, mut tell: impl FnMut(&str)) -> Result<Soak> {
    ensure!(plan.rate > 0.0 && plan.players >= 2, "players cannot come and go without players");
    let server = OurServer::start(setup, Scene::FullView, plan.players * 2, TICK_RATE)?;
    let memory = || Ok::<_, anyhow::Error>(server.memory().context("no memory in /proc")? as f64 / 1_024.0);
    let empty = memory()?;
    let shared = game(Behaviour::Wander);
    let churn = Churn { per_second: plan.rate, vanish_one_in: plan.vanish_one_in };
    let options = crowd_options(server.address, plan.players, plan.rate, 5.0);
    let make = move |number| -> Box<dyn swarm::crowd::dialect::Dialect> {
        Box::new(GamePlayer::new(shared.clone(), number))
    };
    let crowd = Crowd::start_churning(options, churn, make).context("sending the crowd")?;

    let (mut looks, mut total) = (Vec::new(), Tally::default());
    let mut told = 0.0;
    while Moment::now().since(crowd.began()) < plan.length {
        std::thread::sleep(Duration::from_secs(1));
        total.absorb(&crowd.drain());
        let minutes = Moment::now().since(crowd.began()).as_secs_f64() / 60.0;
        looks.push(Look { minutes, kib: memory()?, joined: total.joined });
        if minutes >= told + 1.0 {
            told = minutes.floor();
            let kib = looks.last().map_or(0.0, |look| look.kib);
            tell(&format!("{told:>3.0} min: {kib:.0} KiB, {} joined, {} lost", total.joined, total.lost));
        }
    }
    total.absorb(&crowd.drain());
    crowd.leave();
    let begun = Moment::now();
    let mut metrics = server.metrics()?;
    while metrics.value("hotswap_players") > 0.0 && Moment::now().since(begun) < FORGOTTEN {
        std::thread::sleep(Duration::from_secs(1));
        metrics = server.metrics()?;
    }
    Ok(Soak {
        looks,
        joined: total.joined,
        left: total.left,
        lost: total.lost,
        empty_kib: [empty, memory()?],
        left_behind: ["hotswap_players", "hotswap_connections"].map(|name| metrics.value(name)),
    })
}

impl Soak {
    /// The looks that count.
    fn counted(&self) -> &[Look] {
        let warm_up = (self.looks.len() as f64 * WARM_UP_SHARE) as usize;
        &self.looks[warm_up..]
    }

    /// By how much memory grows, KiB a minute, and the standard error of that; `None` with too few looks.
    #[must_use]
    pub fn growth(&self) -> Option<(f64, f64)> {
        let points: Vec<_> = self.counted().iter().map(|look| (look.minutes, look.kib)).collect();
        slope(&points)
    }
}

/// The result as Markdown.
#[must_use]
pub fn table(plan: Plan, soak: &Soak) -> String {
    let goodbyes = match plan.vanish_one_in {
        0 => "all with a goodbye".to_owned(),
        one_in => format!("one in {one_in} without a goodbye"),
    };
    let mut text = format!(
        "{:.1} minutes, {} players at any time, {} joins and as many leaves a second: {} joined, {} left ({goodbyes}), {} \
         lost.\n\n",
        plan.length.as_secs_f64() / 60.0,
        plan.players,
        plan.rate,
        soak.joined,
        soak.left,
        soak.lost
    );
    if let Some((slope, error)) = soak.growth() {
        let per_join = slope * 1_024.0 / (plan.rate * 60.0);
        let _ = writeln!(
            text,
            "Memory grows by {slope:.1} ± {error:.1} KiB a minute after the first {:.0} %: {per_join:.1} bytes a join. \
             It was {:.0} KiB before the first player came and {:.0} KiB when the last one was forgotten; {} seats and {} \
             connections were left.\n",
            WARM_UP_SHARE * 100.0,
            soak.empty_kib[0],
            soak.empty_kib[1],
            soak.left_behind[0],
            soak.left_behind[1]
        );
    }
    text.push_str("| until minute | joined | memory, mean, KiB | least | most |\n|---|---|---|---|---|\n");
    let lines = soak.looks.chunks(soak.looks.len().div_ceil(LINES).max(1));
    for looks in lines {
        let Some(last) = looks.last() else { continue };
        let mean = looks.iter().map(|look| look.kib).sum::<f64>() / looks.len() as f64;
        let least = looks.iter().map(|look| look.kib).fold(f64::MAX, f64::min);
        let most = looks.iter().map(|look| look.kib).fold(0.0, f64::max);
        let _ =
            writeln!(text, "| {:.1} | {} | {mean:.0} | {least:.0} | {most:.0} |", last.minutes, last.joined);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soak(kib: impl Fn(f64) -> f64) -> Soak {
        let look = |second: u32| {
            let minutes = f64::from(second) / 60.0;
            Look { minutes, kib: kib(minutes), joined: u64::from(second) * 50 }
        };
        Soak {
            looks: (1..=600).map(look).collect(),
            joined: 30_000,
            left: 29_500,
            lost: 0,
            empty_kib: [10_000.0, 12_000.0],
            left_behind: [0.0, 0.0],
        }
    }

    const PLAN: Plan = Plan { length: Duration::from_secs(600), rate: 50.0, players: 500, vanish_one_in: 8 };

    #[test]
    fn what_grows_after_the_warm_up_is_told_for_each_join() {
        let table = table(PLAN, &soak(|minutes| 20_000.0 + 30.0 * minutes));
        assert!(
            table.contains("grows by 30.0 ± 0.0 KiB a minute after the first 20 %: 10.2 bytes a join"),
            "{table}"
        );
        assert!(table.contains("| 1.0 | 3000 | "), "{table}");
        assert_eq!(table.matches("\n| ").count(), 1 + LINES);
    }

    #[test]
    fn the_warm_up_is_no_growth() {
        let soak = soak(|minutes| 20_000.0 + 1_000.0 * minutes.min(2.0));
        assert!(soak.growth().unwrap().0.abs() < 1.0, "{:?}", soak.growth());
    }
}
