//! The authoritative server of Hotswap Arena.
//!
//! [`run`] is the whole server: it is handed a listener, the settings and a shutdown signal, so that tests own the port
//! and the lifetime. A connection is a [`session`], a fight is a [`room`], the [`lobby`] knows all rooms, and a
//! [`release`] is a version of the rules.

mod accept;
pub mod admin;
pub mod assets;
mod boards;
pub mod builds;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connections;
mod edge;
pub mod lobby;
pub mod logging;
mod metrics;
pub mod moderation;
mod poll_door;
mod proxy;
pub mod public_url;
pub mod release;
pub mod room;
mod router;
pub mod session;
pub mod shutdown;
mod socketio;
pub mod storage;
mod tcp_door;
mod throttle;
pub mod transport;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::serve::ListenerExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::accept::PlainLimit;
use crate::assets::Assets;
use crate::builds::Builds;
use crate::clock::TickClock;
use crate::config::Config;
use crate::connections::Connections;
use crate::edge::Edge;
use crate::lobby::Lobby;
use crate::moderation::Moderation;
use crate::release::Releases;
use crate::shutdown::Shutdown;
use crate::storage::{Store, StoreError};

/// How long connections get to take the goodbye when the server stops.
const GOODBYE: Duration = Duration::from_secs(2);
/// Send buffer of a connection, bytes; Linux doubles it. Enough for 5 Mbit/s at 200 ms round trip, which a player never needs.
const SEND_BUFFER: usize = 64 * 1024;
/// How often sessions that can no longer be resumed are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(600);

