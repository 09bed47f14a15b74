//! The door of a test's own server: the handshake and the first words.

#![allow(unreachable_pub, reason = "each test file includes this")]

use client_core::protocol::{ReleaseInfo, RoundInfo, RoundPhase, SceneInfo, Welcome};
use client_core::sim::{PlayerId, Tick};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;

/// Lets a player in, with the subprotocol that it offers.
pub async fn accept(stream: TcpStream) -> Option<WebSocketStream<TcpStream>> {
    tokio_tungstenite::accept_hdr_async(stream, agree).await.ok()
}

#[expect(clippy::result_large_err, reason = "the signature is tungstenite's")]
fn agree(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let offer = request.headers().get(SEC_WEBSOCKET_PROTOCOL).cloned();
    response.headers_mut().extend(offer.map(|offer| (SEC_WEBSOCKET_PROTOCOL, offer)));
    Ok(response)
}

/// What a newcomer is told.
pub fn welcome(player: PlayerId, tick: Tick, tick_rate: u32) -> Welcome {
    Welcome {
        player,
        name: "Ada".to_owned(),
        resume: "secret".to_owned(),
        resumed: false,
        tick,
        tick_rate,
        room: 1,
        release: ReleaseInfo::default(),
        scene: SceneInfo::default(),
        round: RoundInfo { number: 1, phase: RoundPhase::Playing, ends: Tick(9_000), ..RoundInfo::default() },
        pending: None,
        grace_seconds: 30.0,
        build: None,
        room_code: None,
        watching: false,
    }
}
