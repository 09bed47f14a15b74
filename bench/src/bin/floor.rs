//! The floor: a bare epoll loop that knows no game. Twenty times a second it writes the same bytes to every socket, one
//! `write` each, and what comes in it reads and forgets. No server that sends as many bytes as often can take less.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::time::Duration;

use bench::dialects::floor::HEAD;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use swarm::system::Moment;

const TICK: Duration = Duration::from_millis(50);
const LISTENER: Token = Token(usize::MAX);

/// The answer to every request: the crowd always sends the same key (RFC 6455, section 1.3).
const UPGRADED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// One player.
struct Peer {
    stream: TcpStream,
    upgraded: bool,
    /// What a full socket has not taken yet.
    rest: Vec<u8>,
}

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<usize>().unwrap_or(0));
    let (port, bytes) = (arguments.next().unwrap_or(0) as u16, arguments.next().unwrap_or(0));
    let mut poll = Poll::new()?;
    let mut listener = TcpListener::bind(([127, 0, 0, 1], port).into())?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let (mut events, mut buffer) = (Events::with_capacity(1_024), vec![0; 64 * 1_024]);
    let (mut peers, mut next) = (BTreeMap::new(), 0);
    let bytes = bytes.max(2 + HEAD);
    let (mut frame, head) = (frame(bytes), header_len(bytes));
    let mut due = Moment::now().plus(TICK);
    loop {
        match poll.poll(&mut events, Some(due.since(Moment::now()))) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut stream, _)) = listener.accept() {
                    stream.set_nodelay(true)?;
                    poll.registry().register(&mut stream, Token(next), Interest::READABLE)?;
                    peers.insert(next, Peer { stream, upgraded: false, rest: Vec::new() });
                    next += 1;
                }
            } else if let Some(peer) = peers.get_mut(&event.token().0)
                && !peer.read(&mut buffer)
            {
                peers.remove(&event.token().0);
            }
        }
        if Moment::now() >= due {
            frame[head..head + 8].copy_from_slice(&due.as_nanos().to_le_bytes());
            frame[head + 8..head + HEAD].copy_from_slice(&(peers.len() as u32).to_le_bytes());
            peers.retain(|_, peer| !peer.upgraded || peer.write(&frame));
            due = due.plus(TICK);
        }
    }
}

/// Bytes of a frame's header when the whole frame is to have `bytes`.
fn header_len(bytes: usize) -> usize {
    match bytes {
        0..=127 => 2,
        128..=65_539 => 4,
        _ => 10,
    }
}

/// A binary frame of so many bytes in all.
fn frame(bytes: usize) -> Vec<u8> {
    let header = header_len(bytes);
    let len = bytes - header;
    let mut frame = vec![0x82];
    match header {
        2 => frame.push(len as u8),
        4 => {
            frame.push(126);
            frame.extend_from_slice(&(len as u16).to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    frame.resize(bytes, 0);
    frame
}

impl Peer {
    /// False when the player is gone.
    fn read(&mut self, buffer: &mut [u8]) -> bool {
        loop {
            match self.stream.read(buffer) {
                Ok(0) => return false,
                Ok(len) => {
                    if !self.upgraded && buffer[..len].ends_with(b"\r\n\r\n") {
                        self.upgraded = self.stream.write_all(UPGRADED).is_ok();
                    }
                    if len < buffer.len() {
                        return true;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Err(_) => return false,
            }
        }
    }

    /// One write; a player who is behind gets the rest of its last frame first. False when the player is gone.
    fn write(&mut self, frame: &[u8]) -> bool {
        let late = std::mem::take(&mut self.rest);
        let bytes = if late.is_empty() { frame } else { &late };
        match self.stream.write(bytes) {
            Ok(len) => self.rest = bytes[len..].to_vec(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.rest = late,
            Err(_) => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_as_many_bytes_as_asked_for() {
        for bytes in [14, 127, 128, 129, 65_539, 65_540, 200_000] {
            assert_eq!(frame(bytes).len(), bytes);
        }
        assert_eq!(frame(127)[1], 125);
        assert_eq!(frame(128)[1..4], [126, 0, 124]);
    }
}
