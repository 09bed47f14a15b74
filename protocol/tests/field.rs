//! A battlefield as its players see it: exactly who is in the cells of their views, where they are.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use protocol::codec::{FIELD, FIELD_KEYFRAME, snapshot_head};
use protocol::packed::{
    CELL, CellRect, FieldEncoder, OwnWriter, POSITION_TOLERANCE, Picture, SnapshotDecoder, SnapshotError,
    Standing,
};
use protocol::{OrbState, PlayerState};
use sim::rng::Rng;
use sim::vec2::vec2;
use sim::{Player, PlayerId, Tick, Vec2};

/// Size of the battlefield, units.
const SIZE: Vec2 = Vec2 { x: 6_000.0, y: 4_000.0 };
/// Half of what somebody sees, units.
const HALF: Vec2 = Vec2 { x: 1_000.0, y: 500.0 };

/// Somebody who looks around itself.
struct Watcher {
    id: PlayerId,
    seen: Option<CellRect>,
    decoder: SnapshotDecoder,
    known: BTreeMap<PlayerId, PlayerState>,
}

/// A battlefield, its players and those who watch it.
struct Field {
    encoder: FieldEncoder,
    players: Vec<Player>,
    next_id: u32,
    tick: Tick,
    rng: Rng,
    watchers: Vec<Watcher>,
}

fn name(id: PlayerId) -> &'static str {
    ["Ada", "Grace", "雪", ""][id.0 as usize % 4]
}

fn view_around(position: Vec2) -> CellRect {
    CellRect::touching(position - HALF, position + HALF)
}

impl Field {
    fn new(players: u32, watchers: u32, seed: u64) -> Self {
        let mut field = Self {
            encoder: FieldEncoder::new(0.53),
            players: Vec::new(),
            next_id: 1,
            tick: Tick(100),
            rng: Rng::new(seed),
            watchers: Vec::new(),
        };
        (0..players).for_each(|_| field.join());
        let watcher = |id| Watcher {
            id: PlayerId(id),
            seen: None,
            decoder: SnapshotDecoder::default(),
            known: BTreeMap::new(),
        };
        field.watchers = (1..=watchers).map(watcher).collect();
        field
    }

    fn anywhere(&mut self) -> Vec2 {
        vec2(self.rng.next_unit() * SIZE.x, self.rng.next_unit() * SIZE.y)
    }

    fn join(&mut self) {
        let id = PlayerId(self.next_id);
        self.next_id += 1;
        let player = Player { position: self.anywhere(), hp: 100, ..Player::new(id) };
        self.players.push(player);
    }

    /// Everybody runs; some turn, are put elsewhere, are hurt, come or leave.
    fn live(&mut self) {
        for index in 0..self.players.len() {
            let fate = self.rng.next_u32() % 400;
            let somewhere = self.anywhere();
            let player = &mut self.players[index];
            match fate {
                0 => player.position = somewhere,
                1 => (player.hp, player.team) = (player.hp - 1, player.team.wrapping_add(1) % 3),
                2..40 => player.velocity = (somewhere - SIZE * 0.5) * (600.0 / SIZE.x),
                _ => {}
            }
            let moved = player.position + player.velocity * (1.0 / 30.0);
            player.position = vec2(moved.x.clamp(0.0, SIZE.x), moved.y.clamp(0.0, SIZE.y));
        }
        if self.rng.next_u32().is_multiple_of(20) {
            self.join();
            let watchers = self.watchers.len() as u32;
            let leaver = self.rng.next_u32() as usize % self.players.len();
            if self.players[leaver].id.0 > watchers {
                self.players.remove(leaver);
            }
        }
        self.tick = self.tick.plus(1);
        let pictures: Vec<Picture> =
            self.players.iter().map(|player| Picture::of(player, true).wearing(skin_of(player.id))).collect();
        let orb = OrbState { x: self.tick.0 as f32, y: 70.0, vx: 30.0, ..OrbState::default() };
        self.encoder.encode(self.tick, 3, &orb, &pictures, |index| name(self.players[index].id));
    }

    /// The frame of one watcher, who then has seen its view.
    fn frame(&mut self, watcher: usize) -> Vec<u8> {
        let Watcher { id, seen, .. } = self.watchers[watcher];
        let view = view_around(self.players.iter().find(|player| player.id == id).unwrap().position);
        let kind = if seen.is_some() { FIELD } else { FIELD_KEYFRAME };
        let mut frame = snapshot_head(kind, self.tick).to_vec();
        OwnWriter::write_nothing(&mut frame);
        let standing = self.tick.0.is_multiple_of(7).then_some(Standing { rank: 2, players: 300 });
        self.encoder.write(&mut frame, seen, view, standing, |index| name(self.players[index].id));
        self.watchers[watcher].seen = Some(view);
        frame
    }

    fn watch(&mut self, watcher: usize) -> usize {
        let frame = self.frame(watcher);
        let keyframe = frame[0] == FIELD_KEYFRAME;
        let decoded = self.watchers[watcher].decoder.decode(&frame).unwrap().snapshot;
        assert_eq!((decoded.tick, decoded.full, decoded.release), (self.tick, keyframe, 3));
        assert!((decoded.orb.x - self.tick.0 as f32).abs() <= 0.1, "{:?}", decoded.orb);
        assert_eq!(decoded.standing.is_some(), self.tick.0.is_multiple_of(7));
        let known = &mut self.watchers[watcher].known;
        if decoded.full {
            known.clear();
        }
        for id in &decoded.removed {
            assert!(known.remove(id).is_some(), "{id} left a sight that it was not in");
        }
        for state in decoded.players {
            known
                .entry(state.id)
                .or_insert(PlayerState { id: state.id, ..PlayerState::default() })
                .apply(&state);
        }
        self.check(watcher);
        frame.len()
    }

