//! Newtypes for identities and counts, so that none is ever mistaken for another.

use bitcode::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// One step of the simulation. All rooms of a server count the same ticks.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode,
)]
#[serde(transparent)]
pub struct Tick(pub u32);

impl Tick {
    /// The tick `count` ticks later.
    #[must_use]
    pub fn plus(self, count: u32) -> Self {
        Self(self.0.saturating_add(count))
    }

    /// Ticks from `earlier` to `self`; 0 when `earlier` is not earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> u32 {
        self.0.saturating_sub(earlier.0)
    }
}

impl std::fmt::Display for Tick {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Number of a player, unique on a server for ever: ids are never reused, so nobody interpolates between two players.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode,
)]
#[serde(transparent)]
pub struct PlayerId(pub u32);

impl PlayerId {
    /// The first id that belongs to a bot; people have lower ones. So everybody knows a bot by its id, and nobody has to be
    /// told.
    pub const FIRST_BOT: Self = Self(1 << 31);

    /// A bot, not a person.
    #[must_use]
    pub fn is_bot(self) -> bool {
        self >= Self::FIRST_BOT
    }
}

impl std::fmt::Display for PlayerId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Sequence number of a player's input, counted by the client from 1.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode,
)]
#[serde(transparent)]
pub struct Seq(pub u32);