/// Why the server cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The port cannot be used.
    #[error("cannot listen on {address}: {source}{}", hint(source))]
    Bind {
        /// Wanted address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The data folder cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The releases cannot be loaded.
    #[error(transparent)]
    Release(#[from] release::LoadError),
    /// The admin token cannot be set up.
    #[error(transparent)]
    Auth(#[from] admin::AuthError),
    /// The folder with the client cannot be used.
    #[error("cannot serve the client in {}: {source}", folder.display())]
    Client {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

fn hint(source: &std::io::Error) -> &'static str {
    match source.kind() {
        std::io::ErrorKind::AddrInUse => "; choose another port with --port",
        std::io::ErrorKind::PermissionDenied => {
            "; ports below 1024 need privileges, choose another with --port"
        }
        _ => "",
    }
}

/// Where the server listens.
#[derive(Debug)]
pub struct Listeners {
    /// Pages, the API, WebSockets and Socket.IO.
    pub http: TcpListener,
    /// The TCP door, if it is open.
    pub tcp: Option<TcpListener>,
}

/// Listens where the settings say.
///
/// # Errors
/// [`ServerError::Bind`].
pub async fn bind(config: &Config) -> Result<Listeners, ServerError> {
    let listen = async |port| {
        let address = SocketAddr::new(config.host, port);
        TcpListener::bind(address).await.map_err(|source| ServerError::Bind { address, source })
    };
    let http = listen(config.port).await?;
    let tcp = match config.tcp_port {
        Some(port) => Some(listen(port).await?),
        None => None,
    };
    Ok(Listeners { http, tcp })
}

/// Tasks that run before timers are looked at again. tokio's 61 make a tick late when as many newcomers come at once.
const TASKS_BETWEEN_TIMERS: u32 = 8;

/// What the server runs on: a thread for each core.
///
/// # Errors
/// When the system refuses the threads.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().event_interval(TASKS_BETWEEN_TIMERS).build()
}

/// Runs the server until `shutdown` is started: then everybody is told, everything is stored, and it returns.
///
/// # Errors
/// [`ServerError`] when it cannot start.
pub async fn run(listeners: Listeners, config: Config, shutdown: Shutdown) -> Result<(), ServerError> {
    let Listeners { http: listener, tcp } = listeners;
    metrics::handle();
    let store = Store::open(&config.data)?;
    let (auth, new_token) = admin::Auth::load(&store, config.admin_token.as_deref()).await?;
    // Before the clock starts: reading and compressing would hold up the first ticks.
    let (assets, builds) = load_client(&config).await?;
    let clock = TickClock::start(config.tick_rate);
    let (releases, live) = Releases::load(store.clone(), config.ticks(config.update_lead)).await?;
    releases.set_max_failing(config.max_failing_percent);
    releases.set_keep_scenes(config.keep_scenes);
    let moderation = Moderation::load(&store).await?;
    let lobby = Lobby::open(config.clone(), clock, store.clone(), releases.clone(), live, moderation);
    releases.attach(lobby.clone());
    if let Some(builds) = &builds {
        lobby.serve_build(builds.id());
    }

    let sessions = TaskTracker::new();
    let edge = Edge {
        lobby: lobby.clone(),
        shutdown: shutdown.clone(),
        sessions: sessions.clone(),
        connections: Connections::new(config.max_connections_per_address),
    };
    let admin =
        admin::router(admin::AdminState::new(store.clone(), releases, lobby.clone(), auth, shutdown.clone()));
    let tcp_edge = edge.clone();
    let app = router::router(edge, admin, assets, builds);
    greet(&listener, tcp.as_ref(), &config, new_token.as_deref());
    let tcp_door = tcp.map(|listener| tokio::spawn(tcp_door::serve(listener, tcp_edge)));
    let forgetting = tokio::spawn(forget_the_gone(store.clone(), config.resume_window));
    let sorting = tokio::spawn(metrics::keep_sorted());

    let listener = listener.tap_io(|stream| {
        if let Err(error) = tune(stream) {
            tracing::debug!("a connection could not be tuned: {error}");
        }
    });
    let limit = PlainLimit::new(config.max_connections_per_address, &config.trust_proxy);
    if let Err(error) = tokio::spawn(accept::serve(listener, app, limit, shutdown)).await {
        tracing::error!("the listener failed: {error}");
    }
    say_goodbye(&lobby, &sessions).await;
    if let Some(door) = tcp_door {
        door.abort();
    }
    forgetting.abort();
    sorting.abort();
    lobby.releases().flush().await;
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// The files of the client, and its builds if there is one; a thread goes on to make deltas.
async fn load_client(config: &Config) -> Result<(Arc<Assets>, Option<Arc<Builds>>), ServerError> {
    let (folder, data, address) = (config.client.clone(), config.data.clone(), config.public_url.clone());
    let loading = tokio::task::spawn_blocking(move || {
        let assets = Arc::new(Assets::load(folder.as_deref(), address.as_ref())?);
        let builds = Builds::start(&assets, &data);
        Ok((assets, builds))
    });
    let loaded = loading.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    let folder = config.client.clone().unwrap_or_default();
    loaded.map_err(|source| ServerError::Client { folder, source })
}

/// Tells the players, stores their state and gives their connections a moment to take the close frame.
async fn say_goodbye(lobby: &Lobby, sessions: &TaskTracker) {
    tracing::info!("stopping: telling the players and storing their state");
    lobby.drain().await;
    sessions.close();
    if timeout(GOODBYE, sessions.wait()).await.is_err() {
        tracing::info!(left = sessions.len(), "some connections did not take the goodbye");
    }
}

/// Small writes go out at once, and a peer that does not read ties up little memory of the kernel.
fn tune(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = socket2::SockRef::from(stream);
    // BBR, the default of some machines, stalls for 100 to 150 ms at a round trip of 200 ms without any loss; cubic for
    // 8 to 19 ms. A system without cubic keeps what it has.
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_congestion(b"cubic");
    socket.set_send_buffer_size(SEND_BUFFER)
}

/// Says where the game is.
#[expect(clippy::print_stdout, reason = "this is what the operator reads, also where logs go elsewhere")]
fn greet(listener: &TcpListener, tcp: Option<&TcpListener>, config: &Config, new_token: Option<&str>) {
    let Ok(address) = listener.local_addr() else { return };
    let host = if address.ip().is_unspecified() { "localhost".to_owned() } else { address.ip().to_string() };
    let here = format!("http://{host}:{}/", address.port());
    let base = config.public_url.as_ref().map_or_else(|| here.clone(), ToString::to_string);
    println!("game   {base}");
    println!("admin  {base}admin");
    if config.public_url.is_some() {
        println!("       (for its proxy this is {here})");
        if config.trust_proxy.is_empty() {
            tracing::warn!("all players will seem to have the proxy's address: name that with --trust-proxy");
        }
    }
    if let Some(address) = tcp.and_then(|listener| listener.local_addr().ok()) {
        println!("tcp    {address}");
    }
    match new_token {
        Some(token) => {
            println!("token  {token}");
            println!("       (shown only this once; set HOTSWAP_ADMIN_TOKEN to choose your own)");
        }
        None if config.admin_token.is_some() => println!("token  the one in HOTSWAP_ADMIN_TOKEN"),
        None => println!("token  the one printed at the first start; set HOTSWAP_ADMIN_TOKEN to replace it"),
    }
    println!("data   {}", config.data.display());
}

/// Forgets sessions that can no longer be resumed.
async fn forget_the_gone(store: Store, window: Duration) {
    loop {
        let oldest = unix_ms().saturating_sub(window.as_millis() as u64);
        if let Err(error) = store.forget_sessions_before(oldest).await {
            tracing::error!("old sessions could not be forgotten: {error}");
        }
        tokio::time::sleep(FORGET_EVERY).await;
    }
}

/// Milliseconds since 1970; 0 on a machine whose clock is before that.
#[must_use]
pub fn unix_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis() as u64)
}
