//! Background images: downloaded and decoded off the frame path, kept while they may be needed.

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, ImageBitmap, ImageBitmapOptions, ResizeQuality, Response};

use crate::dom;
use crate::inbox::{Inbox, Wake};
use crate::net::content_url;

/// Images that are kept: the one that is seen and the one that comes next.
const KEPT: usize = 2;
/// Images are reduced to the width of the window while they are decoded, but to no more than this, device pixels: the frame
/// that first draws one would be late with the scaling of a larger one.
const MAX_WIDTH: u32 = 2048;
/// Nor to less, as the window may grow.
const MIN_WIDTH: u32 = 1024;

/// The images that are here or on their way.
#[derive(Default)]
pub(crate) struct Backgrounds {
    ready: Vec<(String, ImageBitmap)>,
    loading: Vec<String>,
}

impl Backgrounds {
    /// Starts to load an image unless that was done already; the answer comes through `inbox`.
    pub(crate) fn request(&mut self, hash: &str, inbox: &Inbox) {
        let known = self.get(hash).is_some() || self.loading.iter().any(|loading| loading == hash);
        if known {
            return;
        }
        self.loading.push(hash.to_owned());
        let (hash, inbox) = (hash.to_owned(), inbox.clone());
        spawn_local(async move {
            let result = load(&hash).await.map_err(|error| describe(&error));
            inbox.post(Wake::Background { hash, result });
        });
    }

    /// Keeps an image that came. The oldest goes: it is the scene before the last.
    pub(crate) fn keep(&mut self, hash: String, image: ImageBitmap) {
        self.loading.retain(|loading| *loading != hash);
        self.ready.push((hash, image));
        if self.ready.len() > KEPT {
            self.ready.remove(0).1.close();
        }
    }

    /// Forgets an image that did not come, so that it can be asked for again.
    pub(crate) fn give_up(&mut self, hash: &str) {
        self.loading.retain(|loading| loading != hash);
    }

    /// An image that is here.
    pub(crate) fn get(&self, hash: &str) -> Option<&ImageBitmap> {
        self.ready.iter().find(|(ready, _)| ready == hash).map(|(_, image)| image)
    }
}

/// `createImageBitmap` decodes on another thread; a second call only reduces what is wider than any screen shows.
async fn load(hash: &str) -> Result<ImageBitmap, JsValue> {
    let window = dom::window();
    let response: Response = JsFuture::from(window.fetch_with_str(&content_url(hash))).await?.dyn_into()?;
    if !response.ok() {
        return Err(format!("the server answered {}", response.status()).into());
    }
    let blob: Blob = JsFuture::from(response.blob()?).await?.dyn_into()?;
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

/// What a rejected promise says.
fn describe(error: &JsValue) -> String {
    error
        .as_string()
        .or_else(|| Reflect::get(error, &"message".into()).ok()?.as_string())
        .unwrap_or_else(|| "the image could not be loaded".to_owned())
}
