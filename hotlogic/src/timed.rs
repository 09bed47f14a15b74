//! Rules that note how long they were busy, with a clock that their user brings along.

use crate::hooks::Hook;
use sim::bots::{BotQuery, BotWish};
use sim::rules::{
    KillOutcome, KillQuery, MoveQuery, OrbMotion, Rules, RulesError, StrikeOutcome, StrikeQuery,
};
use sim::{Tuning, Vec2};
use std::time::Duration;

/// What one hook was asked, and how long it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HookTime {
    /// Questions; players who are moved together count one by one.
    pub calls: u64,
    /// Time for all of them.
    pub busy: Duration,
}

/// One entry for each of [`Hook::ALL`].
pub type HookTimes = [HookTime; Hook::ALL.len()];

/// Passes every question on to `rules` and adds what it took to `times`.
pub struct Timed<'a, R, C> {
    rules: &'a mut R,
    clock: C,
    times: &'a mut HookTimes,
}

impl<'a, R: Rules, C: FnMut() -> Duration> Timed<'a, R, C> {
    /// `clock` tells the time since any fixed moment.
    pub fn new(rules: &'a mut R, clock: C, times: &'a mut HookTimes) -> Self {
        Self { rules, clock, times }
    }

    fn time<T>(&mut self, hook: Hook, calls: usize, ask: impl FnOnce(&mut R) -> T) -> T {
        let begin = (self.clock)();
        let answer = ask(self.rules);
        let time = &mut self.times[hook as usize];
        time.calls += calls as u64;
        time.busy += (self.clock)().saturating_sub(begin);
        answer
    }
}

impl<R: Rules, C: FnMut() -> Duration> Rules for Timed<'_, R, C> {
    fn tuning(&self) -> &Tuning {
        self.rules.tuning()
    }

    fn move_player(&mut self, query: MoveQuery) -> Result<Vec2, RulesError> {
        self.time(Hook::MovePlayer, 1, |rules| rules.move_player(query))
    }

    fn move_players(&mut self, queries: &[MoveQuery], velocities: &mut Vec<Vec2>) -> Result<(), RulesError> {
        self.time(Hook::MovePlayer, queries.len(), |rules| rules.move_players(queries, velocities))
    }

    fn strike(&mut self, query: StrikeQuery) -> Result<StrikeOutcome, RulesError> {
        self.time(Hook::Strike, 1, |rules| rules.strike(query))
    }

    fn move_orb(&mut self, orb: OrbMotion, dt: f32) -> Result<OrbMotion, RulesError> {
        self.time(Hook::MoveOrb, 1, |rules| rules.move_orb(orb, dt))
    }

    fn spawn_point(&mut self, random: [f32; 2]) -> Result<Vec2, RulesError> {
        self.time(Hook::SpawnPoint, 1, |rules| rules.spawn_point(random))
    }

    fn on_kill(&mut self, query: KillQuery) -> Result<KillOutcome, RulesError> {
        self.time(Hook::OnKill, 1, |rules| rules.on_kill(query))
    }

    fn bot_think(&mut self, query: &BotQuery) -> Result<Option<BotWish>, RulesError> {
        self.time(Hook::BotThink, 1, |rules| rules.bot_think(query))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::vec2::vec2;
    use sim::{NativeRules, PlayerId, Tick, World};

    #[test]
    fn every_question_is_counted_and_timed_and_the_fight_is_the_same() {
        let mut rules = NativeRules::default();
        let mut worlds = [0, 1].map(|_| World::new(1, Tick(0), 30, rules.tuning()));
        for world in &mut worlds {
            for id in 1..=3 {
                world.join(&mut rules, PlayerId(id)).expect("native rules never fail");
            }
        }
        let (mut times, mut now) = (HookTimes::default(), Duration::ZERO);
        for _ in 0..10 {
            let clock = || {
                now += Duration::from_micros(1);
                now
            };
            worlds[0].step(&mut Timed::new(&mut rules, clock, &mut times), &[]).expect("native rules");
            worlds[1].step(&mut rules, &[]).expect("native rules");
        }
        assert_eq!(worlds[0], worlds[1]);
        let time = |hook: Hook| times[hook as usize];
        let ten = Duration::from_micros(10);
        assert_eq!(time(Hook::MovePlayer), HookTime { calls: 30, busy: ten }, "asked once a tick");
        assert_eq!(time(Hook::MoveOrb), HookTime { calls: 10, busy: ten });
        assert_eq!(time(Hook::OnKill), HookTime::default());
        let mut timed = Timed::new(&mut rules, || Duration::ZERO, &mut times);
        let orb = OrbMotion { position: vec2(300.0, 300.0), velocity: vec2(1.0, 0.0) };
        assert_eq!(timed.move_orb(orb, 0.1), NativeRules::default().move_orb(orb, 0.1));
    }
}
