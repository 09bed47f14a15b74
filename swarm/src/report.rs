//! What came of a load test, for people and for programs.

use std::fmt;

use serde_json::{Value, json};

use crate::crowd::tally::Times;
use crate::measure::{Glance, Measurement, Stage};

/// A measurement with all that one wants to know of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// The measurement.
    pub measured: Measurement,
    /// How wrong the server's clock can be estimated, milliseconds.
    pub clock_error_ms: Option<f64>,
}

/// How updates are counted, in a sentence.
const UPDATES: &str = "one update is one player's newest position reaching one client: the mean number of players that \
    a sampled client's snapshot moves, times the snapshots that all clients received";
/// How ages are counted, in a sentence.
const AGES: &str = "age is the arrival of a snapshot minus the intended begin of its tick on the server's clock; a tick \
    that was left out counts until the next one comes";

impl Report {
    /// Everything as one JSON object; numbers end in their unit.
    #[must_use]
    pub fn json(&self) -> Value {
        let measured = &self.measured;
        let (window, samples) = (&measured.window, &measured.samples);
        let bottlenecks = measured.bottlenecks();
        let mut errors = measured.before.errors.clone();
        for (what, count) in &window.errors {
            *errors.entry(what.clone()).or_default() += count;
        }
        json!({
            "players": measured.players,
            "in_fight": measured.in_fight,
            "lost": measured.before.lost + window.lost,
            "seconds": measured.span.as_secs_f64(),
            "snapshots": window.states,
            "ticks_left_out": window.skipped,
            "updates_per_second": measured.updates_per_second(),
            "players_moved_per_snapshot": samples.positions_per_snapshot(),
            "bytes_in_per_player_per_second": measured.bytes_per_player(),
            "bytes_in": window.bytes_in,
            "bytes_out": window.bytes_out,
            "messages_sent": window.sent,
            "age_ms": percentiles(&window.ages),
            "age_clock_error_ms": self.clock_error_ms,
            "connect_ms": percentiles(&measured.before.joining),
            "all_in_ms": measured.all_in.as_secs_f64() * 1_000.0,
            "errors": errors,
            "samples": {
                "players": samples.players,
                "snapshots": samples.snapshots,
                "corrections": samples.corrections,
                "reconnects": samples.reconnects,
                "bad_messages": samples.bad_messages,
                "resyncs": samples.resyncs,
                "rtt_ms": samples.rtt_ms,
            },
            "own": {
                "turn_lag_ms": percentiles(&window.lag),
                "busiest_thread_cores": measured.thread_cpu,
                "process_cores": measured.process_cpu,
                "cores": measured.cores,
            },
            "complete": measured.complete(),
            "bottleneck": if bottlenecks.is_empty() { Value::Null } else { json!("swarm") },
            "bottleneck_reasons": bottlenecks,
        })
    }
}

fn percentiles(times: &Times) -> Value {
    json!({
        "p50": times.percentile_ms(50.0),
        "p99": times.percentile_ms(99.0),
        "p99.9": times.percentile_ms(99.9),
        "max": times.max_ms(),
    })
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let measured = &self.measured;
        let (window, samples, joining) = (&measured.window, &measured.samples, &measured.before.joining);
        let ms = |times: &Times, percent| times.percentile_ms(percent);
        let (players, fighting) = (measured.players, measured.in_fight);
        writeln!(
            out,
            "players       {players}, {fighting} in the fight ({} whole clients)",
            samples.players
        )?;
        writeln!(
            out,
            "connecting    p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms; all in the fight after {:.2} s",
            ms(joining, 50.0),
            ms(joining, 99.0),
            joining.max_ms(),
            measured.all_in.as_secs_f64()
        )?;
        writeln!(
            out,
            "updates       {:.0} a second, {:.1} players moved per snapshot",
            measured.updates_per_second(),
            samples.positions_per_snapshot()
        )?;
        writeln!(out, "bytes         {:.0} a second to each player", measured.bytes_per_player())?;
        writeln!(
            out,
            "state age     p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms, max {:.2} ms",
            ms(&window.ages, 50.0),
            ms(&window.ages, 99.0),
            ms(&window.ages, 99.9),
            window.ages.max_ms()
        )?;
        if let Some(error) = self.clock_error_ms {
            writeln!(out, "              the server's clock is known to {error:.2} ms")?;
        }
        writeln!(
            out,
            "ticks         {} snapshots received, {:.2} % left out by the server",
            window.states,
            measured.skipped_share() * 100.0
        )?;
        writeln!(
            out,
            "samples       {} corrections, {} reconnects, {} bad messages, round trip {:.1} ms",
            samples.corrections, samples.reconnects, samples.bad_messages, samples.rtt_ms
        )?;
        let lost = measured.before.lost + window.lost;
        writeln!(out, "lost          {lost} players")?;
        for (what, count) in measured.before.errors.iter().chain(&window.errors) {
            writeln!(out, "              {count} x {what}")?;
        }
        writeln!(
            out,
            "this crowd    {:.0} % of a core in its busiest thread, turns {:.1} ms late (p99)",
            measured.thread_cpu * 100.0,
            ms(&window.lag, 99.0)
        )?;
        writeln!(out, "\n{UPDATES}.\n{AGES}.")?;
        let bottlenecks = measured.bottlenecks();
        if !bottlenecks.is_empty() {
            writeln!(
                out,
                "\nThis does not count: the bottleneck was the crowd, {}.",
                bottlenecks.join("; ")
            )?;
        }
        if !measured.complete() {
            writeln!(out, "\nNot everybody was in the fight all the time.")?;
        }
        Ok(())
    }
}

/// One line on a running test.
#[must_use]
pub fn line(glance: &Glance, players: u32) -> String {
    let stage = match glance.stage {
        Stage::Joining => "joining",
        Stage::WarmingUp => "warming up",
        Stage::Measuring => "measuring",
    };
    let seconds = glance.span.as_secs_f64().max(1e-9);
    format!(
        "{:5.0} s  {stage:<10}  {}/{players} in the fight  {:.0} snapshots/s  {:.1} MB/s in  age p50 {:.1} p99 {:.1} ms  \
         {} lost",
        glance.elapsed.as_secs_f64(),
        glance.in_fight,
        glance.tally.states as f64 / seconds,
        glance.tally.bytes_in as f64 / seconds / 1e6,
        glance.tally.ages.percentile_ms(50.0),
        glance.tally.ages.percentile_ms(99.0),
        glance.tally.lost,
    )
}
