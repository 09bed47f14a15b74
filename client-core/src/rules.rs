//! The rules to predict with: a script, or the native ones.

use hotlogic::RhaiRules;
use sim::rules::{KillOutcome, KillQuery, MoveQuery, OrbMotion, StrikeOutcome, StrikeQuery};
use sim::{NativeRules, Rules, RulesError, Tuning, Vec2};

/// Rules in use.
#[derive(Clone)]
pub(crate) enum LiveRules {
    Native(NativeRules),
    Script(Box<RhaiRules>),
}

impl LiveRules {
    pub(crate) fn script(rules: RhaiRules) -> Self {
        Self::Script(Box::new(rules))
    }
}

impl Default for LiveRules {
    fn default() -> Self {
        Self::Native(NativeRules::default())
    }
}

macro_rules! delegate {
    ($self:ident.$hook:ident($($argument:expr),*)) => {
        match $self {
            LiveRules::Native(rules) => rules.$hook($($argument),*),
            LiveRules::Script(rules) => rules.$hook($($argument),*),
        }
    };
}

impl Rules for LiveRules {
    fn tuning(&self) -> &Tuning {
        delegate!(self.tuning())
    }

    fn move_player(&mut self, query: MoveQuery) -> Result<Vec2, RulesError> {
        delegate!(self.move_player(query))
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
}
