//! What compressing a message would cost: a tick of 50 wanderers in both encodings, by window and level of `deflate`.
//! `server/tests/deflate.rs` says what it would save.

use divan::{Bencher, black_box};
use flate2::{Compress, Compression, FlushCompress};
use protocol::codec::{KEYFRAME, SNAPSHOT, encode_server, snapshot_head};
use protocol::packed::{OwnWriter, Picture, SnapshotEncoder};
use protocol::{Encoding, OrbState, OwnState, PlayerState, ServerMessage, Snapshot};
use sim::rng::Rng;
use sim::{NativeRules, PlayerId, PlayerInput, Seq, Tick, Vec2, World};

const CROWD: u32 = 50;
/// Ticks that are recorded and then compressed in turn.
const RECORDED: usize = 120;
/// Windows, as powers of two, and levels.
const WAYS: [(u8, u32); 4] = [(9, 1), (9, 6), (15, 1), (15, 6)];

fn main() {
    divan::main();
}

/// What the first of a wandering crowd is sent, tick by tick.
fn record(encoding: Encoding) -> Vec<Vec<u8>> {
    let mut rules = NativeRules::default();
    let mut rng = Rng::new(5);
    let mut world = World::new(1, Tick(0), 30, &rules.tuning);
    for id in 1..=CROWD {
        world.join(&mut rules, PlayerId(id)).expect("native rules never fail");
    }
    let mut packed = SnapshotEncoder::new(0.53);
    let mut before: Vec<PlayerState> = Vec::new();
    let mut tick = |index| {
        let mut inputs = Vec::new();
        for id in 1..=CROWD {
            if rng.next_u32().is_multiple_of(12) {
                let direction = Vec2::from_angle(rng.next_unit() * std::f32::consts::TAU);
                inputs.push((PlayerId(id), PlayerInput::moving(direction)));
            }
        }
        world.step(&mut rules, &inputs).expect("native rules never fail");
        let pictures: Vec<Picture> = world.players.iter().map(|player| Picture::of(player, true)).collect();
        packed.encode(world.tick, 1, &OrbState::default(), &pictures);
        let now: Vec<PlayerState> =
            world.players.iter().map(|player| PlayerState::unnamed(player, true)).collect();
        let players = match index {
            0 => now.clone(),
            _ => now.iter().zip(&before).filter_map(|(now, before)| now.changes_since(before)).collect(),
        };
        before = now;
        match encoding {
            Encoding::Json => encode_server(
                &ServerMessage::Snapshot(Snapshot {
                    tick: world.tick,
                    full: index == 0,
                    release: 1,
                    players,
                    you: world.players.first().map(|player| OwnState::of(player, Seq(7), 0)),
                    ..Snapshot::default()
                }),
                encoding,
            ),
            Encoding::Binary => {
                let mut frame =
                    snapshot_head(if index == 0 { KEYFRAME } else { SNAPSHOT }, world.tick).to_vec();
                OwnWriter::write_nothing(&mut frame);
                frame.extend(if index == 0 { packed.keyframe(|_| "Wanderer") } else { packed.delta() });
                frame
            }
        }
    };
    (0..RECORDED).map(&mut tick).collect()
}

/// Compresses a message at a time, each knowing what came before it.
fn compress(bencher: Bencher<'_, '_>, encoding: Encoding, (window, level): (u8, u32)) {
    let messages = record(encoding);
    let mut deflate = Compress::new_with_window_bits(Compression::new(level), false, window);
    let mut out = Vec::with_capacity(64 * 1_024);
    let mut index = 0;
    bencher.bench_local(|| {
        // The first one is a keyframe, which comes once.
        index = index % (RECORDED - 1) + 1;
        out.clear();
        deflate.compress_vec(&messages[index], &mut out, FlushCompress::Sync).expect("there is room");
        black_box(out.len())
    });
}

#[divan::bench(args = WAYS)]
fn binary(bencher: Bencher<'_, '_>, way: (u8, u32)) {
    compress(bencher, Encoding::Binary, way);
}

#[divan::bench(args = WAYS)]
fn json(bencher: Bencher<'_, '_>, way: (u8, u32)) {
    compress(bencher, Encoding::Json, way);
}
