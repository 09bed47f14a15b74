//! Puts the pages and the browser client into the server, so that it is one file that runs from any folder.
//!
//! `static/` and the folder named by `HOTSWAP_CLIENT_DIR` (without it `target/web`, if there is one) become a table
//! of files that `src/assets.rs` includes. What gets smaller by it is also kept compressed: compressing once with
//! patience here is cheaper, and smaller, than doing it in a hurry for every visitor.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Names the folder with `client.js` and `client_bg.wasm`.
const CLIENT_DIR: &str = "HOTSWAP_CLIENT_DIR";
/// Without this file the folder holds no client.
const CLIENT_ENTRY: &str = "client.js";
/// What is worth compressing; pictures and fonts are compressed already.
const COMPRESSIBLE: [&str; 8] = ["wasm", "js", "css", "html", "svg", "json", "webmanifest", "txt"];

/// Served at `/` by a server that was built without the client.
const PAGE_WITHOUT_CLIENT: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hotswap Arena: no client in this build</title>
<style>
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: #12161d; color: #dde3ec;
         font: 16px/1.6 system-ui, sans-serif }
  main { max-width: 34rem; padding: 2rem }
  h1 { font-size: 1.4rem }
  code { background: #232b36; color: #ffb547; padding: .15em .45em; border-radius: 4px }
  a { color: #ffb547 }
</style>
<main>
  <h1>This server was built without the game's client</h1>
  <p>The server runs, but there is no page to play on. Stop it and run</p>
  <p><code>cargo xtask play</code></p>
  <p>in the project's folder: it builds the browser client, puts it into the server and starts it.
  The <a href="/admin/">admin tab</a> works without it.</p>
</main>
</html>
"#;

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let root = manifest.join("..").canonicalize()?;

    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={CLIENT_DIR}");

    let mut files = BTreeMap::new();
    collect(&root.join("static"), "", &mut files)?;
    let client = client_dir(&root);
    match &client {
        Some(dir) => collect(dir, "", &mut files)?,
        None => {
            files.insert("index.html".to_owned(), PAGE_WITHOUT_CLIENT.as_bytes().to_vec());
        }
    }
    for (path, bytes) in &mut files {
        if path.ends_with(".html") {
            *bytes = without_trunk_links(bytes);
        }
    }
    write_table(&out, &files, client.is_some())
}

/// The folder of the client, if there is one.
fn client_dir(root: &Path) -> Option<PathBuf> {
    let dir = match env::var_os(CLIENT_DIR).filter(|value| !value.is_empty()) {
        Some(named) => root.join(named),
        None => root.join("target").join("web"),
    };
    // Watched even while it is empty, so that a client that is built later is noticed.
    println!("cargo:rerun-if-changed={}", dir.display());
    dir.join(CLIENT_ENTRY).is_file().then_some(dir)
}

/// Reads all files below `dir` under their path with `/` between the names. A missing folder holds none.
fn collect(dir: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> io::Result<()> {
    if !dir.is_dir() {
        return Ok(());
    }
    println!("cargo:rerun-if-changed={}", dir.display());
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.') && !name.ends_with('~')) else {
            continue;
        };
        if path.is_dir() {
            // How vendored files are made is no part of the page.
            if path.ends_with("vendor/build") {
                continue;
            }
            collect(&path, &format!("{prefix}{name}/"), files)?;
        } else if !name.ends_with(".d.ts") {
            println!("cargo:rerun-if-changed={}", path.display());
            files.insert(format!("{prefix}{name}"), fs::read(&path)?);
        }
    }
    Ok(())
}

/// The page without the `<link data-trunk ...>` tags that only tell Trunk what to copy.
fn without_trunk_links(page: &[u8]) -> Vec<u8> {
    let page = String::from_utf8_lossy(page);
    let mut kept = String::with_capacity(page.len());
    let mut rest = &*page;
    while let Some(start) = rest.find("<link") {
        let end = rest[start..].find('>').map_or(rest.len(), |length| start + length + 1);
        if rest[start..end].contains("data-trunk") {
            kept.push_str(rest[..start].trim_end_matches([' ', '\t']));
            rest = rest[end..].strip_prefix('\n').unwrap_or(&rest[end..]);
        } else {
            kept.push_str(&rest[..end]);
            rest = &rest[end..];
        }
    }
    kept.push_str(rest);
    kept.into_bytes()
}

/// Writes `assets.rs` and, beside it, the bytes that it includes, named by their content: a file that has not changed
/// is not compressed again.
fn write_table(out: &Path, files: &BTreeMap<String, Vec<u8>>, has_client: bool) -> io::Result<()> {
    let quality = if env::var("PROFILE").is_ok_and(|profile| profile == "release") { 11 } else { 5 };
    let store = out.join("files");
    fs::create_dir_all(&store)?;
    let mut kept = Vec::new();
    let mut table = String::new();
    for (path, bytes) in files {
        let name = content_name(bytes);
        fs::write(store.join(&name), bytes)?;
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        let compressed = if COMPRESSIBLE.contains(&extension) {
            compress_once(&store, &format!("{name}.br{quality}"), bytes, quality)?
        } else {
            None
        };
        let brotli = match &compressed {
            Some(name) => {
                format!("Some(include_bytes!(concat!(env!(\"OUT_DIR\"), {:?})))", format!("/files/{name}"))
            }
            None => "None".to_owned(),
        };
        let plain = format!("include_bytes!(concat!(env!(\"OUT_DIR\"), {:?}))", format!("/files/{name}"));
        writeln!(table, "    Embedded {{ path: {path:?}, plain: {plain}, brotli: {brotli} }},")
            .map_err(io::Error::other)?;
        kept.extend(compressed);
        kept.push(name);
    }
    for entry in fs::read_dir(&store)? {
        let entry = entry?;
        if !kept.iter().any(|name| entry.file_name() == name.as_str()) {
            fs::remove_file(entry.path())?;
        }
    }
    let code = format!(
        "/// The client is among the files.\npub(super) const HAS_CLIENT: bool = {has_client};\n\
         /// All files, in the order of their paths.\npub(super) static FILES: &[Embedded] = &[\n{table}];\n"
    );
    fs::write(out.join("assets.rs"), code)
}

/// Compresses into `store/name`, unless that is there already. `None` when nothing is won by it.
fn compress_once(store: &Path, name: &str, bytes: &[u8], quality: i32) -> io::Result<Option<String>> {
    let target = store.join(name);
    let length = match fs::metadata(&target) {
        Ok(metadata) => metadata.len() as usize,
        Err(_) => {
            let params = brotli::enc::BrotliEncoderParams {
                quality,
                size_hint: bytes.len(),
                ..brotli::enc::BrotliEncoderParams::default()
            };
            let mut compressed = Vec::new();
            brotli::BrotliCompress(&mut &*bytes, &mut compressed, &params)?;
            // A build that is interrupted here must not leave half a file under the final name.
            let half_written = store.join(format!("{name}.part"));
            fs::write(&half_written, &compressed)?;
            fs::rename(&half_written, &target)?;
            compressed.len()
        }
    };
    Ok((length < bytes.len()).then(|| name.to_owned()))
}

fn content_name(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
