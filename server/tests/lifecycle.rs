//! Stopping, starting again and coming back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::json;
use support::TestServer;

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
