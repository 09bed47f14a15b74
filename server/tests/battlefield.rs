//! A battlefield in a real room, in virtual time: what its players see, and what that costs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod crowd;

use std::collections::BTreeMap;

use crowd::Crowd;
use protocol::codec::{self, snapshot_tick};
use protocol::packed::{POSITION_TOLERANCE, SnapshotDecoder};
use protocol::{Encoding, PlayerState, ServerMessage};
use sim::vec2::vec2;
use sim::{PlayerId, Rules};

/// What everybody surely sees, units to each side.
const SIGHT: (f32, f32) = (1_000.0, 500.0);
/// What nobody sees any more, units to each side: two cells further.
const BLIND: (f32, f32) = (2_100.0, 1_600.0);

/// One player's picture, as its client has it.
#[derive(Default)]
struct Picture {
    decoder: SnapshotDecoder,
    known: BTreeMap<PlayerId, PlayerState>,
}

impl Picture {
    fn take(&mut self, frame: &[u8]) {
        let snapshot = self.decoder.decode(frame).unwrap().snapshot;
        if snapshot.full {
            self.known.clear();
        }
        for id in snapshot.removed {
            assert!(self.known.remove(&id).is_some(), "{id} left a sight that it was not in");
        }
        for state in snapshot.players {
            let known = self.known.entry(state.id).or_default();
            known.id = state.id;
            known.apply(&state);
        }
    }
}

/// Bytes a player and tick in a crowd of that size, once it has settled.
fn bytes_in_a_crowd_of(players: u32) -> f64 {
    let mut crowd = Crowd::battlefield(players);
    for _ in 0..280 {
        crowd.wander(1);
        crowd.forget();
    }
    crowd.wander(10);
    let bytes: usize = crowd.parcels().iter().map(|parcel| parcel.bytes()).sum();
    bytes as f64 / f64::from(players * 10)
}

#[test]
fn a_player_costs_no_more_among_thousands_than_among_hundreds() {
    let [hundreds, thousand, thousands] = [200, 1_000, 4_000].map(bytes_in_a_crowd_of);
    eprintln!("{hundreds:.0} bytes a tick among 200, {thousand:.0} among 1,000, {thousands:.0} among 4,000");
    // Two hundred have room for little more than one view, and much of that is beyond the walls.
    assert!(thousands < hundreds * 2.0, "{hundreds} bytes a tick became {thousands}");
    assert!(thousands < thousand * 1.3, "{thousand} bytes a tick became {thousands}");
    assert!(thousands < 300.0, "{thousands} bytes a tick");
}

#[test]
fn everybody_in_view_is_seen_where_it_is_and_nobody_far_away() {
    let mut crowd = Crowd::battlefield(400);
    let mut pictures: Vec<Picture> = (0..400).map(|_| Picture::default()).collect();
    for tick in 0..150 {
        crowd.forget();
        if tick % 10 == 9 {
            // Somebody is put elsewhere, as a rule may do.
            let player = &mut crowd.room().world_mut().players[tick * 2];
            player.position = vec2(100.0 + tick as f32 * 20.0, 300.0);
        }
        crowd.wander(1);
        {
            let parcels = crowd.parcels();
            assert_eq!(parcels.len(), 400);
            let frames = parcels.iter().map(|parcel| parcel.iter().last().unwrap());
            pictures.iter_mut().zip(frames).for_each(|(picture, frame)| picture.take(frame));
        }
        let room = crowd.room();
        let players = &room.world().players;
        let arena = room.rules().tuning();
        for (viewer, picture) in players.iter().zip(&pictures).step_by(7) {
            let Picture { known, .. } = picture;
            for player in players {
                let offset = player.position - viewer.position;
                let within = |(x, y): (f32, f32)| offset.x.abs() <= x && offset.y.abs() <= y;
                let state = known.get(&player.id);
                assert!(state.is_some() || !within(SIGHT), "{} does not see {}", viewer.id, player.id);
                // At an edge the view reaches further to the other side.
                let blind =
                    (BLIND.0.min(arena.arena_width) + 1_020.0, BLIND.1.min(arena.arena_height) + 510.0);
                assert!(state.is_none() || within(blind), "{} sees {}", viewer.id, player.id);
                let Some(state) = state else { continue };
                let off = vec2(state.x.unwrap(), state.y.unwrap()) - player.position;
                assert!(off.x.abs().max(off.y.abs()) <= POSITION_TOLERANCE + 1e-2, "{off:?}");
                assert_eq!(state.name, Some(format!("Wanderer {}", player.id.0)));
            }
        }
    }
}

#[test]
fn a_battlefield_grows_with_its_crowd_and_says_so_a_second_ahead() {
    let mut crowd = Crowd::battlefield(300);
    let before = crowd.room().rules().tuning().arena_width;
    crowd.wander(1);
    let announced: Vec<_> = crowd.parcels()[0]
        .iter()
        .filter(|message| snapshot_tick(message).is_none())
        .flat_map(|message| codec::decode_messages(message, Encoding::Binary).unwrap())
        .filter_map(|message| match message {
            ServerMessage::HotUpdate { release: Some(release), activate_tick, .. } => {
                Some((release.arena_scale.unwrap(), activate_tick))
            }
            _ => None,
        })
        .collect();
    let [(scale, activate)] = announced[..] else { panic!("{announced:?}") };
    assert!((scale * scale - 8.0).abs() < 1e-3, "300 players need 8 arenas: {scale}");
    assert!(activate.since(crowd.tick()) >= crowd::RATE - 1);
    crowd.wander(activate.since(crowd.tick()) - 1);
    assert_eq!(crowd.room().rules().tuning().arena_width, before);
    crowd.wander(1);
    let after = crowd.room().rules().tuning().arena_width;
    assert!((after - before * scale).abs() < 1e-2, "{before} became {after}");
    // Those who had just come were spread over all of it.
    let far = crowd.room().world().players.iter().filter(|player| player.position.x > before).count();
    assert!(far > 100, "{far} of 300 are where there was no arena");
}
