//! Fights against bots: practice without a server, rehearsals in a frame, and company for a lonely player.

use std::net::TcpListener;
use std::time::Duration;

use anyhow::ensure;
use serde_json::{Value, json};
use tests::CLOSE_QUARTERS;
use tests::browser::{D, ENTER, SPACE, TAB, Tab, TestBrowser, one_at_a_time};
use tests::process::{Server, ServerOptions, StopSignal};

const LONGEST_GOODBYE: Duration = Duration::from_secs(5);
/// Somebody is in a fight against three bots, on the screen.
const IN_PRACTICE: &str = "s => s.connection === 'practice' && s.players.length === 4 \
     && s.players.filter(p => p.bot).length === 3 && s.players.some(p => p.id === s.me)";
const TITLE: &str = "document.querySelector('#title:not([hidden])')";

fn me(state: &Value) -> Value {
    let players = state["players"].as_array().map(Vec::as_slice).unwrap_or_default();
    players.iter().find(|player| player["id"] == state["me"]).cloned().unwrap_or_default()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_practises_by_keyboard_and_comes_back_to_the_title() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.open(&server.url("/")).await?;
    tab.wait_until("the title", TITLE).await?;
    tab.screenshot("practice title").await?;
    tab.fill("#name", "Ada").await?;
    // From the name past the looks and Play to Practice.
    tab.press(TAB).await?;
    tab.press(TAB).await?;
    tab.press(TAB).await?;
    tab.press(ENTER).await?;
    let before = tab.wait("the practice", IN_PRACTICE).await?;
    ensure!(me(&before)["name"] == "Ada", "{before}");

    tab.key_down(D).await?;
    let x = number(&me(&before)["x"]).min(1_400.0);
    let ran =
        format!("s => s.players.some(p => p.id === s.me && (p.x > {x} + 60 || p.x > 1500 || !p.alive))");
    tab.wait("to run to the right", &ran).await?;
    tab.key_up(D).await?;
    tab.press(SPACE).await?;
    tab.wait("a strike to be resting", "s => s.strike_cooldown > 0 || s.respawn_seconds > 0").await?;
    tab.wait("blows", "s => s.players.some(p => p.hp < 100 || p.kills > 0)").await?;
    tab.wait_until("the word", "document.querySelector('#status').innerText.includes('Practice')").await?;
    tab.screenshot("practice").await?;
    tab.resize(390, 844).await?;
    tab.wait("the next frames", &format!("s => s.frames > {} + 10", before["frames"])).await?;
    tab.screenshot("practice phone").await?;
    tab.resize(1280, 800).await?;

    tab.click("#menu-button").await?;
    tab.click("#leave").await?;
    tab.wait("the title", "s => s.connection === 'title'").await?;
    ensure!(tab.exceptions().is_empty(), "{:?}", tab.exceptions());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn practice_needs_no_server_and_ends_when_it_is_back() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.open(&server.url("/")).await?;
    tab.wait_until("the build to be kept", "document.body.dataset.keptBuild").await?;
    server.ask_to_stop(StopSignal::Terminate).await?;
    let stopped = server.ended(LONGEST_GOODBYE).await?;

    tab.evaluate("window.notLoadedAgain = true").await?;
    tab.reload().await?;
    tab.wait_until("the title without a server", &format!("!window.notLoadedAgain && {TITLE}")).await?;
    tab.click("#practice").await?;
    tab.wait("the practice", IN_PRACTICE).await?;
    tab.wait("blows", "s => s.players.some(p => p.hp < 100 || p.kills > 0)").await?;
    tab.click("#menu-button").await?;
    tab.click("#leave").await?;

    // The real fight cannot be reached: practice is what is left.
    tab.fill("#name", "Grace").await?;
    tab.click("#play").await?;
    tab.wait_until("the offer", "document.querySelector('#practice-meanwhile:not([hidden])')").await?;
    tab.wait_until(
        "the card to be there",
        "document.querySelector('#connection .card').getAnimations().every(a => a.playState === 'finished')",
    )
    .await?;
    tab.screenshot("practice meanwhile").await?;
    tab.click("#practice-meanwhile").await?;
    tab.wait("the practice", IN_PRACTICE).await?;
    tab.evaluate(
        "{ const title = document.querySelector('#toast-title'); window.said = []; \
         new MutationObserver(() => said.push(title.textContent)).observe(title, { childList: true }); }",
    )
    .await?;
    let server = stopped.start().await?;
    let state = tab
        .wait("the real fight", "s => s.connection === 'online' && s.players.some(p => p.id === s.me)")
        .await?;
    ensure!(me(&state)["name"] == "Grace", "{state}");
    // The rules of the real fight are no news, a change of them is.
    let number = server.publish(CLOSE_QUARTERS, "close").await?;
    let news = format!("Rules changed: close #{number}");
    tab.wait_until("the new rules", &format!("said.includes('{news}')")).await?;
    let said = tab.evaluate("said").await?;
    ensure!(said == json!(["The server is back", news]), "{said}");
    ensure!(tab.exceptions().is_empty(), "{:?}", tab.exceptions());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_click_on_retry_starts_no_practice() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.open(&server.url("/")).await?;
    tab.wait_until("the title", TITLE).await?;
    let address = server.address;
    server.ask_to_stop(StopSignal::Terminate).await?;
    server.ended(LONGEST_GOODBYE).await?;
    tab.click("#play").await?;
    let shown = "document.querySelector('#retry').offsetWidth > 0 \
         && document.querySelector('#practice-meanwhile').offsetWidth > 0";
    tab.wait_until("the card", &format!("hotswap.state().connection === 'waiting' && {shown}")).await?;
    let place = tab
        .evaluate(
            "(() => { const retry = document.querySelector('#retry'); retry.focus(); \
             const r = retry.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()",
        )
        .await?;

    // From now on attempts take their time: nobody answers.
    let _silent = TcpListener::bind(address)?;
    let state = tab.wait("an attempt", "s => s.connection === 'connecting'").await?;
    tab.wait("some frames of it", &format!("s => s.frames > {} + 3", state["frames"])).await?;
    let retry = tab.evaluate("[document.activeElement.id, document.activeElement.ariaDisabled]").await?;
    ensure!(retry == json!(["retry", "true"]), "{retry}");
    tab.click_at(number(&place[0]), number(&place[1])).await?;
    let state = tab.state().await?;
    ensure!(state["connection"] != "practice", "{state}");
    tab.wait_until("both to stay", shown).await?;
    tab.screenshot("retry").await?;
    ensure!(tab.exceptions().is_empty(), "{:?}", tab.exceptions());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn practice_ends_when_the_server_is_back_but_refuses() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.open(&server.url("/?room=77")).await?;
    tab.wait_until("the title", TITLE).await?;
    server.ask_to_stop(StopSignal::Terminate).await?;
    let stopped = server.ended(LONGEST_GOODBYE).await?;
    tab.click("#play").await?;
    tab.wait_until("the offer", "document.querySelector('#practice-meanwhile:not([hidden])')").await?;
    tab.click("#practice-meanwhile").await?;
    tab.wait("the practice", IN_PRACTICE).await?;
    let _server = stopped.start().await?;
    tab.wait("the title", "s => s.connection === 'title'").await?;
    tab.wait_until("the word on it", &format!("{TITLE}.innerText.includes('does not exist')")).await?;
    ensure!(tab.exceptions().is_empty(), "{:?}", tab.exceptions());
    browser.close().await
}

