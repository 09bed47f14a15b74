//! Runs the cases of a group and compares what passed with the table in `docs/protocol.md`.

use protocol::{ClientMessage, Encoding, codec};

use crate::peer::{BINARY, CLOSE, Cut, FIN, Peer, Seen, TEXT, frame};
use crate::support::TestServer;

const DOC: &str = include_str!("../../../docs/protocol.md");
/// The time of the heartbeat that shows that a connection goes on.
const STILL_HERE: f64 = 999.0;

/// What is sent, how it is cut, and what is seen then.
pub(crate) type Turn<'t> = (&'t [Vec<u8>], Cut, &'t [Seen]);

/// A group of cases. Each case has a connection of its own.
pub(crate) struct Run {
    pub(crate) server: TestServer,
    group: &'static str,
    cases: usize,
    failures: Vec<String>,
}

impl Run {
    /// Begins a group.
    pub(crate) async fn start(group: &'static str) -> Self {
        let server = TestServer::start_with(|config| config.room_size = 1_000).await;
        Self { server, group, cases: 0, failures: Vec::new() }
    }

    /// A player in JSON sends `frames` and sees `expect`.
    pub(crate) async fn case(&mut self, number: &str, frames: &[Vec<u8>], cut: Cut, expect: &[Seen]) {
        self.turns(number, Encoding::Json, &[(frames, cut, expect)]).await;
    }

    /// The same in several turns: the next one begins when everything that is expected of the one before has been seen.
    pub(crate) async fn turns(&mut self, number: &str, encoding: Encoding, turns: &[Turn<'_>]) {
        let outcome = play(&self.server, encoding, turns).await;
        self.note(number, outcome);
    }

    /// Counts a case, and keeps why it failed.
    pub(crate) fn note(&mut self, number: &str, outcome: Result<(), String>) {
        self.cases += 1;
        if let Err(why) = outcome {
            self.failures.push(format!("case {number}: {why}"));
        }
    }

    /// All passed, and the table says so.
    pub(crate) fn finish(self) {
        let Self { group, cases, failures, .. } = self;
        assert!(failures.is_empty(), "{} of {cases} failed:\n{}", failures.len(), failures.join("\n"));
        let row = format!("| {group} | {cases} | {cases} |");
        assert!(DOC.lines().any(|line| line.starts_with(&row)), "docs/protocol.md lacks the row {row}");
    }
}

/// Plays a case to its end: after a close frame nothing follows, otherwise the connection still works.
async fn play(server: &TestServer, encoding: Encoding, turns: &[Turn<'_>]) -> Result<(), String> {
    let mut peer = Peer::join(server, encoding).await;
    let mut last = None;
    for (frames, cut, expect) in turns {
        peer.send(frames, *cut).await;
        for wanted in *expect {
            expect_next(&mut peer, wanted).await?;
            last = Some(wanted);
        }
    }
    if !matches!(last, Some(Seen::Close(_))) {
        let opcode = if encoding == Encoding::Json { TEXT } else { BINARY };
        let heartbeat = ClientMessage::Heartbeat { t: STILL_HERE, rtt: None, ahead: None };
        let heartbeat = codec::encode_client(&heartbeat, encoding);
        peer.send(&[frame(FIN | opcode, &heartbeat)], Cut::Whole).await;
        expect_next(&mut peer, &Seen::Ack(STILL_HERE)).await?;
        peer.send(&[frame(FIN | CLOSE, &1000_u16.to_be_bytes())], Cut::Whole).await;
        expect_next(&mut peer, &Seen::Close(Some(1000))).await?;
    }
    peer.hang_up().await;
    expect_next(&mut peer, &Seen::End).await
}

async fn expect_next(peer: &mut Peer, wanted: &Seen) -> Result<(), String> {
    let found = peer.next().await?;
    if found == *wanted { Ok(()) } else { Err(format!("{found:?} instead of {wanted:?}")) }
}
