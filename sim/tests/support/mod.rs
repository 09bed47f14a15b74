//! An arena with two or three players at known places.

use sim::vec2::vec2;
use sim::{Effect, NativeRules, PlayerId, PlayerInput, Tick, Tuning, Vec2, World};

/// A fight by native rules.
pub(crate) struct Arena {
    pub(crate) world: World,
    pub(crate) rules: NativeRules,
}

impl Arena {
    /// Players 1, 2, ... at the given places, unshielded and looking to the right; the orb rests far away.
    pub(crate) fn with_players(places: &[Vec2]) -> Self {
        Self::with_tuning(places, |_| ())
    }

    /// The same with other numbers.
    pub(crate) fn with_tuning(places: &[Vec2], change: impl FnOnce(&mut Tuning)) -> Self {
        let mut rules = NativeRules::default();
        rules.tuning.orb_speed = 0.0;
        change(&mut rules.tuning);
        let mut world = World::new(7, Tick(0), sim::DEFAULT_TICK_RATE, &rules.tuning);
        for (place, id) in places.iter().zip(1..) {
            world.join(&mut rules, PlayerId(id)).expect("native rules do not fail");
            let player = world.player_mut(PlayerId(id)).expect("just joined");
            (player.position, player.facing, player.shield_left) = (*place, vec2(1.0, 0.0), 0);
        }
        (world.orb.position, world.orb.velocity) = (vec2(1500.0, 900.0), Vec2::ZERO);
        Self { world, rules }
    }

    /// One tick in which player 1 does something.
    pub(crate) fn step(&mut self, input: PlayerInput) {
        self.world.step(&mut self.rules, &[(PlayerId(1), input)]).expect("native rules do not fail");
    }

    /// Ticks in which nobody changes anything.
    pub(crate) fn wait(&mut self, ticks: u32) {
        for _ in 0..ticks {
            self.step(PlayerInput::default());
        }
    }

    /// What happened in the last tick.
    pub(crate) fn saw(&self, wanted: impl Fn(&Effect) -> bool) -> bool {
        self.world.effects.iter().any(wanted)
    }
}
