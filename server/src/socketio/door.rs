//! The sockets themselves: each has a task that stands between its events and its session.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method};
use protocol::{ClientMessage, DecodeError, Encoding, codec};
use serde::Deserialize;
use socketioxide::extract::{AckSender, SocketRef, TryData};
use socketioxide::socket::DisconnectReason;
use socketioxide::{SendError, SocketError, SocketIo};
use tokio::sync::mpsc;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::events::{Auth, Event, MoveTo};
use super::translator::{self, Translator, Wishes};
use crate::edge::{Edge, Guest};
use crate::proxy::IDLE_LIMIT;
use crate::session::Peer;
use crate::session::agent::Agent;
use crate::transport::pipe::{self, NotTaken, PipeEnd};

/// How often a client is asked whether it is there, and how long it may take to answer: together what a WebSocket gets.
const PING_INTERVAL: Duration = Duration::from_secs(10);
const PING_TIMEOUT: Duration = Duration::from_secs(5);
const _: () = assert!(PING_INTERVAL.as_secs() < IDLE_LIMIT.as_secs());
/// A connection that does not say what it wants is closed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Packets that wait for a client; between two polls on a bad line there is a lot to tell.
const PACKETS: usize = 2_048;
/// Events that wait behind those. Whoever has more does not read at all.
const BACKLOG: usize = 1_024;
/// Largest request of a client, bytes.
const MAX_REQUEST: u64 = 16 * 1024;
/// Events of a client that wait for its task; what is more is dropped.
const COMMANDS: usize = 64;

type Callback = AckSender;

