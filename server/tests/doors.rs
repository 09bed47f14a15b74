//! Doors other than the WebSocket: plain TCP, long polling and Socket.IO, which is also tested with its own clients.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use support::{PATIENCE, TestServer, http};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A client of the TCP door.
struct Cable(TcpStream);

impl Cable {
    async fn connect(server: &TestServer) -> Self {
        Self(TcpStream::connect(server.tcp()).await.unwrap())
    }

    async fn join(server: &TestServer, name: &str) -> (Self, Value) {
        let mut cable = Self::connect(server).await;
        cable.say(&json!({ "type": "hello", "protocol": 1, "name": name })).await;
        let welcome = cable.wait_for("welcome").await;
        (cable, welcome)
    }

    async fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    async fn say(&mut self, message: &Value) {
        self.write(&framed(message.to_string().as_bytes())).await;
    }

    /// The next message, `null` for a sign of life; `None` at the end.
    async fn next(&mut self) -> Option<Value> {
        let read = async {
            let len = self.0.read_u32().await.ok()?;
            let mut body = vec![0; len as usize];
            self.0.read_exact(&mut body).await.ok()?;
            Some(if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() })
        };
        timeout(PATIENCE, read).await.expect("something in time")
    }

    async fn wait_for(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next().await.unwrap_or_else(|| panic!("the end before {kind}"));
            if message["type"] == kind {
                return message;
            }
        }
    }
}

fn framed(body: &[u8]) -> Vec<u8> {
    let mut bytes = (body.len() as u32).to_be_bytes().to_vec();
    bytes.extend_from_slice(body);
    bytes
}

#[tokio::test]
async fn a_player_of_the_tcp_door_and_one_of_a_websocket_meet() {
    let server = TestServer::start().await;
    let (mut socket, _) = server.join("Socket").await;
    let (mut cable, welcome) = Cable::join(&server, "Cable").await;
    socket.wait("Cable", |m| m["player"]["id"] == welcome["player"] && m["player"]["name"] == "Cable").await;
    socket.send(json!({ "type": "chat", "text": "hello" })).await;
    assert_eq!(cable.wait_for("chat").await["text"], "hello");
    cable.say(&json!({ "type": "bye" })).await;
    assert_eq!(cable.wait_for("close").await["code"], 1000);
    assert_eq!(cable.next().await, None);
    assert_eq!(socket.wait_for("player_left").await["id"], welcome["player"]);
}

#[tokio::test]
async fn messages_may_come_in_pieces_and_several_in_one_segment() {
    let server = TestServer::start().await;
    let mut cable = Cable::connect(&server).await;
    let hello = framed(json!({ "type": "hello", "protocol": 1, "name": "Piecemeal" }).to_string().as_bytes());
    for piece in hello.chunks(3) {
        cable.write(piece).await;
        cable.0.flush().await.unwrap();
        tokio::task::yield_now().await;
    }
    cable.wait_for("welcome").await;
    let mut segment = framed(&[]);
    for t in [1, 2] {
        segment.extend(framed(json!({ "type": "heartbeat", "t": t }).to_string().as_bytes()));
    }
    cable.write(&segment).await;
    assert_eq!(cable.wait_for("heartbeat_ack").await["t"], 1.0);
    assert_eq!(cable.wait_for("heartbeat_ack").await["t"], 2.0);
}

#[tokio::test]
async fn bad_lengths_and_bad_bytes_are_answered_and_hurt_nobody_else() {
    let server = TestServer::start().await;
    let (mut witness, _) = Cable::join(&server, "Witness").await;
    let (mut huge, _) = Cable::join(&server, "Huge").await;
    huge.write(&[0xff; 64]).await;
    assert_eq!(huge.wait_for("close").await["code"], 1009);
    assert_eq!(huge.next().await, None);

    let (mut broken, _) = Cable::join(&server, "Broken").await;
    broken.write(&framed(b"\xff\xfe{}")).await;
    assert_eq!(broken.wait_for("error").await["code"], "bad_message");
    broken.write(&framed(b"{\"type\":\"dance\"}")).await;
    assert_eq!(broken.wait_for("error").await["code"], "unknown_type");

    let mut half = Cable::connect(&server).await;
    half.write(&[0, 0, 0, 99, b'{']).await;
    drop(half);
    witness.wait_for("snapshot").await;
}

