//! Every door: clients that know nothing of ours play in one room with a browser.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::net::TcpListener;

use serde_json::Value;
use tests::CLOSE_QUARTERS;
use tests::browser::{Tab, TestBrowser, one_at_a_time};
use tests::players::Player;
use tests::process::{Server, ServerOptions};

/// Kills that everybody must tell alike.
const KILLS: usize = 5;

async fn server_with_all_doors() -> anyhow::Result<(Server, String)> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let flags = vec!["--tcp-port".to_owned(), port.to_string()];
    let server = Server::start_with(ServerOptions { flags, ..ServerOptions::default() }).await?;
    Ok((server, format!("127.0.0.1:{port}")))
}

/// The page of the examples, in a tab.
async fn open_page(browser: &TestBrowser, server: &Server) -> anyhow::Result<Tab> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/page.html");
    let tab = browser.open(&format!("file://{page}?{}", server.socket_url())).await?;
    tab.wait_until("the page to join", "document.getElementById('log').innerText.includes('joined as')")
        .await?;
    Ok(tab)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_every_door_meet_in_one_room_and_tell_the_same_kills_in_the_same_order()
-> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let (server, tcp) = server_with_all_doors().await?;
    server.publish(CLOSE_QUARTERS, "close").await?;
    let (http, ws) = (server.url(""), server.socket_url());

    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Wanda").await?;
    let page = open_page(&browser, &server).await?;
    let mut players = [
        Player::start("bot.rs", &[&ws])?,
        Player::start("bot.py", &[&ws])?,
        Player::start("tcp_bot.py", &[&tcp])?,
        Player::start("socketio_bot.mjs", &[&http, "websocket"])?,
        Player::start("socketio_bot.py", &[&http, "polling"])?,
    ];
    for player in &mut players {
        let joined = player.says("joined as").await?;
        if joined.contains("by") {
            assert!(joined.ends_with("websocket") || joined.ends_with("polling"), "{joined}");
        }
    }
    // All are in one room, the tab too.
    let rooms = server.call("GET", "/api/rooms", None).await?.1;
    assert_eq!(rooms["rooms"].as_array().map(Vec::len), Some(1), "{rooms}");
    tab.wait("everybody", "s => s.players.length === 7").await?;

    // The last to join has missed some; from its first kill on all tell the same.
    let mut told = Vec::new();
    for player in players.iter_mut().rev() {
        let mut kills = Vec::new();
        let first = told.first().cloned();
        while kills.len() < KILLS {
            let kill = player.says("killed").await?;
            if first.as_ref().is_none_or(|first| *first == kill) || !kills.is_empty() {
                kills.push(kill);
            }
        }
        if told.is_empty() {
            told.clone_from(&kills);
        }
        assert_eq!(kills, told);
    }
    let line = |kill: &String| format!("killed {kill}\n");
    let story: String = told.iter().map(line).collect();
    page.show().await?;
    let story = serde_json::to_string(&story)?;
    page.wait_until(
        "the page to tell it too",
        &format!("document.getElementById('log').textContent.includes({story})"),
    )
    .await?;

    // Every door has hurt somebody: nobody only watches.
    let killers: Vec<&str> = told.iter().filter_map(|kill| kill.split(' ').next()).collect();
    assert!(!killers.is_empty());
    for player in &mut players[3..] {
        let mut hits = String::from("0");
        while hits == "0" {
            hits = player.says("hits").await?;
        }
    }
    tab.show().await?;
    tab.wait("the score", "s => s.players.some(p => p.kills > 0)").await?;
    tab.screenshot("every door").await?;
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn socket_io_over_polling_moves_up_to_a_websocket_and_other_origins_need_leave() -> anyhow::Result<()> {
    let (server, _) = server_with_all_doors().await?;
    let path = server.url("/socket.io/?EIO=4&transport=polling");
    let client = reqwest::Client::new();
    let open = client.get(&path).header("Origin", "https://elsewhere.example").send().await?;
    assert_eq!(open.status(), 200);
    assert!(open.headers().get("access-control-allow-origin").is_none(), "strangers' pages may not read it");
    let text = open.text().await?;
    let packet: Value = serde_json::from_str(text.strip_prefix('0').unwrap_or(&text))?;
    assert_eq!(packet["upgrades"], serde_json::json!(["websocket"]), "{text}");
    let mut climber = Player::start("socketio_bot.mjs", &[&server.url(""), "polling,websocket"])?;
    assert_eq!(climber.says("now by").await?, "websocket");
    let (_, clients) = server.call("GET", "/api/clients", None).await?;
    assert_eq!(clients["clients"].as_array().map(Vec::len), Some(1), "one player all the time: {clients}");

    let flags = vec!["--cors-origins".to_owned(), "https://elsewhere.example".to_owned()];
    let server = Server::start_with(ServerOptions { flags, ..ServerOptions::default() }).await?;
    let path = server.url("/socket.io/?EIO=4&transport=polling");
    let open = client.get(&path).header("Origin", "https://elsewhere.example").send().await?;
    assert_eq!(open.headers()["access-control-allow-origin"], "https://elsewhere.example");
    Ok(())
}
