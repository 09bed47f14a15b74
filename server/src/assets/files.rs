//! The files of the client and of the pages: those inside of this program, and a folder's in place of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::public_url::PublicUrl;

/// Stands in the game's page where the id of the build goes.
const BUILD_PLACEHOLDER: &str = "{build}";
/// The compiled game, whose size the page is told for its loading bar.
const MODULE: &str = "client_bg.wasm";
/// Where the page has that size, bytes before compression.
const SIZE_PLACEHOLDER: &str = "{game-bytes}";
/// Where the page has the address of the game, with a slash at its end: those who show a link's picture want it whole.
const ADDRESS_PLACEHOLDER: &str = "{address}";
/// Pictures that only systems load: when the game is installed, or a link to it is shown.
const PICTURES: [&str; 2] = [".png", ".jpg"];
/// The page of the admin tab...
const ADMIN_PAGE: &str = "admin/index.html";
/// ... and the same page for those who asked for `/admin`. Its links are relative, as a proxy may have put it below any path;
/// so the two differ in what they are relative to.
pub(super) const ADMIN_PAGE_FROM_ABOVE: &str = "admin.html";
/// What the links of the page are relative to, first as it is written and then from above.
const BASES: [&str; 2] = ["<base href=\"./\">", "<base href=\"admin/\">"];
/// The game's page.
const PAGE: &str = "index.html";
/// Without this file there is no game to play.
const ENTRY: &str = "client.js";
/// Larger files have no business in a client, bytes.
const MAX_FILE: u64 = 16 << 20;
/// How hard files of a folder are compressed, which happens at each start: at 9 the client takes a fifth of a second,
/// at 11 three.
pub(crate) const QUALITY: i32 = 9;

/// A file of the build.
pub(super) struct Embedded {
    /// Path without the leading slash.
    pub(super) path: &'static str,
    /// Its bytes.
    pub(super) plain: &'static [u8],
    /// Its bytes, compressed with brotli, when that is smaller.
    pub(super) brotli: Option<&'static [u8]>,
}

pub(super) mod embedded {
    //! The generated table.
    use super::Embedded;
    include!(concat!(env!("OUT_DIR"), "/assets.rs"));
}

/// A file as it is served.
pub(super) struct File {
    pub(super) plain: Bytes,
    pub(super) brotli: Option<Bytes>,
}

/// Everything that is served, by path.
pub(super) struct Files {
    /// By path without the leading slash.
    pub(super) by_path: BTreeMap<String, File>,
    /// Id of the build; without a client there is none.
    pub(super) build: Option<String>,
}

impl Files {
    /// Puts them together; `folder` goes before what is inside of this program. `address` is where the game is, if that
    /// is known.
    pub(super) fn load(folder: Option<&Path>, address: Option<&PublicUrl>) -> io::Result<Self> {
        let mut by_path: BTreeMap<String, File> = embedded::FILES
            .iter()
            .map(|file| {
                let brotli = file.brotli.map(Bytes::from_static);
                (file.path.to_owned(), File { plain: Bytes::from_static(file.plain), brotli })
            })
            .collect();
        let mut has_client = embedded::HAS_CLIENT;
        if let Some(folder) = folder {
            let mut found = BTreeMap::new();
            collect(folder, "", &mut found)?;
            has_client |= found.contains_key(ENTRY);
            by_path.extend(found.into_iter().map(|(path, bytes)| (path, File::compress(bytes))));
        }
        let build = has_client.then(|| build_id(&by_path));
        stamp(&mut by_path, build.as_deref().unwrap_or_default(), address);
        add_page_from_above(&mut by_path);
        Ok(Self { by_path, build })
    }
}

impl File {
    fn compress(bytes: Vec<u8>) -> Self {
        let brotli = compress(&bytes).filter(|packed| packed.len() < bytes.len()).map(Bytes::from);
        Self { plain: Bytes::from(bytes), brotli }
    }
}

/// Whether the game's page loads it: the admin tab is no reason to load the game again.
pub(super) fn is_of_the_game(path: &str) -> bool {
    let picture = PICTURES.iter().any(|ending| path.ends_with(ending));
    !path.starts_with("admin/") && path != ADMIN_PAGE_FROM_ABOVE && !picture
}

/// Compresses with brotli; `None` when that fails, which it does not on memory.
pub(crate) fn compress(bytes: &[u8]) -> Option<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: QUALITY,
        size_hint: bytes.len(),
        ..brotli::enc::BrotliEncoderParams::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut packed, &params).ok()?;
    Some(packed)
}

