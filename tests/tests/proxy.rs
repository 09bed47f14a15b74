//! Behind a reverse proxy: TLS, a path in front of everything, and addresses that only the proxy knows.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::{Value, json};
use tests::browser::{Tab, TestBrowser, one_at_a_time};
use tests::nginx::{self, Nginx, PROXY, Ports};
use tests::process::{ADMIN_TOKEN, Server, ServerOptions, StopSignal};
use tests::{PATIENCE, report};

/// Everything that the page has asked for.
const ASKED: &str = "performance.getEntriesByType('resource').map(entry => entry.name)";
/// A browser in which nothing but HTTP gets through.
const NO_WEBSOCKETS: &str = "window.WebSocket = class extends WebSocket { \
    constructor(url, protocols) { super(url.replace('/ws', '/nowhere'), protocols); } };";

/// A server, and nginx in front of it.
struct Site {
    server: Server,
    nginx: Nginx,
    ports: Ports,
    /// Where players find the game.
    url: String,
}

impl Site {
    /// `None` on machines without nginx.
    async fn open() -> anyhow::Result<Option<Self>> {
        if let Some(program) = nginx::missing() {
            report(&format!("left out: this test needs {program}"));
            return Ok(None);
        }
        let ports = Ports::free()?;
        let url = ports.public_url();
        let flags = ["--public-url", &url, "--trust-proxy", &PROXY.to_string()].map(str::to_owned).to_vec();
        let server = Server::start_with(ServerOptions { flags, ..ServerOptions::default() }).await?;
        let nginx = Nginx::start(server.address, ports).await?;
        Ok(Some(Self { server, nginx, ports, url }))
    }

    /// A browser that takes the certificate for a good one, though nobody has signed it. It must be this one: a browser that
    /// ignores what is wrong with certificates still runs no service worker.
    async fn browser(&self) -> anyhow::Result<TestBrowser> {
        let trusted = format!("ignore-certificate-errors-spki-list={}", self.nginx.fingerprint);
        TestBrowser::launch_with(&[&trusted]).await
    }
}

/// What the page has asked for, and that all of it was below the path.
async fn asked(tab: &Tab, site: &Site) -> anyhow::Result<Vec<String>> {
    let asked: Vec<String> = serde_json::from_value(tab.evaluate(ASKED).await?)?;
    for address in asked.iter().filter(|address| !address.starts_with("data:")) {
        assert!(address.starts_with(&site.url), "{address} is not below {}", site.url);
    }
    Ok(asked)
}

