//! Operators in real tabs: the first admin, a viewer who cannot publish, and two publishers at once.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::json;
use tests::browser::{Tab, TestBrowser, one_at_a_time};
use tests::control_room::{hold, let_go};
use tests::process::{ADMIN_TOKEN, Server};

const PASSWORD: &str = "correct horse battery";
const WEAKER: &str = "// Strikes\nconst TUNING = #{\n    strike_damage: 11.0,\n    max_hp: 100.0,\n};\n";
const STRONGER: &str = "// Strikes\nconst TUNING = #{\n    strike_damage: 44.0,\n    max_hp: 100.0,\n};\n";

/// The door is shut, and asks for a name and a password.
const AT_THE_DOOR: &str = "!document.querySelector('#door').hidden \
                           && document.querySelector('#login-form').dataset.mode === 'password'";

/// Opens one of the windows from the menu.
async fn open(tab: &Tab, item: &str) -> anyhow::Result<()> {
    tab.click("#who").await?;
    tab.wait_until("the menu", "document.querySelector('#menu').matches(':popover-open')").await?;
    tab.click(item).await
}

/// Takes a picture of what a laptop shows and one of what a phone shows.
async fn pictures(tab: &Tab, name: &str) -> anyhow::Result<()> {
    tab.screenshot(name).await?;
    tab.resize(390, 844).await?;
    tab.screenshot(&format!("{name}-phone")).await?;
    tab.resize(1280, 800).await
}

async fn log_in(tab: &Tab, name: &str) -> anyhow::Result<()> {
    tab.wait_until("the door", AT_THE_DOOR).await?;
    tab.fill("#login-name", name).await?;
    tab.fill("#login-password", PASSWORD).await?;
    tab.click("#login").await?;
    is_in(tab, name).await
}

async fn is_in(tab: &Tab, name: &str) -> anyhow::Result<()> {
    let name = format!(
        "document.querySelector('#who-name').innerText === '{name}' && document.querySelector('#door').hidden"
    );
    tab.wait_until("to be in", &name).await
}

