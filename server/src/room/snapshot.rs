//! Turns the world into what members see of it: encoded once for everybody, plus a few private bytes each.

use protocol::codec::{KEYFRAME, SNAPSHOT, SharedJson, snapshot_head};
use protocol::packed::{OwnWriter, Picture, SnapshotEncoder};
use protocol::{Encoding, OrbState, OwnState, PlayerState, Snapshot};
use sim::{Orb, PlayerId, Tuning, World};

use super::roster::{Member, Roster};

/// Pictures of each tick, to send what changed since the one before.
pub struct SnapshotWriter {
    packed: SnapshotEncoder,
    pictures: Vec<Picture>,
    json: JsonWriter,
}

/// What one member gets, besides what everybody gets.
pub struct Private<'a> {
    /// Its own state.
    pub own: &'a OwnState,
    /// It must be told all of it; otherwise a checksum is enough.
    pub exact: bool,
    /// It has missed something.
    pub keyframe: bool,
}

impl SnapshotWriter {
    /// Will follow a fight that is played at `tick_rate` by rules like those of `tuning`.
    #[must_use]
    pub fn new(tuning: &Tuning, tick_rate: u32) -> Self {
        Self {
            packed: SnapshotEncoder::new(momentum(tuning, tick_rate)),
            pictures: Vec::new(),
            json: JsonWriter::default(),
        }
    }

    /// How often a keyframe of this tick was encoded, in any encoding.
    #[must_use]
    pub fn keyframes_encoded(&self) -> u32 {
        self.packed.keyframes_encoded() + self.json.keyframes
    }

    /// Takes a picture of the world after a tick.
    pub fn write(&mut self, world: &World, roster: &Roster, release: u32) {
        let orb = orb_state(&world.orb);
        let bodies = world.players.iter().zip(roster.members());
        self.pictures.clear();
        self.pictures.extend(
            bodies.map(|(player, member)| Picture::of(player, member.connected()).wearing(member.skin)),
        );
        self.packed.encode(world.tick, release, &orb, &self.pictures);
        self.json.forget_tick();
        if roster.listens_in(Encoding::Json) {
            self.json.write(world, roster, release, orb);
        }
    }

    /// Appends the message for one member to `out`.
    pub fn message(
        &mut self,
        out: &mut Vec<u8>,
        encoding: Encoding,
        private: &Private<'_>,
        told: &mut OwnWriter,
        members: &[Member],
    ) {
        match encoding {
            Encoding::Json => self.json.shared(private.keyframe, members).write(out, private.own),
            Encoding::Binary => {
                let kind = if private.keyframe { KEYFRAME } else { SNAPSHOT };
                out.extend_from_slice(&snapshot_head(kind, self.packed.tick()));
                told.write(out, private.own, private.exact || private.keyframe, private.keyframe);
                self.packed_part(out, private.keyframe, members);
            }
        }
    }

    /// Appends the message for somebody who only watches to `out`.
    pub fn public_message(
        &mut self,
        out: &mut Vec<u8>,
        encoding: Encoding,
        keyframe: bool,
        members: &[Member],
    ) {
        match encoding {
            Encoding::Json => self.json.shared(keyframe, members).write_public(out),
            Encoding::Binary => {
                let kind = if keyframe { KEYFRAME } else { SNAPSHOT };
                out.extend_from_slice(&snapshot_head(kind, self.packed.tick()));
                OwnWriter::write_nothing(out);
                self.packed_part(out, keyframe, members);
            }
        }
    }

    fn packed_part(&mut self, out: &mut Vec<u8>, keyframe: bool, members: &[Member]) {
        let shared =
            if keyframe { self.packed.keyframe(|id| name_of(members, id)) } else { self.packed.delta() };
        out.extend_from_slice(shared);
    }
}

/// The same as text. Only worth the work while somebody reads it.
#[derive(Default)]
struct JsonWriter {
    before: Vec<PlayerState>,
    now: Vec<PlayerState>,
    delta: Snapshot,
    /// Encoded delta and keyframe.
    encoded: [Option<SharedJson>; 2],
    /// How often the keyframe of this tick was encoded.
    keyframes: u32,
}

impl JsonWriter {
    /// What was encoded is of the tick before.
    fn forget_tick(&mut self) {
        self.encoded = [None, None];
        self.keyframes = 0;
    }

    fn write(&mut self, world: &World, roster: &Roster, release: u32, orb: OrbState) {
        std::mem::swap(&mut self.before, &mut self.now);
        self.now.clear();
        let bodies = world.players.iter().zip(roster.members());
        self.now.extend(
            bodies.map(|(player, member)| {
                PlayerState::unnamed(player, member.connected()).wearing(member.skin)
            }),
        );
        let (players, removed) = difference(&self.before, &self.now);
        self.delta = Snapshot { tick: world.tick, release, players, removed, orb, ..Snapshot::default() };
    }

    /// The part that everybody gets, encoded when it is first asked for.
    fn shared(&mut self, keyframe: bool, members: &[Member]) -> &SharedJson {
        let Self { now, delta, encoded, keyframes, .. } = self;
        encoded[usize::from(keyframe)].get_or_insert_with(|| {
            if !keyframe {
                return SharedJson::encode(delta);
            }
            *keyframes += 1;
            let named = |state: &PlayerState| {
                let name = name_of(members, state.id).to_owned();
                PlayerState { name: Some(name), ..state.clone() }
            };
            let players = now.iter().map(named).collect();
            SharedJson::encode(&Snapshot { full: true, players, removed: Vec::new(), ..delta.clone() })
        })
    }
}

pub(super) fn name_of(members: &[Member], id: PlayerId) -> &str {
    let found = members.binary_search_by_key(&id, |member| member.id);
    found.map_or("", |index| &members[index].name)
}

/// A runner approaches the velocity that it wants by a share in each tick, so each change is the rest of the last.
pub(super) fn momentum(tuning: &Tuning, tick_rate: u32) -> f32 {
    1.0 - tuning.player_response / tick_rate as f32
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

pub(super) fn orb_state(orb: &Orb) -> OrbState {
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
