//! What is told of a round at its end.

use sim::moments::{Feat, Moments};
use sim::{Effect, PlayerId};

fn hit(attacker: u32, damage: i32, shot: f32) -> Effect {
    let (attacker, target) = (PlayerId(attacker), PlayerId(9));
    Effect::Hit { attacker, target, damage, hp: 50, by_orb: shot > 0.0, shot }
}

fn kill(killer: u32, streak: i32, by_orb: bool) -> Effect {
    Effect::Kill { killer: PlayerId(killer), victim: PlayerId(9), by_orb, streak, points: 1 }
}

fn check(effects: &[Effect], feat: Feat, best: Option<(u32, u32)>) {
    let mut moments = Moments::default();
    effects.iter().for_each(|effect| moments.observe(std::slice::from_ref(effect)));
    assert_eq!(moments.best(feat), best.map(|(id, value)| (PlayerId(id), value)), "{feat:?}");
}

#[test]
fn the_longest_streak_and_the_longest_shot_are_remembered() {
    let round = [hit(1, 20, 0.0), kill(1, 1, false), kill(2, 1, true), hit(3, 35, 420.4), hit(2, 35, 399.0)];
    check(&round, Feat::Shot, Some((3, 420)));
    check(&round, Feat::OrbKills, Some((2, 1)));
    check(&round, Feat::Damage, Some((2, 35)));
    check(&[kill(4, 1, false), kill(4, 2, false), kill(4, 1, false)], Feat::Streak, Some((4, 2)));
}

#[test]
fn the_sum_of_all_damage_counts_and_the_first_among_equals() {
    check(&[hit(5, 30, 0.0), hit(2, 20, 0.0), hit(2, 10, 0.0)], Feat::Damage, Some((2, 30)));
}

#[test]
fn what_everybody_does_is_not_worth_telling() {
    check(&[hit(1, 20, 0.0), kill(1, 1, false)], Feat::Streak, None);
    check(&[hit(1, 20, 0.0), kill(1, 1, false)], Feat::Shot, None);
    check(&[], Feat::Damage, None);
}

#[test]
fn a_new_round_begins_from_nothing_and_who_has_left_is_forgotten() {
    check(&[hit(1, 20, 0.0), Effect::RoundStarted { number: 2 }], Feat::Damage, None);
    let mut moments = Moments::default();
    moments.observe(&[hit(1, 20, 0.0), hit(2, 10, 0.0)]);
    moments.keep(|id| id != PlayerId(1));
    assert_eq!(moments.best(Feat::Damage), Some((PlayerId(2), 10)));
}
