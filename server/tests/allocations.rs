//! What a tick costs besides computing: one write for each player, and no memory at all while everybody only runs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod crowd;

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use allocation_counter::measure;
use crowd::Crowd;
use futures_util::{FutureExt, Sink, SinkExt, future};
use protocol::Encoding;
use server::room::Mode;
use server::session::outbound::Outbound;
use server::session::slot::{self, Deliveries};
use server::transport::{Outgoing, TransportError};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Players of the crowd.
const PLAYERS: u32 = 100;

/// A connection that takes everything and counts how often.
struct Void(Arc<AtomicUsize>);

impl AsyncRead for Void {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl AsyncWrite for Void {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

type AnySink = Pin<Box<dyn Sink<Outgoing, Error = TransportError>>>;

/// A crowd whose sessions write everything into the void, through the same WebSocket as the server's.
struct Sessions {
    crowd: Crowd,
    sessions: Vec<(Deliveries, Outbound<AnySink>)>,
    writes: Arc<AtomicUsize>,
}

impl Sessions {
    async fn open(script: &str) -> Self {
        Self::open_in(Mode::Arena, PLAYERS, script).await
    }

    async fn open_in(mode: Mode, players: u32, script: &str) -> Self {
        let opened = Arc::new(Mutex::new(Vec::new()));
        let crowd = Crowd::in_mode(mode, players, script, |_| {
            let (outbox, deliveries) = slot::channel();
            opened.lock().unwrap().push(deliveries);
            outbox
        });
        let writes = Arc::new(AtomicUsize::new(0));
        let mut sessions = Vec::new();
        let opened = std::mem::take(&mut *opened.lock().unwrap());
        for deliveries in opened {
            let void = Void(Arc::clone(&writes));
            let socket = WebSocketStream::from_raw_socket(void, Role::Server, None).await;
            let sink = socket.sink_map_err(|error: Error| TransportError::Broken(error.to_string())).with(
                |outgoing| match outgoing {
                    Outgoing::Message(bytes) => future::ready(Ok(Message::Binary(bytes))),
                    Outgoing::Ping | Outgoing::Close(_) => unreachable!("the room sends messages only"),
                },
            );
            sessions.push((deliveries, Outbound::new(Box::pin(sink) as AnySink, Encoding::Binary)));
        }
        Self { crowd, sessions, writes }
    }

    /// Every session writes what it was handed.
    fn write_out(&mut self) {
        for (deliveries, outbound) in &mut self.sessions {
            let parcel = deliveries.next().now_or_never().expect("a parcel is there").unwrap();
            outbound.send_all(parcel).now_or_never().expect("the void is never busy").unwrap();
        }
    }

    /// Until nothing grows any more: the longest tick, keyframes and the first second of exact states were seen.
    fn warm_up(&mut self) {
        for _ in 0..4 * crowd::RATE {
            self.crowd.wander(1);
            self.write_out();
        }
    }

    /// Allocations of one tick in which everybody runs on.
    fn allocations(&mut self) -> u64 {
        measure(|| {
            self.crowd.run_on();
            self.write_out();
        })
        .count_total
    }
}

#[tokio::test]
async fn a_tick_of_runners_takes_no_memory_from_the_fight_to_the_socket() {
    let mut sessions = Sessions::open("").await;
    sessions.warm_up();
    for tick in 0..30 {
        assert_eq!(sessions.allocations(), 0, "in tick {tick}");
    }
}

#[tokio::test]
async fn a_tick_of_runners_on_a_battlefield_takes_no_memory_either() {
    let mut sessions = Sessions::open_in(Mode::Battlefield, 500, "").await;
    // Until the largest view and the fullest cell were seen, and the last lesson is due much later.
    for _ in 0..20 * crowd::RATE {
        sessions.crowd.wander(1);
        sessions.write_out();
    }
    let each: Vec<u64> = (0..30).map(|_| sessions.allocations()).collect();
    let (total, most) = (each.iter().sum::<u64>(), each.iter().max().unwrap());
    eprintln!("500 players on a battlefield: {total} allocations in 30 ticks, at most {most} in one");
    assert_eq!(total, 0, "{each:?}");
}

#[tokio::test]
async fn a_scripted_tick_takes_no_memory_outside_of_the_script() {
    let mut sessions = Sessions::open(include_str!("../../rules/arena.rhai")).await;
    sessions.warm_up();
    let each: Vec<u64> = (0..30).map(|_| sessions.allocations()).collect();
    let most = *each.iter().max().unwrap();
    eprintln!("{PLAYERS} players with the shipped script: at most {most} allocations a tick");
    // The engine's own: one call a player for its movement and one for the orb, 18 allocations each.
    assert!(most <= u64::from(PLAYERS + 1) * 25, "{most}");
}

#[tokio::test]
async fn every_player_costs_one_write_a_tick() {
    let mut sessions = Sessions::open("").await;
    for tick in 0..90 {
        sessions.crowd.wander(1);
        let before = sessions.writes.load(Ordering::Relaxed);
        sessions.write_out();
        let writes = sessions.writes.load(Ordering::Relaxed) - before;
        assert_eq!(writes, PLAYERS as usize, "in tick {tick}");
    }
}
