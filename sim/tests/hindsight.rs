//! Strikes judged by what the striker saw.

mod support;

use sim::vec2::vec2;
use sim::{Effect, Hindsight, PlayerId, PlayerInput, Vec2};
use support::Arena;

/// Ticks that strikes look back in these tests.
const CAP: u32 = 8;
const STRIKER: PlayerId = PlayerId(1);
const TARGET: PlayerId = PlayerId(2);
const NEAR: Vec2 = Vec2 { x: 540.0, y: 500.0 };
const FAR: Vec2 = Vec2 { x: 900.0, y: 500.0 };

/// A fight whose strikes look back, as a room plays it.
struct Fight {
    arena: Arena,
    hindsight: Hindsight,
}

impl Fight {
    /// The striker looks at the target, who stands `there`.
    fn with_target(there: Vec2) -> Self {
        let mut arena = Arena::with_players(&[vec2(500.0, 500.0), there]);
        arena.rules.tuning.strike_knockback = 0.0;
        Self { arena, hindsight: Hindsight::of(CAP) }
    }

    fn step(&mut self, inputs: &[(PlayerId, PlayerInput)]) {
        let Arena { world, rules } = &mut self.arena;
        world.step_judged(rules, inputs, &self.hindsight).expect("native rules do not fail");
        self.hindsight.record(world);
    }

    /// Ticks in which the target stands at a place.
    fn stand(&mut self, place: Vec2, ticks: u32) {
        for _ in 0..ticks {
            self.arena.world.player_mut(TARGET).expect("it plays").position = place;
            self.step(&[]);
        }
    }

    fn tick(&self) -> f64 {
        f64::from(self.arena.world.tick.0)
    }

    /// The striker strikes at what it saw at a moment; whether the target was hit.
    fn strikes(&mut self, seen: Option<f64>) -> bool {
        self.step(&[(STRIKER, PlayerInput { seen, ..PlayerInput::striking(None) })]);
        self.arena.saw(|effect| matches!(effect, Effect::Hit { attacker: STRIKER, target: TARGET, .. }))
    }
}

#[test]
fn a_target_that_moved_out_of_reach_after_it_was_seen_is_hit() {
    let mut fight = Fight::with_target(NEAR);
    fight.stand(NEAR, 10);
    let seen = fight.tick();
    fight.stand(FAR, 4);
    assert!(fight.strikes(Some(seen)));
    assert_eq!(fight.arena.world.players[1].position, FAR, "it is hit where it is");
}

#[test]
fn a_target_that_was_not_in_reach_when_it_was_seen_is_missed_although_it_is_now() {
    let mut fight = Fight::with_target(FAR);
    fight.stand(FAR, 10);
    let seen = fight.tick();
    fight.stand(NEAR, 4);
    assert!(!fight.strikes(Some(seen)));
}

#[test]
fn between_two_ticks_a_target_is_seen_between_two_places() {
    // It jumps by 100 units, and reach ends after 84: at four fifths of the way it is out of it.
    let from = vec2(500.0, 500.0);
    for (share, hit) in [(0.5, true), (0.83, true), (0.85, false), (0.99, false)] {
        let mut fight = Fight::with_target(from);
        fight.stand(from, 10);
        let before = fight.tick();
        fight.stand(from + vec2(100.0, 0.0), 2);
        assert_eq!(fight.strikes(Some(before + share)), hit, "{share}");
    }
}

#[test]
fn nobody_is_hit_for_where_it_was_before_the_cap() {
    for (ago, hit) in [(CAP - 1, true), (CAP, true), (CAP + 1, false), (CAP * 2, false)] {
        let mut fight = Fight::with_target(NEAR);
        fight.stand(NEAR, 20);
        let seen = fight.tick();
        fight.stand(FAR, ago);
        assert_eq!(fight.strikes(Some(seen)), hit, "{ago} ticks later");
    }
}

#[test]
fn a_moment_before_the_cap_counts_as_the_cap() {
    for seen in [f64::NEG_INFINITY, f64::MIN, -1.0, -0.5, 0.0, 0.5, 3.0] {
        let mut fight = Fight::with_target(FAR);
        fight.stand(FAR, 20);
        fight.stand(NEAR, 1);
        fight.stand(FAR, CAP);
        assert!(fight.strikes(Some(seen)), "{seen}: it was near then");
    }
    let mut fight = Fight::with_target(NEAR);
    fight.stand(NEAR, 1);
    assert!(fight.strikes(Some(-5.0)), "in the first ticks there is less to look back to");
}

#[test]
fn a_moment_that_is_not_the_past_is_the_present() {
    for now_near in [true, false] {
        for seen in [None, Some(31.0), Some(32.5), Some(1e300), Some(f64::MAX), Some(f64::INFINITY)] {
            let (before, now) = if now_near { (FAR, NEAR) } else { (NEAR, FAR) };
            let mut fight = Fight::with_target(before);
            fight.stand(before, 30);
            fight.stand(now, 1);
            assert_eq!(fight.strikes(seen), now_near, "{seen:?}");
        }
    }
}

#[test]
fn a_moment_that_is_not_a_number_reaches_no_further_than_the_cap() {
    let mut fight = Fight::with_target(NEAR);
    fight.stand(NEAR, 20);
    fight.stand(FAR, CAP + 1);
    assert!(!fight.strikes(Some(f64::NAN)));
}

