//! Rules in use, whichever kind they are: the server plays with these, and browsers predict with them.

use sim::bots::{BotQuery, BotWish};
use sim::rules::{KillOutcome, KillQuery, MoveQuery, OrbMotion, StrikeOutcome, StrikeQuery};
use sim::{NativeRules, Rules, RulesError, Tuning, Vec2};

use crate::{Hook, Pace, RhaiRules};

/// Rules in use: a script, or the native ones in safe mode.
#[derive(Clone)]
pub enum ActiveRules {
    /// A script.
    Scripted(RhaiRules),
    /// Safe mode, and whatever has no script yet.
    Native(NativeRules),
}

impl ActiveRules {
    /// A script's rules in an arena of that scale; without a script, the native ones. Servers and browsers make their
    /// rules with this, so that they are the same.
    #[must_use]
    pub fn of(script: Option<&RhaiRules>, arena_scale: Option<f32>) -> Self {
        let scale = arena_scale.unwrap_or(1.0);
        match script {
            Some(rules) => Self::Scripted(rules.scaled(scale)),
            None => Self::Native(NativeRules { tuning: Tuning::default().scaled(scale) }),
        }
    }
}

/// Calls the same hook of whatever is active.
macro_rules! delegate {
    ($self:ident.$hook:ident($($argument:expr),*)) => {
        match $self {
            ActiveRules::Scripted(rules) => rules.$hook($($argument),*),
            ActiveRules::Native(rules) => rules.$hook($($argument),*),
        }
    };
}

impl ActiveRules {
    /// How quickly a hook is answered.
    #[must_use]
    pub fn pace(&self, hook: Hook) -> Pace {
        match self {
            Self::Scripted(rules) => rules.pace(hook),
            Self::Native(_) => Pace::Native,
        }
    }
}

impl Default for ActiveRules {
    fn default() -> Self {
        Self::Native(NativeRules::default())
    }
}

impl Rules for ActiveRules {
    fn tuning(&self) -> &Tuning {
        delegate!(self.tuning())
    }

    fn move_player(&mut self, query: MoveQuery) -> Result<Vec2, RulesError> {
        delegate!(self.move_player(query))
    }

    fn move_players(&mut self, queries: &[MoveQuery], velocities: &mut Vec<Vec2>) -> Result<(), RulesError> {
        delegate!(self.move_players(queries, velocities))
    }

    fn strike(&mut self, query: StrikeQuery) -> Result<StrikeOutcome, RulesError> {
        delegate!(self.strike(query))
    }

    fn move_orb(&mut self, orb: OrbMotion, dt: f32) -> Result<OrbMotion, RulesError> {
        delegate!(self.move_orb(orb, dt))
    }

    fn spawn_point(&mut self, random: [f32; 2]) -> Result<Vec2, RulesError> {
        delegate!(self.spawn_point(random))
    }

    fn on_kill(&mut self, query: KillQuery) -> Result<KillOutcome, RulesError> {
        delegate!(self.on_kill(query))
    }

    fn bot_think(&mut self, query: &BotQuery) -> Result<Option<BotWish>, RulesError> {
        delegate!(self.bot_think(query))
    }
}
