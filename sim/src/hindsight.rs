//! Lag compensation: where everybody was a moment ago.
//!
//! A player strikes at what is on its screen, and that is the past: others are drawn behind the newest snapshot, which is old
//! already when it arrives. An input that says which moment it saw ([`PlayerInput::seen`](crate::PlayerInput::seen)) is
//! therefore judged against the places of that moment, but never against more than the places: a shield or a death
//! that the striker could not see yet protects all the same, and nobody is struck where its former life was. The price is paid
//! by whoever is struck a moment after getting away; the cap bounds it.

use std::collections::VecDeque;

use crate::effect::Effect;
use crate::ids::{PlayerId, Tick};
use crate::vec2::Vec2;
use crate::world::World;

/// Places of everybody after each of the last ticks.
#[derive(Clone, Debug)]
pub struct Hindsight {
    /// How far back it goes, ticks.
    cap: u32,
    /// In order of ticks; places in order of ids.
    moments: VecDeque<(Tick, Vec<(PlayerId, Vec2)>)>,
}

impl Hindsight {
    /// Knows nothing: everything is judged by the present.
    #[must_use]
    pub const fn none() -> Self {
        Self { cap: 0, moments: VecDeque::new() }
    }

    /// Remembers `cap` ticks; 0 remembers nothing.
    #[must_use]
    pub fn of(cap: u32) -> Self {
        Self { cap, moments: VecDeque::with_capacity(cap as usize + 1) }
    }

    /// How far back it goes, ticks.
    #[must_use]
    pub fn cap(&self) -> u32 {
        self.cap
    }

    /// Remembers the world after a tick. Allocates only while there are more ticks or players than ever before.
    pub fn record(&mut self, world: &World) {
        if self.cap == 0 {
            return;
        }
        self.forget_former_lives(&world.effects);
        let full = self.moments.len() > self.cap as usize;
        let mut places =
            if full { self.moments.pop_front().map(|(_, places)| places) } else { None }.unwrap_or_default();
        places.clear();
        places.extend(world.players.iter().map(|player| (player.id, player.position)));
        self.moments.push_back((world.tick, places));
    }

    /// Whoever has just come to life is somewhere else than its last body was.
    fn forget_former_lives(&mut self, effects: &[Effect]) {
        for effect in effects {
            for (_, places) in &mut self.moments {
                match *effect {
                    Effect::Respawn { player } => {
                        if let Ok(index) = places.binary_search_by_key(&player, |(id, _)| *id) {
                            places.remove(index);
                        }
                    }
                    Effect::RoundStarted { .. } => places.clear(),
                    _ => break,
                }
            }
        }
    }

    /// Forgets everything: ticks were left out.
    pub fn clear(&mut self) {
        self.moments.clear();
    }

    /// Where somebody was at `moment` (a tick with its fraction), but at most the cap before the newest tick that is
    /// remembered. `None` when that is not known, or is not the past.
    #[must_use]
    pub fn place(&self, id: PlayerId, moment: f64) -> Option<Vec2> {
        let newest = self.moments.back()?.0;
        let moment = moment.max(f64::from(newest.0) - f64::from(self.cap));
        if !moment.is_finite() || moment >= f64::from(newest.0) {
            return None;
        }
        let oldest = self.moments.front()?.0;
        // Ticks follow each other without gaps.
        let before = (moment as u32).checked_sub(oldest.0)? as usize;
        let share = moment.fract() as f32;
        let from = self.place_after(before, id)?;
        let to = self.place_after(before + 1, id)?;
        Some(from + (to - from) * share)
    }

    /// All places that are remembered of a player who is at `index` in the world, most likely.
    pub(crate) fn places_of(&self, index: usize, id: PlayerId) -> impl Iterator<Item = Vec2> {
        self.moments.iter().enumerate().filter_map(move |(moment, (_, places))| match places.get(index) {
            Some((other, place)) if *other == id => Some(*place),
            _ => self.place_after(moment, id),
        })
    }

    fn place_after(&self, moment: usize, id: PlayerId) -> Option<Vec2> {
        let (_, places) = self.moments.get(moment)?;
        let index = places.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        Some(places[index].1)
    }
}
