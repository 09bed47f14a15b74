//! A bot as its user sees it.

use std::time::Duration;

use client_core::protocol::Encoding;
use client_core::sim::Vec2;
use client_core::{Client, ClientConfig, ClientEvent, Conditions, ConnectionState, NetStats, View};
use tokio::sync::{mpsc, watch};

use crate::behaviour::Behaviour;
use crate::samples::Sample;
use crate::{driver, workers};

/// How long the `wait_*` calls wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a bot is made of.
#[derive(Clone, Debug)]
pub struct BotOptions {
    /// Wanted name.
    pub name: String,
    /// Form of the messages.
    pub encoding: Encoding,
    /// Secret of an earlier session, to come back as the same player.
    pub resume: Option<String>,
    /// What it does by itself.
    pub behaviour: Behaviour,
    /// What its line to the server is like, on top of what it is.
    pub net: Conditions,
    /// Between two updates.
    pub frame: Duration,
    /// Build the [`View`] every frame, and keep events; a crowd does without.
    pub observed: bool,
    /// Differs between bots.
    pub seed: u64,
}

impl Default for BotOptions {
    /// Somebody who waits to be told what to do, at 60 frames a second, and sees everything.
    fn default() -> Self {
        Self {
            name: String::new(),
            encoding: Encoding::Binary,
            resume: None,
            behaviour: Behaviour::Idle,
            net: Conditions::default(),
            frame: Duration::from_millis(16),
            observed: true,
            seed: 0,
        }
    }
}

/// What is known of a bot.
#[derive(Clone, Debug)]
pub struct BotState {
    /// What it sees; `None` when it is not observed.
    pub view: Option<View>,
    /// Figures about its connection.
    pub stats: NetStats,
    /// Its connection.
    pub connection: ConnectionState,
    /// The secret with which it can come back.
    pub resume: Option<String>,
}

/// What did not happen in time.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WaitError {
    /// Ten seconds are over.
    #[error("it did not happen within 10 s; the connection is {0:?}")]
    TimedOut(ConnectionState),
    /// The bot has left.
    #[error("the bot has left")]
    Left,
}

/// What a bot is told.
pub(crate) enum Command {
    /// Something that a player does.
    Play(Box<dyn FnOnce(&mut Client) + Send>),
    /// Cut the connection.
    Cut,
    /// Leave for good.
    Leave,
}

/// A player over a real socket. It plays on a thread in the background, and leaves when this is dropped.
pub struct Bot {
    commands: mpsc::UnboundedSender<Command>,
    state: watch::Receiver<BotState>,
    events: mpsc::UnboundedReceiver<ClientEvent>,
}

impl Bot {
    /// A bot that connects to `url` (`ws://host:port/ws`) now and does what it is told.
    #[must_use]
    pub fn connect(url: &str, name: &str, encoding: Encoding) -> Self {
        let seed = name.bytes().fold(0, |seed, byte| (seed * 31 + u64::from(byte)) % 1_000_003);
        Self::connect_with(url, BotOptions { name: name.to_owned(), encoding, seed, ..BotOptions::default() })
    }

    /// A bot with all options.
    #[must_use]
    pub fn connect_with(url: &str, options: BotOptions) -> Self {
        Self::connect_as(url, options, None)
    }

    /// A bot that may stand for many light players.
    pub(crate) fn connect_as(url: &str, options: BotOptions, sample: Option<Sample>) -> Self {
        let (commands, inbox) = mpsc::unbounded_channel();
        let (telling, events) = mpsc::unbounded_channel();
        let (publish, state) = watch::channel(BotState {
            view: None,
            stats: NetStats::default(),
            connection: ConnectionState::Connecting,
            resume: options.resume.clone(),
        });
        let url = url.to_owned();
        let config = ClientConfig {
            name: options.name.clone(),
            resume: options.resume.clone(),
            encoding: options.encoding,
            seed: options.seed,
        };
        workers::spawn(move || {
            driver::Driver::new(url, config, options, publish, telling, sample).play(inbox)
        });
        Self { commands, state, events }
    }

    /// What is known right now.
    #[must_use]
    pub fn state(&self) -> BotState {
        self.state.borrow().clone()
    }

    /// What it sees right now; `None` before its first frame.
    #[must_use]
    pub fn view(&self) -> Option<View> {
        self.state.borrow().view.clone()
    }

    /// Waits until it sees something, and returns what it sees then.
    ///
    /// # Errors
    /// [`WaitError`] when that does not happen.
    pub async fn wait_for(&mut self, mut condition: impl FnMut(&View) -> bool) -> Result<View, WaitError> {
        let seen = |state: &BotState| state.view.as_ref().is_some_and(&mut condition);
        self.wait_until(seen).await?.view.ok_or(WaitError::Left)
    }

    /// Waits until its connection and figures are as wanted.
    ///
    /// # Errors
    /// [`WaitError`] when that does not happen.
    pub async fn wait_until(
        &mut self,
        condition: impl FnMut(&BotState) -> bool,
    ) -> Result<BotState, WaitError> {
        let waited = match tokio::time::timeout(PATIENCE, self.state.wait_for(condition)).await {
            Ok(outcome) => Some(outcome.map(|state| state.clone())),
            Err(_) => None,
        };
        match waited {
            Some(outcome) => outcome.map_err(|_| WaitError::Left),
            None => Err(WaitError::TimedOut(self.state.borrow().connection.clone())),
        }
    }

    /// Waits until it is in the arena and sees itself.
    ///
    /// # Errors
    /// [`WaitError`] when that does not happen.
    pub async fn wait_online(&mut self) -> Result<View, WaitError> {
        let online = |state: &BotState| {
            state.connection == ConnectionState::Online
                && state.view.as_ref().is_some_and(|view| view.own().is_some())
        };
        self.wait_until(online).await?.view.ok_or(WaitError::Left)
    }

    /// Waits for something to happen, also if it happened since the last such call.
    ///
    /// # Errors
    /// [`WaitError`] when that does not happen.
    pub async fn wait_for_event(
        &mut self,
        mut wanted: impl FnMut(&ClientEvent) -> bool,
    ) -> Result<ClientEvent, WaitError> {
        let next = async {
            loop {
                match self.events.recv().await {
                    Some(event) if wanted(&event) => return Ok(event),
                    Some(_) => {}
                    None => return Err(WaitError::Left),
                }
            }
        };
        let waited = tokio::time::timeout(PATIENCE, next).await;
        waited.unwrap_or_else(|_| Err(WaitError::TimedOut(self.state.borrow().connection.clone())))
    }

    /// Run there from now on.
    pub fn set_direction(&self, direction: Vec2) {
        self.play(move |client| client.set_direction(direction));
    }

    /// Strike.
    pub fn attack(&self, aim: Option<Vec2>) {
        self.play(move |client| client.attack(aim));
    }

    /// Dash.
    pub fn dash(&self) {
        self.play(Client::dash);
    }

    /// Say something.
    pub fn chat(&self, text: &str) {
        let text = text.to_owned();
        self.play(move |client| client.chat(&text));
    }

    /// Cut the connection without a word, as a lost network does.
    pub fn cut(&self) {
        self.tell(Command::Cut);
    }

    /// Say goodbye and leave for good.
    pub fn leave(&self) {
        self.tell(Command::Leave);
    }

    fn play(&self, command: impl FnOnce(&mut Client) + Send + 'static) {
        self.tell(Command::Play(Box::new(command)));
    }

    fn tell(&self, command: Command) {
        // A bot that has left does nothing any more.
        let _ = self.commands.send(command);
    }
}
