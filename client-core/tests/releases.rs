//! Rules that change while the fight goes on.

mod support;

use client_core::{Action, ClientEvent};
use hotlogic::{content_hash, shipped};
use protocol::{SceneInfo, ServerMessage, UpdateStage};
use sim::vec2::vec2;
use support::{ME, Pair, release};

/// Runs slower than the shipped rules, and in a smaller arena.
const SLOW: &str =
    "const TUNING = #{ player_speed: 90.0, arena_width: 900.0, arena_height: 700.0, max_hp: 80.0 };";

fn runs_while_rules_change(rtt_ms: f64) -> Pair {
    let mut pair = Pair::online(rtt_ms, 10.0);
    let (info, rules) = release(1, SLOW);
    pair.content.insert(info.hash.clone(), Ok(SLOW.as_bytes().to_vec()));
    pair.client.set_direction(vec2(0.6, 0.3));
    pair.run(500.0);
    let corrections = pair.client.stats().corrections;
    let activate = pair.server.world.tick.plus(45);
    pair.server.announce(info.clone(), rules, activate);
    pair.run_with(4_000.0, |pair| {
        let active =
            pair.count(|e| matches!(e, ClientEvent::RulesActive { release } if release.number == 1)) > 0;
        assert_eq!(active, pair.client.stats().predicted_tick >= activate.0, "switched at another tick");
        assert_eq!(pair.view().release.number, u32::from(active));
    });
    assert_eq!(pair.client.stats().corrections, corrections, "the switch needed a correction");
    assert_eq!(pair.view().tuning.player_speed, 90.0);
    pair
}

#[test]
fn rules_switch_at_exactly_the_named_tick_and_nobody_is_moved_by_it() {
    for rtt_ms in [0.0, 100.0, 200.0] {
        let pair = runs_while_rules_change(rtt_ms);
        let acks: Vec<_> = pair.server.heard.acks.iter().map(|(n, ok, stage, _)| (*n, *ok, *stage)).collect();
        let stages = [UpdateStage::Fetched, UpdateStage::Armed, UpdateStage::Active];
        assert_eq!(acks, stages.map(|stage| (1, true, stage)));
    }
}

#[test]
fn a_switch_back_to_known_rules_needs_no_download() {
    let mut pair = runs_while_rules_change(50.0);
    let native =
        (protocol::ReleaseInfo { host_api: hotlogic::HOST_API, ..Default::default() }, pair.server_native());
    let fetches = |pair: &Pair| {
        pair.actions.iter().filter(|(_, action)| matches!(action, Action::FetchContent { .. })).count()
    };
    let (info, rules) = release(1, SLOW);
    let soon = pair.server.world.tick.plus(20);
    pair.server.announce(native.0, native.1, soon);
    pair.server.announce(info, rules, soon.plus(20));
    pair.run(3_000.0);
    assert_eq!(pair.view().release.number, 1);
    assert_eq!(fetches(&pair), 1);
    assert_eq!(pair.client.stats().corrections, 0);
}

#[test]
fn a_late_joiner_gets_the_live_rules() {
    let mut pair = Pair::new(100.0, 0.0);
    let (info, rules) = release(3, SLOW);
    pair.content.insert(info.hash.clone(), Ok(SLOW.as_bytes().to_vec()));
    (pair.server.info, pair.server.rules) = (info.clone(), rules);
    pair.run(2_000.0);
    assert!(pair.events.contains(&ClientEvent::RulesActive { release: info.clone() }));
    assert_eq!(pair.server.heard.acks, [(3, true, UpdateStage::Active, None)]);
    pair.client.set_direction(vec2(1.0, 0.0));
    pair.run(2_000.0);
    assert_eq!(pair.client.stats().corrections, 0);
    pair.break_line(None);
    pair.run(1_000.0);
    assert_eq!(pair.server.heard.hellos[0].release, None);
    assert_eq!(pair.server.heard.hellos[1].release, Some(info.hash), "what it has needs not be sent again");
}

#[test]
fn the_rules_that_come_with_the_game_need_no_download() {
    let mut pair = Pair::new(100.0, 0.0);
    (pair.server.info, pair.server.rules) = release(1, shipped::ARENA);
    pair.run(1_000.0);
    assert_eq!(pair.count(|event| matches!(event, ClientEvent::RulesActive { .. })), 1);
    assert!(!pair.actions.iter().any(|(_, action)| matches!(action, Action::FetchContent { .. })));
}

