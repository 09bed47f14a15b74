//! The server that one writes first with axum: a task for each connection, a broadcast channel, every move passed on at
//! once as JSON.

use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use axum::serve::ListenerExt;
use serde_json::Value;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Moves that may wait for a slow player; what is more is lost to it.
const WAITING: usize = 1_024;

static NEXT_ID: AtomicU32 = AtomicU32::new(1);

type Moves = broadcast::Sender<(u32, String)>;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port: u16 = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(0);
    let app = Router::new().route("/ws", get(open)).with_state(Moves::new(WAITING));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let listener = listener.tap_io(|stream| {
        // A connection that cannot be tuned is merely slower.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, app).await
}

async fn open(State(moves): State<Moves>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| async move {
        // Whoever hangs up is gone.
        let _ = play(socket, moves).await;
    })
}

async fn play(mut socket: WebSocket, moves: Moves) -> Result<(), axum::Error> {
    let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
    let mut others = moves.subscribe();
    socket.send(Message::Text(format!(r#"{{"type":"welcome","id":{id}}}"#).into())).await?;
    loop {
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    let Ok(made) = serde_json::from_str::<Value>(&text) else { continue };
                    let (x, y, t) = (&made["x"], &made["y"], &made["t"]);
                    let json = format!(r#"{{"type":"moved","id":{id},"x":{x},"y":{y},"t":{t}}}"#);
                    // There is always somebody: we listen ourselves.
                    let _ = moves.send((id, json));
                }
                Some(Ok(Message::Close(_))) | None => return Ok(()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
            },
            moved = others.recv() => match moved {
                Ok((from, json)) if from != id => socket.send(Message::Text(json.into())).await?,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return Ok(()),
            },
        }
    }
}
