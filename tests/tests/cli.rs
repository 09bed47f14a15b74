//! `hotswap release` and `hotswap operator` as a shell or a build server runs them, against a real server process.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Stdio;

use client_core::protocol::Encoding;
use serde_json::{Value, json};
use swarm::Bot;
use tests::process::{ADMIN_TOKEN, Server, StopSignal};
use tests::{CLOSE_QUARTERS, PATIENCE, variable};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::process::Command;

/// What a command answered.
struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs `hotswap` with these words and this on its standard input.
async fn hotswap(words: &[&str], variables: &[(&str, &str)], input: &str) -> anyhow::Result<Ran> {
    let mut child = Command::new(variable("HOTSWAP_BIN")?)
        .args(words)
        .env_remove("HOTSWAP_ADMIN_TOKEN")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).await?;
    drop(stdin);
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output()).await??;
    Ok(Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
    })
}

/// Runs `hotswap release` against a server with its token.
async fn release(server: &Server, words: &[&str]) -> anyhow::Result<Ran> {
    let words: Vec<_> = ["release"].iter().chain(words).copied().collect();
    let url = server.url("/");
    hotswap(&words, &[("HOTSWAP_URL", &url), ("HOTSWAP_ADMIN_TOKEN", ADMIN_TOKEN)], "").await
}

/// A script in a file.
fn file(dir: &Path, name: &str, script: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, script).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_script_is_rehearsed_from_a_shell_as_a_table_or_as_json() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let dir = tempfile::tempdir()?;
    let deadly = file(dir.path(), "deadly.rhai", "const TUNING = #{ strike_damage: 60 };");
    let table = release(&server, &["rehearse", &deadly]).await?;
    assert_eq!((table.code, table.stderr.as_str()), (0, ""), "{}", table.stdout);
    assert!(table.stdout.contains("generated fights"), "{}", table.stdout);
    let damage = table.stdout.lines().find(|line| line.starts_with("Damage")).unwrap();
    assert!(damage.contains('%') && damage.contains("more"), "{damage}");
    let json = release(&server, &["rehearse", &deadly, "--json"]).await?;
    let answer: Value = serde_json::from_str(&json.stdout)?;
    assert_eq!((json.code, &answer["source"]), (0, &json!("generated")));
    let broken = file(dir.path(), "broken.rhai", "fn strike(a, b) { 1 }");
    let refused = release(&server, &["rehearse", &broken]).await?;
    assert_eq!(refused.code, 1, "{}", refused.stdout);
    assert!(refused.stderr.contains("broken.rhai:1:"), "{}", refused.stderr);
    Ok(())
}

#[tokio::test]
async fn a_script_is_checked_published_listed_shown_and_compared_from_a_shell() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let dir = tempfile::tempdir()?;
    let good = file(dir.path(), "close.rhai", CLOSE_QUARTERS);
    let checked = release(&server, &["check", &good]).await?;
    assert_eq!((checked.code, checked.stderr.as_str()), (0, ""), "{}", checked.stdout);
    assert!(checked.stdout.contains("close.rhai: good"));

    let options = ["publish", &good, "--note", "all in one place", "--json"];
    let published = release(&server, &options).await?;
    assert_eq!(published.code, 0, "{}", published.stderr);
    let answer: Value = serde_json::from_str(&published.stdout)?;
    assert_eq!((&answer["release"]["number"], &answer["release"]["version"]), (&json!(2), &json!("close")));

    let listed = release(&server, &["list"]).await?;
    let first = listed.stdout.lines().next().unwrap();
    for word in ["2", "rules", "live", "admin", "close: all in one place"] {
        assert!(first.contains(word), "{first}");
    }
    assert_eq!(listed.stdout.lines().count(), 2);
    let script = release(&server, &["show", "live", "--script"]).await?;
    assert_eq!(script.stdout, CLOSE_QUARTERS);
    let shown = release(&server, &["show", "2"]).await?;
    let note = shown.stdout.lines().find_map(|line| line.strip_prefix("note"));
    assert_eq!(note.map(str::trim), Some("all in one place"), "{}", shown.stdout);

    let edited = file(dir.path(), "edited.rhai", &CLOSE_QUARTERS.replace("60.0", "61.0"));
    let difference = release(&server, &["diff", "2", &edited]).await?;
    assert_eq!(difference.code, 0);
    assert!(
        difference.stdout.starts_with("--- 2\n+++ ") && difference.stdout.contains("\n+"),
        "{}",
        difference.stdout
    );
    assert!(difference.stdout.contains("strike_damage: 61.0"));
    assert_eq!(release(&server, &["diff", "2", &good]).await?.stdout, "");
    Ok(())
}

#[tokio::test]
async fn a_broken_script_is_refused_with_its_place_and_the_exit_code_says_who_is_to_blame()
-> anyhow::Result<()> {
    let server = Server::start().await?;
    let dir = tempfile::tempdir()?;
    let broken = file(dir.path(), "broken.rhai", "\n  fn strike(");
    for what in ["check", "publish"] {
        let ran = release(&server, &[what, &broken]).await?;
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{what}");
        assert!(ran.stderr.contains("broken.rhai:2:"), "{}", ran.stderr);
    }
    let ran = release(&server, &["check", &broken, "--json"]).await?;
    assert_eq!((ran.code, &serde_json::from_str::<Value>(&ran.stdout)?["line"]), (1, &json!(2)));
    assert_eq!(release(&server, &["show", "77"]).await?.code, 1);

    assert_eq!(release(&server, &["check", "no/such/file.rhai"]).await?.code, 2);
    assert_eq!(release(&server, &["frobnicate"]).await?.code, 2);
    let url = server.url("");
    let without = hotswap(&["release", "list", "--url", &url], &[], "").await?;
    assert_eq!(without.code, 2, "{}", without.stderr);

    let wrong = hotswap(&["release", "list", "--url", &url, "--token", "wrong"], &[], "").await?;
    assert_eq!(wrong.code, 3);
    assert!(wrong.stderr.contains("not allowed"), "{}", wrong.stderr);
    server.ask_to_stop(StopSignal::Terminate).await?;
    server.ended(PATIENCE).await?;
    let gone = hotswap(&["release", "list", "--url", &url, "--token", "x"], &[], "").await?;
    assert_eq!(gone.code, 3);
    assert!(gone.stderr.contains(&url), "{}", gone.stderr);
    Ok(())
}

