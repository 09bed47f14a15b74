//! Who may be in reach of a strike, found without asking everybody.
//!
//! A uniform grid, built once in a tick in which somebody strikes. It only leaves out who cannot be in reach, and names the
//! others in ascending order, so a fight goes on exactly as if all had been asked.

use crate::hindsight::Hindsight;
use crate::vec2::{Vec2, vec2};
use crate::world::Player;

/// Up to so many players it is quicker to ask everybody.
const FEW: usize = 64;
/// Smallest side of a cell, units: about the reach of a strike and a half.
const CELL: f32 = 128.0;
/// Most cells along an axis; in a larger arena the cells are larger.
const MAX_CELLS: f32 = 256.0;
/// More than what sums of coordinates are rounded by, units.
const ROUNDING: f32 = 0.5;
/// Whoever was in places further apart than this has been moved by the rules, and is asked always, units.
const ASTRAY: f32 = 4.0 * CELL;

/// Who is where, for one tick. Keeps its memory for the next.
#[derive(Debug, Default)]
pub(crate) struct Near {
    /// All players are few.
    few: bool,
    everybody: Vec<u32>,
    origin: Vec2,
    cell: f32,
    columns: usize,
    rows: usize,
    /// Where the players of each cell begin in `members`; one more than there are cells.
    starts: Vec<u32>,
    members: Vec<u32>,
    astray: Vec<u32>,
    boxes: Vec<Bounds>,
    found: Vec<u32>,
}

/// All places at which somebody may be struck.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    min: Vec2,
    max: Vec2,
}

impl Bounds {
    fn around(first: Vec2, others: impl Iterator<Item = Vec2>) -> Self {
        let at = Self { min: first, max: first };
        others.fold(at, |at, place| Self {
            min: vec2(at.min.x.min(place.x), at.min.y.min(place.y)),
            max: vec2(at.max.x.max(place.x), at.max.y.max(place.y)),
        })
    }

    fn is_astray(&self) -> bool {
        let size = self.max - self.min;
        // Also true for what is no number.
        !(size.x <= ASTRAY && size.y <= ASTRAY)
    }
}

impl Near {
    /// Looks where everybody is, and was as far as `hindsight` goes.
    pub(crate) fn look(&mut self, players: &[Player], hindsight: &Hindsight) {
        self.few = players.len() <= FEW;
        self.everybody.clear();
        self.everybody.extend(0..players.len() as u32);
        if self.few {
            return;
        }
        self.boxes.clear();
        self.boxes.extend(
            players.iter().enumerate().map(|(index, player)| {
                Bounds::around(player.position, hindsight.places_of(index, player.id))
            }),
        );
        let whole = Bounds::around(players[0].position, players.iter().map(|player| player.position));
        let size = whole.max - whole.min;
        self.origin = whole.min;
        self.cell = CELL.max(size.x / MAX_CELLS).max(size.y / MAX_CELLS);
        self.columns = 1 + (size.x / self.cell) as usize;
        self.rows = 1 + (size.y / self.cell) as usize;
        self.sort();
    }

    /// Indexes of all who may be within `reach` of `centre`, ascending; who is further away may be among them.
    pub(crate) fn around(&mut self, centre: Vec2, reach: f32) -> &[u32] {
        if self.few {
            return &self.everybody;
        }
        self.found.clear();
        self.found.extend_from_slice(&self.astray);
        let side = vec2(reach + ROUNDING, reach + ROUNDING);
        let square = Bounds { min: centre - side, max: centre + side };
        let (columns, rows) = self.cells(&square);
        for row in rows {
            // The cells of a row lie next to each other.
            let first = row * self.columns;
            let from = self.starts[first + columns.start] as usize;
            let to = self.starts[first + columns.end] as usize;
            self.found.extend_from_slice(&self.members[from..to]);
        }
        self.found.sort_unstable();
        self.found.dedup();
        &self.found
    }

