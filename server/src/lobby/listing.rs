//! `GET /api/lobby`: the public rooms, for everybody who looks for one. It names nobody.

use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use tokio::sync::oneshot;

use super::Lobby;
use super::seats::FIRST_PRIVATE;
use crate::edge::Edge;
use crate::room::{Mode, RoomEvent, RoomSummary};

/// However many ask, rooms are asked no more often than this.
const FRESH_FOR: Duration = Duration::from_secs(1);

/// The last answer.
#[derive(Default)]
pub(super) struct Listing(tokio::sync::Mutex<Option<(Instant, Bytes)>>);

/// The whole list.
#[derive(Serialize)]
struct Listed {
    /// Seats that are taken, those of private rooms too.
    players: u32,
    max_players: u32,
    /// How many wait for a seat.
    waiting: u32,
    rooms: Vec<ListedRoom>,
}

#[derive(Serialize)]
struct ListedRoom {
    #[serde(flatten)]
    summary: RoomSummary,
    seats: u32,
    mode: Mode,
}

/// Answers with the list.
pub(crate) async fn list(State(edge): State<Edge>) -> Response {
    let json = edge.lobby.listing().await;
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (headers, json).into_response()
}

impl Lobby {
    /// The public rooms as JSON, a second old at most.
    async fn listing(&self) -> Bytes {
        // Whoever comes while the rooms are asked waits for that answer.
        let mut last = self.inner.listing.0.lock().await;
        if let Some((_, json)) = last.as_ref().filter(|(at, _)| at.elapsed() < FRESH_FOR) {
            return json.clone();
        }
        let listed = self.list_rooms().await;
        // Serialising our own types into memory cannot fail.
        let json = Bytes::from(serde_json::to_vec(&listed).unwrap_or_default());
        *last = Some((Instant::now(), json.clone()));
        json
    }

    async fn list_rooms(&self) -> Listed {
        let (inboxes, players, waiting) = {
            let state = self.state();
            let public = state.rooms.range(..FIRST_PRIVATE).map(|(_, room)| room.inbox.clone());
            (public.collect::<Vec<_>>(), state.seats.len() as u32, state.queue.len() as u32)
        };
        let mut answers = Vec::with_capacity(inboxes.len());
        for inbox in inboxes {
            let (reply, answer) = oneshot::channel();
            let reply = Box::new(move |summary| {
                let _ = reply.send(summary);
            });
            if inbox.send(RoomEvent::Summary { reply }).await.is_ok() {
                answers.push(answer);
            }
        }
        let config = self.config();
        let mut rooms = Vec::with_capacity(answers.len());
        for answer in answers {
            let Ok(summary) = answer.await else { continue };
            rooms.push(ListedRoom { summary, seats: config.room_size, mode: config.mode });
        }
        Listed { players, max_players: config.max_players, waiting, rooms }
    }
}