#[tokio::test]
async fn a_publication_that_is_not_based_on_the_live_release_is_refused() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let dir = tempfile::tempdir()?;
    let script = file(dir.path(), "close.rhai", CLOSE_QUARTERS);
    assert_eq!(release(&server, &["publish", &script, "--based-on", "1"]).await?.code, 0);
    let late = release(&server, &["publish", &script, "--based-on", "1"]).await?;
    assert_eq!(late.code, 1);
    assert!(
        late.stderr.contains("admin published release 2") && late.stderr.contains("--based-on 2"),
        "{}",
        late.stderr
    );
    assert_eq!(release(&server, &["publish", &script, "--based-on", "2"]).await?.code, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishing_can_wait_until_every_player_has_switched() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let mut bots = Vec::new();
    for name in ["One", "Two"] {
        let mut bot = Bot::connect(&server.socket_url(), name, Encoding::Binary);
        bot.wait_online().await?;
        bots.push(bot);
    }
    let dir = tempfile::tempdir()?;
    let script = file(dir.path(), "close.rhai", CLOSE_QUARTERS);
    let ran = release(&server, &["publish", &script, "--wait"]).await?;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let (_, answer) = server.call("GET", "/api/releases/2", None).await?;
    assert_eq!(answer["acks"]["active"], 2);
    let (_, rooms) = server.call("GET", "/api/rooms", None).await?;
    assert_eq!(rooms["rooms"][0]["release"], 2);
    Ok(())
}

#[tokio::test]
async fn a_lost_password_is_replaced_while_the_server_does_not_run() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let account = json!({ "name": "ada", "role": "admin", "password": "correct horse battery" });
    assert_eq!(server.call("POST", "/api/operators", Some(account)).await?.0, 200);
    let data = server.data().to_str().unwrap().to_owned();
    let reset = ["operator", "reset-password", "ada", "--data", &data];
    let running = hotswap(&reset, &[], "").await?;
    assert_eq!(running.code, 3);
    assert!(running.stderr.contains("in use"), "{}", running.stderr);

    server.ask_to_stop(StopSignal::Terminate).await?;
    let stopped = server.ended(PATIENCE).await?;
    let unknown = hotswap(&["operator", "reset-password", "eve", "--data", &data], &[], "").await?;
    assert_eq!(unknown.code, 1);
    assert!(unknown.stderr.contains("ada"), "{}", unknown.stderr);
    let nowhere =
        hotswap(&["operator", "reset-password", "ada", "--data", "no/such/folder"], &[], "").await?;
    assert_eq!(nowhere.code, 2);
    let made = hotswap(&reset, &[], "").await?;
    assert_eq!(made.code, 0, "{}", made.stderr);
    let given: Vec<_> = reset.iter().chain(&["--password-stdin"]).copied().collect();
    assert_eq!(hotswap(&given, &[], "short\n").await?.code, 2);

    let server = stopped.start().await?;
    let log_in = async |password: &str| {
        let body = json!({ "name": "ada", "password": password });
        server.call("POST", "/api/login", Some(body)).await
    };
    assert_eq!(log_in("correct horse battery").await?.0, 401);
    assert_eq!(log_in(made.stdout.trim()).await?.0, 200);
    let (_, log) = server.call("GET", "/api/audit?action=password_reset", None).await?;
    assert_eq!((&log["entries"][0]["who"], &log["entries"][0]["address"]), (&json!("server"), &Value::Null));
    Ok(())
}

/// Takes one call, answers it with `answer`, and gives what was sent.
async fn take_one_call(listener: TcpListener, answer: Value) -> anyhow::Result<String> {
    let (mut stream, _) = listener.accept().await?;
    let mut sent = Vec::new();
    while !String::from_utf8_lossy(&sent).ends_with('}') {
        anyhow::ensure!(stream.read_buf(&mut sent).await? > 0, "the call broke off");
    }
    let body = answer.to_string();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
    stream.write_all(format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await?;
    Ok(String::from_utf8(sent)?)
}

#[tokio::test]
async fn a_roll_back_names_the_release_to_go_back_to_and_why() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let answer = json!({ "success": true, "message": "release 4 is live", "number": 4 });
    let words = ["release", "rollback", "2", "--note", "too fast", "--url", &url, "--token", "secret"];
    let (taken, ran) = tokio::join!(take_one_call(listener, answer), hotswap(&words, &[], ""));
    let (taken, ran) = (taken?, ran?);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "release 4 is live\n"), "{}", ran.stderr);
    assert!(taken.starts_with("POST /api/releases/2/roll_back HTTP/1.1\r\n"), "{taken}");
    assert!(taken.to_lowercase().contains("authorization: bearer secret\r\n"), "{taken}");
    assert!(taken.ends_with("{\"note\":\"too fast\"}"), "{taken}");
    Ok(())
}
