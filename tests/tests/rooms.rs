//! Private rooms by link, the list of rooms, looking on, and the line in front of a full server, in a real browser.

use anyhow::{Context, ensure};
use client_core::protocol::Encoding;
use serde_json::Value;
use swarm::Bot;
use tests::CLOSE_QUARTERS;
use tests::browser::{A, D, ENTER, SPACE, Tab, TestBrowser, one_at_a_time};
use tests::process::{Server, ServerOptions};
use tests::relay::Relay;

const TITLE: &str = "document.querySelector('#title:not([hidden])')";
const IN_FIGHT: &str = "s => s.connection === 'online' && s.players.some(p => p.id === s.me)";

async fn server(flags: &[&str]) -> anyhow::Result<Server> {
    let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
    Server::start_with(ServerOptions { flags, ..ServerOptions::default() }).await
}

async fn title(browser: &TestBrowser, url: &str, name: &str) -> anyhow::Result<Tab> {
    let tab = browser.open(url).await?;
    tab.resize(1280, 800).await?;
    tab.wait_until("the title", TITLE).await?;
    tab.fill("#name", name).await?;
    Ok(tab)
}

/// Pictures of the page on a laptop and on a phone.
async fn pictures(tab: &Tab, name: &str) -> anyhow::Result<()> {
    tab.show().await?;
    for (width, height, device) in [(390, 844, "phone"), (1280, 800, "laptop")] {
        tab.resize(width, height).await?;
        let frames = tab.state().await?["frames"].clone();
        tab.wait("some frames", &format!("s => s.frames > {frames} + 12")).await?;
        tab.screenshot(&format!("rooms {name} {device}")).await?;
    }
    Ok(())
}

async fn bots(server: &Server, names: &[&str]) -> anyhow::Result<Vec<Bot>> {
    let mut bots = Vec::new();
    for name in names {
        let mut bot = Bot::connect(&server.socket_url(), name, Encoding::Binary);
        bot.wait_online().await?;
        bots.push(bot);
    }
    Ok(bots)
}

