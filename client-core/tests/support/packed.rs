//! Binary snapshots as the real server sends them: the exact own state only when the client may not know it.

use std::collections::BTreeMap;

use protocol::codec::{KEYFRAME, SNAPSHOT, snapshot_head};
use protocol::packed::{OwnWriter, Picture, SnapshotEncoder};
use protocol::{OrbState, OwnState};
use sim::{Effect, PlayerId, Tick, World};

use super::{ME, RATE};

pub(crate) struct Packed {
    encoder: SnapshotEncoder,
    told: OwnWriter,
    names: BTreeMap<PlayerId, String>,
    release: u32,
    /// The client was touched by others or by new rules.
    touched: bool,
    /// Until then the client is told its exact state in every tick.
    doubtful_until: Tick,
}

impl Packed {
    pub(crate) fn new() -> Self {
        Self {
            encoder: SnapshotEncoder::new(0.53),
            told: OwnWriter::default(),
            names: BTreeMap::new(),
            release: 0,
            touched: false,
            doubtful_until: Tick(0),
        }
    }

    /// Every tick, whether it is sent or not.
    pub(crate) fn encode(&mut self, world: &World, release: u32, orb: &OrbState) {
        let pictures: Vec<Picture> = world.players.iter().map(|player| Picture::of(player, true)).collect();
        self.encoder.encode(world.tick, release, orb, &pictures);
        self.names =
            world.players.iter().map(|player| (player.id, format!("player {}", player.id))).collect();
        let switched = std::mem::replace(&mut self.release, release) != release;
        self.touched = switched
            || world.effects.iter().any(|effect| match *effect {
                Effect::Hit { target, .. } => target == ME,
                Effect::Kill { killer, victim, .. } => killer == ME || victim == ME,
                Effect::Respawn { player } => player == ME,
                Effect::RoundStarted { .. } => true,
                _ => false,
            });
    }

    pub(crate) fn frame(&mut self, keyframe: bool, own: Option<OwnState>) -> Vec<u8> {
        let tick = self.encoder.tick();
        if keyframe {
            self.doubtful_until = tick.plus(RATE);
        }
        let mut frame = snapshot_head(if keyframe { KEYFRAME } else { SNAPSHOT }, tick).to_vec();
        match own {
            Some(own) => {
                let late = own.lead < 0 && own.seq != self.told.seq();
                let exact = self.touched || late || tick <= self.doubtful_until;
                self.told.write(&mut frame, &own, exact, keyframe);
            }
            None => OwnWriter::write_nothing(&mut frame),
        }
        let names = &self.names;
        let shared = if keyframe { self.encoder.keyframe(|id| &names[&id]) } else { self.encoder.delta() };
        frame.extend_from_slice(shared);
        frame
    }
}
