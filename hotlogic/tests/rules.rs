//! What scripts can rely on: purity, the native fallback, the shipped rules, constants and functions.

use hotlogic::{Hook, RhaiRules, dry_run, shipped};
use sim::rng::Rng;
use sim::rules::{KillOutcome, KillQuery, MoveQuery, OrbMotion, Rules, StrikeOutcome, StrikeQuery};
use sim::vec2::vec2;
use sim::{NativeRules, PlayerId, PlayerInput, Tick, Vec2, World};

fn compile(script: &str) -> RhaiRules {
    RhaiRules::compile(script).unwrap_or_else(|error| panic!("{error}\n{script}"))
}

const STRIKE: StrikeQuery = StrikeQuery { distance: 12.0, facing: 1.0, attacker_hp: 80, target_hp: 60 };

/// Ten seconds of six players who do whatever comes to their mind.
fn fight(rules: &mut impl Rules) -> u64 {
    let tuning = rules.tuning().clone();
    let mut world = World::new(5, Tick(0), 30, &tuning);
    let mut rng = Rng::new(9);
    for id in 1..=6 {
        world.join(rules, PlayerId(id)).expect("good rules");
    }
    for _ in 0..300 {
        let inputs: Vec<_> = (1..=6)
            .map(|id| {
                let direction = Vec2::from_angle(rng.next_unit() * 6.0);
                let attack = rng.next_unit() < 0.3;
                (PlayerId(id), PlayerInput { attack, ..PlayerInput::moving(direction) })
            })
            .collect();
        world.step(rules, &inputs).expect("good rules");
    }
    world.checksum()
}

#[test]
fn a_script_without_hooks_plays_exactly_like_the_native_rules() {
    assert_eq!(fight(&mut compile("")), fight(&mut NativeRules::default()));
    let mut native = NativeRules::default();
    native.tuning.set("player_speed", 333.0).unwrap();
    let mut scripted = compile("const TUNING = #{ player_speed: 333 };\nfn helper(x) { x * 2 }");
    assert!(scripted.hooks().is_empty());
    assert_eq!(fight(&mut scripted), fight(&mut native));
}

#[test]
fn native_rules_written_as_a_script_play_exactly_alike() {
    let mut scripted = compile(
        "fn move_player(vx, vy, dx, dy, dt) {
            let share = min(player_response * dt, 1.0);
            [vx + (dx * player_speed - vx) * share, vy + (dy * player_speed - vy) * share]
        }
        fn strike(distance, facing, attacker_hp, target_hp) { strike_damage }
        fn spawn_point(r1, r2) { [arena_width * r1, arena_height * r2] }
        fn on_kill(killer_hp, streak, by_orb) { 1 }",
    );
    assert_eq!(fight(&mut scripted), fight(&mut NativeRules::default()));
}

#[test]
fn equal_questions_get_equal_answers_whatever_was_asked_before() {
    let mut rules = compile(shipped::ARENA);
    let orb = OrbMotion { position: vec2(100.0, 200.0), velocity: vec2(300.0, -40.0) };
    let first = rules.move_orb(orb, 0.033).unwrap();
    let mut clone = rules.clone();
    for n in 0..2_000 {
        rules.strike(STRIKE).unwrap();
        rules.spawn_point([n as f32 / 2_000.0, 0.5]).unwrap();
        assert_eq!(rules.move_orb(orb, 0.033).unwrap(), first, "call {n}");
    }
    assert_eq!(clone.move_orb(orb, 0.033).unwrap(), first);
    assert_eq!(fight(&mut compile(shipped::ARENA)), fight(&mut rules), "used rules play like fresh ones");
}

#[test]
fn a_failed_call_leaves_nothing_behind() {
    let mut rules = compile("fn on_kill(hp, streak, by_orb) { if streak > 5 { loop { } } 3 }");
    let query = |streak| KillQuery { killer_hp: 1, streak, by_orb: false };
    for _ in 0..3 {
        let error = rules.on_kill(query(6)).unwrap_err();
        assert_eq!((error.hook, error.line), ("on_kill", Some(1)), "{error}");
        assert_eq!(rules.on_kill(query(1)).unwrap(), KillOutcome { points: 3, heal: 0 });
    }
}

