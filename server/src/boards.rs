//! `GET /api/boards`: who was best, today and of all time, for everybody to see.
//!
//! A board is read from the store at most once a second, and so is the place of a single player. Requests are answered one after
//! the other, and no more than some dozens wait.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use sim::PlayerId;
use tokio::sync::{Mutex, Semaphore};

use crate::storage::{Measure, PlayerRecord, Span, Store, StoreError, day_of};
use crate::unix_ms;

/// Players of a board.
const TOP: u32 = 20;
/// How old a board may be.
const FRESH: Duration = Duration::from_secs(1);
/// Requests that may wait; more are told to come again.
const MAX_WAITING: usize = 64;
/// Single players whose places are remembered.
const MAX_PLACES: usize = 256;

/// All boards.
#[derive(Clone)]
struct Boards {
    store: Store,
    known: Arc<Mutex<Known>>,
    waiting: Arc<Semaphore>,
}

/// What was asked for in the last second.
#[derive(Default)]
struct Known {
    /// There are eight.
    boards: Vec<Board>,
    places: Vec<Place>,
}

struct Place {
    span: Span,
    measure: Measure,
    player: PlayerId,
    read: Instant,
    figures: Option<Figures>,
}

struct Board {
    span: Span,
    measure: Measure,
    read: Instant,
    rows: Arc<[Figures]>,
}

/// What is asked for.
#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    span: WantedSpan,
    #[serde(default)]
    by: WantedMeasure,
    /// Whose own record is wanted, too.
    player: Option<PlayerId>,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WantedSpan {
    #[default]
    Day,
    All,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WantedMeasure {
    #[default]
    Kills,
    Wins,
    Streak,
    Shot,
}

impl From<WantedMeasure> for Measure {
    fn from(wanted: WantedMeasure) -> Self {
        match wanted {
            WantedMeasure::Kills => Self::Kills,
            WantedMeasure::Wins => Self::Wins,
            WantedMeasure::Streak => Self::Streak,
            WantedMeasure::Shot => Self::Shot,
        }
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    span: WantedSpan,
    by: WantedMeasure,
    rows: &'a [Figures],
    /// The record of the player who was asked for; missing when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    you: Option<Figures>,
}

/// One row.
#[derive(Clone, Serialize)]
struct Figures {
    place: u64,
    id: PlayerId,
    /// Plain text.
    name: String,
    kills: u64,
    deaths: u64,
    wins: u64,
    rounds: u64,
    points: u64,
    streak: u64,
    /// Units.
    shot: u64,
}

impl Figures {
    fn of(record: PlayerRecord, place: u64) -> Self {
        Self {
            place,
            id: record.player,
            name: record.name,
            kills: record.kills,
            deaths: record.deaths,
            wins: record.rounds_won,
            rounds: record.rounds_played,
            points: record.points,
            streak: record.best_streak,
            shot: record.longest_shot,
        }
    }
}

/// What everybody may ask.
pub(crate) fn router(store: Store) -> Router {
    let boards = Boards { store, known: Arc::default(), waiting: Arc::new(Semaphore::new(MAX_WAITING)) };
    Router::new().route("/api/boards", get(answer)).with_state(boards)
}

async fn answer(State(boards): State<Boards>, Query(wanted): Query<Wanted>) -> Response {
    let span = match wanted.span {
        WantedSpan::Day => Span::Day(day_of(unix_ms())),
        WantedSpan::All => Span::AllTime,
    };
    let Ok(_turn) = boards.waiting.try_acquire() else {
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], "too many ask at once\n")
            .into_response();
    };
    match boards.read(span, wanted.by.into(), wanted.player).await {
        Ok((rows, you)) => {
            let answer = Answer { span: wanted.span, by: wanted.by, rows: &rows, you };
            ([(header::CACHE_CONTROL, "no-cache")], Json(answer)).into_response()
        }
        Err(error) => {
            tracing::error!("a board could not be read: {error}");
            (StatusCode::SERVICE_UNAVAILABLE, "the boards cannot be read now\n").into_response()
        }
    }
}

impl Boards {
    async fn read(
        &self,
        span: Span,
        measure: Measure,
        player: Option<PlayerId>,
    ) -> Result<(Arc<[Figures]>, Option<Figures>), StoreError> {
        let mut known = self.known.lock().await;
        known.boards.retain(|board| board.read.elapsed() < FRESH);
        known.places.retain(|place| place.read.elapsed() < FRESH);
        let found = known.boards.iter().find(|board| (board.span, board.measure) == (span, measure));
        let rows = match found {
            Some(board) => Arc::clone(&board.rows),
            None => {
                let records = self.store.board(span, measure, TOP).await?;
                let rows: Arc<[Figures]> =
                    records.into_iter().zip(1..).map(|(record, place)| Figures::of(record, place)).collect();
                known.boards.push(Board { span, measure, read: Instant::now(), rows: Arc::clone(&rows) });
                rows
            }
        };
        let Some(player) = player.filter(|player| !player.is_bot()) else { return Ok((rows, None)) };
        let wanted = (span, measure, player);
        let found = known.places.iter().find(|place| (place.span, place.measure, place.player) == wanted);
        if let Some(place) = found {
            return Ok((rows, place.figures.clone()));
        }
        let record = self.store.record_of(player, span, measure).await?;
        let figures = record.map(|(record, place)| Figures::of(record, place));
        if known.places.len() < MAX_PLACES {
            let figures = figures.clone();
            known.places.push(Place { span, measure, player, read: Instant::now(), figures });
        }
        Ok((rows, figures))
    }
}
