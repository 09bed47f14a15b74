//! A relay between a browser and a server: the address stays while servers come and go, it counts what each request costs
//! on the wire, and it can break answers on purpose.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Most that is passed on at once, bytes.
const CHUNK: usize = 16 * 1024;

/// A relay on a port of its own.
pub struct Relay {
    /// Where browsers connect to.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    server: Mutex<SocketAddr>,
    /// Paths that begin like this get a broken body.
    breaks: Option<&'static str>,
    /// Bytes from the server by path, heads included.
    costs: Mutex<BTreeMap<String, usize>>,
}

impl Relay {
    /// Starts one to a server; answers to paths that begin with `breaks` get another byte at their end.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start(server: SocketAddr, breaks: Option<&'static str>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared { server: Mutex::new(server), breaks, costs: Mutex::default() });
        let accepting = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                let shared = Arc::clone(&accepting);
                tokio::spawn(async move {
                    let server = *lock(&shared.server);
                    // Without a server the browser's connection is simply closed.
                    if let Ok(server) = TcpStream::connect(server).await {
                        pass(browser, server, shared).await;
                    }
                });
            }
        });
        Ok(Self { address, shared, task })
    }

    /// New connections go to another server.
    pub fn connect_to(&self, server: SocketAddr) {
        *lock(&self.shared.server) = server;
    }

    /// What has come from the server for each path since the last call, bytes.
    #[must_use]
    pub fn take_costs(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut *lock(&self.shared.costs))
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One connection. Browsers ask for one thing after the other on it, so an answer belongs to the last request.
async fn pass(browser: TcpStream, server: TcpStream, shared: Arc<Shared>) {
    let (from_browser, to_browser) = browser.into_split();
    let (from_server, to_server) = server.into_split();
    let path = Arc::new(Mutex::new(String::new()));
    let asking = tokio::spawn(ask(from_browser, to_server, Arc::clone(&path)));
    // Ends when the server closes; then the browser is not heard any more either.
    let _ = answer(from_server, to_browser, &path, &shared).await;
    asking.abort();
}

async fn ask(
    mut browser: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    path: Arc<Mutex<String>>,
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    loop {
        let length = browser.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        if let Some(rest) = buffer[..length].strip_prefix(b"GET ") {
            let end = rest.iter().position(|byte| matches!(byte, b' ' | b'?')).unwrap_or(rest.len());
            *lock(&path) = String::from_utf8_lossy(&rest[..end]).into_owned();
        }
        server.write_all(&buffer[..length]).await?;
    }
}

async fn answer(
    mut server: OwnedReadHalf,
    mut browser: OwnedWriteHalf,
    path: &Mutex<String>,
    shared: &Shared,
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    loop {
        let length = server.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        let path = lock(path).clone();
        if shared.breaks.is_some_and(|prefix| path.starts_with(prefix)) {
            buffer[length - 1] ^= 0x55;
        }
        *lock(&shared.costs).entry(path).or_default() += length;
        browser.write_all(&buffer[..length]).await?;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
