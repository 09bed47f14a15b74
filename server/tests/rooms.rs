//! Rooms that are chosen, rooms behind a code, those who only watch, and the line in front of a full server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use support::{Client, TestServer, admin, http};

/// Says hello with more than a name.
async fn come(server: &TestServer, more: Value) -> Client {
    let mut hello = json!({ "type": "hello", "protocol": 1, "name": "Ada" });
    hello.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut client = server.connect().await;
    client.send(hello).await;
    client
}

async fn enter(server: &TestServer, more: Value) -> (Client, Value) {
    let mut client = come(server, more).await;
    let welcome = client.wait_for("welcome").await;
    (client, welcome)
}

/// How somebody is turned away: the error and the close code.
async fn turned_away(server: &TestServer, more: Value) -> (Value, u16) {
    let mut client = come(server, more).await;
    let code = client.wait_for("error").await["code"].clone();
    (code, client.wait_for_close().await)
}

/// Comes in once a seat is free: it is when the room has played the leaver's goodbye.
async fn enter_when_free(server: &TestServer, more: Value) -> (Client, Value) {
    loop {
        let mut client = come(server, more.clone()).await;
        let answer = client.next().await.unwrap();
        if answer["type"] == "welcome" {
            return (client, answer);
        }
        assert_eq!(answer["code"], "full", "{answer}");
    }
}

async fn listing(server: &TestServer) -> Value {
    let answer = http(server, "GET", "/api/lobby", &[], "").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json
}

async fn leave(mut client: Client) {
    client.send(json!({ "type": "bye" })).await;
    assert_eq!(client.wait_for_close().await, 1000);
}

#[tokio::test]
async fn a_code_opens_a_private_room_that_is_in_no_list() {
    let server = TestServer::start().await;
    let (mut ada, first) = enter(&server, json!({ "room": "Fox-42" })).await;
    let (_grace, second) = enter(&server, json!({ "room": "fox-42" })).await;
    let (_stranger, third) = enter(&server, json!({})).await;
    assert_eq!(first["room_code"], "fox-42");
    assert_eq!(first["room"], second["room"]);
    assert_eq!(third["room"], 1);
    assert_eq!(third.get("room_code"), None);
    assert!(first["room"].as_u64().unwrap() >= u64::from(server::lobby::FIRST_PRIVATE));
    let (friend, stranger) = (second["player"].clone(), third["player"].clone());
    let seen = ada
        .wait("her friend", |m| {
            m["full"] == true && m["players"].as_array().unwrap().iter().any(|p| p["id"] == friend)
                || m["type"] == "new_player" && m["player"]["id"] == friend
        })
        .await;
    assert!(!seen.to_string().contains(&format!("\"id\":{stranger},")), "{seen}");

    let listed = listing(&server).await;
    let rooms = listed["rooms"].as_array().unwrap();
    assert_eq!(rooms.len(), 1, "{listed}");
    assert_eq!((&rooms[0]["number"], &rooms[0]["people"]), (&json!(1), &json!(1)));
    assert!(!listed.to_string().contains("fox-42") && !listed.to_string().contains("Ada"), "{listed}");
    let (_, all) = admin(&server, "GET", "/api/rooms", None).await;
    assert_eq!(all["rooms"][1]["private"], true, "operators see it: {all}");
}

#[tokio::test]
async fn a_public_room_is_entered_by_its_number_if_it_has_a_seat() {
    let server = TestServer::start_with(|config| config.room_size = 1).await;
    let (first, _) = enter(&server, json!({})).await;
    let (_second, welcome) = enter(&server, json!({})).await;
    assert_eq!(welcome["room"], 2);
    assert_eq!(turned_away(&server, json!({ "room": "1" })).await, (json!("full"), 4007));
    leave(first).await;
    let (_third, welcome) = enter_when_free(&server, json!({ "room": "1" })).await;
    assert_eq!(welcome["room"], 1);
    for nowhere in ["7", "0", "no", "1000000001", "<b>hello</b>", "a code that is too long"] {
        assert_eq!(
            turned_away(&server, json!({ "room": nowhere })).await,
            (json!("no_room"), 4007),
            "{nowhere}"
        );
    }
}

