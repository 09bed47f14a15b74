//! Who comes, goes, waits and is thrown out at the same moment: nobody plays without a seat, and nobody keeps one for nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::{Client, TestServer, admin, http};
use tokio_tungstenite::MaybeTlsStream;

const KICKED: u16 = 4008;

async fn come(server: &TestServer, name: &str, resume: &Value) -> Client {
    let mut client = server.connect().await;
    client.send(json!({ "type": "hello", "protocol": 1, "name": name, "resume": resume })).await;
    client
}

/// Lets a little time pass on the server, and no more than that.
async fn dawdle(server: &TestServer, calls: u32) {
    for _ in 0..calls {
        assert_eq!(http(server, "GET", "/healthz", &[], "").await.status, 200);
    }
}

async fn sanction(server: &TestServer, what: &str, player: &Value) -> (u16, Value) {
    let body = json!({ "player": player, "reason": "Spoils the fun" });
    admin(server, "POST", &format!("/api/moderation/{what}"), Some(body)).await
}

#[tokio::test]
async fn who_comes_back_while_its_old_connection_says_goodbye_has_a_seat_and_a_good_token() {
    let server = TestServer::start().await;
    for round in 0..24 {
        let (mut old, first) = server.join("Ada").await;
        let mut new = come(&server, "Ada", &first["resume"]).await;
        dawdle(&server, round % 4).await;
        old.send(json!({ "type": "bye" })).await;
        let welcome = new.wait_for("welcome").await;
        old.wait_for_close().await;
        new.wait_for("snapshot").await;

        // Only who has a seat can be reached.
        let (status, answer) = sanction(&server, "kick", &welcome["player"]).await;
        assert_eq!(status, 200, "round {round}: {answer}");
        new.wait_for("kicked").await;
        assert_eq!(new.wait_for_close().await, KICKED);
        let (mut again, back) = server.resume(welcome["resume"].as_str().unwrap()).await;
        assert_eq!(back["player"], welcome["player"], "round {round}");
        again.send(json!({ "type": "bye" })).await;
        again.wait_for_close().await;
    }
}

#[tokio::test]
async fn a_newcomer_whose_connection_breaks_before_its_welcome_leaves_no_body() {
    let server = TestServer::start_with(|config| {
        config.grace = Duration::from_secs(3_600);
        config.tick_rate = 10;
    })
    .await;
    let mut watcher = server.connect().await;
    watcher.send(json!({ "type": "hello", "protocol": 1, "name": "", "watch": true })).await;
    watcher.wait_for("welcome").await;
    // A welcome that was written in time is one that arrived, for all the server knows. That is rare.
    for _ in 0..10 {
        watcher.wait_for("snapshot").await;
        let mut newcomer = come(&server, "", &Value::Null).await;
        assert_eq!(newcomer.wait_for("error").await["code"], "bad_name", "this comes before the seat");
        if let MaybeTlsStream::Plain(stream) = newcomer.socket.get_ref() {
            stream.set_zero_linger().unwrap();
        }
        drop(newcomer);
        let player = watcher.wait_for("new_player").await["player"]["id"].clone();
        for _ in 0..20 {
            let seen = watcher.next().await.unwrap();
            if seen["type"] == "player_left" {
                assert_eq!(seen["id"], player);
                let (_, rooms) = admin(&server, "GET", "/api/clients", None).await;
                assert!(!rooms["clients"].to_string().contains(&format!("\"id\":{player},")), "{rooms}");
                return;
            }
        }
    }
    panic!("nobody left the arena");
}

#[tokio::test]
async fn who_is_banned_while_it_waits_in_line_is_told_so_and_gets_no_seat() {
    let server = TestServer::start_with(|config| {
        config.max_players = 1;
        config.max_queue = 3;
        config.grace = Duration::from_millis(100);
    })
    .await;
    let (bob, welcome) = server.join("Bob").await;
    drop(bob);
    let mut ada = come(&server, "Ada", &Value::Null).await;
    ada.wait_for("welcome").await;
    let mut bob = come(&server, "Bob", &welcome["resume"]).await;
    bob.wait_for("queued").await;
    let mut grace = come(&server, "Grace", &Value::Null).await;
    grace.wait_for("queued").await;

    assert_eq!(sanction(&server, "ban", &welcome["player"]).await.0, 200);
    ada.send(json!({ "type": "bye" })).await;
    let answer = bob.wait("an answer", |m| m["type"] != "queued").await;
    assert_eq!((&answer["type"], &answer["reason"]), (&json!("kicked"), &json!("Spoils the fun")));
    assert_eq!(bob.wait_for_close().await, KICKED);
    // The seat goes to the next.
    grace.wait_for("welcome").await;
}

