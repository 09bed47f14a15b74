//! A new build of the game: a tab that runs the old one plays its round to the end, and comes back with the new one.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, ensure};
use serde_json::Value;
use swarm::Bot;
use tempfile::TempDir;
use tests::browser::{SPACE, Tab, TestBrowser, one_at_a_time};
use tests::process::{Server, StopSignal};
use tests::relay::Relay;
use tests::{CLOSE_QUARTERS, report};

/// Rounds that are long enough to see something, and nothing that hurts.
const SHORT_ROUNDS: &str = "const TUNING = #{ round_duration: 30.0, orb_damage: 0.0 };";
const LONGEST_GOODBYE: Duration = Duration::from_secs(5);
const NOT_LOADED_AGAIN: &str = "window.notLoadedAgain === true";
const BANNER: &str = "document.querySelector('#new-version:not([hidden])')";

/// The served client as another build: its module has one more custom section, its script one more comment.
async fn another_build(server: &Server) -> anyhow::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    let get = async |path| anyhow::Ok(reqwest::get(server.url(path)).await?.bytes().await?.to_vec());
    let mut module = get("/client_bg.wasm").await?;
    // A section is its kind (0: custom), its length, the length of its name, the name, and anything.
    let content = b"\x05buildthe second build";
    module.extend([0, u8::try_from(content.len())?]);
    module.extend(content);
    fs::write(folder.path().join("client_bg.wasm"), module)?;
    let mut script = get("/client.js").await?;
    script.extend(b"\n// The second build.\n");
    fs::write(folder.path().join("client.js"), script)?;
    Ok(folder)
}

/// Stops the server, and serves another build from the same data and port.
async fn replace(server: Server, client: &TempDir) -> anyhow::Result<Server> {
    server.ask_to_stop(StopSignal::Terminate).await?;
    let stopped = server.ended(LONGEST_GOODBYE).await?;
    let folder = client.path().to_str().context("a folder that is text")?;
    stopped.with_flag("--client", folder).start().await
}

/// Plays in a tab until its build is kept by the service worker; gives the state.
async fn play_and_keep(browser: &TestBrowser, relay: &Relay) -> anyhow::Result<(Tab, Value)> {
    let tab = browser.play(&format!("http://{}/", relay.address), "Ada").await?;
    let state = tab.state().await?;
    tab.wait_until(
        "the build to be kept",
        &format!("document.body.dataset.keptBuild === {}", state["build"]),
    )
    .await?;
    tab.evaluate("window.notLoadedAgain = true").await?;
    Ok((tab, state))
}

fn cost(costs: &BTreeMap<String, usize>, prefix: &str) -> usize {
    costs.iter().filter(|(path, _)| path.starts_with(prefix)).map(|(_, bytes)| bytes).sum()
}

/// All that HTTP cost.
fn without_socket(costs: &BTreeMap<String, usize>) -> usize {
    cost(costs, "/") - cost(costs, "/ws")
}

fn me(state: &Value) -> &Value {
    let players = state["players"].as_array().map(Vec::as_slice).unwrap_or_default();
    players.iter().find(|player| player["id"] == state["me"]).unwrap_or(&Value::Null)
}

