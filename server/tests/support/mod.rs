//! A server on a port of its own, and a client that speaks JSON over a real socket.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file includes this and uses a part of it"
)]

pub mod witness;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use server::config::{Config, Flags};
use server::shutdown::Shutdown;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Longer than anything that is waited for takes, even on a busy machine; a test that gets here has failed.
pub const PATIENCE: Duration = Duration::from_secs(40);
/// The admin token of test servers.
pub const ADMIN_TOKEN: &str = "a-token-only-for-tests";

/// A running server.
pub struct TestServer {
    pub address: SocketAddr,
    tcp: SocketAddr,
    pub data: TempDir,
    shutdown: Shutdown,
    task: JoinHandle<Result<(), server::ServerError>>,
}

impl TestServer {
    /// Starts one on an empty data folder.
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    /// Starts one with some settings changed.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), change).await
    }

    /// Starts one on a data folder.
    pub async fn start_in(data: TempDir, change: impl FnOnce(&mut Config)) -> Self {
        let flags = Flags { admin_token: Some(ADMIN_TOKEN.to_owned()), ..Flags::default() };
        let mut config = Config::from_flags(flags).unwrap();
        config.data = data.path().to_owned();
        config.update_lead = Duration::from_millis(200);
        // Tests count players; those about bots ask for them.
        config.bots = 0;
        change(&mut config);
        let http = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, tcp_address) = (http.local_addr().unwrap(), tcp.local_addr().unwrap());
        let shutdown = Shutdown::new();
        let listeners = server::Listeners { http, tcp: Some(tcp) };
        let task = tokio::spawn(server::run(listeners, config, shutdown.clone()));
        Self { address, tcp: tcp_address, data, shutdown, task }
    }

    /// Stops it as SIGTERM does, and gives the data folder for the next one.
    pub async fn stop(self) -> TempDir {
        self.shutdown.start();
        timeout(PATIENCE, self.task).await.expect("the server stops").unwrap().unwrap();
        self.data
    }

    /// Where its TCP door is.
    pub fn tcp(&self) -> SocketAddr {
        self.tcp
    }

    /// The path of a file in the data folder.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// A connection that has not said anything.
    pub async fn connect(&self) -> Client {
        Client::connect(self.address, protocol::JSON).await
    }

    /// A player in the arena.
    pub async fn join(&self, name: &str) -> (Client, Value) {
        self.come(json!({ "type": "hello", "protocol": 1, "name": name })).await
    }

    /// A player who comes back with a token.
    pub async fn resume(&self, token: &str) -> (Client, Value) {
        self.come(json!({ "type": "hello", "protocol": 1, "name": "Back", "resume": token })).await
    }

    async fn come(&self, hello: Value) -> (Client, Value) {
        let mut client = self.connect().await;
        client.send(hello).await;
        let welcome = client.wait_for("welcome").await;
        (client, welcome)
    }
}

/// A connection that speaks JSON.
pub struct Client {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Client {
    pub async fn connect(address: SocketAddr, subprotocol: &str) -> Self {
        let (socket, _) = tokio_tungstenite::connect_async(request(address, subprotocol)).await.unwrap();
        Self { socket }
    }

    /// A JSON connection for which the proxy on this machine says that it comes from `address`.
    pub async fn connect_for(server: SocketAddr, address: &str) -> Self {
        let mut request = request(server, protocol::JSON);
        request.headers_mut().insert("x-forwarded-for", address.parse().unwrap());
        let (socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        Self { socket }
    }

    /// A JSON connection whose receive buffer is as small as the system allows.
    pub async fn connect_with_small_buffer(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let stream = MaybeTlsStream::Plain(socket.connect(address).await.unwrap());
        let (socket, _) =
            tokio_tungstenite::client_async(request(address, protocol::JSON), stream).await.unwrap();
        Self { socket }
    }

    pub async fn send(&mut self, message: Value) {
        self.send_raw(Message::text(message.to_string())).await;
    }

    pub async fn send_raw(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// The next message, or the close code.
    pub async fn next(&mut self) -> Result<Value, u16> {
        loop {
            let message = timeout(PATIENCE, self.socket.next()).await.expect("the server says something");
            match message {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                None
                | Some(Err(
                    Error::ConnectionClosed | Error::AlreadyClosed | Error::Protocol(_) | Error::Io(_),
                )) => {
                    return Err(1006);
                }
                Some(Err(error)) => panic!("{error}"),
            }
        }
    }

    /// The next message for which `wanted` holds.
    pub async fn wait(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let found = timeout(PATIENCE, async {
            loop {
                match self.next().await {
                    Ok(message) if wanted(&message) => return message,
                    Ok(_) => {}
                    Err(code) => panic!("closed with {code} while waiting for {what}"),
                }
            }
        });
        found.await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
    }

    /// The next message of a type.
    pub async fn wait_for(&mut self, kind: &str) -> Value {
        self.wait(kind, |message| message["type"] == kind).await
    }

    /// The code of the close frame, whatever comes before it.
    pub async fn wait_for_close(&mut self) -> u16 {
        timeout(PATIENCE, async {
            loop {
                if let Err(code) = self.next().await {
                    return code;
                }
            }
        })
        .await
        .expect("the server closes the connection")
    }
}

fn request(address: SocketAddr, subprotocol: &str) -> Request {
    let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", subprotocol.parse().unwrap());
    request
}

/// Calls the admin API with the token.
pub async fn admin(server: &TestServer, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let bearer = format!("Bearer {ADMIN_TOKEN}");
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    let answer = http(server, method, path, &[("Authorization", &bearer)], &body).await;
    (answer.status, answer.json)
}

/// An answer over HTTP.
pub struct Answer {
    pub status: u16,
    /// Null when the body is something else.
    pub json: Value,
    /// The body as it came.
    pub text: String,
    headers: Vec<(String, String)>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Sends a request as it stands, over a connection of its own.
pub async fn http(
    server: &TestServer,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        server.address,
        body.len()
    );
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    // A server that refuses a long body may close before it has read all of it.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an answer");
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole answer");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if chunked { unchunk(body) } else { body.to_owned() };
    Answer { status, json: serde_json::from_str(&body).unwrap_or(Value::Null), text: body, headers }
}

fn unchunk(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 {
            break;
        }
        whole.push_str(&rest[..size]);
        body = &rest[size + 2..];
    }
    whole
}
