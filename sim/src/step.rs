//! One tick, as the ordered list of what happens in it.

use crate::hindsight::Hindsight;
use crate::ids::{PlayerId, Tick};
use crate::input::PlayerInput;
use crate::rules::{Rules, RulesError};
use crate::world::World;
use crate::{combat, movement, orb, round, spawn};

impl World {
    /// Plays one tick. What happened is in [`World::effects`] afterwards.
    ///
    /// `inputs` holds at most one entry a player, in any order of players; entries of unknown players are ignored.
    ///
    /// # Errors
    /// When a rule fails. The world is half stepped then and must be replaced by a copy made before.
    pub fn step(
        &mut self,
        rules: &mut impl Rules,
        inputs: &[(PlayerId, PlayerInput)],
    ) -> Result<(), RulesError> {
        self.step_judged(rules, inputs, &Hindsight::none())
    }

    /// The same, but strikes are judged by where others were when the striker saw them.
    ///
    /// # Errors
    /// As [`World::step`].
    pub fn step_judged(
        &mut self,
        rules: &mut impl Rules,
        inputs: &[(PlayerId, PlayerInput)],
        hindsight: &Hindsight,
    ) -> Result<(), RulesError> {
        self.tick = Tick(self.tick.0 + 1);
        self.effects.clear();
        take_up_intents(self, rules, inputs);
        move_players(self, rules)?;
        // Before the blows: whoever dies in this tick waits for the whole delay.
        spawn::respawn(self, rules)?;
        strike(self, rules, inputs, hindsight)?;
        orb::advance(&mut self.orb, rules, self.tick_rate)?;
        orb::collide(self, rules)?;
        round::advance(self, rules)
    }
}

fn take_up_intents(world: &mut World, rules: &impl Rules, inputs: &[(PlayerId, PlayerInput)]) {
    let tick_rate = world.tick_rate;
    for (id, input) in inputs {
        if let Some(player) = world.player_mut(*id) {
            movement::apply_input(player, input, rules, tick_rate);
        }
    }
}

fn move_players(world: &mut World, rules: &mut impl Rules) -> Result<(), RulesError> {
    movement::advance_all(&mut world.players, rules, world.tick_rate, &mut world.moves.0)
}

fn strike(
    world: &mut World,
    rules: &mut impl Rules,
    inputs: &[(PlayerId, PlayerInput)],
    hindsight: &Hindsight,
) -> Result<(), RulesError> {
    if !inputs.iter().any(|(_, input)| input.attack) {
        return Ok(());
    }
    let mut near = std::mem::take(&mut world.near.0);
    near.look(&world.players, hindsight);
    for (id, input) in inputs.iter().filter(|(_, input)| input.attack) {
        if let Some(striker) = world.index_of(*id) {
            combat::strike(world, striker, rules, input.seen, hindsight, &mut near)?;
        }
    }
    world.near.0 = near;
    Ok(())
}
