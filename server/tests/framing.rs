//! WebSocket as it looks on the wire: a client that writes its bytes by hand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::TestServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;

/// The upgrade of RFC 6455, section 1.2.
const UPGRADE: &str = "GET /ws HTTP/1.1\r\nHost: arena\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Protocol: chat, hotswap.v1.json\r\n\r\n";

/// A masked frame; its payload is shorter than 64 KiB.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let mut frame = vec![first, 0x80 | 126];
    frame.extend((payload.len() as u16).to_be_bytes());
    if first & 0x08 != 0 {
        frame.truncate(1);
        frame.push(0x80 | payload.len() as u8);
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

fn hello() -> String {
    json!({ "type": "hello", "protocol": 1, "name": "Ada" }).to_string()
}

/// A connection without a library.
struct Raw(TcpStream);

impl Raw {
    /// Sends `bytes` and reads the head of the answer.
    async fn open(server: &TestServer, bytes: &[u8]) -> (Self, String) {
        let mut raw = Self(TcpStream::connect(server.address).await.unwrap());
        raw.send(bytes).await;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            head.push(char::from(raw.read(1).await[0]));
        }
        (raw, head.to_ascii_lowercase())
    }

    /// A player in the arena.
    async fn join(server: &TestServer) -> Self {
        let (mut raw, _) = Self::open(server, UPGRADE.as_bytes()).await;
        raw.send(&frame(TEXT, hello().as_bytes())).await;
        raw.wait_for_message("welcome").await;
        raw
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    async fn read(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        timeout(support::PATIENCE, self.0.read_exact(&mut bytes)).await.expect("bytes").unwrap();
        bytes
    }

    /// The next frame: its first byte and its payload.
    async fn frame(&mut self) -> (u8, Vec<u8>) {
        let header = self.read(2).await;
        assert_eq!(header[1] & 0x80, 0, "a server never masks");
        let length = match header[1] {
            126 => self.read(2).await.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
            127 => self.read(8).await.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
            length => usize::from(length),
        };
        (header[0], self.read(length).await)
    }

    async fn wait_for(&mut self, first: u8) -> Vec<u8> {
        loop {
            let (found, payload) = self.frame().await;
            if found == first {
                return payload;
            }
        }
    }

    async fn wait_for_message(&mut self, kind: &str) -> Value {
        loop {
            let message: Value = serde_json::from_slice(&self.wait_for(TEXT).await).unwrap();
            if message["type"] == kind {
                return message;
            }
        }
    }

    /// Nothing comes any more.
    async fn ends(&mut self) {
        let mut rest = Vec::new();
        timeout(support::PATIENCE, self.0.read_to_end(&mut rest)).await.expect("the end").unwrap();
        assert_eq!(rest, [0; 0], "nothing follows a goodbye");
    }
}

#[tokio::test]
async fn the_upgrade_is_answered_as_in_the_rfc() {
    let server = TestServer::start().await;
    let (_, head) = Raw::open(&server, UPGRADE.as_bytes()).await;
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    for line in [
        "connection: upgrade",
        "upgrade: websocket",
        "sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=",
        "sec-websocket-protocol: hotswap.v1.json",
    ] {
        assert!(head.lines().any(|other| other == line), "{line} is missing in {head}");
    }
}

#[tokio::test]
async fn a_request_that_is_not_for_a_websocket_is_answered_in_words() {
    let server = TestServer::start().await;
    let (_, head) = Raw::open(&server, b"GET /ws HTTP/1.1\r\nHost: arena\r\n\r\n").await;
    assert!(head.starts_with("http/1.1 400 "), "{head}");
    let old = UPGRADE.replace("Version: 13", "Version: 8");
    let (_, head) = Raw::open(&server, old.as_bytes()).await;
    assert!(head.starts_with("http/1.1 426 "), "{head}");
    assert!(head.contains("sec-websocket-version: 13"), "{head}");
}

#[tokio::test]
async fn a_hello_in_the_same_packet_as_the_handshake_is_not_lost() {
    let server = TestServer::start().await;
    let bytes = [UPGRADE.as_bytes(), &frame(TEXT, hello().as_bytes())].concat();
    let (mut raw, _) = Raw::open(&server, &bytes).await;
    assert_eq!(raw.wait_for_message("welcome").await["name"], "Ada");
}

#[tokio::test]
async fn a_hello_that_arrives_byte_by_byte_and_in_fragments_is_understood() {
    let server = TestServer::start().await;
    let (mut raw, _) = Raw::open(&server, UPGRADE.as_bytes()).await;
    let hello = hello();
    let (start, end) = hello.as_bytes().split_at(10);
    let frames = [frame(TEXT & 0x7F, start), frame(PING, b"now?"), frame(0x80, end)].concat();
    raw.0.set_nodelay(true).unwrap();
    for byte in frames {
        raw.send(&[byte]).await;
    }
    assert_eq!(raw.wait_for(PONG).await, b"now?");
    raw.wait_for_message("welcome").await;
}

#[tokio::test]
async fn a_goodbye_is_answered_and_the_connection_closed() {
    let server = TestServer::start().await;
    let mut raw = Raw::join(&server).await;
    raw.send(&frame(CLOSE, &[3, 232])).await;
    assert_eq!(raw.wait_for(CLOSE).await, [3, 232]);
    raw.ends().await;
}

#[tokio::test]
async fn whoever_breaks_the_rules_of_websocket_is_told_which_and_others_play_on() {
    let server = TestServer::start().await;
    let mut unmasked = frame(TEXT, b"{}");
    unmasked[1] &= 0x7F;
    for (bytes, code) in [
        (unmasked, 1002),
        (frame(TEXT | 0x40, b"{}"), 1002),
        (frame(0x83, b""), 1002),
        (frame(0x80, b"the end of nothing"), 1002),
        (frame(PING & 0x7F, b""), 1002),
        (frame(TEXT, b"\xff\xff"), 1007),
        (frame(BINARY, &[0; 5_000]), 1009),
    ] {
        let mut raw = Raw::join(&server).await;
        // What follows is not understood any more, but read, so that the goodbye is not lost in a reset.
        raw.send(&[&bytes[..], &[0xff; 10_000]].concat()).await;
        let payload = raw.wait_for(CLOSE).await;
        assert_eq!(u16::from_be_bytes([payload[0], payload[1]]), code, "{bytes:?}");
        raw.0.shutdown().await.unwrap();
        raw.ends().await;
    }
    server.join("Witness").await.0.wait_for("snapshot").await;
}

#[tokio::test]
async fn a_flood_of_pings_before_the_hello_does_not_hold_up_the_deadline() {
    let server = TestServer::start().await;
    let (mut raw, _) = Raw::open(&server, UPGRADE.as_bytes()).await;
    let (mut read, mut write) = raw.0.split();
    let pings = frame(PING, b"").repeat(2_000);
    let flood = async { while write.write_all(&pings).await.is_ok() {} };
    let drain = async { while read.read(&mut [0; 65_536]).await.is_ok_and(|count| count > 0) {} };
    let both = async { tokio::join!(flood, drain) };
    timeout(support::PATIENCE + Duration::from_secs(5), both)
        .await
        .expect("the server closes the connection");
}
