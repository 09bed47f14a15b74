//! Scenes in real tabs: skins are seen, a hint counts bytes, what cannot be had is done without, an operator chooses and goes
//! back by a click, and the tuning form changes the running fight.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Cursor;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use image::{ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};
use tests::browser::{Tab, TestBrowser, one_at_a_time};
use tests::control_room;
use tests::process::Server;

/// Colours that nothing else in the game has.
const MAGENTA: [u8; 3] = [255, 0, 255];
const LIME: [u8; 3] = [0, 255, 0];

fn encoded(image: &RgbImage) -> String {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    BASE64_STANDARD.encode(bytes.into_inner())
}

fn plain(colour: [u8; 3]) -> String {
    encoded(&RgbImage::from_pixel(128, 128, Rgb(colour)))
}

/// Something that cannot be compressed much.
fn noise(side: u32) -> String {
    let part = |n: u32| (n.wrapping_mul(2_654_435_761) >> 13) as u8;
    encoded(&RgbImage::from_fn(side, side, |x, y| {
        Rgb([part(x * 977 + y), part(y * 613 + x), part(x * y + 7)])
    }))
}

/// How many pixels of the game have exactly this colour.
async fn pixels(tab: &Tab, [red, green, blue]: [u8; 3]) -> anyhow::Result<u64> {
    let count = format!(
        "(() => {{ const c = document.querySelector('#game'); \
         const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0; \
         for (let i = 0; i < d.length; i += 4) if (d[i] === {red} && d[i + 1] === {green} && d[i + 2] === {blue}) n++; \
         return n; }})()"
    );
    Ok(tab.evaluate(&count).await?.as_u64().unwrap())
}

async fn publish(server: &Server, scene: Value) -> anyhow::Result<u64> {
    let (status, answer) = server.call("POST", "/api/scene", Some(scene)).await?;
    assert_eq!(status, 200, "{answer}");
    Ok(answer["number"].as_u64().unwrap())
}

