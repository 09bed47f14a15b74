//! The time that rules may take: an alarm for the case that they hold up a room.
//!
//! One call of a hook is bounded by its operations, so looking at the clock between calls is enough. The clock never
//! decides how a tick ends: what it stops is thrown away, and the tick is played again with the last good rules. Nobody is
//! blamed for a machine that is out of breath or a room that is full: time counts only while this thread had a processor,
//! and only against rules whose calls are slow one by one.

use std::time::{Duration, Instant};

use hotlogic::{ActiveRules, Hook, Pace};
use sim::bots::{BotQuery, BotWish};
use sim::rules::{KillOutcome, KillQuery, MoveQuery, OrbMotion, StrikeOutcome, StrikeQuery};
use sim::{Rules, RulesError, Tuning, Vec2};

/// A build for development is about so many times slower.
const SLOWER: u32 = if cfg!(debug_assertions) { 10 } else { 1 };
/// Rules that take less than this for one call, on average, are never too slow: ten times what the shipped ones take.
const FAIR_CALL: Duration = Duration::from_micros(20 * SLOWER as u64);
/// Calls between two looks at the clock.
const LOOK_EVERY: u32 = 16;
/// So many of the last [`WINDOW`] ticks may be slow.
const MAX_SLOW: u32 = 20;
/// Ticks that are remembered: a second at 30 Hz.
const WINDOW: u32 = 30;

/// Measures what a tick costs. Tests have one that needs no time.
pub trait Stopwatch: Send {
    /// A tick begins.
    fn start(&mut self);
    /// The processor time since then, if that is more than `limit`.
    fn beyond(&self, limit: Duration) -> Option<Duration>;
}

/// The processor time of the running thread.
pub struct ThreadTime {
    began: Instant,
    used: Option<Duration>,
}

impl Default for ThreadTime {
    fn default() -> Self {
        Self { began: Instant::now(), used: None }
    }
}

impl Stopwatch for ThreadTime {
    fn start(&mut self) {
        *self = Self { began: Instant::now(), used: thread_cpu() };
    }

    fn beyond(&self, limit: Duration) -> Option<Duration> {
        // The time on the wall is never less, and cheaper to ask for.
        let passed = self.began.elapsed();
        if passed <= limit {
            return None;
        }
        let used = self.used.zip(thread_cpu()).map_or(passed, |(then, now)| now.saturating_sub(then));
        (used > limit).then_some(used)
    }
}

#[cfg(unix)]
fn thread_cpu() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Some(Duration::new(now.tv_sec.try_into().ok()?, now.tv_nsec.try_into().ok()?))
}

#[cfg(not(unix))]
fn thread_cpu() -> Option<Duration> {
    None
}

/// Watches over the rules of one room.
pub struct TimeGuard {
    stopwatch: Box<dyn Stopwatch>,
    /// The longest that one tick may take.
    tick: Duration,
    /// One bit for each of the last ticks: it took more than half of that.
    slow: u32,
}

impl TimeGuard {
    /// For a room with so many ticks a second.
    #[must_use]
    pub fn new(stopwatch: Box<dyn Stopwatch>, tick_rate: u32) -> Self {
        Self { stopwatch, tick: SLOWER * Duration::from_secs(1) / tick_rate.max(1), slow: 0 }
    }

    fn too_long(&self, calls: u32) -> Option<String> {
        let used = self.stopwatch.beyond(self.tick.max(FAIR_CALL * calls))?.as_millis();
        Some(format!("too slow: {used} ms for one tick, {} are allowed", self.tick.as_millis()))
    }

    fn too_often(&mut self, calls: u32) -> Option<String> {
        let half = self.tick / 2;
        let slow = self.stopwatch.beyond(half.max(FAIR_CALL * calls)).is_some();
        self.slow = (self.slow << 1 | u32::from(slow)) & ((1 << WINDOW) - 1);
        let count = self.slow.count_ones();
        (count >= MAX_SLOW).then(|| {
            self.slow = 0;
            format!("too slow: more than {} ms in {count} of {WINDOW} ticks", half.as_millis())
        })
    }
}

/// Rules for one tick, under guard.
pub struct Guarded<'a> {
    rules: &'a mut ActiveRules,
    /// `None` for the native rules: there is nothing to fall back to.
    guard: Option<&'a mut TimeGuard>,
    calls: u32,
}

impl<'a> Guarded<'a> {
    /// The tick begins now.
    pub fn new(rules: &'a mut ActiveRules, guard: Option<&'a mut TimeGuard>) -> Self {
        let scripted = matches!(rules, ActiveRules::Scripted(_));
        let mut guard = guard.filter(|_| scripted);
        if let Some(guard) = &mut guard {
            guard.stopwatch.start();
        }
        Self { rules, guard, calls: 0 }
    }

    /// The tick goes on: so many questions were asked since it began.
    pub fn going_on(rules: &'a mut ActiveRules, guard: Option<&'a mut TimeGuard>, calls: u32) -> Self {
        let scripted = matches!(rules, ActiveRules::Scripted(_));
        Self { rules, guard: guard.filter(|_| scripted), calls }
    }

    /// Questions so far.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.calls
    }

    /// The tick is over; an error when too many of the last ones were slow.
    ///
    /// # Errors
    /// A [`RulesError`] that says how slow.
    pub fn finish(self) -> Result<(), RulesError> {
        let message = self.guard.and_then(|guard| guard.too_often(self.calls));
        message.map_or(Ok(()), |message| Err(alarm("the whole tick", message)))
    }

    fn look(&mut self, hook: &'static str) -> Result<&mut ActiveRules, RulesError> {
        self.calls += 1;
        if self.calls.is_multiple_of(LOOK_EVERY)
            && let Some(message) = self.guard.as_ref().and_then(|guard| guard.too_long(self.calls))
        {
            return Err(alarm(hook, message));
        }
        Ok(self.rules)
    }
}

