//! From a fresh connection to a player in the arena.

use std::time::Duration;

use futures_util::{Stream, StreamExt};
use protocol::{
    ClientMessage, CloseCode, Encoding, ErrorCode, Hello, PROTOCOL_VERSION, ServerMessage, Welcome, codec,
    limits,
};
use sim::Vec2;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::outbound::Outbound;
use super::resume::{self, Token};
use super::waiting::{self, Wanted};
use super::watch::{self, Watching};
use super::{Peer, inbound};
use crate::lobby::{JoinError, Lobby, Seat, Wish};
use crate::moderation::{Comer, actions};
use crate::room::{Earlier, Join, RoomEvent, Sender};
use crate::storage::{Sanction, SavedPlayer, SessionRecord};
use crate::transport::{Incoming, TransportError};

/// Time for the `hello`.
const HELLO_TIMEOUT: Duration = Duration::from_secs(5);
/// Messages other than `hello` that are answered before the connection is closed.
const MAX_WRONG_MESSAGES: u32 = 3;

/// Somebody who came in.
pub enum Entry {
    /// To play.
    Player(Admitted),
    /// To watch.
    Watcher(Watching),
}

/// A player who is in the arena.
pub struct Admitted {
    /// Who, and through which connection.
    pub from: Sender,
    /// Number of its room.
    pub room: u32,
    /// Takes what the player wants.
    pub inbox: mpsc::Sender<RoomEvent>,
    /// An earlier resume token is still good.
    pub unconfirmed: bool,
    /// SHA-256 of the resume token that this connection got.
    pub token_hash: [u8; 32],
}

/// Waits for the `hello` and lets the player in, as soon as there is a seat.
///
/// # Errors
/// The code to close with; `None` when the connection is gone already.
pub async fn shake_hands(
    stream: &mut (impl Stream<Item = Result<Incoming, TransportError>> + Unpin),
    outbound: &Outbound,
    peer: Peer,
    lobby: &Lobby,
) -> Result<Entry, Option<CloseCode>> {
    let hello = wait_for_hello(stream, outbound, peer).await?;
    if hello.protocol != PROTOCOL_VERSION {
        let message = format!(
            "this server speaks protocol {PROTOCOL_VERSION}, not {}: reload the page or update the client",
            hello.protocol
        );
        complain(outbound, ErrorCode::WrongVersion, message).await?;
        return Err(Some(CloseCode::WrongVersion));
    }
    let wish = match Wish::read(hello.room.as_deref()) {
        Ok(wish) => wish,
        Err(error) => return Err(refuse(outbound, error).await),
    };
    if hello.watch {
        return watch::enter(&wish, outbound, peer, lobby).await.map(Entry::Watcher);
    }
    admit(hello, &wish, stream, outbound, peer, lobby).await.map(Entry::Player)
}

/// Says why somebody cannot come in; gives the code to close with.
pub(super) async fn refuse(outbound: &Outbound, error: JoinError) -> Option<CloseCode> {
    let (code, close) = match error {
        JoinError::Full | JoinError::TooManyJoins => (ErrorCode::Full, CloseCode::Full),
        JoinError::NoSeat | JoinError::NoPlace | JoinError::TooManyRooms | JoinError::TooManyOfYours => {
            (ErrorCode::Full, CloseCode::NoRoom)
        }
        JoinError::NoRoom | JoinError::NotWatchable => (ErrorCode::NoRoom, CloseCode::NoRoom),
        JoinError::Draining | JoinError::Elsewhere | JoinError::Lost => {
            (ErrorCode::Full, CloseCode::GoingAway)
        }
    };
    complain(outbound, code, error.to_string()).await.err().unwrap_or(Some(close))
}

async fn wait_for_hello(
    stream: &mut (impl Stream<Item = Result<Incoming, TransportError>> + Unpin),
    outbound: &Outbound,
    peer: Peer,
) -> Result<Hello, Option<CloseCode>> {
    let deadline = Instant::now() + HELLO_TIMEOUT;
    let mut wrong = 0;
    loop {
        let incoming =
            timeout_at(deadline, stream.next()).await.map_err(|_| Some(CloseCode::HandshakeFailed))?;
        let (code, message) = match incoming {
            None | Some(Err(TransportError::Broken(_))) => return Err(None),
            Some(Err(TransportError::Refused(code))) => return Err(Some(code)),
            // A flood of them is always ready, and what is ready never times out.
            Some(Ok(Incoming::Alive)) if Instant::now() >= deadline => {
                return Err(Some(CloseCode::HandshakeFailed));
            }
            Some(Ok(Incoming::Alive)) => continue,
            Some(Ok(Incoming::WrongKind)) => {
                (ErrorCode::BadMessage, "this subprotocol takes messages of the other kind".to_owned())
            }
            Some(Ok(Incoming::Message(bytes))) => match codec::decode_client(&bytes, peer.encoding) {
                Ok(ClientMessage::Hello(hello)) => return Ok(hello),
                Ok(_) => (ErrorCode::BadHandshake, "say hello first".to_owned()),
                // The binary form of a message has no names of fields: what cannot be read is most likely the hello of a
                // page that was loaded before the server became another one. Told so, it loads itself again.
                Err(_) if peer.encoding == Encoding::Binary => {
                    let message =
                        "this is no hello of this version: reload the page or update the client".to_owned();
                    complain(outbound, ErrorCode::WrongVersion, message).await?;
                    return Err(Some(CloseCode::WrongVersion));
                }
                Err(error) => (inbound::error_code(&error), error.to_string()),
            },
        };
        complain(outbound, code, message).await?;
        wrong += 1;
        if wrong >= MAX_WRONG_MESSAGES {
            return Err(Some(CloseCode::HandshakeFailed));
        }
    }
}

