//! Operators over real sockets: who may do what, how they come in, what a guesser gets, and what is written down.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use server::storage::Role;
use support::{ADMIN_TOKEN, Answer, PATIENCE, TestServer, admin, http};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

const PASSWORD: &str = "correct horse battery";
const SCRIPT: &str = "const TUNING = #{ max_hp: 40.0 };";

/// Calls with these headers.
async fn call(
    server: &TestServer,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Value,
) -> Answer {
    http(server, method, path, headers, &body.to_string()).await
}

/// Makes an account with [`PASSWORD`].
async fn add(server: &TestServer, name: &str, role: &str) {
    let body = json!({ "name": name, "role": role, "password": PASSWORD });
    let (status, answer) = admin(server, "POST", "/api/operators", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
}

async fn try_password(server: &TestServer, name: &str, password: &str) -> Answer {
    call(server, "POST", "/api/login", &[], json!({ "name": name, "password": password })).await
}

/// Logs in and gives the cookie.
async fn log_in(server: &TestServer, name: &str) -> String {
    let answer = try_password(server, name, PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

/// What a page of ours sends with the cookie.
fn page(cookie: &str) -> [(&str, &str); 3] {
    [("Cookie", cookie), ("X-Hotswap-Admin", "1"), ("Sec-Fetch-Site", "same-origin")]
}

/// Makes a token for an operator and gives the header.
async fn token(server: &TestServer, operator: &str, name: &str, role: &str) -> String {
    let body = json!({ "operator": operator, "name": name, "role": role });
    let (status, answer) = admin(server, "POST", "/api/tokens", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    format!("Bearer {}", answer["token"].as_str().unwrap())
}

async fn publish(server: &TestServer, authorization: &str, more: Value) -> Answer {
    let mut body = json!({ "script": SCRIPT, "version": "v" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    call(server, "POST", "/api/update_script", &[("Authorization", authorization)], body).await
}

/// The audit log as `who action detail`, newest first.
async fn audit(server: &TestServer) -> Vec<String> {
    let (status, answer) = admin(server, "GET", "/api/audit?limit=500", None).await;
    assert_eq!(status, 200);
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let entries = answer["entries"].as_array().unwrap().iter();
    entries.map(|e| format!("{} {} {}", text(e, "who"), text(e, "action"), text(e, "detail"))).collect()
}

/// The status of an answer, which may go on for ever.
async fn status(server: &TestServer, method: &str, path: &str, authorization: Option<&str>) -> u16 {
    let authorization = authorization.map_or(String::new(), |value| format!("Authorization: {value}\r\n"));
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\n{authorization}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    );
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut line = String::new();
    timeout(PATIENCE, BufReader::new(stream).read_line(&mut line)).await.expect("an answer").unwrap();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn every_call_lets_in_whose_role_suffices_and_nobody_else() {
    let server = TestServer::start().await;
    let mut bearers = Vec::new();
    for role in Role::ALL {
        let name = format!("a.{}", role.as_str());
        add(&server, &name, role.as_str()).await;
        bearers.push((role, token(&server, &name, "walk", role.as_str()).await));
    }
    let calls = server::admin::guarded_calls();
    assert!(calls.len() > 20);
    for (method, path, needs) in calls {
        let place = path.replace("{number}", "999").replace("{id}", "999").replace("{name}", "nobody");
        assert_eq!(status(&server, &method, &place, None).await, 401, "{method} {path}");
        for (role, bearer) in &bearers {
            let status = status(&server, &method, &place, Some(bearer)).await;
            assert_ne!(status, 401, "{method} {path} as {role:?}");
            assert_eq!(status == 403, *role < needs, "{method} {path} as {role:?}: {status}");
        }
    }
    let (_, history) = admin(&server, "GET", "/api/releases", None).await;
    assert_eq!(history["releases"].as_array().unwrap().len(), 1, "the walk has published nothing");
}

#[test]
fn every_call_is_described_with_the_role_that_it_needs() {
    let page = include_str!("../../docs/admin-api.md");
    for (method, path, needs) in server::admin::guarded_calls() {
        let call = format!("`{method} {path}");
        let line = page.lines().find(|line| {
            let mut places = line.match_indices(&call);
            places.any(|(at, _)| line[at + call.len()..].starts_with(['`', ' ', '?']))
        });
        let line = line.unwrap_or_else(|| panic!("docs/admin-api.md does not describe {method} {path}"));
        assert!(line.contains(&format!("| {} |", needs.as_str())), "{line}");
    }
}

#[tokio::test]
async fn the_first_admin_is_made_with_the_servers_token_and_only_once() {
    let server = TestServer::start().await;
    let door = async || call(&server, "GET", "/api/door", &[], json!({})).await.json["first_run"].clone();
    assert_eq!(door().await, json!(true));
    let first = async |token: &str, name: &str, password: &str| {
        let body = json!({ "token": token, "name": name, "password": password });
        call(&server, "POST", "/api/first_admin", &[], body).await
    };
    assert_eq!(first("wrong", "ada", PASSWORD).await.status, 401);
    assert_eq!(first(ADMIN_TOKEN, "admin", PASSWORD).await.status, 422, "the history uses this name");
    let short = first(ADMIN_TOKEN, "ada", "short").await;
    assert_eq!((short.status, short.json["message"].as_str().unwrap().contains("at least 10")), (422, true));
    let made = first(ADMIN_TOKEN, "Ada", PASSWORD).await;
    assert_eq!((made.status, &made.json["role"]), (200, &json!("admin")));
    let cookie = made.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let me = call(&server, "GET", "/api/me", &page(&cookie), json!({})).await;
    assert_eq!((&me.json["name"], &me.json["first_run"]), (&json!("Ada"), &json!(false)));
    assert_eq!(door().await, json!(false));
    assert_eq!(first(ADMIN_TOKEN, "eve", PASSWORD).await.status, 409);
    // The token goes on working as it did.
    let (status, me) = admin(&server, "GET", "/api/me", None).await;
    assert_eq!((status, &me["role"], &me["by"]), (200, &json!("admin"), &json!("server_token")));
}

#[tokio::test]
async fn a_session_survives_a_restart_and_ends_when_it_is_closed_everywhere() {
    let server = TestServer::start().await;
    add(&server, "ada", "publisher").await;
    let [one, two] = [log_in(&server, "Ada").await, log_in(&server, "ada").await];
    let by_token = call(&server, "POST", "/api/login", &[], json!({ "token": ADMIN_TOKEN })).await;
    let by_token = by_token.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let server = TestServer::start_in(server.stop().await, |_| ()).await;
    let me = async |cookie: &str| call(&server, "GET", "/api/me", &[("Cookie", cookie)], json!({})).await;
    assert_eq!(me(&one).await.json["role"], "publisher");
    assert_eq!(me(&by_token).await.status, 401, "the server's token may be another one now");
    let ended = call(&server, "POST", "/api/logout_everywhere", &page(&one), json!({})).await;
    assert_eq!((ended.status, &ended.json["ended"]), (200, &json!(2)));
    assert_eq!((me(&one).await.status, me(&two).await.status), (401, 401));
}

#[tokio::test]
async fn the_cookie_is_secure_where_the_page_is_and_no_other_site_can_use_the_session() {
    let server = TestServer::start().await;
    add(&server, "ada", "publisher").await;
    let body = json!({ "name": "ada", "password": PASSWORD });
    let secure = async |headers: &[(&str, &str)]| {
        let answer = call(&server, "POST", "/api/login", headers, body.clone()).await;
        answer.header("set-cookie").map(|cookie| cookie.contains("; Secure"))
    };
    assert_eq!(secure(&[]).await, Some(false));
    assert_eq!(secure(&[("X-Forwarded-Proto", "https")]).await, Some(true));
    assert_eq!(secure(&[("Origin", "https://a"), ("Sec-Fetch-Site", "same-origin")]).await, Some(true));
    assert_eq!(secure(&[("Sec-Fetch-Site", "cross-site")]).await, None, "nor can it log anybody in");

    let cookie = log_in(&server, "ada").await;
    let change = json!({ "script": SCRIPT, "version": "forged" });
    let marked = ("X-Hotswap-Admin", "1");
    for forged in [
        vec![("Cookie", cookie.as_str())],
        vec![("Cookie", cookie.as_str()), marked, ("Sec-Fetch-Site", "cross-site")],
        vec![("Cookie", cookie.as_str()), marked, ("Sec-Fetch-Site", "same-site")],
        vec![("Cookie", cookie.as_str()), marked, ("Origin", "https://evil.example")],
    ] {
        let answer = call(&server, "POST", "/api/update_script", &forged, change.clone()).await;
        assert_eq!(answer.status, 403, "{forged:?}");
    }
    let answer = call(&server, "POST", "/api/update_script", &page(&cookie), change).await;
    assert_eq!((answer.status, &answer.json["release"]["number"]), (200, &json!(2)));
}

#[tokio::test]
async fn an_account_that_is_guessed_at_is_locked_out_and_the_log_says_so() {
    let server = TestServer::start().await;
    add(&server, "ada", "publisher").await;
    let cookie = log_in(&server, "ada").await;
    let bearer = token(&server, "ada", "ci", "viewer").await;
    for _ in 0..5 {
        let answer = try_password(&server, "ada", "wrong wrong wrong").await;
        assert_eq!((answer.status, answer.json["success"].clone()), (401, json!(false)));
        assert!(!answer.json["message"].as_str().unwrap().contains("ada"));
    }
    let answer = try_password(&server, "ada", PASSWORD).await;
    assert_eq!(answer.status, 429, "the right password must not tell a guesser that it is");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=31).contains(&wait) && answer.json["message"].as_str().unwrap().contains("seconds"));
    // Who is in stays in.
    assert_eq!(call(&server, "GET", "/api/me", &[("Cookie", &cookie)], json!({})).await.status, 200);
    let me = call(&server, "GET", "/api/me", &[("Authorization", &bearer)], json!({})).await;
    assert_eq!((&me.json["name"], &me.json["role"]), (&json!("ada (ci)"), &json!("viewer")));
    let log = audit(&server).await;
    assert_eq!(log.iter().filter(|line| *line == "ada log_in_failed a wrong password").count(), 5);
    assert_eq!(log[0], "ada lock_out the address");
    assert_eq!(log.iter().filter(|line| line.contains("lock_out")).count(), 1);
}

/// Tries a password from another address of this machine, and gives the status.
#[cfg(target_os = "linux")]
async fn try_from(server: &TestServer, address: [u8; 4], password: &str) -> u16 {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind((std::net::Ipv4Addr::from(address), 0).into()).unwrap();
    let mut stream = socket.connect(server.address).await.unwrap();
    let body = json!({ "name": "ada", "password": password }).to_string();
    let head =
        format!("POST /api/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}", body.len());
    stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.unwrap();
    let mut line = String::new();
    timeout(PATIENCE, BufReader::new(stream).read_line(&mut line)).await.expect("an answer").unwrap();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn many_addresses_guess_no_more_of_one_account_than_one_and_an_admin_opens_it_again() {
    let server = TestServer::start().await;
    add(&server, "ada", "viewer").await;
    for guess in 0..10 {
        assert_eq!(try_from(&server, [127, 0, 1, guess], "wrong wrong wrong").await, 401);
    }
    assert_eq!(try_from(&server, [127, 0, 2, 1], PASSWORD).await, 429);
    assert!(audit(&server).await.contains(&"ada lock_out the account".to_owned()));
    let reset = json!({ "password": "analytical engine" });
    assert_eq!(admin(&server, "POST", "/api/operators/ada", Some(reset)).await.0, 200);
    assert_eq!(try_from(&server, [127, 0, 2, 1], "analytical engine").await, 200);
}

#[tokio::test]
async fn what_is_typed_into_the_wrong_field_is_not_written_down() {
    let server = TestServer::start().await;
    assert_eq!(try_password(&server, "my secret password", "ada").await.status, 401);
    let log = audit(&server).await;
    assert_eq!(log[0], "unknown log_in_failed a wrong password");
    assert!(log.iter().all(|line| !line.contains("secret password")), "{log:?}");
}

#[tokio::test]
async fn a_token_does_no_more_than_its_operator_and_dies_when_it_is_revoked() {
    let server = TestServer::start().await;
    add(&server, "ada", "publisher").await;
    add(&server, "bob", "viewer").await;
    let cookie = log_in(&server, "ada").await;
    let make = async |body: Value| call(&server, "POST", "/api/tokens", &page(&cookie), body).await;
    assert_eq!(make(json!({ "name": "ci", "role": "admin" })).await.status, 403);
    assert_eq!(make(json!({ "name": "ci", "role": "viewer", "operator": "bob" })).await.status, 403);
    assert_eq!(make(json!({ "name": " ", "role": "viewer" })).await.status, 422);
    let made = make(json!({ "name": "ci", "role": "publisher" })).await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert_eq!(make(json!({ "name": "ci", "role": "viewer" })).await.status, 422, "the name is taken");
    let bearer = format!("Bearer {}", made.json["token"].as_str().unwrap());
    let (_, listed) = admin(&server, "GET", "/api/tokens", None).await;
    assert!(!listed.to_string().contains(made.json["token"].as_str().unwrap()), "shown only once");
    assert_eq!(listed["tokens"][0]["last_used_ms"], Value::Null);

    assert_eq!(publish(&server, &bearer, json!({})).await.status, 200);
    let (_, release) = admin(&server, "GET", "/api/releases/2", None).await;
    assert_eq!(release["author"], "ada (ci)");
    let (_, listed) = admin(&server, "GET", "/api/tokens", None).await;
    assert!(listed["tokens"][0]["last_used_ms"].is_u64());

    // Less for the operator is less for the token, too.
    let demote = json!({ "role": "viewer" });
    assert_eq!(admin(&server, "POST", "/api/operators/ada", Some(demote)).await.0, 200);
    assert_eq!(publish(&server, &bearer, json!({})).await.status, 403);

    let bobs = token(&server, "bob", "watch", "viewer").await;
    let id = &made.json["id"];
    let revoke = async |authorization: &str| {
        let headers = [("Authorization", authorization)];
        call(&server, "DELETE", &format!("/api/tokens/{id}"), &headers, json!({})).await.status
    };
    assert_eq!(revoke(&bobs).await, 404, "others' tokens are nobody's business");
    assert_eq!(revoke(&bearer).await, 200);
    assert_eq!(publish(&server, &bearer, json!({})).await.status, 401);
}

#[tokio::test]
async fn an_admin_changes_others_but_never_shuts_out_the_last_admin() {
    let server = TestServer::start().await;
    add(&server, "ada", "admin").await;
    add(&server, "bob", "publisher").await;
    let change = async |name: &str, body: Value| {
        admin(&server, "POST", &format!("/api/operators/{name}"), Some(body)).await
    };
    for last in [json!({ "role": "viewer" }), json!({ "disabled": true })] {
        let (status, answer) = change("ada", last).await;
        assert_eq!((status, answer["message"].as_str().unwrap().contains("last admin")), (409, true));
    }
    let bob = log_in(&server, "bob").await;
    assert_eq!(change("bob", json!({ "disabled": true })).await.0, 200);
    assert_eq!(call(&server, "GET", "/api/me", &[("Cookie", &bob)], json!({})).await.status, 401);
    assert_eq!(try_password(&server, "bob", PASSWORD).await.status, 403);
    let back = json!({ "disabled": false, "password": "another good one" });
    assert_eq!(change("bob", back).await.0, 200);
    assert_eq!(try_password(&server, "bob", PASSWORD).await.status, 401);
    assert_eq!(try_password(&server, "bob", "another good one").await.status, 200);
    assert_eq!(change("nobody", json!({})).await.0, 404);
    assert_eq!(change("bob", json!({ "role": "king" })).await.0, 422);
    let log = audit(&server).await;
    for line in ["admin operator_disabled bob", "admin operator_enabled bob", "admin password_reset bob"] {
        assert!(log.iter().any(|entry| entry == line), "{line}: {log:?}");
    }
}

#[tokio::test]
async fn operators_change_their_own_password_by_the_old_one() {
    let server = TestServer::start().await;
    add(&server, "ada", "viewer").await;
    let [here, there] = [log_in(&server, "ada").await, log_in(&server, "ada").await];
    let change = async |old: &str, new: &str| {
        let body = json!({ "old_password": old, "new_password": new });
        call(&server, "POST", "/api/me/password", &page(&here), body).await.status
    };
    assert_eq!(change("not this one", "analytical engine").await, 422);
    assert_eq!(change(PASSWORD, "short").await, 422);
    assert_eq!(change(PASSWORD, "analytical engine").await, 200);
    let me =
        async |cookie: &str| call(&server, "GET", "/api/me", &[("Cookie", cookie)], json!({})).await.status;
    assert_eq!((me(&here).await, me(&there).await), (200, 401));
    assert_eq!(try_password(&server, "ada", "analytical engine").await.status, 200);
}

#[tokio::test]
async fn the_slower_of_two_publishers_is_told_who_was_faster_and_loses_nothing() {
    let server = TestServer::start().await;
    for name in ["ada", "bob"] {
        add(&server, name, "publisher").await;
    }
    let [ada, bob] =
        [token(&server, "ada", "t", "publisher").await, token(&server, "bob", "t", "publisher").await];
    let note = json!({ "based_on": 1, "note": "weaker", "version": "soft" });
    assert_eq!(publish(&server, &ada, note).await.status, 200);
    let slower = publish(&server, &bob, json!({ "based_on": 1 })).await;
    assert_eq!((slower.status, &slower.json["live"], &slower.json["based_on"]), (409, &json!(2), &json!(1)));
    let message = slower.json["message"].as_str().unwrap();
    assert!(
        message.contains("ada (t)") && message.contains("soft") && message.contains("release 2"),
        "{message}"
    );
    let since = &slower.json["since"];
    assert_eq!((since.as_array().unwrap().len(), &since[0]["note"]), (1, &json!("weaker")));
    let (_, history) = admin(&server, "GET", "/api/releases", None).await;
    assert_eq!(history["releases"].as_array().unwrap().len(), 2, "nothing of it was stored");
    // Taken over, it goes out; and who does not ask is not asked.
    assert_eq!(publish(&server, &bob, json!({ "based_on": 2 })).await.status, 200);
    assert_eq!(publish(&server, &ada, json!({})).await.status, 200);
    // A scene is another matter: it has its own number.
    let scene = async |based_on: u32| {
        let body = json!({ "background_color": [1, 2, 3], "version": "s", "based_on": based_on });
        admin(&server, "POST", "/api/update_background", Some(body)).await
    };
    assert_eq!(scene(0).await.0, 200);
    let (status, answer) = scene(0).await;
    assert_eq!((status, &answer["live"]), (409, &json!(5)));
    assert_eq!(scene(5).await.0, 200);
}

#[tokio::test]
async fn two_scripts_are_compared_line_beside_line_with_the_words_marked() {
    let server = TestServer::start().await;
    let bearer = format!("Bearer {ADMIN_TOKEN}");
    publish(&server, &bearer, json!({ "script": "// one\nconst TUNING = #{ max_hp: 40.0 };\n" })).await;
    let compare = async |from: Value, to: Value| {
        admin(&server, "POST", "/api/diff", Some(json!({ "from": from, "to": to }))).await
    };
    let draft = "// one\nconst TUNING = #{ max_hp: 90.0 };\n";
    let (status, answer) = compare(json!(2), json!(draft)).await;
    assert_eq!((status, &answer["removed"], &answer["added"]), (200, &json!(1), &json!(1)));
    assert_eq!(answer["rows"][0], json!({ "kind": "same", "from": 1, "to": 1, "text": "// one" }));
    let changed = &answer["rows"][1];
    let marked = |side: &str| {
        let pieces = changed[side]["pieces"].as_array().unwrap().iter();
        pieces.filter(|piece| piece[1] == true).map(|piece| piece[0].as_str().unwrap()).collect::<String>()
    };
    assert_eq!((marked("from").contains("40"), marked("to").contains("90")), (true, true), "{changed}");
    assert_eq!(compare(json!(2), json!(2)).await.1["same"], json!(true));
    assert_eq!(compare(json!(2), json!(77)).await.0, 404);
    let scene = json!({ "background_color": [1, 2, 3], "version": "s" });
    admin(&server, "POST", "/api/update_background", Some(scene)).await;
    assert_eq!(compare(json!(1), json!(3)).await.0, 422, "a scene has no script");
    assert_eq!(compare(json!(1), json!("x".repeat(300_000))).await.0, 422);
}

#[tokio::test]
async fn the_export_holds_every_script_and_the_audit_log_says_who_what_when_where_and_why() {
    let server = TestServer::start().await;
    add(&server, "ada", "publisher").await;
    let ada = token(&server, "ada", "ci", "publisher").await;
    for count in 0..25 {
        let body = json!({ "version": format!("v{count}"), "note": "because" });
        assert_eq!(publish(&server, &ada, body).await.status, 200);
    }
    let answer = http(&server, "GET", "/api/export", &[("Authorization", ada.as_str())], "").await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-disposition").unwrap().contains("hotswap-history.json"));
    let releases = answer.json["releases"].as_array().unwrap();
    let numbers: Vec<_> = releases.iter().map(|release| release["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=26).rev().collect::<Vec<_>>());
    assert!(releases[..25].iter().all(|release| release["script"] == SCRIPT));
    let newest = &answer.json["audit"][0];
    for (field, expect) in [
        ("who", json!("ada (ci)")),
        ("action", json!("publish")),
        ("release", json!(26)),
        ("detail", json!("v24")),
        ("note", json!("because")),
        ("address", json!("127.0.0.1")),
    ] {
        assert_eq!(newest[field], expect, "{newest}");
    }
    let (_, page) = admin(&server, "GET", "/api/audit?action=publish&limit=10", None).await;
    assert_eq!(page["entries"].as_array().unwrap().len(), 10);
    let path = format!("/api/audit?action=publish&limit=10&before={}", page["next"]);
    let (_, page) = admin(&server, "GET", &path, None).await;
    assert_eq!(page["entries"][0]["detail"], "v14");
    let (status, answer) = admin(&server, "GET", "/api/audit?before=x", None).await;
    assert_eq!((status, &answer["success"]), (400, &json!(false)));
    let (_, older) = admin(&server, "GET", "/api/releases?before=3&limit=1", None).await;
    assert_eq!(older["releases"][0]["number"], 2);
}
