//! Bytes to messages and back, for both subprotocols.
//!
//! A binary frame begins with one byte that says what follows: [`MESSAGE`] and one bitcode message, [`MESSAGES`] and a list
//! of them, or [`SNAPSHOT`], [`KEYFRAME`], [`FIELD`] or [`FIELD_KEYFRAME`] and a packed snapshot, which only makes sense to
//! who knows those before it: see [`packed`](crate::packed).

use crate::client::ClientMessage;
use crate::limits::{MAX_CLIENT_MESSAGE, MAX_MESSAGES_FRAME, MAX_SERVER_MESSAGE};
use crate::server::ServerMessage;
use crate::snapshot::{OwnState, Snapshot};
use crate::{BINARY, JSON};
use sim::Tick;

/// First byte of a binary frame with one bitcode message.
pub const MESSAGE: u8 = 0;
/// First byte of a binary frame with what changed since the tick before.
pub const SNAPSHOT: u8 = 1;
/// First byte of a binary frame with everything that is the case at a tick.
pub const KEYFRAME: u8 = 2;
/// First byte of a binary frame with what changed since the tick before in the cells that its receiver sees.
pub const FIELD: u8 = 3;
/// First byte of a binary frame with everything that is the case in the cells that its receiver sees.
pub const FIELD_KEYFRAME: u8 = 4;
/// First byte of a binary frame with several messages of the server, in their order. A fight among hundreds makes a hundred
/// of them in a tick, and a browser pays for each frame.
pub const MESSAGES: u8 = 5;

/// How messages are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Text frames, one JSON object each.
    Json,
    /// Binary frames.
    Binary,
}

impl Encoding {
    /// The encoding of a WebSocket subprotocol.
    #[must_use]
    pub fn from_subprotocol(name: &str) -> Option<Self> {
        match name {
            JSON => Some(Self::Json),
            BINARY => Some(Self::Binary),
            _ => None,
        }
    }

    /// The WebSocket subprotocol of this encoding.
    #[must_use]
    pub fn subprotocol(self) -> &'static str {
        match self {
            Self::Json => JSON,
            Self::Binary => BINARY,
        }
    }
}

/// Why bytes are not a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Longer than the limits allow.
    #[error("{len} bytes are too many, at most {max} are allowed")]
    TooBig {
        /// Received length, bytes.
        len: usize,
        /// Allowed length, bytes.
        max: usize,
    },
    /// An object with a `type` that does not exist.
    #[error("unknown message type \"{0}\"")]
    UnknownType(String),
    /// Anything else.
    #[error("not a message: {0}")]
    Malformed(String),
}

/// `type` of every message from a client.
pub const CLIENT_TYPES: [&str; 12] = [
    "hello",
    "move",
    "attack",
    "dash",
    "chat",
    "heartbeat",
    "ack_update",
    "vote",
    "resync",
    "bye",
    "vote_kick",
    "answer_kick",
];
/// `type` of every message from the server.
pub const SERVER_TYPES: [&str; 20] = [
    "welcome",
    "snapshot",
    "new_player",
    "player_left",
    "player_attacked",
    "player_killed",
    "player_respawned",
    "chat",
    "heartbeat_ack",
    "hot_update",
    "round",
    "vote",
    "leaders",
    "error",
    "redirect",
    "draining",
    "queued",
    "kick_vote",
    "kicked",
    "muted",
];

/// Writes a message of a client.
#[must_use]
pub fn encode_client(message: &ClientMessage, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Json => to_json(message),
        Encoding::Binary => prefixed(MESSAGE, &bitcode::encode(message)),
    }
}

/// Reads a message of a client.
///
/// # Errors
/// [`DecodeError`] for whatever is not one; never panics, whatever the bytes.
pub fn decode_client(bytes: &[u8], encoding: Encoding) -> Result<ClientMessage, DecodeError> {
    check_len(bytes, MAX_CLIENT_MESSAGE)?;
    match encoding {
        Encoding::Json => from_json(bytes, &CLIENT_TYPES),
        Encoding::Binary => match bytes.split_first() {
            Some((&MESSAGE, body)) => from_bitcode(body),
            _ => Err(unknown_prefix(bytes)),
        },
    }
}

/// Writes a message of the server. A snapshot that is written like this stands for itself; a server that sends one every
/// tick uses a [`SnapshotEncoder`](crate::packed::SnapshotEncoder) instead.
#[must_use]
pub fn encode_server(message: &ServerMessage, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Json => to_json(message),
        Encoding::Binary => prefixed(MESSAGE, &bitcode::encode(message)),
    }
}

/// Writes several messages of the server into one binary frame; JSON has none for that.
#[must_use]
pub fn encode_messages(messages: &[ServerMessage]) -> Vec<u8> {
    prefixed(MESSAGES, &bitcode::encode(messages))
}

