//! Real clients on a bad line while a card comes and goes: both switches are to the tick, and no prediction is wrong.

use client_core::protocol::{Encoding, VoteInfo};
use client_core::sim::rng::Rng;
use client_core::{ClientEvent, Conditions};
use hotlogic::shipped;
use tests::arena::Arena;
use tests::netcode::press_keys;

/// What the first client was told of the vote last.
fn vote(arena: &Arena) -> Option<VoteInfo> {
    let told = arena.seats[0].events.iter().rev();
    told.into_iter()
        .find_map(|event| if let ClientEvent::Vote(vote) = event { Some(vote.clone()) } else { None })
}

#[test]
fn a_card_comes_and_goes_at_200_ms_without_a_correction() {
    let numbers = "arena_width: 1600.0, round_duration: 20.0, round_pause: 8.0,";
    let mut arena = Arena::new(&shipped::ARENA.replace("arena_width: 1600.0,", numbers), 3);
    for encoding in [Encoding::Binary, Encoding::Json] {
        arena.sit_with(Conditions::line(200.0, 20.0), encoding);
    }
    arena.hold_votes(&[shipped::CARDS[5], shipped::CARDS[6]]);
    let mut rng = Rng::new(3);
    // Nobody is in anybody's way, and the orb hurts nobody: what is predicted must be so.
    let mut play = |arena: &mut Arena| {
        press_keys(arena, 0, &mut rng, false);
        arena.gate.room.world_mut().orb.batted_by = None;
    };
    while vote(&arena).is_none() {
        arena.run_with(10.0, &mut play);
    }
    let begun = vote(&arena).unwrap_or_default();
    let ice = begun.options.iter().position(|card| card.name == "ice_floor");
    let ice = ice.and_then(|option| u8::try_from(option).ok()).unwrap_or(u8::MAX);
    for seat in &mut arena.seats {
        seat.client.vote(begun.id, ice);
    }
    let round = arena.world().round.number;
    while arena.world().round.number == round {
        arena.run_with(10.0, &mut play);
    }
    let ended = vote(&arena).unwrap_or_default();
    assert_eq!(ended.chosen().map(|card| card.name.as_str()), Some("ice_floor"));
    assert_eq!(ended.counts.iter().sum::<u32>(), 2, "both have voted");
    assert_eq!(arena.gate.room.release().card.as_ref().map(|card| card.name.as_str()), Some("ice_floor"));

    // Everybody was sent back to its place when the round began; from then on nothing may be put right.
    arena.run_with(2_000.0, &mut play);
    let before: Vec<u64> = arena.seats.iter().map(|seat| seat.client.stats().corrections).collect();
    for seat in &arena.seats {
        let release = seat.view(arena.now_ms).release;
        assert_eq!(release.card.map(|card| card.name).as_deref(), Some("ice_floor"));
    }
    while arena.world().round.is_playing() {
        arena.run_with(10.0, &mut play);
    }
    arena.run_with(3_000.0, &mut play);
    for (seat, before) in arena.seats.iter().zip(before) {
        assert_eq!(seat.client.stats().corrections, before);
        assert_eq!(seat.view(arena.now_ms).release.card, None);
        let failed = seat.count(|event| matches!(event, ClientEvent::RulesFailed { .. }));
        assert_eq!(failed, 0);
    }
}
