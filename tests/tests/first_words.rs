//! What the page says before there is a game: in the reader's language, and clearly when there will be none.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use tests::browser::{TestBrowser, one_at_a_time};
use tests::process::Server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_that_lacks_something_is_told_what() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    for (missing, id) in [
        ("delete window.WebAssembly", "boot-no-wasm"),
        ("delete window.WebSocket", "boot-no-websocket"),
        ("HTMLCanvasElement.prototype.getContext = () => null", "boot-no-canvas"),
    ] {
        let tab = browser.open("about:blank").await?;
        tab.before_each_page(missing).await?;
        tab.go_to(&server.url("/")).await?;
        tab.wait_until(
            "the words",
            &format!(
                "document.getElementById('{id}').offsetHeight > 0 \
                 && document.getElementById('boot-retry').offsetHeight > 0 \
                 && document.getElementById('boot-text').offsetHeight === 0"
            ),
        )
        .await?;
        tab.screenshot(id).await?;
        tab.close().await?;
    }
    browser.close().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_game_that_does_not_arrive_is_said_so() -> anyhow::Result<()> {
    let _turn = one_at_a_time().await;
    let server = Server::start().await?;
    let browser = TestBrowser::launch().await?;
    let tab = browser.open_without(&server.url("/"), "*client_bg.wasm").await?;
    tab.wait_until("the words", "document.getElementById('boot-not-loaded').offsetHeight > 0").await?;
    browser.close().await
}
