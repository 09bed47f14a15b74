//! Sound in a real tab: only after a gesture, off when it is switched off, and silent when nobody is there.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use client_core::hearing::MAX_VOICES;
use serde_json::json;
use tests::browser::{D, Key, SPACE, TestBrowser, one_at_a_time};
use tests::crowd;
use tests::process::Server;

const M: Key = Key { code: "KeyM", key: "m", number: 77, text: "m" };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_sounds_after_the_first_key_and_stays_off_once_it_was_switched_off() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    let state = tab.wait("some frames", "s => s.frames > 20").await?;
    assert_eq!(state["sound"]["state"], "waiting", "nothing is opened before somebody does something");
    assert_eq!(state["sound"]["started"], json!({}));

    tab.press(D).await?;
    tab.wait("the sound", "s => s.sound.state === 'running'").await?;
    tab.wait("to be able to strike", "s => s.strike_cooldown === 0").await?;
    tab.press(SPACE).await?;
    let state = tab.wait("the swing", "s => s.sound.started.swing === 1").await?;
    assert_eq!(state["sound"]["track"], "calm");

    tab.press(M).await?;
    let state = tab.wait("silence", "s => s.sound.muted && s.sound.state === 'suspended'").await?;
    let swings = state["sound"]["started"]["swing"].clone();
    tab.wait_until("a word on it", "document.querySelector('#toast').innerText.includes('off')").await?;
    tab.wait("to be able to strike", "s => s.strike_cooldown === 0").await?;
    tab.press(SPACE).await?;
    let state = tab.wait("the strike", "s => s.strike_cooldown > 0").await?;
    assert_eq!(state["sound"]["started"]["swing"], swings, "a strike without a sound");

    tab.reload().await?;
    tab.wait("to be back", "s => s.connection === 'online' && s.sound.muted").await?;
    tab.press(D).await?;
    tab.press(M).await?;
    tab.wait("the sound again", "s => !s.sound.muted && s.sound.state === 'running'").await?;

    // Nobody hears a tab in the background.
    let other = browser.open("about:blank").await?;
    tab.wait("silence in the background", "s => s.sound.state === 'suspended'").await?;
    other.close().await?;
    tab.show().await?;
    tab.wait("sound in the foreground", "s => s.sound.state === 'running'").await?;
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_without_web_audio_plays_in_silence() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.open("about:blank").await?;
    tab.before_each_page("delete window.AudioContext; delete window.webkitAudioContext;").await?;
    tab.go_to(&server.url("/?name=Ada&autoplay=1")).await?;
    tab.wait("to be in the fight", "s => s.connection === 'online' && s.players.some(p => p.id === s.me)")
        .await?;
    tab.press(SPACE).await?;
    let state = tab
        .wait("a strike all the same", "s => s.strike_cooldown > 0 && s.sound.state === 'impossible'")
        .await?;
    assert_eq!(state["sound"]["started"], json!({}));
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fight_of_many_is_heard_over_the_music_and_never_by_more_voices_than_there_are()
-> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    tab.press(D).await?;
    tab.wait("the sound", "s => s.sound.state === 'running'").await?;
    let crowd = crowd::fighters(&server.socket_url(), (1..=12).map(|number| format!("Bot {number}")));
    tab.evaluate(
        "window.most = 0; setInterval(() => { window.most = Math.max(window.most, window.hotswap.state().sound.playing); }, 20)",
    )
    .await?;
    let heard = "s => ['swing', 'hit', 'fall', 'respawn'].every(kind => s.sound.started[kind] > 0) && s.sound.notes > 8";
    tab.wait("a fight to be heard", heard).await?;
    let most = tab.evaluate("window.most").await?.as_u64().unwrap();
    assert!(most >= 2 && most <= MAX_VOICES as u64, "{most} voices at once");
    // Other music, at once.
    for track in ["pulse", "storm"] {
        let notes = tab.state().await?["sound"]["notes"].as_u64().unwrap();
        tab.fill("#set-track", track).await?;
        tab.wait(track, &format!("s => s.sound.track === '{track}' && s.sound.notes > {notes} + 12")).await?;
    }
    drop(crowd);
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}
