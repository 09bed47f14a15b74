//! One sentence that says what is wrong, for somebody who asks "why is it lagging?". On a phone it has two short lines.

use client_core::{ConnectionState, NetStats};

use super::history::{History, SLICE_MS};
use crate::i18n::{fill, t};

/// A connection that was silent for this long is stalling, milliseconds.
const STALL_MS: f64 = 600.0;
/// How long a lost connection is worth a word after it came back, milliseconds.
const BACK_MS: f64 = 8_000.0;
/// What the rest is judged by, milliseconds.
const WINDOW_MS: f64 = 3_000.0;
/// Of all frames, the share without news of others that is noticed.
const STARVED: f64 = 0.08;
/// Fewer frames than this are a slow computer, per second.
const FEW_FRAMES: f64 = 35.0;
/// Snapshots that come this much too late are noticed in how others are drawn, milliseconds.
const UNEVEN_MS: f64 = 25.0;
/// From here on a fight is no longer fair, milliseconds.
const FAR_MS: f64 = 160.0;
/// A sentence stays at least this long, unless there is worse to say, milliseconds.
const STAYS_MS: f64 = 2_500.0;
/// The same sentence is said again with other numbers after this time, milliseconds: it is read aloud each time.
const REPEATS_MS: f64 = 4_000.0;

/// What is wrong, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    /// There is no connection.
    Offline,
    /// Nothing comes.
    Stalling,
    /// The connection was lost a moment ago.
    WasLost,
    /// The computer cannot keep up.
    SlowComputer,
    /// What we press comes too late for its tick.
    LateInputs,
    /// Others are drawn without news of them.
    Starving,
    /// Snapshots come unevenly.
    Uneven,
    /// The server is far away.
    Far,
    /// Nothing is.
    Nothing,
}

impl Trouble {
    /// As style sheets and tests know it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Stalling => "stalling",
            Self::WasLost => "lost",
            Self::SlowComputer => "slow",
            Self::LateInputs => "late",
            Self::Starving => "starving",
            Self::Uneven => "uneven",
            Self::Far => "far",
            Self::Nothing => "none",
        }
    }
}

/// The sentence that is shown.
#[derive(Debug)]
pub(super) struct Verdict {
    /// What is wrong.
    pub(super) trouble: Trouble,
    /// The same in words.
    pub(super) text: String,
    said_ms: f64,
}

impl Verdict {
    /// Nothing is said yet.
    pub(super) fn new() -> Self {
        Self { trouble: Trouble::Nothing, text: String::new(), said_ms: f64::NEG_INFINITY }
    }

    /// Judges anew. Sentences do not flicker: one that is no worse waits until the last one was read.
    pub(super) fn update(
        &mut self,
        history: &History,
        stats: &NetStats,
        connection: &ConnectionState,
        now_ms: f64,
    ) {
        let trouble = find(history, stats, connection, now_ms);
        let stays_ms = if trouble == self.trouble { REPEATS_MS } else { STAYS_MS };
        if trouble < self.trouble || now_ms - self.said_ms > stays_ms {
            self.trouble = trouble;
            self.text = say(trouble, history, stats);
            self.said_ms = now_ms;
        }
    }
}

fn find(history: &History, stats: &NetStats, connection: &ConnectionState, now_ms: f64) -> Trouble {
    let (mut frames, mut starved, mut late, mut slices) = (0, 0, 0, 0);
    for slice in history.last(WINDOW_MS) {
        slices += 1;
        frames += slice.frames;
        starved += slice.starved;
        late += u32::from(slice.late_input);
    }
    // A judgement needs a second of play.
    let enough = f64::from(slices) * SLICE_MS >= 1_000.0;
    let frames_a_second = f64::from(frames) / (f64::from(slices.max(1)) * SLICE_MS / 1_000.0);
    if !matches!(connection, ConnectionState::Online) {
        Trouble::Offline
    } else if stats.snapshot_age_ms > STALL_MS {
        Trouble::Stalling
    } else if history.since_back_ms(now_ms).is_some_and(|ms| ms < BACK_MS) {
        Trouble::WasLost
    } else if enough && frames_a_second < FEW_FRAMES {
        Trouble::SlowComputer
    } else if enough && late * 2 > slices {
        Trouble::LateInputs
    } else if enough && f64::from(starved) > STARVED * f64::from(frames) {
        Trouble::Starving
    } else if stats.jitter_ms > UNEVEN_MS {
        Trouble::Uneven
    } else if stats.rtt_ms > FAR_MS {
        Trouble::Far
    } else {
        Trouble::Nothing
    }
}

fn say(trouble: Trouble, history: &History, stats: &NetStats) -> String {
    match trouble {
        Trouble::Offline => t("net.offline").to_owned(),
        Trouble::Stalling => t("net.stalling").to_owned(),
        Trouble::WasLost => t("net.was_lost").to_owned(),
        Trouble::SlowComputer => {
            let frames: u32 = history.last(1_000.0).map(|slice| slice.frames).sum();
            fill("net.slow", &[("n", &frames.to_string())])
        }
        Trouble::LateInputs => t("net.late").to_owned(),
        Trouble::Starving => t("net.starving").to_owned(),
        Trouble::Uneven => {
            let late = rounded(history.mean_delay_ms(WINDOW_MS));
            fill("net.uneven", &[("n", &late.to_string())])
        }
        Trouble::Far => {
            let rtt = rounded(stats.rtt_ms);
            fill("net.far", &[("n", &rtt.to_string())])
        }
        Trouble::Nothing => t("net.fine").to_owned(),
    }
}

/// To tens: a sentence whose numbers jitter is read by nobody.
fn rounded(ms: f64) -> f64 {
    (ms / 10.0).round() * 10.0
}
