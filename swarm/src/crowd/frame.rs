//! The client's side of WebSocket frames (RFC 6455), as little of it as a crowd needs: whole messages, no extensions.
//!
//! A frame that arrives in one piece is read where it lies. Of one that does not, only as many bytes are kept as somebody
//! wants to read, so that a player with a large snapshot under way costs little memory.

/// Opcode of a message in text.
pub const TEXT: u8 = 1;
/// Opcode of a message in bytes.
pub const BINARY: u8 = 2;
/// Opcode of the last frame of a connection.
pub const CLOSE: u8 = 8;
/// Opcode of a question for a sign of life.
pub const PING: u8 = 9;
/// Opcode of its answer.
pub const PONG: u8 = 10;

/// Set when a message ends with its frame.
const FINAL: u8 = 0x80;
/// Set when a frame is masked.
const MASKED: u8 = 0x80;
/// Longest header that a server may send, bytes.
const MAX_HEADER: usize = 10;

/// A frame of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// [`TEXT`], [`BINARY`], [`CLOSE`], [`PING`] or [`PONG`].
    pub opcode: u8,
    /// The beginning of its content, at least as much as was wanted.
    pub payload: &'a [u8],
    /// Length of its whole content, bytes.
    pub len: usize,
}

/// What a server did that this reader does not follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A message in several frames, or with an extension that nobody asked for.
    #[error("a fragmented or extended frame, which was not negotiated")]
    Unsupported,
    /// Only clients mask.
    #[error("a masked frame from a server")]
    Masked,
}

