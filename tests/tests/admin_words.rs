//! The admin tab in two languages: the browser's first, and the other one at once, whatever is being written.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::{Value, json};
use tests::browser::{Tab, TestBrowser, one_at_a_time};
use tests::control_room;
use tests::process::Server;

/// Chinese before English, as a browser in China says it.
const IN_CHINA: &str = "Object.defineProperty(navigator, 'languages', { get: () => ['zh-CN', 'zh', 'en'] });";

/// What can be read or is read aloud and is written in English, though the page is in Chinese: places whose whole text is
/// what an English entry of the word files says, and any others with words but without a Chinese sign in them. Names, scripts
/// and what the server says of them are nobody's to translate.
const ENGLISH: &str = r#"(async () => {
    const [english, chinese] = await Promise.all(['en', 'zh'].map(async language =>
        (await fetch(new URL(`/admin/i18n/${language}.json`, location.href))).json()));
    const escape = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const entries = Object.entries(english)
        .filter(([key, words]) => {
            const letters = words.replace(/\{\w+\}|[^a-z]/gi, '').length;
            return chinese[key] !== words && letters >= (words.includes('{') ? 8 : 2);
        })
        .map(([, words]) => new RegExp(`^${escape(words).replace(/\\\{\w+\\\}/g, '.+')}$`, 's'));
    const THEIRS = 'code, kbd, [translate=no], .cm-editor, #script, .name, #live-rules, #live-scene, #who-name, #scene-state, '
        + '#clients td, #releases .title b, #releases td p, #rooms span, #costs tbody th, #sheet li p, #sheet .words, #tuning li, '
        + '#adoption-release, #history-table td, #audit-table td, #view[data-view=account] h2';
    const found = new Set();
    const look = (element, text) => {
        const words = text.trim();
        const isWhole = entries.some(entry => entry.test(words)) && !element.closest('code');
        const isForeign = /[a-z]{3}/i.test(words) && !/\p{Script=Han}/u.test(words) && !element.closest(THEIRS);
        if (isWhole || isForeign) found.add(words);
    };
    const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (nodes.nextNode()) {
        const element = nodes.currentNode.parentElement;
        if (element.checkVisibility() && !element.closest('.cm-content, [translate=no], script, noscript')) look(element, nodes.currentNode.data);
    }
    for (const element of document.querySelectorAll('[title], [aria-label], [placeholder]')) {
        if (!element.checkVisibility() || element.closest('.cm-content, .words, td')) continue;
        for (const name of ['title', 'aria-label', 'placeholder']) look(element, element.getAttribute(name) ?? '');
    }
    return [...found].filter(words => !/^(SHA-256|#\d|hotswap|admin$|built-in$|ada$)/i.test(words));
})()"#;

/// What does not fit where it is: text that is wider than its button, label or heading, and what sticks out of its panel.
const CUT: &str = "[...document.querySelectorAll('#bar *, .panel > header *, form *, dl *, th')].filter(e => \
    e.checkVisibility() && e.clientWidth > 0 && !e.closest('.visually-hidden, canvas, option, table.visually-hidden') \
    && getComputedStyle(e).display !== 'inline' && getComputedStyle(e).textOverflow !== 'ellipsis' \
    && (e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().right > (e.closest('.panel') ?? \
        document.documentElement).getBoundingClientRect().right + 1)).map(e => e.id || e.textContent.trim().slice(0, 40))";

/// Makes Chinese signs as wide as they are with a Chinese font, where the machine has none and draws narrow boxes.
const WIDE: &str = "(() => { const pen = document.createElement('canvas').getContext('2d'); pen.font = '100px system-ui'; \
    const missing = 1 - pen.measureText('场').width / 100; \
    for (const element of document.querySelectorAll('body *')) { \
    const own = [...element.childNodes].some(node => node.nodeType === 3 && /\\p{Script=Han}/u.test(node.data)); \
    if (own && missing > 0.05) element.style.letterSpacing = `${missing}em`; } })()";

/// All that can be read on the page and does not change by itself, as times, counts and remarks on the draft do.
const READ: &str = "(() => { const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), read = []; \
    while (nodes.nextNode()) { const { parentElement, data } = nodes.currentNode; \
    if (parentElement.checkVisibility() && !parentElement.closest('#costs, #releases, #adoption, #toasts, .cm-editor') && data.trim() && !/\\d/.test(data)) read.push(data.trim()); } return read; })()";

