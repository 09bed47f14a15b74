//! Decency in real tabs: hostile text is text, who is removed is told, players vote, and a chosen look is seen by others.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::{Value, json};
use tests::browser::{DOWN, Key, Tab, TestBrowser, one_at_a_time};
use tests::control_room;
use tests::process::{Server, ServerOptions};

const Y: Key = Key { code: "KeyY", key: "y", number: 89, text: "y" };

async fn start() -> anyhow::Result<Server> {
    Server::start().await
}

/// Another player, who speaks JSON through a socket of this tab; gives its id.
async fn raw_player(tab: &Tab, name: &str) -> anyhow::Result<Value> {
    let hello = json!({ "type": "hello", "protocol": 1, "name": name });
    tab.evaluate(&format!(
        "new Promise(done => {{ const socket = new WebSocket(`ws://${{location.host}}/ws`, 'hotswap.v1.json'); \
         (window.raw ??= []).push(socket); socket.onopen = () => socket.send(JSON.stringify({hello})); \
         socket.onmessage = message => {{ const said = JSON.parse(message.data); \
         if (said.type === 'welcome') done(said.player); }}; }})"
    ))
    .await
}

async fn raw_say(tab: &Tab, text: &str) -> anyhow::Result<()> {
    let chat = json!({ "type": "chat", "text": text });
    tab.evaluate(&format!("window.raw.at(-1).send(JSON.stringify({chat}))")).await?;
    Ok(())
}

/// Elements of lists of others' texts that only markup could have made, and texts that stick out of their places.
const BROKEN: &str = "[...document.querySelectorAll('#feed *, #chat-log *, #scores *')] \
    .filter(e => !['LI', 'B', 'SPAN', 'EM', 'I', 'TR', 'TD'].includes(e.tagName) || e.attributes.onerror || e.attributes.href) \
    .map(e => e.outerHTML).concat([...document.querySelectorAll('#chat-log li, #feed li, #scoreboard')] \
    .filter(e => { const r = e.getBoundingClientRect(); return r.width > 0 && (r.right > innerWidth || r.left < 0); }) \
    .map(e => e.className + e.textContent)) \
    .concat(document.documentElement.scrollWidth > innerWidth ? ['the page is wider than the screen'] : []) \
    .concat(window.hit ? ['a script ran'] : [])";

/// Waits until this tab's player is removed, and gives what the card says.
async fn removed(tab: &Tab) -> anyhow::Result<String> {
    tab.wait("to be removed", "s => s.connection === 'closed'").await?;
    tab.wait_until("the card", "document.querySelector('#connection').checkVisibility()").await?;
    let words = tab.evaluate("document.querySelector('#connection').innerText").await?;
    Ok(words.as_str().unwrap().to_owned())
}

