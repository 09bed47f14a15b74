//! Releases on their way, seen from real tabs, and what survives a crash.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use tests::browser::{Tab, TestBrowser, one_at_a_time};
use tests::control_room::{confirm, hold, let_go};
use tests::process::{ADMIN_TOKEN, Server, ServerOptions};

const FROZEN_ORB: &str =
    "const TUNING = #{ orb_speed: 50.0 };\nfn move_orb(x, y, vx, vy, dt) { [700.0, 300.0, 0.0, 0.0] }";

async fn log_in(browser: &TestBrowser, server: &Server) -> anyhow::Result<Tab> {
    let admin = browser.open(&server.url("/admin")).await?;
    admin.wait_until("the login", "document.querySelector('#token')").await?;
    admin.fill("#token", ADMIN_TOKEN).await?;
    admin.click("#login").await?;
    let rooms = "document.querySelectorAll('#rooms li').length === 2";
    admin.wait_until("both rooms in the panel", rooms).await?;
    Ok(admin)
}

/// Chooses an entry of a list, as a person does.
async fn choose(tab: &Tab, id: &str, value: &str) -> anyhow::Result<()> {
    let change = format!(
        "(() => {{ const list = document.getElementById('{id}'); list.value = '{value}'; \
         list.dispatchEvent(new Event('change', {{ bubbles: true }})); return list.value; }})()"
    );
    assert_eq!(tab.evaluate(&change).await?, json!(value));
    Ok(())
}

async fn plays(tab: &Tab, release: u64) -> anyhow::Result<()> {
    tab.show().await?;
    tab.wait("the rules", &format!("s => s.release === {release}")).await?;
    assert_eq!(tab.evaluate("window.notReloaded").await?, json!(true), "the page was not reloaded");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_goes_to_one_tab_then_to_both_and_is_taken_back() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let flags = vec!["--room-size".to_owned(), "1".to_owned()];
    let server = Server::start_with(ServerOptions { flags, ..ServerOptions::default() }).await?;
    let browser = TestBrowser::launch().await?;
    let ada = browser.play(&server.url("/"), "Ada").await?;
    let bob = browser.play(&server.url("/"), "Bob").await?;
    for tab in [&ada, &bob] {
        tab.evaluate("window.notReloaded = true").await?;
    }
    let admin = log_in(&browser, &server).await?;
    admin.fill("#script", FROZEN_ORB).await?;
    admin.fill("#version", "frozen orb").await?;
    admin.fill("#note", "The orb stands still. Tell us what you think!").await?;
    choose(&admin, "publish-to", "room").await?;
    choose(&admin, "publish-room", "2").await?;
    admin.screenshot("rollout-form").await?;
    admin.click("#publish").await?;
    let canary = "document.querySelector('#rollouts li[data-rollout=\"2\"][data-state=\"canary\"]')";
    admin.wait_until("the canary in the panel", canary).await?;

    // The canary's player has it and reads its words; the other one plays on as before.
    plays(&bob, 2).await?;
    bob.wait_until("the note", "document.body.innerText.includes('The orb stands still')").await?;
    bob.screenshot("rollout-note").await?;
    assert_eq!(ada.state().await?["release"], 1);
    admin.show().await?;
    let adopted = "document.querySelector('#adoption').dataset.active === '1' \
                   && document.querySelector('#adoption').dataset.expected === '1'";
    admin.wait_until("the canary's player to have switched", adopted).await?;
    admin.screenshot("rollout-canary").await?;
    admin.resize(390, 844).await?;
    admin.evaluate("document.querySelector('#rollouts-panel').scrollIntoView()").await?;
    admin.screenshot("rollout-phone").await?;
    admin.evaluate("document.querySelector('#publish-form').scrollIntoView()").await?;
    admin.screenshot("rollout-phone-form").await?;
    admin.resize(1280, 800).await?;

    // A button that was read before the roll-out went on takes it no further than it said.
    let promote = "#rollouts li[data-rollout=\"2\"] button[data-action=\"promote\"]";
    hold(&admin, "/promote").await?;
    admin.click(promote).await?;
    let (status, answer) =
        server.call("POST", "/api/rollouts/2/promote", Some(json!({ "share": 25 }))).await?;
    assert_eq!(status, 200, "{answer}");
    let_go(&admin).await?;
    let refused = "document.querySelector('#toasts').innerText.includes('is in 25 % of the rooms already')";
    admin.wait_until("the refusal", refused).await?;
    let (_, list) = server.call("GET", "/api/rollouts", None).await?;
    assert_eq!(list["rollouts"][0]["share"], 25, "{list}");
    admin
        .wait_until("the next step", &format!("document.querySelector('{promote}').innerText.includes('50')"))
        .await?;

    // Promoted, it is in both, without a reload.
    admin.click("#rollouts li[data-rollout=\"2\"] button[data-action=\"promote-all\"]").await?;
    for tab in [&ada, &bob] {
        plays(tab, 2).await?;
    }
    admin.show().await?;
    let both = "[...document.querySelectorAll('#rooms li')].every(room => room.dataset.release === '2')";
    admin.wait_until("both rooms to play it", both).await?;
    admin.screenshot("rollout-complete").await?;

    // The earlier rules come back as a new release, once it is said that these are meant.
    admin.click("#releases button[data-back=\"1\"]").await?;
    admin.wait_until("the question", "document.querySelector('#confirm').open").await?;
    admin.screenshot("rollout-back").await?;
    admin.click("#confirm-stay").await?;
    admin.click("#releases button[data-back=\"1\"]").await?;
    confirm(&admin, "#1 “arena”").await?;
    for tab in [&ada, &bob] {
        plays(tab, 3).await?;
    }
    let (_, releases) = server.call("GET", "/api/releases", None).await?;
    assert_eq!(releases["releases"][0]["hash"], releases["releases"][2]["hash"], "{releases}");
    for tab in [&ada, &bob, &admin] {
        assert_eq!(tab.exceptions(), Vec::<String>::new());
    }
    browser.close().await
}

#[tokio::test]
async fn what_is_scheduled_survives_kill_9_and_is_published_in_time() -> anyhow::Result<()> {
    let server = Server::start().await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64;
    let body = json!({ "script": FROZEN_ORB, "version": "later", "at_ms": now + 3_000 });
    let (status, answer) = server.call("POST", "/api/update_script", Some(body)).await?;
    assert_eq!((status, &answer["schedule"]), (200, &json!(1)), "{answer}");
    let server = server.kill_and_restart().await?;
    let waiting = async {
        loop {
            let (_, list) = server.call("GET", "/api/rollouts", None).await?;
            let schedule = &list["schedules"][0];
            if schedule["state"] != "waiting" {
                return anyhow::Ok(schedule.clone());
            }
            // Every answer comes from the room's next tick, so this asks once a tick at most.
            server.call("GET", "/api/rooms", None).await?;
        }
    };
    let schedule = tokio::time::timeout(tests::PATIENCE, waiting).await??;
    assert_eq!((&schedule["state"], &schedule["release"]), (&json!("published"), &json!(2)));
    let (_, config) = server.call("GET", "/api/config", None).await?;
    assert_eq!((&config["release"]["number"], &config["version"]), (&json!(2), &json!("later")));
    Ok(())
}
