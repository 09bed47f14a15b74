//! Playing recorded inputs, and counting what happens.

use sim::rules::{Rules, RulesError};
use sim::{DEFAULT_TICK_RATE, Effect, PlayerId, PlayerInput, Tick, World};

/// Decides all chance in the recorded fight.
pub(crate) const SEED: u64 = 2_024;
/// Fighters, with ids from 1.
pub(crate) const PLAYERS: u32 = 8;

/// What happened so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) inputs: u32,
    strikes: u32,
    hits: u32,
    kills: u32,
    respawns: u32,
    dashes: u32,
    orb_bats: u32,
    orb_hits: u32,
}

impl Counts {
    /// All that a fight which proves something must contain.
    pub(crate) fn by_name(&self) -> [(&'static str, u32); 7] {
        [
            ("strikes", self.strikes),
            ("hits", self.hits),
            ("kills", self.kills),
            ("respawns", self.respawns),
            ("dashes", self.dashes),
            ("orb bats", self.orb_bats),
            ("orb hits", self.orb_hits),
        ]
    }
}

/// A world that is fed with inputs.
pub(crate) struct Replay {
    pub(crate) world: World,
    pub(crate) counts: Counts,
}

impl Replay {
    /// The beginning of the recorded fight.
    pub(crate) fn new(rules: &mut impl Rules) -> Self {
        let tuning = rules.tuning().clone();
        let mut world = World::new(SEED, Tick(0), DEFAULT_TICK_RATE, &tuning);
        for id in 1..=PLAYERS {
            world.join(rules, PlayerId(id)).expect("everybody can enter");
        }
        Self { world, counts: Counts::default() }
    }

    /// One tick.
    pub(crate) fn step(
        &mut self,
        rules: &mut impl Rules,
        inputs: &[(PlayerId, PlayerInput)],
    ) -> Result<(), RulesError> {
        let rested = self.world.players.iter().filter(|player| player.dash_left == 0).count();
        self.world.step(rules, inputs)?;
        let resting = self.world.players.iter().filter(|player| player.dash_left == 0).count();
        let counts = &mut self.counts;
        counts.inputs += inputs.len() as u32;
        counts.dashes += u32::from(resting < rested);
        for effect in &self.world.effects {
            match effect {
                Effect::Strike { .. } => counts.strikes += 1,
                Effect::Hit { by_orb: false, .. } => counts.hits += 1,
                Effect::Hit { by_orb: true, .. } => counts.orb_hits += 1,
                Effect::Kill { .. } => counts.kills += 1,
                Effect::Respawn { .. } => counts.respawns += 1,
                Effect::OrbBatted { .. } => counts.orb_bats += 1,
                Effect::RoundStarted { .. } | Effect::RoundEnded { .. } => {}
            }
        }
        Ok(())
    }
}
