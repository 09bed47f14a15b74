//! The counts of one release: how far each player is, when it got there, and the chart of it.

use std::collections::BTreeMap;
use std::time::Instant;

use protocol::{ReleaseInfo, UpdateStage, limits};
use serde::{Deserialize, Serialize};
use sim::PlayerId;

use super::adoption::Ack;
use super::crowd::Present;
use super::plan::Reach;

/// So many players are told apart for one release.
const MAX_PLAYERS: usize = 16_384;
/// So many error texts are kept of one release.
const MAX_ERRORS: usize = 20;
/// A client that claims more than ten minutes is not believed.
const MAX_MS: f32 = 600_000.0;
/// Points of a chart; then every second one goes.
const MAX_POINTS: usize = 240;

/// How clients took one release, since it was published.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AckSummary {
    /// Players that received and verified it, or have got further.
    pub fetched: u32,
    /// Players that compiled it, or have got further.
    pub armed: u32,
    /// Players that switched to it.
    pub active: u32,
    /// Players that could not.
    pub failed: u32,
    /// Median time from the announcement to the switch, milliseconds on the server's clock, of the players who were there.
    pub p50_ms: Option<f32>,
    /// The same for the slowest in a hundred.
    pub p99_ms: Option<f32>,
    /// The slowest in a hundred until they had it ready, milliseconds, as clients say.
    pub ready_p99_ms: Option<f32>,
    /// Some of what went wrong, oldest first.
    pub errors: Vec<AckError>,
}

/// What went wrong at one client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AckError {
    /// Whose client.
    pub player: PlayerId,
    /// In its words.
    pub error: String,
    /// Its browser.
    pub browser: String,
}

/// How those who are connected now, in rooms that are to play it, take a release.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AdoptionStatus {
    /// Number of the release.
    pub release: u32,
    /// What the operator called it.
    pub version: String,
    /// Players who should have it.
    pub expected: u32,
    /// Of these, the ones that only received and verified it.
    pub fetched: u32,
    /// The ones that have it compiled and wait for its tick.
    pub armed: u32,
    /// The ones that switched to it.
    pub active: u32,
    /// The ones that could not.
    pub failed: u32,
    /// The ones that did neither yet.
    pub behind: u32,
    /// Everything since it was published, times and errors.
    pub since: AckSummary,
    /// The chart.
    pub points: Vec<Point>,
}

/// One moment of the chart. Whoever is active counts as armed, too, and so on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Point {
    /// Since the release was published, milliseconds.
    pub ms: u64,
    /// Connected players who should have it.
    pub expected: u32,
    /// Who had received it.
    pub fetched: u32,
    /// Who had it ready.
    pub armed: u32,
    /// Who had switched.
    pub active: u32,
    /// Who could not.
    pub failed: u32,
}

