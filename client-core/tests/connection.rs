//! Coming, staying, and coming back.

mod support;

use client_core::{Action, ClientConfig, ClientEvent, ConnectionState};
use protocol::{CloseCode, Encoding};
use sim::vec2::vec2;
use support::{ME, Pair, code};

fn connects(pair: &Pair) -> Vec<f64> {
    pair.actions.iter().filter(|(_, action)| *action == Action::Connect).map(|(at, _)| *at).collect()
}

#[test]
fn a_client_connects_at_once_and_is_online_within_two_round_trips_and_two_ticks() {
    for encoding in [Encoding::Binary, Encoding::Json] {
        let config = ClientConfig { name: "Ada".to_owned(), resume: None, encoding, seed: 1 };
        let mut pair = Pair::with(config, 100.0, 0.0);
        pair.run(290.0);
        assert_eq!(*pair.client.connection(), ConnectionState::Online);
        assert_eq!(pair.view().me, Some(ME));
        assert_eq!(pair.own().name, "player 7");
        assert!(pair.events.contains(&ClientEvent::Joined { player: ME, resumed: false }));
        assert!(pair.actions.iter().any(|(_, a)| *a == Action::SaveResume("token-1".to_owned())));
    }
}

#[test]
fn a_lost_connection_comes_back_at_once_as_the_same_player_running_on() {
    let mut pair = Pair::online(100.0, 10.0);
    pair.client.set_direction(vec2(-1.0, 0.0));
    pair.run(400.0);
    pair.break_line(None);
    let broken = pair.now;
    assert_eq!(connects(&pair).last(), Some(&broken));
    pair.run(1_000.0);
    assert_eq!(pair.server.heard.hellos[1].resume.as_deref(), Some("token-1"));
    assert!(pair.events.contains(&ClientEvent::Joined { player: ME, resumed: true }));
    assert_eq!(pair.server.world.player(ME).unwrap().direction, vec2(-1.0, 0.0), "the held key counts again");
    assert_eq!(pair.client.stats().reconnects, 1);
    let corrections = pair.client.stats().corrections;
    pair.run(2_000.0);
    assert_eq!(pair.client.stats().corrections, corrections);
    let seqs: Vec<u32> = pair.server.heard.inputs.iter().map(|(seq, _)| seq.0).collect();
    assert!(seqs.is_sorted_by(|a, b| a < b), "{seqs:?}");
}

#[test]
fn an_unreachable_server_is_tried_again_with_growing_pauses_for_ever() {
    let mut pair = Pair::online(20.0, 0.0);
    pair.reachable = false;
    pair.actions.clear();
    pair.break_line(None);
    pair.frame_ms = 50.0;
    pair.run(120_000.0);
    let tries = connects(&pair);
    assert!((13..40).contains(&tries.len()), "{} tries", tries.len());
    for (n, pause) in tries.windows(2).map(|pair| pair[1] - pair[0]).enumerate() {
        let whole = (500.0 * f64::from(1 << n.min(8))).min(10_000.0);
        // The attempt itself takes 21 ms and a frame 50.
        assert!(pause >= whole * 0.5 && pause <= whole + 130.0, "pause {n} is {pause} ms");
    }
    pair.reachable = true;
    pair.run(11_000.0);
    assert_eq!(*pair.client.connection(), ConnectionState::Online);
}

#[test]
fn a_crowd_does_not_come_back_all_at_once() {
    let retry_at = |seed| {
        let config = ClientConfig { name: String::new(), resume: None, encoding: Encoding::Binary, seed };
        let mut client = client_core::Client::new(config, 0.0);
        client.handle_closed(10.0, None);
        match client.connection() {
            ConnectionState::Waiting { retry_at_ms, attempt: 2 } => *retry_at_ms,
            other => panic!("{other:?}"),
        }
    };
    let times: Vec<f64> = (0..50).map(retry_at).collect();
    assert!(times.iter().all(|at| (260.0..=510.0).contains(at)), "{times:?}");
    assert!(times.iter().any(|at| *at < 320.0) && times.iter().any(|at| *at > 450.0));
}

