//! What the player presses: stamped with the next predicted tick, sent at once, and played at once.

use protocol::ClientMessage;
use protocol::limits::{MAX_CHAT_CHARS, clean_text};
use sim::{PlayerInput, Seq, Vec2};

use crate::client::Client;
use crate::outbox::ClientEvent;

/// Directions that differ by less are the noise of a stick.
const DIRECTION_NOISE: f32 = 0.02;

impl Client {
    /// From now on, run in this direction; longer than 1 counts as 1, zero stands still.
    pub fn set_direction(&mut self, direction: Vec2) {
        if !direction.is_finite() {
            return;
        }
        let direction = direction.clamp_length(1.0);
        let standing = direction == Vec2::ZERO || self.held == Vec2::ZERO;
        let noise = if standing { 0.0 } else { DIRECTION_NOISE };
        if (direction - self.held).length() <= noise {
            return;
        }
        self.held = direction;
        if !self.playing() {
            return;
        }
        if self.predictor.has_made(|input| input.direction.is_some()) {
            // Sent when the tick is over, so that a stick costs two messages a tick at most.
            self.predictor.hold_back(direction);
        } else {
            self.send_direction(direction);
        }
        self.look_ahead();
    }

    /// Strike, looking along `aim`. Does nothing while the cooldown lasts.
    pub fn attack(&mut self, aim: Option<Vec2>) {
        // The cooldown counts down before a tick's strikes: 1 now is 0 then.
        let ready = self.predictor.body().is_some_and(|body| body.alive() && body.strike_cooldown <= 1);
        if !self.playing() || !ready || self.predictor.has_made(|input| input.attack) {
            return;
        }
        let aim = aim.filter(|aim| aim.is_finite());
        self.flush_direction();
        let (seq, tick) = (self.take_seq(), self.predictor.input_tick());
        let seen = Some(self.playback.tick(self.now_ms));
        self.out.send(&ClientMessage::Attack { seq, tick: Some(tick), aim, seen });
        self.predictor.press(seq, PlayerInput::striking(aim));
        self.look_ahead();
        if let Some(player) = self.me.filter(|_| self.predictor.next_body().striking) {
            self.told_strikes.push_back(tick);
            self.out.tell(ClientEvent::Strike { player });
        }
    }

    /// Dash where the player runs or looks. Does nothing while the cooldown lasts.
    pub fn dash(&mut self) {
        let ready = self.predictor.body().is_some_and(|body| body.alive() && body.dash_cooldown == 0);
        if !self.playing() || !ready || self.predictor.has_made(|input| input.dash) {
            return;
        }
        self.flush_direction();
        let (seq, tick) = (self.take_seq(), self.predictor.input_tick());
        self.out.send(&ClientMessage::Dash { seq, tick: Some(tick) });
        self.predictor.press(seq, PlayerInput::dashing());
        self.look_ahead();
    }

    /// Say something to the room.
    pub fn chat(&mut self, text: &str) {
        let text = clean_text(text, MAX_CHAT_CHARS);
        if self.connection.online() && !text.is_empty() {
            self.out.send(&ClientMessage::Chat { text });
        }
    }

    /// Choose what the next round is played with: an option of the vote with this number.
    pub fn vote(&mut self, id: u32, option: u8) {
        if self.connection.online() {
            self.out.send(&ClientMessage::Vote { id, option });
        }
    }

    /// Never uses a sequence number up to this one.
    pub(crate) fn skip_seq(&mut self, used: u32) {
        self.next_seq = self.next_seq.max(Seq(used.saturating_add(1)));
    }

    /// The newest sequence number that was used.
    pub(crate) fn last_seq(&self) -> Seq {
        Seq(self.next_seq.0 - 1)
    }

    /// Tells the server again where the player runs.
    pub(crate) fn repeat_direction(&mut self) {
        self.send_direction(self.held);
        self.look_ahead();
    }

    fn playing(&self) -> bool {
        self.connection.online() && self.predictor.running()
    }

    fn take_seq(&mut self) -> Seq {
        let seq = self.next_seq;
        self.next_seq = Seq(seq.0.saturating_add(1));
        seq
    }

    fn send_direction(&mut self, direction: Vec2) {
        let (seq, tick) = (self.take_seq(), self.predictor.input_tick());
        self.out.send(&ClientMessage::Move { seq, tick: Some(tick), dir: direction });
        self.predictor.press(seq, PlayerInput::moving(direction));
    }

    /// Sends a change of direction that was held back.
    pub(crate) fn flush_direction(&mut self) {
        if let Some(direction) = self.predictor.take_unsent() {
            self.send_direction(direction);
        }
    }

    fn look_ahead(&mut self) {
        self.predictor.look_ahead(self.now_ms, &mut self.releases, &mut self.out);
    }
}