/// Appends a frame with `payload`, masked with `key`.
pub fn write_frame(out: &mut Vec<u8>, opcode: u8, payload: &[u8], key: [u8; 4]) {
    out.push(FINAL | opcode);
    match payload.len() {
        len @ 0..=125 => out.push(MASKED | len as u8),
        len @ 126..=0xFFFF => {
            out.push(MASKED | 126);
            out.extend_from_slice(&(len as u16).to_be_bytes());
        }
        len => {
            out.push(MASKED | 127);
            out.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&key);
    out.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
}

/// A frame whose header is read and whose content is still on its way.
#[derive(Debug, Default)]
struct Partial {
    opcode: u8,
    len: usize,
    missing: usize,
}

/// Finds the frames in what comes from a server.
#[derive(Debug, Default)]
pub struct FrameReader {
    /// A header that is not complete, or the kept beginning of the content of `partial`.
    kept: Vec<u8>,
    partial: Option<Partial>,
}

/// Opcode, length of the header and of the content.
fn header(bytes: &[u8]) -> Result<Option<(u8, usize, usize)>, FrameError> {
    let &[first, second, ref rest @ ..] = bytes else { return Ok(None) };
    if first & 0xF0 != FINAL || first & 0x0F == 0 {
        return Err(FrameError::Unsupported);
    }
    if second & MASKED != 0 {
        return Err(FrameError::Masked);
    }
    let sized = match second {
        126 => rest.first_chunk().map(|len| (4, usize::from(u16::from_be_bytes(*len)))),
        127 => rest.first_chunk().map(|len| (10, u64::from_be_bytes(*len) as usize)),
        len => Some((2, usize::from(len))),
    };
    Ok(sized.map(|(header, len)| (first & 0x0F, header, len)))
}

impl FrameReader {
    /// Takes the next bytes and hands over every frame that ends in them, with at least `wanted` bytes of its content.
    ///
    /// # Errors
    /// [`FrameError`]; the connection is of no use any more.
    pub fn feed(
        &mut self,
        mut bytes: &[u8],
        wanted: usize,
        mut each: impl FnMut(Frame<'_>),
    ) -> Result<(), FrameError> {
        while !bytes.is_empty() {
            if let Some(partial) = &mut self.partial {
                let (now, later) = bytes.split_at(partial.missing.min(bytes.len()));
                let room = wanted.saturating_sub(self.kept.len()).min(now.len());
                self.kept.extend_from_slice(&now[..room]);
                partial.missing -= now.len();
                bytes = later;
                if partial.missing == 0 {
                    each(Frame { opcode: partial.opcode, payload: &self.kept, len: partial.len });
                    self.partial = None;
                    self.kept.clear();
                    // A keyframe of a full room is rare: what it took is given back.
                    self.kept.shrink_to(1_024);
                }
                continue;
            }
            bytes = self.begin(bytes, &mut each)?;
        }
        Ok(())
    }

    /// Reads the header at the front of `bytes`; returns what follows it, or follows its content when that is whole.
    fn begin<'a>(
        &mut self,
        bytes: &'a [u8],
        each: &mut impl FnMut(Frame<'_>),
    ) -> Result<&'a [u8], FrameError> {
        let known = self.kept.len();
        let found = if known == 0 {
            header(bytes)?
        } else {
            let more = bytes.len().min(MAX_HEADER - known);
            self.kept.extend_from_slice(&bytes[..more]);
            header(&self.kept)?
        };
        let Some((opcode, header_len, len)) = found else {
            if known == 0 {
                self.kept.extend_from_slice(bytes);
            }
            return Ok(&[]);
        };
        self.kept.clear();
        let content = &bytes[header_len - known..];
        if let Some((payload, rest)) = content.split_at_checked(len) {
            each(Frame { opcode, payload, len });
            return Ok(rest);
        }
        self.partial = Some(Partial { opcode, len, missing: len });
        Ok(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server's frame.
    fn sent(opcode: u8, payload: &[u8]) -> Vec<u8> {
        let mut masked = Vec::new();
        write_frame(&mut masked, opcode, payload, [0; 4]);
        let header = masked.len() - payload.len() - 4;
        masked.drain(header..header + 4);
        masked[1] &= !MASKED;
        masked
    }

    /// What is read when `bytes` come in pieces of `piece`.
    fn read(bytes: &[u8], piece: usize, wanted: usize) -> Result<Vec<(u8, Vec<u8>, usize)>, FrameError> {
        let (mut reader, mut frames) = (FrameReader::default(), Vec::new());
        for piece in bytes.chunks(piece) {
            let keep = |frame: Frame<'_>| frames.push((frame.opcode, frame.payload.to_vec(), frame.len));
            reader.feed(piece, wanted, keep)?;
        }
        Ok(frames)
    }

    #[test]
    fn frames_are_whole_however_the_network_cuts_them() {
        let contents: [&[u8]; 5] = [b"", b"hello", &[7; 125], &[8; 126], &[9; 70_000]];
        let bytes: Vec<u8> = contents.iter().flat_map(|content| sent(BINARY, content)).collect();
        let expected: Vec<_> =
            contents.iter().map(|content| (BINARY, content.to_vec(), content.len())).collect();
        for piece in [1, 2, 3, 9, 126, 4_096, bytes.len()] {
            assert_eq!(read(&bytes, piece, usize::MAX).unwrap(), expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn of_a_long_frame_in_pieces_only_the_wanted_beginning_is_kept() {
        let bytes = [sent(BINARY, &[5; 10_000]), sent(TEXT, b"next")].concat();
        let frames = read(&bytes, 1_000, 16).unwrap();
        assert_eq!(frames, [(BINARY, vec![5; 16], 10_000), (TEXT, b"next".to_vec(), 4)]);
    }

    #[test]
    fn what_was_not_agreed_on_is_refused() {
        assert_eq!(read(&[0x02, 0x01, 0x00], 3, 9), Err(FrameError::Unsupported), "first of several frames");
        assert_eq!(read(&[0xC2, 0x01, 0x00], 3, 9), Err(FrameError::Unsupported), "compressed");
        assert_eq!(read(&[0x82, 0x81, 0, 0, 0, 0, 0], 7, 9), Err(FrameError::Masked));
    }

    #[test]
    fn what_a_client_sends_is_masked() {
        let mut out = Vec::new();
        write_frame(&mut out, TEXT, b"Hi", [1, 2, 3, 4]);
        assert_eq!(out, [0x81, 0x82, 1, 2, 3, 4, b'H' ^ 1, b'i' ^ 2]);
    }
}