/// Publishes a script whose content comes out wrong; the client must say so and play on.
#[track_caller]
fn check_refused(content: Result<Vec<u8>, String>, host_api: u32, expect: &str) {
    let mut pair = Pair::online(50.0, 0.0);
    let (mut info, rules) = release(1, SLOW);
    if let Ok(bytes) = &content {
        // Unless the bytes are meant to be others, the hash is right.
        if bytes != b"let x = 1;" {
            info.hash = content_hash(bytes);
        }
    }
    info.host_api = host_api;
    pair.content.insert(info.hash.clone(), content);
    let activate = pair.server.world.tick.plus(30);
    pair.server.announce(info, rules, activate);
    pair.run(8_000.0);
    // What cannot be compiled was fetched all the same.
    let fetched = (1, true, UpdateStage::Fetched, None);
    let acks: Vec<_> = pair.server.heard.acks.iter().filter(|ack| **ack != fetched).cloned().collect();
    assert!(matches!(acks.as_slice(), [(1, false, _, Some(error))] if error.contains(expect)), "{acks:?}");
    assert_eq!(pair.count(|event| matches!(event, ClientEvent::RulesFailed { .. })), 1);
    assert_eq!(
        pair.count(|event| matches!(event, ClientEvent::RulesActive { release } if release.number == 1)),
        0
    );
    pair.client.set_direction(vec2(1.0, 0.0));
    pair.run(1_000.0);
    let truth = pair.server.world.player(ME).expect("we are in the arena").position;
    assert!((pair.own().position - truth).length() < 60.0, "still put right by the server");
}

#[test]
fn content_with_another_hash_is_refused() {
    check_refused(Ok(b"let x = 1;".to_vec()), hotlogic::HOST_API, "does not match its hash");
}

#[test]
fn a_script_that_does_not_compile_is_refused_with_its_line() {
    check_refused(Ok(b"\n\nfn move_player( {".to_vec()), hotlogic::HOST_API, "line 3");
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    check_refused(Ok(vec![0xff, 0xfe, 0x00]), hotlogic::HOST_API, "UTF-8");
}

#[test]
fn rules_for_a_newer_client_are_refused() {
    check_refused(Ok(SLOW.as_bytes().to_vec()), hotlogic::HOST_API + 1, "host functions");
}

#[test]
fn a_download_that_fails_is_tried_three_times_more() {
    check_refused(Err("404".to_owned()), hotlogic::HOST_API, "404");
    let mut pair = Pair::online(50.0, 0.0);
    let (info, rules) = release(1, SLOW);
    pair.content.insert(info.hash.clone(), Err("timeout".to_owned()));
    let activate = pair.server.world.tick.plus(90);
    pair.server.announce(info.clone(), rules, activate);
    pair.run(900.0);
    pair.content.insert(info.hash.clone(), Ok(SLOW.as_bytes().to_vec()));
    pair.run(3_000.0);
    assert_eq!(pair.view().release.number, 1);
    let fetches = pair.actions.iter().filter(|(_, action)| matches!(action, Action::FetchContent { .. }));
    assert_eq!(fetches.count(), 3);
    assert_eq!(pair.client.stats().corrections, 0, "it came in time");
}

#[test]
fn a_script_that_comes_after_its_tick_is_used_from_then_on() {
    let mut pair = Pair::online(50.0, 0.0);
    pair.client.set_direction(vec2(0.5, 0.0));
    let (info, rules) = release(1, SLOW);
    let activate = pair.server.world.tick.plus(10);
    pair.server.announce(info.clone(), rules, activate);
    pair.run(2_000.0);
    pair.client.handle_content(pair.now, &info.hash, Ok(SLOW.as_bytes().to_vec()));
    pair.run(500.0);
    pair.client.set_direction(vec2(-1.0, 0.0));
    pair.run(300.0);
    let corrections = pair.client.stats().corrections;
    pair.run(3_000.0);
    assert_eq!(pair.client.stats().corrections, corrections);
    assert_eq!(pair.server.heard.acks.last().unwrap().2, UpdateStage::Active);
}

#[test]
fn a_roll_back_that_nobody_announced_is_seen_in_the_snapshots() {
    let mut pair = runs_while_rules_change(50.0);
    pair.server.rules = pair.server_native();
    pair.server.info.number = 0;
    pair.run(1_000.0);
    assert_eq!(pair.view().release.number, 0);
    pair.client.set_direction(vec2(-1.0, 0.0));
    pair.run(300.0);
    let corrections = pair.client.stats().corrections;
    pair.run(2_000.0);
    assert_eq!(pair.client.stats().corrections, corrections);
}

#[test]
fn a_scene_changes_at_its_tick_and_is_acknowledged_when_its_image_is_there() {
    let mut pair = Pair::online(50.0, 0.0);
    let scene = SceneInfo { number: 4, background_image: Some("ab".to_owned()), ..SceneInfo::default() };
    let activate_tick = pair.server.world.tick.plus(40);
    pair.server.tell(ServerMessage::HotUpdate { release: None, scene: Some(scene.clone()), activate_tick });
    pair.run(800.0);
    assert_eq!(pair.view().scene.number, 0);
    pair.run(800.0);
    assert_eq!(pair.view().scene, scene);
    assert!(pair.events.contains(&ClientEvent::SceneActive { scene }));
    pair.client.scene_loaded(pair.now, 4, Ok(()));
    pair.drive();
    pair.break_line(None);
    pair.run(500.0);
    assert_eq!(pair.server.heard.hellos[1].scene.as_deref(), Some("ab"));
}
