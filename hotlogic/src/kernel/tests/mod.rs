//! Compiled hooks against the interpreter: the same bits, or the same refusal, whatever is written and asked.

mod author;

use super::Kernels;
use super::program::Program;
use super::run::Lanes;
use crate::hooks::Hook;
use crate::rules::RhaiRules;
use crate::{Pace, answer, shipped};
use author::Author;
use rhai::Dynamic;
use sim::rng::Rng;

/// Lanes that are run at once.
const WIDTH: usize = 8;
/// Scripts that are made up; fewer where the tests themselves are interpreted.
const SCRIPTS: u64 = if cfg!(target_arch = "wasm32") { 100 } else { 2_000 };

/// A question as both sides take it.
#[derive(Clone, Copy, Debug)]
enum Arg {
    Float(f32),
    Int(i32),
    Bool(bool),
}

impl Arg {
    fn bits(self) -> u32 {
        match self {
            Self::Float(value) => value.to_bits(),
            Self::Int(value) => value as u32,
            Self::Bool(value) => {
                if value {
                    u32::MAX
                } else {
                    0
                }
            }
        }
    }

    fn dynamic(self) -> Dynamic {
        match self {
            Self::Float(value) => value.into(),
            Self::Int(value) => value.into(),
            Self::Bool(value) => value.into(),
        }
    }
}

const NASTY_FLOATS: [f32; 22] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    1.0 / 30.0,
    1.000_000_1,
    0.999_999_94,
    1e-17,
    -1e-17,
    1e-40,
    -1e-45,
    f32::MIN_POSITIVE,
    16_777_216.0,
    2_147_483_648.0,
    1e19,
    -1e19,
    f32::MAX,
    f32::MIN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
];

const NASTY_INTS: [i32; 9] = [0, 1, -1, 2, 100, 46_341, -46_341, i32::MAX, i32::MIN];

fn float(rng: &mut Rng) -> Arg {
    Arg::Float(match rng.next_u32() % 4 {
        0 => NASTY_FLOATS[rng.next_u32() as usize % NASTY_FLOATS.len()],
        1 => f32::from_bits(rng.next_u32()),
        2 => (rng.next_unit() - 0.5) * 4.0,
        _ => (rng.next_unit() - 0.5) * 2_000.0,
    })
}

fn int(rng: &mut Rng) -> Arg {
    Arg::Int(match rng.next_u32() % 3 {
        0 => NASTY_INTS[rng.next_u32() as usize % NASTY_INTS.len()],
        1 => rng.next_u32() as i32,
        _ => (rng.next_u32() % 201) as i32 - 100,
    })
}

fn truth(rng: &mut Rng) -> Arg {
    Arg::Bool(rng.next_u32().is_multiple_of(2))
}

fn question(hook: Hook, rng: &mut Rng) -> Vec<Arg> {
    match hook {
        Hook::MovePlayer | Hook::MoveOrb => (0..5).map(|_| float(rng)).collect(),
        Hook::SpawnPoint => vec![float(rng), float(rng)],
        Hook::Strike => vec![float(rng), float(rng), int(rng), int(rng)],
        Hook::OnKill => vec![int(rng), int(rng), truth(rng)],
        Hook::BotThink => {
            let truths = ["can_strike", "can_dash", "foe_shielded", "orb_danger"];
            let is_truth = |param: &&str| truths.contains(param);
            hook.params().iter().map(|param| if is_truth(param) { truth(rng) } else { float(rng) }).collect()
        }
    }
}

/// The numbers that the interpreter's answer holds, or `None` if it reports an error.
fn interpreted(rules: &RhaiRules, hook: Hook, args: &[Arg]) -> Option<Vec<f32>> {
    let args: Vec<Dynamic> = args.iter().map(|arg| arg.dynamic()).collect();
    let value = rules.interpret(hook, args).ok()?;
    let second = if hook == Hook::Strike { rules.tuning().strike_knockback } else { 0.0 };
    if let Some(number) = answer::number(&value) {
        return Some(vec![number, second]);
    }
    let array = value.as_array_ref().ok()?;
    Some(array.iter().map(|item| answer::number(item).expect("a number")).collect())
}

/// The same bits; all that is not a number is the same.
fn same(a: f32, b: f32) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

