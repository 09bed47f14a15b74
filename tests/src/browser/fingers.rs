//! Fingers on the screen of a tab.

use chromiumoxide::cdp::browser_protocol::input::DispatchTouchEventReturns;
use chromiumoxide::types::MethodId;
use chromiumoxide::{Command, Method};
use serde::Serialize;

use super::Tab;

/// `Input.dispatchTouchEvent`. The library's own leaves out an empty list of points, which the browser then misses.
#[derive(Debug, Serialize)]
struct TouchEvent {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "touchPoints")]
    points: Vec<Point>,
}

#[derive(Debug, Serialize)]
struct Point {
    id: f64,
    x: f64,
    y: f64,
}

impl Method for TouchEvent {
    fn identifier(&self) -> MethodId {
        "Input.dispatchTouchEvent".into()
    }
}

impl Command for TouchEvent {
    type Response = DispatchTouchEventReturns;
}

impl Tab {
    /// From now on these fingers are on the screen, each with its number and place: new ones go down, known ones move there,
    /// and those that are not named are lifted.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn touch(&self, fingers: &[(u8, f64, f64)]) -> anyhow::Result<()> {
        let known = self.fingers.swap(fingers.len(), std::sync::atomic::Ordering::Relaxed);
        let kind = match (fingers.len(), known) {
            (0, _) => "touchEnd",
            (now, before) if now > before => "touchStart",
            _ => "touchMove",
        };
        let points = fingers.iter().map(|&(id, x, y)| Point { id: f64::from(id), x, y }).collect();
        self.page.execute(TouchEvent { kind, points }).await?;
        Ok(())
    }
}