/// SHA-256 over paths and contents of all that makes the game, the page still without the id.
fn build_id(files: &BTreeMap<String, File>) -> String {
    let mut hasher = Sha256::new();
    for (path, file) in files.iter().filter(|(path, _)| is_of_the_game(path)) {
        hasher.update(path.as_bytes());
        hasher.update([0]);
        hasher.update(Sha256::digest(&file.plain));
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes the id, the size and the address of the game into the page.
fn stamp(files: &mut BTreeMap<String, File>, id: &str, address: Option<&PublicUrl>) {
    let size = files.get(MODULE).map_or(0, |module| module.plain.len()).to_string();
    let Some(page) = files.get_mut(PAGE) else { return };
    let Ok(text) = std::str::from_utf8(&page.plain) else { return };
    let address = address.map(PublicUrl::to_string).unwrap_or_default();
    let stamps = [(BUILD_PLACEHOLDER, id), (SIZE_PLACEHOLDER, &size), (ADDRESS_PLACEHOLDER, &address)];
    if stamps.iter().any(|(placeholder, _)| text.contains(placeholder)) {
        let stamped = stamps
            .iter()
            .fold(text.to_owned(), |text, (placeholder, value)| text.replace(placeholder, value));
        *page = File::compress(stamped.into_bytes());
    }
}

fn add_page_from_above(files: &mut BTreeMap<String, File>) {
    let Some(text) = files.get(ADMIN_PAGE).and_then(|page| std::str::from_utf8(&page.plain).ok()) else {
        return;
    };
    let [below, above] = BASES;
    let page = File::compress(text.replacen(below, above, 1).into_bytes());
    files.insert(ADMIN_PAGE_FROM_ABOVE.to_owned(), page);
}

/// Reads all files below `dir` under their path with `/` between the names; hidden ones stay hidden.
fn collect(dir: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}/"), files)?;
        } else if metadata.len() > MAX_FILE {
            return Err(io::Error::other(format!("{prefix}{name} is larger than {MAX_FILE} bytes")));
        } else if metadata.is_file() {
            files.insert(format!("{prefix}{name}"), fs::read(entry.path())?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("admin")).unwrap();
        for (path, text) in files {
            fs::write(dir.path().join(path), text).unwrap();
        }
        dir
    }

    fn build(files: &[(&str, &str)]) -> Option<String> {
        Files::load(Some(folder(files).path()), None).unwrap().build
    }

    #[test]
    fn a_build_is_another_one_when_a_file_of_the_game_is_and_only_then() {
        let base = build(&[("client.js", "a"), ("game.css", "b")]);
        assert_eq!(base.as_ref().map(String::len), Some(64));
        assert_eq!(build(&[("client.js", "a"), ("game.css", "b")]), base);
        assert_eq!(build(&[("client.js", "a"), ("game.css", "b"), ("admin/main.js", "c")]), base);
        assert_eq!(build(&[("client.js", "a"), ("game.css", "b"), (".hidden", "c")]), base);
        for other in [
            build(&[("client.js", "b"), ("game.css", "a")]),
            build(&[("client.js", "a"), ("game.css", "c")]),
            build(&[("client.js", "a"), ("game.css", "b"), ("new.js", "")]),
        ] {
            assert_ne!(other, base);
        }
    }

    #[test]
    fn the_page_knows_its_build() {
        let dir = folder(&[("client.js", "a"), ("index.html", "<meta name=\"build\" content=\"{build}\">")]);
        let files = Files::load(Some(dir.path()), None).unwrap();
        let page = String::from_utf8(files.by_path[PAGE].plain.to_vec()).unwrap();
        assert_eq!(page, format!("<meta name=\"build\" content=\"{}\">", files.build.unwrap()));
    }

    #[test]
    fn the_page_knows_how_large_the_game_is_when_it_is_unpacked() {
        let dir = folder(&[("client_bg.wasm", "seven b"), ("index.html", "<meta content=\"{game-bytes}\">")]);
        let files = Files::load(Some(dir.path()), None).unwrap();
        assert_eq!(&files.by_path[PAGE].plain[..], b"<meta content=\"7\">");
    }

    #[test]
    fn a_link_shows_the_picture_of_the_address_that_players_know() {
        let page = |address: Option<&str>| {
            let dir = folder(&[("client.js", "a"), ("index.html", "{address}icons/preview.jpg")]);
            let address = address.map(|address| address.parse().unwrap());
            let files = Files::load(Some(dir.path()), address.as_ref()).unwrap();
            String::from_utf8(files.by_path[PAGE].plain.to_vec()).unwrap()
        };
        assert_eq!(
            page(Some("https://play.example.com/arena/")),
            "https://play.example.com/arena/icons/preview.jpg"
        );
        assert_eq!(page(None), "icons/preview.jpg");
    }

    #[test]
    fn an_installed_game_finds_all_its_icons() {
        let files = Files::load(None, None).unwrap().by_path;
        let manifest: serde_json::Value =
            serde_json::from_slice(&files["manifest.webmanifest"].plain).unwrap();
        let icons = manifest["icons"].as_array().unwrap();
        assert!(icons.iter().any(|icon| icon["purpose"] == "maskable"));
        for icon in icons {
            let path = icon["src"].as_str().unwrap();
            let bytes = &files[path].plain;
            if let Some(side) =
                icon["sizes"].as_str().and_then(|sizes| sizes.split_once('x')?.0.parse::<u32>().ok())
            {
                // The header chunk of a PNG begins at byte 16 with its width and height.
                assert_eq!(bytes[16..24], [side.to_be_bytes(), side.to_be_bytes()].concat(), "{path}");
            }
        }
    }

    #[test]
    fn the_links_of_the_admin_page_lead_to_the_same_files_from_both_its_addresses() {
        let files = Files::load(None, None).unwrap().by_path;
        for (path, base) in [(ADMIN_PAGE, BASES[0]), (ADMIN_PAGE_FROM_ABOVE, BASES[1])] {
            let page = String::from_utf8(files[path].plain.to_vec()).unwrap();
            assert_eq!(page.matches("<base ").count(), 1);
            let (before, after) = page.split_once(base).unwrap();
            assert!(!before.contains("href=") && !before.contains("src="), "the base comes first");
            for absolute in ["href=\"/", "src=\"/", "url(/"] {
                assert!(!after.contains(absolute), "{absolute} is not below the path of a proxy");
            }
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        assert!(Files::load(Some(Path::new("no/such/folder")), None).is_err());
    }
}
