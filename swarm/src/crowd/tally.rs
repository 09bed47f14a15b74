//! What is counted, and times as percentiles.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

/// Longest time that is told from longer ones, microseconds: five minutes.
const LONGEST_US: u64 = 300_000_000;
/// Times are exact to three digits.
const DIGITS: u8 = 3;

/// Many times, as a histogram: percentiles are exact to 0.1 %.
#[derive(Clone, Debug, Default)]
pub struct Times {
    /// Made with the first time: most threads never count most things.
    histogram: Option<Histogram<u64>>,
}

impl Times {
    /// Counts one.
    pub fn record(&mut self, time: Duration) {
        let histogram = self.histogram.get_or_insert_with(|| {
            Histogram::new_with_bounds(1, LONGEST_US, DIGITS).expect("the bounds are constants that are fine")
        });
        histogram.saturating_record(time.as_micros() as u64);
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.histogram.as_ref().map_or(0, Histogram::len)
    }

    /// The time that `percent` of all do not exceed, milliseconds; 0 when there are none.
    #[must_use]
    pub fn percentile_ms(&self, percent: f64) -> f64 {
        let known = self.histogram.as_ref().filter(|histogram| !histogram.is_empty());
        known.map_or(0.0, |histogram| histogram.value_at_percentile(percent) as f64 / 1_000.0)
    }

    /// The longest, milliseconds; 0 when there are none.
    #[must_use]
    pub fn max_ms(&self) -> f64 {
        self.percentile_ms(100.0)
    }

    /// Counts all of `other` too.
    pub fn absorb(&mut self, other: &Self) {
        let Some(theirs) = other.histogram.as_ref().filter(|histogram| !histogram.is_empty()) else { return };
        match &mut self.histogram {
            // All have equal bounds: nothing of theirs is out of ours.
            Some(ours) => drop(ours.add(theirs)),
            None => self.histogram = Some(theirs.clone()),
        }
    }

    /// Forgets all.
    fn clear(&mut self) {
        if let Some(histogram) = self.histogram.as_mut().filter(|histogram| !histogram.is_empty()) {
            histogram.reset();
        }
    }
}

/// What a crowd, or a part of it, did and saw over some time.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Players who were let in.
    pub joined: u64,
    /// Players who left while the crowd stayed, as they were meant to.
    pub left: u64,
    /// Players who saw the fight for the first time.
    pub in_fight: u64,
    /// Players whose connection ended, or never came about, though nobody wanted it.
    pub lost: u64,
    /// Of these, players who had seen the fight.
    pub dropped: u64,
    /// What went wrong, and how often.
    pub errors: BTreeMap<String, u64>,
    /// Bytes received, with what WebSocket adds.
    pub bytes_in: u64,
    /// Bytes sent, with what WebSocket adds.
    pub bytes_out: u64,
    /// Frames received.
    pub frames: u64,
    /// Messages sent.
    pub sent: u64,
    /// States of the fight received: snapshots, or single moves where a server passes those on.
    pub states: u64,
    /// States that never came although later ones did: ticks that a server left out.
    pub skipped: u64,
    /// Positions received, as far as the messages show it without being decoded.
    pub updates: u64,
    /// How old states were when they came.
    pub ages: Times,
    /// How late our own timers were.
    pub lag: Times,
    /// From the intended begin of a connection until its player was let in.
    pub joining: Times,
}

impl Tally {
    /// Counts an error.
    pub fn error(&mut self, what: &str) {
        match self.errors.get_mut(what) {
            Some(count) => *count += 1,
            None => {
                self.errors.insert(what.to_owned(), 1);
            }
        }
    }

    /// Counts all of `other` too.
    pub fn absorb(&mut self, other: &Self) {
        self.joined += other.joined;
        self.left += other.left;
        self.in_fight += other.in_fight;
        self.lost += other.lost;
        self.dropped += other.dropped;
        for (what, count) in &other.errors {
            *self.errors.entry(what.clone()).or_default() += count;
        }
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.frames += other.frames;
        self.sent += other.sent;
        self.states += other.states;
        self.skipped += other.skipped;
        self.updates += other.updates;
        self.ages.absorb(&other.ages);
        self.lag.absorb(&other.lag);
        self.joining.absorb(&other.joining);
    }

    /// Moves everything into `total` and begins anew.
    pub(super) fn drain_into(&mut self, total: &mut Self) {
        total.absorb(self);
        let Self { mut ages, mut lag, mut joining, .. } = std::mem::take(self);
        // The memory of histograms is used again.
        for times in [&mut ages, &mut lag, &mut joining] {
            times.clear();
        }
        *self = Self { ages, lag, joining, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(millis: impl IntoIterator<Item = u64>) -> Times {
        let mut times = Times::default();
        for ms in millis {
            times.record(Duration::from_millis(ms));
        }
        times
    }

    #[test]
    fn percentiles_are_right_to_a_tenth_of_a_percent() {
        let times = times(1..=1_000);
        for (percent, expected) in [(50.0, 500.0), (99.0, 990.0), (100.0, 1_000.0)] {
            let found = times.percentile_ms(percent);
            assert!((found - expected).abs() <= expected * 0.001, "p{percent} is {found}");
        }
    }

    #[test]
    fn no_times_have_no_percentiles_and_absurd_ones_do_no_harm() {
        assert_eq!(Times::default().percentile_ms(99.0), 0.0);
        let mut times = Times::default();
        times.record(Duration::ZERO);
        times.record(Duration::MAX);
        assert_eq!(times.count(), 2);
    }

    #[test]
    fn what_is_drained_is_counted_once() {
        let mut tally = Tally { joined: 2, bytes_in: 10, ages: times([5]), ..Tally::default() };
        tally.error("refused");
        let mut total = Tally { joined: 1, ages: times([7]), ..Tally::default() };
        tally.drain_into(&mut total);
        tally.drain_into(&mut total);
        assert_eq!((total.joined, total.bytes_in, total.ages.count()), (3, 10, 2));
        assert_eq!(total.errors.get("refused"), Some(&1));
        assert_eq!((tally.joined, tally.ages.count()), (0, 0));
    }
}
