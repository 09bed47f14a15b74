//! How far ahead of the server the own player is predicted.
//!
//! An input is made for the next predicted tick and must be at the server before that tick is played: so the client is
//! ahead by the way there and a margin for jitter. The server says how early inputs really came; what the measurement of
//! the line got wrong is learnt from that, until about one input in twenty is late on an uneven line: the server catches
//! up with those, and every tick of distance is a tick in which nobody else sees what the player does. The distance is
//! changed by letting time run a few per cent faster or slower, which nobody sees.

use sim::Seq;

use crate::clock::ServerClock;

/// Time runs at most this much faster or slower.
const STRETCH: f64 = 0.05;
/// Share of the error that is made up for within a tick.
const GAIN: f64 = 0.1;
/// Errors above this are hopeless and jumped, ticks.
const JUMP_TICKS: f64 = 10.0;
/// Largest margin for jitter, milliseconds: beyond it a late input now and then is better than so far a future.
const MAX_MARGIN_MS: f64 = 150.0;
/// For each tick that an input came late, the distance grows by this, ticks.
const LATE_STEP: f64 = 0.25;
/// Lateness above this is a stall, and nothing to learn from, ticks.
const MAX_LESSON: u32 = 3;
/// For each input that waited for its tick for more than a tick, the distance shrinks by this, ticks. Against [`LATE_STEP`] it
/// decides how many inputs are late: about one in twenty on an uneven line. The server catches up with those.
const EARLY_STEP: f64 = 0.03;
/// However quick the line, what the server says must have been predicted before; a quarter of a tick is for the clock's error.
const LEAST_AHEAD: f64 = 0.25;
/// Most that is learnt, ticks.
const MOST_LEARNT: f64 = 8.0;

#[derive(Debug)]
pub(crate) struct Pacer {
    position: f64,
    at_ms: f64,
    rate: f64,
    /// Learnt from the server, ticks.
    learnt: f64,
    /// Reports about inputs up to this one tell nothing new.
    deaf_until: Seq,
}

impl Pacer {
    pub(crate) fn new() -> Self {
        Self { position: 0.0, at_ms: 0.0, rate: 1.0, learnt: 0.0, deaf_until: Seq(0) }
    }

    /// Forgets what was learnt of another line.
    pub(crate) fn restart(&mut self) {
        *self = Self::new();
    }

    /// Where the prediction should be.
    pub(crate) fn target(&self, now_ms: f64, clock: &ServerClock, jitter_ms: f64) -> f64 {
        let margin_ms = jitter_ms.max(clock.rtt_spread_ms() * 0.5).min(MAX_MARGIN_MS);
        let way_ms = clock.rtt_ms() * 0.5;
        let ahead = (way_ms + margin_ms) / clock.tick_ms() + self.learnt;
        (clock.server_tick(now_ms) + ahead.max(LEAST_AHEAD)).max(0.0)
    }

    /// Moves on; true when the position jumped.
    pub(crate) fn advance(&mut self, now_ms: f64, target: f64, tick_ms: f64) -> bool {
        self.position = self.position(now_ms, tick_ms);
        self.at_ms = now_ms;
        let error = target - self.position;
        if error.abs() > JUMP_TICKS {
            self.jump(now_ms, target);
            return true;
        }
        self.rate = 1.0 + (error * GAIN).clamp(-STRETCH, STRETCH);
        false
    }

    pub(crate) fn jump(&mut self, now_ms: f64, target: f64) {
        self.position = target;
        self.at_ms = now_ms;
        self.rate = 1.0;
    }

    /// The predicted tick with its fraction.
    pub(crate) fn position(&self, now_ms: f64, tick_ms: f64) -> f64 {
        self.position + (now_ms - self.at_ms).max(0.0) * self.rate / tick_ms
    }

    /// The server told how many ticks early input `seq` came; `newest` is the last one that was sent.
    pub(crate) fn learn(&mut self, seq: Seq, lead: i32, newest: Seq) {
        if seq <= self.deaf_until {
            return;
        }
        if lead < 0 {
            // Whatever is under way was sent just as late: wait for what is sent from now on.
            let late = f64::from(lead.unsigned_abs().min(MAX_LESSON));
            self.learnt = (self.learnt + late * LATE_STEP).min(MOST_LEARNT);
            self.deaf_until = newest;
        } else {
            self.deaf_until = seq;
            if lead > 0 {
                self.learnt = (self.learnt - EARLY_STEP).max(-MOST_LEARNT);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_late_input_is_learnt_from_once() {
        let mut pacer = Pacer::new();
        for seq in 1..=5 {
            pacer.learn(Seq(seq), -2, Seq(5));
        }
        assert!((pacer.learnt - 2.0 * LATE_STEP).abs() < 1e-9);
    }

    #[test]
    fn inputs_that_are_always_too_early_shorten_the_distance() {
        let mut pacer = Pacer::new();
        for seq in 1..=64 {
            pacer.learn(Seq(seq), 6, Seq(seq));
        }
        assert!(pacer.learnt < -1.0, "{}", pacer.learnt);
    }

    #[test]
    fn the_distance_is_changed_by_a_few_per_cent_of_speed_and_never_by_a_jump() {
        let mut pacer = Pacer::new();
        pacer.jump(0.0, 100.0);
        let mut last = 100.0;
        for frame in 1..600 {
            let now = f64::from(frame) * 10.0;
            let target = 105.0 + now / 33.0;
            assert!(!pacer.advance(now, target, 33.0));
            let step = pacer.position(now, 33.0) - last;
            assert!(step > 0.0 && step < 1.06 * 10.0 / 33.0, "{step}");
            last = pacer.position(now, 33.0);
        }
        assert!((last - (105.0 + 5_990.0 / 33.0)).abs() < 0.5);
    }
}