#[test]
fn a_shield_of_the_present_protects_although_the_seen_moment_was_before_it() {
    let mut fight = Fight::with_target(NEAR);
    fight.stand(NEAR, 10);
    let seen = fight.tick();
    fight.arena.world.players[1].shield_left = 20;
    fight.stand(FAR, 3);
    assert!(!fight.strikes(Some(seen)));
}

#[test]
fn whoever_is_dead_by_now_is_not_struck_where_it_was_seen_alive() {
    let mut fight = Fight::with_target(NEAR);
    fight.stand(NEAR, 10);
    let seen = fight.tick();
    let target = &mut fight.arena.world.players[1];
    (target.hp, target.respawn_left) = (0, 90);
    fight.stand(NEAR, 3);
    assert!(!fight.strikes(Some(seen)));
}

#[test]
fn whoever_was_not_there_then_is_judged_by_the_present() {
    for (there, hit) in [(NEAR, true), (FAR, false)] {
        let mut fight = Fight::with_target(NEAR);
        let target = fight.arena.world.leave(TARGET).expect("it plays");
        for _ in 0..10 {
            fight.step(&[]);
        }
        let seen = fight.tick();
        fight.arena.world.restore(target);
        fight.stand(there, 3);
        assert_eq!(fight.strikes(Some(seen)), hit);
    }
}

#[test]
fn a_fight_that_remembers_nothing_is_judged_by_the_present() {
    for (there, hp) in [(NEAR, 80), (FAR, 100)] {
        let mut arena = Arena::with_players(&[vec2(500.0, 500.0), there]);
        arena.wait(10);
        arena.step(PlayerInput { seen: Some(5.0), ..PlayerInput::striking(None) });
        assert_eq!(arena.world.players[1].hp, hp);
    }
}

#[test]
fn after_ticks_that_were_left_out_everybody_is_judged_by_the_present() {
    let mut fight = Fight::with_target(NEAR);
    fight.stand(NEAR, 10);
    let seen = fight.tick();
    fight.arena.world.tick = sim::Tick(200);
    fight.hindsight.clear();
    fight.stand(FAR, 2);
    assert!(!fight.strikes(Some(seen)));
    assert!(!fight.strikes(Some(150.0)));
}

#[test]
fn nobody_is_struck_in_a_new_life_where_its_corpse_lay() {
    for shield in [0.0, 1.5] {
        let mut fight = Fight::with_target(NEAR);
        let tuning = &mut fight.arena.rules.tuning;
        (tuning.respawn_delay, tuning.shield_duration) = (0.2, shield);
        (tuning.spawn_min_x, tuning.spawn_max_x) = (FAR.x, FAR.x);
        (tuning.spawn_min_y, tuning.spawn_max_y) = (FAR.y, FAR.y);
        fight.stand(NEAR, 10);
        let alive = fight.tick();
        let target = &mut fight.arena.world.players[1];
        (target.hp, target.respawn_left) = (0, 6);
        for _ in 0..6 {
            fight.step(&[]);
        }
        assert_eq!(fight.arena.world.players[1].position, FAR, "it is back");
        // A dash ends the shield.
        fight.step(&[(TARGET, PlayerInput::dashing())]);
        for seen in [alive, alive + 3.0, alive + 5.9] {
            let mut fight = Fight {
                arena: Arena { world: fight.arena.world.clone(), rules: fight.arena.rules.clone() },
                hindsight: fight.hindsight.clone(),
            };
            assert!(!fight.strikes(Some(seen)), "{seen}, with a shield of {shield} s");
        }
    }
}

#[test]
fn a_new_round_forgets_where_everybody_was() {
    let mut fight = Fight::with_target(NEAR);
    let tuning = &mut fight.arena.rules.tuning;
    (tuning.shield_duration, tuning.round_pause, tuning.strike_range) = (0.0, 0.1, 20.0);
    (tuning.spawn_min_x, tuning.spawn_max_x) = (100.0, 1_500.0);
    fight.stand(NEAR, 10);
    fight.arena.world.round.ends = sim::Tick(11);
    fight.stand(NEAR, 3);
    fight.step(&[]);
    assert!(fight.arena.saw(|effect| matches!(effect, Effect::RoundStarted { .. })));
    let former = fight.tick() - 1.0;
    fight.arena.world.players[0].position = NEAR;
    let now = fight.arena.world.players[1].position - NEAR;
    assert!(now.length() > 20.0, "both are somewhere else now");
    assert!(!fight.strikes(Some(former)));
}

#[test]
fn the_same_inputs_give_the_same_fight() {
    let play = || {
        let mut fight = Fight::with_target(NEAR);
        let mut sums = Vec::new();
        for tick in 0_u32..300 {
            let seen = Some(f64::from(tick) - 3.7);
            let heading = Vec2::from_angle(tick as f32 * 0.1);
            let runs = PlayerInput { attack: tick % 5 == 0, seen, ..PlayerInput::moving(heading) };
            let strikes = PlayerInput { seen, ..PlayerInput::striking(None) };
            fight.arena.world.players[1].reaction = tick % 4;
            fight.step(&[(TARGET, runs), (STRIKER, strikes)]);
            sums.push(fight.arena.world.checksum());
        }
        sums
    };
    assert_eq!(play(), play());
}
