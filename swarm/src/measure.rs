//! A load test from the first connection to the verdict.

use std::time::Duration;

use crate::crowd::Crowd;
use crate::crowd::tally::Tally;
use crate::samples::{SampleFigures, Samples};
use crate::system::{self, Moment};

/// A thread of the crowd that is busier than this share of a core lets players wait.
pub const MAX_THREAD_CPU: f64 = 0.85;
/// A process that uses more than this share of the cores that it may use does, too.
pub const MAX_PROCESS_CPU: f64 = 0.9;
/// A crowd whose turns are later than this (99th percentile) measures itself, milliseconds.
pub const MAX_LAG_P99_MS: f64 = 10.0;

/// What the phases of a test may take.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Longest time until everybody is in the fight; then the test goes on with those who are.
    pub patience: Duration,
    /// From there to the measured window: clocks are learnt, keyframes are over.
    pub warm_up: Duration,
    /// The measured window.
    pub window: Duration,
}

/// What a test is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Players come in.
    Joining,
    /// All are in; nothing counts yet.
    WarmingUp,
    /// It counts.
    Measuring,
}

/// A look at a running test, once a second.
#[derive(Clone, Debug)]
pub struct Glance {
    /// What it is doing.
    pub stage: Stage,
    /// Since the first connection.
    pub elapsed: Duration,
    /// Players in the fight, samples included.
    pub in_fight: u64,
    /// What happened since the last glance.
    pub tally: Tally,
    /// The same of the samples.
    pub samples: SampleFigures,
    /// The time since then.
    pub span: Duration,
    /// Share of a core that the busiest thread of the crowd used since then.
    pub thread_cpu: f64,
}

/// What came of a test.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// Players who should have played, samples included.
    pub players: u32,
    /// Of these, who were in the fight when the window began.
    pub in_fight: u64,
    /// From the first connection until the last of them was in the fight.
    pub all_in: Duration,
    /// Everything before the window.
    pub before: Tally,
    /// Everything within the window.
    pub window: Tally,
    /// Everything that the samples saw within the window.
    pub samples: SampleFigures,
    /// Length of the window.
    pub span: Duration,
    /// Share of a core that the busiest thread of the crowd used.
    pub thread_cpu: f64,
    /// Cores that the process used, and how many it may use.
    pub process_cpu: f64,
    /// Cores that the process may use.
    pub cores: f64,
}

impl Measurement {
    /// Players who are not samples.
    #[must_use]
    pub fn light_players(&self) -> u32 {
        self.players - self.samples.players
    }

    /// Newest positions of a player that reached a client, each second: what the messages themselves showed, and
    /// otherwise the mean of the samples' snapshots times the snapshots that all received.
    #[must_use]
    pub fn updates_per_second(&self) -> f64 {
        let counted = self.window.states as f64 * self.samples.positions_per_snapshot();
        let all = self.window.updates as f64 + counted + self.samples.positions as f64;
        all / self.span.as_secs_f64()
    }

    /// Bytes that a light player received each second, with what WebSocket adds.
    #[must_use]
    pub fn bytes_per_player(&self) -> f64 {
        self.window.bytes_in as f64 / f64::from(self.light_players().max(1)) / self.span.as_secs_f64()
    }

    /// Share of the states of the fight that the server left out.
    #[must_use]
    pub fn skipped_share(&self) -> f64 {
        let all = self.window.states + self.window.skipped;
        if all == 0 { 0.0 } else { self.window.skipped as f64 / all as f64 }
    }

    /// Everybody came, and nobody was lost.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.in_fight >= u64::from(self.players) && self.window.lost == 0 && self.window.states > 0
    }

    /// Why the result is about this crowd and not about the server; empty when it is about the server.
    #[must_use]
    pub fn bottlenecks(&self) -> Vec<String> {
        let mut found = Vec::new();
        let lag = self.window.lag.percentile_ms(99.0);
        if lag > MAX_LAG_P99_MS {
            found.push(format!("its turns were {lag:.1} ms late (p99, at most {MAX_LAG_P99_MS} are fine)"));
        }
        let mut busy = |what: &str, share: f64, most: f64| {
            if share > most {
                let (share, most) = (share * 100.0, most * 100.0);
                found.push(format!("{what} used {share:.0} % (at most {most:.0} are fine)"));
            }
        };
        busy("its busiest thread", self.thread_cpu, MAX_THREAD_CPU);
        busy("the process", self.process_cpu / self.cores.max(1.0), MAX_PROCESS_CPU);
        found
    }
}

/// Watches a crowd and its samples, and sums up.
struct Watch<'a> {
    crowd: &'a Crowd,
    samples: Option<&'a Samples>,
    /// The sums of the current stage.
    total: Tally,
    in_fight: u64,
    looked: Moment,
    samples_before: SampleFigures,
    cpu_before: Vec<Duration>,
}

impl Watch<'_> {
    fn sample_figures(&self) -> SampleFigures {
        self.samples.map(Samples::figures).unwrap_or_default()
    }

    /// Takes in what happened.
    fn look(&mut self, stage: Stage) -> Glance {
        let (tally, samples, cpu, now) =
            (self.crowd.drain(), self.sample_figures(), self.crowd.cpu(), Moment::now());
        self.total.absorb(&tally);
        self.in_fight += tally.in_fight;
        self.in_fight = self.in_fight.saturating_sub(tally.dropped);
        let span = now.since(self.looked);
        let thread_cpu = busiest(&self.cpu_before, &cpu, span);
        let glance = Glance {
            stage,
            elapsed: now.since(self.crowd.began()),
            in_fight: self.in_fight + u64::from(samples.online),
            tally,
            samples: samples.since(self.samples_before),
            span,
            thread_cpu,
        };
        (self.looked, self.samples_before, self.cpu_before) = (now, samples, cpu);
        glance
    }

    fn all_in(&self, light: u32) -> bool {
        // Whoever was lost does not come any more; when that is everybody, nor will the samples, who keep trying.
        if light > 0 && self.total.lost >= u64::from(light) {
            return true;
        }
        self.in_fight + self.total.lost >= u64::from(light) && self.samples.is_none_or(Samples::all_in)
    }
}