    /// Puts everybody into all cells that its bounds touch: counted first, then filled from the back.
    fn sort(&mut self) {
        self.starts.clear();
        self.starts.resize(self.columns * self.rows + 1, 0);
        self.astray.clear();
        for index in 0..self.boxes.len() {
            if self.boxes[index].is_astray() {
                self.astray.push(index as u32);
                continue;
            }
            let (columns, rows) = self.cells(&self.boxes[index]);
            for row in rows {
                columns.clone().for_each(|column| self.starts[row * self.columns + column] += 1);
            }
        }
        let mut total = 0;
        for start in &mut self.starts {
            total += *start;
            *start = total;
        }
        self.members.clear();
        self.members.resize(total as usize, 0);
        for index in 0..self.boxes.len() {
            if self.boxes[index].is_astray() {
                continue;
            }
            let (columns, rows) = self.cells(&self.boxes[index]);
            for row in rows {
                for column in columns.clone() {
                    let start = &mut self.starts[row * self.columns + column];
                    *start -= 1;
                    self.members[*start as usize] = index as u32;
                }
            }
        }
    }

    /// Columns and rows that these bounds touch; what is outside of the grid counts to its edge.
    fn cells(&self, bounds: &Bounds) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let place = |value: f32, count: usize| ((value / self.cell) as usize).min(count - 1);
        let (min, max) = (bounds.min - self.origin, bounds.max - self.origin);
        let columns = place(min.x, self.columns)..place(max.x, self.columns) + 1;
        let rows = place(min.y, self.rows)..place(max.y, self.rows) + 1;
        (columns, rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{PlayerId, Tick};
    use crate::rng::Rng;
    use crate::world::World;
    use crate::{Hindsight, Tuning};

    /// A crowd that runs, and in which some are put elsewhere in each tick.
    fn restless(count: u32, ticks: u32) -> (World, Hindsight) {
        let mut rng = Rng::new(5);
        let mut world = World::new(1, Tick(10), 30, &Tuning::default());
        let mut hindsight = Hindsight::of(8);
        for id in 1..=count {
            world.restore(Player::new(PlayerId(id)));
        }
        for tick in 0..ticks {
            for player in &mut world.players {
                let jump = tick == 0 || rng.next_u32().is_multiple_of(97);
                let spread = if jump { vec2(6_000.0, 4_000.0) } else { vec2(30.0, 30.0) };
                let random = vec2(rng.next_unit() * spread.x, rng.next_unit() * spread.y);
                player.position = if jump { random } else { player.position + random };
            }
            world.tick = world.tick.plus(1);
            if tick + 1 < ticks {
                hindsight.record(&world);
            }
        }
        (world, hindsight)
    }

    #[test]
    fn nobody_in_reach_is_left_out_now_or_in_the_past() {
        let (world, hindsight) = restless(600, 12);
        let mut near = Near::default();
        near.look(&world.players, &hindsight);
        let (reach, mut asked, mut hits) = (84.0, 0, 0);
        for striker in &world.players {
            for saw in [None, Some(f64::from(world.tick.0) - 3.4), Some(f64::from(world.tick.0) - 7.9)] {
                let found = near.around(striker.position, reach).to_vec();
                assert!(found.is_sorted_by(|a, b| a < b));
                asked += found.len();
                for (index, target) in world.players.iter().enumerate() {
                    let place = saw.and_then(|moment| hindsight.place(target.id, moment));
                    let offset = place.unwrap_or(target.position) - striker.position;
                    if offset.dot(offset) <= reach * reach {
                        hits += 1;
                        assert!(found.contains(&(index as u32)), "{index} is in reach of {}", striker.id);
                    }
                }
            }
        }
        assert!(hits > 1_800, "{hits}");
        assert!(asked < 600 * 600, "{asked} were asked about");
    }

    #[test]
    fn a_few_are_all_asked() {
        let (world, hindsight) = restless(20, 3);
        let mut near = Near::default();
        near.look(&world.players, &hindsight);
        assert_eq!(near.around(Vec2::ZERO, 1.0).len(), 20);
    }
}
