//! The one place where it is decided who may make which call.
//!
//! Every call of the API that is not for everybody stands in a table with the least role that may make it; the gate is put in
//! front of it by that table, so no call can be without one. A call that changes something and is let through by a
//! cookie must also show that it comes from our own page: by a header that a page of another site cannot send without being
//! asked first, and by what the browser itself says of the page.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::handler::Handler;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{MethodRouter, on};
use axum::{Router, routing};

use super::AdminState;
use super::reply::Refusal;
use crate::public_url::PublicUrl;
use crate::storage::Role;

/// Name of the session cookie.
pub(super) const COOKIE: &str = "hotswap_admin";
/// Header that a page of another site cannot send without being asked first.
const NOT_FORGED: &str = "x-hotswap-admin";

/// A call of the API.
pub(super) struct Call {
    /// How it is made.
    pub(super) method: Method,
    /// Where.
    pub(super) path: &'static str,
    /// The least role that may.
    pub(super) role: Role,
    handler: MethodRouter<AdminState>,
}

/// A call that asks.
pub(super) fn get<H: Handler<T, AdminState>, T: 'static>(path: &'static str, role: Role, handler: H) -> Call {
    Call { method: Method::GET, path, role, handler: routing::get(handler) }
}

/// A call that does something.
pub(super) fn post<H: Handler<T, AdminState>, T: 'static>(
    path: &'static str,
    role: Role,
    handler: H,
) -> Call {
    Call { method: Method::POST, path, role, handler: routing::post(handler) }
}

/// A call that takes something away.
pub(super) fn delete<H: Handler<T, AdminState>, T: 'static>(
    path: &'static str,
    role: Role,
    handler: H,
) -> Call {
    Call { method: Method::DELETE, path, role, handler: on(routing::MethodFilter::DELETE, handler) }
}

/// Routes with the gate in front of each.
pub(super) fn guard(state: &AdminState, calls: Vec<Call>) -> Router<AdminState> {
    calls.into_iter().fold(Router::new(), |router, call| {
        let gate = middleware::from_fn_with_state((state.clone(), call.role), pass);
        router.route(call.path, call.handler.route_layer(gate))
    })
}

/// Lets those pass who may, and notes who they are.
async fn pass(
    State((state, needs)): State<(AdminState, Role)>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let principal = if let Some(token) = bearer(request.headers()) {
        state.auth.by_token(token, address.ip()).await?
    } else {
        let cookie = cookie(request.headers()).ok_or(Refusal::Unauthorized)?;
        let principal = state.auth.by_cookie(cookie, address.ip()).await?;
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            if !request.headers().contains_key(NOT_FORGED) {
                return Err(Refusal::Forged);
            }
            from_our_page(request.headers(), state.public_url())?;
        }
        principal
    };
    if principal.role < needs {
        return Err(Refusal::Forbidden { name: principal.name, role: principal.role, needs });
    }
    request.extensions_mut().insert(principal);
    Ok(next.run(request).await)
}

/// Refuses what a page of another site sends, as far as the browser says so. Who is no browser says nothing.
pub(super) fn from_our_page(headers: &HeaderMap, public: Option<&PublicUrl>) -> Result<(), Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // The browser compares with the address that it sees, which a proxy in front of us may have rewritten.
    if let Some(site) = text("sec-fetch-site") {
        return if matches!(site, "same-origin" | "none") { Ok(()) } else { Err(Refusal::OtherSite) };
    }
    let Some(origin) = text("origin") else { return Ok(()) };
    if public.is_some_and(|public| public.origin().eq_ignore_ascii_case(origin)) {
        return Ok(());
    }
    let page = origin.split_once("://").map_or(origin, |(_, host)| host);
    let ours = [text("host"), text("x-forwarded-host")];
    if ours.into_iter().flatten().any(|host| host.eq_ignore_ascii_case(page)) {
        Ok(())
    } else {
        Err(Refusal::OtherSite)
    }
}

/// Whether the browser came by https: as a proxy in front of us says, or the browser, or else as the game's address is.
pub(super) fn is_https(headers: &HeaderMap, public: Option<&PublicUrl>) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("x-forwarded-proto"), text("origin")) {
        (None, None) => public.is_some_and(PublicUrl::is_https),
        (proxy, origin) => {
            proxy.is_some_and(|scheme| scheme.starts_with("https"))
                || origin.is_some_and(|origin| origin.starts_with("https://"))
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The session cookie.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    pairs.flat_map(|pairs| pairs.split(';')).find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE && !value.is_empty()).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[track_caller]
    fn check_page(pairs: &[(&'static str, &'static str)], ours: bool) {
        assert_eq!(from_our_page(&headers(pairs), None).is_ok(), ours, "{pairs:?}");
    }

    #[test]
    fn the_public_address_is_ours_behind_a_proxy_that_does_not_say_its_name() {
        let public = "https://arena.example/game/".parse().unwrap();
        let pairs = |origin| [("host", "127.0.0.1:8080"), ("origin", origin)];
        assert!(from_our_page(&headers(&pairs("https://arena.example")), Some(&public)).is_ok());
        for other in ["http://arena.example", "https://arena.example:8443", "https://evil.example"] {
            assert!(from_our_page(&headers(&pairs(other)), Some(&public)).is_err(), "{other}");
        }
    }

    #[test]
    fn who_comes_by_https_gets_a_cookie_for_https() {
        let public = Some("https://arena.example/".parse().unwrap());
        let check = |pairs: &[(&'static str, &'static str)], public: &Option<PublicUrl>, expect| {
            assert_eq!(is_https(&headers(pairs), public.as_ref()), expect, "{pairs:?}");
        };
        check(&[], &None, false);
        check(&[], &public, true);
        check(&[("x-forwarded-proto", "https")], &None, true);
        check(&[("origin", "https://arena.example")], &None, true);
        // The operator sits at the machine itself and goes past the proxy.
        check(&[("origin", "http://127.0.0.1:8080")], &public, false);
    }

    #[test]
    fn a_page_of_another_site_is_told_by_what_the_browser_says_of_it() {
        check_page(&[], true);
        check_page(&[("sec-fetch-site", "same-origin")], true);
        check_page(&[("sec-fetch-site", "none")], true);
        check_page(&[("sec-fetch-site", "same-site")], false);
        check_page(&[("sec-fetch-site", "cross-site")], false);
        check_page(&[("host", "arena.example:8080"), ("origin", "http://arena.example:8080")], true);
        check_page(&[("host", "arena.example"), ("origin", "https://evil.example")], false);
        check_page(&[("host", "arena.example"), ("origin", "null")], false);
        let proxied = [("host", "127.0.0.1:8080"), ("x-forwarded-host", "arena.example")];
        check_page(&[proxied[0], proxied[1], ("origin", "https://arena.example")], true);
    }
}
