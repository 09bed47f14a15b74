//! New builds of the browser client: what the server says of them, and the deltas that lead to them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::fs;
use std::io::Read;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};
use support::TestServer;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A client of a page, a file of noise, as compiled code nearly is, with `mark` in the middle, and one that never changes.
/// It has a page of its own, as the program may have been built without a client, and then has none.
fn client(mark: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut state = 7_u32;
    let mut code: Vec<u8> = (0..40_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect();
    code.splice(20_000..20_000, mark.bytes());
    fs::write(dir.path().join("client_bg.wasm"), code).unwrap();
    fs::write(dir.path().join("client.js"), "export default 1;").unwrap();
    fs::write(dir.path().join("index.html"), "<meta name=\"build\" content=\"{build}\">").unwrap();
    dir
}

async fn serve(data: TempDir, client: &Path) -> TestServer {
    TestServer::start_in(data, |config| config.client = Some(client.to_owned())).await
}

/// Status and unpacked body of a GET by a browser that takes brotli; and the bytes that it cost.
async fn get(server: &TestServer, path: &str) -> (u16, Vec<u8>, usize) {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: br\r\nConnection: close\r\n\r\n",
        server.address
    );
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let body = answer[end + 4..].to_vec();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let cost = body.len();
    if head.contains("content-encoding: br") {
        let mut unpacked = Vec::new();
        brotli::Decompressor::new(&*body, 4096).read_to_end(&mut unpacked).unwrap();
        return (status, unpacked, cost);
    }
    (status, body, cost)
}

async fn manifest(server: &TestServer) -> Value {
    let (status, body, _) = get(server, "/build.json").await;
    assert_eq!(status, 200);
    serde_json::from_slice(&body).unwrap()
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn file<'a>(manifest: &'a Value, path: &str) -> &'a Value {
    manifest["files"].as_array().unwrap().iter().find(|file| file["path"] == path).unwrap()
}

fn offers(manifest: &Value) -> Vec<&Value> {
    let earlier = manifest["earlier"].as_array().unwrap();
    earlier.iter().flat_map(|build| build["deltas"].as_array().unwrap()).collect()
}

fn apply(old: &[u8], delta: &[u8]) -> Option<Vec<u8>> {
    let mut new = Vec::new();
    bsdiff::patch(old, &mut &*delta, &mut new).ok()?;
    Some(new)
}

#[tokio::test]
async fn the_manifest_names_every_file_that_the_game_loads_as_it_is_served() {
    let client = client("one");
    let server = serve(tempfile::tempdir().unwrap(), client.path()).await;
    let manifest = manifest(&server).await;
    assert_eq!(manifest["earlier"], serde_json::json!([]), "there was none before");
    let paths: Vec<&str> =
        manifest["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    for path in ["/", "/boot.js", "/client.js", "/client_bg.wasm", "/game.css", "/icons/icon.svg", "/sw.js"] {
        assert!(paths.contains(&path), "{path} is missing in {paths:?}");
    }
    assert!(!paths.iter().any(|path| path.starts_with("/admin")), "{paths:?}");
    for file in manifest["files"].as_array().unwrap() {
        let (status, body, cost) = get(&server, file["path"].as_str().unwrap()).await;
        assert_eq!(status, 200);
        assert_eq!((&file["sha256"], &file["size"]), (&hash(&body).into(), &body.len().into()), "{file}");
        assert_eq!(file["transfer"], cost, "{file}");
    }
    let (_, page, _) = get(&server, "/").await;
    let named = format!("<meta name=\"build\" content={}>", manifest["id"]);
    assert!(String::from_utf8(page).unwrap().contains(&named), "the page knows its build");
    let (_, welcome) = server.join("Ada").await;
    assert_eq!(welcome["build"], manifest["id"], "and players hear which one is served");
}

#[tokio::test]
async fn an_earlier_build_and_the_delta_make_the_new_build() {
    let (one, two) = (client("one"), client("the second one"));
    let server = serve(tempfile::tempdir().unwrap(), one.path()).await;
    let first = manifest(&server).await;
    let (_, old, _) = get(&server, "/client_bg.wasm").await;
    let data = server.stop().await;

    let server = serve(data, two.path()).await;
    let second = manifest(&server).await;
    assert_ne!(first["id"], second["id"]);
    assert_eq!(second["earlier"][0]["id"], first["id"]);
    let offer = offers(&second).into_iter().find(|offer| offer["path"] == "/client_bg.wasm").unwrap();
    assert_eq!(offer["from"], hash(&old));
    assert_eq!(offer["to"], file(&second, "/client_bg.wasm")["sha256"]);
    let path = format!("/delta/{}/{}", offer["from"].as_str().unwrap(), offer["to"].as_str().unwrap());
    let (status, delta, cost) = get(&server, &path).await;
    assert_eq!((status, &offer["transfer"]), (200, &cost.into()));
    assert!(cost < 500, "{cost} bytes for a word in 40,000");
    let (_, new, _) = get(&server, "/client_bg.wasm").await;
    assert!(apply(&old, &delta).unwrap() == new);
    assert_eq!(hash(&apply(&old, &delta).unwrap()), offer["to"].as_str().unwrap());
    assert!(
        !offers(&second).iter().any(|offer| offer["path"] == "/client.js"),
        "what is the same needs none"
    );

    // Whatever bit is wrong, the result is not taken for the new file.
    for position in (0..delta.len()).step_by(delta.len() / 50) {
        let mut broken = delta.clone();
        broken[position] ^= 0x10;
        let result = apply(&old, &broken);
        assert!(
            result.is_none_or(|result| hash(&result) != offer["to"].as_str().unwrap()),
            "byte {position}"
        );
    }
}

#[tokio::test]
async fn who_has_a_build_that_the_server_never_saw_takes_the_whole() {
    let client = client("one");
    let server = serve(tempfile::tempdir().unwrap(), client.path()).await;
    let manifest = manifest(&server).await;
    let to = file(&manifest, "/client_bg.wasm")["sha256"].as_str().unwrap().to_owned();
    for from in [&hash(b"unknown"), &to, "..%2f..%2fsecret", "x"] {
        let (status, _, _) = get(&server, &format!("/delta/{from}/{to}")).await;
        assert_eq!(status, 404, "{from}");
    }
    let (status, whole, _) = get(&server, "/client_bg.wasm").await;
    assert_eq!((status, hash(&whole)), (200, to));
}

#[tokio::test]
async fn an_earlier_build_that_is_damaged_on_disk_offers_nothing() {
    let (one, two) = (client("one"), client("two"));
    let server = serve(tempfile::tempdir().unwrap(), one.path()).await;
    let first = manifest(&server).await;
    let data = server.stop().await;
    let stored =
        data.path().join("builds/files").join(file(&first, "/client_bg.wasm")["sha256"].as_str().unwrap());
    let mut bytes = fs::read(&stored).unwrap();
    bytes[100] ^= 1;
    fs::write(&stored, bytes).unwrap();
    let server = serve(data, two.path()).await;
    let second = manifest(&server).await;
    assert!(!offers(&second).iter().any(|offer| offer["path"] == "/client_bg.wasm"), "{second}");
}
