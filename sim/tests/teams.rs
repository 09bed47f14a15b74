//! Two teams: dealt out evenly, harmless to each other, and winners together.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use sim::bots::{Brain, Skill};
use sim::round::Phase;
use sim::teams::sums;
use sim::vec2::vec2;
use sim::{Effect, NativeRules, PlayerId, PlayerInput, Tick, Tuning, Vec2, World};
use support::Arena;

const STRIKE: PlayerInput = PlayerInput { direction: None, aim: None, attack: true, dash: false, seen: None };
const BOT: u32 = PlayerId::FIRST_BOT.0;

fn team_rules() -> NativeRules {
    NativeRules { tuning: Tuning { teams: 2.0, ..Tuning::default() } }
}

/// An empty arena with these players, who came one after the other.
fn crowd(rules: &mut NativeRules, ids: &[u32]) -> World {
    let mut world = World::new(3, Tick(0), 30, &rules.tuning);
    for id in ids {
        world.join(rules, PlayerId(*id)).unwrap();
    }
    world
}

fn teams_of(world: &World) -> Vec<u8> {
    world.players.iter().map(|player| player.team).collect()
}

/// Players 1, 2, ... at these places and on these teams, of which each has `hp` hit points left after player 1 has struck.
fn check_strike(teams: &[u8], expect: &[i32]) {
    let places = [vec2(500.0, 500.0), vec2(540.0, 500.0), vec2(500.0, 540.0)];
    let mut arena = Arena::with_tuning(&places[..teams.len()], |tuning| tuning.teams = 2.0);
    for (player, team) in arena.world.players.iter_mut().zip(teams) {
        player.team = *team;
    }
    arena.step(STRIKE);
    let hp: Vec<i32> = arena.world.players.iter().map(|player| player.hp).collect();
    assert_eq!(hp, expect, "{teams:?}");
    for player in &arena.world.players {
        assert_eq!(player.push == Vec2::ZERO, player.hp == 100, "only who is hurt is pushed");
    }
}

#[test]
fn a_strike_hurts_foes_and_neither_hurts_nor_pushes_mates() {
    check_strike(&[1, 1, 2], &[100, 100, 80]);
    check_strike(&[2, 1, 1], &[100, 80, 80]);
    check_strike(&[1, 1, 1], &[100, 100, 100]);
}

#[test]
fn without_teams_everybody_is_a_foe() {
    let mut arena = Arena::with_players(&[vec2(500.0, 500.0), vec2(540.0, 500.0)]);
    arena.step(STRIKE);
    assert!(arena.saw(|effect| matches!(effect, Effect::Hit { target: PlayerId(2), shot: 0.0, .. })));
}

/// Player 1 bats the orb along a line on which 2 stands before 3; they have `hp` left.
fn check_orb(teams: [u8; 3], hp: [i32; 2]) {
    let places = [vec2(300.0, 500.0), vec2(500.0, 500.0), vec2(700.0, 500.0)];
    let mut arena = Arena::with_tuning(&places, |tuning| tuning.teams = 2.0);
    for (player, team) in arena.world.players.iter_mut().zip(teams) {
        player.team = team;
    }
    arena.world.orb.position = vec2(340.0, 500.0);
    arena.step(PlayerInput::striking(Some(vec2(1.0, 0.0))));
    let mut shots = Vec::new();
    for _ in 0..25 {
        arena.wait(1);
        shots.extend(arena.world.effects.iter().filter_map(|effect| match effect {
            Effect::Hit { shot, by_orb: true, .. } => Some(*shot),
            _ => None,
        }));
    }
    assert_eq!([arena.world.players[1].hp, arena.world.players[2].hp], hp, "{teams:?}");
    if hp[1] < 100 {
        assert!(shots[0] > 300.0 && shots[0] < 380.0, "from where it was batted: {shots:?}");
    }
}

#[test]
fn the_orb_flies_past_mates_of_who_batted_it_and_hits_foes() {
    check_orb([1, 1, 2], [100, 65]);
    check_orb([2, 1, 2], [65, 100]);
    check_orb([1, 1, 1], [100, 100]);
}

#[test]
fn whoever_joins_goes_to_the_smaller_team() {
    let mut rules = team_rules();
    let mut world = crowd(&mut rules, &[1, 2, 3, 4]);
    assert_eq!(teams_of(&world), [1, 2, 1, 2]);
    world.leave(PlayerId(1));
    world.join(&mut rules, PlayerId(5)).unwrap();
    assert_eq!(world.player(PlayerId(5)).unwrap().team, 1);
    // Now both have two: the one with fewer points needs somebody.
    world.player_mut(PlayerId(3)).unwrap().score = 4;
    world.join(&mut rules, PlayerId(6)).unwrap();
    assert_eq!(world.player(PlayerId(6)).unwrap().team, 2);
}

