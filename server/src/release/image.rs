//! Which images may be a background: those that every browser shows, of a size that no player's machine chokes on.

use std::io::Cursor;

use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{ImageFormat, ImageReader, ImageResult, Limits};
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
    /// A background stands still.
    #[error("the image is animated; only still images are allowed")]
    Animated,
    /// It cannot be decoded, or only with too much memory.
    #[error("the image is broken: {0}")]
    Broken(String),
}

/// Decodes an image completely and returns its media type.
///
/// # Errors
/// See [`ImageError`].
pub fn check(bytes: &[u8]) -> Result<&'static str, ImageError> {
    if bytes.is_empty() {
        return Err(ImageError::Empty);
    }
    if bytes.len() > MAX_BYTES {
        return Err(ImageError::TooBig { bytes: bytes.len() });
    }
    let format = image::guess_format(bytes).map_err(|_| ImageError::UnknownFormat)?;
    let media_type = match format {
        ImageFormat::Png => "image/png",
        ImageFormat::Jpeg => "image/jpeg",
        ImageFormat::WebP => "image/webp",
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
    reader(bytes, format).decode().map_err(broken)?;
    Ok(media_type)
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

/// Only the first picture of an animation would be decoded, and the others shown unchecked.
fn is_animated(bytes: &[u8], format: ImageFormat) -> ImageResult<bool> {
    match format {
        ImageFormat::Png => PngDecoder::with_limits(Cursor::new(bytes), limits())?.is_apng(),
        ImageFormat::WebP => Ok(WebPDecoder::new(Cursor::new(bytes))?.has_animation()),
        _ => Ok(false),
    }
}
