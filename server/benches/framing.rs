//! What one update of one player costs the server, by who frames and who writes. Run it with
//! `cargo bench -p server --bench framing -- [connections] [seconds]`.
//!
//! The ways are compared within one run, as processor time of the server's threads for each update; the reading side
//! has a thread of its own that does not count. The yardstick is a bare loop that writes 8 bytes to every socket.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark that cannot go on has failed")]

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use protocol::Encoding;
use server::room::{Outbox, Parcel};
use server::session::outbound::Outbound;
use server::session::slot;
use server::transport::{Outgoing, TransportError};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

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
    /// A task for each connection is woken; the frame is written by hand.
    FramerInTask,
    /// The ticking task frames by hand and writes itself.
    FramerAtOnce,
}

const WAYS: [Way; 4] = [Way::Bare, Way::Tungstenite, Way::FramerInTask, Way::FramerAtOnce];

enum Target {
    Slot(Box<dyn Outbox>),
    Socket(Arc<TcpStream>),
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
            Way::Bare | Way::FramerAtOnce => Target::Socket(Arc::new(stream)),
            Way::Tungstenite | Way::FramerInTask => {
                let (outbox, deliveries) = slot::channel();
                tasks.push(tokio::spawn(async move {
                    if way == Way::Tungstenite {
                        tungstenite(stream, deliveries).await;
                    } else {
                        framer(stream, deliveries).await;
                    }
                }));
                Target::Slot(outbox)
            }
        });
    }
    let mut parcel = Parcel::default();
    parcel.push(&[7; PAYLOAD]);
    let mut ticks = interval(Duration::from_secs_f64(1.0 / RATE));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let count = seconds * RATE as usize;
    let mut frames = Vec::new();
    let mut began = 0;
    for tick in 0..count + 10 {
        ticks.tick().await;
        if tick == 10 {
            began = server_time();
        }
        for target in &mut targets {
            match target {
                Target::Slot(outbox) => drop(outbox.offer(&parcel)),
                Target::Socket(socket) if way == Way::Bare => drop(socket.try_write(&[7; 8])),
                Target::Socket(socket) => {
                    frame(&mut frames, &parcel);
                    drop(socket.try_write(&frames));
                }
            }
        }
    }
    ticks.tick().await;
    let took = server_time() - began;
    drop(targets);
    for task in tasks {
        task.await.unwrap();
    }
    reader.join().unwrap();
    took as f64 / 1_000.0 / (count * connections) as f64
}

/// A session's loop, as far as it matters here.
async fn tungstenite(stream: TcpStream, mut deliveries: slot::Deliveries) {
    let config = WebSocketConfig::default().read_buffer_size(4 * 1024);
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    let (sink, mut stream) = socket.split();
    let sink = sink.sink_map_err(|error: Error| TransportError::Broken(error.to_string())).with(|outgoing| {
        match outgoing {
            Outgoing::Message(bytes) => std::future::ready(Ok(Message::Binary(bytes))),
            Outgoing::Ping | Outgoing::Close(_) => unreachable!("only updates are sent"),
        }
    });
    let mut outbound = Outbound::new(sink, Encoding::Binary);
    loop {
        tokio::select! {
            incoming = stream.next() => if !matches!(incoming, Some(Ok(_))) { return },
            delivery = deliveries.next() => match delivery {
                Ok(parcel) => outbound.send_all(parcel).await.unwrap(),
                Err(_) => return,
            },
        }
    }
}

/// The same with frames written by hand.
async fn framer(stream: TcpStream, mut deliveries: slot::Deliveries) {
    let mut frames = Vec::new();
    loop {
        tokio::select! {
            _ = stream.readable() => {
                let nothing_yet = |error: std::io::Error| error.kind() == std::io::ErrorKind::WouldBlock;
                if !stream.try_read(&mut [0; 64]).is_err_and(nothing_yet) {
                    return;
                }
            }
            delivery = deliveries.next() => match delivery {
                Ok(parcel) => {
                    frame(&mut frames, parcel);
                    drop(stream.try_write(&frames));
                }
                Err(_) => return,
            },
        }
    }
}

/// Unmasked binary frames (RFC 6455, section 5.2), as a server sends them.
fn frame(frames: &mut Vec<u8>, parcel: &Parcel) {
    frames.clear();
    for message in parcel.iter() {
        frames.push(0x82);
        match message.len() {
            length @ 0..126 => frames.push(length as u8),
            length => {
                frames.push(126);
                frames.extend_from_slice(&(length as u16).to_be_bytes());
            }
        }
        frames.extend_from_slice(message);
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
