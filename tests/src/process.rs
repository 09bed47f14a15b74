//! The server as a process of its own, so that it can be killed.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Stdio;

use anyhow::{Context, bail};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::{PATIENCE, variable};

/// The admin token of test servers.
pub const ADMIN_TOKEN: &str = "a-token-only-for-tests";

/// How long lost players stay in the arena: long enough to reload a page, short enough to wait for.
const GRACE_SECONDS: &str = "5";

/// A running server with a data folder of its own.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    data: TempDir,
    child: Child,
    /// Kept open: a server whose standard output is closed could not print any more.
    _stdout: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts one on an empty data folder and a free port.
    ///
    /// # Errors
    /// When it does not say where it is in time.
    pub async fn start() -> anyhow::Result<Self> {
        // The port must stay the same over a restart, so it cannot be left to the server.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        Self::start_on(tempfile::tempdir()?, port).await
    }

    /// Kills it without a warning, as `kill -9` does, and starts it again on the same data and port.
    ///
    /// # Errors
    /// When it does not come back.
    pub async fn kill_and_restart(mut self) -> anyhow::Result<Self> {
        self.child.kill().await?;
        let port = self.address.port();
        let Self { data, .. } = self;
        Self::start_on(data, port).await
    }

    async fn start_on(data: TempDir, port: u16) -> anyhow::Result<Self> {
        let mut child = Command::new(variable("HOTSWAP_BIN")?)
            .args(["serve", "--port", &port.to_string(), "--grace-seconds", GRACE_SECONDS, "--data"])
            .arg(data.path())
            .env("HOTSWAP_ADMIN_TOKEN", ADMIN_TOKEN)
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
                if line.starts_with("game") {
                    return Ok(());
                }
            }
            bail!("the server ended before it said where it is");
        });
        said.await.context("the server does not say where it is")??;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok(Self { address, data, child, _stdout: lines })
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
}
