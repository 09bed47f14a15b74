//! Boards over real sockets: what people did is on them, and stays there.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use support::{TestServer, admin, http};

async fn board(server: &TestServer, query: &str) -> Value {
    let answer = http(server, "GET", &format!("/api/boards?{query}"), &[], "").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json
}

/// The board, once somebody is on it.
async fn filled(server: &TestServer, query: &str) -> Value {
    loop {
        let board = board(server, query).await;
        if !board["rows"].as_array().unwrap().is_empty() {
            return board;
        }
    }
}

#[tokio::test]
async fn a_kill_is_on_the_boards_for_everybody_and_survives_a_restart() {
    let server = TestServer::start().await;
    assert_eq!(board(&server, "").await, json!({ "span": "day", "by": "kills", "rows": [] }));
    let (mut killer, welcome) = server.join("<b>Ada</b>").await;
    let (_victim, _) = server.join("Grace").await;
    let script = "const TUNING = #{ strike_range: 2000.0, strike_damage: 100, shield_duration: 0.0 };";
    let body = json!({ "script": script, "version": "deadly" });
    let (status, answer) = admin(&server, "POST", "/api/update_script", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    killer.wait("the switch", |m| m["type"] == "snapshot" && m["release"] == 2).await;
    killer.send(json!({ "type": "attack", "seq": 1, "aim": [1.0, 0.0] })).await;
    killer.wait_for("player_killed").await;

    let id = &welcome["player"];
    let row = filled(&server, "span=day&by=kills").await["rows"][0].clone();
    assert_eq!(
        (&row["id"], &row["place"], &row["kills"], &row["streak"]),
        (id, &json!(1), &json!(1), &json!(1))
    );
    assert_eq!(row["name"], welcome["name"], "the name as it is, no markup of ours");
    for query in ["span=all&by=kills", "span=all&by=streak", "span=day&by=streak"] {
        assert_eq!(filled(&server, query).await["rows"], json!([row]), "{query}");
    }
    assert_eq!(board(&server, "by=shot").await["rows"], json!([]), "nobody batted the orb");
    let own = board(&server, &format!("span=all&by=wins&player={id}")).await;
    assert_eq!((&own["rows"], &own["you"]["kills"]), (&json!([]), &json!(1)));
    assert_eq!(board(&server, "player=999999").await.get("you"), None);

    let data = server.stop().await;
    let server = TestServer::start_in(data, |_| ()).await;
    assert_eq!(board(&server, "span=all&by=kills").await["rows"], json!([row]));
    assert_eq!(board(&server, "span=day&by=kills").await["rows"], json!([row]));
}

#[tokio::test]
async fn a_board_that_does_not_exist_is_refused() {
    let server = TestServer::start().await;
    for query in ["span=week", "by=luck", "player=me"] {
        let answer = http(&server, "GET", &format!("/api/boards?{query}"), &[], "").await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
    }
}