/// A page with the game in a frame, which keeps what the game tells it.
struct Rehearsal {
    tab: Tab,
}

impl Rehearsal {
    async fn open(browser: &TestBrowser, server: &Server) -> anyhow::Result<Self> {
        let tab = browser.open(&server.url("/healthz")).await?;
        tab.evaluate(
            "window.told = []; \
             addEventListener('message', e => { if (e.data.type === 'rehearsal') told.push(e.data); }); \
             window.game = document.createElement('iframe'); \
             game.style = 'position: fixed; inset: 0; width: 100%; height: 100%; border: 0'; \
             game.src = '/?rehearse'; document.body.append(game); true",
        )
        .await?;
        tab.wait_until("the frame to listen", "told.some(t => t.state === 'ready')").await?;
        Ok(Self { tab })
    }

    /// Sends rules; gives the first answer.
    async fn send(&self, script: &str, bots: u32) -> anyhow::Result<Value> {
        let order = json!({ "type": "rehearse", "script": script, "bots": bots, "skill": "hard" });
        self.tab.evaluate("told.length = 0").await?;
        self.tab.evaluate(&format!("game.contentWindow.postMessage({order}, location.origin)")).await?;
        self.tab.wait_until("an answer", "told.length > 0").await?;
        self.tab.evaluate("told[0]").await
    }

