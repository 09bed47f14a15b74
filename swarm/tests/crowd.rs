//! A crowd over real sockets, against an arena of a few lines in which everybody sees everybody move.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod door;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use client_core::protocol::codec::{KEYFRAME, decode_client, encode_server, snapshot_head};
use client_core::protocol::packed::{OwnWriter, Picture, SnapshotEncoder};
use client_core::protocol::{ClientMessage, Encoding, OrbState, ServerMessage};
use client_core::sim::vec2::vec2;
use client_core::sim::{Player, PlayerId, Tick};
use futures_util::{SinkExt, StreamExt};
use swarm::Behaviour;
use swarm::crowd::dialect::Dialect;
use swarm::crowd::game::{GameCrowd, GamePlayer};
use swarm::crowd::server_clock::ServerClock;
use swarm::crowd::{Churn, Crowd, CrowdOptions};
use swarm::measure::{Timing, measure};
use swarm::report::Report;
use swarm::samples::Samples;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio_tungstenite::tungstenite::Message;

/// Longer than anything that is waited for takes.
const PATIENCE: Duration = Duration::from_secs(40);
const TICK_RATE: u32 = 20;

/// What the arena knows.
struct Arena {
    began: Instant,
    players: AtomicU32,
    snapshots: broadcast::Sender<Vec<u8>>,
    moves: AtomicU64,
    attacks: AtomicU64,
    goodbyes: AtomicU64,
    /// Connections that ended without a goodbye of any kind.
    vanished: AtomicU64,
    /// Players who are turned away.
    full_at: u32,
}

impl Arena {
    fn tick(&self) -> Tick {
        Tick((self.began.elapsed().as_secs_f64() * f64::from(TICK_RATE)) as u32)
    }

    /// Everybody is somewhere else in every tick.
    async fn run(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / TICK_RATE);
        loop {
            ticks.tick().await;
            let tick = self.tick();
            let somewhere = |id| {
                let position = vec2((tick.0 % 1_000) as f32, id as f32);
                Picture::of(&Player { position, ..Player::new(PlayerId(id)) }, true)
            };
            let players: Vec<_> = (1..=self.players.load(Ordering::Relaxed)).map(somewhere).collect();
            let mut encoder = SnapshotEncoder::new(0.5);
            encoder.encode(tick, 0, &OrbState::default(), &players);
            let mut frame = snapshot_head(KEYFRAME, tick).to_vec();
            OwnWriter::write_nothing(&mut frame);
            frame.extend_from_slice(encoder.keyframe(|_| ""));
            // Nobody may be here yet.
            let _ = self.snapshots.send(frame);
        }
    }

    async fn serve(self: Arc<Self>, stream: TcpStream) -> Option<()> {
        let mut socket = door::accept(stream).await?;
        let mut snapshots = None::<broadcast::Receiver<Vec<u8>>>;
        loop {
            let reply = tokio::select! {
                message = socket.next() => {
                    self.vanished.fetch_add(u64::from(!matches!(message, Some(Ok(_)))), Ordering::Relaxed);
                    let Some(Ok(Message::Binary(bytes))) = message else { return None };
                    match decode_client(&bytes, Encoding::Binary).ok()? {
                        ClientMessage::Hello(_) => {
                            let player = self.players.fetch_add(1, Ordering::Relaxed) + 1;
                            if player > self.full_at {
                                self.players.fetch_sub(1, Ordering::Relaxed);
                                return None;
                            }
                            snapshots = Some(self.snapshots.subscribe());
                            let welcome = door::welcome(PlayerId(player), self.tick(), TICK_RATE);
                            encode_server(&ServerMessage::Welcome(welcome), Encoding::Binary)
                        }
                        ClientMessage::Heartbeat { t, .. } => {
                            let server_time = self.began.elapsed().as_secs_f64() * 1_000.0;
                            let ack = ServerMessage::HeartbeatAck { t, tick: self.tick(), server_time };
                            encode_server(&ack, Encoding::Binary)
                        }
                        message => {
                            let count = match message {
                                ClientMessage::Move { .. } => &self.moves,
                                ClientMessage::Attack { .. } => &self.attacks,
                                ClientMessage::Bye => &self.goodbyes,
                                _ => continue,
                            };
                            count.fetch_add(1, Ordering::Relaxed);
                            continue;
                        }
                    }
                }
                snapshot = next(&mut snapshots) => snapshot,
            };
            socket.send(Message::binary(reply)).await.ok()?;
        }
    }
}

