//! Which tick the server is playing right now, from heartbeats.
//!
//! A heartbeat that was sent at `a`, answered at server time `s` and back at `b` says that the server's clock is ahead of
//! ours by at most `s - a` (less the way there) and at least `s - b` (more the way back). The quickest way there and the
//! quickest way back of the last heartbeats, each on its own, give the narrowest bounds; the middle is believed. Delays
//! only ever widen the bounds, so spikes do no harm. Older heartbeats count a little less, as clocks drift. What is
//! believed is approached slowly, so that nothing on the screen jumps.

use std::collections::VecDeque;

use sim::Tick;

/// Heartbeats that are remembered.
const WINDOW: usize = 32;
/// How far the bounds of a heartbeat widen with its age, milliseconds per second: 50 ppm on either side is the worst that
/// quartz clocks of computers are sold with.
const DRIFT_PER_S: f64 = 0.1;
/// Fastest correction, as a share of real time.
const SLEW: f64 = 0.02;
/// Errors above this are not slewed but jumped, milliseconds.
const JUMP_MS: f64 = 100.0;
/// Round trips above this are no measurement: the machine slept in between, milliseconds.
const MAX_RTT_MS: f64 = 10_000.0;

#[derive(Clone, Copy, Debug)]
struct Sample {
    sent_ms: f64,
    server_ms: f64,
    back_ms: f64,
}

#[derive(Debug)]
pub(crate) struct ServerClock {
    tick_ms: f64,
    samples: VecDeque<Sample>,
    /// Server's clock minus ours, as used.
    offset_ms: f64,
    /// The same, as believed.
    wanted_ms: f64,
    guessed_rtt_ms: f64,
    at_ms: f64,
}

impl ServerClock {
    pub(crate) fn new() -> Self {
        let tick_ms = 1_000.0 / f64::from(sim::DEFAULT_TICK_RATE);
        Self {
            tick_ms,
            samples: VecDeque::new(),
            offset_ms: 0.0,
            wanted_ms: 0.0,
            guessed_rtt_ms: 0.0,
            at_ms: 0.0,
        }
    }

    /// A new connection: a first guess from how long the handshake took. The server sends `welcome` when its next tick
    /// begins.
    pub(crate) fn restart(&mut self, now_ms: f64, tick: Tick, tick_rate: u32, handshake_ms: f64) {
        self.tick_ms = 1_000.0 / f64::from(tick_rate);
        self.samples.clear();
        self.guessed_rtt_ms = handshake_ms.clamp(0.0, 1_000.0);
        self.at_ms = now_ms;
        self.wanted_ms = (f64::from(tick.0) + 1.0) * self.tick_ms + self.guessed_rtt_ms * 0.5 - now_ms;
        self.offset_ms = self.wanted_ms;
    }

    /// The machine slept: one of the two clocks may have stood still.
    pub(crate) fn forget(&mut self) {
        self.samples.clear();
    }

    /// A heartbeat came back; returns its round trip, milliseconds.
    pub(crate) fn observe(&mut self, now_ms: f64, sent_ms: f64, tick: Tick, server_ms: f64) -> Option<f64> {
        let rtt_ms = now_ms - sent_ms;
        if !(0.0..=MAX_RTT_MS).contains(&rtt_ms) || !server_ms.is_finite() {
            return None;
        }
        // A server that cannot keep up is where its ticks are, not where its clock is.
        let newest_ms = f64::from(tick.0) * self.tick_ms;
        let behind = (server_ms - newest_ms).abs() > 3.0 * self.tick_ms;
        let server_ms = if behind { newest_ms + 0.5 * self.tick_ms } else { server_ms };
        if self.samples.len() == WINDOW {
            self.samples.pop_front();
        }
        let first = self.samples.is_empty();
        self.samples.push_back(Sample { sent_ms, server_ms, back_ms: now_ms });
        let (mut least, mut most) = self.bounds(now_ms);
        // Delays never make bounds contradict each other: one of the two clocks has stood still, or the server has.
        while most < least && self.samples.len() > 1 {
            self.samples.pop_front();
            (least, most) = self.bounds(now_ms);
        }
        self.wanted_ms = (least + most) * 0.5;
        if first || (self.wanted_ms - self.offset_ms).abs() > JUMP_MS {
            self.offset_ms = self.wanted_ms;
        }
        Some(rtt_ms)
    }

