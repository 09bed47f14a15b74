//! The long-polling door, `/poll`: for browsers where no WebSocket gets through. Messages are those of a WebSocket, each
//! behind its [length](crate::transport::length), as many in one body as there are.
//!
//! `POST /poll` opens a connection and answers with its secret name. `GET /poll/{name}` waits until there is something to
//! read, `POST /poll/{name}` brings what the player has to say, and `DELETE` hangs up. Only one `GET` may wait at a time. A
//! name that nobody reads from for a while is forgotten, as a connection that broke.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use protocol::Encoding;
use protocol::limits::MAX_CLIENT_MESSAGE;
use serde::Deserialize;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::codec::Decoder;

use crate::edge::Edge;
use crate::proxy::IDLE_LIMIT;
use crate::session::Peer;
use crate::session::agent::Agent;
use crate::session::resume::Token;
use crate::transport::length;
use crate::transport::pipe::{self, PipeEnd, PipeSender};

/// Longest time between two reads of a player who is there.
const READ_GAP: Duration = Duration::from_secs(10);
/// A read that finds nothing for so long is answered with nothing.
const HOLD: Duration = Duration::from_secs(10);
const _: () = assert!(HOLD.as_secs() < IDLE_LIMIT.as_secs());
/// No more is added to an answer that has so many bytes.
const ANSWER: usize = 256 * 1024;
/// Largest request of a player, bytes.
const REQUEST: usize = 16 * 1024;

/// All connections through this door.
#[derive(Clone)]
struct Door {
    edge: Edge,
    open: Arc<Mutex<HashMap<String, Poller>>>,
}

/// What requests need of a connection.
#[derive(Clone)]
struct Poller {
    reads: mpsc::Sender<oneshot::Sender<Vec<u8>>>,
    to_session: PipeSender,
}

/// The paths of the door.
pub(crate) fn router(edge: Edge) -> Router {
    Router::new()
        .route("/poll", post(open))
        .route("/poll/{name}", get(read).post(write).delete(hang_up))
        .layer(DefaultBodyLimit::max(REQUEST))
        .with_state(Door { edge, open: Arc::default() })
}

#[derive(Deserialize)]
struct Wanted {
    subprotocol: Option<String>,
}

async fn open(
    State(door): State<Door>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Response {
    let guest = match door.edge.admit(address) {
        Ok(guest) => guest,
        Err(turned) => return turned.into_response(),
    };
    let encoding =
        wanted.subprotocol.as_deref().and_then(Encoding::from_subprotocol).unwrap_or(Encoding::Json);
    let peer = Peer { address, encoding, agent: Agent::of(&headers) };
    let name = match Token::generate() {
        Ok(token) => token.secret,
        Err(error) => {
            tracing::error!("no randomness for a connection: {error}");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };

    let (wire, end) = pipe::pair();
    let (reads, wanted) = mpsc::channel(1);
    door.lock().insert(name.clone(), Poller { reads, to_session: end.sender() });
    tokio::spawn(guest.play_lengths(wire, peer));
    let forgotten = name.clone();
    tokio::spawn(async move {
        serve(end, wanted).await;
        door.lock().remove(&forgotten);
    });
    (StatusCode::CREATED, no_store(), name).into_response()
}

async fn read(State(door): State<Door>, Path(name): Path<String>) -> Response {
    let Some(poller) = door.find(&name) else { return gone() };
    let (reply, answer) = oneshot::channel();
    if poller.reads.try_send(reply).is_err() {
        return (StatusCode::CONFLICT, "another request reads already\n").into_response();
    }
    match answer.await {
        Ok(messages) => {
            ([(header::CONTENT_TYPE, "application/octet-stream")], no_store(), messages).into_response()
        }
        Err(_) => gone(),
    }
}

async fn write(State(door): State<Door>, Path(name): Path<String>, body: Bytes) -> Response {
    let Some(poller) = door.find(&name) else { return gone() };
    let (mut codec, mut bytes) = (length::codec(MAX_CLIENT_MESSAGE), BytesMut::from(body));
    loop {
        match codec.decode(&mut bytes) {
            Ok(Some(message)) => {
                if poller.to_session.send(&message).is_err() {
                    return (StatusCode::TOO_MANY_REQUESTS, "too many messages at once\n").into_response();
                }
            }
            Ok(None) if bytes.is_empty() => return StatusCode::NO_CONTENT.into_response(),
            Ok(None) => return (StatusCode::BAD_REQUEST, "the last message is not whole\n").into_response(),
            Err(_) => return (StatusCode::PAYLOAD_TOO_LARGE, "a message is too long\n").into_response(),
        }
    }
}

async fn hang_up(State(door): State<Door>, Path(name): Path<String>) -> Response {
    match door.lock().remove(&name) {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => gone(),
    }
}

fn gone() -> Response {
    (StatusCode::GONE, "this connection is over\n").into_response()
}

fn no_store() -> [(header::HeaderName, &'static str); 1] {
    [(header::CACHE_CONTROL, "no-store")]
}

impl Door {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Poller>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, name: &str) -> Option<Poller> {
        self.lock().get(name).cloned()
    }
}

/// Answers one read after the other, until the session is over or nobody reads any more.
async fn serve(mut end: PipeEnd, mut reads: mpsc::Receiver<oneshot::Sender<Vec<u8>>>) {
    while let Ok(Some(mut reader)) = timeout(READ_GAP, reads.recv()).await {
        let collected = tokio::select! {
            collected = timeout(HOLD, collect(&mut end)) => collected.unwrap_or_else(|_| Some(Vec::new())),
            // The browser gave it up: what was collected for it would be lost.
            () = reader.closed() => return,
        };
        let Some(messages) = collected else { return };
        if reader.send(messages).is_err() {
            return;
        }
    }
}

/// Waits for a message, and takes what has come with it. `None` when the session is over.
async fn collect(end: &mut PipeEnd) -> Option<Vec<u8>> {
    let mut messages = Vec::new();
    while messages.is_empty() {
        let message = end.next().await?;
        add(end, &mut messages, &message);
    }
    while messages.len() < ANSWER
        && let Some(Some(message)) = end.next().now_or_never()
    {
        add(end, &mut messages, &message);
    }
    Some(messages)
}

fn add(end: &PipeEnd, messages: &mut Vec<u8>, message: &[u8]) {
    if message.is_empty() {
        // The session asks whether the player is there; it is, or it would not read. A session that takes no answer is over.
        let _ = end.send(b"");
    } else {
        length::write_message(messages, message);
    }
}
