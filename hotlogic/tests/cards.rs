//! Cards: put together with rules they are one script, the same everywhere, and what is wrong with one is shown at its place.

use hotlogic::{Card, Hook, Pace, RhaiRules, dry_run, shipped};
use sim::Vec2;
use sim::rules::{KillQuery, MoveQuery, OrbMotion, Rules, StrikeQuery};
use sim::vec2::vec2;

fn card(source: &str) -> Card {
    Card::parse("test", source).unwrap_or_else(|error| panic!("{error}\n{source}"))
}

/// The card together with rules, ready to play.
fn with(source: &str, rules: &str) -> RhaiRules {
    card(source).compile(rules).unwrap_or_else(|error| panic!("{error}\n{source}")).1
}

/// What is wrong with a card, on these rules.
#[track_caller]
fn check_refused(source: &str, rules: &str, expect: &str) {
    let refused = Card::parse("test", source).and_then(|card| card.compile(rules).map(|_| ()));
    let error = refused.expect_err(source).to_string();
    assert!(error.contains(expect), "{error}\nis not what was expected:\n{expect}");
}

fn strike(rules: &mut RhaiRules) -> (i32, f32) {
    let query = StrikeQuery { distance: 20.0, facing: 1.0, attacker_hp: 100, target_hp: 100 };
    let outcome = rules.strike(query).expect("the card plays");
    (outcome.damage, outcome.knockback)
}

#[test]
fn hooks_that_are_asked_for_every_player_stay_compiled() {
    for (name, source) in shipped::CARDS {
        for (_, rules) in shipped::ALL {
            let pace = with(source, rules).pace(Hook::MovePlayer);
            assert!(!matches!(pace, Pace::Interpreted(_)), "{name}: {pace:?}");
        }
    }
}

#[test]
fn the_composed_script_is_the_rules_with_the_cards_numbers_and_then_the_card() {
    let rules = "\
const TUNING = #{
    strike_damage: 20, // of 100
    orb_damage: 30,
};
const MORE = 2;
fn strike(distance, facing, attacker_hp, target_hp) { doubled(strike_damage) }
fn doubled(n) { n * MORE }
";
    let source = "\
// Test: a test.
const MORE = 3;
const TUNING = #{
    orb_damage: orb_damage * MORE,
};
fn strike(distance, facing, attacker_hp, target_hp) {
    let blow = base_strike(distance, facing, attacker_hp, target_hp);
    [doubled(blow[0]) + MORE, blow[1]]
}
fn doubled(n) { n * 2 }
";
    let expect = "\
const TUNING = #{ orb_damage: 90.0, strike_damage: 20, };



const MORE = 2;
fn rules_strike(distance, facing, attacker_hp, target_hp) { doubled(strike_damage) }
fn doubled(n) { n * MORE }
// Test: a test.
const card_MORE = 3;



fn strike(distance, facing, attacker_hp, target_hp) {
    let blow = base_strike(distance, facing, attacker_hp, target_hp);
    [card_doubled(blow[0]) + card_MORE, blow[1]]
}
fn card_doubled(n) { n * 2 }
fn base_strike(distance, facing, attacker_hp, target_hp) {
    let answer = rules_strike(distance, facing, attacker_hp, target_hp);
    if type_of(answer) == \"array\" { answer } else { [answer, strike_knockback] }
}
";
    assert_eq!(card(source).compose(rules).unwrap().script, expect);
    // 20 doubled by the rules, by the card, and three.
    assert_eq!(strike(&mut with(source, rules)), (83, 420.0));
}

#[test]
fn a_card_without_numbers_leaves_those_of_the_rules_alone() {
    let source = "// Test: a test.\nfn on_kill(killer_hp, streak, by_orb) { 5 }\n";
    let rules = with(source, shipped::ARENA);
    assert_eq!(rules.tuning(), RhaiRules::compile(shipped::ARENA).unwrap().tuning());
}

