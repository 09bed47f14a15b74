//! What the connection was like in the last seconds, in slices of a tenth of a second.

use std::collections::VecDeque;

use client_core::NetStats;

/// Length of a slice, milliseconds.
pub(super) const SLICE_MS: f64 = 100.0;
/// How far back the history goes, slices: 15 s.
pub(super) const SLICES: usize = 150;
/// A longer gap between two looks means that the tab was hidden, slices.
const LONGEST_GAP: f64 = 10.0;

/// A tenth of a second.
#[derive(Clone, Debug, Default)]
pub(super) struct Slice {
    /// Somebody looked: nothing is known of the others.
    pub(super) seen: bool,
    /// There was no connection.
    pub(super) offline: bool,
    /// Snapshots that came.
    pub(super) snapshots: u32,
    /// Largest age of the newest snapshot, milliseconds.
    pub(super) age_ms: f64,
    /// How late others were drawn, milliseconds.
    delay_ms: f64,
    /// Times that the own avatar was put right.
    pub(super) corrections: u32,
    /// The newest input that the server told of was too late for its tick.
    pub(super) late_input: bool,
    /// Looks: frames of the screen.
    pub(super) frames: u32,
    /// Of these, frames without a snapshot after the moment that others are drawn at.
    pub(super) starved: u32,
    /// Bytes received.
    pub(super) bytes_in: u64,
    /// Bytes sent.
    pub(super) bytes_out: u64,
}

/// The last seconds; the newest slice is still being filled.
#[derive(Debug, Default)]
pub(super) struct History {
    slices: VecDeque<Slice>,
    /// When the newest slice began, milliseconds.
    began_ms: f64,
    /// The counts so far.
    last: NetStats,
    /// When we last came back.
    back_ms: Option<f64>,
}

impl History {
    /// Takes up the figures of this moment.
    pub(super) fn record(&mut self, stats: &NetStats, online: bool, now_ms: f64) {
        self.turn_to(now_ms);
        if stats.reconnects > self.last.reconnects {
            self.back_ms = Some(now_ms);
        }
        let Some(slice) = self.slices.back_mut() else { return };
        let since = |now: u64, before: u64| now.saturating_sub(before);
        slice.seen = true;
        slice.offline |= !online;
        slice.frames += 1;
        slice.age_ms = slice.age_ms.max(stats.snapshot_age_ms);
        slice.delay_ms = stats.interpolation_ms;
        slice.late_input |= stats.input_lead < 0;
        slice.snapshots += since(stats.snapshots, self.last.snapshots) as u32;
        slice.corrections += since(stats.corrections, self.last.corrections) as u32;
        slice.starved += since(stats.starved_frames, self.last.starved_frames) as u32;
        slice.bytes_in += since(stats.bytes_in, self.last.bytes_in);
        slice.bytes_out += since(stats.bytes_out, self.last.bytes_out);
        self.last.clone_from(stats);
    }

    /// Begins as many slices as have passed.
    fn turn_to(&mut self, now_ms: f64) {
        let passed = ((now_ms - self.began_ms) / SLICE_MS).floor();
        if self.slices.is_empty() || passed > SLICES as f64 {
            self.slices.clear();
            self.slices.push_back(Slice::default());
            self.began_ms = now_ms;
            return;
        }
        // A frame that took a while was still a look, with or without a connection; a hidden tab sees nothing.
        let seen = passed <= LONGEST_GAP;
        let offline = seen && self.slices.back().is_some_and(|slice| slice.offline);
        for left in (0..passed as usize).rev() {
            self.slices.push_back(Slice { seen, offline: offline && left > 0, ..Slice::default() });
        }
        self.began_ms += passed * SLICE_MS;
        let surplus = self.slices.len().saturating_sub(SLICES);
        self.slices.drain(..surplus);
    }

    /// All slices, oldest first.
    pub(super) fn slices(&self) -> impl ExactSizeIterator<Item = &Slice> {
        self.slices.iter()
    }

    /// The slices of the last so many milliseconds, without the one that is being filled.
    pub(super) fn last(&self, ms: f64) -> impl Iterator<Item = &Slice> {
        self.slices.iter().rev().skip(1).take((ms / SLICE_MS) as usize).filter(|slice| slice.seen)
    }

    /// How late others were drawn in the last so many milliseconds, on average, milliseconds.
    pub(super) fn mean_delay_ms(&self, ms: f64) -> f64 {
        let (count, sum) =
            self.last(ms).fold((0, 0.0), |(count, sum), slice| (count + 1, sum + slice.delay_ms));
        sum / f64::from(count.max(1))
    }

    /// Bytes received and sent per second.
    pub(super) fn bytes_a_second(&self) -> (f64, f64) {
        let (mut seconds, mut received, mut sent) = (0.0, 0, 0);
        for slice in self.last(2_000.0) {
            seconds += SLICE_MS / 1_000.0;
            received += slice.bytes_in;
            sent += slice.bytes_out;
        }
        if seconds == 0.0 { (0.0, 0.0) } else { (received as f64 / seconds, sent as f64 / seconds) }
    }

    /// How long ago we came back after the connection was lost, milliseconds.
    pub(super) fn since_back_ms(&self, now_ms: f64) -> Option<f64> {
        self.back_ms.map(|back| now_ms - back)
    }
}