impl AckSummary {
    /// Reads what was stored; anything else counts as nothing.
    pub(super) fn read(stored: Option<&str>) -> Self {
        stored.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

/// The counts of one release.
pub(super) struct Tally {
    /// What was counted before the server was started.
    before: AckSummary,
    players: BTreeMap<PlayerId, PlayerAck>,
    errors: Vec<AckError>,
    begun: Instant,
    /// Which rooms heard of it when.
    told: Vec<(Reach, Instant)>,
    first_active_ms: Option<u64>,
    points: Vec<Point>,
    condemned: bool,
}

/// How far one player is.
#[derive(Clone, Copy, Default)]
struct PlayerAck {
    fetched: bool,
    armed: bool,
    active: bool,
    failed: bool,
    /// Milliseconds until it was ready, as the client says.
    ready_ms: Option<f32>,
    /// Milliseconds until it had switched.
    switched_ms: Option<f32>,
}

impl Default for Tally {
    fn default() -> Self {
        Self::after(AckSummary::default())
    }
}

impl Tally {
    /// Goes on counting.
    pub(super) fn after(before: AckSummary) -> Self {
        Self {
            first_active_ms: (before.active > 0).then_some(0),
            before,
            players: BTreeMap::new(),
            errors: Vec::new(),
            begun: Instant::now(),
            told: Vec::new(),
            points: Vec::new(),
            condemned: false,
        }
    }

    pub(super) fn told(&mut self, reach: Reach, now: Instant) {
        self.told.push((reach, now));
    }

    pub(super) fn first_active_ms(&self) -> Option<u64> {
        self.first_active_ms
    }

    /// Takes an ack in; `false` when there is no place for it.
    pub(super) fn record(&mut self, present: Option<&Present>, now: Instant, ack: Ack) -> bool {
        let Ack { player, ok, error, ms, stage, .. } = ack;
        if self.players.len() >= MAX_PLAYERS && !self.players.contains_key(&player) {
            return false;
        }
        let record = self.players.entry(player).or_default();
        if !ok {
            if !std::mem::replace(&mut record.failed, true) && self.errors.len() < MAX_ERRORS {
                let error = error.unwrap_or_else(|| "no reason given".into());
                let error = limits::clean_text(&error, limits::MAX_ACK_ERROR_CHARS);
                let browser = present.map(|present| present.agent.to_string()).unwrap_or_default();
                self.errors.push(AckError { player, error, browser });
            }
            return true;
        }
        record.failed = false;
        record.fetched = true;
        record.armed |= stage != UpdateStage::Fetched;
        if record.armed {
            record.ready_ms.get_or_insert(if ms.is_finite() { ms.clamp(0.0, MAX_MS) } else { MAX_MS });
        }
        if stage == UpdateStage::Active && !record.active {
            record.active = true;
            self.first_active_ms.get_or_insert_with(crate::unix_ms);
            record.switched_ms = switched_ms(&self.told, present, now);
        }
        true
    }

    /// How many should play it, and how many of them cannot.
    pub(super) fn failing(&self, expected: impl Iterator<Item = PlayerId>) -> (usize, usize) {
        let failed = |player| usize::from(self.players.get(&player).is_some_and(|ack| ack.failed));
        expected.fold((0, 0), |(all, bad), player| (all + 1, bad + failed(player)))
    }

    /// True when that had been said before.
    pub(super) fn condemn(&mut self) -> bool {
        std::mem::replace(&mut self.condemned, true)
    }

    pub(super) fn newest_error(&self) -> &str {
        self.errors.last().map_or("", |error| &error.error)
    }

    /// Adds a point to the chart.
    pub(super) fn sample(&mut self, expected: impl Iterator<Item = PlayerId>, now: Instant) {
        let mut point =
            Point { ms: now.saturating_duration_since(self.begun).as_millis() as u64, ..Point::default() };
        for player in expected {
            let ack = self.players.get(&player).copied().unwrap_or_default();
            point.expected += 1;
            point.fetched += u32::from(ack.fetched);
            point.armed += u32::from(ack.armed);
            point.active += u32::from(ack.active);
            point.failed += u32::from(ack.failed);
        }
        if self.points.len() >= MAX_POINTS {
            let mut odd = false;
            self.points.retain(|_| {
                odd = !odd;
                odd
            });
        }
        self.points.push(point);
    }

    /// How those who should have it are doing.
    pub(super) fn status(
        &self,
        info: &ReleaseInfo,
        expected: impl Iterator<Item = PlayerId>,
    ) -> AdoptionStatus {
        let mut status = AdoptionStatus {
            release: info.number,
            version: info.version.clone(),
            expected: 0,
            fetched: 0,
            armed: 0,
            active: 0,
            failed: 0,
            behind: 0,
            since: self.summary(),
            points: self.points.clone(),
        };
        for player in expected {
            let ack = self.players.get(&player).copied().unwrap_or_default();
            status.expected += 1;
            match ack {
                PlayerAck { failed: true, .. } => status.failed += 1,
                PlayerAck { active: true, .. } => status.active += 1,
                PlayerAck { armed: true, .. } => status.armed += 1,
                PlayerAck { fetched: true, .. } => status.fetched += 1,
                _ => {}
            }
        }
        status.behind = status.expected - status.failed - status.active;
        status
    }

    pub(super) fn summary(&self) -> AckSummary {
        let count = |is: fn(&PlayerAck) -> bool| self.players.values().filter(|ack| is(ack)).count() as u32;
        let sorted = |time: fn(&PlayerAck) -> Option<f32>| {
            let mut times: Vec<f32> = self.players.values().filter_map(time).collect();
            times.sort_unstable_by(f32::total_cmp);
            times
        };
        let (switched, ready) = (sorted(|ack| ack.switched_ms), sorted(|ack| ack.ready_ms));
        let mut errors = self.before.errors.clone();
        errors.extend_from_slice(&self.errors);
        errors.truncate(MAX_ERRORS);
        AckSummary {
            fetched: self.before.fetched + count(|ack| ack.fetched),
            armed: self.before.armed + count(|ack| ack.armed),
            active: self.before.active + count(|ack| ack.active),
            failed: self.before.failed + count(|ack| ack.failed),
            p50_ms: percentile(&switched, 50).or(self.before.p50_ms),
            p99_ms: percentile(&switched, 99).or(self.before.p99_ms),
            ready_p99_ms: percentile(&ready, 99).or(self.before.ready_p99_ms),
            errors,
        }
    }
}

/// From when a player's room heard of the release; nothing for somebody who came later.
fn switched_ms(told: &[(Reach, Instant)], present: Option<&Present>, now: Instant) -> Option<f32> {
    let present = present?;
    let (_, heard) = told.iter().find(|(reach, _)| reach.has(present.room))?;
    (present.since <= *heard).then(|| now.saturating_duration_since(*heard).as_secs_f32() * 1_000.0)
}

/// The smallest of `sorted` that at least `percent` of them do not exceed (nearest rank).
fn percentile(sorted: &[f32], percent: usize) -> Option<f32> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}
