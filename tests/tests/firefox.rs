//! The game in another browser.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use tests::browser::one_at_a_time;
use tests::firefox::{self, Firefox};
use tests::process::Server;
use tests::{CLOSE_QUARTERS, report};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn firefox_plays_as_chromium_does() -> anyhow::Result<()> {
    let Some(program) = firefox::find() else {
        report("left out: there is no Firefox here (Debian: apt-get install firefox-esr)");
        return Ok(());
    };
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let mut tab = Firefox::launch(program).await?;
    tab.go_to(&server.url("/?name=Vera&autoplay=1")).await?;
    let own = "s.players.find(p => p.id === s.me)";
    let before =
        tab.wait("the fight", &format!("s => s.connection === 'online' && s.frames > 5 && {own}")).await?;

    // Keys: run until the server has seen it, and strike.
    let place = |state: &serde_json::Value| {
        let me = state["players"].as_array().unwrap().iter().find(|player| player["id"] == state["me"]);
        me.unwrap()["x"].as_f64().unwrap()
    };
    let start = place(&before);
    let key = if start < 800.0 { "d" } else { "a" };
    tab.hold(&[key, " "], 400).await?;
    tab.wait("a run", &format!("s => Math.abs({own}.x - {start}) > 40")).await?;
    tab.screenshot("firefox").await?;

    // Rules are replaced under it.
    server.publish(CLOSE_QUARTERS, "close").await?;
    tab.wait("the new rules", "s => s.release_version === 'close'").await?;

    // A reloaded page is the same player.
    tab.reload().await?;
    let after = tab
        .wait("the fight again", &format!("s => s.connection === 'online' && s.frames > 5 && {own}"))
        .await?;
    assert_eq!(after["me"], before["me"]);
    assert_eq!(tab.complaints, Vec::<String>::new());
    Ok(())
}