/// Asks both about `questions`, one lane each, and says how many lanes failed.
fn compare(script: &str, rules: &RhaiRules, hook: Hook, program: &Program, questions: &[Vec<Arg>]) -> usize {
    let mut lanes = Lanes::<WIDTH>::default();
    lanes.prepare(program);
    for (lane, question) in questions.iter().enumerate() {
        for (index, arg) in question.iter().enumerate() {
            lanes.param(index)[lane] = arg.bits();
        }
    }
    lanes.run(program);
    let results: Vec<[f32; WIDTH]> =
        (0..program.results.len()).map(|index| lanes.result(program, index).map(f32::from_bits)).collect();
    let mut failures = 0;
    for (lane, question) in questions.iter().enumerate() {
        match interpreted(rules, hook, question) {
            None => {
                assert!(lanes.failed(lane), "only the interpreter fails: {question:?}\n{script}");
                failures += 1;
            }
            Some(expected) => {
                assert!(!lanes.failed(lane), "only the compiled code fails: {question:?}\n{script}");
                let found: Vec<f32> = results.iter().map(|result| result[lane]).collect();
                let equal =
                    expected.len() == found.len() && expected.iter().zip(&found).all(|(a, b)| same(*a, *b));
                assert!(equal, "{expected:?} became {found:?} for {question:?}\n{script}");
            }
        }
    }
    failures
}

#[test]
fn compiled_and_interpreted_rules_agree_to_the_bit_on_whatever_an_author_may_write() {
    let (mut compiled, mut failures, mut answers) = (0, 0, 0);
    for seed in 0..SCRIPTS {
        let mut rng = Rng::new(seed);
        let hooks = [Hook::MovePlayer, Hook::Strike, Hook::MoveOrb, Hook::OnKill, Hook::BotThink];
        let hook = hooks[seed as usize % hooks.len()];
        let script = Author::new(&mut rng).script(hook);
        let rules = match RhaiRules::compile(&script) {
            Ok(rules) => rules,
            Err(error) if error.message.contains("complexity") => continue,
            Err(error) => panic!("{error}\n{script}"),
        };
        let Some(program) = rules.kernels().program(hook) else { continue };
        compiled += 1;
        for _ in 0..3 {
            let questions: Vec<Vec<Arg>> = (0..WIDTH).map(|_| question(hook, &mut rng)).collect();
            failures += compare(&script, &rules, hook, program, &questions);
            answers += WIDTH;
        }
    }
    assert!(compiled > SCRIPTS / 2, "most of it is compiled: {compiled}");
    assert!(failures > answers / 50 && failures < answers / 2, "{failures} of {answers} failed");
}

#[test]
fn the_shipped_scripts_need_no_interpreter() {
    for (name, script) in shipped::ALL {
        let rules = RhaiRules::compile(script).expect(name);
        for hook in rules.hooks() {
            assert_eq!(rules.pace(hook), Pace::Compiled, "{name}: {}", hook.name());
            let program = rules.kernels().program(hook).expect("compiled");
            let mut rng = Rng::new(7);
            for _ in 0..200 {
                let questions: Vec<Vec<Arg>> = (0..WIDTH).map(|_| question(hook, &mut rng)).collect();
                compare(script, &rules, hook, program, &questions);
            }
        }
    }
}

/// Expects the hook `on_kill` with this body to be compiled or not, and to agree with the interpreter if it is.
#[track_caller]
fn check(body: &str, expect: Result<(), &str>) {
    let script = format!(
        "const TABLE = [1, 2.5];\nconst PAIR = [3, 4];\nconst NAME = \"x\";
fn twice(x) {{ if x > 100 {{ return x; }} x * 2 }}
fn endless(x) {{ endless(x - 1) }}
fn nothing() {{ }}
fn on_kill(hp, streak, orb) {{ {body} }}"
    );
    let rules = RhaiRules::compile(&script).unwrap_or_else(|error| panic!("{error}\n{script}"));
    let hook = Hook::OnKill;
    match (rules.kernels().program(hook), expect) {
        (Some(program), Ok(())) => {
            let mut rng = Rng::new(3);
            for _ in 0..50 {
                let questions: Vec<Vec<Arg>> = (0..WIDTH).map(|_| question(hook, &mut rng)).collect();
                compare(&script, &rules, hook, program, &questions);
            }
        }
        (None, Err(reason)) => {
            let unfit = rules.kernels().unfit(hook).expect("a reason");
            assert!(unfit.reason.contains(reason), "{}: {body}", unfit.reason);
            let line = if body.contains("endless") { 5 } else { 7 };
            assert_eq!(unfit.position.line(), Some(line), "{}: {body}", unfit.reason);
        }
        (Some(_), Err(_)) => panic!("compiled: {body}"),
        (None, Ok(())) => panic!("{:?}: {body}", rules.kernels().unfit(hook)),
    }
}

