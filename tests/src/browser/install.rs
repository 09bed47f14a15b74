//! Whether a browser would install the game.

use chromiumoxide::cdp::browser_protocol::page::GetInstallabilityErrorsParams;

use super::Tab;

impl Tab {
    /// Why the browser would not offer to install the page as an app; empty when it would.
    ///
    /// # Errors
    /// When the tab is gone.
    pub async fn not_installable_because(&self) -> anyhow::Result<Vec<String>> {
        let answer = self.page.execute(GetInstallabilityErrorsParams::default()).await?;
        Ok(answer.result.installability_errors.into_iter().map(|error| error.error_id).collect())
    }
}