#[tokio::test]
async fn quick_play_fills_the_fullest_room_that_has_a_seat() {
    let server = TestServer::start_with(|config| config.room_size = 2).await;
    let (a, _) = enter(&server, json!({})).await;
    let (b, _) = enter(&server, json!({})).await;
    let (mut c, welcome) = enter(&server, json!({})).await;
    assert_eq!(welcome["room"], 2);
    leave(a).await;
    leave(b).await;
    while listing(&server).await["players"] != 1 {
        c.wait_for("snapshot").await;
    }
    let (_d, welcome) = enter(&server, json!({})).await;
    assert_eq!(welcome["room"], 2, "room 1 is empty");
    let (_e, welcome) = enter(&server, json!({})).await;
    assert_eq!(welcome["room"], 1);
}

#[tokio::test]
async fn who_comes_back_is_in_its_private_room_again_whatever_it_asks_for() {
    let server = TestServer::start().await;
    let (mut ada, first) = enter(&server, json!({ "room": "fox-42" })).await;
    ada.send(json!({ "type": "heartbeat", "t": 1.0 })).await;
    ada.wait_for("heartbeat_ack").await;
    drop(ada);
    let (ada, again) = enter(&server, json!({ "room": "1", "resume": first["resume"] })).await;
    assert_eq!((&again["player"], &again["room_code"]), (&first["player"], &json!("fox-42")));
    drop(ada);
    // After a restart no room is open; the code opens it, under the same number, and nothing else does.
    let data = server.stop().await;
    let server = TestServer::start_in(data, |_| ()).await;
    let (ada, third) = enter(&server, json!({ "room": "fox-42", "resume": again["resume"] })).await;
    assert_eq!((&third["player"], &third["room"]), (&first["player"], &first["room"]));
    drop(ada);
    let data = server.stop().await;
    let server = TestServer::start_in(data, |_| ()).await;
    let (_ada, fourth) = enter(&server, json!({ "resume": third["resume"] })).await;
    assert_eq!((&fourth["player"], &fourth["room"]), (&first["player"], &json!(1)));
}

#[tokio::test]
async fn the_list_counts_people_bots_and_watchers() {
    let server = TestServer::start_with(|config| config.bots = 4).await;
    let (_ada, _) = enter(&server, json!({})).await;
    let (mut watcher, _) = enter(&server, json!({ "watch": true })).await;
    watcher.wait("the bots", |m| m["players"].as_array().is_some_and(|players| players.len() == 4)).await;
    let listed = listing(&server).await;
    let room = &listed["rooms"][0];
    let counts = ["people", "bots", "watchers", "seats"].map(|key| room[key].as_u64().unwrap());
    assert_eq!(counts, [1, 3, 1, 64], "{listed}");
    assert_eq!(
        (&room["mode"], &room["phase"], &room["round"]),
        (&json!("arena"), &json!("playing"), &json!(1))
    );
    assert!((1..=600).contains(&room["seconds_left"].as_u64().unwrap()), "{listed}");
    assert_eq!(
        (&listed["players"], &listed["max_players"], &listed["waiting"]),
        (&json!(1), &json!(4_000), &json!(0))
    );
}

