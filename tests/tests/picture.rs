//! What the picture in a tab is like: sharp on dense screens, and moving while a large image is on its way.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Cursor;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::json;
use tests::browser::{Tab, TestBrowser, one_at_a_time};
use tests::process::{Server, ServerOptions};
use tests::report;

/// Width and height of the largest image that an operator may upload, pixels.
const LARGEST_SIDE: u32 = 4_096;
/// A page whose frames stand still while an image is decoded draws one or two meanwhile.
const FRAMES_WHILE_LOADING: u64 = 5;

/// Waits until the canvas fills a page of this size, and has `density` pixels of its own to each of the page's.
async fn wait_for_canvas(tab: &Tab, (width, height): (i64, i64), density: f64) -> anyhow::Result<()> {
    let expression = format!(
        "(() => {{ const c = document.querySelector('#game'), r = c.getBoundingClientRect(); \
         return devicePixelRatio === {density} && Math.abs(r.width - {width}) <= 1 && r.height > {height} * 0.6 \
         && Math.abs(c.width - r.width * {density}) <= 1 && Math.abs(c.height - r.height * {density}) <= 1; }})()"
    );
    tab.wait_until(&format!("a canvas for {width}x{height} at density {density}"), &expression).await?;
    let frames = tab.state().await?["frames"].as_u64().unwrap();
    tab.wait("some frames", &format!("s => s.frames > {frames} + 5")).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_arena_is_sharp_on_a_dense_screen_and_stays_so_when_the_window_changes() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Sharp").await?;
    wait_for_canvas(&tab, (1280, 800), 1.0).await?;
    // The same window on a denser screen: only the density changes.
    tab.move_to_screen(1280, 800, 2.0).await?;
    wait_for_canvas(&tab, (1280, 800), 2.0).await?;
    tab.move_to_screen(1200, 760, 2.0).await?;
    wait_for_canvas(&tab, (1200, 760), 2.0).await?;
    tab.screenshot("dense").await?;
    tab.move_to_screen(900, 640, 2.0).await?;
    wait_for_canvas(&tab, (900, 640), 2.0).await?;
    // A phone that is turned.
    tab.move_to_screen(844, 390, 2.0).await?;
    wait_for_canvas(&tab, (844, 390), 2.0).await?;
    tab.move_to_screen(390, 844, 2.0).await?;
    wait_for_canvas(&tab, (390, 844), 2.0).await?;
    tab.screenshot("dense-phone").await?;
    // And back to an ordinary screen.
    tab.move_to_screen(1280, 800, 1.0).await?;
    wait_for_canvas(&tab, (1280, 800), 1.0).await?;
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

/// The largest image there may be, as base64: soft colours and a fine grid, so that there is something to decode.
fn largest_image() -> String {
    let pixel = |x: u32, y: u32| {
        let grid = if x % 64 < 2 || y % 64 < 2 { 80 } else { 0 };
        Rgb([x / 24 + grid, y / 24 + grid, (x + y) / 48].map(|channel| channel as u8))
    };
    let mut bytes = Vec::new();
    let image = RgbImage::from_fn(LARGEST_SIDE, LARGEST_SIDE, pixel);
    image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    BASE64_STANDARD.encode(bytes)
}

/// Holds downloads back until `openGate` is called, and notes each frame and each image that is decoded.
const WATCH: &str = "(() => {
    const watch = window.watch = { frames: [], decoded: [] };
    const gate = new Promise(open => watch.openGate = () => { watch.openedAt = performance.now(); open(); });
    const fetch = window.fetch.bind(window);
    window.fetch = (...what) => gate.then(() => fetch(...what));
    const decode = window.createImageBitmap.bind(window);
    window.createImageBitmap = (source, ...rest) => {
        watch.decoded.push(source.constructor.name);
        return decode(source, ...rest);
    };
    const hint = document.querySelector('#background-hint');
    const look = at => {
        const { frames, background_ready } = window.hotswap.state();
        watch.frames.push({ at, drawn: frames, ready: background_ready, hint: hint.checkVisibility() });
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})()";

