//! Scripts that designers really write by mistake: each is refused with the right line and a helpful message.

use hotlogic::{MAX_SCRIPT_BYTES, RhaiRules, ScriptError, dry_run};

/// Compiles and, if that works, dry-runs a script which must fail.
fn refusal(script: &str) -> ScriptError {
    let outcome = RhaiRules::compile(script).and_then(|rules| dry_run(&rules));
    match outcome {
        Err(error) => error,
        Ok(report) => panic!("accepted, after {report:?}:\n{script}"),
    }
}

/// The script is refused at `line`, with a message that contains `part`.
fn check(script: &str, line: u32, part: &str) {
    let error = refusal(script);
    assert_eq!(error.line, Some(line), "{error}\n{script}");
    assert!(error.column.is_some_and(|column| column >= 1), "{error}\n{script}");
    assert!(error.message.contains(part), "expected {part:?} in: {error}\n{script}");
    let place = format!("line {line}, column ");
    assert!(error.to_string().starts_with(&place), "{error}");
}

#[test]
fn what_does_not_parse_is_refused_where_it_goes_wrong() {
    check("fn move_orb(x, y, vx, vy, dt) {\n  [x, y, vx, vy]\n", 3, "");
    check("fn spawn_point(r1, r2) {\n  let a = ;\n  [a, a]\n}", 2, "");
    check("const A = 1;\nfn spawn_point(r1 r2) { [1, 1] }", 2, "");
    check("fn spawn_point(r1, r2) {\n  [1, 1]\n}}", 3, "");
    check("fn spawn_point(r1, r2) {\n  let s = \"open;\n  [1, 1]\n}", 2, "");
    check("def spawn_point(r1, r2) { [1, 1] }", 1, "");
    check("fn spawn_point(r1, r2) {\n  fn inner() { 1 }\n  [1, 1]\n}", 2, "");
    check("fn spawn_point(r1, r2) { [1, 1] }\nfn spawn_point(r1, r2) { [2, 2] }", 2, "already exists");
}

#[test]
fn a_hook_with_the_wrong_name_or_parameters_is_refused() {
    check(
        "fn move_orbs(x, y, vx, vy, dt) { [x, y, vx, vy] }",
        1,
        "`move_orbs` is not a hook; did you mean move_orb?",
    );
    check("\n\nfn moveplayer(vx, vy, dx, dy, dt) { [vx, vy] }", 3, "did you mean move_player?");
    check("fn stike(d, f, a, t) { 5 }", 1, "did you mean strike?");
    check("fn spawnpoint(r1, r2) { [1, 1] }", 1, "did you mean spawn_point?");
    check("fn on_kil(h, s, o) { 1 }", 1, "did you mean on_kill?");
    check("// a comment\nfn move_orb(x, y, vx, vy) { [x, y, vx, vy] }", 2, "must have 5 parameters, not 4");
    check("fn strike(distance) { 5 }", 1, "strike(distance, facing, attacker_hp, target_hp)");
    check("fn on_kill() { 5 }", 1, "must have 3 parameters, not 0");
}

#[test]
fn a_hook_is_marked_at_its_name() {
    let error = refusal("const A = 1;\n   fn   move_orbs(x) { 1 }");
    assert_eq!((error.line, error.column), (Some(2), Some(9)));
    let error = refusal("const A = 1; fn strike(\n  a, b\n)\n{ 5 }");
    assert_eq!((error.line, error.column), (Some(1), Some(17)));
}

#[test]
fn unknown_names_are_found_even_where_no_fight_would_get() {
    check(
        "fn spawn_point(r1, r2) {\n  if r1 > 7.0 { explode(1); }\n  [1, 1]\n}",
        2,
        "there is no function `explode`",
    );
    check("fn spawn_point(r1, r2) {\n  [sine(r1), r2]\n}", 2, "no function `sine`");
    check("fn spawn_point(r1, r2) {\n  [sqr(r1), r2]\n}", 2, "did you mean `sqrt`?");
    check("fn spawn_point(r1, r2) {\n  [sin(r1, r2), r2]\n}", 2, "`sin` takes 1 argument, not 2");
    check(
        "fn half(x) { x / 2 }\nfn spawn_point(r1, r2) {\n  [half(r1, 2), 1]\n}",
        3,
        "`half` takes 1 argument, not 2",
    );
    check("fn spawn_point(r1, r2) {\n  [arena_widht * r1, r2]\n}", 2, "did you mean `arena_width`?");
    check(
        "fn spawn_point(r1, r2) {\n  while false { nowhere += 1; }\n  [1, 1]\n}",
        2,
        "`nowhere` is not defined",
    );
    check(
        "fn spawn_point(r1, r2) {\n  switch 3 { 4 => missing, _ => 1 };\n  [1, 1]\n}",
        2,
        "`missing` is not defined",
    );
    check("fn spawn_point(r1, r2) {\n  [1, 1]\n}\nfn unused() {\n  r1\n}", 5, "`r1` is not defined");
    check("fn spawn_point(r1, r2) { sleep(5); [1, 1] }", 1, "no function `sleep`");
    check("fn spawn_point(r1, r2) { [rand(), 1] }", 1, "no function `rand`");
    check("fn spawn_point(r1, r2) { [timestamp(), 1] }", 1, "no function `timestamp`");
    check("fn spawn_point(r1, r2) { parse_json(\"1\"); [1, 1] }", 1, "no function `parse_json`");
    check("fn spawn_point(r1, r2) { exit([1, 1]) }", 1, "no function `exit`");
}

