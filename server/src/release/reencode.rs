//! Pictures are written anew from their pixels before they are stored: what a camera or a program hid in the file goes, what
//! players get was written by one known encoder, and the smaller of two forms is taken.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::imageops::FilterType as Scaling;
use image::{DynamicImage, RgbaImage};

use super::image::{ImageError, MAX_BYTES, decode};

/// Largest width and height of what players and the orb wear, pixels; larger ones are scaled down.
pub const MAX_SKIN_SIDE: u32 = 256;
/// Of JPEG, from 1 to 100: no difference can be seen on a moving floor, and a file of this quality does not grow much.
const JPEG_QUALITY: u8 = 88;

/// What a picture is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It covers the floor.
    Background,
    /// A player or the orb wears it.
    Skin,
}

/// A picture as it is stored and served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// For the `Content-Type` header.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Bytes,
}

/// Decodes an upload completely and writes it anew. It takes as long as that takes, so not on a thread that serves players.
///
/// What came without loss (PNG, lossless WebP) is kept without loss, as PNG or WebP, whichever is smaller. What came with
/// loss (JPEG, lossy WebP) may become JPEG, too: without loss it would be several times as large.
///
/// # Errors
/// See [`ImageError`].
pub fn picture(upload: &[u8], purpose: Purpose) -> Result<Picture, ImageError> {
    let (image, lossy) = decode(upload)?;
    let image = match purpose {
        Purpose::Background => image,
        Purpose::Skin => reduced(image),
    };
    // Eight bits a channel and no transparency that is not there: what canvases have, in the fewest bytes.
    let rgba = image.into_rgba8();
    let opaque = rgba.pixels().all(|pixel| pixel.0[3] == u8::MAX);
    let image = DynamicImage::ImageRgba8(rgba);
    let image = if opaque { DynamicImage::ImageRgb8(image.into_rgb8()) } else { image };
    let smallest = if opaque && lossy && purpose == Purpose::Background {
        jpeg(&image)?
    } else {
        let exact = smaller(png(&image)?, webp(&image)?);
        // A photograph that came as PNG may fit only like this.
        if opaque && exact.bytes.len() > MAX_BYTES { jpeg(&image)? } else { exact }
    };
    if smallest.bytes.len() > MAX_BYTES {
        return Err(ImageError::TooBig { bytes: smallest.bytes.len() });
    }
    Ok(smallest)
}

/// Fits an image into the size of a skin; smaller ones stay as they are. Colours are weighed by their opacity while it is
/// scaled, or what is hidden under transparent pixels would shine through at the edges.
fn reduced(image: DynamicImage) -> DynamicImage {
    if image.width() <= MAX_SKIN_SIDE && image.height() <= MAX_SKIN_SIDE {
        return image;
    }
    let mut pixels = image.into_rgba8();
    each_colour(&mut pixels, |colour, alpha| (colour * alpha + 127) / 255);
    let scaled = DynamicImage::ImageRgba8(pixels).resize(MAX_SKIN_SIDE, MAX_SKIN_SIDE, Scaling::Lanczos3);
    let mut pixels = scaled.into_rgba8();
    each_colour(&mut pixels, |colour, alpha| {
        (colour * 255 + alpha / 2).checked_div(alpha).unwrap_or(0).min(255)
    });
    DynamicImage::ImageRgba8(pixels)
}

fn each_colour(pixels: &mut RgbaImage, change: impl Fn(u32, u32) -> u32) {
    for pixel in pixels.pixels_mut() {
        let alpha = u32::from(pixel.0[3]);
        for colour in &mut pixel.0[..3] {
            *colour = change(u32::from(*colour), alpha) as u8;
        }
    }
}

fn smaller(a: Picture, b: Picture) -> Picture {
    if b.bytes.len() < a.bytes.len() { b } else { a }
}

fn png(image: &DynamicImage) -> Result<Picture, ImageError> {
    written("image/png", image, |file, image| {
        image.write_with_encoder(PngEncoder::new_with_quality(
            file,
            CompressionType::Default,
            FilterType::Adaptive,
        ))
    })
}

fn webp(image: &DynamicImage) -> Result<Picture, ImageError> {
    written("image/webp", image, |file, image| image.write_with_encoder(WebPEncoder::new_lossless(file)))
}

fn jpeg(image: &DynamicImage) -> Result<Picture, ImageError> {
    written("image/jpeg", image, |file, image| {
        image.write_with_encoder(JpegEncoder::new_with_quality(file, JPEG_QUALITY))
    })
}

