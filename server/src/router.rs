//! What is served at which path.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;

use crate::assets::Assets;
use crate::builds::Builds;
use crate::edge::{Edge, Turned};
use crate::lobby::listing;
use crate::session::Peer;
use crate::session::agent::Agent;
use crate::transport::Line;
use crate::transport::websocket::{self, Socket, Upgrade};
use crate::{assets, boards, builds, metrics, poll_door, proxy, socketio};

/// The whole tree of paths.
pub(crate) fn router(edge: Edge, admin: Router, assets: Arc<Assets>, builds: Option<Arc<Builds>>) -> Router {
    let config = edge.lobby.config();
    let sockets = socketio::router(edge.clone(), &config.cors_origins);
    let polls = poll_door::router(edge.clone());
    let boards = boards::router(edge.lobby.store().clone());
    let proxies: Arc<[IpAddr]> = config.trust_proxy.iter().map(IpAddr::to_canonical).collect();
    Router::new()
        .route("/ws", get(open_websocket))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(read_metrics))
        .route("/api/lobby", get(listing::list))
        .with_state(edge)
        .merge(admin)
        .merge(boards)
        .merge(builds.map(builds::router).unwrap_or_default())
        .merge(assets::router(assets))
        .merge(sockets)
        .merge(polls)
        .layer(middleware::from_fn_with_state(proxies, proxy::unmask))
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
    let guest = match edge.admit(address) {
        Ok(guest) => guest,
        Err(turned) => return turned.into_response(),
    };
    let encoding = upgrade.encoding(query.subprotocol.as_deref());
    let agent = Agent::of(&headers);
    upgrade.answer(move |stream, early| async move {
        let line = Arc::new(Line::new(stream, websocket::framing(encoding)));
        let socket = Socket::new(Arc::clone(&line), encoding, early);
        guest.play(socket, line, Peer { address, encoding, agent }).await;
    })
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        let (status, seconds) = match self {
            Self::Away => (StatusCode::SERVICE_UNAVAILABLE, "5"),
            Self::Back => (StatusCode::TOO_MANY_REQUESTS, "10"),
        };
        (status, [(header::RETRY_AFTER, seconds)], format!("{self}\n")).into_response()
    }
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
