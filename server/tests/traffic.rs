//! What a fight costs on the wire: a wandering crowd in a real room, in virtual time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod crowd;

use crowd::Crowd;
use protocol::codec::snapshot_tick;

/// Seconds of play that are measured.
const SECONDS: u32 = 60;

#[test]
fn fifty_wanderers_cost_each_client_60_bytes_a_tick_at_most() {
    let mut crowd = Crowd::native(50);
    crowd.wander(3 * crowd::RATE);
    crowd.forget();
    crowd.wander(SECONDS * crowd::RATE);
    let mut sizes: Vec<usize> = crowd.parcels().iter().map(|parcel| parcel.bytes()).collect();
    sizes.sort_unstable();
    let mean = sizes.iter().sum::<usize>() as f64 / sizes.len() as f64;
    let p99 = sizes[sizes.len() * 99 / 100];
    eprintln!("50 wanderers: {mean:.1} bytes mean, {p99} p99, {} most", sizes[sizes.len() - 1]);
    assert!(mean <= 60.0, "{mean} bytes");
    assert!(p99 <= 120, "{p99} bytes");
}

#[test]
fn everybody_gets_exactly_one_parcel_a_tick_with_the_snapshot_last() {
    let mut crowd = Crowd::native(20);
    for _ in 0..60 {
        crowd.forget();
        crowd.wander(1);
        let parcels = crowd.parcels();
        assert_eq!(parcels.len(), 20);
        for parcel in parcels.iter() {
            let last = parcel.iter().last().unwrap();
            assert_eq!(snapshot_tick(last), Some(crowd.tick()));
            assert_eq!(parcel.iter().filter(|message| snapshot_tick(message).is_some()).count(), 1);
        }
    }
}