#[tokio::test]
async fn a_watcher_sees_the_fight_without_a_body_and_without_a_seat() {
    let server = TestServer::start_with(|config| {
        config.max_players = 1;
        config.max_queue = 0;
    })
    .await;
    let (mut watcher, welcome) = enter(&server, json!({ "watch": true })).await;
    assert_eq!(
        (&welcome["watching"], &welcome["player"], &welcome["resume"]),
        (&json!(true), &json!(0), &json!(""))
    );
    let keyframe = watcher.wait_for("snapshot").await;
    assert_eq!((&keyframe["full"], &keyframe["players"]), (&json!(true), &json!([])));
    assert_eq!(keyframe.get("you"), None);

    // The only seat is free all the same.
    let (mut ada, me) = enter(&server, json!({})).await;
    let arrival = watcher.wait_for("new_player").await;
    assert_eq!(arrival["player"]["id"], me["player"]);
    ada.send(json!({ "type": "chat", "text": "who looks on?" })).await;
    assert_eq!(watcher.wait_for("chat").await["text"], "who looks on?");
    let tick = watcher.wait_for("snapshot").await["tick"].as_u64().unwrap();
    assert_eq!(watcher.wait_for("snapshot").await["tick"], tick + 1, "one in each tick");
    let (_, clients) = admin(&server, "GET", "/api/clients", None).await;
    assert_eq!(clients["clients"].as_array().unwrap().len(), 1, "{clients}");
    leave(watcher).await;
}

#[tokio::test]
async fn a_watcher_cannot_act_and_is_told_so_once() {
    let server = TestServer::start().await;
    let (mut ada, me) = enter(&server, json!({})).await;
    let (mut watcher, _) = enter(&server, json!({ "watch": true })).await;
    for seq in 1..4 {
        watcher.send(json!({ "type": "move", "seq": seq, "dir": [1, 0] })).await;
        watcher.send(json!({ "type": "attack", "seq": seq + 10 })).await;
        watcher.send(json!({ "type": "chat", "text": "boo" })).await;
    }
    watcher.send(json!({ "type": "resync" })).await;
    watcher.send(json!({ "type": "heartbeat", "t": 7.5 })).await;
    let mut errors = Vec::new();
    let mut next = watcher.next().await.unwrap();
    while next["type"] != "heartbeat_ack" {
        if next["type"] == "error" {
            errors.push(next["code"].clone());
        }
        next = watcher.next().await.unwrap();
    }
    assert_eq!(errors, [json!("watching")]);
    assert_eq!(next["t"], 7.5);
    let keyframe = watcher.wait("the keyframe", |m| m["type"] == "snapshot" && m["full"] == true).await;
    assert_eq!(keyframe["players"].as_array().unwrap().len(), 1);
    assert_eq!(keyframe["players"][0]["id"], me["player"]);
    // What is said comes before the snapshot of its tick, so it would be there by now.
    ada.send(json!({ "type": "chat", "text": "last" })).await;
    assert_eq!(ada.wait_for("chat").await["text"], "last");
}

#[tokio::test]
async fn watchers_are_bounded_and_battlefields_are_not_watched() {
    let server = TestServer::start_with(|config| config.max_watchers = 1).await;
    let (first, _) = enter(&server, json!({ "watch": true })).await;
    assert_eq!(turned_away(&server, json!({ "watch": true })).await, (json!("full"), 4007));
    leave(first).await;
    enter_when_free(&server, json!({ "watch": true })).await;
    let field = TestServer::start_with(|config| config.mode = server::room::Mode::Battlefield).await;
    assert_eq!(turned_away(&field, json!({ "watch": true })).await, (json!("no_room"), 4007));
}

#[tokio::test]
async fn a_private_room_is_opened_by_players_and_not_by_watchers() {
    let server = TestServer::start().await;
    let watch = json!({ "watch": true, "room": "fox-42" });
    assert_eq!(turned_away(&server, watch.clone()).await, (json!("no_room"), 4007));
    let (_, all) = admin(&server, "GET", "/api/rooms", None).await;
    assert_eq!(all["rooms"].as_array().unwrap().len(), 1, "{all}");
    let (_ada, first) = enter(&server, json!({ "room": "fox-42" })).await;
    let (_watcher, welcome) = enter(&server, watch).await;
    assert_eq!(welcome["room"], first["room"]);
}

