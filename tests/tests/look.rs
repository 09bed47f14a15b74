//! What a person sees: a dense fight, death, the end of a round, on phones and large screens, with less motion, and all of
//! it by keyboard. The pictures that these tests keep are made to be looked at.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::{Value, json};
use tests::browser::{ENTER, SPACE, Tab, TestBrowser, one_at_a_time};
use tests::crowd;
use tests::process::Server;

/// Everybody enters near the middle, so that a crowd fights where the tab looks; few die.
const MELEE: &str =
    "const TUNING = #{ spawn_min_x: 560.0, spawn_max_x: 1040.0, spawn_min_y: 330.0, spawn_max_y: 670.0,
    shield_duration: 0.4, strike_damage: 14.0 };";
/// One blow kills, everybody stands together, rounds are short.
const FRAGILE: &str = "const TUNING = #{ spawn_min_x: 780.0, spawn_max_x: 840.0, spawn_min_y: 480.0, spawn_max_y: 520.0,
    shield_duration: 0.0, strike_damage: 100.0, respawn_delay: 4.0, round_duration: 20.0, round_pause: 6.0 };";

/// Parts of the display that must not lie on each other while all is well.
const PLATES: &str = "['#menu-button', '#round', '#scoreboard', '#vitals', '#status', '#minimap']";

async fn some_frames(tab: &Tab) -> anyhow::Result<Value> {
    let frames = tab.state().await?["frames"].as_u64().unwrap();
    tab.wait("some frames", &format!("s => s.frames > {frames} + 5")).await
}

/// No plate covers another one or leaves the page, and none cuts its text off.
async fn assert_tidy(tab: &Tab, what: &str) -> anyhow::Result<()> {
    let untidy = tab
        .evaluate(&format!(
            "(() => {{
                const found = [];
                const shown = {PLATES}.map(s => [s, document.querySelector(s)]).filter(([, e]) => e.checkVisibility());
                const boxes = shown.map(([s, e]) => [s, e.getBoundingClientRect()]);
                for (const [s, r] of boxes)
                    if (r.left < -1 || r.top < -1 || r.right > innerWidth + 1 || r.bottom > innerHeight + 1)
                        found.push(s + ' leaves the page');
                boxes.forEach(([s, a], i) => boxes.slice(i + 1).forEach(([t, b]) => {{
                    if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
                        found.push(s + ' and ' + t + ' overlap');
                }}));
                for (const s of ['#round-clock', '#round-label', '#status-ping', '#status-rules', '#hp-text']) {{
                    const e = document.querySelector(s);
                    if (e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
                        found.push(s + ' is cut');
                }}
                return found;
            }})()"
        ))
        .await?;
    assert_eq!(untidy, json!([]), "{what}");
    Ok(())
}

/// Nothing that stays lies on the canvas in which the fight is drawn.
async fn assert_nothing_covers_the_fight(tab: &Tab, what: &str) -> anyhow::Result<()> {
    let covering = tab
        .evaluate(&format!(
            "(() => {{
                const game = document.querySelector('#game').getBoundingClientRect();
                return {PLATES}.concat(['#touch']).filter(s => {{
                    const e = document.querySelector(s), parts = s === '#touch' ? [...e.children] : [e];
                    return parts.some(part => {{
                        const r = part.getBoundingClientRect();
                        return part.checkVisibility() && r.width > 0 && r.left < game.right - 1 && game.left < r.right - 1
                            && r.top < game.bottom - 1 && game.top < r.bottom - 1;
                    }});
                }});
            }})()"
        ))
        .await?;
    assert_eq!(covering, json!([]), "{what}");
    Ok(())
}

