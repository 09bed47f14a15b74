//! What happened in a tick, encoded once, for everybody or for those who can see it.

use protocol::packed::CellRect;
use protocol::{Encoding, ServerMessage, codec};
use sim::{PlayerId, World};

use super::Mode;
use super::parcel::Parcel;
use super::roster::Roster;

/// Messages that share a frame: the longest, a chat line, is shorter than a 250th of the longest frame.
const FRAME: usize = 250;

/// The news of one tick. Keeps its memory for the next.
#[derive(Default)]
pub(super) struct News {
    mode: Mode,
    /// In JSON and in binary.
    parcels: [Parcel; 2],
    /// Of each message, in a battlefield.
    audiences: Vec<Audience>,
}

/// Who is told in a battlefield.
#[derive(Clone, Copy)]
struct Audience {
    everybody: bool,
    /// Who took part.
    players: [Option<PlayerId>; 2],
    /// The cell in which it happened.
    place: Option<CellRect>,
}

impl News {
    /// For a room in which members see what this mode says.
    pub(super) fn new(mode: Mode) -> Self {
        Self { mode, ..Self::default() }
    }

    /// Encodes `messages`, which are used up, in the encodings that somebody reads.
    pub(super) fn encode(&mut self, roster: &Roster, world: &World, messages: &mut Vec<ServerMessage>) {
        self.audiences.clear();
        if self.mode == Mode::Battlefield {
            self.audiences.extend(messages.iter().map(|message| Audience::of(message, world)));
        }
        for (parcel, encoding) in self.parcels.iter_mut().zip([Encoding::Json, Encoding::Binary]) {
            parcel.clear();
            if messages.is_empty() || !roster.listens_in(encoding) {
                continue;
            }
            // Where all are told the same, they are told it in one piece.
            if encoding == Encoding::Binary && self.mode == Mode::Arena && messages.len() > 1 {
                messages.chunks(FRAME).for_each(|piece| parcel.push(&codec::encode_messages(piece)));
            } else {
                messages.iter().for_each(|message| parcel.push(&codec::encode_server(message, encoding)));
            }
        }
        messages.clear();
    }

    /// Appends what `player` is told to `out`: everything, or what it sees of a battlefield.
    pub(super) fn tell(
        &self,
        out: &mut Parcel,
        encoding: Encoding,
        player: PlayerId,
        view: Option<CellRect>,
    ) {
        let parcel = &self.parcels[usize::from(encoding == Encoding::Binary)];
        match view {
            None => out.append(parcel),
            Some(view) => parcel
                .iter()
                .zip(&self.audiences)
                .filter(|(_, audience)| audience.includes(player, view))
                .for_each(|(message, _)| out.push(message)),
        }
    }
}

impl Audience {
    fn of(message: &ServerMessage, world: &World) -> Self {
        let around = |place: PlayerId, other: Option<PlayerId>| {
            let place_of = |player: &sim::Player| CellRect::touching(player.position, player.position);
            Self { everybody: false, players: [Some(place), other], place: world.player(place).map(place_of) }
        };
        match *message {
            ServerMessage::PlayerAttacked { attacker, target, .. } => around(target, Some(attacker)),
            ServerMessage::PlayerKilled { killer, victim, .. } => around(victim, Some(killer)),
            ServerMessage::PlayerRespawned { id } => around(id, None),
            ServerMessage::Chat { from, .. } => around(from, None),
            // Names come with the first sight of somebody.
            ServerMessage::NewPlayer { .. } | ServerMessage::PlayerLeft { .. } => {
                Self { everybody: false, players: [None; 2], place: None }
            }
            _ => Self { everybody: true, players: [None; 2], place: None },
        }
    }

    fn includes(&self, player: PlayerId, view: CellRect) -> bool {
        self.everybody
            || self.place.is_some_and(|place| view.covers(&place))
            || self.players.contains(&Some(player))
    }
}
