//! The few players of a crowd who are whole clients: they predict, interpolate and switch rules, and what they decode says
//! what is in the snapshots that all others only count.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use client_core::protocol::codec::decode_server;
use client_core::protocol::{Encoding, ServerMessage, Snapshot};
use client_core::{Client, ConnectionState};

use crate::behaviour::Behaviour;
use crate::bot::{Bot, BotOptions};
use crate::script::{Act, Progress, Script};

/// Between two frames of a sample.
const FRAME: Duration = Duration::from_millis(33);
/// A sample stands for so many players.
pub const PLAYERS_PER_SAMPLE: u32 = 100;

/// What samples decoded, together.
#[derive(Debug, Default)]
struct Decoded {
    snapshots: AtomicU64,
    positions: AtomicU64,
    bytes: AtomicU64,
}

/// What a sample has besides an ordinary bot.
pub(crate) struct Sample {
    decoded: Arc<Decoded>,
    script: Option<Arc<Script>>,
    progress: Progress,
    online_since: Option<Instant>,
}

/// How many players a snapshot gives a new position.
fn positions(snapshot: &Snapshot) -> u64 {
    snapshot.players.iter().filter(|player| player.x.is_some() || player.y.is_some()).count() as u64
}

impl Sample {
    /// Counts what is in a message, before the client takes it.
    pub(crate) fn saw(&self, bytes: &[u8], encoding: Encoding) {
        self.decoded.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        if let Ok(ServerMessage::Snapshot(snapshot)) = decode_server(bytes, encoding) {
            self.decoded.snapshots.fetch_add(1, Ordering::Relaxed);
            self.decoded.positions.fetch_add(positions(&snapshot), Ordering::Relaxed);
        }
    }

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
    decoded: Arc<Decoded>,
    /// The most that were in the arena at once.
    seen_online: Mutex<u32>,
}

impl Samples {
    /// Sends `count` of them to `url`.
    #[must_use]
    pub fn start(
        url: &str,
        count: u32,
        encoding: Encoding,
        behaviour: Behaviour,
        script: Option<&Script>,
    ) -> Self {
        let decoded = Arc::new(Decoded::default());
        let script = script.cloned().map(Arc::new);
        let join = |number: u32| {
            let options = BotOptions {
                name: format!("sample {number}"),
                encoding,
                resume: None,
                behaviour: if script.is_some() { Behaviour::Idle } else { behaviour },
                frame: FRAME,
                observed: false,
                seed: u64::from(number) + 1,
            };
            let sample = Sample {
                decoded: Arc::clone(&decoded),
                script: script.clone(),
                progress: Progress::default(),
                online_since: None,
            };
            Bot::connect_as(url, options, Some(sample))
        };
        Self { bots: (0..count).map(join).collect(), decoded, seen_online: Mutex::default() }
    }

    /// What they know by now.
    #[must_use]
    pub fn figures(&self) -> SampleFigures {
        let mut figures = SampleFigures {
            players: self.bots.len() as u32,
            snapshots: self.decoded.snapshots.load(Ordering::Relaxed),
            positions: self.decoded.positions.load(Ordering::Relaxed),
            bytes: self.decoded.bytes.load(Ordering::Relaxed),
            ..SampleFigures::default()
        };
        let mut rtts = Vec::new();
        for state in self.bots.iter().map(Bot::state) {
            figures.online += u32::from(state.connection == ConnectionState::Online);
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
    use client_core::protocol::PlayerState;

    #[test]
    fn only_players_with_a_new_position_count_as_updates() {
        let moved = PlayerState { x: Some(1.0), ..PlayerState::default() };
        let hurt = PlayerState { hp: Some(1), ..PlayerState::default() };
        let snapshot = Snapshot { players: vec![moved.clone(), hurt, moved], ..Snapshot::default() };
        assert_eq!(positions(&snapshot), 2);
    }

    #[test]
    fn the_mean_of_a_window_leaves_out_what_was_before() {
        let before = SampleFigures { snapshots: 10, positions: 10_000, ..SampleFigures::default() };
        let after = SampleFigures { snapshots: 14, positions: 10_020, ..SampleFigures::default() };
        assert_eq!(after.since(before).positions_per_snapshot(), 5.0);
        assert_eq!(before.since(before).positions_per_snapshot(), 0.0);
    }
}
