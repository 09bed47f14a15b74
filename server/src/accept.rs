//! Takes HTTP connections: only so many from each address, and none that takes for ever to ask for something.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::serve::Listener;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;

use crate::connections::{Connections, Permit};
use crate::shutdown::Shutdown;
use crate::transport::Wire;

/// How long a connection may take for the head of a request; also how long it may rest between two.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Connections for each session that an address may have. Browsers open six for a page.
const FOR_EACH_SESSION: u32 = 8;
/// What is said to whoever has too many.
const TOO_MANY: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 10\r\nContent-Type: text/plain\r\n\
    Content-Length: 40\r\nConnection: close\r\n\r\ntoo many connections from this address\r\n";

/// What strangers may have of plain connections, those that are no session. This machine and the proxies have no limit: they
/// ask for many, and keep connections for later.
pub(crate) struct PlainLimit {
    connections: Connections,
    proxies: Vec<IpAddr>,
}

impl PlainLimit {
    /// For addresses that may have so many sessions.
    pub(crate) fn new(sessions_per_address: u32, proxies: &[IpAddr]) -> Self {
        Self {
            connections: Connections::new(sessions_per_address.saturating_mul(FOR_EACH_SESSION)),
            proxies: proxies.iter().map(IpAddr::to_canonical).collect(),
        }
    }

    fn is_stranger(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        !address.is_loopback() && !self.proxies.contains(&address)
    }
}

/// Takes connections until the server stops. Those that have asked for something then get their answer.
pub(crate) async fn serve(
    mut listener: impl Listener<Io = TcpStream, Addr = SocketAddr>,
    app: Router,
    limit: PlainLimit,
    stopping: Shutdown,
) {
    let unhurried = http1::Builder::new();
    let mut hurried = http1::Builder::new();
    hurried.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    loop {
        // The listener rests when the system has no more sockets.
        let (stream, address) = tokio::select! {
            () = stopping.started() => return,
            accepted = listener.accept() => accepted,
        };
        let (http, permit) = if !limit.is_stranger(address.ip()) {
            (&unhurried, None)
        } else if let Some(permit) = limit.connections.admit(address.ip()) {
            (&hurried, Some(permit))
        } else {
            // A connection that takes nothing gets no reason.
            let _ = Wire::try_write(&stream, TOO_MANY);
            continue;
        };
        tokio::spawn(answer(http.clone(), stream, address, app.clone(), permit, stopping.clone()));
    }
}

/// Answers what comes through one connection, until it ends or becomes a session.
async fn answer(
    http: http1::Builder,
    stream: TcpStream,
    address: SocketAddr,
    app: Router,
    permit: Option<Permit>,
    stopping: Shutdown,
) {
    let permit = permit.map(Arc::new);
    let app = TowerToHyperService::new(app);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(address));
        // Socket.IO keeps its first request, so what it has taken over counts until it lets go of it.
        request.extensions_mut().insert(permit.clone());
        app.call(request)
    });
    let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.started() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%address, "a connection ended: {error}");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::timeout;

    use super::*;

    const STRANGER: [u8; 4] = [192, 0, 2, 1];

    /// Real connections, which seem to come from elsewhere.
    struct From(TcpListener, [u8; 4]);

    impl Listener for From {
        type Io = TcpStream;
        type Addr = SocketAddr;

        async fn accept(&mut self) -> (TcpStream, SocketAddr) {
            let (stream, peer) = Listener::accept(&mut self.0).await;
            (stream, SocketAddr::from((self.1, peer.port())))
        }

        fn local_addr(&self) -> std::io::Result<SocketAddr> {
            self.0.local_addr()
        }
    }

    /// A server to which everybody seems to come from `address`, with one session an address.
    async fn start(address: [u8; 4], proxies: &[IpAddr]) -> SocketAddr {
        let listener = From(TcpListener::bind("127.0.0.1:0").await.unwrap(), address);
        let here = listener.local_addr().unwrap();
        let app = Router::new().route("/", get(|| async { "ok" }));
        tokio::spawn(serve(listener, app, PlainLimit::new(1, proxies), Shutdown::new()));
        here
    }

    /// Asks for something over a new connection, and gives the status and the connection.
    async fn ask(server: SocketAddr) -> (String, TcpStream) {
        let mut stream = TcpStream::connect(server).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n").await.unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        (String::from_utf8_lossy(&status[9..]).into_owned(), stream)
    }

    // The clock stands still while anything happens, and leaps to the next timeout when nothing does.
    #[tokio::test(start_paused = true)]
    async fn who_does_not_ask_for_anything_is_hung_up_on() {
        let server = start(STRANGER, &[]).await;
        for beginning in ["", "GET / HTTP/1.1\r\nHost: he", "GET / HTTP/1.1\r\nHost: here\r\n\r\n"] {
            let mut stream = TcpStream::connect(server).await.unwrap();
            stream.write_all(beginning.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            let read = timeout(2 * HEAD_TIMEOUT, stream.read_to_end(&mut answer));
            read.await.expect("the server hangs up").unwrap();
        }
    }

    #[tokio::test]
    async fn a_stranger_has_only_so_many_connections_at_a_time() {
        let server = start(STRANGER, &[]).await;
        let mut open = Vec::new();
        for _ in 0..FOR_EACH_SESSION {
            let (status, stream) = ask(server).await;
            assert_eq!(status, "200");
            open.push(stream);
        }
        let mut refused = TcpStream::connect(server).await.unwrap();
        let mut answer = Vec::new();
        refused.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, TOO_MANY);
        let (head, body) = TOO_MANY.split_at(TOO_MANY.len() - 40);
        assert!(head.ends_with(b"\r\n\r\n") && body.starts_with(b"too many"), "its length is true");

        // There is room again as soon as the server has noticed that one is gone.
        drop(open.pop());
        loop {
            let mut stream = TcpStream::connect(server).await.unwrap();
            // A connection that is refused may be gone before it can ask.
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n").await;
            let mut status = [0; 12];
            if stream.read_exact(&mut status).await.is_ok() && status.ends_with(b"200") {
                return;
            }
        }
    }

    #[tokio::test]
    async fn proxies_and_this_machine_have_no_limit() {
        for (address, proxies) in [(STRANGER, vec![IpAddr::from(STRANGER)]), ([127, 0, 0, 1], Vec::new())] {
            let server = start(address, &proxies).await;
            let mut open = Vec::new();
            for _ in 0..2 * FOR_EACH_SESSION {
                let (status, stream) = ask(server).await;
                assert_eq!(status, "200");
                open.push(stream);
            }
        }
    }
}
