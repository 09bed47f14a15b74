//! Rounds and teams in a room: who is told what at the end, and what becomes a lifetime record.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod house;

use house::{Void, release};
use protocol::{Encoding, MomentKind, RoundPhase, Welcome};
use server::room::core::{Aftermath, RoomSetup};
use server::room::{Room, RoomEvent};
use server::storage::PlayerTotals;
use sim::teams::sums;
use sim::vec2::vec2;
use sim::{PlayerId, PlayerInput, Seq};

/// Everybody in reach dies of a strike; a round lasts 5 s and the pause 5 s.
const DEADLY: &str =
    "const TUNING = #{ strike_damage: 100, round_duration: 5.0, round_pause: 5.0, respawn_delay: 60.0 };
fn on_kill(hp, streak, by_orb) { [3, 0] }";

/// A room in virtual time, and what it adds to the lifetime records.
struct House {
    room: Room,
    seq: u32,
    totals: Vec<PlayerTotals>,
}

impl House {
    fn new(script: &str, fill: u32) -> Self {
        let setup = house::setup(release(1, script));
        let setup = RoomSetup { hindsight_ticks: 0, bots: house::bots(fill), ..setup };
        Self { room: Room::new(setup), seq: 0, totals: Vec::new() }
    }

    fn join(&mut self, id: u32) -> Welcome {
        house::join(&mut self.room, house::person(id, Encoding::Binary, Box::new(Void)))
    }

    fn tick(&mut self) {
        let Aftermath { totals, .. } = self.room.play_tick();
        self.totals.extend(totals);
    }

    fn ticks(&mut self, count: u32) {
        (0..count).for_each(|_| self.tick());
    }

    /// One meets the other and strikes.
    fn strike(&mut self, striker: PlayerId, target: PlayerId) {
        let world = self.room.world_mut();
        let place = vec2(500.0, 500.0);
        for (id, place) in [(striker, place), (target, place + vec2(40.0, 0.0))] {
            let player = world.player_mut(id).unwrap();
            (player.position, player.shield_left, player.strike_cooldown) = (place, 0, 0);
            (player.hp, player.respawn_left) = (100, 0);
        }
        self.seq += 1;
        let input = PlayerInput::striking(Some(vec2(1.0, 0.0)));
        let from = house::sender(striker.0);
        self.room.handle_event(RoomEvent::Input { from, seq: Seq(self.seq), tick: None, input });
        self.ticks(2);
    }

    /// Sums of kills, points and rounds won, the best streak, and rounds played.
    fn recorded(&self, id: u32) -> [u32; 5] {
        let rows = || self.totals.iter().filter(|row| row.player == PlayerId(id));
        [
            rows().map(|row| row.kills).sum(),
            rows().map(|row| row.points).sum(),
            rows().map(|row| row.rounds_won).sum(),
            rows().map(|row| row.streak).max().unwrap_or(0),
            rows().map(|row| row.rounds_played).sum(),
        ]
    }

    fn team(&self, id: u32) -> u8 {
        self.room.world().player(PlayerId(id)).unwrap().team
    }
}

#[test]
fn who_comes_after_the_end_of_a_round_is_told_how_it_ended() {
    let mut house = House::new(DEADLY, 0);
    assert_eq!(house.join(1).round.phase, RoundPhase::Playing);
    house.join(2);
    house.strike(PlayerId(1), PlayerId(2));
    house.strike(PlayerId(1), PlayerId(2));
    house.ticks(150);
    let round = house.join(3).round;
    assert_eq!((round.phase, round.winner), (RoundPhase::Over, Some(PlayerId(1))));
    let podium: Vec<_> = round.podium.iter().map(|placed| (placed.name.as_str(), placed.score)).collect();
    assert_eq!(podium, [("Person 1", 6)]);
    let moments: Vec<_> = round.moments.iter().map(|m| (m.kind, m.id, m.value)).collect();
    let expect = [(MomentKind::Streak, PlayerId(1), 2), (MomentKind::Damage, PlayerId(1), 200)];
    assert_eq!(moments, expect);
    house.ticks(150);
    let round = house.join(4).round;
    assert_eq!((round.phase, round.podium.len(), round.moments.len()), (RoundPhase::Playing, 0, 0));
}

