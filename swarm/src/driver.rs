//! Does for a client what a browser does: sockets, downloads, frames.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use client_core::conditioner::Direction;
use client_core::protocol::Encoding;
use client_core::protocol::limits::MAX_SERVER_MESSAGE;
use client_core::sim::rng::Rng;
use client_core::{Action, Client, ClientConfig, ClientEvent, Conditioner};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::bot::{BotOptions, BotState, Command};
use crate::samples::Sample;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Fetched = (String, Result<Vec<u8>, String>);

/// Longest time that a write may take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);
/// Between two looks at what a bad line lets through.
const LINE_CHECK: Duration = Duration::from_millis(4);
/// Frames between two decisions of a behaviour.
const FRAMES_PER_DECISION: u32 = 4;

static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

fn now_ms() -> f64 {
    EPOCH.elapsed().as_secs_f64() * 1_000.0
}

pub(crate) struct Driver {
    url: String,
    client: Client,
    options: BotOptions,
    resume: Option<String>,
    publish: watch::Sender<BotState>,
    telling: mpsc::UnboundedSender<ClientEvent>,
    socket: Option<Socket>,
    /// What everything goes through, both ways.
    line: Conditioner<Vec<u8>>,
    opening: Option<JoinHandle<Result<Socket, Error>>>,
    fetched: mpsc::UnboundedSender<Fetched>,
    downloads: mpsc::UnboundedReceiver<Fetched>,
    rng: Rng,
    frames: u32,
    /// Set when this bot stands for many light players.
    sample: Option<Sample>,
}

impl Driver {
    pub(crate) fn new(
        url: String,
        config: ClientConfig,
        options: BotOptions,
        publish: watch::Sender<BotState>,
        telling: mpsc::UnboundedSender<ClientEvent>,
        sample: Option<Sample>,
    ) -> Self {
        let (fetched, downloads) = mpsc::unbounded_channel();
        let mut line = Conditioner::new(options.seed);
        line.set(options.net);
        Self {
            line,
            url,
            resume: config.resume.clone(),
            rng: Rng::new(options.seed),
            client: Client::new(config, now_ms()),
            options,
            publish,
            telling,
            socket: None,
            opening: None,
            fetched,
            downloads,
            frames: 0,
            sample,
        }
    }