/// Does something to a player from the admin tab.
async fn moderate(admin: &Tab, player: &Value, reason: &str, button: &str) -> anyhow::Result<()> {
    admin.show().await?;
    let row = format!("#clients tr[data-player=\"{player}\"] .act button");
    admin.wait_until("the player's row", &format!("document.querySelector('{row}')")).await?;
    admin.evaluate(&format!("document.querySelector('{row}').click()")).await?;
    admin.wait_until("the window", "document.querySelector('#moderation-reason')").await?;
    admin.fill("#moderation-reason", reason).await?;
    let found = format!(
        "[...document.querySelectorAll('.moderate .acts button')].find(b => b.textContent === '{button}')"
    );
    admin.evaluate(&format!("{found}.click()")).await?;
    admin.wait_until("it to be done", "!document.querySelector('#view').open").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_names_and_lines_are_shown_as_text_and_break_nothing() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = start().await?;
    let browser = TestBrowser::launch().await?;
    let ada = browser.play(&server.url("/"), "Ada").await?;
    let wide = "\u{fdfd}".repeat(20);
    let tower = format!("Z{}", "\u{0336}\u{0489}\u{036f}".repeat(60));
    let names = [
        "<script>hit=1</script",
        "<img src=x onerror=1",
        "javascript:hit=1",
        "\u{202e}drowssap",
        &wide,
        &tower,
    ];
    let lines = [
        "<script>window.hit = 1</script>",
        "<img src=x onerror='window.hit = 1'><svg onload='window.hit = 1'>",
        "[link](javascript:window.hit=1) <a href='javascript:window.hit=1'>x</a>",
        "\u{202e}txet desrever \u{2066}and an isolate",
        &"W".repeat(200),
        &format!("tower {}", "\u{0336}\u{0489}\u{036f}\u{0310}".repeat(45)),
    ];
    for (name, line) in names.iter().zip(lines) {
        raw_player(&ada, name).await?;
        raw_say(&ada, line).await?;
    }
    ada.wait_until("every line", "document.querySelectorAll('#chat-log li').length >= 6").await?;
    ada.wait_until(
        "the first line as it was typed",
        "document.querySelector('#chat-log').textContent.includes('<script>window.hit = 1</script>')",
    )
    .await?;
    ada.screenshot("hostile text").await?;
    assert_eq!(ada.evaluate(BROKEN).await?, json!([]));
    assert_eq!(ada.evaluate("document.querySelectorAll('#scores tr').length").await?, json!(7));
    let reversed = "[...document.querySelectorAll('#scores, #chat-log')].some(e => /[\\u202a-\\u202e\\u2066-\\u2069]/.test(e.textContent))";
    assert_eq!(ada.evaluate(reversed).await?, json!(false), "no direction is overridden");
    ada.resize(390, 844).await?;
    ada.screenshot("hostile text on a phone").await?;
    assert_eq!(ada.evaluate(BROKEN).await?, json!([]));

    // The admin tab shows the same people, and a reason with tags in its audit log.
    let admin = control_room::open(&browser, &server).await?;
    let state = ada.state().await?;
    let players = state["players"].as_array().unwrap();
    let scripted =
        players.iter().find(|player| player["name"].as_str().unwrap().starts_with("<script")).unwrap();
    moderate(&admin, &scripted["id"], "<b>Tags</b> <img src=x onerror=hit=1>", "Mute").await?;
    admin.click("#who").await?;
    admin.click("#open-audit").await?;
    admin.wait_until("the row", "document.querySelector('#audit-table tr[data-action=mute]')").await?;
    admin.screenshot("hostile text in the audit log").await?;
    let made = "document.querySelectorAll('#clients img, #clients script, #audit-table img, #audit-table script, #audit-table td b b').length";
    assert_eq!(admin.evaluate(made).await?, json!(0));
    assert_eq!(admin.evaluate("window.hit ?? null").await?, Value::Null);
    for tab in [&ada, &admin] {
        assert_eq!(tab.exceptions(), Vec::<String>::new());
    }
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_kicked_or_banned_from_the_admin_tab_reads_why_and_stays_away() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = start().await?;
    let browser = TestBrowser::launch().await?;
    let bob = browser.play(&server.url("/"), "Bob").await?;
    let id = bob.state().await?["me"].clone();
    let admin = control_room::open(&browser, &server).await?;
    moderate(&admin, &id, "Blocks the door", "Kick").await?;
    bob.show().await?;
    let card = removed(&bob).await?;
    assert!(card.contains("Blocks the door") && card.contains("now"), "{card}");
    bob.screenshot("kicked").await?;
    bob.click("#retry").await?;
    bob.wait("to be back as the same player", &format!("s => s.connection === 'online' && s.me === {id}"))
        .await?;

    moderate(&admin, &id, "Insults", "Mute").await?;
    bob.show().await?;
    bob.wait_until("to be told", "document.querySelector('#toast').innerText.includes('60 minutes')").await?;
    admin.show().await?;
    admin.click("#who").await?;
    admin.click("#open-moderation").await?;
    admin.wait_until("the mute", "document.querySelector('#sanctions tr[data-kind=mute]')").await?;
    admin.screenshot("moderation").await?;
    admin.evaluate("document.querySelector('#view').close()").await?;

    moderate(&admin, &id, "Cheating", "Ban").await?;
    bob.show().await?;
    let card = removed(&bob).await?;
    assert!(card.contains("Cheating") && card.contains("60 minutes"), "{card}");
    bob.resize(390, 844).await?;
    bob.screenshot("banned on a phone").await?;
    let again = browser.open(&server.url("/?name=Bob&autoplay=1")).await?;
    let card = removed(&again).await?;
    assert!(card.contains("Cheating"), "the next tab of the browser is told, too: {card}");
    for tab in [&bob, &again, &admin] {
        assert_eq!(tab.exceptions(), Vec::<String>::new());
    }
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_of_three_players_vote_the_third_out() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = start().await?;
    let browser = TestBrowser::launch().await?;
    let ada = browser.play(&server.url("/"), "Ada").await?;
    let bob = browser.play(&server.url("/"), "Bob").await?;
    let eve = browser.play(&server.url("/"), "Eve").await?;
    let eve_id = eve.state().await?["me"].clone();

    ada.show().await?;
    ada.wait("everybody", "s => s.players.filter(p => !p.bot).length === 3").await?;
    ada.click("#menu-button").await?;
    ada.click("#people-button").await?;
    ada.wait_until("the list", "document.querySelectorAll('#people-list li').length === 2").await?;
    ada.screenshot("people").await?;
    let row = format!("#people-list li[data-player=\"{eve_id}\"]");
    ada.click(&format!("{row} [data-do=mute]")).await?;
    ada.wait_until("the mute", &format!("document.querySelector('{row} [aria-pressed=true]')")).await?;
    ada.click(&format!("{row} [data-do=vote]")).await?;

    let open = "document.querySelector('#kick-vote').checkVisibility()";
    bob.show().await?;
    bob.wait_until("the question", open).await?;
    bob.screenshot("vote").await?;
    eve.show().await?;
    eve.wait_until("to be told", open).await?;
    let buttons = "document.querySelector('#kick-buttons').checkVisibility()";
    assert_eq!(eve.evaluate(buttons).await?, json!(false), "whom it is about has no vote");
    bob.show().await?;
    bob.press(Y).await?;
    bob.wait_until("the vote to be over", &format!("!({open})")).await?;
    eve.show().await?;
    let card = removed(&eve).await?;
    assert!(card.contains("voted") && card.contains("10 minutes"), "{card}");
    eve.screenshot("voted out").await?;
    ada.show().await?;
    ada.wait("Eve to be gone", &format!("s => !s.players.some(p => p.id === {eve_id})")).await?;
    for tab in [&ada, &bob, &eve] {
        assert_eq!(tab.exceptions(), Vec::<String>::new());
    }
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_that_was_chosen_by_keyboard_is_seen_in_another_tab_and_remembered() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = start().await?;
    let browser = TestBrowser::launch().await?;
    let ada = browser.open(&server.url("/")).await?;
    ada.wait("the title", "s => s.connection === 'title' && s.frames > 5").await?;
    ada.fill("#name", "Ada").await?;
    ada.click("#skins label:nth-of-type(4)").await?;
    ada.press(DOWN).await?;
    ada.wait_until("the fifth look", "document.querySelector('#skins :checked').value === '4'").await?;
    ada.screenshot("looks").await?;
    ada.resize(390, 844).await?;
    ada.screenshot("looks on a phone").await?;
    ada.resize(1280, 800).await?;
    ada.click("#play").await?;
    ada.wait(
        "to be in the fight",
        "s => s.connection === 'online' && s.players.some(p => p.id === s.me && p.skin === 4)",
    )
    .await?;
    let id = ada.state().await?["me"].clone();
    let bob = browser.play(&server.url("/"), "Bob").await?;
    bob.wait("Ada in her look", &format!("s => s.players.some(p => p.id === {id} && p.skin === 4)")).await?;
    bob.screenshot("a chosen look in another tab").await?;
    let next = browser.open(&server.url("/")).await?;
    next.wait_until("the look to be remembered", "document.querySelector('#skins :checked').value === '4'")
        .await?;
    for tab in [&ada, &bob, &next] {
        assert_eq!(tab.exceptions(), Vec::<String>::new());
    }
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bots_are_marked_and_read_aloud_as_bots() -> anyhow::Result<()> {
    let flags = vec!["--bots".to_owned(), "4".to_owned()];
    let _turn = one_at_a_time().await;
    let server = Server::start_with(ServerOptions { flags, ..ServerOptions::default() }).await?;
    let browser = TestBrowser::launch().await?;
    let ada = browser.play(&server.url("/"), "Ada").await?;
    ada.wait("bots", "s => s.players.filter(p => p.bot).length >= 3").await?;
    let marks = "[...document.querySelectorAll('#scores tr')].map(row => [Number(row.dataset.player) >= 2 ** 31, \
        row.querySelector('.icon.bot').checkVisibility(), row.querySelector('.icon.bot').getAttribute('aria-label')])";
    ada.wait_until("rows of bots", &format!("{marks}.filter(([bot]) => bot).length >= 3")).await?;
    let rows = ada.evaluate(marks).await?;
    for row in rows.as_array().unwrap() {
        assert_eq!(row[0], row[1], "{rows}");
        assert_eq!(row[2], "bot");
    }
    ada.screenshot("bots").await?;
    assert_eq!(ada.exceptions(), Vec::<String>::new());
    browser.close().await
}
