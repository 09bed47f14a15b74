//! The weak-network laboratory in real tabs: how the game plays on a bad line, and what it says about it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::{Value, json};
use tests::browser::{A, D, Key, Tab, TestBrowser, one_at_a_time};
use tests::crowd;
use tests::process::Server;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// N: opens and closes the network panel.
const N: Key = Key { code: "KeyN", key: "n", number: 78, text: "n" };
/// F3: the same, also while typing.
const F3: Key = Key { code: "F3", key: "F3", number: 114, text: "" };

const IN_THE_FIGHT: &str = "s => s.connection === 'online' && s.players.some(p => p.id === s.me)";

/// A cable between browser and server that can be pulled out: no goodbye, and no way back until it is plugged in again.
struct Cable {
    address: SocketAddr,
    plugged: watch::Sender<bool>,
}

impl Cable {
    async fn to(server: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (plugged, watcher) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut watcher = watcher.clone();
                if !*watcher.borrow_and_update() {
                    continue;
                }
                tokio::spawn(async move {
                    let Ok(mut far) = TcpStream::connect(server).await else { return };
                    tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => {}
                        _ = watcher.changed() => {}
                    }
                });
            }
        });
        Ok(Self { address, plugged })
    }

    fn plug(&self, plugged: bool) {
        self.plugged.send_replace(plugged);
    }

    fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

/// Opens the game in conditions that the address states.
async fn play_on(browser: &TestBrowser, base: &str, name: &str, query: &str) -> anyhow::Result<Tab> {
    let tab = browser.open(&format!("{base}?name={name}&autoplay=1&{query}")).await?;
    tab.wait("to be in the fight", IN_THE_FIGHT).await?;
    Ok(tab)
}

/// Runs until the server is so many ticks further.
async fn run_for(tab: &Tab, key: Key, ticks: u32) -> anyhow::Result<()> {
    let from = tab.state().await?["stats"]["server_tick"].as_f64().unwrap();
    tab.key_down(key).await?;
    tab.wait("to have run", &format!("s => s.stats.server_tick > {from} + {ticks}")).await?;
    tab.key_up(key).await
}

/// Presses a key inside of the page and counts the frames until the own avatar has moved.
const FRAMES_TO_MOVE: &str = "new Promise(done => { \
    const me = () => { const s = hotswap.state(); return s.players.find(p => p.id === s.me); }; \
    const right = me().x < hotswap.state().arena.width / 2, x = me().x; \
    const key = kind => window.dispatchEvent(new KeyboardEvent(kind, { code: right ? 'KeyD' : 'KeyA' })); \
    key('keydown'); let frames = 0; \
    const look = () => { frames++; \
      if (Math.abs(me().x - x) > 0.5 || frames > 99) { key('keyup'); done(frames); } \
      else requestAnimationFrame(look); }; \
    requestAnimationFrame(look); })";

