//! What happened in a tick, in the order in which it happened.

use crate::ids::PlayerId;

/// One thing that happened in the last tick and that somebody may want to see or hear.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effect {
    /// A player swung, whether or not anybody was hit.
    Strike {
        /// Who swung.
        player: PlayerId,
    },
    /// A player lost hit points.
    Hit {
        /// Who struck, or who batted the orb.
        attacker: PlayerId,
        /// Who was hurt.
        target: PlayerId,
        /// Hit points taken.
        damage: i32,
        /// Hit points left.
        hp: i32,
        /// The orb did it.
        by_orb: bool,
        /// How far from there the orb was batted, units; 0 for a strike.
        shot: f32,
    },
    /// A player died.
    Kill {
        /// Who gets the credit.
        killer: PlayerId,
        /// Who died.
        victim: PlayerId,
        /// The orb did it.
        by_orb: bool,
        /// Kills of the killer since its last death, this one included; 0 when it has left.
        streak: i32,
        /// Points that the killer got for it.
        points: i32,
    },
    /// A player came back to life.
    Respawn {
        /// Who.
        player: PlayerId,
    },
    /// A player batted the orb.
    OrbBatted {
        /// Who.
        player: PlayerId,
    },
    /// A round began: scores are 0 and everybody is alive.
    RoundStarted {
        /// Its number, from 1.
        number: u32,
    },
    /// A round ended.
    RoundEnded {
        /// Its number.
        number: u32,
        /// The player with the highest score, in the winning team if there are teams; nobody when nobody scored, or in a
        /// draw between teams.
        winner: Option<PlayerId>,
    },
}