#[test]
fn what_could_escape_the_checks_is_not_part_of_the_language() {
    check("fn spawn_point(r1, r2) {\n  eval(\"1\");\n  [1, 1]\n}", 2, "eval");
    check("fn spawn_point(r1, r2) {\n  let f = Fn(\"sin\");\n  [1, 1]\n}", 2, "Fn");
    check("fn spawn_point(r1, r2) {\n  let f = |x| x;\n  [1, 1]\n}", 2, "");
    check("fn spawn_point(r1, r2) {\n  [r1 ** 2.0, 1]\n}", 2, "**");
    check("fn spawn_point(r1, r2) {\n  r1 **= 2.0;\n  [r1, 1]\n}", 2, "**");
    check("import \"other\" as other;", 1, "");
    check("fn spawn_point(r1, r2) {\n  try { [1, 1] } catch { [2, 2] }\n}", 2, "try");
    check("fn spawn_point(r1, r2) {\n  this\n}", 2, "this");
}

#[test]
fn the_top_level_holds_constants_and_functions_only() {
    check("let count = 0;\nfn on_kill(h, s, o) { 1 }", 1, "must be `const`");
    check("const A = 1;\nprint(A);", 2, "outside of functions");
    check("const A = 1;\nwhile true { }", 2, "outside of functions");
    check("const A = 1;\nconst A = 2;", 2, "`A` is defined twice");
    check("const player_speed = 500.0;", 1, "TUNING = #{ player_speed: ... }");
    check("const PI = 3.0;", 1, "already");
    check("const A = 1;\nconst B = A + unknown;", 2, "`unknown` is not defined");
    check("const HALF = arena_width / 2.0;", 1, "only be read inside of functions");
    check("const A = 5;\nconst B = A + \"x\" - 1;", 2, "");
    check("fn forever() { loop { } }\nconst A = forever();", 2, "endless loop");
}

#[test]
fn tuning_mistakes_are_marked_where_they_stand() {
    check(
        "const TUNING = #{\n  player_speed: 300.0,\n  strike_rang: 5.0,\n};",
        3,
        "did you mean \"strike_range\"?",
    );
    check("const TUNING = #{\n  player_speed: -1.0\n};", 2, "must be between 0 and 4000");
    check("const TUNING = #{\n  max_hp: 1000000\n};", 2, "must be between 1 and 10000");
    check("const TUNING = #{\n  max_hp: \"many\"\n};", 2, "must be a number, not a string");
    check("const TUNING = #{\n  gravity: 9.81\n};", 2, "gravity");
    check("\nconst TUNING = 5;", 2, "TUNING must be a map");
    check("const TUNING = #{\n  player_speed: 0.0 / 0.0\n};", 2, "");
    check("const TUNING = #{\n max_hp: 5,\n max_hp: 6 };", 3, "");
}

#[test]
fn constants_and_tuning_numbers_cannot_be_hidden_or_changed() {
    check("fn spawn_point(r1, r2) {\n  player_speed = 5.0;\n  [1, 1]\n}", 2, "cannot be changed");
    check(
        "fn spawn_point(r1, r2) {\n  let orb_radius = 5.0;\n  [1, 1]\n}",
        2,
        "`orb_radius` is a tuning number",
    );
    check("const A = 1;\nfn spawn_point(r1, r2) {\n  for A in 0..3 { }\n  [1, 1]\n}", 3, "`A` is a constant");
    check("const A = 1;\nfn twice(A) { A }", 2, "`A` is a constant");
    check("fn max(a, b) { a }", 1, "`max` is a function of the game already");
}