async fn admit(
    hello: Hello,
    wish: &Wish,
    stream: &mut (impl Stream<Item = Result<Incoming, TransportError>> + Unpin),
    outbound: &Outbound,
    peer: Peer,
    lobby: &Lobby,
) -> Result<Admitted, Option<CloseCode>> {
    let token = hello.resume.as_deref().map(resume::hash);
    let stranger = Comer { player: None, token, address: peer.address.ip() };
    keep_out(stranger, outbound, lobby).await?;
    let (record, returning) = identify(&hello, outbound, lobby).await?;
    let player = record.player;
    let comer = Comer { player: Some(player), ..stranger };
    keep_out(comer, outbound, lobby).await?;
    let from = peer.address.ip();
    let wanted = Wanted { player, from, earlier: returning.then_some(record.room), wish };
    let seat = match wanted.take_seat(lobby, None) {
        Ok(seat) => seat,
        Err(JoinError::Full) => waiting::wait_for_seat(&wanted, stream, outbound, peer, lobby).await?,
        Err(error) => return Err(refuse(outbound, error).await),
    };
    let skin = hello.skin.filter(|skin| *skin < limits::SKINS);
    // A ban may have come while it waited in line.
    let arrived = match keep_out(comer, outbound, lobby).await {
        Ok(()) => enter((record, skin), returning, &seat, outbound, peer, lobby).await,
        Err(code) => Err(code),
    };
    match arrived {
        Ok(arrived) => greet(arrived, comer, &seat, outbound, lobby).await,
        Err(code) => {
            if seat.fresh {
                lobby.give_up(player, seat.room);
            }
            Err(code)
        }
    }
}

/// Who this is: a player who was here before, or a new one with a fresh id. True for the former.
async fn identify(
    hello: &Hello,
    outbound: &Outbound,
    lobby: &Lobby,
) -> Result<(SessionRecord, bool), Option<CloseCode>> {
    if let Some(record) = find_earlier(hello, outbound, lobby).await? {
        return Ok((record, true));
    }
    let player = lobby.next_player().await.map_err(|error| internal(&error))?;
    let name = match usable_name(&hello.name, lobby) {
        Ok(name) => name,
        Err(why) => {
            complain(outbound, ErrorCode::BadName, why.to_owned()).await?;
            format!("Player {player}")
        }
    };
    let record = SessionRecord {
        player,
        name,
        room: 0,
        token_hash: [0; 32],
        previous_token_hash: None,
        last_seen_ms: 0,
        saved: NEWCOMER,
    };
    Ok((record, false))
}

/// A name as the others may see it, or why they may not.
fn usable_name(wanted: &str, lobby: &Lobby) -> Result<String, &'static str> {
    let name = limits::clean_name(wanted).ok_or("a name needs at least one visible character")?;
    if lobby.moderation().words().hits(&name) {
        return Err("this name has a word in it that is not wanted here; you got another one");
    }
    Ok(name)
}

/// Turns away who is banned, with the reason.
async fn keep_out(comer: Comer, outbound: &Outbound, lobby: &Lobby) -> Result<(), Option<CloseCode>> {
    let Some(ban) = lobby.moderation().ban_of(&comer) else { return Ok(()) };
    Err(turn_away(&ban, comer, outbound).await)
}

/// Says why somebody is banned; gives the code to close with.
async fn turn_away(ban: &Sanction, comer: Comer, outbound: &Outbound) -> Option<CloseCode> {
    tracing::info!(player = %ban.player, ban = ban.id, address = %comer.address, "turned away");
    let told = outbound.send(&ServerMessage::Kicked(actions::removal(ban))).await;
    told.err().unwrap_or(Some(CloseCode::Kicked))
}

/// A player who is in the arena and does not know it yet.
struct Arrived {
    from: Sender,
    token_hash: [u8; 32],
    /// Was here before.
    returning: bool,
    welcome: Welcome,
}

