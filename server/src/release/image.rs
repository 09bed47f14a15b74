//! Which images may be a part of a scene: those that every browser shows, of a size that no player's machine chokes on.

use std::io::Cursor;

use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, ImageResult, Limits};
use tokio::sync::Semaphore;

/// Largest encoded image, bytes.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Largest width and height, pixels.
pub const MAX_SIDE: u32 = 4_096;
/// Most memory that decoding may take: the largest image at 16 bits a channel, and some for the decoder itself.
const MAX_MEMORY: u64 = MAX_SIDE as u64 * MAX_SIDE as u64 * 8 + 32 * 1024 * 1024;

/// One image is decoded at a time.
pub(super) static TURN: Semaphore = Semaphore::const_new(1);

/// Why an image was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// No bytes at all.
    #[error("the image is empty")]
    Empty,
    /// More than [`MAX_BYTES`].
    #[error("the image has {bytes} bytes, at most {MAX_BYTES} are allowed")]
    TooBig {
        /// What it has.
        bytes: usize,
    },
    /// Something else than PNG, JPEG and WebP, whatever it calls itself.
    #[error("the image is no PNG, JPEG or WebP")]
    UnknownFormat,
    /// Wider or higher than [`MAX_SIDE`].
    #[error("the image is {width} x {height} pixels, at most {MAX_SIDE} x {MAX_SIDE} are allowed")]
    TooLarge {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// Scenes stand still.
    #[error("the image is animated; only still images are allowed")]
    Animated,
    /// It cannot be decoded, or only with too much memory.
    #[error("the image is broken: {0}")]
    Broken(String),
}

/// Decodes an image completely, turned as its camera says, and tells whether its file had left something of it out.
///
/// # Errors
/// See [`ImageError`].
pub(super) fn decode(bytes: &[u8]) -> Result<(DynamicImage, bool), ImageError> {
    if bytes.is_empty() {
        return Err(ImageError::Empty);
    }
    if bytes.len() > MAX_BYTES {
        return Err(ImageError::TooBig { bytes: bytes.len() });
    }
    let format = image::guess_format(bytes).map_err(|_| ImageError::UnknownFormat)?;
    let lossy = match format {
        ImageFormat::Png => false,
        ImageFormat::Jpeg => true,
        ImageFormat::WebP => !is_lossless_webp(bytes),
        _ => return Err(ImageError::UnknownFormat),
    };
    let broken = |error: image::ImageError| ImageError::Broken(error.to_string());
    // The header tells the size; nothing is decoded yet.
    let (width, height) = reader(bytes, format).into_dimensions().map_err(broken)?;
    if width > MAX_SIDE || height > MAX_SIDE {
        return Err(ImageError::TooLarge { width, height });
    }
    if is_animated(bytes, format).map_err(broken)? {
        return Err(ImageError::Animated);
    }
    let mut decoder = reader(bytes, format).into_decoder().map_err(broken)?;
    let mut limits = limits();
    limits.reserve(decoder.total_bytes()).and_then(|()| decoder.set_limits(limits)).map_err(broken)?;
    let orientation = decoder.orientation().map_err(broken)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(broken)?;
    image.apply_orientation(orientation);
    Ok((image, lossy))
}

fn reader(bytes: &[u8], format: ImageFormat) -> ImageReader<Cursor<&[u8]>> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    reader
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    limits
}

/// Looks for the chunk with the picture, as the WebP container specification lists them.
fn is_lossless_webp(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(12..).unwrap_or_default();
    while let Some((header, body)) = rest.split_at_checked(8) {
        match &header[..4] {
            b"VP8L" => return true,
            b"VP8 " => return false,
            _ => {}
        }
        let size = u32::from_le_bytes([header[4], header[5], header[6], header[7]]) as usize;
        rest = body.get(size.saturating_add(size % 2)..).unwrap_or_default();
    }
    false
}

/// Only the first picture of an animation would be decoded, and the others shown unchecked.
fn is_animated(bytes: &[u8], format: ImageFormat) -> ImageResult<bool> {
    match format {
        ImageFormat::Png => PngDecoder::with_limits(Cursor::new(bytes), limits())?.is_apng(),
        ImageFormat::WebP => Ok(WebPDecoder::new(Cursor::new(bytes))?.has_animation()),
        _ => Ok(false),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A black picture of this size.
    fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image::RgbImage::new(width, height).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// A black PNG.
    pub(in crate::release) fn png(width: u32, height: u32) -> Vec<u8> {
        encoded(width, height, ImageFormat::Png)
    }

    /// A part of a PNG file, with the checksum of the PNG specification, appendix D.
    pub(in crate::release) fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let body = [&name[..], data].concat();
        let crc = body.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
        });
        [&(data.len() as u32).to_be_bytes()[..], &body, &(!crc).to_be_bytes()].concat()
    }

    /// The beginning of a PNG that claims this size, 16 bits and four channels.
    fn claim(width: u32, height: u32) -> Vec<u8> {
        let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
        [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &[&size[..], &[16, 6, 0, 0, 0]].concat())].concat()
    }

    #[track_caller]
    fn check_refused(bytes: &[u8], expect: &str) {
        let error = decode(bytes).expect_err("it is refused").to_string();
        assert!(error.contains(expect), "{error}");
    }

    #[test]
    fn what_every_browser_shows_is_accepted_for_what_it_is() {
        for (format, lossy) in
            [(ImageFormat::Png, false), (ImageFormat::Jpeg, true), (ImageFormat::WebP, false)]
        {
            let (image, found) = decode(&encoded(16, 9, format)).unwrap();
            assert_eq!((image.width(), image.height(), found), (16, 9, lossy));
        }
        assert_eq!(decode(&png(MAX_SIDE, 1)).unwrap().0.width(), MAX_SIDE);
    }

    #[test]
    fn other_formats_are_refused_whatever_they_call_themselves() {
        check_refused(b"", "empty");
        check_refused(b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "no PNG, JPEG or WebP");
        check_refused(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "no PNG");
        check_refused(b"RIFF\x04\x00\x00\x00WAVE", "no PNG");
        check_refused(&[0; 100], "no PNG");
    }

    #[test]
    fn a_picture_that_is_cut_off_is_refused() {
        let whole = png(64, 64);
        check_refused(&whole[..whole.len() / 2], "broken");
        check_refused(&whole[..8], "broken");
        let whole = encoded(64, 64, ImageFormat::WebP);
        check_refused(&whole[..whole.len() / 2], "broken");
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked() {
        check_refused(&[claim(100_000, 100_000), chunk(b"IDAT", &[0])].concat(), "100000 x 100000 pixels");
        check_refused(&png(MAX_SIDE + 1, 1), "pixels");
        check_refused(&png(1, MAX_SIDE + 1), "pixels");
        check_refused(&[claim(MAX_SIDE, MAX_SIDE), chunk(b"IDAT", &[0])].concat(), "broken");
        let mut huge = png(1, 1);
        huge.resize(MAX_BYTES + 1, 0);
        check_refused(&huge, "at most 8388608");
    }

    #[test]
    fn an_animation_is_refused() {
        let frames = chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]);
        check_refused(&[claim(2, 2), frames, chunk(b"IDAT", &[0])].concat(), "animated");
    }
}
