//! Packed snapshots: whoever follows them from a keyframe on sees the fight as it is, and whatever else comes is refused.
#![cfg(not(target_arch = "wasm32"))]

mod arbitrary;

use std::collections::BTreeMap;

use arbitrary::own_state;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use protocol::codec::{KEYFRAME, SNAPSHOT, snapshot_head, snapshot_tick};
use protocol::packed::{
    Decoded, OwnWriter, POSITION_TOLERANCE, Picture, SnapshotDecoder, SnapshotEncoder, SnapshotError,
    own_checksum,
};
use protocol::{OrbState, OwnState, PlayerState, Snapshot};
use sim::vec2::vec2;
use sim::{Player, PlayerId, Seq, Tick};

/// What happens to a crowd in a tick.
#[derive(Clone, Debug)]
enum Turn {
    Join(u32, f32, f32),
    Leave(Index),
    Run(Index, f32, f32),
    Jump(Index, f32, f32),
    Numbers(Index, i32, i32, u32),
    Flags(Index, u32, bool),
    Rules(u32),
    Orb(f32, f32, Option<u32>),
}

fn turn() -> impl Strategy<Value = Turn> {
    let place = || (0.0f32..8_192.0, 0.0f32..8_192.0);
    let speed = || (-130.0f32..130.0, -130.0f32..130.0);
    prop_oneof![
        (0u32..60, place()).prop_map(|(id, (x, y))| Turn::Join(id, x, y)),
        (any::<u32>(), place()).prop_map(|(id, (x, y))| Turn::Join(id, x, y)),
        any::<Index>().prop_map(Turn::Leave),
        (any::<Index>(), speed()).prop_map(|(who, (x, y))| Turn::Run(who, x, y)),
        (any::<Index>(), speed()).prop_map(|(who, (x, y))| Turn::Run(who, x, y)),
        (any::<Index>(), place()).prop_map(|(who, (x, y))| Turn::Jump(who, x, y)),
        (any::<Index>(), any::<i32>(), any::<i32>(), any::<u32>())
            .prop_map(|(who, hp, score, kills)| Turn::Numbers(who, hp, score, kills)),
        (any::<Index>(), 0u32..5, any::<bool>()).prop_map(|(who, left, set)| Turn::Flags(who, left, set)),
        any::<u32>().prop_map(Turn::Rules),
        (place(), any::<Option<u32>>()).prop_map(|((x, y), batter)| Turn::Orb(x, y, batter)),
    ]
}

/// A crowd without rules: anything may happen in it.
#[derive(Default)]
struct Crowd {
    players: BTreeMap<u32, (Player, bool)>,
    release: u32,
    orb: OrbState,
}

impl Crowd {
    fn take(&mut self, turns: &[Turn]) {
        for turn in turns {
            match turn {
                Turn::Join(id, x, y) => {
                    let player = Player { position: vec2(*x, *y), hp: 100, ..Player::new(PlayerId(*id)) };
                    self.players.entry(*id).or_insert((player, true));
                }
                Turn::Leave(who) => {
                    if let Some(id) = self.pick(who).map(|(player, _)| player.id.0) {
                        self.players.remove(&id);
                    }
                }
                Turn::Rules(release) => self.release = *release,
                Turn::Orb(x, y, batter) => {
                    let batted_by = batter.map(PlayerId);
                    self.orb = OrbState { x: *x, y: *y, vx: *y * 0.25, vy: -*x * 0.25, batted_by };
                }
                Turn::Run(who, x, y) => {
                    self.change(who, |player| {
                        player.velocity = vec2(*x, *y);
                        player.facing = vec2(*x, *y).normalize_or(player.facing);
                    });
                }
                Turn::Jump(who, x, y) => self.change(who, |player| player.position = vec2(*x, *y)),
                Turn::Numbers(who, hp, score, kills) => self.change(who, |player| {
                    (player.hp, player.score, player.kills, player.deaths) = (*hp, *score, *kills, kills / 3);
                }),
                Turn::Flags(who, left, set) => self.change(who, |player| {
                    (player.shield_left, player.dash_left, player.striking) = (*left, left / 2, *set);
                    player.team = (left % 3) as u8;
                }),
            }
        }
        for (player, _) in self.players.values_mut() {
            let moved = player.position + player.velocity * (1.0 / 16.0);
            player.position = vec2(moved.x.clamp(0.0, 8_192.0), moved.y.clamp(0.0, 8_192.0));
        }
    }

