//! Whatever comes from the wire, the client goes on.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use proptest::prelude::*;
use sim::vec2::vec2;
use support::{ME, Pair};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_comes_from_the_wire_never_panics(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..20), json in any::<bool>()) {
        let encoding = if json { protocol::Encoding::Json } else { protocol::Encoding::Binary };
        let config = client_core::ClientConfig { name: String::new(), resume: None, encoding, seed: 1 };
        let mut pair = Pair::with(config, 10.0, 0.0);
        pair.run(500.0);
        for frame in frames {
            pair.client.handle_message(pair.now, &frame);
            // The same as a message with a plausible first byte.
            let mut plausible = vec![u8::from(frame.len() % 2 == 0)];
            plausible.extend(frame);
            pair.client.handle_message(pair.now, &plausible);
            pair.frame();
            let _ = pair.view();
        }
    }

    #[test]
    fn absurd_snapshots_never_panic(tick in any::<u32>(), full in any::<bool>(), seq in any::<u32>(), lead in any::<i32>(), x in any::<f32>(), hp in any::<i32>(), left in any::<u32>(), release in any::<u32>()) {
        let mut pair = Pair::new(10.0, 0.0);
        pair.run(500.0);
        let you = protocol::OwnState {
            seq: sim::Seq(seq), lead, position: vec2(x, 1.0), hp, strike_cooldown: left, dash_left: left, ..Default::default()
        };
        let player = protocol::PlayerState { id: ME, x: Some(x), y: Some(x), hp: Some(hp), ..Default::default() };
        let snapshot = protocol::Snapshot { tick: sim::Tick(tick), full, release, players: vec![player], you: Some(you), ..Default::default() };
        let message = protocol::ServerMessage::Snapshot(snapshot);
        for _ in 0..3 {
            pair.client.handle_message(pair.now, &protocol::codec::encode_server(&message, pair.encoding));
            pair.client.set_direction(vec2(1.0, 0.5));
            pair.client.attack(Some(vec2(f32::NAN, 0.0)));
            pair.client.dash();
            pair.client.update(pair.now + 16.0);
            let _ = pair.client.view(pair.now + 16.0);
        }
    }
}
