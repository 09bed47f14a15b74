//! What is drawn in full. Where hundreds fight in sight, nobody can follow what happens far from their own player, and every
//! stroke costs: there, others are drawn plainly.

use client_core::View;
use client_core::sim::Vec2;

/// So many in sight can be followed by eye.
const MANY: usize = 48;
/// Around our own player, or whom we watch, everything is drawn in full, radius in bodies.
const CLOSE: f32 = 6.0;

/// Where things are drawn in full.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Detail {
    /// Only within this circle; `None` is everywhere.
    circle: Option<(Vec2, f32)>,
}

impl Detail {
    /// For `seen` players in sight, while we look at `look_at` rather than at ourselves.
    pub(crate) fn of(view: &View, look_at: Option<Vec2>, seen: usize) -> Self {
        if seen <= MANY {
            return Self::default();
        }
        let radius = CLOSE * view.tuning.player_radius;
        // At the title there is no own player: what the orb does is followed there.
        let centre = look_at.or_else(|| view.own().map(|me| me.position)).unwrap_or(view.orb.position);
        Self { circle: Some((centre, radius)) }
    }

    /// Whether everything is drawn in full, wherever it happens.
    pub(crate) fn is_everywhere(&self) -> bool {
        self.circle.is_none()
    }

    /// Whether that is drawn in full which happens at a place.
    pub(crate) fn is_full_at(&self, place: Vec2) -> bool {
        self.circle.is_none_or(|(centre, radius)| (place - centre).length() <= radius)
    }
}
