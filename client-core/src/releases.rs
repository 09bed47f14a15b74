//! Releases of rules: from the announcement over fetching, verifying and compiling to the switch at the named tick.
//!
//! What is in force when is a timeline, so that a replay of past ticks plays each with the rules of that tick.

use hotlogic::{ActiveRules, HOST_API, RhaiRules, content_hash, shipped};
use protocol::limits::{MAX_ACK_ERROR_CHARS, clean_text};
use protocol::{ClientMessage, ReleaseInfo, UpdateStage};
use sim::{Rules, RulesError, Tick, Tuning};

use crate::outbox::{Action, ClientEvent, Outbox};

/// Compiled scripts that are kept.
const MAX_CACHED: usize = 8;
/// Tries after the first one that failed.
const MAX_RETRIES: u32 = 3;
/// Pause before the first of them, milliseconds; doubles.
const RETRY_MS: f64 = 500.0;
/// A fetch that is not answered for so long has failed, milliseconds.
const FETCH_TIMEOUT_MS: f64 = 10_000.0;
/// How long a release that was replaced is kept for replays, ticks.
const HISTORY_TICKS: u32 = 300;

/// One release on the timeline.
struct Slot {
    from: Tick,
    info: ReleaseInfo,
    /// `None` while it is not compiled yet, or cannot be used.
    rules: Option<ActiveRules>,
    announced_ms: f64,
    active: bool,
    failed: bool,
    /// The same rules as before in an arena of another size: nobody needs to be told.
    quiet: bool,
}

struct Fetch {
    hash: String,
    tries: u32,
    /// When the pause is over, or when the wait for an answer is.
    due_ms: f64,
    asked: bool,
}

/// All releases that matter now.
pub(crate) struct Releases {
    /// In the order of their ticks.
    timeline: Vec<Slot>,
    cache: Vec<(String, RhaiRules)>,
    fetches: Vec<Fetch>,
    native: ActiveRules,
}

impl Releases {
    pub(crate) fn new() -> Self {
        Self { timeline: Vec::new(), cache: Vec::new(), fetches: Vec::new(), native: ActiveRules::default() }
    }

    /// The server said what is in force; forgets what it said before a connection was lost.
    pub(crate) fn restart(&mut self, now_ms: f64, info: ReleaseInfo, out: &mut Outbox) {
        self.timeline.clear();
        self.announce(now_ms, info, Tick(0), out);
    }

    /// Whether `info` is what is in force, or announced, in an arena of another size.
    pub(crate) fn only_resizes(&self, info: &ReleaseInfo) -> bool {
        self.timeline.last().is_some_and(|last| {
            let (number, scale) = (last.info.number, last.info.arena_scale);
            number == info.number && last.info.hash == info.hash && scale != info.arena_scale
        })
    }

    /// A release will be, or is, in force from a tick on.
    pub(crate) fn announce(&mut self, now_ms: f64, info: ReleaseInfo, from: Tick, out: &mut Outbox) {
        self.timeline.retain(|slot| slot.from != from);
        let at = self.timeline.partition_point(|slot| slot.from < from);
        let resized = |before: &Slot| before.info.number == info.number && before.info.hash == info.hash;
        let quiet = at.checked_sub(1).is_some_and(|before| resized(&self.timeline[before]));
        let slot =
            Slot { from, info, rules: None, announced_ms: now_ms, active: false, failed: false, quiet };
        self.timeline.insert(at, slot);
        let info = self.timeline[at].info.clone();
        if info.number == 0 {
            self.timeline[at].rules = Some(ActiveRules::of(None, info.arena_scale));
        } else if info.host_api != HOST_API {
            let error =
                format!("these rules need host functions {}, this client has {HOST_API}", info.host_api);
            self.fail(now_ms, at, error, out);
        } else if let Some(rules) = self.known(&info.hash) {
            self.arm(now_ms, at, rules, out);
        } else if !self.fetches.iter().any(|fetch| fetch.hash == info.hash) {
            self.fetches.push(Fetch { hash: info.hash, tries: 0, due_ms: now_ms, asked: false });
            self.poll_fetches(now_ms, out);
        }
    }