async fn next(snapshots: &mut Option<broadcast::Receiver<Vec<u8>>>) -> Vec<u8> {
    loop {
        match snapshots {
            Some(snapshots) => match snapshots.recv().await {
                Ok(snapshot) => return snapshot,
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
            },
            None => std::future::pending().await,
        }
    }
}

/// An arena with a thread of its own, for as long as the test runs.
fn start(full_at: u32) -> (Arc<Arena>, SocketAddr) {
    let arena = Arc::new(Arena {
        began: Instant::now(),
        players: AtomicU32::new(0),
        snapshots: broadcast::Sender::new(16),
        moves: AtomicU64::new(0),
        attacks: AtomicU64::new(0),
        goodbyes: AtomicU64::new(0),
        vanished: AtomicU64::new(0),
        full_at,
    });
    let (tell, told) = std::sync::mpsc::channel();
    let for_thread = Arc::clone(&arena);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            tokio::spawn(Arc::clone(&for_thread).run());
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&for_thread).serve(stream));
            }
        });
    });
    (arena, told.recv().unwrap())
}

fn send(
    address: SocketAddr,
    players: u32,
    behaviour: Behaviour,
    script: Option<&str>,
) -> (Crowd, Arc<GameCrowd>) {
    let game = Arc::new(GameCrowd {
        path: "/ws".to_owned(),
        encoding: Encoding::Binary,
        behaviour,
        script: script.map(|script| script.parse().unwrap()),
        clock: ServerClock::default(),
    });
    let options = CrowdOptions {
        address,
        host: address.to_string(),
        players,
        connects_per_second: 0.0,
        turns_per_second: 10.0,
        threads: 2,
    };
    let make = |number| Box::new(GamePlayer::new(Arc::clone(&game), number)) as Box<dyn Dialect>;
    (Crowd::start(options, make).unwrap(), game)
}

#[test]
fn everybody_gets_in_sees_every_tick_and_moves() {
    let (arena, address) = start(u32::MAX);
    let (crowd, game) = send(address, 40, Behaviour::Wander, None);
    let seen = crowd.wait(PATIENCE, |seen| seen.in_fight == 40 && seen.states >= 40 * 10);
    assert_eq!((seen.joined, seen.in_fight, seen.lost), (40, 40, 0), "{:?}", seen.errors);
    assert!(seen.states >= 400 && seen.sent > 40);
    assert_eq!(seen.joining.count(), 40);
    assert!(seen.ages.count() > 0 && game.clock.error_ms().is_some(), "ages need the server's clock");
    crowd.leave();
    assert!(arena.moves.load(Ordering::Relaxed) > 40);
    assert_eq!(arena.goodbyes.load(Ordering::Relaxed), 40, "everybody says goodbye");
}

#[test]
fn a_measurement_counts_what_each_snapshot_moves_for_everybody() {
    let (_arena, address) = start(u32::MAX);
    let samples = Samples::start(
        &format!("ws://{address}/ws"),
        1,
        Encoding::Binary,
        Behaviour::Wander,
        None,
        swarm::Conditions::default(),
    );
    let (crowd, game) = send(address, 20, Behaviour::Fight, None);
    let timing = Timing { patience: PATIENCE, warm_up: Duration::ZERO, window: Duration::from_secs(1) };
    let mut glances = 0;
    let measured = measure(&crowd, 20, Some(&samples), timing, |_| glances += 1);
    assert!(measured.complete() && glances > 0);
    assert_eq!((measured.players, measured.in_fight), (21, 21));
    assert_eq!(measured.samples.positions_per_snapshot(), 21.0, "everybody moves in every tick");
    let counted = measured.updates_per_second() * measured.span.as_secs_f64();
    let expected = (measured.window.states + measured.samples.snapshots) * 21;
    assert_eq!(counted.round() as u64, expected);
    let report = Report { measured, clock_error_ms: game.clock.error_ms() };
    assert_eq!(report.json()["in_fight"], 21);
    assert!(report.to_string().contains("21 in the fight (1 whole clients)"));
}

