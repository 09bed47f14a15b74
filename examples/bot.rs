//! A bot in Rust: `cargo run -p swarm --example bot -- ws://127.0.0.1:8080/ws`
//!
//! It is the browser's own client without a screen: it predicts, switches rules with everybody else and comes back when the
//! connection is lost. Here it runs at the nearest player and strikes.

#![allow(clippy::print_stdout, reason = "it tells what it sees")]

use std::time::Duration;

use client_core::{ClientEvent, PlayerView};
use swarm::{Bot, Encoding};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "ws://127.0.0.1:8080/ws".to_owned());
    let mut bot = Bot::connect(&url, "Rusty", Encoding::Binary);
    let view = bot.wait_online().await?;
    println!("joined as {}", view.me.unwrap_or_default());
    loop {
        let view = bot.wait_for(|view| view.own().is_some_and(|me| me.alive)).await?;
        let Some(me) = view.own() else { continue };
        let way = |other: &PlayerView| other.position - me.position;
        let others = view.players.iter().filter(|other| !other.me && other.alive);
        if let Some(prey) = others.min_by(|a, b| way(a).length().total_cmp(&way(b).length())) {
            bot.set_direction(way(prey));
            if way(prey).length() < view.tuning.strike_range {
                bot.attack(Some(way(prey)));
            }
        }
        let killed = bot.wait_for_event(|event| matches!(event, ClientEvent::Killed { .. }));
        if let Ok(Ok(ClientEvent::Killed { killer, victim, .. })) =
            tokio::time::timeout(Duration::from_millis(50), killed).await
        {
            println!("killed {killer} {victim}");
        }
    }
}