    /// Everybody in view is known where it is, by its name, and nobody who is far out of it.
    fn check(&self, watcher: usize) {
        let Watcher { id, seen, known, .. } = &self.watchers[watcher];
        let own = self.players.iter().find(|player| player.id == *id).unwrap().position;
        let cells = seen.unwrap();
        let (left, top) = (f32::from(cells.left) * CELL - 20.0, f32::from(cells.top) * CELL - 20.0);
        let right = f32::from(cells.right + 1) * CELL + 20.0;
        let bottom = f32::from(cells.bottom + 1) * CELL + 20.0;
        for player in &self.players {
            let offset = player.position - own;
            let in_view = offset.x.abs() <= HALF.x - 20.0 && offset.y.abs() <= HALF.y - 20.0;
            let Some(state) = known.get(&player.id) else {
                assert!(!in_view, "{} is not seen", player.id);
                continue;
            };
            let Vec2 { x, y } = player.position;
            assert!((left..right).contains(&x) && (top..bottom).contains(&y), "{} is too far", player.id);
            let off = vec2(state.x.unwrap() - x, state.y.unwrap() - y);
            let tolerance = POSITION_TOLERANCE + 1e-3;
            assert!(off.x.abs() <= tolerance && off.y.abs() <= tolerance, "{} is {off:?} off", player.id);
            assert_eq!((state.hp, state.name.as_deref()), (Some(player.hp), Some(name(player.id))));
            assert_eq!(state.skin, skin_of(player.id), "{}", player.id);
            assert_eq!(state.team.unwrap_or(0), player.team, "team of {}", player.id);
        }
        let there = |id: &PlayerId| self.players.iter().any(|player| player.id == *id);
        assert!(known.keys().all(there), "somebody who left is still seen");
    }
}

/// Most have chosen a look.
fn skin_of(id: PlayerId) -> Option<u8> {
    u8::try_from(id.0 % 13).ok().filter(|skin| *skin < protocol::limits::SKINS)
}

#[test]
fn everybody_in_view_is_seen_where_it_is_and_nobody_else() {
    for seed in 1..4 {
        let mut field = Field::new(250, 12, seed);
        for tick in 0..400 {
            field.live();
            for watcher in 0..field.watchers.len() {
                // Some connections are busy now and then, and get a keyframe after that.
                if (tick + watcher as u32 * 31).is_multiple_of(97) {
                    field.watchers[watcher].seen = None;
                } else {
                    field.watch(watcher);
                }
            }
        }
    }
}

#[test]
fn a_cell_is_encoded_once_however_many_see_it() {
    let mut field = Field::new(300, 100, 9);
    for _ in 0..20 {
        field.live();
        let occupied = field.encoder.encodings().deltas;
        (0..100).for_each(|watcher| {
            field.watch(watcher);
        });
        let encoded = field.encoder.encodings();
        assert_eq!(encoded.deltas, occupied);
        // The cells that a view can touch: 14 columns and 9 rows.
        assert!(occupied <= 126 && encoded.keyframes <= 126, "{encoded:?}");
    }
}

#[test]
fn a_missed_tick_is_noticed_and_a_keyframe_heals_it() {
    let mut field = Field::new(60, 1, 4);
    field.live();
    field.watch(0);
    field.live();
    field.frame(0);
    field.live();
    let frame = field.frame(0);
    assert_eq!(field.watchers[0].decoder.decode(&frame), Err(SnapshotError::NeedsKeyframe));
    field.watchers[0].seen = None;
    field.live();
    field.watch(0);
}

#[test]
fn frames_stay_as_short_in_a_field_of_any_size() {
    // As many in sight as in a battlefield: one player on 25,000 square units.
    let mut field = Field::new(960, 8, 2);
    for _ in 0..300 {
        field.live();
        (0..8).for_each(|watcher| {
            field.watch(watcher);
        });
    }
    let mut bytes = 0;
    for _ in 0..100 {
        field.live();
        bytes += (0..8).map(|watcher| field.watch(watcher)).sum::<usize>();
    }
    let mean = bytes / 800;
    let known = field.watchers.iter().map(|watcher| watcher.known.len()).sum::<usize>() / 8;
    eprintln!("{mean} bytes a frame with {known} in view");
    assert!(mean < 600, "{mean}");
}

proptest! {
    #[test]
    fn whatever_comes_is_no_panic(
        kind in prop_oneof![Just(FIELD), Just(FIELD_KEYFRAME)],
        cut in 0_usize..400,
        flips in prop::collection::vec((0_usize..2_000, any::<u8>()), 0..6),
        noise in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut field = Field::new(40, 1, 6);
        field.live();
        let first = field.frame(0);
        let mut decoder = SnapshotDecoder::default();
        decoder.decode(&first).unwrap();
        for _ in 0..3 {
            field.live();
            let mut frame = field.frame(0);
            frame[0] = kind;
            for (at, flip) in &flips {
                let at = 6 + at % (frame.len() - 6);
                frame[at] ^= flip;
            }
            frame.truncate(frame.len().saturating_sub(cut));
            let _ = decoder.decode(&frame);
            let mut made_up = snapshot_head(kind, field.tick).to_vec();
            made_up.push(0);
            made_up.extend_from_slice(&noise);
            let _ = decoder.decode(&made_up);
        }
    }
}