    /// Asks for what is not here yet.
    pub(crate) fn poll_fetches(&mut self, now_ms: f64, out: &mut Outbox) {
        let mut unanswered = Vec::new();
        for fetch in self.fetches.iter_mut().filter(|fetch| now_ms >= fetch.due_ms) {
            if fetch.asked {
                unanswered.push(fetch.hash.clone());
                continue;
            }
            fetch.asked = true;
            fetch.tries += 1;
            fetch.due_ms = now_ms + FETCH_TIMEOUT_MS;
            out.act(Action::FetchContent { hash: fetch.hash.clone() });
        }
        for hash in unanswered {
            self.content(now_ms, &hash, Err("no answer".to_owned()), out);
        }
    }

    /// Content came, or did not. What nobody asked for is ignored.
    pub(crate) fn content(
        &mut self,
        now_ms: f64,
        hash: &str,
        content: Result<Vec<u8>, String>,
        out: &mut Outbox,
    ) {
        let Some(at) = self.fetches.iter().position(|fetch| fetch.hash == hash) else { return };
        let outcome = match content {
            Err(_) if self.fetches[at].tries <= MAX_RETRIES => {
                let fetch = &mut self.fetches[at];
                fetch.asked = false;
                fetch.due_ms = now_ms + RETRY_MS * f64::from(1_u32 << (fetch.tries - 1));
                return;
            }
            Err(error) => Err(format!("the script could not be fetched: {error}")),
            Ok(bytes) => verify(hash, bytes).and_then(|script| {
                let waits = |slot: &&Slot| slot.info.hash == hash && slot.from > Tick(0) && !slot.quiet;
                for slot in self.timeline.iter().filter(waits) {
                    out.send(&ack(slot, now_ms, UpdateStage::Fetched, None));
                }
                RhaiRules::compile(&script).map_err(|error| error.to_string())
            }),
        };
        self.fetches.remove(at);
        if let Ok(rules) = &outcome {
            self.remember(hash, rules.clone());
        }
        for at in 0..self.timeline.len() {
            if self.timeline[at].info.hash != hash || self.timeline[at].failed {
                continue;
            }
            match &outcome {
                Ok(rules) => self.arm(now_ms, at, rules.clone(), out),
                Err(error) => self.fail(now_ms, at, error.clone(), out),
            }
        }
    }

    /// Says that rules are in use, once they are: `tick` is the newest predicted one.
    pub(crate) fn activate(&mut self, now_ms: f64, tick: Tick, out: &mut Outbox) {
        let Some(at) = self.in_force(tick) else { return };
        let slot = &mut self.timeline[at];
        if slot.rules.is_some() && !slot.active {
            slot.active = true;
            if slot.info.number > 0 && !slot.quiet {
                out.send(&ack(slot, now_ms, UpdateStage::Active, None));
            }
            if !slot.quiet {
                out.tell(ClientEvent::RulesActive { release: slot.info.clone() });
            }
        }
        let oldest = Tick(tick.0.saturating_sub(HISTORY_TICKS));
        let used = self.timeline.partition_point(|slot| slot.from <= oldest).saturating_sub(1);
        self.timeline.drain(..used.min(at));
    }

    /// A snapshot says which release made its tick: an announcement that was missed, or taken back, heals here.
    pub(crate) fn confirm(&mut self, now_ms: f64, tick: Tick, number: u32, out: &mut Outbox) {
        let Some(at) = self.in_force(tick) else { return };
        if self.timeline[at].info.number == number {
            return;
        }
        if number == 0 {
            let info =
                ReleaseInfo { version: "native".to_owned(), host_api: HOST_API, ..ReleaseInfo::default() };
            self.announce(now_ms, info, tick, out);
        } else if let Some(slot) = self.timeline.iter().rev().find(|slot| slot.info.number == number) {
            self.announce(now_ms, slot.info.clone(), tick, out);
        }
    }

    /// Plays one tick with the rules that are in force in it; `switched` says that it is their first one. When they fail,
    /// the native ones play instead.
    pub(crate) fn play<T>(
        &mut self,
        now_ms: f64,
        tick: Tick,
        out: &mut Outbox,
        mut turn: impl FnMut(&mut ActiveRules, bool) -> Result<T, RulesError>,
    ) -> Option<T> {
        if let Some(at) = self.usable(tick) {
            let slot = &mut self.timeline[at];
            let switched = slot.from == tick;
            let error = match slot.rules.as_mut().map(|rules| turn(rules, switched)) {
                Some(Ok(done)) => return Some(done),
                Some(Err(error)) => error.to_string(),
                None => String::new(),
            };
            self.fail(now_ms, at, error, out);
        }
        turn(&mut self.native, false).ok()
    }