/// Waits until the tab plays with another build than `before`; gives the state.
async fn wait_for_another_build(tab: &Tab, before: &Value) -> anyhow::Result<Value> {
    let condition = format!(
        "s => s.build !== {} && s.connection === 'online' && s.players.some(p => p.id === s.me)",
        before["build"]
    );
    tab.wait("the new build", &condition).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tab_plays_its_round_to_the_end_and_loads_the_new_build_as_a_delta() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    server.publish(SHORT_ROUNDS, "short rounds").await?;
    let second = another_build(&server).await?;
    let whole = fs::metadata(second.path().join("client_bg.wasm"))?.len();
    let relay = Relay::start(server.address, None).await?;
    let browser = TestBrowser::launch().await?;
    let (tab, before) = play_and_keep(&browser, &relay).await?;
    let first_load = relay.take_costs();
    let module = cost(&first_load, "/client_bg.wasm");
    ensure!(module > 0 && module < whole as usize, "one compressed transfer: {first_load:?}");
    tab.evaluate(
        "addEventListener('pagehide', () => \
         sessionStorage.setItem('left', JSON.stringify(hotswap.state().round)))",
    )
    .await?;

    let server = replace(server, &second).await?;
    relay.connect_to(server.address);
    tab.wait_until("the word of a new version", BANNER).await?;
    let state = tab.state().await?;
    tab.wait_until(
        "the words to be faded in",
        "document.querySelector('#new-version').getAnimations().every(a => a.playState === 'finished')",
    )
    .await?;
    tab.screenshot("new version").await?;
    tab.resize(390, 800).await?;
    tab.screenshot("new version on a phone").await?;
    tab.resize(1280, 800).await?;
    assert_eq!((&state["build"], &state["me"]), (&before["build"], &before["me"]));
    assert_ne!(state["new_build"], before["build"]);
    assert_eq!(tab.evaluate(NOT_LOADED_AGAIN).await?, true, "it plays on");
    let transfer = relay.take_costs();
    let delta = cost(&transfer, "/delta/");
    let prepared = without_socket(&transfer);
    report(&format!(
        "the module whole: {module} bytes, deltas: {delta} bytes, prepared with {prepared} bytes"
    ));
    assert!(delta > 0 && delta < 2_000, "{transfer:?}");
    assert_eq!(cost(&transfer, "/client"), 0, "nothing whole: {transfer:?}");

    let after = wait_for_another_build(&tab, &before).await?;
    assert_eq!(after["build"], state["new_build"]);
    assert_eq!((&after["me"], &me(&after)["name"]), (&before["me"], &"Ada".into()));
    let left = tab.evaluate("JSON.parse(sessionStorage.getItem('left'))").await?;
    assert_eq!(left["phase"], "over", "it left in the pause between two rounds: {left}");
    let transfer = relay.take_costs();
    assert_eq!(cost(&transfer, "/client"), 0, "all is here: {transfer:?}");
    assert_eq!(cost(&transfer, "/game.css"), 0, "all is here: {transfer:?}");
    report(&format!("loaded again with {} bytes: {transfer:?}", without_socket(&transfer)));
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delta_that_is_broken_on_its_way_is_refused_and_the_whole_is_taken() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    server.publish(CLOSE_QUARTERS, "close").await?;
    let second = another_build(&server).await?;
    let relay = Relay::start(server.address, Some("/delta/")).await?;
    let browser = TestBrowser::launch().await?;
    let (tab, before) = play_and_keep(&browser, &relay).await?;
    let mut victim = Bot::connect(&server.socket_url(), "Bob", client_core::protocol::Encoding::Binary);
    victim.wait_online().await?;
    tab.key_down(SPACE).await?;
    tab.wait("the kill", "s => s.players.some(p => p.id === s.me && p.kills >= 1)").await?;
    tab.key_up(SPACE).await?;
    drop(victim);
    let module = cost(&relay.take_costs(), "/client_bg.wasm");

    let server = replace(server, &second).await?;
    relay.connect_to(server.address);
    tab.wait_until("the word of a new version", BANNER).await?;
    let transfer = relay.take_costs();
    assert!(cost(&transfer, "/delta/") > 0, "the delta was tried: {transfer:?}");
    let whole = cost(&transfer, "/client_bg.wasm");
    assert!(whole > module / 2, "and then the whole was taken: {whole} bytes");
    assert_eq!(tab.evaluate(NOT_LOADED_AGAIN).await?, true, "it plays on");
    let fighting = tab.state().await?;

    tab.click("#load-now").await?;
    let after = wait_for_another_build(&tab, &before).await?;
    assert_eq!(after["build"], fighting["new_build"]);
    for field in ["id", "name", "hp", "kills", "score"] {
        assert_eq!(me(&after)[field], me(&fighting)[field], "{field}");
    }
    assert!(me(&after)["kills"].as_u64() >= Some(1));
    let transfer = relay.take_costs();
    assert_eq!(cost(&transfer, "/client"), 0, "all is here: {transfer:?}");
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_without_service_workers_plays_and_gets_the_new_build_too() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let second = another_build(&server).await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.open("about:blank").await?;
    tab.before_each_page("delete Navigator.prototype.serviceWorker").await?;
    tab.go_to(&server.url("/?name=Ada&autoplay=1")).await?;
    let before = tab
        .wait("to be in the fight", "s => s.connection === 'online' && s.players.some(p => p.id === s.me)")
        .await?;
    assert_eq!(tab.evaluate("'serviceWorker' in navigator").await?, false);

    let _server = replace(server, &second).await?;
    tab.wait_until("the word of a new version", BANNER).await?;
    tab.click("#load-now").await?;
    let after = wait_for_another_build(&tab, &before).await?;
    assert_eq!(after["me"], before["me"]);
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}
