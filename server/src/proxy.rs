//! Who really asks, when a reverse proxy asks for others.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::Response;

/// Many proxies cut a connection on which they hear nothing from us for so long. Whatever may be silent says something before.
pub(crate) const IDLE_LIMIT: Duration = Duration::from_secs(60);
/// Where a proxy writes for whom it asks: each proxy on the way appends the address that it was asked from.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Puts the address of the player in the place of the address of its proxy, for everything behind.
pub(crate) async fn unmask(
    State(trusted): State<Arc<[IpAddr]>>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        let real = real_address(&trusted, peer, request.headers());
        request.extensions_mut().insert(ConnectInfo(real));
    }
    next.run(request).await
}

/// The address on whose behalf `peer` asks. Anybody can send this header, so it is believed only as far as trusted proxies
/// wrote it: from the right, up to the first address that is not one of theirs.
fn real_address(trusted: &[IpAddr], peer: SocketAddr, headers: &HeaderMap) -> SocketAddr {
    let mut real = peer;
    let lines = headers.get_all(FORWARDED_FOR).into_iter().filter_map(|line| line.to_str().ok());
    let mut asked: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    while trusted.contains(&real.ip().to_canonical()) {
        let Some(address) = asked.pop().and_then(read_address) else { break };
        real = address;
    }
    real
}

/// An address, with or without a port.
fn read_address(text: &str) -> Option<SocketAddr> {
    let bare = |ip: IpAddr| SocketAddr::new(ip, 0);
    let text = text.trim_matches('"');
    text.parse().ok().or_else(|| text.trim_matches(['[', ']']).parse().ok().map(bare))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "10.0.0.1:5000";

    #[track_caller]
    fn check(peer: &str, forwarded: &[&str], expect: &str) {
        let trusted = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let real = real_address(&trusted, peer.parse().unwrap(), &headers);
        assert_eq!(real.to_string(), expect, "{peer} for {forwarded:?}");
    }

    #[test]
    fn a_trusted_proxy_is_believed() {
        check(PROXY, &["192.0.2.7"], "192.0.2.7:0");
        check(PROXY, &["192.0.2.7:4711"], "192.0.2.7:4711");
        check(PROXY, &["2001:db8::1"], "[2001:db8::1]:0");
        check(PROXY, &["[2001:db8::1]:80"], "[2001:db8::1]:80");
        check("[::ffff:10.0.0.1]:9", &["192.0.2.7"], "192.0.2.7:0");
    }

    #[test]
    fn a_chain_is_followed_to_the_first_stranger() {
        check(PROXY, &["192.0.2.7, 10.0.0.2"], "192.0.2.7:0");
        check(PROXY, &["192.0.2.7", "10.0.0.2"], "192.0.2.7:0");
        check(PROXY, &["10.0.0.2, 10.0.0.1"], "10.0.0.2:0");
    }

    #[test]
    fn what_a_client_made_up_is_not_believed() {
        check("192.0.2.9:1", &["127.0.0.1"], "192.0.2.9:1");
        check(PROXY, &["127.0.0.1, 192.0.2.7"], "192.0.2.7:0");
        check(PROXY, &["nonsense"], PROXY);
        check(PROXY, &[], PROXY);
    }
}
