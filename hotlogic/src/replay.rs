//! A recorded fight, played again: by the rules that it was played by the very same, by others what would have become of it.
//!
//! Players of a recording do not react: they go on as if they saw what they saw then. By other rules they would soon strike at
//! nobody, so [`Replay::follow`] leads a fight back to where another one is.

use sim::world::clamp_inside;
use sim::{Effect, Hindsight, PlayerId, PlayerInput, Rules, RulesError, Tuning, World};

use crate::recording::{Event, Recording};

/// A recording that is being played.
pub struct Replay<'a> {
    recording: &'a Recording,
    world: World,
    hindsight: Hindsight,
    inputs: Vec<(PlayerId, PlayerInput)>,
    /// In the log.
    at: usize,
}

impl<'a> Replay<'a> {
    /// Begins, in a world that is made to fit `rules`.
    #[must_use]
    pub fn new(recording: &'a Recording, rules: &impl Rules) -> Self {
        let mut world = recording.start.clone();
        world.fit(rules.tuning());
        let hindsight = recording.hindsight.clone();
        Self { recording, world, hindsight, inputs: Vec::new(), at: 0 }
    }

    /// The fight as it is now.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Takes in what came before the next tick; `false` at the end. [`Replay::play`] then plays the tick.
    ///
    /// # Errors
    /// When a rule fails that lets a player in.
    pub fn take_in(&mut self, rules: &mut impl Rules) -> Result<bool, RulesError> {
        self.inputs.clear();
        while let Some(event) = self.recording.event_at(&mut self.at) {
            match event {
                Event::Tick => return Ok(true),
                Event::Input(id, input) => self.inputs.push((id, input)),
                // Several at once are let in in the order of their ids.
                Event::Enter(id) => self.world.join(rules, id)?,
                Event::Restore(player) => {
                    self.world.restore(player);
                    self.world.fit(rules.tuning());
                }
                Event::Leave(id) => {
                    self.world.leave(id);
                }
                Event::Change(change) => {
                    if let Some(body) = self.world.player_mut(change.id) {
                        change.apply(body);
                    }
                    self.world.fit(rules.tuning());
                }
            }
        }
        Ok(false)
    }

    /// Keeps a fight close to an `other` one at the same tick: whoever is further than `leash` units from its own self there, or
    /// has just come to life in either, is put where that is; so is the orb. A life that begins there begins here, too, as the
    /// player's next blows belong to it. Velocities, hit points and scores stay this fight's own.
    pub fn follow(&mut self, other: &World, leash: f32, tuning: &Tuning) {
        let World { players, effects, orb, .. } = &mut self.world;
        for player in players {
            let Some(model) = other.player(player.id).filter(|model| model.alive()) else { continue };
            if is_born(&other.effects, player.id) {
                player.hp = tuning.max_hp as i32;
                (player.shield_left, player.respawn_left) = (model.shield_left, 0);
            } else if !player.alive() {
                continue;
            }
            let far = (player.position - model.position).length() > leash;
            if far || is_born(effects, player.id) {
                player.position = clamp_inside(model.position, tuning.player_radius, tuning);
                player.direction = model.direction;
            }
        }
        if (orb.position - other.orb.position).length() > leash {
            *orb = other.orb;
            orb.position = clamp_inside(orb.position, tuning.orb_radius, tuning);
        }
    }

    /// Plays one tick with what was taken in.
    ///
    /// # Errors
    /// When a rule fails; the fight is over then.
    pub fn play(&mut self, rules: &mut impl Rules) -> Result<(), RulesError> {
        self.world.step_judged(rules, &self.inputs, &self.hindsight)?;
        self.hindsight.record(&self.world);
        Ok(())
    }
}

/// Whether somebody has come to life in a tick.
pub(crate) fn is_born(effects: &[Effect], id: PlayerId) -> bool {
    effects.iter().any(|effect| match effect {
        Effect::Respawn { player } => *player == id,
        Effect::RoundStarted { .. } => true,
        _ => false,
    })
}
