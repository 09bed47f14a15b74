//! Sockets and downloads.

use std::future::poll_fn;
use std::pin::Pin;

use client_core::protocol::BINARY;
use futures_util::{Sink, StreamExt};
use gloo_net::http::Request;
use gloo_net::websocket::futures::WebSocket as SocketStream;
use gloo_net::websocket::{Message, WebSocketError};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::WebSocket;

use crate::dom;
use crate::inbox::{Inbox, Wake};

/// How the form of the messages is agreed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Negotiation {
    /// As RFC 6455 says, by `Sec-WebSocket-Protocol`.
    #[default]
    Subprotocol,
    /// In the address, for development proxies that leave that header out of the answer: browsers refuse such a socket.
    Address,
}

impl Negotiation {
    /// What to try after this did not work.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Subprotocol => Self::Address,
            Self::Address => Self::Subprotocol,
        }
    }
}

/// What a socket tells.
#[derive(Debug)]
pub(crate) enum News {
    /// It is ready.
    Opened,
    /// It brought a message.
    Message(Vec<u8>),
    /// It is gone, or could not be opened: the WebSocket close code.
    Closed(Option<u16>),
}

/// A connection to the server.
#[derive(Debug)]
pub(crate) struct Socket {
    serial: u32,
    socket: WebSocket,
}

impl Socket {
    /// Begins to connect. What happens comes through `inbox`, marked with `serial`.
    ///
    /// # Errors
    /// When the browser refuses the address.
    pub(crate) fn open(
        url: &str,
        negotiation: Negotiation,
        serial: u32,
        inbox: &Inbox,
    ) -> Result<Self, JsValue> {
        let socket = match negotiation {
            Negotiation::Subprotocol => WebSocket::new_with_str(url, BINARY)?,
            Negotiation::Address => WebSocket::new(&format!("{url}?subprotocol={BINARY}"))?,
        };
        let stream = SocketStream::try_from(socket.clone()).map_err(|error| error.to_string())?;
        spawn_local(listen(stream, serial, inbox.clone()));
        Ok(Self { serial, socket })
    }

    /// Which socket this is.
    pub(crate) fn serial(&self) -> u32 {
        self.serial
    }

    /// Sends one message; one that cannot be sent is lost, as the socket is about to say that it is closed.
    ///
    /// Directly rather than through gloo-net, which wraps each message in a `Blob`: browsers read those asynchronously.
    pub(crate) fn send(&self, bytes: &[u8]) {
        let _ = self.socket.send_with_u8_array(bytes);
    }

    /// Closes the connection. Browsers allow only 1000 and the codes for applications.
    pub(crate) fn close(&self, code: u16) {
        let code = if matches!(code, 1000 | 3000..=4999) { code } else { 1000 };
        let _ = self.socket.close_with_code(code);
    }

    /// Lets go of the connection without a reason, which is as near as a page gets to a cut cable.
    pub(crate) fn abandon(&self) {
        let _ = self.socket.close();
    }
}

async fn listen(mut stream: SocketStream, serial: u32, inbox: Inbox) {
    // Resolves when the socket is no longer connecting, one way or the other.
    let ready = poll_fn(|context| Pin::new(&mut stream).poll_ready(context)).await;
    if ready.is_ok() && matches!(stream.state(), gloo_net::websocket::State::Open) {
        inbox.post(Wake::Socket { serial, news: News::Opened });
    }
    let mut code = None;
    while let Some(message) = stream.next().await {
        let bytes = match message {
            Ok(Message::Bytes(bytes)) => bytes,
            Ok(Message::Text(text)) => text.into_bytes(),
            Err(WebSocketError::ConnectionClose(event)) => {
                code = Some(event.code);
                continue;
            }
            Err(_) => continue,
        };
        inbox.post(Wake::Socket { serial, news: News::Message(bytes) });
    }
    inbox.post(Wake::Socket { serial, news: News::Closed(code) });
}

/// The server's WebSocket, next to the page.
pub(crate) fn default_socket_url() -> String {
    format!("{}/ws", root().replacen("http", "ws", 1))
}

/// Address of the folder that the page is in, without a slash at its end. A proxy may have put it below any path.
fn root() -> String {
    folder(&dom::window().location().href().unwrap_or_default()).to_owned()
}

/// The folder of the page at this address.
fn folder(page: &str) -> &str {
    let path = page.split(['?', '#']).next().unwrap_or_default();
    path.rsplit_once('/').map_or(path, |(folder, _)| folder)
}

/// Address of something next to the page.
pub(crate) fn beside_page(path: &str) -> String {
    format!("{}/{path}", root())
}

/// Gets content by its hash; the answer comes through `inbox`.
pub(crate) fn fetch_content(hash: String, inbox: Inbox) {
    spawn_local(async move {
        let result = download(&hash).await;
        inbox.post(Wake::Content { hash, result });
    });
}

async fn download(hash: &str) -> Result<Vec<u8>, String> {
    let response = Request::get(&content_url(hash)).send().await.map_err(|error| error.to_string())?;
    if !response.ok() {
        return Err(format!("the server answered {}", response.status()));
    }
    response.binary().await.map_err(|error| error.to_string())
}

/// Gets the list of rooms; the answer comes through `inbox`.
pub(crate) fn fetch_lobby(inbox: Inbox) {
    spawn_local(async move {
        let answer = match Request::get(&format!("{}/api/lobby", root())).send().await {
            Ok(response) if response.ok() => response.binary().await.ok(),
            _ => None,
        };
        inbox.post(Wake::Lobby(answer));
    });
}

/// Where content lives, next to the page.
pub(crate) fn content_url(hash: &str) -> String {
    format!("{}/content/{hash}", root())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_game_asks_for_is_in_the_folder_of_its_page() {
        assert_eq!(folder("http://localhost:8080/"), "http://localhost:8080");
        assert_eq!(folder("https://ws.example/arena/?name=a/b#c/d"), "https://ws.example/arena");
        assert_eq!(folder("https://ws.example/arena/index.html"), "https://ws.example/arena");
    }
}
