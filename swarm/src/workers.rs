//! Threads that play the bots.
//!
//! A client holds a script engine, which need not be `Send`; so each bot is made and stays on one thread, and whoever
//! uses it needs no particular runtime.

use std::pin::Pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::LocalSet;

type Task = Pin<Box<dyn Future<Output = ()>>>;
type Job = Box<dyn FnOnce() -> Task + Send>;

static WORKERS: OnceLock<Vec<UnboundedSender<Job>>> = OnceLock::new();
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// Runs what `make` returns on one of the threads.
pub(crate) fn spawn<F: Future<Output = ()> + 'static>(make: impl FnOnce() -> F + Send + 'static) {
    let workers = WORKERS.get_or_init(start);
    let worker = &workers[NEXT.fetch_add(1, Ordering::Relaxed) % workers.len()];
    // Workers end with the process only.
    let _ = worker.send(Box::new(move || Box::pin(make())));
}

fn start() -> Vec<UnboundedSender<Job>> {
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let start_one = |_| {
        let (sender, jobs) = unbounded_channel();
        std::thread::spawn(move || work(jobs));
        sender
    };
    (0..count).map(start_one).collect()
}

fn work(mut jobs: UnboundedReceiver<Job>) {
    let runtime =
        Builder::new_current_thread().enable_all().build().expect("a runtime needs nothing but memory");
    LocalSet::new().block_on(&runtime, async move {
        while let Some(job) = jobs.recv().await {
            tokio::task::spawn_local(job());
        }
    });
}
