//! What the server counts, for `/metrics` in the Prometheus text format.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::lobby::FIRST_PRIVATE;
use crate::room::core::Keyframes;

/// Buckets of the tick duration, seconds: from idle to the whole tick at 30 Hz.
const TICK_BUCKETS: [f64; 8] = [0.000_1, 0.000_3, 0.001, 0.003, 0.010, 0.020, 0.033, 0.1];

static MESSAGES_RECEIVED: Traffic = Traffic(AtomicU64::new(0));
static BYTES_RECEIVED: Traffic = Traffic(AtomicU64::new(0));
static WRITES: Traffic = Traffic(AtomicU64::new(0));
static BYTES_SENT: Traffic = Traffic(AtomicU64::new(0));

/// Counted for every player in every tick: a plain number, which the recorder gets to know when somebody reads it.
struct Traffic(AtomicU64);

impl Traffic {
    fn add(&self, count: usize) {
        self.0.fetch_add(count as u64, Ordering::Relaxed);
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Everything that was counted, in the Prometheus text format; `None` when nothing is.
pub(crate) fn render() -> Option<String> {
    let handle = handle()?;
    metrics::counter!("hotswap_messages_received_total").absolute(MESSAGES_RECEIVED.count());
    metrics::counter!("hotswap_bytes_received_total").absolute(BYTES_RECEIVED.count());
    metrics::counter!("hotswap_writes_total").absolute(WRITES.count());
    metrics::counter!("hotswap_bytes_sent_total").absolute(BYTES_SENT.count());
    Some(handle.render())
}

/// Starts counting, once a process, and gives the handle to read the counts.
pub(crate) fn handle() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Full("hotswap_tick_seconds".to_owned()), &TICK_BUCKETS)
                .and_then(|builder| builder.install_recorder())
                .inspect_err(|error| tracing::warn!("no metrics: {error}"))
                .ok()
        })
        .as_ref()
}

/// How often what was timed is sorted into buckets.
const SORT_EVERY: Duration = Duration::from_secs(5);

/// Sorts into buckets what was timed, for as long as it runs. Without it each tick of each room would be kept one by one
/// until somebody reads the metrics, and maybe nobody does.
pub(crate) async fn keep_sorted() {
    while let Some(handle) = handle() {
        handle.run_upkeep();
        tokio::time::sleep(SORT_EVERY).await;
    }
}

/// A room played a tick, `late` after it was due.
pub(crate) fn tick_played(took: Duration, late: Duration) {
    static LATEST_US: AtomicU64 = AtomicU64::new(0);
    metrics::histogram!("hotswap_tick_seconds").record(took.as_secs_f64());
    let late_us = late.as_micros() as u64;
    if LATEST_US.fetch_max(late_us, Ordering::Relaxed) < late_us {
        metrics::gauge!("hotswap_tick_late_seconds_max").set(late.as_secs_f64());
    }
}

/// A room left out ticks, as it could not keep up.
pub(crate) fn ticks_left_out(count: u32) {
    metrics::counter!("hotswap_ticks_left_out_total").increment(u64::from(count));
}

/// A room encoded keyframes in a tick, and sent them.
pub(crate) fn keyframes(keyframes: Keyframes) {
    if keyframes != Keyframes::default() {
        metrics::counter!("hotswap_keyframes_encoded_total").increment(u64::from(keyframes.encoded));
        metrics::counter!("hotswap_keyframes_sent_total").increment(u64::from(keyframes.sent));
    }
}

/// A room plays a release from now on; 0 is the native rules.
pub(crate) fn room_plays(room: u32, release: u32) {
    if is_listed(room) {
        metrics::gauge!("hotswap_room_release", "room" => room.to_string()).set(f64::from(release));
    }
}

/// A room plays nothing any more.
pub(crate) fn room_closed(room: u32) {
    if is_listed(room) {
        metrics::gauge!("hotswap_room_release", "room" => room.to_string()).set(f64::NAN);
    }
}

/// Private rooms have ever new numbers, which would be kept for ever.
fn is_listed(room: u32) -> bool {
    room < FIRST_PRIVATE
}

/// Seats that are taken.
pub(crate) fn players(count: usize) {
    metrics::gauge!("hotswap_players").set(count as f64);
}

/// Players who wait for a seat.
pub(crate) fn waiting(count: u32) {
    metrics::gauge!("hotswap_waiting").set(f64::from(count));
}

/// Those who only watch.
pub(crate) fn watchers(count: u32) {
    metrics::gauge!("hotswap_watchers").set(f64::from(count));
}

/// A connection came or went.
pub(crate) fn connections(change: f64) {
    metrics::gauge!("hotswap_connections").increment(change);
}

/// A message came in.
pub(crate) fn received(bytes: usize) {
    MESSAGES_RECEIVED.add(1);
    BYTES_RECEIVED.add(bytes);
}

/// Messages went out with one write.
pub(crate) fn sent(bytes: usize) {
    WRITES.add(1);
    BYTES_SENT.add(bytes);
}

/// A connection was closed by the server.
pub(crate) fn closed(reason: &'static str) {
    metrics::counter!("hotswap_closed_total", "reason" => reason).increment(1);
}