#[test]
fn players_come_and_go_and_one_in_four_without_a_goodbye() {
    let (arena, address) = start(u32::MAX);
    let game = Arc::new(GameCrowd {
        path: "/ws".to_owned(),
        encoding: Encoding::Binary,
        behaviour: Behaviour::Idle,
        script: None,
        clock: ServerClock::default(),
    });
    let options = CrowdOptions {
        address,
        host: address.to_string(),
        players: 8,
        connects_per_second: 100.0,
        turns_per_second: 10.0,
        threads: 1,
    };
    let churn = Churn { per_second: 40.0, vanish_one_in: 4 };
    let crowd = Crowd::start_churning(options, churn, move |number| {
        Box::new(GamePlayer::new(Arc::clone(&game), number))
    });
    let crowd = crowd.unwrap();
    let seen = crowd.wait(PATIENCE, |seen| seen.joined >= 40 && seen.left >= 40);
    assert_eq!((seen.lost, seen.errors.len()), (0, 0), "{:?}", seen.errors);
    assert!(seen.left >= 40 && seen.left <= seen.joined, "{} came and {} left", seen.joined, seen.left);
    crowd.leave();
    let (goodbyes, vanished) =
        (arena.goodbyes.load(Ordering::Relaxed), arena.vanished.load(Ordering::Relaxed));
    assert!(goodbyes >= 20 && vanished >= 5, "{goodbyes} said goodbye and {vanished} vanished");
}

#[test]
fn who_is_turned_away_is_lost_and_the_rest_plays_on() {
    let (_arena, address) = start(5);
    let (crowd, _) = send(address, 8, Behaviour::Idle, None);
    let seen = crowd.wait(PATIENCE, |seen| seen.in_fight == 5 && seen.lost == 3);
    assert_eq!((seen.in_fight, seen.lost), (5, 3));
    assert_eq!(seen.errors.values().sum::<u64>(), 3, "{:?}", seen.errors);
}

#[test]
fn nobody_listens_and_everybody_is_lost() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (crowd, _) = send(address, 3, Behaviour::Idle, None);
    let seen = crowd.wait(PATIENCE, |seen| seen.lost == 3);
    let refused = BTreeMap::from([("Connection refused (os error 111)".to_owned(), 3)]);
    assert!(
        seen.lost == 3 && (cfg!(not(target_os = "linux")) || seen.errors == refused),
        "{:?}",
        seen.errors
    );
}

#[test]
fn a_measurement_does_not_wait_for_players_who_are_all_lost() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (crowd, _) = send(address, 3, Behaviour::Idle, None);
    let timing = Timing { patience: Duration::MAX, warm_up: Duration::ZERO, window: Duration::ZERO };
    let mut told = 0;
    let measured = measure(&crowd, 3, None, timing, |glance| told += glance.tally.lost);
    assert_eq!((told, measured.before.lost, measured.in_fight), (3, 3, 0), "every loss is told once");
    assert!(!measured.complete());
}

#[test]
fn a_script_is_what_everybody_plays() {
    let (arena, address) = start(u32::MAX);
    let (crowd, _) = send(address, 4, Behaviour::Idle, Some("0 attack\n0 attack 1 0\n0 move 0 1"));
    // Three steps and the first heartbeat.
    let seen = crowd.wait(PATIENCE, |seen| seen.in_fight == 4 && seen.sent >= 4 * (1 + 3 + 1));
    assert_eq!(seen.lost, 0);
    crowd.leave();
    let counted = |count: &AtomicU64| count.load(Ordering::Relaxed);
    assert_eq!((counted(&arena.attacks), counted(&arena.moves)), (8, 4));
}
