//! Hot updates over real sockets: announced, switched to at the named tick, acknowledged, and taken back when they fail.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use support::{Client, TestServer, admin};

async fn publish(server: &TestServer, script: &str) -> Value {
    let body = json!({ "script": script, "version": "test" });
    let (status, answer) = admin(server, "POST", "/api/update_script", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// The tick of the first snapshot that a release made.
async fn first_tick_of(client: &mut Client, release: u64) -> u64 {
    let snapshot = client
        .wait("the switch", |m| m["type"] == "snapshot" && m["release"].as_u64() == Some(release))
        .await;
    snapshot["tick"].as_u64().unwrap()
}

#[tokio::test]
async fn everybody_switches_at_the_named_tick() {
    let server = TestServer::start_with(|config| config.room_size = 1).await;
    let (mut a, _) = server.join("A").await;
    let (mut b, _) = server.join("B").await;
    let answer = publish(&server, "const TUNING = #{ player_speed: 99.0 };").await;
    let named = answer["activate_tick"].as_u64().unwrap();
    for client in [&mut a, &mut b] {
        let update = client.wait_for("hot_update").await;
        assert_eq!(update["activate_tick"].as_u64(), Some(named));
        assert_eq!(update["release"]["number"], 2);
        assert_eq!(first_tick_of(client, 2).await, named, "two rooms, one tick");
    }
}

#[tokio::test]
async fn the_script_is_fetched_by_its_hash_and_acks_are_counted() {
    let server = TestServer::start().await;
    let (mut client, _) = server.join("A").await;
    let script = "fn on_kill(hp, streak, by_orb) { [2, 10] }";
    publish(&server, script).await;
    let update = client.wait_for("hot_update").await;
    let hash = update["release"]["hash"].as_str().unwrap();
    assert_eq!(hash, hotlogic::content_hash(script.as_bytes()));
    client
        .send(json!({ "type": "ack_update", "release": 2, "ok": true, "ms": 12.5, "stage": "armed" }))
        .await;
    client.send(json!({ "type": "ack_update", "release": 2, "ok": true, "ms": 900.0 })).await;
    client.send(json!({ "type": "heartbeat", "t": 1.0 })).await;
    client.wait_for("heartbeat_ack").await;
    let acks = async {
        loop {
            let (_, answer) = admin(&server, "GET", "/api/releases", None).await;
            let release =
                answer["releases"].as_array().unwrap().iter().find(|r| r["number"] == 2).unwrap().clone();
            if release["acks"]["active"] == 1 {
                return release;
            }
            client.wait_for("snapshot").await;
        }
    };
    let release = tokio::time::timeout(support::PATIENCE, acks).await.expect("the ack is counted");
    assert_eq!((&release["acks"]["armed"], &release["state"]), (&json!(1), &json!("live")));
}

#[tokio::test]
async fn a_script_that_does_not_compile_or_fails_its_dry_run_changes_nothing() {
    let server = TestServer::start().await;
    let (mut client, _) = server.join("A").await;
    for (script, line) in [
        ("fn strike(a, b, c, d) {\n  [10, 0\n}", 3),
        ("fn move_orb(x, y, vx, vy, dt) {\n  loop { }\n}", 2),
        ("const TUNING = #{ arena_width: 800.0 };\n\nfn spawn_point(a, b) { \"north\" }", 3),
    ] {
        let body = json!({ "script": script, "version": 7 });
        let (status, answer) = admin(&server, "POST", "/api/update_script", Some(body)).await;
        assert_eq!((status, &answer["success"]), (422, &json!(false)), "{answer}");
        assert_eq!(answer["line"], line, "{answer}");
        assert!(answer["column"].is_u64(), "{answer}");
        assert!(!answer["message"].as_str().unwrap().is_empty());
    }
    let (_, releases) = admin(&server, "GET", "/api/releases", None).await;
    assert_eq!(releases["releases"].as_array().unwrap().len(), 1, "{releases}");
    let snapshot = client.wait_for("snapshot").await;
    assert_eq!(snapshot["release"], 1);
}

#[tokio::test]
async fn a_rule_that_fails_while_it_runs_is_taken_back_within_a_tick_and_recorded() {
    let server = TestServer::start().await;
    let (mut client, _) = server.join("A").await;
    // Good in every dry run, and broken when a player runs to the exact upper left.
    let script = "fn move_player(vx, vy, dx, dy, dt) {\n    if dx == 0.123 { return [1.0]; }\n    [dx * 200.0, dy * 200.0]\n}";
    publish(&server, script).await;
    let mut last = first_tick_of(&mut client, 2).await;
    client.send(json!({ "type": "move", "seq": 1, "dir": [0.123, 0.0] })).await;
    let back = loop {
        let message =
            client.wait("the fight", |m| m["type"] == "snapshot" || m["type"] == "hot_update").await;
        if message["type"] == "hot_update" {
            break message;
        }
        last = message["tick"].as_u64().unwrap();
    };
    assert_eq!(back["release"]["number"], 1);
    assert_eq!(back["activate_tick"].as_u64(), Some(last + 1), "no tick is lost");
    assert_eq!(first_tick_of(&mut client, 1).await, last + 1);
    let recorded = async {
        loop {
            let (_, answer) = admin(&server, "GET", "/api/releases", None).await;
            let release =
                answer["releases"].as_array().unwrap().iter().find(|r| r["number"] == 2).unwrap().clone();
            if release["state"] == "rolled_back" {
                return release;
            }
            client.wait_for("snapshot").await;
        }
    };
    let release = tokio::time::timeout(support::PATIENCE, recorded).await.expect("the rollback is recorded");
    assert!(release["error"].as_str().unwrap().contains("move_player"), "{release}");
    let (_, config) = admin(&server, "GET", "/api/config", None).await;
    let recorded = (&config["release"]["number"], &config["release"]["version"]);
    assert_eq!(recorded, (&json!(3), &json!("arena")), "the old script as a new release");
    first_tick_of(&mut client, 3).await;
    let (_, late) = server.join("Late").await;
    assert_eq!(late["release"]["number"], 3);
}

#[tokio::test]
async fn a_late_joiner_gets_the_live_rules_and_those_that_are_announced() {
    let server =
        TestServer::start_with(|config| config.update_lead = std::time::Duration::from_secs(5)).await;
    let (_first, _) = server.join("First").await;
    publish(&server, "const TUNING = #{ max_hp: 50.0 };").await;
    let (mut late, welcome) = server.join("Late").await;
    assert_eq!(welcome["release"]["number"], 1);
    assert_eq!(welcome["pending"]["release"]["number"], 2);
    let named = welcome["pending"]["activate_tick"].as_u64().unwrap();
    assert_eq!(first_tick_of(&mut late, 2).await, named);
}