#[test]
fn numbers_go_no_further_than_their_bounds() {
    let source = "// Test: a test.\nconst TUNING = #{ player_speed: player_speed * 1000, orb_drag: -1.0 };\n";
    let rules = with(source, shipped::ARENA);
    assert_eq!(rules.tuning().player_speed, sim::tuning::MAX_SPEED);
    assert_eq!(rules.tuning().orb_drag, 0.0);
}

#[test]
fn rules_without_a_map_of_numbers_get_the_cards() {
    let source = "// Test: a test.\nconst TUNING = #{ max_hp: max_hp / 2 };\n";
    assert_eq!(with(source, "fn on_kill(a, b, c) { 1 }").tuning().max_hp, 50.0);
    assert_eq!(with(source, "").tuning().max_hp, 50.0);
}

/// A card that passes on what each hook of the rules answers.
const PASSES_ON: &str = "\
// Test: a test.
fn move_player(vx, vy, dx, dy, dt) { base_move_player(vx, vy, dx, dy, dt) }
fn strike(distance, facing, attacker_hp, target_hp) { base_strike(distance, facing, attacker_hp, target_hp) }
fn move_orb(x, y, vx, vy, dt) { base_move_orb(x, y, vx, vy, dt) }
fn spawn_point(r1, r2) { base_spawn_point(r1, r2) }
fn on_kill(killer_hp, streak, by_orb) { base_on_kill(killer_hp, streak, by_orb) }
";

#[test]
fn what_the_rules_answer_can_be_passed_on() {
    for (name, rules) in shipped::ALL {
        let (mut plain, mut passed) = (RhaiRules::compile(rules).unwrap(), with(PASSES_ON, rules));
        // Native hooks are written as a script then, which rounds elsewhere.
        let near = |a: f32, b: f32| assert!((a - b).abs() < 0.01, "{name}: {a} and {b}");
        let same = |a: Vec2, b: Vec2| {
            near(a.x, b.x);
            near(a.y, b.y);
        };
        for at in [vec2(0.0, 0.0), vec2(300.0, 200.0), vec2(499.0, 499.0)] {
            for velocity in [vec2(0.0, 0.0), vec2(90.0, -50.0), vec2(-600.0, 300.0)] {
                let orb = OrbMotion { position: at, velocity };
                let (a, b) = (plain.move_orb(orb, 0.05).unwrap(), passed.move_orb(orb, 0.05).unwrap());
                same(a.position, b.position);
                same(a.velocity, b.velocity);
                let query = MoveQuery { velocity, direction: vec2(0.6, 0.8), dt: 0.05 };
                same(plain.move_player(query).unwrap(), passed.move_player(query).unwrap());
            }
        }
        same(plain.spawn_point([0.3, 0.7]).unwrap(), passed.spawn_point([0.3, 0.7]).unwrap());
        assert_eq!(strike(&mut plain), strike(&mut passed));
        let kill = KillQuery { killer_hp: 10, streak: 3, by_orb: true };
        assert_eq!(plain.on_kill(kill).unwrap(), passed.on_kill(kill).unwrap());
        dry_run(&passed).unwrap();
    }
}

#[test]
fn names_of_a_card_meet_none_of_the_rules() {
    // The same constants, functions and local variables as the arena's.
    let source = "\
// Test: a test.
const START = 3.0;
const OTHERS = #{ START: 1 };
fn slanted(a) { let START_2 = a; START_2 + START + OTHERS.START }
fn on_kill(killer_hp, streak, by_orb) { slanted(1) }
";
    let mut rules = with(source, shipped::ARENA);
    assert_eq!(rules.on_kill(KillQuery { killer_hp: 1, streak: 1, by_orb: false }).unwrap().points, 5);
    let arena = RhaiRules::compile(shipped::ARENA).unwrap().move_player(walking()).unwrap();
    assert_eq!(rules.move_player(walking()).unwrap(), arena);
}

