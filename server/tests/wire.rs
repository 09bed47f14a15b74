//! What a peer may not do, over real sockets: every abuse gets a clear answer, and nobody else notices.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use support::{Client, TestServer};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// The server still lets a fresh player fight.
async fn check_alive(server: &TestServer) {
    let (mut client, welcome) = server.join("Witness").await;
    let id = welcome["player"].clone();
    let snapshot = client.wait("a keyframe", |m| m["type"] == "snapshot" && m["full"] == true).await;
    assert!(snapshot["players"].as_array().unwrap().iter().any(|player| player["id"] == id));
}

#[tokio::test]
async fn a_newcomer_is_welcomed_with_all_it_needs_and_then_a_keyframe() {
    let server = TestServer::start().await;
    let (mut client, welcome) = server.join("  Ada \u{202e} Lovelace ").await;
    assert_eq!(welcome["name"], "Ada Lovelace");
    assert_eq!(welcome["tick_rate"], 30);
    assert_eq!(welcome["resumed"], false);
    assert_eq!(welcome["release"]["number"], 1);
    assert!(welcome["resume"].as_str().unwrap().len() >= 40);
    let first = client.next().await.unwrap();
    let keyframe = if first["type"] == "new_player" { client.next().await.unwrap() } else { first };
    assert_eq!((&keyframe["type"], &keyframe["full"]), (&json!("snapshot"), &json!(true)));
    let me = &keyframe["players"][0];
    for field in ["id", "name", "x", "y", "hp", "kills", "deaths", "alive"] {
        assert!(!me[field].is_null(), "{field} is missing in {me}");
    }
    assert!(!keyframe["you"]["position"].is_null());
}

#[tokio::test]
async fn garbage_is_answered_and_a_flood_of_it_ends_the_connection() {
    let server = TestServer::start().await;
    let (mut client, _) = server.join("Mallory").await;
    client.send_raw(Message::text("{ not json")).await;
    assert_eq!(client.wait_for("error").await["code"], "bad_message");
    client.send_raw(Message::text("[]")).await;
    assert_eq!(client.wait_for("error").await["code"], "bad_message");
    client.send_raw(Message::binary(vec![0, 1, 2])).await;
    assert_eq!(client.wait_for("error").await["code"], "bad_message");
    for _ in 0..200 {
        // The server may close before all of it is sent: that is what is tested.
        if client.socket.send(Message::text("{ not json")).await.is_err() {
            break;
        }
    }
    assert_eq!(client.wait_for_close().await, 4002);
    check_alive(&server).await;
}

#[tokio::test]
async fn an_unknown_type_gets_an_error_and_never_a_disconnect() {
    let server = TestServer::start().await;
    let (mut client, _) = server.join("Future").await;
    for _ in 0..20 {
        client.send(json!({ "type": "teleport", "x": 1, "y": 2 })).await;
        let error = client.wait_for("error").await;
        assert_eq!(error["code"], "unknown_type");
        assert!(error["message"].as_str().unwrap().contains("teleport"));
    }
    client.send(json!({ "type": "heartbeat", "t": 7.5, "unknown_field": [1, 2] })).await;
    assert_eq!(client.wait_for("heartbeat_ack").await["t"], 7.5);
}

#[tokio::test]
async fn an_oversized_message_ends_the_connection_with_1009() {
    let server = TestServer::start().await;
    let (mut client, _) = server.join("Big").await;
    let text = "x".repeat(100_000);
    let _ = client.socket.send(Message::text(json!({ "type": "chat", "text": text }).to_string())).await;
    assert_eq!(client.wait_for_close().await, 1009);
    check_alive(&server).await;
}

#[tokio::test]
async fn a_flood_of_legal_messages_is_dropped_and_then_ended() {
    let server = TestServer::start().await;
    let (mut client, _) = server.join("Flood").await;
    let mut sender = 0;
    for _ in 0..3_000 {
        sender += 1;
        let message = json!({ "type": "attack", "seq": sender }).to_string();
        if client.socket.send(Message::text(message)).await.is_err() {
            break;
        }
    }
    assert_eq!(client.wait_for_close().await, 4002);
    check_alive(&server).await;
}

