//! A headless Chromium, and what a player does in one of its tabs.

mod fingers;
mod install;

use std::path::PathBuf;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use anyhow::{Context, anyhow, bail};
use chromiumoxide::cdp::browser_protocol::emulation::{
    MediaFeature, SetDeviceMetricsOverrideParams, SetEmulatedMediaParams,
};
use chromiumoxide::cdp::browser_protocol::fetch::{
    EnableParams, EventRequestPaused, FailRequestParams, RequestPattern,
};
use chromiumoxide::cdp::browser_protocol::input::{
    DispatchKeyEventParams, DispatchKeyEventType, DispatchMouseEventParams, DispatchMouseEventType,
    MouseButton,
};
use chromiumoxide::cdp::browser_protocol::network::{DisableParams, ErrorReason};
use chromiumoxide::cdp::browser_protocol::page::CaptureScreenshotFormat;
use chromiumoxide::cdp::browser_protocol::target::SetAutoAttachParams;
use chromiumoxide::cdp::js_protocol::runtime::{EvaluateParams, EventExceptionThrown};
use chromiumoxide::page::ScreenshotParams;
use chromiumoxide::{Browser, BrowserConfig, Page};
use futures_util::StreamExt;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::MutexGuard;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::{PATIENCE, variable};

/// JavaScript: the place to click, see there.
const RESTING: &str = include_str!("browser/resting.js");

/// What keeps a headless browser quiet, and its tabs awake though only one is in front. The dashes come by themselves.
const ARGUMENTS: [&str; 11] = [
    "disable-gpu",
    "disable-quic",
    "no-first-run",
    "disable-background-networking",
    "disable-component-update",
    "disable-sync",
    "disable-background-timer-throttling",
    "disable-backgrounding-occluded-windows",
    "disable-renderer-backgrounding",
    "disable-dev-shm-usage",
    "mute-audio",
];

/// One browser at a time: two cores draw two tabs, not eight. Each test holds on to its turn.
pub async fn one_at_a_time() -> MutexGuard<'static, ()> {
    static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    TURN.lock().await
}

/// A browser with a fresh profile.
pub struct TestBrowser {
    browser: Browser,
    handler: JoinHandle<()>,
    _profile: TempDir,
}

/// A key as a keyboard sends it.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// `KeyboardEvent.code`.
    pub code: &'static str,
    /// `KeyboardEvent.key`.
    pub key: &'static str,
    /// Windows virtual key code.
    pub number: i64,
    /// What it types; a form is sent by the text of Enter, not by the key.
    pub text: &'static str,
}

/// Space bar: strike.
pub const SPACE: Key = Key { code: "Space", key: " ", number: 32, text: " " };
/// D: run to the right.
pub const D: Key = Key { code: "KeyD", key: "d", number: 68, text: "d" };
/// A: run to the left.
pub const A: Key = Key { code: "KeyA", key: "a", number: 65, text: "a" };
/// The arrow that points to the right.
pub const RIGHT: Key = Key { code: "ArrowRight", key: "ArrowRight", number: 39, text: "" };
/// Arrow down.
pub const DOWN: Key = Key { code: "ArrowDown", key: "ArrowDown", number: 40, text: "" };
/// Tab: to the next field or button.
pub const TAB: Key = Key { code: "Tab", key: "Tab", number: 9, text: "" };
/// Enter.
pub const ENTER: Key = Key { code: "Enter", key: "Enter", number: 13, text: "\r" };

