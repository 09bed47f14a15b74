//! Compiled rules in a fight: they play as the interpreter does, and fail as it does.

use hotlogic::{Hook, Pace, RhaiRules, shipped};
use sim::rng::Rng;
use sim::rules::{MoveQuery, Rules, RulesError};
use sim::vec2::vec2;
use sim::{PlayerId, PlayerInput, Tick, Vec2, World};

/// More than are moved at once, and no multiple of it.
const PLAYERS: u32 = 75;

fn compile(script: &str) -> RhaiRules {
    RhaiRules::compile(script).unwrap_or_else(|error| panic!("{error}\n{script}"))
}

/// Six seconds of many who run, dash and strike.
fn fight(rules: &mut RhaiRules) -> Result<u64, RulesError> {
    let mut world = World::new(5, Tick(0), 30, &rules.tuning().clone());
    let mut rng = Rng::new(9);
    for id in 1..=PLAYERS {
        world.join(rules, PlayerId(id))?;
    }
    for _ in 0..180 {
        let inputs: Vec<_> = (1..=PLAYERS)
            .map(|id| {
                let direction = Vec2::from_angle(rng.next_unit() * 6.0);
                let (attack, dash) = (rng.next_unit() < 0.3, rng.next_unit() < 0.05);
                (PlayerId(id), PlayerInput { attack, dash, ..PlayerInput::moving(direction) })
            })
            .collect();
        world.step(rules, &inputs)?;
    }
    Ok(world.checksum())
}

#[test]
fn a_fight_is_the_same_whether_its_rules_are_compiled_or_interpreted() {
    for (name, script) in shipped::ALL {
        let mut rules = compile(script);
        assert_eq!(fight(&mut rules), fight(&mut rules.interpreted()), "{name}");
        let mut larger = rules.scaled(1.5);
        assert!(!matches!(larger.pace(Hook::MoveOrb), Pace::Interpreted(_)));
        assert_eq!(fight(&mut larger), fight(&mut larger.interpreted()), "{name}, in a larger arena");
    }
}

#[test]
fn a_script_that_cannot_be_compiled_plays_the_same() {
    let begin = "fn move_player(vx, vy, dx, dy, dt) {";
    let looping = shipped::ARENA.replace(begin, &format!("{begin} for n in 0..1 {{ vx += n; }}"));
    let mut looping = compile(&looping);
    assert!(matches!(looping.pace(Hook::MovePlayer), Pace::Interpreted(_)));
    assert_eq!(looping.pace(Hook::Strike), Pace::Compiled, "one hook does not slow down another");
    assert_eq!(fight(&mut looping), fight(&mut compile(shipped::ARENA)));
}

#[test]
fn a_compiled_rule_fails_with_the_words_and_the_place_of_the_interpreter() {
    let failing = [
        // An int overflows for whoever is fast enough.
        "fn move_player(vx, vy, dx, dy, dt) {\n    let n = to_int(vx) * 100000000;\n    [dx * 90.0, dy * 90.0]\n}",
        "fn move_player(vx, vy, dx, dy, dt) {\n    if vx > 50.0 { let n = 1 / (3 / 4); }\n    [dx * 90.0, dy]\n}",
        "fn move_player(vx, vy, dx, dy, dt) {\n    [dx / (if vx > 50.0 { 0.0 } else { 1.0 }) * 60.0, dy]\n}",
        "fn move_player(vx, vy, dx, dy, dt) { [vx * 1.5 + dx, vy + dy] }",
        "fn strike(distance, facing, hp, other) { 10 - other }",
        "fn on_kill(hp, streak, by_orb) { [1, 5 / (streak - 1)] }",
    ];
    for script in failing {
        let mut rules = compile(script);
        let hook = rules.hooks()[0];
        assert_eq!(rules.pace(hook), Pace::Compiled, "{script}");
        let error = fight(&mut rules).expect_err("it fails in the fight");
        assert_eq!(fight(&mut rules.interpreted()), Err(error.clone()), "{script}");
        assert_eq!(error.hook, hook.name());
        assert!(error.line.is_some(), "{error}");
    }
}

#[test]
fn players_who_are_moved_together_are_moved_as_if_one_by_one() {
    let mut rules = compile(
        "fn move_player(vx, vy, dx, dy, dt) {
            if dx == 0 && dy == 0 { return [vx * 0.9, vy * 0.9]; }
            let pace = hypot(vx, vy);
            if pace > player_speed { [vx - vx * dt, vy - vy * dt] } else { [vx + dx * sin(pace), vy + dy] }
        }",
    );
    let mut rng = Rng::new(2);
    for count in [0_usize, 1, 31, 32, 33, 100] {
        let queries: Vec<MoveQuery> = (0..count)
            .map(|_| {
                let mut vector = |scale: f32| vec2(rng.next_unit() - 0.5, rng.next_unit() - 0.5) * scale;
                let velocity = vector(900.0);
                let still = velocity.x < -100.0;
                let direction = if still { Vec2::ZERO } else { vector(1.0) };
                MoveQuery { velocity, direction, dt: 1.0 / 30.0 }
            })
            .collect();
        let mut together = vec![Vec2::ZERO; 3];
        rules.move_players(&queries, &mut together).unwrap();
        let alone: Vec<Vec2> = queries.iter().map(|query| rules.move_player(*query).unwrap()).collect();
        assert_eq!(together, alone, "{count} players");
    }
}
