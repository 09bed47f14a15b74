//! The admin tab, as an operator opens it.

use anyhow::ensure;

use crate::browser::{Tab, TestBrowser};
use crate::process::{ADMIN_TOKEN, Server};

/// Opens the admin tab and logs in with the server's token, until the live script is there.
///
/// # Errors
/// When that does not happen.
pub async fn open(browser: &TestBrowser, server: &Server) -> anyhow::Result<Tab> {
    let admin = browser.open(&server.url("/admin")).await?;
    log_in(&admin).await?;
    Ok(admin)
}

/// The same, with the full editor.
///
/// # Errors
/// When that does not happen.
pub async fn open_editor(browser: &TestBrowser, server: &Server) -> anyhow::Result<Tab> {
    let admin = open(browser, server).await?;
    admin
        .wait_until("the full editor", "document.querySelector('#editor[data-editor=full] .cm-content')")
        .await?;
    Ok(admin)
}

/// Goes on after the question whether to, which must name `what`.
///
/// # Errors
/// When nothing is asked, or something else.
pub async fn confirm(admin: &Tab, what: &str) -> anyhow::Result<()> {
    admin.wait_until("the question", "document.querySelector('#confirm').open").await?;
    let asked = admin.evaluate("document.querySelector('#confirm').innerText").await?;
    ensure!(asked.as_str().is_some_and(|asked| asked.contains(what)), "{what} is not in {asked}");
    admin.click("#confirm-go").await
}

/// Keeps the next call whose address has `part` in it from leaving the page, until [`let_go`].
///
/// # Errors
/// When the page does not answer.
pub async fn hold(admin: &Tab, part: &str) -> anyhow::Result<()> {
    let script = format!(
        "(() => {{ const real = window.fetch; window.letGo = null; window.fetch = (...call) => {{ \
         if (!String(call[0]).includes('{part}')) return real(...call); \
         window.fetch = real; \
         return new Promise(answer => {{ window.letGo = async () => {{ \
         const late = await real(...call); answer(new Response(await late.text(), late)); \
         await (await real('/api/door')).text(); }}; }}); }}; }})()"
    );
    admin.evaluate(&script).await?;
    Ok(())
}

/// Lets the call go that is held, once it was made; the page has its answer then.
///
/// # Errors
/// When none was made.
pub async fn let_go(admin: &Tab) -> anyhow::Result<()> {
    admin.wait_until("the call", "window.letGo").await?;
    admin.evaluate("window.letGo()").await?;
    Ok(())
}

/// Logs in with the server's token, until the live script is there.
///
/// # Errors
/// When that does not happen.
pub async fn log_in(admin: &Tab) -> anyhow::Result<()> {
    admin.wait_until("the login", "document.querySelector('#token')").await?;
    admin.fill("#token", ADMIN_TOKEN).await?;
    admin.click("#login").await?;
    admin.wait_until("the live script", "document.querySelector('#script').value.includes('ARENA')").await
}
