//! Clients and room in virtual time, over lines of every kind.

use client_core::Conditions;
use client_core::ConnectionState;
use client_core::sim::Vec2;
use hotlogic::shipped;
use tests::arena::Arena;

/// An arena with players behind lines like this, all in the fight, clocks settled.
fn settled(players: usize, conditions: Conditions) -> Arena {
    let mut arena = Arena::new(shipped::ARENA, 5);
    for _ in 0..players {
        arena.sit(conditions);
    }
    arena.run(5_000.0);
    for seat in &arena.seats {
        assert_eq!(*seat.client.connection(), ConnectionState::Online);
    }
    arena
}

#[test]
fn running_alone_needs_no_correction_at_any_latency() {
    for lag_ms in [0.0, 50.0, 100.0, 200.0] {
        let mut arena = settled(1, Conditions::line(lag_ms, 20.0));
        let mut rng = client_core::sim::rng::Rng::new(3);
        let before = arena.seats[0].client.stats().corrections;
        arena.run_with(60_000.0, |arena| {
            let client = &mut arena.seats[0].client;
            match rng.next_u32() % 900 {
                0..=5 => client.set_direction(Vec2::from_angle(rng.next_unit() * std::f32::consts::TAU)),
                6 => client.set_direction(Vec2::ZERO),
                7 => client.dash(),
                _ => {}
            }
        });
        let stats = arena.seats[0].client.stats();
        println!("{lag_ms} ms: late {} of {}, {stats:?}", arena.gate.late_inputs, arena.gate.inputs);
        assert_eq!(stats.corrections - before, 0, "at {lag_ms} ms");
    }
}