/// Puts a picture of one colour into a file field, as a person does who chooses a file.
async fn choose_picture(tab: &Tab, field: &str, name: &str, colour: &str) -> anyhow::Result<()> {
    let choose = format!(
        "(async () => {{ const c = document.createElement('canvas'); c.width = c.height = 300; \
         const g = c.getContext('2d'); g.fillStyle = '{colour}'; g.fillRect(0, 0, 300, 300); \
         g.fillStyle = '#fff'; g.beginPath(); g.arc(150, 120, 60, 0, 7); g.fill(); \
         const blob = await new Promise(done => c.toBlob(done)); const list = new DataTransfer(); \
         list.items.add(new File([blob], '{name}.png', {{ type: 'image/png' }})); \
         const field = document.querySelector('{field}'); field.files = list.files; \
         field.dispatchEvent(new Event('change')); return true; }})()"
    );
    tab.evaluate(&choose).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn players_and_the_orb_are_seen_in_their_skins_from_the_first_tick_of_the_scene() -> anyhow::Result<()>
{
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    // An orb that stands still, far from where anybody could hide it.
    server.publish("fn move_orb(x, y, vx, vy, dt) { [800.0, 500.0, 0.0, 0.0] }", "still").await?;
    assert_eq!([pixels(&tab, MAGENTA).await?, pixels(&tab, LIME).await?], [0, 0]);
    let scene = publish(
        &server,
        json!({ "player_skins": [plain(MAGENTA)], "orb_skin": plain(LIME), "music": "storm", "version": "party" }),
    )
    .await?;
    let state = tab.wait("the scene", &format!("s => s.scene === {scene} && s.background_ready")).await?;
    assert_eq!(state["music"], "storm");
    tab.wait("both skins", "s => s.skins_worn === 1 && s.orb_skin_worn && s.players[0].alive").await?;
    let frames = tab.state().await?["frames"].as_u64().unwrap();
    tab.wait("a frame with them", &format!("s => s.frames > {frames} + 2")).await?;
    tab.screenshot("skins").await?;
    let [player, orb] = [pixels(&tab, MAGENTA).await?, pixels(&tab, LIME).await?];
    assert!(player > 150 && orb > 80, "{player} pixels of the player's skin, {orb} of the orb's");
    publish(&server, json!({ "player_skins": [], "orb_skin": null, "version": "plain" })).await?;
    tab.wait("the drawn look", "s => s.scene_version === 'plain' && s.skins_worn === 0").await?;
    let frames = tab.state().await?["frames"].as_u64().unwrap();
    tab.wait("a frame with it", &format!("s => s.frames > {frames} + 2")).await?;
    assert_eq!([pixels(&tab, MAGENTA).await?, pixels(&tab, LIME).await?], [0, 0]);
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

/// Lets half of each image through until `openGate` is called; the second image is never found.
const HALF: &str = "(() => {
    const gate = new Promise(open => window.openGate = open);
    const fetch = window.fetch.bind(window);
    let images = 0, lost;
    window.fetch = async (what, ...rest) => {
        if (!String(what.url ?? what).includes('/content/')) return fetch(what, ...rest);
        if (++images === 2) lost = what;
        if (what === lost) return new Response('gone', { status: 410 });
        const bytes = new Uint8Array(await (await fetch(what, ...rest)).arrayBuffer());
        const half = bytes.length >> 1;
        return new Response(new ReadableStream({ async start(stream) {
            stream.enqueue(bytes.slice(0, half));
            await gate;
            stream.enqueue(bytes.slice(half));
            stream.close();
        } }), { headers: { 'content-type': 'image/png' } });
    };
})()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hint_counts_the_bytes_of_a_scene_and_what_cannot_be_had_is_reported_and_drawn()
-> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    tab.evaluate(HALF).await?;
    let scene =
        json!({ "background_image": noise(400), "player_skins": [plain(MAGENTA)], "version": "slow" });
    let number = publish(&server, scene).await?;
    let state = tab.wait("half of it", &format!("s => s.scene === {number} && s.loading_bytes > 0")).await?;
    let (bytes, total) = (state["loading_bytes"].as_u64().unwrap(), state["loading_total"].as_u64().unwrap());
    assert!(total > 60_000 && bytes * 3 > total && bytes * 3 < total * 2, "{bytes} of {total}");
    let hint = "(h => h.checkVisibility() && /^Loading scene [1-9]\\d+ of \\d+ KB$/.test(h.innerText.trim()))\
                (document.querySelector('#background-hint'))";
    tab.wait_until("the hint with its figures", hint).await?;
    tab.screenshot("scene-loading").await?;
    tab.evaluate("window.openGate()").await?;
    let state = tab.wait("the rest", "s => s.background_ready && s.background_image").await?;
    assert_eq!(state["skins_worn"], 0, "the skin could not be had");
    assert_eq!(pixels(&tab, MAGENTA).await?, 0);
    let failed = async {
        loop {
            let (_, releases) = server.call("GET", "/api/releases?limit=1", None).await?;
            let acks = releases["releases"][0]["acks"].clone();
            if acks["failed"] == 1 {
                return anyhow::Ok(acks);
            }
            tab.wait("another frame", "s => s.frames > 0").await?;
        }
    };
    let acks = tokio::time::timeout(std::time::Duration::from_secs(30), failed).await??;
    assert_eq!(acks["errors"][0]["error"], "player skin 1: the server answered 410", "{acks}");
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_dresses_the_players_and_goes_back_to_the_scene_before() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    publish(&server, json!({ "background_color": [40, 20, 60], "music": "calm", "version": "dusk" })).await?;
    let browser = TestBrowser::launch().await?;
    let admin = control_room::open_editor(&browser, &server).await?;
    admin.wait_until("the live track", "document.querySelector('#music').value === 'calm'").await?;
    for (name, colour) in [("ape", "#c33"), ("bee", "#cc3"), ("cat", "#3c9")] {
        choose_picture(&admin, "#skin-file", name, colour).await?;
        let words = format!("document.querySelector('#scene-status').innerText.includes('{name}.png')");
        admin.wait_until(name, &words).await?;
    }
    choose_picture(&admin, "#orb-file", "moon", "#99c").await?;
    admin.wait_until("the orb", "!document.querySelector('#orb-thumb').hidden").await?;
    // The last one goes to the front of the one before it, by keyboard.
    admin
        .evaluate(
            "document.querySelector('#skin-left').focus(); document.querySelector('#skin-left').click()",
        )
        .await?;
    let focused = "document.activeElement.getAttribute('aria-label') === 'Player skin 2 of 3'";
    admin.wait_until("the moved skin to keep the focus", focused).await?;
    let storm = "(m => { m.value = 'storm'; m.dispatchEvent(new Event('change')); return m.value; })\
                 (document.querySelector('#music'))";
    admin.evaluate(storm).await?;
    admin.fill("#bg-note", "dressed up").await?;
    for (name, (width, height)) in
        [("scene-panel", (1280, 800)), ("scene-panel-large", (1920, 1080)), ("scene-panel-phone", (390, 844))]
    {
        admin.resize(width, height).await?;
        admin.evaluate("document.querySelector('#scene').scrollIntoView()").await?;
        admin.screenshot(name).await?;
        let wide = admin.evaluate("document.documentElement.scrollWidth <= innerWidth").await?;
        assert_eq!(wide, true, "nothing sticks out at {width} pixels");
    }
    admin.resize(1280, 800).await?;
    admin.click("#publish-scene").await?;
    let published = "document.querySelector('#scene-status').dataset.state === 'live'";
    admin.wait_until("the scene to be published", published).await?;
    let (_, config) = server.call("GET", "/api/config", None).await?;
    assert_eq!(config["player_skins"].as_array().unwrap().len(), 3, "{config}");
    assert_eq!((&config["music"], config["orb_skin"].is_string()), (&json!("storm"), true));
    assert_eq!(config["background_color"], json!([40, 20, 60]), "what was not touched stays");
    let clean = "document.querySelector('#scene-state').dataset.state === 'live' \
                 && document.querySelectorAll('#skins li').length === 3";
    admin.wait_until("a form without changes", clean).await?;

    // What changed, in the history.
    admin.click("#history").await?;
    let changes = "document.querySelector('#history-table [data-changes=\"3\"]')";
    admin.wait_until("the button", changes).await?;
    admin.evaluate(&format!("{changes}.click()")).await?;
    let words = "document.querySelector('.scene-diff')?.innerText.includes('music') \
                 && [...document.querySelectorAll('.scene-diff img')].filter(i => i.naturalWidth > 0).length === 4";
    admin.wait_until("the fields that differ, with pictures", words).await?;
    admin.screenshot("scene-difference").await?;
    admin.evaluate("document.querySelector('#view').close()").await?;

    // And back.
    admin.click("#releases button[data-back=\"2\"]").await?;
    tests::control_room::confirm(&admin, "#2").await?;
    let back = "document.querySelector('#music').value === 'calm' && document.querySelectorAll('#skins li').length === 0 \
                && document.querySelector('#releases tr[data-release=\"4\"][data-state=\"live\"]')";
    admin.wait_until("the scene before", back).await?;
    assert_eq!(admin.exceptions(), Vec::<String>::new());
    browser.close().await
}

