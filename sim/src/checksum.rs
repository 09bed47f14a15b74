//! A fingerprint of the whole world, to prove that two machines played the same fight.

use crate::ids::PlayerId;
use crate::round::Phase;
use crate::vec2::Vec2;
use crate::world::{Orb, Player, World};

/// FNV-1a, 64 bit (Fowler, Noll, Vo; draft-eastlake-fnv), over little-endian words.
struct Fnv(u64);

impl Fnv {
    fn word(&mut self, word: u64) {
        for byte in word.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn vec2(&mut self, v: Vec2) {
        self.word(u64::from(v.x.to_bits()) | u64::from(v.y.to_bits()) << 32);
    }

    fn id(&mut self, id: Option<PlayerId>) {
        self.word(id.map_or(u64::MAX, |id| u64::from(id.0)));
    }

    fn player(&mut self, player: &Player) {
        let Player {
            id,
            position,
            velocity,
            push,
            recoil,
            facing,
            direction,
            hp,
            score,
            kills,
            deaths,
            streak,
            strike_cooldown,
            dash_cooldown,
            dash_left,
            shield_left,
            respawn_left,
            recoil_left,
            reaction,
            striking,
            team,
        } = *player;
        self.id(Some(id));
        for v in [position, velocity, push, facing, direction] {
            self.vec2(v);
        }
        for n in [hp, score, streak] {
            self.word(n as u64);
        }
        for n in [kills, deaths, strike_cooldown, dash_cooldown, dash_left, shield_left, respawn_left] {
            self.word(u64::from(n));
        }
        self.word(u64::from(striking));
        // Only where a line delays blows, so that fights without lines keep their fingerprints.
        if recoil_left > 0 || reaction > 0 {
            self.vec2(recoil);
            self.word(u64::from(recoil_left) << 32 | u64::from(reaction));
        }
        // Only where there are teams, for the same reason.
        if team > 0 {
            self.word(u64::from(team));
        }
    }

    fn orb(&mut self, orb: &Orb) {
        // Where it was batted is only told of, and decides nothing.
        let Orb { position, velocity, batted_by, spent_left, batted_from: _ } = *orb;
        self.vec2(position);
        self.vec2(velocity);
        self.id(batted_by);
        self.word(u64::from(spent_left));
    }
}

impl World {
    /// Fingerprint of everything that influences the future of this world, bit for bit.
    #[must_use]
    pub fn checksum(&self) -> u64 {
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        hash.word(u64::from(self.tick.0));
        hash.word(u64::from(self.tick_rate));
        hash.word(self.players.len() as u64);
        for player in &self.players {
            hash.player(player);
        }
        hash.orb(&self.orb);
        hash.word(u64::from(self.round.number));
        match self.round.phase {
            Phase::Playing => hash.word(0),
            Phase::Over { winner } => {
                hash.word(1);
                hash.id(winner);
            }
        }
        hash.word(u64::from(self.round.ends.0));
        hash.word(self.rng.state());
        hash.0
    }
}
