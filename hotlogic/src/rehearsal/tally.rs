//! Counts what happens in fights.

use std::collections::BTreeMap;

use super::Numbers;
use crate::health::Watch;
use crate::replay::is_born;
use sim::{Effect, PlayerId, Tick, World};

/// Counts of one side.
#[derive(Default)]
pub(super) struct Tally {
    numbers: Numbers,
    watch: Watch,
    /// When somebody who is alive was hurt first.
    hurt: BTreeMap<PlayerId, Tick>,
    /// Times to kill, seconds.
    times: Vec<f64>,
}

impl Tally {
    /// Another fight.
    pub(super) fn begin(&mut self) {
        self.hurt.clear();
    }

    pub(super) fn before(&mut self, world: &World) {
        self.watch.before(world);
    }

    pub(super) fn after(&mut self, world: &World) {
        self.numbers.distance += self.watch.ways(world).map(|(_, way)| f64::from(way)).sum::<f64>();
        let mut striking = None;
        for effect in &world.effects {
            self.count(effect, world, &mut striking);
        }
    }

    /// `striking` is who swung last, as long as the swing has hit nobody.
    fn count(&mut self, effect: &Effect, world: &World, striking: &mut Option<PlayerId>) {
        let numbers = &mut self.numbers;
        match *effect {
            Effect::Strike { player } => {
                numbers.strikes += 1;
                *striking = Some(player);
            }
            Effect::Hit { attacker, target, damage, by_orb, .. } => {
                numbers.damage += u64::from(damage.unsigned_abs());
                numbers.orb_hits += u64::from(by_orb);
                if !by_orb && striking.take_if(|striker| *striker == attacker).is_some() {
                    numbers.strike_hits += 1;
                }
                self.hurt.entry(target).or_insert(world.tick);
            }
            Effect::Kill { victim, by_orb, .. } => {
                numbers.kills += 1;
                numbers.orb_kills += u64::from(by_orb);
                let first = self.hurt.remove(&victim).unwrap_or(world.tick);
                self.times.push(f64::from(world.tick.since(first)) / f64::from(world.tick_rate));
            }
            Effect::Respawn { player } => {
                self.hurt.remove(&player);
            }
            Effect::RoundStarted { .. } => self.hurt.clear(),
            Effect::OrbBatted { .. } | Effect::RoundEnded { .. } => {}
        }
    }

    /// Whoever came to life in the fight that this one follows begins a life here, too.
    pub(super) fn new_lives(&mut self, effects: &[Effect]) {
        self.hurt.retain(|id, _| !is_born(effects, *id));
    }

    /// All of it, over so many ticks.
    pub(super) fn numbers(mut self, operations: u64, ticks: u64) -> Numbers {
        self.times.sort_by(f64::total_cmp);
        let middle = self.times.len() / 2;
        let time_to_kill = match self.times.len() {
            0 => None,
            odd if odd % 2 == 1 => Some(self.times[middle]),
            _ => Some((self.times[middle - 1] + self.times[middle]) / 2.0),
        };
        Numbers { time_to_kill, operations: operations as f64 / ticks.max(1) as f64, ..self.numbers }
    }
}
