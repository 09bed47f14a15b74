//! Bots whose mind is a script.

use hotlogic::{Hook, Pace, RhaiRules, dry_run};
use sim::bots::{BotMark, BotQuery, BotWish, Brain, Skills};
use sim::rules::{Rules, RulesError};
use sim::vec2::vec2;
use sim::{Effect, NativeRules, PlayerId, PlayerInput, Tick, Vec2, World};

const DOCS: &str = include_str!("../../docs/rules.md");
const BOTS: u32 = 6;

fn compile(script: &str) -> RhaiRules {
    RhaiRules::compile(script).unwrap_or_else(|error| panic!("{error}\n{script}"))
}

/// A script with only this hook.
fn mind(body: &str) -> RhaiRules {
    compile(&format!("fn {} {{\n{body}\n}}", Hook::BotThink.signature()))
}

/// The worked example of the documentation.
fn characters() -> RhaiRules {
    let (_, example) = DOCS.split_once("## Example: three characters among the bots").expect("the example");
    let script = example.split("```rhai\n").nth(1).and_then(|code| code.split("```").next());
    compile(script.expect("a script"))
}

/// A look at which every number is another one.
const LOOK: BotQuery = BotQuery {
    position: vec2(101.0, 102.0),
    hp: 0.25,
    can_strike: true,
    can_dash: false,
    foe: vec2(6.0, -7.0),
    foe_velocity: vec2(8.0, -9.0),
    foe_hp: 0.5,
    foe_shielded: true,
    orb: vec2(-12.0, 13.0),
    orb_velocity: vec2(-14.0, 15.0),
    orb_danger: false,
    nature: 0.75,
    random: 0.125,
};

/// A fight of bots only.
struct Fight {
    world: World,
    bots: Vec<(PlayerId, Brain)>,
    inputs: Vec<(PlayerId, PlayerInput)>,
    batted: u32,
    hits: u32,
}

impl Fight {
    fn new(rules: &mut impl Rules) -> Self {
        let mut world = World::new(3, Tick(0), 30, &rules.tuning().clone());
        let brain = |id: u32| (PlayerId(id), Brain::new(Skills::Mixed.of(id), u64::from(id)));
        let bots: Vec<_> = (1..=BOTS).map(brain).collect();
        for (id, _) in &bots {
            world.join(rules, *id).expect("good rules");
        }
        Self { world, bots, inputs: Vec::new(), batted: 0, hits: 0 }
    }

    fn step(&mut self, rules: &mut impl Rules) -> Result<(), RulesError> {
        self.inputs.clear();
        for (id, brain) in &mut self.bots {
            self.inputs.push((*id, brain.think(&self.world, *id, rules)?));
        }
        self.world.step(rules, &self.inputs)?;
        for effect in &self.world.effects {
            self.batted += u32::from(matches!(effect, Effect::OrbBatted { .. }));
            self.hits += u32::from(matches!(effect, Effect::Hit { .. }));
        }
        Ok(())
    }

    fn play(&mut self, seconds: u32, rules: &mut impl Rules) {
        for _ in 0..seconds * 30 {
            self.step(rules).expect("good rules");
        }
    }
}

#[test]
fn a_script_is_told_what_the_bot_sees_and_the_bot_what_the_script_wants() {
    let said = [
        ("[x, y, 0, 0]", vec2(101.0, 102.0)),
        ("[foe_x, foe_y, 0, 0]", vec2(6.0, -7.0)),
        ("[foe_vx, foe_vy, 0, 0]", vec2(8.0, -9.0)),
        ("[orb_x, orb_y, 0, 0]", vec2(-12.0, 13.0)),
        ("[orb_vx, orb_vy, 0, 0]", vec2(-14.0, 15.0)),
    ];
    for (body, way) in said {
        for mut rules in [mind(body), mind(body).interpreted()] {
            let wish = rules.bot_think(&LOOK).expect("a good answer").expect("a mind");
            assert!((wish.direction - way.normalize_or(Vec2::ZERO)).length() < 1e-6, "{body}: {wish:?}");
            assert_eq!((wish.strike, wish.dash), (None, false), "{body}");
        }
    }
    let shares = [
        ("[hp, foe_hp, if can_strike { 1 } else { 0 }, if can_dash { 1 } else { 0 }]", [0.25, 0.5], 1, false),
        (
            "[nature, random, if orb_danger { 1 } else { 2 }, if foe_shielded { 1 } else { 0 }]",
            [0.75, 0.125],
            2,
            true,
        ),
    ];
    for (body, [x, y], strike, dash) in shares {
        for mut rules in [mind(body), mind(body).interpreted()] {
            let strike = Some(if strike == 1 { BotMark::Foe } else { BotMark::Orb });
            let wish = BotWish { direction: vec2(x, y), strike, dash };
            assert_eq!(rules.bot_think(&LOOK), Ok(Some(wish)), "{body}");
        }
    }
}

