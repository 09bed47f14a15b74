//! The pages and the browser client: embedded when the server is built (see `build.rs`), or from a folder.
//!
//! A request names one of a fixed list of files or gets a 404: there is no file system behind these paths, so there is
//! nothing to climb out of. All files are in memory before the first request.

pub(crate) mod files;

use std::path::Path;
use std::sync::Arc;
use std::{fmt, io};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tower_http::compression::CompressionLayer;

use self::files::{ADMIN_PAGE_FROM_ABOVE, Files, is_of_the_game};
use crate::builds::{Build, BuildFile};
use crate::public_url::PublicUrl;
use hotlogic::content_hash;

/// Sent with every page. Scripts come from this server only, none is inline; `wasm-unsafe-eval` lets the client's wasm
/// compile, styles may be inline because the canvas is placed by them, `blob:` is the preview of a picture.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; \
     frame-ancestors 'self'; base-uri 'self'; form-action 'self'";

/// `{root}` is the way to the game's page.
const NOT_FOUND: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Not found</title>\
     <body style=\"background:#12161d;color:#dde3ec;font:16px system-ui,sans-serif;padding:3rem\">\
     <h1 style=\"font-size:1.3rem\">There is nothing here</h1>\
     <p><a style=\"color:#ffb547\" href=\"{root}\">To the arena</a></p></html>\n";

/// All files that are served.
pub struct Assets {
    /// In the order of their paths.
    assets: Vec<Asset>,
    build: Option<Build>,
}

struct Asset {
    /// Without the leading slash.
    path: String,
    served: Served,
}

/// Something as it is served, in one or two encodings.
pub(crate) struct Served {
    content_type: HeaderValue,
    plain: Representation,
    brotli: Option<Representation>,
}

/// One encoding of a file. Each has its own strong tag, as it is other bytes.
struct Representation {
    bytes: Bytes,
    etag: HeaderValue,
}

impl fmt::Debug for Assets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assets").field("build", &self.build).finish_non_exhaustive()
    }
}

impl Assets {
    /// Reads them: those inside of this program, and before them those of a folder. `address` is where players find the
    /// game, if that is known. Blocks for a moment.
    ///
    /// # Errors
    /// When the folder cannot be read, or a file of it is too large.
    pub fn load(folder: Option<&Path>, address: Option<&PublicUrl>) -> io::Result<Self> {
        let files = Files::load(folder, address)?;
        let assets: Vec<Asset> = files
            .by_path
            .into_iter()
            .map(|(path, file)| {
                let content_type = content_type(&path);
                Asset { path, served: Served::new(&content_type, file.plain, file.brotli) }
            })
            .collect();
        let build = files.build.map(|id| Build {
            id,
            files: assets.iter().filter(|asset| is_of_the_game(&asset.path)).map(Asset::describe).collect(),
        });
        Ok(Self { assets, build })
    }

    /// The build of the browser client; without it `/` says how to get one.
    #[must_use]
    pub fn build(&self) -> Option<&Build> {
        self.build.as_ref()
    }

    /// The bytes that are served at a path.
    pub(crate) fn bytes(&self, path: &str) -> Option<Bytes> {
        self.find(path).map(|served| served.plain.bytes.clone())
    }

    /// The file at a path of a URL, as it stands there: nothing is decoded, joined or normalised.
    fn find(&self, path: &str) -> Option<&Served> {
        let wanted = match path {
            "/" => "index.html",
            "/admin" => ADMIN_PAGE_FROM_ABOVE,
            "/admin/" => "admin/index.html",
            _ => path.strip_prefix('/')?,
        };
        let index = self.assets.binary_search_by(|asset| asset.path.as_str().cmp(wanted)).ok()?;
        Some(&self.assets[index].served)
    }
}

impl Asset {
    fn describe(&self) -> BuildFile {
        let plain = &self.served.plain.bytes;
        let path = if self.path == "index.html" { "/".to_owned() } else { format!("/{}", self.path) };
        BuildFile {
            path,
            sha256: content_hash(plain),
            size: plain.len() as u64,
            transfer: self.served.transfer(),
        }
    }
}

/// Serves the game at `/`, the admin tab at `/admin` and all other files by their path. It is a fallback: routes that
/// are merged with it come first.
pub fn router(assets: Arc<Assets>) -> Router {
    Router::new().fallback(serve).with_state(assets).layer(gzip())
}

/// Browsers offer brotli to https and localhost only; over plain http in a local network gzip is the next best thing.
pub(crate) fn gzip() -> CompressionLayer {
    CompressionLayer::new().gzip(true).no_br()
}

