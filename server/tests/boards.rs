//! Boards over real sockets: what people did is on them, and stays there.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use server::storage::DATABASE_FILE;
use support::{Client, PATIENCE, TestServer, admin, http};
use tokio::time::timeout;

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

/// Ada kills Grace; gives both connections, and Ada's welcome.
async fn kill(server: &TestServer) -> ([Client; 2], Value) {
    let (mut killer, welcome) = server.join("<b>Ada</b>").await;
    let (victim, _) = server.join("Grace").await;
    let script = "const TUNING = #{ strike_range: 2000.0, strike_damage: 100, shield_duration: 0.0 };";
    let body = json!({ "script": script, "version": "deadly" });
    let (status, answer) = admin(server, "POST", "/api/update_script", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    killer.wait("the switch", |m| m["type"] == "snapshot" && m["release"] == 2).await;
    killer.send(json!({ "type": "attack", "seq": 1, "aim": [1.0, 0.0] })).await;
    killer.wait_for("player_killed").await;
    ([killer, victim], welcome)
}

#[tokio::test]
async fn a_kill_is_on_the_boards_for_everybody_and_survives_a_restart() {
    let server = TestServer::start().await;
    assert_eq!(board(&server, "").await, json!({ "span": "day", "by": "kills", "rows": [] }));
    let (_fighters, welcome) = kill(&server).await;

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
async fn a_kill_that_the_database_refuses_is_on_the_boards_later() {
    let server = TestServer::start().await;
    // Whoever answers has set up its database.
    assert_eq!(board(&server, "").await["rows"], json!([]));
    let database = rusqlite::Connection::open(server.data().join(DATABASE_FILE)).unwrap();
    let broken = "CREATE TRIGGER broken BEFORE INSERT ON players BEGIN SELECT RAISE(ABORT, 'no'); END";
    database.execute_batch(broken).unwrap();
    let ([mut killer, _victim], welcome) = kill(&server).await;
    // Players are stored right after the records of the same tick.
    let tried = || {
        database.query_row("SELECT max(deaths) FROM sessions", [], |row| row.get::<_, u32>(0)).unwrap() == 1
    };
    while !tried() {
        killer.wait_for("snapshot").await;
    }
    assert_eq!(board(&server, "span=all").await["rows"], json!([]));
    database.execute_batch("DROP TRIGGER broken").unwrap();
    let row = timeout(PATIENCE, filled(&server, "span=all")).await.expect("it is stored")["rows"][0].clone();
    assert_eq!((&row["id"], &row["kills"]), (&welcome["player"], &json!(1)));
}

#[tokio::test]
async fn a_board_that_does_not_exist_is_refused() {
    let server = TestServer::start().await;
    for query in ["span=week", "by=luck", "player=me"] {
        let answer = http(&server, "GET", &format!("/api/boards?{query}"), &[], "").await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
    }
}
