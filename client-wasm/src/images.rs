//! Images of scenes: downloaded bit by bit and decoded off the frame path.

use js_sys::{Array, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Blob, BlobPropertyBag, ImageBitmap, ImageBitmapOptions, ReadableStreamDefaultReader, ResizeQuality,
    Response,
};

use crate::dom;
use crate::inbox::{Inbox, Wake};
use crate::net::content_url;

/// Images are reduced to the width of the window while they are decoded, but to no more than this, device pixels: the frame
/// that first draws one would be late with the scaling of a larger one.
const MAX_WIDTH: u32 = 2048;
/// Nor to less, as the window may grow.
const MIN_WIDTH: u32 = 1024;

/// Starts to load an image; how far it is, and the image, come through `inbox`.
pub(crate) fn load(hash: String, inbox: &Inbox) {
    let inbox = inbox.clone();
    spawn_local(async move {
        let result = fetch(&hash, &inbox).await.map_err(|error| describe(&error));
        inbox.post(Wake::Image { hash, result });
    });
}

/// `createImageBitmap` decodes on another thread; a second call only reduces what is wider than any screen shows.
async fn fetch(hash: &str, inbox: &Inbox) -> Result<ImageBitmap, JsValue> {
    let window = dom::window();
    let response: Response = JsFuture::from(window.fetch_with_str(&content_url(hash))).await?.dyn_into()?;
    if !response.ok() {
        return Err(format!("the server answered {}", response.status()).into());
    }
    let blob = receive(&response, hash, inbox).await?;
    let image: ImageBitmap =
        JsFuture::from(window.create_image_bitmap_with_blob(&blob)?).await?.dyn_into()?;
    let width = (dom::canvas_density() * dom::inner_width()).ceil() as u32;
    let width = width.clamp(MIN_WIDTH, MAX_WIDTH);
    if image.width() <= width {
        return Ok(image);
    }
    image.close();
    let options = ImageBitmapOptions::new();
    options.set_resize_width(width);
    options.set_resize_quality(ResizeQuality::High);
    let reduced = window.create_image_bitmap_with_blob_and_image_bitmap_options(&blob, &options)?;
    JsFuture::from(reduced).await?.dyn_into()
}

/// Takes a body in, and tells of each part that came.
async fn receive(response: &Response, hash: &str, inbox: &Inbox) -> Result<Blob, JsValue> {
    let Some(body) = response.body() else { return JsFuture::from(response.blob()?).await?.dyn_into() };
    let reader: ReadableStreamDefaultReader = body.get_reader().dyn_into()?;
    let parts = Array::new();
    let mut bytes = 0;
    loop {
        let part = JsFuture::from(reader.read()).await?;
        if Reflect::get(&part, &"done".into())?.is_truthy() {
            break;
        }
        let part: Uint8Array = Reflect::get(&part, &"value".into())?.dyn_into()?;
        bytes += part.byte_length();
        parts.push(&part);
        inbox.post(Wake::ImageProgress { hash: hash.to_owned(), bytes });
    }
    let options = BlobPropertyBag::new();
    if let Some(media_type) = response.headers().get("content-type")? {
        options.set_type(&media_type);
    }
    Blob::new_with_u8_array_sequence_and_options(&parts, &options)
}

/// What a rejected promise says.
fn describe(error: &JsValue) -> String {
    error
        .as_string()
        .or_else(|| Reflect::get(error, &"message".into()).ok()?.as_string())
        .unwrap_or_else(|| "the image could not be loaded".to_owned())
}
