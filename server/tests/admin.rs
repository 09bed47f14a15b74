//! The operators' side over real sockets: who is let in, what is refused in which words, and what is served to whom.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use support::{ADMIN_TOKEN, PATIENCE, TestServer, admin};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// What came back.
struct Answer {
    status: u16,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("no JSON: {} {:?}", self.status, String::from_utf8_lossy(&self.body)))
    }
}

/// Sends a request with these headers and nothing else, and reads the head of the answer.
async fn open(
    server: &TestServer,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> (u16, HashMap<String, String>, BufReader<TcpStream>) {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", server.address);
    if !body.is_empty() {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        timeout(PATIENCE, answer.read_line(&mut line)).await.expect("an answer").unwrap();
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let status = lines[0].split(' ').nth(1).unwrap().parse().unwrap();
    let pairs = lines[1..].iter().filter_map(|line| line.split_once(": "));
    let headers = pairs.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    (status, headers, answer)
}

/// Sends a request and reads all of the answer, which must state its length.
async fn call(
    server: &TestServer,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> Answer {
    let (status, headers, mut rest) = open(server, method, path, headers, body.as_ref()).await;
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; if method == "HEAD" { 0 } else { length }];
    timeout(PATIENCE, rest.read_exact(&mut body)).await.expect("a body").unwrap();
    Answer { status, headers, body }
}

fn bearer() -> String {
    format!("Bearer {ADMIN_TOKEN}")
}

/// Logs in and returns the cookie.
async fn log_in(server: &TestServer) -> String {
    let token = json!({ "token": ADMIN_TOKEN }).to_string();
    let answer = call(server, "POST", "/api/login", &[], token).await;
    assert_eq!(answer.status, 200);
    let cookie = answer.header("set-cookie").to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Max-Age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    cookie.split(';').next().unwrap().to_owned()
}

/// Sends a scene with this image.
async fn paint(server: &TestServer, image: Value) -> (u16, Value) {
    let body = json!({ "background_color": [1, 2, 3], "background_image": image, "version": "s" });
    admin(server, "POST", "/api/update_background", Some(body)).await
}

fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(20, 20).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[tokio::test]
async fn nobody_is_let_in_without_the_token() {
    let server = TestServer::start().await;
    for (method, path) in [
        ("GET", "/api/config"),
        ("GET", "/api/clients"),
        ("GET", "/api/rooms"),
        ("GET", "/api/releases"),
        ("GET", "/api/releases/1"),
        ("GET", "/api/events"),
        ("POST", "/api/check_script"),
        ("POST", "/api/update_script"),
        ("POST", "/api/update_background"),
    ] {
        let answer = call(&server, method, path, &[], "").await;
        assert_eq!(answer.status, 401, "{path}");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert_eq!(answer.json()["success"], false);
    }
    let bearer = bearer();
    for right in [bearer.clone(), bearer.replace("Bearer", "bearer")] {
        let answer = call(&server, "GET", "/api/config", &[("Authorization", &right)], "").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    for wrong in ["Bearer wrong", "Basic YTpi", "Bearer"] {
        let answer = call(&server, "GET", "/api/config", &[("Authorization", wrong)], "").await;
        assert_eq!(answer.status, 401, "{wrong}");
    }
}

#[tokio::test]
async fn a_session_cookie_reads_but_changes_only_with_the_header_that_no_other_site_can_send() {
    let server = TestServer::start().await;
    let cookie = log_in(&server).await;
    let cookie = ("Cookie", cookie.as_str());
    assert_eq!(call(&server, "GET", "/api/config", &[cookie], "").await.status, 200);
    let body = json!({ "script": "const TUNING = #{ max_hp: 20.0 };", "version": 5 }).to_string();
    let forged = call(&server, "POST", "/api/update_script", &[cookie], &body).await;
    assert_eq!(forged.status, 403);
    assert!(forged.json()["message"].as_str().unwrap().contains("X-Hotswap-Admin"));
    let meant = call(&server, "POST", "/api/update_script", &[cookie, ("X-Hotswap-Admin", "1")], &body).await;
    assert_eq!(meant.status, 200);
    assert_eq!(meant.json()["release"]["version"], "5");
    assert_eq!(call(&server, "POST", "/api/logout", &[cookie], "").await.status, 200);
    assert_eq!(call(&server, "GET", "/api/config", &[cookie], "").await.status, 401);
    let made_up = call(&server, "GET", "/api/config", &[("Cookie", "hotswap_admin=x")], "").await;
    assert_eq!(made_up.status, 401);
}

#[tokio::test]
async fn whoever_guesses_must_wait_and_the_operator_must_not() {
    let server = TestServer::start().await;
    let guess = async |guess: u32| {
        let token = json!({ "token": format!("guess {guess}") }).to_string();
        call(&server, "POST", "/api/login", &[], token).await
    };
    for count in 0..5 {
        let answer = guess(count).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.json()["message"], "this is not the admin token");
    }
    let answer = guess(5).await;
    assert_eq!(answer.status, 429);
    assert!((1..=13).contains(&answer.header("retry-after").parse::<u32>().unwrap()));
    // The same address, but the long token that nobody finds by trying.
    let (status, _) = admin(&server, "GET", "/api/config", None).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_short_token_cannot_be_found_by_trying_on_during_the_lock_out() {
    let server = TestServer::start_with(|config| config.admin_token = Some("1234".into())).await;
    let call = async |token: &str| {
        let authorization = format!("Bearer {token}");
        call(&server, "GET", "/api/config", &[("Authorization", &authorization)], "").await.status
    };
    assert_eq!(call("1234").await, 200);
    for guess in ["0", "1", "2", "3", "4"] {
        assert_eq!(call(guess).await, 401);
    }
    assert_eq!(call("1234").await, 429, "a locked out guesser must not learn which token is right");
}

#[tokio::test]
async fn a_made_token_is_shown_once_and_good_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let store = server::storage::Store::open(dir.path()).unwrap();
    let (_, made) = server::admin::Auth::load(&store, None).await.unwrap();
    let made = made.expect("the first start makes a token");
    assert!(made.len() >= 43, "256 bits");
    assert!(server::admin::Auth::load(&store, None).await.unwrap().1.is_none());
    store.close().await;

    let server = TestServer::start_in(dir, |config| config.admin_token = None).await;
    let authorization = format!("Bearer {made}");
    let headers = [("Authorization", authorization.as_str())];
    for _ in 0..20 {
        assert_eq!(call(&server, "GET", "/api/config", &headers, "").await.status, 200);
    }
    let other = [("Authorization", "Bearer another")];
    assert_eq!(call(&server, "GET", "/api/config", &other, "").await.status, 401);

    // One from the environment wins.
    let dir = server.stop().await;
    let server = TestServer::start_in(dir, |_| ()).await;
    assert_eq!(call(&server, "GET", "/api/config", &headers, "").await.status, 401);
    assert_eq!(admin(&server, "GET", "/api/config", None).await.0, 200);
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_call_is_said_in_json() {
    let server = TestServer::start().await;
    let authorization = bearer();
    let token = [("Authorization", authorization.as_str())];
    let check = async |method: &str, path: &str, body: &[u8], status: u16, words: &str| {
        let answer = call(&server, method, path, &token, body).await;
        let said = answer.json();
        assert_eq!((answer.status, &said["success"]), (status, &json!(false)), "{method} {path}: {said}");
        let message = said["message"].as_str().unwrap();
        assert!(message.contains(words), "{method} {path}: {message}");
        assert_eq!(answer.header("cache-control"), "no-store");
    };
    check("GET", "/api/update_script", b"", 405, "GET").await;
    check("GET", "/api/login", b"", 405, "GET").await;
    check("DELETE", "/api/config", b"", 405, "DELETE").await;
    check("GET", "/api/nothing", b"", 404, "no such call").await;
    check("GET", "/api", b"", 404, "no such call").await;
    check("GET", "/api/releases/77", b"", 404, "no release 77").await;
    check("GET", "/api/releases/one", b"", 404, "no release one").await;
    check("POST", "/api/update_script", b"{", 400, "EOF").await;
    check("POST", "/api/update_script", b"{\"version\":1}", 400, "missing field `script`").await;
    check("POST", "/api/update_script", b"{\"script\":\"\"}", 400, "missing field `version`").await;
    check("POST", "/api/update_script", b"{\"script\":\"\",\"version\":[]}", 400, "string or a number").await;
    check("POST", "/api/update_script", b"{\"script\":\"\",\"version\":\" \"}", 422, "version must be").await;
    check("POST", "/api/update_background", b"{\"version\":1,\"background_color\":[0,0,256]}", 400, "256")
        .await;
    // Larger than any buffer on the way: the answer arrives all the same.
    check("POST", "/api/update_script", &vec![b' '; 20 << 20], 413, "at most 524288 bytes").await;
    check("POST", "/api/update_background", &vec![b' '; 20 << 20], 413, "at most").await;
    check("POST", "/api/login", &vec![b' '; 5_000], 413, "at most 4096 bytes").await;
}

#[tokio::test]
async fn a_checked_script_is_judged_and_not_stored() {
    let server = TestServer::start().await;
    let check = async |script: &str| {
        admin(&server, "POST", "/api/check_script", Some(json!({ "script": script }))).await
    };
    let (status, answer) = check("fn on_kill(hp, streak, by_orb) { [3, 0] }").await;
    assert_eq!((status, &answer["success"]), (200, &json!(true)), "{answer}");
    assert!(answer["report"]["ticks"].as_u64().unwrap() > 0);
    let hooks = &answer["report"]["hooks"];
    assert_eq!((&hooks[0]["hook"], &hooks[0]["runs"]), (&json!("move_player"), &json!("native")), "{hooks}");
    assert_eq!((&hooks[4]["hook"], &hooks[4]["runs"]), (&json!("on_kill"), &json!("compiled")), "{hooks}");
    assert!(hooks[4]["operations"].as_f64().unwrap() > 0.0, "{hooks}");
    let (_, answer) =
        check("fn on_kill(hp, streak, by_orb) {\n let n = 0;\n while n < 3 { n += 1; }\n n }").await;
    let on_kill = &answer["report"]["hooks"][4];
    assert_eq!((&on_kill["runs"], &on_kill["line"]), (&json!("interpreted"), &json!(3)), "{on_kill}");
    assert!(on_kill["reason"].as_str().unwrap().contains("loops"), "{on_kill}");
    let (status, answer) = check("\n  fn strike(").await;
    assert_eq!((status, &answer["line"]), (422, &json!(2)), "{answer}");
    let (_, releases) = admin(&server, "GET", "/api/releases", None).await;
    assert_eq!(releases["releases"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_config_and_the_history_say_what_was_published() {
    let server = TestServer::start().await;
    let script = "const TUNING = #{ max_hp: 30.0 };";
    let body = json!({ "script": script, "version": 7, "note": "harder" });
    let (_, answer) = admin(&server, "POST", "/api/update_script", Some(body)).await;
    assert!(answer["activate_tick"].is_u64() && answer["message"].is_string(), "{answer}");
    let (_, config) = admin(&server, "GET", "/api/config", None).await;
    assert_eq!((&config["script"], &config["version"]), (&json!(script), &json!("7")));
    assert_eq!(config["release"]["number"], 2);
    assert_eq!(config["background_image"], Value::Null);
    let (_, history) = admin(&server, "GET", "/api/releases", None).await;
    let numbers: Vec<_> = history["releases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["number"].clone(), r["state"].clone()))
        .collect();
    assert_eq!(numbers, [(json!(2), json!("live")), (json!(1), json!("superseded"))]);
    let (_, one) = admin(&server, "GET", "/api/releases/2", None).await;
    for (field, expect) in
        [("script", script), ("note", "harder"), ("kind", "logic"), ("author", "admin"), ("state", "live")]
    {
        assert_eq!(one[field], expect, "{one}");
    }
}

#[tokio::test]
async fn a_background_comes_in_every_spelling_of_base64_and_goes_out_as_an_image() {
    let server = TestServer::start().await;
    let image = png();
    let spellings = [
        STANDARD.encode(&image),
        URL_SAFE_NO_PAD.encode(&image),
        format!("data:image/png;base64,{}", STANDARD.encode(&image)),
        STANDARD
            .encode(&image)
            .as_bytes()
            .chunks(76)
            .map(|l| std::str::from_utf8(l).unwrap())
            .collect::<Vec<_>>()
            .join("\r\n"),
    ];
    for spelling in spellings {
        let (status, answer) = paint(&server, json!(spelling)).await;
        assert_eq!((status, &answer["success"]), (200, &json!(true)), "{answer}");
    }
    let keep = json!({ "background_color": [9, 9, 9], "version": "kept" });
    assert_eq!(admin(&server, "POST", "/api/update_background", Some(keep)).await.0, 200);
    let (_, config) = admin(&server, "GET", "/api/config", None).await;
    assert_eq!(config["background_color"], json!([9, 9, 9]));
    let path = config["background_image"].as_str().unwrap().to_owned();
    let served = call(&server, "GET", &path, &[], "").await;
    assert_eq!(path, format!("/content/{}", hotlogic::content_hash(&served.body)));
    assert_eq!((served.status, &served.header("content-type")[..6]), (200, "image/"));
    let pixels = |file: &[u8]| image::load_from_memory(file).unwrap().into_rgba8();
    assert_eq!(pixels(&served.body), pixels(&image), "written anew, and not a pixel is another one");
    assert_eq!(paint(&server, Value::Null).await.0, 200);
    let (_, config) = admin(&server, "GET", "/api/config", None).await;
    assert_eq!(config["background_image"], Value::Null);
}

#[tokio::test]
async fn a_background_that_is_no_image_is_refused_in_words() {
    let server = TestServer::start().await;
    for (image, words) in [
        ("this is not base64!".to_owned(), "not base64"),
        ("=".to_owned(), "not base64"),
        (String::new(), "empty"),
        ("data:image/png,abc".to_owned(), "base64"),
        (STANDARD.encode("<svg xmlns='http://www.w3.org/2000/svg'/>"), "no PNG, JPEG or WebP"),
        (STANDARD.encode(&png()[..40]), "broken"),
        (STANDARD.encode(vec![0; (8 << 20) + 1]), "at most"),
    ] {
        let (status, answer) = paint(&server, json!(image)).await;
        assert_eq!((status, &answer["success"]), (422, &json!(false)), "{answer}");
        assert!(answer["message"].as_str().unwrap().contains(words), "{answer}");
    }
    let (_, releases) = admin(&server, "GET", "/api/releases", None).await;
    assert_eq!(releases["releases"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn content_may_be_kept_for_ever_and_its_absence_may_not() {
    let server = TestServer::start().await;
    let (_, config) = admin(&server, "GET", "/api/config", None).await;
    let path = format!("/content/{}", config["release"]["hash"].as_str().unwrap());
    let served = call(&server, "GET", &path, &[], "").await;
    assert_eq!(served.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(served.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(served.header("x-content-type-options"), "nosniff");
    assert_eq!(served.body, hotlogic::shipped::ARENA.as_bytes());
    let known = [("If-None-Match", served.header("etag"))];
    assert_eq!(call(&server, "GET", &path, &known, "").await.status, 304);
    assert_eq!(call(&server, "HEAD", &path, &[], "").await.status, 200);
    let missing = call(&server, "GET", &format!("/content/{}", "0".repeat(64)), &[], "").await;
    assert_eq!((missing.status, missing.header("cache-control")), (404, "no-store"));
    for malformed in ["abc", &"A".repeat(64), &"g".repeat(64), "..%2f..%2fhotswap.sqlite3"] {
        let answer = call(&server, "GET", &format!("/content/{malformed}"), &[], "").await;
        assert_eq!((answer.status, answer.header("cache-control")), (400, "no-store"), "{malformed}");
    }
}

#[tokio::test]
async fn the_event_stream_tells_of_clients_and_releases_until_the_operator_logs_out() {
    let server = TestServer::start().await;
    let (_player, _) = server.join("Ada").await;
    let cookie = log_in(&server).await;
    let (status, headers, mut stream) =
        open(&server, "GET", "/api/events", &[("Cookie", &cookie)], b"").await;
    assert_eq!((status, headers["content-type"].as_str()), (200, "text/event-stream"));
    let mut text = String::new();
    let reading = async {
        while !(text.contains("event: clients") && text.contains("event: releases") && text.contains("Ada")) {
            let mut line = String::new();
            assert_ne!(stream.read_line(&mut line).await.unwrap(), 0, "{text}");
            text += &line;
        }
    };
    timeout(PATIENCE, reading).await.expect("both events");
    assert_eq!(call(&server, "POST", "/api/logout", &[("Cookie", &cookie)], "").await.status, 200);
    let mut rest = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("the stream ends").unwrap();
}