impl TestBrowser {
    /// Starts one.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn launch() -> anyhow::Result<Self> {
        Self::launch_with(&[]).await
    }

    /// Starts one with more flags, without the dashes in front of them.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn launch_with(flags: &[&str]) -> anyhow::Result<Self> {
        let profile = tempfile::tempdir()?;
        let config = BrowserConfig::builder()
            .chrome_executable(variable("CHROME")?)
            .new_headless_mode()
            .no_sandbox()
            // A certificate must be good: pages with a bad one may run no service worker.
            .respect_https_errors()
            .window_size(1280, 800)
            .viewport(None)
            .user_data_dir(profile.path())
            .launch_timeout(PATIENCE)
            .request_timeout(PATIENCE)
            .args(ARGUMENTS)
            .args(flags.iter().copied())
            .build()
            .map_err(|error| anyhow!(error))?;
        let (browser, mut events) = Browser::launch(config).await.context("the browser does not start")?;
        // The handler answers the browser's protocol until the browser ends; single messages it does not know are no harm.
        let handler = tokio::spawn(async move { while events.next().await.is_some() {} });
        Ok(Self { browser, handler, _profile: profile })
    }

    /// Opens a page in a new tab.
    ///
    /// # Errors
    /// When it does not load.
    pub async fn open(&self, url: &str) -> anyhow::Result<Tab> {
        let page = self.browser.new_page("about:blank").await?;
        // Or each service worker would wait for a debugger that never lets it go.
        let alone =
            SetAutoAttachParams::builder().auto_attach(false).wait_for_debugger_on_start(false).flatten(true);
        page.execute(alone.build().map_err(|error| anyhow!(error))?).await?;
        let exceptions = Arc::new(Mutex::new(Vec::new()));
        let mut thrown = page.event_listener::<EventExceptionThrown>().await?;
        let seen = Arc::clone(&exceptions);
        tokio::spawn(async move {
            while let Some(event) = thrown.next().await {
                let details = &event.exception_details;
                let text = details.exception.as_ref().and_then(|e| e.description.clone());
                if let Ok(mut seen) = seen.lock() {
                    seen.push(text.unwrap_or_else(|| details.text.clone()));
                }
            }
        });
        let tab = Tab { page, exceptions, fingers: AtomicUsize::new(0) };
        tab.resize(1280, 800).await?;
        tab.page.goto(url).await.with_context(|| format!("{url} does not load"))?;
        Ok(tab)
    }

    /// Opens a page in a new tab where files whose address fits `pattern` (with `*`) never arrive.
    ///
    /// # Errors
    /// When the page itself does not load.
    pub async fn open_without(&self, url: &str, pattern: &str) -> anyhow::Result<Tab> {
        let tab = self.open("about:blank").await?;
        let mut stopped = tab.page.event_listener::<EventRequestPaused>().await?;
        let page = tab.page.clone();
        tokio::spawn(async move {
            while let Some(event) = stopped.next().await {
                let lost = FailRequestParams::new(event.request_id.clone(), ErrorReason::ConnectionFailed);
                let _ = page.execute(lost).await;
            }
        });
        let pattern = RequestPattern::builder().url_pattern(pattern).build();
        tab.page.execute(EnableParams::builder().pattern(pattern).build()).await?;
        tab.page.goto(url).await.with_context(|| format!("{url} does not load"))?;
        Ok(tab)
    }

    /// Opens the game and plays under a name.
    ///
    /// # Errors
    /// When the player does not get into the arena.
    pub async fn play(&self, base: &str, name: &str) -> anyhow::Result<Tab> {
        let tab = self.open(&format!("{base}?name={name}&autoplay=1")).await?;
        tab.wait(
            "to be in the fight",
            "s => s.connection === 'online' && s.players.some(p => p.id === s.me)",
        )
        .await?;
        Ok(tab)
    }

    /// Ends it.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn close(mut self) -> anyhow::Result<()> {
        self.browser.close().await?;
        self.browser.wait().await?;
        self.handler.abort();
        Ok(())
    }
}

/// One tab.
pub struct Tab {
    page: Page,
    exceptions: Arc<Mutex<Vec<String>>>,
    /// How many are on the screen.
    fingers: AtomicUsize,
}

impl Tab {
    /// What the page says of its state: see `window.hotswap.state()`.
    ///
    /// # Errors
    /// When the page does not answer.
    pub async fn state(&self) -> anyhow::Result<Value> {
        self.evaluate("window.hotswap.state()").await
    }

    /// Ends the reports on network traffic, which the driver of the browser asks for in each tab: the browser copies every
    /// message of a WebSocket for them, and that costs a fight among hundreds a good part of its frame.
    ///
    /// # Errors
    /// When the tab is gone.
    pub async fn stop_network_reports(&self) -> anyhow::Result<()> {
        self.page.execute(DisableParams::default()).await?;
        Ok(())
    }

