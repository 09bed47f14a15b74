//! Votes between rounds in real tabs: players choose a card, all of them play it, and operators add another one.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use client_core::hotlogic::shipped;
use serde_json::json;
use tests::browser::{Key, Tab, TestBrowser, one_at_a_time};
use tests::control_room;
use tests::process::Server;

/// Keys of the options, in their order.
const DIGITS: [Key; 4] = [
    Key { code: "Digit1", key: "1", number: 49, text: "1" },
    Key { code: "Digit2", key: "2", number: 50, text: "2" },
    Key { code: "Digit3", key: "3", number: 51, text: "3" },
    Key { code: "Digit4", key: "4", number: 52, text: "4" },
];

/// Rounds that are short from the beginning, with pauses in which two tabs can vote and be looked at.
async fn quick_server() -> anyhow::Result<Server> {
    let server = Server::start().await?;
    let numbers = "arena_width: 1600.0, round_duration: 12.0, round_pause: 25.0,";
    server.publish(&shipped::ARENA.replace("arena_width: 1600.0,", numbers), "short").await?;
    server.kill_and_restart().await
}

/// Lets only these come up.
async fn offer_only(server: &Server, names: &[&str]) -> anyhow::Result<()> {
    for (name, _) in shipped::CARDS {
        let body = json!({ "enabled": names.contains(name) });
        let (status, answer) = server.call("POST", &format!("/api/cards/{name}"), Some(body)).await?;
        anyhow::ensure!(status == 200, "{answer}");
    }
    Ok(())
}

/// The selector of a card in the vote.
fn card(name: &str) -> String {
    format!("#vote:not([hidden]) button[data-card={name}]")
}

/// Waits until this tab is asked, in front.
async fn asked(tab: &Tab, name: &str) -> anyhow::Result<()> {
    tab.show().await?;
    tab.wait_until("the vote", &format!("document.querySelector('{}')", card(name))).await
}

/// Chooses a card by its key.
async fn choose(tab: &Tab, name: &str) -> anyhow::Result<()> {
    let place =
        tab.evaluate(&format!("Number(document.querySelector('{}').dataset.option)", card(name))).await?;
    tab.press(DIGITS[place.as_u64().unwrap() as usize]).await?;
    let pressed = format!("document.querySelector('{}').getAttribute('aria-pressed') === 'true'", card(name));
    tab.wait_until("the own choice", &pressed).await
}