    async fn wait(&self, what: &str, condition: &str) -> anyhow::Result<Value> {
        let state = "game.contentWindow.hotswap.state()";
        self.tab.wait_until(what, &format!("({condition})({state})")).await?;
        self.tab.evaluate(state).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_plays_the_rules_that_the_page_around_it_sends() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let stage = Rehearsal::open(&browser, &server).await?;
    stage.wait("the practice", IN_PRACTICE).await?;

    let small = "const TUNING = #{ arena_width: 700.0, arena_height: 500.0 };";
    let answer = stage.send(small, 5).await?;
    ensure!(answer == json!({ "type": "rehearsal", "state": "running" }), "{answer}");
    stage.wait("the small arena", "s => s.arena.width === 700 && s.players.length === 6").await?;
    stage.tab.screenshot("rehearsal").await?;

    // Nobody is there to push us, and nobody can run: we stay where we are.
    ensure!(stage.send(&small.replace(" };", ", strike_damage: 1.0 };"), 0).await?["state"] == "running");
    let before = stage.wait("to be alone", "s => s.players.length === 1 && s.players[0].alive").await?;
    let frozen = small.replace(" };", ", player_speed: 0.0, max_hp: 77.0 };");
    ensure!(stage.send(&frozen, 0).await?["state"] == "running");
    let after = stage.wait("the new numbers", "s => s.players[0].hp === 77").await?;
    for axis in ["x", "y"] {
        let moved = (number(&me(&after)[axis]) - number(&me(&before)[axis])).abs();
        ensure!(moved < 1.0, "moved by {moved}");
    }

    // What does not compile changes nothing.
    let answer = stage.send("\nfn strike(distance {", 0).await?;
    ensure!(answer["state"] == "failed" && answer["error"]["line"] == 2, "{answer}");
    ensure!(answer["error"]["message"].is_string() && answer["error"]["column"].is_u64(), "{answer}");
    // What fails while it runs is taken back.
    stage.send("fn move_player(vx, vy, dx, dy, dt) { loop { } }", 0).await?;
    stage.tab.wait_until("the failure", "told.some(t => t.state === 'failed')").await?;
    let error = stage.tab.evaluate("told.find(t => t.state === 'failed').error").await?;
    ensure!(error["message"].as_str().is_some_and(|m| m.contains("too much work")), "{error}");
    stage.wait("the last good rules", "s => s.arena.width === 700 && s.players.length === 1").await?;

    // Others may send what they like.
    stage
        .tab
        .evaluate(
            "told.length = 0; addEventListener('message', e => { if (e.data === 'sent') window.sent = true; }); \
             const stranger = document.createElement('iframe'); stranger.sandbox = 'allow-scripts'; \
             stranger.srcdoc = `<script>parent.frames[0].postMessage({type: 'rehearse', script: \
             'const TUNING = #{ arena_width: 300.0 };'}, '*'); parent.postMessage('sent', '*');</` + `script>`; \
             document.body.append(stranger); true",
        )
        .await?;
    stage.tab.wait_until("the stranger's message", "window.sent").await?;
    let answer = stage.send(small, 2).await?;
    ensure!(answer["state"] == "running", "{answer}");
    let state = stage.wait("our rules", "s => s.players.length === 3").await?;
    ensure!(state["arena"]["width"] == 700 || state["arena"]["width"] == 700.0, "{state}");
    let answers = stage.tab.evaluate("told.length").await?;
    ensure!(answers == 1, "{answers} answers to one question");
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lonely_player_meets_bots_in_the_real_fight() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let flags = ["--bots", "4", "--bot-skill", "hard"].map(str::to_owned).to_vec();
    let server = Server::start_with(ServerOptions { flags, ..ServerOptions::default() }).await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    tab.wait("three bots", "s => s.players.filter(p => p.bot).length === 3 && s.players.length === 4")
        .await?;
    tab.wait("blows", "s => s.players.some(p => p.hp < 100 || p.kills > 0)").await?;
    let state = tab.state().await?;
    let names = state["players"].as_array().map(Vec::as_slice).unwrap_or_default();
    ensure!(
        names.iter().all(|player| player["name"].as_str().is_some_and(|name| !name.is_empty())),
        "{state}"
    );
    tab.screenshot("bots").await?;
    ensure!(tab.exceptions().is_empty(), "{:?}", tab.exceptions());
    browser.close().await
}