async fn text(tab: &Tab, selector: &str) -> anyhow::Result<String> {
    let text = tab.evaluate(&format!("document.querySelector('{selector}').textContent")).await?;
    Ok(text.as_str().unwrap().to_owned())
}

async fn all_is_chinese(tab: &Tab, place: &str) -> anyhow::Result<()> {
    assert_eq!(tab.evaluate(ENGLISH).await?, json!([]), "{place} is in Chinese");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_in_china_works_in_chinese_from_the_door_to_a_publish() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let admin = browser.open("about:blank").await?;
    admin.before_each_page(IN_CHINA).await?;
    admin.resize(1280, 800).await?;
    admin.go_to(&server.url("/admin")).await?;
    admin
        .wait_until("the door in Chinese", "document.querySelector('#login').textContent === '登录'")
        .await?;
    assert_eq!(admin.evaluate("document.documentElement.lang").await?, json!("zh-Hans"));
    all_is_chinese(&admin, "the door").await?;
    admin.screenshot("admin-chinese-door").await?;
    admin.fill("#token", "not the one, which is longer than this").await?;
    admin.click("#login").await?;
    admin
        .wait_until("the refusal", "document.querySelector('#login-error').textContent === '令牌不正确。'")
        .await?;

    control_room::log_in(&admin).await?;
    admin.wait_until("the releases", "document.querySelector('#releases tbody tr')").await?;
    admin.wait_until("the stream", "document.querySelector('#link[data-state=live]')").await?;
    admin.wait_until("the editor", "document.querySelector('#editor[data-editor=full]')").await?;
    for panel in ["#tune", "#help", "#costs summary"] {
        admin.click(panel).await?;
    }
    admin.wait_until("the hooks", "document.querySelector('#sheet li')").await?;
    all_is_chinese(&admin, "the control room").await?;
    admin.evaluate(WIDE).await?;
    assert_eq!(admin.evaluate(CUT).await?, json!([]), "Chinese fits a laptop");
    admin.screenshot("admin-chinese").await?;
    admin.click("#costs summary").await?;
    admin.click("#help").await?;

    // A broken script is refused, and where is said in Chinese; what is wrong is the server's word.
    admin.fill("#script", "fn move_orb(x, y, vx, vy, dt) {\n    [x, y, vx\n}").await?;
    admin.click("#publish").await?;
    admin
        .wait_until("the refusal", "/^第 3 行/.test(document.querySelector('#error-line').textContent)")
        .await?;
    let refused = "document.querySelector('#script-status').textContent.startsWith('已拒绝，线上没有变化：')";
    admin.wait_until("the refusal to stay", refused).await?;
    admin.screenshot("admin-chinese-refused").await?;

    // A good one is published.
    admin.fill("#script", "fn move_orb(x, y, vx, vy, dt) { [700.0, 300.0, 0.0, 0.0] }").await?;
    admin.fill("#version", "frozen orb").await?;
    admin.click("#publish").await?;
    admin
        .wait_until(
            "the release",
            "document.querySelector('#releases tr[data-release=\"2\"][data-state=live]')",
        )
        .await?;
    let said = "document.querySelector('#script-status').textContent.startsWith('已发布为 #2“frozen orb”')";
    admin.wait_until("the verdict", said).await?;
    all_is_chinese(&admin, "the published release").await?;

    for (button, rows) in
        [("open-history", "#history-table tbody tr"), ("open-audit", "#audit-table tbody tr")]
    {
        admin.click("#who").await?;
        admin.click(&format!("#{button}")).await?;
        admin.wait_until("the window", &format!("document.querySelector('{rows}')")).await?;
        all_is_chinese(&admin, button).await?;
        admin.screenshot(&format!("admin-chinese-{button}")).await?;
        admin.click("#view .close").await?;
    }
    for button in ["open-operators", "open-account"] {
        admin.click("#who").await?;
        admin.click(&format!("#{button}")).await?;
        admin.wait_until("the window", "document.querySelector('#view[open] .view-body > *')").await?;
        all_is_chinese(&admin, button).await?;
        admin.click("#view .close").await?;
    }
    assert_eq!(admin.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_switch_of_language_loses_nothing_of_what_an_operator_writes() -> anyhow::Result<()> {
    const DRAFT: &str = "// Half of it.\nfn move_orb(x, y, vx, vy, dt) {\n    [x, y, vx, vy]\n}\n// 一半";
    let typed = "['version', 'note', 'publish-to', 'publish-share', 'bg-note', 'bg-color', 'clients-filter', 'tuning-filter', \
                 'script'].map(id => document.getElementById(id).value)";
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let admin = control_room::open_editor(&browser, &server).await?;
    admin.resize(1280, 800).await?;
    assert_eq!(admin.evaluate("document.documentElement.lang").await?, json!("en"));
    admin.click("#tune").await?;
    admin.wait_until("the numbers", "document.querySelector('#tuning-filter')").await?;
    admin.fill("#script", DRAFT).await?;
    for (field, value) in [
        ("version", "草稿 draft"),
        ("note", "{name} is no placeholder"),
        ("publish-to", "share"),
        ("bg-note", "dusk"),
        ("bg-color", "#203040"),
        ("clients-filter", "nobody"),
        ("tuning-filter", "speed"),
    ] {
        admin.fill(&format!("#{field}"), value).await?;
    }
    admin
        .evaluate(
            "document.querySelector('#publish-to').dispatchEvent(new Event('change', { bubbles: true }))",
        )
        .await?;
    let checked = "document.querySelector('#script-status[data-state=good]')";
    admin.wait_until("the check", checked).await?;
    admin.wait_until("the stream", "document.querySelector('#link[data-state=live]')").await?;
    let before = admin.evaluate(typed).await?;
    let read = admin.evaluate(READ).await?;
    assert_eq!(admin.evaluate(CUT).await?, json!([]), "English fits a laptop");
    admin.screenshot("admin-english").await?;

    admin.click("#bar [data-next-language]").await?;
    admin.wait_until("Chinese", "document.documentElement.lang === 'zh-Hans'").await?;
    assert_eq!(text(&admin, "#publish").await?, "发布");
    assert_eq!(text(&admin, "#link").await?, "实时");
    assert_eq!(text(&admin, "#bar [data-next-language]").await?, "English");
    assert!(
        text(&admin, "#script-status").await?.contains("未发现问题"),
        "what was said before is said in Chinese"
    );
    assert_eq!(admin.evaluate(typed).await?, before, "nothing is lost");
    let shown = "document.querySelector('.cm-content').innerText.includes('Half of it')";
    assert_eq!(admin.evaluate(shown).await?, json!(true), "the editor shows the draft");
    let aloud = "document.querySelector('.cm-content').getAttribute('aria-label')";
    assert_eq!(admin.evaluate(aloud).await?, json!("脚本"), "so does what is read aloud");
    all_is_chinese(&admin, "a page that was English").await?;
    admin.evaluate(WIDE).await?;
    assert_eq!(admin.evaluate(CUT).await?, json!([]), "Chinese fits a laptop");
    admin.screenshot("admin-switched").await?;

    // The game is in the same language from now on, and so is this page when it comes again.
    let game = browser.open(&server.url("/")).await?;
    game.wait("the title in Chinese", "s => s.language === 'zh'").await?;
    game.close().await?;

    admin.show().await?;
    admin.click("#bar [data-next-language]").await?;
    admin.wait_until("English", "document.documentElement.lang === 'en'").await?;
    assert_eq!(admin.evaluate(typed).await?, before, "nothing is lost on the way back");
    let again: Value = admin.evaluate(READ).await?;
    for (now, then) in again.as_array().unwrap().iter().zip(read.as_array().unwrap()) {
        assert_eq!(now, then, "all is as it was");
    }
    assert_eq!(admin.exceptions(), Vec::<String>::new());
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_may_say_the_language_for_one_visit() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let admin = browser.open(&server.url("/admin?lang=zh")).await?;
    admin.wait_until("Chinese", "document.querySelector('#login').textContent === '登录'").await?;
    admin.go_to(&server.url("/admin")).await?;
    admin
        .wait_until(
            "English",
            "document.querySelector('#door:not([hidden]) #login').textContent === 'Log in'",
        )
        .await?;
    assert_eq!(admin.evaluate("document.documentElement.lang").await?, json!("en"));

    // The door has a switch of its own, and its choice stays.
    admin.click("#door [data-next-language]").await?;
    admin.wait_until("Chinese", "document.querySelector('#login').textContent === '登录'").await?;
    admin.reload().await?;
    admin.wait_until("Chinese again", "document.documentElement.lang === 'zh-Hans'").await?;
    browser.close().await
}
