//! A crowd of light players: thousands on one thread, each no more than a socket and a few numbers.
//!
//! A [`Dialect`] says how a player talks with a kind of server; [`game`] is that of our own. Everything is timed from when
//! it was *meant* to happen: a connection from when it was due, a state of the fight from when its tick was to begin, a
//! turn from its slot. So a server, or a crowd, that falls behind cannot hide it by doing less.

mod connection;
pub mod dialect;
pub mod follower;
pub mod frame;
pub mod game;
pub mod http;
pub mod server_clock;
pub mod tally;
mod worker;

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use mio::{Poll, Waker};

use self::connection::Connection;
use self::dialect::Dialect;
use self::tally::Tally;
use self::worker::{WAKER, Worker};
use crate::system::Moment;

/// How often somebody who waits for a crowd looks at it.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What a crowd is made of.
#[derive(Clone, Debug)]
pub struct CrowdOptions {
    /// Where the server is.
    pub address: SocketAddr,
    /// What it is called in requests, `host:port`.
    pub host: String,
    /// How many players.
    pub players: u32,
    /// Connections that are begun a second; 0 begins all at once.
    pub connects_per_second: f64,
    /// Turns of each player a second.
    pub turns_per_second: f64,
    /// Threads; 0 is one for each core that we may use.
    pub threads: u32,
}

/// How a crowd changes: somebody leaves, and a moment later a new player comes in its place. Begins when all have come.
#[derive(Clone, Copy, Debug)]
pub struct Churn {
    /// Players who leave, and new ones who come, each second.
    pub per_second: f64,
    /// One in so many hangs up without a goodbye; 0 lets all say it.
    pub vanish_one_in: u32,
}

/// Makes a player from its number.
type Maker = Arc<dyn Fn(u32) -> Box<dyn Dialect> + Send + Sync>;

/// What a thread shares with whoever watches.
#[derive(Default)]
struct Shared {
    tally: Mutex<Tally>,
    cpu_ns: AtomicU64,
    leaving: AtomicBool,
}

impl Shared {
    fn tally<T>(&self, look: impl FnOnce(&mut Tally) -> T) -> T {
        look(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Thread {
    shared: Arc<Shared>,
    waker: Waker,
    handle: JoinHandle<()>,
}

/// A crowd at play. It leaves when this is dropped.
pub struct Crowd {
    threads: Vec<Thread>,
    start: Moment,
}

impl Crowd {
    /// Sends a crowd of players, made by `make` from their numbers.
    ///
    /// # Errors
    /// What the system says when it has no more threads or descriptors.
    pub fn start(options: CrowdOptions, make: impl FnMut(u32) -> Box<dyn Dialect>) -> io::Result<Self> {
        Self::send(options, None, make)
    }

    /// Sends a crowd whose players come and go; it needs two players for each thread.
    ///
    /// # Errors
    /// As [`Crowd::start`].
    pub fn start_churning(
        options: CrowdOptions,
        churn: Churn,
        make: impl Fn(u32) -> Box<dyn Dialect> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let make: Maker = Arc::new(make);
        Self::send(options, Some((churn, Arc::clone(&make))), |number| make(number))
    }

    fn send(
        options: CrowdOptions,
        churn: Option<(Churn, Maker)>,
        mut make: impl FnMut(u32) -> Box<dyn Dialect>,
    ) -> io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        let count = if options.threads == 0 { cores } else { options.threads };
        let count = count.min(options.players).max(1);
        let mut players: Vec<Vec<Connection>> = (0..count).map(|_| Vec::new()).collect();
        for number in 0..options.players {
            players[(number % count) as usize].push(Connection::new(make(number), number));
        }
        let (options, start) = (Arc::new(options), Moment::now());
        let mut threads = Vec::new();
        for (number, connections) in (0..).zip(players) {
            let (poll, shared) = (Poll::new()?, Arc::new(Shared::default()));
            let waker = Waker::new(poll.registry(), WAKER)?;
            let worker = Worker {
                poll,
                options: Arc::clone(&options),
                number,
                of: count,
                connections,
                shared: Arc::clone(&shared),
                start,
                connected: 0,
                turns: 0,
                churn: churn.clone(),
                swaps: 0,
            };
            let name = format!("crowd {number}");
            let handle = std::thread::Builder::new().name(name).spawn(move || worker.play())?;
            threads.push(Thread { shared, waker, handle });
        }
        Ok(Self { threads, start })
    }

    /// When it began.
    #[must_use]
    pub fn began(&self) -> Moment {
        self.start
    }

    /// What happened since this was last called.
    #[must_use]
    pub fn drain(&self) -> Tally {
        let mut total = Tally::default();
        for thread in &self.threads {
            thread.shared.tally(|tally| tally.drain_into(&mut total));
        }
        total
    }

    /// Waits until what happened from now on is as wanted, or `patience` is at its end; returns what happened.
    #[must_use]
    pub fn wait(&self, patience: Duration, mut wanted: impl FnMut(&Tally) -> bool) -> Tally {
        let (begun, mut total) = (Moment::now(), self.drain());
        while !wanted(&total) && Moment::now().since(begun) < patience {
            std::thread::sleep(LOOK_EVERY);
            total.absorb(&self.drain());
        }
        total
    }

    /// Processor time that each thread has used.
    #[must_use]
    pub fn cpu(&self) -> Vec<Duration> {
        let used = |thread: &Thread| Duration::from_nanos(thread.shared.cpu_ns.load(Ordering::Relaxed));
        self.threads.iter().map(used).collect()
    }

    /// Says goodbye and waits until everybody is gone.
    pub fn leave(mut self) {
        self.say_goodbye();
        for thread in self.threads.drain(..) {
            // A thread that panicked has left, too.
            let _ = thread.handle.join();
        }
    }

    fn say_goodbye(&self) {
        for thread in &self.threads {
            thread.shared.leaving.store(true, Ordering::Relaxed);
            // Whoever is not woken looks at it a moment later.
            let _ = thread.waker.wake();
        }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.say_goodbye();
    }
}