#[test]
fn people_are_spread_over_both_teams_and_bots_make_them_even() {
    let mut rules = team_rules();
    let mut world = crowd(&mut rules, &[1, BOT + 1, BOT + 2, BOT + 3, BOT + 4]);
    world.join(&mut rules, PlayerId(2)).unwrap();
    let [one, two] = sums(&world.players);
    assert_eq!((one.people, two.people, one.members, two.members), (1, 1, 3, 3));
}

#[test]
fn rules_for_teams_deal_everybody_out_and_others_end_the_teams() {
    let mut rules = NativeRules::default();
    let ids = [1, 2, 3, 4, 5, BOT + 7, BOT + 8, BOT + 9, BOT + 10];
    let mut world = crowd(&mut rules, &ids);
    assert!(teams_of(&world).iter().all(|team| *team == 0));
    for (player, score) in world.players.iter_mut().zip([1, 9, 3, 7, 5]) {
        player.score = score;
    }
    let mut copy = world.clone();
    world.fit(&team_rules().tuning);
    // By points 2, 4, 5, 3, 1 take turns: 1, 2, 2, 1, 1.
    assert_eq!(teams_of(&world)[..5], [1, 1, 1, 2, 2]);
    let [one, two] = sums(&world.players);
    assert_eq!((one.people, two.people), (3, 2));
    assert_eq!(one.members.abs_diff(two.members), 1);
    let dealt = teams_of(&world);
    world.fit(&team_rules().tuning);
    assert_eq!(teams_of(&world), dealt, "fitting twice deals once");
    copy.fit(&team_rules().tuning);
    assert_eq!(copy.checksum(), world.checksum());
    world.fit(&Tuning::default());
    assert!(teams_of(&world).iter().all(|team| *team == 0));
    assert_ne!(copy.checksum(), world.checksum(), "the team is a part of the world");
}

#[test]
fn somebody_without_a_team_gets_one_when_rules_are_switched() {
    let mut rules = team_rules();
    let mut world = crowd(&mut rules, &[1, 2, 3]);
    world.players[1].team = 0;
    world.fit(&rules.tuning);
    assert_eq!(teams_of(&world), [1, 2, 1]);
}

/// After a round in which players 1, 2, ... of these teams had these scores.
fn check_round(teams: &[u8], scores: &[i32], winner: Option<u32>) {
    let places: Vec<Vec2> = (0..teams.len()).map(|n| vec2(200.0 + 300.0 * n as f32, 500.0)).collect();
    let mut arena = Arena::with_tuning(&places, |tuning| {
        tuning.teams = 2.0;
        tuning.round_duration = 5.0;
        tuning.round_pause = 1.0;
    });
    for (player, (team, score)) in arena.world.players.iter_mut().zip(teams.iter().zip(scores)) {
        (player.team, player.score) = (*team, *score);
    }
    arena.wait(150);
    assert_eq!(arena.world.round.phase, Phase::Over { winner: winner.map(PlayerId) }, "{teams:?} {scores:?}");
    arena.wait(30);
    let [one, two] = sums(&arena.world.players);
    assert!(one.members.abs_diff(two.members) <= 1, "a new round deals anew");
}

#[test]
fn the_best_of_the_team_with_more_points_wins_the_round() {
    check_round(&[1, 2, 2], &[5, 3, 4], Some(3));
    check_round(&[1, 1, 2], &[5, 3, 7], Some(1));
    check_round(&[1, 1, 1, 2], &[5, 3, 1, 7], Some(1));
}

#[test]
fn nobody_wins_a_draw_between_teams() {
    check_round(&[1, 2], &[5, 5], None);
    check_round(&[1, 2], &[0, 0], None);
    check_round(&[1, 2], &[-3, -1], None);
}

#[test]
fn bots_hunt_foes_only() {
    let ids: Vec<u32> = (0..8).map(|n| BOT + n).collect();
    let mut rules = team_rules();
    let mut world = crowd(&mut rules, &ids);
    let mut brains: Vec<Brain> = ids.iter().map(|id| Brain::new(Skill::Hard, u64::from(*id))).collect();
    let (mut hunts, mut hits) = (0, 0);
    for _ in 0..900 {
        let mut inputs = Vec::new();
        for (brain, id) in brains.iter_mut().zip(&ids) {
            inputs.push((PlayerId(*id), brain.think(&world, PlayerId(*id), &mut rules).unwrap()));
            if let Some(prey) = brain.prey().and_then(|prey| world.player(prey)) {
                hunts += 1;
                assert_ne!(prey.team, world.player(PlayerId(*id)).unwrap().team);
            }
        }
        world.step(&mut rules, &inputs).unwrap();
        hits += world.effects.iter().filter(|effect| matches!(effect, Effect::Hit { .. })).count();
    }
    assert!(hunts > 500 && hits > 20, "they do fight: {hunts} hunts, {hits} hits");
}
