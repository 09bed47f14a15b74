//! What each member of a battlefield sees: the cells around its own view, each of them encoded once.

use protocol::codec::{FIELD, FIELD_KEYFRAME, SharedJson, snapshot_head};
use protocol::packed::{BORDER, CellRect, FieldEncoder, OwnWriter, Picture, Standing};
use protocol::{Encoding, PlayerState, Snapshot};
use sim::vec2::vec2;
use sim::{PlayerId, Vec2, World};

use super::roster::{Member, Roster};
use super::snapshot::{Private, momentum, name_of, orb_state};

/// Half of the largest part of a battlefield that a browser shows, units: see `camera.rs` of the client.
const HALF_VIEW: Vec2 = Vec2 { x: 1_020.0, y: 510.0 };
/// How much further a member sees, for the borders of cells and for a camera that comes behind, units.
const SLACK: f32 = 30.0 + BORDER;
/// How much further cells stay in view, so that nobody gets them anew who walks up and down on a border, units.
const STAY: f32 = 128.0;

/// What one connection has seen of a battlefield.
#[derive(Debug, Default)]
pub struct Seen {
    cells: Option<CellRect>,
    /// Who is in them; only for JSON.
    players: Vec<PlayerId>,
}

impl Seen {
    /// The cells of a member at `position` in an `arena` of that size: those of a view that does not leave the arena, as
    /// no camera does.
    #[must_use]
    pub fn view(&self, position: Vec2, arena: Vec2) -> CellRect {
        let within = |at: f32, half: f32, size: f32| at.min(size - half).max(half.min(size * 0.5));
        let centre = vec2(within(position.x, HALF_VIEW.x, arena.x), within(position.y, HALF_VIEW.y, arena.y));
        let around = |margin: f32| {
            let half = HALF_VIEW + vec2(margin, margin);
            let max = centre + half;
            CellRect::touching(centre - half, vec2(max.x.min(arena.x), max.y.min(arena.y)))
        };
        let wanted = around(SLACK);
        let keeps = |seen: &CellRect| seen.covers(&wanted) && around(SLACK + STAY).covers(seen);
        self.cells.filter(keeps).unwrap_or(wanted)
    }
}

/// Turns the world of a battlefield into what its members see of it.
pub struct FieldWriter {
    packed: FieldEncoder,
    pictures: Vec<Picture>,
    json: JsonField,
    /// Scores of everybody, highest first; a second old at most.
    scores: Vec<i32>,
}

/// The same as text, for each reader on its own. Only worth the work while somebody reads it.
#[derive(Default)]
struct JsonField {
    before: Vec<PlayerState>,
    now: Vec<PlayerState>,
    common: Snapshot,
}

impl FieldWriter {
    /// Will follow a fight that is played at `tick_rate` by rules like those of `tuning`.
    #[must_use]
    pub fn new(tuning: &sim::Tuning, tick_rate: u32) -> Self {
        Self {
            packed: FieldEncoder::new(momentum(tuning, tick_rate)),
            pictures: Vec::new(),
            json: JsonField::default(),
            scores: Vec::new(),
        }
    }

    /// Takes a picture of the world after a tick.
    pub fn write(&mut self, world: &World, roster: &Roster, release: u32) {
        let orb = orb_state(&world.orb);
        let members = roster.members();
        let bodies = world.players.iter().zip(members);
        self.pictures.clear();
        self.pictures.extend(
            bodies.map(|(player, member)| Picture::of(player, member.connected()).wearing(member.skin)),
        );
        self.packed.encode(world.tick, release, &orb, &self.pictures, |index| name_at(members, index));
        if world.tick.0.is_multiple_of(world.tick_rate) || self.scores.is_empty() {
            self.scores.clear();
            self.scores.extend(world.players.iter().map(|player| player.score));
            self.scores.sort_unstable_by(|a, b| b.cmp(a));
        }
        if members.iter().any(|member| member.listens_in(Encoding::Json)) {
            let common = Snapshot { tick: world.tick, release, orb, ..Snapshot::default() };
            self.json.write(world, members, common);
        }
    }

