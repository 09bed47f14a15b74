//! The few players of a crowd who are whole clients: they predict, interpolate and switch rules, and what they decode says
//! what is in the snapshots that all others only count.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use client_core::protocol::Encoding;
use client_core::{Client, Conditions, ConnectionState};

use crate::behaviour::Behaviour;
use crate::bot::{Bot, BotOptions};
use crate::script::{Act, Progress, Script};

/// Between two frames of a sample.
const FRAME: Duration = Duration::from_millis(33);
/// A sample stands for so many players.
pub const PLAYERS_PER_SAMPLE: u32 = 100;

/// What a sample has besides an ordinary bot.
pub(crate) struct Sample {
    script: Option<Arc<Script>>,
    progress: Progress,
    online_since: Option<Instant>,
}

impl Sample {
    /// Plays the script, if there is one.
    pub(crate) fn act(&mut self, client: &mut Client) {
        let Some(script) = &self.script else { return };
        if *client.connection() != ConnectionState::Online {
            return;
        }
        let since = self.online_since.get_or_insert_with(Instant::now).elapsed();
        while let Some(act) = self.progress.next_due(script, since) {
            match act {
                Act::Move(direction) => client.set_direction(*direction),
                Act::Attack(aim) => client.attack(*aim),
                Act::Dash => client.dash(),
                Act::Chat(text) => client.chat(text),
            }
        }
    }
}

/// What the samples know, since they came.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SampleFigures {
    /// How many they are.
    pub players: u32,
    /// Of these, in the arena now.
    pub online: u32,
    /// Snapshots that they decoded.
    pub snapshots: u64,
    /// Positions in these.
    pub positions: u64,
    /// Bytes received, without what WebSocket adds.
    pub bytes: u64,
    /// Times that an own avatar was elsewhere than predicted.
    pub corrections: u64,
    /// Times that one came back after its connection was lost.
    pub reconnects: u64,
    /// Messages that could not be read.
    pub bad_messages: u64,
    /// Keyframes that had to be asked for.
    pub resyncs: u64,
    /// Median round trip, milliseconds.
    pub rtt_ms: f64,
}

impl SampleFigures {
    /// What was counted since `before`.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            snapshots: self.snapshots - before.snapshots,
            positions: self.positions - before.positions,
            bytes: self.bytes - before.bytes,
            corrections: self.corrections - before.corrections,
            reconnects: self.reconnects - before.reconnects,
            bad_messages: self.bad_messages - before.bad_messages,
            resyncs: self.resyncs - before.resyncs,
            ..self
        }
    }

    /// Players that a snapshot moves, on average.
    #[must_use]
    pub fn positions_per_snapshot(self) -> f64 {
        if self.snapshots == 0 { 0.0 } else { self.positions as f64 / self.snapshots as f64 }
    }
}

/// The whole clients of a crowd.
pub struct Samples {
    bots: Vec<Bot>,
    /// The most that were in the arena at once.
    seen_online: Mutex<u32>,
}

impl Samples {
    /// Sends `count` of them to `url`, over lines like `net`.
    #[must_use]
    pub fn start(
        url: &str,
        count: u32,
        encoding: Encoding,
        behaviour: Behaviour,
        script: Option<&Script>,
        net: Conditions,
    ) -> Self {
        let script = script.cloned().map(Arc::new);
        let join = |number: u32| {
            let options = BotOptions {
                name: format!("sample {number}"),
                encoding,
                resume: None,
                behaviour: if script.is_some() { Behaviour::Idle } else { behaviour },
                frame: FRAME,
                net,
                observed: false,
                seed: u64::from(number) + 1,
            };
            let sample = Sample { script: script.clone(), progress: Progress::default(), online_since: None };
            Bot::connect_as(url, options, Some(sample))
        };
        Self { bots: (0..count).map(join).collect(), seen_online: Mutex::default() }
    }

    /// What they know by now.
    #[must_use]
    pub fn figures(&self) -> SampleFigures {
        let mut figures = SampleFigures { players: self.bots.len() as u32, ..SampleFigures::default() };
        let mut rtts = Vec::new();
        for state in self.bots.iter().map(Bot::state) {
            figures.online += u32::from(state.connection == ConnectionState::Online);
            figures.snapshots += state.stats.snapshots;
            figures.positions += state.stats.positions;
            figures.bytes += state.stats.bytes_in;
            figures.corrections += state.stats.corrections;
            figures.reconnects += u64::from(state.stats.reconnects);
            figures.bad_messages += state.stats.bad_messages;
            figures.resyncs += state.stats.resyncs;
            rtts.push(state.stats.rtt_ms);
        }
        rtts.sort_by(f64::total_cmp);
        figures.rtt_ms = rtts.get(rtts.len() / 2).copied().unwrap_or(0.0);
        let mut most = self.seen_online.lock().unwrap_or_else(PoisonError::into_inner);
        *most = figures.online.max(*most);
        figures
    }

    /// All of them have been in the arena, as far as [`figures`](Self::figures) saw.
    #[must_use]
    pub fn all_in(&self) -> bool {
        *self.seen_online.lock().unwrap_or_else(PoisonError::into_inner) >= self.bots.len() as u32
    }

    /// Say goodbye.
    pub fn leave(self) {
        self.bots.iter().for_each(Bot::leave);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_a_window_leaves_out_what_was_before() {
        let before = SampleFigures { snapshots: 10, positions: 10_000, ..SampleFigures::default() };
        let after = SampleFigures { snapshots: 14, positions: 10_020, ..SampleFigures::default() };
        assert_eq!(after.since(before).positions_per_snapshot(), 5.0);
        assert_eq!(before.since(before).positions_per_snapshot(), 0.0);
    }
}
