//! Keys, fingers and gamepads in a real tab, and the settings that change them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::{Value, json};
use tests::browser::{A, D, DOWN, Key, SPACE, Tab, TestBrowser, one_at_a_time};
use tests::process::{Server, StopSignal};
use tests::{CLOSE_QUARTERS, PATIENCE};

const K: Key = Key { code: "KeyK", key: "k", number: 75, text: "k" };
const TAB: Key = Key { code: "Tab", key: "Tab", number: 9, text: "" };
const ESCAPE: Key = Key { code: "Escape", key: "Escape", number: 27, text: "" };

/// Stands still for ten ticks of the server.
const STANDS: &str = "s => { const me = s.players.find(p => p.id === s.me), now = s.stats.server_tick; \
    if (window.lastX === me.x && now - window.lastTick > 10) return true; \
    if (window.lastX !== me.x) { window.lastX = me.x; window.lastTick = now; } return false; }";

/// A standard gamepad that the test holds; it is plugged in with `plug()`.
const FAKE_PAD: &str = "window.pad = { id: 'fake', index: 0, mapping: 'standard', connected: true, axes: [0, 0, 0, 0], \
    buttons: Array.from({ length: 17 }, () => ({ pressed: false, touched: false, value: 0 })) }; \
    window.plugged = false; window.asked = 0; \
    navigator.getGamepads = () => { window.asked++; return [window.plugged ? window.pad : null, null, null, null]; }; \
    window.plug = () => { window.plugged = true; window.dispatchEvent(new Event('gamepadconnected')); }; \
    window.hold = (index, down) => { window.pad.buttons[index] = { pressed: down, touched: down, value: down ? 1 : 0 }; };";

fn me(state: &Value) -> &Value {
    state["players"].as_array().unwrap().iter().find(|player| player["id"] == state["me"]).unwrap()
}

async fn x(tab: &Tab) -> anyhow::Result<f64> {
    Ok(me(&tab.state().await?)["x"].as_f64().unwrap())
}

/// A server where everybody enters in the middle, with room to run on all sides.
async fn middle() -> anyhow::Result<Server> {
    let server = Server::start().await?;
    server.publish(CLOSE_QUARTERS, "close").await?;
    Ok(server)
}

async fn runs_right(tab: &Tab) -> anyhow::Result<()> {
    let before = x(tab).await?;
    tab.wait("to run to the right", &format!("s => s.players.find(p => p.id === s.me).x > {before} + 25"))
        .await?;
    Ok(())
}

async fn open_settings(tab: &Tab) -> anyhow::Result<()> {
    tab.click("#menu-button").await?;
    tab.click("#settings-button").await?;
    tab.wait_until("the settings", "document.querySelector('#settings').open").await
}

/// Presses the button of an action's key in the settings, then the key.
async fn give_key(tab: &Tab, action: &str, key: Key) -> anyhow::Result<()> {
    tab.click(&format!("#key-rows [data-action={action}]")).await?;
    tab.wait_until("the key to be asked for", "document.querySelector('#key-rows .wanted')").await?;
    tab.press(key).await?;
    tab.wait_until("the key to be taken", "!document.querySelector('#key-rows .wanted')").await
}

