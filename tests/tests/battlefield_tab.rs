//! A battlefield in a real tab: it shows what is around its player, and where in the arena that is.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use swarm::{Behaviour, Bot, BotOptions};
use tests::browser::TestBrowser;
use tests::process::{Server, ServerOptions};

/// Enough for an arena that is twice as wide and high.
const BOTS: usize = 140;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tab_on_a_battlefield_shows_what_is_around_it_and_who_leads() -> anyhow::Result<()> {
    let flags = ["--mode", "battlefield"].map(str::to_owned).to_vec();
    let server = Server::start_with(ServerOptions { flags, ..ServerOptions::default() }).await?;
    let url = server.socket_url();
    let bots: Vec<Bot> = (0..BOTS)
        .map(|number| {
            let options = BotOptions {
                name: format!("Bot {number}"),
                behaviour: Behaviour::Fight,
                frame: Duration::from_millis(33),
                observed: false,
                seed: number as u64,
                ..BotOptions::default()
            };
            Bot::connect_with(&url, options)
        })
        .collect();
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    let grown = format!("s => s.arena.width > 3000 && s.player_count === {}", BOTS + 1);
    tab.wait("everybody on a larger arena", &grown).await?;
    let state = tab.wait("a fight", "s => s.players.some(p => p.id === s.me && p.alive)").await?;
    let seen = state["players"].as_array().unwrap().len();
    assert!(seen > 1 && seen <= BOTS + 1, "{seen} in sight");
    tab.wait_until("a leader on the score board", "document.querySelectorAll('#scores tr').length > 3")
        .await?;
    tab.screenshot("battlefield").await?;
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    drop(bots);
    browser.close().await
}
