//! The opening handshake (RFC 6455, section 4.2). The public suite has no cases for it; these are ours.

use crate::peer::{Peer, UPGRADE, with};
use crate::run::Run;

/// The accept key of the RFC's own example, in small letters.
const ACCEPT: &str = "sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=";
const PROTOCOL: &str = "Sec-WebSocket-Protocol";

/// Sends a request. The answer has this status and all these lines, and none that begins like `never`.
async fn check(run: &mut Run, number: &str, request: &str, status: u16, lines: &[&str], never: &str) {
    let (_, head) = Peer::ask(&run.server, request).await;
    let right = head.split(' ').nth(1) == Some(&status.to_string())
        && lines.iter().all(|line| head.lines().any(|other| other == *line))
        && (never.is_empty() || !head.lines().any(|line| line.starts_with(never)));
    run.note(number, if right { Ok(()) } else { Err(format!("{request}got\n{head}")) });
}

#[tokio::test]
async fn a_client_gets_the_first_subprotocol_it_offers_that_the_server_speaks() {
    let mut run = Run::start("subprotocols").await;
    let json = "sec-websocket-protocol: hotswap.v1.json";
    let binary = "sec-websocket-protocol: hotswap.v1.bin";
    let none = "sec-websocket-protocol";
    for (number, values, expect) in [
        ("1", &[][..], None),
        ("2", &["hotswap.v1.json"], Some(json)),
        ("3", &["hotswap.v1.bin"], Some(binary)),
        ("4", &["hotswap.v1.json, hotswap.v1.bin"], Some(json)),
        ("5", &["hotswap.v1.bin, hotswap.v1.json"], Some(binary)),
        ("6", &["chat, superchat, hotswap.v1.json"], Some(json)),
        ("7", &["chat", "hotswap.v1.bin", "hotswap.v1.json"], Some(binary)),
        ("8", &["chat,hotswap.v1.json", "hotswap.v1.bin"], Some(json)),
        ("9", &["chat"], None),
        ("10", &[""], None),
        ("11", &[" , ,hotswap.v1.bin\t, "], Some(binary)),
        // Names are compared as they stand.
        ("12", &["HOTSWAP.V1.BIN"], None),
        ("13", &["Hotswap.v1.bin, hotswap.v1.json"], Some(json)),
        ("14", &["hotswap.v1", "hotswap.v1.json2", "hotswap.v2.json"], None),
        ("15", &["hotswap.v1.json;q=1"], None),
        ("16", &["hotswap.v1.json, hotswap.v1.json"], Some(json)),
    ] {
        let lines: String = values.iter().map(|value| format!("{PROTOCOL}: {value}\r\n")).collect();
        let never = if expect.is_none() { none } else { "" };
        let expect: Vec<&str> = expect.into_iter().collect();
        check(&mut run, number, &with(UPGRADE, &lines), 101, &expect, never).await;
    }
    // The header decides when it has something to say.
    let request = with(UPGRADE, &format!("{PROTOCOL}: hotswap.v1.json\r\n"));
    let asked = request.replacen("/ws", "/ws?subprotocol=hotswap.v1.bin", 1);
    check(&mut run, "17", &asked, 101, &[json], "").await;
    run.finish();
}

#[tokio::test]
async fn a_request_that_is_in_order_is_upgraded_however_it_is_written() {
    let mut run = Run::start("upgrades").await;
    let lines = ["connection: upgrade", "upgrade: websocket", ACCEPT];
    for (number, from, to) in [
        ("1", "", ""),
        ("2", "Connection: Upgrade", "Connection: keep-alive, Upgrade"),
        ("3", "Connection: Upgrade", "Connection: keep-alive\r\nConnection: upgrade"),
        ("4", "Connection: Upgrade", "cOnNeCtIoN:UPGRADE"),
        ("5", "Upgrade: websocket", "Upgrade: WebSocket"),
        ("6", "Upgrade: websocket", "Upgrade: h2c, websocket"),
        ("7", "Sec-WebSocket-Version: 13", "sec-websocket-version:   13  "),
        ("8", "Host: arena", "Host: arena:8080\r\nOrigin: https://elsewhere.example"),
    ] {
        check(&mut run, number, &UPGRADE.replacen(from, to, 1), 101, &lines, "sec-websocket-extensions")
            .await;
    }
    // The example of section 4.1, whose last bits are not zero.
    let example = UPGRADE.replace("dGhlIHNhbXBsZSBub25jZQ==", "AQIDBAUGBwgJCgsMDQ4PEC==");
    check(&mut run, "9", &example, 101, &["upgrade: websocket"], "").await;
    run.finish();
}

#[tokio::test]
async fn a_request_that_is_not_in_order_is_refused_with_the_status_that_says_why() {
    let mut run = Run::start("refusals").await;
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let version = "Sec-WebSocket-Version: 13\r\n";
    for (number, from, to, status) in [
        ("1", "Upgrade: websocket\r\n", "", 400),
        ("2", "Upgrade: websocket\r\n", "Upgrade: h2c\r\n", 400),
        ("3", "Connection: Upgrade\r\n", "", 400),
        ("4", "Connection: Upgrade\r\n", "Connection: close\r\n", 400),
        ("5", "Host: arena\r\n", "", 400),
        ("6", "Host: arena\r\n", "Host: arena\r\nHost: elsewhere\r\n", 400),
        ("7", key, "", 400),
        ("8", key, &key.repeat(2), 400),
        ("9", key, "Sec-WebSocket-Key:\r\n", 400),
        ("10", key, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n", 400),
        ("11", key, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n", 400),
        ("12", key, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZSE=\r\n", 400),
        ("13", key, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==\r\n", 400),
        ("14", key, "Sec-WebSocket-Key: ????????????????????????\r\n", 400),
        ("15", version, "", 426),
        ("16", version, "Sec-WebSocket-Version: 8\r\n", 426),
        ("17", version, "Sec-WebSocket-Version: 13, 8\r\n", 426),
        ("18", version, &version.repeat(2), 426),
        ("19", "HTTP/1.1", "HTTP/1.0", 400),
        ("20", "GET /ws", "POST /ws", 405),
        ("21", "GET /ws", "PUT /ws", 405),
    ] {
        assert!(UPGRADE.contains(from));
        let lines: &[&str] = if status == 426 { &["sec-websocket-version: 13"] } else { &[] };
        let request = UPGRADE.replacen(from, to, 1);
        check(&mut run, number, &request, status, lines, "sec-websocket-accept").await;
    }
    run.finish();
}
