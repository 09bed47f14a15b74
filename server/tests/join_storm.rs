//! A thousand players who come at the same moment, in a real room, in virtual time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod crowd;

use crowd::Crowd;
use server::room::core::Keyframes;

#[test]
fn a_thousand_newcomers_in_one_tick_share_one_keyframe() {
    let mut storm = Crowd::native(1_000);
    assert_eq!(storm.room().play_tick().keyframes, Keyframes { encoded: 1, sent: 1_000 });
    assert_eq!(storm.parcels().len(), 1_000, "everybody gets its first tick at once");
    assert_eq!(storm.room().play_tick().keyframes, Keyframes::default(), "nobody needs a second one");
}

#[test]
fn newcomers_to_a_battlefield_share_the_cells_that_they_see() {
    let mut storm = Crowd::battlefield(1_000);
    let Keyframes { encoded, sent } = storm.room().play_tick().keyframes;
    assert_eq!(sent, 1_000);
    assert!((1..100).contains(&encoded), "{encoded} cells were encoded for a thousand newcomers");
}