fn no_exceptions(tabs: &[&Tab]) {
    for tab in tabs {
        assert_eq!(tab.exceptions(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_line_of_200_ms_the_avatar_moves_at_once_and_is_never_put_right() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = play_on(&browser, &server.url("/"), "Faraway", "lag=200&jitter=20").await?;
    let state = tab.state().await?;
    assert_eq!((&state["net"]["lag_ms"], &state["net"]["jitter_ms"]), (&json!(200), &json!(20)));
    tab.wait_until("the word", "document.querySelector('#status').innerText.includes('bad network')").await?;

    tab.press(N).await?;
    tab.wait_until(
        "the round trip in the panel",
        "parseInt(document.querySelector('#net-rtt').innerText) >= 200",
    )
    .await?;
    tab.wait_until("the trouble in words", "document.querySelector('#network').dataset.trouble !== 'none'")
        .await?;
    tab.wait("a measured line", "s => s.stats.rtt_ms >= 200 && s.stats.snapshots > 60").await?;

    let before = tab.state().await?["stats"]["corrections"].clone();
    let frames = tab.evaluate(FRAMES_TO_MOVE).await?.as_u64().unwrap();
    assert!(frames <= 3, "the avatar moved after {frames} frames");
    for key in [D, A, D, A] {
        run_for(&tab, key, 20).await?;
    }
    let stats = tab.state().await?["stats"].clone();
    assert_eq!(stats["corrections"], before, "{stats}");
    no_exceptions(&[&tab]);
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stall_is_named_and_a_cut_connection_comes_back_as_the_same_player() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = play_on(&browser, &server.url("/"), "Phoenix", "lag=60").await?;
    tab.press(N).await?;
    let me = tab.state().await?["me"].clone();

    tab.evaluate("document.querySelector('#lab-stall').click()").await?;
    tab.wait_until(
        "the stall to be named",
        "document.querySelector('#network').dataset.trouble === 'stalling'",
    )
    .await?;
    let state = tab.wait("the stall to end", "s => s.stats.snapshot_age_ms < 200").await?;
    assert_eq!(state["stats"]["reconnects"], 0, "a short stall costs no connection");

    tab.evaluate("document.querySelector('#lab-cut').click()").await?;
    let state =
        tab.wait("to be back", &format!("s => s.stats.reconnects === 1 && ({IN_THE_FIGHT})(s)")).await?;
    assert_eq!((&state["me"], state["players"].as_array().unwrap().len()), (&me, 1));
    tab.wait_until("the panel to count it", "document.querySelector('#net-reconnects').innerText === '1'")
        .await?;
    tab.wait_until("the loss to be named", "document.querySelector('#network').dataset.trouble === 'lost'")
        .await?;
    assert_eq!(tab.state().await?["net"]["lag_ms"], 60, "a new connection is on the same network");
    no_exceptions(&[&tab]);
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_panel_opens_by_key_and_menu_and_its_controls_make_the_network() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    // What the address asks for makes no sense: that is said, and the game goes on without.
    let title = browser.open(&server.url("/?drop=99")).await?;
    title
        .wait_until("the note", "document.querySelector('#title-note').innerText.includes('drop=99')")
        .await?;
    title.close().await?;
    let tab = play_on(&browser, &server.url("/"), "Tinkerer", "lag=fast").await?;
    let names = ["Grace", "Alan", "Zoë", "Linus", "Margaret", "Dennis"];
    let crowd = crowd::fighters(&server.socket_url(), names);
    tab.wait_until("the note", "document.querySelector('#toast').innerText.includes('lag=fast')").await?;
    assert_eq!(tab.state().await?["net"]["preset"], "none");

    for key in [N, F3] {
        tab.press(key).await?;
        tab.wait("the panel to open", "s => s.network_panel").await?;
        tab.press(key).await?;
        tab.wait("the panel to close", "s => !s.network_panel").await?;
    }
    tab.click("#menu-button").await?;
    tab.click("#network-button").await?;
    tab.wait("the panel to open", "s => s.network_panel").await?;

    for preset in ["stutter", "disconnect", "mobile", "none"] {
        tab.click(&format!("#lab-{preset}")).await?;
        tab.wait("the preset", &format!("s => s.net.preset === '{preset}'")).await?;
    }
    tab.fill("#lab-lag", "150").await?;
    tab.fill("#lab-jitter", "40").await?;
    tab.fill("#lab-drop", "2").await?;
    let state = tab.wait("the sliders", "s => s.net.loss === 0.02").await?;
    assert_eq!((&state["net"]["lag_ms"], &state["net"]["jitter_ms"]), (&json!(150), &json!(40)));
    assert_eq!(state["net"]["preset"], Value::Null);
    let said = "document.querySelector('#lab-lag').getAttribute('aria-valuetext') === '150 ms'";
    tab.wait_until("the slider to say its value", said).await?;
    tab.wait_until("the trouble", "document.querySelector('#network-verdict').innerText.includes('ms late')")
        .await?;

    // A focused slider leaves the game its keys.
    tab.evaluate("document.querySelector('#lab-drop').focus()").await?;
    tab.press(N).await?;
    tab.wait("the panel to close", "s => !s.network_panel").await?;
    tab.press(N).await?;
    tab.evaluate("document.activeElement.blur()").await?;

    pictures(&tab).await?;
    drop(crowd);

    // It stays open in this tab.
    tab.reload().await?;
    tab.wait("the panel to be open again", &format!("s => s.network_panel && ({IN_THE_FIGHT})(s)")).await?;
    no_exceptions(&[&tab]);
    browser.close().await
}

/// Of the open panel, large and small; on a phone it leaves the fight alone.
async fn pictures(tab: &Tab) -> anyhow::Result<()> {
    tab.resize(1440, 900).await?;
    let snapshots = tab.state().await?["stats"]["snapshots"].as_u64().unwrap();
    tab.wait("a graph to look at", &format!("s => s.stats.snapshots > {snapshots} + 300")).await?;
    tab.screenshot("network-desktop").await?;
    tab.resize(1280, 800).await?;
    picture(tab, "network-laptop").await?;
    tab.evaluate("window.dispatchEvent(new PointerEvent('pointerdown', { pointerType: 'touch' }))").await?;
    for (width, height, name) in [(390, 844, "phone"), (844, 390, "landscape")] {
        tab.resize(width, height).await?;
        tab.wait_until("the controls", "!document.querySelector('#network-lab').hidden").await?;
        picture(tab, &format!("network-{name}-controls")).await?;
        let toggle = "document.querySelector('#network-more').click()";
        tab.evaluate(toggle).await?;
        let beside_the_fight = "document.querySelector('#network').getBoundingClientRect().bottom \
                                <= document.querySelector('#game').getBoundingClientRect().top + 1";
        tab.wait_until("the strip to be beside the fight", beside_the_fight).await?;
        picture(tab, &format!("network-{name}")).await?;
        tab.evaluate(toggle).await?;
    }
    tab.resize(1280, 800).await
}

/// After the page has drawn itself in its new shape.
async fn picture(tab: &Tab, name: &str) -> anyhow::Result<()> {
    let frames = tab.state().await?["frames"].as_u64().unwrap();
    tab.wait("some frames", &format!("s => s.frames > {frames} + 20")).await?;
    tab.screenshot(name).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tab_sees_a_player_without_a_connection_as_reconnecting() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let cable = Cable::to(server.address).await?;
    let browser = TestBrowser::launch().await?;
    let bob = play_on(&browser, &cable.url(), "Bob", "").await?;
    let ada = play_on(&browser, &server.url("/"), "Ada", "").await?;
    let bob_id = bob.state().await?["me"].clone();
    let sees = |connected: bool| {
        format!(
            "s => s.players.some(p => p.id === {bob_id} && p.name === 'Bob' && p.connected === {connected})"
        )
    };
    ada.wait("Bob to be there", &sees(true)).await?;

    cable.plug(false);
    bob.wait("Bob to notice", "s => s.connection === 'waiting'").await?;
    ada.wait("Bob to be marked as reconnecting", &sees(false)).await?;
    ada.screenshot("reconnecting").await?;

    cable.plug(true);
    bob.evaluate("window.dispatchEvent(new Event('online'))").await?;
    bob.wait("Bob to be back", IN_THE_FIGHT).await?;
    ada.wait("Bob to be no longer marked", &sees(true)).await?;
    assert_eq!(bob.state().await?["me"], bob_id);
    no_exceptions(&[&ada, &bob]);
    browser.close().await
}