#[test]
fn arrays_of_constants_stay_as_they_are() {
    let mut rules = compile(
        "const TABLE = [10, 20, 30];
        fn strike(distance, facing, attacker_hp, target_hp) { let t = TABLE; t[1] += 5; t[1] + TABLE[1] }",
    );
    for _ in 0..3 {
        assert_eq!(rules.strike(STRIKE).unwrap().damage, 45);
    }
}

/// The strike hook returns the value of `expression`, times 100, as its damage.
fn check_number(expression: &str, expected: i32) {
    let script = format!(
        "const TWO = 2; const LIST = [1, 2.5];\nfn strike(distance, facing, attacker_hp, target_hp) {{ 100 * ({expression}) }}"
    );
    let outcome = compile(&script).strike(STRIKE);
    assert_eq!(outcome.map(|outcome| outcome.damage), Ok(expected), "{expression}");
}

#[test]
fn functions_take_ints_and_floats_alike() {
    check_number("sin(1)", 84);
    check_number("sin(1.0)", 84);
    check_number("cos(0)", 100);
    check_number("pow(2, 3)", 800);
    check_number("pow(2.0, -1)", 50);
    check_number("sqrt(16)", 400);
    check_number("hypot(3, 4.0)", 500);
    check_number("atan2(1, 1)", 79);
    check_number("atan2(1.0, 0)", 157);
    check_number("exp(1)", 272);
    check_number("ln(10)", 230);
    check_number("log10(1000)", 300);
    check_number("min(1, 2.5)", 100);
    check_number("max(1, 2)", 200);
    check_number("clamp(7, 0, 2.5)", 250);
    check_number("lerp(0, 10, 0.25)", 250);
    check_number("abs(-3)", 300);
    check_number("abs(-3.5)", 350);
    check_number("3 + sign(-0.5)", 200);
    check_number("floor(2.7) + ceil(0.2) + round(0.5)", 400);
    check_number("to_int(2.9)", 200);
    check_number("to_degrees(PI) / 180", 100);
    check_number("TAU / PI", 200);
    check_number("7 % 4", 300);
    check_number("if attacker_hp == 80 && target_hp < 61.5 { 1 } else { 0 }", 100);
}

#[test]
fn constants_and_tuning_numbers_are_seen_in_functions() {
    check_number("TWO", 200);
    check_number("LIST[1]", 250);
    check_number("LIST[to_int(distance) - 12]", 100);
    check_number("LIST.len()", 200);
    check_number("strike_damage / 20", 100);
    let mut rules = compile(
        "const TUNING = #{ orb_radius: 33 };\nconst HALF = 1.0 / 2;\nfn twice(x) { x * 2 }\nconst FOUR = twice(2);
        fn spawn_point(r1, r2) { [orb_radius * HALF, FOUR] }",
    );
    assert_eq!(rules.spawn_point([0.0, 0.0]), Ok(vec2(16.5, 4.0)));
    assert_eq!(rules.tuning().orb_radius, 33.0);
}

#[test]
fn a_bare_number_is_damage_with_the_usual_push_and_fractions_are_rounded() {
    let outcome = |script: &str| compile(script).strike(STRIKE).unwrap();
    let usual = sim::Tuning::default().strike_knockback;
    assert_eq!(outcome("fn strike(d, f, a, t) { 7.5 }"), StrikeOutcome { damage: 8, knockback: usual });
    assert_eq!(outcome("fn strike(d, f, a, t) { [3, -50] }"), StrikeOutcome { damage: 3, knockback: -50.0 });
}

