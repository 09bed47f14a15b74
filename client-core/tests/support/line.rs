//! A line with latency, in virtual time.

use std::collections::VecDeque;

use sim::rng::Rng;

/// A one-way line: everything arrives, in order, late.
pub(crate) struct Line {
    rng: Rng,
    pub(crate) latency_ms: f64,
    pub(crate) jitter_ms: f64,
    /// Nothing gets through.
    pub(crate) cut: bool,
    pub(super) queue: VecDeque<(f64, Vec<u8>)>,
}

impl Line {
    pub(super) fn new(seed: u64) -> Self {
        Self { rng: Rng::new(seed), latency_ms: 0.0, jitter_ms: 0.0, cut: false, queue: VecDeque::new() }
    }

    pub(super) fn put(&mut self, now: f64, bytes: Vec<u8>) {
        if self.cut {
            return;
        }
        let last = self.queue.back().map_or(0.0, |(at, _)| *at);
        let at = now + self.latency_ms + self.jitter_ms * f64::from(self.rng.next_unit());
        self.queue.push_back((at.max(last), bytes));
    }

    pub(super) fn take(&mut self, now: f64) -> Option<(f64, Vec<u8>)> {
        if self.queue.front().is_some_and(|(at, _)| *at <= now) { self.queue.pop_front() } else { None }
    }
}
