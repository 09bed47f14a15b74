//! Builds of the browser client: which one is served, and what turns an earlier one into it.
//!
//! A build is named by the SHA-256 of its files. The server keeps the last few in its data folder and, in a thread of its
//! own, makes deltas from them to the current one. `/build.json` says what there is; a service worker in the browser
//! (`static/sw.js`) puts the new build together from that and checks every file before it uses it.

mod delta;
mod routes;
mod store;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub use self::routes::router;

use self::delta::Delta;
use self::store::BuildStore;
use crate::assets::Assets;

/// What it may take to make all deltas; those that are not done by then are not offered.
const TIME_BUDGET: Duration = Duration::from_secs(60);

/// What a page is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// SHA-256 over all paths and files, lower-case hexadecimal.
    pub id: String,
    /// The files of the game, in the order of their paths.
    pub files: Vec<BuildFile>,
}

/// A file of a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildFile {
    /// Path of its URL.
    pub path: String,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// Bytes over the wire when it is sent whole to a browser that takes brotli.
    pub transfer: u64,
}

/// Hashes of the file before and after.
type Step = (String, String);

/// The current build, those before it, and what leads from them to it.
pub struct Builds {
    current: Build,
    /// Newest first.
    earlier: Vec<Build>,
    deltas: Mutex<BTreeMap<Step, Arc<Delta>>>,
    /// True once no more deltas will come.
    complete: watch::Sender<bool>,
}

impl Builds {
    /// Stores the current build below `data` and begins to make deltas. `None` when there is no client.
    ///
    /// A data folder that cannot be used for this costs the deltas and nothing else.
    pub fn start(assets: &Arc<Assets>, data: &Path) -> Option<Arc<Self>> {
        let current = assets.build()?.clone();
        let store = BuildStore::below(data);
        let read = |path: &str| assets.bytes(path);
        let earlier = store.remember(&current, read).unwrap_or_else(|error| {
            tracing::warn!("builds of the client cannot be kept, so there will be no deltas: {error}");
            Vec::new()
        });
        let builds =
            Arc::new(Self { current, earlier, deltas: Mutex::default(), complete: watch::channel(false).0 });
        let (weak, assets) = (Arc::downgrade(&builds), Arc::clone(assets));
        let thread = std::thread::Builder::new().name("deltas".to_owned());
        if let Err(error) = thread.spawn(move || {
            yield_to_rooms();
            make_deltas(&weak, &assets, &store);
        }) {
            tracing::warn!("no thread to make deltas in: {error}");
            builds.complete.send_replace(true);
        }
        Some(builds)
    }

    /// Id of the build that is served.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.current.id
    }

    /// All pairs of an earlier file and the current one at its path that differ.
    fn steps(&self) -> Vec<(BuildFile, BuildFile)> {
        let mut steps = Vec::new();
        for build in &self.earlier {
            for new in &self.current.files {
                let old = build.files.iter().find(|old| old.path == new.path && old.sha256 != new.sha256);
                let Some(old) = old else { continue };
                if !steps.iter().any(|(known, _): &(BuildFile, BuildFile)| known == old) {
                    steps.push((old.clone(), new.clone()));
                }
            }
        }
        steps
    }

    fn delta(&self, from: &str, to: &str) -> Option<Arc<Delta>> {
        self.deltas().get(&(from.to_owned(), to.to_owned())).cloned()
    }

    fn deltas(&self) -> MutexGuard<'_, BTreeMap<Step, Arc<Delta>>> {
        self.deltas.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rooms tick on time while this thread computes, also on a machine with one core. Elsewhere than on Linux it is on a par.
fn yield_to_rooms() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), 19) {
        tracing::debug!("deltas are made with the priority of everything else: {error}");
    }
}

/// Makes one delta after the other, until all are made, time is up or the server is gone.
fn make_deltas(builds: &Weak<Builds>, assets: &Assets, store: &BuildStore) {
    let begin = Instant::now();
    let steps = builds.upgrade().map(|builds| builds.steps()).unwrap_or_default();
    for (old, new) in steps {
        let Some(builds) = builds.upgrade() else { return };
        if begin.elapsed() > TIME_BUDGET {
            tracing::warn!("making deltas takes too long; the rest of them is not offered");
            break;
        }
        let (Some(before), Some(after)) = (store.read(&old.sha256), assets.bytes(&new.path)) else {
            continue;
        };
        if let Some(delta) = Delta::make(&before, &after, new.transfer) {
            tracing::info!(path = new.path, whole = new.transfer, delta = delta.transfer(), "made a delta");
            builds.deltas().insert((old.sha256, new.sha256), Arc::new(delta));
        }
    }
    if let Some(builds) = builds.upgrade() {
        builds.complete.send_replace(true);
    }
}