#[test]
fn all_shipped_scripts_pass_the_dry_run() {
    for (name, script) in shipped::ALL {
        let report = dry_run(&compile(script)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(report.ticks > 0 && report.kills > 5 && report.respawns > 5, "{name}: {report:?}");
        assert!(report.hook_calls > 300 && report.operations / report.hook_calls < 100, "{name}: {report:?}");
    }
    let all_but_minds: Vec<Hook> = Hook::ALL.into_iter().filter(|hook| *hook != Hook::BotThink).collect();
    assert_eq!(compile(shipped::ARENA).hooks(), all_but_minds);
}

#[test]
fn the_classic_arena_is_what_it_says() {
    let mut rules = compile(shipped::CLASSIC);
    let tuning = rules.tuning().clone();
    assert_eq!((tuning.arena_width, tuning.arena_height), (500.0, 500.0));
    assert_eq!((tuning.strike_range, tuning.max_hp, tuning.player_radius), (10.0, 100.0, 5.0));
    for random in [[0.0, 0.0], [0.5, 0.25], [0.999, 0.999]] {
        let Vec2 { x, y } = rules.spawn_point(random).unwrap();
        assert!((0.0..=100.0).contains(&x) && (0.0..=100.0).contains(&y), "[{x}, {y}]");
    }
    assert_eq!(rules.strike(STRIKE).unwrap().damage, 10);

    let straight = OrbMotion { position: vec2(250.0, 250.0), velocity: vec2(75.0, 0.0) };
    let next = rules.move_orb(straight, 0.1).unwrap();
    assert_eq!(next, OrbMotion { position: vec2(257.5, 250.0), velocity: vec2(75.0, 0.0) });
    let at_the_wall = OrbMotion { position: vec2(493.0, 250.0), velocity: vec2(75.0, 20.0) };
    assert_eq!(rules.move_orb(at_the_wall, 0.1).unwrap().velocity.x.signum(), -1.0);
}

#[test]
fn a_classic_strike_takes_ten_hit_points_within_ten_units_and_none_beyond() {
    let check = |distance: f32, hp: i32| {
        let mut rules = compile(shipped::CLASSIC);
        let mut world = World::new(1, Tick(0), 30, &rules.tuning().clone());
        for id in 1..=2 {
            world.join(&mut rules, PlayerId(id)).unwrap();
        }
        for (player, x) in world.players.iter_mut().zip([250.0, 250.0 + distance]) {
            (player.position, player.shield_left) = (vec2(x, 100.0), 0);
        }
        world.step(&mut rules, &[(PlayerId(1), PlayerInput::striking(None))]).unwrap();
        assert_eq!(world.players[1].hp, hp, "{distance} units apart");
    };
    check(9.9, 90);
    check(10.0, 90);
    check(10.1, 100);
}

#[test]
fn the_arena_orb_stays_lively_for_minutes() {
    let mut rules = compile(shipped::ARENA);
    let tuning = rules.tuning().clone();
    let mut orb = OrbMotion { position: vec2(800.0, 500.0), velocity: vec2(0.0, 0.0) };
    let (mut left, mut right, mut top, mut bottom) = (false, false, false, false);
    for _ in 0..30 * 180 {
        orb = rules.move_orb(orb, 1.0 / 30.0).unwrap();
        left |= orb.position.x < tuning.arena_width * 0.25;
        right |= orb.position.x > tuning.arena_width * 0.75;
        top |= orb.position.y < tuning.arena_height * 0.25;
        bottom |= orb.position.y > tuning.arena_height * 0.75;
    }
    assert!(left && right && top && bottom, "the orb gets everywhere");
    assert!((orb.velocity.length() - tuning.orb_speed).abs() < 1.0, "at its usual pace: {orb:?}");
}

#[test]
fn the_arena_player_reaches_full_speed_and_stops_again() {
    let mut rules = compile(shipped::ARENA);
    let mut velocity = Vec2::ZERO;
    let mut run = |direction: Vec2, ticks: u32| {
        for _ in 0..ticks {
            velocity = rules.move_player(MoveQuery { velocity, direction, dt: 1.0 / 30.0 }).unwrap();
        }
        velocity.length()
    };
    assert!(run(vec2(1.0, 0.0), 15) > 260.0, "half a second to full speed");
    assert!(run(Vec2::ZERO, 15) < 1.0, "half a second to a stop");
}

#[cfg(feature = "sync")]
#[test]
fn rules_can_move_to_another_thread() {
    fn assert_send<T: Send + Sync + Clone>() {}
    assert_send::<RhaiRules>();
}

#[test]
fn the_team_script_turns_teams_on_and_a_wrong_number_of_teams_is_refused() {
    assert_eq!(sim::Rules::tuning(&compile(shipped::TEAMS)).teams, 2.0);
    assert_eq!(sim::Rules::tuning(&compile(shipped::ARENA)).teams, 0.0);
    let refused = RhaiRules::compile("const TUNING = #{ teams: 1 };").unwrap_err().to_string();
    assert!(refused.contains("must be 0 (everybody fights for themselves) or 2"), "{refused}");
}