#[test]
fn a_type_error_is_found_in_each_of_the_hooks() {
    check("fn move_player(vx, vy, dx, dy, dt) {\n  [vx + \"1\" - 2, vy]\n}", 2, "move_player: ");
    check("fn strike(distance, facing, attacker_hp, target_hp) {\n  distance.length\n}", 2, "strike: ");
    check("fn move_orb(x, y, vx, vy, dt) {\n  let m = #{};\n  [x, y, vx, m.vy]\n}", 3, "move_orb: ");
    check("fn spawn_point(r1, r2) {\n  [r1[0], r2]\n}", 2, "spawn_point: ");
    check(
        "fn on_kill(killer_hp, streak, by_orb) {\n  by_orb + 1\n}",
        2,
        "on_kill: `+` cannot be applied to bool and int",
    );
    check("fn on_kill(killer_hp, streak, by_orb) {\n  [1, 2, 3][streak]\n}", 2, "out of bounds");
    check("fn on_kill(killer_hp, streak, by_orb) {\n  streak / (streak - 5)\n}", 2, "zero");
    check(
        "fn half(x) {\n  x / \"2\"\n}\nfn on_kill(killer_hp, streak, by_orb) {\n  half(streak)\n}",
        2,
        "in `half`",
    );
}

#[test]
fn a_wrong_answer_is_found_in_each_of_the_hooks() {
    check("\nfn move_player(vx, vy, dx, dy, dt) { vx }", 2, "must return [vx, vy] but returned");
    check("fn move_player(vx, vy, dx, dy, dt) { [vx + 5000.0, vy] }", 1, "at most 4000 units per second");
    check("fn move_player(vx, vy, dx, dy, dt) { [vx / 0.0, vy] }", 1, "");
    check("fn strike(d, f, a, t) { \"much\" }", 1, "but returned a string");
    check("fn strike(d, f, a, t) { -5 }", 1, "damage; it must be between 0 and 10000");
    check("fn strike(d, f, a, t) { [5, 1e9] }", 1, "knock-back");
    check("fn strike(d, f, a, t) { [5, 10, 15] }", 1, "but returned [5, 10, 15]");
    check("fn move_orb(x, y, vx, vy, dt) { [x, y, vx] }", 1, "must return [x, y, vx, vy]");
    check(
        "fn move_orb(x, y, vx, vy, dt) { [x, sqrt(-1.0), vx, vy] }",
        1,
        "finite numbers, but number 2 is NaN",
    );
    check(
        "fn move_orb(x, y, vx, vy, dt) { [exp(1000.0), y, vx, vy] }",
        1,
        "finite numbers, but number 1 is inf",
    );
    check("fn move_orb(x, y, vx, vy, dt) { [x * 1e6, y, vx, vy] }", 1, "far outside");
    check("fn move_orb(x, y, vx, vy, dt) { }", 1, "returned nothing");
    check("fn spawn_point(r1, r2) { [] }", 1, "an empty array");
    check("fn on_kill(h, s, o) { #{ points: 1 } }", 1, "a map");
    check("fn on_kill(h, s, o) { [1, -50] }", 1, "heal; it must be between");
}

#[test]
fn no_limit_can_be_got_around() {
    check("fn move_orb(x, y, vx, vy, dt) {\n  loop { }\n}", 2, "endless loop");
    check("fn move_orb(x, y, vx, vy, dt) {\n  loop {\n    x = -x;\n  }\n}", 2, "endless loop");
    check(
        "fn move_orb(x, y, vx, vy, dt) {\n  let n = 0;\n  while n >= 0 { n += 1; if n > 9 { n = 0; } }\n}",
        3,
        "endless loop",
    );
    check("fn down(n) { down(n + 1) }\nfn spawn_point(r1, r2) { [down(0), 1] }", 2, "endless recursion");
    check("fn a(n) { b(n) }\nfn b(n) { a(n) }\nfn spawn_point(r1, r2) { [a(0), 1] }", 3, "endless recursion");
    check("fn spawn_point(r1, r2) {\n  let s = \"x\";\n  loop { s += s; }\n}", 3, "too large");
    check("fn spawn_point(r1, r2) {\n  let a = [];\n  loop { a.push(1); }\n}", 3, "too large");
    check("fn spawn_point(r1, r2) {\n  let a = [1, 2];\n  loop { a = [a, a]; }\n}", 3, "too large");
    check("fn spawn_point(r1, r2) {\n  let a = [];\n  a.pad(1000000000, 0);\n  [1, 1]\n}", 1, "too large");
    check(
        "fn spawn_point(r1, r2) {\n  let m = #{};\n  let k = \"\";\n  loop { k += \"x\"; m[k] = 1; }\n}",
        4,
        "too large",
    );
    let deep = format!("fn spawn_point(r1, r2) {{ [{}1{}, 1] }}", "(1 + ".repeat(60), ")".repeat(60));
    check(&deep, 1, "complex");
    let many: String = (0..100).map(|n| format!("fn f{n}() {{ {n} }}\n")).collect();
    check(&many, 65, "unctions");
    let long = format!("// {}", "x".repeat(MAX_SCRIPT_BYTES));
    check(&long, 1, "at most 65536 are allowed");
    let vast = "fn spawn_point(r1, r2) { for a in 0..100 { for b in 0..40 { r1 = r1 * 0.5; } } [r1, 1] }";
    check(vast, 1, "too expensive");
}