#[test]
fn retry_now_does_not_wait() {
    let mut pair = Pair::new(20.0, 0.0);
    pair.reachable = false;
    pair.run(4_000.0);
    pair.reachable = true;
    pair.client.retry_now(pair.now);
    pair.drive();
    pair.run(200.0);
    assert_eq!(*pair.client.connection(), ConnectionState::Online);
}

#[test]
fn a_server_that_does_not_answer_is_given_up_after_five_seconds() {
    let mut pair = Pair::new(20.0, 0.0);
    pair.up.cut = true;
    pair.run(4_900.0);
    assert_eq!(*pair.client.connection(), ConnectionState::Handshaking);
    pair.run(200.0);
    assert!(matches!(pair.client.connection(), ConnectionState::Waiting { .. }));
    assert!(pair.actions.iter().any(|(_, action)| *action == Action::Close { code: 4000 }));
}

#[test]
fn a_dead_peer_is_noticed_within_five_seconds() {
    let mut pair = Pair::online(50.0, 0.0);
    pair.down.cut = true;
    pair.run(4_800.0);
    assert_eq!(*pair.client.connection(), ConnectionState::Online);
    pair.run(300.0);
    assert!(pair.events.contains(&ClientEvent::ConnectionLost { code: None }));
    pair.down.cut = false;
    pair.run(6_000.0);
    assert_eq!(*pair.client.connection(), ConnectionState::Online);
}

#[test]
fn a_laptop_that_slept_stays_connected_and_takes_one_keyframe_and_one_jump() {
    let mut pair = Pair::online(50.0, 0.0);
    pair.run(500.0);
    let (keyframes, jumps) = (pair.client.stats().keyframes, pair.client.stats().jumps);
    // The machine sleeps: nothing is read, nothing is drawn; what was sent meanwhile never arrives.
    pair.frozen = true;
    pair.down.cut = true;
    pair.run(60_000.0);
    pair.frozen = false;
    pair.down.cut = false;
    pair.run(1_500.0);
    assert_eq!(*pair.client.connection(), ConnectionState::Online);
    assert_eq!(pair.server.heard.resyncs, 1);
    assert_eq!(pair.client.stats().keyframes - keyframes, 1);
    assert_eq!(pair.client.stats().jumps - jumps, 1);
    assert_eq!(pair.server.heard.hellos.len(), 1);
}

#[test]
fn a_laptop_whose_connection_died_in_its_sleep_notices_within_two_seconds() {
    let mut pair = Pair::online(50.0, 0.0);
    pair.frozen = true;
    pair.down.cut = true;
    pair.run(60_000.0);
    pair.frozen = false;
    pair.run(1_900.0);
    assert_eq!(*pair.client.connection(), ConnectionState::Online);
    pair.run(200.0);
    assert_ne!(*pair.client.connection(), ConnectionState::Online);
}

#[test]
fn a_background_tab_keeps_its_heart_beating() {
    let mut pair = Pair::online(50.0, 0.0);
    let beats = pair.server.heard.heartbeats;
    pair.frozen = true;
    pair.run(60_000.0);
    assert!(pair.server.heard.heartbeats - beats >= 55);
    pair.frozen = false;
    pair.run(1_000.0);
    assert_eq!(*pair.client.connection(), ConnectionState::Online);
    assert_eq!(pair.client.stats().corrections, 0);
}

#[test]
fn a_stall_of_three_seconds_ends_without_a_spiral_of_catching_up() {
    let mut pair = Pair::online(50.0, 0.0);
    pair.down.latency_ms = 3_000.0;
    pair.run(50.0);
    pair.down.latency_ms = 25.0;
    pair.run(3_500.0);
    assert_eq!(*pair.client.connection(), ConnectionState::Online);
    pair.run(10_000.0);
    let stats = pair.client.stats();
    assert!(stats.lead_ticks < 6.0 && stats.interpolation_ms < 60.0, "{stats:?}");
    assert!(pair.server.heard.resyncs <= 1);
}

#[test]
fn a_gap_in_the_deltas_is_healed_by_exactly_one_keyframe() {
    let mut pair = Pair::online(100.0, 0.0);
    let keyframes = pair.client.stats().keyframes;
    pair.server.skip_snapshots = 1;
    pair.run(1_500.0);
    assert_eq!(pair.server.heard.resyncs, 1);
    assert_eq!(pair.client.stats().keyframes - keyframes, 1);
}

