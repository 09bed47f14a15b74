//! Rounds: a fixed time of play, a winner, a pause, and again.

use crate::effect::Effect;
use crate::ids::{PlayerId, Tick};
use crate::rules::{Rules, RulesError};
use crate::spawn;
use crate::teams;
use crate::world::World;

/// What the round is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Blows count.
    Playing,
    /// The result stands; nobody can be hurt.
    Over {
        /// Who won, unless nobody scored.
        winner: Option<PlayerId>,
    },
}

/// The running round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// From 1.
    pub number: u32,
    /// What it is doing.
    pub phase: Phase,
    /// The tick at which the phase ends.
    pub ends: Tick,
}

impl Round {
    /// The first round, beginning now and lasting `duration` ticks.
    #[must_use]
    pub fn first(now: Tick, duration: u32) -> Self {
        Self { number: 1, phase: Phase::Playing, ends: now.plus(duration) }
    }

    /// Blows count.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.phase == Phase::Playing
    }
}

/// Ends the phase when its time is over.
///
/// # Errors
/// When the `spawn_point` rule fails; the world is half stepped then.
pub(crate) fn advance(world: &mut World, rules: &mut impl Rules) -> Result<(), RulesError> {
    if world.tick < world.round.ends {
        return Ok(());
    }
    if world.round.is_playing() {
        let winner = leader(world);
        world.round.phase = Phase::Over { winner };
        world.round.ends = world.tick.plus(world.ticks(rules.tuning().round_pause).max(1));
        world.effects.push(Effect::RoundEnded { number: world.round.number, winner });
        return Ok(());
    }
    let number = world.round.number + 1;
    let ends = world.tick.plus(world.ticks(rules.tuning().round_duration).max(1));
    // By the points of the round before.
    world.deal_teams(rules.tuning());
    world.round = Round { number, phase: Phase::Playing, ends };
    for player in &mut world.players {
        player.score = 0;
        player.kills = 0;
        player.deaths = 0;
        player.streak = 0;
        spawn::revive(player, rules, &mut world.rng, world.tick_rate)?;
    }
    world.effects.push(Effect::RoundStarted { number });
    Ok(())
}

/// The player with the highest positive score, in the winning team if there are teams; among equals the one who was here
/// first.
#[must_use]
pub fn leader(world: &World) -> Option<PlayerId> {
    let in_teams = world.players.iter().any(|player| player.team > 0);
    let winners = if in_teams { Some(teams::winner(&world.players)?) } else { None };
    let mut best: Option<(i32, PlayerId)> = None;
    for player in world.players.iter().filter(|player| winners.is_none_or(|team| player.team == team)) {
        if player.score > best.map_or(0, |(score, _)| score) {
            best = Some((player.score, player.id));
        }
    }
    best.map(|(_, id)| id)
}
