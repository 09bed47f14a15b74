//! All rooms of this server: finds one for a player, opens and closes them, and passes on what concerns all.

mod drain;
mod gallery;
pub(crate) mod listing;
mod queue;
mod reach;
mod seats;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use protocol::{SceneInfo, Welcome};
use sim::{PlayerId, Tick};
use tokio::sync::{mpsc, oneshot};

use crate::clock::TickClock;
use crate::config::{Config, OnOff};
use crate::moderation::Moderation;
use crate::release::{Fleet, Live, LoadedRelease, Plan, ReleaseReport, Releases, Switch};
use crate::room::core::RoomSetup;
use crate::room::guard::ThreadTime;
use crate::room::{Join, Room, RoomEvent, RoomStatus, SessionId, driver};
use crate::storage::{PlayerCheckpoint, Store};
use crate::throttle::Throttle;

pub use gallery::WatchPlace;
pub use queue::{Place, Standing};
pub use seats::{FIRST_PRIVATE, Seat, Wish};

/// Events that wait for a room's next tick; a session that finds it full waits too.
const INBOX: usize = 8_192;
/// Ids that are taken from the store at once. What is left of them at a crash is never given out.
const ID_BLOCK: u32 = 1_000;
/// From the end of a vote to the first tick of the round: for clients to fetch and compile what won.
const VOTE_LEAD: Duration = Duration::from_secs(1);
/// An empty room is closed after this time; the first room stays.
const CLOSE_AFTER: Duration = Duration::from_secs(60);

/// A handle to all rooms; clones are the same lobby.
#[derive(Clone)]
pub struct Lobby {
    inner: Arc<Inner>,
}

struct Inner {
    clock: TickClock,
    opened_ms: u64,
    config: Config,
    store: Store,
    releases: Releases,
    moderation: Moderation,
    state: Mutex<State>,
    ids: tokio::sync::Mutex<std::ops::Range<u32>>,
    sessions: AtomicU64,
    client_build: OnceLock<String>,
    listing: listing::Listing,
}

struct State {
    rooms: BTreeMap<u32, RoomHandle>,
    /// Who has a seat, and in which room.
    seats: BTreeMap<PlayerId, Kept>,
    /// Those who only watch, in all rooms.
    watchers: u32,
    /// Those for whom there is no seat.
    queue: queue::Queue,
    /// How often each address took a seat.
    comers: Throttle<IpAddr>,
    /// What rooms play.
    plan: Plan,
    /// What they will play from a tick on.
    next: Option<(Plan, Tick)>,
    scene: SceneInfo,
    /// What a room is opened with when nothing can be trusted, before it goes to safe mode.
    opening: Arc<LoadedRelease>,
    draining: bool,
}

/// The seat of a player.
struct Kept {
    room: u32,
    /// The player is in the arena, so that only its room gives the seat back.
    entered: bool,
}

struct RoomHandle {
    inbox: mpsc::Sender<RoomEvent>,
    /// Seats that are given out: players in the arena and those on their way in.
    seats: u32,
    /// Those who only watch.
    watchers: u32,
    /// With which a private room is found.
    code: Option<Arc<str>>,
    /// Whose code it was first.
    opener: Option<IpAddr>,
    task: tokio::task::JoinHandle<()>,
}

/// Why a player cannot come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// Every seat of the server is taken.
    #[error("the server is full, try again in a minute")]
    Full,
    /// Every seat of the wanted room is taken.
    #[error("that room is full")]
    NoSeat,
    /// There is no such room.
    #[error(
        "there is no such room: wanted is a number, or a code of 4 to 12 letters, digits and dashes, a letter first"
    )]
    NoRoom,
    /// No more private rooms can be opened.
    #[error("there are too many private rooms, try again later")]
    TooManyRooms,
    /// One address has opened as many private rooms as it may.
    #[error(
        "too many private rooms were opened from your address: come into one of them, or try again later"
    )]
    TooManyOfYours,
    /// One address has taken more seats than it may in so short a time.
    #[error("too many have come in from your address just now, try again in a minute")]
    TooManyJoins,
    /// As many watch as may.
    #[error("too many watch already")]
    NoPlace,
    /// Nobody sees the whole of a battlefield.
    #[error("a battlefield cannot be watched")]
    NotWatchable,
    /// The server stops.
    #[error("the server restarts")]
    Draining,
    /// The same player has come into another room meanwhile.
    #[error("you have come in elsewhere")]
    Elsewhere,
    /// The room is gone; a bug or a crash.
    #[error("the room does not answer")]
    Lost,
}

impl Lobby {
    /// Opens the first room.
    #[must_use]
    pub fn open(
        config: Config,
        clock: TickClock,
        store: Store,
        releases: Releases,
        live: Live,
        moderation: Moderation,
    ) -> Self {
        let state = State {
            rooms: BTreeMap::new(),
            seats: BTreeMap::new(),
            watchers: 0,
            queue: queue::Queue::default(),
            comers: Throttle::new(seats::by_address(&config)),
            plan: live.plan(),
            next: None,
            scene: live.scene,
            opening: live.release,
            draining: false,
        };
        let lobby = Self {
            inner: Arc::new(Inner {
                clock,
                opened_ms: crate::unix_ms(),
                config,
                store,
                releases,
                moderation,
                state: Mutex::new(state),
                ids: tokio::sync::Mutex::new(0..0),
                sessions: AtomicU64::new(1),
                client_build: OnceLock::new(),
                listing: listing::Listing::default(),
            }),
        };
        lobby.open_room(&mut lobby.state(), 1);
        lobby
    }

