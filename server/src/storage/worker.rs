//! The threads that talk to SQLite, and the queue in front of each.

use std::io;
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::error::StoreError;
use super::lock::DirectoryLock;

/// Callers beyond this many wait for a place in the queue.
const QUEUE: usize = 512;
/// Most changes that share one commit. A commit costs one sync of the disk however much is in it.
const BATCH: usize = 64;

/// What the queue holds.
enum Message {
    /// Something to do.
    Job(Box<dyn Job>),
    /// Stop after what came before.
    Close(oneshot::Sender<()>),
}

/// One call, on its way through the thread.
trait Job: Send {
    /// Does the work and keeps the result; `false` when it must be undone.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Hands the result to the caller, or `failure` in its place.
    fn answer(self: Box<Self>, failure: Option<StoreError>);
}

/// The job of a closure.
struct Call<F, T> {
    work: Option<F>,
    outcome: Result<T, StoreError>,
    caller: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Job for Call<F, T>
where
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        if let Some(work) = self.work.take() {
            self.outcome = work(connection);
        }
        self.outcome.is_ok()
    }

    fn answer(self: Box<Self>, failure: Option<StoreError>) {
        let outcome = match failure {
            // An error of its own says more than that the commit failed.
            Some(failure) if self.outcome.is_ok() => Err(failure),
            _ => self.outcome,
        };
        // A caller that has gone away does not want to know.
        let _ = self.caller.send(outcome);
    }
}

/// A thread with a connection. Dropping it waits until everything asked is done.
pub(super) struct Worker {
    queue: Option<mpsc::Sender<Message>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Worker {
    /// The thread that writes; it holds the lock of the directory until the file is closed.
    pub(super) fn writer(connection: Connection, lock: DirectoryLock) -> io::Result<Self> {
        Self::spawn("store-writer", move |queue| {
            run_writer(&connection, queue);
            close(connection);
            drop(lock);
        })
    }

    /// The thread that reads.
    pub(super) fn reader(connection: Connection) -> io::Result<Self> {
        Self::spawn("store-reader", move |queue| run_reader(&connection, queue))
    }

    fn spawn(
        name: &str,
        body: impl FnOnce(&mut mpsc::Receiver<Message>) + Send + 'static,
    ) -> io::Result<Self> {
        let (queue, mut receiver) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || body(&mut receiver))?;
        Ok(Self { queue: Some(queue), thread: Mutex::new(Some(thread)) })
    }

    /// Runs `work` on the thread.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (caller, answer) = oneshot::channel();
        let job = Call { work: Some(work), outcome: Err(StoreError::Closed), caller };
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.send(Message::Job(Box::new(job))).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Stops the thread after everything that was asked before; returns when it has let go of the file.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if let Some(queue) = &self.queue
            && queue.send(Message::Close(done)).await.is_ok()
        {
            let _ = closed.await;
        }
        self.join();
    }

    fn join(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("a thread of the store panicked");
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.queue = None;
        self.join();
    }
}

/// Takes what has queued up, does it in one transaction, and answers when it is on disk.
fn run_writer(connection: &Connection, queue: &mut mpsc::Receiver<Message>) {
    let mut closing = None;
    while closing.is_none() {
        let Some(first) = queue.blocking_recv() else { return };
        let mut batch = Vec::new();
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Job(job) => batch.push(job),
                Message::Close(done) => closing = Some(done),
            }
            let full = batch.len() >= BATCH || closing.is_some();
            next = if full { None } else { queue.try_recv().ok() };
        }
        commit(connection, batch);
    }
    queue.close();
    // Whoever asked after the end hears `Closed`, for their answer channel is dropped.
}

/// One transaction for all of `batch`; each job is undone on its own when it fails.
fn commit(connection: &Connection, mut batch: Vec<Box<dyn Job>>) {
    if batch.is_empty() {
        return;
    }
    let result = run_batch(connection, &mut batch);
    if let Err(error) = &result {
        tracing::error!(%error, "the database could not store a batch of {} changes", batch.len());
        if !connection.is_autocommit() {
            let _ = connection.execute_batch("ROLLBACK");
        }
    }
    for job in batch {
        job.answer(result.as_ref().err().map(|error| StoreError::Commit(error.to_string())));
    }
}

fn run_batch(connection: &Connection, batch: &mut [Box<dyn Job>]) -> Result<(), rusqlite::Error> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    for job in batch {
        connection.execute_batch("SAVEPOINT job")?;
        if !job.run(connection) {
            // Fails when SQLite has already undone everything, as it does on a full disk: then all have failed.
            connection.execute_batch("ROLLBACK TO job")?;
        }
        connection.execute_batch("RELEASE job")?;
    }
    connection.execute_batch("COMMIT")
}

/// Does one thing after the other, each in a transaction of its own: all queries of one job see the same state, whatever
/// the writer commits between them.
fn run_reader(connection: &Connection, queue: &mut mpsc::Receiver<Message>) {
    while let Some(Message::Job(mut job)) = queue.blocking_recv() {
        let failure = in_snapshot(connection, job.as_mut()).err();
        job.answer(failure.map(StoreError::from));
    }
}

fn in_snapshot(connection: &Connection, job: &mut dyn Job) -> Result<(), rusqlite::Error> {
    let snapshot = connection.unchecked_transaction()?;
    job.run(&snapshot);
    snapshot.commit()
}

/// Folds the log into the file, so that a copy of the file alone is complete.
fn close(connection: Connection) {
    let folded = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    if let Err(error) = folded.and_then(|()| connection.close().map_err(|(_, error)| error)) {
        tracing::warn!(%error, "the database was not closed cleanly; nothing is lost");
    }
}