    /// The value of an expression; promises are awaited.
    ///
    /// # Errors
    /// When it throws.
    pub async fn evaluate(&self, expression: &str) -> anyhow::Result<Value> {
        let parameters = EvaluateParams::builder()
            .expression(expression)
            .await_promise(true)
            .return_by_value(true)
            .build()
            .map_err(|error| anyhow!(error))?;
        let answer = timeout(PATIENCE, self.page.execute(parameters))
            .await
            .with_context(|| format!("no answer to {expression}"))??
            .result;
        if let Some(thrown) = answer.exception_details {
            bail!(
                "{expression} throws {}",
                thrown.exception.and_then(|e| e.description).unwrap_or(thrown.text)
            );
        }
        Ok(answer.result.value.unwrap_or(Value::Null))
    }

    /// Waits until `condition`, a function of the game's state in JavaScript, holds; gives that state.
    ///
    /// # Errors
    /// When it does not hold in time: says what was waited for, and the last state.
    pub async fn wait(&self, what: &str, condition: &str) -> anyhow::Result<Value> {
        self.wait_until(what, &format!("window.hotswap && ({condition})(window.hotswap.state())")).await?;
        self.state().await
    }

    /// Waits until an expression is true.
    ///
    /// # Errors
    /// When it does not become true in time.
    pub async fn wait_until(&self, what: &str, expression: &str) -> anyhow::Result<()> {
        let probe = format!(
            "new Promise(done => {{ const look = () => {{ let ok = false; try {{ ok = !!({expression}); }} catch {{}} \
             ok ? done(true) : setTimeout(look, 16); }}; look(); }})"
        );
        let deadline = tokio::time::Instant::now() + PATIENCE;
        // A page that navigates takes its promise with it: ask again.
        while tokio::time::Instant::now() < deadline {
            if let Ok(Value::Bool(true)) = self.evaluate(&probe).await {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
        let state = self.evaluate("window.hotswap ? window.hotswap.state() : document.body.innerText").await;
        self.screenshot(&format!("failure {}", what.replace(|c: char| !c.is_alphanumeric(), "-"))).await?;
        bail!("waited in vain for {what}; the page says {state:?}; it threw {:?}", self.exceptions())
    }

    /// Presses a key and keeps it down.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn key_down(&self, key: Key) -> anyhow::Result<()> {
        let kind = if key.text.is_empty() {
            DispatchKeyEventType::RawKeyDown
        } else {
            DispatchKeyEventType::KeyDown
        };
        self.key(kind, key).await
    }

    /// Lets go of a key.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn key_up(&self, key: Key) -> anyhow::Result<()> {
        self.key(DispatchKeyEventType::KeyUp, key).await
    }