fn written(
    media_type: &'static str,
    image: &DynamicImage,
    write: impl FnOnce(&mut Cursor<Vec<u8>>, &DynamicImage) -> image::ImageResult<()>,
) -> Result<Picture, ImageError> {
    let mut file = Cursor::new(Vec::new());
    write(&mut file, image).map_err(|error| ImageError::Broken(error.to_string()))?;
    Ok(Picture { media_type, bytes: file.into_inner().into() })
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgb, RgbImage, Rgba};

    use super::*;

    fn file(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// Something like a photograph: no two pixels next to each other are the same.
    fn photograph(side: u32) -> DynamicImage {
        let noise = |x: u32, y: u32| (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> 7 & 31;
        DynamicImage::ImageRgb8(RgbImage::from_fn(side, side, |x, y| {
            Rgb([x + noise(x, y), y + noise(y, x), (x + y) / 2 + noise(x + y, x)]
                .map(|part| part.min(255) as u8))
        }))
    }

    /// A JPEG file with a block of EXIF data after its first marker, as cameras write it.
    fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x02".to_vec();
        // Orientation (0x0112), a short.
        exif.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
        // ImageDescription (0x010e), text at offset 38.
        exif.extend([0x01, 0x0e, 0, 2, 0, 0, 0, 22, 0, 0, 0, 38, 0, 0, 0, 0]);
        exif.extend(b"at home, 52.52N 13.40E\0");
        let length = (exif.len() as u16 + 2).to_be_bytes();
        [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
    }

    #[test]
    fn what_a_camera_wrote_into_the_file_is_gone_and_the_picture_stands_upright() {
        let wide = file(&photograph(64).crop_imm(0, 0, 64, 32), ImageFormat::Jpeg);
        let upload = with_exif(&wide, 6);
        let contains = |bytes: &[u8], words: &[u8]| bytes.windows(words.len()).any(|part| part == words);
        assert!(contains(&upload, b"13.40E"));
        let stored = picture(&upload, Purpose::Background).unwrap();
        assert!(!contains(&stored.bytes, b"Exif") && !contains(&stored.bytes, b"13.40E"));
        let shown = image::load_from_memory(&stored.bytes).unwrap();
        assert_eq!((shown.width(), shown.height()), (32, 64), "turned by a quarter");
    }

    #[test]
    fn text_in_a_png_is_gone_too() {
        let mut upload = file(&photograph(16), ImageFormat::Png);
        let text = super::super::image::tests::chunk(b"tEXt", b"Author\0Somebody");
        upload.splice(33..33, text);
        let stored = picture(&upload, Purpose::Skin).unwrap();
        assert!(!stored.bytes.windows(8).any(|part| part == b"Somebody"));
        let (before, after) =
            (image::load_from_memory(&upload).unwrap(), image::load_from_memory(&stored.bytes).unwrap());
        assert_eq!(before.into_rgba8(), after.into_rgba8(), "not a pixel is another one");
    }

    #[test]
    fn a_photograph_that_came_as_jpeg_does_not_grow_to_a_lossless_file() {
        let upload = file(&photograph(400), ImageFormat::Jpeg);
        let stored = picture(&upload, Purpose::Background).unwrap();
        assert_eq!(stored.media_type, "image/jpeg");
        assert!(stored.bytes.len() < upload.len() * 2, "{} of {}", stored.bytes.len(), upload.len());
        let lossless = picture(&file(&photograph(400), ImageFormat::Png), Purpose::Background).unwrap();
        assert!(stored.bytes.len() * 2 < lossless.bytes.len());
        assert_ne!(lossless.media_type, "image/jpeg", "what came without loss is kept so");
    }

    #[test]
    fn a_large_skin_is_scaled_down_and_its_edge_keeps_its_colour() {
        // A red disc; what is transparent around it has the colour green, which nobody should ever see.
        let disc = RgbaImage::from_fn(1_000, 500, |x, y| {
            let inside = (f64::from(x) - 500.0).hypot(f64::from(y) - 250.0) < 200.0;
            Rgba(if inside { [255, 0, 0, 255] } else { [0, 255, 0, 0] })
        });
        let stored = picture(&file(&disc.into(), ImageFormat::Png), Purpose::Skin).unwrap();
        let shown = image::load_from_memory(&stored.bytes).unwrap().into_rgba8();
        assert_eq!(shown.dimensions(), (256, 128));
        assert_eq!(shown.get_pixel(0, 0).0[3], 0);
        assert_eq!(shown.get_pixel(128, 64).0, [255, 0, 0, 255]);
        let seen = shown.pixels().filter(|pixel| pixel.0[3] > 8);
        assert_eq!(seen.map(|pixel| pixel.0[1]).max(), Some(0), "no green at the edge");
        let small = file(&photograph(20), ImageFormat::Png);
        let small = picture(&small, Purpose::Skin).unwrap();
        assert_eq!(image::load_from_memory(&small.bytes).unwrap().width(), 20, "small ones stay");
    }
}
