//! Which browser a player has, in a few words: `Firefox 145 on Linux`. Everything that calls itself something else is an
//! unknown client; what is kept is never text that a client sent.

use std::fmt;

use axum::http::{HeaderMap, header};

/// A browser, its version and its system, as its `User-Agent` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    browser: &'static str,
    version: u32,
    system: &'static str,
}

/// Browsers by the word before their version. Most claim to be others too, so the order matters: the pretenders first.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Firefox/", "Firefox"),
    ("HeadlessChrome/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
];

/// Systems by a word; an Android is a Linux too, and an iPhone is like a Mac.
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

impl Agent {
    /// What the headers of a request say; nothing is known of a client that sends none.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        Self::read(agent.unwrap_or_default())
    }

    /// Reads a `User-Agent` header.
    #[must_use]
    pub fn read(header: &str) -> Self {
        let browser = BROWSERS.into_iter().find_map(|(word, name)| {
            let (_, rest) = header.split_once(word)?;
            // Other things have a version, too; only Safari says so without naming itself first.
            (name != "Safari" || header.contains("Safari/")).then(|| (name, number(rest)))
        });
        let system = SYSTEMS.into_iter().find(|(word, _)| header.contains(word)).map_or("", |(_, name)| name);
        let (browser, version) = browser.unwrap_or_default();
        Self { browser, version, system }
    }
}

/// The digits at the beginning.
fn number(text: &str) -> u32 {
    let digits: String = text.chars().take_while(char::is_ascii_digit).take(5).collect();
    digits.parse().unwrap_or(0)
}

impl fmt::Display for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.browser, self.version) {
            ("", _) => write!(f, "another client")?,
            (browser, 0) => write!(f, "{browser}")?,
            (browser, version) => write!(f, "{browser} {version}")?,
        }
        if self.system.is_empty() { Ok(()) } else { write!(f, " on {}", self.system) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_in_a_few_words() {
        let chrome = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0";
        for (header, expected) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned(), "Firefox 145 on Linux"),
            (format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {chrome} Safari/537.36"), "Chrome 142 on Windows"),
            (format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {chrome} Safari/537.36 Edg/142.0.3595.53"), "Edge 142 on Windows"),
            (format!("Mozilla/5.0 (Linux; Android 10; K) {chrome} Mobile Safari/537.36"), "Chrome 142 on Android"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1".to_owned(),
                "Safari 26 on iOS",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/142.0.0.0".to_owned(), "Chrome 142 on Linux"),
            ("Firefox/999999999999999999999".to_owned(), "Firefox 99999"),
            ("Version/9 <script>".to_owned(), "another client"),
            (String::new(), "another client"),
        ] {
            assert_eq!(Agent::read(&header).to_string(), expected, "{header}");
        }
    }
}
