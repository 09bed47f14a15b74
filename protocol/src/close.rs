//! Why a connection was closed, as a WebSocket close code (RFC 6455 section 7.4; 4000 to 4999 are for applications).

/// A close code of this protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseCode {
    /// The player said `bye`.
    Normal,
    /// The server restarts; come back with the resume token.
    GoingAway,
    /// Bytes that are no frame of a WebSocket client.
    BadFrame,
    /// A text that is not UTF-8.
    NotUtf8,
    /// A frame that is larger than the limits allow.
    TooBig,
    /// No `hello` in time, or something else before it.
    HandshakeFailed,
    /// The client speaks another version of the protocol.
    WrongVersion,
    /// The peer kept sending more, or worse, than it may.
    RateLimited,
    /// Nothing was heard from the peer for too long.
    HeartbeatTimeout,
    /// The peer does not read what it is sent.
    TooSlow,
    /// The same player connected again elsewhere.
    Replaced,
    /// The server is full.
    Full,
    /// The wanted room does not exist, has no seat, or cannot be watched.
    NoRoom,
    /// Something went wrong in the server; come back with the resume token.
    Internal,
    /// An operator or the other players removed the player; `kicked` said why.
    Kicked,
}

impl CloseCode {
    /// All codes.
    pub const ALL: [Self; 15] = [
        Self::Normal,
        Self::GoingAway,
        Self::BadFrame,
        Self::NotUtf8,
        Self::TooBig,
        Self::HandshakeFailed,
        Self::WrongVersion,
        Self::RateLimited,
        Self::HeartbeatTimeout,
        Self::TooSlow,
        Self::Replaced,
        Self::Full,
        Self::NoRoom,
        Self::Internal,
        Self::Kicked,
    ];

    /// The number on the wire.
    #[must_use]
    pub fn code(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::GoingAway => 1001,
            Self::BadFrame => 1002,
            Self::NotUtf8 => 1007,
            Self::TooBig => 1009,
            Self::Internal => 1011,
            Self::HandshakeFailed => 4000,
            Self::WrongVersion => 4001,
            Self::RateLimited => 4002,
            Self::HeartbeatTimeout => 4003,
            Self::TooSlow => 4004,
            Self::Replaced => 4005,
            Self::Full => 4006,
            Self::NoRoom => 4007,
            Self::Kicked => 4008,
        }
    }

    /// The code with this number.
    #[must_use]
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.code() == code)
    }

    /// Whether a client should try to come back by itself.
    #[must_use]
    pub fn may_reconnect(self) -> bool {
        !matches!(self, Self::Normal | Self::WrongVersion | Self::Replaced | Self::NoRoom | Self::Kicked)
    }

    /// One sentence for people.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Normal => "goodbye",
            Self::GoingAway => "the server restarts",
            Self::BadFrame => "broken WebSocket frame",
            Self::NotUtf8 => "text that is not UTF-8",
            Self::TooBig => "message too big",
            Self::HandshakeFailed => "no valid hello in time",
            Self::WrongVersion => "wrong protocol version",
            Self::RateLimited => "too many or too bad messages",
            Self::HeartbeatTimeout => "nothing heard for too long",
            Self::TooSlow => "the client does not read fast enough",
            Self::Replaced => "the same player connected elsewhere",
            Self::Full => "the server is full",
            Self::NoRoom => "the wanted room cannot be entered",
            Self::Internal => "internal error",
            Self::Kicked => "removed from the game",
        }
    }
}
