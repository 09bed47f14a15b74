//! When the server's ticks begin, on our clock.
//!
//! A heartbeat that left at `a`, was answered at the server's time `s` and came back at `b` says that the server's clock is
//! ahead of ours by at least `s - b` and at most `s - a`. All players ask the same server, so the quickest way there and
//! the quickest way back among all their heartbeats bound it narrowly: the middle is believed, and half the distance is
//! how wrong it can be. Delays only widen what a heartbeat says, so a busy server does no harm. Bounds older than
//! [`GENERATION`] to twice that are dropped, as clocks of two machines drift apart.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::system::Moment;

/// How long bounds are kept at least.
const GENERATION: Duration = Duration::from_secs(10);

/// The server's clock minus ours, milliseconds.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    least: f64,
    most: f64,
}

const UNKNOWN: Bounds = Bounds { least: f64::NEG_INFINITY, most: f64::INFINITY };

impl Bounds {
    fn and(self, other: Self) -> Self {
        Self { least: self.least.max(other.least), most: self.most.min(other.most) }
    }
}

#[derive(Debug)]
struct Generations {
    now: Bounds,
    before: Bounds,
    began: Moment,
}

/// The clock of the server that a crowd plays on; all threads share it.
#[derive(Debug)]
pub struct ServerClock {
    generations: Mutex<Generations>,
    /// The middle of the bounds as the bits of a float; NaN while unknown.
    believed: AtomicU64,
}

impl Default for ServerClock {
    fn default() -> Self {
        let generations = Generations { now: UNKNOWN, before: UNKNOWN, began: Moment::default() };
        Self { generations: Mutex::new(generations), believed: AtomicU64::new(f64::NAN.to_bits()) }
    }
}

impl ServerClock {
    /// A heartbeat that was sent at `sent_ms` of our clock came back at `back`; the server answered at `server_ms` of its
    /// clock, milliseconds.
    pub fn observe(&self, sent_ms: f64, back: Moment, server_ms: f64) {
        let heard = Bounds { least: server_ms - back.as_millis(), most: server_ms - sent_ms };
        if !(heard.least.is_finite() && heard.most.is_finite()) || heard.least > heard.most {
            return;
        }
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if back.since(generations.began) > GENERATION {
            generations.before = generations.now;
            generations.now = UNKNOWN;
            generations.began = back;
        }
        generations.now = generations.now.and(heard);
        let bounds = generations.now.and(generations.before);
        self.believed.store(((bounds.least + bounds.most) * 0.5).to_bits(), Ordering::Relaxed);
    }

    /// The moment at which the server's clock showed `server_ms` milliseconds; `None` before the first heartbeat.
    #[must_use]
    pub fn moment(&self, server_ms: f64) -> Option<Moment> {
        let ahead_ms = f64::from_bits(self.believed.load(Ordering::Relaxed));
        (!ahead_ms.is_nan()).then(|| Moment::from_nanos(((server_ms - ahead_ms) * 1e6).max(0.0) as u64))
    }

    /// How wrong [`moment`](Self::moment) can be, milliseconds; `None` before the first heartbeat.
    #[must_use]
    pub fn error_ms(&self) -> Option<f64> {
        let generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        let bounds = generations.now.and(generations.before);
        let distance = (bounds.most - bounds.least).abs();
        distance.is_finite().then_some(distance * 0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_ms(ms: f64) -> Moment {
        Moment::from_nanos((ms * 1e6) as u64)
    }

    #[test]
    fn the_quickest_ways_there_and_back_tell_the_time_however_slow_the_others_are() {
        let clock = ServerClock::default();
        assert!(clock.moment(5.0).is_none() && clock.error_ms().is_none());
        let ahead = 1_000.0;
        for (sent, there, back) in [(50.0, 30.0, 40.0), (60.0, 0.5, 80.0), (70.0, 90.0, 0.5)] {
            clock.observe(sent, at_ms(sent + there + back), sent + there + ahead);
        }
        let tick_began = clock.moment(1_090.0).unwrap();
        assert_eq!(tick_began, at_ms(90.0));
        assert!((clock.error_ms().unwrap() - 0.5).abs() < 1e-6);
    }

    #[test]
    fn nonsense_is_not_believed() {
        let clock = ServerClock::default();
        clock.observe(100.0, at_ms(50.0), 1.0);
        clock.observe(f64::NAN, at_ms(50.0), 1.0);
        assert!(clock.moment(0.0).is_none());
    }

    #[test]
    fn a_clock_that_drifts_is_followed() {
        let clock = ServerClock::default();
        let seconds = |n: u32| f64::from(n) * 1_000.0;
        for n in 0..100 {
            let drift = f64::from(n) * 0.1;
            clock.observe(seconds(n), at_ms(seconds(n) + 2.0), seconds(n) + 1.0 + drift);
        }
        let began = clock.moment(seconds(99) + 9.9).unwrap().as_millis();
        assert!((began - seconds(99)).abs() < 3.0, "{began}");
    }
}
