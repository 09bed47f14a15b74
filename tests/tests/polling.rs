//! A browser that no WebSocket gets out of.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use tests::browser::{D, TestBrowser, one_at_a_time};
use tests::process::Server;

/// WebSockets lead nowhere until the page is told otherwise.
const BLOCKED: &str = "window.blocked = true; const Real = window.WebSocket; \
    window.WebSocket = class extends Real { \
      constructor(url, protocols) { super(window.blocked ? 'ws://127.0.0.1:9/' : url, protocols); } };";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_websockets_the_game_goes_on_over_polling_and_moves_back_as_the_same_player()
-> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.open("about:blank").await?;
    tab.before_each_page(BLOCKED).await?;
    tab.go_to(&server.url("/?name=Polly&autoplay=1")).await?;
    let online = "s => s.connection === 'online' && s.polls && s.players.some(p => p.id === s.me && p.alive)";
    let before = tab.wait("the fight over polling", online).await?;

    // It plays: a key press moves the player, on the server too.
    let x = |state: &serde_json::Value| {
        state["players"].as_array().unwrap().iter().find(|p| p["id"] == state["me"]).unwrap()["x"]
            .as_f64()
            .unwrap()
    };
    tab.key_down(D).await?;
    let moved = format!("s => s.players.some(p => p.id === s.me && Math.abs(p.x - {}) > 40)", x(&before));
    tab.wait("a move", &moved).await?;
    tab.key_up(D).await?;
    tab.evaluate("document.getElementById('network-button').click()").await?;
    tab.wait_until("the panel to say so", "!document.getElementById('network-polling').hidden").await?;
    tab.screenshot("polling").await?;

    // WebSockets work again: the same player goes on over one, without a word from the user.
    tab.evaluate("window.blocked = false").await?;
    let back = format!("s => s.connection === 'online' && !s.polls && s.me === {}", before["me"]);
    tab.wait("the WebSocket", &back).await?;
    tab.wait_until("the panel to say nothing of it", "document.getElementById('network-polling').hidden")
        .await?;
    let (_, clients) = server.call("GET", "/api/clients", None).await?;
    assert_eq!(clients["clients"].as_array().map(Vec::len), Some(1), "{clients}");
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}