/// Puts the player into the arena, with a new resume token that is stored before the player gets it.
async fn enter(
    (mut record, skin): (SessionRecord, Option<u8>),
    returning: bool,
    seat: &Seat,
    outbound: &Outbound,
    peer: Peer,
    lobby: &Lobby,
) -> Result<Arrived, Option<CloseCode>> {
    let token = Token::generate().map_err(|error| internal(&error))?;
    let from = Sender { player: record.player, session: lobby.next_session() };
    // Here and not in the room: what is stored names the new room from now on.
    if record.room != seat.room {
        record.saved = record.saved.without_points();
    }
    let seen_ms = Some(record.last_seen_ms).filter(|seen_ms| *seen_ms > lobby.opened_ms());
    let join = Join {
        from,
        name: record.name.clone(),
        skin,
        resume: token.secret,
        saved: returning.then_some(Earlier { saved: record.saved, seen_ms }),
        encoding: peer.encoding,
        address: peer.address,
        outbox: outbound.for_room(),
    };
    record.room = seat.room;
    record.token_hash = token.hash;
    record.last_seen_ms = crate::unix_ms();
    lobby.store().save_session(record).await.map_err(|error| internal(&error))?;
    let mut welcome = match lobby.join(seat, join).await {
        Ok(welcome) => welcome,
        Err(JoinError::Elsewhere) => return Err(Some(CloseCode::Replaced)),
        Err(error) => return Err(internal(&error)),
    };
    welcome.build = lobby.client_build().map(str::to_owned);
    welcome.room_code = seat.code.as_deref().map(str::to_owned);
    let (player, resumed) = (from.player, welcome.resumed);
    tracing::info!(%player, room = seat.room, resumed, address = %peer.address, "joined");
    Ok(Arrived { from, token_hash: token.hash, returning, welcome })
}

/// Tells the player that it is in. From here on the room gives the seat back, when the body goes.
async fn greet(
    Arrived { from, token_hash, returning, welcome }: Arrived,
    comer: Comer,
    seat: &Seat,
    outbound: &Outbound,
    lobby: &Lobby,
) -> Result<Admitted, Option<CloseCode>> {
    let player = from.player;
    // The room does not know a player who is not there yet, so a ban in that moment takes nobody out.
    if let Some(ban) = lobby.moderation().ban_of(&comer) {
        let code = turn_away(&ban, comer, outbound).await;
        let _ = seat.inbox.send(RoomEvent::Kick { player, removal: actions::removal(&ban) }).await;
        return Err(code);
    }
    if let Err(code) = outbound.send(&ServerMessage::Welcome(welcome)).await {
        if returning {
            let _ = seat.inbox.send(RoomEvent::Lost { from }).await;
        } else {
            // Without its token nobody can come back as this player.
            super::leave(from, token_hash, &seat.inbox, lobby).await;
        }
        return Err(code);
    }
    if let Some(mute) = lobby.moderation().mute_of(player) {
        let seconds = mute.seconds_left(crate::unix_ms());
        if let Err(code) = outbound.send(&ServerMessage::Muted { muted: true, seconds }).await {
            let _ = seat.inbox.send(RoomEvent::Lost { from }).await;
            return Err(code);
        }
    }
    outbound.let_room_through();
    Ok(Admitted { from, room: seat.room, inbox: seat.inbox.clone(), unconfirmed: returning, token_hash })
}

pub(super) fn internal(error: &dyn std::fmt::Display) -> Option<CloseCode> {
    tracing::error!("a player could not be let in: {error}");
    Some(CloseCode::Internal)
}

/// The player that the resume token belongs to; a token that is not good is answered, and the player is a new one.
async fn find_earlier(
    hello: &Hello,
    outbound: &Outbound,
    lobby: &Lobby,
) -> Result<Option<SessionRecord>, Option<CloseCode>> {
    let Some(secret) = &hello.resume else { return Ok(None) };
    let window = lobby.config().resume_window.as_millis() as u64;
    let oldest = crate::unix_ms().saturating_sub(window);
    let found = resume::look_up(lobby.store(), secret, oldest).await.map_err(|error| {
        tracing::error!("a resume token could not be looked up: {error}");
        Some(CloseCode::Internal)
    })?;
    if found.is_none() {
        let message = "this resume token is unknown, used or too old: you are a new player".to_owned();
        complain(outbound, ErrorCode::BadResume, message).await?;
    }
    Ok(found)
}

async fn complain(outbound: &Outbound, code: ErrorCode, message: String) -> Result<(), Option<CloseCode>> {
    outbound.send(&ServerMessage::Error { code, message }).await
}

/// What is stored of somebody who was never in the arena: dead, and due to respawn. The first checkpoint replaces it.
const NEWCOMER: SavedPlayer = SavedPlayer {
    position: Vec2::ZERO,
    facing: Vec2 { x: 1.0, y: 0.0 },
    hp: 0,
    score: 0,
    kills: 0,
    deaths: 0,
    streak: 0,
    respawn_ticks: 0,
};
