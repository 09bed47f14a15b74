//! What bots do in a fight, as somebody who watches would notice.

use sim::bots::{Brain, Skill, Skills};
use sim::vec2::vec2;
use sim::{Effect, NativeRules, PlayerId, PlayerInput, Tick, Tuning, Vec2, World};

/// A fight of bots only.
struct Fight {
    world: World,
    rules: NativeRules,
    brains: Vec<(PlayerId, Brain)>,
    inputs: Vec<(PlayerId, PlayerInput)>,
    batted: u32,
    orb_hits: u32,
}

impl Fight {
    fn of(skills: &[Skill], seed: u64, tuning: Tuning) -> Self {
        let mut rules = NativeRules { tuning };
        let mut world = World::new(seed, Tick(0), 30, &rules.tuning);
        let ids = (1..).map(PlayerId);
        let brains: Vec<_> = ids
            .zip(skills)
            .map(|(id, skill)| {
                (id, Brain::new(*skill, seed.wrapping_mul(1_000).wrapping_add(u64::from(id.0))))
            })
            .collect();
        for (id, _) in &brains {
            world.join(&mut rules, *id).expect("native rules do not fail");
        }
        Self { world, rules, brains, inputs: Vec::new(), batted: 0, orb_hits: 0 }
    }

    fn step(&mut self) {
        self.inputs.clear();
        for (id, brain) in &mut self.brains {
            let input = brain.think(&self.world, *id, &mut self.rules).expect("native rules do not fail");
            self.inputs.push((*id, input));
        }
        self.world.step(&mut self.rules, &self.inputs).expect("native rules do not fail");
        for effect in &self.world.effects {
            match effect {
                Effect::OrbBatted { .. } => self.batted += 1,
                Effect::Hit { by_orb: true, .. } => self.orb_hits += 1,
                _ => {}
            }
        }
    }

    fn play(&mut self, seconds: u32) {
        for _ in 0..seconds * 30 {
            self.step();
        }
    }

    fn kills(&self, id: u32) -> u32 {
        self.world.player(PlayerId(id)).expect("nobody leaves").kills
    }
}

/// Kills of a duel between the first and the second, each starting on either side, over many seeds.
fn duels(first: Skill, second: Skill) -> [u32; 2] {
    let mut kills = [0, 0];
    for seed in 0..12 {
        let mut fight = Fight::of(&[first, second], seed, Tuning::default());
        fight.play(90);
        kills = [kills[0] + fight.kills(1), kills[1] + fight.kills(2)];
        let mut fight = Fight::of(&[second, first], seed, Tuning::default());
        fight.play(90);
        kills = [kills[0] + fight.kills(2), kills[1] + fight.kills(1)];
    }
    kills
}

#[test]
fn the_better_bot_wins_and_the_worse_one_still_lands_blows() {
    let pairs = [(Skill::Hard, Skill::Easy), (Skill::Hard, Skill::Normal), (Skill::Normal, Skill::Easy)];
    for (better, worse) in pairs {
        let [won, lost] = duels(better, worse);
        assert!(won * 10 > lost * 14, "{better:?} against {worse:?}: {won} to {lost}");
        assert!(lost > 0, "{worse:?} is no victim: {won} to {lost}");
    }
}

#[test]
fn a_room_of_bots_is_a_fight() {
    let skills: Vec<_> = (0..6).map(|n| Skills::Mixed.of(n)).collect();
    let mut fight = Fight::of(&skills, 3, Tuning::default());
    fight.play(120);
    let kills: u32 = (1..=6).map(|id| fight.kills(id)).sum();
    assert!((12..=200).contains(&kills), "{kills} kills in two minutes");
    assert!(fight.batted >= 6, "the orb was batted {} times", fight.batted);
    assert!(fight.orb_hits >= 1, "the orb hit {} times", fight.orb_hits);
}

#[test]
fn two_runs_are_equal_to_the_bit() {
    let run = || {
        let mut fight = Fight::of(&[Skill::Easy, Skill::Normal, Skill::Hard], 9, Tuning::default());
        fight.play(60);
        (fight.world, fight.brains)
    };
    assert!(run() == run());
}

/// A bot at `place` with one opponent to its right, who stands still, and the orb out of the way.
fn scene(skill: Skill, place: Vec2, offset: Vec2) -> Fight {
    let mut fight = Fight::of(&[skill, Skill::Easy], 5, Tuning { orb_speed: 0.0, ..Tuning::default() });
    fight.brains.truncate(1);
    (fight.world.orb.position, fight.world.orb.velocity) = (vec2(20.0, 980.0), Vec2::ZERO);
    for (id, position) in [(1, place), (2, place + offset)] {
        let player = fight.world.player_mut(PlayerId(id)).expect("both are there");
        (player.position, player.shield_left) = (position, 0);
    }
    fight
}