    /// Presses a key and lets go.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn press(&self, key: Key) -> anyhow::Result<()> {
        self.key_down(key).await?;
        self.key_up(key).await
    }

    async fn key(&self, kind: DispatchKeyEventType, key: Key) -> anyhow::Result<()> {
        let mut parameters = DispatchKeyEventParams::builder()
            .r#type(kind.clone())
            .code(key.code)
            .key(key.key)
            .windows_virtual_key_code(key.number);
        if kind == DispatchKeyEventType::KeyDown {
            parameters = parameters.text(key.text);
        }
        let parameters = parameters.build().map_err(|error| anyhow!(error))?;
        self.page.execute(parameters).await?;
        Ok(())
    }

    /// Clicks at a point of the page.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn click_at(&self, x: f64, y: f64) -> anyhow::Result<()> {
        self.drag((x, y), (x, y)).await
    }

    /// Presses the mouse at one point of the page and lets go at another.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn drag(&self, from: (f64, f64), to: (f64, f64)) -> anyhow::Result<()> {
        self.mouse(DispatchMouseEventType::MousePressed, from).await?;
        if from != to {
            self.mouse(DispatchMouseEventType::MouseMoved, to).await?;
        }
        self.mouse(DispatchMouseEventType::MouseReleased, to).await
    }

    async fn mouse(&self, kind: DispatchMouseEventType, (x, y): (f64, f64)) -> anyhow::Result<()> {
        let parameters = DispatchMouseEventParams::builder()
            .r#type(kind)
            .x(x)
            .y(y)
            .button(MouseButton::Left)
            .click_count(1)
            .build()
            .map_err(|error| anyhow!(error))?;
        self.page.execute(parameters).await?;
        Ok(())
    }

    /// Clicks the middle of an element, once it is shown and keeps its place.
    ///
    /// # Errors
    /// When there is none, or when it does not come to rest.
    pub async fn click(&self, selector: &str) -> anyhow::Result<()> {
        let quoted = serde_json::to_string(selector)?;
        let place = self.evaluate(&format!("({RESTING})({quoted})")).await?;
        let (x, y) =
            place[0].as_f64().zip(place[1].as_f64()).with_context(|| format!("no {selector} to click"))?;
        self.click_at(x, y).await
    }

    /// Puts a value into a field, as pasting does.
    ///
    /// # Errors
    /// When there is no such field.
    pub async fn fill(&self, selector: &str, value: &str) -> anyhow::Result<()> {
        let (selector, value) = (serde_json::to_string(selector)?, serde_json::to_string(value)?);
        self.evaluate(&format!(
            "{{ const field = document.querySelector({selector}); field.focus(); field.value = {value}; \
             field.dispatchEvent(new Event('input', {{ bubbles: true }})); \
             field.dispatchEvent(new Event('change', {{ bubbles: true }})); }}"
        ))
        .await?;
        Ok(())
    }

    /// Gives the page another size, CSS pixels.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn resize(&self, width: i64, height: i64) -> anyhow::Result<()> {
        self.move_to_screen(width, height, 1.0).await
    }

    /// Gives the page another size, CSS pixels, on a screen with `density` device pixels to each.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn move_to_screen(&self, width: i64, height: i64, density: f64) -> anyhow::Result<()> {
        self.page.execute(SetDeviceMetricsOverrideParams::new(width, height, density, false)).await?;
        Ok(())
    }

    /// Says to pages that their reader wants less motion.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn prefer_reduced_motion(&self) -> anyhow::Result<()> {
        let feature = MediaFeature::new("prefers-reduced-motion", "reduce");
        self.page.execute(SetEmulatedMediaParams::builder().feature(feature).build()).await?;
        Ok(())
    }

    /// Runs a script in each page that this tab opens from now on, before those of the page.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn before_each_page(&self, script: &str) -> anyhow::Result<()> {
        self.page.evaluate_on_new_document(script).await?;
        Ok(())
    }

    /// Opens another page in this tab.
    ///
    /// # Errors
    /// When it does not load.
    pub async fn go_to(&self, url: &str) -> anyhow::Result<()> {
        self.page.goto(url).await.with_context(|| format!("{url} does not load"))?;
        Ok(())
    }

    /// Loads the page again.
    ///
    /// # Errors
    /// When it does not load.
    pub async fn reload(&self) -> anyhow::Result<()> {
        self.page.reload().await?;
        Ok(())
    }

    /// Closes the tab as a player does.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn close(self) -> anyhow::Result<()> {
        self.page.close().await?;
        Ok(())
    }

    /// Brings the tab to the front; one in the background plays on, but is not drawn.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn show(&self) -> anyhow::Result<()> {
        self.page.bring_to_front().await?;
        Ok(())
    }

    /// Brings the tab to the front and keeps a picture of it.
    ///
    /// # Errors
    /// When it cannot be taken or stored.
    pub async fn screenshot(&self, name: &str) -> anyhow::Result<()> {
        let folder = PathBuf::from(variable("HOTSWAP_SCREENSHOTS")?);
        std::fs::create_dir_all(&folder)?;
        self.show().await?;
        let parameters = ScreenshotParams::builder().format(CaptureScreenshotFormat::Png).build();
        self.page.save_screenshot(parameters, folder.join(format!("{name}.png"))).await?;
        Ok(())
    }

    /// What the page threw and nobody caught.
    #[must_use]
    pub fn exceptions(&self) -> Vec<String> {
        self.exceptions.lock().map(|seen| seen.clone()).unwrap_or_default()
    }
}