#[tokio::test]
async fn watchers_of_a_private_room_are_told_of_the_end_as_players_are() {
    let server = TestServer::start().await;
    let (_ada, _) = enter(&server, json!({ "room": "fox-42" })).await;
    let (mut watcher, welcome) = enter(&server, json!({ "watch": true, "room": "fox-42" })).await;
    assert_eq!(welcome["room_code"], "fox-42");
    watcher.wait_for("snapshot").await;
    server.stop().await;
    watcher.wait_for("draining").await;
    assert_eq!(watcher.wait_for_close().await, 1001);
}

/// A server with one seat, which Ada has.
async fn full_server() -> (TestServer, Client, Value) {
    let server = TestServer::start_with(|config| {
        config.max_players = 1;
        config.max_queue = 3;
        config.grace = std::time::Duration::from_millis(100);
    })
    .await;
    let (ada, welcome) = enter(&server, json!({})).await;
    (server, ada, welcome)
}

#[tokio::test]
async fn a_full_server_lets_those_in_line_in_as_they_came() {
    let (server, ada, _) = full_server().await;
    let mut line = Vec::new();
    for place in 1..=3 {
        let mut client = come(&server, json!({})).await;
        let queued = client.wait_for("queued").await;
        assert_eq!((&queued["place"], &queued["of"]), (&json!(place), &json!(place)));
        line.push(client);
    }
    assert_eq!(turned_away(&server, json!({})).await, (json!("full"), 4006), "the line is bounded");
    assert_eq!(listing(&server).await["waiting"], 3);

    // Heartbeats are answered, and nothing else.
    line[2].send(json!({ "type": "move", "seq": 1, "dir": [1, 0] })).await;
    line[2].send(json!({ "type": "heartbeat", "t": 1.0 })).await;
    assert_eq!(line[2].next().await.unwrap()["type"], "heartbeat_ack");

    // Who hangs up leaves the line.
    drop(line.remove(1));
    let moved = line[1].wait_for("queued").await;
    assert_eq!((&moved["place"], &moved["of"]), (&json!(2), &json!(2)));

    leave(ada).await;
    let (mut first, mut second) = (line.remove(0), line.remove(0));
    first.wait_for("welcome").await;
    assert_eq!(second.wait_for("queued").await["place"], 1);
    leave(first).await;
    second.wait_for("welcome").await;
}

#[tokio::test]
async fn nobody_overtakes_those_in_line() {
    let (server, ada, _) = full_server().await;
    let mut first = come(&server, json!({})).await;
    first.wait_for("queued").await;
    leave(ada).await;
    let mut late = come(&server, json!({})).await;
    late.wait_for("queued").await;
    first.wait_for("welcome").await;
}

#[tokio::test]
async fn a_kept_seat_needs_no_waiting_and_who_lost_it_comes_before_newcomers() {
    let (server, ada, welcome) = full_server().await;
    let mut stranger = come(&server, json!({})).await;
    stranger.wait_for("queued").await;
    // Ada comes back on a second connection: her seat is hers.
    let (mut again, back) = enter(&server, json!({ "resume": welcome["resume"] })).await;
    assert_eq!(back["player"], welcome["player"]);
    drop(ada);
    again.wait_for("snapshot").await;
    drop(again);
    // Her seat is given up after the grace period, and the stranger has it.
    stranger.wait_for("welcome").await;
    let mut newcomer = come(&server, json!({})).await;
    assert_eq!(newcomer.wait_for("queued").await["place"], 1);
    let mut ada = come(&server, json!({ "resume": back["resume"] })).await;
    assert_eq!(ada.wait_for("queued").await["place"], 1);
    assert_eq!(newcomer.wait_for("queued").await["place"], 2);
    leave(stranger).await;
    assert_eq!(ada.wait_for("welcome").await["player"], welcome["player"]);
}

#[tokio::test]
async fn a_server_that_stops_sends_those_in_line_away() {
    let (server, _ada, _) = full_server().await;
    let mut waiting = come(&server, json!({})).await;
    waiting.wait_for("queued").await;
    server.stop().await;
    assert_eq!(waiting.wait_for_close().await, 1001);
}