#[tokio::test]
async fn who_is_banned_on_its_way_in_does_not_stay() {
    let server = TestServer::start_with(|config| config.grace = Duration::from_millis(100)).await;
    let mut token = server.join("Bob").await.1["resume"].clone();
    for round in 0..16 {
        let (mut bob, welcome) = server.resume(token.as_str().unwrap()).await;
        bob.wait_for("snapshot").await;
        drop(bob);
        let mut bob = come(&server, "Bob", &welcome["resume"]).await;
        dawdle(&server, round % 4).await;
        let (status, ban) = sanction(&server, "ban", &welcome["player"]).await;
        assert_eq!(status, 200, "{ban}");
        bob.wait_for("kicked").await;
        assert_eq!(bob.wait_for_close().await, KICKED, "round {round}");
        let lift = json!({ "id": ban["sanction"]["id"] });
        assert_eq!(admin(&server, "POST", "/api/moderation/lift", Some(lift)).await.0, 200);
        token = welcome["resume"].clone();
        // What it was let in with, if it was, is lost on the way; the token before is good until the next has arrived.
    }
}

#[tokio::test]
async fn who_is_in_the_arena_and_not_stored_any_more_is_kicked_all_the_same() {
    let server = TestServer::start().await;
    for what in ["kick", "ban"] {
        let (mut bob, welcome) = server.join("Bob").await;
        let database = rusqlite::Connection::open(server.data().join("hotswap.sqlite3")).unwrap();
        assert_eq!(database.execute("DELETE FROM sessions", ()).unwrap(), 1);
        let (status, answer) = sanction(&server, what, &welcome["player"]).await;
        // There is nobody to keep out: the player cannot come back.
        assert_eq!(status, if what == "kick" { 200 } else { 404 }, "{answer}");
        assert_eq!(bob.wait_for("kicked").await["reason"], "Spoils the fun");
        assert_eq!(bob.wait_for_close().await, KICKED);
    }
}

/// A connection from an address, that says hello to `room`.
async fn come_from(server: &TestServer, address: &str, room: Option<&str>) -> Client {
    let mut client = Client::connect_for(server.address, address).await;
    client.send(json!({ "type": "hello", "protocol": 1, "name": "Guest", "room": room })).await;
    client
}

/// A server behind a proxy, where an address may have so many connections.
async fn behind_a_proxy(connections: u32) -> TestServer {
    TestServer::start_with(|config| {
        config.trust_proxy = vec![[127, 0, 0, 1].into()];
        config.max_connections_per_address = connections;
    })
    .await
}

#[tokio::test]
async fn who_hangs_up_without_a_word_keeps_no_seat_and_who_said_something_does() {
    let server = TestServer::start_with(|config| {
        config.max_players = 1;
        config.grace = Duration::from_secs(3_600);
    })
    .await;
    for _ in 0..3 {
        // Waits in line until the one before is gone.
        come(&server, "Passer-by", &Value::Null).await.wait_for("welcome").await;
    }
    let mut ada = come(&server, "Ada", &Value::Null).await;
    let welcome = ada.wait_for("welcome").await;
    ada.send(json!({ "type": "heartbeat", "t": 1.0 })).await;
    ada.wait_for("heartbeat_ack").await;
    drop(ada);
    let mut bob = come(&server, "Bob", &Value::Null).await;
    bob.wait_for("queued").await;
    come(&server, "Ada", &welcome["resume"]).await.wait_for("welcome").await;
}

#[tokio::test]
async fn an_address_takes_only_so_many_seats_in_a_short_time() {
    let server = behind_a_proxy(2).await;
    let mut refused = 0;
    for round in 0..16 {
        // The same network, whatever the rest of the address.
        let mut guest = come_from(&server, &format!("2001:db8::{round}"), None).await;
        let answer = guest.next().await.unwrap();
        if answer["type"] == "welcome" {
            guest.send(json!({ "type": "bye" })).await;
            guest.wait_for_close().await;
        } else {
            assert!(round >= 8, "{round}: {answer}");
            assert_eq!(answer["code"], "full", "{answer}");
            assert!(answer["message"].as_str().unwrap().contains("in a minute"), "{answer}");
            assert_eq!(guest.wait_for_close().await, 4006);
            refused += 1;
        }
    }
    assert!(refused > 0);
    come_from(&server, "2001:db8:1::1", None).await.wait_for("welcome").await;
}

#[tokio::test]
async fn an_address_opens_only_so_many_private_rooms() {
    let server = behind_a_proxy(4).await;
    let mut first = come_from(&server, "192.0.2.1", Some("fox-1")).await;
    first.wait_for("welcome").await;
    let mut greedy = come_from(&server, "192.0.2.1", Some("fox-2")).await;
    let answer = greedy.wait_for("error").await;
    assert_eq!(answer["code"], "full", "{answer}");
    assert!(answer["message"].as_str().unwrap().contains("private rooms"), "{answer}");
    assert_eq!(greedy.wait_for_close().await, 4007);
    let mut friend = come_from(&server, "192.0.2.1", Some("fox-1")).await;
    assert_eq!(friend.wait_for("welcome").await["room_code"], "fox-1");
    let mut other = come_from(&server, "192.0.2.2", Some("fox-2")).await;
    assert_eq!(other.wait_for("welcome").await["room_code"], "fox-2");
}
