//! How large the arena of a battlefield is: as crowded as a full arena of the usual size.

/// Players for whom rules choose the size of their arena.
const CROWD: u32 = 64;

/// How many times as wide and high an arena for so many `players` is. It grows by steps, each of which doubles its area, so
/// that it does not grow with everybody who comes.
pub(super) fn scale_for(players: u32) -> f32 {
    let areas = players.div_ceil(CROWD).max(1).next_power_of_two();
    (areas as f32).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arena_doubles_when_it_is_full() {
        let areas = |players| (scale_for(players) * scale_for(players)).round();
        assert_eq!([0, 1, 64, 65, 128, 129].map(areas), [1.0, 1.0, 1.0, 2.0, 2.0, 4.0]);
        assert_eq!(scale_for(4_000), 8.0);
    }
}