    fn pick(&mut self, who: &Index) -> Option<&mut (Player, bool)> {
        let count = self.players.len();
        if count == 0 { None } else { self.players.values_mut().nth(who.index(count)) }
    }

    fn change(&mut self, who: &Index, change: impl FnOnce(&mut Player)) {
        if let Some((player, connected)) = self.pick(who) {
            change(player);
            *connected = player.hp % 7 != 3;
        }
    }

    fn pictures(&self) -> Vec<Picture> {
        self.players
            .values()
            .map(|(player, connected)| Picture::of(player, *connected).wearing(skin_of(player.id)))
            .collect()
    }
}

/// Most have chosen a look.
fn skin_of(id: PlayerId) -> Option<u8> {
    u8::try_from(id.0 % 13).ok().filter(|skin| *skin < protocol::limits::SKINS)
}

/// A client that keeps what it was told.
#[derive(Default)]
struct Watcher {
    decoder: SnapshotDecoder,
    seen: BTreeMap<u32, PlayerState>,
    last: Snapshot,
}

impl Watcher {
    fn take(&mut self, frame: &[u8]) -> Result<(), SnapshotError> {
        let Decoded { snapshot, .. } = self.decoder.decode(frame)?;
        if snapshot.full {
            self.seen.clear();
        }
        for id in &snapshot.removed {
            self.seen.remove(&id.0).expect("only who was there is taken away");
        }
        for state in &snapshot.players {
            let known = self.seen.entry(state.id.0).or_default();
            known.id = state.id;
            known.apply(state);
        }
        self.last = snapshot;
        Ok(())
    }

    /// It sees what is the case, positions up to the tolerance.
    #[track_caller]
    fn check(&self, crowd: &Crowd) {
        assert_eq!(self.seen.keys().collect::<Vec<_>>(), crowd.players.keys().collect::<Vec<_>>());
        for (seen, (player, connected)) in self.seen.values().zip(crowd.players.values()) {
            let truth = PlayerState::unnamed(player, *connected).wearing(skin_of(player.id));
            let near = |seen: Option<f32>, truth: f32| {
                (seen.expect("a place") - truth).abs() <= POSITION_TOLERANCE + 1e-3
            };
            assert!(near(seen.x, player.position.x), "{seen:?} {player:?}");
            assert!(near(seen.y, player.position.y), "{seen:?} {player:?}");
            let turned = (seen.facing.expect("a view") - truth.facing.expect("a view")).abs();
            assert!(turned < 1e-3 || (turned - std::f32::consts::TAU).abs() < 1e-3, "{seen:?} {truth:?}");
            let rest = |state: &PlayerState| PlayerState {
                name: None,
                x: None,
                y: None,
                facing: None,
                ..state.clone()
            };
            assert_eq!(rest(seen), rest(&truth));
        }
        assert_eq!((self.last.release, self.last.orb.batted_by), (crowd.release, crowd.orb.batted_by));
        assert!((self.last.orb.x - crowd.orb.x).abs() <= POSITION_TOLERANCE + 1e-3);
        assert!((self.last.orb.vx - crowd.orb.vx).abs() <= 1.0 / 16.0);
    }
}

fn frame(kind: u8, tick: Tick, private: &[u8], shared: &[u8]) -> Vec<u8> {
    [&snapshot_head(kind, tick)[..], private, shared].concat()
}

