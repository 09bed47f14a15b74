//! A player whose line was cut: how quickly it is back, what it is sent, and what the others see meanwhile.

use client_core::protocol::{ServerMessage, Snapshot};
use client_core::sim::{Effect, PlayerId, Tick};
use client_core::{ClientEvent, Conditions, ConnectionState};
use hotlogic::shipped;
use tests::arena::{Arena, RawSeat};
use tests::netcode::settled;

/// Blows that kill nobody within a test and move nobody.
const GENTLE: &str = "const TUNING = #{
    orb_speed: 0.0, orb_damage: 0.0, strike_damage: 1.0, strike_knockback: 0.0, max_hp: 10000.0,
};";
const TICKS_A_SECOND: usize = 30;

fn snapshots(seat: &RawSeat) -> Vec<&Snapshot> {
    let mut frames = Vec::new();
    for message in &seat.heard {
        if let ServerMessage::Snapshot(snapshot) = message {
            frames.push(snapshot);
        }
    }
    frames
}

#[test]
fn whoever_comes_back_is_sent_a_welcome_and_one_keyframe_with_the_next_tick() {
    let mut arena = Arena::new(shipped::ARENA, 21);
    let (mut runaway, mut other) = (RawSeat::sit(&mut arena), RawSeat::sit(&mut arena));
    for away in [1, 40, 200] {
        let id = runaway.player;
        runaway.cut(&mut arena);
        (0..away).for_each(|_| arena.run_tick());
        other.listen(&mut arena);
        other.heard.clear();
        runaway.heard.clear();

        runaway.come_back(&mut arena);
        assert_eq!(runaway.player, id);
        assert!(
            matches!(&runaway.heard[..], [ServerMessage::Welcome(welcome)] if welcome.resumed),
            "the answer to hello"
        );
        let back = arena.next_tick();
        for _ in 0..100 {
            arena.run_tick();
            runaway.beat(&mut arena, None);
            runaway.listen(&mut arena);
            other.beat(&mut arena, None);
            other.listen(&mut arena);
        }
        let frames = snapshots(&runaway);
        let ticks: Vec<Tick> = frames.iter().map(|frame| frame.tick).collect();
        let wanted: Vec<Tick> = (0..100).map(|n| back.plus(n)).collect();
        assert_eq!(ticks, wanted, "the next tick, and each after it");
        let keyframes: Vec<Tick> = frames.iter().filter(|frame| frame.full).map(|frame| frame.tick).collect();
        assert_eq!(keyframes, [back], "one keyframe, {away} ticks later");
        assert_eq!(frames[0].players.len(), 2);
        assert!(snapshots(&other).iter().all(|frame| !frame.full), "nobody else needs one");
    }
}

#[test]
fn whoever_comes_back_is_in_the_arena_within_a_round_trip_of_its_connection_being_open() {
    for round_trip_ms in [0.0, 50.0, 100.0, 200.0] {
        let mut arena = settled(2, Conditions::line(round_trip_ms, 0.0));
        let before = (arena.player(0), arena.body(0).score);
        arena.seats[0].events.clear();
        let cut_at = arena.now_ms;
        let now_ms = arena.now_ms;
        arena.seats[0].cut(now_ms, 0, &mut arena.gate);
        let (mut open_at, mut seen_at) = (None, None);
        arena.run_with(3_000.0, |arena| {
            let seat = &arena.seats[0];
            if *seat.client.connection() == ConnectionState::Handshaking {
                open_at.get_or_insert(arena.now_ms);
            }
            if open_at.is_some()
                && *seat.client.connection() == ConnectionState::Online
                && seat.view(arena.now_ms).own().is_some()
            {
                seen_at.get_or_insert(arena.now_ms);
            }
        });
        let (open_at, seen_at) = (open_at.expect("it connects"), seen_at.expect("it is back"));
        // The line is asked for its answer every millisecond, in each direction.
        assert!(seen_at - open_at <= round_trip_ms + 2.0, "{round_trip_ms} ms: {} ms", seen_at - open_at);
        assert!(open_at - cut_at <= 2.0 * round_trip_ms + 2.0, "it connects at once");
        let resumed = |event: &ClientEvent| matches!(event, ClientEvent::Joined { resumed: true, .. });
        assert_eq!(arena.seats[0].count(resumed), 1);
        assert_eq!((arena.player(0), arena.body(0).score), before);
    }
}

/// Two raw players at one spot; the first one strikes whenever it may, the second one goes away.
fn strike_the_absent(
    seconds: usize,
    mut go: impl FnMut(&mut Arena, &mut RawSeat),
) -> Vec<(bool, Option<bool>)> {
    let mut arena = Arena::new(GENTLE, 22);
    let (mut striker, mut target) = (RawSeat::sit(&mut arena), RawSeat::sit(&mut arena));
    for player in &mut arena.gate.room.world_mut().players {
        (player.position, player.shield_left) = (client_core::sim::vec2::vec2(800.0, 500.0), 0);
    }
    arena.run_tick();
    go(&mut arena, &mut target);
    let is_hit =
        |effect: &Effect, who: PlayerId| matches!(effect, Effect::Hit { target, .. } if *target == who);
    let told = |striker: &RawSeat, who: PlayerId| {
        let states = snapshots(striker).into_iter().flat_map(|frame| &frame.players);
        states.filter(|state| state.id == who).filter_map(|state| state.connected).next_back()
    };
    let mut ticks = Vec::new();
    for _ in 0..seconds * TICKS_A_SECOND {
        striker.strike(&mut arena, None, None);
        arena.run_tick();
        striker.listen(&mut arena);
        let hit = arena.world().effects.iter().any(|effect| is_hit(effect, target.player));
        ticks.push((hit, told(&striker, target.player)));
    }
    target.come_back(&mut arena);
    arena.run_tick();
    striker.listen(&mut arena);
    assert_eq!(told(&striker, target.player), Some(true), "back in everybody's eyes");
    ticks
}

#[test]
fn a_player_whose_line_was_cut_is_shown_as_away_at_once_and_is_no_target_after_a_second() {
    let ticks = strike_the_absent(20, |arena, target| target.cut(arena));
    assert!(ticks.iter().all(|(_, connected)| *connected == Some(false)), "from the first tick on");
    let hits: Vec<usize> = (0..ticks.len()).filter(|tick| ticks[*tick].0).collect();
    // Strikes are 14 ticks apart.
    assert_eq!(hits, [0, 14, 28], "and from then on none");
}

#[test]
fn a_player_that_fell_silent_is_shown_as_away_after_three_seconds_and_is_no_target_then() {
    let ticks = strike_the_absent(20, |_, _| {});
    let away = ticks.iter().position(|(_, connected)| *connected == Some(false)).expect("it is noticed");
    assert!((89..=91).contains(&away), "after {away} ticks");
    assert!(ticks[away..].iter().all(|(_, connected)| *connected == Some(false)));
    assert!(ticks[..away].iter().filter(|(hit, _)| *hit).count() >= 6, "until then it is in the fight");
    assert!(!ticks[away..].iter().any(|(hit, _)| *hit), "and no idle target");
}
