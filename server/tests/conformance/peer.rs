//! A client that writes its frames by hand, and what it sees of the answers.

use std::time::Duration;

use protocol::{ClientMessage, Encoding, ErrorCode, Hello, ServerMessage, codec};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::TestServer;

/// The last frame of a message.
pub(crate) const FIN: u8 = 0x80;
pub(crate) const CONTINUATION: u8 = 0x0;
pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xA;

/// Longer than any answer takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a player sees of the server's answers. Snapshots and news of others are left out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    /// The answer to the heartbeat of that time.
    Ack(f64),
    /// Something was not accepted.
    Error(ErrorCode),
    /// A line of chat.
    Chat(String),
    Pong(Vec<u8>),
    /// A close frame with this code, or without one.
    Close(Option<u16>),
    /// The connection is closed.
    End,
}

/// How bytes are cut into pieces on their way.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cut {
    /// All frames at once.
    Whole,
    /// One frame after the other.
    Frames,
    /// Pieces of so many bytes.
    Pieces(usize),
}

/// A masked frame with the shortest header; `first` is FIN, reserved bits and opcode.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x5a, 0x00, 0xc3, 0xff];
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length @ 126..=0xFFFF => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend(mask);
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// A message in fragments of so many bytes each.
pub(crate) fn fragments(opcode: u8, payload: &[u8], size: usize) -> Vec<Vec<u8>> {
    let last = payload.len().div_ceil(size).max(1) - 1;
    let pieces = (0..=last).map(|index| &payload[index * size..payload.len().min((index + 1) * size)]);
    let first =
        |index| (if index == 0 { opcode } else { CONTINUATION }) | if index == last { FIN } else { 0 };
    pieces.enumerate().map(|(index, piece)| frame(first(index), piece)).collect()
}

/// A heartbeat in JSON, filled with white space up to `size` bytes.
pub(crate) fn heartbeat(t: u32, size: usize) -> Vec<u8> {
    let mut text = format!("{{\"type\":\"heartbeat\",\"t\":{t}");
    text.push_str(&" ".repeat(size.saturating_sub(text.len() + 1)));
    text.push('}');
    text.into_bytes()
}

/// An ordinary upgrade without subprotocols and extensions.
pub(crate) const UPGRADE: &str = "GET /ws HTTP/1.1\r\nHost: arena\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                                  Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// A request with more header lines, each ending with a line break.
pub(crate) fn with(request: &str, lines: &str) -> String {
    request.replacen("Upgrade: websocket\r\n", &format!("Upgrade: websocket\r\n{lines}"), 1)
}

/// A connection without a library.
pub(crate) struct Peer {
    stream: TcpStream,
    encoding: Encoding,
}

impl Peer {
    /// Sends a request, and reads the head of the answer in small letters.
    pub(crate) async fn ask(server: &TestServer, request: &str) -> (Self, String) {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let byte = timeout(PATIENCE, stream.read_u8()).await.expect("an answer");
            head.push(byte.expect("a whole head"));
        }
        let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
        (Self { stream, encoding: Encoding::Json }, head)
    }

    /// A player in the arena.
    pub(crate) async fn join(server: &TestServer, encoding: Encoding) -> Self {
        let lines = format!("Sec-WebSocket-Protocol: {}\r\n", encoding.subprotocol());
        let (mut peer, _) = Self::ask(server, &with(UPGRADE, &lines)).await;
        peer.encoding = encoding;
        peer.say_hello().await;
        peer
    }

    /// Comes into the arena in JSON, whatever was agreed on.
    pub(crate) async fn say_hello(&mut self) {
        let hello = Hello { protocol: 1, name: "Ada".to_owned(), ..Hello::default() };
        let hello = codec::encode_client(&ClientMessage::Hello(hello), self.encoding);
        let opcode = if self.encoding == Encoding::Json { TEXT } else { BINARY };
        self.send(&[frame(FIN | opcode, &hello)], Cut::Whole).await;
        loop {
            let (_, payload) = timeout(PATIENCE, self.frame()).await.expect("a welcome").expect("a welcome");
            if let Ok(ServerMessage::Welcome(_)) = codec::decode_server(&payload, self.encoding) {
                return;
            }
        }
    }

    /// Sends frames. The server may have closed already: what it said before is what counts.
    pub(crate) async fn send(&mut self, frames: &[Vec<u8>], cut: Cut) {
        match cut {
            Cut::Whole => drop(self.stream.write_all(&frames.concat()).await),
            Cut::Frames => {
                for frame in frames {
                    drop(self.stream.write_all(frame).await);
                }
            }
            Cut::Pieces(size) => {
                for piece in frames.concat().chunks(size) {
                    drop(self.stream.write_all(piece).await);
                }
            }
        }
    }

    /// The client sends nothing any more.
    pub(crate) async fn hang_up(&mut self) {
        drop(self.stream.shutdown().await);
    }

    /// The next answer.
    pub(crate) async fn next(&mut self) -> Result<Seen, String> {
        let found = timeout(PATIENCE, async {
            loop {
                let Some((first, payload)) = self.frame().await else { return Ok(Seen::End) };
                if let Some(seen) = self.understand(first, payload)? {
                    return Ok(seen);
                }
            }
        });
        found.await.map_err(|_| "no answer came".to_owned())?
    }

    fn understand(&self, first: u8, payload: Vec<u8>) -> Result<Option<Seen>, String> {
        let message = if self.encoding == Encoding::Json { TEXT } else { BINARY };
        let wrong = || format!("a frame that no server sends: {first:#x}, {} bytes", payload.len());
        Ok(match first.checked_sub(FIN).ok_or_else(wrong)? {
            PING => None,
            PONG => Some(Seen::Pong(payload)),
            CLOSE => Some(Seen::Close(payload.first_chunk().map(|code| u16::from_be_bytes(*code)))),
            opcode if opcode != message => return Err(wrong()),
            _ if self.encoding == Encoding::Binary && payload[0] != codec::MESSAGE => None,
            _ => match codec::decode_server(&payload, self.encoding).map_err(|error| error.to_string())? {
                ServerMessage::HeartbeatAck { t, .. } => Some(Seen::Ack(t)),
                ServerMessage::Error { code, .. } => Some(Seen::Error(code)),
                ServerMessage::Chat { text, .. } => Some(Seen::Chat(text)),
                _ => None,
            },
        })
    }

    /// First byte and payload of the next frame; `None` at the end, or when the connection was reset.
    async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let first = self.stream.read_u8().await.ok()?;
        let length = match self.stream.read_u8().await.ok()? {
            126 => u64::from(self.stream.read_u16().await.ok()?),
            127 => self.stream.read_u64().await.ok()?,
            length => u64::from(length),
        };
        let mut payload = vec![0; length as usize];
        self.stream.read_exact(&mut payload).await.ok()?;
        Some((first, payload))
    }
}
