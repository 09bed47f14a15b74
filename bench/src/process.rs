//! A server under test: a process on a core of its own.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a server gets until it listens.
const PATIENCE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(50);
/// Clock ticks a second in /proc, on every architecture of Linux that we know of (`getconf CLK_TCK`).
const TICKS_PER_SECOND: f64 = 100.0;

/// A running server; it is killed when this is dropped.
pub struct ServerProcess {
    child: Child,
}

impl ServerProcess {
    /// Starts `command` on `core`, if there is a choice, and waits until it listens on `port`.
    ///
    /// # Errors
    /// When it cannot be started, ends, or never listens.
    pub fn start(command: &Command, core: Option<u32>, port: u16) -> Result<Self> {
        let mut pinned = match core {
            Some(core) => {
                let mut pinned = Command::new("taskset");
                pinned.args(["-c", &core.to_string()]).arg(command.get_program()).args(command.get_args());
                pinned
            }
            None => {
                let mut plain = Command::new(command.get_program());
                plain.args(command.get_args());
                plain
            }
        };
        if let Some(folder) = command.get_current_dir() {
            pinned.current_dir(folder);
        }
        pinned.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        // What a server says on the way down would bury what we say.
        pinned.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let name = Path::new(command.get_program()).file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        let child = pinned.spawn().with_context(|| format!("starting {name}"))?;
        let mut server = Self { child };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("{name} ended ({status}): {}", server.last_words());
            }
            if Instant::now() > deadline {
                bail!("{name} does not listen");
            }
            std::thread::sleep(POLL);
        }
        // From now on nobody reads it, and a full pipe would stop the server.
        drain(&mut server.child);
        Ok(server)
    }

    /// Its number in the system.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Processor time that it has used; `None` where the system does not say.
    #[must_use]
    pub fn cpu(&self) -> Option<Duration> {
        cpu_of(&std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?)
    }

    fn last_words(&mut self) -> String {
        let mut text = String::new();
        if let Some(stderr) = &mut self.child.stderr {
            // An error that cannot be read is not told.
            let _ = std::io::Read::read_to_string(stderr, &mut text);
        }
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("rror")).collect();
        lines.first().map_or_else(String::new, |line| line.trim().chars().take(200).collect())
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn drain(child: &mut Child) {
    if let Some(mut stderr) = child.stderr.take() {
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut stderr, &mut std::io::sink());
        });
    }
}

/// User and system time in a line of /proc/PID/stat: its fields 14 and 15, counted behind the name in brackets.
fn cpu_of(stat: &str) -> Option<Duration> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut fields = behind_name.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Duration::from_secs_f64((user + system) / TICKS_PER_SECOND))
}

/// A port that nobody uses right now.
///
/// # Errors
/// When the system has none.
pub fn free_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").context("looking for a free port")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_read_also_of_a_process_with_an_odd_name() {
        let stat = "42 (a ) b) S 1 42 42 0 -1 4194304 100 0 0 0 150 50 0 0 20 0 4 0 1000 0 0";
        assert_eq!(cpu_of(stat), Some(Duration::from_secs(2)));
        assert_eq!(cpu_of("42 (x) S 1"), None);
    }

    #[test]
    fn a_server_that_ends_at_once_is_an_error() {
        // Nobody listens there, also not another test that was given the port that was free a moment ago.
        assert!(ServerProcess::start(Command::new("false").arg("x"), None, 1).is_err());
    }
}
