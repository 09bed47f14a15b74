//! Live data for the admin tab, as server-sent events.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Extension, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::principal::Principal;
use super::{AdminState, api, moderation, rollouts};
use crate::proxy::IDLE_LIMIT;

/// How often the lists of clients and rooms are sent.
const CLIENTS_EVERY: Duration = Duration::from_secs(1);
/// When there is nothing to send, a comment is; the admin tab takes a stream for dead that is silent for 40 s.
const COMMENT_AFTER: Duration = Duration::from_secs(15);
const _: () = assert!(COMMENT_AFTER.as_secs() < IDLE_LIMIT.as_secs());
/// What is published and how it is taken is sent at most so often.
const RELEASES_EVERY: Duration = Duration::from_millis(250);

/// `GET /api/events`: `clients` and `rooms` every second; `releases`, `rollouts`, `adoption` and `moderation` at first and
/// whenever they read differently. Ends when the server stops or the operator logs out.
pub(super) async fn stream(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut clients = interval(CLIENTS_EVERY);
    clients.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut changes = state.releases.subscribe();
    changes.mark_changed();
    let (adoption, moderation) = (Value::Null, Value::Null);
    let feed = Feed { state, principal, clients, changes, waiting: VecDeque::new(), adoption, moderation };
    let events = futures_util::stream::unfold(feed, |mut feed| async move {
        let event = feed.next().await?;
        Some((Ok(event), feed))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(COMMENT_AFTER))
}

/// One operator's stream.
struct Feed {
    state: AdminState,
    principal: Principal,
    clients: Interval,
    changes: watch::Receiver<u64>,
    waiting: VecDeque<Event>,
    /// What was last said of adoption.
    adoption: Value,
    /// What was last said of mutes and bans.
    moderation: Value,
}

impl Feed {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            tokio::select! {
                () = self.state.shutdown.started() => return None,
                changed = self.changes.changed() => {
                    changed.ok()?;
                    self.releases().await;
                }
                _ = self.clients.tick() => {
                    if !self.state.auth.still_allows(&self.principal).await {
                        return None;
                    }
                    self.clients().await;
                }
            }
        }
    }

    async fn clients(&mut self) {
        let (clients, rooms) = api::crowd_payloads(&self.state).await;
        self.say("clients", &clients);
        self.say("rooms", &rooms);
        // Who comes and goes is behind or not, too.
        self.adoption();
        let moderation = moderation::payload(&self.state);
        if moderation != self.moderation {
            self.say("moderation", &moderation);
            self.moderation = moderation;
        }
    }

    async fn releases(&mut self) {
        // Acks come in crowds; one event tells of all of them.
        tokio::time::sleep(RELEASES_EVERY).await;
        self.changes.mark_unchanged();
        if let Ok(payload) = api::releases_payload(&self.state).await {
            self.say("releases", &payload);
        }
        if let Ok(payload) = rollouts::payload(&self.state).await {
            self.say("rollouts", &payload);
        }
        self.adoption();
    }

    fn adoption(&mut self) {
        let payload = rollouts::adoption_payload(&self.state);
        if payload != self.adoption {
            self.say("adoption", &payload);
            self.adoption = payload;
        }
    }

    fn say(&mut self, name: &str, payload: &Value) {
        self.waiting.extend(Event::default().event(name).json_data(payload).ok());
    }
}
