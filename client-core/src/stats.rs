//! Figures about the connection, for a net graph and for load tests.

/// Figures about the connection. Counts are since the client was made, across reconnects.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetStats {
    /// Round trip that the last heartbeat measured, milliseconds.
    pub rtt_ms: f64,
    /// How late snapshots come against the quickest, 99th percentile of the last 10 s, milliseconds.
    pub jitter_ms: f64,
    /// Time since the newest snapshot came, milliseconds.
    pub snapshot_age_ms: f64,
    /// How far behind the newest snapshot others are drawn, milliseconds.
    pub interpolation_ms: f64,
    /// How far the own player is ahead of the server, ticks.
    pub lead_ticks: f64,
    /// How many ticks before its tick the newest input reached the server, as the server said; negative when late.
    pub input_lead: i32,
    /// Estimate of the server's tick at the last update, with its fraction.
    pub server_tick: f64,
    /// The tick up to which the own player is predicted.
    pub predicted_tick: u32,
    /// Times that the own avatar was elsewhere than predicted, by more than 0.01 units. Respawns do not count.
    pub corrections: u64,
    /// Largest of these corrections, units.
    pub largest_correction: f32,
    /// Times that the predicted tick jumped instead of being played tick by tick.
    pub jumps: u64,
    /// Updates while online.
    pub frames: u64,
    /// Of these, updates without a snapshot after the moment that others are drawn at.
    pub starved_frames: u64,
    /// Snapshots that were received.
    pub snapshots: u64,
    /// Of these, keyframes.
    pub keyframes: u64,
    /// Newest positions of players that snapshots brought: one for each player who is elsewhere than in the snapshot before,
    /// and everybody in a keyframe.
    pub positions: u64,
    /// Keyframes that were asked for.
    pub resyncs: u64,
    /// Bytes received, without what the transport adds.
    pub bytes_in: u64,
    /// Bytes sent, without what the transport adds.
    pub bytes_out: u64,
    /// Messages received.
    pub messages_in: u64,
    /// Messages sent.
    pub messages_out: u64,
    /// Messages that could not be read and were ignored.
    pub bad_messages: u64,
    /// Times that we came back after the connection was lost.
    pub reconnects: u32,
}
