//! The whole loop in real tabs: fight, publish, break, come back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::{Value, json};
use tests::CLOSE_QUARTERS;
use tests::browser::{D, ENTER, SPACE, Tab, TestBrowser, one_at_a_time};
use tests::crowd;
use tests::process::{ADMIN_TOKEN, Server};

async fn wait_for_release(tab: &Tab, number: u64) -> anyhow::Result<Value> {
    tab.wait("the new rules", &format!("s => s.release === {number}")).await
}

fn me(state: &Value) -> &Value {
    state["players"].as_array().unwrap().iter().find(|player| player["id"] == state["me"]).unwrap()
}

fn no_exceptions(tabs: &[&Tab]) {
    for tab in tabs {
        assert_eq!(tab.exceptions(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tabs_see_each_other_move_strike_and_die_and_a_third_one_leaves() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let release = server.publish(CLOSE_QUARTERS, "close").await?;
    let browser = TestBrowser::launch().await?;
    let ada = browser.play(&server.url("/"), "Ada").await?;
    wait_for_release(&ada, release).await?;
    let bob = browser.play(&server.url("/"), "Bob").await?;
    let bob_id = bob.state().await?["me"].clone();
    let ada_id = ada.state().await?["me"].clone();
    assert_ne!(ada_id, bob_id, "two tabs are two players");

    // A strike takes hit points from the other tab's player, in both tabs.
    ada.wait("Bob beside Ada", &format!("s => s.players.some(p => p.id === {bob_id} && p.alive)")).await?;
    ada.press(SPACE).await?;
    bob.wait("Bob to be hurt", "s => s.players.some(p => p.id === s.me && p.hp === 40)").await?;
    ada.wait("Ada to see it", &format!("s => s.players.some(p => p.id === {bob_id} && p.hp === 40)")).await?;

    // A kill is seen by both.
    ada.wait("the cooldown to be over", "s => s.strike_cooldown === 0").await?;
    ada.press(SPACE).await?;
    bob.wait("Bob to be dead", "s => s.players.some(p => p.id === s.me && !p.alive && p.deaths === 1)")
        .await?;
    ada.wait("the kill to count", "s => s.players.some(p => p.id === s.me && p.kills === 1)").await?;
    ada.wait_until("the kill feed", "document.body.innerText.includes('Bob')").await?;
    bob.screenshot("killed").await?;

    // The dead respawn.
    bob.wait("Bob to be back", "s => s.players.some(p => p.id === s.me && p.alive && p.hp === 100)").await?;

    // A key press moves the player, and the other tab sees it.
    let before = me(&bob.state().await?)["x"].as_f64().unwrap();
    bob.key_down(D).await?;
    bob.wait("Bob to move", &format!("s => s.players.find(p => p.id === s.me).x > {before} + 100")).await?;
    bob.key_up(D).await?;
    ada.wait(
        "Ada to see Bob move",
        &format!("s => s.players.find(p => p.id === {bob_id}).x > {before} + 90"),
    )
    .await?;
    let bob_state = bob.wait("Bob to stand", "s => s.players.find(p => p.id === s.me)").await?;
    let x = me(&bob_state)["x"].as_f64().unwrap();
    assert!(x - before < 1_000.0);

    // A third tab comes, leaves and disappears.
    let eve = browser.play(&server.url("/"), "Eve").await?;
    let eve_id = eve.state().await?["me"].clone();
    ada.wait("Eve to come", &format!("s => s.players.some(p => p.id === {eve_id})")).await?;
    eve.close().await?;
    let away = format!("s => s.players.some(p => p.id === {eve_id} && !p.connected)");
    ada.wait("Eve to be marked as away", &away).await?;
    for tab in [&ada, &bob] {
        tab.wait("Eve to be gone", &format!("s => !s.players.some(p => p.id === {eve_id})")).await?;
    }

    no_exceptions(&[&ada, &bob]);
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_published_in_the_admin_tab_changes_the_orb_in_both_tabs() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let ada = browser.play(&server.url("/"), "Ada").await?;
    let bob = browser.play(&server.url("/"), "Bob").await?;
    for tab in [&ada, &bob] {
        tab.evaluate("window.notReloaded = true").await?;
    }
    let admin = browser.open(&server.url("/admin")).await?;
    admin.wait_until("the login", "document.querySelector('#token')").await?;
    admin.fill("#token", ADMIN_TOKEN).await?;
    admin.click("#login").await?;
    admin
        .wait_until(
            "both players in the table",
            "document.querySelectorAll('#clients tbody tr[data-player]').length === 2",
        )
        .await?;
    let table = admin.evaluate("document.querySelector('#clients').innerText").await?;
    assert!(table.as_str().unwrap().contains("Ada") && table.as_str().unwrap().contains("Bob"), "{table}");

    // What the live rules cost is measured and shown.
    admin.click("#costs summary").await?;
    admin
        .wait_until(
            "the cost of the live rules",
            "document.querySelector('#costs').dataset.samples > 0 \
             && document.querySelector('#costs tr[data-hook=\"move_player\"] .runs').innerText === 'compiled' \
             && parseFloat(document.querySelector('#costs tr[data-hook=\"move_player\"] .us').innerText) > 0",
        )
        .await?;
    admin.screenshot("admin-costs").await?;
    admin.click("#costs summary").await?;

    // A broken script is refused with its line, and the game goes on.
    admin.fill("#script", "fn move_orb(x, y, vx, vy, dt) {\n    [x, y, vx\n}").await?;
    admin.click("#publish").await?;
    admin
        .wait_until("the refusal", "/line 3/i.test(document.querySelector('#error-line').innerText)")
        .await?;
    admin.screenshot("admin-refused").await?;
    let tick = ada.state().await?["stats"]["server_tick"].as_f64().unwrap();
    ada.wait("the game to go on", &format!("s => s.stats.server_tick > {tick} + 30 && s.release === 1"))
        .await?;

    // A good one reaches both tabs: the orb flies straight down at one place.
    let script =
        "const TUNING = #{ orb_speed: 50.0 };\nfn move_orb(x, y, vx, vy, dt) { [700.0, 300.0, 0.0, 0.0] }";
    admin.fill("#script", script).await?;
    admin.fill("#version", "frozen orb").await?;
    admin.click("#publish").await?;
    for tab in [&ada, &bob] {
        // A snapshot rounds the orb's place to a fraction of a unit.
        let obeys = "s => s.release === 2 && Math.hypot(s.orb.x - 700, s.orb.y - 300) < 0.1";
        tab.wait("the orb to obey", obeys).await?;
        assert_eq!(tab.evaluate("window.notReloaded").await?, json!(true), "the page was not reloaded");
        tab.show().await?;
        tab.wait_until("the version on the screen", "document.body.innerText.includes('frozen orb')").await?;
    }
    admin
        .wait_until(
            "both acks",
            "document.querySelector('#releases tbody tr[data-release=\"2\"]')?.dataset.active === '2'",
        )
        .await?;
    admin.screenshot("admin").await?;
    ada.screenshot("rules-changed").await?;
    no_exceptions(&[&ada, &bob, &admin]);
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_background_image_appears_in_both_tabs() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let ada = browser.play(&server.url("/"), "Ada").await?;
    let bob = browser.play(&server.url("/"), "Bob").await?;
    // A real image, made by the browser itself.
    let image = ada
        .evaluate(
            "(() => { const c = document.createElement('canvas'); c.width = 640; c.height = 400; \
             const g = c.getContext('2d'); for (let i = 0; i < 40; i++) { g.fillStyle = `hsl(${i * 9} 70% 45%)`; \
             g.fillRect(i * 16, 0, 16, 400); } return c.toDataURL('image/png').split(',')[1]; })()",
        )
        .await?;
    let body = json!({ "background_color": [20, 60, 90], "background_image": image, "version": "stripes" });
    let (status, answer) = server.call("POST", "/api/update_background", Some(body)).await?;
    assert_eq!(status, 200, "{answer}");
    for tab in [&ada, &bob] {
        tab.wait("the image", "s => s.scene > 0 && s.background_ready").await?;
    }
    ada.screenshot("background").await?;

    // What is no image is refused and changes nothing.
    let broken =
        json!({ "background_color": [0, 0, 0], "background_image": "bm90IGFuIGltYWdl", "version": "broken" });
    let (status, answer) = server.call("POST", "/api/update_background", Some(broken)).await?;
    assert_eq!((status, &answer["success"]), (422, &json!(false)));
    let (_, config) = server.call("GET", "/api/config", None).await?;
    assert_eq!(
        (&config["background_version"], &config["background_color"]),
        (&json!("stripes"), &json!([20, 60, 90]))
    );
    no_exceptions(&[&ada, &bob]);
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_kill_9_both_tabs_come_back_as_the_same_players_under_the_same_rules() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let release = server.publish(CLOSE_QUARTERS, "close").await?;
    let browser = TestBrowser::launch().await?;
    let ada = browser.play(&server.url("/"), "Ada").await?;
    let bob = browser.play(&server.url("/"), "Bob").await?;
    for tab in [&ada, &bob] {
        wait_for_release(tab, release).await?;
    }
    ada.wait("Bob to be there", "s => s.players.filter(p => p.alive).length === 2").await?;
    ada.press(SPACE).await?;
    bob.wait("Bob to be hurt", "s => s.players.find(p => p.id === s.me).hp === 40").await?;
    // The score is stored within a second; a kill at once.
    ada.wait("the cooldown to be over", "s => s.strike_cooldown === 0").await?;
    ada.press(SPACE).await?;
    ada.wait("the kill", "s => s.players.find(p => p.id === s.me).kills === 1").await?;
    bob.wait("Bob to be back", "s => s.players.find(p => p.id === s.me).alive").await?;
    let (ada_before, bob_before) = (ada.state().await?, bob.state().await?);

    let server = server.kill_and_restart().await?;
    for tab in [&ada, &bob] {
        tab.wait(
            "to be back",
            "s => s.connection === 'online' && s.stats.reconnects > 0 && s.players.length === 2",
        )
        .await?;
    }
    let (ada_after, bob_after) = (ada.state().await?, bob.state().await?);
    assert_eq!((&ada_after["me"], &bob_after["me"]), (&ada_before["me"], &bob_before["me"]));
    assert_eq!(me(&ada_after)["name"], "Ada");
    assert_eq!(me(&ada_after)["kills"], 1);
    assert_eq!(me(&bob_after)["deaths"], 1);
    assert_eq!(ada_after["release"], release);
    let (_, config) = server.call("GET", "/api/config", None).await?;
    assert_eq!(config["version"], "close");

    // And they still fight.
    for tab in [&ada, &bob] {
        tab.wait("everybody alive", "s => s.players.length === 2 && s.players.every(p => p.alive)").await?;
    }
    ada.wait("to be able to strike", "s => s.strike_cooldown === 0").await?;
    ada.press(SPACE).await?;
    bob.wait("Bob to be hurt again", "s => s.players.find(p => p.id === s.me).hp === 40").await?;
    no_exceptions(&[&ada, &bob]);
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_is_in_the_fight_after_a_name_and_one_key_and_a_reload_keeps_the_player()
-> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.open(&server.url("/")).await?;
    tab.wait_until("the title", "document.querySelector('#title').checkVisibility()").await?;
    tab.fill("#name", "Newcomer").await?;
    tab.press(ENTER).await?;
    let state = tab
        .wait("to be in the fight", "s => s.connection === 'online' && s.players.some(p => p.id === s.me)")
        .await?;
    assert_eq!(me(&state)["name"], "Newcomer");
    tab.reload().await?;
    let again = tab
        .wait("to be back", "s => s.connection === 'online' && s.players.some(p => p.id === s.me)")
        .await?;
    assert_eq!(again["me"], state["me"]);
    assert_eq!(again["players"].as_array().unwrap().len(), 1, "nobody is there twice");
    no_exceptions(&[&tab]);
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_fits_a_phone_and_a_large_screen() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Fitting").await?;
    for (width, height, name) in [(390, 844, "phone"), (2560, 1440, "large"), (1280, 800, "laptop")] {
        tab.resize(width, height).await?;
        tab.wait_until(
            "the canvas to follow",
            &format!(
                "(() => {{ const r = document.querySelector('canvas').getBoundingClientRect(); \
                      return Math.abs(r.width - {width}) <= 1 && r.height > {height} * 0.6 && r.bottom <= {height} + 1 \
                      && document.documentElement.scrollWidth <= {width} }})()"
            ),
        )
        .await?;
        let frames = tab.state().await?["frames"].as_u64().unwrap();
        tab.wait("some frames", &format!("s => s.frames > {frames} + 5")).await?;
        tab.screenshot(name).await?;
    }
    no_exceptions(&[&tab]);
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_of_headless_players_fights_in_the_same_arena_as_the_tab() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    let names = ["Grace", "Alan", "Zoë", "Linus", "Margaret", "Dennis", "Barbara"];
    let crowd = crowd::fighters(&server.socket_url(), names);
    tab.wait("the whole crowd", "s => s.players.length === 8").await?;
    tab.wait("somebody to die", "s => s.players.some(p => p.deaths > 0)").await?;
    // A picture in the middle of a fight.
    tab.wait("somebody to be hurt", "s => s.players.some(p => p.alive && p.hp < 100)").await?;
    tab.screenshot("fight").await?;
    drop(crowd);
    tab.wait("the crowd to leave", "s => s.players.length === 1").await?;
    no_exceptions(&[&tab]);
    browser.close().await
}
