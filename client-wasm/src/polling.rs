//! The way to the server where no WebSocket gets through: HTTP long polling, with the messages of the WebSocket, each behind
//! four bytes of length.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use client_core::protocol::BINARY;
use futures_util::StreamExt;
use gloo_net::http::{Request, RequestBuilder};
use gloo_net::websocket::State;
use gloo_net::websocket::futures::WebSocket as SocketStream;
use gloo_timers::future::sleep;
use js_sys::Uint8Array;
use serde::Deserialize;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::WebSocket;

use crate::inbox::{Inbox, Wake};
use crate::net::News;

/// Before the first try of a WebSocket in the background; doubles with each.
const FIRST_TRY: Duration = Duration::from_secs(2);
/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A WebSocket that lives so long works: what breaks it does so at once.
const PROVEN: Duration = Duration::from_secs(1);
/// The first byte of a goodbye, which is JSON; every other message begins with a small number.
const GOODBYE: u8 = b'{';

/// A connection to the server.
pub(crate) struct Polling(Rc<Shared>);

struct Shared {
    serial: u32,
    inbox: Inbox,
    /// Address of the door.
    door: String,
    /// Address of this connection, once it is open.
    address: RefCell<Option<String>>,
    /// What waits to be sent.
    queue: RefCell<Vec<u8>>,
    sending: Cell<bool>,
    closed: Cell<bool>,
}

#[derive(Deserialize)]
struct Goodbye {
    code: u16,
}

impl Polling {
    /// Begins to connect to the door beside the WebSocket at `url`. What happens comes through `inbox`, marked with `serial`.
    /// In the background that WebSocket is tried again and again.
    pub(crate) fn open(url: &str, serial: u32, inbox: &Inbox) -> Self {
        let door = door_beside(url);
        let shared = Rc::new(Shared {
            serial,
            inbox: inbox.clone(),
            door,
            address: RefCell::default(),
            queue: RefCell::default(),
            sending: Cell::default(),
            closed: Cell::default(),
        });
        spawn_local(listen(Rc::clone(&shared)));
        spawn_local(try_websocket(url.to_owned(), Rc::clone(&shared)));
        Self(shared)
    }

    /// Which connection this is.
    pub(crate) fn serial(&self) -> u32 {
        self.0.serial
    }

    /// Sends one message; one that cannot be sent is lost, as the connection is about to say that it is closed.
    pub(crate) fn send(&self, bytes: &[u8]) {
        let mut queue = self.0.queue.borrow_mut();
        queue.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
        queue.extend_from_slice(bytes);
        drop(queue);
        self.0.flush();
    }

    /// Closes the connection; what was sent before still goes out.
    pub(crate) fn close(&self) {
        self.0.closed.set(true);
        if self.0.queue.borrow().is_empty() && !self.0.sending.get() {
            self.abandon();
        }
    }

    /// Lets go of the connection.
    pub(crate) fn abandon(&self) {
        self.0.closed.set(true);
        self.0.hang_up();
    }
}

impl Shared {
    fn tell(&self, news: News) {
        if !self.closed.get() {
            self.inbox.post(Wake::Socket { serial: self.serial, news });
        }
    }

    /// Sends what waits, unless that is under way: messages must stay in order.
    fn flush(self: &Rc<Self>) {
        let Some(address) = self.address.borrow().clone() else { return };
        if self.sending.replace(true) {
            return;
        }
        let shared = Rc::clone(self);
        spawn_local(async move {
            loop {
                let bytes = std::mem::take(&mut *shared.queue.borrow_mut());
                if bytes.is_empty() {
                    break;
                }
                // Whoever reads notices that the connection is gone.
                if post(&address, &bytes).await.is_err() {
                    break;
                }
            }
            shared.sending.set(false);
            if shared.closed.get() {
                shared.hang_up();
            }
        });
    }

