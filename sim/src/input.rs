//! What a player wants to do in a tick: intents, never positions.

use crate::vec2::Vec2;

/// A change of intent for one player in one tick.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PlayerInput {
    /// Wanted direction of movement from now on; longer than 1 counts as 1, `None` keeps the last one.
    pub direction: Option<Vec2>,
    /// Where to look; `None` looks where the player runs.
    pub aim: Option<Vec2>,
    /// Strike in this tick, if the cooldown allows.
    pub attack: bool,
    /// Dash in this tick, if the cooldown allows.
    pub dash: bool,
    /// The moment (a tick with its fraction) at which others were drawn where this player strikes at; `None` is the present.
    /// See [`Hindsight`](crate::Hindsight).
    pub seen: Option<f64>,
}

impl PlayerInput {
    /// The intent to run in `direction`.
    #[must_use]
    pub fn moving(direction: Vec2) -> Self {
        Self { direction: Some(direction), ..Self::default() }
    }

    /// The intent to strike, looking along `aim`.
    #[must_use]
    pub fn striking(aim: Option<Vec2>) -> Self {
        Self { aim, attack: true, ..Self::default() }
    }

    /// The intent to dash where the player runs or looks.
    #[must_use]
    pub fn dashing() -> Self {
        Self { dash: true, ..Self::default() }
    }

    /// Adds a later intent of the same tick: its direction and aim win, its actions add up.
    pub fn merge(&mut self, later: Self) {
        self.direction = later.direction.or(self.direction);
        self.aim = later.aim.or(self.aim);
        self.attack |= later.attack;
        self.dash |= later.dash;
        self.seen = later.seen.or(self.seen);
    }
}
