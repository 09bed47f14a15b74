//! Firefox, driven through [WebDriver BiDi](https://w3c.github.io/webdriver-bidi/), which it speaks without a driver.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, bail, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::{PATIENCE, variable};

/// Names under which systems install it.
const NAMES: [&str; 2] = ["firefox", "firefox-esr"];
/// Firefox prints this in front of the address that it listens at.
const LISTENS: &str = "WebDriver BiDi listening on ";

/// A Firefox with one tab; ends with this value.
pub struct Firefox {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// Number of the last command.
    last: u64,
    tab: String,
    /// What the page wrote to the console as an error, and what it threw.
    pub complaints: Vec<String>,
    _process: Child,
    _profile: TempDir,
}

/// The program: what `FIREFOX` names, or the first on the path.
#[must_use]
pub fn find() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("FIREFOX").filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    let in_folder =
        |folder: PathBuf| NAMES.map(|name| folder.join(name)).into_iter().find(|file| file.is_file());
    std::env::split_paths(&path).find_map(in_folder)
}

impl Firefox {
    /// Starts it with an empty profile.
    ///
    /// # Errors
    /// When it does not start, or does not do what it is asked.
    pub async fn launch(program: PathBuf) -> anyhow::Result<Self> {
        let profile = tempfile::tempdir()?;
        let mut process = Command::new(program)
            .args(["--headless", "--no-remote", "--remote-debugging-port", "0", "--profile"])
            .arg(profile.path())
            // A home of another owner, or a screen that is not there, stops it.
            .env("HOME", profile.path())
            .env_remove("DISPLAY")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("Firefox does not start")?;
        let mut lines = BufReader::new(process.stderr.take().context("no standard error")?).lines();
        let address = async {
            while let Some(line) = lines.next_line().await? {
                if let Some(address) = line.strip_prefix(LISTENS) {
                    return Ok(address.trim().to_owned());
                }
            }
            bail!("Firefox has ended")
        };
        let address = timeout(PATIENCE, address).await.context("Firefox listens nowhere")??;
        // Its pipe must not fill up.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let (socket, _) =
            connect_async(format!("{address}/session")).await.context("Firefox does not answer")?;
        let mut firefox = Self {
            socket,
            last: 0,
            tab: String::new(),
            complaints: Vec::new(),
            _process: process,
            _profile: profile,
        };
        firefox.call("session.new", json!({ "capabilities": {} })).await?;
        firefox.call("session.subscribe", json!({ "events": ["log.entryAdded"] })).await?;
        let tree = firefox.call("browsingContext.getTree", json!({})).await?;
        firefox.tab = tree["contexts"][0]["context"].as_str().context("no tab")?.to_owned();
        let viewport = json!({ "width": 1280, "height": 800 });
        firefox.in_tab("browsingContext.setViewport", json!({ "viewport": viewport })).await?;
        Ok(firefox)
    }

    /// Opens a page and waits until it is there.
    ///
    /// # Errors
    /// When it does not load.
    pub async fn go_to(&mut self, url: &str) -> anyhow::Result<()> {
        self.in_tab("browsingContext.navigate", json!({ "url": url, "wait": "complete" })).await?;
        Ok(())
    }

    /// Loads the page again.
    ///
    /// # Errors
    /// When it does not load.
    pub async fn reload(&mut self) -> anyhow::Result<()> {
        self.in_tab("browsingContext.reload", json!({ "wait": "complete" })).await?;
        Ok(())
    }

    /// The value of an expression; promises are awaited.
    ///
    /// # Errors
    /// When it throws, or its value cannot be written as JSON.
    pub async fn evaluate(&mut self, expression: &str) -> anyhow::Result<Value> {
        let expression = format!("(async () => JSON.stringify(await ({expression})) ?? 'null')()");
        let arguments = json!({
            "expression": expression, "awaitPromise": true, "target": { "context": self.tab },
        });
        let answer = self.call("script.evaluate", arguments).await?;
        ensure!(answer["type"] == "success", "{expression} throws {}", answer["exceptionDetails"]["text"]);
        Ok(serde_json::from_str(answer["result"]["value"].as_str().context("no text")?)?)
    }

    /// Waits until `condition`, a function of the game's state in JavaScript, holds; gives that state.
    ///
    /// # Errors
    /// When it does not hold in time: says what was waited for, and the last state.
    pub async fn wait(&mut self, what: &str, condition: &str) -> anyhow::Result<Value> {
        let look = format!(
            "new Promise(done => {{ const give_up = Date.now() + {};
                const look = () => {{
                    const state = window.hotswap?.state();
                    if (state && ({condition})(state)) done([true, state]);
                    else if (Date.now() > give_up) done([false, state]);
                    else setTimeout(look, 16);
                }};
                look(); }})",
            PATIENCE.as_millis() / 2
        );
        let answer = self.evaluate(&look).await?;
        ensure!(
            answer[0] == true,
            "waited in vain for {what}; the page says {}; {:?}",
            answer[1],
            self.complaints
        );
        Ok(answer[1].clone())
    }

    /// Presses keys one after the other, each while those before it are down, and lets all go after so many milliseconds.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn hold(&mut self, keys: &[&str], milliseconds: u32) -> anyhow::Result<()> {
        let down = keys.iter().map(|key| json!({ "type": "keyDown", "value": key }));
        let pause = std::iter::once(json!({ "type": "pause", "duration": milliseconds }));
        let up = keys.iter().map(|key| json!({ "type": "keyUp", "value": key }));
        let actions: Vec<Value> = down.chain(pause).chain(up).collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.in_tab("input.performActions", json!({ "actions": [keyboard] })).await?;
        Ok(())
    }

    /// Keeps a picture of the tab.
    ///
    /// # Errors
    /// When it cannot be taken or stored.
    pub async fn screenshot(&mut self, name: &str) -> anyhow::Result<()> {
        let folder = PathBuf::from(variable("HOTSWAP_SCREENSHOTS")?);
        std::fs::create_dir_all(&folder)?;
        let answer = self.in_tab("browsingContext.captureScreenshot", json!({})).await?;
        let bytes = BASE64_STANDARD.decode(answer["data"].as_str().context("no picture")?)?;
        std::fs::write(folder.join(format!("{name}.png")), bytes)?;
        Ok(())
    }

    async fn in_tab(&mut self, method: &str, mut arguments: Value) -> anyhow::Result<Value> {
        arguments["context"] = self.tab.clone().into();
        self.call(method, arguments).await
    }

    /// Sends a command and waits for its result; what the page says meanwhile is noted.
    async fn call(&mut self, method: &str, arguments: Value) -> anyhow::Result<Value> {
        self.last += 1;
        let id = self.last;
        let command = json!({ "id": id, "method": method, "params": arguments }).to_string();
        self.socket.send(Message::text(command)).await?;
        let answered = async {
            while let Some(message) = self.socket.next().await {
                let Message::Text(text) = message? else { continue };
                let answer: Value = serde_json::from_str(&text)?;
                if answer["method"] == "log.entryAdded" {
                    let entry = &answer["params"];
                    if entry["level"] == "error" {
                        self.complaints.push(entry["text"].as_str().unwrap_or_default().to_owned());
                    }
                } else if answer["id"] == id {
                    ensure!(answer["type"] == "success", "{method}: {}", answer["message"]);
                    return Ok(answer["result"].clone());
                }
            }
            bail!("Firefox has ended")
        };
        timeout(PATIENCE, answered).await.with_context(|| format!("no answer to {method}"))?
    }
}
