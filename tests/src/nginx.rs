//! A reverse proxy: Debian's nginx with the sample of `docs/nginx.conf`, on this machine and for one test.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::PATIENCE;

/// The sample that operators start with.
const SAMPLE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/nginx.conf"));
/// Below this path the sample has the game.
pub const PREFIX: &str = "/arena/";
/// The proxy asks the server from this address, so that it can be told from players on the same machine.
pub const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9));
/// nginx writes this when its ports are open.
const READY: &str = "event method";
/// Where administrators' programs are, which is not on everybody's path.
const MORE_FOLDERS: [&str; 2] = ["/usr/sbin", "/usr/local/sbin"];

/// Where the proxy listens.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// For what is sent on to https.
    pub http: u16,
    /// For the game.
    pub https: u16,
}

impl Ports {
    /// Two free ones.
    ///
    /// # Errors
    /// When the system has none.
    pub fn free() -> anyhow::Result<Self> {
        let listen = || std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let (http, https) = (listen()?, listen()?);
        Ok(Self { http: http.local_addr()?.port(), https: https.local_addr()?.port() })
    }

    /// The game as browsers see it.
    #[must_use]
    pub fn public_url(self) -> String {
        format!("https://127.0.0.1:{}{PREFIX}", self.https)
    }
}

/// A running nginx; ends with this value.
#[derive(Debug)]
pub struct Nginx {
    /// SHA-256 of its public key, as browsers are told to trust it: base64.
    pub fingerprint: String,
    _child: Child,
    _folder: TempDir,
}

/// What this machine lacks to run one.
#[must_use]
pub fn missing() -> Option<&'static str> {
    ["nginx", "openssl"].into_iter().find(|name| find(name).is_none())
}

impl Nginx {
    /// Starts one in front of `server`.
    ///
    /// # Errors
    /// When it does not start: says what nginx says.
    pub async fn start(server: SocketAddr, ports: Ports) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let fingerprint = make_certificate(folder.path()).await?;
        fs::write(folder.path().join("arena.conf"), fill_in(server, ports, folder.path())?)?;
        fs::write(folder.path().join("nginx.conf"), around())?;
        let nginx = find("nginx").context("there is no nginx")?;
        let mut child = Command::new(nginx)
            .arg("-p")
            .arg(folder.path())
            .args(["-e", "stderr", "-c", "nginx.conf"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stderr.take().context("no standard error")?).lines();
        let mut said = String::new();
        let ready = timeout(PATIENCE, async {
            while let Some(line) = lines.next_line().await? {
                if line.contains(READY) {
                    return Ok(());
                }
                said += &line;
                said.push('\n');
            }
            bail!("nginx ended:\n{said}")
        });
        ready.await.context("nginx does not say that it is ready")??;
        // It must not wait for somebody to read what it says.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { fingerprint, _child: child, _folder: folder })
    }
}

/// The sample with what differs on this machine: ports, name and certificate.
fn fill_in(server: SocketAddr, ports: Ports, folder: &Path) -> anyhow::Result<String> {
    let here = |name: &str| folder.join(name).display().to_string();
    let mut conf: String = SAMPLE
        .lines()
        .filter(|line| !line.trim_start().starts_with("listen [::]:"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let changes = [
        ("server 127.0.0.1:8080;", format!("server {server};")),
        ("listen 80;", format!("listen 127.0.0.1:{};", ports.http)),
        ("listen 443 ", format!("listen 127.0.0.1:{} ", ports.https)),
        ("/etc/letsencrypt/live/play.example.com/fullchain.pem", here("certificate.pem")),
        ("/etc/letsencrypt/live/play.example.com/privkey.pem", here("key.pem")),
        ("server_name play.example.com;", "server_name 127.0.0.1;".to_owned()),
    ];
    for (sample, ours) in changes {
        ensure!(conf.contains(sample), "docs/nginx.conf has no `{sample}` any more");
        conf = conf.replace(sample, &ours);
    }
    Ok(conf)
}

/// What Debian's own nginx.conf does around the sample: one process in the foreground, and all files in its folder.
fn around() -> String {
    let folders: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("    {kind}_temp_path {kind};\n"))
        .concat();
    format!(
        "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr notice;\nevents {{}}\nhttp {{\n    \
         access_log off;\n{folders}    proxy_bind {PROXY};\n    include arena.conf;\n}}\n"
    )
}

/// A certificate for this machine that nobody has signed; gives the hash of its public key.
async fn make_certificate(folder: &Path) -> anyhow::Result<String> {
    let certificate = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 \
                       -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out certificate.pem";
    openssl(folder, certificate).await?;
    openssl(folder, "pkey -in key.pem -pubout -outform DER -out key.der").await?;
    Ok(BASE64_STANDARD.encode(openssl(folder, "dgst -sha256 -binary key.der").await?))
}

/// Runs `openssl` in a folder; gives what it prints.
async fn openssl(folder: &Path, words: &str) -> anyhow::Result<Vec<u8>> {
    let program = find("openssl").context("there is no openssl")?;
    let mut command = Command::new(program);
    command.args(words.split_whitespace()).current_dir(folder).stdin(Stdio::null());
    let output = command.output().await?;
    ensure!(output.status.success(), "openssl: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(output.stdout)
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(MORE_FOLDERS.map(PathBuf::from));
    folders.map(|folder| folder.join(program)).find(|candidate| candidate.is_file())
}
