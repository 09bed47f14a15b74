//! The upgrade from HTTP to WebSocket (RFC 6455, section 4.2).

use std::future::Future;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::alphabet;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use protocol::{BINARY, Encoding, JSON};
use sha1::{Digest, Sha1};
use tokio::net::TcpStream;

/// What is appended to the client's key, to prove that the server speaks WebSocket (section 1.3).
const MAGIC: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The only version there is.
const VERSION: &str = "13";
/// The subprotocols.
const SUBPROTOCOLS: [&str; 2] = [BINARY, JSON];
/// Reads keys. The bits that are left over may be anything: in the RFC's own example (section 4.1) they are not zero.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// A request to become a WebSocket that is in order.
#[derive(Debug)]
pub struct Upgrade {
    accept: HeaderValue,
    subprotocol: Option<&'static str>,
    connection: OnUpgrade,
}

/// Why a request cannot become a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpgradeError {
    /// Another method than GET.
    #[error("a WebSocket is opened with GET")]
    Method,
    /// `Connection` and `Upgrade` do not ask for a WebSocket.
    #[error("this address is for WebSockets: send `Connection: Upgrade` and `Upgrade: websocket`")]
    NotAsked,
    /// HTTP/1.1 asks for one `Host`.
    #[error("`Host` is missing or comes twice")]
    Host,
    /// Another version, or several.
    #[error("this server speaks version 13 of WebSocket")]
    Version,
    /// `Sec-WebSocket-Key` is not 16 bytes in base64, once.
    #[error("`Sec-WebSocket-Key` is missing, comes twice, or is not 16 bytes in base64")]
    Key,
    /// The connection cannot be taken over, as it is not HTTP/1.1.
    #[error("a WebSocket needs HTTP/1.1")]
    Http,
}

impl IntoResponse for UpgradeError {
    fn into_response(self) -> Response {
        let text = format!("{self}\n");
        match self {
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET")], text).into_response(),
            Self::Version => {
                let version = [(header::SEC_WEBSOCKET_VERSION, VERSION)];
                (StatusCode::UPGRADE_REQUIRED, version, text).into_response()
            }
            Self::NotAsked | Self::Host | Self::Key | Self::Http => {
                (StatusCode::BAD_REQUEST, text).into_response()
            }
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = UpgradeError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, UpgradeError> {
        let (accept, subprotocol) = check(&parts.method, parts.version, &parts.headers)?;
        let connection = parts.extensions.remove::<OnUpgrade>().ok_or(UpgradeError::Http)?;
        Ok(Self { accept, subprotocol, connection })
    }
}

/// Section 4.2.1; gives what to answer.
pub(super) fn check(
    method: &Method,
    version: Version,
    headers: &HeaderMap,
) -> Result<(HeaderValue, Option<&'static str>), UpgradeError> {
    if *method != Method::GET {
        return Err(UpgradeError::Method);
    }
    if version != Version::HTTP_11 {
        return Err(UpgradeError::Http);
    }
    let says =
        |name: HeaderName, word: &str| listed(headers, &name).any(|other| other.eq_ignore_ascii_case(word));
    if !says(header::CONNECTION, "upgrade") || !says(header::UPGRADE, "websocket") {
        return Err(UpgradeError::NotAsked);
    }
    only(headers, &header::HOST).ok_or(UpgradeError::Host)?;
    if only(headers, &header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != VERSION) {
        return Err(UpgradeError::Version);
    }
    let key = only(headers, &header::SEC_WEBSOCKET_KEY).ok_or(UpgradeError::Key)?.as_bytes();
    if LENIENT.decode(key).map_or(0, |key| key.len()) != 16 {
        return Err(UpgradeError::Key);
    }
    let digest = Sha1::new().chain_update(key).chain_update(MAGIC).finalize();
    let accept =
        HeaderValue::try_from(BASE64_STANDARD.encode(digest.as_slice())).map_err(|_| UpgradeError::Key)?;
    // The client offers what it likes best first (section 4.1).
    let mut offered = listed(headers, &header::SEC_WEBSOCKET_PROTOCOL);
    Ok((accept, offered.find_map(|name| SUBPROTOCOLS.into_iter().find(|ours| *ours == name))))
}

/// The value of a header that may come only once (section 11.3).
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h HeaderValue> {
    let mut values = headers.get_all(name).into_iter();
    values.next().filter(|_| values.next().is_none())
}

/// The words of a header that is a list, over all its lines.
fn listed<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    let lines = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim)
}

impl Upgrade {
    /// The encoding that was agreed on: what the client offered, else what it asked for in the address, else JSON.
    #[must_use]
    pub fn encoding(&self, asked: Option<&str>) -> Encoding {
        self.subprotocol.or(asked).and_then(Encoding::from_subprotocol).unwrap_or(Encoding::Json)
    }

    /// The answer to the request. Once it is sent, `open` gets the socket, and what the client has sent already.
    pub fn answer<F: Future<Output = ()> + Send + 'static>(
        self,
        open: impl FnOnce(TcpStream, Bytes) -> F + Send + 'static,
    ) -> Response {
        let Self { accept, subprotocol, connection } = self;
        tokio::spawn(async move {
            match connection.await.map(Upgraded::downcast::<TokioIo<TcpStream>>) {
                Ok(Ok(parts)) => {
                    // A slice would keep the whole read buffer of the handshake alive.
                    let early = Bytes::copy_from_slice(&parts.read_buf);
                    drop(parts.read_buf);
                    open(parts.io.into_inner(), early).await;
                }
                Ok(Err(_)) => tracing::error!("a WebSocket did not come through the server's own listener"),
                Err(error) => tracing::debug!("a connection was lost during its upgrade: {error}"),
            }
        });
        let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        if let Some(name) = subprotocol {
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(name));
        }
        response
    }
}