#[test]
fn a_way_of_any_length_is_a_direction() {
    for body in ["[3e38, -3e38, 0, 0]", "[1000000, -1000000, 0, 0]"] {
        let wish = mind(body).bot_think(&LOOK).expect("a good answer").expect("a mind");
        let diagonal = Vec2 { x: 0.5_f32.sqrt(), y: -(0.5_f32.sqrt()) };
        assert!((wish.direction - diagonal).length() < 1e-6, "{body}: {wish:?}");
    }
}

#[test]
fn what_is_no_answer_is_refused_with_its_place() {
    let wrong = [
        ("[1.0, sqrt(-1.0), 0, 0]", "finite"),
        ("[1.0 / (hp - hp), 0.0, 0, 0]", "finite"),
        ("[1.0, 0.0, 3, 0]", "what to strike at; it must be between 0 and 2"),
        ("[1.0, 0.0, -1, 0]", "what to strike at; it must be between 0 and 2"),
        ("[1.0, 0.0, 0, 2]", "dash; it must be between 0 and 1"),
        ("[1.0, 0.0]", "must return [dx, dy, strike, dash]"),
        ("[1.0, 0.0, 0, can_dash]", "must return [dx, dy, strike, dash]"),
        ("1", "must return [dx, dy, strike, dash]"),
        ("\n[foe_x / 0, 1 / (1 / 2), 0, 0]", "zero"),
    ];
    for (body, expect) in wrong {
        for mut rules in [mind(body), mind(body).interpreted()] {
            let error = rules.bot_think(&LOOK).expect_err(body);
            assert_eq!(error.hook, "bot_think");
            assert!(error.message.to_lowercase().contains(expect), "{body}: {error}");
            assert!(error.line.is_some(), "{body}: {error}");
        }
        let error = dry_run(&mind(body)).expect_err(body);
        assert!(error.message.contains("bot_think"), "{body}: {error}");
    }
}

#[test]
fn a_mind_that_fails_only_once_in_a_while_does_not_pass_the_check() {
    let rare = [
        "if foe_hp == 0 { let n = 1 / (0 * 1); } [foe_x, foe_y, 1, 0]",
        "[foe_x / hypot(foe_x, foe_y), foe_y / hypot(foe_x, foe_y), 0, 0]",
        "[orb_x / hypot(orb_x, orb_y), 0.0, 0, 0]",
        "if orb_danger && hp < 0.1 && can_dash { return [0, 0, 0, 7]; } [1, 0, 0, 0]",
        "for n in 0..400 { x += 1.0; } [x, y, 0, 0]",
    ];
    for body in rare {
        let error = dry_run(&mind(body)).expect_err(body);
        assert!(error.message.contains("bot_think"), "{body}: {error}");
    }
}

#[test]
fn without_the_hook_bots_keep_their_own_minds() {
    let (mut native, mut script) = (NativeRules::default(), compile(""));
    let mut fights = [Fight::new(&mut native), Fight::new(&mut script)];
    fights[0].play(30, &mut native);
    fights[1].play(30, &mut script);
    let [one, other] = fights;
    assert_eq!((&one.world, &one.bots), (&other.world, &other.bots));
    assert!(one.hits > 0, "they fight");
}