/// What a client does.
enum Command {
    Move(MoveTo, Callback),
    Attack(Callback),
    Chat(String),
    /// It did something that cannot be understood.
    Wrong(&'static str),
    Gone {
        /// It said goodbye, and did not only lose its connection.
        on_purpose: bool,
    },
}

#[derive(Deserialize)]
struct Words {
    text: String,
}

/// The path of the door. Pages of these `origins` may use it; `*` lets all.
pub(crate) fn router(edge: Edge, origins: &[String]) -> Router {
    let (service, io) = SocketIo::builder()
        .ping_interval(PING_INTERVAL)
        .ping_timeout(PING_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .max_buffer_size(PACKETS)
        .max_payload(MAX_REQUEST)
        .build_svc();
    io.ns("/", move |socket: SocketRef, TryData(auth): TryData<Auth>| {
        // Whoever says nothing of itself says nothing wrong.
        open(socket, auth.unwrap_or_default(), &edge);
        std::future::ready(())
    });
    Router::new().route_service("/socket.io/", service).layer(cors(origins))
}

/// Browsers of other origins get an answer that they may read.
fn cors(origins: &[String]) -> CorsLayer {
    let origins = match origins {
        [all] if all == "*" => AllowOrigin::any(),
        some => AllowOrigin::list(some.iter().filter_map(|origin| HeaderValue::from_str(origin).ok())),
    };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([CONTENT_TYPE])
}

fn open(socket: SocketRef, auth: Auth, edge: &Edge) {
    let parts = socket.req_parts();
    let Some(ConnectInfo(address)) = parts.extensions.get::<ConnectInfo<SocketAddr>>().copied() else {
        tracing::error!("a Socket.IO client did not come through the server's own listener");
        let _ = socket.disconnect();
        return;
    };
    let peer = Peer { address, encoding: Encoding::Json, agent: Agent::of(&parts.headers) };
    let guest = match edge.admit(address) {
        Ok(guest) => guest,
        Err(turned) => {
            tell(
                &socket,
                &Event::Closing { code: protocol::CloseCode::Full.code(), reason: turned.to_string() },
            );
            let _ = socket.disconnect();
            return;
        }
    };
    let commands = listen(&socket);
    tokio::spawn(stay(socket, auth, commands, guest, peer));
}

/// Registers what a client may do.
fn listen(socket: &SocketRef) -> mpsc::Receiver<Command> {
    let (sender, commands) = mpsc::channel(COMMANDS);
    let on = |sender: &mpsc::Sender<Command>| sender.clone();

    let to = on(&sender);
    socket.on("move", move |TryData(goal): TryData<MoveTo>, callback: Callback| {
        let wrong = Command::Wrong("move takes {x, y}, two numbers");
        let _ = to.try_send(goal.map_or(wrong, |goal| Command::Move(goal, callback)));
        std::future::ready(())
    });
    let to = on(&sender);
    socket.on("attack", move |callback: Callback| {
        let _ = to.try_send(Command::Attack(callback));
        std::future::ready(())
    });
    let to = on(&sender);
    socket.on("chat", move |TryData(line): TryData<Words>| {
        let wrong = Command::Wrong("chat takes {text}");
        let _ = to.try_send(line.map_or(wrong, |line| Command::Chat(line.text)));
        std::future::ready(())
    });
    socket.on_disconnect(move |reason: DisconnectReason| {
        // A page that is loaded anew closes its transport, too.
        let on_purpose = matches!(reason, DisconnectReason::ClientNSDisconnect);
        let to = on(&sender);
        // Waits for its turn: this one must not be dropped.
        async move {
            let _ = to.send(Command::Gone { on_purpose }).await;
        }
    });
    commands
}

/// Why a client is not served any more.
enum End {
    /// It left.
    Left { on_purpose: bool },
    /// The session is over, or takes nothing more, or the client does not read.
    Over,
}

impl From<NotTaken> for End {
    fn from(_: NotTaken) -> Self {
        Self::Over
    }
}

/// Serves one client until one side ends it.
async fn stay(socket: SocketRef, auth: Auth, commands: mpsc::Receiver<Command>, guest: Guest, peer: Peer) {
    let (wire, pipe) = pipe::pair();
    let session = tokio::spawn(guest.play_lengths(wire, peer));
    let mut client =
        Client { socket, pipe, translator: Translator::new(), backlog: VecDeque::new(), commands };
    let end = client.serve(auth).await;
    if let Err(End::Left { on_purpose: true }) = end {
        let _ = client.say(&ClientMessage::Bye);
        while client.pipe.next().await.is_some() {}
    }
    let _ = client.socket.disconnect();
    drop(client.pipe);
    if let Err(error) = session.await {
        tracing::error!("a session of a Socket.IO client failed: {error}");
    }
}

struct Client {
    socket: SocketRef,
    pipe: PipeEnd,
    translator: Translator<Callback>,
    /// Events for which the client's buffer had no room.
    backlog: VecDeque<Event>,
    commands: mpsc::Receiver<Command>,
}

impl Client {
    async fn serve(&mut self, auth: Auth) -> Result<(), End> {
        self.say(&translator::hello(auth))?;
        loop {
            let mut wishes = Wishes::default();
            tokio::select! {
                message = self.pipe.next() => match message {
                    Some(message) => self.hear(&message, &mut wishes)?,
                    None => return Err(End::Over),
                },
                command = self.commands.recv() => match command {
                    Some(command) => self.obey(command, &mut wishes)?,
                    None => return Err(End::Over),
                },
            }
            self.fulfil(wishes)?;
        }
    }

    fn say(&self, message: &ClientMessage) -> Result<(), End> {
        Ok(self.pipe.send(&codec::encode_client(message, Encoding::Json))?)
    }

    /// The session said something.
    fn hear(&mut self, message: &[u8], wishes: &mut Wishes<Callback>) -> Result<(), End> {
        if message.is_empty() {
            // Asked for a sign of life; whether the client lives, Socket.IO knows.
            return Ok(self.pipe.send(b"")?);
        }
        match codec::decode_server(message, Encoding::Json) {
            Ok(message) => self.translator.hear(message, wishes),
            Err(DecodeError::UnknownType(kind)) if kind == "close" => {
                #[derive(Deserialize)]
                struct Goodbye {
                    code: u16,
                    reason: String,
                }
                if let Ok(Goodbye { code, reason }) = serde_json::from_slice(message) {
                    tell(&self.socket, &Event::Closing { code, reason });
                }
            }
            Err(error) => tracing::error!("a message of the server could not be read: {error}"),
        }
        Ok(())
    }

    fn obey(&mut self, command: Command, wishes: &mut Wishes<Callback>) -> Result<(), End> {
        match command {
            Command::Move(goal, callback) => self.translator.move_to(goal, callback, wishes),
            Command::Attack(callback) => self.translator.attack(callback, wishes),
            Command::Chat(text) => wishes.messages.push(ClientMessage::Chat { text }),
            Command::Wrong(how) => {
                let (code, message) = ("bad_message".into(), how.to_owned());
                wishes.events.push(Event::GameError { code, message });
            }
            Command::Gone { on_purpose } => return Err(End::Left { on_purpose }),
        }
        Ok(())
    }

    fn fulfil(&mut self, wishes: Wishes<Callback>) -> Result<(), End> {
        for message in &wishes.messages {
            self.say(message)?;
        }
        self.backlog.extend(wishes.events);
        while let Some(event) = self.backlog.pop_front() {
            match (tell(&self.socket, &event), event) {
                (Told::Yes, _) => {}
                (Told::Closed, _) => return Err(End::Left { on_purpose: false }),
                // Latest wins: where somebody is will be told again, and by then it is newer.
                (Told::Full, Event::PlayerMoved { id, .. }) => self.translator.not_told(id),
                (Told::Full, event) => {
                    self.backlog.push_front(event);
                    break;
                }
            }
        }
        if self.backlog.len() > BACKLOG {
            return Err(End::Over);
        }
        for (callback, answer) in wishes.answers {
            // Who has no room for the answer has no use for it.
            let _ = callback.send(&answer);
        }
        Ok(())
    }
}

/// What became of an event.
enum Told {
    Yes,
    Full,
    Closed,
}

fn tell(socket: &SocketRef, event: &Event) -> Told {
    match socket.emit(event.name(), event) {
        Ok(()) => Told::Yes,
        Err(SendError::Socket(SocketError::InternalChannelFull)) => Told::Full,
        Err(SendError::Socket(SocketError::Closed)) => Told::Closed,
        Err(SendError::Serialize(error)) => {
            tracing::error!("an event could not be written: {error}");
            Told::Yes
        }
    }
}