#[test]
fn what_only_calculates_is_compiled() {
    check("1", Ok(()));
    check("1.5; 2.5", Ok(()));
    check("return 7;", Ok(()));
    check("[streak, hp]", Ok(()));
    check("PAIR", Ok(()));
    check("let pair = [streak, 1.5]; pair", Ok(()));
    check("if orb { [2, 3] } else { 4.5 }", Ok(()));
    check("if orb { return [2, 3.5]; } if streak > 3 { return 1; } [0.5, hp]", Ok(()));
    check("let x = 1; if orb { x = streak; } else if hp > 3 { x += hp; } x", Ok(()));
    check("let x = 1; x += 0.5; x", Ok(()));
    check("let x = 1; let x = x + 1.5; { let x = 7; x += 1; } x", Ok(()));
    check("const X = 3; X + streak", Ok(()));
    check("let x = if orb { return 9; } else { 2 }; x * 10", Ok(()));
    check("let a = max(streak, { streak = 5; 2 }); a + streak", Ok(()));
    check("let a = streak + { streak = 5; 2 }; a - streak", Ok(()));
    check("hp = twice(hp); twice(twice(streak)) + hp", Ok(()));
    check("if hp != 0 && 10 / hp > 1 || streak % 7 == 3 { 1 } else { 2 }", Ok(()));
    check("if !orb == (hp > 3) { 1 } else if orb > true { 2 } else { 3 }", Ok(()));
    check("nothing(); streak - - hp", Ok(()));
    check("to_int(hp / 2.0) + sign(hp) * abs(streak) + clamp(hp, 1, streak)", Ok(()));
    check("if is_nan(sqrt(hp)) { 1 } else { lerp(1, hp, 0.25) + atan2(hp, 2) }", Ok(()));
}

#[test]
fn what_is_not_compiled_is_named_with_its_place() {
    check("let n = 0; while n < 3 { n += 1; } n", Err("loops"));
    check("for n in 0..3 { hp += n; } hp", Err("loops"));
    check("switch streak { 1 => 2, _ => 3 }", Err("`switch`"));
    check("TABLE[1]", Err("index"));
    check("TABLE.len()", Err("methods"));
    check("let m = #{ a: hp }; 1", Err("maps"));
    check("let text = NAME + hp; 1", Err("strings"));
    check("let x = 1; if orb { x = 1.5; } x", Err("`x` depends on the way"));
    check("endless(streak)", Err("recursion"));
    check("throw 1;", Err("`throw`"));
    check("if orb { 1 }", Err("returns nothing"));
    check("orb", Err("returns a bool"));
    check("[1, 2, 3]", Err("returns an array"));
    check("is_nan(hp)", Err("`is_nan`"));
    check("print(hp); 1", Err("`print`"));
    check("orb + 1", Err("operator"));
    check("if hp { 1 } else { 2 }", Err("no condition"));
    check("if orb && { hp = 3; true } { hp } else { 2 }", Err("changes something"));
    check("hp << 1", Err("operator"));
}

#[test]
fn a_program_is_never_longer_than_its_limit() {
    let line = "x = x * 1.5 + y; y = y - x;\n".repeat(400);
    let script = format!("fn spawn_point(x, y) {{\n{line} [x, y] }}");
    let rules = RhaiRules::compile(&script).expect("a good script");
    assert!(
        matches!(rules.pace(Hook::SpawnPoint), Pace::Interpreted(error) if error.message.contains("too long"))
    );
    assert_eq!(rules.pace(Hook::Strike), Pace::Native);
    assert!(Kernels::default().program(Hook::SpawnPoint).is_none());
}
