//! What the server says, message by message.

use protocol::packed::{Decoded, OwnCheck, SnapshotDecoder, SnapshotError, own_checksum};
use protocol::snapshot::OwnState;
use protocol::{CloseCode, Encoding, ErrorCode, ServerMessage, Snapshot, Welcome, codec};
use sim::{PlayerId, Tick, Vec2};

use crate::client::{Client, Place};
use crate::connection::ConnectionState;
use crate::outbox::{Action, ClientEvent};
use crate::prediction::Verdict;
use crate::sight::{self, Taken};

/// Sequence numbers that are left out when the server knows higher ones than we do: it may hold some that it has not
/// told of.
const SEQ_GAP: u32 = 100;
/// A wrong prediction that is not put right is complained about again, milliseconds.
const DOUBT_TIMEOUT_MS: f64 = 1_000.0;
/// Fastest tick rate that is believed.
const MAX_TICK_RATE: u32 = 240;
/// An own strike that the server has not confirmed for so long never happened, ticks.
const STRIKE_MEMORY: u32 = 60;

impl Client {
    /// A frame came, of whatever kind.
    pub(crate) fn handle_frame(&mut self, now_ms: f64, bytes: &[u8]) {
        let encoding = self.out.encoding();
        if encoding == Encoding::Binary && codec::snapshot_tick(bytes).is_some() {
            return self.packed_snapshot(now_ms, bytes);
        }
        match codec::decode_messages(bytes, encoding) {
            Ok(messages) => messages.into_iter().for_each(|message| self.receive(now_ms, message)),
            Err(error) => self.bad_message(error.to_string()),
        }
    }

    fn packed_snapshot(&mut self, now_ms: f64, frame: &[u8]) {
        if *self.connection.state() != ConnectionState::Online {
            return;
        }
        match self.snapshots.decode(frame) {
            Ok(Decoded { mut snapshot, check }) => {
                if let Some(check) = check {
                    // What the server says is compared with what was predicted by now, not by the last frame.
                    self.predict(now_ms);
                    snapshot.you = self.confirmed(snapshot.tick, check);
                    // While inputs are late, the server has not done yet what we have.
                    let wrong = snapshot.you.is_none() && !self.predictor.is_late(snapshot.tick, check.seq);
                    if wrong && now_ms - self.doubted_ms > DOUBT_TIMEOUT_MS {
                        // A keyframe comes with the own state, and so do the snapshots after it.
                        self.doubted_ms = now_ms;
                        self.ask_keyframe();
                    }
                }
                self.snapshot(now_ms, snapshot);
            }
            Err(SnapshotError::NeedsKeyframe) => {
                if self.sight.may_ask_keyframe(now_ms) {
                    self.ask_keyframe();
                }
            }
            Err(error @ SnapshotError::Malformed) => self.bad_message(error.to_string()),
        }
    }

    /// The own state at `tick` as it was predicted, if the server's checksum says that it is right.
    fn confirmed(&self, tick: Tick, check: OwnCheck) -> Option<OwnState> {
        let body = self.predictor.state_at(tick)?;
        let own = OwnState::of(body, check.seq, check.lead);
        (own_checksum(&own) == check.checksum).then_some(own)
    }

