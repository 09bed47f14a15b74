//! Rounds, coming and going, copies, and what holds whatever anybody does.

mod support;

use sim::round::Phase;
use sim::vec2::vec2;
use sim::{Effect, PlayerId, PlayerInput, Tick, World};
use support::Arena;

const STRIKE: PlayerInput = PlayerInput { direction: None, aim: None, attack: true, dash: false, seen: None };

/// Two players within reach of each other; a round lasts 5 s, the pause 1 s.
fn short_round() -> Arena {
    Arena::with_tuning(&[vec2(500.0, 500.0), vec2(540.0, 500.0)], |tuning| {
        tuning.round_duration = 5.0;
        tuning.round_pause = 1.0;
    })
}

/// After a round with these scores `winner` has won.
fn check(scores: [i32; 2], winner: Option<u32>) {
    let winner = winner.map(PlayerId);
    let mut arena = short_round();
    for (player, score) in arena.world.players.iter_mut().zip(scores) {
        player.score = score;
    }
    arena.wait(149);
    assert!(arena.world.round.is_playing());
    arena.wait(1);
    assert!(arena.saw(|effect| *effect == Effect::RoundEnded { number: 1, winner }), "{scores:?}");
    assert_eq!(arena.world.round.phase, Phase::Over { winner });
}

#[test]
fn the_highest_score_wins_the_round() {
    check([3, 2], Some(1));
    check([1, 4], Some(2));
    check([2, 2], Some(1));
    check([0, 0], None);
    check([-5, 0], None);
}

#[test]
fn nobody_is_hurt_between_rounds_and_the_next_one_starts_from_nothing() {
    let mut arena = short_round();
    arena.world.players[0].score = 3;
    arena.wait(150);
    arena.step(STRIKE);
    assert_eq!(arena.world.players[1].hp, 100);
    arena.world.players[1].hp = 0;
    arena.world.players[1].respawn_left = 90;
    arena.wait(29);
    assert!(arena.saw(|effect| *effect == Effect::RoundStarted { number: 2 }));
    assert!(
        arena.world.players.iter().all(|player| player.score == 0 && player.hp == 100 && player.shielded())
    );
    assert!(arena.world.round.is_playing());
}

#[test]
fn whoever_leaves_can_be_put_back_exactly_as_before() {
    let mut arena = Arena::with_players(&[vec2(500.0, 500.0), vec2(540.0, 500.0), vec2(900.0, 100.0)]);
    arena.step(STRIKE);
    let before = arena.world.clone();
    let gone = arena.world.leave(PlayerId(2)).unwrap();
    assert_eq!(arena.world.players.len(), 2);
    assert!(arena.world.leave(PlayerId(2)).is_none());
    arena.world.restore(gone);
    arena.world.restore(gone);
    assert_eq!(arena.world, before);
    assert_eq!(arena.world.checksum(), before.checksum());
}

#[test]
fn joining_twice_is_joining_once() {
    let mut arena = Arena::with_players(&[vec2(500.0, 500.0)]);
    arena.world.join(&mut arena.rules, PlayerId(1)).unwrap();
    assert_eq!(arena.world.players.len(), 1);
    assert_eq!(arena.world.players[0].position, vec2(500.0, 500.0));
}

#[test]
fn a_copy_made_with_clone_from_has_the_same_future() {
    let mut arena = Arena::with_players(&[vec2(500.0, 500.0), vec2(540.0, 500.0)]);
    let mut copy = World::new(99, Tick(77), 60, &arena.rules.tuning);
    copy.join(&mut arena.rules, PlayerId(5)).unwrap();
    arena.step(STRIKE);
    copy.clone_from(&arena.world);
    assert_eq!(copy, arena.world);
    let mut other = Arena { world: copy, rules: arena.rules.clone() };
    for arena in [&mut arena, &mut other] {
        arena.step(PlayerInput::moving(vec2(1.0, 0.5)));
        arena.wait(200);
    }
    assert_eq!(arena.world.checksum(), other.world.checksum());
}

