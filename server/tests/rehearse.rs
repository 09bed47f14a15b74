//! What an operator is told of a draft by the server: the check on recorded fights, and a rehearsal in numbers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../hotlogic/tests/corpus/mod.rs"]
mod corpus;
mod support;

use corpus::Broken;
use serde_json::{Value, json};
use support::{Client, TestServer, admin, http};

const DOUBLE: &str = "fn strike(distance, facing, attacker_hp, target_hp) { strike_damage * 2.0 }";

async fn rehearse(server: &TestServer, script: &str) -> (u16, Value) {
    admin(server, "POST", "/api/rehearse", Some(json!({ "script": script }))).await
}

async fn publish(server: &TestServer, script: &str) {
    let body = json!({ "script": script, "version": "next" });
    let (status, answer) = admin(server, "POST", "/api/update_script", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
}

#[track_caller]
fn row<'a>(answer: &'a Value, name: &str) -> &'a Value {
    answer["rows"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap()
}

/// Two seconds of running and striking, seen in the snapshots.
async fn fight(player: &mut Client) {
    for seq in 1..=60 {
        let side = if seq % 2 == 0 { 1.0 } else { -1.0 };
        player.send(json!({ "type": "move", "seq": 2 * seq, "dir": [side, 0.0] })).await;
        player.send(json!({ "type": "attack", "seq": 2 * seq + 1 })).await;
        player.wait_for("snapshot").await;
    }
}

#[tokio::test]
async fn without_recordings_generated_fights_stand_in_and_the_answer_says_so() {
    let server = TestServer::start().await;
    publish(&server, "").await;
    let (status, answer) = rehearse(&server, DOUBLE).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!((&answer["source"], &answer["live"]), (&json!("generated"), &json!(2)), "{answer}");
    assert!(answer["minutes"].as_f64().unwrap() > 1.0, "{answer}");
    let kills = row(&answer, "kills");
    assert!(kills["draft"].as_f64() > kills["live"].as_f64(), "{kills}");
    assert!(kills["change_percent"].as_f64().unwrap() > 0.0, "{kills}");
    let time = row(&answer, "time_to_kill_s");
    assert!(time["draft"].as_f64() < time["live"].as_f64(), "{time}");
    let cost = row(&answer, "operations_per_tick");
    assert_eq!((&cost["live"], &cost["verdict"]), (&json!(0.0), &json!("new")), "{cost}");

    let (_, same) = rehearse(&server, "").await;
    for row in same["rows"].as_array().unwrap() {
        assert_eq!((&row["live"], &row["verdict"]), (&row["draft"], &json!("same")), "{row}");
    }
}

#[tokio::test]
async fn what_players_fought_is_what_the_next_draft_is_checked_and_rehearsed_on() {
    let server = TestServer::start().await;
    let (mut ada, _) = server.join("Ada").await;
    fight(&mut ada).await;
    // Other rules end the recording.
    publish(&server, "const TUNING = #{ player_speed: 200.0 };").await;
    ada.wait_for("hot_update").await;
    let switched = async {
        loop {
            let (_, rooms) = admin(&server, "GET", "/api/rooms", None).await;
            if rooms["rooms"][0]["release"] == json!(2) {
                return;
            }
            ada.wait_for("snapshot").await;
        }
    };
    tokio::time::timeout(support::PATIENCE, switched).await.expect("the room switches");
    // The room says so between two ticks; the recording is handed over after the next.
    for _ in 0..3 {
        ada.wait_for("snapshot").await;
    }

    let draft = "const TUNING = #{ player_speed: 400.0 };";
    let (status, answer) = rehearse(&server, draft).await;
    assert_eq!((status, &answer["source"]), (200, &json!("recorded")), "{answer}");
    assert_eq!(answer["fights"], json!(1), "{answer}");
    let distance = row(&answer, "distance");
    assert_eq!(distance["verdict"], json!("much more"), "{distance}");
    assert_eq!(row(&answer, "strikes")["verdict"], json!("same"), "the same hands");

    let (_, checked) = admin(&server, "POST", "/api/check_script", Some(json!({ "script": DOUBLE }))).await;
    let report = &checked["report"];
    assert_eq!(report["recorded_fights"], json!(1), "{checked}");
    assert!(report["recorded_ticks"].as_u64().unwrap() >= 30, "{checked}");
    assert!(report["operations_per_tick"].as_f64().unwrap() > 0.0, "{checked}");
    assert_eq!(report["live_operations_per_tick"], json!(0.0), "{checked}");
    assert_eq!(report["warnings"], json!([]), "{checked}");
}

#[tokio::test]
async fn a_broken_draft_is_refused_with_its_line_and_is_not_rehearsed() {
    let server = TestServer::start().await;
    for Broken { kind, title, script } in corpus::sample(12) {
        let (status, answer) = rehearse(&server, script).await;
        assert_eq!(status, 422, "{kind}, {title}: {answer}");
        assert!(answer["line"].as_u64().is_some_and(|line| line >= 1), "{kind}, {title}: {answer}");
    }
}

#[tokio::test]
async fn the_game_may_be_framed_by_the_admin_tab_and_by_no_other_site() {
    let server = TestServer::start().await;
    for path in ["/", "/?rehearse", "/admin"] {
        let answer = http(&server, "GET", path, &[], "").await;
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("frame-ancestors 'self';"), "{path}: {policy}");
        assert!(policy.contains("default-src 'self';") && !policy.contains("frame-src"), "{path}: {policy}");
        // It would refuse the admin tab, too.
        assert_ne!(answer.header("x-frame-options"), Some("DENY"), "{path}");
    }
}