#[tokio::test]
async fn a_stopping_server_says_goodbye_to_players_of_the_tcp_door() {
    let server = TestServer::start().await;
    let (mut cable, _) = Cable::join(&server, "Cable").await;
    let stopping = tokio::spawn(server.stop());
    cable.wait_for("draining").await;
    assert_eq!(cable.wait_for("close").await["code"], 1001);
    stopping.await.unwrap();
}

/// A client of the long-polling door.
struct Poll {
    address: SocketAddr,
    name: String,
}

impl Poll {
    async fn open(address: SocketAddr) -> Self {
        let (status, name) = request(address, "POST", "/poll", &[]).await;
        assert_eq!(status, 201);
        Self { address, name: String::from_utf8(name).unwrap() }
    }

    async fn call(&self, method: &str, body: &[u8]) -> (u16, Vec<u8>) {
        request(self.address, method, &format!("/poll/{}", self.name), body).await
    }

    async fn say(&self, messages: &[Value]) {
        let body: Vec<u8> =
            messages.iter().flat_map(|message| framed(message.to_string().as_bytes())).collect();
        assert_eq!(self.call("POST", &body).await.0, 204);
    }

    async fn read(&self) -> Vec<Value> {
        let (status, mut body) = self.call("GET", &[]).await;
        assert_eq!(status, 200);
        let mut messages = Vec::new();
        while body.len() > 4 {
            let len = u32::from_be_bytes(body[..4].try_into().unwrap()) as usize;
            messages.push(serde_json::from_slice(&body[4..4 + len]).unwrap());
            body.drain(..4 + len);
        }
        assert!(body.is_empty(), "whole messages only");
        messages
    }

    async fn wait_for(&self, kind: &str) -> Value {
        loop {
            if let Some(found) = self.read().await.into_iter().find(|message| message["type"] == kind) {
                return found;
            }
        }
    }
}

/// One HTTP request on a connection of its own: status and body.
async fn request(address: SocketAddr, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        answer
    };
    let answer = timeout(PATIENCE, exchange).await.expect("an answer in time");
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer[end + 4..].to_vec())
}

#[tokio::test]
async fn a_player_over_long_polling_plays_like_any_other() {
    let server = TestServer::start().await;
    let (mut socket, _) = server.join("Socket").await;
    let poll = Poll::open(server.address).await;
    poll.say(&[json!({ "type": "hello", "protocol": 1, "name": "Polly" })]).await;
    let welcome = poll.wait_for("welcome").await;
    socket.wait("Polly", |m| m["player"]["id"] == welcome["player"]).await;
    poll.say(&[json!({ "type": "move", "seq": 1, "dir": [1, 0] }), json!({ "type": "heartbeat", "t": 5 })])
        .await;
    assert_eq!(poll.wait_for("heartbeat_ack").await["t"], 5.0);
    poll.say(&[json!({ "type": "bye" })]).await;
    assert_eq!(poll.wait_for("close").await["code"], 1000);
    assert_eq!(poll.call("GET", &[]).await.0, 410);
    assert_eq!(socket.wait_for("player_left").await["id"], welcome["player"]);
}

#[tokio::test]
async fn a_polling_player_who_hangs_up_is_lost_and_comes_back_over_a_websocket() {
    let server = TestServer::start().await;
    let (mut witness, _) = server.join("Witness").await;
    let poll = Poll::open(server.address).await;
    poll.say(&[json!({ "type": "hello", "protocol": 1, "name": "Polly" })]).await;
    let welcome = poll.wait_for("welcome").await;
    poll.say(&[json!({ "type": "heartbeat", "t": 1.0 })]).await;
    poll.wait_for("heartbeat_ack").await;
    assert_eq!(poll.call("DELETE", &[]).await.0, 204);
    let id = welcome["player"].clone();
    let away = |player: &Value| player["id"] == id && player["connected"] == false;
    witness.wait("Polly away", |m| m["players"].as_array().is_some_and(|p| p.iter().any(away))).await;
    let (_, back) = server.resume(welcome["resume"].as_str().unwrap()).await;
    assert_eq!((&back["player"], &back["resumed"]), (&id, &json!(true)));
}

