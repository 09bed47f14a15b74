//! Teams, the end of a round, and leaderboards, as a person sees them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::{Value, json};
use tests::browser::{ENTER, RIGHT, SPACE, Tab, TestBrowser, one_at_a_time};
use tests::crowd;
use tests::process::{Server, ServerOptions};

/// All are in sight of each other; a strike reaches everybody and takes a little.
const TOGETHER: &str = "const TUNING = #{ teams: 2, arena_width: 700.0, arena_height: 440.0,
    shield_duration: 0.0, strike_damage: 5.0, strike_range: 2000.0, strike_knockback: 0.0 };";
/// One blow kills, everybody stands together, rounds are short and pauses long enough to look around.
const FRAGILE: &str = "const TUNING = #{ spawn_min_x: 760.0, spawn_max_x: 860.0, spawn_min_y: 450.0, spawn_max_y: 550.0,
    shield_duration: 0.0, strike_damage: 100.0, respawn_delay: 1.0, round_duration: 15.0, round_pause: 20.0 };";

/// Marks of both teams that are painted on the canvas: pixels of their colours.
const PAINTED: &str = "(() => {
    const canvas = document.querySelector('#game');
    const copy = document.createElement('canvas');
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const context = copy.getContext('2d');
    context.drawImage(canvas, 0, 0);
    const data = context.getImageData(0, 0, copy.width, copy.height).data;
    const near = (i, [r, g, b]) =>
        Math.abs(data[i] - r) < 6 && Math.abs(data[i + 1] - g) < 6 && Math.abs(data[i + 2] - b) < 6;
    const count = [0, 0];
    for (let i = 0; i < data.length; i += 4)
        [[70, 160, 255], [255, 152, 40]].forEach((colour, team) => { if (near(i, colour)) count[team] += 1; });
    return count;
})()";

/// What is shown that way: the text of an element that can be seen, or nothing.
fn seen(selector: &str) -> String {
    format!("(e => e?.checkVisibility() ? e.innerText : '')(document.querySelector('{selector}'))")
}

fn player<'a>(state: &'a Value, name: &str) -> &'a Value {
    state["players"].as_array().unwrap().iter().find(|player| player["name"] == name).unwrap()
}