fn names(state: &Value) -> Vec<&str> {
    let players = state["players"].as_array().map(Vec::as_slice).unwrap_or_default();
    players.iter().filter_map(|player| player["name"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn friends_meet_by_the_link_to_a_private_room_and_strangers_do_not_see_them() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = server(&["--bots", "0"]).await?;
    let browser = TestBrowser::launch().await?;
    let ada = title(&browser, &server.url("/"), "Ada").await?;
    pictures(&ada, "title").await?;
    ada.click("#title-private").await?;
    let state = ada.wait("the private room", IN_FIGHT).await?;
    let code = state["room_code"].as_str().unwrap_or_default().to_owned();
    ensure!(code.len() == 9, "{state}");
    ada.wait_until("the address", &format!("location.search === '?room={code}'")).await?;

    ada.click("#menu-button").await?;
    ada.wait_until("the link", "document.querySelector('#menu-room:not([hidden])')").await?;
    let link = ada.evaluate("document.querySelector('#room-link').value").await?;
    ensure!(link == server.url(&format!("/?room={code}")).as_str(), "{link}");
    ada.click("#copy-link").await?;
    // A headless browser may refuse: then the link is selected, for the keys.
    ada.wait_until(
        "the copy",
        "document.querySelector('#copy-link').textContent === 'Copied' \
         || document.activeElement.id === 'room-link' && document.activeElement.selectionEnd > 10",
    )
    .await?;
    pictures(&ada, "link").await?;

    let grace = title(&browser, link.as_str().unwrap_or_default(), "Grace").await?;
    grace
        .wait_until(
            "the invitation",
            &format!("document.querySelector('#title-room').textContent.includes('{code}')"),
        )
        .await?;
    pictures(&grace, "invitation").await?;
    grace.click("#play").await?;
    let state = grace.wait("her friend", "s => s.players && s.players.length === 2 && s.me").await?;
    ensure!(state["room_code"] == code.as_str() && names(&state) == ["Ada", "Grace"], "{state}");

    let eve = browser.play(&server.url("/"), "Eve").await?;
    let state = eve.state().await?;
    ensure!(state["room"] == 1 && names(&state) == ["Eve"], "{state}");
    ensure!(eve.evaluate("location.search.includes('room')").await? == false);

    // Loading the page again comes back to the same place; leaving forgets it.
    let before = grace.state().await?;
    grace.show().await?;
    grace.reload().await?;
    let after = grace.wait("the way back", IN_FIGHT).await?;
    ensure!(after["me"] == before["me"] && after["room_code"] == before["room_code"], "{after}");
    grace.click("#menu-button").await?;
    grace.click("#leave").await?;
    grace.wait("the title", "s => s.connection === 'title'").await?;
    ensure!(grace.evaluate("location.search").await? == "", "the address still names the room");
    for tab in [&ada, &grace, &eve] {
        ensure!(tab.exceptions().is_empty(), "{:?}", tab.exceptions());
    }
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_counts_live_and_is_used_by_keyboard() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = server(&["--bots", "0", "--room-size", "2"]).await?;
    let mut bots = bots(&server, &["Bob", "Cy", "Dan"]).await?;
    let browser = TestBrowser::launch().await?;
    let tab = title(&browser, &server.url("/"), "Ada").await?;
    tab.evaluate("document.querySelector('#title-rooms').focus()").await?;
    tab.press(ENTER).await?;
    let row = |number: u32, people: &str| {
        format!(
            "[...document.querySelectorAll('.room')].some(r => \
             r.querySelector('.room-name').textContent === 'Room {number}' \
             && r.querySelector('.room-seats').textContent === '{people}')"
        )
    };
    tab.wait_until("the full room", &row(1, "2 / 2")).await?;
    tab.wait_until("the other room", &row(2, "1 / 2")).await?;
    let place = "(({ x, y, width, height }) => [x, y, width, height])\
                 (document.querySelector('#rooms').getBoundingClientRect())";
    let before = tab.evaluate(place).await?;
    let more = self::bots(&server, &["Eve", "Fay"]).await?;
    tab.wait_until("a third room", &row(3, "1 / 2")).await?;
    ensure!(tab.evaluate(place).await? == before, "the list moves under the pointer");
    drop(more);
    ensure!(tab.evaluate("document.querySelector('.room-join').disabled").await? == true);
    pictures(&tab, "list").await?;
    bots.remove(0).leave();
    tab.wait_until("the free seat", &row(1, "1 / 2")).await?;
    tab.evaluate("document.querySelector('[aria-label=\"Join room 1\"]').focus()").await?;
    tab.press(ENTER).await?;
    let state = tab.wait("room 1", IN_FIGHT).await?;
    ensure!(state["room"] == 1 && state["players"].as_array().is_some_and(|p| p.len() == 2), "{state}");

    // A room that is not there is said at the title, where others can be chosen.
    tab.go_to(&server.url("/?room=77")).await?;
    tab.wait_until("the title", TITLE).await?;
    tab.click("#play").await?;
    tab.wait_until(
        "the note",
        "document.querySelector('#title-note').textContent.includes('does not exist')",
    )
    .await?;
    ensure!(tab.exceptions().is_empty(), "{:?}", tab.exceptions());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_watches_looks_around_and_then_joins() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = server(&["--bots", "0"]).await?;
    let bots = bots(&server, &["Bo", "Maximiliana"]).await?;
    let browser = TestBrowser::launch().await?;
    let tab = title(&browser, &server.url("/"), "Ada").await?;
    tab.click("#title-watch").await?;
    let state = tab.wait("the fight", "s => s.watching && s.players.length === 2 && s.followed").await?;
    ensure!(state["me"].is_null(), "{state}");
    let name = state["players"]
        .as_array()
        .and_then(|players| players.iter().find(|player| player["id"] == state["followed"]))
        .and_then(|player| player["name"].as_str())
        .unwrap_or_default();
    tab.wait_until(
        "the name",
        &format!("document.querySelector('#spectate-name').textContent.includes('{name}')"),
    )
    .await?;
    ensure!(tab.evaluate("document.querySelector('#vitals').offsetWidth").await? == 0);
    pictures(&tab, "watching").await?;

    let first = &state["followed"];
    let arrow = "document.querySelector('#spectate-next').getBoundingClientRect().x";
    let before = tab.evaluate(arrow).await?;
    tab.click("#spectate-next").await?;
    tab.wait("the other one", &format!("s => s.followed && s.followed !== {first}")).await?;
    tab.wait_until(
        "the other name",
        &format!("!document.querySelector('#spectate-name').textContent.includes('{name}')"),
    )
    .await?;
    ensure!(tab.evaluate(arrow).await? == before, "the arrow moves under the pointer");
    tab.press(SPACE).await?;
    tab.wait("the first one again", &format!("s => s.followed === {first}")).await?;
    // Keys move the camera; it stays where it is then.
    tab.key_down(A).await?;
    tab.wait("the wall", "s => !s.followed && s.looks_at && s.looks_at[0] === 0").await?;
    tab.key_up(A).await?;
    tab.key_down(D).await?;
    tab.wait("the way back", "s => s.looks_at && s.looks_at[0] > 200").await?;
    tab.key_up(D).await?;
    // So does a finger that drags the picture: to the right, to see what is at the left.
    let from = tab.wait("the camera to rest", "s => s.looks_at && s.looks_at[0] > 200").await?;
    let x = from["looks_at"][0].as_f64().unwrap_or_default();
    tab.touch(&[(1, 500.0, 400.0)]).await?;
    tab.touch(&[(1, 560.0, 400.0)]).await?;
    tab.touch(&[(1, 600.0, 400.0)]).await?;
    tab.touch(&[]).await?;
    tab.wait("the camera to follow the finger", &format!("s => s.looks_at[0] < {x} - 40")).await?;
    // Loading the page again watches again.
    tab.reload().await?;
    tab.wait("the fight", "s => s.watching && s.players.length === 2").await?;

    tab.click("#spectate-join").await?;
    let state = tab.wait("the own body", IN_FIGHT).await?;
    ensure!(state["watching"] == false && state["room"] == 1, "{state}");
    tab.wait_until("the bar to go", "document.querySelector('#spectate').offsetWidth === 0").await?;
    drop(bots);
    ensure!(tab.exceptions().is_empty(), "{:?}", tab.exceptions());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_finger_of_a_watcher_follows_who_it_taps_and_leaves_the_camera_where_it_drags_it()
-> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = server(&["--bots", "0"]).await?;
    // Bob in the middle, Cy far from there.
    server.publish(CLOSE_QUARTERS, "middle").await?;
    let mut players = bots(&server, &["Bob"]).await?;
    server.publish(&CLOSE_QUARTERS.replace("800.0", "300.0"), "left").await?;
    players.extend(bots(&server, &["Cy"]).await?);
    let browser = TestBrowser::launch().await?;
    let tab = title(&browser, &server.url("/"), "Ada").await?;
    tab.click("#title-watch").await?;
    let state = tab.wait("the fight", "s => s.watching && s.players.length === 2 && s.followed").await?;
    let bob = state["players"].as_array().and_then(|players| players.iter().find(|p| p["name"] == "Bob"));
    let bob = bob.context("no Bob")?["id"].clone();
    if state["followed"] != bob {
        tab.click("#spectate-next").await?;
    }
    tab.wait("Bob in the middle", &format!("s => s.followed === {bob} && s.looks_at[0] === 800")).await?;

    // All of it on the right half, where fighters strike and dash.
    let followed = async || {
        let frames = tab.state().await?["frames"].clone();
        anyhow::Ok(
            tab.wait("some frames", &format!("s => s.frames > {frames} + 5")).await?["followed"].clone(),
        )
    };
    tab.touch(&[(1, 645.0, 400.0)]).await?;
    tab.touch(&[]).await?;
    let state = followed().await?;
    ensure!(state == bob, "a tap on Bob follows {state}");
    tab.touch(&[(1, 645.0, 400.0)]).await?;
    tab.touch(&[(1, 680.0, 400.0)]).await?;
    tab.touch(&[]).await?;
    let state = followed().await?;
    ensure!(state.is_null(), "a short drag follows {state}");
    tab.touch(&[(1, 680.0, 400.0)]).await?;
    tab.touch(&[]).await?;
    let state = followed().await?;
    ensure!(state == bob, "a tap on Bob follows {state}");
    drop(players);
    ensure!(tab.exceptions().is_empty(), "{:?}", tab.exceptions());
    browser.close().await
}

/// Says something, and waits until it is read.
async fn say(tab: &Tab, words: &str) -> anyhow::Result<()> {
    tab.press(ENTER).await?;
    tab.fill("#chat-input", words).await?;
    tab.press(ENTER).await?;
    tab.wait_until("the words", &format!("document.querySelector('#chat-log').innerText.includes('{words}')"))
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_in_a_room_is_read_in_no_other_one() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let first = server(&["--bots", "0"]).await?;
    let second = server(&["--bots", "0", "--room-size", "1"]).await?;
    let bob = bots(&second, &["Bob"]).await?;
    let relay = Relay::start(first.address, None).await?;
    let browser = TestBrowser::launch().await?;
    let tab = title(&browser, &format!("http://{}/", relay.address), "Ada").await?;
    tab.click("#title-private").await?;
    tab.wait("the private room", IN_FIGHT).await?;
    say(&tab, "between us").await?;
    // A lost line is no other room.
    tab.evaluate("document.querySelector('#lab-cut').click()").await?;
    tab.wait("to be back", "s => s.connection === 'online' && s.stats.reconnects === 1").await?;
    let read = "document.querySelector('#chat-log').textContent";
    let lines = tab.evaluate(read).await?;
    ensure!(lines.as_str().is_some_and(|lines| lines.contains("between us")), "{lines}");

    tab.click("#menu-button").await?;
    tab.click("#leave").await?;
    tab.wait("the title", "s => s.connection === 'title'").await?;
    tab.click("#play").await?;
    tab.wait("the public room", IN_FIGHT).await?;
    let lines = tab.evaluate(read).await?;
    ensure!(lines == "", "{lines}");

    // Another server knows nobody who comes back: it has a seat in another room only.
    say(&tab, "in room one").await?;
    relay.connect_to(second.address);
    drop(first);
    tab.wait("the other room", "s => s.connection === 'online' && s.room === 2").await?;
    tab.wait_until("an empty chat", &format!("{read} === ''")).await?;
    drop(bob);
    ensure!(tab.exceptions().is_empty(), "{:?}", tab.exceptions());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_server_says_the_place_in_line_and_lets_in_by_itself() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = server(&["--bots", "0", "--max-players", "1"]).await?;
    let mut bots = bots(&server, &["Bob"]).await?;
    let browser = TestBrowser::launch().await?;
    let line = |place: u32| {
        format!(
            "document.querySelector('#connection:not([hidden]) h2')?.textContent === 'Server full: place {place} in line' \
             && document.querySelector('#queue-status').textContent.includes('place {place}')"
        )
    };
    let ada = title(&browser, &server.url("/"), "Ada").await?;
    ada.click("#play").await?;
    ada.wait_until("her place", &line(1)).await?;
    let grace = title(&browser, &server.url("/"), "Grace").await?;
    grace.click("#play").await?;
    grace.wait_until("her place", &line(2)).await?;
    pictures(&grace, "line").await?;
    // She practises meanwhile.
    grace.click("#practice-meanwhile").await?;
    grace.wait("the practice", "s => s.connection === 'practice' && s.players.length === 4").await?;

    ada.show().await?;
    bots.remove(0).leave();
    ada.wait("her turn", IN_FIGHT).await?;
    grace.show().await?;
    grace
        .wait_until(
            "the first place",
            "document.querySelector('#queue-status').textContent.includes('place 1')",
        )
        .await?;
    ada.show().await?;
    ada.click("#menu-button").await?;
    ada.click("#leave").await?;
    grace.show().await?;
    let state = grace.wait("her turn", IN_FIGHT).await?;
    ensure!(names(&state) == ["Grace"], "{state}");
    for tab in [&ada, &grace] {
        ensure!(tab.exceptions().is_empty(), "{:?}", tab.exceptions());
    }
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_dead_look_at_who_did_it_until_they_are_back() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = server(&["--bots", "4", "--bot-skill", "hard"]).await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    tab.wait("the death", "s => s.respawn_seconds > 0 && s.followed && s.followed !== s.me").await?;
    tab.screenshot("rooms dead").await?;
    tab.wait("the respawn", "s => s.players.some(p => p.id === s.me && p.alive) && !s.followed").await?;
    ensure!(tab.evaluate("document.querySelector('#spectate').offsetWidth").await? == 0);
    ensure!(tab.exceptions().is_empty(), "{:?}", tab.exceptions());
    browser.close().await
}
