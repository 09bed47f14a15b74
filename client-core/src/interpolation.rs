//! Other players, drawn a little in the past, between two snapshots.

use std::collections::VecDeque;

use sim::Vec2;

/// Arrivals that are remembered: 10 s at 30 Hz, long enough to see a few losses of a bad line.
const WINDOW: usize = 300;
/// Least delay, ticks.
const MIN_DELAY_TICKS: f64 = 1.5;
/// Largest delay, milliseconds.
const MAX_DELAY_MS: f64 = 250.0;
/// Longest extrapolation past the newest snapshot, milliseconds.
const MAX_EXTRAPOLATION_MS: f64 = 100.0;
/// How much faster or slower time runs while the delay changes.
const SLEW: f64 = 0.1;
/// Changes above this are not slewed but jumped, milliseconds.
const JUMP_MS: f64 = 500.0;
/// Whoever moves faster was put there, units per tick.
const TELEPORT_UNITS: f32 = 300.0;
/// Snapshots that are kept of a player.
const MAX_SAMPLES: usize = 32;
/// Samples further apart are not connected by a line, ticks.
const MAX_GAP: u32 = 15;

/// The moment at which others are drawn. It follows the quickest snapshots by a delay that follows the slowest.
#[derive(Debug)]
pub(crate) struct Playback {
    tick_ms: f64,
    /// Local time of arrival minus the tick's own time.
    arrivals: VecDeque<f64>,
    jitter_ms: f64,
    /// Local time minus the time that is drawn.
    shift_ms: f64,
    wanted_ms: f64,
    at_ms: f64,
}

impl Playback {
    pub(crate) fn new() -> Self {
        let tick_ms = 1_000.0 / f64::from(sim::DEFAULT_TICK_RATE);
        Self {
            tick_ms,
            arrivals: VecDeque::with_capacity(WINDOW),
            jitter_ms: 0.0,
            shift_ms: 0.0,
            wanted_ms: 0.0,
            at_ms: 0.0,
        }
    }

    pub(crate) fn restart(&mut self, tick_ms: f64) {
        *self = Self { tick_ms, jitter_ms: self.jitter_ms, ..Self::new() };
    }

    /// A snapshot came.
    pub(crate) fn received(&mut self, now_ms: f64, tick: u32) {
        if self.arrivals.len() == WINDOW {
            self.arrivals.pop_front();
        }
        let first = self.arrivals.is_empty();
        self.arrivals.push_back(now_ms - f64::from(tick) * self.tick_ms);
        let mut sorted: Vec<f64> = self.arrivals.iter().copied().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let quickest = sorted[0];
        self.jitter_ms = sorted[(sorted.len() - 1) * 99 / 100] - quickest;
        self.wanted_ms = quickest + self.delay_ms();
        if first {
            self.shift_ms = self.wanted_ms;
            self.at_ms = now_ms;
        }
    }

    pub(crate) fn advance(&mut self, now_ms: f64) {
        let error = self.wanted_ms - self.shift_ms;
        let step = (now_ms - self.at_ms).max(0.0) * SLEW;
        self.shift_ms += if error.abs() > JUMP_MS { error } else { error.clamp(-step, step) };
        self.at_ms = now_ms;
    }

    /// The tick that is drawn, with its fraction.
    pub(crate) fn tick(&self, now_ms: f64) -> f64 {
        ((now_ms - self.shift_ms) / self.tick_ms).max(0.0)
    }

    /// How late snapshots come against the quickest, 99th percentile, milliseconds.
    pub(crate) fn jitter_ms(&self) -> f64 {
        self.jitter_ms
    }

    /// How far behind the newest snapshot of a steady line others are drawn, milliseconds.
    pub(crate) fn delay_ms(&self) -> f64 {
        (self.tick_ms + self.jitter_ms).max(MIN_DELAY_TICKS * self.tick_ms).min(MAX_DELAY_MS)
    }
}

/// What a snapshot said of a player.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) tick: u32,
    pub(crate) position: Vec2,
    /// Radians.
    pub(crate) facing: f32,
    pub(crate) alive: bool,
}

/// The last snapshots of one player.
#[derive(Clone, Debug, Default)]
pub(crate) struct Track {
    samples: VecDeque<Sample>,
}

impl Track {
    pub(crate) fn push(&mut self, sample: Sample) {
        if self.samples.back().is_some_and(|last| last.tick >= sample.tick) {
            self.samples.clear();
        }
        if self.samples.len() == MAX_SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }

    /// Position and view at a moment; `None` when nothing is known.
    pub(crate) fn at(&self, tick: f64, tick_ms: f64) -> Option<(Vec2, f32)> {
        let after = self.samples.partition_point(|sample| f64::from(sample.tick) <= tick);
        let Some(a) = after.checked_sub(1).map(|before| self.samples[before]) else {
            return self.samples.front().map(|first| (first.position, first.facing));
        };
        if let Some(b) = self.samples.get(after) {
            if !connected(&a, b) {
                return Some((a.position, a.facing));
            }
            let share = ((tick - f64::from(a.tick)) / f64::from(b.tick - a.tick)) as f32;
            let position = a.position + (b.position - a.position) * share;
            return Some((position, turn(a.facing, b.facing, share)));
        }
        Some((self.extrapolated(&a, tick, tick_ms), a.facing))
    }

    fn extrapolated(&self, last: &Sample, tick: f64, tick_ms: f64) -> Vec2 {
        let Some(before) = self.samples.len().checked_sub(2).map(|at| self.samples[at]) else {
            return last.position;
        };
        if !connected(&before, last) {
            return last.position;
        }
        let ticks = (tick - f64::from(last.tick)).min(MAX_EXTRAPOLATION_MS / tick_ms);
        let per_tick = (last.position - before.position) * (1.0 / (last.tick - before.tick) as f32);
        last.position + per_tick * ticks as f32
    }
}

/// The player walked from `a` to `b`.
fn connected(a: &Sample, b: &Sample) -> bool {
    let ticks = b.tick - a.tick;
    let far = (b.position - a.position).length() > TELEPORT_UNITS * ticks as f32;
    a.alive == b.alive && ticks <= MAX_GAP && !far
}

/// From one angle to another the short way round, radians.
fn turn(from: f32, to: f32, share: f32) -> f32 {
    use std::f32::consts::{PI, TAU};
    let difference = (to - from + PI).rem_euclid(TAU) - PI;
    (from + difference * share + PI).rem_euclid(TAU) - PI
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::vec2::vec2;

    fn walk(samples: &[(u32, f32, f32)]) -> Track {
        let mut track = Track::default();
        for &(tick, x, facing) in samples {
            track.push(Sample { tick, position: vec2(x, 0.0), facing, alive: true });
        }
        track
    }

    #[track_caller]
    fn check_x(track: &Track, tick: f64, expect: f32) {
        let (position, _) = track.at(tick, 33.3).unwrap();
        assert!((position.x - expect).abs() < 0.01, "{} instead of {expect}", position.x);
    }

    #[test]
    fn others_walk_between_snapshots() {
        let track = walk(&[(10, 0.0, 0.0), (11, 10.0, 0.0), (12, 30.0, 0.0)]);
        check_x(&track, 9.0, 0.0);
        check_x(&track, 10.25, 2.5);
        check_x(&track, 11.5, 20.0);
    }

    #[test]
    fn they_go_on_for_100_ms_and_then_freeze() {
        let track = walk(&[(10, 0.0, 0.0), (11, 10.0, 0.0)]);
        check_x(&track, 12.0, 20.0);
        check_x(&track, 20.0, 40.03);
        check_x(&track, 90.0, 40.03);
    }

    #[test]
    fn a_teleport_is_not_a_walk() {
        let track = walk(&[(10, 0.0, 0.0), (11, 900.0, 0.0)]);
        check_x(&track, 10.9, 0.0);
        check_x(&track, 11.0, 900.0);
        check_x(&track, 12.0, 900.0);
    }

    #[test]
    fn heads_turn_the_short_way_round() {
        let track = walk(&[(10, 0.0, 3.0), (11, 0.0, -3.0)]);
        let (_, facing) = track.at(10.5, 33.3).unwrap();
        assert!((facing.abs() - std::f32::consts::PI).abs() < 0.01, "{facing}");
    }

    #[test]
    fn the_delay_follows_the_jitter_between_its_floor_and_its_cap() {
        let delay_with = |late: fn(u32) -> f64| {
            let mut playback = Playback::new();
            for tick in 0..200 {
                playback.received(f64::from(tick) * playback.tick_ms + late(tick), tick);
            }
            playback.delay_ms()
        };
        assert!((delay_with(|_| 40.0) - 50.0).abs() < 0.01);
        assert!((delay_with(|tick| f64::from(tick % 3) * 30.0) - 93.3).abs() < 0.1);
        assert!((delay_with(|tick| f64::from(tick % 3) * 900.0) - 250.0).abs() < 0.01);
    }
}
