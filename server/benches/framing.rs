//! What one update of one player costs the server, by who frames and who writes. Run it with
//! `cargo bench -p server --bench framing -- [connections] [seconds]`.
//!
//! The ways are compared within one run, as processor time of the server's threads for each update; the reading side
//! has a thread of its own that does not count. The yardstick is a bare loop that writes 8 bytes to every socket.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark that cannot go on has failed")]

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt};
use protocol::Encoding;
use server::room::{Outbox, Parcel};
use server::session::slot;
use server::transport::Line;
use server::transport::websocket::{Socket, framing};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

/// Ticks per second.
const RATE: f64 = 30.0;
/// Bytes of an update.
const PAYLOAD: usize = 44;
/// How often each way is measured.
const ROUNDS: usize = 5;

/// Who frames and who writes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// The ticking task writes 8 bytes to each socket: nothing can be cheaper.
    Bare,
    /// A task for each connection is woken, and tungstenite frames.
    Tungstenite,
    /// The ticking task writes through the server's own line, and a session reads.
    Line,
}

const WAYS: [Way; 3] = [Way::Bare, Way::Tungstenite, Way::Line];

enum Target {
    Socket(TcpStream),
    Mailbox(Arc<Mailbox>),
    Outbox(Box<dyn Outbox>),
}

/// Where the ticking task leaves what a task for each connection writes.
#[derive(Default)]
struct Mailbox {
    parcel: Mutex<Parcel>,
    filled: Notify,
}

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<usize>().ok());
    let connections = numbers.next().unwrap_or(800);
    let seconds = numbers.next().unwrap_or(3);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut costs = [const { Vec::new() }; WAYS.len()];
    for _ in 0..ROUNDS {
        for (way, costs) in WAYS.into_iter().zip(&mut costs) {
            costs.push(
                runtime.block_on(async { tokio::spawn(measure(way, connections, seconds)).await.unwrap() }),
            );
        }
    }
    let median = |costs: &mut Vec<f64>| {
        costs.sort_unstable_by(f64::total_cmp);
        costs[costs.len() / 2]
    };
    let bare = median(&mut costs[0]);
    println!("{connections} connections, microseconds of processor time for each update:");
    for (way, costs) in WAYS.into_iter().zip(&mut costs) {
        let cost = median(costs);
        println!("{:>14}: {cost:6.2}  ({:4.2} of bare)  {costs:.2?}", format!("{way:?}"), cost / bare);
    }
}

/// Processor time of an update, microseconds.
async fn measure(way: Way, connections: usize, seconds: usize) -> f64 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let reader = std::thread::Builder::new().name("reader".to_owned()).spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut readers = Vec::new();
            for _ in 0..connections {
                let mut stream = TcpStream::connect(address).await.unwrap();
                readers.push(tokio::spawn(async move {
                    let mut buffer = [0; 1024];
                    while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
                }));
            }
            for reader in readers {
                reader.await.unwrap();
            }
        });
    });
    let reader = reader.unwrap();
    let mut targets = Vec::new();
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        targets.push(match way {
            Way::Bare => Target::Socket(stream),
            Way::Tungstenite => {
                let mailbox = Arc::new(Mailbox::default());
                tasks.push(tokio::spawn(tungstenite(stream, Arc::clone(&mailbox))));
                Target::Mailbox(mailbox)
            }
            Way::Line => {
                let line = Arc::new(Line::new(stream, framing(Encoding::Binary)));
                line.release();
                let outbox = slot::outbox(&line);
                tasks.push(tokio::spawn(session(line)));
                Target::Outbox(outbox)
            }
        });
    }
    let mut parcel = Parcel::default();
    parcel.push(&[7; PAYLOAD]);
    let mut ticks = interval(Duration::from_secs_f64(1.0 / RATE));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let count = seconds * RATE as usize;
    let mut began = 0;
    for tick in 0..count + 10 {
        ticks.tick().await;
        if tick == 10 {
            began = server_time();
        }
        for target in &mut targets {
            match target {
                Target::Socket(socket) => drop(socket.try_write(&[7; 8])),
                Target::Mailbox(mailbox) => {
                    mailbox.parcel.lock().unwrap().append(&parcel);
                    mailbox.filled.notify_one();
                }
                Target::Outbox(outbox) => drop(outbox.offer(&parcel)),
            }
        }
    }
    ticks.tick().await;
    let took = server_time() - began;
    for task in tasks {
        task.abort();
        let _ = task.await;
    }
    drop(targets);
    reader.join().unwrap();
    took as f64 / 1_000.0 / (count * connections) as f64
}

/// A session's loop, as far as it matters here.
async fn tungstenite(stream: TcpStream, mailbox: Arc<Mailbox>) {
    let config = WebSocketConfig::default().read_buffer_size(4 * 1024);
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    let (mut sink, mut stream) = socket.split();
    let mut taken = Parcel::default();
    let mut pool = BytesMut::new();
    loop {
        tokio::select! {
            incoming = stream.next() => if !matches!(incoming, Some(Ok(_))) { return },
            () = mailbox.filled.notified() => {
                taken.clear();
                std::mem::swap(&mut taken, &mut mailbox.parcel.lock().unwrap());
                for message in taken.iter() {
                    pool.extend_from_slice(message);
                    sink.feed(Message::Binary(pool.split().freeze())).await.unwrap();
                }
                sink.flush().await.unwrap();
            }
        }
    }
}

/// The same with the server's own parts.
async fn session(line: Arc<Line>) {
    let mut socket = Socket::new(Arc::clone(&line), Encoding::Binary, Bytes::new());
    loop {
        tokio::select! {
            incoming = socket.next() => if !matches!(incoming, Some(Ok(_))) { return },
            _ = line.drive() => return,
        }
    }
}

/// Processor time of all threads but the reader, nanoseconds.
fn server_time() -> u64 {
    let threads = fs::read_dir("/proc/self/task").unwrap().map(|thread| thread.unwrap().path());
    threads
        .filter(|thread| fs::read_to_string(thread.join("comm")).is_ok_and(|name| name.trim() != "reader"))
        .map(|thread| {
            let times = fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
            times.split(' ').next().and_then(|time| time.parse::<u64>().ok()).unwrap_or(0)
        })
        .sum()
}