#[tokio::test]
async fn another_protocol_version_is_refused_in_words() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    client.send(json!({ "type": "hello", "protocol": 99, "name": "Old" })).await;
    let error = client.wait_for("error").await;
    assert_eq!(error["code"], "wrong_version");
    assert!(error["message"].as_str().unwrap().contains("reload"));
    assert_eq!(client.wait_for_close().await, 4001);
}

#[tokio::test]
async fn the_binary_hello_of_another_build_is_told_to_reload() {
    let server = TestServer::start().await;
    let mut old = Client::connect(server.address, protocol::BINARY).await;
    let hello = protocol::ClientMessage::Hello(protocol::Hello { protocol: 1, ..protocol::Hello::default() });
    let mut bytes = protocol::codec::encode_client(&hello, protocol::Encoding::Binary);
    bytes.truncate(bytes.len() - 2);
    old.send_raw(Message::binary(bytes)).await;
    assert_eq!(old.wait_for_close().await, 4001);
    check_alive(&server).await;
}

#[tokio::test]
async fn whoever_does_not_say_hello_is_told_so_and_let_go() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    for seq in 1..=3 {
        client.send(json!({ "type": "attack", "seq": seq })).await;
        assert_eq!(client.wait_for("error").await["code"], "bad_handshake");
    }
    assert_eq!(client.wait_for_close().await, 4000);
}

#[tokio::test]
async fn a_client_that_only_sends_pings_never_gets_a_seat() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    let close = async {
        loop {
            if client.socket.send(Message::Ping(Vec::new().into())).await.is_err() {
                return 1006;
            }
            if let Ok(Err(code)) = timeout(std::time::Duration::from_millis(200), client.next()).await {
                return code;
            }
        }
    };
    assert_eq!(timeout(support::PATIENCE, close).await.unwrap(), 4000);
    let (_, config) = support::admin(&server, "GET", "/api/clients", None).await;
    assert_eq!(config["clients"], json!([]));
}

#[tokio::test]
async fn an_empty_name_is_replaced_and_said_so() {
    let server = TestServer::start().await;
    let mut client = server.connect().await;
    client.send(json!({ "type": "hello", "protocol": 1, "name": "\u{200b}\u{7}" })).await;
    assert_eq!(client.wait_for("error").await["code"], "bad_name");
    assert!(client.wait_for("welcome").await["name"].as_str().unwrap().starts_with("Player "));
}

#[tokio::test]
async fn a_replayed_input_is_refused() {
    let server = TestServer::start().await;
    let (mut client, _) = server.join("Replay").await;
    client.send(json!({ "type": "dash", "seq": 1 })).await;
    client.send(json!({ "type": "dash", "seq": 1 })).await;
    assert_eq!(client.wait_for("error").await["code"], "stale_input");
}

#[tokio::test]
async fn a_used_token_and_a_public_id_open_nothing() {
    let server = TestServer::start().await;
    let (client, first) = server.join("Victim").await;
    drop(client);
    let token = first["resume"].as_str().unwrap();
    let (mut back, second) = server.resume(token).await;
    assert_eq!((&second["player"], &second["resumed"]), (&first["player"], &json!(true)));
    // Anything that the player says confirms that the new token arrived; the answer proves that it was heard.
    back.send(json!({ "type": "heartbeat", "t": 1.0 })).await;
    back.wait_for("heartbeat_ack").await;
    let stolen = [token.to_owned(), first["player"].to_string(), String::new(), "x".repeat(500)];
    for secret in &stolen {
        let mut thief = server.connect().await;
        thief.send(json!({ "type": "hello", "protocol": 1, "name": "Thief", "resume": secret })).await;
        assert_eq!(thief.wait_for("error").await["code"], "bad_resume", "{secret}");
        let welcome = thief.wait_for("welcome").await;
        assert_ne!(welcome["player"], first["player"], "{secret}");
        assert_eq!(welcome["resumed"], false);
    }
    back.send(json!({ "type": "heartbeat", "t": 2.0 })).await;
    back.wait("the victim to play on", |m| m["t"] == 2.0).await;
}