#[test]
fn new_numbers_fit_the_world_into_a_smaller_arena() {
    let mut arena = Arena::with_players(&[vec2(1500.0, 900.0)]);
    let small =
        sim::Tuning { arena_width: 500.0, arena_height: 400.0, max_hp: 30.0, ..sim::Tuning::default() };
    arena.world.fit(&small);
    let player = arena.world.players[0];
    assert_eq!((player.position, player.hp), (vec2(482.0, 382.0), 30));
    assert_eq!(arena.world.orb.position, vec2(486.0, 386.0));
}

#[test]
fn new_numbers_shorten_what_somebody_is_waiting_for() {
    let mut arena = Arena::with_tuning(&[vec2(500.0, 500.0)], |tuning| tuning.respawn_delay = 60.0);
    let player = &mut arena.world.players[0];
    (player.hp, player.respawn_left, player.dash_cooldown) = (0, 1_800, 1_800);
    arena.world.fit(&sim::Tuning { round_duration: 10.0, ..sim::Tuning::default() });
    let player = arena.world.players[0];
    assert_eq!((player.respawn_left, player.dash_cooldown), (90, 36));
    assert_eq!(arena.world.round.ends, Tick(300));
}

#[cfg(not(target_arch = "wasm32"))]
mod whatever_anybody_does {
    use super::*;
    use proptest::prelude::*;
    use sim::world::clamp_inside;
    use sim::{NativeRules, Tuning, Vec2};

    fn any_vec2() -> impl Strategy<Value = Vec2> {
        prop_oneof![
            (any::<f32>(), any::<f32>()).prop_map(|(x, y)| vec2(x, y)),
            (-1.0_f32..1.0, -1.0_f32..1.0).prop_map(|(x, y)| vec2(x, y)),
        ]
    }

    fn any_input() -> impl Strategy<Value = (PlayerId, PlayerInput)> {
        let wishes =
            (prop::option::of(any_vec2()), prop::option::of(any_vec2()), any::<bool>(), any::<bool>());
        (0_u32..6, wishes).prop_map(|(id, (direction, aim, attack, dash))| {
            (PlayerId(id), PlayerInput { direction, aim, attack, dash, seen: None })
        })
    }

    /// Numbers within their bounds, each the default, the smallest or the largest.
    fn any_tuning() -> impl Strategy<Value = Tuning> {
        prop::collection::vec(0_usize..6, Tuning::FIELDS.len()).prop_map(|choices| {
            let mut tuning = Tuning::default();
            for (field, choice) in Tuning::FIELDS.iter().zip(choices) {
                let value = [field.min, field.max].get(choice).copied().unwrap_or(field.default);
                tuning.set(field.name, value).expect("within bounds");
            }
            tuning
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn positions_stay_finite_and_inside_and_hit_points_within_limits(
            seed in any::<u64>(),
            tuning in any_tuning(),
            inputs in prop::collection::vec(any_input(), 1..300),
        ) {
            let mut rules = NativeRules { tuning };
            let mut world = World::new(seed, Tick(0), 30, &rules.tuning);
            for id in 1..=4 {
                world.join(&mut rules, PlayerId(id)).unwrap();
            }
            for input in inputs {
                world.step(&mut rules, &[input]).unwrap();
                for player in &world.players {
                    let inside = clamp_inside(player.position, rules.tuning.player_radius, &rules.tuning);
                    prop_assert_eq!(player.position, inside);
                    prop_assert!(player.position.is_finite() && player.velocity.is_finite() && player.push.is_finite());
                    prop_assert!((player.facing.length() - 1.0).abs() < 1e-3);
                    prop_assert!((0..=rules.tuning.max_hp as i32).contains(&player.hp));
                }
                let orb = world.orb;
                prop_assert_eq!(orb.position, clamp_inside(orb.position, rules.tuning.orb_radius, &rules.tuning));
                prop_assert!(orb.position.is_finite() && orb.velocity.is_finite());
            }
        }
    }
}
