//! What a tick costs besides computing: one write for each player, and no memory at all while everybody only runs.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod crowd;

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use allocation_counter::measure;
use crowd::Crowd;
use futures_util::FutureExt;
use protocol::Encoding;
use server::room::Mode;
use server::session::slot;
use server::transport::websocket::framing;
use server::transport::{Line, Wire};

/// Players of the crowd.
const PLAYERS: u32 = 100;

/// A connection that takes everything and counts how often.
struct Void(Arc<AtomicUsize>);

impl Wire for Void {
    fn try_read(&self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn poll_readable(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn poll_writable(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn hang_up(&self) {}
}

/// A crowd that the room writes to as it does on the server, into the void.
struct Sessions {
    crowd: Crowd,
    lines: Vec<Arc<Line>>,
    writes: Arc<AtomicUsize>,
}

impl Sessions {
    fn open(script: &str) -> Self {
        Self::open_in(Mode::Arena, PLAYERS, script)
    }

    fn open_in(mode: Mode, players: u32, script: &str) -> Self {
        let writes = Arc::new(AtomicUsize::new(0));
        let opened = Mutex::new(Vec::new());
        let crowd = Crowd::in_mode(mode, players, script, |_| {
            let line = Arc::new(Line::new(Void(Arc::clone(&writes)), framing(Encoding::Binary)));
            line.release();
            let outbox = slot::outbox(&line);
            opened.lock().unwrap().push(line);
            outbox
        });
        Self { crowd, lines: opened.into_inner().unwrap(), writes }
    }

    /// Until nothing grows any more: the longest tick, keyframes and the first second of exact states were seen.
    fn warm_up(&mut self) {
        for _ in 0..4 * crowd::RATE {
            self.crowd.wander(1);
        }
    }

    /// Allocations of one tick in which everybody runs on.
    fn allocations(&mut self) -> u64 {
        measure(|| self.crowd.run_on()).count_total
    }
}

#[test]
fn a_tick_of_runners_takes_no_memory_from_the_fight_to_the_socket() {
    let mut sessions = Sessions::open("");
    sessions.warm_up();
    for tick in 0..30 {
        assert_eq!(sessions.allocations(), 0, "in tick {tick}");
    }
}

#[test]
fn a_tick_of_runners_on_a_battlefield_takes_no_memory_either() {
    let mut sessions = Sessions::open_in(Mode::Battlefield, 500, "");
    // Until the largest view and the fullest cell were seen, and the last lesson is due much later.
    for _ in 0..20 * crowd::RATE {
        sessions.crowd.wander(1);
    }
    let each: Vec<u64> = (0..30).map(|_| sessions.allocations()).collect();
    let (total, most) = (each.iter().sum::<u64>(), each.iter().max().unwrap());
    eprintln!("500 players on a battlefield: {total} allocations in 30 ticks, at most {most} in one");
    assert_eq!(total, 0, "{each:?}");
}

#[test]
fn a_tick_of_runners_by_the_shipped_script_takes_no_memory_either() {
    let mut sessions = Sessions::open(include_str!("../../rules/arena.rhai"));
    sessions.warm_up();
    for tick in 0..30 {
        assert_eq!(sessions.allocations(), 0, "in tick {tick}");
    }
}

#[test]
fn a_tick_by_an_interpreted_script_takes_no_memory_outside_of_the_script() {
    let mut sessions = Sessions::open(
        "fn move_player(vx, vy, dx, dy, dt) { for n in 0..1 { vx += n; } [dx * player_speed, dy * player_speed] }",
    );
    sessions.warm_up();
    let each: Vec<u64> = (0..30).map(|_| sessions.allocations()).collect();
    let most = *each.iter().max().unwrap();
    eprintln!("{PLAYERS} players with an interpreted script: at most {most} allocations a tick");
    // The engine's own, for one call a player.
    assert!(most > u64::from(PLAYERS) && most <= u64::from(PLAYERS) * 50, "{most}");
}

#[test]
fn every_player_costs_one_write_a_tick_and_its_session_none() {
    let mut sessions = Sessions::open("");
    for tick in 0..90 {
        let before = sessions.writes.load(Ordering::Relaxed);
        sessions.crowd.wander(1);
        let writes = sessions.writes.load(Ordering::Relaxed) - before;
        assert_eq!(writes, PLAYERS as usize, "in tick {tick}");
    }
    for line in &sessions.lines {
        assert_eq!(line.drive().now_or_never(), None, "nothing is left to the sessions");
    }
}
