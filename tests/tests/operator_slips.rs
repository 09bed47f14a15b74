//! A slip of the hand in the admin tab costs nothing: what is typed stays, what cannot be undone is asked for, and an answer
//! that comes late replaces nothing newer.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::json;
use tests::browser::{Key, TAB, Tab, TestBrowser, one_at_a_time};
use tests::control_room::{self, confirm, hold, let_go};
use tests::process::Server;

const ESCAPE: Key = Key { code: "Escape", key: "Escape", number: 27, text: "" };
/// Beside every window.
const BESIDE: (f64, f64) = (6.0, 790.0);

async fn value(tab: &Tab, selector: &str) -> anyhow::Result<String> {
    let value = tab.evaluate(&format!("document.querySelector('{selector}').value")).await?;
    Ok(value.as_str().unwrap().to_owned())
}

/// Opens one of the windows from the menu.
async fn open(tab: &Tab, name: &str) -> anyhow::Result<()> {
    tab.click("#who").await?;
    tab.click(&format!("#open-{name}")).await?;
    tab.wait_until("the window", &format!("document.querySelector('#view[open][data-view={name}]')")).await
}

async fn is_closed(tab: &Tab) -> anyhow::Result<()> {
    tab.wait_until("the window to close", "!document.querySelector('#view').open").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_into_a_window_is_there_when_it_is_opened_again() -> anyhow::Result<()> {
    const CARD: &str = "// Snail: everybody crawls.\nconst TUNING = #{ player_speed: player_speed * 0.3 };\n";
    let full = "document.querySelector('#view[open] .card-editor[data-editor=full] .cm-content')";
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let admin = control_room::open_editor(&browser, &server).await?;
    open(&admin, "cards").await?;
    admin.wait_until("the editor", full).await?;
    admin.fill("#card-name", "snail").await?;
    admin.fill("#card-script", CARD).await?;

    // The way out of the editor by keyboard, and a selection that ends beside the window, leave the window open.
    admin.click("#view .cm-content").await?;
    admin.press(ESCAPE).await?;
    admin.press(TAB).await?;
    admin
        .wait_until("the focus to leave the editor", "!document.activeElement.closest('.card-editor')")
        .await?;
    assert_eq!(value(&admin, "#card-script").await?, CARD, "Tab after Escape leaves and indents nothing");
    let place = admin
        .evaluate(
            "(({ x, y }) => [x + 60, y + 20])(document.querySelector('#view .cm-content').getBoundingClientRect())",
        )
        .await?;
    admin.drag((place[0].as_f64().unwrap(), place[1].as_f64().unwrap()), BESIDE).await?;
    assert_eq!(admin.evaluate("document.querySelector('#view').open").await?, json!(true));

    // Closed on purpose it keeps what was typed, whatever is opened in between.
    admin.click_at(BESIDE.0, BESIDE.1).await?;
    is_closed(&admin).await?;
    open(&admin, "account").await?;
    admin.press(ESCAPE).await?;
    is_closed(&admin).await?;
    open(&admin, "cards").await?;
    admin.wait_until("the editor", full).await?;
    assert_eq!(
        (value(&admin, "#card-name").await?, value(&admin, "#card-script").await?),
        ("snail".into(), CARD.into())
    );
    admin
        .wait_until(
            "it to be said",
            "document.querySelector('#card-status').innerText.includes('typed before')",
        )
        .await?;
    admin.screenshot("slips-card").await?;

    // Another card takes its place only if that is meant.
    let edit = "#cards-table tr[data-card=giants] .actions button";
    admin.click(edit).await?;
    admin.wait_until("the question", "document.querySelector('#confirm').open").await?;
    admin.screenshot("slips-discard").await?;
    admin.click("#confirm-stay").await?;
    assert_eq!(value(&admin, "#card-script").await?, CARD);
    admin.click(edit).await?;
    confirm(&admin, "Discard").await?;
    admin.wait_until("the other card", "document.querySelector('#card-name').value === 'giants'").await?;
    // Nothing is typed now, and nothing is asked.
    admin.click("#cards-table tr[data-card=sprint] .actions button").await?;
    admin.wait_until("the next one", "document.querySelector('#card-name').value === 'sprint'").await?;
    admin.click("#view .close").await?;

    open(&admin, "moderation").await?;
    admin.fill("#words", "heck\ndarn*").await?;
    admin.click("#view .close").await?;
    open(&admin, "moderation").await?;
    assert_eq!(value(&admin, "#words").await?, "heck\ndarn*");
    admin.screenshot("slips-words").await?;
    admin.click("#words-form .primary").await?;
    admin.wait_until("them to be saved", "document.querySelector('#words-state[data-state=good]')").await?;
    admin.click("#view .close").await?;
    open(&admin, "moderation").await?;
    assert_eq!(admin.evaluate("document.querySelector('#words-state').innerText").await?, json!(""));
    assert_eq!(admin.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_clicks_on_revoke_ask_about_one_token_and_revoke_that_one() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    // Before there are accounts: the door asks for the token then.
    let admin = control_room::open(&browser, &server).await?;
    let account = json!({ "name": "ada", "role": "publisher", "password": "correct horse battery" });
    let (status, answer) = server.call("POST", "/api/operators", Some(account)).await?;
    assert_eq!(status, 200, "{answer}");
    for name in ["ci", "nightly", "old"] {
        let token = json!({ "name": name, "role": "publisher", "operator": "ada" });
        let (status, answer) = server.call("POST", "/api/tokens", Some(token)).await?;
        assert_eq!(status, 200, "{answer}");
    }
    open(&admin, "account").await?;
    let rows = "document.querySelectorAll('#tokens-table tbody tr').length";
    admin.wait_until("the tokens", &format!("{rows} === 3")).await?;
    let first = admin.evaluate("document.querySelector('#tokens-table tbody b').innerText").await?;
    let place = admin
        .evaluate(
            "(({ x, y, width, height }) => [x + width / 2, y + height / 2])\
             (document.querySelector('#tokens-table tbody button').getBoundingClientRect())",
        )
        .await?;
    for _ in 0..2 {
        admin.click_at(place[0].as_f64().unwrap(), place[1].as_f64().unwrap()).await?;
    }
    admin.wait_until("the question", "document.querySelector('#confirm').open").await?;
    admin.screenshot("slips-revoke").await?;
    hold(&admin, "/api/tokens/").await?;
    confirm(&admin, first.as_str().unwrap()).await?;
    admin.wait_until("the call", "window.letGo").await?;
    let enabled = "document.querySelectorAll('#tokens-table button:enabled').length";
    assert_eq!(admin.evaluate(enabled).await?, json!(0), "nothing can be hit until the rows have moved");
    let_go(&admin).await?;
    admin.wait_until("the row to go", &format!("{rows} === 2 && {enabled} === 2")).await?;
    let (_, list) = server.call("GET", "/api/tokens", None).await?;
    let left: Vec<_> = list["tokens"].as_array().unwrap().iter().map(|token| &token["name"]).collect();
    assert!(left.len() == 2 && !left.contains(&&first), "{left:?}");
    assert_eq!(admin.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_comes_late_replaces_nothing_newer() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    for hp in ["60.0", "70.0", "80.0"] {
        server.publish(&format!("const TUNING = #{{ max_hp: {hp} }};"), hp).await?;
    }
    let browser = TestBrowser::launch().await?;
    let admin = browser.open(&server.url("/admin")).await?;
    admin.wait_until("the login", "document.querySelector('#token')").await?;
    admin.fill("#token", tests::process::ADMIN_TOKEN).await?;
    admin.click("#login").await?;
    admin.wait_until("the releases", "document.querySelector('#releases button[data-load=\"2\"]')").await?;

    // Of two releases the one that was asked for last is loaded.
    hold(&admin, "/api/releases/2").await?;
    admin.click("#releases button[data-load=\"2\"]").await?;
    admin.click("#releases button[data-load=\"3\"]").await?;
    let is_loaded = "document.querySelector('#script').value.includes('70.0')";
    admin.wait_until("the newer one", is_loaded).await?;
    let_go(&admin).await?;
    assert_eq!(admin.evaluate(is_loaded).await?, json!(true), "it stays");

    // So it is with differences.
    admin.click("#history").await?;
    admin.wait_until("the history", "document.querySelector('[data-changes=\"3\"]')").await?;
    hold(&admin, "/api/diff").await?;
    admin.click("[data-changes=\"3\"]").await?;
    admin.click("[data-changes=\"4\"]").await?;
    let is_shown = "document.querySelector('#history-diff .added mark')?.innerText.includes('8')";
    admin.wait_until("the newer one", is_shown).await?;
    let_go(&admin).await?;
    assert_eq!(admin.evaluate(is_shown).await?, json!(true), "it stays");
    admin.click("#view .close").await?;

    // What is published is told as it was asked for, and what the form asks for by then is left alone.
    admin.fill("#script", "const TUNING = #{ max_hp: 90.0 };").await?;
    admin.fill("#version", "90").await?;
    hold(&admin, "/api/update_script").await?;
    admin.click("#publish").await?;
    admin.fill("#publish-to", "share").await?;
    admin.fill("#note", "For the next one").await?;
    let_go(&admin).await?;
    let told = "document.querySelector('#toasts').innerText.includes('every player')";
    admin.wait_until("to be told", told).await?;
    let form = "['publish-to', 'note'].map(id => document.getElementById(id).value)";
    assert_eq!(admin.evaluate(form).await?, json!(["share", "For the next one"]));
    assert_eq!(admin.exceptions(), Vec::<String>::new());
    browser.close().await
}
