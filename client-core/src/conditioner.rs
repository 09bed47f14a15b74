//! A bad network, made on purpose: delays, jitters, loses, stalls and cuts what is sent through it.
//!
//! One piece of code for the game's network panel, the load generator and the tests. Like the rest of this crate it has
//! no clock: whoever drives a connection puts everything it sends and receives through a [`Conditioner`], in both
//! directions, and takes out what is due.
//!
//! A WebSocket lives on TCP, which never loses anything: a lost packet is sent again, and everything behind it waits.
//! That is what loss is here. When a later packet goes out, the gap is noticed one round trip after it and a
//! quarter (the reordering window of RACK, RFC 8985 section 6.2); when none does, the tail probe of the same document fires
//! after two round trips and the longest delayed acknowledgement. What is sent again may be lost again.

use std::collections::VecDeque;

use sim::rng::Rng;

/// How long the tail probe waits beyond two round trips, milliseconds: the longest delayed acknowledgement.
const DELAYED_ACK_MS: f64 = 200.0;
/// Between two throws of the dice for stalls and cuts, milliseconds.
const THROW_MS: f64 = 100.0;
/// Most messages under way in one direction; whoever sends more over a stalled line is cut.
const MAX_UNDER_WAY: usize = 20_000;

/// What the network is like. The default does nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Conditions {
    /// Added to the round trip, half of it each way, milliseconds.
    pub lag_ms: f64,
    /// Added to each message, evenly between nothing and this, milliseconds.
    pub jitter_ms: f64,
    /// Share of packets that are lost, 0 to 1.
    pub loss: f64,
    /// Chance of a stall in each second, 0 to 1.
    pub stalls: f64,
    /// How long a stall lasts, milliseconds.
    pub stall_ms: f64,
    /// Chance in each second that the connection is cut, 0 to 1.
    pub cuts: f64,
}

impl Conditions {
    /// A line that hangs for a second now and then: 10 % a second.
    pub const STUTTER: Self =
        Self { lag_ms: 0.0, jitter_ms: 0.0, loss: 0.0, stalls: 0.1, stall_ms: 1_000.0, cuts: 0.0 };
    /// A line that is cut now and then: 2 % a second.
    pub const DISCONNECT: Self =
        Self { lag_ms: 0.0, jitter_ms: 0.0, loss: 0.0, stalls: 0.0, stall_ms: 0.0, cuts: 0.02 };
    /// A phone in a train: far away, uneven, lossy.
    pub const MOBILE: Self =
        Self { lag_ms: 120.0, jitter_ms: 30.0, loss: 0.02, stalls: 0.02, stall_ms: 600.0, cuts: 0.0 };

    /// The ready-made conditions, by name.
    pub const PRESETS: [(&str, Self); 4] = [
        ("none", Self { lag_ms: 0.0, jitter_ms: 0.0, loss: 0.0, stalls: 0.0, stall_ms: 0.0, cuts: 0.0 }),
        ("stutter", Self::STUTTER),
        ("disconnect", Self::DISCONNECT),
        ("mobile", Self::MOBILE),
    ];

    /// A plain line with this round trip and jitter, milliseconds.
    #[must_use]
    pub fn line(lag_ms: f64, jitter_ms: f64) -> Self {
        Self { lag_ms, jitter_ms, ..Self::default() }
    }

    /// Reads conditions as the game's address has them: `lag=100&jitter=20&drop=2`. Keys are `lag`, `jitter` and `stall_ms` in
    /// milliseconds, `drop`, `stalls` and `cuts` in per cent, and `net` for a preset that the others refine. Other keys
    /// are none of ours.
    ///
    /// # Errors
    /// A sentence for people about the first value that cannot be used.
    pub fn parse(query: &str) -> Result<Self, String> {
        let pairs = || query.trim_start_matches('?').split('&').filter_map(|pair| pair.split_once('='));
        let mut conditions = Self::default();
        for (_, name) in pairs().filter(|(key, _)| *key == "net") {
            let known = Self::PRESETS.iter().find(|(preset, _)| *preset == name);
            let names = Self::PRESETS.map(|(preset, _)| preset).join(", ");
            conditions = known.ok_or(format!("net={name} is none of: {names}"))?.1;
        }
        for (key, value) in pairs() {
            let (field, unit, most) = match key {
                "lag" => (&mut conditions.lag_ms, 1.0, 5_000.0),
                "jitter" => (&mut conditions.jitter_ms, 1.0, 5_000.0),
                "stall_ms" => (&mut conditions.stall_ms, 1.0, 60_000.0),
                "drop" => (&mut conditions.loss, 0.01, 50.0),
                "stalls" => (&mut conditions.stalls, 0.01, 100.0),
                "cuts" => (&mut conditions.cuts, 0.01, 100.0),
                _ => continue,
            };
            let number = value.parse::<f64>().ok().filter(|number| (0.0..=most).contains(number));
            *field = number.ok_or(format!("{key}={value} is not a number from 0 to {most}"))? * unit;
        }
        if conditions.stalls > 0.0 && conditions.stall_ms == 0.0 {
            conditions.stall_ms = Self::STUTTER.stall_ms;
        }
        Ok(conditions)
    }