/// Puts a number into a field of the tuning form.
async fn tune(tab: &Tab, name: &str, value: &str) -> anyhow::Result<()> {
    tab.fill(&format!("#tuning-{name}"), value).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tuning_form_rewrites_one_entry_of_the_script_and_what_is_published_is_in_the_fight()
-> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let player = browser.play(&server.url("/"), "Ada").await?;
    let admin = control_room::open_editor(&browser, &server).await?;
    let text = async || {
        let script = admin.evaluate("document.querySelector('#script').value").await?;
        anyhow::Ok(script.as_str().unwrap().to_owned())
    };
    let before = text().await?;
    admin.click("#tune").await?;
    let set = "document.querySelector('#tuning li[data-field=arena_width]')?.dataset.set === 'true'";
    admin.wait_until("the numbers that the draft sets", set).await?;
    let unset = "document.querySelector('#tuning li[data-field=dash_speed]').dataset.set === 'false'";
    admin.wait_until("and those that it does not", unset).await?;

    tune(&admin, "arena_width", "1234").await?;
    assert_eq!(
        text().await?,
        before.replace("arena_width: 1600.0", "arena_width: 1234.0"),
        "nothing else changed"
    );
    tune(&admin, "dash_speed", "777.5").await?;
    assert!(text().await?.contains("\n    dash_speed: 777.5,\n};"), "{}", text().await?);
    // Out of bounds: said at once, and not written.
    let with_both = text().await?;
    tune(&admin, "arena_height", "99999999").await?;
    let refused =
        "document.querySelector('#tuning-arena_height-problem').innerText.startsWith('From 100 to ')";
    admin.wait_until("the bounds", refused).await?;
    assert_eq!(text().await?, with_both);
    for (name, (width, height)) in
        [("tuning", (1280, 800)), ("tuning-large", (1920, 1080)), ("tuning-phone", (390, 844))]
    {
        admin.resize(width, height).await?;
        admin.screenshot(name).await?;
    }
    admin.resize(1280, 800).await?;
    // Undo takes back the last one only.
    admin
        .evaluate(
            "(() => { const c = document.querySelector('.cm-content'); c.focus(); c.dispatchEvent(new KeyboardEvent('keydown', \
             { key: 'z', code: 'KeyZ', keyCode: 90, ctrlKey: true, bubbles: true, cancelable: true })); return true; })()",
        )
        .await?;
    let undone = "!document.querySelector('#script').value.includes('dash_speed: 777.5') \
                  && document.querySelector('#script').value.includes('arena_width: 1234.0') \
                  && document.querySelector('#tuning li[data-field=dash_speed]').dataset.set === 'false'";
    admin.wait_until("the text and the form without the last number", undone).await?;
    admin.fill("#version", "narrow").await?;
    admin.click("#publish").await?;
    player.show().await?;
    player.wait("the narrow arena", "s => s.release === 2 && s.arena.width === 1234").await?;
    assert_eq!(admin.exceptions(), Vec::<String>::new());
    browser.close().await
}
