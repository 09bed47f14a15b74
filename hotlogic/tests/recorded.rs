//! Recorded fights: played again to the bit, a check for drafts, and a rehearsal in numbers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use hotlogic::recording::Ended;
use hotlogic::rehearsal::Row;
use hotlogic::{Recording, Rehearsal, Replay, RhaiRules, dry_run, dry_run_on, rehearse, shipped};
use sim::rng::Rng;
use sim::vec2::vec2;
use sim::{Hindsight, PlayerId, PlayerInput, Tick, Vec2, World};

const RATE: u32 = 30;

fn compile(script: &str) -> RhaiRules {
    RhaiRules::compile(script).unwrap_or_else(|error| panic!("{error}\n{script}"))
}

/// A fight that is recorded while it is fought: everybody runs at the next one and strikes.
struct Fought {
    rules: RhaiRules,
    world: World,
    hindsight: Hindsight,
    recording: Recording,
    rng: Rng,
    /// As the last tick left it.
    last: World,
}

impl Fought {
    fn begin(script: &str, players: u32) -> Self {
        let mut rules = compile(script);
        let mut world = World::new(9, Tick(500), RATE, rules.tuning());
        for id in 1..=players {
            world.join(&mut rules, PlayerId(id)).unwrap();
            let at = Vec2::from_angle(id as f32) * 60.0;
            world.player_mut(PlayerId(id)).unwrap().position = vec2(700.0, 500.0) + at;
        }
        let hindsight = Hindsight::of(8);
        let recording = Recording::begin(3, 7, &world, &hindsight);
        Self { rules, last: world.clone(), world, hindsight, recording, rng: Rng::new(5) }
    }

    fn inputs(&mut self) -> Vec<(PlayerId, PlayerInput)> {
        let mut inputs = Vec::new();
        for (index, player) in self.world.players.iter().enumerate() {
            let target = self.world.players[(index + 1) % self.world.players.len()].position;
            let input = PlayerInput {
                direction: (self.rng.next_unit() < 0.3).then_some(target - player.position),
                aim: (self.rng.next_unit() < 0.5).then_some(target - player.position),
                attack: self.rng.next_unit() < 0.3,
                dash: self.rng.next_unit() < 0.02,
                seen: (self.rng.next_unit() < 0.5).then_some(f64::from(self.world.tick.0) - 2.5),
            };
            if input.direction.is_some() || input.attack {
                inputs.push((player.id, input));
            }
        }
        inputs
    }

    fn tick(&mut self) {
        let inputs = self.inputs();
        self.recording.record(&self.last, &self.world, &inputs).unwrap();
        self.world.step_judged(&mut self.rules, &inputs, &self.hindsight).unwrap();
        self.hindsight.record(&self.world);
        self.last = self.world.clone();
    }

    fn fight(mut self, ticks: u32) -> Self {
        for _ in 0..ticks {
            self.tick();
        }
        self
    }
}

fn replayed(recording: &Recording, rules: &mut RhaiRules) -> World {
    let mut replay = Replay::new(recording, rules);
    while replay.take_in(rules).unwrap() {
        replay.play(rules).unwrap();
    }
    replay.world().clone()
}

fn recorded(script: &str, ticks: u32) -> Vec<Arc<Recording>> {
    vec![Arc::new(Fought::begin(script, 6).fight(ticks).recording)]
}

fn rehearsed(live: &str, draft: &str, recorded: &[Arc<Recording>]) -> Rehearsal {
    rehearse(&compile(live), &compile(draft), recorded, || false).unwrap().unwrap()
}

#[test]
fn a_recorded_fight_is_played_again_to_the_bit_with_all_who_came_and_went() {
    check_all_who_come_and_go(shipped::ARENA);
}

#[test]
fn so_is_a_fight_of_two_teams() {
    check_all_who_come_and_go(shipped::TEAMS);
}

fn check_all_who_come_and_go(script: &str) {
    let mut fought = Fought::begin(script, 6).fight(200);
    // One comes, one goes, one comes back with what it had; one lost its line, and one's late input was caught up with.
    fought.world.join(&mut fought.rules, PlayerId(40)).unwrap();
    fought.tick();
    let away = fought.world.leave(PlayerId(2)).unwrap();
    fought.tick();
    let kept =
        sim::Player { position: vec2(300.0, 300.0), hp: 40, score: 3, kills: 3, ..sim::Player::new(away.id) };
    fought.world.restore(kept);
    fought.world.enlist(kept.id, fought.rules.tuning());
    let lost = fought.world.player_mut(PlayerId(4)).unwrap();
    (lost.direction, lost.shield_left, lost.reaction) = (Vec2::ZERO, 2, 5);
    let late = fought.world.player_mut(PlayerId(5)).unwrap();
    late.position += vec2(7.0, -3.0);
    (late.velocity, late.direction, late.dash_cooldown) = (vec2(90.0, 10.0), vec2(1.0, 0.0), 12);
    let fought = fought.fight(200);
    assert_eq!(fought.recording.ticks(), 402);
    assert!(fought.world.players.iter().any(|player| player.deaths > 0), "nobody died: no fight");
    let world = replayed(&fought.recording, &mut fought.rules.clone());
    assert_eq!(world.checksum(), fought.world.checksum());
    assert_eq!(world.players, fought.world.players);
    assert_ne!(
        replayed(&fought.recording, &mut compile("")).checksum(),
        world.checksum(),
        "other rules, other fight"
    );
}

