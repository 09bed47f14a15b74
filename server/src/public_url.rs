//! Where players find the game, when a reverse proxy stands in front of it.

use std::fmt;
use std::str::FromStr;

use axum::http::Uri;
use serde::Deserialize;

/// The address of the game's page as browsers see it: it ends with a slash.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PublicUrl {
    /// Scheme, host and port, as browsers write them into `Origin`.
    origin: String,
    /// Begins and ends with a slash.
    path: String,
}

/// A text that is no address of a game.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no address of a page: write it as https://play.example.com/arena/")]
pub struct NoPublicUrl(String);

impl PublicUrl {
    /// Scheme, host and port, as browsers write them into `Origin`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether browsers come by https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https:")
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

impl FromStr for PublicUrl {
    type Err = NoPublicUrl;

    fn from_str(text: &str) -> Result<Self, NoPublicUrl> {
        read(text).ok_or_else(|| NoPublicUrl(text.to_owned()))
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = NoPublicUrl;

    fn try_from(text: String) -> Result<Self, NoPublicUrl> {
        text.parse()
    }
}

fn read(text: &str) -> Option<PublicUrl> {
    let uri: Uri = text.parse().ok()?;
    let usual_port = match uri.scheme_str()? {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let authority = uri.authority()?;
    // `Uri` drops what follows a `#` without a word.
    if authority.as_str().contains('@') || authority.host().is_empty() || text.contains(['?', '#']) {
        return None;
    }
    let port = match authority.port() {
        Some(port) => Some(port.as_str().parse::<u16>().ok()?).filter(|port| *port != usual_port),
        // What is behind the colon is no port.
        None if authority.as_str() != authority.host() => return None,
        None => None,
    };
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let origin = format!("{}://{}{port}", uri.scheme_str()?, authority.host().to_ascii_lowercase());
    let path = format!("{}/", uri.path().trim_end_matches('/'));
    Some(PublicUrl { origin, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, origin: &str, shown: &str) {
        let url: PublicUrl = text.parse().unwrap();
        assert_eq!((url.origin(), url.to_string().as_str()), (origin, shown));
    }

    #[test]
    fn an_address_is_kept_as_browsers_write_it() {
        let origin = "https://play.example.com";
        check("https://play.example.com/arena/", origin, "https://play.example.com/arena/");
        check("https://Play.Example.com:443/arena", origin, "https://play.example.com/arena/");
        check("https://play.example.com", origin, "https://play.example.com/");
        check("http://[::1]:8443/a/b", "http://[::1]:8443", "http://[::1]:8443/a/b/");
    }

    #[test]
    fn what_is_no_address_of_a_page_is_refused() {
        for wrong in [
            "",
            "play.example.com",
            "/arena/",
            "ws://play.example.com/",
            "https:///arena/",
            "https://play.example.com:/",
            "https://play.example.com:99999/",
            "https://ada@play.example.com/",
            "https://play.example.com/?a=b",
            "https://play.example.com/#a",
        ] {
            let error = wrong.parse::<PublicUrl>().map(|url| url.to_string()).unwrap_err().to_string();
            assert!(error.contains("https://play.example.com/arena/"), "{wrong}: {error}");
        }
    }
}