    /// Plays until the bot is told to leave, or its user is gone.
    pub(crate) async fn play(mut self, mut inbox: mpsc::UnboundedReceiver<Command>) {
        let mut frames = interval(self.options.frame);
        frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.pass_on().await;
            self.carry_out().await;
            tokio::select! {
                _ = frames.tick() => self.frame(),
                () = sleep(LINE_CHECK), if self.line.is_busy() => {}
                message = receive(&mut self.socket) => self.received(message),
                opened = open(&mut self.opening) => self.opened(opened),
                Some((hash, content)) = self.downloads.recv() => {
                    self.client.handle_content(now_ms(), &hash, content);
                }
                command = inbox.recv() => match command {
                    Some(Command::Play(play)) => play(&mut self.client),
                    Some(Command::Cut) => self.closed(None),
                    Some(Command::Leave) | None => break,
                },
            }
        }
        self.client.leave();
        self.carry_out().await;
        self.publish();
    }

    fn frame(&mut self) {
        self.client.update(now_ms());
        self.frames = self.frames.wrapping_add(1);
        if self.frames.is_multiple_of(FRAMES_PER_DECISION) {
            self.options.behaviour.act(&mut self.client, now_ms(), &mut self.rng);
        }
        if let Some(sample) = &mut self.sample {
            sample.act(&mut self.client);
        }
        self.publish();
    }

    fn publish(&mut self) {
        while let Some(event) = self.client.poll_event() {
            if self.options.observed {
                // Nobody listens any more when the bot was dropped.
                let _ = self.telling.send(event);
            }
        }
        let view = self.options.observed.then(|| self.client.view(now_ms()));
        self.publish.send_replace(BotState {
            view,
            stats: self.client.stats().clone(),
            connection: self.client.connection().clone(),
            resume: self.resume.clone(),
        });
    }

    fn received(&mut self, message: Option<Result<Message, Error>>) {
        match message {
            Some(Ok(Message::Binary(bytes))) => self.arrived(&bytes),
            Some(Ok(Message::Text(text))) => self.arrived(text.as_bytes()),
            // Pings are answered by the socket with the next flush; every heartbeat flushes.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Ok(Message::Close(frame))) => self.closed(frame.map(|frame| u16::from(frame.code))),
            Some(Err(_)) | None => self.closed(None),
        }
    }

    fn arrived(&mut self, bytes: &[u8]) {
        if self.line.conditions().is_clear() {
            self.client.handle_message(now_ms(), bytes);
        } else {
            self.line.put(now_ms(), Direction::Down, bytes.to_vec());
        }
    }

    /// Lets through what a bad line has held back for long enough.
    async fn pass_on(&mut self) {
        if self.line.advance(now_ms()) && self.socket.is_some() {
            return self.closed(None);
        }
        while let Some((_, bytes)) = self.line.take(now_ms(), Direction::Up) {
            self.send(bytes).await;
        }
        while let Some((_, bytes)) = self.line.take(now_ms(), Direction::Down) {
            self.client.handle_message(now_ms(), &bytes);
        }
    }

    fn opened(&mut self, opened: Result<Socket, Error>) {
        match opened {
            Ok(socket) => {
                self.socket = Some(socket);
                self.client.handle_opened(now_ms());
            }
            Err(_) => self.client.handle_closed(now_ms(), None),
        }
    }

    fn closed(&mut self, code: Option<u16>) {
        self.socket = None;
        self.line.clear();
        self.client.handle_closed(now_ms(), code);
    }

    async fn carry_out(&mut self) {
        while let Some(action) = self.client.poll_action() {
            match action {
                Action::Connect => self.connect(),
                Action::Send(bytes) if self.line.conditions().is_clear() => self.send(bytes).await,
                Action::Send(bytes) => self.line.put(now_ms(), Direction::Up, bytes),
                Action::Close { code } => self.close(code).await,
                Action::FetchContent { hash } => self.fetch(hash),
                Action::SaveResume(token) => self.resume = Some(token),
                Action::ForgetResume => self.resume = None,
            }
        }
    }

    fn connect(&mut self) {
        self.socket = None;
        self.line.clear();
        if let Some(earlier) = self.opening.take() {
            earlier.abort();
        }
        let (url, subprotocol) = (self.url.clone(), self.options.encoding.subprotocol());
        self.opening = Some(tokio::task::spawn_local(async move {
            let mut request = url.into_client_request()?;
            let offer = HeaderValue::from_static(subprotocol);
            request.headers_mut().insert("Sec-WebSocket-Protocol", offer);
            let config = WebSocketConfig::default()
                .read_buffer_size(16 * 1024)
                .max_message_size(Some(MAX_SERVER_MESSAGE))
                .max_frame_size(Some(MAX_SERVER_MESSAGE));
            let no_delay = true;
            let (socket, _) = connect_async_with_config(request, Some(config), no_delay).await?;
            Ok(socket)
        }));
    }

    async fn send(&mut self, bytes: Vec<u8>) {
        let Some(socket) = &mut self.socket else { return };
        let message = match self.options.encoding {
            Encoding::Binary => Message::Binary(Bytes::from(bytes)),
            // The client writes JSON, which is UTF-8.
            Encoding::Json => Message::Text(Utf8Bytes::try_from(bytes).unwrap_or_default()),
        };
        if !matches!(timeout(WRITE_TIMEOUT, socket.send(message)).await, Ok(Ok(()))) {
            self.closed(None);
        }
    }

    async fn close(&mut self, code: u16) {
        self.opening = None;
        // The last words are on their way already.
        while let Some((_, bytes)) = self.line.take(f64::INFINITY, Direction::Up) {
            self.send(bytes).await;
        }
        let Some(mut socket) = self.socket.take() else { return };
        let frame = CloseFrame { code: CloseCode::from(code), reason: Utf8Bytes::default() };
        // A peer that is dead does not answer; it is dropped either way.
        let _ = timeout(Duration::from_millis(500), socket.close(Some(frame))).await;
    }

    fn fetch(&self, hash: String) {
        let (url, fetched) = (content_url(&self.url, &hash), self.fetched.clone());
        tokio::task::spawn_local(async move {
            let content = download(&url).await.map_err(|error| error.to_string());
            let _ = fetched.send((hash, content));
        });
    }
}

async fn receive(socket: &mut Option<Socket>) -> Option<Result<Message, Error>> {
    match socket {
        Some(socket) => socket.next().await,
        None => std::future::pending().await,
    }
}

async fn open(opening: &mut Option<JoinHandle<Result<Socket, Error>>>) -> Result<Socket, Error> {
    let Some(handle) = opening else { return std::future::pending().await };
    let opened = handle.await;
    *opening = None;
    opened.unwrap_or(Err(Error::ConnectionClosed))
}

/// `ws://host:port/ws` to `http://host:port/content/{hash}`: content is beside the WebSocket, as the game may be below a path.
fn content_url(socket_url: &str, hash: &str) -> String {
    let http = socket_url.replacen("ws", "http", 1);
    let path = http.split('?').next().unwrap_or_default();
    let root = path.strip_suffix("/ws").unwrap_or(path).trim_end_matches('/');
    format!("{root}/content/{hash}")
}

async fn download(url: &str) -> Result<Vec<u8>, reqwest::Error> {
    static HTTP: LazyLock<reqwest::Client> = LazyLock::new(reqwest::Client::new);
    let response = HTTP.get(url).timeout(Duration::from_secs(8)).send().await?;
    Ok(response.error_for_status()?.bytes().await?.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_comes_from_the_server_that_we_play_on() {
        assert_eq!(content_url("ws://127.0.0.1:8080/ws", "abc"), "http://127.0.0.1:8080/content/abc");
        assert_eq!(content_url("wss://news.example", "abc"), "https://news.example/content/abc");
        assert_eq!(content_url("wss://a.example/arena/ws?x=/", "abc"), "https://a.example/arena/content/abc");
    }
}
