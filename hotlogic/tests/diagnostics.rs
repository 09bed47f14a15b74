//! What the editor shows while a script is written: everything that is wrong at once, each remark at its place.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use hotlogic::reference::{self, functions};
use hotlogic::{Diagnostic, Hook, RhaiRules, diagnose, dry_run, shipped};

/// The remarks on a script as `line:column severity`, in their order.
fn places(found: &[Diagnostic]) -> Vec<String> {
    let place = |one: &Diagnostic| {
        let (line, column) = (one.error.line.unwrap(), one.error.column.unwrap());
        format!("{line}:{column} {}", one.severity.as_str())
    };
    found.iter().map(place).collect()
}

/// There is one remark, at this place, with this in it; and this suggestion.
fn check(script: &str, place: &str, part: &str, suggestion: Option<&str>) {
    let found = diagnose(script);
    assert_eq!(places(&found), [place], "{found:?}\n{script}");
    assert!(found[0].error.message.contains(part), "expected {part:?} in {found:?}");
    assert_eq!(found[0].error.suggestion(), suggestion, "{found:?}");
}

#[test]
fn several_mistakes_are_shown_at_once_and_each_where_it_stands() {
    let script = "const TUNING = #{\n  player_sped: 300.0,\n  max_hp: -1,\n};\n\
                  fn strike(distance, facing, hp, target) {\n  let d = strike_damge;\n  sqr(d) + floor(1, 2)\n}\n\
                  fn on_kil(a, b, c) { 1 }\n";
    let found = diagnose(script);
    assert_eq!(
        places(&found),
        ["2:3 error", "3:3 error", "6:11 error", "7:3 error", "7:12 error", "9:4 error"],
        "{found:?}"
    );
    let suggestions: Vec<_> = found.iter().map(|one| one.error.suggestion().unwrap_or("-")).collect();
    assert_eq!(suggestions, ["player_speed", "-", "strike_damage", "sqrt", "-", "on_kill"]);
    let refusal = RhaiRules::compile(script).unwrap_err();
    assert!(found.iter().any(|one| one.error == refusal), "{refusal}");
}

#[test]
fn what_looks_like_a_hook_but_is_none_is_pointed_out() {
    check("fn move_playr(a, b, c, d, e) { [a, b] }", "1:4 error", "not a hook", Some("move_player"));
    check("fn movePlayers(a, b, c, d, e) { [a, b] }", "1:4 warning", "not a hook", Some("move_player"));
    check("fn onKilled(a, b, c) { 1 }", "1:4 warning", "not a hook", Some("on_kill"));
    check("fn tick(dt) { dt }", "1:4 warning", "neither the game nor this script", None);
}

#[test]
fn what_nothing_uses_and_what_does_nothing_is_pointed_out() {
    check("const SPEED = 5.0;\nfn on_kill(a, b, c) { 1 }", "1:7 warning", "`SPEED` is never used", None);
    check("fn on_kill(a, b, c) {\n  print(a);\n  1\n}", "2:3 warning", "no output", None);
    check("fn on_kill(a, b, c) { [1 + 1 / 2, 0] }", "1:30 warning", "`1 / 2` is 0", None);
    let used =
        "const A = 1.0;\nconst B = A * 2.0;\nfn half(x) { x * 0.5 }\nfn strike(a, b, c, d) { half(B) }";
    assert_eq!(diagnose(used), []);
}

#[test]
fn a_script_that_cannot_be_read_has_one_remark_where_it_breaks() {
    check("fn on_kill(a, b, c) {\n  [1, 0\n}", "3:1 error", "", None);
    check(&"// long\n".repeat(10_000), "1:1 error", "at most 65536", None);
    assert!(diagnose(&"let a = b;\n".repeat(3_000)).len() <= 100);
}

#[test]
fn functions_that_take_functions_are_refused_as_no_check_could_see_what_they_call() {
    let script = "fn on_kill(a, b, c) {\n  [1, 2].map(\"sin\");\n  1\n}";
    let found = diagnose(script);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].error.message.contains("use a loop"), "{found:?}");
    assert!(RhaiRules::compile(script).is_err());
}

#[test]
fn the_shipped_scripts_and_every_starter_are_without_remarks_and_play() {
    let starters = reference::hooks().into_iter().map(|words| (words.hook.name(), words.starter));
    for (name, script) in shipped::ALL.iter().copied().chain(starters) {
        assert_eq!(diagnose(script), [], "{name}");
        let rules = RhaiRules::compile(script).unwrap();
        assert!(dry_run(&rules).unwrap().hook_calls > 0, "{name}");
        assert!(Hook::by_name(name).is_none_or(|hook| rules.hooks() == [hook]), "{name}");
    }
}

#[test]
fn functions_of_the_reference_can_be_called_as_they_are_written() {
    for function in functions::ALL.iter().filter(|function| !function.is_method()) {
        let names: Vec<&str> = function.forms[0].split(['(', ')', ',']).skip(1).map(str::trim).collect();
        let arguments: Vec<&str> = names.iter().filter(|name| !name.is_empty()).map(|_| "1").collect();
        let ints = ["is_nan", "is_finite"].contains(&function.name);
        let call = format!("{}({})", function.name, arguments.join(", "))
            .replace('1', if ints { "1.0" } else { "1" });
        let script = format!("fn on_kill(a, b, c) {{ let v = {call}; 1 }}");
        let rules = RhaiRules::compile(&script).unwrap_or_else(|error| panic!("{error}\n{script}"));
        dry_run(&rules).unwrap_or_else(|error| panic!("{error}\n{script}"));
    }
}