impl Served {
    pub(crate) fn new(content_type: &str, plain: Bytes, brotli: Option<Bytes>) -> Self {
        let hash: String = content_hash(&plain).chars().take(32).collect();
        let represent =
            |bytes, suffix| Representation { bytes, etag: header(&format!("\"{hash}{suffix}\"")) };
        Self {
            content_type: header(content_type),
            plain: represent(plain, ""),
            brotli: brotli.map(|bytes| represent(bytes, "-br")),
        }
    }

    /// Bytes that go over the wire to a browser that takes brotli.
    pub(crate) fn transfer(&self) -> u64 {
        self.brotli.as_ref().unwrap_or(&self.plain).bytes.len() as u64
    }

    pub(crate) fn respond(&self, request: &HeaderMap, with_body: bool) -> Response {
        let brotli = self.brotli.as_ref().filter(|_| accepts_brotli(request));
        let chosen = brotli.unwrap_or(&self.plain);
        let mut response = if matches(request, &chosen.etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let body = if with_body { Body::from(chosen.bytes.clone()) } else { Body::empty() };
            let mut response = Response::new(body);
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_LENGTH, HeaderValue::from(chosen.bytes.len()));
            headers.insert(header::CONTENT_TYPE, self.content_type.clone());
            if brotli.is_some() {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
            }
            response
        };
        let headers = response.headers_mut();
        headers.insert(header::ETAG, chosen.etag.clone());
        if self.brotli.is_some() {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        response
    }
}

async fn serve(State(assets): State<Arc<Assets>>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let mut response = match (assets.find(uri.path()), method) {
        (Some(asset), Method::GET) => asset.respond(&headers, true),
        (Some(asset), Method::HEAD) => asset.respond(&headers, false),
        (Some(_), _) => {
            (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")], "only GET and HEAD\n")
                .into_response()
        }
        (None, _) => {
            let content_type = (header::CONTENT_TYPE, "text/html; charset=utf-8");
            let page = NOT_FOUND.replace("{root}", &way_up(uri.path()));
            (StatusCode::NOT_FOUND, [content_type], page).into_response()
        }
    };
    for (name, value) in COMMON_HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// From `path` to the game's page. Relative, as a proxy may have put both below any path.
fn way_up(path: &str) -> String {
    let folders = path.bytes().filter(|byte| *byte == b'/').count().saturating_sub(1);
    format!("./{}", "../".repeat(folders))
}

/// `no-cache` lets a browser keep a file but asks each time whether it is still the same: a new build shows at once.
const COMMON_HEADERS: [(HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "no-cache"),
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
];

fn content_type(path: &str) -> String {
    let mime = mime_guess::from_path(path).first_or_octet_stream();
    let is_text = mime.type_() == mime_guess::mime::TEXT || mime.subtype() == mime_guess::mime::JAVASCRIPT;
    if is_text { format!("{}; charset=utf-8", mime.essence_str()) } else { mime.essence_str().to_owned() }
}

/// Whether the request lists brotli in `Accept-Encoding` with a weight other than 0 (RFC 9110 section 12.5.3).
fn accepts_brotli(request: &HeaderMap) -> bool {
    request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|offer| {
            let (coding, parameters) = offer.split_once(';').unwrap_or((offer, ""));
            let weight =
                parameters.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok());
            coding.trim().eq_ignore_ascii_case("br") && weight.unwrap_or(1.0) > 0.0
        })
    })
}

/// Whether the request has the file already. Weak comparison, as RFC 9110 section 13.1.2 asks for.
fn matches(request: &HeaderMap, etag: &HeaderValue) -> bool {
    request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value
            .split(',')
            .map(str::trim)
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == etag.as_bytes())
    })
}