#[test]
fn kills_of_people_streaks_and_rounds_become_records() {
    let mut house = House::new(DEADLY, 0);
    (1..=3).for_each(|id| drop(house.join(id)));
    house.strike(PlayerId(1), PlayerId(2));
    house.strike(PlayerId(1), PlayerId(2));
    house.strike(PlayerId(2), PlayerId(1));
    house.strike(PlayerId(1), PlayerId(2));
    house.ticks(150);
    assert_eq!(house.recorded(1), [3, 9, 1, 2, 1], "the streak ended with its death");
    assert_eq!(house.recorded(2), [1, 3, 0, 1, 1]);
    assert_eq!(house.recorded(3), [0; 5], "who did not fight did not play");
    assert!(house.totals.iter().all(|row| row.name.starts_with("Person ") && row.last_seen_ms > 0));
}

#[test]
fn bots_give_no_records() {
    let mut house = House::new(DEADLY, 3);
    house.join(1);
    house.tick();
    let bot = house.room.world().players[1].id;
    assert!(bot.is_bot());
    house.strike(PlayerId(1), bot);
    assert_eq!(house.room.world().player(PlayerId(1)).unwrap().kills, 1);
    house.ticks(200);
    assert_eq!(house.recorded(1), [0; 5]);
}

#[test]
fn rules_for_teams_turn_a_live_fight_into_one_of_two_teams_at_their_tick() {
    let mut house = House::new("", 6);
    house.join(1);
    house.join(2);
    house.ticks(2);
    assert_eq!((house.team(1), house.team(2)), (0, 0));
    let activate = house.room.tick().plus(5);
    let release = release(2, hotlogic::shipped::TEAMS);
    house.room.handle_event(RoomEvent::SwitchRules { release, activate, automatic: false });
    house.ticks(4);
    assert_eq!((house.team(1), house.team(2)), (0, 0), "not a tick too early");
    house.tick();
    assert_eq!((house.team(1), house.team(2)), (1, 2));
    let [one, two] = sums(&house.room.world().players);
    assert_eq!((one.members, two.members), (3, 3), "bots make the teams even");
    house.join(3);
    house.join(4);
    house.ticks(600);
    let [one, two] = sums(&house.room.world().players);
    assert_eq!((one.people, two.people, one.members, two.members), (2, 2, 3, 3), "bots left the fuller team");
}

#[test]
fn a_team_wins_together() {
    let script = DEADLY.replace("#{", "#{ teams: 2,");
    let mut house = House::new(&script, 0);
    (1..=4).for_each(|id| drop(house.join(id)));
    house.tick();
    let mate = (2..=4).find(|id| house.team(*id) == house.team(1)).unwrap();
    let foes: Vec<u32> = (2..=4).filter(|id| *id != mate).collect();
    house.strike(PlayerId(1), PlayerId(mate));
    assert_eq!(house.room.world().player(PlayerId(mate)).unwrap().hp, 100, "no friendly fire");
    house.strike(PlayerId(1), PlayerId(foes[0]));
    house.strike(PlayerId(mate), PlayerId(foes[1]));
    let team = house.team(1);
    house.ticks(150);
    let round = house.join(9).round;
    assert_eq!((round.winning_team, round.winner), (Some(team), Some(PlayerId(1))));
    assert_eq!(round.teams[usize::from(team) - 1], 6);
    assert_eq!(round.podium.len(), 2, "the winning team stands on it: {:?}", round.podium);
    for (id, won) in [(1, 1), (mate, 1), (foes[0], 0), (foes[1], 0)] {
        assert_eq!(house.recorded(id)[2], won, "player {id}");
    }
}
