//! What a tick of binary snapshots costs: encoding once for a room, decoding in each client, and the private part.

use divan::{Bencher, black_box};
use protocol::codec::{KEYFRAME, SNAPSHOT, snapshot_head};
use protocol::packed::{OwnWriter, Picture, SnapshotDecoder, SnapshotEncoder};
use protocol::{OrbState, OwnState};
use sim::rng::Rng;
use sim::{NativeRules, PlayerId, PlayerInput, Tick, Vec2, World};

const CROWDS: [u32; 3] = [50, 1_000, 3_200];
/// Ticks that are recorded and then played in turn.
const RECORDED: usize = 120;

fn main() {
    divan::main();
}

/// What a wandering crowd looks like, tick by tick.
fn record(count: u32) -> Vec<Vec<Picture>> {
    let mut rules = NativeRules::default();
    let mut rng = Rng::new(5);
    let mut world = World::new(1, Tick(0), 30, &rules.tuning);
    for id in 1..=count {
        world.join(&mut rules, PlayerId(id)).expect("native rules never fail");
    }
    let tick = |_| {
        let mut inputs = Vec::new();
        for id in 1..=count {
            if rng.next_u32().is_multiple_of(12) {
                let direction = Vec2::from_angle(rng.next_unit() * std::f32::consts::TAU);
                inputs.push((PlayerId(id), PlayerInput::moving(direction)));
            }
        }
        world.step(&mut rules, &inputs).expect("native rules never fail");
        world.players.iter().map(|player| Picture::of(player, true)).collect()
    };
    (0..RECORDED).map(tick).collect()
}

#[divan::bench(args = CROWDS)]
fn encode(bencher: Bencher<'_, '_>, count: u32) {
    let ticks = record(count);
    let mut encoder = SnapshotEncoder::new(0.53);
    let mut tick = 0;
    bencher.bench_local(|| {
        tick += 1;
        encoder.encode(Tick(tick), 1, &OrbState::default(), &ticks[tick as usize % RECORDED]);
        black_box(encoder.delta().len())
    });
}

#[divan::bench(args = CROWDS)]
fn keyframe(bencher: Bencher<'_, '_>, count: u32) {
    let ticks = record(count);
    let mut encoder = SnapshotEncoder::new(0.53);
    bencher.bench_local(|| {
        encoder.encode(Tick(1), 1, &OrbState::default(), &ticks[0]);
        black_box(encoder.keyframe(|_| "Wanderer").len())
    });
}

#[divan::bench(args = CROWDS)]
fn decode(bencher: Bencher<'_, '_>, count: u32) {
    let mut encoder = SnapshotEncoder::new(0.53);
    let mut frames = Vec::new();
    for (index, pictures) in record(count).iter().enumerate() {
        let tick = Tick(index as u32);
        encoder.encode(tick, 1, &OrbState::default(), pictures);
        let mut frame = snapshot_head(if index == 0 { KEYFRAME } else { SNAPSHOT }, tick).to_vec();
        OwnWriter::write_nothing(&mut frame);
        frame.extend_from_slice(if index == 0 { encoder.keyframe(|_| "Wanderer") } else { encoder.delta() });
        frames.push(frame);
    }
    let mut decoder = SnapshotDecoder::default();
    let mut index = 0;
    bencher.bench_local(|| {
        let decoded = decoder.decode(&frames[index]).expect("what was encoded");
        index = (index + 1) % frames.len();
        black_box(decoded)
    });
}

#[divan::bench(args = [false, true])]
fn private_part(bencher: Bencher<'_, '_>, exact: bool) {
    let own = OwnState { velocity: Vec2 { x: 1.0, y: 2.0 }, hp: 100, ..OwnState::default() };
    let (mut out, mut writer) = (Vec::new(), OwnWriter::default());
    bencher.bench_local(|| {
        out.clear();
        writer.write(&mut out, black_box(&own), exact, false);
        black_box(out.len())
    });
}