    pub(crate) fn receive(&mut self, now_ms: f64, message: ServerMessage) {
        match message {
            ServerMessage::Welcome(welcome) => self.welcome(now_ms, welcome),
            ServerMessage::Error { code, message } => self.refused(code, message),
            ServerMessage::Redirect { url } => self.redirected(now_ms, url),
            ServerMessage::Draining => self.out.tell(ClientEvent::Draining),
            ServerMessage::Queued { place, of } => {
                self.lined_up_after_ms.get_or_insert(now_ms - self.hello_ms);
                self.connection.lined_up(now_ms, place, of);
            }
            ServerMessage::Kicked(removal) => self.out.tell(ClientEvent::Kicked(removal)),
            _ if *self.connection.state() != ConnectionState::Online => {}
            ServerMessage::Snapshot(snapshot) => self.snapshot(now_ms, snapshot),
            ServerMessage::HeartbeatAck { t, tick, server_time } => {
                if let Some(rtt_ms) = self.clock.observe(now_ms, t, tick, server_time) {
                    self.stats.rtt_ms = rtt_ms;
                }
            }
            ServerMessage::HotUpdate { release, scene, activate_tick } => {
                let resizes = release.as_ref().is_some_and(|release| self.releases.only_resizes(release));
                if !resizes || scene.is_some() {
                    self.out.tell(ClientEvent::UpdateAnnounced {
                        release: release.clone().filter(|_| !resizes),
                        scene: scene.clone(),
                    });
                }
                if let Some(release) = release {
                    self.releases.announce(now_ms, release, activate_tick, &mut self.out);
                }
                if let Some(scene) = scene {
                    self.scenes.announce(now_ms, scene, activate_tick);
                }
            }
            ServerMessage::NewPlayer { player } => {
                let name = self.sight.introduce(&player);
                if self.me != Some(player.id) {
                    self.out.tell(ClientEvent::PlayerJoined { id: player.id, name });
                }
            }
            ServerMessage::PlayerLeft { id } => {
                let name = self.sight.forget(id);
                self.out.tell(ClientEvent::PlayerLeft { id, name });
            }
            ServerMessage::PlayerAttacked { attacker, target, damage, hp, by_orb } => {
                self.out.tell(ClientEvent::Hit { attacker, target, damage, hp, by_orb });
            }
            ServerMessage::PlayerKilled { killer, victim, by_orb } => {
                self.out.tell(ClientEvent::Killed { killer, victim, by_orb });
            }
            ServerMessage::PlayerRespawned { id } => self.out.tell(ClientEvent::Respawned { player: id }),
            ServerMessage::Chat { from, text } => self.out.tell(ClientEvent::Chat { from, text }),
            ServerMessage::Vote(vote) => self.out.tell(ClientEvent::Vote(vote)),
            ServerMessage::KickVote(vote) => {
                let ticks = f64::from(vote.ends.0) - self.clock.server_tick(now_ms);
                let seconds = (ticks / f64::from(self.tick_rate)).max(0.0) as f32;
                self.out.tell(ClientEvent::KickVote { vote, seconds });
            }
            ServerMessage::Muted { muted, seconds } => self.out.tell(ClientEvent::Muted { muted, seconds }),
            ServerMessage::Leaders { top } => self.leaders = top,
            ServerMessage::Round(round) => {
                self.round = Some(round.clone());
                self.out.tell(ClientEvent::Round(round));
            }
        }
    }

    fn welcome(&mut self, now_ms: f64, welcome: Welcome) {
        if *self.connection.state() != ConnectionState::Handshaking && !self.connection.queued() {
            return self.bad_message("a second welcome".to_owned());
        }
        if self.place.is_some() {
            self.stats.reconnects += 1;
        }
        self.tick_rate = welcome.tick_rate.clamp(1, MAX_TICK_RATE);
        self.me = Some(welcome.player).filter(|_| !welcome.watching);
        // The number of a public room may soon be that of none; a code always opens its room.
        self.wish.room.clone_from(&welcome.room_code);
        let (room, code, watching) = (welcome.room, welcome.room_code, welcome.watching);
        self.place = Some(Place { room, code, watching });
        self.newest = welcome.tick;
        self.fresh = true;
        self.snapshot_ms = now_ms;
        self.round = Some(welcome.round);
        self.leaders.clear();
        self.standing = None;
        self.told_strikes.clear();
        self.connection.welcomed(now_ms);
        let round_trip_ms = self.lined_up_after_ms.unwrap_or(now_ms - self.hello_ms);
        self.clock.restart(now_ms, welcome.tick, self.tick_rate, round_trip_ms);
        self.pacer.restart();
        self.playback.restart(self.clock.tick_ms());
        self.predictor.restart(self.tick_rate);
        self.orb.restart(self.tick_rate);
        self.snapshots = SnapshotDecoder::default();
        self.doubted_ms = f64::NEG_INFINITY;
        self.sight.restart(now_ms);
        if !watching {
            self.config.resume = Some(welcome.resume.clone());
            self.out.act(Action::SaveResume(welcome.resume));
        }
        self.out.tell(ClientEvent::Joined { player: welcome.player, resumed: welcome.resumed });
        if let Some(id) = welcome.build {
            self.out.tell(ClientEvent::ClientBuild { id });
        }
        self.releases.restart(now_ms, welcome.release, &mut self.out);
        if let Some(pending) = welcome.pending {
            self.releases.announce(now_ms, pending.release, pending.activate_tick, &mut self.out);
        }
        self.scenes.restart(now_ms, welcome.scene, &mut self.out);
    }