fn walking() -> MoveQuery {
    MoveQuery { velocity: Vec2::ZERO, direction: vec2(1.0, 0.0), dt: 1.0 / 30.0 }
}

#[test]
fn cards_compose_to_the_same_text_again() {
    let (_, source) = shipped::CARDS[0];
    let card = Card::parse("a", source).unwrap();
    let text = card.compose(shipped::ARENA).unwrap().script;
    assert_eq!(card.compose(shipped::ARENA).unwrap().script, text);
    assert!(!text.is_empty());
}

#[test]
fn a_card_needs_a_title_and_one_line_of_text() {
    check_refused("", "", "card `test`: line 1, column 1: a card begins with its words");
    check_refused("const TUNING = #{ max_hp: 50 };", "", "begins with its words");
    check_refused("// Only a title\nconst TUNING = #{ max_hp: 50 };", "", "one line of text");
    check_refused(&format!("// {}: a\n", "x".repeat(29)), "", "the title must have 1 to 28");
    check_refused("// Test: a test.\n// zh: 测试\n", "", "line 2, column 1");
    check_refused("// Test: a test.\n", "", "the card changes nothing");
    assert!(Card::parse("none", "// A: b\nconst TUNING = #{ max_hp: 9 };").is_err());
    assert!(Card::parse("Big", "// A: b\nconst TUNING = #{ max_hp: 9 };").is_err());
}

#[test]
fn a_broken_card_is_refused_at_its_own_line_and_column() {
    let body = |body: &str| format!("// Test: a test.\nconst HEAL = 4;\n{body}\n");
    let check = |card: &str, expect: &str| check_refused(&body(card), shipped::ARENA, expect);
    check("fn on_kill(killer_hp, streak) { 1 }", "line 3, column 4: `on_kill` must have 3 parameters");
    check("fn on_kill(a, b, c) { HEAL + bonus }", "line 3, column 30: `bonus` is not defined");
    check("fn on_kill(a, b, c) { base_strike(1) }", "line 3, column 23: `base_strike` takes 4 arguments");
    check("fn on_kill(a, b, c) { base_kill(a, b, c) }", "there is no function `base_kill`");
    check("fn base_strike(a) { a }", "must not begin with `base_`");
    check("const TUNING = #{ max_hpp: 1 };", "line 3, column 19: TUNING: there is no tuning number");
    check("const TUNING = #{ max_hp: \"x\" };", "must be a number");
    check("const TUNING = #{ max_hp: max_hp * };", "line 3");
    check("const TWICE = max_hp * 2;", "can only be read inside of functions");
    check("let x = 1;", "must be `const`");
    // Only together with these rules: their constants may not be hidden.
    check("fn on_kill(a, b, SWIRL) { HEAL }", "line 3, column 4: `SWIRL` is a constant");
}

#[test]
fn what_fails_in_the_dry_run_is_shown_in_the_card() {
    let source = "// Test: a test.\nconst NO = 0;\nfn on_kill(a, b, c) { let n = NO; 1 / NO }\n";
    let (composed, rules) = card(source).compile(shipped::ARENA).unwrap();
    let error = composed.locate(dry_run(&rules).unwrap_err());
    assert_eq!((error.line, error.column), (Some(3), Some(37)), "{error}");
    // The rules divide by what the card made nothing.
    let rules = "fn on_kill(a, b, c) { 10 / (orb_damage.to_int() * 0 + max_hp.to_int() / 50) }";
    let source = "// Test: a test.\nconst TUNING = #{ max_hp: 10 };\n";
    let (composed, rules) = card(source).compile(rules).unwrap();
    let error = composed.locate(dry_run(&rules).unwrap_err());
    assert!(error.message.contains("in the rules that it changes, line 1"), "{error}");
    assert_eq!((error.line, error.column), (Some(1), Some(1)));
}