#[tokio::test]
async fn a_token_whose_welcome_was_lost_still_opens() {
    let server = TestServer::start().await;
    let (client, first) = server.join("Tunnel").await;
    drop(client);
    // The answer to this attempt never arrives anywhere: the client says nothing after it.
    let (lost, _) = server.resume(first["resume"].as_str().unwrap()).await;
    drop(lost);
    let (_, third) = server.resume(first["resume"].as_str().unwrap()).await;
    assert_eq!((&third["player"], &third["resumed"]), (&first["player"], &json!(true)));
}

#[tokio::test]
async fn the_same_player_elsewhere_ends_the_older_connection_only() {
    let server = TestServer::start().await;
    let (mut old, first) = server.join("Twice").await;
    let (mut new, second) = server.resume(first["resume"].as_str().unwrap()).await;
    assert_eq!(second["player"], first["player"]);
    assert_eq!(old.wait_for_close().await, 4005);
    new.send(json!({ "type": "heartbeat", "t": 3.0 })).await;
    new.wait_for("heartbeat_ack").await;
}

#[tokio::test]
async fn a_client_that_stops_reading_is_let_go_and_slows_nobody() {
    let server = TestServer::start().await;
    let mut deaf = Client::connect_with_small_buffer(server.address).await;
    deaf.send(json!({ "type": "hello", "protocol": 1, "name": "Deaf" })).await;
    let id = deaf.wait_for("welcome").await["player"].clone();
    let (mut witness, _) = server.join("Witness").await;
    // The deaf one asks for a keyframe every tick and reads none of them, so that the buffers fill quickly.
    let ask = async {
        let mut pace = tokio::time::interval(std::time::Duration::from_millis(30));
        loop {
            pace.tick().await;
            let resync = Message::text(json!({ "type": "resync" }).to_string());
            if deaf.socket.send(resync).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let watch = async {
        let mut last = 0;
        loop {
            let message = witness.next().await.unwrap();
            let Some(players) = message["players"].as_array() else { continue };
            let tick = message["tick"].as_u64().unwrap();
            assert!(last == 0 || tick == last + 1, "the witness missed ticks {last} to {tick}");
            last = tick;
            if players.iter().any(|player| player["id"] == id && player["connected"] == false) {
                return;
            }
        }
    };
    tokio::select! {
        watched = timeout(2 * support::PATIENCE, watch) => watched.expect("the server lets the deaf one go"),
        () = ask => {}
    }
}

#[tokio::test]
async fn a_binary_client_and_a_json_client_meet() {
    let server = TestServer::start().await;
    let (mut json, _) = server.join("Json").await;
    let mut binary = Client::connect(server.address, protocol::BINARY).await;
    let hello = protocol::ClientMessage::Hello(protocol::Hello {
        protocol: 1,
        name: "Binary".to_owned(),
        ..protocol::Hello::default()
    });
    binary
        .send_raw(Message::binary(protocol::codec::encode_client(&hello, protocol::Encoding::Binary)))
        .await;
    let newcomer = json.wait("the binary player", |m| m["player"]["name"] == "Binary").await;
    assert_eq!(newcomer["type"], "new_player");
}

#[tokio::test]
async fn a_client_behind_a_proxy_that_drops_the_subprotocol_asks_in_the_address() {
    let server = TestServer::start().await;
    let url = format!("ws://{}/ws?subprotocol={}", server.address, protocol::BINARY);
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let hello = protocol::ClientMessage::Hello(protocol::Hello {
        protocol: 1,
        name: "Proxied".to_owned(),
        ..protocol::Hello::default()
    });
    let hello = protocol::codec::encode_client(&hello, protocol::Encoding::Binary);
    socket.send(Message::binary(hello)).await.unwrap();
    let answer = timeout(support::PATIENCE, socket.next()).await.unwrap().unwrap().unwrap();
    let message = protocol::codec::decode_server(&answer.into_data(), protocol::Encoding::Binary).unwrap();
    assert!(matches!(message, protocol::ServerMessage::Welcome(welcome) if welcome.name == "Proxied"));
}

#[tokio::test]
async fn players_see_each_other_move_strike_and_die() {
    let server = TestServer::start().await;
    let script = "const TUNING = #{ spawn_min_x: 500.0, spawn_max_x: 500.0, spawn_min_y: 500.0, spawn_max_y: 500.0, \
                  strike_damage: 60.0, shield_duration: 0.0, strike_cooldown: 0.1, strike_knockback: 0.0, \
                  respawn_delay: 0.5, orb_speed: 0.0 };";
    let (status, answer) = support::admin(
        &server,
        "POST",
        "/api/update_script",
        Some(json!({ "script": script, "version": "close" })),
    )
    .await;
    assert_eq!(status, 200, "{answer}");
    let (mut watcher, _) = server.join("Watcher").await;
    watcher.wait("the new rules", |m| m["type"] == "snapshot" && m["release"] == 2).await;
    let (mut a, a_welcome) = server.join("A").await;
    let (mut b, b_welcome) = server.join("B").await;
    let (a_id, b_id) = (a_welcome["player"].clone(), b_welcome["player"].clone());
    a.send(json!({ "type": "attack", "seq": 1 })).await;
    let hit = b.wait("the hit", |m| m["type"] == "player_attacked" && m["target"] == b_id).await;
    assert_eq!((&hit["attacker"], &hit["damage"], &hit["hp"]), (&a_id, &json!(60), &json!(40)));
    tokio::time::timeout(support::PATIENCE, async {
        let mut seq = 1;
        loop {
            seq += 1;
            a.send(json!({ "type": "attack", "seq": seq })).await;
            let event = b.wait("a tick", |m| m["type"] == "snapshot" || m["type"] == "player_killed").await;
            if event["type"] == "player_killed" && event["victim"] == b_id {
                assert_eq!(event["killer"], a_id);
                return;
            }
        }
    })
    .await
    .expect("a second strike kills");
    watcher.wait("the kill", |m| m["type"] == "player_killed" && m["victim"] == b_id).await;
    b.wait("the respawn", |m| m["type"] == "player_respawned" && m["id"] == b_id).await;
}

#[tokio::test]
async fn a_room_that_is_full_gets_a_neighbour_and_a_full_server_says_so() {
    let server = TestServer::start_with(|config| {
        config.room_size = 2;
        config.max_players = 3;
        config.max_queue = 0;
    })
    .await;
    let mut seats = Vec::new();
    for name in ["A", "B", "C"] {
        let (client, welcome) = server.join(name).await;
        seats.push((client, welcome["room"].as_u64().unwrap()));
    }
    assert_eq!(seats.iter().map(|(_, room)| *room).collect::<Vec<_>>(), [1, 1, 2]);
    let mut fourth = server.connect().await;
    fourth.send(json!({ "type": "hello", "protocol": 1, "name": "D" })).await;
    assert_eq!(fourth.wait_for("error").await["code"], "full");
    assert_eq!(fourth.wait_for_close().await, 4006);
    // A player who leaves makes room.
    let (mut leaver, _) = seats.remove(0);
    leaver.send(json!({ "type": "bye" })).await;
    assert_eq!(leaver.wait_for_close().await, 1000);
    let (mut other, _) = seats.remove(0);
    other.wait_for("player_left").await;
    let (_, welcome) = server.join("D").await;
    assert_eq!(welcome["room"], 1);
}
