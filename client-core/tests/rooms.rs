//! Which room, waiting in line for it, and only watching it.

mod support;

use client_core::{Action, ClientConfig, ClientEvent, ConnectionState, Place, Wish};
use protocol::Encoding;
use sim::vec2::vec2;
use sim::{NativeRules, PlayerInput};
use support::{ME, OTHER, Pair};

fn wishing(wish: Wish, encoding: Encoding) -> Pair {
    let resume = Some("token-of-before".to_owned());
    let config = ClientConfig { name: "Ada".to_owned(), resume, encoding, seed: 1 };
    let mut pair = Pair::with(config, 40.0, 0.0);
    pair.client.wish(wish);
    pair
}

#[test]
fn the_wanted_room_is_asked_for_and_asked_for_again_after_a_loss() {
    let wish = Wish { room: Some("fox-42".to_owned()), watch: false };
    let mut pair = wishing(wish, Encoding::Binary);
    pair.run(500.0);
    let place = Place { room: 1, code: Some("fox-42".to_owned()), watching: false };
    assert_eq!(pair.client.place(), Some(&place));
    pair.break_line(None);
    pair.run(500.0);
    let hellos = &pair.server.heard.hellos;
    assert_eq!(hellos.len(), 2);
    assert!(hellos.iter().all(|hello| hello.room.as_deref() == Some("fox-42") && !hello.watch));
}

#[test]
fn who_waits_in_line_knows_its_place_stays_there_and_comes_in_by_itself() {
    let mut pair = wishing(Wish::default(), Encoding::Binary);
    pair.server.line = Some((3, 8));
    pair.run(500.0);
    assert_eq!(*pair.client.connection(), ConnectionState::Queued { place: 3, of: 8 });
    // Much longer than anybody waits for a welcome; heartbeats keep the line up.
    pair.run(60_000.0);
    assert!(pair.server.heard.heartbeats >= 55, "{} heartbeats", pair.server.heard.heartbeats);
    pair.server.line = Some((1, 2));
    pair.server.tell_place(pair.now, &mut pair.down, pair.encoding);
    pair.run(100.0);
    assert_eq!(*pair.client.connection(), ConnectionState::Queued { place: 1, of: 2 });
    pair.server.let_in();
    pair.run(1_000.0);
    assert_eq!(*pair.client.connection(), ConnectionState::Online);
    assert_eq!(pair.view().me, Some(ME));
    assert_eq!(pair.server.heard.hellos.len(), 1, "one connection all the time");
    // The wait says nothing about the line: the clock is right.
    assert!(pair.client.stats().rtt_ms < 80.0, "{} ms", pair.client.stats().rtt_ms);
}

#[test]
fn a_server_that_dies_while_one_waits_is_noticed() {
    let mut pair = wishing(Wish::default(), Encoding::Binary);
    pair.server.line = Some((1, 1));
    pair.run(500.0);
    pair.down.cut = true;
    pair.run(5_500.0);
    assert!(!matches!(pair.client.connection(), ConnectionState::Queued { .. }));
    pair.down.cut = false;
    pair.server.line = None;
    pair.run(8_000.0);
    assert_eq!(*pair.client.connection(), ConnectionState::Online);
}

#[test]
fn who_watches_sees_the_fight_and_has_no_body_to_predict() {
    for encoding in [Encoding::Binary, Encoding::Json] {
        let mut pair = wishing(Wish { room: None, watch: true }, encoding);
        pair.server.world.join(&mut NativeRules::default(), OTHER).unwrap();
        pair.server.scripted.push((OTHER, PlayerInput::moving(vec2(1.0, 0.0))));
        pair.run(2_000.0);
        let hello = &pair.server.heard.hellos[0];
        assert!(hello.watch && hello.resume.is_none(), "the seat of before stays kept: {hello:?}");
        assert_eq!(*pair.client.connection(), ConnectionState::Online);
        assert_eq!(pair.client.place().map(|place| place.watching), Some(true));
        assert!(!pair.actions.iter().any(|(_, action)| matches!(action, Action::SaveResume(_))));

        let view = pair.view();
        assert_eq!((view.me, view.own(), view.players.len()), (None, None, 1));
        let there = pair.server.world.player(OTHER).unwrap().position;
        assert!((view.player(OTHER).unwrap().position - there).length() < 60.0, "{view:?}");
        // Keys do nothing.
        pair.client.set_direction(vec2(0.0, 1.0));
        pair.client.attack(None);
        pair.client.dash();
        pair.run(500.0);
        assert!(pair.server.heard.inputs.is_empty());
        assert_eq!(pair.server.heard.resyncs, 0, "nothing is missing");
        assert!(!pair.events.iter().any(|event| matches!(event, ClientEvent::ServerError { .. })));
    }
}