fn alarm(hook: &'static str, message: String) -> RulesError {
    RulesError { hook, message, line: None, column: None }
}

impl Rules for Guarded<'_> {
    fn tuning(&self) -> &Tuning {
        self.rules.tuning()
    }

    fn move_player(&mut self, query: MoveQuery) -> Result<Vec2, RulesError> {
        self.look("move_player")?.move_player(query)
    }

    fn move_players(&mut self, queries: &[MoveQuery], velocities: &mut Vec<Vec2>) -> Result<(), RulesError> {
        if matches!(self.rules.pace(Hook::MovePlayer), Pace::Interpreted(_)) {
            velocities.clear();
            for query in queries {
                velocities.push(self.move_player(*query)?);
            }
            return Ok(());
        }
        // What is compiled has no loops, so a look is not needed before all are done.
        self.rules.move_players(queries, velocities)?;
        self.calls += queries.len() as u32;
        match self.guard.as_ref().and_then(|guard| guard.too_long(self.calls)) {
            Some(message) => Err(alarm("move_player", message)),
            None => Ok(()),
        }
    }

    fn strike(&mut self, query: StrikeQuery) -> Result<StrikeOutcome, RulesError> {
        self.look("strike")?.strike(query)
    }

    fn move_orb(&mut self, orb: OrbMotion, dt: f32) -> Result<OrbMotion, RulesError> {
        self.look("move_orb")?.move_orb(orb, dt)
    }

    fn spawn_point(&mut self, random: [f32; 2]) -> Result<Vec2, RulesError> {
        self.look("spawn_point")?.spawn_point(random)
    }

    fn on_kill(&mut self, query: KillQuery) -> Result<KillOutcome, RulesError> {
        self.look("on_kill")?.on_kill(query)
    }

    fn bot_think(&mut self, query: &BotQuery) -> Result<Option<BotWish>, RulesError> {
        self.look("bot_think")?.bot_think(query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    const TICK_RATE: u32 = 30;

    /// Every tick has used so much, whenever it is asked.
    struct Used(Duration);

    impl Stopwatch for Used {
        fn start(&mut self) {}

        fn beyond(&self, limit: Duration) -> Option<Duration> {
            (self.0 > limit).then_some(self.0)
        }
    }

    /// Every call takes so long.
    struct EachCall(Duration, Cell<u32>);

    impl Stopwatch for EachCall {
        fn start(&mut self) {
            self.1.set(0);
        }

        fn beyond(&self, limit: Duration) -> Option<Duration> {
            self.1.set(self.1.get() + LOOK_EVERY);
            let used = self.0 * self.1.get();
            (used > limit).then_some(used)
        }
    }

    fn scripted() -> ActiveRules {
        let rules = hotlogic::RhaiRules::compile("const TUNING = #{ max_hp: 50.0 };").unwrap();
        ActiveRules::Scripted(rules)
    }

    /// Plays a tick of so many calls.
    fn tick(rules: &mut ActiveRules, guard: &mut TimeGuard, calls: u32) -> Result<(), RulesError> {
        let mut rules = Guarded::new(rules, Some(guard));
        let query = MoveQuery { velocity: Vec2::ZERO, direction: Vec2::ZERO, dt: 0.033 };
        for _ in 0..calls {
            rules.move_player(query)?;
        }
        rules.finish()
    }

    fn guard(used: Duration) -> TimeGuard {
        TimeGuard::new(Box::new(Used(used)), TICK_RATE)
    }

    #[test]
    fn rules_that_hold_up_the_room_are_stopped_in_the_middle_of_the_tick() {
        let mut guard = guard(Duration::from_secs(3));
        let error = tick(&mut scripted(), &mut guard, 100).unwrap_err();
        assert_eq!(error.hook, "move_player");
        assert!(error.message.contains("too slow: 3000 ms for one tick"), "{error}");
    }

    #[test]
    fn rules_are_not_blamed_for_a_room_that_is_full() {
        let each = |us| {
            let stopwatch = EachCall(SLOWER * Duration::from_micros(us), Cell::default());
            TimeGuard::new(Box::new(stopwatch), TICK_RATE)
        };
        tick(&mut scripted(), &mut each(15), 4_000).expect("60 ms are fair for 4,000 calls");
        tick(&mut scripted(), &mut each(30), 2_000).expect_err("but not for 2,000");
    }

    #[test]
    fn rules_that_are_slow_again_and_again_are_stopped_but_not_for_a_bad_second() {
        let (mut slow, mut rules) = (guard(SLOWER * Duration::from_millis(20)), scripted());
        for _ in 1..MAX_SLOW {
            tick(&mut rules, &mut slow, 100).expect("not often enough");
        }
        slow.stopwatch = Box::new(Used(Duration::from_millis(1)));
        for _ in 0..WINDOW {
            tick(&mut rules, &mut slow, 100).expect("it is quick again");
        }
        slow.stopwatch = Box::new(Used(SLOWER * Duration::from_millis(20)));
        for _ in 1..MAX_SLOW {
            tick(&mut rules, &mut slow, 100).expect("what was long ago does not count");
        }
        let error = tick(&mut rules, &mut slow, 100).unwrap_err();
        assert!(error.message.contains("in 20 of 30 ticks"), "{error}");
    }

    #[test]
    fn there_is_nothing_to_put_in_the_place_of_the_native_rules() {
        let mut native = ActiveRules::default();
        tick(&mut native, &mut guard(Duration::from_secs(3)), 1_000).expect("they are never stopped");
    }
}
