//! What the client wants done and what it has to tell, until the driver takes it.

use std::collections::VecDeque;

use protocol::{
    ClientMessage, Encoding, ErrorCode, KickVote, ReleaseInfo, Removal, RoundInfo, SceneInfo, VoteInfo, codec,
};
use sim::PlayerId;

/// Events that wait at most; a driver that does not ask (a background tab) loses the oldest.
const MAX_EVENTS: usize = 1_024;

/// Something that only the driver can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Open a connection, dropping any earlier one; answer with [`Client::handle_opened`](crate::Client::handle_opened)
    /// or [`Client::handle_closed`](crate::Client::handle_closed).
    Connect,
    /// Send this message: one text frame in JSON, one binary frame otherwise.
    Send(Vec<u8>),
    /// Close the connection.
    Close {
        /// WebSocket close code.
        code: u16,
    },
    /// Get `/content/{hash}`; answer with [`Client::handle_content`](crate::Client::handle_content).
    FetchContent {
        /// SHA-256 in lower-case hexadecimal.
        hash: String,
    },
    /// Keep this secret for the next time (per tab), replacing the last one.
    SaveResume(String),
    /// Drop the kept secret: it is of no more use.
    ForgetResume,
}

/// Something that happened and that a player may want to see or hear.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientEvent {
    /// The server let us in.
    Joined {
        /// Who we are; 0 when we only watch.
        player: PlayerId,
        /// We came back as who we were.
        resumed: bool,
    },
    /// The server serves this build of the browser client; told with each [`Joined`](Self::Joined).
    ClientBuild {
        /// Its id.
        id: String,
    },
    /// Somebody else came.
    PlayerJoined {
        /// Who.
        id: PlayerId,
        /// Name.
        name: String,
    },
    /// Somebody else left for good.
    PlayerLeft {
        /// Who.
        id: PlayerId,
        /// Name; empty when it was never known.
        name: String,
    },
    /// Somebody swung. Our own swing is told at the press of the key, others' when the server says so.
    Strike {
        /// Who.
        player: PlayerId,
    },
    /// Somebody was hurt.
    Hit {
        /// Who struck, or batted the orb.
        attacker: PlayerId,
        /// Who was hurt.
        target: PlayerId,
        /// Hit points taken.
        damage: i32,
        /// Hit points left.
        hp: i32,
        /// The orb did it.
        by_orb: bool,
    },
    /// Somebody died.
    Killed {
        /// Who did it.
        killer: PlayerId,
        /// Who died.
        victim: PlayerId,
        /// The orb did it.
        by_orb: bool,
    },
    /// Somebody is back.
    Respawned {
        /// Who.
        player: PlayerId,
    },
    /// Somebody said something.
    Chat {
        /// Who.
        from: PlayerId,
        /// Plain text.
        text: String,
    },
    /// The round began or ended.
    Round(RoundInfo),
    /// A vote began, goes on or is over.
    Vote(VoteInfo),
    /// Rules or scene will change soon.
    UpdateAnnounced {
        /// New rules.
        release: Option<ReleaseInfo>,
        /// New scene.
        scene: Option<SceneInfo>,
    },
    /// From now on we predict with these rules.
    RulesActive {
        /// Which.
        release: ReleaseInfo,
    },
    /// These rules cannot be used here; we predict with the ones before, or with the native ones.
    RulesFailed {
        /// Which.
        release: ReleaseInfo,
        /// Why.
        error: String,
    },
    /// From now on the arena looks like this. The driver fetches the image and then says
    /// [`Client::scene_loaded`](crate::Client::scene_loaded).
    SceneActive {
        /// Which.
        scene: SceneInfo,
    },
    /// The server did not accept something.
    ServerError {
        /// For programs.
        code: ErrorCode,
        /// For people.
        message: String,
    },
    /// A vote on removing somebody began, goes on or is over.
    KickVote {
        /// The vote.
        vote: KickVote,
        /// Until it ends, seconds.
        seconds: f32,
    },
    /// We are removed; [`Rejected`](Self::Rejected) follows.
    Kicked(Removal),
    /// Whether the others read what we say.
    Muted {
        /// They don't.
        muted: bool,
        /// Seconds until they do again, when that is known.
        seconds: Option<u32>,
    },
    /// The server restarts soon; we stay and come back by ourselves.
    Draining,
    /// The connection was lost; we come back by ourselves.
    ConnectionLost {
        /// WebSocket close code, if there was one.
        code: Option<u16>,
    },
    /// The server does not want us back: see [`ConnectionState::Closed`](crate::ConnectionState::Closed).
    Rejected {
        /// WebSocket close code.
        code: u16,
        /// For people.
        reason: String,
    },
    /// The next connection must go to this address. It is asked for shortly after.
    Redirected {
        /// Address of the WebSocket.
        url: String,
    },
    /// Bytes came that are no message; they were ignored.
    BadMessage {
        /// Why not.
        error: String,
    },
}

/// Actions and events in their order.
#[derive(Debug)]
pub(crate) struct Outbox {
    encoding: Encoding,
    /// There is a connection to send on.
    open: bool,
    actions: VecDeque<Action>,
    events: VecDeque<ClientEvent>,
    pub(crate) bytes_out: u64,
    pub(crate) messages_out: u64,
}

impl Outbox {
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self {
            encoding,
            open: false,
            actions: VecDeque::new(),
            events: VecDeque::new(),
            bytes_out: 0,
            messages_out: 0,
        }
    }

    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    pub(crate) fn act(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    /// There is a connection from now on.
    pub(crate) fn open(&mut self) {
        self.open = true;
    }

    /// There is none any more. What waits to be sent is still sent before the driver closes.
    pub(crate) fn shut(&mut self) {
        self.open = false;
    }

    /// Sends, unless there is no connection: whatever matters is said again on the next one.
    pub(crate) fn send(&mut self, message: &ClientMessage) {
        if !self.open {
            return;
        }
        let bytes = codec::encode_client(message, self.encoding);
        self.bytes_out += bytes.len() as u64;
        self.messages_out += 1;
        self.act(Action::Send(bytes));
    }

    /// The connection is gone, and what was meant for it is of no use to the next one.
    pub(crate) fn drop_unsent(&mut self) {
        self.open = false;
        self.actions.retain(|action| !matches!(action, Action::Send(_)));
    }

    pub(crate) fn tell(&mut self, event: ClientEvent) {
        if self.events.len() == MAX_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    pub(crate) fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    pub(crate) fn poll_event(&mut self) -> Option<ClientEvent> {
        self.events.pop_front()
    }
}