    /// Lets the clock move towards what is believed.
    pub(crate) fn advance(&mut self, now_ms: f64) {
        let step = (now_ms - self.at_ms).max(0.0) * SLEW;
        self.offset_ms += (self.wanted_ms - self.offset_ms).clamp(-step, step);
        self.at_ms = now_ms;
    }

    /// The server's tick with its fraction.
    pub(crate) fn server_tick(&self, now_ms: f64) -> f64 {
        ((now_ms + self.offset_ms) / self.tick_ms).max(0.0)
    }

    pub(crate) fn tick_ms(&self) -> f64 {
        self.tick_ms
    }

    /// Round trip of a quick message, milliseconds.
    pub(crate) fn rtt_ms(&self) -> f64 {
        if self.samples.is_empty() {
            return self.guessed_rtt_ms;
        }
        let (least, most) = self.bounds(self.at_ms);
        (most - least).max(0.0)
    }

    /// How much longer round trips take than the quickest, 75th percentile, milliseconds: a stall now and then is not
    /// jitter.
    pub(crate) fn rtt_spread_ms(&self) -> f64 {
        let mut rtts: Vec<f64> = self.samples.iter().map(|sample| sample.back_ms - sample.sent_ms).collect();
        rtts.sort_unstable_by(f64::total_cmp);
        let least = rtts.first().copied().unwrap_or(0.0);
        rtts.get(rtts.len() * 3 / 4).map_or(0.0, |usual| usual - least)
    }

    /// Between what and what the server's clock is ahead of ours.
    fn bounds(&self, now_ms: f64) -> (f64, f64) {
        let (mut least, mut most) = (f64::NEG_INFINITY, f64::INFINITY);
        for sample in &self.samples {
            let drift = (now_ms - sample.back_ms).max(0.0) / 1_000.0 * DRIFT_PER_S;
            least = least.max(sample.server_ms - sample.back_ms - drift);
            most = most.min(sample.server_ms - sample.sent_ms + drift);
        }
        (least, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A minute of heartbeats over a link of `delay(n)` milliseconds there and back; returns the worst error afterwards.
    fn worst_error_ms(delay: impl Fn(u32) -> (f64, f64)) -> f64 {
        let ahead = 123_456.7;
        let mut clock = ServerClock::new();
        clock.restart(0.0, Tick(3_703), 30, 250.0);
        let mut worst: f64 = 0.0;
        for n in 0..60 {
            let sent = f64::from(n) * 1_000.0;
            let (there, back) = delay(n);
            let server = sent + there + ahead;
            let now = sent + there + back;
            clock.observe(now, sent, Tick((server / clock.tick_ms()) as u32), server);
            for frame in 0..10 {
                clock.advance(now + f64::from(frame) * 16.0);
            }
            if n > 5 {
                let error = clock.server_tick(now) * clock.tick_ms() - (now + ahead);
                worst = worst.max(error.abs());
            }
        }
        worst
    }

    #[test]
    fn a_steady_line_gives_the_exact_time() {
        assert!(worst_error_ms(|_| (100.0, 100.0)) < 0.01);
    }

    #[test]
    fn spikes_do_not_move_the_clock() {
        let spiky = |n: u32| if n.is_multiple_of(3) { (900.0, 25.0) } else { (25.0, 25.0) };
        assert!(worst_error_ms(spiky) < 1.0);
    }

    #[test]
    fn a_server_that_stood_still_is_believed_at_once() {
        let mut clock = ServerClock::new();
        clock.restart(0.0, Tick(0), 30, 0.0);
        for n in 0..40 {
            let now = f64::from(n) * 1_000.0;
            let server = if n < 30 { now } else { now - 700.0 };
            clock.observe(now + 20.0, now, Tick((server / clock.tick_ms()) as u32), server + 10.0);
        }
        clock.advance(39_500.0);
        let error = clock.server_tick(39_500.0) * clock.tick_ms() - 38_800.0;
        assert!(error.abs() < 1.0, "{error}");
    }

    #[test]
    fn jitter_of_20_ms_moves_the_clock_by_less_than_5() {
        let random = |n: u32| 20.0 * f64::from(sim::rng::Rng::new(u64::from(n)).next_unit());
        let worst = worst_error_ms(|n| (100.0 + random(n), 100.0 + random(1_000 + n)));
        assert!(worst < 5.0, "{worst}");
    }
}