    fn hang_up(&self) {
        if let Some(address) = self.address.borrow_mut().take() {
            spawn_local(async move {
                // The server notices by itself when this does not arrive.
                let _ = Request::delete(&address).send().await;
            });
        }
    }
}

/// Sends `bytes` to `address`; gives the text of the answer.
async fn post(address: &str, bytes: &[u8]) -> Result<String, String> {
    let request =
        fresh(Request::post(address)).body(Uint8Array::from(bytes)).map_err(|error| error.to_string())?;
    let answer = request.send().await.map_err(|error| error.to_string())?;
    if !answer.ok() {
        return Err(format!("the server answered {}", answer.status()));
    }
    answer.text().await.map_err(|error| error.to_string())
}

fn fresh(request: RequestBuilder) -> RequestBuilder {
    request.cache(web_sys::RequestCache::NoStore)
}

async fn listen(shared: Rc<Shared>) {
    let mut code = None;
    if let Ok(name) = post(&format!("{}?subprotocol={BINARY}", shared.door), &[]).await {
        let address = format!("{}/{name}", shared.door);
        *shared.address.borrow_mut() = Some(address.clone());
        shared.tell(News::Opened);
        shared.flush();
        while !shared.closed.get() {
            let Some(messages) = read(&address).await else { break };
            for message in split(&messages) {
                if message.first() == Some(&GOODBYE) {
                    code = serde_json::from_slice::<Goodbye>(message).ok().map(|goodbye| goodbye.code);
                } else {
                    shared.tell(News::Message(message.to_vec()));
                }
            }
        }
    }
    shared.tell(News::Closed(code));
    shared.closed.set(true);
}

/// What there is to read; `None` when the connection is over.
async fn read(address: &str) -> Option<Vec<u8>> {
    let answer = fresh(Request::get(address)).send().await.ok()?;
    if !answer.ok() {
        return None;
    }
    answer.binary().await.ok()
}

/// Messages behind their lengths; stops at one that is not whole, which a server never sends.
fn split(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (message, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        bytes = rest;
        Some(message)
    })
}

/// Says when a WebSocket works after all, as long as the connection is needed.
async fn try_websocket(url: String, shared: Rc<Shared>) {
    let mut pause = FIRST_TRY;
    while !shared.closed.get() {
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        if !shared.closed.get() && works(&url).await.unwrap_or(false) {
            shared.inbox.post(Wake::WebSocketWorks { serial: shared.serial });
        }
    }
}

async fn works(url: &str) -> Result<bool, JsValue> {
    let socket = WebSocket::new_with_str(url, BINARY)?;
    let mut stream = SocketStream::try_from(socket.clone()).map_err(|error| error.to_string())?;
    let ready = std::future::poll_fn(|context| {
        futures_util::Sink::poll_ready(std::pin::Pin::new(&mut stream), context)
    });
    let opened = ready.await.is_ok();
    if opened {
        // Nothing is said to who has not said hello, so whatever comes is the end.
        futures_util::future::select(stream.next(), Box::pin(sleep(PROVEN))).await;
    }
    let works = opened && matches!(stream.state(), State::Open);
    let _ = socket.close();
    Ok(works)
}

/// The address of the polling door that belongs to the WebSocket at `url`.
fn door_beside(url: &str) -> String {
    let path = url.strip_suffix("/ws").unwrap_or(url);
    format!("{}/poll", path.replacen("ws", "http", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_door_is_beside_the_websocket() {
        assert_eq!(door_beside("ws://localhost:8080/ws"), "http://localhost:8080/poll");
        assert_eq!(door_beside("wss://ws.example/arena/ws"), "https://ws.example/arena/poll");
    }

    #[test]
    fn messages_are_split_by_their_lengths() {
        let bytes = [0, 0, 0, 2, 7, 8, 0, 0, 0, 0, 0, 0, 0, 1, 9];
        assert_eq!(split(&bytes).collect::<Vec<_>>(), [&[7, 8][..], &[], &[9]]);
        assert_eq!(split(&bytes[..5]).count(), 0);
    }
}
