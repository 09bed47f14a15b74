//! The server's one clock of ticks: all rooms play the same tick at the same time.

use std::time::Duration;

use sim::Tick;
use tokio::time::Instant;

/// Tick `n` begins `n / rate` seconds after the epoch.
#[derive(Clone, Copy, Debug)]
pub struct TickClock {
    epoch: Instant,
    rate: u32,
}

impl TickClock {
    /// A clock whose tick 0 begins now.
    #[must_use]
    pub fn start(rate: u32) -> Self {
        Self { epoch: Instant::now(), rate }
    }

    /// Ticks per second.
    #[must_use]
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub fn now_ms(&self) -> f64 {
        self.epoch.elapsed().as_secs_f64() * 1_000.0
    }

    /// The newest tick that has begun.
    #[must_use]
    pub fn tick(&self) -> Tick {
        Tick((self.epoch.elapsed().as_secs_f64() * f64::from(self.rate)) as u32)
    }

    /// How long ago `tick` should have begun.
    #[must_use]
    pub fn late_for(&self, tick: Tick) -> Duration {
        Instant::now().saturating_duration_since(self.begin_of(tick))
    }

    /// When `tick` begins.
    #[must_use]
    pub fn begin_of(&self, tick: Tick) -> Instant {
        self.epoch + Duration::from_secs_f64(f64::from(tick.0) / f64::from(self.rate))
    }
}