async fn add_operator(tab: &Tab, name: &str, role: &str) -> anyhow::Result<()> {
    tab.fill("#operator-name", name).await?;
    tab.fill("#operator-password", PASSWORD).await?;
    tab.fill("#operator-role", role).await?;
    tab.click("#operator-form button.primary").await?;
    let row = format!("document.querySelector('#operators-table tr[data-operator=\"{name}\"]')");
    tab.wait_until("the account in the list", &row).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_publishers_at_once_lose_nothing_and_a_viewer_only_looks() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let (first, second) = (TestBrowser::launch().await?, TestBrowser::launch().await?);

    // With the token of the server, the first admin makes an account and is in.
    let ada = first.open(&server.url("/admin")).await?;
    ada.wait_until("the first run", "!document.querySelector('[data-go=first]').hidden").await?;
    ada.click("[data-go=first]").await?;
    ada.fill("#token", ADMIN_TOKEN).await?;
    ada.fill("#login-name", "ada").await?;
    ada.fill("#login-password", PASSWORD).await?;
    pictures(&ada, "operators-first-run").await?;
    ada.click("#login").await?;
    is_in(&ada, "ada").await?;
    open(&ada, "#open-operators").await?;
    ada.wait_until("the form", "document.querySelector('#operator-form')").await?;
    for (name, role) in [("vera", "viewer"), ("pia", "publisher")] {
        add_operator(&ada, name, role).await?;
    }
    pictures(&ada, "operators").await?;
    ada.click("#view .close").await?;

    // A viewer sees all and can change nothing, not by hand either.
    let other = second.open(&server.url("/admin")).await?;
    other.wait_until("the door", AT_THE_DOOR).await?;
    pictures(&other, "operators-door").await?;
    log_in(&other, "vera").await?;
    other
        .wait_until(
            "publishing to be locked with the reason",
            "document.querySelector('#publish').matches(':disabled') \
             && document.querySelector('#publish-form').innerText.includes('you are a viewer')",
        )
        .await?;
    let status = other
        .evaluate(
            "fetch('/api/update_script', { method: 'POST', headers: { 'X-Hotswap-Admin': '1' }, \
             body: JSON.stringify({ script: '', version: 'x' }) }).then(answer => answer.status)",
        )
        .await?;
    assert_eq!(status, json!(403));
    pictures(&other, "operators-viewer").await?;
    open(&other, "#open-operators").await?;
    other
        .wait_until(
            "the reason",
            "document.querySelector('#toasts').innerText.includes('needs the role admin')",
        )
        .await?;
    other.click("#logout").await?;

    // Two edit at once: the slower one is told, looks, and publishes on top.
    log_in(&other, "pia").await?;
    other.wait_until("the live script", "document.querySelector('#script').value.length > 0").await?;
    other.fill("#script", STRONGER).await?;
    other.fill("#version", "stronger").await?;
    ada.fill("#script", WEAKER).await?;
    ada.fill("#version", "weaker").await?;
    ada.fill("#note", "Strikes are much weaker").await?;
    ada.show().await?;
    ada.click("#publish").await?;
    ada.wait_until("the release", "document.querySelector('#origin').innerText.includes('#2')").await?;
    other.show().await?;
    other.click("#publish").await?;
    other
        .wait_until(
            "the conflict with its difference",
            "document.querySelector('#view[open][data-view=conflict] .diff .row')",
        )
        .await?;
    let said = other.evaluate("document.querySelector('#view').innerText").await?;
    for words in ["ada was faster", "weaker", "Strikes are much weaker", "still in the editor"] {
        assert!(said.as_str().unwrap().contains(words), "{words}: {said}");
    }
    other.click("[data-shows=mine]").await?;
    let marked = "document.querySelector('.diff .removed mark')?.innerText.includes('11') \
                  && document.querySelector('.diff .added mark')?.innerText.includes('44')";
    other.wait_until("the marked numbers", marked).await?;
    // What was asked for before may be answered later.
    hold(&other, "/api/diff").await?;
    other.click("[data-shows=theirs]").await?;
    other.click("[data-shows=mine]").await?;
    let_go(&other).await?;
    assert_eq!(other.evaluate(marked).await?, json!(true), "what was asked for last is shown");
    pictures(&other, "operators-conflict").await?;
    other.click("#view .acts .primary").await?;
    other
        .wait_until("the release on top", "document.querySelector('#origin').innerText.includes('#3')")
        .await?;
    let kept = other.evaluate("document.querySelector('#script').value").await?;
    assert_eq!(kept, json!(STRONGER));
    let (_, release) = server.call("GET", "/api/releases/3", None).await?;
    assert_eq!((&release["author"], &release["script"]), (&json!("pia"), &json!(STRONGER)));

    // The history shows what changed from one release to the next, and the log who did it.
    open(&other, "#open-history").await?;
    other.wait_until("the history", "document.querySelector('[data-changes=\"3\"]')").await?;
    other.click("[data-changes=\"3\"]").await?;
    other
        .wait_until("the difference", &format!("document.querySelector('#history-diff') && {marked}"))
        .await?;
    pictures(&other, "operators-history").await?;
    other.click("#view .close").await?;
    open(&other, "#open-audit").await?;
    let log = "(log => log.includes('pia') && log.includes('published') && log.includes('Strikes are much weaker'))\
               (document.querySelector('#audit-table')?.innerText ?? '')";
    other.wait_until("the log", log).await?;
    pictures(&other, "operators-audit").await?;
    other.click("#view .close").await?;
    open(&other, "#open-account").await?;
    other.fill("#token-name", "ci").await?;
    other.click("#token-form button.primary").await?;
    other.wait_until("the token", "document.querySelector('#made-token')?.value.startsWith('hsa_')").await?;
    pictures(&other, "operators-account").await?;

    for tab in [&ada, &other] {
        assert_eq!(tab.exceptions(), Vec::<String>::new());
    }
    first.close().await?;
    second.close().await
}