#[test]
fn what_no_player_does_ends_a_recording_and_leaves_it_as_it_was() {
    let mut fought = Fought::begin("", 4).fight(10);
    let mut end = |change: &dyn Fn(&mut World)| {
        let mut next = fought.last.clone();
        change(&mut next);
        fought.recording.record(&fought.last, &next, &[])
    };
    assert_eq!(end(&|world| world.tick.0 += 5), Err(Ended::Torn));
    assert_eq!(end(&|world| world.orb.position.x += 1.0), Err(Ended::Torn));
    assert_eq!(end(&|world| world.players[1].hp = 1), Err(Ended::Torn));
    assert_eq!(end(&|world| world.rng = Rng::new(1)), Err(Ended::Torn));
    assert_eq!(end(&|_| ()), Ok(()));
    assert_eq!(fought.recording.ticks(), 11);
}

#[test]
fn a_recording_that_is_full_stays_playable_and_within_its_bytes() {
    let mut fought = Fought::begin("", 6);
    let everybody: Vec<_> = (1..=6)
        .map(|id| {
            (
                PlayerId(id),
                PlayerInput {
                    direction: Some(vec2(1.0, 0.0)),
                    ..PlayerInput::striking(Some(vec2(0.0, 1.0)))
                },
            )
        })
        .collect();
    let world = fought.world.clone();
    while fought.recording.record(&world, &world, &everybody).is_ok() {}
    assert_eq!(fought.recording.record(&world, &world, &everybody), Err(Ended::Full));
    let ticks = fought.recording.ticks();
    fought.recording.finish();
    assert!(
        fought.recording.bytes() < hotlogic::recording::MAX_LOG_BYTES + 64 * 1024,
        "{}",
        fought.recording.bytes()
    );
    let tick = replayed(&fought.recording, &mut compile("")).tick;
    assert_eq!(tick.since(world.tick), ticks);
}

#[test]
fn a_draft_that_fails_only_in_a_recorded_fight_is_refused_and_told_which_one() {
    // Fights that are made up never have anybody with so many hit points.
    let draft = "const TUNING = #{ max_hp: 100 };\n\
                 fn strike(distance, facing, attacker_hp, target_hp) {\n    \
                 if attacker_hp == 77 { throw \"seventy-seven\" }\n    5\n}";
    let rules = compile(draft);
    dry_run(&rules).expect("no generated fight shows it");
    let mut fought = Fought::begin("", 6);
    for player in &mut fought.world.players {
        player.hp = 77;
        player.shield_left = 0;
    }
    fought.recording = Recording::begin(3, 7, &fought.world, &fought.hindsight);
    fought.last = fought.world.clone();
    let fought = fought.fight(120);
    let error = dry_run_on(&rules, &[Arc::new(fought.recording)]).unwrap_err();
    assert_eq!(error.line, Some(3), "{error}");
    for words in ["strike: ", "seventy-seven", "in tick 5", "room 3", "release 7"] {
        assert!(error.message.contains(words), "{words} is not in: {error}");
    }
}

#[test]
fn the_check_of_recorded_fights_is_bounded_in_calls_and_in_operations() {
    let recordings: Vec<_> = (0..5).flat_map(|_| recorded("", 900)).collect();
    let draft = "fn move_player(vx, vy, dx, dy, dt) { let n = 0; for i in 0..90 { n += i; } [dx, dy] }";
    let rules = compile(draft);
    let alone = dry_run(&rules).unwrap();
    let report = dry_run_on(&rules, &recordings).unwrap();
    assert_eq!(report.recorded_fights as usize, hotlogic::dry_run::MAX_RECORDED_FIGHTS);
    assert!(report.recorded_ticks > 30 && report.recorded_ticks < 2_700, "cut: {}", report.recorded_ticks);
    let calls = report.hook_calls - alone.hook_calls;
    assert!(calls <= hotlogic::dry_run::MAX_RECORDED_CALLS, "{calls}");
    assert!(report.operations - alone.operations < 2_100_000, "{}", report.operations - alone.operations);
    assert_eq!(report.fight, alone.fight, "the generated fight is the same");
    assert!(report.operations_per_tick() > 1_000.0, "{}", report.operations_per_tick());
}

