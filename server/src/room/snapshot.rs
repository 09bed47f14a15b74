//! Turns the world into what members are sent: encoded once for everybody, plus a few private bytes each.

use bytes::Bytes;
use protocol::codec::SharedSnapshot;
use protocol::{Encoding, OrbState, OwnState, PlayerState, Snapshot};
use sim::{Orb, PlayerId, Tick, World};

use super::roster::Roster;

/// Remembers the last tick, to send what changed.
#[derive(Default)]
pub struct SnapshotWriter {
    before: Vec<PlayerState>,
    now: Vec<PlayerState>,
}

/// One tick, ready to be encoded in whatever form somebody needs; each form is encoded once.
pub struct TickSnapshots {
    delta: Snapshot,
    keyframe: Option<Snapshot>,
    encoded: [Option<SharedSnapshot>; 4],
}

impl SnapshotWriter {
    /// Takes a picture of the world after a tick.
    pub fn write(&mut self, world: &World, roster: &Roster, release: u32) -> TickSnapshots {
        std::mem::swap(&mut self.before, &mut self.now);
        self.now.clear();
        self.now.extend(
            world
                .players
                .iter()
                .zip(roster.members())
                .map(|(player, member)| PlayerState::unnamed(player, member.connected())),
        );
        let (players, removed) = difference(&self.before, &self.now);
        let delta = Snapshot {
            tick: world.tick,
            full: false,
            release,
            players,
            removed,
            orb: orb_state(&world.orb),
            you: None,
        };
        TickSnapshots { delta, keyframe: None, encoded: [const { None }; 4] }
    }
}

impl TickSnapshots {
    /// The tick.
    #[must_use]
    pub fn tick(&self) -> Tick {
        self.delta.tick
    }

    /// The frame for one member.
    pub fn frame(
        &mut self,
        writer: &SnapshotWriter,
        roster_names: impl Fn(PlayerId) -> String,
        full: bool,
        encoding: Encoding,
        own: &OwnState,
    ) -> Bytes {
        let form = usize::from(full) * 2 + usize::from(encoding == Encoding::Binary);
        if self.encoded[form].is_none() {
            let snapshot = if full { self.keyframe(writer, roster_names) } else { &self.delta };
            self.encoded[form] = Some(SharedSnapshot::encode(snapshot, encoding));
        }
        match &self.encoded[form] {
            Some(shared) => Bytes::from(shared.for_player(Some(own))),
            None => Bytes::new(),
        }
    }

    fn keyframe(&mut self, writer: &SnapshotWriter, names: impl Fn(PlayerId) -> String) -> &Snapshot {
        self.keyframe.get_or_insert_with(|| Snapshot {
            full: true,
            players: writer
                .now
                .iter()
                .map(|state| PlayerState { name: Some(names(state.id)), ..state.clone() })
                .collect(),
            removed: Vec::new(),
            ..self.delta.clone()
        })
    }
}

/// What changed between two lists in ascending order of id: new and changed players, and those who are gone.
fn difference(before: &[PlayerState], now: &[PlayerState]) -> (Vec<PlayerState>, Vec<PlayerId>) {
    let mut changed = Vec::new();
    let mut removed = Vec::new();
    let mut earlier = before.iter().peekable();
    for state in now {
        while let Some(gone) = earlier.next_if(|old| old.id < state.id) {
            removed.push(gone.id);
        }
        match earlier.next_if(|old| old.id == state.id) {
            Some(old) => changed.extend(state.changes_since(old)),
            None => changed.push(state.clone()),
        }
    }
    removed.extend(earlier.map(|gone| gone.id));
    (changed, removed)
}

fn orb_state(orb: &Orb) -> OrbState {
    OrbState {
        x: orb.position.x,
        y: orb.position.y,
        vx: orb.velocity.x,
        vy: orb.velocity.y,
        batted_by: orb.batted_by,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(id: u32, hp: i32) -> PlayerState {
        PlayerState { id: PlayerId(id), hp: Some(hp), ..PlayerState::default() }
    }

    #[test]
    fn only_what_changed_is_sent_and_who_left_is_named() {
        let before = [state(1, 100), state(2, 100), state(4, 100), state(7, 100)];
        let now = [state(2, 100), state(4, 80), state(5, 100)];
        let (changed, removed) = difference(&before, &now);
        assert_eq!(changed, [state(4, 80), state(5, 100)]);
        assert_eq!(removed, [PlayerId(1), PlayerId(7)]);
    }
}
