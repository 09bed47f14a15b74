//! Where a server is, as people write it.

use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;

/// The path of the game's WebSocket.
const DEFAULT_PATH: &str = "/ws";

/// Address of a WebSocket: `ws://host:port/path`, or `http://host:port` for the game's usual path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// `host:port`, or `host` for port 80.
    pub host: String,
    /// Path of the WebSocket, with what follows it.
    pub path: String,
}

/// Why an address cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Encryption costs the crowd more than the fight.
    #[error("{0} is encrypted, which a crowd is not: give the address behind the proxy, ws://host:port/ws")]
    Encrypted(String),
    /// Something else than the two schemes.
    #[error("{0} is not an address: write http://host:port or ws://host:port/ws")]
    Malformed(String),
    /// Nobody knows the host.
    #[error("{host} cannot be found: {why}")]
    Unknown {
        /// The host.
        host: String,
        /// What the system says.
        why: String,
    },
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let malformed = || AddressError::Malformed(text.to_owned());
        let (scheme, rest) = text.split_once("://").ok_or_else(malformed)?;
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = match scheme {
            "http" if path.len() <= 1 => DEFAULT_PATH,
            "http" | "ws" if !path.is_empty() => path,
            "ws" => DEFAULT_PATH,
            "https" | "wss" => return Err(AddressError::Encrypted(text.to_owned())),
            _ => return Err(malformed()),
        };
        let port = host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map(|(_, port)| port);
        let port_is_fine = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        if host.is_empty() || host.starts_with(':') || text.contains(char::is_whitespace) || !port_is_fine {
            return Err(malformed());
        }
        Ok(Self { host: host.to_owned(), path: path.to_owned() })
    }
}

impl Address {
    /// As one URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://{}{}", self.host, self.path)
    }

    /// Asks the system where that is.
    ///
    /// # Errors
    /// [`AddressError::Unknown`].
    pub fn resolve(&self) -> Result<SocketAddr, AddressError> {
        let unknown = |why: String| AddressError::Unknown { host: self.host.clone(), why };
        let with_port = self.host.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
        let host = if with_port { self.host.clone() } else { format!("{}:80", self.host) };
        let mut found = host.to_socket_addrs().map_err(|error| unknown(error.to_string()))?;
        found.next().ok_or_else(|| unknown("it has no address".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, url: &str) {
        assert_eq!(text.parse::<Address>().unwrap().url(), url);
    }

    #[test]
    fn the_page_and_the_socket_are_both_fine() {
        check("http://127.0.0.1:8080", "ws://127.0.0.1:8080/ws");
        check("http://localhost:8080/", "ws://localhost:8080/ws");
        check("ws://arena.example/game/ws?x=1", "ws://arena.example/game/ws?x=1");
        check("ws://[::1]:9000", "ws://[::1]:9000/ws");
        assert_eq!("ws://[::1]".parse::<Address>().unwrap().resolve().unwrap().to_string(), "[::1]:80");
    }

    #[test]
    fn what_is_no_address_is_refused_with_advice() {
        for text in
            ["", "8080", "localhost:8080", "ftp://a", "http://", "ws://:80/ws", "ws://a b/", "ws://a:b/ws"]
        {
            assert_eq!(text.parse::<Address>(), Err(AddressError::Malformed(text.to_owned())), "{text}");
        }
        assert!(matches!("wss://a/ws".parse::<Address>(), Err(AddressError::Encrypted(_))));
    }
}
