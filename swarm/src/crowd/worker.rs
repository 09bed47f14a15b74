//! One thread that plays many players: it waits for all their sockets at once, and gives each its turn in time.
//!
//! A task per player would cost a wake-up and a queue for every message. Here a message costs the read itself, and a
//! thousand players one buffer.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mio::{Events, Poll, Token};

use super::connection::Connection;
use super::tally::Tally;
use super::{Churn, CrowdOptions, Maker, Shared};
use crate::system::{self, Moment};

/// Bytes that are read at once.
const BUFFER: usize = 256 * 1024;
/// Sockets that are served before timers are looked at again.
const EVENTS: usize = 128;
/// Connections that are begun before sockets are looked at again, when all are to come at once.
const CONNECTS: usize = 64;
/// How long servers get to answer a goodbye.
const GOODBYE: Duration = Duration::from_secs(2);
/// Longest sleep.
const NAP: Duration = Duration::from_millis(100);
/// The token of whoever wakes the thread from outside; no player has it.
pub(super) const WAKER: Token = Token(usize::MAX);

/// A thread's share of a crowd.
pub(super) struct Worker {
    pub(super) poll: Poll,
    pub(super) options: Arc<CrowdOptions>,
    /// This thread's number, and how many there are.
    pub(super) number: u32,
    pub(super) of: u32,
    pub(super) connections: Vec<Connection>,
    pub(super) shared: Arc<Shared>,
    /// When the crowd began.
    pub(super) start: Moment,
    /// How many connections were begun, and how many turns are over.
    pub(super) connected: usize,
    pub(super) turns: u64,
    /// How players come and go, and who makes new ones.
    pub(super) churn: Option<(Churn, Maker)>,
    /// How many have gone so.
    pub(super) swaps: u64,
}

impl Worker {
    /// Plays until the crowd leaves.
    pub(super) fn play(mut self) {
        let (mut events, mut buffer) = (Events::with_capacity(EVENTS), vec![0; BUFFER]);
        let mut leaving = None;
        while !self.over(leaving) {
            let wait = self.next_due(leaving).since(Moment::now()).min(NAP);
            if let Err(error) = self.poll.poll(&mut events, Some(wait)) {
                if error.kind() == io::ErrorKind::Interrupted {
                    continue;
                }
                self.shared.tally(|tally| tally.error(&format!("waiting for sockets: {error}")));
                return;
            }
            let shared = Arc::clone(&self.shared);
            shared.tally(|tally| {
                for event in events.iter().filter(|event| event.token() != WAKER) {
                    if let Some(connection) = self.connections.get_mut(event.token().0) {
                        connection.ready(event, &self.options.host, &mut buffer, tally);
                    }
                }
                if leaving.is_none() {
                    self.connect(tally);
                    self.swap(tally);
                    self.take_turns(tally);
                    if shared.leaving.load(Ordering::Relaxed) {
                        leaving = Some(Moment::now());
                        self.connections.iter_mut().for_each(|connection| connection.leave(tally));
                    }
                }
            });
            if let Some(used) = system::thread_cpu() {
                shared.cpu_ns.store(used.as_nanos() as u64, Ordering::Relaxed);
            }
        }
    }

    /// We said goodbye, and everybody has answered or had the time to.
    fn over(&self, leaving: Option<Moment>) -> bool {
        leaving.is_some_and(|since| {
            Moment::now().since(since) > GOODBYE || self.connections.iter().all(Connection::gone)
        })
    }

    fn next_due(&self, leaving: Option<Moment>) -> Moment {
        if leaving.is_some() {
            return Moment::now().plus(NAP);
        }
        let turn = self.turn(self.turns);
        if self.connected < self.connections.len() {
            turn.min(self.connect_due(self.connected))
        } else {
            self.swap_due().map_or(turn, |due| turn.min(due))
        }
    }

    /// When this thread's player `index` is to connect.
    fn connect_due(&self, index: usize) -> Moment {
        let order = index as f64 * f64::from(self.of) + f64::from(self.number);
        let rate = self.options.connects_per_second;
        self.start.plus(if rate > 0.0 { Duration::from_secs_f64(order / rate) } else { Duration::ZERO })
    }

    /// When the `count`th turn of this thread is: those of all players of all threads are spread evenly.
    fn turn(&self, count: u64) -> Moment {
        let players = self.connections.len().max(1) as f64;
        let threads = f64::from(self.of);
        let spread = (count as f64 + f64::from(self.number) / threads) / players;
        self.start.plus(Duration::from_secs_f64(spread / self.options.turns_per_second))
    }

    fn connect(&mut self, tally: &mut Tally) {
        let now = Moment::now();
        for _ in 0..CONNECTS {
            let (index, intended) = (self.connected, self.connect_due(self.connected));
            let Some(connection) = self.connections.get_mut(index).filter(|_| intended <= now) else {
                return;
            };
            let address = self.options.address;
            connection.connect(self.poll.registry(), Token(index), address, intended, tally);
            self.connected += 1;
        }
    }

    /// When the next player goes; `None` when nobody does.
    fn swap_due(&self) -> Option<Moment> {
        let (churn, _) = self.churn.as_ref().filter(|(churn, _)| churn.per_second > 0.0)?;
        let swaps = (self.swaps + 1) as f64 * f64::from(self.of) + f64::from(self.number);
        // Who is alone has nobody to change places with.
        let all_came = self.connected == self.connections.len() && self.connected > 1;
        let begin = self.connect_due(self.connected);
        all_came.then(|| begin.plus(Duration::from_secs_f64(swaps / churn.per_second)))
    }

    /// Lets those go whose time has come, and others come in place of those who went a second ago.
    fn swap(&mut self, tally: &mut Tally) {
        for _ in 0..CONNECTS {
            let Some(intended) = self.swap_due().filter(|due| *due <= Moment::now()) else { return };
            let Some((churn, make)) = self.churn.clone() else { return };
            let players = self.connections.len() as u64;
            let a_second = (churn.per_second / f64::from(self.of)).ceil() as u64;
            let away = a_second.clamp(1, players / 2);
            let vanishes = churn.vanish_one_in > 0 && self.swaps.is_multiple_of(churn.vanish_one_in.into());
            self.connections[(self.swaps % players) as usize].part(vanishes, tally);
            if let Some(before) = self.swaps.checked_sub(away) {
                let index = (before % players) as usize;
                let number = index as u32 * self.of + self.number;
                self.connections[index].renew(make(number));
                let address = self.options.address;
                let registry = self.poll.registry();
                self.connections[index].connect(registry, Token(index), address, intended, tally);
            }
            self.swaps += 1;
        }
    }

    fn take_turns(&mut self, tally: &mut Tally) {
        let players = self.connections.len() as u64;
        // One round at most: then the sockets are due again.
        for _ in 0..players {
            let (intended, now) = (self.turn(self.turns), Moment::now());
            if intended > now {
                return;
            }
            let index = (self.turns % players) as usize;
            if self.connections[index].play(intended, tally) {
                tally.lag.record(now.since(intended));
            }
            self.turns += 1;
        }
    }
}
