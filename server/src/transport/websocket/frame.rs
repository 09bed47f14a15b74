//! Frames of RFC 6455 without any I/O: ours are written, the client's are read from whatever pieces of bytes arrive.
//!
//! Sections are those of the RFC. Nothing is kept of a frame but what has arrived, and no message grows past
//! [`limits::MAX_CLIENT_MESSAGE`].

use bytes::Bytes;
use protocol::{CloseCode, limits};

use crate::transport::Outgoing;

/// The last frame of a message (section 5.2).
const FIN: u8 = 0x80;
/// Bits that only extensions may use, and none is agreed on.
const RESERVED: u8 = 0x70;
/// The payload is masked.
const MASKED: u8 = 0x80;
/// Opcodes from here on are control frames (section 5.5).
const FIRST_CONTROL: u8 = 0x8;
/// Longest payload of a control frame, bytes.
const MAX_CONTROL: usize = 125;

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// Appends a frame; messages are text.
pub fn write_text(out: &mut Vec<u8>, outgoing: &Outgoing<'_>) {
    write(out, outgoing, TEXT);
}

/// Appends a frame; messages are binary.
pub fn write_binary(out: &mut Vec<u8>, outgoing: &Outgoing<'_>) {
    write(out, outgoing, BINARY);
}

fn write(out: &mut Vec<u8>, outgoing: &Outgoing<'_>, message_kind: u8) {
    match *outgoing {
        Outgoing::Message(message) => write_frame(out, message_kind, &[message]),
        Outgoing::Ping => write_frame(out, PING, &[]),
        Outgoing::Pong(payload) => write_frame(out, PONG, &[payload]),
        Outgoing::Close(None) => write_frame(out, CLOSE, &[]),
        Outgoing::Close(Some((code, reason))) => {
            let reason = &reason.as_bytes()[..reason.floor_char_boundary(MAX_CONTROL - 2)];
            write_frame(out, CLOSE, &[&code.to_be_bytes(), reason]);
        }
    }
}

/// An unmasked frame, with the shortest header that says its length (section 5.2).
fn write_frame(out: &mut Vec<u8>, opcode: u8, payload: &[&[u8]]) {
    out.push(FIN | opcode);
    let length: usize = payload.iter().map(|part| part.len()).sum();
    match length {
        0..126 => out.push(length as u8),
        126..=0xFFFF => {
            out.push(126);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    payload.iter().for_each(|part| out.extend_from_slice(part));
}

/// What a client's frame means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A whole text message; it is UTF-8.
    Text(Bytes),
    /// A whole binary message.
    Binary(Bytes),
    /// A part of a message whose end is still to come.
    Fragment,
    /// Wants a pong with the same payload.
    Ping(Bytes),
    /// A sign of life.
    Pong,
    /// The end, and the client's code for it.
    Close(Option<u16>),
}

/// Reads a client's frames.
#[derive(Debug, Default)]
pub struct Reader {
    header: Header,
    /// The frame whose payload is being read.
    frame: Option<Frame>,
    message: Option<Message>,
    control: Vec<u8>,
}

/// The message that is being put together.
#[derive(Debug)]
struct Message {
    kind: u8,
    bytes: Vec<u8>,
    /// Bytes of a text that are known to be UTF-8. What follows is a part of a character.
    checked: usize,
}

/// The bytes of a header so far: two, up to eight of length, four of mask.
#[derive(Debug, Default)]
struct Header {
    bytes: [u8; 14],
    have: usize,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    fin: bool,
    opcode: u8,
    mask: [u8; 4],
    /// Position in the mask.
    phase: usize,
    /// Bytes that are still to come.
    left: usize,
}

impl Reader {
    /// Reads until a frame is whole, or all of `bytes`. Says how much it read; after an error it is of no more use.
    ///
    /// # Errors
    /// The code to close with when the client broke a rule.
    pub fn read(&mut self, bytes: &[u8]) -> Result<(usize, Option<Event>), CloseCode> {
        let mut used = 0;
        let mut frame = match self.frame.take() {
            Some(frame) => frame,
            None => {
                let header = self.read_header(bytes)?;
                used = header.0;
                let Some(frame) = header.1 else { return Ok((used, None)) };
                frame
            }
        };
        let payload = &bytes[used..bytes.len().min(used + frame.left)];
        used += payload.len();
        frame.left -= payload.len();
        match &mut self.message {
            Some(message) if frame.opcode < FIRST_CONTROL => {
                append(&mut message.bytes, payload, &mut frame);
                message.check()?;
            }
            _ => append(&mut self.control, payload, &mut frame),
        }
        if frame.left > 0 {
            self.frame = Some(frame);
            return Ok((used, None));
        }
        Ok((used, Some(self.finish(frame)?)))
    }

    fn read_header(&mut self, bytes: &[u8]) -> Result<(usize, Option<Frame>), CloseCode> {
        for (index, &byte) in bytes.iter().enumerate() {
            self.header.bytes[self.header.have] = byte;
            self.header.have += 1;
            if self.header.have == 2 {
                self.check_first_two()?;
            }
            if self.header.have >= 2 && self.header.have == self.header.length() {
                let frame = self.header.frame()?;
                self.header.have = 0;
                self.begin(&frame)?;
                return Ok((index + 1, Some(frame)));
            }
        }
        Ok((bytes.len(), None))
    }

    /// What can be said of a frame before its length and mask are there.
    fn check_first_two(&self) -> Result<(), CloseCode> {
        let [first, second] = [self.header.bytes[0], self.header.bytes[1]];
        let (fin, opcode) = (first & FIN != 0, first & 0x0F);
        let allowed = match opcode {
            CONTINUATION => self.message.is_some(),
            TEXT | BINARY => self.message.is_none(),
            CLOSE | PING | PONG => fin && usize::from(second & !MASKED) <= MAX_CONTROL,
            _ => false,
        };
        if !allowed || first & RESERVED != 0 || second & MASKED == 0 {
            return Err(CloseCode::BadFrame);
        }
        Ok(())
    }

    /// Makes room for the payload of `frame`.
    fn begin(&mut self, frame: &Frame) -> Result<(), CloseCode> {
        if frame.opcode >= FIRST_CONTROL {
            self.control.clear();
            return Ok(());
        }
        let fresh = Message { kind: frame.opcode, bytes: Vec::new(), checked: 0 };
        let message = self.message.get_or_insert(fresh);
        if message.bytes.len() + frame.left > limits::MAX_CLIENT_MESSAGE {
            return Err(CloseCode::TooBig);
        }
        message.bytes.reserve_exact(frame.left);
        Ok(())
    }

    fn finish(&mut self, frame: Frame) -> Result<Event, CloseCode> {
        match frame.opcode {
            CLOSE => close_event(&self.control),
            PING => Ok(Event::Ping(std::mem::take(&mut self.control).into())),
            PONG => Ok(Event::Pong),
            _ if !frame.fin => Ok(Event::Fragment),
            _ => match self.message.take() {
                Some(message) if message.kind != TEXT => Ok(Event::Binary(message.bytes.into())),
                Some(message) if message.checked < message.bytes.len() => Err(CloseCode::NotUtf8),
                Some(message) => Ok(Event::Text(message.bytes.into())),
                None => Err(CloseCode::BadFrame),
            },
        }
    }
}

impl Message {
    /// Looks at what is new: no text that went wrong is waited for to its end (section 8.1).
    fn check(&mut self) -> Result<(), CloseCode> {
        if self.kind != TEXT {
            return Ok(());
        }
        self.checked += match std::str::from_utf8(&self.bytes[self.checked..]) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Err(CloseCode::NotUtf8),
        };
        Ok(())
    }
}

