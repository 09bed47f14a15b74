//! The last builds, in the data folder: their files by hash, and a list.

use hotlogic::content_hash;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use bytes::Bytes;

use super::Build;

/// Builds that are kept besides the current one.
const KEEP: usize = 3;

/// `builds/index.json` and `builds/files/{sha256}` of a data folder.
pub(super) struct BuildStore {
    dir: PathBuf,
}

impl BuildStore {
    pub(super) fn below(data: &Path) -> Self {
        Self { dir: data.join("builds") }
    }

    /// Stores `current`, drops what is too old, and gives the builds before it, newest first.
    pub(super) fn remember(
        &self,
        current: &Build,
        content: impl Fn(&str) -> Option<Bytes>,
    ) -> io::Result<Vec<Build>> {
        fs::create_dir_all(self.files())?;
        for file in &current.files {
            let target = self.files().join(&file.sha256);
            if fs::metadata(&target).is_ok_and(|metadata| metadata.len() == file.size) {
                continue;
            }
            if let Some(bytes) = content(&file.path) {
                write_whole(&target, &bytes)?;
            }
        }
        let mut builds = vec![current.clone()];
        builds.extend(self.list().into_iter().filter(|build| build.id != current.id).take(KEEP));
        write_whole(&self.dir.join("index.json"), &serde_json::to_vec_pretty(&builds)?)?;
        self.collect(&builds)?;
        builds.remove(0);
        Ok(builds)
    }

    /// A stored file; `None` when it is not there or damaged.
    pub(super) fn read(&self, hash: &str) -> Option<Vec<u8>> {
        let bytes = fs::read(self.files().join(hash)).ok()?;
        (content_hash(&bytes) == hash).then_some(bytes)
    }

    fn files(&self) -> PathBuf {
        self.dir.join("files")
    }

    /// What was stored. A list that cannot be read is as good as none: all that is lost are deltas.
    fn list(&self) -> Vec<Build> {
        let Ok(text) = fs::read(self.dir.join("index.json")) else { return Vec::new() };
        let builds: Vec<Build> = serde_json::from_slice(&text).unwrap_or_else(|error| {
            tracing::warn!("the list of earlier builds is damaged and begun anew: {error}");
            Vec::new()
        });
        let is_name = |hash: &str| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        builds.into_iter().filter(|build| build.files.iter().all(|file| is_name(&file.sha256))).collect()
    }

    /// Removes files that no build needs.
    fn collect(&self, builds: &[Build]) -> io::Result<()> {
        let used: BTreeSet<&str> =
            builds.iter().flat_map(|build| &build.files).map(|file| file.sha256.as_str()).collect();
        for entry in fs::read_dir(self.files())? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(|name| used.contains(name)) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// A server that is killed here must not leave half a file under the final name.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_extension("part");
    fs::write(&part, bytes)?;
    fs::rename(&part, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builds::BuildFile;

    /// A build of one file whose content is the build's name.
    fn build(name: &str) -> Build {
        let size = name.len() as u64;
        let file =
            BuildFile { path: "/a".to_owned(), sha256: content_hash(name.as_bytes()), size, transfer: size };
        Build { id: name.to_owned(), files: vec![file] }
    }

    fn serve(store: &BuildStore, name: &'static str) -> String {
        let earlier = store.remember(&build(name), |_| Some(Bytes::from_static(name.as_bytes()))).unwrap();
        earlier.into_iter().map(|build| build.id).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn three_earlier_builds_are_kept_and_older_ones_are_collected() {
        let data = tempfile::tempdir().unwrap();
        let store = BuildStore::below(data.path());
        let earlier = ["one", "two", "three", "four", "five"].map(|name| serve(&store, name));
        assert_eq!(earlier, ["", "one", "two one", "three two one", "four three two"]);
        assert_eq!(fs::read_dir(store.files()).unwrap().count(), 4);
        assert_eq!(store.read(&content_hash(b"two")).as_deref(), Some(&b"two"[..]));
        assert_eq!(store.read(&content_hash(b"one")), None);
        assert_eq!(serve(&store, "three"), "five four two", "a build that is served again");
    }

    #[test]
    fn a_damaged_store_costs_what_is_damaged_and_nothing_else() {
        let data = tempfile::tempdir().unwrap();
        let store = BuildStore::below(data.path());
        serve(&store, "one");
        fs::write(store.files().join(content_hash(b"one")), "oen").unwrap();
        assert_eq!(store.read(&content_hash(b"one")), None);
        assert_eq!(serve(&store, "two"), "one");
        fs::write(store.dir.join("index.json"), "[{").unwrap();
        assert_eq!(serve(&store, "three"), "");
        assert_eq!(store.read(&content_hash(b"three")).as_deref(), Some(&b"three"[..]));
    }
}
