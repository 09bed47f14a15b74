//! Broken scripts at the door: whatever is wrong with them, nobody plays by them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../hotlogic/tests/corpus/mod.rs"]
mod corpus;
mod support;

use corpus::Broken;
use serde_json::{Value, json};
use support::{TestServer, admin, http};

/// Release in force, and those that the rooms play.
async fn in_force(server: &TestServer) -> (Value, Vec<Value>) {
    let (status, config) = admin(server, "GET", "/api/config", None).await;
    assert_eq!(status, 200, "{config}");
    let (status, rooms) = admin(server, "GET", "/api/rooms", None).await;
    assert_eq!(status, 200, "{rooms}");
    let releases = rooms["rooms"].as_array().unwrap().iter().map(|room| room["release"].clone()).collect();
    (config["release"].clone(), releases)
}

#[tokio::test]
async fn no_broken_script_can_be_published_and_the_players_keep_their_release() {
    let server = TestServer::start().await;
    let (mut ada, welcome) = server.join("Ada").await;
    let before = in_force(&server).await;
    assert!(!before.1.is_empty(), "a room is open");
    for Broken { kind, title, script } in corpus::sample(4) {
        let body = json!({ "script": script, "version": "broken" });
        let (status, answer) = admin(&server, "POST", "/api/update_script", Some(body)).await;
        assert_eq!(status, 422, "{kind}, {title}: {answer}");
        assert!(answer["line"].as_u64().is_some_and(|line| line >= 1), "{kind}, {title}: {answer}");
        assert!(
            answer["message"].as_str().is_some_and(|words| !words.is_empty()),
            "{kind}, {title}: {answer}"
        );
    }
    assert_eq!(in_force(&server).await, before);
    let (_, releases) = admin(&server, "GET", "/api/releases", None).await;
    let numbers: Vec<&Value> =
        releases["releases"].as_array().unwrap().iter().map(|one| &one["number"]).collect();
    assert!(
        numbers.iter().all(|number| **number == before.0["number"] || before.0["number"].is_null()),
        "{numbers:?}"
    );
    // The next good one is the very next thing that Ada hears of: no broken one was announced.
    let good = json!({ "script": "fn on_kill(hp, streak, by_orb) { 2 }", "version": "good" });
    let (status, answer) = admin(&server, "POST", "/api/update_script", Some(good)).await;
    assert_eq!(status, 200, "{answer}");
    let update = ada.wait_for("hot_update").await;
    assert_eq!(update["release"]["version"], "good", "{update}");
    assert_ne!(update["release"]["hash"], welcome["release"]["hash"]);
}

#[tokio::test]
async fn the_editor_is_told_everything_that_is_wrong_and_what_was_probably_meant() {
    let server = TestServer::start().await;
    let script = "const TUNING = #{ player_sped: 5.0 };\nfn strike(a, b, c, d) { sqr(a) }\nfn tick() { }";
    let (status, answer) =
        admin(&server, "POST", "/api/diagnose_script", Some(json!({ "script": script }))).await;
    assert_eq!(status, 200, "{answer}");
    let found = answer["diagnostics"].as_array().unwrap();
    assert_eq!(found.len(), 2, "{answer}");
    assert_eq!(
        (&found[0]["line"], &found[0]["column"], &found[0]["suggestion"]),
        (&json!(1), &json!(19), &json!("player_speed"))
    );
    assert_eq!((&found[1]["severity"], &found[1]["suggestion"]), (&json!("error"), &json!("sqrt")));
    let only_warned = json!({ "script": "fn tick() { 1 }" });
    let (_, answer) = admin(&server, "POST", "/api/diagnose_script", Some(only_warned)).await;
    assert_eq!(answer["diagnostics"][0]["severity"], "warning", "{answer}");
}

#[tokio::test]
async fn the_reference_can_be_read_by_everybody_and_has_all_hooks_numbers_functions_and_limits() {
    let server = TestServer::start().await;
    let reference = http(&server, "GET", "/api/rules_reference", &[], "").await.json;
    let length = |list: &str| reference[list].as_array().unwrap().len();
    assert_eq!(length("hooks"), hotlogic::Hook::ALL.len());
    assert_eq!(length("tuning"), sim::Tuning::FIELDS.len());
    assert_eq!(length("functions"), hotlogic::reference::functions::ALL.len());
    assert_eq!(length("limits"), hotlogic::reference::limits().len());
    assert_eq!(reference["tuning"][8]["default"].to_string(), "0.45", "{}", reference["tuning"][8]);
    assert_eq!(reference["hooks"][0]["signature"], "move_player(vx, vy, dx, dy, dt)");
}