#[test]
fn who_is_told_to_stay_away_stays_away() {
    for refusal in [CloseCode::Replaced, CloseCode::WrongVersion, CloseCode::Normal] {
        let mut pair = Pair::online(20.0, 0.0);
        let before = connects(&pair).len();
        pair.break_line(code(refusal));
        pair.run(30_000.0);
        assert_eq!(connects(&pair).len(), before, "{refusal:?}");
        let expect = ConnectionState::Closed { code: code(refusal), reason: refusal.reason().to_owned() };
        assert_eq!(*pair.client.connection(), expect);
        let forgets = pair.actions.iter().any(|(_, action)| *action == Action::ForgetResume);
        assert_eq!(forgets, refusal != CloseCode::WrongVersion, "the page comes back with a build that fits");
    }
}

#[test]
fn who_is_thrown_out_again_and_again_does_not_hammer_the_server() {
    let mut pair = Pair::online(20.0, 0.0);
    pair.actions.clear();
    pair.run_with(20_000.0, |pair| {
        if *pair.client.connection() == ConnectionState::Online {
            pair.break_line(code(CloseCode::RateLimited));
        }
    });
    assert!(connects(&pair).len() < 9, "{} connects in 20 s", connects(&pair).len());
}

#[test]
fn who_is_removed_stays_away_but_keeps_the_secret_by_which_it_is_known() {
    let mut pair = Pair::online(20.0, 0.0);
    pair.actions.clear();
    let removal = protocol::Removal { reason: "Insults".to_owned(), ..protocol::Removal::default() };
    let kicked = protocol::ServerMessage::Kicked(removal.clone());
    let frame = protocol::codec::encode_server(&kicked, Encoding::Binary);
    pair.client.handle_message(pair.now, &frame);
    pair.break_line(code(CloseCode::Kicked));
    pair.run(30_000.0);
    assert!(connects(&pair).is_empty(), "it does not come back by itself");
    assert!(pair.actions.iter().all(|(_, action)| *action != Action::ForgetResume));
    let told = pair
        .events
        .iter()
        .filter(|event| matches!(event, ClientEvent::Kicked(_) | ClientEvent::Rejected { .. }));
    let told: Vec<&ClientEvent> = told.collect();
    assert!(
        matches!(told[..], [ClientEvent::Kicked(told), ClientEvent::Rejected { code: 4008, .. }] if *told == removal)
    );
    pair.client.retry_now(pair.now);
    pair.run(1_000.0);
    assert_eq!(pair.server.heard.hellos.last().unwrap().resume.as_deref(), Some("token-1"));
}

#[test]
fn leaving_says_goodbye_and_forgets_the_secret() {
    let mut pair = Pair::online(20.0, 0.0);
    pair.actions.clear();
    pair.client.leave();
    pair.drive();
    let actions: Vec<&Action> = pair.actions.iter().map(|(_, action)| action).collect();
    assert_eq!(actions, [&Action::Close { code: 1000 }, &Action::ForgetResume]);
    pair.client.handle_closed(pair.now, Some(1000));
    pair.run(20_000.0);
    assert_eq!(
        *pair.client.connection(),
        ConnectionState::Closed { code: None, reason: "you left".to_owned() }
    );
}

#[test]
fn a_reloaded_page_comes_back_and_uses_no_sequence_number_twice() {
    let mut pair = Pair::online(50.0, 0.0);
    for n in 0..20 {
        pair.client.set_direction(vec2(if n % 2 == 0 { 1.0 } else { -1.0 }, 0.0));
        pair.run(70.0);
    }
    // The server has not noticed that the old page is gone: it still counts on (and checks that in the fake server).
    let config = ClientConfig {
        name: "Ada".to_owned(),
        resume: Some("token-1".to_owned()),
        encoding: Encoding::Binary,
        seed: 2,
    };
    pair.client = client_core::Client::new(config, pair.now);
    pair.client.set_direction(vec2(0.0, 1.0));
    pair.reload_page();
    pair.run(1_000.0);
    assert_eq!(pair.server.world.player(ME).unwrap().direction, vec2(0.0, 1.0));
    assert!(pair.server.heard.inputs.last().unwrap().0.0 > 100);
}
