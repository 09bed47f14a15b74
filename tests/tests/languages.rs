//! The game in two languages: the browser's first, and the one that the settings say, at once and from then on.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::json;
use tests::browser::{ENTER, Key, SPACE, Tab, TestBrowser, one_at_a_time};
use tests::process::Server;

const ESCAPE: Key = Key { code: "Escape", key: "Escape", number: 27, text: "" };

/// Chinese before English, as a browser in China says it.
const IN_CHINA: &str = "Object.defineProperty(navigator, 'languages', { get: () => ['zh-CN', 'zh', 'en'] });";

async fn text(tab: &Tab, selector: &str) -> anyhow::Result<String> {
    let text = tab.evaluate(&format!("document.querySelector('{selector}').textContent")).await?;
    Ok(text.as_str().unwrap().to_owned())
}

/// Everything on the page that is wider than its place, or is not to be seen whole in the settings.
const CUT: &str = "[...document.querySelectorAll('#settings *')].filter(e => e.scrollWidth > e.clientWidth + 1 \
    && e.clientWidth > 0 && getComputedStyle(e).display !== 'inline').map(e => e.id || e.className || e.tagName)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_in_china_gets_chinese_from_the_first_word() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.open("about:blank").await?;
    tab.before_each_page(IN_CHINA).await?;
    tab.go_to(&server.url("/")).await?;
    tab.wait("the title", "s => s.connection === 'title' && s.language === 'zh' && s.frames > 5").await?;
    assert_eq!(tab.evaluate("document.documentElement.lang").await?, json!("zh-Hans"));
    assert_eq!(text(&tab, "#play").await?, "开始");
    tab.screenshot("title-chinese").await?;
    tab.resize(390, 844).await?;
    tab.screenshot("title-chinese-phone").await?;
    tab.resize(1280, 800).await?;

    // A name that looks like a placeholder stays a name.
    tab.fill("#name", "{name}").await?;
    tab.press(ENTER).await?;
    tab.wait("to be in the fight", "s => s.connection === 'online' && s.players.some(p => p.id === s.me)")
        .await?;
    tab.wait_until("the status in Chinese", "document.querySelector('#status').innerText.includes('在线')")
        .await?;
    assert_eq!(text(&tab, "#pip-strike kbd").await?, "空格");
    let english = tab
        .evaluate(
            "[...document.querySelectorAll('#hud *')].filter(e => e.checkVisibility() && !e.children.length) \
             .map(e => e.textContent).filter(t => /[a-z]{4}/.test(t))",
        )
        .await?;
    // The built-in rules and scene have English names; they are data.
    let english: Vec<_> = english
        .as_array()
        .unwrap()
        .iter()
        .filter(|text| !text.as_str().unwrap().contains('#') && *text != "Shift" && *text != "{name}")
        .collect();
    assert!(english.is_empty(), "{english:?}");
    tab.screenshot("fight-chinese").await?;
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_language_is_there_at_once_and_after_a_reload() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.play(&server.url("/"), "Ada").await?;
    assert_eq!(tab.state().await?["language"], "en");
    tab.click("#menu-button").await?;
    tab.click("#settings-button").await?;
    tab.wait_until("the settings", "document.querySelector('#settings').open").await?;
    assert_eq!(text(&tab, "#settings-title").await?, "Settings");
    tab.resize(390, 844).await?;
    assert_eq!(tab.evaluate(CUT).await?, json!([]), "English fits a phone");
    tab.screenshot("settings-phone").await?;
    tab.fill("#set-language", "zh").await?;
    tab.wait_until("Chinese", "document.querySelector('#settings-title').textContent === '设置'").await?;
    assert_eq!(tab.evaluate("document.documentElement.lang").await?, json!("zh-Hans"));
    assert_eq!(text(&tab, ".key-row span").await?, "向上跑");
    assert_eq!(tab.evaluate(CUT).await?, json!([]), "Chinese fits a phone");
    tab.screenshot("settings-phone-chinese").await?;
    tab.resize(1280, 800).await?;
    assert_eq!(tab.evaluate(CUT).await?, json!([]), "Chinese fits a laptop");
    tab.screenshot("settings-desktop-chinese").await?;
    tab.press(ESCAPE).await?;
    tab.wait_until("the settings to close", "!document.querySelector('#settings').open").await?;

    tab.reload().await?;
    tab.wait("to be back in Chinese", "s => s.connection === 'online' && s.language === 'zh'").await?;
    assert_eq!(text(&tab, "#leave").await?, "离开战斗");
    tab.press(SPACE).await?;
    tab.wait("a strike", "s => s.strike_cooldown > 0").await?;
    assert_eq!(tab.exceptions(), Vec::<String>::new());
    browser.close().await
}