#[test]
fn a_hurt_bot_gets_away_and_comes_back_later() {
    for skill in Skill::ALL {
        let mut fight = scene(skill, vec2(800.0, 500.0), vec2(130.0, 0.0));
        fight.world.player_mut(PlayerId(1)).expect("there").hp = 10;
        let gap = |fight: &Fight| {
            let place = |id| fight.world.player(PlayerId(id)).expect("both are there").position;
            (place(1) - place(2)).length()
        };
        let (mut fled, mut widest, mut came_back) = (false, 0.0_f32, false);
        for _ in 0..30 * 30 {
            fight.step();
            fled |= fight.brains[0].1.flees();
            widest = widest.max(gap(&fight));
            came_back |= widest > 250.0 && gap(&fight) < 100.0;
        }
        assert!(fled && widest > 250.0, "{skill:?} fled: {fled}, {widest} units away");
        assert!(came_back, "{skill:?} stays away for ever");
    }
}

#[test]
fn a_bot_bats_the_orb_at_somebody() {
    for skill in [Skill::Normal, Skill::Hard] {
        let mut hit = false;
        for seed in 0..20 {
            let mut fight = scene(skill, vec2(500.0, 500.0), vec2(400.0, 0.0));
            fight.brains[0].1 = Brain::new(skill, seed);
            fight.world.orb.position = vec2(530.0, 520.0);
            for _ in 0..30 * 4 {
                fight.step();
            }
            hit |= fight.orb_hits > 0;
        }
        assert!(hit, "{skill:?} never hits anybody with the orb");
    }
}

#[test]
fn bots_choose_different_opponents_and_keep_to_them_for_a_while() {
    let mut fight = Fight::of(&[Skill::Normal; 8], 4, Tuning::default());
    let (mut changes, mut samples, mut same) = (0, 0, 0);
    let mut before = [None; 8];
    for tick in 0..30 * 60 {
        fight.step();
        for (index, (_, brain)) in fight.brains.iter().enumerate() {
            changes += u32::from(brain.prey().is_some() && brain.prey() != before[index]);
            before[index] = brain.prey();
        }
        if tick % 30 == 0 {
            let chased = |id| before.iter().filter(|prey| **prey == Some(PlayerId(id))).count();
            samples += 1;
            same += u32::from((1..=8).any(|id| chased(id) >= 6));
        }
    }
    assert!(changes / 8 < 60, "a bot changes its mind {} times a minute", changes / 8);
    assert!(same * 10 < samples, "nearly all chased the same one in {same} of {samples} moments");
}

#[test]
fn bots_do_not_heap_up_on_one_spot() {
    let mut fight = Fight::of(
        &[Skill::Normal; 8],
        6,
        Tuning { strike_damage: 0.0, orb_damage: 0.0, ..Tuning::default() },
    );
    let (mut stacked, mut pairs) = (0, 0);
    for _ in 0..30 * 60 {
        fight.step();
        let players = &fight.world.players;
        for (index, one) in players.iter().enumerate() {
            for other in &players[index + 1..] {
                pairs += 1;
                stacked += u32::from((one.position - other.position).length() < 18.0);
            }
        }
    }
    assert!(stacked * 100 < pairs, "{stacked} of {pairs} pairs stood on one spot");
}

#[test]
fn bots_turn_a_few_times_a_second_and_not_in_every_tick() {
    for skill in Skill::ALL {
        let mut fight = Fight::of(&[skill; 4], 8, Tuning::default());
        let mut turns = 0;
        for _ in 0..30 * 60 {
            fight.step();
            turns += fight.inputs.iter().filter(|(_, input)| input.direction.is_some()).count();
        }
        let per_second = turns as f32 / (4.0 * 60.0);
        assert!((0.5..9.0).contains(&per_second), "{skill:?} turns {per_second} times a second");
    }
}

#[test]
fn bots_want_only_what_a_player_can_want() {
    let mut fight = Fight::of(&[Skill::Hard; 4], 2, Tuning::default());
    for _ in 0..30 * 60 {
        fight.step();
        for (_, input) in &fight.inputs {
            assert!(input.direction.is_none_or(|way| way.is_finite() && way.length() <= 1.001));
            assert!(input.aim.is_none_or(|aim| aim.is_finite()));
            assert_eq!(input.seen, None, "bots see the present, not what suits them");
        }
    }
}

#[test]
fn bots_can_play_by_any_numbers() {
    for field in Tuning::FIELDS {
        for value in [field.min, field.max] {
            let mut tuning = Tuning::default();
            tuning.set(field.name, value).expect("bounds are allowed");
            let mut fight = Fight::of(&[Skill::Easy, Skill::Normal, Skill::Hard], 1, tuning);
            fight.play(10);
            assert!(
                fight.world.players.iter().all(|player| player.position.is_finite()),
                "{} = {value} leads nowhere",
                field.name
            );
        }
    }
}

#[test]
fn bots_find_each_other_in_a_huge_arena_and_strike_with_short_arms() {
    let huge = Tuning { arena_width: 4_000.0, arena_height: 4_000.0, ..Tuning::default() };
    let short = Tuning { strike_range: 24.0, arena_width: 500.0, arena_height: 500.0, ..Tuning::default() };
    for tuning in [huge, short] {
        let range = tuning.strike_range;
        let mut fight = Fight::of(&[Skill::Normal, Skill::Normal, Skill::Hard], 1, tuning);
        let mut hurt = false;
        for _ in 0..30 * 120 {
            fight.step();
            hurt |= fight.world.effects.iter().any(|e| matches!(e, Effect::Hit { by_orb: false, .. }));
        }
        assert!(hurt, "nobody is ever struck where a strike reaches {range}");
    }
}