/// The picture has come to rest.
async fn settled(tab: &Tab) -> anyhow::Result<()> {
    tab.wait_until(
        "the cards to lie still",
        "document.querySelector('#vote').getAnimations().every(animation => animation.playState === 'finished')",
    )
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tabs_vote_and_play_the_card_for_one_round() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = quick_server().await?;
    offer_only(&server, &["giants", "heavy_orb", "vampire"]).await?;
    let browser = TestBrowser::launch().await?;
    let ada = browser.play(&server.url("/"), "Ada").await?;
    ada.resize(1280, 800).await?;
    let bob = browser.open(&server.url("/")).await?;
    bob.evaluate("localStorage.setItem('hotswap.language', '\"zh\"')").await?;
    bob.resize(390, 844).await?;
    bob.go_to(&server.url("/?name=Bob&autoplay=1")).await?;
    bob.wait("to be in the fight", "s => s.connection === 'online' && s.me").await?;
    bob.touch(&[(1, 300.0, 300.0)]).await?;
    bob.touch(&[]).await?;

    // By key at a desk, by finger on a phone, where the words are Chinese.
    asked(&ada, "giants").await?;
    assert!(
        ada.evaluate("document.querySelectorAll('#vote-cards button').length").await?.as_u64() == Some(4)
    );
    choose(&ada, "heavy_orb").await?;
    choose(&ada, "giants").await?;
    asked(&bob, "giants").await?;
    settled(&bob).await?;
    let middle = format!(
        "(() => {{ const r = document.querySelector('{}').getBoundingClientRect(); \
         return [r.left + r.width / 2, r.top + r.height / 2]; }})()",
        card("giants")
    );
    let place = bob.evaluate(&middle).await?;
    bob.touch(&[(1, place[0].as_f64().unwrap(), place[1].as_f64().unwrap())]).await?;
    bob.touch(&[]).await?;
    let both = format!("document.querySelector('{} .vote-count').innerText === '2'", card("giants"));
    bob.wait_until("both votes", &both).await?;
    let words = bob.evaluate(&format!("document.querySelector('{}').innerText", card("giants"))).await?;
    assert!(words.as_str().unwrap().contains("巨人"), "{words}");
    let inside = "[...document.querySelectorAll('#vote button')].every(button => { \
         const r = button.getBoundingClientRect(); \
         return r.left >= 0 && r.right <= innerWidth && r.top >= 0 && r.bottom <= innerHeight && button.scrollWidth <= button.clientWidth + 1 \
             && button.scrollHeight <= button.clientHeight + 1; })";
    assert_eq!(bob.evaluate(inside).await?, json!(true), "a card sticks out");
    bob.screenshot("vote_phone").await?;
    bob.resize(844, 390).await?;
    bob.wait_until("the phone to be turned", &format!("innerWidth === 844 && {inside}")).await?;
    bob.screenshot("vote_phone_turned").await?;
    bob.resize(390, 844).await?;
    ada.show().await?;
    ada.wait_until("both votes", &both).await?;
    settled(&ada).await?;
    assert_eq!(ada.evaluate(inside).await?, json!(true), "a card sticks out");
    ada.screenshot("vote_desk").await?;

    // The result, and the round that is played with it, everywhere.
    let result = "document.querySelector('#vote[data-state=over] [data-result=won] [data-card=giants]')";
    ada.wait_until("the result", result).await?;
    ada.screenshot("vote_result").await?;
    let in_force = "s => s.card === 'giants' && s.round.phase === 'playing'";
    ada.wait("the card in force", in_force).await?;
    bob.wait("the card in force", in_force).await?;
    ada.wait_until(
        "it beside the clock",
        "document.querySelector('#vote').hidden && document.querySelector('#card-in-force').innerText === 'Giants'",
    )
    .await?;
    ada.wait_until("it to be said", "document.querySelector('#toast').innerText.includes('Giants')").await?;
    let (_, rooms) = server.call("GET", "/api/rooms", None).await?;
    assert_eq!(rooms["rooms"][0]["card"], "giants");
    ada.screenshot("card_desk").await?;
    bob.screenshot("card_phone").await?;

    // And is gone after it.
    let gone = "s => !s.card && s.round.phase === 'over'";
    bob.wait("the card to be gone", gone).await?;
    ada.wait("the card to be gone", gone).await?;
    ada.show().await?;
    ada.wait_until("nothing beside the clock", "document.querySelector('#card-in-force').hidden").await?;
    let (_, rooms) = server.call("GET", "/api/rooms", None).await?;
    assert!(rooms["rooms"][0]["card"].is_null(), "{rooms}");
    for tab in [&ada, &bob] {
        assert_eq!(tab.exceptions(), Vec::<String>::new());
    }
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_that_an_operator_adds_comes_up_in_the_next_vote() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = quick_server().await?;
    offer_only(&server, &["giants", "sprint"]).await?;
    let browser = TestBrowser::launch().await?;
    let admin = control_room::open_editor(&browser, &server).await?;
    admin.resize(1280, 800).await?;
    admin.evaluate("document.querySelector('#open-cards').click()").await?;
    let rows =
        format!("document.querySelectorAll('#cards-table tbody tr').length === {}", shipped::CARDS.len());
    admin.wait_until("all cards", &rows).await?;
    admin
        .wait_until("the editor", "document.querySelector('.card-editor[data-editor=full] .cm-content')")
        .await?;

    // A broken one is refused at its place.
    admin.fill("#card-name", "snail").await?;
    admin.fill("#card-script", "// Snail: everybody crawls.\nfn on_kill(a, b, c) { slime(a) }\n").await?;
    admin.click("#card-form button.primary").await?;
    admin
        .wait_until(
            "the refusal",
            "document.querySelector('#card-status[data-state=bad]')?.innerText.includes('Line 2, column 23')",
        )
        .await?;
    admin
        .wait_until("the mark in the editor", "document.querySelector('.card-editor .cm-remark-error')")
        .await?;
    admin.screenshot("cards_refused").await?;
    let good = "// Snail: everybody crawls.\nconst TUNING = #{ player_speed: player_speed * 0.3 };\n";
    admin.fill("#card-script", good).await?;
    admin.click("#card-form button.primary").await?;
    admin.wait_until("the new card", "document.querySelector('#cards-table tr[data-card=snail]')").await?;
    // Two are enough for a vote.
    admin.click("#cards-table tr[data-card=sprint] input").await?;
    admin
        .wait_until(
            "one less",
            "document.querySelector('#cards-table tr[data-card=sprint][data-enabled=false]')",
        )
        .await?;
    admin.screenshot("cards_admin").await?;

    let ada = browser.play(&server.url("/"), "Ada").await?;
    asked(&ada, "snail").await?;
    assert_eq!(ada.evaluate("document.querySelector('[data-card=sprint]')").await?, json!(null));
    choose(&ada, "snail").await?;
    ada.wait("the new card in force", "s => s.card === 'snail'").await?;
    for tab in [&ada, &admin] {
        assert_eq!(tab.exceptions(), Vec::<String>::new());
    }
    browser.close().await
}
