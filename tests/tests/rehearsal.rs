//! Rehearsing a draft in the admin tab: the game in a frame beside the editor, and what the draft would change, in numbers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::json;
use tests::browser::{TestBrowser, one_at_a_time};
use tests::control_room;
use tests::process::Server;

const DOUBLE: &str = "// Twice the damage.\nfn strike(distance, facing, attacker_hp, target_hp) {\n    strike_damage * 2.0\n}\n";

/// What the game in the frame knows.
const INNER: &str = "document.querySelector('#rehearsal-frame').contentWindow.hotswap?.state()";
/// The panel says that the draft is played.
const RUNNING: &str = "document.querySelector('#rehearsal-state[data-state=good]')";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_played_in_a_frame_as_it_is_written_and_its_numbers_come_after_the_check()
-> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let admin = control_room::open(&browser, &server).await?;
    admin.resize(1280, 800).await?;
    assert_eq!(
        admin.evaluate("document.querySelector('#rehearsal-frame')").await?,
        json!(null),
        "not opened yet"
    );
    admin.click("#rehearse").await?;
    admin.wait_until("the live rules in the frame", RUNNING).await?;
    let fighting =
        format!("{INNER}?.connection === 'practice' && {INNER}.players.length === 6 && {INNER}.frames > 10");
    admin.wait_until("a fight among six", &fighting).await?;
    admin.fill("#rehearse-bots", "9").await?;
    admin.wait_until("more bots", &format!("{INNER}?.players.length === 10")).await?;

    // What does not compile is said, and the game goes on with what ran before.
    admin.fill("#script", "fn strike(distance, facing) { 1 }").await?;
    let failed =
        "document.querySelector('#rehearsal-state[data-state=bad]')?.innerText.startsWith('Line 1:')";
    admin.wait_until("what is wrong", failed).await?;
    let frames = admin.evaluate(&format!("{INNER}.frames")).await?;
    admin.wait_until("the game to go on", &format!("{INNER}.frames > {frames} + 5")).await?;
    admin.fill("#script", DOUBLE).await?;
    admin.wait_until("the new draft", RUNNING).await?;

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
    admin.click("#rehearsal .close").await?;
    assert_eq!(
        admin.evaluate("document.querySelector('#rehearsal-frame')").await?,
        json!(null),
        "it costs nothing closed"
    );
    assert_eq!(admin.exceptions(), Vec::<String>::new());
    browser.close().await
}
