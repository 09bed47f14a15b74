//! What the server counts, for `/metrics` in the Prometheus text format.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

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

/// A room played a tick.
pub(crate) fn tick_played(took: Duration) {
    metrics::histogram!("hotswap_tick_seconds").record(took.as_secs_f64());
}

/// Seats that are taken.
pub(crate) fn players(count: usize) {
    metrics::gauge!("hotswap_players").set(count as f64);
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
