//! The functions that the game calls when a script defines them.

use sim::tuning::edit_distance;

/// A function with a fixed name and number of parameters that the game asks for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hook {
    /// A player's new velocity.
    MovePlayer,
    /// What a strike does.
    Strike,
    /// The orb's next position and velocity.
    MoveOrb,
    /// Where a player enters.
    SpawnPoint,
    /// What a kill is worth.
    OnKill,
    /// What a bot wants.
    BotThink,
}

impl Hook {
    /// All hooks, in the order of the documentation.
    pub const ALL: [Self; 6] =
        [Self::MovePlayer, Self::Strike, Self::MoveOrb, Self::SpawnPoint, Self::OnKill, Self::BotThink];

    /// Name of the function in a script.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MovePlayer => "move_player",
            Self::Strike => "strike",
            Self::MoveOrb => "move_orb",
            Self::SpawnPoint => "spawn_point",
            Self::OnKill => "on_kill",
            Self::BotThink => "bot_think",
        }
    }

    /// What it is called with, as documented.
    #[must_use]
    pub const fn params(self) -> &'static [&'static str] {
        match self {
            Self::MovePlayer => &["vx", "vy", "dx", "dy", "dt"],
            Self::Strike => &["distance", "facing", "attacker_hp", "target_hp"],
            Self::MoveOrb => &["x", "y", "vx", "vy", "dt"],
            Self::SpawnPoint => &["r1", "r2"],
            Self::OnKill => &["killer_hp", "streak", "by_orb"],
            Self::BotThink => &[
                "x",
                "y",
                "hp",
                "can_strike",
                "can_dash",
                "foe_x",
                "foe_y",
                "foe_vx",
                "foe_vy",
                "foe_hp",
                "foe_shielded",
                "orb_x",
                "orb_y",
                "orb_vx",
                "orb_vy",
                "orb_danger",
                "nature",
                "random",
            ],
        }
    }

    /// What it must return, as documented.
    #[must_use]
    pub const fn returns(self) -> &'static str {
        match self {
            Self::MovePlayer => "[vx, vy]",
            Self::Strike => "[damage, knockback] or a number",
            Self::MoveOrb => "[x, y, vx, vy]",
            Self::SpawnPoint => "[x, y]",
            Self::OnKill => "[points, heal] or a number",
            Self::BotThink => "[dx, dy, strike, dash]",
        }
    }

    /// Its first line in a script.
    #[must_use]
    pub fn signature(self) -> String {
        format!("{}({})", self.name(), self.params().join(", "))
    }

    /// The hook called `name`.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hook| hook.name() == name)
    }

    /// The hook that somebody who wrote `name` may have meant: at most two edits away.
    #[must_use]
    pub fn meant_by(name: &str) -> Option<Self> {
        let nearest = Self::ALL.into_iter().min_by_key(|hook| edit_distance(name, hook.name()))?;
        (edit_distance(name, nearest.name()) <= 2).then_some(nearest)
    }
}

/// Which hooks a script defines.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HookSet([bool; Hook::ALL.len()]);

impl HookSet {
    pub(crate) fn insert(&mut self, hook: Hook) {
        self.0[hook as usize] = true;
    }

    pub(crate) fn contains(self, hook: Hook) -> bool {
        self.0[hook as usize]
    }
}