#[test]
fn an_orb_that_keeps_jumping_through_the_arena_is_refused_with_tick_and_hook() {
    let draft = "fn move_orb(x, y, vx, vy, dt) { [if x > 800 { 300.0 } else { 1300.0 }, y, vx, vy] }";
    let error = dry_run(&compile(draft)).unwrap_err();
    assert!(error.message.contains("it went 1000 units, 134 are as fast as it flies"), "{error}");
    assert!(error.message.contains("in tick 3 (`move_orb`)"), "{error}");
    let frozen = "fn move_orb(x, y, vx, vy, dt) { [200.0, 200.0, 0.0, 0.0] }";
    dry_run(&compile(frozen)).expect("it jumps once, to where it stays");
    let fast = "fn move_orb(x, y, vx, vy, dt) { [if x > 800 { x - 130.0 } else { x + 130.0 }, y, vx, vy] }";
    dry_run(&compile(fast)).expect("as fast as anything may be");
}

#[test]
fn a_hook_near_its_limit_is_a_warning_and_one_above_it_an_error_however_cheap_the_others_are() {
    let busy = |turns: u32| {
        format!(
            "fn move_orb(x, y, vx, vy, dt) {{ let n = 0; for i in 0..{turns} {{ n += i; }} [x, y, vx, vy] }}\n\
                 fn move_player(vx, vy, dx, dy, dt) {{ [vx, vy] }}"
        )
    };
    let rules = compile(&busy(230));
    let warnings = dry_run(&rules).unwrap().warnings(&rules);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].message.contains("`move_orb` takes"), "{warnings:?}");
    let cheap = compile(&busy(10));
    assert_eq!(dry_run(&cheap).unwrap().warnings(&cheap), []);
    let error = dry_run(&compile(&busy(800))).unwrap_err();
    assert!(error.message.contains("move_orb: too expensive"), "{error}");
}

#[test]
fn the_live_rules_differ_in_nothing_from_themselves() {
    let fights = recorded(shipped::ARENA, 300);
    for recordings in [&fights[..], &[]] {
        let same = rehearsed(shipped::ARENA, shipped::ARENA, recordings);
        assert_eq!((same.live, same.recorded), (same.draft, !recordings.is_empty()));
        assert!(same.live.kills > 0 && same.live.strikes > same.live.strike_hits, "{same:?}");
        for row in same.rows() {
            assert_eq!((row.live, row.verdict()), (row.draft, "same"), "{row:?}");
            assert!(row.change().is_none_or(|change| change == 0.0), "{row:?}");
        }
    }
}

#[test]
fn double_damage_kills_more_and_sooner_and_costs_what_it_costs() {
    let live = "const TUNING = #{ strike_damage: 3 };";
    let draft =
        format!("{live} fn strike(distance, facing, attacker_hp, target_hp) {{ strike_damage * 2.0 }}");
    for recordings in [recorded(live, 900), Vec::new()] {
        let found = rehearsed(live, &draft, &recordings);
        assert!(found.draft.kills > found.live.kills, "{found:?}");
        assert!(found.draft.time_to_kill.unwrap() < found.live.time_to_kill.unwrap(), "{found:?}");
        assert!(found.draft.damage > found.live.damage, "{found:?}");
        assert!(found.live.operations == 0.0 && found.draft.operations > 0.0, "{found:?}");
        assert!((found.seconds - found.ticks as f64 / 30.0).abs() < 0.1, "{found:?}");
    }
}

#[test]
fn a_rehearsal_ends_when_nobody_wants_it_any_more() {
    assert_eq!(rehearse(&compile(""), &compile(""), &[], || true), Ok(None));
}

#[test]
fn a_change_is_told_in_per_cent_and_in_words() {
    let row = |live, draft| Row { name: "n", title: "N", live, draft };
    let told = |live, draft| (row(live, draft).change(), row(live, draft).verdict());
    assert_eq!(told(Some(4.0), Some(5.0)), (Some(25.0), "more"));
    assert_eq!(told(Some(4.0), Some(5.1)).1, "much more");
    assert_eq!(told(Some(4.0), Some(1.0)), (Some(-75.0), "much less"));
    assert_eq!(told(Some(0.0), Some(3.0)), (None, "new"));
    assert_eq!(told(Some(2.0), None), (None, "gone"));
    assert_eq!(told(None, None), (None, "same"));
}