/// What is to be seen and used, but has no name to be read aloud.
const UNNAMED: &str = "[...document.querySelectorAll('button, input, canvas, [role=progressbar]')].filter(e => \
     e.checkVisibility() && !e.closest('[aria-hidden=true]') && !(e.innerText?.trim() || e.getAttribute('aria-label') || e.labels?.length \
       || e.getAttribute('aria-labelledby'))).map(e => e.id || e.outerHTML)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dense_fight_is_readable_on_a_laptop_and_fills_a_large_screen() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    server.publish(MELEE, "melee").await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    let _crowd = crowd::fighting(server.address, 23)?;
    tab.wait("the crowd", "s => s.players.length === 24").await?;
    tab.wait("blows", "s => s.players.filter(p => p.alive && p.hp < 100).length > 8").await?;
    tab.wait("to be alive", "s => s.players.find(p => p.id === s.me).alive").await?;
    tab.screenshot("look-dense").await?;
    assert_tidy(&tab, "1280 x 800").await?;
    tab.resize(2560, 1440).await?;
    some_frames(&tab).await?;
    tab.wait("to be alive", "s => s.players.find(p => p.id === s.me).alive").await?;
    tab.screenshot("look-2560").await?;
    assert_tidy(&tab, "2560 x 1440").await?;
    tab.resize(1024, 640).await?;
    some_frames(&tab).await?;
    tab.screenshot("look-1024").await?;
    assert_tidy(&tab, "1024 x 640").await?;
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn death_and_the_end_of_a_round_are_told_to_eyes_and_ears() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    server.publish(FRAGILE, "fragile").await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    let _crowd = crowd::fighting(server.address, 6)?;
    tab.wait("to be knocked out", "s => s.players.find(p => p.id === s.me)?.deaths > 0").await?;
    tab.wait_until(
        "who did it, in sight and in the live region",
        "/^Knocked out by Crowd|^Knocked out/.test(document.querySelector('#respawn-title').innerText) \
         && document.querySelector('#announcer').innerText.startsWith('Knocked out') \
         && document.querySelector('#respawn').checkVisibility()",
    )
    .await?;
    tab.screenshot("look-death").await?;
    tab.wait("the end of the round", "s => s.round?.phase === 'over'").await?;
    tab.wait_until(
        "the winner, in sight and in the live region",
        "document.querySelector('#banner').checkVisibility() \
         && /wins? the round|Nobody scored/.test(document.querySelector('#banner-title').innerText.toLowerCase() \
            .replace('nobody', 'Nobody')) \
         && document.querySelector('#announcer').innerText.toLowerCase() \
            .startsWith(document.querySelector('#banner-title').innerText.toLowerCase())",
    )
    .await?;
    tab.wait_until("it to stand", "getComputedStyle(document.querySelector('#banner')).opacity === '1'")
        .await?;
    tab.screenshot("look-round-end").await?;
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_covers_the_fight_on_a_phone_however_it_is_held() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    server.publish(MELEE, "melee").await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    let _crowd = crowd::fighting(server.address, 11)?;
    tab.wait("the crowd", "s => s.players.length === 12").await?;
    // A finger was used last.
    tab.evaluate(
        "window.dispatchEvent(new PointerEvent('pointerdown', { pointerType: 'touch', bubbles: true }))",
    )
    .await?;
    for (width, height) in [(390, 844), (844, 390)] {
        let what = format!("{width} x {height}");
        tab.resize(width, height).await?;
        tab.wait_until("the canvas to follow", "document.querySelector('#game').clientWidth <= innerWidth")
            .await?;
        some_frames(&tab).await?;
        tab.wait("to be alive", "s => s.players.find(p => p.id === s.me).alive").await?;
        tab.screenshot(&format!("look-{width}x{height}")).await?;
        assert_tidy(&tab, &what).await?;
        assert_nothing_covers_the_fight(&tab, &what).await?;
    }
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_opening_to_fighting_one_key_is_enough_and_the_mouse_is_never_needed() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.open(&server.url("/")).await?;
    tab.wait_until(
        "the title, ready to type a name",
        "document.querySelector('#title').checkVisibility() && document.activeElement.id === 'name' \
         && !document.querySelector('#boot').checkVisibility()",
    )
    .await?;
    tab.wait("the fight behind it", "s => s.frames > 90").await?;
    tab.screenshot("title").await?;
    assert_eq!(
        tab.evaluate(UNNAMED).await?,
        json!([]),
        "everything at the title has a name to be read aloud"
    );
    tab.press(ENTER).await?;
    tab.wait("to be in the fight", "s => s.connection === 'online' && s.players.some(p => p.id === s.me)")
        .await?;
    assert_eq!(tab.evaluate(UNNAMED).await?, json!([]), "and everything in the fight");
    tab.press(SPACE).await?;
    tab.wait("a strike", "s => s.strike_cooldown > 0").await?;
    tab.wait_until(
        "a dial that shows it",
        "parseFloat(document.querySelector('#pip-strike').style.getPropertyValue('--share')) < 1",
    )
    .await?;
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_less_motion_gets_a_still_view_and_the_same_news() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    server.publish(MELEE, "melee").await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.open("about:blank").await?;
    tab.prefer_reduced_motion().await?;
    tab.go_to(&server.url("/?name=Ada&autoplay=1")).await?;
    tab.wait("to be in the fight", "s => s.connection === 'online' && s.players.some(p => p.id === s.me)")
        .await?;
    let _crowd = crowd::fighting(server.address, 15)?;
    // Whatever moves the view counts as motion: with nobody at the keys only shaking could. The display stands still too.
    tab.wait("blows against us", "s => s.players.find(p => p.id === s.me).hp < 100").await?;
    let moving = tab
        .evaluate("document.getAnimations().filter(a => a.effect.getComputedTiming().duration > 1).length")
        .await?;
    assert_eq!(moving, json!(0), "nothing on the page is animated");
    let shaken = tab.state().await?["shaken"].clone();
    assert_eq!(shaken, json!(false), "the view never shakes");
    tab.screenshot("look-reduced-motion").await?;
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_game_can_be_installed_and_a_link_to_it_has_a_picture() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.open(&server.url("/")).await?;
    tab.wait_until("the title", "document.body.dataset.connection === 'title'").await?;
    assert_eq!(tab.not_installable_because().await?, Vec::<String>::new());

    let picture = tab
        .evaluate(
            "(async () => {
                const image = new Image();
                image.src = document.querySelector('meta[property=\"og:image\"]').content;
                await image.decode();
                return [image.naturalWidth, image.naturalHeight];
            })()",
        )
        .await?;
    assert_eq!(picture, json!([1200, 630]));
    browser.close().await
}
