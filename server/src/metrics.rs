//! What the server counts, for `/metrics` in the Prometheus text format.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Buckets of the tick duration, seconds: from idle to the whole tick at 30 Hz.
const TICK_BUCKETS: [f64; 8] = [0.000_1, 0.000_3, 0.001, 0.003, 0.010, 0.020, 0.033, 0.1];

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

/// A room plays a release from now on; 0 is the native rules.
pub(crate) fn room_plays(room: u32, release: u32) {
    metrics::gauge!("hotswap_room_release", "room" => room.to_string()).set(f64::from(release));
}

/// A room plays nothing any more.
pub(crate) fn room_closed(room: u32) {
    metrics::gauge!("hotswap_room_release", "room" => room.to_string()).set(f64::NAN);
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
    metrics::counter!("hotswap_messages_received_total").increment(1);
    metrics::counter!("hotswap_bytes_received_total").increment(bytes as u64);
}

/// What goes out through one connection. Looked up once, as this is counted for every player in every tick.
pub(crate) struct Sent {
    writes: metrics::Counter,
    bytes: metrics::Counter,
}

impl Sent {
    pub(crate) fn new() -> Self {
        Self {
            writes: metrics::counter!("hotswap_writes_total"),
            bytes: metrics::counter!("hotswap_bytes_sent_total"),
        }
    }

    /// Messages went out with one write.
    pub(crate) fn record(&self, bytes: usize) {
        self.writes.increment(1);
        self.bytes.increment(bytes as u64);
    }
}

/// A connection was closed by the server.
pub(crate) fn closed(reason: &'static str) {
    metrics::counter!("hotswap_closed_total", "reason" => reason).increment(1);
}
