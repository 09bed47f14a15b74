//! Numbered progress lines: `[2/4] Compiling the browser client`.

use anyhow::{Context, Result};

/// Counts the steps of one task and announces each.
pub(crate) struct Progress {
    done: usize,
    total: usize,
}

impl Progress {
    /// A task of `total` steps.
    pub(crate) fn new(total: usize) -> Self {
        Self { done: 0, total }
    }

    /// Announces a step, runs it, and names it when it fails.
    pub(crate) fn step<T>(&mut self, what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.done += 1;
        println!("[{}/{}] {what}", self.done, self.total);
        work().with_context(|| format!("step {}/{} failed: {what}", self.done, self.total))
    }
}