/// Our own texts are ASCII and always make a header.
fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use axum::http::Request;
    use tower::ServiceExt;

    async fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Bytes) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let assets = Arc::new(Assets::load(None, None).unwrap());
        let response = router(assets).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, to_bytes(body, usize::MAX).await.unwrap())
    }

    async fn get(path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Bytes) {
        request("GET", path, headers).await
    }

    fn text(headers: &HeaderMap, name: HeaderName) -> &str {
        headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    #[tokio::test]
    async fn the_pages_are_where_people_look_for_them() {
        for path in ["/", "/index.html", "/admin", "/admin/", "/admin/index.html"] {
            let (status, headers, body) = get(path, &[]).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            assert_eq!(text(&headers, header::CONTENT_TYPE), "text/html; charset=utf-8", "{path}");
            assert!(body.starts_with(b"<!doctype html>") || body.starts_with(b"<!DOCTYPE html>"), "{path}");
        }
    }

    #[tokio::test]
    async fn a_program_without_a_client_says_how_to_get_one() {
        let (_, _, page) = get("/", &[]).await;
        let page = String::from_utf8(page.to_vec()).unwrap();
        assert_eq!(page.contains("cargo xtask play"), Assets::load(None, None).unwrap().build().is_none());
        assert!(!page.contains("data-trunk"));
    }

    #[tokio::test]
    async fn every_file_has_a_type_a_tag_and_the_security_headers() {
        for (path, file) in Files::load(None, None).unwrap().by_path {
            let (status, headers, body) = get(&format!("/{path}"), &[]).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            assert_eq!(body, file.plain, "{path}");
            assert_ne!(text(&headers, header::CONTENT_TYPE), "application/octet-stream", "{path}");
            assert!(text(&headers, header::ETAG).starts_with('"'), "{path}");
            for (name, value) in COMMON_HEADERS {
                assert_eq!(text(&headers, name), value, "{path}");
            }
        }
    }

    #[tokio::test]
    async fn who_is_lost_finds_the_arena_below_any_path() {
        for (path, way) in [("/nothing", "./"), ("/nothing/", "./../"), ("/a/b/c", "./../../")] {
            let (_, _, page) = get(path, &[]).await;
            let page = String::from_utf8(page.to_vec()).unwrap();
            assert!(page.contains(&format!("href=\"{way}\"")), "{path}: {page}");
        }
    }

    #[test]
    fn types_are_those_that_browsers_insist_on() {
        assert_eq!(content_type("client_bg.wasm"), "application/wasm");
        assert_eq!(content_type("client.js"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("admin/admin.css"), "text/css; charset=utf-8");
        assert_eq!(content_type("icon.svg"), "image/svg+xml");
        assert_eq!(content_type("icon.png"), "image/png");
    }

    #[tokio::test]
    async fn brotli_is_served_to_those_who_take_it_and_is_the_same_file() {
        let (_, plain_headers, plain) = get("/admin/", &[]).await;
        let (_, headers, packed) = get("/admin/", &[("accept-encoding", "gzip, deflate, br")]).await;
        assert_eq!(text(&headers, header::CONTENT_ENCODING), "br");
        assert_eq!(text(&headers, header::VARY), "accept-encoding");
        assert_ne!(headers.get(header::ETAG), plain_headers.get(header::ETAG));
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &packed[..], &mut unpacked).unwrap();
        assert_eq!(unpacked, plain);
        assert!(packed.len() < plain.len());
        for refused in ["br;q=0", "deflate", "identity"] {
            let (_, headers, body) = get("/admin/", &[("accept-encoding", refused)]).await;
            assert!(headers.get(header::CONTENT_ENCODING).is_none(), "{refused}");
            assert_eq!(body, plain, "{refused}");
        }
    }

    #[tokio::test]
    async fn who_knows_only_gzip_gets_gzip() {
        let (_, headers, body) = get("/admin/", &[("accept-encoding", "gzip, deflate")]).await;
        assert_eq!(text(&headers, header::CONTENT_ENCODING), "gzip");
        assert_eq!(body[..2], [0x1f, 0x8b]);
    }

    #[tokio::test]
    async fn what_the_browser_has_is_not_sent_again() {
        for accepted in ["br", "identity"] {
            let (_, headers, _) = get("/admin/", &[("accept-encoding", accepted)]).await;
            let etag = text(&headers, header::ETAG);
            for known in [etag, &format!("\"other\", W/{etag}"), "*"] {
                let asked = [("accept-encoding", accepted), ("if-none-match", known)];
                let (status, headers, body) = get("/admin/", &asked).await;
                assert_eq!(status, StatusCode::NOT_MODIFIED, "{known}");
                assert_eq!(text(&headers, header::ETAG), etag);
                assert!(body.is_empty());
            }
        }
        let (status, _, _) = get("/admin/", &[("if-none-match", "\"other\"")]).await;
        assert_eq!(status, StatusCode::OK);
    }

    #[tokio::test]
    async fn head_tells_the_length_and_sends_nothing() {
        let (_, _, page) = get("/admin/", &[]).await;
        let (status, headers, body) = request("HEAD", "/admin/", &[]).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(text(&headers, header::CONTENT_LENGTH), page.len().to_string());
        assert!(body.is_empty());
    }

    #[tokio::test]
    async fn nothing_but_the_files_of_the_build_is_served() {
        for path in [
            "/nothing",
            "/admin/../index.html",
            "/../Cargo.toml",
            "/..%2fCargo.toml",
            "/%2e%2e/Cargo.toml",
            "//index.html",
            "/admin/nothing.js",
            "/etc/passwd",
            "/static/index.html",
        ] {
            let (status, headers, _) = get(path, &[]).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(text(&headers, header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        }
    }

    #[tokio::test]
    async fn other_methods_are_refused() {
        let (status, headers, _) = request("POST", "/", &[]).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(text(&headers, header::ALLOW), "GET, HEAD");
        assert_eq!(request("POST", "/nothing", &[]).await.0, StatusCode::NOT_FOUND);
    }
}