    /// Leaves everything as it is.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        let Self { lag_ms, jitter_ms, loss, stalls, cuts, .. } = *self;
        [lag_ms, jitter_ms, loss, stalls, cuts].iter().all(|value| *value == 0.0)
    }
}

/// Which way something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the player to the server.
    Up,
    /// From the server to the player.
    Down,
}

/// Both directions of one connection; `T` is whatever its driver sends.
#[derive(Debug)]
pub struct Conditioner<T> {
    conditions: Conditions,
    rng: Rng,
    lines: [Line<T>; 2],
    stalled_until_ms: f64,
    next_throw_ms: Option<f64>,
    cut: bool,
}

/// One direction. A message is taken out when its own time has come and everything before it is out.
#[derive(Debug)]
struct Line<T> {
    under_way: VecDeque<Packet<T>>,
}

#[derive(Debug)]
struct Packet<T> {
    due_ms: f64,
    /// Lost, and nothing was sent since: the time that counts is when the gap will be noticed.
    unnoticed: bool,
    content: T,
}

impl<T> Conditioner<T> {
    /// A clear line; `seed` decides all chance in it.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            conditions: Conditions::default(),
            rng: Rng::new(seed),
            lines: [(); 2].map(|()| Line { under_way: VecDeque::new() }),
            stalled_until_ms: 0.0,
            next_throw_ms: None,
            cut: false,
        }
    }

    /// What the network is like.
    #[must_use]
    pub fn conditions(&self) -> Conditions {
        self.conditions
    }

    /// From now on the network is like this. What is under way stays as it is, but for a stall, which ends.
    pub fn set(&mut self, conditions: Conditions) {
        self.conditions = conditions;
        self.stalled_until_ms = 0.0;
        self.next_throw_ms = None;
    }

    /// Nothing gets through for so long, both ways.
    pub fn stall(&mut self, now_ms: f64, ms: f64) {
        self.stalled_until_ms = self.stalled_until_ms.max(now_ms + ms);
    }

    /// Sends something.
    pub fn put(&mut self, now_ms: f64, direction: Direction, content: T) {
        let round_trip_ms = self.conditions.lag_ms;
        let jitter_ms = self.conditions.jitter_ms * self.chance();
        let mut due_ms = now_ms + round_trip_ms * 0.5 + jitter_ms;
        let mut lost = false;
        while self.chance() < self.conditions.loss.min(0.9) {
            due_ms += if lost { 2.0 } else { 1.0 } * (2.0 * round_trip_ms + DELAYED_ACK_MS);
            lost = true;
        }
        let line = &mut self.lines[direction as usize];
        // This packet tells the receiver of the gap before it, and its acknowledgement the sender.
        let noticed_ms = now_ms + 1.75 * round_trip_ms;
        for gap in line.under_way.iter_mut().filter(|packet| packet.unnoticed && !lost) {
            gap.due_ms = gap.due_ms.min(noticed_ms);
            gap.unnoticed = false;
        }
        self.cut |= line.under_way.len() >= MAX_UNDER_WAY;
        line.under_way.push_back(Packet { due_ms, unnoticed: lost, content });
    }

    /// What arrives by now, in order, and when it did.
    pub fn take(&mut self, now_ms: f64, direction: Direction) -> Option<(f64, T)> {
        if now_ms < self.stalled_until_ms {
            return None;
        }
        let line = &mut self.lines[direction as usize];
        let packet = line.under_way.pop_front_if(|packet| packet.due_ms <= now_ms)?;
        Some((packet.due_ms.max(self.stalled_until_ms), packet.content))
    }

    /// Something is under way.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.lines.iter().any(|line| !line.under_way.is_empty())
    }

    /// Lets time pass; true when the connection is cut now: its driver closes it without a word to the other side.
    pub fn advance(&mut self, now_ms: f64) -> bool {
        let mut next = self.next_throw_ms.unwrap_or(now_ms + THROW_MS);
        // A driver that slept throws once for all that time.
        if now_ms - next > 10_000.0 {
            next = now_ms;
        }
        while next <= now_ms {
            let throws_a_second = 1_000.0 / THROW_MS;
            if self.chance() < self.conditions.stalls / throws_a_second {
                self.stall(next, self.conditions.stall_ms);
            }
            self.cut |= self.chance() < self.conditions.cuts / throws_a_second;
            next += THROW_MS;
        }
        self.next_throw_ms = Some(next);
        std::mem::take(&mut self.cut)
    }

    /// The connection is gone, and what was under way with it.
    pub fn clear(&mut self) {
        for line in &mut self.lines {
            line.under_way.clear();
        }
        self.stalled_until_ms = 0.0;
        self.cut = false;
    }

    /// Evenly distributed in `[0, 1)`.
    fn chance(&mut self) -> f64 {
        f64::from(self.rng.next_unit())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends `count` messages at 30 Hz; when each arrives, milliseconds after it was sent.
    fn delays(conditions: Conditions, count: u32) -> Vec<f64> {
        let mut line = Conditioner::new(7);
        line.set(conditions);
        let mut delays = Vec::new();
        let mut expect = 0;
        for ms in 0..(count * 34 + 5_000) {
            let now = f64::from(ms);
            line.advance(now);
            if ms % 33 == 0 && ms / 33 < count {
                line.put(now, Direction::Down, ms / 33);
            }
            while let Some((_, n)) = line.take(now, Direction::Down) {
                assert_eq!(n, expect, "out of order");
                expect += 1;
                delays.push(now - f64::from(n * 33));
            }
        }
        assert_eq!(expect, count, "nothing is lost for good");
        delays
    }

    fn share_later_than(delays: &[f64], ms: f64) -> f64 {
        delays.iter().filter(|delay| **delay > ms).count() as f64 / delays.len() as f64
    }

    #[test]
    fn a_clear_line_passes_everything_on_at_once() {
        assert!(delays(Conditions::default(), 100).iter().all(|delay| *delay == 0.0));
    }

    #[test]
    fn lag_is_shared_by_both_ways_and_jitter_comes_on_top() {
        let delays = delays(Conditions::line(100.0, 20.0), 2_000);
        assert!(delays.iter().all(|delay| (50.0..=71.0).contains(delay)));
        let mean = delays.iter().sum::<f64>() / delays.len() as f64;
        assert!((59.0..62.0).contains(&mean), "{mean}");
    }

    /// Measured on real TCP at 30 Hz and 100 ms round trip: 2 % loss make 4 % of messages over 100 ms late, 5 % loss 11 %.
    #[test]
    fn loss_delays_as_tcp_does() {
        for (loss, late) in [(0.02, 0.04), (0.05, 0.11)] {
            let delays = delays(Conditions { loss, ..Conditions::line(100.0, 0.0) }, 20_000);
            let share = share_later_than(&delays, 150.0);
            assert!((late * 0.6..late * 1.5).contains(&share), "{share} at {loss}");
        }
    }

    #[test]
    fn a_lone_lost_message_waits_for_the_tail_probe() {
        let mut line = Conditioner::new(0);
        line.set(Conditions { loss: 1.0, ..Conditions::line(100.0, 0.0) });
        line.put(0.0, Direction::Up, ());
        assert!(line.take(449.0, Direction::Up).is_none());
    }

    #[test]
    fn the_presets_stall_and_cut_as_often_as_they_say() {
        let stutter = delays(Conditions::STUTTER, 20_000);
        let share = share_later_than(&stutter, 0.0);
        assert!((0.05..0.15).contains(&share), "{share} of the time stalled");
        assert!(stutter.iter().all(|delay| *delay <= 4_000.0));

        let mut line = Conditioner::<()>::new(3);
        line.set(Conditions::DISCONNECT);
        let cuts = (0..100_000).filter(|ms| line.advance(f64::from(*ms) * 100.0)).count();
        assert!((150..250).contains(&cuts), "{cuts} cuts in 10,000 s");
    }

    #[test]
    fn the_address_says_what_the_network_is_like() {
        let read = Conditions::parse("?name=Ada&lag=100&jitter=20&drop=2").unwrap();
        assert_eq!(read, Conditions { loss: 0.02, ..Conditions::line(100.0, 20.0) });
        let read = Conditions::parse("lag=50&net=stutter").unwrap();
        assert_eq!(read, Conditions { lag_ms: 50.0, ..Conditions::STUTTER });
        assert!(Conditions::parse("name=Ada").unwrap().is_clear());
        for wrong in ["lag=-1", "lag=fast", "drop=99", "net=perfect", "jitter=NaN"] {
            let error = Conditions::parse(wrong).unwrap_err();
            assert!(error.contains(wrong), "{error}");
        }
    }

    #[test]
    fn what_was_under_way_is_gone_with_its_connection() {
        let mut line = Conditioner::new(1);
        line.set(Conditions::line(100.0, 0.0));
        line.put(0.0, Direction::Up, 1);
        line.put(0.0, Direction::Down, 2);
        assert!(line.is_busy());
        line.clear();
        assert!(!line.is_busy() && line.take(1_000.0, Direction::Up).is_none());
    }
}