    /// The tuning numbers that we predict with at a tick.
    pub(crate) fn tuning(&self, tick: Tick) -> &Tuning {
        let rules = self.usable(tick).and_then(|at| self.timeline[at].rules.as_ref());
        rules.unwrap_or(&self.native).tuning()
    }

    /// What the server plays at a tick, whether or not we have it.
    pub(crate) fn info(&self, tick: Tick) -> ReleaseInfo {
        self.in_force(tick).map(|at| self.timeline[at].info.clone()).unwrap_or_default()
    }

    /// We predict with what the server plays.
    pub(crate) fn exact(&self, tick: Tick) -> bool {
        self.in_force(tick) == self.usable(tick)
    }

    /// Content hash of the newest script that is here and was in force.
    pub(crate) fn hash_in_use(&self) -> Option<String> {
        let used = self.timeline.iter().rev().find(|slot| slot.active && slot.info.number > 0)?;
        Some(used.info.hash.clone())
    }

    fn in_force(&self, tick: Tick) -> Option<usize> {
        self.timeline.partition_point(|slot| slot.from <= tick).checked_sub(1)
    }

    fn usable(&self, tick: Tick) -> Option<usize> {
        let begun = self.timeline.partition_point(|slot| slot.from <= tick);
        self.timeline[..begun].iter().rposition(|slot| slot.rules.is_some())
    }

    /// A compiled script, if there is one: fetched earlier, or shipped with the game.
    fn known(&mut self, hash: &str) -> Option<RhaiRules> {
        if let Some((_, rules)) = self.cache.iter().find(|(known, _)| known == hash) {
            return Some(rules.clone());
        }
        let script =
            shipped::ALL.iter().map(|(_, script)| script).find(|s| content_hash(s.as_bytes()) == hash)?;
        let rules = RhaiRules::compile(script).ok()?;
        self.remember(hash, rules.clone());
        Some(rules)
    }

    fn remember(&mut self, hash: &str, rules: RhaiRules) {
        if self.cache.len() == MAX_CACHED {
            self.cache.remove(0);
        }
        self.cache.push((hash.to_owned(), rules));
    }

    fn arm(&mut self, now_ms: f64, at: usize, rules: RhaiRules, out: &mut Outbox) {
        let slot = &mut self.timeline[at];
        slot.rules = Some(ActiveRules::of(Some(&rules), slot.info.arena_scale));
        if slot.from > Tick(0) && !slot.quiet {
            out.send(&ack(slot, now_ms, UpdateStage::Armed, None));
        }
    }

    fn fail(&mut self, now_ms: f64, at: usize, error: String, out: &mut Outbox) {
        let slot = &mut self.timeline[at];
        let stage = if slot.active { UpdateStage::Active } else { UpdateStage::Armed };
        slot.failed = true;
        slot.rules = None;
        out.send(&ack(slot, now_ms, stage, Some(&error)));
        out.tell(ClientEvent::RulesFailed { release: slot.info.clone(), error });
    }
}

fn ack(slot: &Slot, now_ms: f64, stage: UpdateStage, error: Option<&str>) -> ClientMessage {
    ClientMessage::AckUpdate {
        release: slot.info.number,
        ok: error.is_none(),
        error: error.map(|error| clean_text(error, MAX_ACK_ERROR_CHARS)),
        ms: (now_ms - slot.announced_ms).max(0.0) as f32,
        stage,
        card: slot.info.card.as_ref().map(|card| card.name.clone()),
    }
}

/// Turns bytes into a script, if they are what their hash promises.
fn verify(hash: &str, bytes: Vec<u8>) -> Result<String, String> {
    let found = content_hash(&bytes);
    if found != hash {
        return Err(format!("the content does not match its hash: it has {found}"));
    }
    String::from_utf8(bytes).map_err(|_| "the script is not UTF-8 text".to_owned())
}
