//! Releases on their way through real rooms: canaries, promotion, failures, safe mode and the way back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use support::{Client, PATIENCE, TestServer, admin};

/// Good in every dry run, and broken when a player runs in one exact direction.
const BRITTLE: &str = "fn move_player(vx, vy, dx, dy, dt) {
    if dx == 0.123 { return [1.0]; }
    [dx * 200.0, dy * 200.0]
}";

async fn post(server: &TestServer, path: &str, body: Value) -> Value {
    let (status, answer) = admin(server, "POST", path, Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

async fn publish(server: &TestServer, script: &str, more: Value) -> Value {
    let mut body = json!({ "script": script, "version": "test" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    post(server, "/api/update_script", body).await
}

/// The first snapshot of a release.
async fn plays(client: &mut Client, release: u64) -> Value {
    let what = format!("release {release}");
    client.wait(&what, |m| m["type"] == "snapshot" && m["release"].as_u64() == Some(release)).await
}

/// One room for each player.
async fn single_rooms() -> TestServer {
    TestServer::start_with(|config| config.room_size = 1).await
}

async fn run_into_it(client: &mut Client) {
    client.send(json!({ "type": "move", "seq": 1, "dir": [0.123, 0.0] })).await;
}

/// Waits until a release is in a state, while `client` listens.
async fn wait_for_state(server: &TestServer, client: &mut Client, number: u64, state: &str) -> Value {
    let waiting = async {
        loop {
            let (_, release) = admin(server, "GET", &format!("/api/releases/{number}"), None).await;
            if release["state"] == state {
                return release;
            }
            client.wait_for("snapshot").await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("release {number} is never {state}"))
}

async fn rooms(server: &TestServer) -> Vec<u64> {
    let (_, answer) = admin(server, "GET", "/api/rooms", None).await;
    answer["rooms"].as_array().unwrap().iter().map(|room| room["release"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_canary_that_fails_never_reaches_the_other_room() {
    let server = single_rooms().await;
    let (mut ada, _) = server.join("Ada").await;
    let (mut bob, _) = server.join("Bob").await;
    let answer = publish(&server, BRITTLE, json!({ "room": 1 })).await;
    assert_eq!((&answer["number"], &answer["room"]), (&json!(2), &json!(1)));
    plays(&mut ada, 2).await;
    assert_eq!(rooms(&server).await, [2, 1]);
    run_into_it(&mut ada).await;
    let back = plays(&mut ada, 1).await["tick"].as_u64().unwrap();
    wait_for_state(&server, &mut ada, 2, "rolled_back").await;
    loop {
        let message = bob.next().await.unwrap();
        assert_ne!(message["type"], "hot_update", "{message}");
        if message["type"] == "snapshot" {
            assert_eq!(message["release"], 1);
            if message["tick"].as_u64().unwrap() > back {
                break;
            }
        }
    }
    let (_, list) = admin(&server, "GET", "/api/rollouts", None).await;
    assert_eq!(list["rollouts"][0]["state"], "rolled_back", "{list}");
    let (status, _) = admin(&server, "POST", "/api/rollouts/2/promote", Some(json!({}))).await;
    assert_eq!(status, 404);
    assert_eq!(rooms(&server).await, [1, 1]);
}

#[tokio::test]
async fn rooms_of_a_share_have_the_canary_newcomers_too_until_all_have_it() {
    let server = single_rooms().await;
    let (mut ada, _) = server.join("Ada").await;
    let (mut bob, _) = server.join("Bob").await;
    publish(&server, "const TUNING = #{ max_hp: 60.0 };", json!({ "share": 25 })).await;
    plays(&mut ada, 2).await;
    let (_eve, third) = server.join("Eve").await;
    let (_joe, fourth) = server.join("Joe").await;
    let (third, fourth) = (&third["release"]["number"], &fourth["release"]["number"]);
    assert_eq!((third, fourth), (&json!(2), &json!(1)), "room 3 is in the first quarter, room 4 is not");
    // Who still reads the step before is told so, and nothing goes further than was read.
    let (status, answer) =
        admin(&server, "POST", "/api/rollouts/2/promote", Some(json!({ "share": 25 }))).await;
    assert_eq!((status, &answer["message"]), (409, &json!("release 2 is in 25 % of the rooms already")));
    assert_eq!(rooms(&server).await, [2, 1, 2, 1]);
    let answer = post(&server, "/api/rollouts/2/promote", json!({ "share": 100 })).await;
    let named = answer["activate_tick"].as_u64().unwrap();
    let update = bob.wait_for("hot_update").await;
    assert_eq!(update["activate_tick"].as_u64(), Some(named));
    assert_eq!(plays(&mut bob, 2).await["tick"].as_u64(), Some(named));
    assert_eq!(rooms(&server).await, [2, 2, 2, 2]);
}

#[tokio::test]
async fn a_stopped_canary_leaves_its_room_without_a_reconnect() {
    let server = single_rooms().await;
    let (mut ada, _) = server.join("Ada").await;
    publish(&server, "const TUNING = #{ max_hp: 60.0 };", json!({ "room": 1 })).await;
    plays(&mut ada, 2).await;
    post(&server, "/api/rollouts/2/stop", json!({ "note": "too wild" })).await;
    plays(&mut ada, 1).await;
    let (_, list) = admin(&server, "GET", "/api/rollouts", None).await;
    let rollout = &list["rollouts"][0];
    assert_eq!((&rollout["state"], &rollout["why"]), (&json!("stopped"), &json!("too wild")));
}

#[tokio::test]
async fn two_failures_in_a_row_put_a_room_in_safe_mode_until_an_operator_publishes() {
    let server = single_rooms().await;
    publish(&server, BRITTLE, json!({})).await;
    publish(&server, &format!("// again\n{BRITTLE}"), json!({})).await;
    let (mut ada, _) = server.join("Ada").await;
    let (mut bob, _) = server.join("Bob").await;
    plays(&mut ada, 3).await;
    run_into_it(&mut ada).await;
    plays(&mut ada, 0).await;
    // The other room goes on with what is left to trust, as new releases.
    let update =
        bob.wait("better rules", |m| m["type"] == "hot_update" && m["release"]["version"] == "arena").await;
    let number = update["release"]["number"].as_u64().unwrap();
    plays(&mut bob, number).await;
    assert_eq!(plays(&mut ada, 0).await["release"], 0, "safe mode is not left by itself");
    let (_, list) = admin(&server, "GET", "/api/rooms", None).await;
    let room = &list["rooms"][0];
    assert_eq!((&room["safe_mode"], &room["release"]), (&json!(true), &json!(0)));
    let answer = publish(&server, "const TUNING = #{ max_hp: 70.0 };", json!({})).await;
    plays(&mut ada, answer["number"].as_u64().unwrap()).await;
    assert_eq!(admin(&server, "GET", "/api/rooms", None).await.1["rooms"][0]["safe_mode"], false);
}

#[tokio::test]
async fn a_release_that_clients_cannot_play_is_taken_back() {
    let server = TestServer::start().await;
    let mut clients = Vec::new();
    for name in ["A", "B", "C", "D"] {
        clients.push(server.join(name).await.0);
    }
    publish(&server, "const TUNING = #{ max_hp: 60.0 };", json!({})).await;
    for client in &mut clients[..3] {
        let failed = json!({ "type": "ack_update", "release": 2, "ok": false, "error": "no memory", "ms": 1.0, "stage": "armed" });
        client.send(failed).await;
    }
    let first = &mut clients[0];
    let release = wait_for_state(&server, first, 2, "rolled_back").await;
    assert_eq!(release["error"], "3 of 4 clients cannot play it: no memory");
    plays(first, 3).await;
    let (_, config) = admin(&server, "GET", "/api/config", None).await;
    assert_eq!((&config["release"]["number"], &config["release"]["version"]), (&json!(3), &json!("arena")));
}

#[tokio::test]
async fn one_click_back_is_a_new_release_with_the_old_content() {
    let server = TestServer::start().await;
    let (mut ada, welcome) = server.join("Ada").await;
    publish(&server, "const TUNING = #{ max_hp: 60.0 };", json!({})).await;
    plays(&mut ada, 2).await;
    let answer = post(&server, "/api/releases/1/roll_back", json!({ "note": "it was better" })).await;
    assert_eq!((&answer["number"], &answer["release"]["note"]), (&json!(3), &json!("it was better")));
    assert_eq!(answer["release"]["hash"], welcome["release"]["hash"]);
    let update = ada.wait("the way back", |m| m["type"] == "hot_update" && m["release"]["number"] == 3).await;
    assert_eq!(update["release"]["note"], "it was better");
    plays(&mut ada, 3).await;
    let (status, _) = admin(&server, "POST", "/api/releases/77/roll_back", Some(json!({}))).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn adoption_is_about_those_who_are_connected() {
    let server = single_rooms().await;
    let (mut ada, _) = server.join("Ada").await;
    let (_bob, _) = server.join("Bob").await;
    publish(&server, "const TUNING = #{ max_hp: 60.0 };", json!({ "room": 1 })).await;
    plays(&mut ada, 2).await;
    for stage in ["fetched", "armed", "active"] {
        ada.send(json!({ "type": "ack_update", "release": 2, "ok": true, "ms": 1.0, "stage": stage })).await;
    }
    ada.send(json!({ "type": "heartbeat", "t": 1.0 })).await;
    ada.wait_for("heartbeat_ack").await;
    let (_, answer) = admin(&server, "GET", "/api/adoption", None).await;
    let adoption = &answer["adoption"];
    let counts = ["release", "expected", "active", "behind"].map(|name| adoption[name].as_u64().unwrap());
    assert_eq!(counts, [2, 1, 1, 0], "{adoption}");
    assert!(adoption["since"]["p99_ms"].is_number(), "{adoption}");
}

#[tokio::test]
async fn a_wish_that_cannot_be_met_is_refused_in_words() {
    let server = TestServer::start().await;
    for (wish, words) in [
        (json!({ "room": 9 }), "room 9 is not open"),
        (json!({ "share": 0 }), "1 to 100"),
        (json!({ "at_ms": 1 }), "within a year"),
        (json!({ "share": 10, "promote_minutes": 0 }), "promote_minutes"),
    ] {
        let mut body = json!({ "script": "const TUNING = #{ max_hp: 60.0 };", "version": "1" });
        body.as_object_mut().unwrap().extend(wish.as_object().unwrap().clone());
        let (status, answer) = admin(&server, "POST", "/api/update_script", Some(body)).await;
        assert_eq!(status, 422, "{answer}");
        assert!(answer["message"].as_str().unwrap().contains(words), "{answer}");
    }
    assert_eq!(rooms(&server).await, [1]);
}
