//! The rules' editor in a real tab: it completes, explains, marks what is wrong as it is typed, and is a plain text field
//! when its code does not come.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use tests::browser::{Key, Tab, TestBrowser, one_at_a_time};
use tests::control_room;
use tests::process::Server;

/// The keys of the editor that the game does not know.
const TAB: Key = Key { code: "Tab", key: "Tab", number: 9, text: "" };
const ESCAPE: Key = Key { code: "Escape", key: "Escape", number: 27, text: "" };
const RETURN: Key = Key { code: "Enter", key: "Enter", number: 13, text: "\r" };

/// Types a text at the cursor, as an input method does.
async fn write(tab: &Tab, text: &str) -> anyhow::Result<()> {
    let text = serde_json::to_string(text)?;
    tab.evaluate(&format!("document.execCommand('insertText', false, {text})")).await?;
    Ok(())
}

async fn empty(tab: &Tab) -> anyhow::Result<()> {
    tab.fill("#script", "").await?;
    tab.evaluate("document.querySelector('.cm-content').focus()").await?;
    tab.wait_until("an empty editor", "document.querySelector('.cm-content').innerText.trim() === ''").await
}

async fn script(tab: &Tab) -> anyhow::Result<String> {
    Ok(tab.evaluate("document.querySelector('#script').value").await?.as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hook_is_completed_with_its_whole_signature_and_a_tuning_number_with_its_meaning()
-> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let admin = control_room::open_editor(&browser, &server).await?;
    empty(&admin).await?;
    write(&admin, "move_p").await?;
    let offered = "document.querySelector('.cm-tooltip-autocomplete')?.innerText\
                   .includes('move_player(vx, vy, dx, dy, dt)')";
    admin.wait_until("the hook's signature", offered).await?;
    let docs = "document.querySelector('.cm-completionInfo')?.innerText.includes('new velocity')";
    admin.wait_until("the hook's docs", docs).await?;
    admin.screenshot("editor-completion").await?;
    admin.press(RETURN).await?;
    let inserted =
        "document.querySelector('#script').value.startsWith('fn move_player(vx, vy, dx, dy, dt) {')";
    admin.wait_until("the whole hook", inserted).await?;
    assert!(script(&admin).await?.trim_end().ends_with('}'));
    // The body is selected: what is typed takes its place.
    write(&admin, "[vx, vy * player_s").await?;
    let number = "document.querySelector('.cm-completionInfo')?.innerText.includes('Running speed')";
    admin.wait_until("the docs of a tuning number", number).await?;
    admin.screenshot("editor-number").await?;
    admin.press(ESCAPE).await?;
    assert_eq!(admin.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mistakes_are_marked_while_typing_and_a_misspelt_name_is_put_right_with_one_press()
-> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let admin = control_room::open_editor(&browser, &server).await?;
    let broken = "const TUNING = #{\n    player_sped: 300.0,\n};\nconst UNUSED = 1;\n\n\
                  fn strike(distance, facing, attacker_hp, target_hp) {\n    [strike_damge, 10 / 4]\n}\n";
    admin.fill("#script", broken).await?;
    admin
        .wait_until("two errors and a warning", "document.querySelectorAll('.cm-remark-error').length === 2")
        .await?;
    admin
        .wait_until("marks in the margin", "document.querySelectorAll('.cm-lint-marker-error').length === 2")
        .await?;
    let remarks = admin
        .evaluate("[...document.querySelectorAll('.cm-remark')].map(r => r.innerText).join('|')")
        .await?;
    assert!(remarks.as_str().unwrap().contains("did you mean \"player_speed\"?"), "{remarks}");
    assert!(remarks.as_str().unwrap().contains("did you mean `strike_damage`?"), "{remarks}");
    admin.screenshot("editor-errors").await?;
    // F8 goes to the next mistake and shows it with the button that puts it right.
    admin.evaluate("document.querySelector('.cm-content').focus()").await?;
    admin.press(Key { code: "F8", key: "F8", number: 119, text: "" }).await?;
    admin.wait_until("the suggestion", "document.querySelector('.cm-tooltip .cm-diagnosticAction')").await?;
    admin.screenshot("editor-suggestion").await?;
    admin
        .evaluate(
            "document.querySelector('.cm-tooltip .cm-diagnosticAction')\
         .dispatchEvent(new MouseEvent('mousedown', { bubbles: true, cancelable: true }))",
        )
        .await?;
    admin
        .wait_until(
            "the right name",
            "/player_speed|strike_damage/.test(document.querySelector('#script').value)",
        )
        .await?;
    admin.wait_until("one error less", "document.querySelectorAll('.cm-remark-error').length === 1").await?;
    admin.fill("#script", "const UNUSED = 1;\nfn on_kill(a, b, c) {\n    1\n}").await?;
    admin
        .wait_until(
            "a warning",
            "document.querySelector('.cm-remark-warning')?.innerText.includes('never used')",
        )
        .await?;
    // A warning does not stand in the way of the check.
    admin
        .wait_until("the check", "document.querySelector('#script-status').dataset.state === 'good'")
        .await?;
    assert_eq!(admin.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_keyboard_gets_in_indents_undoes_searches_folds_and_gets_out() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let admin = control_room::open_editor(&browser, &server).await?;
    admin.screenshot("editor").await?;
    assert!(
        admin
            .evaluate("document.querySelectorAll('.cm-lineNumbers .cm-gutterElement').length")
            .await?
            .as_u64()
            > Some(10)
    );
    assert!(
        admin.evaluate("document.querySelectorAll('.cm-foldGutter span').length").await?.as_u64() > Some(0)
    );
    let fold = admin
        .evaluate(
            "(mark => { const r = mark.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })(\
             document.querySelector('.cm-foldGutter .cm-gutterElement:not([style*=hidden]) span'))",
        )
        .await?;
    admin.click_at(fold[0].as_f64().unwrap(), fold[1].as_f64().unwrap()).await?;
    admin.wait_until("a folded map", "document.querySelector('.cm-foldPlaceholder')").await?;
    empty(&admin).await?;
    admin.press(TAB).await?;
    assert_eq!(script(&admin).await?, "    ");
    write(&admin, "x").await?;
    admin.press(ESCAPE).await?;
    admin.press(ESCAPE).await?;
    admin.press(TAB).await?;
    admin
        .wait_until(
            "the focus elsewhere",
            "!document.querySelector('.cm-editor').classList.contains('cm-focused')",
        )
        .await?;
    assert_eq!(script(&admin).await?, "    x", "Tab after Escape leaves and indents nothing");
    admin.evaluate("document.querySelector('.cm-content').focus()").await?;
    for (key, number, what, done) in [
        ("/", 191, "a comment", "document.querySelector('#script').value === '    // x'"),
        ("/", 191, "no comment", "document.querySelector('#script').value === '    x'"),
        // What is typed within half a second is undone together.
        ("z", 90, "what was undone", "!document.querySelector('#script').value.includes('x')"),
        ("f", 70, "the search", "document.querySelector('.cm-panel.cm-search input')"),
    ] {
        admin
            .evaluate(&format!(
                "document.querySelector('.cm-content').dispatchEvent(new KeyboardEvent('keydown', \
                 {{ key: '{key}', keyCode: {number}, ctrlKey: true, bubbles: true, cancelable: true }}))"
            ))
            .await?;
        admin.wait_until(what, done).await?;
    }
    admin.screenshot("editor-search").await?;
    admin.move_to_screen(390, 844, 2.0).await?;
    admin.wait_until("a phone", "innerWidth === 390").await?;
    admin.screenshot("editor-phone").await?;
    assert_eq!(admin.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_full_editor_the_text_field_does() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let admin = browser.open_without(&server.url("/admin"), "*codemirror.js*").await?;
    control_room::log_in(&admin).await?;
    assert_eq!(admin.evaluate("document.querySelector('#editor').dataset.editor").await?, "plain");
    admin.fill("#script", "fn strike(").await?;
    admin
        .wait_until("the mistake", "/line 1/i.test(document.querySelector('#error-line').innerText)")
        .await?;
    admin.screenshot("editor-plain").await?;
    assert_eq!(admin.exceptions(), Vec::<String>::new());
    browser.close().await
}
