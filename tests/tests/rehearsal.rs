//! Rehearsing a draft in the admin tab: the game in a frame beside the editor, and what the draft would change, in numbers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::json;
use tests::browser::{Tab, TestBrowser, one_at_a_time};
use tests::process::{ADMIN_TOKEN, Server};

const DOUBLE: &str = "// Twice the damage.\nfn strike(distance, facing, attacker_hp, target_hp) {\n    strike_damage * 2.0\n}\n";

/// What the frame was told so far, oldest first.
const HEARD: &str = "document.querySelector('#rehearsal-frame').contentWindow.heard";

async fn control_room(browser: &TestBrowser, server: &Server) -> anyhow::Result<Tab> {
    let admin = browser.open(&server.url("/admin")).await?;
    admin.wait_until("the login", "document.querySelector('#token')").await?;
    admin.fill("#token", ADMIN_TOKEN).await?;
    admin.click("#login").await?;
    admin.wait_until("the live script", "document.querySelector('#script').value.includes('ARENA')").await?;
    Ok(admin)
}

/// Opens the panel and listens in its frame.
async fn rehearse(admin: &Tab) -> anyhow::Result<()> {
    admin.click("#rehearse").await?;
    let loaded = "document.querySelector('#rehearsal-frame')?.contentDocument?.readyState === 'complete' \
                  && document.querySelector('#rehearsal-frame').contentWindow.location.search === '?rehearse'";
    admin.wait_until("the game in the frame", loaded).await?;
    admin
        .evaluate(
            "{ const inner = document.querySelector('#rehearsal-frame').contentWindow; inner.heard = []; \
             inner.addEventListener('message', (event) => event.data?.type === 'rehearse' && inner.heard.push(event.data)); }",
        )
        .await?;
    Ok(())
}

/// What the game in the frame says to the panel.
async fn say(admin: &Tab, state: &str, error: &str) -> anyhow::Result<()> {
    // From a script of the frame itself, so that the frame is the sender.
    admin
        .evaluate(&format!(
            "{{ const inner = document.querySelector('#rehearsal-frame').contentWindow; \
             inner.eval ? inner.parent.dispatchEvent(new MessageEvent('message', {{ source: inner, origin: location.origin, \
             data: {{ type: 'rehearsal', state: '{state}', error: {error} }} }})) : null; }}"
        ))
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_played_in_a_frame_as_it_is_written_and_its_numbers_come_after_the_check()
-> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let admin = control_room(&browser, &server).await?;
    admin.resize(1280, 800).await?;
    assert_eq!(
        admin.evaluate("document.querySelector('#rehearsal-frame')").await?,
        json!(null),
        "not opened yet"
    );
    rehearse(&admin).await?;
    say(&admin, "ready", "null").await?;
    admin.wait_until("the draft in the frame", &format!("{HEARD}.at(-1)?.script.includes('ARENA')")).await?;
    admin.fill("#script", DOUBLE).await?;
    admin.wait_until("the new draft", &format!("{HEARD}.at(-1)?.script.startsWith('// Twice')")).await?;
    admin.fill("#rehearse-bots", "9").await?;
    admin.wait_until("more bots", &format!("{HEARD}.at(-1)?.bots === 9")).await?;
    assert_eq!(admin.evaluate(&format!("{HEARD}.at(-1).skill")).await?, json!("mixed"));
    say(&admin, "running", "null").await?;
    let running = "document.querySelector('#rehearsal-state[data-state=good]')";
    admin.wait_until("that it runs", running).await?;

    let row = |name: &str| format!("document.querySelector('#rehearsal-numbers [data-name={name}]')");
    let counted = format!("{}?.dataset.verdict.includes('more')", row("kills"));
    admin.wait_until("more kills", &counted).await?;
    admin
        .wait_until(
            "a shorter time to kill",
            &format!("{}.dataset.verdict.includes('less')", row("time_to_kill_s")),
        )
        .await?;
    let said = admin.evaluate(&format!("{}.cells[3].innerText", row("kills"))).await?;
    assert!(said.as_str().unwrap().contains("more"), "in words, not by colour alone: {said}");
    for (width, height) in [(1280, 800), (1920, 1080), (390, 844)] {
        admin.resize(width, height).await?;
        admin.evaluate("document.querySelector('#rules').scrollIntoView()").await?;
        admin.screenshot(&format!("rehearsal-{width}")).await?;
        let wide = admin.evaluate("document.documentElement.scrollWidth <= innerWidth").await?;
        assert_eq!(wide, json!(true), "nothing sticks out at {width} x {height}");
    }
    admin.resize(1280, 800).await?;
    say(&admin, "failed", "{ message: 'no such thing', line: 3, column: 1 }").await?;
    let failed = "document.querySelector('#rehearsal-state[data-state=bad]')?.innerText.startsWith('Line 3: no such thing')";
    admin.wait_until("what is wrong", failed).await?;
    admin.click("#rehearsal .close").await?;
    assert_eq!(
        admin.evaluate("document.querySelector('#rehearsal-frame')").await?,
        json!(null),
        "it costs nothing closed"
    );
    assert_eq!(admin.exceptions(), Vec::<String>::new());
    browser.close().await
}
