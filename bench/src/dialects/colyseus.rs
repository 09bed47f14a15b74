//! Colyseus 0.18: a seat over HTTP, then binary messages; the state comes whole once and then as patches.

use serde_json::Value;
use swarm::crowd::dialect::{Dialect, News, Opening, Outbox};
use swarm::crowd::frame::{CLOSE, Frame};
use swarm::crowd::http::Answer;
use swarm::system::Moment;

use super::{Walk, moment};

/// First byte of a message.
const JOIN_ROOM: u8 = 10;
const ERROR: u8 = 11;
const ROOM_DATA: u8 = 13;
const ROOM_STATE: u8 = 14;
const ROOM_STATE_PATCH: u8 = 15;

/// In a patch: what follows is about the root of the state, and its field 0 has a new value.
const ROOT_FIELD_0: [u8; 3] = [0xFF, 0, REPLACE];
/// A new value of field 0, and of field 1.
const REPLACE: u8 = 0x80;
const REPLACE_1: u8 = 0x81;
/// A time further away than this from now is none, milliseconds.
const PLAUSIBLE_MS: f64 = 120_000.0;

/// A player on Colyseus.
pub struct ColyseusPlayer {
    walk: Walk,
    /// How many players the last patch moved: a patch says it only when that changes.
    moved: u32,
}

impl ColyseusPlayer {
    /// Player `number`.
    #[must_use]
    pub fn new(number: u32) -> Self {
        Self { walk: Walk::new(number), moved: 0 }
    }
}

/// When a patch was due, and how many players it moves if it says so.
///
/// The root's changes stand at the front, or behind a switch to the root, after those of the players.
fn root_of(patch: &[u8], now_ms: f64) -> Option<(f64, Option<u32>)> {
    let read = |bytes: &[u8]| {
        let (time, rest) = bytes.split_first_chunk::<8>()?;
        let time = f64::from_le_bytes(*time);
        let moved = match rest {
            [REPLACE_1, moved @ ..] => moved.first_chunk::<4>().map(|moved| u32::from_le_bytes(*moved)),
            _ => None,
        };
        ((time - now_ms).abs() < PLAUSIBLE_MS).then_some((time, moved))
    };
    if let [REPLACE, rest @ ..] = patch {
        return read(rest);
    }
    let behind = patch.windows(3).enumerate().rev().filter(|(_, window)| *window == ROOT_FIELD_0);
    behind.map(|(at, _)| &patch[at + 3..]).find_map(read)
}

impl Dialect for ColyseusPlayer {
    fn open(&mut self, answer: Option<&Answer>) -> Opening {
        let Some(answer) = answer else {
            return Opening::Post { path: "/matchmake/joinOrCreate/arena".to_owned(), json: "{}".to_owned() };
        };
        let seat: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let text = |key: &str| seat[key].as_str();
        match (text("processId"), text("roomId"), text("sessionId")) {
            (Some(process), Some(room), Some(session)) => {
                Opening::Upgrade { path: format!("/{process}/{room}?sessionId={session}"), subprotocol: None }
            }
            _ => Opening::Refused("no seat".to_owned()),
        }
    }

    fn opened(&mut self, _: Moment, _: &mut Outbox) {}

    fn heard(&mut self, frame: &Frame<'_>, news: &mut News<'_>, out: &mut Outbox) {
        match frame.payload {
            _ if frame.opcode == CLOSE => news.refused("closed by the server".to_owned()),
            [JOIN_ROOM, ..] => {
                out.binary(&[JOIN_ROOM]);
                news.joined();
            }
            [ROOM_STATE, ..] => {}
            [ROOM_STATE_PATCH, patch @ ..] => match root_of(patch, news.now.as_millis()) {
                Some((due, moved)) => {
                    self.moved = moved.unwrap_or(self.moved);
                    news.state(moment(due), u64::from(self.moved));
                }
                None => news.complaint("a patch without its time"),
            },
            [ERROR, ..] => news.refused("the room says no".to_owned()),
            _ => news.refused("a message that is not expected".to_owned()),
        }
    }

    fn play(&mut self, _: Moment, out: &mut Outbox) {
        let (x, y) = self.walk.next();
        let mut message = vec![ROOM_DATA, 0xA4];
        message.extend_from_slice(b"move");
        // MessagePack: a map of two, each a string of one character and a float of four bytes.
        message.extend_from_slice(&[0x82, 0xA1, b'x', 0xCA]);
        message.extend_from_slice(&x.to_be_bytes());
        message.extend_from_slice(&[0xA1, b'y', 0xCA]);
        message.extend_from_slice(&y.to_be_bytes());
        out.binary(&message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(parts: &[&[u8]]) -> Vec<u8> {
        parts.concat()
    }

    #[test]
    fn the_time_of_a_patch_is_found_wherever_the_root_stands() {
        let time = 16_016_994.44_f64;
        let bytes = time.to_le_bytes();
        let player = [0xFF, 2, 0x80, 9, 0x10, 0xC8, 0x42];
        let read = |patch: &[u8]| root_of(patch, time + 70.0);
        assert_eq!(read(&patch(&[&[0x80], &bytes])), Some((time, None)));
        assert_eq!(read(&patch(&[&[0x80], &bytes, &[0x81, 3, 0, 0, 0], &player])), Some((time, Some(3))));
        assert_eq!(
            read(&patch(&[&player, &[0xFF, 0, 0x80], &bytes, &[0x81, 1, 0, 0, 0]])),
            Some((time, Some(1)))
        );
        assert_eq!(read(&patch(&[&player, &[0xFF, 0, 0x80], &[0; 8]])), None, "not a time");
        assert_eq!(read(&player), None);
        assert_eq!(read(&[]), None);
    }

    #[test]
    fn a_seat_becomes_the_address_of_the_room() {
        let mut player = ColyseusPlayer::new(0);
        let answer = |body: &str| Answer { status: 200, upgraded: false, body: body.into(), len: 0 };
        let seat = answer(r#"{"name":"arena","sessionId":"s","roomId":"r","processId":"p"}"#);
        let path = "/p/r?sessionId=s".to_owned();
        assert_eq!(player.open(Some(&seat)), Opening::Upgrade { path, subprotocol: None });
        assert!(matches!(player.open(Some(&answer("{}"))), Opening::Refused(_)));
    }
}