#[test]
fn a_fight_of_scripted_minds_is_the_same_again_and_the_same_interpreted() {
    let mut rules = characters();
    assert_eq!(rules.pace(Hook::BotThink), Pace::Compiled);
    let mut interpreted = rules.interpreted();
    let mut fights = [0; 3].map(|_| Fight::new(&mut rules));
    fights[0].play(30, &mut rules);
    fights[1].play(30, &mut rules);
    fights[2].play(30, &mut interpreted);
    for fight in &fights[1..] {
        assert_eq!((&fights[0].world, &fights[0].bots), (&fight.world, &fight.bots));
    }
}

#[test]
fn the_documented_characters_want_the_orb_and_fight() {
    let (mut native, mut scripted) = (NativeRules::default(), characters());
    let mut usual = Fight::new(&mut native);
    let mut characters = Fight::new(&mut scripted);
    usual.play(120, &mut native);
    characters.play(120, &mut scripted);
    let (before, after) = (usual.batted, characters.batted);
    assert!(after > before * 3 / 2, "the orb was batted {before} times, and {after} times by the example");
    assert!(characters.hits > 20, "{} blows in two minutes", characters.hits);
}

#[test]
fn other_rules_take_over_in_the_middle_of_a_fight_and_give_back() {
    let (mut own, mut statues) = (NativeRules::default(), mind("[0, 0, 0, 0]"));
    let mut fight = Fight::new(&mut own);
    fight.play(20, &mut own);
    let begun = fight.hits;
    assert!(begun > 0, "they fight");
    // Nobody strikes any more, not even who had begun to, once it has looked around; the orb may still hit.
    fight.play(1, &mut statues);
    for _ in 0..10 * 30 {
        fight.step(&mut statues).expect("good rules");
        assert!(!fight.world.effects.iter().any(|effect| matches!(effect, Effect::Strike { .. })));
    }
    let rested = fight.hits;
    fight.play(20, &mut own);
    assert!(fight.hits > rested, "they fight again");
}

#[test]
fn scripted_bots_react_and_rest_as_the_game_says() {
    let mut eager = mind("[foe_x, foe_y, 1, 1]");
    let mut fight = Fight::new(&mut eager);
    let rest = (eager.tuning().strike_cooldown * 30.0) as u32;
    let mut last = vec![None; BOTS as usize + 1];
    let mut strikes = 0;
    for tick in 0..30 * 60_u32 {
        fight.step(&mut eager).expect("good rules");
        for (_, input) in &fight.inputs {
            assert!(input.direction.is_none_or(|way| way.is_finite() && way.length() <= 1.001));
            assert_eq!(input.seen, None, "bots see the present, not what suits them");
        }
        for effect in &fight.world.effects {
            let Effect::Strike { player } = effect else { continue };
            if let Some(before) = last[player.0 as usize].replace(tick) {
                assert!(tick - before >= rest, "{player:?} struck again after {} ticks", tick - before);
            }
            strikes += 1;
        }
    }
    assert!(strikes > 60, "{strikes} strikes in a minute");
}

#[test]
fn the_check_looks_at_a_mind_in_its_fights_and_plays_the_same_fight_for_all_scripts() {
    let report = dry_run(&compile("")).expect("a good script");
    assert_eq!(report.by_hook[Hook::BotThink as usize].calls, 0);
    let plain = dry_run(&compile("fn on_kill(hp, streak, by_orb) { [1, 0] }")).expect("a good script");
    let script = format!(
        "fn on_kill(hp, streak, by_orb) {{ [1, 0] }}\nfn {} {{ [foe_x, foe_y, 1, 0] }}",
        Hook::BotThink.signature()
    );
    let minded = dry_run(&compile(&script)).expect("a good script");
    let [kills, thoughts] = [Hook::OnKill, Hook::BotThink].map(|hook| minded.by_hook[hook as usize]);
    assert_eq!(kills, plain.by_hook[Hook::OnKill as usize]);
    assert_eq!((minded.kills, minded.respawns), (plain.kills, plain.respawns));
    assert!(thoughts.calls > 1_000 && thoughts.operations > thoughts.calls, "{thoughts:?}");
    assert!(minded.fight.calls > plain.fight.calls + 200, "{:?} {:?}", minded.fight, plain.fight);
}
