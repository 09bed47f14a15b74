//! Bots in a room: they are there for a lonely player, and make room for people.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod house;
mod support;

use house::{RATE, Void};
use protocol::Encoding;
use serde_json::{Value, json};
use server::room::core::{Aftermath, RoomSetup};
use server::room::{Room, RoomEvent};
use sim::bots::{Brain, Skill};
use sim::vec2::vec2;
use sim::{Effect, PlayerId, Seq, Tick};
use support::{TestServer, admin};

/// A room in virtual time.
struct House {
    room: Room,
    seq: u32,
}

impl House {
    fn filled_to(fill: u32) -> Self {
        let release = house::release(1, hotlogic::shipped::ARENA);
        let setup = RoomSetup { bots: house::bots(fill), ..house::setup(release) };
        Self { room: Room::new(setup), seq: 0 }
    }

    fn join(&mut self, id: u32) {
        house::join(&mut self.room, house::person(id, Encoding::Binary, Box::new(Void)));
    }

    fn leave(&mut self, id: u32) {
        self.room.handle_event(RoomEvent::Leave { from: house::sender(id) });
    }

    fn tick(&mut self) -> Aftermath {
        self.room.play_tick()
    }

    /// The person strikes, wherever it stands.
    fn strike(&mut self, id: u32) {
        self.seq += 1;
        let input = sim::PlayerInput::striking(None);
        let event = RoomEvent::Input { from: house::sender(id), seq: Seq(self.seq), tick: None, input };
        self.room.handle_event(event);
    }

    fn bots(&self) -> Vec<PlayerId> {
        self.room.world().players.iter().map(|player| player.id).filter(|id| id.is_bot()).collect()
    }

    fn seconds_until(&mut self, most: u32, done: impl Fn(&Self) -> bool) -> Option<u32> {
        (0..most * RATE).find_map(|tick| {
            self.tick();
            done(self).then_some(tick / RATE)
        })
    }
}

#[test]
fn a_lonely_player_has_a_fight_at_once() {
    let mut house = House::filled_to(4);
    house.tick();
    assert!(house.bots().is_empty(), "nobody is there to play with");
    house.join(1);
    house.tick();
    assert_eq!(house.bots().len(), 3);
    let mut hits = 0;
    for _ in 0..60 * RATE {
        house.tick();
        hits += house.room.world().effects.iter().filter(|e| matches!(e, Effect::Hit { .. })).count();
    }
    assert!(hits > 10, "{hits} blows in a minute");
}

#[test]
fn bots_leave_as_people_come_and_a_full_house_has_none() {
    let mut house = House::filled_to(4);
    for people in 1..=4 {
        house.join(people);
        let wanted = 4 - people as usize;
        house
            .seconds_until(20, |house| house.bots().len() == wanted)
            .unwrap_or_else(|| panic!("{people} people and {} bots", house.bots().len()));
        assert_eq!(house.room.population(), people);
    }
}

#[test]
fn one_bot_at_a_time_takes_the_place_of_somebody_who_left() {
    let mut house = House::filled_to(4);
    (1..=4).for_each(|id| house.join(id));
    house.tick();
    assert!(house.bots().is_empty());
    house.leave(2);
    house.tick();
    assert_eq!(house.bots().len(), 1);
    house.leave(3);
    house.tick();
    assert_eq!(house.bots().len(), 1, "not all at the same moment");
    assert!(house.seconds_until(5, |house| house.bots().len() == 2).is_some());
}

#[test]
fn a_room_without_people_has_no_bots() {
    let mut house = House::filled_to(6);
    house.join(1);
    house.tick();
    assert_eq!(house.bots().len(), 5);
    house.leave(1);
    house.tick();
    assert!(house.room.world().players.is_empty());
}

#[test]
fn a_bot_does_not_vanish_from_a_fight_with_a_person_and_leaves_when_it_is_over() {
    let mut house = House::filled_to(2);
    house.join(1);
    house.tick();
    let bot = house.bots()[0];
    // The person meets it and strikes.
    let world = house.room.world_mut();
    let place = world.player(bot).unwrap().position;
    let person = world.player_mut(PlayerId(1)).unwrap();
    (person.position, person.shield_left) = (place + vec2(10.0, 0.0), 0);
    world.player_mut(bot).unwrap().shield_left = 0;
    house.strike(1);
    house.tick();
    let struck = |effect: &Effect| matches!(effect, Effect::Hit { target, .. } if *target == bot);
    assert!(house.room.world().effects.iter().any(struck));
    house.join(2);
    for _ in 0..2 * RATE {
        house.tick();
        assert_eq!(house.bots(), [bot], "it is in a fight");
    }
    assert!(house.seconds_until(15, |house| house.bots().is_empty()).is_some(), "it stays for ever");
}

#[test]
fn bots_are_never_stored_and_fights_with_them_are_no_records() {
    let mut house = House::filled_to(8);
    house.join(1);
    let mut deaths = 0;
    for _ in 0..320 * RATE {
        let Aftermath { departed, totals, .. } = house.tick();
        assert!(departed.is_empty() && totals.is_empty(), "{departed:?} {totals:?}");
        deaths += house.room.world().effects.iter().filter(|e| matches!(e, Effect::Kill { .. })).count();
    }
    assert!(deaths > 10, "{deaths} deaths in a round and a bit");
    let stored: Vec<_> = house.room.checkpoints().iter().map(|stored| stored.player).collect();
    assert_eq!(stored, [PlayerId(1)]);
}

#[test]
fn a_bot_thinks_without_taking_memory() {
    let mut rules = sim::NativeRules::default();
    let mut world = sim::World::new(1, Tick(0), RATE, &rules.tuning);
    let ids: Vec<_> = (1..=16).map(PlayerId).collect();
    ids.iter().for_each(|id| world.join(&mut rules, *id).unwrap());
    let mut brains: Vec<_> = ids.iter().map(|id| Brain::new(Skill::Hard, u64::from(id.0))).collect();
    let mut inputs = Vec::new();
    for _ in 0..30 * RATE {
        inputs.clear();
        for (id, brain) in ids.iter().zip(&mut brains) {
            let mut input = sim::PlayerInput::default();
            let taken = allocation_counter::measure(|| input = brain.think(&world, *id, &mut rules).unwrap());
            assert_eq!(taken.count_total, 0);
            inputs.push((*id, input));
        }
        world.step(&mut rules, &inputs).unwrap();
    }
}

#[tokio::test]
async fn players_and_operators_are_told_who_is_a_bot() {
    let server = TestServer::start_with(|config| config.bots = 4).await;
    let (mut ada, _) = server.join("Ada").await;
    let bots = |snapshot: &Value| {
        let players = snapshot["players"].as_array().unwrap();
        players.iter().filter(|player| player["bot"] == json!(true)).count()
    };
    ada.wait("three bots", |message| message["full"] == true && bots(message) == 3).await;
    let (status, clients) = admin(&server, "GET", "/api/clients", None).await;
    assert_eq!((status, clients["clients"].as_array().unwrap().len()), (200, 1));
    assert_eq!(clients["clients"][0]["name"], "Ada");
    let (_, rooms) = admin(&server, "GET", "/api/rooms", None).await;
    assert_eq!((&rooms["rooms"][0]["players"], &rooms["rooms"][0]["bots"]), (&json!(1), &json!(3)));

    let (mut grace, _) = server.join("Grace").await;
    grace
        .wait("a bot to go", |message| {
            message["type"] == "player_left" && message["id"].as_u64() >= Some(1 << 31)
        })
        .await;
}
