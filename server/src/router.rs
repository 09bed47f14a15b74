//! What is served at which path.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use tokio_util::task::TaskTracker;

use crate::assets::Assets;
use crate::builds::Builds;
use crate::connections::Connections;
use crate::lobby::Lobby;
use crate::session::agent::Agent;
use crate::session::{self, Peer};
use crate::shutdown::Shutdown;
use crate::transport::Line;
use crate::transport::websocket::{self, Socket, Upgrade};
use crate::{assets, builds, metrics};

/// What the handlers of this module share.
#[derive(Clone)]
pub(crate) struct Edge {
    pub(crate) lobby: Lobby,
    pub(crate) shutdown: Shutdown,
    pub(crate) sessions: TaskTracker,
    pub(crate) connections: Connections,
}

/// The whole tree of paths.
pub(crate) fn router(edge: Edge, admin: Router, assets: Arc<Assets>, builds: Option<Arc<Builds>>) -> Router {
    Router::new()
        .route("/ws", get(open_websocket))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(read_metrics))
        .with_state(edge)
        .merge(admin)
        .merge(builds.map(builds::router).unwrap_or_default())
        .merge(assets::router(assets))
}

/// What a client may ask for in the address of the WebSocket.
#[derive(Deserialize)]
struct SocketQuery {
    /// The subprotocol, for clients behind proxies that do not pass its header on.
    subprotocol: Option<String>,
}

async fn open_websocket(
    State(edge): State<Edge>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Query(query): Query<SocketQuery>,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Response {
    if edge.shutdown.is_started() {
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")], "the server restarts\n")
            .into_response();
    }
    let Some(permit) = edge.connections.admit(address.ip()) else {
        let text = "too many connections from this address\n";
        return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "10")], text).into_response();
    };
    let Edge { lobby, sessions, .. } = edge;
    let encoding = upgrade.encoding(query.subprotocol.as_deref());
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let agent = Agent::read(agent.unwrap_or_default());
    // Counted from now on, so that a stopping server waits for connections that are being upgraded.
    let token = sessions.token();
    upgrade.answer(move |stream, early| async move {
        let line = Arc::new(Line::new(stream, websocket::framing(encoding)));
        let socket = Socket::new(Arc::clone(&line), encoding, early);
        session::run(socket, line, Peer { address, encoding, agent }, lobby).await;
        drop((permit, token));
    })
}

/// Ready for players: not while the server stops.
async fn ready(State(edge): State<Edge>) -> Response {
    if edge.shutdown.is_started() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response()
    } else {
        "ready\n".into_response()
    }
}

/// Only for this machine: numbers tell a stranger more than they should.
async fn read_metrics(ConnectInfo(address): ConnectInfo<SocketAddr>) -> Response {
    if !is_local(address.ip()) {
        return (StatusCode::FORBIDDEN, "metrics are read from this machine only\n").into_response();
    }
    match metrics::render() {
        Some(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, "no metrics\n").into_response(),
    }
}

fn is_local(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}