#[tokio::test]
async fn only_one_request_reads_at_a_time_and_broken_bodies_are_refused() {
    let server = TestServer::start_with(|config| config.grace = Duration::from_secs(1)).await;
    let poll = Poll::open(server.address).await;
    assert_eq!(poll.call("POST", &[0, 0, 0, 9, b'{']).await.0, 400);
    assert_eq!(poll.call("POST", &[0xff; 8]).await.0, 413);
    assert_eq!(request(server.address, "GET", "/poll/0123", &[]).await.0, 410);
    // The first waits for its answer and one more may wait behind it; the third is one too many. The others get the
    // goodbye, as this one never said hello.
    let answers = tokio::join!(poll.call("GET", &[]), poll.call("GET", &[]), poll.call("GET", &[]));
    let statuses = [answers.0.0, answers.1.0, answers.2.0];
    assert!(statuses.contains(&409) && statuses.contains(&200), "{statuses:?}");
}

/// A Socket.IO client over long polling, by hand: it says only what a test wants.
struct SocketIo<'s> {
    server: &'s TestServer,
    path: String,
}

impl<'s> SocketIo<'s> {
    /// Gives the `welcome` too.
    async fn join(server: &'s TestServer, name: &str) -> (Self, Value) {
        let path = "/socket.io/?EIO=4&transport=polling".to_owned();
        let open = http(server, "GET", &path, &[], "").await.text;
        let open: Value = serde_json::from_str(open.strip_prefix('0').unwrap()).unwrap();
        let client = Self { server, path: format!("{path}&sid={}", open["sid"].as_str().unwrap()) };
        client.say(&format!("40{}", json!({ "name": name }))).await;
        loop {
            let packets = http(server, "GET", &client.path, &[], "").await.text;
            let mut events = packets.split('\u{1e}').filter_map(|packet| packet.strip_prefix("42"));
            let welcome = events.find_map(|event| {
                let event: Value = serde_json::from_str(event).unwrap();
                (event[0] == "welcome").then(|| event[1].clone())
            });
            if let Some(welcome) = welcome {
                return (client, welcome);
            }
        }
    }

    async fn say(&self, packet: &str) {
        assert_eq!(http(self.server, "POST", &self.path, &[], packet).await.status, 200);
    }
}

/// What a message says of the connection of a player, if anything.
fn connected(message: &Value, id: &Value) -> Option<bool> {
    let players = message["players"].as_array()?;
    players.iter().find(|player| player["id"] == *id)?["connected"].as_bool()
}

#[tokio::test]
async fn a_socket_io_player_who_says_nothing_is_there_all_the_same() {
    let server = TestServer::start().await;
    let (mut witness, told) = server.join("Witness").await;
    let (_ivy, welcome) = SocketIo::join(&server, "Ivy").await;
    let until = welcome["tick"].as_u64().unwrap() + 4 * told["tick_rate"].as_u64().unwrap();
    loop {
        let message = witness.wait_for("snapshot").await;
        assert_ne!(connected(&message, &welcome["id"]), Some(false), "{message}");
        if message["tick"].as_u64() > Some(until) {
            break;
        }
    }
}

#[tokio::test]
async fn a_socket_io_player_whose_page_is_loaded_anew_comes_back_as_the_same() {
    let server = TestServer::start().await;
    let (mut witness, _) = server.join("Witness").await;
    let (ivy, welcome) = SocketIo::join(&server, "Ivy").await;
    let id = welcome["id"].clone();
    // The transport is closed without a word of goodbye, by somebody who has begun to play.
    ivy.say(r#"42["move",{"x":800,"y":450}]"#).await;
    ivy.say("1").await;
    witness.wait("Ivy away", |m| connected(m, &id) == Some(false)).await;
    let (_, back) = server.resume(welcome["resume"].as_str().unwrap()).await;
    assert_eq!((&back["player"], &back["resumed"]), (&id, &json!(true)));
}
