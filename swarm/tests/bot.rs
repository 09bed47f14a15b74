//! A bot over a real socket, against a server of a few lines.

mod door;

use client_core::protocol::codec::{decode_client, encode_server};
use client_core::protocol::{
    ClientMessage, Encoding, OwnState, PlayerState, ServerMessage, Snapshot, Welcome,
};
use client_core::sim::vec2::vec2;
use client_core::sim::{Player, PlayerId, PlayerInput, Seq, Tick};
use futures_util::{SinkExt, StreamExt};
use swarm::{Behaviour, Bot, BotOptions, Conditions, WaitError};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;

const ME: PlayerId = PlayerId(3);

/// Plays one connection: every tick, the player is where its inputs took it.
async fn serve(stream: TcpStream) {
    let mut socket = door::accept(stream).await.expect("the test's own server works");
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(33));
    let mut rules = client_core::sim::NativeRules::default();
    let mut player = Player { hp: 100, position: vec2(500.0, 500.0), ..Player::new(ME) };
    let (mut tick, mut seq, mut joined) = (Tick(100), Seq(0), false);
    loop {
        let mut replies = Vec::new();
        tokio::select! {
            message = socket.next() => {
                let Some(Ok(Message::Binary(bytes))) = message else { return };
                match decode_client(&bytes, Encoding::Binary).expect("the test's own server works") {
                    ClientMessage::Hello(hello) => {
                        joined = true;
                        let resumed = hello.resume.is_some();
                        let welcome = Welcome { resumed, ..door::welcome(ME, tick, 30) };
                        replies.push(ServerMessage::Welcome(welcome));
                    }
                    ClientMessage::Move { seq: next, dir, .. } => {
                        seq = next;
                        client_core::sim::movement::apply_input(&mut player, &PlayerInput::moving(dir), &rules, 30);
                    }
                    ClientMessage::Bye => return,
                    _ => {}
                }
            }
            _ = ticks.tick() => {
                tick = tick.plus(1);
                client_core::sim::movement::advance(&mut player, &mut rules, 30).expect("the test's own server works");
                replies.push(ServerMessage::Snapshot(Snapshot {
                    tick,
                    full: true,
                    players: vec![PlayerState::full(&player, "Ada", true)],
                    you: Some(OwnState::of(&player, seq, 1)),
                    ..Snapshot::default()
                }));
            }
        }
        for reply in replies.iter().filter(|_| joined) {
            let bytes = encode_server(reply, Encoding::Binary);
            if socket.send(Message::binary(bytes)).await.is_err() {
                return;
            }
        }
    }
}

async fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("the test's own server works");
    let url = format!("ws://{}/ws", listener.local_addr().expect("the test's own server works"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    url
}

#[tokio::test]
async fn a_bot_joins_runs_loses_its_connection_and_comes_back() {
    let mut bot = Bot::connect(&start().await, "Ada", Encoding::Binary);
    let view = bot.wait_online().await.unwrap();
    assert_eq!(view.own().unwrap().name, "Ada");
    bot.set_direction(vec2(1.0, 0.0));
    bot.wait_for(|view| view.own().is_some_and(|me| me.position.x > 540.0)).await.unwrap();
    bot.cut();
    bot.wait_for_event(|event| matches!(event, client_core::ClientEvent::Joined { resumed: true, .. }))
        .await
        .unwrap();
    assert_eq!(bot.state().resume.as_deref(), Some("secret"));
    bot.leave();
    let left = bot.wait_for(|_| false).await;
    assert_eq!(left, Err(WaitError::Left));
}

#[tokio::test]
async fn a_bot_on_a_line_that_is_cut_again_and_again_comes_back_each_time() {
    let options = BotOptions {
        name: "Ada".to_owned(),
        behaviour: Behaviour::Wander,
        net: Conditions { cuts: 1.0, ..Conditions::line(40.0, 10.0) },
        seed: 4,
        ..BotOptions::default()
    };
    let mut bot = Bot::connect_with(&start().await, options);
    bot.wait_online().await.unwrap();
    for _ in 0..2 {
        bot.wait_for_event(|event| matches!(event, client_core::ClientEvent::ConnectionLost { .. }))
            .await
            .unwrap();
        bot.wait_for_event(|event| matches!(event, client_core::ClientEvent::Joined { resumed: true, .. }))
            .await
            .unwrap();
    }
}
