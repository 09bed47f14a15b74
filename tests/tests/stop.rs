//! Stopping the server as operators do, by a signal to its process.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use client_core::protocol::{CloseCode, Encoding};
use client_core::sim::PlayerId;
use client_core::{ClientEvent, View};
use swarm::{Bot, BotOptions};
use tests::CLOSE_QUARTERS;
use tests::process::{Server, StopSignal};
use tokio::net::TcpStream;

/// A service manager that is asked to restart the game must not wait longer; it would kill it.
const LONGEST_GOODBYE: Duration = Duration::from_secs(5);

/// What must survive of a player.
#[derive(Debug, PartialEq)]
struct Player {
    id: PlayerId,
    name: String,
    kills: u32,
    deaths: u32,
}

fn me(view: &View) -> Player {
    let me = view.own().unwrap();
    Player { id: me.id, name: me.name.clone(), kills: me.kills, deaths: me.deaths }
}

/// Strikes until Ada has killed Bob.
async fn kill(ada: &mut Bot, bob: &mut Bot) {
    let (ada_id, bob_id) = (ada.wait_online().await.unwrap().me.unwrap(), bob.view().unwrap().me.unwrap());
    for hp in [40, 0] {
        ada.wait_for(|view| view.strike_cooldown <= 0.0 && view.players.iter().any(|p| p.id == bob_id))
            .await
            .unwrap();
        ada.attack(None);
        let struck = |event: &ClientEvent| {
            matches!(event, ClientEvent::Hit { attacker, target, hp: left, .. }
                if (*attacker, *target, *left) == (ada_id, bob_id, hp))
        };
        bob.wait_for_event(struck).await.unwrap();
    }
    ada.wait_for(|view| view.own().is_some_and(|me| me.kills == 1)).await.unwrap();
    bob.wait_for(|view| view.own().is_some_and(|me| me.deaths == 1)).await.unwrap();
}

async fn check_goodbye(bot: &mut Bot) {
    bot.wait_for_event(|event| matches!(event, ClientEvent::Draining)).await.unwrap();
    let going_away = Some(CloseCode::GoingAway.code());
    bot.wait_for_event(|event| matches!(event, ClientEvent::ConnectionLost { code } if *code == going_away))
        .await
        .unwrap();
}

async fn check_stop(signal: StopSignal) -> anyhow::Result<()> {
    let server = Server::start().await?;
    let release = server.publish(CLOSE_QUARTERS, "close").await?;
    let mut ada = Bot::connect(&server.socket_url(), "Ada", Encoding::Binary);
    ada.wait_online().await?;
    let mut bob = Bot::connect(&server.socket_url(), "Bob", Encoding::Json);
    bob.wait_online().await?;
    kill(&mut ada, &mut bob).await;
    let (ada_before, bob_before) = (me(&ada.view().unwrap()), me(&bob.view().unwrap()));
    // Whoever is connected and says nothing must not hold up the end.
    let silent = TcpStream::connect(server.address).await?;

    server.ask_to_stop(signal).await?;
    check_goodbye(&mut ada).await;
    check_goodbye(&mut bob).await;
    let stopped = server.ended(LONGEST_GOODBYE).await?;
    assert!(stopped.status.success(), "{signal:?}: {}", stopped.status);
    drop(silent);
    // Bob's machine is switched off meanwhile: all that is left of him is the token.
    let token = bob.state().resume.unwrap();
    drop(bob);

    let server = stopped.start().await?;
    ada.wait_for_event(|event| matches!(event, ClientEvent::Joined { resumed: true, .. })).await?;
    let ada_after = ada.wait_online().await?;
    assert_eq!(me(&ada_after), ada_before);
    assert_eq!(u64::from(ada_after.release.number), release, "the rules are the same");
    let options =
        BotOptions { name: "Bob".to_owned(), resume: Some(token), seed: 2, ..BotOptions::default() };
    let mut bob = Bot::connect_with(&server.socket_url(), options);
    bob.wait_for_event(|event| matches!(event, ClientEvent::Joined { resumed: true, .. })).await?;
    assert_eq!(me(&bob.wait_online().await?), bob_before);

    // Nobody is there twice.
    ada.wait_for(|view| view.players.len() == 2 && view.players.iter().all(|player| player.connected))
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_terminated_says_goodbye_ends_by_itself_and_the_next_one_knows_everybody()
-> anyhow::Result<()> {
    check_stop(StopSignal::Terminate).await
}

#[tokio::test]
async fn a_server_that_is_interrupted_says_goodbye_ends_by_itself_and_the_next_one_knows_everybody()
-> anyhow::Result<()> {
    check_stop(StopSignal::Interrupt).await
}