    /// Appends the message for one member, who looks at the cells of `view`, to `out`.
    pub fn message(
        &mut self,
        out: &mut Vec<u8>,
        reader: Reader<'_>,
        private: &Private<'_>,
        members: &[Member],
    ) {
        let Reader { encoding, view, standing, told, seen } = reader;
        let before = seen.cells.filter(|_| !private.keyframe);
        seen.cells = Some(view);
        match encoding {
            Encoding::Json => {
                let in_view = self.packed.in_view(view);
                let whole = before.is_none();
                let snapshot = self.json.snapshot(in_view, whole, standing, &mut seen.players, members);
                SharedJson::encode(&snapshot).write(out, private.own);
            }
            Encoding::Binary => {
                let kind = if private.keyframe { FIELD_KEYFRAME } else { FIELD };
                out.extend_from_slice(&snapshot_head(kind, self.packed.tick()));
                told.write(out, private.own, private.exact || private.keyframe, private.keyframe);
                self.packed.write(out, before, view, standing, |index| name_at(members, index));
            }
        }
    }

    /// How many cells of this tick were encoded for those who did not see them before.
    #[must_use]
    pub fn keyframes_encoded(&self) -> u32 {
        self.packed.encodings().keyframes as u32
    }

    /// Where somebody with that score stands.
    #[must_use]
    pub fn standing(&self, score: i32) -> Standing {
        let better = self.scores.partition_point(|other| *other > score);
        Standing { rank: better as u32 + 1, players: self.scores.len() as u32 }
    }
}

/// Players and members stand in the same order.
fn name_at(members: &[Member], index: usize) -> &str {
    members.get(index).map_or("", |member| &member.name)
}

/// Who a message is for.
pub struct Reader<'a> {
    /// How it wants its messages.
    pub encoding: Encoding,
    /// What it looks at.
    pub view: CellRect,
    /// What it is told of its place in the round.
    pub standing: Option<Standing>,
    /// What it was told of its own inputs.
    pub told: &'a mut OwnWriter,
    /// What it saw in the tick before.
    pub seen: &'a mut Seen,
}

impl JsonField {
    fn write(&mut self, world: &World, members: &[Member], common: Snapshot) {
        std::mem::swap(&mut self.before, &mut self.now);
        // A first reader, or one after a while, begins with a keyframe.
        self.now.clear();
        let bodies = world.players.iter().zip(members);
        self.now.extend(
            bodies.map(|(player, member)| {
                PlayerState::unnamed(player, member.connected()).wearing(member.skin)
            }),
        );
        self.common = common;
    }

    /// What changed for somebody who saw the players of `seen`, and now sees those at `in_view`.
    fn snapshot(
        &self,
        in_view: impl Iterator<Item = usize>,
        whole: bool,
        standing: Option<Standing>,
        seen: &mut Vec<PlayerId>,
        members: &[Member],
    ) -> Snapshot {
        if whole {
            seen.clear();
        }
        let mut visible: Vec<&PlayerState> = in_view.filter_map(|index| self.now.get(index)).collect();
        visible.sort_unstable_by_key(|state| state.id);
        let old = |id: PlayerId| {
            let index = self.before.binary_search_by_key(&id, |state| state.id).ok()?;
            seen.binary_search(&id).is_ok().then(|| &self.before[index])
        };
        let change = |state: &&PlayerState| match old(state.id) {
            Some(old) => state.changes_since(old),
            None => {
                let name = Some(name_of(members, state.id).to_owned());
                Some(PlayerState { name, ..(*state).clone() })
            }
        };
        let players = visible.iter().filter_map(change).collect();
        let now: Vec<PlayerId> = visible.iter().map(|state| state.id).collect();
        let removed = seen.iter().filter(|id| now.binary_search(id).is_err()).copied().collect();
        *seen = now;
        Snapshot { full: whole, players, removed, standing, ..self.common.clone() }
    }
}