fn nothing() -> Vec<u8> {
    let mut private = Vec::new();
    OwnWriter::write_nothing(&mut private);
    private
}

fn delta_of(encoder: &SnapshotEncoder) -> Vec<u8> {
    frame(SNAPSHOT, encoder.tick(), &nothing(), encoder.delta())
}

fn keyframe_of(encoder: &mut SnapshotEncoder) -> Vec<u8> {
    frame(KEYFRAME, encoder.tick(), &nothing(), encoder.keyframe(|_| "Ada"))
}

/// An encoder that has played `ticks`, and what happened.
fn play(momentum: f32, ticks: &[Vec<Turn>], mut each: impl FnMut(&mut SnapshotEncoder, &Crowd, usize)) {
    let (mut crowd, mut encoder) = (Crowd::default(), SnapshotEncoder::new(momentum));
    for (index, turns) in ticks.iter().enumerate() {
        crowd.take(turns);
        encoder.encode(Tick(100 + index as u32), crowd.release, &crowd.orb, &crowd.pictures());
        each(&mut encoder, &crowd, index);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whoever_follows_sees_the_fight_as_it_is(
        momentum in 0.0f32..1.0,
        ticks in vec(vec(turn(), 0..6), 1..60),
        joins_at in any::<Index>(),
    ) {
        let (mut first, mut late) = (Watcher::default(), Watcher::default());
        let joins_at = joins_at.index(ticks.len());
        play(momentum, &ticks, |encoder, crowd, index| {
            let delta = delta_of(encoder);
            first.take(&if index == 0 { keyframe_of(encoder) } else { delta.clone() }).unwrap();
            first.check(crowd);
            if index >= joins_at {
                late.take(&if index == joins_at { keyframe_of(encoder) } else { delta }).unwrap();
                assert_eq!(late.seen.len(), first.seen.len());
                late.check(crowd);
            }
        });
        assert!(late.seen.values().all(|state| state.x.is_some()));
    }

    #[test]
    fn whoever_missed_a_tick_says_so_and_a_keyframe_heals(
        ticks in vec(vec(turn(), 0..4), 6..12),
        missed in 1usize..4,
    ) {
        let mut watcher = Watcher::default();
        play(0.5, &ticks, |encoder, crowd, index| {
            let delta = delta_of(encoder);
            if index == 0 {
                watcher.take(&keyframe_of(encoder)).unwrap();
            } else if index > missed && index < 5 {
                assert_eq!(watcher.take(&delta), Err(SnapshotError::NeedsKeyframe));
            } else if index == 5 {
                watcher.take(&keyframe_of(encoder)).unwrap();
                watcher.check(crowd);
            } else if index != missed {
                watcher.take(&delta).unwrap();
                watcher.check(crowd);
            }
        });
    }

    #[test]
    fn random_frames_are_never_a_panic_and_never_a_giant(
        ticks in vec(vec(turn(), 0..6), 1..6),
        kind in prop_oneof![Just(SNAPSHOT), Just(KEYFRAME)],
        bytes in vec(prop_oneof![any::<u8>(), Just(0), Just(255)], 0..400),
    ) {
        let mut watcher = Watcher::default();
        play(0.5, &ticks, |encoder, _, index| {
            let valid = if index == 0 { keyframe_of(encoder) } else { delta_of(encoder) };
            watcher.take(&valid).unwrap();
        });
        let before = watcher.seen.len();
        let forged = frame(kind, Tick(100 + ticks.len() as u32), &[], &bytes);
        if let Ok(Decoded { snapshot, .. }) = watcher.decoder.decode(&forged) {
            prop_assert!(snapshot.players.len() <= before + bytes.len());
            prop_assert!(snapshot.players.iter().all(|state| state.x.is_none_or(f32::is_finite)));
        }
        let _ = SnapshotDecoder::default().decode(&bytes);
    }

    #[test]
    fn a_broken_keyframe_is_never_a_panic(
        ticks in vec(vec(turn(), 0..9), 1..9),
        breaks in vec((any::<Index>(), any::<u8>()), 1..5),
        kept in any::<Index>(),
    ) {
        play(0.5, &ticks, |encoder, _, _| {
            let mut broken = keyframe_of(encoder);
            for (at, byte) in &breaks {
                let length = broken.len() - 6;
                broken[6 + at.index(length)] = *byte;
            }
            broken.truncate(7 + kept.index(broken.len() - 7));
            let mut decoder = SnapshotDecoder::default();
            if decoder.decode(&broken).is_ok() {
                let _ = decoder.decode(&frame(SNAPSHOT, encoder.tick().plus(1), &nothing(), encoder.delta()));
            }
        });
    }

    #[test]
    fn the_own_state_arrives_to_the_bit(states in vec((own_state(), any::<bool>(), any::<bool>()), 1..20)) {
        let (mut encoder, mut writer) = (SnapshotEncoder::new(0.5), OwnWriter::default());
        let mut decoder = SnapshotDecoder::default();
        for (index, (own, exact, keyframe)) in states.into_iter().enumerate() {
            encoder.encode(Tick(index as u32), 1, &OrbState::default(), &[]);
            let keyframe = keyframe || index == 0;
            let mut private = Vec::new();
            writer.write(&mut private, &own, exact, keyframe);
            let got = if keyframe {
                decoder.decode(&frame(KEYFRAME, encoder.tick(), &private, encoder.keyframe(|_| "")))
            } else {
                decoder.decode(&frame(SNAPSHOT, encoder.tick(), &private, encoder.delta()))
            };
            let Decoded { snapshot, check } = got.unwrap();
            prop_assert_eq!(snapshot.you, exact.then_some(own));
            if let Some(check) = check {
                prop_assert_eq!((check.seq, check.lead), (own.seq, own.lead));
                prop_assert_eq!(check.checksum, own_checksum(&own));
            }
            prop_assert_eq!(check.is_none(), exact);
        }
    }
}

#[test]
fn the_tick_is_read_without_decoding() {
    let mut encoder = SnapshotEncoder::new(0.5);
    encoder.encode(Tick(0x0102_0304), 7, &OrbState::default(), &[]);
    assert_eq!(snapshot_tick(&delta_of(&encoder)), Some(Tick(0x0102_0304)));
    assert_eq!(snapshot_tick(&keyframe_of(&mut encoder)), Some(Tick(0x0102_0304)));
    for other in [&[][..], &[SNAPSHOT, 1, 2, 3], &[0, 1, 2, 3, 4, 5]] {
        assert_eq!(snapshot_tick(other), None);
    }
}

#[test]
fn every_part_of_the_own_state_changes_its_checksum() {
    let own = OwnState { position: vec2(1.0, 2.0), hp: 100, ..OwnState::default() };
    let variants = [
        OwnState { position: vec2(1.0, 2.000_000_2), ..own },
        OwnState { velocity: vec2(-0.0, 0.0), ..own },
        OwnState { push: vec2(0.0, 1.0), ..own },
        OwnState { facing: vec2(0.0, 1.0), ..own },
        OwnState { direction: vec2(0.0, 1.0), ..own },
        OwnState { hp: 99, ..own },
        OwnState { strike_cooldown: 1, ..own },
        OwnState { dash_cooldown: 1, ..own },
        OwnState { dash_left: 1, ..own },
        OwnState { shield_left: 1, ..own },
        OwnState { respawn_left: 1, ..own },
    ];
    for (index, variant) in variants.iter().enumerate() {
        assert_ne!(own_checksum(variant), own_checksum(&own), "{variant:?}");
        assert!(variants[..index].iter().all(|other| own_checksum(other) != own_checksum(variant)));
    }
    assert_eq!(own_checksum(&OwnState { seq: Seq(9), lead: 3, ..own }), own_checksum(&own));
}