/// What was seen from the opening of the gate until the image was on the floor, and as long after that.
const SUMMARY: &str = "(() => {
    const { frames, decoded, openedAt } = window.watch;
    // The first frames with the image are not the load any more, and not quiet yet.
    const shown = frames.findIndex(f => f.at > openedAt && f.ready);
    const ready = frames[shown].at, settled = frames[shown + 5].at;
    const longest = (from, to) => Math.max(...frames.flatMap((f, i) =>
        i > 0 && frames[i - 1].at >= from && f.at <= to ? [f.at - frames[i - 1].at] : []));
    const loading = frames.filter(f => f.at > openedAt && f.at < ready);
    return {
        decoded,
        millis: ready - openedAt,
        frames_while_loading: loading.length ? loading.at(-1).drawn - loading[0].drawn + 1 : 0,
        hint_always_right: frames.every(f => f.hint === !f.ready),
        gap_loading: longest(openedAt, ready),
        gap_first_drawn: longest(ready, settled),
        gap_quiet: longest(settled, settled + (ready - openedAt)),
        image_elements: performance.getEntriesByType('resource')
            .filter(e => e.name.includes('/content/') && e.initiatorType !== 'fetch').length,
    };
})()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_game_is_drawn_on_while_the_largest_background_loads_and_a_hint_says_so() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let image = tokio::task::spawn_blocking(largest_image).await?;
    let flags = vec!["--update-lead-ms".to_owned(), "100".to_owned()];
    let server = Server::start_with(ServerOptions { flags, ..ServerOptions::default() }).await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    tab.evaluate(WATCH).await?;
    let body = json!({ "background_color": [20, 60, 90], "background_image": image, "version": "large" });
    let (status, answer) = server.call("POST", "/api/update_background", Some(body)).await?;
    assert_eq!(status, 200, "{answer}");

    // The download hangs: the fight goes on under a hint.
    tab.wait("the scene without its image", "s => s.scene > 0 && !s.background_ready").await?;
    tab.wait_until("the hint", "document.querySelector('#background-hint').checkVisibility()").await?;
    tab.screenshot("background-loading").await?;
    let frames = tab.state().await?["frames"].as_u64().unwrap();
    let state = tab.wait("more frames", &format!("s => s.frames > {frames} + 60")).await?;
    assert_eq!((&state["background_ready"], &state["connection"]), (&json!(false), &json!("online")));

    // It comes, and is decoded.
    tab.evaluate("window.watch.openGate()").await?;
    tab.wait("the image", "s => s.background_ready && s.background_image").await?;
    let quiet = "(() => { const { frames, openedAt } = window.watch; \
                 const shown = frames.findIndex(f => f.at > openedAt && f.ready), settled = frames[shown + 5]; \
                 return shown > 0 && frames.at(-1).at > settled.at + frames[shown].at - openedAt; })()";
    tab.wait_until("a quiet time as long as the load", quiet).await?;
    let seen = tab.evaluate(SUMMARY).await?;
    let figure = |name: &str| seen[name].as_f64().unwrap();
    report(&format!(
        "background of {LARGEST_SIDE} x {LARGEST_SIDE}: {:.0} ms from the download to the floor, {} frames meanwhile; longest gap \
         {:.1} ms while it loads, {:.1} ms when it is first drawn, {:.1} ms in as long a quiet time: ratios {:.2} and {:.2}",
        figure("millis"),
        seen["frames_while_loading"],
        figure("gap_loading"),
        figure("gap_first_drawn"),
        figure("gap_quiet"),
        figure("gap_loading") / figure("gap_quiet"),
        figure("gap_first_drawn") / figure("gap_quiet"),
    ));
    assert!(seen["frames_while_loading"].as_u64().unwrap() >= FRAMES_WHILE_LOADING, "{seen}");
    assert_eq!(
        seen["hint_always_right"], true,
        "the hint is there while the image is not, and only then: {seen}"
    );
    // From a blob, browsers decode on another thread; from an element, they may do it in the middle of a frame.
    let decoded = seen["decoded"].as_array().unwrap();
    assert!(!decoded.is_empty() && decoded.iter().all(|source| source == "Blob"), "{seen}");
    assert_eq!(seen["image_elements"], 0, "{seen}");
    tab.screenshot("background-large").await?;
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}