    fn refused(&mut self, code: ErrorCode, message: String) {
        match code {
            ErrorCode::BadResume => self.forget_resume(),
            ErrorCode::StaleInput if self.predictor.running() => {
                self.skip_seq(self.last_seq().0.saturating_add(SEQ_GAP));
                self.repeat_direction();
            }
            _ => {}
        }
        self.out.tell(ClientEvent::ServerError { code, message });
    }

    fn redirected(&mut self, now_ms: f64, url: String) {
        self.out.drop_unsent();
        self.out.act(Action::Close { code: CloseCode::Normal.code() });
        self.out.tell(ClientEvent::Redirected { url });
        self.connection.redirected(now_ms);
    }

    fn snapshot(&mut self, now_ms: f64, snapshot: Snapshot) {
        if !sight::is_finite(&snapshot) {
            return self.bad_message("a snapshot with numbers that are none".to_owned());
        }
        self.stats.snapshots += 1;
        self.stats.keyframes += u64::from(snapshot.full);
        let moved = snapshot.players.iter().filter(|player| player.x.is_some() || player.y.is_some());
        self.stats.positions += moved.count() as u64;
        self.standing = snapshot.standing.or(self.standing);
        let taken = self.sight.apply(now_ms, &snapshot);
        if taken == Taken::AskKeyframe {
            self.ask_keyframe();
        }
        if snapshot.tick <= self.newest && !snapshot.full {
            return;
        }
        self.newest = snapshot.tick;
        self.snapshot_ms = now_ms;
        self.playback.received(now_ms, snapshot.tick.0);
        self.releases.confirm(now_ms, snapshot.tick, snapshot.release, &mut self.out);
        if taken == Taken::Applied {
            self.tell_strikes(snapshot.tick);
        }
        let server_tick = self.clock.server_tick(now_ms);
        self.orb.received(
            now_ms,
            snapshot.tick,
            &snapshot.orb,
            server_tick,
            &mut self.releases,
            &mut self.out,
        );
        if let (Some(you), Some(me)) = (snapshot.you, self.me) {
            // What the server says is compared with what was predicted by now, not by the last frame.
            self.predict(now_ms);
            self.own_state(now_ms, snapshot.tick, &you, me);
        }
    }

    /// Strikes are seen in the snapshot; our own were told when the key was pressed.
    fn tell_strikes(&mut self, tick: Tick) {
        self.told_strikes.retain(|told| tick <= told.plus(STRIKE_MEMORY));
        for (id, seen) in self.sight.players() {
            if !seen.striking() || Some(id) == self.me && self.told_strikes.pop_front().is_some() {
                continue;
            }
            self.out.tell(ClientEvent::Strike { player: id });
        }
    }

    fn own_state(&mut self, now_ms: f64, tick: Tick, you: &OwnState, me: PlayerId) {
        let fresh = std::mem::take(&mut self.fresh);
        if fresh && you.seq > self.last_seq() {
            self.skip_seq(you.seq.0.saturating_add(SEQ_GAP));
        }
        let tick_ms = self.clock.tick_ms();
        if !self.predictor.running() {
            let target = self.pacer.target(now_ms, &self.clock, self.playback.jitter_ms());
            self.pacer.jump(now_ms, target);
        }
        let target = Tick(self.pacer.position(now_ms, tick_ms) as u32);
        let fraction = self.fraction(now_ms);
        let verdict = self.predictor.reconcile(
            now_ms,
            fraction,
            tick,
            you,
            me,
            target,
            &mut self.releases,
            &mut self.out,
        );
        if let Verdict::Corrected { units, excused: false } = verdict {
            self.stats.corrections += 1;
            self.stats.largest_correction = self.stats.largest_correction.max(units);
        }
        if you.seq.0 > 0 {
            self.stats.input_lead = you.lead;
            self.pacer.learn(you.seq, you.lead, self.last_seq());
        }
        let standing = self.held == Vec2::ZERO && you.direction == Vec2::ZERO;
        if fresh && !standing {
            self.repeat_direction();
        }
    }
}