    /// Says once which build of the browser client is served.
    pub fn serve_build(&self, id: &str) {
        // A second one is not expected; the first stays.
        let _ = self.inner.client_build.set(id.to_owned());
    }

    /// Id of the build of the browser client that is served.
    #[must_use]
    pub fn client_build(&self) -> Option<&str> {
        self.inner.client_build.get().map(String::as_str)
    }

    /// The clock of all rooms.
    #[must_use]
    pub fn clock(&self) -> TickClock {
        self.inner.clock
    }

    /// When the first room was opened, milliseconds since 1970.
    #[must_use]
    pub fn opened_ms(&self) -> u64 {
        self.inner.opened_ms
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The releases.
    #[must_use]
    pub fn releases(&self) -> &Releases {
        &self.inner.releases
    }

    /// Words, mutes and bans.
    #[must_use]
    pub fn moderation(&self) -> &Moderation {
        &self.inner.moderation
    }

    /// The newest tick.
    #[must_use]
    pub fn tick(&self) -> Tick {
        self.inner.clock.tick()
    }

    /// Ticks per second.
    #[must_use]
    pub fn tick_rate(&self) -> u32 {
        self.inner.clock.rate()
    }

    /// A number for a new connection.
    #[must_use]
    pub fn next_session(&self) -> SessionId {
        SessionId(self.inner.sessions.fetch_add(1, Ordering::Relaxed))
    }

    /// An id for a new player, unique for ever.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next_player(&self) -> Result<PlayerId, crate::storage::StoreError> {
        let mut ids = self.inner.ids.lock().await;
        if ids.is_empty() {
            *ids = self.inner.store.reserve_player_ids(ID_BLOCK).await?;
        }
        let id = ids.start;
        ids.start += 1;
        Ok(PlayerId(id))
    }

    /// Lets a player in through its seat.
    ///
    /// # Errors
    /// [`JoinError::Lost`] when the room is gone, [`JoinError::Elsewhere`] when the player is in another one. Neither leaves
    /// a body behind.
    pub async fn join(&self, seat: &Seat, join: Join) -> Result<Welcome, JoinError> {
        let (from, room, lobby) = (join.from, seat.room, self.clone());
        let (reply, answer) = oneshot::channel();
        let reply = Box::new(move |welcome| {
            // While the room takes the player in, so that it cannot give the seat back in between.
            let welcome = lobby.occupy(from.player, room).then_some(welcome);
            let _ = reply.send(welcome);
        });
        let event = RoomEvent::Join { join: Box::new(join), reply };
        seat.inbox.send(event).await.map_err(|_| JoinError::Lost)?;
        if let Some(welcome) = answer.await.map_err(|_| JoinError::Lost)? {
            return Ok(welcome);
        }
        let _ = seat.inbox.send(RoomEvent::Leave { from }).await;
        Err(JoinError::Elsewhere)
    }

    /// A player is gone from its room: its seat there is free, and its last state is stored in case it still has a good
    /// token.
    pub fn departed(&self, last: PlayerCheckpoint) {
        self.give_back(last.player, last.room);
        let store = self.inner.store.clone();
        tokio::spawn(async move {
            let player = last.player;
            if let Err(error) = store.checkpoint(vec![last]).await {
                tracing::error!(%player, "the departure could not be stored: {error}");
            }
        });
    }

    /// Passes on what a room or a session has to say of a release.
    pub fn report(&self, report: ReleaseReport) {
        self.inner.releases.report(report);
    }

    /// Every room.
    pub async fn rooms(&self) -> Vec<RoomStatus> {
        let inboxes: Vec<_> = self.state().rooms.values().map(|room| room.inbox.clone()).collect();
        let mut answers = Vec::with_capacity(inboxes.len());
        for inbox in inboxes {
            let (reply, answer) = oneshot::channel();
            let reply = Box::new(move |status| {
                let _ = reply.send(status);
            });
            if inbox.send(RoomEvent::Status { reply }).await.is_ok() {
                answers.push(answer);
            }
        }
        let mut rooms = Vec::with_capacity(answers.len());
        for answer in answers {
            rooms.extend(answer.await.ok());
        }
        rooms
    }

    /// Whether a room that was empty for `empty_ticks` must end now; it gets no players any more then.
    pub(crate) fn may_close(&self, room: &Room, empty_ticks: u32) -> bool {
        if empty_ticks < self.inner.config.ticks(CLOSE_AFTER) || room.number() == 1 {
            return false;
        }
        let mut state = self.state();
        let unused =
            state.rooms.get(&room.number()).is_some_and(|handle| handle.seats + handle.watchers == 0);
        if unused {
            state.rooms.remove(&room.number());
        }
        unused
    }

