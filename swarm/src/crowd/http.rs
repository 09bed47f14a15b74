//! As much of HTTP/1.1 as it takes to open a WebSocket, or to ask a server for a seat first.

/// The key of every upgrade, and what a server must answer to it (RFC 6455, section 1.3): the key keeps caches from
/// replaying answers, and between us and a server under test there are none.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// Longest answer that is waited for, bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// The request that turns a connection into a WebSocket.
#[must_use]
pub fn upgrade(host: &str, path: &str, subprotocol: Option<&str>) -> Vec<u8> {
    let subprotocol = subprotocol.map_or(String::new(), |name| format!("Sec-WebSocket-Protocol: {name}\r\n"));
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{subprotocol}\r\n"
    )
    .into_bytes()
}

/// A request with a body in JSON.
#[must_use]
pub fn post(host: &str, path: &str, json: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
        json.len()
    )
    .into_bytes()
}

/// An answer of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// It agrees to a WebSocket: frames follow.
    pub upgraded: bool,
    /// The body.
    pub body: Vec<u8>,
    /// Bytes that head and body took; what follows is not of this answer.
    pub len: usize,
}

/// What cannot be made sense of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// Not HTTP/1.1, or longer than anything that is expected here.
    #[error("not an HTTP/1.1 answer")]
    Malformed,
}

/// Reads an answer; `None` while it is not complete.
///
/// # Errors
/// [`HttpError`] when it will never be one.
pub fn read_answer(bytes: &[u8]) -> Result<Option<Answer>, HttpError> {
    let Some(head_len) = bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4) else {
        return if bytes.len() > MAX_ANSWER { Err(HttpError::Malformed) } else { Ok(None) };
    };
    let head = std::str::from_utf8(&bytes[..head_len]).map_err(|_| HttpError::Malformed)?;
    let mut status_line = head.split("\r\n").next().unwrap_or_default().split(' ');
    let status = match (status_line.next(), status_line.next().map(str::parse)) {
        (Some("HTTP/1.1"), Some(Ok(status))) => status,
        _ => return Err(HttpError::Malformed),
    };
    let header = |wanted: &str| {
        let mut pairs = head.split("\r\n").filter_map(|line| line.split_once(':'));
        pairs.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
    };
    let upgraded = status == 101 && header("Sec-WebSocket-Accept") == Some(ACCEPT);
    let body_len: usize = match header("Content-Length") {
        Some(len) if status != 101 => len.parse().map_err(|_| HttpError::Malformed)?,
        _ => 0,
    };
    if body_len > MAX_ANSWER {
        return Err(HttpError::Malformed);
    }
    let Some(body) = bytes.get(head_len..head_len + body_len) else { return Ok(None) };
    Ok(Some(Answer { status, upgraded, body: body.to_vec(), len: head_len + body_len }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upgrade_is_complete_when_its_head_is_and_frames_may_follow() {
        let head = format!("HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: {ACCEPT}\r\n\r\n");
        let whole = [head.as_bytes(), b"\x82\x00"].concat();
        for cut in 0..head.len() {
            assert_eq!(read_answer(&whole[..cut]), Ok(None));
        }
        let answer = read_answer(&whole).unwrap().unwrap();
        assert!(answer.upgraded && answer.len == head.len());
    }

    #[test]
    fn an_answer_with_a_body_is_complete_when_the_body_is() {
        let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nseat";
        assert_eq!(read_answer(&bytes[..bytes.len() - 1]), Ok(None));
        let answer = read_answer(bytes).unwrap().unwrap();
        assert_eq!(
            (answer.status, answer.upgraded, answer.body.as_slice()),
            (200, false, b"seat".as_slice())
        );
    }

    #[test]
    fn a_server_that_refuses_or_speaks_something_else_is_seen() {
        let refused = read_answer(b"HTTP/1.1 429 Too Many Requests\r\n\r\n").unwrap().unwrap();
        assert!(refused.status == 429 && !refused.upgraded);
        assert_eq!(read_answer(b"SSH-2.0-OpenSSH\r\n\r\n"), Err(HttpError::Malformed));
        assert_eq!(read_answer(&[b'x'; MAX_ANSWER + 1]), Err(HttpError::Malformed));
    }
}
