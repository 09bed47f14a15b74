//! A bad line between two network namespaces: it delays every packet, and loses some.
//!
//! Each end is a TUN device, a network card whose cable is a program: this one carries the packets over. So the TCP of
//! the kernel meets real delay and real loss, also on kernels that were built without `netem`.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, anyhow};
use client_core::sim::rng::Rng;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use tun_rs::{AsyncDevice, DeviceBuilder};

use crate::netns::Namespace;

/// Largest packet, bytes: as on Ethernet.
const MTU: u16 = 1_500;
/// Packets that are under way at most, each way; what comes on top is lost, as in a router.
const LONGEST_QUEUE: usize = 1_000;
/// Both ends are in this network.
const PREFIX: u8 = 30;

/// One of the two ends.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// Where it is.
    pub namespace: &'a Namespace,
    /// Its address; both are in one network of four.
    pub address: Ipv4Addr,
}

/// One way, as both threads know it.
#[derive(Debug, Default)]
struct Way {
    /// Bits of an `f32`: the share of the packets that is lost.
    loss: AtomicU32,
    carried: AtomicU64,
    lost: AtomicU64,
}

/// What was carried one way, packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// Arrived.
    pub carried: u64,
    /// Did not.
    pub lost: u64,
}

impl Way {
    fn loss(&self) -> f32 {
        f32::from_bits(self.loss.load(Ordering::Relaxed))
    }

    fn read(&self) -> Traffic {
        Traffic { carried: self.carried.load(Ordering::Relaxed), lost: self.lost.load(Ordering::Relaxed) }
    }
}

/// A line that works until this is dropped.
pub struct BadLine {
    there: Arc<Way>,
    back: Arc<Way>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl BadLine {
    /// Connects two namespaces. A packet takes `delay` from one to the other; none is lost yet. With the same seed it is
    /// the same packets that are lost, counted from the first.
    ///
    /// # Errors
    /// Says what is missing on machines without TUN devices, or where we may not make any.
    pub fn connect(here: End, far: End, delay: Duration, seed: u64) -> anyhow::Result<Self> {
        let (there, back) = (Arc::<Way>::default(), Arc::<Way>::default());
        let (way_there, way_back) = (Arc::clone(&there), Arc::clone(&back));
        let (stop, stopped) = oneshot::channel();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (here, far) = {
            // Devices are registered with the runtime that will carry their packets.
            let _entered = runtime.enter();
            (plug(here, far.address)?, plug(far, here.address)?)
        };
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                let mut rng = Rng::new(seed);
                let seeds = [rng.next_u32(), rng.next_u32()].map(u64::from);
                tokio::select! {
                    () = carry(&here, &far, delay, seeds[0], &way_there) => {}
                    () = carry(&far, &here, delay, seeds[1], &way_back) => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(Self { there, back, stop: Some(stop), thread: Some(thread) })
    }

    /// Loses this share of the packets from now on, both ways: 0 to 1.
    pub fn lose(&self, share: f32) {
        for way in [&self.there, &self.back] {
            way.loss.store(share.to_bits(), Ordering::Relaxed);
        }
    }

    /// What was carried from the first end to the second.
    #[must_use]
    pub fn there(&self) -> Traffic {
        self.there.read()
    }

    /// What was carried from the second end to the first.
    #[must_use]
    pub fn back(&self) -> Traffic {
        self.back.read()
    }
}

impl Drop for BadLine {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It panicked, or it did not: the line is down either way.
            let _ = thread.join();
        }
    }
}

/// Makes the device of one end.
fn plug(end: End, other: Ipv4Addr) -> anyhow::Result<AsyncDevice> {
    // On a thread of its own: whoever calls stays in its namespace.
    let device = std::thread::scope(|scope| {
        let make = || {
            end.namespace.enter()?;
            let builder = DeviceBuilder::new().name("line").mtu(MTU).ipv4(end.address, PREFIX, Some(other));
            builder.enable(true).build_sync().context("no TUN device (is there a /dev/net/tun?)")
        };
        scope.spawn(make).join().map_err(|_| anyhow!("making a TUN device panicked"))?
    })?;
    Ok(AsyncDevice::new(device)?)
}

/// Carries packets one way until a device fails.
async fn carry(from: &AsyncDevice, to: &AsyncDevice, delay: Duration, seed: u64, way: &Way) {
    let (enter, mut leave) = mpsc::channel::<(Instant, Vec<u8>)>(LONGEST_QUEUE);
    let mut rng = Rng::new(seed);
    let take_up = async {
        let mut packet = [0; MTU as usize];
        while let Ok(length) = from.recv(&mut packet).await {
            // IPv6 looks for neighbours on its own; the game's packets shall not share their fate with these.
            if packet[0] >> 4 != 4 {
                continue;
            }
            let due = Instant::now() + delay;
            let lost =
                rng.next_unit() < way.loss() || enter.try_send((due, packet[..length].to_vec())).is_err();
            if lost {
                way.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    let hand_over = async {
        while let Some((due, packet)) = leave.recv().await {
            sleep_until(due).await;
            if to.send(&packet).await.is_err() {
                break;
            }
            way.carried.fetch_add(1, Ordering::Relaxed);
        }
    };
    tokio::select! {
        () = take_up => {}
        () = hand_over => {}
    }
}
