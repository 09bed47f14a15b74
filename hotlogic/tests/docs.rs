//! `docs/rules.md` and the README tell the truth: their examples work, and the tables are complete.

use hotlogic::reference::{self, functions};
use hotlogic::{Card, Hook, RhaiRules, diagnose, dry_run, shipped};
use sim::{DEFAULT_TICK_RATE, PlayerId, PlayerInput, Tick, Tuning, Vec2, World};

const RULES: &str = include_str!("../../docs/rules.md");
const README: &str = include_str!("../../README.md");

/// The fenced blocks in the script language.
fn examples() -> Vec<&'static str> {
    let blocks =
        |text: &'static str| text.split("```rhai\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks(RULES).chain(blocks(README)).collect()
}

#[test]
fn every_example_passes_the_checks_that_a_published_script_must_pass() {
    let examples = examples();
    assert!(examples.len() >= 5, "{} examples", examples.len());
    let mut shown = Vec::new();
    for example in examples {
        let rules = RhaiRules::compile(example).unwrap_or_else(|error| panic!("{error}\n{example}"));
        let report = dry_run(&rules).unwrap_or_else(|error| panic!("{error}\n{example}"));
        assert!(report.hook_calls > 0, "no hook is called in\n{example}");
        shown.extend(rules.hooks());
    }
    for hook in Hook::ALL {
        assert!(shown.contains(&hook), "no example has {}", hook.name());
    }
}

#[test]
fn the_example_of_a_card_goes_with_the_shipped_rules() {
    let card = RULES.split("```rhai-card\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let card = Card::parse("example", card).unwrap_or_else(|error| panic!("{error}"));
    for (name, rules) in shipped::ALL {
        let (composed, rules) = card.compile(rules).unwrap_or_else(|error| panic!("{name}: {error}"));
        dry_run(&rules).unwrap_or_else(|error| panic!("{name}: {}", composed.locate(error)));
    }
}

#[test]
fn every_hook_is_documented_with_its_parameters_and_its_answer() {
    for hook in Hook::ALL {
        let returns = hook.returns().split(" or ").next().unwrap();
        let heading = format!("### `{}` returns `{returns}`\n", hook.signature());
        assert!(RULES.contains(&heading), "{heading}");
        for param in hook.params() {
            assert!(RULES.contains(&format!("`{param}`")), "{param} of {}", hook.name());
        }
    }
}

#[test]
fn every_tuning_number_is_documented_with_its_default_and_bounds() {
    for field in Tuning::FIELDS {
        let row = format!(
            "| `{}` | {} | {} | {} | {} |\n",
            field.name,
            field.default,
            field.min,
            field.max,
            field.doc.trim()
        );
        assert!(RULES.contains(&row), "missing: {row}");
    }
}

/// The part of the page from a heading to the next one of the same level.
fn section(heading: &str) -> &'static str {
    let (_, rest) = RULES.split_once(&format!("\n## {heading}\n")).expect("a heading");
    rest.split("\n## ").next().unwrap_or(rest)
}

/// The rows of all tables in a part of the page, without their headings.
fn rows(section: &'static str) -> Vec<&'static str> {
    let lines: Vec<&str> = section.lines().collect();
    let is_row = |index: &usize| {
        let heading = lines.get(index + 1).is_some_and(|next| next.starts_with("|---"));
        lines[*index].starts_with("| ") && !heading
    };
    (0..lines.len()).filter(is_row).map(|index| lines[index]).collect()
}

#[test]
fn no_hook_and_no_tuning_number_is_documented_that_the_game_does_not_have() {
    let headings: Vec<&str> =
        section("Hooks").lines().filter_map(|line| line.strip_prefix("### `")?.split('(').next()).collect();
    assert_eq!(headings, Hook::ALL.map(Hook::name));
    let documented: Vec<&str> =
        rows(section("Tuning numbers")).into_iter().filter_map(|row| row.split('`').nth(1)).collect();
    let real: Vec<&str> = Tuning::FIELDS.iter().map(|field| field.name).collect();
    assert_eq!(documented, real);
}

#[test]
fn the_documented_functions_are_those_of_the_engine_and_no_others() {
    let real: Vec<String> = functions::ALL
        .iter()
        .map(|function| {
            let forms: Vec<String> = function.forms.iter().map(|form| format!("`{form}`")).collect();
            format!("| {} | {} |", forms.join(" "), function.doc)
        })
        .collect();
    assert_eq!(rows(section("Functions")), real);
}

#[test]
fn the_documented_constants_are_those_of_the_engine() {
    for constant in reference::built_in_constants() {
        assert!(section("Constants").contains(&format!("`{}`", constant.name)), "{}", constant.name);
    }
}

#[test]
fn the_documented_limits_are_the_real_ones() {
    let real: Vec<String> =
        reference::limits().iter().map(|limit| format!("| {} | {} |", limit.what, limit.most)).collect();
    assert_eq!(rows(section("Limits")), real);
}

#[test]
fn six_worked_rules_compile_without_remarks_pass_the_check_and_play() {
    let worked: Vec<&str> = RULES.split("\n## Example: ").skip(1).collect();
    assert!(worked.len() >= 6, "{} worked rules", worked.len());
    for example in worked {
        let (title, rest) = example.split_once('\n').unwrap();
        let script = rest.split("```rhai\n").nth(1).and_then(|code| code.split("```").next()).unwrap();
        assert_eq!(diagnose(script), [], "{title}");
        let mut rules = RhaiRules::compile(script).unwrap_or_else(|error| panic!("{title}: {error}"));
        dry_run(&rules).unwrap_or_else(|error| panic!("{title}: {error}"));
        play(title, &mut rules);
    }
}

/// A minute of six players who run around and strike whoever they meet: somebody gets hurt, and nobody gets lost.
fn play(title: &str, rules: &mut RhaiRules) {
    let tuning = rules.tuning().clone();
    let mut world = World::new(3, Tick(1), DEFAULT_TICK_RATE, &tuning);
    for id in 1..=6 {
        world.join(rules, PlayerId(id)).unwrap_or_else(|error| panic!("{title}: {error}"));
    }
    let start = world.orb.position;
    let (mut hurt, mut flown) = (false, false);
    for _ in 0..1_800 {
        let inputs: Vec<_> = world
            .players
            .iter()
            .map(|player| {
                let others = world.players.iter().filter(|other| other.id != player.id);
                let prey = others.map(|other| other.position).next().unwrap_or(start);
                let direction = (prey - player.position).normalize_or(Vec2::ZERO);
                (player.id, PlayerInput { attack: true, ..PlayerInput::moving(direction) })
            })
            .collect();
        world.step(rules, &inputs).unwrap_or_else(|error| panic!("{title}: {error}"));
        hurt |= world.players.iter().any(|player| f64::from(player.hp) < f64::from(tuning.max_hp));
        flown |= world.orb.position != start;
        assert!(world.players.iter().all(|player| player.position.is_finite()), "{title}");
    }
    assert!(hurt && flown, "{title}: hurt {hurt}, orb has flown {flown}");
}