/// What `fetch` answers in the page: status and text.
async fn fetch(tab: &Tab, path: &str, options: &Value) -> anyhow::Result<(u64, String)> {
    let answer = tab
        .evaluate(&format!(
            "fetch('{path}', {options}).then(async answer => [answer.status, await answer.text()])"
        ))
        .await?;
    Ok(serde_json::from_value(answer)?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tab_and_the_admin_tab_work_over_tls_below_a_path_of_nginx() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let Some(site) = Site::open().await? else { return Ok(()) };
    assert_eq!(site.server.game, site.url, "the operator is told where players find the game");
    let browser = site.browser().await?;
    let game = browser.play(&site.url, "Wanda").await?;
    let build = game.state().await?["build"].clone();
    let register = "navigator.serviceWorker.register('sw.js').then(worker => worker.scope)";
    let scope = game.evaluate(register).await?;
    assert_eq!(scope, json!(site.url), "other pages of the host are none of our worker's business");
    game.wait_until("the build to be kept", &format!("document.body.dataset.keptBuild === {build}")).await?;

    // The link with the token, as the console prints it: an address without a slash at its end.
    let admin = browser.open(&format!("{}admin#token={ADMIN_TOKEN}", site.url)).await?;
    let row = "document.querySelector('#clients tbody tr[data-player]')";
    admin.wait_until("Wanda in the table", &format!("{row}?.innerText.includes('Wanda')")).await?;
    let row = admin.evaluate(&format!("{row}.innerText")).await?;
    let row = row.as_str().unwrap();
    assert!(row.contains("127.0.0.1") && !row.contains(&PROXY.to_string()), "{row}");
    admin.wait_until("live data", "document.querySelector('#link').dataset.state === 'live'").await?;
    admin.wait_until("the live script", "document.querySelector('#script').value.length > 0").await?;
    admin.screenshot("proxy-admin").await?;

    // The session is a cookie for these paths: it outlives the page, also under the other address of the tab.
    admin.go_to(&format!("{}admin/", site.url)).await?;
    admin.wait_until("the live script again", "document.querySelector('#script')?.value.length > 0").await?;
    admin.fill("#script", "const TUNING = #{ strike_damage: 44.0 };").await?;
    admin.fill("#version", "behind a proxy").await?;
    admin.click("#publish").await?;
    game.wait("the new rules", "s => s.release === 2").await?;
    let hash = site.server.call("GET", "/api/config", None).await?.1["release"]["hash"].clone();
    let content = format!("{}content/{}", site.url, hash.as_str().unwrap());
    assert!(asked(&game, &site).await?.contains(&content), "the script came from {content}");
    admin.click("#rehearse").await?;
    let frame = "document.querySelector('#rehearsal-frame')?.contentWindow.hotswap";
    admin.wait_until("the game in the panel", frame).await?;
    assert!(asked(&admin, &site).await?.contains(&format!("{}api/config", site.url)));

    // Somebody who lost the way finds the game, and numbers for this machine stay on it.
    let (status, page) = fetch(&game, "no/such/place", &json!({})).await?;
    assert!(status == 404 && page.contains("href=\"./../../\""), "{status}: {page}");
    assert_eq!(fetch(&game, "metrics", &json!({})).await?.0, 404);
    for tab in [&game, &admin] {
        assert_eq!(tab.exceptions(), Vec::<String>::new());
    }
    game.screenshot("proxy-game").await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_is_loaded_while_nginx_misses_the_server_comes_back_with_it() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let Some(site) = Site::open().await? else { return Ok(()) };
    let browser = site.browser().await?;
    let tab = browser.play(&site.url, "Rita").await?;
    let before = tab.state().await?;
    let kept = format!("document.body.dataset.keptBuild === {}", before["build"]);
    tab.wait_until("the build to be kept", &kept).await?;

    site.server.ask_to_stop(StopSignal::Terminate).await?;
    let stopped = site.server.ended(PATIENCE).await?;
    tab.reload().await?;
    let away = format!("s => s.build === {} && s.connection !== 'online'", before["build"]);
    tab.wait("the page that is kept", &away).await?;
    tab.screenshot("proxy-away").await?;
    let _server = stopped.start().await?;
    let after = tab.wait("to be back", "s => s.connection === 'online' && s.me").await?;
    assert_eq!(after["me"], before["me"]);
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn players_get_through_nginx_without_websockets_too() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let Some(site) = Site::open().await? else { return Ok(()) };
    let browser = site.browser().await?;
    let tab = browser.open("about:blank").await?;
    tab.before_each_page(NO_WEBSOCKETS).await?;
    tab.go_to(&format!("{}?name=Paula&autoplay=1", site.url)).await?;
    tab.wait("to be in the fight", "s => s.connection === 'online' && s.players.some(p => p.id === s.me)")
        .await?;
    let polls = format!("{}poll/", site.url);
    assert!(asked(&tab, &site).await?.iter().any(|address| address.starts_with(&polls)), "by long polling");

    // Who knows only Socket.IO finds it below the path as well.
    let (status, packet) = fetch(&tab, "socket.io/?EIO=4&transport=polling", &json!({})).await?;
    assert_eq!(status, 200);
    let packet: Value = serde_json::from_str(packet.strip_prefix('0').unwrap_or(&packet))?;
    assert!(packet["sid"].is_string(), "{packet}");
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_guesses_behind_nginx_is_known_by_its_own_address() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let Some(site) = Site::open().await? else { return Ok(()) };
    let browser = site.browser().await?;
    let tab = browser.open(&format!("{}admin", site.url)).await?;
    let mut statuses = Vec::new();
    for guess in 0..6 {
        // A guesser who claims to ask for somebody else each time.
        let headers =
            json!({ "X-Forwarded-For": format!("203.0.113.{guess}"), "Content-Type": "application/json" });
        let body = json!({ "token": format!("a guess, number {guess}") }).to_string();
        let login = json!({ "method": "POST", "headers": headers, "body": body });
        statuses.push(fetch(&tab, "../api/login", &login).await?.0);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
    let (_, log) = site.server.call("GET", "/api/audit?action=log_in_failed", None).await?;
    let entries = log["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 5);
    for entry in entries {
        assert_eq!(entry["address"], "127.0.0.1", "{entry}");
    }

    // Plain http leads to https, with the path.
    let plain = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let answer = plain.get(format!("http://127.0.0.1:{}{}", site.ports.http, nginx::PREFIX)).send().await?;
    assert_eq!(answer.status(), 301);
    assert_eq!(answer.headers()["location"], "https://127.0.0.1/arena/");
    browser.close().await
}
