//! What a room records of its fight, without sockets and without clocks.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod crowd;

use std::collections::BTreeMap;
use std::sync::Arc;

use crowd::{Crowd, RATE, house};
use hotlogic::{Recording, Replay, RhaiRules, dry_run_on};
use server::room::RoomEvent;
use server::room::recorder::{IDLE_SECONDS, SEGMENT_SECONDS};
use sim::rng::Rng;
use sim::vec2::vec2;
use sim::{PlayerInput, Seq, Tick, Vec2};

/// A room in which everybody fights in a heap, and what it has recorded.
struct Fight {
    crowd: Crowd,
    players: u32,
    rng: Rng,
    seq: u32,
    recorded: Vec<Recording>,
    /// Fingerprints of the world after each tick.
    checksums: BTreeMap<u32, u64>,
}

impl Fight {
    fn new(script: &str, players: u32) -> Self {
        let mut crowd = Crowd::new(players, script);
        for (index, player) in crowd.room().world_mut().players.iter_mut().enumerate() {
            player.position = vec2(700.0, 500.0) + Vec2::from_angle(index as f32) * 50.0;
        }
        Self { crowd, players, rng: Rng::new(2), seq: 0, recorded: Vec::new(), checksums: BTreeMap::new() }
    }

    /// Some want something, one in five of them too late.
    fn fight(&mut self, ticks: u32) {
        for _ in 0..ticks {
            for id in 1..=self.players {
                if self.rng.next_unit() > 0.4 {
                    continue;
                }
                self.seq += 1;
                let heading = Vec2::from_angle(self.rng.next_unit() * std::f32::consts::TAU);
                let input = PlayerInput {
                    direction: (self.rng.next_unit() < 0.4).then_some(heading * 0.5),
                    attack: self.rng.next_unit() < 0.5,
                    seen: Some(f64::from(self.crowd.tick().0) - 1.5),
                    ..PlayerInput::default()
                };
                let late = self.rng.next_unit() < 0.2;
                let tick = late.then(|| Tick(self.crowd.tick().0 - 2));
                let event = RoomEvent::Input { from: house::sender(id), seq: Seq(self.seq), tick, input };
                self.crowd.room().handle_event(event);
            }
            self.tick();
        }
    }

    fn rest(&mut self, ticks: u32) {
        for _ in 0..ticks {
            self.tick();
        }
    }

    fn tick(&mut self) {
        let aftermath = self.crowd.room().play_tick();
        self.recorded.extend(aftermath.recorded);
        let world = self.crowd.room().world();
        self.checksums.insert(world.tick.0, world.checksum());
    }

    fn switch(&mut self, number: u32, script: &str) {
        let release = house::release(number, script);
        let activate = self.crowd.tick().plus(1);
        let event = RoomEvent::SwitchRules { release, activate, automatic: false };
        self.crowd.room().handle_event(event);
    }

    /// The recording ends in the very world that the room had then.
    #[track_caller]
    fn assert_exact(&self, recording: &Recording, script: &str) {
        let mut rules = RhaiRules::compile(script).unwrap();
        let mut replay = Replay::new(recording, &rules);
        while replay.take_in(&mut rules).unwrap() {
            replay.play(&mut rules).unwrap();
        }
        let world = replay.world();
        assert_eq!(Some(&world.checksum()), self.checksums.get(&world.tick.0), "{}", world.tick);
    }
}

const SEGMENT: u32 = SEGMENT_SECONDS as u32 * RATE;
const IDLE: u32 = IDLE_SECONDS as u32 * RATE;

#[test]
fn a_room_records_its_fight_to_the_bit_with_late_inputs_lost_lines_and_all_who_come_and_go() {
    let script = include_str!("../../rules/arena.rhai");
    let mut fight = Fight::new(script, 8);
    fight.fight(100);
    fight.crowd.room().handle_event(RoomEvent::Lost { from: house::sender(2) });
    fight.fight(100);
    fight.crowd.room().handle_event(RoomEvent::Leave { from: house::sender(3) });
    let ahead = RoomEvent::RoundTrip { from: house::sender(4), rtt_ms: 80.0, ahead: 4 };
    fight.crowd.room().handle_event(ahead);
    fight.fight(2 * SEGMENT);
    assert_eq!(fight.recorded.len(), 2, "one stretch after the other");
    assert!(fight.checksums.len() > 2 * SEGMENT as usize);
    for recording in &fight.recorded {
        assert_eq!((recording.ticks(), recording.release), (SEGMENT, 1));
        fight.assert_exact(recording, script);
    }
    assert!(fight.crowd.room().world().players.iter().any(|player| player.deaths > 0), "nobody died");
}

#[test]
fn a_room_in_which_nobody_wants_anything_records_nothing() {
    let mut fight = Fight::new("", 4);
    fight.rest(SEGMENT + IDLE);
    assert!(fight.recorded.is_empty());
    fight.fight(60);
    fight.rest(IDLE + 2);
    assert_eq!(fight.recorded.len(), 1, "it ends when everybody rests");
    assert!(fight.recorded[0].ticks() <= 60 + IDLE, "{}", fight.recorded[0].ticks());
    fight.assert_exact(&fight.recorded[0], "");
    fight.rest(SEGMENT + IDLE);
    assert_eq!(fight.recorded.len(), 1);
}

#[test]
fn other_rules_begin_another_recording() {
    let mut fight = Fight::new("", 4);
    fight.fight(90);
    let faster = "const TUNING = #{ player_speed: 400.0 };";
    fight.switch(2, faster);
    fight.fight(90);
    fight.switch(3, "");
    fight.fight(2);
    let releases: Vec<_> = fight.recorded.iter().map(|one| one.release).collect();
    assert_eq!(releases, [1, 2]);
    fight.assert_exact(&fight.recorded[0], "");
    fight.assert_exact(&fight.recorded[1], faster);
}

#[test]
fn the_fight_in_which_rules_failed_keeps_the_same_mistake_from_being_published_again() {
    let broken = "const TUNING = #{ max_hp: 9000 };\n\
                  fn strike(distance, facing, attacker_hp, target_hp) {\n    \
                  if target_hp == 7777 { throw \"seventy-seven\" }\n    1\n}";
    let mut fight = Fight::new(broken, 6);
    for player in &mut fight.crowd.room().world_mut().players {
        player.hp = 7_778;
        player.shield_left = 0;
    }
    for _ in 0..SEGMENT {
        fight.fight(1);
        if !fight.recorded.is_empty() {
            break;
        }
    }
    assert_eq!(fight.crowd.room().release().number, 0, "the room fell back");
    let recording = Arc::new(fight.recorded.pop().expect("the fight was kept"));
    let rules = RhaiRules::compile(broken).unwrap();
    hotlogic::dry_run(&rules).expect("nothing but that fight shows it");
    let error = dry_run_on(&rules, &[recording]).unwrap_err();
    assert!(
        error.message.contains("seventy-seven") && error.message.contains("room 1, release 1"),
        "{error}"
    );
}

#[test]
fn a_crowd_that_is_too_large_is_left_out() {
    let mut fight = Fight::new("", hotlogic::recording::MAX_PLAYERS as u32 + 1);
    fight.fight(SEGMENT + 2);
    assert!(fight.recorded.is_empty());
}
