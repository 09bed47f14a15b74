//! The admin tab, as an operator opens it.

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
