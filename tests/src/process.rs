//! The server as a process of its own, so that it can be stopped and killed.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::{PATIENCE, variable};

/// The admin token of test servers.
pub const ADMIN_TOKEN: &str = "a-token-only-for-tests";

/// How long lost players stay in the arena: long enough to reload a page, short enough to wait for.
const GRACE_SECONDS: &str = "5";

/// How a test wants its server.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Words in front of the command, such as `ip netns exec NAME`.
    pub launcher: Vec<String>,
    /// Where it listens.
    pub host: IpAddr,
    /// 0 for any free port of this machine.
    pub port: u16,
    /// More flags of `hotswap serve`.
    pub flags: Vec<String>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self { launcher: Vec::new(), host: Ipv4Addr::LOCALHOST.into(), port: 0, flags: Vec::new() }
    }
}

/// A signal that asks a server to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopSignal {
    /// SIGTERM: a service manager wants it to stop.
    Terminate,
    /// SIGINT: somebody pressed Ctrl-C.
    Interrupt,
}

/// A running server with a data folder of its own.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it says that players find the game.
    pub game: String,
    options: ServerOptions,
    data: TempDir,
    child: Child,
    /// Kept open: a server whose standard output is closed could not print any more.
    _stdout: Lines<BufReader<ChildStdout>>,
}

/// A server that has ended; its data folder is still there.
pub struct StoppedServer {
    /// How it ended.
    pub status: ExitStatus,
    options: ServerOptions,
    data: TempDir,
}

impl Server {
    /// Starts one on an empty data folder and a free port.
    ///
    /// # Errors
    /// When it does not say where it is in time.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(ServerOptions::default()).await
    }

    /// Starts one on an empty data folder.
    ///
    /// # Errors
    /// When it does not say where it is in time.
    pub async fn start_with(mut options: ServerOptions) -> anyhow::Result<Self> {
        if options.port == 0 {
            // The port must stay the same over a restart, so it cannot be left to the server.
            options.port = TcpListener::bind((options.host, 0))?.local_addr()?.port();
        }
        Self::start_on(tempfile::tempdir()?, options).await
    }

    /// Kills it without a warning, as `kill -9` does, and starts it again on the same data and port.
    ///
    /// # Errors
    /// When it does not come back.
    pub async fn kill_and_restart(mut self) -> anyhow::Result<Self> {
        self.child.kill().await?;
        Self::start_on(self.data, self.options).await
    }

    /// Asks it to stop.
    ///
    /// # Errors
    /// When it is gone already.
    pub async fn ask_to_stop(&self, signal: StopSignal) -> anyhow::Result<()> {
        let id = self.child.id().context("the server has ended already")?;
        let name = match signal {
            StopSignal::Terminate => "-TERM",
            StopSignal::Interrupt => "-INT",
        };
        let sent = Command::new("kill").arg(name).arg(id.to_string()).status().await?;
        ensure!(sent.success(), "kill {name} {id}: {sent}");
        Ok(())
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// When it is still running after `patience`.
    pub async fn ended(mut self, patience: Duration) -> anyhow::Result<StoppedServer> {
        let ended = timeout(patience, self.child.wait()).await;
        let status = ended.with_context(|| format!("the server still runs after {patience:?}"))??;
        Ok(StoppedServer { status, options: self.options, data: self.data })
    }

    async fn start_on(data: TempDir, options: ServerOptions) -> anyhow::Result<Self> {
        let binary = variable("HOTSWAP_BIN")?;
        let mut words = options.launcher.iter().chain([&binary]);
        let mut child = Command::new(words.next().unwrap_or(&binary))
            .args(words)
            .args(["serve", "--host", &options.host.to_string(), "--port", &options.port.to_string()])
            .args(["--grace-seconds", GRACE_SECONDS])
            .args(&options.flags)
            .arg("--data")
            .arg(data.path())
            .env("HOTSWAP_ADMIN_TOKEN", ADMIN_TOKEN)
            // Tests count players; those about bots ask for them by a flag, which wins.
            .env("HOTSWAP_BOTS", "0")
            .current_dir(data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the server does not start")?;
        let stdout = child.stdout.take().context("no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let said = timeout(PATIENCE, async {
            while let Some(line) = lines.next_line().await? {
                if let Some(game) = line.strip_prefix("game") {
                    return Ok(game.trim().to_owned());
                }
            }
            bail!("the server ended before it said where it is");
        });
        let game = said.await.context("the server does not say where it is")??;
        let address = SocketAddr::from((options.host, options.port));
        Ok(Self { address, game, options, data, child, _stdout: lines })
    }

    /// Its number in the system; `None` when it has ended.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.child.id()
    }

    /// What `/metrics` says of `name`; 0 for what was never counted.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn metric(&self, name: &str) -> anyhow::Result<f64> {
        let text = reqwest::get(self.url("/metrics")).await?.text().await?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        Ok(line.map(str::parse).transpose()?.unwrap_or_default())
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// The address that players connect to.
    #[must_use]
    pub fn socket_url(&self) -> String {
        format!("ws://{}/ws", self.address)
    }

    /// The address of a page.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Calls the admin API; gives the status and the answer.
    ///
    /// # Errors
    /// When there is no answer, or it is not JSON.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> anyhow::Result<(u16, Value)> {
        let request = reqwest::Client::new()
            .request(method.parse()?, self.url(path))
            .bearer_auth(ADMIN_TOKEN)
            .timeout(PATIENCE);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let answer = request.send().await?;
        Ok((answer.status().as_u16(), answer.json().await?))
    }
    /// Publishes a script and waits until the arena plays it; gives the release's number.
    ///
    /// # Errors
    /// When it is refused, or not played in time.
    pub async fn publish(&self, script: &str, version: &str) -> anyhow::Result<u64> {
        let body = json!({ "script": script, "version": version });
        let (status, answer) = self.call("POST", "/api/update_script", Some(body)).await?;
        ensure!(status == 200, "{version} is refused: {answer}");
        let number = answer["release"]["number"].as_u64().context("a release without a number")?;
        timeout(PATIENCE, async {
            // Every answer comes from the room's next tick, so this asks once a tick at most.
            while self.call("GET", "/api/rooms", None).await?.1["rooms"][0]["release"] != number {}
            Ok(number)
        })
        .await?
    }
}

impl StoppedServer {
    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// From now on it is started with this flag too.
    #[must_use]
    pub fn with_flag(mut self, name: &str, value: &str) -> Self {
        self.options.flags.extend([name.to_owned(), value.to_owned()]);
        self
    }

    /// Starts it again on the same data and port.
    ///
    /// # Errors
    /// When it does not come back.
    pub async fn start(self) -> anyhow::Result<Server> {
        Server::start_on(self.data, self.options).await
    }
}
