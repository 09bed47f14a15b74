//! The admin token of a game started with `cargo xtask play`.
//!
//! A server stores only the hash of its token and prints the token once. Somebody who tries the game out wants to see it
//! at every start, so `play` chooses the token, keeps it in a file that only the owner can read, and hands it over.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

/// The environment variable from which the server takes its token.
pub(crate) const VARIABLE: &str = "HOTSWAP_ADMIN_TOKEN";
/// Name of the file in the data folder.
pub(crate) const FILE: &str = "admin-token";
/// Random bytes of a token: 192 bits, 48 hexadecimal digits.
const BYTES: usize = 24;

/// The token of the game in `data`; the first call makes it.
pub(crate) fn load_or_make(data: &Path) -> Result<String> {
    let path = data.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(token) if !token.trim().is_empty() => return Ok(token.trim().to_owned()),
        Ok(_) => {
            std::fs::remove_file(&path).with_context(|| format!("removing the empty {}", path.display()))?
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    }
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness for a token: {error}"))?;
    let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::create_dir_all(data).with_context(|| format!("creating {}", data.display()))?;
    private_file(&path)
        .and_then(|mut file| writeln!(file, "{token}"))
        .with_context(|| format!("writing {}", path.display()))?;
    Ok(token)
}

/// A new file that nobody else can read.
fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_made_once_and_long() {
        let dir = std::env::temp_dir().join(format!("hotswap-token-{}", std::process::id()));
        let first = load_or_make(&dir).unwrap();
        assert_eq!(first.len(), 2 * BYTES);
        assert_eq!(load_or_make(&dir).unwrap(), first);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