/// Reads all messages of a frame of the server.
///
/// # Errors
/// [`DecodeError`] for whatever is not a frame of messages; never panics, whatever the bytes.
pub fn decode_messages(bytes: &[u8], encoding: Encoding) -> Result<Vec<ServerMessage>, DecodeError> {
    match (encoding, bytes.split_first()) {
        (Encoding::Binary, Some((&MESSAGES, body))) => {
            check_len(bytes, MAX_MESSAGES_FRAME)?;
            from_bitcode(body)
        }
        _ => decode_server(bytes, encoding).map(|message| vec![message]),
    }
}

/// Reads a message of the server that has a frame of its own.
///
/// # Errors
/// [`DecodeError`] for whatever is not one; never panics, whatever the bytes.
pub fn decode_server(bytes: &[u8], encoding: Encoding) -> Result<ServerMessage, DecodeError> {
    check_len(bytes, MAX_SERVER_MESSAGE)?;
    match encoding {
        Encoding::Json => from_json(bytes, &SERVER_TYPES),
        Encoding::Binary => match bytes.split_first() {
            Some((&MESSAGE, body)) => from_bitcode(body),
            Some((&(SNAPSHOT | KEYFRAME | FIELD | FIELD_KEYFRAME), _)) => {
                Err(DecodeError::Malformed("a packed snapshot, which needs a SnapshotDecoder".to_owned()))
            }
            _ => Err(unknown_prefix(bytes)),
        },
    }
}

/// The tick of a snapshot in either encoding, without decoding the rest; `None` for every other frame. For whoever counts
/// snapshots rather than shows them: a frame of which only this is right may be broken further on.
#[must_use]
pub fn snapshot_tick(frame: &[u8]) -> Option<Tick> {
    if let Some(json) = frame.strip_prefix(br#"{"type":"snapshot","tick":"#) {
        let digits = json.iter().take_while(|byte| byte.is_ascii_digit()).count();
        return std::str::from_utf8(&json[..digits]).ok()?.parse().ok().map(Tick);
    }
    match frame.split_first_chunk::<5>() {
        Some(([SNAPSHOT | KEYFRAME | FIELD | FIELD_KEYFRAME, tick @ ..], _)) => {
            Some(Tick(u32::from_le_bytes(*tick)))
        }
        _ => None,
    }
}

/// The beginning of a binary frame with a packed snapshot of `tick`; `kind` is [`SNAPSHOT`], [`KEYFRAME`], [`FIELD`]
/// or [`FIELD_KEYFRAME`]. Behind it come the private and the shared part.
#[must_use]
pub fn snapshot_head(kind: u8, tick: Tick) -> [u8; 5] {
    let [a, b, c, d] = tick.0.to_le_bytes();
    [kind, a, b, c, d]
}

/// The part of a JSON snapshot that everybody in a room gets, encoded once.
#[derive(Clone, Debug, Default)]
pub struct SharedJson(Vec<u8>);

impl SharedJson {
    /// Encodes `snapshot`, whose `you` must be empty.
    #[must_use]
    pub fn encode(snapshot: &Snapshot) -> Self {
        debug_assert!(snapshot.you.is_none(), "the shared part holds nothing private");
        let mut json = br#"{"type":"snapshot","#.to_vec();
        // A snapshot is a JSON object that is never empty: its own brace is replaced by the tag.
        json.extend_from_slice(&to_json(snapshot)[1..]);
        Self(json)
    }

    /// Appends the whole message for one player to `out`.
    pub fn write(&self, out: &mut Vec<u8>, you: &OwnState) {
        out.extend_from_slice(&self.0[..self.0.len().saturating_sub(1)]);
        out.extend_from_slice(br#","you":"#);
        // Serialising our own types into memory cannot fail.
        let _ = serde_json::to_writer(&mut *out, you);
        out.push(b'}');
    }

    /// Appends the whole message for somebody without a body to `out`.
    pub fn write_public(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
}

fn check_len(bytes: &[u8], max: usize) -> Result<(), DecodeError> {
    if bytes.len() > max { Err(DecodeError::TooBig { len: bytes.len(), max }) } else { Ok(()) }
}

fn prefixed(prefix: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + body.len());
    bytes.push(prefix);
    bytes.extend_from_slice(body);
    bytes
}

fn unknown_prefix(bytes: &[u8]) -> DecodeError {
    match bytes.first() {
        Some(byte) => DecodeError::Malformed(format!("a binary frame that begins with {byte}")),
        None => DecodeError::Malformed("an empty frame".to_owned()),
    }
}

/// Serialising our own types cannot fail: they hold no maps with odd keys and JSON writes any float, if need be as null.
fn to_json<T: serde::Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn from_json<T: serde::de::DeserializeOwned>(bytes: &[u8], known: &[&str]) -> Result<T, DecodeError> {
    #[derive(serde::Deserialize)]
    struct Tag {
        r#type: String,
    }
    serde_json::from_slice(bytes).map_err(|error| match serde_json::from_slice::<Tag>(bytes) {
        Ok(tag) if !known.contains(&tag.r#type.as_str()) => {
            DecodeError::UnknownType(tag.r#type.chars().take(40).collect())
        }
        _ => DecodeError::Malformed(error.to_string()),
    })
}

fn from_bitcode<T: bitcode::DecodeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    bitcode::decode(bytes).map_err(|error| DecodeError::Malformed(error.to_string()))
}