/// Share of a core that the busiest thread used.
fn busiest(before: &[Duration], after: &[Duration], span: Duration) -> f64 {
    let used = before.iter().zip(after).map(|(before, after)| after.saturating_sub(*before));
    used.max().unwrap_or_default().as_secs_f64() / span.as_secs_f64().max(1e-9)
}

/// How often a test is looked at while players come in, and otherwise.
const LOOK_EVERY: Duration = Duration::from_millis(50);
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Lets a crowd of `light` players and its samples go through the stages of a test, and calls `tell` once a second. They
/// stay when it is over.
pub fn measure(
    crowd: &Crowd,
    light: u32,
    samples: Option<&Samples>,
    timing: Timing,
    mut tell: impl FnMut(&Glance),
) -> Measurement {
    let mut watch = Watch {
        crowd,
        samples,
        total: Tally::default(),
        in_fight: 0,
        looked: crowd.began(),
        samples_before: SampleFigures::default(),
        cpu_before: crowd.cpu(),
    };
    let deadline = crowd.began().plus(timing.patience);
    let mut told = Moment::now();
    let mut glance = watch.look(Stage::Joining);
    while !watch.all_in(light) && Moment::now() < deadline {
        std::thread::sleep(LOOK_EVERY);
        let next = watch.look(Stage::Joining);
        glance = joined(glance, next);
        if Moment::now().since(told) >= TELL_EVERY {
            told = Moment::now();
            tell(&glance);
            glance.tally = Tally::default();
            glance.span = Duration::ZERO;
        }
    }
    let all_in = Moment::now().since(crowd.began());
    tell(&glance);
    stage(&mut watch, Stage::WarmingUp, timing.warm_up, &mut tell);

    watch.look(Stage::WarmingUp);
    let before = std::mem::take(&mut watch.total);
    let (start, cpu, process, first) =
        (watch.looked, watch.cpu_before.clone(), system::process_cpu(), watch.samples_before);
    let in_fight = watch.in_fight + u64::from(first.online);
    stage(&mut watch, Stage::Measuring, timing.window, &mut tell);

    let span = watch.looked.since(start);
    let used = system::process_cpu().zip(process).map(|(after, before)| after.saturating_sub(before));
    let samples = watch.samples_before.since(first);
    Measurement {
        players: light + samples.players,
        in_fight,
        all_in,
        before,
        samples,
        thread_cpu: busiest(&cpu, &watch.cpu_before, span),
        process_cpu: used.unwrap_or_default().as_secs_f64() / span.as_secs_f64().max(1e-9),
        cores: std::thread::available_parallelism().map_or(1.0, |cores| cores.get() as f64),
        window: watch.total,
        span,
    }
}

/// Two glances as one.
fn joined(earlier: Glance, later: Glance) -> Glance {
    let mut tally = earlier.tally;
    tally.absorb(&later.tally);
    Glance { tally, span: earlier.span + later.span, ..later }
}

/// Lets one stage pass.
fn stage(watch: &mut Watch<'_>, stage: Stage, length: Duration, tell: &mut impl FnMut(&Glance)) {
    let end = Moment::now().plus(length);
    loop {
        let left = end.since(Moment::now());
        std::thread::sleep(left.min(TELL_EVERY));
        tell(&watch.look(stage));
        if left <= TELL_EVERY {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurement() -> Measurement {
        Measurement {
            players: 101,
            in_fight: 101,
            all_in: Duration::from_secs(1),
            before: Tally::default(),
            window: Tally { states: 3_000, bytes_in: 200_000, ..Tally::default() },
            samples: SampleFigures {
                players: 1,
                snapshots: 30,
                positions: 1_500,
                ..SampleFigures::default()
            },
            span: Duration::from_secs(1),
            thread_cpu: 0.5,
            process_cpu: 0.6,
            cores: 1.0,
        }
    }

    #[test]
    fn updates_are_what_a_sampled_snapshot_moves_times_the_snapshots_that_all_got() {
        let measured = measurement();
        assert_eq!(measured.updates_per_second(), 50.0 * 3_000.0 + 1_500.0);
        assert_eq!(measured.bytes_per_player(), 2_000.0);
        assert!(measured.complete() && measured.bottlenecks().is_empty());
    }

    #[test]
    fn a_crowd_that_is_too_busy_or_too_late_says_so() {
        assert_eq!(Measurement { thread_cpu: 0.97, ..measurement() }.bottlenecks().len(), 1);
        assert_eq!(Measurement { process_cpu: 1.9, cores: 2.0, ..measurement() }.bottlenecks().len(), 1);
        let mut late = measurement();
        late.window.lag.record(Duration::from_millis(200));
        assert!(late.bottlenecks()[0].contains("late"));
    }

    #[test]
    fn a_test_in_which_somebody_is_missing_is_not_complete() {
        assert!(!Measurement { in_fight: 100, ..measurement() }.complete());
        let mut lost = measurement();
        lost.window.lost = 1;
        assert!(!lost.complete());
        let mut silent = measurement();
        silent.window.states = 0;
        assert!(!silent.complete());
    }

    #[test]
    fn ticks_that_were_left_out_are_a_share_of_all() {
        let mut measured = measurement();
        measured.window.skipped = 1_000;
        assert_eq!(measured.skipped_share(), 0.25);
    }
}