impl Header {
    /// How many bytes it has in all, as its second byte says.
    fn length(&self) -> usize {
        match self.bytes[1] & !MASKED {
            126 => 8,
            127 => 14,
            _ => 6,
        }
    }

    fn frame(&self) -> Result<Frame, CloseCode> {
        let [_, _, a, b, c, d, e, f, g, h, ..] = self.bytes;
        let length = match self.bytes[1] & !MASKED {
            126 => u64::from(u16::from_be_bytes([a, b])),
            127 => u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            length => u64::from(length),
        };
        if length >> 63 != 0 {
            return Err(CloseCode::BadFrame);
        }
        let mut mask = [0; 4];
        mask.copy_from_slice(&self.bytes[self.have - 4..self.have]);
        Ok(Frame {
            fin: self.bytes[0] & FIN != 0,
            opcode: self.bytes[0] & 0x0F,
            mask,
            phase: 0,
            left: usize::try_from(length)
                .ok()
                .filter(|length| *length <= limits::MAX_CLIENT_MESSAGE)
                .ok_or(CloseCode::TooBig)?,
        })
    }
}

/// Unmasks a part of the payload of `frame` (section 5.3).
fn append(into: &mut Vec<u8>, payload: &[u8], frame: &mut Frame) {
    let start = into.len();
    into.extend_from_slice(payload);
    for byte in &mut into[start..] {
        *byte ^= frame.mask[frame.phase];
        frame.phase = (frame.phase + 1) % 4;
    }
}

/// Sections 5.5.1 and 7.4: nothing, or a code that may be sent and a reason in UTF-8.
fn close_event(payload: &[u8]) -> Result<Event, CloseCode> {
    let (code, reason) = match payload {
        [] => return Ok(Event::Close(None)),
        [_] => return Err(CloseCode::BadFrame),
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
    };
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(CloseCode::BadFrame);
    }
    match std::str::from_utf8(reason) {
        Ok(_) => Ok(Event::Close(Some(code))),
        Err(_) => Err(CloseCode::NotUtf8),
    }
}
