//! Stopping, starting again and coming back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use server::storage::DATABASE_FILE;
use support::{Client, TestServer};
use tempfile::TempDir;

#[tokio::test]
async fn a_stopping_server_tells_everybody_and_the_next_one_knows_them() {
    let server = TestServer::start().await;
    let (mut client, first) = server.join("Survivor").await;
    client.wait("a keyframe", |m| m["full"] == true).await;
    let data = {
        let stopping = tokio::spawn(server.stop());
        client.wait_for("draining").await;
        assert_eq!(client.wait_for_close().await, 1001);
        stopping.await.unwrap()
    };
    let server = TestServer::start_in(data, |_| ()).await;
    let (mut client, second) = server.resume(first["resume"].as_str().unwrap()).await;
    assert_eq!(second["player"], first["player"]);
    assert_eq!((&second["name"], &second["resumed"]), (&json!("Survivor"), &json!(true)));
    client.wait("the player alive", |m| m["full"] == true && m["you"]["hp"] == 100).await;
    let (_, newcomer) = server.join("New").await;
    assert_ne!(newcomer["player"], first["player"], "ids are never given out twice");
}

#[tokio::test]
async fn a_lost_player_stays_for_the_grace_period_and_then_leaves() {
    let server = TestServer::start_with(|config| config.grace = std::time::Duration::from_secs(1)).await;
    let (mut witness, _) = server.join("Witness").await;
    let (mut lost, welcome) = server.join("Lost").await;
    lost.send(json!({ "type": "heartbeat", "t": 1.0 })).await;
    lost.wait_for("heartbeat_ack").await;
    let id = welcome["player"].clone();
    witness.wait("the newcomer", |m| m["player"]["id"] == id).await;
    drop(lost);
    let is_away = |player: &serde_json::Value| player["id"] == id && player["connected"] == false;
    witness
        .wait("the player marked as away", |m| m["players"].as_array().is_some_and(|p| p.iter().any(is_away)))
        .await;
    witness.wait("the player gone", |m| m["type"] == "player_left" && m["id"] == id).await;
    // The seat is gone, the identity is not.
    let (_, back) = server.resume(welcome["resume"].as_str().unwrap()).await;
    assert_eq!((&back["player"], &back["resumed"]), (&id, &json!(true)));
}

#[tokio::test]
async fn after_a_goodbye_the_token_opens_nothing() {
    let server = TestServer::start().await;
    let (mut client, welcome) = server.join("Done").await;
    let (mut witness, _) = server.join("Witness").await;
    client.send(json!({ "type": "bye" })).await;
    assert_eq!(client.wait_for_close().await, 1000);
    witness.wait_for("player_left").await;
    let mut again = server.connect().await;
    let hello = json!({ "type": "hello", "protocol": 1, "name": "Again", "resume": welcome["resume"] });
    again.send(hello).await;
    assert_eq!(again.wait_for("error").await["code"], "bad_resume");
}

#[tokio::test]
async fn the_live_script_survives_a_restart() {
    let server = TestServer::start().await;
    let body = json!({ "script": "const TUNING = #{ player_speed: 111.0 };", "version": "slow" });
    let (status, answer) = support::admin(&server, "POST", "/api/update_script", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    let data = server.stop().await;
    let server = TestServer::start_in(data, |_| ()).await;
    let (_, welcome) = server.join("Late").await;
    assert_eq!((&welcome["release"]["number"], &welcome["release"]["version"]), (&json!(2), &json!("slow")));
}

/// A data folder in which Ada was in room 1 last and has points; and her token.
async fn folder_with_points() -> (TempDir, String) {
    let server = TestServer::start().await;
    let (_ada, welcome) = server.join("Ada").await;
    let data = server.stop().await;
    let database = rusqlite::Connection::open(data.path().join(DATABASE_FILE)).unwrap();
    let changed =
        database.execute("UPDATE sessions SET score = 9, kills = 3, deaths = 1, streak = 2, hp = 50", []);
    assert_eq!(changed.unwrap(), 1);
    (data, welcome["resume"].as_str().unwrap().to_owned())
}

/// A server on it that gives up the lost at once.
async fn hasty_server(data: TempDir) -> TestServer {
    TestServer::start_in(data, |config| config.grace = std::time::Duration::from_millis(100)).await
}

/// Score, kills and deaths of Ada, who comes into a room with her token. She is lost then, and her body goes.
async fn visit(server: &TestServer, token: &mut String, room: &str) -> [i64; 3] {
    let (mut witness, _) = enter(server, json!({ "name": "Witness", "room": room })).await;
    let (mut ada, welcome) = enter(server, json!({ "name": "Ada", "room": room, "resume": *token })).await;
    assert_eq!(welcome["resumed"], true);
    *token = welcome["resume"].as_str().unwrap().to_owned();
    let id = &welcome["player"];
    let keyframe = ada.wait("a keyframe", |m| m["full"] == true).await;
    let own = keyframe["players"].as_array().unwrap().iter().find(|player| player["id"] == *id).unwrap();
    let points = ["score", "kills", "deaths"].map(|key| own[key].as_i64().unwrap());
    drop(ada);
    witness.wait("the body gone", |m| m["type"] == "player_left" && m["id"] == *id).await;
    points
}

/// Ends the first round of room 1 soon, and waits for the second.
async fn next_round(server: &TestServer) {
    let (mut witness, _) = server.join("Witness").await;
    let script = "const TUNING = #{ round_duration: 5.0, round_pause: 0.0 };";
    let body = json!({ "script": script, "version": "short" });
    assert_eq!(support::admin(server, "POST", "/api/update_script", Some(body)).await.0, 200);
    witness.wait("the next round", |m| m["type"] == "round" && m["number"] == 2).await;
}

async fn enter(server: &TestServer, more: Value) -> (Client, Value) {
    let mut hello = json!({ "type": "hello", "protocol": 1 });
    hello.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut client = server.connect().await;
    client.send(hello).await;
    let welcome = client.wait_for("welcome").await;
    (client, welcome)
}

#[tokio::test]
async fn points_come_back_in_their_round_and_not_in_the_next_one() {
    let (data, mut ada) = folder_with_points().await;
    let server = hasty_server(data).await;
    assert_eq!(visit(&server, &mut ada, "1").await, [9, 3, 1], "the round goes on after a restart");
    assert_eq!(visit(&server, &mut ada, "1").await, [9, 3, 1], "and while somebody is away");
    next_round(&server).await;
    assert_eq!(visit(&server, &mut ada, "1").await, [0, 0, 0]);
}

#[tokio::test]
async fn points_of_before_a_restart_are_worth_nothing_after_the_first_round() {
    let (data, mut ada) = folder_with_points().await;
    let server = hasty_server(data).await;
    next_round(&server).await;
    assert_eq!(visit(&server, &mut ada, "1").await, [0, 0, 0]);
}

#[tokio::test]
async fn points_stay_in_the_room_in_which_they_were_made() {
    let (data, mut ada) = folder_with_points().await;
    let server = hasty_server(data).await;
    assert_eq!(visit(&server, &mut ada, "fox-42").await, [0, 0, 0]);
    assert_eq!(visit(&server, &mut ada, "1").await, [0, 0, 0], "nor are they kept for later");
    let data = server.stop().await;
    let database = rusqlite::Connection::open(data.path().join(DATABASE_FILE)).unwrap();
    let stored = database.query_row(
        "SELECT max(score), max(kills), max(deaths), max(streak) FROM sessions",
        [],
        |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, i64>(3)?]),
    );
    assert_eq!(stored.unwrap(), [0; 4]);
}