async fn some_frames(tab: &Tab) -> anyhow::Result<Value> {
    let frames = tab.state().await?["frames"].as_u64().unwrap();
    tab.wait("some frames", &format!("s => s.frames > {frames} + 8")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publish_makes_two_teams_that_are_told_apart_and_mates_are_not_hurt() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    // One who stands still is there first, so that the two tabs are on one team.
    let _still = crowd::idle(server.address, 1, 0.0)?;
    let bea = browser.play(&server.url("/"), "Bea").await?;
    bea.wait("the first one", "s => s.players.length === 2").await?;
    let ada = browser.play(&server.url("/"), "Ada").await?;
    ada.wait("all three", "s => s.players.length === 3").await?;
    some_frames(&ada).await?;
    let before = ada.evaluate(PAINTED).await?;
    server.publish(TOGETHER, "teams").await?;
    let state = ada.wait("the deal", "s => s.players.every(p => p.team > 0)").await?;
    let still =
        state["players"].as_array().unwrap().iter().min_by_key(|player| player["id"].as_u64()).unwrap();
    let team = player(&state, "Ada")["team"].clone();
    assert_eq!(player(&state, "Bea")["team"], team, "{state}");
    assert_ne!(still["team"], team, "{state}");
    bea.wait(
        "the same deal in the other tab",
        &format!("s => s.players.filter(p => p.team === {team}).length === 2"),
    )
    .await?;
    ada.wait_until("the own team in words", &format!("/You fight for/.test({})", seen("#toast"))).await?;
    ada.wait_until("both scores", &format!("{} !== ''", seen("#team-score"))).await?;
    some_frames(&ada).await?;
    let painted = ada.evaluate(PAINTED).await?;
    for index in 0..2 {
        let (was, is) = (before[index].as_i64().unwrap(), painted[index].as_i64().unwrap());
        assert!(is > was + 60, "team {} is marked in its colour: {was}, then {is} pixels", index + 1);
    }
    ada.screenshot("rounds-teams").await?;

    // All three are in reach of each other; only the foe is hurt.
    let (foe, mate) = (still["id"].clone(), player(&state, "Bea")["id"].clone());
    let hurt = format!("(s => s.players.find(p => p.id === {foe}).hp <= 85)(hotswap.state())");
    ada.evaluate("document.activeElement?.blur()").await?;
    for _ in 0..60 {
        ada.press(SPACE).await?;
        some_frames(&ada).await?;
        if ada.evaluate(&hurt).await? == json!(true) {
            break;
        }
    }
    let state = ada.state().await?;
    assert!(player_by(&state, &foe)["hp"].as_i64().unwrap() <= 85, "the foe was struck: {state}");
    assert_eq!(player_by(&state, &mate)["hp"], 100, "and the mate beside it was not");
    assert_eq!(ada.exceptions(), Vec::<String>::new());
    assert_eq!(bea.exceptions(), Vec::<String>::new());
    browser.close().await
}

fn player_by<'a>(state: &'a Value, id: &Value) -> &'a Value {
    state["players"].as_array().unwrap().iter().find(|player| player["id"] == *id).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_ends_with_a_podium_and_is_on_the_leaderboards() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    server.publish(FRAGILE, "fragile").await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    let _crowd = crowd::fighting(server.address, 6)?;
    tab.wait("the crowd", "s => s.players.length === 7").await?;
    let has_killed = "(s => s.players.find(p => p.id === s.me)?.kills > 0)(hotswap.state())";
    for _ in 0..200 {
        tab.press(SPACE).await?;
        some_frames(&tab).await?;
        if tab.evaluate(has_killed).await? == json!(true) {
            break;
        }
    }
    assert_eq!(tab.evaluate(has_killed).await?, json!(true), "somebody was knocked out");
    tab.wait("the end of the round", "s => s.round?.phase === 'over'").await?;
    tab.wait_until(
        "the podium, with the best in the middle",
        "(() => {
            const steps = [...document.querySelectorAll('#podium-steps li')];
            const [first, second] = steps.map(e => e.getBoundingClientRect());
            return document.querySelector('#podium').checkVisibility() && steps.length === 3
                && first.left > second.left && first.top < second.top
                && steps.every(e => e.querySelector('b').innerText && e.querySelector('canvas.avatar').width > 0)
                && document.querySelectorAll('#podium-moments li').length >= 2;
        })()",
    )
    .await?;
    tab.wait_until(
        "the same in the live region",
        "/round\\. 1\\. .+: \\d+ points?\\. 2\\. .+Most damage/.test(document.querySelector('#announcer').innerText)",
    )
    .await?;
    tab.wait_until("it to stand", "document.getAnimations().every(a => a.playState !== 'running' || a.effect.getTiming().iterations === Infinity)").await?;
    tab.screenshot("rounds-podium").await?;
    let through = "getComputedStyle(document.querySelector('#podium')).pointerEvents";
    assert_eq!(tab.evaluate(through).await?, "none", "whoever wants to play on strikes through it");
    tab.resize(390, 844).await?;
    some_frames(&tab).await?;
    tab.screenshot("rounds-podium-phone").await?;
    let cut = "[...document.querySelectorAll('#podium li')].filter(e => { const r = e.getBoundingClientRect(); \
               return r.left < 0 || r.right > innerWidth; }).length";
    assert_eq!(tab.evaluate(cut).await?, 0, "nothing of it leaves the phone");
    tab.resize(1280, 800).await?;

    tab.click("#menu-button").await?;
    tab.evaluate("document.querySelector('#boards-button').focus()").await?;
    tab.press(ENTER).await?;
    tab.wait_until(
        "the board of today, with the own row",
        "document.querySelector('#boards').open && document.querySelector('#boards-rows tr.me th')?.innerText === 'Ada' \
         && /^You: place \\d+; knock-outs \\d+/.test(document.querySelector('#boards-you').innerText)",
    )
    .await?;
    tab.screenshot("rounds-boards").await?;
    tab.evaluate("document.querySelector('#boards-day').focus()").await?;
    tab.press(RIGHT).await?;
    tab.wait_until(
        "the board of all time, by keyboard",
        "document.activeElement.id === 'boards-all' && document.activeElement.ariaSelected === 'true' \
         && document.querySelectorAll('#boards-rows tr').length > 1",
    )
    .await?;
    let fields = "[...document.querySelectorAll('#boards tbody .kills')].map(e => Number(e.innerText))";
    let kills: Vec<i64> = serde_json::from_value(tab.evaluate(fields).await?)?;
    assert!(kills.is_sorted_by(|a, b| a >= b), "the best come first: {kills:?}");
    tab.resize(390, 844).await?;
    some_frames(&tab).await?;
    tab.screenshot("rounds-boards-phone").await?;
    tab.resize(1280, 800).await?;
    tab.evaluate("document.querySelector('#boards-close').click()").await?;
    tab.wait("the next round", "s => s.round?.phase === 'playing'").await?;
    tab.wait_until("the podium to be gone", "!document.querySelector('#podium').checkVisibility()").await?;
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bots_fight_in_even_teams_on_laptops_and_phones() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let flags = vec!["--bots".to_owned(), "8".to_owned()];
    let server = Server::start_with(ServerOptions { flags, ..ServerOptions::default() }).await?;
    server.publish(hotlogic::shipped::TEAMS, "teams").await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    tab.wait(
        "even teams",
        "s => s.players.length === 8 && [1, 2].every(t => s.players.filter(p => p.team === t).length === 4)",
    )
    .await?;
    tab.wait("a point", "s => s.players.some(p => p.score > 0)").await?;
    tab.wait_until(
        "the scores by team",
        "[...document.querySelectorAll('#scores tr.team .name')].map(e => e.innerText).sort().join() === 'Blue,Orange'",
    )
    .await?;
    tab.screenshot("rounds-bots").await?;
    tab.resize(390, 844).await?;
    some_frames(&tab).await?;
    tab.screenshot("rounds-bots-phone").await?;
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}
