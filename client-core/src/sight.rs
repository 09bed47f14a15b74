//! Everybody in the arena as the snapshots tell it: keyframes replace, deltas change, gaps are noticed.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{PlayerState, Snapshot};
use sim::vec2::vec2;
use sim::{PlayerId, Tick};

use crate::interpolation::{Sample, Track};

/// A keyframe that was asked for and does not come is asked for again, milliseconds.
const KEYFRAME_TIMEOUT_MS: f64 = 2_000.0;

/// What became of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Everybody is as it says.
    Applied,
    /// Something before it is missing: ask for a keyframe.
    AskKeyframe,
    /// A keyframe is on its way; this is of no use until then.
    Ignored,
}

/// One player in sight.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) state: PlayerState,
    pub(crate) track: Track,
}

#[derive(Debug, Default)]
pub(crate) struct Sight {
    players: BTreeMap<PlayerId, Seen>,
    names: BTreeMap<PlayerId, String>,
    tick: Option<Tick>,
    /// Waits for a keyframe since then.
    waiting_since_ms: Option<f64>,
}

impl Sight {
    /// A new connection: its first snapshot is a keyframe.
    pub(crate) fn restart(&mut self, now_ms: f64) {
        self.tick = None;
        self.names.clear();
        self.waiting_since_ms = Some(now_ms);
    }

    /// A keyframe was asked for.
    pub(crate) fn await_keyframe(&mut self, now_ms: f64) {
        self.waiting_since_ms = Some(now_ms);
    }

    /// A keyframe is needed; true when none is on its way, so that it must be asked for.
    pub(crate) fn may_ask_keyframe(&mut self, now_ms: f64) -> bool {
        let ask = self.waiting_since_ms.is_none();
        self.waiting_since_ms.get_or_insert(now_ms);
        ask
    }

    /// True when the keyframe that was asked for has not come for too long.
    pub(crate) fn keyframe_overdue(&mut self, now_ms: f64) -> bool {
        let overdue = self.waiting_since_ms.is_some_and(|since| now_ms - since > KEYFRAME_TIMEOUT_MS);
        if overdue {
            self.waiting_since_ms = Some(now_ms);
        }
        overdue
    }

    /// The tick of the newest snapshot that was applied.
    pub(crate) fn tick(&self) -> Option<Tick> {
        self.tick
    }

    pub(crate) fn apply(&mut self, now_ms: f64, snapshot: &Snapshot) -> Taken {
        if !snapshot.full {
            let follows = self.tick.is_some_and(|tick| tick.plus(1) == snapshot.tick);
            let complete = |state: &PlayerState| {
                self.players.contains_key(&state.id) || state.x.is_some() && state.y.is_some()
            };
            if self.waiting_since_ms.is_some() {
                return Taken::Ignored;
            }
            if !follows || !snapshot.players.iter().all(complete) {
                self.waiting_since_ms = Some(now_ms);
                return Taken::AskKeyframe;
            }
        }
        self.waiting_since_ms = None;
        self.tick = Some(snapshot.tick);
        if snapshot.full {
            let listed: BTreeSet<PlayerId> = snapshot.players.iter().map(|state| state.id).collect();
            self.players.retain(|id, _| listed.contains(id));
        }
        for id in &snapshot.removed {
            self.players.remove(id);
        }
        for state in &snapshot.players {
            if let Some(name) = &state.name {
                self.names.insert(state.id, name.clone());
            }
            let seen = self.players.entry(state.id).or_default();
            if snapshot.full {
                seen.state.clone_from(state);
            } else {
                seen.state.id = state.id;
                seen.state.apply(state);
            }
        }
        for seen in self.players.values_mut() {
            seen.record(snapshot.tick);
        }
        Taken::Applied
    }

    /// Somebody came; returns the name.
    pub(crate) fn introduce(&mut self, player: &PlayerState) -> String {
        let name = player.name.clone().unwrap_or_default();
        self.names.insert(player.id, name.clone());
        name
    }

    /// Somebody left for good; returns the name.
    pub(crate) fn forget(&mut self, id: PlayerId) -> String {
        self.players.remove(&id);
        self.names.remove(&id).unwrap_or_default()
    }

    pub(crate) fn players(&self) -> impl Iterator<Item = (PlayerId, &Seen)> {
        self.players.iter().map(|(id, seen)| (*id, seen))
    }

    pub(crate) fn name(&self, id: PlayerId) -> &str {
        self.names.get(&id).map_or("", String::as_str)
    }
}

impl Seen {
    fn record(&mut self, tick: Tick) {
        let (Some(x), Some(y)) = (self.state.x, self.state.y) else { return };
        let facing = self.state.facing.unwrap_or(0.0);
        let sample = Sample { tick: tick.0, position: vec2(x, y), facing, alive: self.alive() };
        self.track.push(sample);
    }

    pub(crate) fn alive(&self) -> bool {
        self.state.alive.unwrap_or(true)
    }

    pub(crate) fn striking(&self) -> bool {
        self.state.striking.unwrap_or(false)
    }
}

/// Every number in it is one: nothing that comes from the wire may put a NaN on the screen.
pub(crate) fn is_finite(snapshot: &Snapshot) -> bool {
    let finite = |value: Option<f32>| value.is_none_or(f32::is_finite);
    let orb = &snapshot.orb;
    let you = snapshot.you.is_none_or(|you| {
        [you.position, you.velocity, you.push, you.recoil, you.facing, you.direction]
            .iter()
            .all(|v| v.is_finite())
    });
    you && [orb.x, orb.y, orb.vx, orb.vy].iter().all(|value| value.is_finite())
        && snapshot.players.iter().all(|state| finite(state.x) && finite(state.y) && finite(state.facing))
}