async fn text(tab: &Tab, selector: &str) -> anyhow::Result<String> {
    let text = tab.evaluate(&format!("document.querySelector('{selector}').textContent")).await?;
    Ok(text.as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_changed_plays_at_once_and_after_a_reload() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = middle().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    open_settings(&tab).await?;
    tab.screenshot("settings-desktop").await?;
    give_key(&tab, "right", K).await?;
    assert_eq!(text(&tab, "#key-rows [data-action=right]").await?, "K");

    // What belongs to the browser is refused, and said.
    give_key(&tab, "right", TAB).await?;
    assert!(text(&tab, "#keys-note").await?.contains("Tab"));
    assert_eq!(text(&tab, "#key-rows [data-action=right]").await?, "K");

    // A key means one thing: who takes it from another action gives its own, and both are said.
    give_key(&tab, "strike", K).await?;
    assert_eq!(text(&tab, "#key-rows [data-action=right]").await?, "Space");
    let note = text(&tab, "#keys-note").await?;
    assert!(note.contains("Strike") && note.contains("Run right") && note.contains("Space"), "{note}");
    tab.screenshot("settings-swapped").await?;
    tab.press(ESCAPE).await?;
    tab.wait_until("the settings to close", "!document.querySelector('#settings').open").await?;
    assert_eq!(text(&tab, "#pip-strike kbd").await?, "K", "the hint in the fight follows");

    for again in [false, true] {
        if again {
            tab.reload().await?;
            tab.wait("to be back", "s => s.connection === 'online' && s.players.some(p => p.id === s.me)")
                .await?;
        }
        tab.key_down(SPACE).await?;
        runs_right(&tab).await?;
        tab.key_up(SPACE).await?;
        tab.wait("to stand", STANDS).await?;
        tab.wait("to be able to strike", "s => s.strike_cooldown === 0").await?;
        tab.press(K).await?;
        tab.wait("a strike", "s => s.strike_cooldown > 0").await?;
    }

    open_settings(&tab).await?;
    tab.click("#keys-reset").await?;
    tab.wait_until(
        "the usual keys",
        "document.querySelector('#key-rows [data-action=strike]').textContent === 'Space'",
    )
    .await?;
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_let_go_when_the_window_loses_the_focus_and_never_scroll_the_page() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = middle().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    tab.evaluate(
        "window.kept = []; addEventListener('keydown', e => { if (!e.defaultPrevented) window.kept.push(e.code); })",
    )
    .await?;
    tab.key_down(D).await?;
    runs_right(&tab).await?;
    tab.evaluate("window.dispatchEvent(new Event('blur'))").await?;
    tab.wait("to stand, though the key is still down", STANDS).await?;
    tab.key_up(D).await?;
    tab.key_down(D).await?;
    runs_right(&tab).await?;
    tab.key_up(D).await?;
    for key in [SPACE, DOWN, A] {
        tab.press(key).await?;
    }
    assert_eq!(
        tab.evaluate("window.kept").await?,
        json!([]),
        "the browser does nothing with the game's keys"
    );

    // The settings have the keyboard to themselves: arrows scroll them, and nobody runs.
    open_settings(&tab).await?;
    tab.press(DOWN).await?;
    assert_eq!(tab.evaluate("window.kept").await?, json!(["ArrowDown"]));
    tab.key_down(D).await?;
    tab.wait("to stand", STANDS).await?;
    tab.key_up(D).await?;
    // And the focus: it goes round in them.
    for _ in 0..40 {
        tab.press(TAB).await?;
    }
    let inside = "document.activeElement === document.body || !!document.activeElement.closest('#settings')";
    assert_eq!(tab.evaluate(inside).await?, json!(true), "the focus stays in the settings");
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_fingers_run_and_strike_at_once_on_a_phone() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = middle().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    tab.resize(390, 844).await?;
    // The first touch brings the touch controls.
    tab.touch(&[(1, 300.0, 300.0)]).await?;
    tab.touch(&[]).await?;
    tab.wait("the touch controls", "s => s.device === 'touch' && document.body.classList.contains('touch')")
        .await?;
    tab.wait("to be able to strike", "s => s.strike_cooldown === 0").await?;
    let place = "(() => { const r = document.querySelector('#touch-strike').getBoundingClientRect(); \
                 return [r.x + r.width / 2, r.y + r.height / 2]; })()";
    let place = tab.evaluate(place).await?;
    let (strike_x, strike_y) = (place[0].as_f64().unwrap(), place[1].as_f64().unwrap());
    assert!(strike_x > 195.0 && strike_y > 600.0, "{place}");

    tab.touch(&[(1, 70.0, 760.0)]).await?;
    tab.touch(&[(1, 120.0, 760.0)]).await?;
    runs_right(&tab).await?;
    tab.touch(&[(1, 120.0, 760.0), (2, strike_x, strike_y)]).await?;
    tab.wait("a strike while running", "s => s.strike_cooldown > 0").await?;
    tab.screenshot("touch-two-fingers").await?;
    tab.touch(&[(1, 120.0, 760.0)]).await?;
    // The other finger moves on: back to the left.
    let from = x(&tab).await?;
    tab.touch(&[(1, 20.0, 760.0)]).await?;
    tab.wait("to run back", &format!("s => s.players.find(p => p.id === s.me).x < {from} - 25")).await?;
    tab.touch(&[]).await?;
    tab.wait("to stand", STANDS).await?;
    let still =
        "visualViewport.scale === 1 && scrollX === 0 && scrollY === 0 && String(getSelection()) === ''";
    assert_eq!(tab.evaluate(still).await?, json!(true), "nothing was scrolled, selected or made larger");

    // A key later the keyboard is what is hinted at.
    tab.press(D).await?;
    tab.wait("the keyboard", "s => s.device === 'keyboard' && !document.body.classList.contains('touch')")
        .await?;
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gamepad_that_is_plugged_in_plays_and_walks_through_menus() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = middle().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.open("about:blank").await?;
    tab.before_each_page(FAKE_PAD).await?;
    tab.go_to(&server.url("/")).await?;
    tab.wait("the title", "s => s.connection === 'title' && s.frames > 5").await?;
    let asked = tab.evaluate("window.asked").await?;
    tab.wait("some frames", "s => s.frames > 30").await?;
    assert_eq!(tab.evaluate("window.asked").await?, asked, "without a gamepad none is asked");

    // From the title into the fight.
    tab.evaluate("plug(); hold(9, true)").await?;
    tab.wait("to be in the fight", "s => s.connection === 'online' && s.players.some(p => p.id === s.me)")
        .await?;
    tab.evaluate("hold(9, false); pad.axes[0] = 0.15").await?;
    tab.wait("the hint to follow", "s => s.device === 'gamepad'").await?;
    assert_eq!(text(&tab, "#pip-strike kbd").await?, "A");
    tab.wait("a worn stick to rest", STANDS).await?;
    tab.evaluate("pad.axes[0] = 1").await?;
    runs_right(&tab).await?;

    // The right stick aims: the strike goes up while the feet go to the right.
    tab.evaluate("pad.axes[3] = -1; hold(7, true)").await?;
    tab.wait(
        "a strike upwards",
        "s => { const me = s.players.find(p => p.id === s.me); \
               return s.strike_cooldown > 0 && Math.abs(me.facing + Math.PI / 2) < 0.3; }",
    )
    .await?;
    tab.evaluate("hold(7, false); pad.axes[3] = 0; hold(1, true)").await?;
    tab.wait("a dash", "s => s.dash_cooldown > 0").await?;
    tab.evaluate("hold(1, false); pad.axes[0] = 0").await?;
    tab.wait("to stand", STANDS).await?;

    // The menu: open, down to a button, out again.
    tab.evaluate("hold(9, true)").await?;
    tab.wait_until("the menu", "!document.querySelector('#menu').hidden").await?;
    tab.evaluate("hold(9, false); hold(13, true)").await?;
    tab.wait_until("the focus in it", "document.activeElement.closest('#menu')").await?;
    tab.screenshot("gamepad-menu").await?;
    tab.evaluate("hold(13, false); hold(1, true)").await?;
    tab.wait_until("the menu to close", "document.querySelector('#menu').hidden").await?;

    // Keys take over without being asked.
    tab.evaluate("hold(1, false)").await?;
    tab.key_down(D).await?;
    runs_right(&tab).await?;
    tab.key_up(D).await?;
    assert_eq!(text(&tab, "#pip-strike kbd").await?, "Space");
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_set_is_so_at_once_and_is_kept() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = middle().await?;
    let browser = TestBrowser::launch().await?;
    // From the title, by keys alone: what had the focus before gets it back.
    let tab = browser.open(&server.url("/")).await?;
    tab.wait("the title", "s => s.connection === 'title' && s.frames > 5").await?;
    tab.evaluate("document.querySelector('#title-settings').focus()").await?;
    tab.press(SPACE).await?;
    tab.wait_until("the settings", "document.querySelector('#settings').open").await?;
    tab.fill("#set-motion", "reduced").await?;
    tab.fill("#set-track", "storm").await?;
    tab.fill("#set-music", "20").await?;
    tab.wait("them to be so", "s => s.sound.track === 'storm' && document.body.dataset.motion === 'reduced'")
        .await?;
    assert_eq!(text(&tab, "#set-music-value").await?, "20 %");
    let frames = tab.state().await?["frames"].as_u64().unwrap();
    tab.wait("the picture to go on", &format!("s => s.frames > {frames} + 5")).await?;
    tab.press(ESCAPE).await?;
    tab.wait_until("the focus to be back", "document.activeElement.id === 'title-settings'").await?;

    tab.go_to(&server.url("/?name=Ada&autoplay=1")).await?;
    tab.wait("to be in the fight", "s => s.connection === 'online' && s.players.some(p => p.id === s.me)")
        .await?;
    assert_eq!(tab.state().await?["sound"]["track"], "storm");
    open_settings(&tab).await?;
    assert_eq!(tab.evaluate("document.querySelector('#set-motion').value").await?, json!("reduced"));
    assert_eq!(text(&tab, "#set-music-value").await?, "20 %");
    tab.click("#set-network").await?;
    tab.wait("the network panel", "s => s.network_panel").await?;
    tab.click("#settings-close").await?;
    tab.wait_until("the settings to close", "!document.querySelector('#settings').open").await?;
    // After a click the keyboard is the game's again.
    tab.wait("to be able to strike", "s => s.strike_cooldown === 0").await?;
    tab.press(SPACE).await?;
    tab.wait("a strike", "s => s.strike_cooldown > 0").await?;
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn practice_is_played_by_gamepad_and_never_becomes_the_real_fight() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.open("about:blank").await?;
    tab.before_each_page(FAKE_PAD).await?;
    tab.go_to(&server.url("/")).await?;
    tab.wait("the title", "s => s.connection === 'title' && s.frames > 5").await?;
    tab.evaluate("document.querySelector('#practice').focus(); plug(); hold(0, true)").await?;
    let in_practice = "s.connection === 'practice' && s.players.some(p => p.id === s.me)";
    tab.wait("the practice", &format!("s => {in_practice}")).await?;
    let frames = tab.evaluate("hold(0, false); hotswap.state().frames").await?;
    tab.wait("the button to be let go", &format!("s => s.frames > {frames} + 3")).await?;

    tab.evaluate("hold(0, true)").await?;
    tab.wait("a strike", &format!("s => {in_practice} && s.strike_cooldown > 0")).await?;
    let frames = tab.evaluate("hold(0, false); hotswap.state().frames").await?;
    tab.wait("the button to be let go", &format!("s => s.frames > {frames} + 3")).await?;
    tab.evaluate("hold(9, true)").await?;
    tab.wait_until("the menu", "!document.querySelector('#menu').hidden").await?;
    tab.evaluate("hold(9, false); hold(13, true)").await?;
    tab.wait_until("the focus in it", "document.activeElement.closest('#menu')").await?;
    assert_eq!(tab.state().await?["connection"], "practice");
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stick_that_moves_behind_a_card_or_a_dialog_moves_nobody() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    // So slow that no wall ends a run.
    let slow = CLOSE_QUARTERS.replace("respawn_delay", "player_speed: 40.0, respawn_delay");
    server.publish(&slow, "slow").await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.open("about:blank").await?;
    tab.before_each_page(FAKE_PAD).await?;
    tab.go_to(&server.url("/?name=Ada&autoplay=1")).await?;
    let in_fight = "s => s.connection === 'online' && s.players.some(p => p.id === s.me)";
    tab.wait("to be in the fight", in_fight).await?;
    tab.evaluate("plug(); pad.axes[0] = 1").await?;
    runs_right(&tab).await?;

    // Let go while nobody is there to hear it.
    server.ask_to_stop(StopSignal::Terminate).await?;
    let stopped = server.ended(PATIENCE).await?;
    tab.wait_until(
        "the card",
        "hotswap.state().connection === 'waiting' && document.querySelector('#retry').offsetWidth > 0",
    )
    .await?;
    let frames = tab.evaluate("pad.axes[0] = 0; hotswap.state().frames").await?;
    tab.wait("the stick to be let go", &format!("s => s.frames > {frames} + 3")).await?;
    let _server = stopped.start().await?;
    let back = me(&tab.wait("to be back", in_fight).await?)["x"].as_f64().unwrap();
    tab.wait("to stand", STANDS).await?;
    let ran = (x(&tab).await? - back).abs();
    assert!(ran < 20.0, "runs on by {ran}");

    // The list of people has the stick to itself, and B leaves it.
    tab.evaluate("hold(9, true)").await?;
    tab.wait_until("the menu", "!document.querySelector('#menu').hidden").await?;
    tab.evaluate("document.querySelector('#people-button').focus(); hold(9, false); hold(0, true)").await?;
    tab.wait_until("the list of people", "document.querySelector('#people').open").await?;
    let before = x(&tab).await?;
    let frames = tab.evaluate("hold(0, false); pad.axes[0] = 1; hotswap.state().frames").await?;
    tab.wait("the stick to be moved", &format!("s => s.frames > {frames} + 3")).await?;
    tab.wait("to stand", STANDS).await?;
    let ran = (x(&tab).await? - before).abs();
    assert!(ran < 5.0, "runs by {ran}");
    tab.evaluate("pad.axes[0] = 0; hold(1, true)").await?;
    tab.wait_until("the list to close", "!document.querySelector('#people').open").await?;
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}
