//! What is told of a round at its end, and what a team costs on the wire.
#![cfg(not(target_arch = "wasm32"))]

use protocol::codec::{self, KEYFRAME, SNAPSHOT, snapshot_head};
use protocol::packed::{OwnWriter, Picture, SnapshotDecoder, SnapshotEncoder};
use protocol::{Encoding, MomentKind, OrbState, RoundInfo, RoundPhase, ServerMessage};
use sim::moments::Moments;
use sim::round::Phase;
use sim::vec2::vec2;
use sim::{Effect, Player, PlayerId, Tick, Tuning, World};

fn name(id: PlayerId) -> &'static str {
    ["nobody", "Ada", "Grace", "Alan", "Imre"][id.0 as usize % 5]
}

/// A round that has just ended, of players 1, 2, ... with these teams and scores.
fn ended(players: &[(u8, i32)]) -> World {
    let mut world = World::new(1, Tick(100), 30, &Tuning::default());
    for ((team, score), id) in players.iter().zip(1..) {
        world.restore(Player { team: *team, score: *score, ..Player::new(PlayerId(id)) });
    }
    world.round.phase = Phase::Over { winner: sim::round::leader(&world) };
    world
}

/// Such a round is told with this podium, winning team and team points.
fn check(players: &[(u8, i32)], podium: &[u32], winning_team: Option<u8>, teams: &[i32]) {
    let told = RoundInfo::told(&ended(players), &Moments::default(), name);
    let ids: Vec<u32> = told.podium.iter().map(|placed| placed.id.0).collect();
    assert_eq!(ids, podium, "{players:?}");
    assert_eq!((told.winning_team, told.teams.as_slice()), (winning_team, teams), "{players:?}");
    let winner = if teams.is_empty() || winning_team.is_some() { podium.first() } else { None };
    assert_eq!(told.winner.map(|winner| winner.0), winner.copied(), "the winner stands on top");
}

#[test]
fn the_three_best_stand_on_the_podium() {
    check(&[(0, 3), (0, 9), (0, 1), (0, 5)], &[2, 4, 1], None, &[]);
    check(&[(0, 2), (0, 2), (0, 0), (0, -4)], &[1, 2], None, &[]);
    check(&[(0, 0), (0, 0)], &[], None, &[]);
}

#[test]
fn the_best_of_the_winning_team_stand_on_the_podium() {
    check(&[(1, 3), (2, 9), (1, 8), (1, 0)], &[3, 1], Some(1), &[11, 9]);
    check(&[(1, 3), (2, 9)], &[2], Some(2), &[3, 9]);
}

#[test]
fn after_a_draw_the_best_of_both_teams_stand_on_the_podium() {
    check(&[(1, 4), (2, 4)], &[1, 2], None, &[4, 4]);
}

#[test]
fn moments_are_told_by_name_when_the_round_is_over_and_survive_both_encodings() {
    let mut world = ended(&[(1, 3), (2, 9)]);
    let mut moments = Moments::default();
    let (attacker, target) = (PlayerId(2), PlayerId(1));
    moments.observe(&[
        Effect::Hit { attacker, target, damage: 35, hp: 0, by_orb: true, shot: 612.4 },
        Effect::Kill { killer: attacker, victim: target, by_orb: true, streak: 4, points: 2 },
    ]);
    let told = RoundInfo::told(&world, &moments, name);
    let said: Vec<_> = told.moments.iter().map(|m| (m.kind, m.name.as_str(), m.value)).collect();
    let expect = [MomentKind::Streak, MomentKind::Shot, MomentKind::Damage, MomentKind::OrbKills]
        .into_iter()
        .zip([4, 612, 35, 1])
        .map(|(kind, value)| (kind, "Grace", value));
    assert_eq!(said, expect.collect::<Vec<_>>());
    for encoding in [Encoding::Json, Encoding::Binary] {
        let message = ServerMessage::Round(told.clone());
        let bytes = codec::encode_server(&message, encoding);
        assert_eq!(codec::decode_server(&bytes, encoding).unwrap(), message);
    }
    world.round.phase = Phase::Playing;
    let playing = RoundInfo::told(&world, &moments, name);
    assert_eq!(playing, RoundInfo { phase: RoundPhase::Playing, ..RoundInfo::from(world.round) });
}

#[test]
fn what_old_servers_say_of_a_round_is_still_understood() {
    let old = br#"{"type": "round", "number": 3, "phase": "over", "ends": 21180, "winner": 41}"#;
    let ServerMessage::Round(round) = codec::decode_server(old, Encoding::Json).unwrap() else {
        panic!("not a round")
    };
    assert_eq!((round.winner, round.podium.len(), round.winning_team), (Some(PlayerId(41)), 0, None));
}

/// Bytes of each tick of a fight of 50, in which teams are as `team_of` says.
fn ticks(team_of: impl Fn(u32, u32) -> u8) -> Vec<usize> {
    let mut encoder = SnapshotEncoder::new(0.5);
    let mut decoder = SnapshotDecoder::default();
    let mut private = Vec::new();
    OwnWriter::write_nothing(&mut private);
    (0..90)
        .map(|tick| {
            let players: Vec<Player> = (1..=50)
                .map(|id| Player {
                    position: vec2(20.0 * id as f32, 100.0 + 6.0 * tick as f32),
                    hp: 100,
                    team: team_of(tick, id),
                    ..Player::new(PlayerId(id))
                })
                .collect();
            let pictures: Vec<Picture> = players.iter().map(|player| Picture::of(player, true)).collect();
            encoder.encode(Tick(tick), 1, &OrbState::default(), &pictures);
            let (kind, shared) =
                if tick == 0 { (KEYFRAME, encoder.keyframe(name)) } else { (SNAPSHOT, encoder.delta()) };
            let frame = [&snapshot_head(kind, Tick(tick)), private.as_slice(), shared].concat();
            let snapshot = decoder.decode(&frame).expect("a frame of its own").snapshot;
            for state in snapshot.players {
                let (now, before) = (team_of(tick, state.id.0), team_of(tick.saturating_sub(1), state.id.0));
                let expect =
                    if kind == KEYFRAME { (now > 0).then_some(now) } else { (now != before).then_some(now) };
                assert_eq!(state.team, expect, "player {} in tick {tick}", state.id);
            }
            frame.len()
        })
        .collect()
}

#[test]
fn a_team_costs_nothing_in_a_tick_in_which_nobody_changes_it() {
    let (without, with) = (ticks(|_, _| 0), ticks(|_, id| 1 + (id % 2) as u8));
    assert_eq!(without[1..], with[1..]);
    assert!(with[0] <= without[0] + 1, "nor more than the two bits that everybody has in a keyframe");
}

#[test]
fn being_dealt_out_and_teams_that_end_are_told_in_a_delta() {
    let dealt = ticks(|tick, id| if (30..60).contains(&tick) { 1 + (id % 2) as u8 } else { 0 });
    let calm = ticks(|_, _| 0);
    assert!(dealt[30] > calm[30] && dealt[60] > calm[60]);
    assert!(dealt[30] < calm[30] + 120, "{} bytes for a deal of 50", dealt[30]);
    assert_eq!(dealt[75], calm[75]);
}
