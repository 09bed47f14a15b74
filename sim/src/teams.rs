//! Two teams: who is on which, and what that means. Rules turn them on with the tuning number `teams`.
//!
//! A player's team is 0 while everybody fights for themselves, else 1 or 2. Everything here follows from the world alone, so
//! that it can be played again.

use crate::ids::PlayerId;
use crate::tuning::Tuning;
use crate::world::{Player, World};

/// How many teams there are when there are any.
pub const TEAMS: usize = 2;

/// What a team has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TeamSum {
    /// Members.
    pub members: u32,
    /// Members who are no bots.
    pub people: u32,
    /// Points of all its members together.
    pub points: i32,
}

impl TeamSum {
    fn add(&mut self, player: &Player) {
        self.members += 1;
        self.people += u32::from(!player.id.is_bot());
        self.points = self.points.saturating_add(player.score);
    }
}

/// Two players who do not hurt each other.
#[must_use]
pub fn mates(one: &Player, other: &Player) -> bool {
    one.team != 0 && one.team == other.team
}

/// Rules with these numbers are for teams.
#[must_use]
pub fn are_on(tuning: &Tuning) -> bool {
    tuning.teams >= TEAMS as f32
}

/// What each team has; team 1 comes first.
#[must_use]
pub fn sums(players: &[Player]) -> [TeamSum; TEAMS] {
    let mut sums = [TeamSum::default(); TEAMS];
    for player in players {
        if let Some(sum) = sums.get_mut(usize::from(player.team).wrapping_sub(1)) {
            sum.add(player);
        }
    }
    sums
}

/// The team with more points, when there are teams. Nobody wins a draw.
#[must_use]
pub fn winner(players: &[Player]) -> Option<u8> {
    let [one, two] = sums(players);
    match one.points.cmp(&two.points) {
        std::cmp::Ordering::Greater if one.points > 0 => Some(1),
        std::cmp::Ordering::Less if two.points > 0 => Some(2),
        _ => None,
    }
}

/// The team that needs somebody like this more. People are spread over both teams first, and bots make the numbers even; then
/// the one with fewer points, then team 1.
fn weaker(sums: &[TeamSum; TEAMS], bot: bool) -> u8 {
    let need = |sum: &TeamSum| (if bot { 0 } else { sum.people }, sum.members, sum.points);
    if need(&sums[1]) < need(&sums[0]) { 2 } else { 1 }
}

impl World {
    /// Gives a player who has none a team, when the rules are for teams: the smaller one. Does nothing otherwise.
    pub fn enlist(&mut self, id: PlayerId, tuning: &Tuning) {
        if !are_on(tuning) {
            return;
        }
        let sums = sums(&self.players);
        if let Some(player) = self.player_mut(id).filter(|player| player.team == 0) {
            player.team = weaker(&sums, id.is_bot());
        }
    }

    /// Makes the teams fit the rules: deals everybody out when teams are new, gives those without a team one, or ends the teams.
    pub(crate) fn fit_teams(&mut self, tuning: &Tuning) {
        let without = self.players.iter().filter(|player| player.team == 0).count();
        if !are_on(tuning) {
            if without < self.players.len() {
                self.players.iter_mut().for_each(|player| player.team = 0);
            }
        } else if without == self.players.len() {
            self.deal_teams(tuning);
        } else if without > 0 {
            for index in 0..self.players.len() {
                self.enlist(self.players[index].id, tuning);
            }
        }
    }

    /// Deals everybody out anew, the best first, so that both teams are as strong: people in turns (1, 2, 2, 1, 1, 2, ...), then
    /// bots to the smaller team. Without teams everybody is on none.
    pub(crate) fn deal_teams(&mut self, tuning: &Tuning) {
        self.players.iter_mut().for_each(|player| player.team = 0);
        if !are_on(tuning) {
            return;
        }
        let mut order: Vec<usize> = (0..self.players.len()).collect();
        order.sort_by_key(|index| {
            let player = &self.players[*index];
            (player.id.is_bot(), std::cmp::Reverse(player.score), player.id)
        });
        let mut sums = [TeamSum::default(); TEAMS];
        for (turn, index) in order.into_iter().enumerate() {
            let player = &mut self.players[index];
            let team =
                if player.id.is_bot() { weaker(&sums, true) } else { 1 + (turn.div_ceil(2) % 2) as u8 };
            player.team = team;
            sums[usize::from(team) - 1].add(player);
        }
    }
}
