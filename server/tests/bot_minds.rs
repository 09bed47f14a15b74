//! Bots whose mind is published: it thinks for them from its tick on, and fails without anybody noticing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod house;

use std::collections::BTreeMap;
use std::time::Duration;

use hotlogic::{Hook, Replay, RhaiRules};
use house::{RATE, Void, release};
use protocol::Encoding;
use serde_json::json;
use server::room::core::{Aftermath, RoomSetup};
use server::room::guard::Stopwatch;
use server::room::recorder::SEGMENT_SECONDS;
use server::room::{Room, RoomEvent};
use sim::bots::{Brain, Skill};
use sim::{Effect, Player, PlayerId, Tick, World};

/// A script with only this hook.
fn mind(body: &str) -> String {
    format!("fn {} {{\n{body}\n}}", Hook::BotThink.signature())
}

/// A room with somebody who watches seven bots.
fn room(script: &str) -> Room {
    filled_to(8, script)
}

fn filled_to(fill: u32, script: &str) -> Room {
    let mut room = Room::new(RoomSetup { bots: house::bots(fill), ..house::setup(release(1, script)) });
    house::join(&mut room, house::person(1, Encoding::Binary, Box::new(Void)));
    room
}

/// Publishes `script` for a tick a second ahead, and plays until it has been played.
fn publish(room: &mut Room, number: u32, script: &str) -> Aftermath {
    let activate = room.tick().plus(RATE);
    let event = RoomEvent::SwitchRules { release: release(number, script), activate, automatic: false };
    room.handle_event(event);
    play(room, RATE - 1);
    assert_ne!(room.release().number, number, "not before its tick");
    let aftermath = room.play_tick();
    assert_eq!(room.tick(), activate);
    aftermath
}

/// Plays on; says how often bots struck.
fn play(room: &mut Room, ticks: u32) -> usize {
    let is_strike = |effect: &&Effect| matches!(effect, Effect::Strike { player } if player.is_bot());
    let strikes = |_| {
        room.play_tick();
        room.world().effects.iter().filter(is_strike).count()
    };
    (0..ticks).map(strikes).sum()
}

fn bots(room: &Room) -> impl Iterator<Item = &Player> {
    room.world().players.iter().filter(|player| player.id.is_bot() && player.alive())
}

/// How many bots run to the right, and how many there are.
fn right(room: &Room) -> (usize, usize) {
    (bots(room).filter(|bot| bot.direction.x > 0.5).count(), bots(room).count())
}

#[test]
fn a_published_mind_moves_all_bots_at_its_tick_and_the_next_release_gives_them_back_their_own() {
    let mut room = room("");
    assert!(play(&mut room, 20 * RATE) > 0, "they fight");

    publish(&mut room, 2, &mind("[1, 0, 0, 0]"));
    let (running, all) = right(&room);
    assert!(all >= 5 && running == all, "{running} of {all} run to the right at the very tick");
    publish(&mut room, 3, &mind("[-1, 0, 0, 0]"));
    assert_eq!(right(&room).0, 0, "and to the left at the next");
    // Those who had died come back, and whoever has begun a strike under other rules has forgotten it.
    play(&mut room, 5 * RATE);
    assert_eq!(play(&mut room, 10 * RATE), 0, "nobody told them to strike");
    assert!(bots(&room).all(|bot| bot.position.x < 400.0), "they have reached the wall");

    publish(&mut room, 4, "");
    assert!(play(&mut room, 20 * RATE) > 0, "they fight again");
    assert!(bots(&room).any(|bot| bot.position.x > 400.0), "and go where they like");
}

#[test]
fn a_mind_that_fails_is_taken_back_in_the_same_tick_and_every_bot_thinks_with_the_old_one() {
    let mut room = room(&mind("[1, 0, 0, 0]"));
    play(&mut room, 2 * RATE);
    let broken = mind("if random > 0.3 { let n = 1 / to_int(hp - hp); } [-1, 0, 0, 0]");
    let aftermath = publish(&mut room, 2, &broken);
    let [failure] = &aftermath.failures[..] else { panic!("{:?}", aftermath.failures) };
    assert_eq!((failure.error.hook, failure.error.line), ("bot_think", Some(2)), "{:?}", failure.error);
    assert_eq!((failure.release, failure.tick, failure.fell_back_to), (2, room.tick(), 1));
    assert_eq!(room.release().number, 1);
    play(&mut room, RATE);
    let (running, all) = right(&room);
    assert!(all > 0 && running == all, "{running} of {all} run to the right again");
}

