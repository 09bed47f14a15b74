//! What `permessage-deflate` (RFC 7692) would save on what a real room sends: 50 wanderers, 600 ticks, one of them listening.
//!
//! It is not spoken, and here is why: binary snapshots are compressed already. `docs/protocol.md` has the figures.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod crowd;

use crowd::Crowd;
use flate2::{Compress, Compression, FlushCompress};
use protocol::Encoding;

const PLAYERS: u32 = 50;
const TICKS: u32 = 600;
/// What ends a message that was flushed, and is not sent (RFC 7692, section 7.2.1).
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// How messages are compressed.
#[derive(Clone, Copy, Debug)]
struct Way {
    window: u8,
    level: u32,
    /// What one message taught is of use to the next.
    takeover: bool,
}

const WAYS: [Way; 6] = [
    Way { window: 15, level: 1, takeover: true },
    Way { window: 15, level: 6, takeover: true },
    Way { window: 9, level: 1, takeover: true },
    Way { window: 9, level: 6, takeover: true },
    Way { window: 15, level: 6, takeover: false },
    Way { window: 9, level: 6, takeover: false },
];

/// Every message that the first player is sent, after everybody has got going.
fn record(encoding: Encoding) -> Vec<Vec<u8>> {
    let mut crowd = Crowd::listening(encoding, PLAYERS);
    crowd.wander(3 * crowd::RATE);
    crowd.forget();
    let mut messages = Vec::new();
    for _ in 0..TICKS {
        crowd.wander(1);
        messages.extend(crowd.parcels()[0].iter().map(<[u8]>::to_vec));
        crowd.forget();
    }
    messages
}

/// Bytes of all messages.
fn compressed(messages: &[Vec<u8>], way: Way) -> usize {
    let mut deflate = Compress::new_with_window_bits(Compression::new(way.level), false, way.window);
    let mut sum = 0;
    for message in messages {
        if !way.takeover {
            deflate.reset();
        }
        let mut out = Vec::with_capacity(2 * message.len() + 64);
        deflate.compress_vec(message, &mut out, FlushCompress::Sync).unwrap();
        assert!(out.len() < out.capacity(), "there was room for all");
        let out = out.strip_suffix(&TAIL).expect("a flush ends like this");
        sum += out.len();
    }
    sum
}

/// Bytes a tick without compression, and the part of them that is left with it, for each way.
fn measure(encoding: Encoding) -> (f64, Vec<f64>) {
    let messages = record(encoding);
    let plain: usize = messages.iter().map(Vec::len).sum();
    let a_tick = plain as f64 / f64::from(TICKS);
    eprintln!("{encoding:?}: {a_tick:.1} bytes a tick in {} messages", messages.len());
    let left = WAYS.map(|way| {
        let left = compressed(&messages, way) as f64 / plain as f64;
        eprintln!("  {way:?}: {:.1} bytes a tick, {:.1} % are left", left * a_tick, 100.0 * left);
        left
    });
    (a_tick, left.to_vec())
}

#[test]
fn compression_would_only_make_longer_what_browsers_are_sent() {
    let (a_tick, left) = measure(Encoding::Binary);
    assert!(a_tick < 70.0, "{a_tick} bytes");
    assert!(left.iter().all(|left| *left > 1.0), "it pays now, so think again: {left:?}");
}

#[test]
fn compression_would_save_much_of_json_but_json_stays_larger_than_binary() {
    let (json, left) = measure(Encoding::Json);
    let (binary, _) = measure(Encoding::Binary);
    let best = left.into_iter().fold(1.0, f64::min);
    assert!(best < 0.5, "{best}");
    assert!(
        json * best > 3.0 * binary,
        "{json} bytes of JSON, {best} of them left, {binary} bytes in binary"
    );
}