    /// Finds out which cards can be played with `base`, and lets the room know.
    pub(crate) fn deal_cards(&self, room: u32, base: Arc<LoadedRelease>) {
        let lobby = self.clone();
        tokio::spawn(async move {
            match lobby.inner.releases.deal(&base).await {
                Ok(cards) => {
                    if let Some(room) = lobby.state().rooms.get(&room) {
                        Self::tell(room, RoomEvent::Cards { cards });
                    }
                }
                Err(error) => tracing::error!(room, "cards could not be loaded: {error}"),
            }
        });
    }

    fn open_room(&self, state: &mut State, number: u32) {
        let clock = self.inner.clock;
        state.take_up_next(clock.tick());
        let release = state.plan.release_for(number).cloned();
        let safe_mode = release.is_none();
        let mut room = Room::new(RoomSetup {
            number,
            seed: random_seed(),
            tick: clock.tick(),
            tick_rate: clock.rate(),
            grace_ticks: self.inner.config.ticks(self.inner.config.grace),
            hindsight_ticks: (self.inner.config.lag_compensation.as_secs_f64() * f64::from(clock.rate()))
                .ceil() as u32,
            release: release.unwrap_or_else(|| Arc::clone(&state.opening)),
            fallback: state.plan.fallback_for(number).cloned(),
            scene: state.scene.clone(),
            mode: self.inner.config.mode,
            bots: self.inner.config.bots_of_a_room(),
        });
        room.guard_time(Box::new(ThreadTime::default()));
        if self.inner.config.votes == OnOff::On {
            room.hold_votes(self.inner.config.ticks(VOTE_LEAD));
        }
        if safe_mode {
            room.handle_event(RoomEvent::SafeMode);
        }
        if let Some((next, activate)) = &state.next
            && next.number_for(number) != state.plan.number_for(number)
            && let Some(release) = next.release_for(number).cloned()
        {
            room.handle_event(RoomEvent::SwitchRules { release, activate: *activate, automatic: false });
        }
        let (inbox, events) = mpsc::channel(INBOX);
        let task = tokio::spawn(driver::run(room, events, self.clone()));
        state
            .rooms
            .insert(number, RoomHandle { inbox, seats: 0, watchers: 0, code: None, opener: None, task });
        tracing::info!(room = number, "room opened");
    }

    /// Tells a room. The lobby stays locked meanwhile, so that no room opens in between; a room whose inbox is full gets
    /// the event from a task of its own, as this must not be lost.
    fn tell(room: &RoomHandle, event: RoomEvent) {
        if let Err(mpsc::error::TrySendError::Full(event)) = room.inbox.try_send(event) {
            let inbox = room.inbox.clone();
            tokio::spawn(async move { inbox.send(event).await });
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that holds this lock can panic half way, so a poisoned state is a whole one.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The announced plan is in force from its tick on.
    fn take_up_next(&mut self, now: Tick) {
        if let Some((next, _)) = self.next.take_if(|(_, activate)| *activate <= now) {
            self.plan = next;
        }
    }
}

impl Fleet for Lobby {
    fn tick(&self) -> Tick {
        self.inner.clock.tick()
    }

    fn tick_rate(&self) -> u32 {
        self.inner.clock.rate()
    }

    fn rooms(&self) -> Vec<u32> {
        self.state().rooms.keys().copied().collect()
    }

    fn switch_rules(&self, plan: Plan, switch: Switch) {
        let mut state = self.state();
        // A plan that is announced and not in force yet is superseded, but rooms may still fall back to it.
        state.take_up_next(Tick(u32::MAX));
        let Switch { activate, distrust, automatic } = switch;
        for (number, room) in &state.rooms {
            if let Some(hash) = distrust.clone() {
                let instead = plan
                    .fallback_for(*number)
                    .filter(|_| plan.number_for(*number) == state.plan.number_for(*number));
                Self::tell(room, RoomEvent::Distrust { hash, instead: instead.cloned() });
            }
            if plan.number_for(*number) == state.plan.number_for(*number) {
                continue;
            }
            match plan.release_for(*number).cloned() {
                Some(release) => Self::tell(room, RoomEvent::SwitchRules { release, activate, automatic }),
                // A room whose rules failed has gone there by itself, and tells nobody again.
                None => Self::tell(room, RoomEvent::SafeMode),
            }
        }
        state.next = Some((plan, activate));
    }

    fn cards_changed(&self) {
        for room in self.state().rooms.values() {
            Self::tell(room, RoomEvent::CardsChanged);
        }
    }

    fn switch_scene(&self, scene: SceneInfo, activate: Tick) {
        let mut state = self.state();
        state.scene = scene.clone();
        for room in state.rooms.values() {
            Self::tell(room, RoomEvent::SwitchScene { scene: scene.clone(), activate });
        }
    }
}

/// A seed that nobody can foresee; falls back to the clock where the system has no randomness.
fn random_seed() -> u64 {
    getrandom::u64().unwrap_or_else(|_| crate::unix_ms())
}