/// Has used three seconds, whenever it is asked.
struct Late;

impl Stopwatch for Late {
    fn start(&mut self) {}

    fn beyond(&self, limit: Duration) -> Option<Duration> {
        Some(Duration::from_secs(3)).filter(|used| *used > limit)
    }
}

#[test]
fn a_mind_that_holds_up_the_room_is_stopped_like_any_rule() {
    let mut room = filled_to(40, "");
    play(&mut room, RATE);
    let activate = room.tick().plus(1);
    let release = release(2, &mind("[1, 0, 0, 0]"));
    room.handle_event(RoomEvent::SwitchRules { release, activate, automatic: false });
    room.guard_time(Box::new(Late));
    // All of them look around at once: enough questions for a look at the clock.
    let failures = room.play_tick().failures;
    let thought = failures.iter().find(|failure| failure.release == 2).expect("it is stopped");
    assert_eq!((thought.error.hook, thought.tick), ("bot_think", activate));
    assert!(thought.error.message.contains("too slow"), "{}", thought.error);
}

#[test]
fn operators_see_what_thinking_takes_of_the_budget() {
    let mut room = room(&mind("[foe_x, foe_y, if can_strike { 1 } else { 0 }, 0]"));
    let mut now = Duration::ZERO;
    room.measure_rules(Box::new(move || {
        now += Duration::from_micros(5);
        now
    }));
    play(&mut room, 40 * RATE);
    let status = house::ask(&mut room, |reply| RoomEvent::Status { reply });
    let status = serde_json::to_value(status).unwrap();
    let hook = &status["costs"]["hooks"][Hook::BotThink as usize];
    assert_eq!((&hook["hook"], &hook["runs"]), (&json!("bot_think"), &json!("compiled")));
    let (calls, us) = (hook["calls"].as_f64().unwrap(), hook["us"].as_f64().unwrap());
    assert!(calls > 0.0 && calls < 7.0, "seven bots look around now and then: {calls} in a tick");
    assert!((us - 5.0 * calls).abs() < 1e-6, "{us} us for {calls} calls");
}

#[test]
fn a_recording_of_minds_is_played_again_to_the_bit_without_asking_them() {
    let script = mind("[foe_x, foe_y, if can_strike { 1 } else { 0 }, if random < 0.1 { 1 } else { 0 }]");
    let mut room = room(&script);
    let (mut recorded, mut checksums) = (Vec::new(), BTreeMap::new());
    for _ in 0..(SEGMENT_SECONDS as u32 + 2) * RATE {
        recorded.extend(room.play_tick().recorded);
        checksums.insert(room.tick(), room.world().checksum());
    }
    let [recording] = &recorded[..] else { panic!("{} recordings", recorded.len()) };
    // Without the mind: what the bots wanted is in the recording.
    let mut rules = RhaiRules::compile("").unwrap();
    let mut replay = Replay::new(recording, &rules);
    while replay.take_in(&mut rules).unwrap() {
        replay.play(&mut rules).unwrap();
    }
    let world = replay.world();
    assert!(world.players.iter().any(|player| player.deaths > 0), "nobody died");
    assert_eq!(Some(&world.checksum()), checksums.get(&world.tick));
}

#[test]
fn a_compiled_mind_thinks_without_taking_memory() {
    let body = "let near = hypot(foe_x, foe_y) < strike_range; [foe_x, orb_y, if near { 1 } else { 2 }, 0]";
    let mut rules = RhaiRules::compile(&mind(body)).unwrap();
    let mut world = World::new(1, Tick(0), RATE, &rules.tuning().clone());
    let mut bots: Vec<_> =
        (1..=16).map(|id| (PlayerId(id), Brain::new(Skill::Hard, u64::from(id)))).collect();
    bots.iter().for_each(|(id, _)| world.join(&mut rules, *id).unwrap());
    let mut inputs = Vec::new();
    for tick in 0..10 * RATE {
        inputs.clear();
        for (id, brain) in &mut bots {
            let mut input = sim::PlayerInput::default();
            let taken = allocation_counter::measure(|| input = brain.think(&world, *id, &mut rules).unwrap());
            // The first question takes the memory for all that follow.
            assert!(taken.count_total == 0 || tick == 0, "{} in tick {tick}", taken.count_total);
            inputs.push((*id, input));
        }
        world.step(&mut rules, &inputs).unwrap();
    }
}
